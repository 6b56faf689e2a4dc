//! Too many at once: what the student asked for is kept in a form that sends itself again a little later. Its key is
//! the same, so that however often it is sent it has one effect.

use askama::Template;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use crate::i18n::Vars;
use crate::layer::Posted;
use crate::local::with_query;
use crate::session::random_word;
use crate::view::{Frame, Hidden, Layout};
use crate::visit::Visit;

/// How often the form sends itself; then the student presses.
const TRIES: u32 = 6;

/// Longest wait between two tries, in seconds.
const LONGEST: u64 = 30;

/// Fields that are the form's own.
const OWN: [&str; 4] = ["token", "key", "back", "coba"];

/// The card with the form.
pub struct Again {
    /// Where it is sent.
    pub action: String,
    /// Token, key and the way back.
    pub hidden: Hidden,
    /// What it carries.
    pub fields: Vec<(String, String)>,
    /// Seconds until it sends itself; none when only the student does.
    pub after: Option<u64>,
    /// What happens next.
    pub text: String,
    /// Whether htmx sends it.
    pub htmx: bool,
    /// The KRS page.
    pub home: String,
}

/// `busy.html`: the card as a page.
#[derive(Template)]
#[template(path = "busy.html")]
pub struct BusyPage {
    /// Frame.
    pub f: Frame,
    /// The card.
    pub again: Again,
}

/// `part/busy.html`: the card in place of the notices.
#[derive(Template)]
#[template(path = "part/busy.html")]
pub struct BusyPart {
    /// For texts and icons.
    pub f: Frame,
    /// The card.
    pub again: Again,
}

/// Seconds to wait, when the answer is that there are too many; `None` for every other answer.
#[must_use]
pub fn seconds(error: &api::client::Error) -> Option<u64> {
    let problem = error.problem()?;
    let busy = problem.has_reason("overloaded") || problem.status == 429;
    busy.then(|| problem.retry_after.unwrap_or(1).clamp(1, LONGEST))
}

/// Each try waits longer than the one before.
fn wait(seconds: u64, tries: u32) -> u64 {
    seconds.saturating_mul(u64::from(tries) + 1).min(LONGEST)
}

/// The answer to a form for which there was no room: `action` is where it was sent.
#[must_use]
pub fn answer(visit: &Visit, action: &str, period: &str, posted: &Posted, seconds: u64) -> Response {
    let again = again(visit, action, period, posted, seconds);
    let after = wait(seconds, 0).to_string();
    let f = visit.frame(visit.t("krs-title"), Layout::Task, "/krs");
    let mut response = if visit.htmx {
        let mut part = visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &BusyPart { f, again });
        for (name, value) in [("hx-retarget", "#kabar"), ("hx-reswap", "innerHTML")] {
            part.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        part
    } else {
        visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &BusyPage { f, again })
    };
    if let Ok(value) = HeaderValue::from_str(&after) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    response
}

/// Makes the card.
#[must_use]
pub fn again(visit: &Visit, action: &str, period: &str, posted: &Posted, seconds: u64) -> Again {
    let tries: u32 = posted.get("coba").parse().unwrap_or_default();
    let after = (tries < TRIES).then(|| wait(seconds, tries));
    let text = match after {
        Some(after) => {
            let vars = Vars::new().count("seconds", i64::try_from(after).unwrap_or(i64::MAX));
            visit.lang.with("busy-again", &vars)
        }
        None => visit.t("busy-press"),
    };
    let kept = posted.0.iter().filter(|(name, _)| !OWN.contains(&name.as_str())).cloned();
    let fields = kept.chain([("coba".to_owned(), tries.saturating_add(1).to_string())]).collect();
    let home = with_query("/krs", &[("periode", period)]);
    let back = if posted.back().path() == "/krs" { posted.back().as_str().to_owned() } else { home.clone() };
    let key = posted.key().map_or_else(random_word, str::to_owned);
    let hidden = Hidden::new(visit.form_token()).key(key).back(back);
    Again { action: action.to_owned(), hidden, fields, after, text, htmx: visit.htmx, home }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_try_waits_longer_and_none_too_long() {
        assert_eq!((0..4).map(|tries| wait(2, tries)).collect::<Vec<_>>(), [2, 4, 6, 8]);
        assert_eq!(wait(30, 5), LONGEST);
    }
}
