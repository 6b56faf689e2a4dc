//! Exams of a class and the seats that it keeps for some students, as a part of its form.

use api::{Class, Exam, ExamKind, SeatReservationInput, WindowScope};

use crate::format::{self, Campus};
use crate::i18n::{Lang, Vars};
use crate::pages::classes::input::FieldError;
use crate::pages::entry::{Check, Fields, Input, Kind, Press, RowSet};
use crate::pages::periods::windows::scope_key;
use crate::view::Choice;

/// Most exams, and most groups of kept seats, of a class.
pub const MAX: usize = 20;

/// Columns of an exam.
const EXAM: [&str; 4] = ["jenis", "tanggal", "dari", "hingga"];

/// Columns of kept seats.
const KEPT: [&str; 4] = ["lingkup", "kunci", "kursi", "sampai"];

/// Says that the form has these rows: one of before has none, and what is set stays.
const MARK: &str = "tambahan";

/// A whole minute: seats are kept up to and with the minute that is typed.
const MINUTE: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);

/// What the rows mean; `None` keeps what is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// Exams.
    pub exams: Option<Vec<Exam>>,
    /// Kept seats.
    pub reservations: Option<Vec<SeatReservationInput>>,
}

/// The rows of a form that was sent.
#[must_use]
pub fn read(pairs: &[(String, String)]) -> Fields {
    let is_ours = |name: &str| {
        let column = name.split('.').next().unwrap_or_default();
        name == MARK || EXAM.contains(&column) || KEPT.contains(&column)
    };
    let mut fields = Fields::default();
    for (name, value) in pairs.iter().filter(|(name, _)| is_ours(name)) {
        fields.set(name.clone(), value.clone());
    }
    fields
}

/// No rows yet.
#[must_use]
pub fn blank() -> Fields {
    Fields::default().with(MARK, "1")
}

/// The rows of a class as it stands.
#[must_use]
pub fn of(campus: &Campus, class: &Class) -> Fields {
    let mut fields = blank();
    for (n, exam) in class.exams.iter().enumerate() {
        let values = [
            exam.kind.as_str().to_owned(),
            exam.date.clone(),
            format::clock(Lang::Id, exam.start_minute),
            format::clock(Lang::Id, exam.end_minute),
        ];
        EXAM.into_iter().zip(values).for_each(|(name, value)| fields.set(format!("{name}.{n}"), value));
    }
    for (n, kept) in class.reservations.iter().enumerate() {
        let until = kept.until.map(|until| campus.minute(campus.last_moment(until)));
        let values =
            [kept.scope.as_str().to_owned(), kept.scope_key.clone(), kept.seats.to_string(), until.unwrap_or_default()];
        KEPT.into_iter().zip(values).for_each(|(name, value)| fields.set(format!("{name}.{n}"), value));
    }
    fields
}

/// The same with a row more or less, as a button asks. `None` when the button is another.
#[must_use]
pub fn pressed(fields: &Fields, button: &str) -> Option<Fields> {
    let exams = fields.clone().pressed(button, "ujian", &EXAM, MAX);
    exams.or_else(|| fields.clone().pressed(button, "khusus", &KEPT, MAX))
}

/// The same without empty rows.
#[must_use]
pub fn compact(mut fields: Fields) -> Fields {
    for (names, typed) in [(&EXAM, &EXAM[1..]), (&KEPT, &KEPT[1..])] {
        let count = fields.rows(names[0], MAX);
        for n in (0..count).rev() {
            if typed.iter().all(|name| fields.some(&format!("{name}.{n}")).is_none()) {
                fields = fields.without_row(names, n, MAX);
            }
        }
    }
    fields
}

/// What the rows mean.
///
/// # Errors
///
/// Everything that is wrong, at its field.
pub fn resolve(lang: Lang, campus: &Campus, fields: &Fields) -> Result<Extras, Vec<FieldError>> {
    if fields.some(MARK).is_none() {
        return Ok(Extras::default());
    }
    let mut check = Check::new(lang, fields);
    let exams = (0..fields.rows(EXAM[0], MAX)).filter_map(|n| exam(&mut check, lang, fields, n)).collect();
    let kept =
        (0..fields.rows(KEPT[0], MAX)).filter_map(|n| reservation(&mut check, lang, campus, fields, n)).collect();
    check.done(Extras { exams: Some(exams), reservations: Some(kept) })
}

fn exam(check: &mut Check<'_>, lang: Lang, fields: &Fields, n: usize) -> Option<Exam> {
    let name = |part: &str| format!("{part}.{n}");
    let kind = check.choice::<ExamKind>(&name("jenis"), "exam-kind");
    let date = check.date(&name("tanggal"), "exam-date");
    let mut clock = |part: &str, wrong: &str| {
        let minute = format::read_clock(fields.get(&name(part)));
        if minute.is_none() {
            check.say(&name(part), lang.t(wrong));
        }
        minute
    };
    let (start, end) = (clock("dari", "class-start-wrong"), clock("hingga", "class-end-wrong"));
    let (start_minute, end_minute) = (start?, end?);
    if end_minute <= start_minute {
        check.say(&name("hingga"), lang.t("class-hour-order"));
    }
    Some(Exam { kind: kind?, date: date?.to_string(), start_minute, end_minute })
}

fn reservation(
    check: &mut Check<'_>,
    lang: Lang,
    campus: &Campus,
    fields: &Fields,
    n: usize,
) -> Option<SeatReservationInput> {
    let name = |part: &str| format!("{part}.{n}");
    let scope = check.choice::<WindowScope>(&name("lingkup"), "window-scope");
    let scope_key = check.text(&name("kunci"), "window-scope-key", 10);
    let seats = check.number(&name("kursi"), "kept-seats", 1, 1000);
    let until = match fields.some(&name("sampai")) {
        None => None,
        Some(_) => check.moment(&name("sampai"), "kept-until", campus),
    };
    let until = until.and_then(|last| last.checked_add(MINUTE).ok());
    if scope == Some(WindowScope::University) {
        check.say(&name("lingkup"), lang.t("kept-not-all"));
    }
    Some(SeatReservationInput { scope: scope?, scope_key, seats, until })
}

/// The rows of the exams, with what is wrong at each field.
#[must_use]
pub fn exams(lang: Lang, fields: &Fields, errors: &[FieldError]) -> Rows {
    let row = |n: usize| {
        let name = |part: &str| format!("{part}.{n}");
        let kinds = ExamKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), lang.t(kind_key(*kind)), ""));
        let hour =
            |part: &str, label: &str| Input::new(&name(part), lang.t(label), Kind::Text, fields).width("w2").max(10);
        vec![
            Input::new(&name("jenis"), lang.t("exam-kind"), Kind::Select(kinds.collect()), fields).width("w2"),
            Input::new(&name("tanggal"), lang.t("exam-date"), Kind::Date, fields).width("w4"),
            hour("dari", "start"),
            hour("hingga", "end"),
        ]
    };
    rows(lang, fields, errors, "ujian", EXAM[0], ("exam-row", "exam-add"), row)
}

/// The rows of the kept seats.
#[must_use]
pub fn kept(lang: Lang, fields: &Fields, errors: &[FieldError]) -> Rows {
    let row = |n: usize| {
        let name = |part: &str| format!("{part}.{n}");
        let scopes = WindowScope::ALL.iter().filter(|scope| **scope != WindowScope::University);
        let scopes = scopes.map(|scope| Choice::new(scope.as_str(), lang.t(scope_key(*scope)), ""));
        vec![
            Input::new(&name("lingkup"), lang.t("window-scope"), Kind::Select(scopes.collect()), fields).width("w2"),
            Input::new(&name("kunci"), lang.t("window-scope-key"), Kind::Text, fields).width("w2").max(10),
            Input::new(&name("kursi"), lang.t("kept-seats"), Kind::Number, fields).width("w2").max(4),
            Input::new(&name("sampai"), lang.t("kept-until"), Kind::Moment, fields).width("w4"),
        ]
    };
    rows(lang, fields, errors, "khusus", KEPT[0], ("kept-row", "kept-add"), row)
}

/// Rows of a part of the form.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Id of the part.
    pub id: &'static str,
    /// What is wrong with all of them; may be empty.
    pub error: String,
    /// One an exam, or a group of kept seats.
    pub rows: Vec<RowSet>,
    /// Adds a row.
    pub add: Option<Press>,
}

fn rows(
    lang: Lang,
    fields: &Fields,
    errors: &[FieldError],
    id: &'static str,
    first: &str,
    (legend, add): (&str, &str),
    row: impl Fn(usize) -> Vec<Input>,
) -> Rows {
    let count = fields.rows(first, MAX);
    let wrong = |id: &str| errors.iter().find(|error| error.field == id).map(|error| error.text.clone());
    let set = |n: usize| {
        let mut inputs = row(n);
        inputs.iter_mut().for_each(|input| input.error = wrong(&input.id).unwrap_or_default());
        let number = Vars::new().count("number", i64::try_from(n + 1).unwrap_or_default());
        RowSet { legend: lang.with(legend, &number), inputs, remove: format!("hapus-{id}-{n}") }
    };
    Rows {
        id,
        error: wrong(id).unwrap_or_default(),
        rows: (0..count).map(set).collect(),
        add: (count < MAX).then(|| Press { value: format!("tambah-{id}"), text: lang.t(add) }),
    }
}

/// Message of an exam.
fn kind_key(kind: ExamKind) -> &'static str {
    match kind {
        ExamKind::Uts => "exam-uts",
        ExamKind::Uas => "exam-uas",
    }
}

/// What is typed, in a line each: exams and kept seats.
#[must_use]
pub fn shown(lang: Lang, fields: &Fields) -> [String; 2] {
    let line = |rows: Rows| {
        let row = |row: &RowSet| {
            row.inputs.iter().map(Input::shown).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
        };
        rows.rows.iter().map(row).collect::<Vec<_>>().join("; ")
    };
    [line(exams(lang, fields, &[])), line(kept(lang, fields, &[]))]
}

/// Id of the field for a path such as `exams[0].date`; `None` for a path of another part.
#[must_use]
pub fn place(path: &str) -> Option<String> {
    let (list, row) = path.split_once('[').map_or((path, None), |(list, rest)| (list, rest.split_once(']')));
    let (whole, fallback) = match list {
        "exams" => ("ujian", "tanggal"),
        "reservations" => ("khusus", "kursi"),
        _ => return None,
    };
    let Some((n, part)) = row else { return Some(whole.to_owned()) };
    let column = match part {
        ".kind" => "jenis",
        ".date" => "tanggal",
        ".start_minute" => "dari",
        ".end_minute" => "hingga",
        ".scope" => "lingkup",
        ".scope_key" => "kunci",
        ".until" => "sampai",
        _ => fallback,
    };
    Some(format!("{column}-{n}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::krs::samples;

    fn campus() -> Campus {
        Campus::new("Asia/Jakarta").unwrap()
    }

    fn class() -> Class {
        let mut class = samples::class("c1", "A");
        class.exams = vec![Exam { kind: ExamKind::Uts, date: "2026-10-19".into(), start_minute: 480, end_minute: 600 }];
        class.reservations = vec![api::SeatReservation {
            scope: WindowScope::Cohort,
            scope_key: "2026".into(),
            seats: 10,
            taken: 4,
            until: Some("2026-08-14T17:00:00Z".parse().unwrap()),
        }];
        class
    }

    #[test]
    fn what_is_set_comes_back_as_it_was_shown() {
        let class = class();
        let fields = of(&campus(), &class);
        assert_eq!((fields.get("tanggal.0"), fields.get("dari.0")), ("2026-10-19", "08.00"));
        let read = resolve(Lang::Id, &campus(), &fields).unwrap();
        assert_eq!(read.exams.unwrap(), class.exams);
        let kept = &read.reservations.unwrap()[0];
        assert_eq!((kept.seats, kept.until), (10, class.reservations[0].until));
    }

    #[test]
    fn a_form_of_before_keeps_what_is_set_and_an_emptied_one_takes_it_away() {
        assert_eq!(resolve(Lang::Id, &campus(), &read(&[])), Ok(Extras::default()));
        let none = Extras { exams: Some(Vec::new()), reservations: Some(Vec::new()) };
        assert_eq!(resolve(Lang::Id, &campus(), &blank()), Ok(none.clone()));
        let added = pressed(&pressed(&blank(), "tambah-ujian").unwrap(), "tambah-khusus").unwrap();
        assert_eq!(resolve(Lang::Id, &campus(), &compact(added)), Ok(none));
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_its_field() {
        let fields = blank()
            .with("jenis.0", "uas")
            .with("tanggal.0", "besok")
            .with("dari.0", "10.00")
            .with("hingga.0", "09.00")
            .with("lingkup.0", "programme")
            .with("kunci.0", "")
            .with("kursi.0", "banyak")
            .with("sampai.0", "");
        let wrong = resolve(Lang::Id, &campus(), &fields).unwrap_err();
        let at: Vec<_> = wrong.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(at, ["tanggal-0", "hingga-0", "kunci-0", "kursi-0"]);
        for (typed, is_wrong) in
            [("2026-02-31", true), ("19 Oktober 2026", true), ("0026-10-19", true), ("2026-10-19", false)]
        {
            let exam = resolve(Lang::Id, &campus(), &fields.clone().with("tanggal.0", typed)).unwrap_err();
            assert_eq!(exam[0].field == "tanggal-0", is_wrong, "{typed}");
        }
        let rows = exams(Lang::Id, &fields, &wrong);
        assert!(!rows.rows[0].inputs[1].error.is_empty() && rows.rows[0].inputs[0].error.is_empty());
    }

    #[test]
    fn what_course_svc_refuses_has_its_place() {
        assert_eq!(place("exams[1].date").as_deref(), Some("tanggal-1"));
        assert_eq!(place("exams[1]").as_deref(), Some("tanggal-1"));
        assert_eq!(place("reservations[0].scope_key").as_deref(), Some("kunci-0"));
        assert_eq!(place("reservations").as_deref(), Some("khusus"));
        assert_eq!(place("meetings[0].day"), None);
    }
}
