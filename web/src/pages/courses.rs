//! Keeping courses: the list, the form, what a course asks for, and which courses count as it.

use api::{Client, Programme, ProgrammeQuery};

use crate::error::Failure;
use crate::i18n::Lang;
use crate::view::Choice;
use crate::visit::Visit;

pub mod equivalents;
pub mod form;
pub mod list;
pub mod prerequisites;

/// Address of the list.
pub const LIST: &str = "/matakuliah";

/// Who may read the lists of the office: those who keep them, and who runs the system.
///
/// # Errors
///
/// For everybody else.
pub fn reader(visit: &Visit) -> Result<(), Failure> {
    let user = visit.user()?;
    if user.is_office() || user.is_system_admin() { Ok(()) } else { Err(Failure::Forbidden) }
}

/// Who may change what the office keeps. Whether a course is theirs, course-svc decides.
///
/// # Errors
///
/// For everybody else.
pub fn keeper(visit: &Visit) -> Result<(), Failure> {
    if visit.user()?.is_office() { Ok(()) } else { Err(Failure::Forbidden) }
}

/// Whether the person keeps the courses of a study programme: the registrar those of all, its admin those of one. What
/// cannot be read is course-svc's to decide.
pub(crate) async fn keeps_programme(visit: &Visit, programme: &str) -> bool {
    let Some(user) = visit.session.user.as_ref().filter(|user| user.is_office()) else { return false };
    if user.is_registrar() {
        return true;
    }
    let own = |account: api::Account| {
        let is_own =
            |role: &api::Role| role.kind == api::RoleKind::ProgrammeAdmin && role.scope.as_deref() == Some(programme);
        account.roles.iter().any(is_own)
    };
    visit.client().me().await.map_or(true, own)
}

/// Study programmes to choose from. Without student-svc there is no choice; pages stand without it.
pub(crate) async fn programmes(client: &Client) -> Vec<Programme> {
    let query = ProgrammeQuery { limit: Some(api::limits::PAGE_MAX), ..ProgrammeQuery::default() };
    client.programmes(&query).await.map(|page| page.items).unwrap_or_default()
}

/// Study programmes as choices; the message `none` says what choosing none means. What is chosen stays a choice while
/// the list cannot be read.
#[must_use]
pub fn programme_choices(lang: Lang, programmes: &[Programme], none: &str, chosen: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", lang.t(none), chosen)];
    if programmes.iter().all(|programme| programme.id != chosen) && !chosen.is_empty() {
        choices.push(Choice::new(chosen, lang.t("programme-kept"), chosen));
    }
    choices.extend(programmes.iter().map(|programme| {
        let text = format!("{} {}", programme.degree_level.as_str().to_uppercase(), programme.name);
        Choice::new(&programme.id, text, chosen)
    }));
    choices
}

/// Message of how a course counts.
#[must_use]
pub fn kind_key(kind: api::RequirementKind) -> &'static str {
    match kind {
        api::RequirementKind::Compulsory => "kind-compulsory",
        api::RequirementKind::Elective => "kind-elective",
        api::RequirementKind::National => "kind-national",
        api::RequirementKind::Thesis => "kind-thesis",
    }
}

/// Name of a course in the language of the page.
#[must_use]
pub fn course_name(lang: Lang, course: &api::Course) -> String {
    match (lang, &course.name_en) {
        (Lang::En, Some(name)) if !name.is_empty() => name.clone(),
        _ => course.name.clone(),
    }
}

/// Address of a course's page.
#[must_use]
pub fn address(id: &str) -> String {
    format!("{LIST}/{id}")
}
