//! Logging in and out.

use std::time::Duration;

use api::{Login, PageQuery, Period, PeriodState, WindowKind};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tokio::time::timeout;

use crate::error::Failure;
use crate::format;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::Local;
use crate::view::{Frame, Hidden, Layout, Note, Tone};
use crate::visit::Visit;

/// How long the login waits for what it can do without.
const PATIENCE: Duration = Duration::from_millis(800);

/// Address of the page.
pub const PATH: &str = "/masuk";

/// `login.html`.
#[derive(Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    /// Frame.
    pub f: Frame,
    /// Token and where to go on.
    pub hidden: Hidden,
    /// What was typed for the user name.
    pub user_name: String,
    /// What was wrong with it; shown at the field.
    pub user_name_error: Option<String>,
    /// What was wrong with the password.
    pub password_error: Option<String>,
    /// Dates worth knowing: heading and text.
    pub dates: Vec<(String, String)>,
    /// False when the browser would throw the session away: no form then.
    pub possible: bool,
}

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Where to go on after the login.
    pub next: String,
    /// Whether somebody who is logged in should log in anew: what comes next asks for a login that is not old.
    pub lagi: String,
}

/// `GET /masuk`. Somebody who is logged in goes on at once, unless what comes next asks for a login of a short while ago.
pub async fn show(visit: Visit, Query(asked): Query<Asked>) -> Response {
    let next = Local::or_home(Some(&asked.next));
    if let Some(user) = &visit.session.user {
        if asked.lagi.is_empty() {
            return visit.see(next.as_str());
        }
        let mut page = page(&visit, &next).await;
        page.user_name.clone_from(&user.account().user_name);
        page.f.notes.push(Note::new(Tone::Wait, visit.t("login-anew"), visit.t("login-anew.text")));
        return visit.page(&page);
    }
    let mut page = page(&visit, &next).await;
    if !asked.next.is_empty() && next.path() != "/" {
        let text = if visit.incoming.draft.is_some() { "login-again.draft" } else { "login-again.text" };
        page.f.notes.push(Note::new(Tone::Info, visit.t("login-again"), visit.t(text)));
    }
    visit.page(&page)
}

async fn page(visit: &Visit, next: &Local) -> LoginPage {
    let mut f = visit.frame(visit.t("login-title"), Layout::Public, "");
    if !visit.secure {
        f.notes.push(Note::new(Tone::Bad, visit.t("login-insecure"), visit.t("login-insecure.text")));
    }
    LoginPage {
        f,
        hidden: Hidden::new(visit.form_token()).back(next.as_str()),
        user_name: String::new(),
        user_name_error: None,
        password_error: None,
        dates: dates(visit).await,
        possible: visit.secure,
    }
}

/// When the KRS may be filled. A gateway that does not answer leaves the panel empty and the login as it is.
async fn dates(visit: &Visit) -> Vec<(String, String)> {
    let query = PageQuery { limit: Some(5), cursor: None };
    let Ok(Ok(periods)) = timeout(PATIENCE, visit.open_client().periods(&query)).await else { return Vec::new() };
    let active = periods.items.into_iter().find(|period| period.state == PeriodState::Active);
    active.as_ref().and_then(|period| krs_dates(visit, period)).into_iter().collect()
}

fn krs_dates(visit: &Visit, period: &Period) -> Option<(String, String)> {
    let lang = visit.lang;
    let windows = period.windows.iter().filter(|window| window.kind == WindowKind::Krs);
    let now = visit.app.clock.now();
    let window = windows.filter(|window| window.closes_at > now).min_by_key(|window| window.opens_at)?;
    let heading = lang.with("login-krs", &Vars::new().text("period", format::period(lang, &period.code)));
    let campus = &visit.app.campus;
    let vars = Vars::new()
        .text("opens", campus.short_date(lang, window.opens_at))
        .text("closes", campus.date_time(lang, campus.last_moment(window.closes_at)));
    Some((heading, lang.with("login-krs-dates", &vars)))
}

/// `POST /masuk`.
///
/// # Errors
///
/// None: whatever goes wrong, the form comes back with what was typed, save the password.
pub async fn submit(mut visit: Visit, posted: Posted) -> Response {
    let next = posted.back();
    let login = Login { user_name: posted.get("user_name").trim().to_owned(), password: posted.get("password").into() };
    if visit.incoming.session.is_none() {
        let mut page = page(&visit, &next).await;
        let note = Note::new(Tone::Bad, visit.t("login-no-cookie"), visit.t("login-no-cookie.text"));
        if page.possible {
            page.f.notes.push(note);
        }
        return visit.page_with(StatusCode::FORBIDDEN, &page);
    }
    if login.user_name.is_empty() || login.password.is_empty() {
        let mut page = page(&visit, &next).await;
        page.f.title = visit.lang.with("error-title", &Vars::new().text("title", page.f.title.clone()));
        page.user_name_error = login.user_name.is_empty().then(|| visit.t("login-user-required"));
        page.password_error = login.password.is_empty().then(|| visit.t("login-password-required"));
        page.user_name = login.user_name;
        return visit.page_with(StatusCode::BAD_REQUEST, &page);
    }
    // Whoever logs in anew leaves the session of before.
    let before = visit.session.user.is_some().then(|| visit.client());
    match visit.open_client().login(&login).await {
        Ok(tokens) => {
            let student = tokens.account.student_id.clone();
            visit.log_in(tokens);
            if let Some(before) = before {
                // Good to have: when it cannot be ended now, it ends by itself.
                let _ = timeout(PATIENCE, before.logout()).await;
            }
            if let Some(student) = student {
                // Good to have, and only that: student-svc may be down.
                if let Ok(Ok(student)) = timeout(PATIENCE, visit.client().student(&student)).await {
                    visit.remember_study(&student.programme_id, &student.entry_period);
                }
            }
            visit.see(next.as_str())
        }
        Err(error) => {
            let (status, note) = refusal(&visit, error);
            let mut page = page(&visit, &next).await;
            page.f.title = visit.lang.with("error-title", &Vars::new().text("title", page.f.title.clone()));
            page.f.notes.push(note);
            page.user_name = login.user_name;
            visit.page_with(status, &page)
        }
    }
}

/// What the login page says to a "no". A wrong name and a wrong password are one answer.
fn refusal(visit: &Visit, error: api::client::Error) -> (StatusCode, Note) {
    let note = |key: &str| Note::new(Tone::Bad, visit.t(key), visit.t(&format!("{key}.text")));
    if matches!(error.status(), Some(400 | 401 | 403)) {
        return (StatusCode::UNAUTHORIZED, note("login-wrong"));
    }
    match Failure::from(error) {
        Failure::TooFast(seconds) => {
            let vars = Vars::new().count("seconds", i64::try_from(seconds).unwrap_or(i64::MAX));
            let text = visit.lang.with("error-too-fast.text", &vars);
            (StatusCode::TOO_MANY_REQUESTS, Note::new(Tone::Wait, visit.t("error-too-fast"), text))
        }
        Failure::Down => (StatusCode::SERVICE_UNAVAILABLE, Note::down(visit.lang, "down-login")),
        other => (other.status(), note("login-failed")),
    }
}

/// `POST /keluar`. The session ends here in any case; when auth-svc is down its tokens end by themselves.
pub async fn leave(mut visit: Visit) -> Response {
    let ended = visit.client().logout().await;
    visit.log_out();
    match ended {
        Ok(()) => visit.flash(Tone::Ok, visit.t("logged-out"), String::new()),
        Err(_) => visit.flash(Tone::Wait, visit.t("logged-out"), visit.t("logged-out.later")),
    }
    visit.see(PATH)
}
