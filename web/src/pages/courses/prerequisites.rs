//! What a course asks for: groups that must all be met, in each of which one alternative is enough.

use api::{Condition, ConditionKind, Course, Prerequisites, Scale, ScaleQuery, ScaleStep};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::{LIST, address, course_name, keeper, keeps_programme};
use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::layer::Posted;
use crate::pages::classes::lookup::{self, Lookup};
use crate::pages::entry::{Entry, EntryPage, Fields, Input, Kind, No, Press, RowSet, Section, again, draft_note, no};
use crate::pages::home::ListRow;
use crate::session::random_word;
use crate::view::{Choice, Link, Note, Tone};
use crate::visit::Visit;

mod groups;

pub use groups::{Alternative, GROUPS_MAX, Groups};

const FORM: &str = "f-prasyarat";

/// What a course asks for, one line a group.
#[must_use]
pub fn sentences(lang: Lang, prerequisites: &Prerequisites) -> Vec<ListRow> {
    let group = |group: &api::ConditionGroup| {
        let all: Vec<_> = group.any_of.iter().map(|condition| sentence(lang, condition)).collect();
        ListRow { href: None, text: all.join(&format!(" {} ", lang.t("or"))), detail: String::new() }
    };
    prerequisites.all_of.iter().map(group).collect()
}

fn sentence(lang: Lang, condition: &Condition) -> String {
    let course = course_text(condition);
    let vars = Vars::new().text("course", course).count("credits", condition.credits);
    match condition.kind {
        ConditionKind::Passed => match (&condition.min_letter, condition.min_points_hundredths) {
            (Some(letter), _) if !letter.is_empty() => {
                lang.with("condition-passed-min", &vars.text("min", letter.as_str()))
            }
            (_, 0) => lang.with("condition-passed", &vars),
            (_, points) => lang.with("condition-passed-min", &vars.text("min", format::hundredths(lang, points))),
        },
        ConditionKind::Taken => lang.with("condition-taken", &vars),
        ConditionKind::Concurrent => lang.with("condition-concurrent", &vars),
        ConditionKind::Credits => lang.with("condition-credits", &vars),
        ConditionKind::Gpa => {
            lang.with("condition-gpa", &vars.text("gpa", format::hundredths(lang, condition.gpa_hundredths)))
        }
    }
}

/// Code and name of a condition's course.
fn course_text(condition: &Condition) -> String {
    let parts = [condition.course_code.as_deref(), condition.course_name.as_deref()];
    let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { condition.course_id.clone().unwrap_or_default() } else { parts.join(" ") }
}

/// What the form is about.
pub struct About<'a> {
    /// The request.
    pub visit: &'a Visit,
    /// The course; none when it could not be read.
    pub course: Option<&'a Course>,
    /// Id of the course.
    pub id: &'a str,
    /// What is stored.
    pub stored: &'a Prerequisites,
    /// Courses to choose from.
    pub lookup: Lookup,
    /// Steps of the programme's latest scale; empty when it could not be read.
    pub steps: Vec<ScaleStep>,
}

async fn fetch<'a>(
    visit: &'a Visit,
    id: &'a str,
    course: &'a Course,
    stored: &'a Prerequisites,
) -> Result<About<'a>, Failure> {
    let client = visit.client();
    let query = ScaleQuery { limit: Some(1), programme_id: Some(course.programme_id.clone()), ..ScaleQuery::default() };
    let courses = lookup::courses(&client, &course.programme_id, "");
    let (courses, scales) = futures_util::future::join(courses, client.scales(&query)).await;
    let mut lookup = Lookup::default();
    match courses {
        Ok(courses) => lookup.courses = courses,
        Err(Failure::LoginNeeded) => return Err(Failure::LoginNeeded),
        Err(_) => lookup.down = true,
    }
    let first = |scales: Vec<Scale>| scales.into_iter().next().map(|scale| scale.steps).unwrap_or_default();
    let steps = scales.map(|page| first(page.items)).unwrap_or_default();
    Ok(About { visit, course: Some(course), id, stored, lookup, steps })
}

/// `GET /matakuliah/{id}/prasyarat`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no courses, or there is no such course.
pub async fn edit(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let client = visit.client();
    let (course, stored) = futures_util::future::join(client.course(&id), client.prerequisites(&id)).await;
    let (course, stored) = (course?, stored?);
    if !keeps_programme(&visit, &course.programme_id).await {
        return Ok(visit.see(&address(&id)));
    }
    let about = fetch(&visit, &id, &course, &stored).await?;
    if let Some((typed, _)) = Fields::draft(&visit, &format!("{}/prasyarat", address(&id))) {
        let page = about.page(&Groups::read(&typed), typed.get("versi"));
        return Ok(visit.page(&page.note(draft_note(visit.lang))));
    }
    let mut groups = Groups::of(visit.lang, &stored);
    if groups.0.is_empty() {
        groups.0.push(vec![Alternative::default()]);
    }
    Ok(visit.page(&about.page(&groups, &stored.version.to_string())))
}

/// `POST /matakuliah/{id}/prasyarat`: saves, or adds or removes a row of the form.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no courses, or there is no such course.
pub async fn save(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    keeper(&visit)?;
    let client = visit.client();
    let typed = Fields::of(&posted);
    let version = typed.get("versi").to_owned();
    let groups = Groups::read(&typed);
    let (course, stored) = futures_util::future::join(client.course(&id), client.prerequisites(&id)).await;
    let (course, stored) = match (course.map_err(Failure::from), stored.map_err(Failure::from)) {
        (Ok(course), Ok(stored)) => (course, stored),
        (Err(Failure::Down), _) | (_, Err(Failure::Down)) => {
            let stored = Prerequisites { course_id: id.clone(), all_of: Vec::new(), version: 0 };
            let lookup = Lookup::default();
            let about = About { visit: &visit, course: None, id: &id, stored: &stored, lookup, steps: Vec::new() };
            return Ok(again(&visit, No::Down, "", "down-entry", |_| about.page(&groups, &version)));
        }
        (Err(failure), _) | (_, Err(failure)) => return Err(failure),
    };
    let mut about = fetch(&visit, &id, &course, &stored).await?;
    if let Some(changed) = groups.clone().pressed(posted.get("tombol")) {
        return Ok(visit.page(&about.page(&changed, &version)));
    }
    let groups = groups.compact();
    for text in groups.courses() {
        if !stored.all_of.iter().flat_map(|g| &g.any_of).any(|condition| course_text(condition) == text) {
            about.lookup.widen(&client, &text, &[]).await?;
        }
    }
    let input = match groups.resolve(visit.lang, &about) {
        Ok(input) => input,
        Err(_) if about.lookup.down => {
            return Ok(again(&visit, No::Down, "", "down-entry", |_| about.page(&groups, &version)));
        }
        Err(errors) => {
            let page = about.page(&groups, &version).wrong(errors);
            return Ok(visit.page_with(StatusCode::BAD_REQUEST, &page));
        }
    };
    let Ok(read) = version.trim().parse() else { return Err(Failure::Malformed(StatusCode::BAD_REQUEST)) };
    match client.put_prerequisites(&id, read, &input).await {
        Ok(_) => {
            let name = format!("{} {}", course.code, course_name(visit.lang, &course));
            let title = visit.lang.with("prerequisites-saved", &Vars::new().text("course", name));
            visit.flash(Tone::Ok, title, visit.t("prerequisites-saved.text"));
            Ok(visit.see(&address(&id)))
        }
        Err(error) => match no(&visit, error, place, FORM)? {
            No::Stale => {
                let now = client.prerequisites(&id).await?;
                let stored = about.sections(&Groups::of(visit.lang, &now));
                let page = about.page(&groups, &now.version.to_string());
                let page = page.stale(&stored, &about.sections(&groups));
                Ok(visit.page_with(StatusCode::PRECONDITION_FAILED, &page))
            }
            refused => Ok(again(&visit, refused, "", "down-entry", |_| about.page(&groups, &version))),
        },
    }
}

/// Id of the field for a path like `all_of[0].any_of[1].course_id`.
fn place(path: Option<&str>, _: &str) -> Option<String> {
    let (group, rest) = crate::pages::entry::indexed(path?, "all_of")?;
    let Some((alternative, part)) = crate::pages::entry::indexed(rest, "any_of") else {
        return Some(format!("kelompok-{group}"));
    };
    let name = match part {
        "course_id" => "mk",
        "kind" => "jenis",
        _ => "min",
    };
    Some(format!("{name}-{group}-{alternative}"))
}

/// Message of a kind of condition.
#[must_use]
pub fn kind_key(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::Passed => "condition-kind-passed",
        ConditionKind::Taken => "condition-kind-taken",
        ConditionKind::Concurrent => "condition-kind-concurrent",
        ConditionKind::Credits => "condition-kind-credits",
        ConditionKind::Gpa => "condition-kind-gpa",
    }
}

impl About<'_> {
    fn sections(&self, groups: &Groups) -> Vec<Section> {
        let lang = self.visit.lang;
        let fields = groups.fields();
        let number = |n: usize| Vars::new().count("number", i64::try_from(n + 1).unwrap_or_default());
        let row = |group: usize, n: usize| {
            let name = |part: &str| format!("{part}.{group}.{n}");
            let kinds = ConditionKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), lang.t(kind_key(*kind)), ""));
            RowSet {
                legend: lang.with("prerequisites-alternative", &number(n)),
                inputs: vec![
                    Input::new(&name("jenis"), lang.t("prerequisites-kind"), Kind::Select(kinds.collect()), &fields)
                        .width("w2"),
                    Input::new(&name("mk"), lang.t("course"), Kind::Suggest("saran_mk"), &fields).width("w2").max(250),
                    Input::new(&name("min"), lang.t("prerequisites-min"), Kind::Text, &fields).width("w2").max(10),
                ],
                remove: format!("hapus-alternatif-{group}-{n}"),
            }
        };
        let section = |(group, alternatives): (usize, &Vec<Alternative>)| Section {
            id: format!("kelompok-{group}"),
            title: lang.with("prerequisites-group", &number(group)),
            hint: if group == 0 { lang.t("prerequisites-group-hint") } else { String::new() },
            rows: (0..alternatives.len()).map(|n| row(group, n)).collect(),
            add: Some(Press {
                value: format!("tambah-alternatif-{group}"),
                text: lang.t("prerequisites-alternative-add"),
            }),
            ..Section::default()
        };
        groups.0.iter().enumerate().map(section).collect()
    }

    /// The page with what is typed.
    #[must_use]
    pub fn page(&self, groups: &Groups, version: &str) -> EntryPage {
        let (visit, lang) = (self.visit, self.visit.lang);
        let name = self.course.map_or_else(|| lang.t("course"), |course| course_name(lang, course));
        let title = lang.with("prerequisites-of", &Vars::new().text("course", name.clone()));
        let action = format!("{}/prasyarat", address(self.id));
        let mut page = EntryPage::new(visit, LIST, title, Link { href: address(self.id), text: name });
        page.line = lang.t("prerequisites-lead");
        if self.lookup.down {
            page = page.note(Note::down(lang, "down-suggestions"));
        }
        let entry = Entry::new(visit, FORM, action, "prerequisites-save", self.sections(groups));
        let mut entry = entry.key(&random_word()).version(version).cancel(&address(self.id));
        entry.add = (groups.0.len() < GROUPS_MAX)
            .then(|| Press { value: "tambah-kelompok".into(), text: lang.t("prerequisites-group-add") });
        let courses = self.lookup.courses.iter().map(|course| self.lookup.course_label(course)).collect();
        page.suggestions = vec![("saran_mk", courses)];
        page.form(entry)
    }
}
