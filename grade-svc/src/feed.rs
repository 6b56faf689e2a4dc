//! The feeds of this service: which events of student-svc and course-svc it applies to its projections, and the present
//! state that its own feed tells to those who start anew.

use chassis::db::{DbError, Tx};
use chassis::feed::{ApplyError, Event, Projection, SnapshotRow, SnapshotSource};

use crate::DefaultComponent;
use crate::app::{events, records};
use crate::grpc::convert::{self, CourseEvent, StudentEvent, course_event, student_event};
use crate::rules::sheet::Component;
use crate::store::{campus, classes, periods, records as record_rows, rosters, sheets};

/// What grade-svc knows of student-svc.
#[derive(Debug, Clone, Copy)]
pub struct StudentProjection;

impl Projection for StudentProjection {
    fn kinds(&self) -> &'static [&'static str] {
        &["student.faculty", "student.programme", "student.lecturer", "student.student"]
    }

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        match student_event(event).map_err(ApplyError::Poison)? {
            StudentEvent::Faculty(row) => campus::put_faculty(tx, &row).await?,
            StudentEvent::Programme(row) => campus::put_programme(tx, &row).await?,
            StudentEvent::Lecturer(row) => campus::put_lecturer(tx, &row).await?,
            StudentEvent::Student(row) => {
                let known = campus::owner(&mut *tx, &row.id).await?;
                campus::put_student(&mut *tx, &row).await?;
                // Another programme may count repeats otherwise.
                if known.is_none_or(|known| known.programme_id != row.programme_id) {
                    record_rows::due(tx, &row.id).await?;
                }
            }
        }
        Ok(())
    }

    async fn ids(&self, tx: &mut Tx, kind: &str, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
        match kind {
            "student.faculty" => campus::faculty_ids(tx, after, limit).await,
            "student.programme" => campus::programme_ids(tx, after, limit).await,
            "student.lecturer" => campus::lecturer_ids(tx, after, limit).await,
            "student.student" => campus::student_ids(tx, after, limit).await,
            _ => Ok(Vec::new()),
        }
    }

    async fn remove(&self, tx: &mut Tx, kind: &str, id: &str) -> Result<(), DbError> {
        match kind {
            "student.faculty" => campus::remove_faculty(tx, id).await,
            "student.programme" => campus::remove_programme(tx, id).await,
            "student.lecturer" => campus::remove_lecturer(tx, id).await,
            "student.student" => campus::remove_student(tx, id).await,
            _ => Ok(()),
        }
    }
}

/// What grade-svc knows of course-svc.
#[derive(Debug, Clone)]
pub struct CourseProjection {
    components: Vec<DefaultComponent>,
}

impl CourseProjection {
    /// A projection that gives every new class these components.
    pub fn new(components: Vec<DefaultComponent>) -> Self {
        Self { components }
    }

    /// The components of a new class, each with an id of its own.
    fn new_components(&self) -> Vec<Component> {
        let component =
            |one: &DefaultComponent| Component { id: chassis::id::new(), name: one.name.clone(), weight: one.weight };
        self.components.iter().map(component).collect()
    }
}

impl Projection for CourseProjection {
    fn kinds(&self) -> &'static [&'static str] {
        &["course.course", "course.period", "course.class", "course.plan", "course.equivalents"]
    }

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        match course_event(event).map_err(ApplyError::Poison)? {
            CourseEvent::Course(row) => classes::put_course(tx, &row).await?,
            CourseEvent::Period { code, state, windows } => periods::put(tx, code, state, &windows).await?,
            CourseEvent::Class { row, lecturers } => {
                let new = classes::put_class(&mut *tx, &row, &lecturers).await?;
                sheets::make(&mut *tx, &row.class_id, &self.new_components()).await?;
                if new {
                    record_rows::due_of_class(tx, &row.class_id).await?;
                }
            }
            CourseEvent::Plan { student_id, period, class_ids } => {
                if rosters::put(&mut *tx, &student_id, &period, class_ids).await? {
                    record_rows::due(tx, &student_id).await?;
                }
            }
            CourseEvent::Equivalents { course_id, others } => {
                change_equivalents(tx, &course_id, Some(others)).await?;
            }
        }
        Ok(())
    }

    async fn ids(&self, tx: &mut Tx, kind: &str, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
        match kind {
            "course.course" => classes::course_ids(tx, after, limit).await,
            "course.period" => periods::codes(tx, after, limit).await,
            "course.class" => classes::class_ids(tx, after, limit).await,
            "course.plan" => {
                let keys = rosters::keys(tx, split(after), limit).await?;
                Ok(keys.into_iter().map(|(student, period)| format!("{student}/{period}")).collect())
            }
            "course.equivalents" => classes::equivalent_ids(tx, after, limit).await,
            _ => Ok(Vec::new()),
        }
    }

    async fn remove(&self, tx: &mut Tx, kind: &str, id: &str) -> Result<(), DbError> {
        match kind {
            "course.course" => classes::remove_course(tx, id).await,
            "course.period" => periods::remove(tx, id).await,
            "course.class" => {
                record_rows::due_of_class(&mut *tx, id).await?;
                classes::remove_class(tx, id).await
            }
            "course.plan" => {
                let (student, period) = split(id);
                if rosters::put(&mut *tx, student, period, Vec::new()).await? {
                    record_rows::due(tx, student).await?;
                }
                Ok(())
            }
            "course.equivalents" => change_equivalents(tx, id, None).await,
            _ => Ok(()),
        }
    }
}

/// Writes what is equivalent to a course, and notes everybody for whose results that could matter: those with a grade in
/// any course that was connected with it before, or is now.
async fn change_equivalents(tx: &mut Tx, course_id: &str, others: Option<Vec<String>>) -> Result<(), DbError> {
    let mut concerned = classes::equivalents(&mut *tx).await?.members(course_id);
    match others {
        Some(others) => classes::put_equivalents(&mut *tx, course_id, others).await?,
        None => classes::remove_equivalents(&mut *tx, course_id).await?,
    }
    concerned.extend(classes::equivalents(&mut *tx).await?.members(course_id));
    record_rows::due_of_courses(tx, concerned).await
}

/// `<student>/<period>`, the aggregate id of a plan. Ids of students are equally long, so the pair orders as its text does.
fn split(id: &str) -> (&str, &str) {
    id.split_once('/').unwrap_or((id, ""))
}

/// The present state of everything that this service tells, one source per kind.
pub fn sources() -> Vec<SnapshotSource> {
    vec![
        SnapshotSource::new(events::RECORD, |tx, after, limit| Box::pin(record_page(tx, after, limit))),
        SnapshotSource::new(events::SHEET, |tx, after, limit| Box::pin(sheet_page(tx, after, limit))),
    ]
}

type Page = Result<Vec<SnapshotRow>, DbError>;

async fn record_page(tx: &mut Tx, after: &str, limit: i64) -> Page {
    let rows = record_rows::page(tx, after, limit).await?;
    let row = |row: record_rows::RecordRow| {
        let payload = records::payload(&row)?;
        Ok(SnapshotRow { aggregate_id: row.student_id, version: row.version, payload })
    };
    rows.into_iter().map(row).collect()
}

async fn sheet_page(tx: &mut Tx, after: &str, limit: i64) -> Page {
    let rows = sheets::page(tx, after, limit).await?;
    let row = |(class_id, head): (String, crate::model::SheetHead)| SnapshotRow {
        payload: convert::encoded(&convert::sheet_snapshot(&class_id, &head)),
        aggregate_id: class_id,
        version: head.version,
    };
    Ok(rows.into_iter().map(row).collect())
}
