//! Starting the giving of seats by wishes: asked first, for it is done once and cannot be taken back.

use api::{Allocation, AllocationInput, AllocationState};
use axum::extract::Path;
use axum::response::Response;

use super::{LIST, allocation, keeper};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::pages::entry::{Check, Entry, EntryPage, Fields, Input, Kind, Section, again, no};
use crate::pages::krs::no_such_period;
use crate::session::random_word;
use crate::view::{Link, Tone};
use crate::visit::Visit;

const FORM: &str = "f-pembagian";

/// Most characters of a seed.
const SEED_MAX: u32 = 64;

/// Address of the page.
#[must_use]
pub fn path(code: &str) -> String {
    format!("{}/jalankan", allocation::path(code))
}

/// `GET /periode/{code}/pembagian/jalankan`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no periods, or there is no such period.
pub async fn ask(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    keeper(&visit)?;
    let allocation = visit.client().allocation(&code).await.map_err(no_such_period)?;
    if allocation.state != AllocationState::Pending {
        return Ok(visit.see(&allocation::path(&code)));
    }
    Ok(visit.page(&page(&visit, &code, Some(&allocation), &Fields::default(), &random_word())))
}

/// Makes the page; `allocation` is none while it cannot be read.
#[must_use]
pub fn page(visit: &Visit, code: &str, allocation: Option<&Allocation>, typed: &Fields, key: &str) -> EntryPage {
    let lang = visit.lang;
    let period = format::period(lang, code);
    let title = lang.with("allocate-title", &Vars::new().text("period", period));
    let hint = match allocation {
        Some(found) => {
            let vars = Vars::new().count("students", found.students).count("wishes", found.wishes);
            lang.with("allocate-what.hint", &vars)
        }
        None => lang.t("allocate-what.bare"),
    };
    let seed = Input::new("benih", lang.t("allocate-seed"), Kind::Text, typed).width("w6").max(SEED_MAX);
    let what = Section {
        id: "s-bagi".into(),
        title: lang.t("allocate-what"),
        hint,
        inputs: vec![seed.hint(lang.t("allocate-seed.hint"))],
        ..Section::default()
    };
    let entry = Entry::new(visit, FORM, path(code), "allocate-now", vec![what]).key(key);
    let back = Link { href: allocation::path(code), text: lang.t("allocation-title") };
    EntryPage::new(visit, LIST, title, back).form(Entry { grave: true, ..entry.cancel(&allocation::path(code)) })
}

/// `POST /periode/{code}/pembagian/jalankan`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no periods, or there is no such period.
pub async fn run(visit: Visit, Path(code): Path<String>, posted: Posted) -> Result<Response, Failure> {
    keeper(&visit)?;
    let typed = Fields::of(&posted);
    let key = posted.key().map_or_else(random_word, str::to_owned);
    let mut check = Check::new(visit.lang, &typed);
    let seed = check.optional("benih", "allocate-seed", SEED_MAX as usize);
    let input = match check.done(AllocationInput { seed }) {
        Ok(input) => input,
        Err(errors) => {
            let page = page(&visit, &code, None, &typed, &key).wrong(errors);
            return Ok(visit.page_with(axum::http::StatusCode::BAD_REQUEST, &page));
        }
    };
    match visit.client().idempotency_key(&key).run_allocation(&code, &input).await {
        Ok(_) => {
            visit.flash(Tone::Ok, visit.t("allocate-begun"), "");
            Ok(visit.see(&allocation::path(&code)))
        }
        Err(error) => {
            let place = |path: Option<&str>, _: &str| (path == Some("seed")).then(|| "benih".to_owned());
            let refused = no(&visit, error, place, FORM)?;
            Ok(again(&visit, refused, &key, "down-allocate", |key| page(&visit, &code, None, &typed, key)))
        }
    }
}
