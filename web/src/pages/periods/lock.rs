//! Locking the approved plans of a period: asked first, for it cannot be taken back.

use axum::extract::Path;
use axum::response::Response;

use super::{LIST, address, keeper};
use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::pages::entry::{Entry, EntryPage, Section, again, no};
use crate::pages::krs::no_such_period;
use crate::view::{Link, Tone};
use crate::visit::Visit;

const FORM: &str = "f-kunci";

/// `GET /periode/{code}/kunci`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no periods.
pub async fn ask(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    keeper(&visit)?;
    visit.client().period(&code).await.map_err(no_such_period)?;
    Ok(visit.page(&page(&visit, &code)))
}

/// Makes the page.
#[must_use]
pub fn page(visit: &Visit, code: &str) -> EntryPage {
    let lang = visit.lang;
    let period = format::period(lang, code);
    let title = lang.with("lock-title", &Vars::new().text("period", period.as_str()));
    let what =
        Section { id: "s-kunci".into(), title: lang.t("lock-short"), hint: lang.t("lock-hint"), ..Section::default() };
    let entry = Entry::new(visit, FORM, format!("{}/kunci", address(code)), "lock-plans", vec![what]);
    let back = Link { href: address(code), text: period };
    EntryPage::new(visit, LIST, title, back).form(Entry { grave: true, ..entry.cancel(&address(code)) })
}

/// `POST /periode/{code}/kunci`.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no periods, or there is no such period.
pub async fn lock(visit: Visit, Path(code): Path<String>, _posted: Posted) -> Result<Response, Failure> {
    keeper(&visit)?;
    match visit.client().lock_plans(&code).await {
        Ok(locked) => {
            let vars = Vars::new().count("count", i64::try_from(locked.locked).unwrap_or(i64::MAX));
            visit.flash(Tone::Ok, visit.lang.with("lock-done", &vars), String::new());
            Ok(visit.see(&address(&code)))
        }
        Err(error) => {
            let refused = no(&visit, error, |_, _| None, FORM)?;
            Ok(again(&visit, refused, "", "down-lock", |_| page(&visit, &code)))
        }
    }
}
