//! The account page: who one is, and the password.

use api::PasswordChange;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::error::Failure;
use crate::i18n::Vars;
use crate::layer::Posted;
use crate::reasons;
use crate::view::{self, Frame, Hidden, Html, Layout, Note, Tone};
use crate::visit::{Visit, role_key};

/// Shortest password, in bytes.
const PASSWORD_MIN: usize = 8;

/// Longest password, in bytes.
const PASSWORD_MAX: usize = 128;

/// A field with what is wrong with it.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name and id.
    pub name: &'static str,
    /// Label.
    pub label: String,
    /// Hint; may be empty.
    pub hint: String,
    /// For password managers.
    pub autocomplete: &'static str,
    /// What is wrong; may be empty.
    pub error: String,
}

impl Field {
    /// Ties the input to its hint and its error.
    #[must_use]
    pub fn described(&self) -> Html {
        view::described(self.name, !self.hint.is_empty(), &self.error)
    }
}

/// `account.html`.
#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    /// Frame.
    pub f: Frame,
    /// Token.
    pub hidden: Hidden,
    /// Facts of the account: heading and text.
    pub facts: Vec<(String, String)>,
    /// The three password fields. Passwords are never sent back.
    pub fields: Vec<Field>,
}

impl AccountPage {
    /// Fields with an error, for the summary.
    #[must_use]
    pub fn wrong(&self) -> Vec<&Field> {
        self.fields.iter().filter(|field| !field.error.is_empty()).collect()
    }
}

const CURRENT: &str = "current_password";
const NEW: &str = "new_password";
const AGAIN: &str = "new_password_again";

pub(super) fn page(visit: &Visit) -> Result<AccountPage, Failure> {
    let user = visit.user()?;
    let account = user.account();
    let field = |name, label: &str, hint: &str, autocomplete| Field {
        name,
        label: visit.t(label),
        hint: if hint.is_empty() { String::new() } else { visit.t(hint) },
        autocomplete,
        error: String::new(),
    };
    let roles: Vec<_> = account.roles.iter().map(|role| visit.t(role_key(role.kind))).collect();
    Ok(AccountPage {
        f: visit.frame(visit.t("account-title"), Layout::App, "/akun"),
        hidden: Hidden::new(visit.form_token()),
        facts: vec![
            (visit.t("account-name"), account.display_name.clone()),
            (visit.t("account-user"), account.user_name.clone()),
            (visit.t("account-roles"), roles.join(", ")),
        ],
        fields: vec![
            field(CURRENT, "password-current", "", "current-password"),
            field(NEW, "password-new", "password-new-hint", "new-password"),
            field(AGAIN, "password-again", "", "new-password"),
        ],
    })
}

/// `GET /akun`.
///
/// # Errors
///
/// When nobody is logged in.
pub async fn show(visit: Visit) -> Result<Response, Failure> {
    Ok(visit.page(&page(&visit)?))
}

/// `POST /akun`: changes the password.
///
/// # Errors
///
/// When nobody is logged in.
pub async fn submit(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    visit.user()?;
    let (current, new, again) = (posted.get(CURRENT), posted.get(NEW), posted.get(AGAIN));
    let mut errors = Vec::new();
    if current.is_empty() {
        errors.push((CURRENT, visit.t("password-current-required")));
    }
    if !(PASSWORD_MIN..=PASSWORD_MAX).contains(&new.len()) {
        errors.push((NEW, visit.t("password-length")));
    } else if new != again {
        errors.push((AGAIN, visit.t("password-differs")));
    }
    if !errors.is_empty() {
        return refused(&visit, StatusCode::BAD_REQUEST, errors, None);
    }
    let change = PasswordChange { current_password: current.to_owned(), new_password: new.to_owned() };
    match visit.client().change_password(&change).await {
        Ok(()) => {
            visit.flash(Tone::Ok, visit.t("password-changed"), visit.t("password-changed.text"));
            Ok(visit.see("/akun"))
        }
        Err(error) => failed(&visit, error),
    }
}

fn failed(visit: &Visit, error: api::client::Error) -> Result<Response, Failure> {
    let Some(problem) = error.problem().cloned() else {
        let note = Note::down(visit.lang, "down-password");
        return refused(visit, StatusCode::SERVICE_UNAVAILABLE, Vec::new(), Some(note));
    };
    let about_session = ["token-missing", "token-invalid", "token-expired", "session-revoked"];
    match problem.status {
        401 if about_session.contains(&problem.reason.as_str()) => Err(error.into()),
        400 | 401 | 403 | 409 | 422 => {
            let mut errors = Vec::new();
            for found in &problem.errors {
                let name = if found.field.as_deref() == Some(CURRENT) { CURRENT } else { NEW };
                errors
                    .push((name, reasons::sentence(visit.lang, &visit.app.campus, &found.reason, &found.facts).title));
            }
            if errors.is_empty() {
                let sentence = reasons::sentence(visit.lang, &visit.app.campus, &problem.reason, &Default::default());
                errors.push((CURRENT, sentence.title));
            }
            refused(visit, StatusCode::BAD_REQUEST, errors, None)
        }
        502..=504 => {
            let note = Note::down(visit.lang, "down-password");
            refused(visit, StatusCode::SERVICE_UNAVAILABLE, Vec::new(), Some(note))
        }
        _ => Err(error.into()),
    }
}

fn refused(
    visit: &Visit,
    status: StatusCode,
    errors: Vec<(&'static str, String)>,
    note: Option<Note>,
) -> Result<Response, Failure> {
    let mut page = page(visit)?;
    if !errors.is_empty() {
        page.f.title = visit.lang.with("error-title", &Vars::new().text("title", page.f.title.clone()));
    }
    for (name, error) in errors {
        if let Some(field) = page.fields.iter_mut().find(|field| field.name == name) {
            field.error = error;
        }
    }
    page.f.notes.extend(note);
    Ok(visit.page_with(status, &page))
}
