//! The front page of lecturers and of the office.

use api::{Class, LecturerHome, OfficeHome, Part as Got, Period, PlanCount, PlanState, Student};

use super::{HomePage, ListCard, ListRow, missing, period_state_key};
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::local::with_query;
use crate::pages::advising::queue::{Filter, Tab};
use crate::pages::advising::review;
use crate::pages::krs::panel;
use crate::view::{Link, Part};
use crate::visit::Visit;

/// Fills in the parts of a lecturer.
pub(super) fn lecturer_parts(visit: &Visit, page: &mut HomePage, home: &LecturerHome, period: Option<&Period>) {
    let lang = visit.lang;
    page.lists.push(super::links::sheets(visit, &home.sheets));
    page.lists.push(waiting(lang, &home.plans));
    page.lists.push(match &home.classes {
        Got::Unavailable { .. } => Part::Down(missing(lang, "teaching-title", "down-classes")),
        Got::Available { data } => {
            let row = |class: &Class| {
                let seats =
                    Vars::new().count("taken", class.taken.unwrap_or_default()).count("capacity", class.capacity);
                let hours = panel::meetings(lang, class).join(", ");
                ListRow {
                    href: Some(crate::pages::grades::address(&class.id)),
                    text: panel::class_label(lang, class),
                    detail: format!("{hours} · {}", lang.with("seats-of", &seats)),
                }
            };
            Part::Ready(ListCard {
                id: "h-mengajar",
                title: lang.t("teaching-title"),
                count: at_least(lang, data.items.len(), data.next_cursor.is_some()),
                rows: data.items.iter().map(row).collect(),
                empty: lang.t("teaching-empty"),
                more: None,
            })
        }
    });
    page.lists.push(match &home.advisees {
        Got::Unavailable { .. } => Part::Down(missing(lang, "advisees-title", "down-advisees")),
        Got::Available { data } => {
            let row = |student: &Student| ListRow {
                href: period.map(|period| review::address(&student.id, &period.code)),
                text: student.name.clone(),
                detail: student.nim.clone(),
            };
            Part::Ready(ListCard {
                id: "h-wali",
                title: lang.t("advisees-title"),
                count: at_least(lang, data.items.len(), data.next_cursor.is_some()),
                rows: data.items.iter().map(row).collect(),
                empty: lang.t("advisees-empty"),
                more: None,
            })
        }
    });
}

/// Plans of the advisees by state, each with its place in the queue. What waits comes first.
fn waiting(lang: Lang, plans: &Got<Vec<PlanCount>>) -> Part<ListCard> {
    let Got::Available { data } = plans else {
        return Part::Down(missing(lang, "advisees-waiting", "down-queue"));
    };
    let of = |state| data.iter().filter(|count| count.state == state).map(|count| count.plans).sum::<u64>();
    let tabs = [
        (PlanState::Submitted, Tab::Waiting),
        (PlanState::Returned, Tab::Returned),
        (PlanState::Draft, Tab::Draft),
        (PlanState::None, Tab::Without),
        (PlanState::Approved, Tab::Approved),
    ];
    let row = |(state, tab): (PlanState, Tab)| {
        let count = of(state);
        let vars = Vars::new().count("count", i64::try_from(count).unwrap_or(i64::MAX));
        (count > 0).then(|| ListRow {
            href: Some(Filter::default().href(tab, "")),
            text: lang.t(tab.title()),
            detail: lang.with("count-students", &vars),
        })
    };
    let submitted = Vars::new().count("count", i64::try_from(of(PlanState::Submitted)).unwrap_or(i64::MAX));
    Part::Ready(ListCard {
        id: "h-krs-wali",
        title: lang.t("advisees-waiting"),
        count: lang.with("advisees-wait", &submitted),
        rows: tabs.into_iter().filter_map(row).collect(),
        empty: lang.t("advisees-waiting-empty"),
        more: Some(Link { href: "/perwalian".into(), text: lang.t("advisees-open") }),
    })
}

/// `12`, or `lebih dari 50` when the first page is not all.
fn at_least(lang: Lang, count: usize, more: bool) -> String {
    let vars = Vars::new().count("count", i64::try_from(count).unwrap_or(i64::MAX));
    lang.with(if more { "count-more" } else { "count-all" }, &vars)
}

/// Fills in the parts of the office.
pub(super) fn office_parts(visit: &Visit, page: &mut HomePage, home: &OfficeHome, period: Option<&Period>) {
    let lang = visit.lang;
    page.lists.push(match &home.programmes {
        Got::Unavailable { .. } => Part::Down(missing(lang, "office-classes", "down-programmes")),
        Got::Available { data } => {
            let code = period.map_or("", |period| period.code.as_str());
            let row = |programme: &api::Programme| ListRow {
                href: Some(with_query("/admin/kelas", &[("periode", code), ("prodi", &programme.id)])),
                text: programme.name.clone(),
                detail: programme.code.clone(),
            };
            Part::Ready(ListCard {
                id: "h-kelas",
                title: lang.t("office-classes"),
                count: at_least(lang, data.len(), false),
                rows: data.iter().map(row).collect(),
                empty: lang.t("office-empty"),
                more: Some(Link { href: "/admin/kelas".into(), text: lang.t("office-all") }),
            })
        }
    });
    page.lists.push(match &home.periods {
        Got::Unavailable { .. } => Part::Down(missing(lang, "periods-title", "down-periods")),
        Got::Available { data } => {
            let row = |period: &Period| ListRow {
                href: Some(with_query("/admin/kelas", &[("periode", &period.code)])),
                text: format::period(lang, &period.code),
                detail: lang.t(period_state_key(period.state)),
            };
            Part::Ready(ListCard {
                id: "h-periode",
                title: lang.t("periods-title"),
                count: at_least(lang, data.len(), false),
                rows: data.iter().map(row).collect(),
                empty: lang.t("periods-empty"),
                more: None,
            })
        }
    });
}
