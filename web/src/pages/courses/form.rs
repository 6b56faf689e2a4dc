//! The page of a course: its form, what it asks for, and which courses count as it.

use api::{Course, CourseInput, Equivalents, Prerequisites, Programme, RequirementKind};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;

use super::{
    LIST, address, course_name, keeper, keeps_programme, kind_key, prerequisites, programme_choices, programmes, reader,
};
use crate::error::Failure;
use crate::i18n::{Lang, Vars};
use crate::layer::Posted;
use crate::pages::classes::input::FieldError;
use crate::pages::entry::{Block, Check, Entry, EntryPage, Fields, Input, Kind, No, Section, again, draft_note, no};
use crate::pages::home::{FactCard, ListCard, ListRow};
use crate::pages::listing::missing;
use crate::session::random_word;
use crate::view::{Choice, Link, Part, Tone};
use crate::visit::Visit;

/// What stands beside the form of a course that is there already.
#[derive(Default)]
pub struct Beside {
    /// What it asks for; the failure when it could not be fetched.
    pub prerequisites: Option<Result<Prerequisites, Failure>>,
    /// What counts as it.
    pub equivalents: Option<Result<Equivalents, Failure>>,
}

/// What the page is made of.
pub struct About<'a> {
    /// The request.
    pub visit: &'a Visit,
    /// Study programmes.
    pub programmes: &'a [Programme],
    /// The course; none for a new one.
    pub course: Option<&'a Course>,
    /// Whether it is there already: code and programme stay then.
    pub known: bool,
    /// Whether the person may change it.
    pub keeps: bool,
    /// What stands beside its form.
    pub beside: Beside,
}

/// `GET /matakuliah/baru?prodi=`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no courses.
pub async fn new(visit: Visit, Query(pairs): Query<Vec<(String, String)>>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let programmes = programmes(&visit.client()).await;
    let about = About {
        visit: &visit,
        programmes: &programmes,
        course: None,
        known: false,
        keeps: true,
        beside: Beside::default(),
    };
    if let Some((typed, key)) = Fields::draft(&visit, &format!("{LIST}/baru")) {
        let key = key.unwrap_or_else(random_word);
        return Ok(visit.page(&about.page(&typed, &key).note(draft_note(visit.lang))));
    }
    let wanted = pairs.iter().find(|(name, _)| name == "prodi").map_or("", |(_, value)| value);
    let only = if programmes.len() == 1 { programmes[0].id.as_str() } else { wanted };
    let typed = Fields::default().with("prodi", only).with("jenis", RequirementKind::Compulsory.as_str());
    Ok(visit.page(&about.page(&typed, &random_word())))
}

/// `GET /matakuliah/{id}`.
///
/// # Errors
///
/// When nobody is logged in, somebody who does not read this, or there is no such course.
pub async fn edit(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    reader(&visit)?;
    let client = visit.client();
    let course = client.course(&id).await?;
    let (programmes, asks, counts, keeps) = futures_util::future::join4(
        programmes(&client),
        client.prerequisites(&id),
        client.equivalents(&id),
        keeps_programme(&visit, &course.programme_id),
    )
    .await;
    let beside =
        Beside { prerequisites: Some(asks.map_err(Failure::from)), equivalents: Some(counts.map_err(Failure::from)) };
    let about = About { visit: &visit, programmes: &programmes, course: Some(&course), known: true, keeps, beside };
    let key = random_word();
    Ok(match Fields::draft(&visit, &address(&id)) {
        Some((typed, _)) => visit.page(&about.page(&typed, &key).note(draft_note(visit.lang))),
        None => visit.page(&about.page(&typed(&course), &key)),
    })
}

/// `POST /matakuliah`: makes a course.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no courses.
pub async fn create(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    keeper(&visit)?;
    let client = visit.client();
    let programmes = programmes(&client).await;
    let typed = Fields::of(&posted);
    let key = posted.key().map_or_else(random_word, str::to_owned);
    let about = About {
        visit: &visit,
        programmes: &programmes,
        course: None,
        known: false,
        keeps: true,
        beside: Beside::default(),
    };
    let input = match read(visit.lang, &typed, None) {
        Ok(input) => input,
        Err(errors) => return Ok(visit.page_with(StatusCode::BAD_REQUEST, &about.page(&typed, &key).wrong(errors))),
    };
    match client.idempotency_key(&key).create_course(&input).await {
        Ok(course) => Ok(done(&visit, &course, "course-created")),
        Err(error) => {
            let refused = no(&visit, error, place, "f-mk")?;
            Ok(again(&visit, refused, &key, "down-entry", |key| about.page(&typed, key)))
        }
    }
}

/// `POST /matakuliah/{id}`: changes a course.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no courses, or there is no such course.
pub async fn update(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    keeper(&visit)?;
    let client = visit.client();
    let mut typed = Fields::of(&posted);
    let key = random_word();
    let (programmes, course) = futures_util::future::join(programmes(&client), client.course(&id)).await;
    let mut about = About {
        visit: &visit,
        programmes: &programmes,
        course: None,
        known: true,
        keeps: true,
        beside: Beside::default(),
    };
    let course = match course.map_err(Failure::from) {
        Ok(course) => course,
        Err(Failure::Down) => {
            return Ok(again(&visit, No::Down, &key, "down-entry", |key| about.unread(&id, &typed, key)));
        }
        Err(failure) => return Err(failure),
    };
    about.course = Some(&course);
    let input = match read(visit.lang, &typed, Some(&course)) {
        Ok(input) => input,
        Err(errors) => return Ok(visit.page_with(StatusCode::BAD_REQUEST, &about.page(&typed, &key).wrong(errors))),
    };
    let Ok(version) = typed.get("versi").trim().parse() else {
        return Err(Failure::Malformed(StatusCode::BAD_REQUEST));
    };
    match client.update_course(&id, version, &input).await {
        Ok(course) => Ok(done(&visit, &course, "course-saved")),
        Err(error) => match no(&visit, error, place, "f-mk")? {
            No::Stale => {
                let now = client.course(&id).await?;
                typed.set("versi", now.version.to_string());
                about.course = Some(&now);
                let stored = about.sections(&self::typed(&now));
                let page = about.page(&typed, &key).stale(&stored, &about.sections(&typed));
                Ok(visit.page_with(StatusCode::PRECONDITION_FAILED, &page))
            }
            refused => Ok(again(&visit, refused, &key, "down-entry", |key| about.page(&typed, key))),
        },
    }
}

fn done(visit: &Visit, course: &Course, key: &str) -> Response {
    let name = format!("{} {}", course.code, course_name(visit.lang, course));
    visit.flash(Tone::Ok, visit.lang.with(key, &Vars::new().text("course", name)), String::new());
    visit.see(&address(&course.id))
}

/// The fields of a course as it stands.
#[must_use]
pub fn typed(course: &Course) -> Fields {
    let semester = course.recommended_semester.map(|n| n.to_string()).unwrap_or_default();
    Fields::default()
        .with("kode", &course.code)
        .with("nama", &course.name)
        .with("nama_en", course.name_en.clone().unwrap_or_default())
        .with("prodi", &course.programme_id)
        .with("jenis", course.requirement_kind.as_str())
        .with("semester", semester)
        .with("sks_tm", course.credits_lecture.to_string())
        .with("sks_praktik", course.credits_practice.to_string())
        .with("sks_lapangan", course.credits_field.to_string())
        .with("sks_simulasi", course.credits_simulation.to_string())
        .with("versi", course.version.to_string())
}

/// What the fields mean; code and programme of a course that is there stay.
fn read(lang: Lang, typed: &Fields, course: Option<&Course>) -> Result<CourseInput, Vec<FieldError>> {
    let mut check = Check::new(lang, typed);
    let (code, programme_id) = match course {
        Some(course) => (course.code.clone(), course.programme_id.clone()),
        None => (check.text("kode", "course-code", 20), check.text("prodi", "programme", 36)),
    };
    let name = check.text("nama", "course-name", 200);
    let name_en = check.optional("nama_en", "course-name-en", 200);
    let part = |check: &mut Check<'_>, name: &str, label: &str| check.number(name, label, 0, 24);
    let credits_lecture = part(&mut check, "sks_tm", "course-lecture");
    let credits_practice = part(&mut check, "sks_praktik", "course-practice");
    let credits_field = part(&mut check, "sks_lapangan", "course-field");
    let credits_simulation = part(&mut check, "sks_simulasi", "course-simulation");
    let sum = credits_lecture + credits_practice + credits_field + credits_simulation;
    if !(1..=24).contains(&sum) {
        check.say("sks_tm", lang.t("course-credits-range"));
    }
    let kind = check.choice("jenis", "course-kind");
    let semester = check.number("semester", "semester-word", 0, 8);
    check.done(CourseInput {
        code,
        name,
        name_en,
        credits_lecture,
        credits_practice,
        credits_field,
        credits_simulation,
        programme_id,
        requirement_kind: kind.unwrap_or(RequirementKind::Compulsory),
        recommended_semester: Some(semester).filter(|semester| *semester > 0),
    })
}

/// Id of the field that a path of the request or a reason means.
fn place(path: Option<&str>, reason: &str) -> Option<String> {
    let id = match (path, reason) {
        (Some("code"), _) | (_, "course-exists") => "kode",
        (Some("name"), _) => "nama",
        (Some("name_en"), _) => "nama_en",
        (Some("programme_id"), _) | (_, "unknown-programme") => "prodi",
        (Some("requirement_kind"), _) => "jenis",
        (Some("recommended_semester"), _) => "semester",
        (Some("credits_practice"), _) => "sks_praktik",
        (Some("credits_field"), _) => "sks_lapangan",
        (Some("credits_simulation"), _) => "sks_simulasi",
        (Some("credits" | "credits_lecture"), _) | (_, "course-has-plans" | "credits-sum") => "sks_tm",
        _ => return None,
    };
    Some(id.to_owned())
}

impl About<'_> {
    fn sections(&self, typed: &Fields) -> Vec<Section> {
        let lang = self.visit.lang;
        let text = |name: &str, label: &str, max| Input::new(name, lang.t(label), Kind::Text, typed).max(max);
        let number = |name: &str, label: &str| Input::new(name, lang.t(label), Kind::Number, typed).width("w3").max(2);
        let mut inputs = Vec::new();
        if !self.known {
            let choices = programme_choices(lang, self.programmes, "course-programme-choose", typed.get("prodi"));
            inputs.push(text("kode", "course-code", 20).width("w2").hint(lang.t("course-code-hint")));
            let programme = Input::new("prodi", lang.t("programme"), Kind::Select(choices), typed).width("w4");
            inputs.push(programme.hint(lang.t("course-fixed-hint")));
        }
        inputs.push(text("nama", "course-name", 200).width("w6"));
        inputs.push(text("nama_en", "course-name-en", 200).width("w6").hint(lang.t("optional")));
        let kinds = RequirementKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), lang.t(kind_key(*kind)), ""));
        inputs.push(Input::new("jenis", lang.t("course-kind"), Kind::Select(kinds.collect()), typed));
        let mut semesters = vec![Choice::new("", lang.t("course-no-semester"), "")];
        semesters.extend((1..=8).map(|n| Choice::new(n.to_string(), n.to_string(), "")));
        inputs.push(Input::new("semester", lang.t("semester-word"), Kind::Select(semesters), typed));
        let parts = vec![
            number("sks_tm", "course-lecture"),
            number("sks_praktik", "course-practice"),
            number("sks_lapangan", "course-field"),
            number("sks_simulasi", "course-simulation"),
        ];
        let credits = Section {
            id: "s-sks".into(),
            title: lang.t("credits-word"),
            hint: lang.t("course-credits-hint"),
            inputs: parts,
            ..Section::default()
        };
        vec![Section::plain("s-mk", inputs), credits]
    }

    /// The page with what is typed.
    #[must_use]
    pub fn page(&self, typed: &Fields, key: &str) -> EntryPage {
        let (visit, lang) = (self.visit, self.visit.lang);
        let title = self.course.map_or_else(|| lang.t("course-new-title"), |course| course_name(lang, course));
        let back = Link { href: LIST.into(), text: lang.t("courses-title") };
        let mut page = EntryPage::new(visit, LIST, title, back);
        let action = self.course.map_or_else(|| LIST.to_owned(), |course| address(&course.id));
        if let Some(course) = self.course {
            let programme = self.programmes.iter().find(|programme| programme.id == course.programme_id);
            let programme = programme.map(|p| p.name.clone()).or_else(|| course.programme_code.clone());
            let credits = lang.with("credits", &Vars::new().count("credits", course.credits));
            page.line = [Some(course.code.clone()), programme, Some(credits)]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · ");
        }
        if self.keeps {
            let entry = Entry::new(visit, "f-mk", action, "course-save", self.sections(typed));
            page = page.form(entry.key(key).version(typed.get("versi")).cancel(LIST));
        } else if self.course.is_some() {
            let shown = self.sections(typed);
            let facts = shown.iter().flat_map(|s| &s.inputs).map(|i| (i.label.clone(), i.shown()));
            let facts = facts.filter(|(_, text)| !text.is_empty()).collect();
            page.blocks.push(Block::Facts(FactCard { id: "h-mk", title: lang.t("course"), facts }));
        }
        self.beside(&mut page, self.keeps);
        page
    }

    /// The page when not even the course can be read: what was typed stays.
    fn unread(&self, id: &str, typed: &Fields, key: &str) -> EntryPage {
        let (visit, lang) = (self.visit, self.visit.lang);
        let back = Link { href: LIST.into(), text: lang.t("courses-title") };
        let entry = Entry::new(visit, "f-mk", address(id), "course-save", self.sections(typed));
        let page = EntryPage::new(visit, LIST, lang.t("course"), back);
        page.form(entry.key(key).version(typed.get("versi")).cancel(LIST))
    }

    fn beside(&self, page: &mut EntryPage, keeps: bool) {
        let lang = self.visit.lang;
        let Some(course) = self.course else { return };
        let here = address(&course.id);
        let more = |path: &str, key: &str| keeps.then(|| Link { href: format!("{here}/{path}"), text: lang.t(key) });
        if let Some(found) = &self.beside.prerequisites {
            page.blocks.push(Block::Lists(vec![match found {
                Err(_) => Part::Down(missing(lang, &lang.t("prerequisites-title"), "down-prerequisites", here.clone())),
                Ok(found) => Part::Ready(ListCard {
                    id: "h-prasyarat",
                    title: lang.t("prerequisites-title"),
                    count: String::new(),
                    rows: prerequisites::sentences(lang, found),
                    empty: lang.t("prerequisites-none"),
                    more: more("prasyarat", "prerequisites-edit"),
                }),
            }]));
        }
        if let Some(found) = &self.beside.equivalents {
            let row = |other: &api::EquivalentCourse| ListRow {
                href: Some(address(&other.course_id)),
                text: other.name.clone(),
                detail: format!(
                    "{} · {}",
                    other.code,
                    lang.with("credits", &Vars::new().count("credits", other.credits))
                ),
            };
            page.blocks.push(Block::Lists(vec![match found {
                Err(_) => Part::Down(missing(lang, &lang.t("equivalents-title"), "down-prerequisites", here.clone())),
                Ok(found) => Part::Ready(ListCard {
                    id: "h-setara",
                    title: lang.t("equivalents-title"),
                    count: String::new(),
                    rows: found.courses.iter().map(row).collect(),
                    empty: lang.t("equivalents-none"),
                    more: more("setara", "equivalents-edit"),
                }),
            }]));
        }
    }
}
