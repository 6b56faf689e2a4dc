//! What lecturers and the office reach from the front page: grades to enter, and what the office keeps.

use api::{Part as Got, SheetSummary};

use super::{ListCard, ListRow, missing};
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::pages::grades;
use crate::session::User;
use crate::view::{Link, Part};
use crate::visit::Visit;

/// Grades that are not published yet; those that can be entered now come first.
pub(super) fn sheets(visit: &Visit, found: &Got<Vec<SheetSummary>>) -> Part<ListCard> {
    let (lang, now) = (visit.lang, visit.app.clock.now());
    let Got::Available { data } = found else {
        return Part::Down(missing(lang, "home-grades", "down-grades"));
    };
    let row = |sheet: &SheetSummary| {
        let complete = Vars::new().count("complete", sheet.complete).count("students", sheet.students);
        let period = format::period(lang, &sheet.period_code);
        ListRow {
            href: Some(grades::address(&sheet.class_id)),
            text: grades::class_label(sheet),
            detail: format!("{period} · {}", lang.with("grades-bar", &complete)),
        }
    };
    let open = |sheet: &&SheetSummary| {
        sheet.window.as_ref().is_some_and(|window| window.opens_at <= now && now < window.closes_at)
    };
    let mut sorted: Vec<_> = data.iter().collect();
    sorted.sort_by_key(|sheet| !open(sheet));
    Part::Ready(ListCard {
        id: "h-nilai",
        title: lang.t("home-grades"),
        count: lang.with("count-all", &Vars::new().count("count", i64::try_from(data.len()).unwrap_or(i64::MAX))),
        rows: sorted.into_iter().map(row).collect(),
        empty: lang.t("home-grades-empty"),
        more: Some(Link { href: grades::LIST.into(), text: lang.t("home-grades-all") }),
    })
}

/// What the account keeps, or may read.
pub(super) fn kept(lang: Lang, user: &User) -> Part<ListCard> {
    let row = |href: &str, key: &str| ListRow {
        href: Some(href.to_owned()),
        text: lang.t(key),
        detail: lang.t(&format!("{key}.about")),
    };
    let mut rows = Vec::new();
    if user.is_office() {
        rows.push(row("/mahasiswa", "nav-students"));
    }
    rows.push(row("/periode", "nav-periods"));
    rows.push(row("/matakuliah", "nav-courses"));
    rows.push(row("/kurikulum", "nav-curricula"));
    Part::Ready(ListCard {
        id: "h-data",
        title: lang.t("home-kept"),
        count: String::new(),
        rows,
        empty: String::new(),
        more: None,
    })
}
