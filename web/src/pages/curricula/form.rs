//! The form of a curriculum: what it asks for, and its courses with their semesters.

use api::{Curriculum, CurriculumCourseInput, CurriculumInput, Programme, RequirementKind};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::{LIST, address};
use crate::error::Failure;
use crate::i18n::{Lang, Vars};
use crate::layer::Posted;
use crate::pages::classes::input::FieldError;
use crate::pages::classes::lookup::{self, Lookup};
use crate::pages::courses::{keeper, kind_key, programme_choices, programmes};
use crate::pages::entry::{
    Check, Entry, EntryPage, Fields, Input, Kind, No, Press, RowSet, Section, again, draft_note, indexed, no,
};
use crate::session::random_word;
use crate::view::{Choice, Link, Note, Tone};
use crate::visit::Visit;

const FORM: &str = "f-kurikulum";
const SECTION: &str = "s-mk";
const ROWS: [&str; 3] = ["mk", "smt", "sifat"];

/// Most courses of the form.
const MAX: usize = 300;

/// What the page is made of.
pub struct About<'a> {
    /// The request.
    pub visit: &'a Visit,
    /// Id of the curriculum; empty for a new one.
    pub id: &'a str,
    /// What is stored; none for a new one, or when it could not be read.
    pub stored: Option<&'a Curriculum>,
    /// Study programmes.
    pub programmes: Vec<Programme>,
    /// Courses to choose from.
    pub lookup: Lookup,
}

async fn about<'a>(
    visit: &'a Visit,
    id: &'a str,
    stored: Option<&'a Curriculum>,
    prodi: &str,
) -> Result<About<'a>, Failure> {
    let client = visit.client();
    let prodi = stored.map_or(prodi, |stored| stored.programme_id.as_str());
    let (programmes, courses) =
        futures_util::future::join(programmes(&client), lookup::courses(&client, prodi, "")).await;
    let mut lookup = Lookup::default();
    match courses {
        Ok(courses) => lookup.courses = courses,
        Err(Failure::LoginNeeded) => return Err(Failure::LoginNeeded),
        Err(_) => lookup.down = true,
    }
    Ok(About { visit, id, stored, programmes, lookup })
}

/// `GET /kurikulum/baru`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no curricula.
pub async fn new(visit: Visit) -> Result<Response, Failure> {
    keeper(&visit)?;
    let about = about(&visit, "", None, "").await?;
    if let Some((typed, key)) = Fields::draft(&visit, &format!("{LIST}/baru")) {
        let page = about.page(&typed, &key.unwrap_or_else(random_word));
        return Ok(visit.page(&page.note(draft_note(visit.lang))));
    }
    Ok(visit.page(&about.page(&Fields::default().with_row(&ROWS, MAX), &random_word())))
}

/// `GET /kurikulum/{id}/ubah`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no curricula, or there is no such curriculum.
pub async fn edit(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let stored = visit.client().curriculum(&id).await?;
    let about = about(&visit, &id, Some(&stored), "").await?;
    if let Some((typed, _)) = Fields::draft(&visit, &format!("{}/ubah", address(&id))) {
        return Ok(visit.page(&about.page(&typed, "").note(draft_note(visit.lang))));
    }
    Ok(visit.page(&about.page(&typed(&stored), "")))
}

/// `POST /kurikulum`: makes a curriculum, or adds or removes a row of the form.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no curricula.
pub async fn create(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    save(&visit, "", &posted).await
}

/// `POST /kurikulum/{id}/ubah`: changes a curriculum, or adds or removes a row of the form.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no curricula, or there is no such curriculum.
pub async fn update(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    save(&visit, &id, &posted).await
}

async fn save(visit: &Visit, id: &str, posted: &Posted) -> Result<Response, Failure> {
    keeper(visit)?;
    let (lang, client) = (visit.lang, visit.client());
    let mut typed = Fields::of(posted);
    let key = posted.key().map_or_else(random_word, str::to_owned);
    let stored = match id {
        "" => None,
        id => match client.curriculum(id).await.map_err(Failure::from) {
            Ok(stored) => Some(stored),
            Err(Failure::Down) => {
                let about = About { visit, id, stored: None, programmes: Vec::new(), lookup: Lookup::default() };
                return Ok(again(visit, No::Down, &key, "down-entry", |key| about.page(&typed, key)));
            }
            Err(failure) => return Err(failure),
        },
    };
    let mut about = about(visit, id, stored.as_ref(), typed.get("prodi")).await?;
    if let Some(changed) = typed.clone().pressed(posted.get("tombol"), "mk", &ROWS, MAX) {
        return Ok(visit.page(&about.page(&changed, &key)));
    }
    for text in about.unknown(&typed) {
        about.lookup.widen(&client, &text, &[]).await?;
    }
    let input = match about.read(lang, &typed) {
        Ok(input) => input,
        // With the list missing, "unknown" would be a false answer.
        Err(_) if about.lookup.down => {
            return Ok(again(visit, No::Down, &key, "down-entry", |key| about.page(&typed, key)));
        }
        Err(errors) => return Ok(visit.page_with(StatusCode::BAD_REQUEST, &about.page(&typed, &key).wrong(errors))),
    };
    let saved = match (&stored, typed.get("versi").trim().parse()) {
        (Some(stored), Ok(version)) => client.update_curriculum(&stored.id, version, &input).await,
        (Some(_), Err(_)) => return Err(Failure::Malformed(StatusCode::BAD_REQUEST)),
        (None, _) => client.idempotency_key(&key).create_curriculum(&input).await,
    };
    match saved {
        Ok(saved) => {
            let vars = Vars::new().text("curriculum", saved.name.as_str());
            visit.flash(Tone::Ok, lang.with("curriculum-saved", &vars), String::new());
            Ok(visit.see(&address(&saved.id)))
        }
        Err(error) => match no(visit, error, |path, _| place(&typed, path), FORM)? {
            No::Stale => {
                let now = client.curriculum(id).await?;
                typed.set("versi", now.version.to_string());
                let page = about.page(&typed, &key).stale(&about.sections(&self::typed(&now)), &about.sections(&typed));
                Ok(visit.page_with(StatusCode::PRECONDITION_FAILED, &page))
            }
            refused => Ok(again(visit, refused, &key, "down-entry", |key| about.page(&typed, key))),
        },
    }
}

fn label(code: &str, name: &str) -> String {
    format!("{code} {name}")
}

/// The fields of a curriculum as it stands.
#[must_use]
pub fn typed(stored: &Curriculum) -> Fields {
    let mut fields = Fields::default()
        .with("nama", &stored.name)
        .with("prodi", &stored.programme_id)
        .with("mulai", &stored.start_period)
        .with("sks", stored.credits_required.to_string())
        .with("wajib", stored.credits_compulsory.to_string())
        .with("pilihan", stored.credits_elective.to_string())
        .with("versi", stored.version.to_string());
    for (n, course) in stored.courses.iter().enumerate() {
        fields.set(format!("mk.{n}"), label(&course.code, &course.name));
        fields.set(format!("smt.{n}"), course.semester.map(|n| n.to_string()).unwrap_or_default());
        fields.set(format!("sifat.{n}"), course.requirement_kind.as_str());
    }
    fields
}

/// The rows that are sent, by their number on the page: empty ones are left out.
fn filled(typed: &Fields) -> Vec<usize> {
    (0..typed.rows("mk", MAX)).filter(|n| typed.some(&format!("mk.{n}")).is_some()).collect()
}

/// Id of the field that a path of the request means.
fn place(typed: &Fields, path: Option<&str>) -> Option<String> {
    let path = path?;
    if let Some((n, part)) = indexed(path, "courses") {
        let name = match part {
            "semester" => "smt",
            "requirement_kind" => "sifat",
            _ => "mk",
        };
        return filled(typed).get(n).map(|n| format!("{name}-{n}"));
    }
    let id = match path {
        "name" => "nama",
        "programme_id" => "prodi",
        "start_period" => "mulai",
        "credits_required" => "sks",
        "credits_compulsory" => "wajib",
        "credits_elective" => "pilihan",
        "courses" => SECTION,
        _ => return None,
    };
    Some(id.to_owned())
}

impl About<'_> {
    fn stored_id(&self, text: &str) -> Option<String> {
        let courses = self.stored.into_iter().flat_map(|stored| &stored.courses);
        courses.into_iter().find(|course| label(&course.code, &course.name) == text).map(|c| c.course_id.clone())
    }

    /// Typed courses that neither the curriculum nor the fetched list has.
    fn unknown(&self, typed: &Fields) -> Vec<String> {
        let texts = filled(typed).into_iter().filter_map(|n| typed.some(&format!("mk.{n}")));
        texts.filter(|text| self.stored_id(text).is_none() && self.lookup.course(text).is_empty()).take(20).collect()
    }

    fn read(&self, lang: Lang, typed: &Fields) -> Result<CurriculumInput, Vec<FieldError>> {
        let mut check = Check::new(lang, typed);
        let name = check.text("nama", "curriculum-name", 60);
        let programme_id = match self.stored {
            Some(stored) => stored.programme_id.clone(),
            None => check.text("prodi", "programme", 36),
        };
        let start_period = check.text("mulai", "curriculum-start", 5);
        let credits_required = check.number("sks", "curriculum-credits", 1, 400);
        let credits_compulsory = check.number("wajib", "curriculum-compulsory", 0, 400);
        let credits_elective = check.number("pilihan", "curriculum-elective", 0, 400);
        let mut courses = Vec::new();
        for n in filled(typed) {
            let field = format!("mk.{n}");
            let text = typed.some(&field).unwrap_or_default();
            let id = self.stored_id(&text).or_else(|| match self.lookup.course(&text).as_slice() {
                [only] => Some(only.id.clone()),
                [] => {
                    check.say(&field, lang.with("class-course-unknown", &Vars::new().text("typed", text.as_str())));
                    None
                }
                several => {
                    let labels: Vec<_> = several.iter().take(5).map(|c| self.lookup.course_label(c)).collect();
                    check.say(&field, lang.with("class-course-several", &Vars::new().text("found", labels.join("; "))));
                    None
                }
            });
            let semester = check.number(&format!("smt.{n}"), "semester-word", 0, 14);
            let kind = check.choice::<RequirementKind>(&format!("sifat.{n}"), "course-kind");
            if let (Some(course_id), Some(requirement_kind)) = (id, kind) {
                let semester = Some(semester).filter(|semester| *semester > 0);
                courses.push(CurriculumCourseInput { course_id, semester, requirement_kind });
            }
        }
        check.done(CurriculumInput {
            programme_id,
            name,
            start_period,
            credits_required,
            credits_compulsory,
            credits_elective,
            courses,
        })
    }

    fn sections(&self, typed: &Fields) -> Vec<Section> {
        let lang = self.visit.lang;
        let number = |name: &str, key: &str| Input::new(name, lang.t(key), Kind::Number, typed).width("w2").max(3);
        let start = Input::new("mulai", lang.t("curriculum-start"), Kind::Number, typed).width("w2").max(5);
        let mut inputs = vec![Input::new("nama", lang.t("curriculum-name"), Kind::Text, typed).width("w4").max(60)];
        inputs.push(start.hint(lang.t("student-entry-hint")));
        if self.id.is_empty() {
            let choices = programme_choices(lang, &self.programmes, "course-programme-choose", typed.get("prodi"));
            inputs.push(Input::new("prodi", lang.t("programme"), Kind::Select(choices), typed).width("w6"));
        }
        inputs.push(number("sks", "curriculum-credits"));
        inputs.push(number("wajib", "curriculum-compulsory"));
        inputs.push(number("pilihan", "curriculum-elective"));
        let count = typed.rows("mk", MAX);
        let row = |n: usize| {
            let name = |part: &str| format!("{part}.{n}");
            let kinds = RequirementKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), lang.t(kind_key(*kind)), ""));
            let course =
                Input::new(&name("mk"), lang.t("course"), Kind::Suggest("saran_mk"), typed).width("w2").max(250);
            let inputs = vec![
                course,
                Input::new(&name("smt"), lang.t("semester-word"), Kind::Number, typed).width("w2").max(2),
                Input::new(&name("sifat"), lang.t("course-kind"), Kind::Select(kinds.collect()), typed).width("w2"),
            ];
            let number = Vars::new().count("number", i64::try_from(n + 1).unwrap_or_default());
            RowSet { legend: lang.with("equivalents-row", &number), inputs, remove: format!("hapus-mk-{n}") }
        };
        let courses = Section {
            id: SECTION.into(),
            title: lang.t("courses-title"),
            hint: lang.t("curriculum-courses-hint"),
            rows: (0..count).map(row).collect(),
            add: (count < MAX).then(|| Press { value: "tambah-mk".into(), text: lang.t("equivalents-add") }),
            ..Section::default()
        };
        vec![Section::plain("s-kurikulum", inputs), courses]
    }

    /// The page with what is typed.
    #[must_use]
    pub fn page(&self, typed: &Fields, key: &str) -> EntryPage {
        let (visit, lang) = (self.visit, self.visit.lang);
        let (title, back, action) = match self.id {
            "" => {
                let back = Link { href: LIST.into(), text: lang.t("curricula-title") };
                (lang.t("curriculum-new-title"), back, LIST.to_owned())
            }
            id => {
                let name = self.stored.map_or_else(|| lang.t("curriculum"), |stored| stored.name.clone());
                let title = lang.with("curriculum-edit-title", &Vars::new().text("curriculum", name.as_str()));
                (title, Link { href: address(id), text: name }, format!("{}/ubah", address(id)))
            }
        };
        let entry = Entry::new(visit, FORM, action, "curriculum-save", self.sections(typed));
        let entry = entry.key(key).version(typed.get("versi")).cancel(&back.href);
        let mut page = EntryPage::new(visit, LIST, title, back);
        if self.lookup.down {
            page = page.note(Note::down(lang, "down-suggestions"));
        }
        page.suggestions =
            vec![("saran_mk", self.lookup.courses.iter().map(|course| self.lookup.course_label(course)).collect())];
        page.form(entry)
    }
}
