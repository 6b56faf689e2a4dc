//! Courses whose result counts as that of a course.

use api::{Course, Equivalents, EquivalentsInput};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::{LIST, address, course_name, keeper, keeps_programme};
use crate::error::Failure;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::pages::classes::input::FieldError;
use crate::pages::classes::lookup::Lookup;
use crate::pages::entry::{
    Entry, EntryPage, Fields, Input, Kind, No, Press, RowSet, Section, again, draft_note, indexed, no,
};
use crate::view::{Link, Tone};
use crate::visit::Visit;

/// Most courses that count as one.
const MAX: usize = 50;
const FORM: &str = "f-setara";

/// `GET /matakuliah/{id}/setara`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no courses, or there is no such course.
pub async fn edit(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let client = visit.client();
    let (course, stored) = futures_util::future::join(client.course(&id), client.equivalents(&id)).await;
    let (course, stored) = (course?, stored?);
    if !keeps_programme(&visit, &course.programme_id).await {
        return Ok(visit.see(&address(&id)));
    }
    if let Some((typed, _)) = Fields::draft(&visit, &format!("{}/setara", address(&id))) {
        return Ok(visit.page(&page(&visit, &id, Some(&course), &typed).note(draft_note(visit.lang))));
    }
    Ok(visit.page(&page(&visit, &id, Some(&course), &typed(&stored).with_row(&["mk"], MAX))))
}

/// The fields of what is stored.
#[must_use]
pub fn typed(stored: &Equivalents) -> Fields {
    let mut fields = Fields::default().with("versi", stored.version.to_string());
    for (n, course) in stored.courses.iter().enumerate() {
        fields.set(format!("mk.{n}"), label(&course.code, &course.name));
    }
    fields
}

fn label(code: &str, name: &str) -> String {
    format!("{code} {name}")
}

fn sections(visit: &Visit, typed: &Fields) -> Vec<Section> {
    let lang = visit.lang;
    let row = |n: usize| RowSet {
        legend: lang.with("equivalents-row", &Vars::new().count("number", i64::try_from(n + 1).unwrap_or_default())),
        inputs: vec![Input::new(&format!("mk.{n}"), lang.t("course"), Kind::Text, typed).width("w6").max(250)],
        remove: format!("hapus-setara-{n}"),
    };
    let count = typed.rows("mk", MAX);
    let add = (count < MAX).then(|| Press { value: "tambah-setara".into(), text: lang.t("equivalents-add") });
    vec![Section {
        id: "s-setara".into(),
        title: lang.t("equivalents-title"),
        hint: lang.t("equivalents-hint"),
        rows: (0..count).map(row).collect(),
        add,
        ..Section::default()
    }]
}

/// Makes the page.
#[must_use]
pub fn page(visit: &Visit, id: &str, course: Option<&Course>, typed: &Fields) -> EntryPage {
    let lang = visit.lang;
    let name = course.map_or_else(|| lang.t("course"), |course| course_name(lang, course));
    let title = lang.with("equivalents-of", &Vars::new().text("course", name.clone()));
    let entry = Entry::new(visit, FORM, format!("{}/setara", address(id)), "equivalents-save", sections(visit, typed));
    let back = Link { href: address(id), text: name };
    EntryPage::new(visit, LIST, title, back).form(entry.version(typed.get("versi")).cancel(&address(id)))
}

/// `POST /matakuliah/{id}/setara`: saves, or adds or removes a row of the form.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no courses, or there is no such course.
pub async fn save(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    keeper(&visit)?;
    let client = visit.client();
    let mut typed = Fields::of(&posted);
    if let Some(changed) = typed.clone().pressed(posted.get("tombol"), "setara", &["mk"], MAX) {
        let course = client.course(&id).await.ok();
        return Ok(visit.page(&page(&visit, &id, course.as_ref(), &changed)));
    }
    let (course, stored) = futures_util::future::join(client.course(&id), client.equivalents(&id)).await;
    let (course, stored) = match (course.map_err(Failure::from), stored.map_err(Failure::from)) {
        (Ok(course), Ok(stored)) => (course, stored),
        (Err(Failure::Down), _) | (_, Err(Failure::Down)) => {
            return Ok(again(&visit, No::Down, "", "down-entry", |_| page(&visit, &id, None, &typed)));
        }
        (Err(failure), _) | (_, Err(failure)) => return Err(failure),
    };
    let mut lookup = Lookup::default();
    // Rows that are empty are not sent: which row each of the sent ones is.
    let (mut course_ids, mut rows, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..typed.rows("mk", MAX) {
        let Some(text) = typed.some(&format!("mk.{n}")) else { continue };
        if let Some(known) = stored.courses.iter().find(|other| label(&other.code, &other.name) == text) {
            course_ids.push(known.course_id.clone());
            rows.push(n);
            continue;
        }
        lookup.widen(&client, &text, &[]).await?;
        let (key, vars) = match lookup.course(&text).as_slice() {
            [only] => {
                course_ids.push(only.id.clone());
                rows.push(n);
                continue;
            }
            [] => ("class-course-unknown", Vars::new().text("typed", text)),
            several => {
                let labels: Vec<_> = several.iter().take(5).map(|course| lookup.course_label(course)).collect();
                ("class-course-several", Vars::new().text("found", labels.join("; ")))
            }
        };
        errors.push(FieldError { field: format!("mk-{n}"), text: visit.lang.with(key, &vars) });
    }
    if lookup.down {
        return Ok(again(&visit, No::Down, "", "down-entry", |_| page(&visit, &id, Some(&course), &typed)));
    }
    if !errors.is_empty() {
        let page = page(&visit, &id, Some(&course), &typed).wrong(errors);
        return Ok(visit.page_with(StatusCode::BAD_REQUEST, &page));
    }
    let Ok(version) = typed.get("versi").trim().parse() else {
        return Err(Failure::Malformed(StatusCode::BAD_REQUEST));
    };
    let place = |path: Option<&str>, _: &str| place(&rows, path?);
    match client.put_equivalents(&id, version, &EquivalentsInput { course_ids }).await {
        Ok(_) => {
            let name = format!("{} {}", course.code, course_name(visit.lang, &course));
            visit.flash(
                Tone::Ok,
                visit.lang.with("equivalents-saved", &Vars::new().text("course", name)),
                String::new(),
            );
            Ok(visit.see(&address(&id)))
        }
        Err(error) => match no(&visit, error, place, FORM)? {
            No::Stale => {
                let now = client.equivalents(&id).await?;
                typed.set("versi", now.version.to_string());
                let stored = sections(&visit, &self::typed(&now));
                let page = page(&visit, &id, Some(&course), &typed).stale(&stored, &sections(&visit, &typed));
                Ok(visit.page_with(StatusCode::PRECONDITION_FAILED, &page))
            }
            refused => Ok(again(&visit, refused, "", "down-entry", |_| page(&visit, &id, Some(&course), &typed))),
        },
    }
}

/// Id of the field for a path like `course_ids[1]`; `rows` says which row was sent at which place.
fn place(rows: &[usize], path: &str) -> Option<String> {
    let (sent, _) = indexed(path, "course_ids")?;
    rows.get(sent).map(|row| format!("mk-{row}"))
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn what_is_refused_is_said_at_its_row_although_empty_rows_were_not_sent() {
        assert_eq!(place(&[0, 2], "course_ids[1]").as_deref(), Some("mk-2"));
        assert_eq!(place(&[0, 2], "course_ids[2]"), None);
        assert_eq!(place(&[0], "course_ids"), None);
    }
}
