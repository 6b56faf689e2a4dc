//! Waiting lists, packages, and what the registrar watches, both ways.

use std::collections::HashSet;

use chassis::id::is_id;
use jiff::Timestamp;
use proto::course::v1 as pb;

use super::answer::{class, refusals, timestamp};
use super::ask::Faults;
use crate::app::packages::PackageView;
use crate::app::registrar::{Notice, NoticeKind};
use crate::error::Error;
use crate::reasons;
use crate::rules::period::PeriodCode;
use crate::rules::trading::Trading;
use crate::store::packages::Package;
use crate::store::tradings::Watched;
use crate::store::waiting::LineRow;

/// Longest name of a package, in characters.
const NAME: usize = 60;
/// Classes of one package at most.
const CLASSES: usize = 20;
/// Years of entry.
const COHORTS: (u32, u32) = (1900, 2999);

/// One who waits.
pub fn waiting_student(row: &LineRow) -> pb::WaitingStudent {
    pb::WaitingStudent {
        student_id: row.student_id.clone(),
        nim: row.nim.clone(),
        name: row.name.clone(),
        place: u32::try_from(row.number).unwrap_or(u32::MAX),
        joined_at: Some(timestamp(row.joined_at.0)),
    }
}

/// A package with its classes.
pub fn package(view: &PackageView) -> pb::Package {
    let PackageView { package, classes } = view;
    pb::Package {
        id: package.id.clone(),
        period_code: package.period.to_string(),
        programme_id: package.programme_id.clone(),
        cohort: package.cohort,
        name: package.name.clone(),
        classes: classes.iter().map(|(found, seats)| class(found, seats)).collect(),
        version: package.version,
    }
}

/// A package as an admin writes it; id and version come beside it.
pub fn package_draft(id: String, input: Option<pb::PackageInput>, version: i64) -> Result<Package, Error> {
    let input = input.unwrap_or_default();
    let mut faults = Faults::default();
    let period = faults.period("period_code", &input.period_code);
    let programme_id = faults.text("programme_id", &input.programme_id, 1, 36);
    let name = faults.text("name", &input.name, 1, NAME);
    if input.cohort != 0 {
        faults.number("cohort", input.cohort, COHORTS.0, COHORTS.1);
    }
    match input.class_ids.len() {
        0 => faults.push("class_ids", reasons::REQUIRED, "wanted at least one class"),
        1..=CLASSES => {}
        _ => faults.push("class_ids", reasons::OUT_OF_RANGE, format!("at most {CLASSES}")),
    }
    let mut seen = HashSet::new();
    for (n, id) in input.class_ids.iter().enumerate().take(CLASSES) {
        if !is_id(id) {
            faults.push(format!("class_ids[{n}]"), reasons::UNKNOWN_CLASS, "no such class in the period");
        } else if !seen.insert(id) {
            faults.push(format!("class_ids[{n}]"), reasons::NAMED_TWICE, "is in the list already");
        }
    }
    let (cohort, class_ids) = (input.cohort, input.class_ids.clone());
    let draft = period.map(|period| Package { id, period, programme_id, cohort, name, class_ids, version });
    faults.finish(draft)
}

/// Classes that a student gave back often.
pub fn trading(watched: &Watched, period: PeriodCode) -> pb::Trading {
    let (nim, name) = (watched.nim.clone(), watched.name.clone());
    pb::Trading { nim, name, ..trading_told(&watched.student_id, period, &watched.trading) }
}

/// The same as other services hear of it.
pub fn trading_told(student_id: &str, period: PeriodCode, record: &Trading) -> pb::Trading {
    pb::Trading {
        student_id: student_id.to_owned(),
        nim: String::new(),
        name: String::new(),
        drops: record.drops,
        first_at: Some(timestamp(record.first_at)),
        last_at: Some(timestamp(record.last_at)),
        class_labels: record.labels.clone(),
        period_code: period.to_string(),
    }
}

/// What a student is told about a waiting list.
pub fn notice(student_id: &str, period: PeriodCode, notice: &Notice, at: Timestamp) -> pb::PlanNotice {
    let kind = match notice.kind {
        NoticeKind::Promoted => pb::NoticeKind::Promoted,
        NoticeKind::Passed => pb::NoticeKind::Passed,
        NoticeKind::Expired => pb::NoticeKind::Expired,
    };
    pb::PlanNotice {
        student_id: student_id.to_owned(),
        period_code: period.to_string(),
        class_id: notice.class_id.clone(),
        class_label: notice.label.clone(),
        kind: kind.into(),
        refusals: refusals(&notice.refusals),
        at: Some(timestamp(at)),
        instead_of: notice.instead_of.clone(),
    }
}
