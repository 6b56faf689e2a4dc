//! The windows of a period as rows of a form.

use api::{Window, WindowKind, WindowScope};
use jiff::SignedDuration;

use crate::format::Campus;
use crate::i18n::{Lang, Vars};
use crate::pages::entry::{Check, Fields, Input, Kind, Press, RowSet, Section};
use crate::view::Choice;

/// Most windows of the form.
pub const MAX: usize = 200;

/// Columns of a row; the first one tells that there is a row.
pub const ROWS: [&str; 5] = ["masa", "lingkup", "kunci", "buka", "tutup"];

/// Id of the section.
pub const SECTION: &str = "s-masa";

/// A window closes with the end of the minute that is typed.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Message of what a window opens.
#[must_use]
pub fn kind_key(kind: WindowKind) -> &'static str {
    match kind {
        WindowKind::Offering => "window-kind-offering",
        WindowKind::Krs => "window-kind-krs",
        WindowKind::KrsApproval => "window-kind-krs-approval",
        WindowKind::Revision => "window-kind-revision",
        WindowKind::GradeEntry => "window-kind-grade-entry",
    }
}

/// Message of a scope.
#[must_use]
pub fn scope_key(scope: WindowScope) -> &'static str {
    match scope {
        WindowScope::University => "window-scope-university",
        WindowScope::Faculty => "window-scope-faculty",
        WindowScope::Programme => "window-scope-programme",
        WindowScope::Cohort => "window-scope-cohort",
    }
}

/// Writes windows into the fields of a form.
pub fn write(fields: &mut Fields, campus: &Campus, windows: &[Window]) {
    for (n, window) in windows.iter().enumerate() {
        fields.set(format!("masa.{n}"), window.kind.as_str());
        fields.set(format!("lingkup.{n}"), window.scope.as_str());
        fields.set(format!("kunci.{n}"), window.scope_key.clone().unwrap_or_default());
        fields.set(format!("buka.{n}"), campus.minute(window.opens_at));
        fields.set(format!("tutup.{n}"), campus.minute(campus.last_moment(window.closes_at)));
    }
}

/// The section of the form.
#[must_use]
pub fn section(lang: Lang, typed: &Fields) -> Section {
    let count = typed.rows("masa", MAX);
    let row = |n: usize| {
        let name = |part: &str| format!("{part}.{n}");
        let kinds = WindowKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), lang.t(kind_key(*kind)), ""));
        let scopes = WindowScope::ALL.iter().map(|scope| Choice::new(scope.as_str(), lang.t(scope_key(*scope)), ""));
        let inputs = vec![
            Input::new(&name("masa"), lang.t("window-kind"), Kind::Select(kinds.collect()), typed).width("w2"),
            Input::new(&name("lingkup"), lang.t("window-scope"), Kind::Select(scopes.collect()), typed).width("w2"),
            Input::new(&name("kunci"), lang.t("window-scope-key"), Kind::Text, typed).width("w2").max(10),
            Input::new(&name("buka"), lang.t("window-opens"), Kind::Moment, typed),
            Input::new(&name("tutup"), lang.t("window-closes"), Kind::Moment, typed),
        ];
        let number = Vars::new().count("number", i64::try_from(n + 1).unwrap_or_default());
        RowSet { legend: lang.with("window-row", &number), inputs, remove: format!("hapus-masa-{n}") }
    };
    Section {
        id: SECTION.into(),
        title: lang.t("windows-title"),
        hint: lang.t("windows-hint"),
        rows: (0..count).map(row).collect(),
        add: (count < MAX).then(|| Press { value: "tambah-masa".into(), text: lang.t("window-add") }),
        ..Section::default()
    }
}

/// Whether something is typed into a row; its choices always say something.
fn is_filled(typed: &Fields, n: usize) -> bool {
    ["kunci", "buka", "tutup"].iter().any(|part| typed.some(&format!("{part}.{n}")).is_some())
}

/// What the rows mean. A row into which nothing is typed is not one.
pub fn read(check: &mut Check<'_>, lang: Lang, campus: &Campus, typed: &Fields) -> Vec<Window> {
    let mut windows = Vec::new();
    for n in 0..typed.rows("masa", MAX) {
        let name = |part: &str| format!("{part}.{n}");
        if !is_filled(typed, n) {
            continue;
        }
        let kind = check.choice::<WindowKind>(&name("masa"), "window-kind");
        let scope = check.choice::<WindowScope>(&name("lingkup"), "window-scope");
        let scope_key = match scope {
            Some(WindowScope::University) => {
                if typed.some(&name("kunci")).is_some() {
                    check.say(&name("kunci"), lang.t("window-key-for-all"));
                }
                None
            }
            None => None,
            Some(_) => Some(check.text(&name("kunci"), "window-scope-key", 10)),
        };
        let opens_at = check.moment(&name("buka"), "window-opens", campus);
        let last = check.moment(&name("tutup"), "window-closes", campus);
        let closes_at = last.and_then(|last| last.checked_add(MINUTE).ok());
        if let (Some(kind), Some(scope), Some(opens_at), Some(closes_at)) = (kind, scope, opens_at, closes_at) {
            if closes_at <= opens_at {
                check.say(&name("tutup"), lang.t("window-order"));
            }
            windows.push(Window { kind, scope, scope_key, opens_at, closes_at });
        }
    }
    windows
}

/// The rows that are sent, by their number on the page: [`read`] leaves empty ones out.
#[must_use]
pub fn sent(typed: &Fields) -> Vec<usize> {
    (0..typed.rows("masa", MAX)).filter(|n| is_filled(typed, *n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::krs::samples;

    #[test]
    fn a_window_comes_back_as_it_was_shown() {
        let campus = Campus::new("Asia/Jakarta").unwrap();
        let mut fields = Fields::default();
        write(&mut fields, &campus, &[samples::window()]);
        assert_eq!((fields.get("buka.0"), fields.get("tutup.0")), ("2026-08-10T08:00", "2026-08-21T23:59"));
        let mut check = Check::new(Lang::Id, &fields);
        let windows = read(&mut check, Lang::Id, &campus, &fields);
        assert_eq!(check.done(windows), Ok(vec![samples::window()]));
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field_and_an_empty_row_is_none() {
        let campus = Campus::new("Asia/Jakarta").unwrap();
        let mut fields = Fields::default().with_row(&ROWS, MAX).with_row(&ROWS, MAX);
        for (name, value) in [("masa", "krs"), ("lingkup", "cohort"), ("buka", "2026-08-10T08:00"), ("tutup", "kapan?")]
        {
            fields.set(format!("{name}.1"), value);
        }
        let mut check = Check::new(Lang::Id, &fields);
        let windows = read(&mut check, Lang::Id, &campus, &fields);
        let errors = check.done(windows).unwrap_err();
        assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["kunci-1", "tutup-1"]);
        assert_eq!(sent(&fields), [1]);
        fields.set("kunci.1", "2024");
        fields.set("tutup.1", "2026-08-09T08:00");
        let mut check = Check::new(Lang::Id, &fields);
        let windows = read(&mut check, Lang::Id, &campus, &fields);
        assert_eq!(check.done(windows).unwrap_err()[0].field, "tutup-1");
    }

    #[test]
    fn nothing_that_is_typed_into_a_row_is_dropped() {
        let campus = Campus::new("Asia/Jakarta").unwrap();
        let row = |scope: &str, key: &str, opens: &str, closes: &str| {
            let mut fields = Fields::default().with_row(&ROWS, MAX);
            for (name, value) in
                [("masa", "krs"), ("lingkup", scope), ("kunci", key), ("buka", opens), ("tutup", closes)]
            {
                fields.set(format!("{name}.0"), value);
            }
            let mut check = Check::new(Lang::Id, &fields);
            let windows = read(&mut check, Lang::Id, &campus, &fields);
            check.done(windows).unwrap_err().into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(row("cohort", "2024", "", ""), ["buka-0", "tutup-0"], "a row with a code alone is a row");
        let (opens, closes) = ("2026-08-10T08:00", "2026-08-21T23:59");
        assert_eq!(
            row("university", "IF-S1", opens, closes),
            ["kunci-0"],
            "the code of somebody opens it for nobody else"
        );
        assert_eq!(row("university", "", "0026-08-10T08:00", closes), ["buka-0"], "a year that lacks a digit");
    }
}
