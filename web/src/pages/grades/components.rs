//! The parts of the final score and what each weighs.

use api::{ComponentInput, ComponentsInput, Sheet};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::typed::COMPONENTS_MAX;
use super::{LIST, address, class_label, writer};
use crate::error::Failure;
use crate::i18n::{Lang, Vars};
use crate::layer::Posted;
use crate::pages::classes::input::FieldError;
use crate::pages::entry::{
    Check, Entry, EntryPage, Fields, Input, Kind, No, Press, RowSet, Section, again, draft_note, indexed, no,
};
use crate::view::{Link, Tone};
use crate::visit::Visit;

const FORM: &str = "f-komponen";
const ROWS: [&str; 3] = ["nama", "bobot", "id"];
const SECTION: &str = "s-komponen";

/// `GET /nilai/{class}/komponen`.
///
/// # Errors
///
/// When nobody is logged in, somebody who enters no grades, or there is no such class for them.
pub async fn edit(visit: Visit, Path(class): Path<String>) -> Result<Response, Failure> {
    writer(&visit)?;
    let sheet = visit.client().sheet(&class).await?;
    let here = format!("{}/komponen", address(&class));
    if let Some((typed, _)) = Fields::draft(&visit, &here) {
        return Ok(visit.page(&page(&visit, &class, Some(&sheet), &typed).note(draft_note(visit.lang))));
    }
    Ok(visit.page(&page(&visit, &class, Some(&sheet), &typed(&sheet))))
}

/// The fields of the components as they stand.
#[must_use]
pub fn typed(sheet: &Sheet) -> Fields {
    let mut fields = Fields::default().with("versi", sheet.version.to_string());
    for (n, component) in sheet.components.iter().enumerate() {
        fields.set(format!("nama.{n}"), &component.name);
        fields.set(format!("bobot.{n}"), component.weight.to_string());
        fields.set(format!("id.{n}"), &component.id);
    }
    fields
}

fn sections(lang: Lang, typed: &Fields) -> Vec<Section> {
    let count = typed.rows("nama", COMPONENTS_MAX);
    let row = |n: usize| RowSet {
        legend: lang.with("component-row", &Vars::new().count("number", i64::try_from(n + 1).unwrap_or_default())),
        inputs: vec![
            Input::new(&format!("nama.{n}"), lang.t("component-name"), Kind::Text, typed).max(40),
            Input::new(&format!("bobot.{n}"), lang.t("component-weight"), Kind::Number, typed).max(3),
        ],
        remove: format!("hapus-komponen-{n}"),
    };
    let sum: u32 = (0..count).filter_map(|n| typed.get(&format!("bobot.{n}")).trim().parse::<u32>().ok()).sum();
    vec![Section {
        id: SECTION.into(),
        title: lang.t("grades-components"),
        hint: lang.with("component-sum", &Vars::new().count("sum", sum)),
        rows: (0..count).map(row).collect(),
        add: (count < COMPONENTS_MAX).then(|| Press { value: "tambah-komponen".into(), text: lang.t("component-add") }),
        ..Section::default()
    }]
}

/// Makes the page.
#[must_use]
pub fn page(visit: &Visit, class: &str, sheet: Option<&Sheet>, typed: &Fields) -> EntryPage {
    let lang = visit.lang;
    let name = sheet.map_or_else(|| lang.t("class"), |sheet| class_label(&sheet.summary));
    let title = lang.with("components-of", &Vars::new().text("class", name.clone()));
    let action = format!("{}/komponen", address(class));
    let mut entry = Entry::new(visit, FORM, action, "components-save", sections(lang, typed));
    entry = entry.version(typed.get("versi")).cancel(&address(class));
    for n in 0..typed.rows("nama", COMPONENTS_MAX) {
        let id = format!("id.{n}");
        entry.kept.push((id.clone(), typed.get(&id).to_owned()));
    }
    let mut page = EntryPage::new(visit, LIST, title, Link { href: address(class), text: name });
    page.line = lang.t("components-lead");
    page.form(entry)
}

/// What the fields mean.
fn read(lang: Lang, typed: &Fields) -> Result<ComponentsInput, Vec<FieldError>> {
    let mut check = Check::new(lang, typed);
    let mut components = Vec::new();
    for n in 0..typed.rows("nama", COMPONENTS_MAX) {
        let (name, weight) = (format!("nama.{n}"), format!("bobot.{n}"));
        if typed.some(&name).is_none() && typed.some(&weight).is_none() {
            continue;
        }
        let id = typed.some(&format!("id.{n}"));
        let name = check.text(&name, "component-name", 40);
        components.push(ComponentInput { id, name, weight: check.number(&weight, "component-weight", 1, 100) });
    }
    if components.is_empty() {
        check.say(SECTION, lang.t("component-required"));
    }
    check.done(ComponentsInput { components })
}

/// `POST /nilai/{class}/komponen`: saves, or adds or removes a row of the form.
///
/// # Errors
///
/// When nobody is logged in, somebody who enters no grades, or there is no such class for them.
pub async fn save(visit: Visit, Path(class): Path<String>, posted: Posted) -> Result<Response, Failure> {
    writer(&visit)?;
    let (lang, client) = (visit.lang, visit.client());
    let mut typed = Fields::of(&posted);
    if let Some(changed) = typed.clone().pressed(posted.get("tombol"), "komponen", &ROWS, COMPONENTS_MAX) {
        let sheet = client.sheet(&class).await.ok();
        return Ok(visit.page(&page(&visit, &class, sheet.as_ref(), &changed)));
    }
    let sheet = match client.sheet(&class).await.map_err(Failure::from) {
        Ok(sheet) => sheet,
        Err(Failure::Down) => {
            return Ok(again(&visit, No::Down, "", "down-entry", |_| page(&visit, &class, None, &typed)));
        }
        Err(failure) => return Err(failure),
    };
    let input = match read(lang, &typed) {
        Ok(input) => input,
        Err(errors) => {
            let page = page(&visit, &class, Some(&sheet), &typed).wrong(errors);
            return Ok(visit.page_with(StatusCode::BAD_REQUEST, &page));
        }
    };
    let Ok(version) = typed.get("versi").trim().parse() else {
        return Err(Failure::Malformed(StatusCode::BAD_REQUEST));
    };
    let place = |path: Option<&str>, reason: &str| match (path.and_then(|path| indexed(path, "components")), reason) {
        (Some((n, "weight")), _) => Some(format!("bobot-{n}")),
        (Some((n, _)), _) => Some(format!("nama-{n}")),
        (None, "weights-not-100" | "component-has-scores" | "unknown-component") => Some(SECTION.to_owned()),
        _ => None,
    };
    match client.put_components(&class, version, &input).await {
        Ok(_) => {
            visit.flash(Tone::Ok, lang.t("components-saved"), String::new());
            Ok(visit.see(&address(&class)))
        }
        Err(error) => match no(&visit, error, place, FORM)? {
            No::Stale => {
                let now = client.sheet(&class).await?;
                typed.set("versi", now.version.to_string());
                let stored = sections(lang, &self::typed(&now));
                let page = page(&visit, &class, Some(&now), &typed).stale(&stored, &sections(lang, &typed));
                Ok(visit.page_with(StatusCode::PRECONDITION_FAILED, &page))
            }
            refused => Ok(again(&visit, refused, "", "down-entry", |_| page(&visit, &class, Some(&sheet), &typed))),
        },
    }
}
