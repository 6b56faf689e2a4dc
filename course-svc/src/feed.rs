//! The feeds of this service: which events of student-svc and grade-svc it applies to its projections, and the present
//! state that its own feed tells to those who start anew.

use std::collections::HashMap;

use chassis::db::{DbError, Tx};
use chassis::feed::{ApplyError, Event, Projection, SnapshotRow, SnapshotSource};

use crate::app::events;
use crate::grpc::convert::{self, StudentEvent, academic_record, student_event};
use crate::store::{campus, classes, courses, equivalents, periods, plans, records, rooms};

/// What course-svc knows of student-svc.
#[derive(Debug, Clone, Copy)]
pub struct StudentProjection;

impl Projection for StudentProjection {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            "student.faculty",
            "student.programme",
            "student.lecturer",
            "student.student",
            "student.status",
            "student.hold",
        ]
    }

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        match student_event(event).map_err(ApplyError::Poison)? {
            StudentEvent::Faculty(row) => campus::put_faculty(tx, &row).await?,
            StudentEvent::Programme(row) => campus::put_programme(tx, &row).await?,
            StudentEvent::Lecturer(row) => campus::put_lecturer(tx, &row).await?,
            StudentEvent::Student(row) => campus::put_student(tx, &row).await?,
            StudentEvent::Status(student, period, status) => {
                campus::put_status(tx, &student, &period, status.letter()).await?;
            }
            StudentEvent::Hold(row) => campus::put_hold(tx, &row).await?,
        }
        Ok(())
    }

    async fn ids(&self, tx: &mut Tx, kind: &str, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
        match kind {
            "student.faculty" => campus::faculty_ids(tx, after, limit).await,
            "student.programme" => campus::programme_ids(tx, after, limit).await,
            "student.lecturer" => campus::lecturer_ids(tx, after, limit).await,
            "student.student" => campus::student_ids(tx, after, limit).await,
            "student.status" => {
                let keys = campus::status_keys(tx, split(after), limit).await?;
                Ok(keys.into_iter().map(|(student, period)| format!("{student}/{period}")).collect())
            }
            "student.hold" => campus::hold_ids(tx, after, limit).await,
            _ => Ok(Vec::new()),
        }
    }

    async fn remove(&self, tx: &mut Tx, kind: &str, id: &str) -> Result<(), DbError> {
        match kind {
            "student.faculty" => campus::remove_faculty(tx, id).await,
            "student.programme" => campus::remove_programme(tx, id).await,
            "student.lecturer" => campus::remove_lecturer(tx, id).await,
            "student.student" => campus::remove_student(tx, id).await,
            "student.status" => {
                let (student, period) = split(id);
                campus::remove_status(tx, student, period).await
            }
            "student.hold" => campus::remove_hold(tx, id).await,
            _ => Ok(()),
        }
    }
}

/// What course-svc knows of grade-svc: the results that prerequisites and ceilings follow from.
#[derive(Debug, Clone, Copy)]
pub struct GradeProjection;

impl Projection for GradeProjection {
    fn kinds(&self) -> &'static [&'static str] {
        &["grade.record"]
    }

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let (student_id, record) = academic_record(event).map_err(ApplyError::Poison)?;
        Ok(records::put(tx, &student_id, &record).await?)
    }

    async fn ids(&self, tx: &mut Tx, _: &str, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
        records::ids(tx, after, limit).await
    }

    async fn remove(&self, tx: &mut Tx, _: &str, id: &str) -> Result<(), DbError> {
        records::remove(tx, id).await
    }
}

/// `<student>/<period>`, the aggregate id of a status and of a plan. Ids of students are equally long, so the pair
/// orders as its text does.
fn split(id: &str) -> (&str, &str) {
    id.split_once('/').unwrap_or((id, ""))
}

/// The present state of everything that this service tells, one source per kind.
pub fn sources() -> Vec<SnapshotSource> {
    vec![
        SnapshotSource::new(events::COURSE, |tx, after, limit| Box::pin(course_page(tx, after, limit))),
        SnapshotSource::new(events::PERIOD, |tx, after, limit| Box::pin(period_page(tx, after, limit))),
        SnapshotSource::new(events::ROOM, |tx, after, limit| Box::pin(room_page(tx, after, limit))),
        SnapshotSource::new(events::CLASS, |tx, after, limit| Box::pin(class_page(tx, after, limit))),
        SnapshotSource::new(events::EQUIVALENTS, |tx, after, limit| Box::pin(equivalents_page(tx, after, limit))),
        SnapshotSource::new(events::PLAN, |tx, after, limit| Box::pin(plan_page(tx, after, limit))),
    ]
}

type Page = Result<Vec<SnapshotRow>, DbError>;

async fn course_page(tx: &mut Tx, after: &str, limit: i64) -> Page {
    let rows = courses::page(tx, after, limit).await?;
    let row = |row| SnapshotRow {
        payload: convert::encoded(&convert::course(&row)),
        aggregate_id: row.id,
        version: row.version,
    };
    Ok(rows.into_iter().map(row).collect())
}

async fn period_page(tx: &mut Tx, after: &str, limit: i64) -> Page {
    let rows = periods::page(tx, after, limit).await?;
    let row = |row: &crate::model::Period| SnapshotRow {
        aggregate_id: row.code.to_string(),
        version: row.version,
        payload: convert::encoded(&convert::period(row)),
    };
    Ok(rows.iter().map(row).collect())
}

async fn room_page(tx: &mut Tx, after: &str, limit: i64) -> Page {
    let rows = rooms::page(tx, after, limit).await?;
    let row = |row| SnapshotRow {
        payload: convert::encoded(&convert::room(&row)),
        aggregate_id: row.id,
        version: row.version,
    };
    Ok(rows.into_iter().map(row).collect())
}

async fn class_page(tx: &mut Tx, after: &str, limit: i64) -> Page {
    let rows = classes::page(tx, after, limit).await?;
    let row = |row: crate::model::Class| SnapshotRow {
        payload: convert::encoded(&convert::class(&row, &row.seats)),
        aggregate_id: row.id,
        version: row.version,
    };
    Ok(rows.into_iter().map(row).collect())
}

async fn equivalents_page(tx: &mut Tx, after: &str, limit: i64) -> Page {
    let rows = equivalents::page(tx, after, limit).await?;
    let ids = rows.iter().map(|(id, _)| id.clone()).collect();
    let mut others = equivalents::of_courses(tx, ids).await?;
    let row = |(id, version): (String, i64)| {
        let others = others.remove(&id).unwrap_or_default();
        let payload = convert::encoded(&convert::equivalents_snapshot(&id, version, others));
        SnapshotRow { aggregate_id: id, version, payload }
    };
    Ok(rows.into_iter().map(row).collect())
}

async fn plan_page(tx: &mut Tx, after: &str, limit: i64) -> Page {
    let rows = plans::page(&mut *tx, split(after), limit).await?;
    let mut students: Vec<_> = rows.iter().map(|row| row.student_id.clone()).collect();
    students.dedup();
    let mut items: HashMap<(String, String), Vec<(String, bool)>> = HashMap::new();
    for (student, period, class, held) in plans::items_of(tx, students).await? {
        items.entry((student, period)).or_default().push((class, held));
    }
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let period = crate::store::period(&row.period_code)?;
        let stage = row.stage()?;
        let places = items.remove(&(row.student_id.clone(), row.period_code)).unwrap_or_default().into_iter().collect();
        found.push(SnapshotRow {
            aggregate_id: events::plan_id(&row.student_id, period),
            version: row.version,
            payload: convert::encoded(&convert::plan_snapshot(&row.student_id, period, &stage, places)),
        });
    }
    Ok(found)
}
