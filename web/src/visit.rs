//! One request of one person: who, in which language, from where, and what the answer sets.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use api::{Client, RoleKind, Tokens};
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::cookies::{Incoming, Outgoing};
use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::local::Local;
use crate::session::{FormToken, Session, Ticket, User};
use crate::view::{Frame, Hidden, LangLink, Layout, NavItem, Note, Theme, Tone, Who};

/// The request as handlers see it. Cheap to clone.
#[derive(Clone)]
pub struct Visit {
    /// What all requests share.
    pub app: Arc<App>,
    /// Language.
    pub lang: Lang,
    /// Theme.
    pub theme: Theme,
    /// Path and query of the page one is on: of this request, or of the page that htmx acts for.
    pub here: Local,
    /// Whether htmx asks for a part of a page.
    pub htmx: bool,
    /// Whether the browser would keep a secure cookie from this address.
    pub secure: bool,
    /// Whether tokens were due and nobody answered: the present ones are used on.
    pub silent: bool,
    /// Seconds until tokens that are due are exchanged: for this session the answer was "not now".
    pub held: Option<u64>,
    /// The session.
    pub session: Session,
    /// Where the request came from.
    pub client_address: Option<IpAddr>,
    pub(crate) incoming: Arc<Incoming>,
    pub(crate) out: Arc<Mutex<Outgoing>>,
}

/// A notice that is shown on the next page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flash {
    /// How it is meant.
    pub tone: Tone,
    /// First sentence.
    pub title: String,
    /// The rest.
    pub text: String,
}

/// What was typed into a form whose session had ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Draft {
    /// Address of the page with the form.
    pub path: String,
    /// Its fields.
    pub fields: Vec<(String, String)>,
}

impl Visit {
    /// Who is logged in.
    ///
    /// # Errors
    ///
    /// When nobody is: the person is sent to the login page and comes back here.
    pub fn user(&self) -> Result<&User, Failure> {
        self.session.user.as_ref().ok_or(Failure::LoginNeeded)
    }

    /// The gateway, asked in the person's name.
    #[must_use]
    pub fn client(&self) -> Client {
        let client = self.open_client();
        match &self.session.user {
            Some(user) => client.token(&user.tokens.access_token),
            None => client,
        }
    }

    /// The gateway, asked in nobody's name: what everybody may know it answers from its cache.
    #[must_use]
    pub fn open_client(&self) -> Client {
        let client = self.app.client.language(self.lang.code());
        match self.client_address {
            Some(address) => client.forwarded_for(address),
            None => client,
        }
    }

    /// A text.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }

    /// The token for forms of this session.
    #[must_use]
    pub fn form_token(&self) -> FormToken {
        self.app.vault.form_token(&self.session.id)
    }

    /// Starts a new session for somebody who has just logged in.
    pub fn log_in(&mut self, tokens: Tokens) {
        self.session = Session::logged_in(tokens);
        self.outgoing().session = Some(self.session.clone());
    }

    /// Ends the session: a new, empty one takes its place.
    pub fn log_out(&mut self) {
        self.session = Session::anonymous();
        self.outgoing().session = Some(self.session.clone());
    }

    /// Remembers what a student studies, and since when.
    pub fn remember_study(&mut self, programme: &str, entry_period: &str) {
        let Some(user) = &mut self.session.user else { return };
        if user.programme_id.as_deref() == Some(programme) && user.entry_period.as_deref() == Some(entry_period) {
            return;
        }
        user.programme_id = Some(programme.to_owned());
        user.entry_period = Some(entry_period.to_owned());
        self.outgoing().session = Some(self.session.clone());
    }

    /// Remembers a place in the waiting room.
    pub fn remember_ticket(&mut self, ticket: Ticket) {
        let Some(user) = &mut self.session.user else { return };
        if user.ticket.as_ref() == Some(&ticket) {
            return;
        }
        user.ticket = Some(ticket);
        self.outgoing().session = Some(self.session.clone());
    }

    /// The place in the waiting room of a period, as far as this session knows it.
    #[must_use]
    pub fn ticket(&self, period: &str) -> Option<&Ticket> {
        self.session.user.as_ref()?.ticket.as_ref().filter(|ticket| ticket.period == period)
    }

    /// Shows a notice on the next page.
    pub fn flash(&self, tone: Tone, title: impl Into<String>, text: impl Into<String>) {
        self.outgoing().flash = Some(Some(Flash { tone, title: title.into(), text: text.into() }));
    }

    /// Keeps what was typed until the form is shown again.
    pub fn keep_draft(&self, draft: Draft) {
        self.outgoing().draft = Some(Some(draft));
    }

    /// What was typed into the form at this address before the session ended; gone after this call.
    #[must_use]
    pub fn take_draft(&self, path: &str) -> Option<Draft> {
        let draft = self.incoming.draft.clone().filter(|draft| draft.path == path)?;
        self.outgoing().draft = Some(None);
        Some(draft)
    }

    /// Sets a preference for a year.
    pub fn set_preference(&self, name: &'static str, value: &str) {
        self.outgoing().preferences.push((name, value.to_owned()));
    }

    pub(crate) fn outgoing(&self) -> std::sync::MutexGuard<'_, Outgoing> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The frame of a page; takes the notice that waits to be shown.
    #[must_use]
    pub fn frame(&self, title: impl Into<String>, layout: Layout, current: &str) -> Frame {
        let mut notes = Vec::new();
        if let Some(flash) = &self.incoming.flash {
            notes.push(Note::new(flash.tone, flash.title.clone(), flash.text.clone()));
            let mut out = self.outgoing();
            if out.flash.is_none() {
                out.flash = Some(None);
            }
        }
        if self.silent {
            notes.push(Note::down(self.lang, "down-auth"));
        }
        let user = self.session.user.as_ref();
        Frame {
            lang: self.lang,
            campus: self.app.config.campus_name.clone(),
            title: title.into(),
            theme: self.theme,
            layout,
            langs: self.lang_links(),
            who: user.map(|user| who(self.lang, user)),
            nav: if matches!(layout, Layout::App | Layout::Narrow) {
                user.map(|user| nav(user, current)).unwrap_or_default()
            } else {
                Vec::new()
            },
            hidden: Hidden::new(self.form_token()).back(self.here.as_str()),
            zone: self.app.campus.label(),
            year: self.app.campus.at(self.app.clock.now()).year(),
            notes,
        }
    }

    fn lang_links(&self) -> Vec<LangLink> {
        let back: String = form_urlencoded::byte_serialize(self.here.as_str().as_bytes()).collect();
        let link = |lang: Lang| LangLink {
            lang,
            href: format!("/bahasa/{}?back={back}", lang.code()),
            current: lang == self.lang,
        };
        Lang::ALL.into_iter().map(link).collect()
    }

    /// Prints a page.
    #[must_use]
    pub fn page(&self, page: &impl Template) -> Response {
        self.page_with(StatusCode::OK, page)
    }

    /// Prints a page with a status.
    #[must_use]
    pub fn page_with(&self, status: StatusCode, page: &impl Template) -> Response {
        match page.render() {
            Ok(html) => {
                let mut headers = HeaderMap::new();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                (status, headers, html).into_response()
            }
            Err(error) => Failure::internal(format!("a template failed: {error}")).into_response(),
        }
    }

    /// Sends the browser on, so that reloading sends no form again.
    #[must_use]
    pub fn see(&self, to: &str) -> Response {
        let name = if self.htmx { "hx-redirect" } else { LOCATION.as_str() };
        let status = if self.htmx { StatusCode::NO_CONTENT } else { StatusCode::SEE_OTHER };
        match HeaderValue::from_str(to) {
            Ok(value) => (status, [(name, value)]).into_response(),
            Err(_) => Failure::internal("an address that no header can carry").into_response(),
        }
    }
}

fn who(lang: Lang, user: &User) -> Who {
    let account = user.account();
    let roles: Vec<_> = account.roles.iter().map(|role| role_key(role.kind)).collect();
    let mut names: Vec<String> = Vec::new();
    for key in roles {
        let name = lang.t(key);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let detail =
        lang.with("who-detail", &Vars::new().text("user", account.user_name.clone()).text("roles", names.join(", ")));
    Who {
        name: account.display_name.clone(),
        short: format::short_name(&account.display_name),
        initials: format::initials(&account.display_name),
        detail,
    }
}

/// Message of a role's name.
#[must_use]
pub fn role_key(role: RoleKind) -> &'static str {
    match role {
        RoleKind::Student => "role-student",
        RoleKind::Lecturer => "role-lecturer",
        RoleKind::ProgrammeAdmin => "role-programme-admin",
        RoleKind::Registrar => "role-registrar",
        RoleKind::SystemAdmin => "role-system-admin",
    }
}

/// Entries that a narrow screen has room for, the way to the rest included.
const NARROW: usize = 5;

/// The menu of a person: what the roles of the account have pages for.
pub(crate) fn nav(user: &User, current: &str) -> Vec<NavItem> {
    let item = |href: &'static str, key, icon| NavItem { href, key, icon, current: href == current, sub: false };
    let mut items = vec![item("/", "nav-home", "house")];
    if user.student_id().is_some() {
        items.push(item("/krs", "nav-krs", "list-checks"));
        items.push(item("/khs", "nav-results", "award"));
        items.push(item("/transkrip", "nav-transcript", "file-text"));
    }
    if user.is_lecturer() {
        items.push(item("/nilai", "nav-grades", "table-2"));
    }
    if user.is_lecturer() || user.is_office() {
        items.push(item("/perwalian", "nav-advising", "user-check"));
    }
    if user.is_office() {
        items.push(item("/admin/kelas", "nav-classes", "layers"));
        items.push(item("/mahasiswa", "nav-students", "users"));
        items.push(item("/paket", "nav-packages", "list-checks"));
    }
    if user.is_office() || user.is_system_admin() {
        items.push(item("/periode", "nav-periods", "calendar-days"));
        items.push(item("/matakuliah", "nav-courses", "book-open"));
        items.push(item("/kurikulum", "nav-curricula", "graduation-cap"));
    }
    if user.is_registrar() {
        items.push(item("/pantauan-kursi", "nav-tradings", "eye"));
    }
    items.push(item("/akun", "nav-account", "key-round"));
    fold(items, item("/menu", "nav-menu", "ellipsis"))
}

/// With more entries than a narrow screen has room for, the later ones are reached there by a page of their own.
fn fold(mut items: Vec<NavItem>, menu: NavItem) -> Vec<NavItem> {
    if items.len() > NARROW {
        items.iter_mut().skip(NARROW - 1).for_each(|item| item.sub = true);
        items.push(menu);
    }
    items
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Failure::internal("a route without the visit layer"))
    }
}
