//! The front page of a student.

use api::{Hold, HoldKind, Part as Got, Period, Plan, PlanState, StatusKind, Student, StudentHome};
use jiff::Zoned;

use super::next::{Coming, agenda};
use super::{AgendaLine, FactCard, HomePage, KrsCard, NowCard, course_name, lecturers, missing};
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::pages::krs::panel::{self, Ceiling};
use crate::pages::krs::state;
use crate::view::{Badge, Note, Part, Tone};
use crate::visit::Visit;

/// Seats are given by wishes, and not given yet.
const NOT_GIVEN: &str = "allocation-pending";

/// Fills in the parts of a student.
pub(super) fn parts(visit: &Visit, page: &mut HomePage, home: &StudentHome, period: Option<&Period>, now: &Zoned) {
    let lang = visit.lang;
    page.status = match (&home.statuses, period) {
        (Got::Available { data }, Some(period)) => {
            Some(status_badge(lang, data.iter().find(|s| s.period_code == period.code).map(|s| s.status)))
        }
        (Got::Unavailable { .. }, _) => {
            Some(Badge { tone: Tone::Mute, icon: Some("cloud-off"), text: lang.t("status-not-checked") })
        }
        (Got::Available { .. }, None) => None,
    };
    let down =
        [home.student.available().is_none(), home.statuses.available().is_none(), home.holds.available().is_none()];
    if down.contains(&true) {
        page.notices.push(Note::down(lang, "down-student"));
    }
    if let Some(holds) = home.holds.available() {
        page.notices.extend(holds_note(visit, holds));
    }
    match &home.plan {
        Got::Available { data: Some(plan) } => {
            page.now = Some(Part::Ready(now_card(lang, plan, now)));
            page.krs = Some(Part::Ready(krs_card(visit, plan)));
            let week = panel::timetable(lang, plan, &[]);
            page.week = (!plan.items.is_empty()).then_some(week);
        }
        Got::Available { data: None } => {}
        Got::Unavailable { .. } => {
            page.now = Some(Part::Down(missing(lang, "now-heading", "down-schedule")));
            page.krs = Some(Part::Down(missing(lang, "krs-short", "down-plan")));
        }
    }
    page.facts.push(match &home.student {
        Got::Available { data } => Part::Ready(student_facts(lang, data)),
        Got::Unavailable { .. } => Part::Down(missing(lang, "student-facts", "down-student-facts")),
    });
}

fn status_badge(lang: Lang, status: Option<StatusKind>) -> Badge {
    let (tone, icon, key) = match status {
        Some(StatusKind::Active) => (Tone::Ok, "check", "status-active"),
        Some(StatusKind::Merdeka) => (Tone::Ok, "check", "status-merdeka"),
        Some(StatusKind::DoubleDegree) => (Tone::Ok, "check", "status-double-degree"),
        Some(StatusKind::Leave) => (Tone::Wait, "hourglass", "status-leave"),
        Some(StatusKind::Inactive) => (Tone::Bad, "circle-alert", "status-inactive"),
        None => (Tone::Mute, "info", "status-none"),
    };
    Badge { tone, icon: Some(icon), text: lang.t(key) }
}

/// One note for all holds that bind now; a waiver that suspends one is named too.
fn holds_note(visit: &Visit, holds: &[Hold]) -> Option<Note> {
    let lang = visit.lang;
    let now = visit.app.clock.now();
    let open: Vec<_> = holds.iter().filter(|hold| hold.lifted_at.is_none()).collect();
    let binding = open.iter().filter(|hold| hold.waived_until.is_none_or(|until| until <= now)).count();
    if open.is_empty() {
        return None;
    }
    let (tone, key) = if binding > 0 { (Tone::Bad, "holds-binding") } else { (Tone::Info, "holds-waived") };
    let mut note = Note::new(tone, lang.t(key), lang.t(&format!("{key}.text")));
    note.items = open
        .iter()
        .map(|hold| {
            let title = lang.with(hold_key(hold.kind), &Vars::new().text("note", hold.note.clone()));
            let detail = hold.waived_until.filter(|until| *until > now).map(|until| {
                lang.with("hold-waived-until", &Vars::new().text("date", visit.app.campus.date_time(lang, until)))
            });
            crate::view::Reason { title, detail: detail.unwrap_or_default() }
        })
        .collect();
    Some(note)
}

fn hold_key(kind: HoldKind) -> &'static str {
    match kind {
        HoldKind::Tuition => "hold-kind-tuition",
        HoldKind::Library => "hold-kind-library",
        HoldKind::Academic => "hold-kind-academic",
        HoldKind::Document => "hold-kind-document",
    }
}

fn now_card(lang: Lang, plan: &Plan, now: &Zoned) -> NowCard {
    let agenda = agenda(plan, format::weekday_of(now), format::minute_of(now));
    let Some(next) = agenda.next else {
        return NowCard {
            eye: lang.t("now-heading"),
            title: lang.t(if plan.items.is_empty() { "now-empty" } else { "now-no-hours" }),
            facts: Vec::new(),
            agenda: Vec::new(),
        };
    };
    let eye = match next.coming {
        Coming::Running => lang.with("now-running", &Vars::new().text("end", format::clock(lang, next.end))),
        Coming::Today(minutes) if minutes < 60 => lang.with("now-minutes", &Vars::new().count("minutes", minutes)),
        Coming::Today(_) => lang.with("now-today", &Vars::new().text("start", format::clock(lang, next.start))),
        Coming::Tomorrow => lang.t("now-tomorrow"),
        Coming::Later => lang.with("now-later", &Vars::new().text("day", format::day(lang, next.day))),
    };
    let mut facts = vec![(lang.t("now-time"), format::hours(lang, next.start, next.end))];
    facts.extend(next.room.map(|room| (lang.t("now-room"), room.to_owned())));
    let class = lang.with("class-named", &Vars::new().text("name", next.class.name.clone()));
    facts.push((class, lecturers(lang, next.class)));
    let rest = agenda.rest.iter().map(|item| AgendaLine {
        hours: format::hours(lang, item.start, item.end),
        title: course_name(lang, item.class),
        detail: panel::class_and_room(lang, item.class, item.room),
    });
    NowCard { eye, title: course_name(lang, next.class), facts, agenda: rest.collect() }
}

fn krs_card(visit: &Visit, plan: &Plan) -> KrsCard {
    let lang = visit.lang;
    let campus = &visit.app.campus;
    let now = visit.app.clock.now();
    let period = format::period(lang, &plan.period_code);
    let ceiling = Ceiling::new(lang, plan);
    let editable = state::is_editable(plan.state);
    let mut refusals = if editable { state::beyond_state(&plan.refusals) } else { Vec::new() };
    // Seats that are not given yet are no obstacle to what is done meanwhile.
    let before = refusals.len();
    refusals.retain(|refusal| refusal.reason != NOT_GIVEN);
    let wishing = refusals.len() < before;
    let reasons = crate::reasons::sentences(lang, campus, &refusals);
    let opened = plan.window.as_ref().is_some_and(|window| window.opens_at <= now);
    let closed = plan.window.as_ref().is_some_and(|window| window.closes_at <= now);
    let badge = match (&plan.window, opened, closed) {
        _ if !editable || plan.state == PlanState::Returned => state::badge(lang, plan.state),
        (None, ..) => Badge { tone: Tone::Mute, icon: Some("info"), text: lang.t("krs-badge-none") },
        (_, _, true) => Badge { tone: Tone::Mute, icon: Some("lock"), text: lang.t("krs-badge-closed") },
        (_, false, _) => Badge { tone: Tone::Wait, icon: Some("hourglass"), text: lang.t("krs-badge-soon") },
        _ if !reasons.is_empty() => Badge { tone: Tone::Bad, icon: Some("lock"), text: lang.t("krs-badge-blocked") },
        _ => Badge { tone: Tone::Ok, icon: Some("check"), text: lang.t("krs-badge-open") },
    };
    let fill = editable && reasons.is_empty() && opened && !closed;
    KrsCard {
        title: lang.with("krs-card-title", &Vars::new().text("period", period)),
        badge,
        steps: state::steps(visit, plan),
        returned: plan.note.clone().unwrap_or_default(),
        credits: plan.credits_counted().to_string(),
        of: ceiling.of,
        meter: ceiling.meter,
        why: ceiling.why,
        action: lang.t(match (fill, wishing) {
            (true, true) => "krs-wish",
            (true, false) => "krs-fill",
            (false, _) => "krs-look",
        }),
        quiet: !fill,
        reasons,
    }
}

fn student_facts(lang: Lang, student: &Student) -> FactCard {
    let or_dash = |text: &Option<String>| text.clone().filter(|t| !t.is_empty()).unwrap_or_else(|| lang.t("not-set"));
    FactCard {
        id: "h-data",
        title: lang.t("student-facts"),
        facts: vec![
            (lang.t("student-nim"), student.nim.clone()),
            (lang.t("student-programme"), or_dash(&student.programme_name)),
            (lang.t("student-cohort"), student.entry_period.get(..4).unwrap_or_default().to_owned()),
            (lang.t("student-advisor"), or_dash(&student.advisor_name)),
        ],
    }
}
