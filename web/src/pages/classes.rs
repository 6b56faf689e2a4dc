//! Keeping classes: the list, the form, removing.

use api::{Class, ClassState, Client, Page, PageQuery, Period};

use crate::error::Failure;
use crate::i18n::Lang;
use crate::view::{Badge, Tone};
use crate::visit::Visit;

pub mod delete;
pub mod form;
pub mod input;
pub mod list;
pub mod lookup;
pub mod seats;

/// Who may be here: programme admins and registrars. Whether a class is theirs, course-svc decides.
fn office(visit: &Visit) -> Result<(), Failure> {
    if visit.user()?.is_office() { Ok(()) } else { Err(Failure::Forbidden) }
}

/// Periods, latest first.
async fn periods(client: &Client) -> Result<Vec<Period>, Failure> {
    let query = PageQuery { limit: Some(api::limits::PAGE_MAX), cursor: None };
    let page: Page<Period> = client.periods(&query).await?;
    Ok(page.items)
}

/// How a class stands.
#[must_use]
pub fn state_badge(lang: Lang, class: &Class) -> Badge {
    let full = class.taken.is_some_and(|taken| taken >= class.capacity);
    let (tone, key) = match class.state {
        ClassState::Closed => (Tone::Mute, "badge-closed"),
        ClassState::Open if full => (Tone::Mute, "badge-full"),
        ClassState::Open => (Tone::Ok, "badge-open"),
    };
    Badge { tone, icon: None, text: lang.t(key) }
}

/// Address of a class's form.
#[must_use]
pub fn address(class: &Class) -> String {
    format!("/admin/kelas/{}", class.id)
}
