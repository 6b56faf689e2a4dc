//! Grades of classes: the list, the grid, its components, publishing.

use api::{Sheet, SheetSummary};

use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::visit::Visit;

pub mod chart;
pub mod components;
pub mod grid;
pub mod list;
pub mod publish;
#[cfg(test)]
pub(crate) mod samples;
pub mod save;
pub mod side;
pub mod typed;

/// Address of the list.
pub const LIST: &str = "/nilai";

/// Who may be here: lecturers, and the office, which reads. Whose class it is, grade-svc decides.
fn reader(visit: &Visit) -> Result<(), Failure> {
    let user = visit.user()?;
    if user.is_lecturer() || user.is_office() { Ok(()) } else { Err(Failure::Forbidden) }
}

/// Who may write at all.
fn writer(visit: &Visit) -> Result<(), Failure> {
    if visit.user()?.is_lecturer() { Ok(()) } else { Err(Failure::Forbidden) }
}

/// Address of a class's grid.
#[must_use]
pub fn address(class_id: &str) -> String {
    format!("{LIST}/{class_id}")
}

/// `Metodologi Penelitian A`.
#[must_use]
pub fn class_label(summary: &SheetSummary) -> String {
    format!("{} {}", summary.course_name, summary.class_name)
}

/// Code, SKS, period and students of a class.
fn facts(lang: Lang, summary: &SheetSummary) -> Vec<String> {
    vec![
        summary.course_code.clone(),
        lang.with("credits", &Vars::new().count("credits", summary.credits)),
        format::period(lang, &summary.period_code),
        lang.with("grades-students", &Vars::new().count("count", summary.students)),
    ]
}

/// When grades may be entered, as seen from now; empty when nobody has said.
fn window_text(visit: &Visit, summary: &SheetSummary) -> String {
    let (lang, campus, now) = (visit.lang, &visit.app.campus, visit.app.clock.now());
    let Some(window) = &summary.window else { return lang.t("grades-window-none") };
    let closes = campus.date_time(lang, campus.last_moment(window.closes_at));
    if now < window.opens_at {
        lang.with("grades-window-opens", &Vars::new().text("date", campus.date_time(lang, window.opens_at)))
    } else if now < window.closes_at {
        lang.with("grades-window-closes", &Vars::new().text("date", closes))
    } else {
        lang.with("grades-window-closed", &Vars::new().text("date", closes))
    }
}

/// Number of students without every score.
fn missing(sheet: &Sheet) -> usize {
    sheet.rows.iter().filter(|row| row.total_hundredths.is_none()).count()
}
