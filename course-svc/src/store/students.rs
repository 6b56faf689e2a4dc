//! What the rules ask about one student, from the projections.

use chassis::db::{DbError, On, Stamp};
use chassis::sql;

use super::known;
use crate::rules::credits::Gpa;
use crate::rules::eligibility::{Hold, HoldKind, Status};
use crate::rules::period::PeriodCode;
use crate::rules::window::Belongs;

/// Whose a plan is, for whoever decides about access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Advisor; `None` when there is none.
    pub advisor_id: Option<String>,
    /// Study programme.
    pub programme_id: String,
}

/// The owner of plans, `None` while the student has not arrived.
pub async fn owner(on: impl Into<On<'_>>, student_id: &str) -> Result<Option<Owner>, DbError> {
    let query = sql!("SELECT advisor_id, programme_id FROM student WHERE student_id = $1");
    let row = query.bind(student_id).opt::<(String, String)>(on).await?;
    Ok(row.map(|(advisor, programme_id)| Owner { advisor_id: (!advisor.is_empty()).then_some(advisor), programme_id }))
}

/// What is known of a student for one period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Where the student belongs.
    pub belongs: Belongs,
    /// Period of entry.
    pub entry: Option<PeriodCode>,
    /// How the student left.
    pub exit_kind: Option<String>,
    /// Status in the period.
    pub status: Option<Status>,
    /// IPS of the last active period.
    pub last_gpa: Option<Gpa>,
}

#[derive(Debug, sqlx::FromRow)]
struct KnownRow {
    entry_period: String,
    exit_kind: String,
    programme_code: Option<String>,
    faculty_code: Option<String>,
    status: Option<String>,
    last_ips: Option<i64>,
}

/// What is known of a student; everything is `None` while the student has not arrived.
pub async fn known_of(on: impl Into<On<'_>>, student_id: &str, period: PeriodCode) -> Result<Known, DbError> {
    let query = sql!(
        "SELECT s.entry_period, s.exit_kind, p.code AS programme_code, f.code AS faculty_code, t.status, a.last_ips
         FROM student s
         LEFT JOIN programme p ON p.programme_id = s.programme_id
         LEFT JOIN faculty f ON f.faculty_id = p.faculty_id
         LEFT JOIN student_status t ON t.student_id = s.student_id AND t.period_code = $2
         LEFT JOIN academic_standing a ON a.student_id = s.student_id
         WHERE s.student_id = $1"
    );
    let Some(row) = query.bind(student_id).bind(period.to_string()).opt::<KnownRow>(on).await? else {
        return Ok(Known::default());
    };
    let entry = PeriodCode::parse(&row.entry_period);
    let cohort = entry.map(PeriodCode::year);
    Ok(Known {
        belongs: Belongs { faculty: row.faculty_code, programme: row.programme_code, cohort },
        entry,
        exit_kind: (!row.exit_kind.is_empty()).then_some(row.exit_kind),
        status: row.status.map(|letter| known(Status::parse(&letter), "status")).transpose()?,
        last_gpa: row.last_ips.and_then(|ips| u32::try_from(ips).ok()).and_then(Gpa::from_hundredths),
    })
}

/// Holds of a student that were not lifted.
pub async fn holds(on: impl Into<On<'_>>, student_id: &str) -> Result<Vec<Hold>, DbError> {
    let query = sql!(
        "SELECT kind, note, waived_until, lifted_at FROM student_hold
         WHERE student_id = $1 AND lifted_at IS NULL ORDER BY hold_id"
    );
    let rows = query.bind(student_id).all::<(String, String, Option<Stamp>, Option<Stamp>)>(on).await?;
    let hold = |(kind, note, waived_until, lifted_at): (String, String, Option<Stamp>, Option<Stamp>)| {
        Ok(Hold {
            kind: known(HoldKind::parse(&kind), "hold kind")?,
            note,
            waived_until: waived_until.map(|stamp| stamp.0),
            lifted_at: lifted_at.map(|stamp| stamp.0),
        })
    };
    rows.into_iter().map(hold).collect()
}

/// Whether the feed of student-svc has been read to its end once. Until then a missing hold says nothing.
pub async fn holds_known(on: impl Into<On<'_>>) -> Result<bool, DbError> {
    let query = sql!("SELECT COUNT(*) FROM feed_cursor WHERE source = 'student' AND epoch <> ''");
    let (cursors,) = query.one::<(i64,)>(on).await?;
    Ok(cursors > 0)
}
