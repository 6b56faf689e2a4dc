//! What can keep a page from being shown, and what the person reads then.

use api::Problem;
use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::i18n::{Lang, Vars};
use crate::local::with_query;
use crate::view::{Frame, Layout, Link, Note, Tone};
use crate::visit::Visit;

/// Why there is no page. The layer around the routes turns it into one, in the person's language.
#[derive(Debug, Clone)]
pub enum Failure {
    /// Nobody is logged in, or the session has ended.
    LoginNeeded,
    /// Logged in, and not allowed.
    Forbidden,
    /// The form did not come from a page of ours, or from one that is too old.
    ForeignForm,
    /// Nothing is here, or nothing that the person may know of.
    NotFound,
    /// The request itself is wrong: a form larger than ours can be, a method that is not there.
    Malformed(StatusCode),
    /// Too many requests; seconds to wait.
    TooFast(u64),
    /// A service that is needed does not answer.
    Down,
    /// Logged in, but the browser could not keep the session: the account has too many roles.
    TooManyRoles,
    /// Our fault. The code is what to name when asking for help.
    Internal(Option<String>),
}

impl Failure {
    /// Our fault; the cause goes into the log and nowhere else.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a page failed");
        Self::Internal(None)
    }

    /// The status of its page.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::LoginNeeded => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Malformed(status) => *status,
            Self::TooFast(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Down => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) | Self::TooManyRoles => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Message of its title; `.text` says the rest.
    fn key(&self) -> &'static str {
        match self {
            Self::LoginNeeded => "error-login",
            Self::Forbidden => "error-forbidden",
            Self::ForeignForm => "error-foreign-form",
            Self::NotFound => "error-not-found",
            Self::Malformed(_) => "error-malformed",
            Self::TooFast(_) => "error-too-fast",
            Self::Down => "error-down",
            Self::Internal(_) => "error-internal",
            Self::TooManyRoles => "error-too-many-roles",
        }
    }

    fn icon(&self) -> &'static str {
        match self {
            Self::LoginNeeded => "key-round",
            Self::Forbidden => "lock",
            Self::ForeignForm | Self::Malformed(_) | Self::Internal(_) | Self::TooManyRoles => "triangle-alert",
            Self::NotFound => "search",
            Self::TooFast(_) => "hourglass",
            Self::Down => "cloud-off",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let vars = match self {
            Self::TooFast(seconds) => Vars::new().count("seconds", i64::try_from(*seconds).unwrap_or(i64::MAX)),
            Self::Internal(Some(code)) => Vars::new().text("code", code.clone()),
            _ => Vars::new(),
        };
        match self {
            Self::Internal(Some(_)) => lang.with("error-internal.code", &vars),
            _ => lang.with(&format!("{}.text", self.key()), &vars),
        }
    }
}

impl From<api::client::Error> for Failure {
    fn from(error: api::client::Error) -> Self {
        match &error {
            api::client::Error::Problem(problem) => from_problem(problem),
            api::client::Error::Unreachable(cause) => {
                tracing::warn!(%cause, "the gateway does not answer");
                Self::Down
            }
            api::client::Error::Protocol(_) => Self::internal(&error),
        }
    }
}

fn from_problem(problem: &Problem) -> Failure {
    match problem.status {
        401 => Failure::LoginNeeded,
        403 => Failure::Forbidden,
        404 => Failure::NotFound,
        429 => Failure::TooFast(problem.retry_after.unwrap_or(1)),
        502..=504 => Failure::Down,
        _ => {
            let code = problem.trace_id.clone();
            tracing::error!(reason = problem.reason, status = problem.status, request = ?code, "an unexpected answer");
            Failure::Internal(code)
        }
    }
}

/// Marks the answer; [`Failure::page`] makes a page of it.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// `message.html`: one message in place of a page.
#[derive(Template)]
#[template(path = "message.html")]
pub struct MessagePage {
    /// Frame.
    pub f: Frame,
    /// Icon.
    pub icon: &'static str,
    /// What happened.
    pub title: String,
    /// What is safe, what next.
    pub text: String,
    /// Ways on.
    pub links: Vec<Link>,
}

/// `notes.html`: notices alone, for htmx.
#[derive(Template)]
#[template(path = "notes.html")]
pub struct NotesPart<'a> {
    /// For texts and icons.
    pub f: &'a Frame,
    /// Notices.
    pub notes: Vec<Note>,
}

impl Failure {
    /// The page, or for htmx the notice, that says it.
    #[must_use]
    pub fn page(&self, visit: &Visit) -> Response {
        if matches!(self, Self::LoginNeeded) {
            // What was typed is shown again on the page of its form.
            let kept = visit.outgoing().draft.clone().flatten().map(|draft| draft.path);
            let next = kept.unwrap_or_else(|| visit.here.as_str().to_owned());
            return visit.see(&with_query(crate::pages::login::PATH, &[("next", &next)]));
        }
        let lang = visit.lang;
        let layout = if visit.session.user.is_some() { Layout::App } else { Layout::Public };
        let f = visit.frame(lang.t(self.key()), layout, "");
        let (title, text) = (lang.t(self.key()), self.text(lang));
        if visit.htmx {
            let note = Note { icon: self.icon(), ..Note::new(Tone::Bad, title, text) };
            let mut part = visit.page_with(self.status(), &NotesPart { f: &f, notes: vec![note] });
            for (name, value) in [("hx-retarget", "#kabar"), ("hx-reswap", "innerHTML show:window:top")] {
                part.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            return part;
        }
        let retry = matches!(self, Self::Down | Self::TooFast(_) | Self::Internal(_) | Self::ForeignForm);
        let mut links = Vec::new();
        if retry {
            links.push(Link { href: visit.here.as_str().to_owned(), text: lang.t("retry") });
        }
        links.push(Link { href: "/".into(), text: lang.t("to-home") });
        let page = MessagePage { f, icon: self.icon(), title, text, links };
        visit.page_with(self.status(), &page)
    }
}
