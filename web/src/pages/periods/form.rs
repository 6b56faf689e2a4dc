//! The page of a period: its state, its windows, and what is done with its plans.

use api::{NewPeriod, Period, PeriodInput, PeriodState, SeatPolicy};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::allocation;
use super::list::state_badge;
use super::registration;
use super::windows::{self, kind_key};
use super::{LIST, address, keeper};
use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::layer::Posted;
use crate::pages::classes::input::FieldError;
use crate::pages::courses::reader;
use crate::pages::entry::{
    Block, Check, Entry, EntryPage, Fields, Input, Kind, No, Section, again, draft_note, indexed, no,
};
use crate::pages::home::{ListCard, ListRow, period_state_key};
use crate::pages::krs::no_such_period;
use crate::session::random_word;
use crate::view::{Choice, Link, Part, Tone};
use crate::visit::Visit;

const FORM: &str = "f-periode";

/// `GET /periode/baru`.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no periods.
pub async fn new(visit: Visit) -> Result<Response, Failure> {
    keeper(&visit)?;
    if let Some((typed, key)) = Fields::draft(&visit, &format!("{LIST}/baru")) {
        let page = page(&visit, None, &typed, &key.unwrap_or_else(random_word));
        return Ok(visit.page(&page.note(draft_note(visit.lang))));
    }
    let typed = Fields::default()
        .with("tahun", visit.app.campus.at(visit.app.clock.now()).year().to_string())
        .with("semester", "1")
        .with("status", PeriodState::Planned.as_str())
        .with("kursi", SeatPolicy::AtAdd.as_str());
    Ok(visit.page(&page(&visit, None, &typed.with_row(&windows::ROWS, windows::MAX), &random_word())))
}

/// `GET /periode/{code}`.
///
/// # Errors
///
/// When nobody is logged in, somebody who does not read this, or there is no such period for them.
pub async fn edit(visit: Visit, Path(code): Path<String>) -> Result<Response, Failure> {
    reader(&visit)?;
    let period = visit.client().period(&code).await.map_err(no_such_period)?;
    if let Some((typed, key)) = Fields::draft(&visit, &address(&code)) {
        let page = page(&visit, Some(&period), &typed, &key.unwrap_or_else(random_word));
        return Ok(visit.page(&page.note(draft_note(visit.lang))));
    }
    Ok(visit.page(&page(&visit, Some(&period), &typed(&visit, &period), &random_word())))
}

/// The fields of a period as it stands.
#[must_use]
pub fn typed(visit: &Visit, period: &Period) -> Fields {
    let mut fields = Fields::default().with("status", period.state.as_str()).with("versi", period.version.to_string());
    windows::write(&mut fields, &visit.app.campus, &period.windows);
    registration::write(&mut fields, &period.registration);
    fields
}

fn sections(lang: Lang, typed: &Fields, known: bool) -> Vec<Section> {
    let states = PeriodState::ALL.iter().map(|s| Choice::new(s.as_str(), lang.t(period_state_key(*s)), ""));
    let mut inputs = Vec::new();
    if !known {
        let terms = (1..=3).map(|term| Choice::new(term.to_string(), lang.t(&format!("term-{term}")), ""));
        let year = Input::new("tahun", lang.t("period-year"), Kind::Number, typed).width("w2").max(4);
        inputs.push(year.hint(lang.t("period-year-hint")));
        inputs.push(Input::new("semester", lang.t("period-term"), Kind::Select(terms.collect()), typed).width("w2"));
    }
    inputs.push(Input::new("status", lang.t("state"), Kind::Select(states.collect()), typed).width("w2"));
    vec![Section::plain("s-periode", inputs), windows::section(lang, typed), registration::section(lang, typed)]
}

/// Makes the page; `period` is none for a new one.
#[must_use]
pub fn page(visit: &Visit, period: Option<&Period>, typed: &Fields, key: &str) -> EntryPage {
    let lang = visit.lang;
    let title = period.map_or_else(|| lang.t("period-new-title"), |period| format::period(lang, &period.code));
    let mut page = EntryPage::new(visit, LIST, title, Link { href: LIST.into(), text: lang.t("periods-title") });
    let keeps = visit.session.user.as_ref().is_some_and(crate::session::User::is_registrar);
    if let Some(period) = period {
        page.line.clone_from(&period.code);
        page.badge = Some(state_badge(lang, period.state));
    }
    if keeps {
        let action = period.map_or_else(|| LIST.to_owned(), |period| address(&period.code));
        let entry = Entry::new(visit, FORM, action, "period-save", sections(lang, typed, period.is_some()));
        page = page.form(entry.key(key).version(typed.get("versi")).cancel(LIST));
    } else if let Some(period) = period {
        page.blocks.push(Block::Lists(vec![Part::Ready(windows_card(visit, period))]));
    }
    if let Some(period) = period.filter(|period| period.registration.seat_policy == SeatPolicy::Allocation) {
        page.links.push(Link { href: allocation::path(&period.code), text: lang.t("allocation-title") });
    }
    if let Some(period) = period.filter(|period| keeps && period.state == PeriodState::Active) {
        page.links.push(Link { href: format!("{}/kunci", address(&period.code)), text: lang.t("lock-plans") });
    }
    page
}

fn windows_card(visit: &Visit, period: &Period) -> ListCard {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let row = |window: &api::Window| {
        let vars = Vars::new()
            .text("opens", campus.date_time(lang, window.opens_at))
            .text("closes", campus.date_time(lang, campus.last_moment(window.closes_at)));
        let scope = window.scope_key.as_deref().map(|key| format!(" · {key}")).unwrap_or_default();
        let text = format!("{}{scope}", lang.t(kind_key(window.kind)));
        ListRow { href: None, text, detail: lang.with("window-dates", &vars) }
    };
    ListCard {
        id: "h-masa",
        title: lang.t("windows-title"),
        count: String::new(),
        rows: period.windows.iter().map(row).collect(),
        empty: lang.t("windows-none"),
        more: None,
    }
}

fn read(visit: &Visit, typed: &Fields) -> Result<PeriodInput, Vec<FieldError>> {
    let mut check = Check::new(visit.lang, typed);
    let state = check.choice("status", "state");
    let windows = windows::read(&mut check, visit.lang, &visit.app.campus, typed);
    // A form of before has no such fields: what is set stays.
    let registration = typed.some("kursi").is_some().then(|| registration::read(&mut check));
    check.done(PeriodInput { state: state.unwrap_or(PeriodState::Planned), windows, registration })
}

/// Id of the field that a path of the request or a reason means.
fn place(typed: &Fields, path: Option<&str>, reason: &str) -> Option<String> {
    if let Some((n, part)) = path.and_then(|path| indexed(path, "windows")) {
        let n = windows::sent(typed).get(n).copied()?;
        let name = match part {
            "scope_key" => "kunci",
            "scope" => "lingkup",
            "kind" => "masa",
            "closes_at" => "tutup",
            _ => "buka",
        };
        return Some(format!("{name}-{n}"));
    }
    if let Some(id) = path.and_then(registration::place) {
        return Some(id.to_owned());
    }
    let id = match (path, reason) {
        (Some("windows"), _) => windows::SECTION,
        (Some("code"), _) | (_, "period-exists") => "tahun",
        (Some("state"), _) | (_, "period-state-order" | "period-over") => "status",
        _ => return None,
    };
    Some(id.to_owned())
}

/// `POST /periode`: makes a period, or adds or removes a row of the form.
///
/// # Errors
///
/// When nobody is logged in, or somebody who keeps no periods.
pub async fn create(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    keeper(&visit)?;
    let lang = visit.lang;
    let typed = Fields::of(&posted);
    let key = posted.key().map_or_else(random_word, str::to_owned);
    if let Some(changed) = typed.clone().pressed(posted.get("tombol"), "masa", &windows::ROWS, windows::MAX) {
        return Ok(visit.page(&page(&visit, None, &changed, &key)));
    }
    let year = {
        let mut check = Check::new(lang, &typed);
        let year = check.number("tahun", "period-year", 2000, 2100);
        let term = check.number("semester", "period-term", 1, 3);
        check.done(format!("{year}{term}"))
    };
    let (code, input) = match (year, read(&visit, &typed)) {
        (Ok(code), Ok(input)) => (code, input),
        (code, input) => {
            let errors = [code.err(), input.err()].into_iter().flatten().flatten().collect();
            return Ok(visit.page_with(StatusCode::BAD_REQUEST, &page(&visit, None, &typed, &key).wrong(errors)));
        }
    };
    let period = NewPeriod { code, state: input.state, windows: input.windows, registration: input.registration };
    match visit.client().idempotency_key(&key).create_period(&period).await {
        Ok(period) => Ok(done(&visit, &period, "period-created")),
        Err(error) => {
            let refused = no(&visit, error, |path, reason| place(&typed, path, reason), FORM)?;
            Ok(again(&visit, refused, &key, "down-entry", |key| page(&visit, None, &typed, key)))
        }
    }
}

fn done(visit: &Visit, period: &Period, key: &str) -> Response {
    let vars = Vars::new().text("period", format::period(visit.lang, &period.code));
    visit.flash(Tone::Ok, visit.lang.with(key, &vars), String::new());
    visit.see(&address(&period.code))
}

/// `POST /periode/{code}`: changes a period, or adds or removes a row of the form.
///
/// # Errors
///
/// When nobody is logged in, somebody who keeps no periods, or there is no such period.
pub async fn update(visit: Visit, Path(code): Path<String>, posted: Posted) -> Result<Response, Failure> {
    keeper(&visit)?;
    let (lang, client) = (visit.lang, visit.client());
    let mut typed = Fields::of(&posted);
    let key = random_word();
    // What the heading needs; when it cannot be read the form stands all the same.
    let shown = |version: &str| Period {
        code: code.clone(),
        state: typed.get("status").parse().unwrap_or(PeriodState::Planned),
        windows: Vec::new(),
        registration: api::Registration::default(),
        version: version.parse().unwrap_or_default(),
    };
    let period = shown(typed.get("versi"));
    if let Some(changed) = typed.clone().pressed(posted.get("tombol"), "masa", &windows::ROWS, windows::MAX) {
        return Ok(visit.page(&page(&visit, Some(&period), &changed, &key)));
    }
    let input = match read(&visit, &typed) {
        Ok(input) => input,
        Err(errors) => {
            let page = page(&visit, Some(&period), &typed, &key).wrong(errors);
            return Ok(visit.page_with(StatusCode::BAD_REQUEST, &page));
        }
    };
    let Ok(version) = typed.get("versi").trim().parse() else {
        return Err(Failure::Malformed(StatusCode::BAD_REQUEST));
    };
    match client.update_period(&code, version, &input).await {
        Ok(period) => Ok(done(&visit, &period, "period-saved")),
        Err(error) => match no(&visit, error, |path, reason| place(&typed, path, reason), FORM)? {
            No::Stale => {
                let now = client.period(&code).await?;
                typed.set("versi", now.version.to_string());
                let stored = sections(lang, &self::typed(&visit, &now), true);
                let page = page(&visit, Some(&now), &typed, &key).stale(&stored, &sections(lang, &typed, true));
                Ok(visit.page_with(StatusCode::PRECONDITION_FAILED, &page))
            }
            refused => Ok(again(&visit, refused, &key, "down-entry", |key| page(&visit, Some(&period), &typed, key))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_course_svc_refuses_is_said_at_its_row_although_empty_rows_were_not_sent() {
        let mut typed = Fields::default().with_row(&windows::ROWS, 9).with_row(&windows::ROWS, 9);
        typed.set("buka.1", "2026-08-10T08:00");
        assert_eq!(place(&typed, Some("windows[0].scope_key"), "unknown-reference").as_deref(), Some("kunci-1"));
        assert_eq!(place(&typed, Some("windows"), "out-of-range").as_deref(), Some(windows::SECTION));
        assert_eq!(place(&typed, None, "period-state-order").as_deref(), Some("status"));
        assert_eq!(place(&typed, None, "refused"), None);
    }

    #[test]
    fn kinds_have_a_text() {
        for kind in api::WindowKind::ALL {
            assert!(Lang::Id.has(kind_key(*kind)), "{kind}");
        }
    }
}
