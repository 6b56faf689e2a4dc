//! Exams and kept seats of a class, from the wire.

use std::collections::HashSet;

use jiff::civil::Date;
use proto::course::v1 as pb;

use super::ask::{Faults, scope};
use crate::reasons;
use crate::rules::exam::{Exam, ExamKind, clash_within};
use crate::rules::seats::Reservation;
use crate::rules::window::Scope;

/// Exams, earliest first, none of which clashes with another of the same class.
pub(super) fn exams(faults: &mut Faults, exams: &[pb::Exam]) -> Vec<Exam> {
    let mut read = Vec::with_capacity(exams.len());
    for (n, exam) in exams.iter().enumerate() {
        let kind = match exam.kind() {
            pb::ExamKind::Unspecified => None,
            pb::ExamKind::Uts => Some(ExamKind::Uts),
            pb::ExamKind::Uas => Some(ExamKind::Uas),
        };
        let kind = faults.known(format!("exams[{n}].kind"), kind);
        let day = exam.date.parse::<Date>().ok().filter(|day| day.to_string() == exam.date);
        if day.is_none() {
            faults.push(format!("exams[{n}].date"), reasons::BAD_TIME, "wanted a day such as 2026-10-19");
        }
        let Some((kind, day)) = kind.zip(day) else { continue };
        match Exam::new(kind, day, exam.start_minute, exam.end_minute) {
            Some(exam) => read.push(exam),
            None => {
                let message = "wanted minutes of the day, the end after the start";
                faults.push(format!("exams[{n}]"), reasons::OUT_OF_RANGE, message);
            }
        }
    }
    if read.len() == exams.len()
        && let Some((_, later)) = clash_within(&read)
    {
        faults.push(format!("exams[{later}]"), reasons::NAMED_TWICE, "another exam of the class has these minutes");
    }
    read.sort();
    read
}

/// Kept seats: each scope once, all together no more than the class has.
pub(super) fn reservations(faults: &mut Faults, kept: &[pb::SeatReservation], capacity: u32) -> Vec<Reservation> {
    let mut seen = HashSet::new();
    let mut read = Vec::with_capacity(kept.len());
    for (n, one) in kept.iter().enumerate() {
        let field = format!("reservations[{n}].scope_key");
        let found = scope(faults, &field, one.scope, &one.scope_key);
        if found == Some(Scope::University) {
            faults.push(
                format!("reservations[{n}].scope"),
                reasons::UNKNOWN_VALUE,
                "seats are kept for some, not for all",
            );
        }
        let seats = faults.number(format!("reservations[{n}].seats"), one.seats, 1, capacity.max(1));
        let until = one.until.as_ref().and_then(|_| faults.moment(format!("reservations[{n}].until"), one.until));
        let Some(scope) = found else { continue };
        if !seen.insert(scope.clone()) {
            faults.push(field, reasons::NAMED_TWICE, "is in the list already");
        }
        read.push(Reservation { scope, seats, taken: 0, waiting: 0, until });
    }
    let all: u64 = read.iter().map(|kept| u64::from(kept.seats)).sum();
    if all > u64::from(capacity) {
        faults.push("reservations", reasons::OUT_OF_RANGE, format!("wanted at most {capacity} seats in all"));
    }
    read
}
