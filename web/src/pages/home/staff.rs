//! The front page of lecturers and of the office.

use api::{Class, LecturerHome, OfficeHome, Part as Got, Period, Student};

use super::{HomePage, ListCard, ListRow, missing, period_state_key};
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::local::with_query;
use crate::pages::krs::panel;
use crate::view::{Link, Part};
use crate::visit::Visit;

/// Fills in the parts of a lecturer.
pub(super) fn lecturer_parts(visit: &Visit, page: &mut HomePage, home: &LecturerHome) {
    let lang = visit.lang;
    page.lists.push(match &home.classes {
        Got::Unavailable { .. } => Part::Down(missing(lang, "teaching-title", "down-classes")),
        Got::Available { data } => {
            let row = |class: &Class| {
                let seats =
                    Vars::new().count("taken", class.taken.unwrap_or_default()).count("capacity", class.capacity);
                let hours = panel::meetings(lang, class).join(", ");
                ListRow {
                    href: None,
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
            let row =
                |student: &Student| ListRow { href: None, text: student.name.clone(), detail: student.nim.clone() };
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
