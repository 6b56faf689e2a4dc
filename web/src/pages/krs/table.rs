//! The classes of a plan as a table: on the confirm page, after it was handed in, on the advisor's desk, on paper.

use api::{Class, Plan, Refusal};

use super::panel::{class_label, meetings};
use super::state::code_label;
use crate::i18n::Lang;
use crate::pages::home::lecturers;
use crate::view::{Badge, Tone};

/// A class of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// Course and class.
    pub title: String,
    /// Course alone.
    pub course: String,
    /// Name of the class.
    pub class: String,
    /// Code of the course.
    pub code: String,
    /// SKS.
    pub credits: u32,
    /// Days and hours.
    pub meets: Vec<String>,
    /// Rooms.
    pub rooms: Vec<String>,
    /// Lecturers.
    pub lecturers: String,
    /// What the advisor should look at.
    pub badge: Option<Badge>,
}

/// The rows of a plan. Classes that a refusal or a flag is about are marked.
#[must_use]
pub fn rows(lang: Lang, plan: &Plan) -> Vec<TableRow> {
    let marked: Vec<&Refusal> = plan.approve_refusals.iter().chain(&plan.submit_refusals).chain(&plan.flags).collect();
    let marked_row = |item: &api::PlanItem| {
        let label = code_label(&item.class);
        let about = |refusal: &&&Refusal| refusal.facts.get("of") == Some(&label);
        let badge = match marked.iter().find(about) {
            Some(_) => Some(("plan-look-here", "triangle-alert")),
            None => item.wished.then_some(("plan-wished", "hourglass")),
        };
        let badge = badge.map(|(key, icon)| Badge { tone: Tone::Wait, icon: Some(icon), text: lang.t(key) });
        TableRow { badge, ..row(lang, &item.class) }
    };
    plan.items.iter().map(marked_row).collect()
}

/// The row of a class.
#[must_use]
pub fn row(lang: Lang, class: &Class) -> TableRow {
    let mut rooms: Vec<String> = class.meetings.iter().filter_map(|meeting| meeting.room_code.clone()).collect();
    rooms.dedup();
    TableRow {
        title: class_label(lang, class),
        course: crate::pages::home::course_name(lang, class),
        class: class.name.clone(),
        code: class.course.code.clone(),
        credits: class.course.credits,
        meets: meetings(lang, class),
        rooms,
        lecturers: lecturers(lang, class),
        badge: None,
    }
}
