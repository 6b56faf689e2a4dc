//! What the rules ask about one student, from the projections.

use std::collections::HashMap;

use chassis::db::{DbError, On, Stamp, Texts};
use chassis::sql;
use jiff::Timestamp;

use super::known;
use crate::rules::eligibility::{Hold, HoldKind, Status};
use crate::rules::period::PeriodCode;
use crate::rules::window::Belongs;

macro_rules! select_known {
    ($which:literal) => {
        concat!(
            "SELECT s.student_id, s.nim, s.name, s.programme_id, s.advisor_id, COALESCE(l.name, '') AS advisor_name, \
             s.entry_period, s.exit_kind, p.code AS programme_code, f.code AS faculty_code, t.status, b.status AS status_before \
             FROM student s \
             LEFT JOIN programme p ON p.programme_id = s.programme_id \
             LEFT JOIN faculty f ON f.faculty_id = p.faculty_id \
             LEFT JOIN lecturer l ON l.lecturer_id = s.advisor_id \
             LEFT JOIN student_status t ON t.student_id = s.student_id AND t.period_code = $2 \
             LEFT JOIN student_status b ON b.student_id = s.student_id AND b.period_code = $3 \
             WHERE ",
            $which
        )
    };
}

/// Whose a plan is, for whoever decides about access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Advisor; `None` when there is none.
    pub advisor_id: Option<String>,
    /// Study programme.
    pub programme_id: String,
    /// Whether the advisor has delegated to the lecturer who asks.
    pub delegated: bool,
}

/// Owners of plans by student, as a lecturer (an empty id: nobody) asks at a moment; who has not arrived is left out. In
/// one statement with what was delegated to the lecturer: nothing is looked up row by row.
pub async fn owners(
    on: impl Into<On<'_>>,
    student_ids: &[String],
    lecturer_id: &str,
    at: Timestamp,
) -> Result<HashMap<String, Owner>, DbError> {
    let query = sql!(
        sqlite = "SELECT s.student_id, s.advisor_id, s.programme_id, EXISTS (
                      SELECT 1 FROM delegation d
                      WHERE d.advisor_id = s.advisor_id AND d.delegate_id = $2
                        AND d.from_at <= $3 AND $3 < d.until_at AND d.ended_at IS NULL) AS delegated
                  FROM student s WHERE s.student_id IN (SELECT value FROM json_each($1))",
        postgres = "SELECT s.student_id, s.advisor_id, s.programme_id, EXISTS (
                        SELECT 1 FROM delegation d
                        WHERE d.advisor_id = s.advisor_id AND d.delegate_id = $2
                          AND d.from_at <= $3 AND $3 < d.until_at AND d.ended_at IS NULL) AS delegated
                    FROM student s WHERE s.student_id = ANY($1)"
    );
    type Row = (String, String, String, bool);
    let owner = |(student, advisor, programme_id, delegated): Row| {
        let advisor_id = (!advisor.is_empty()).then_some(advisor);
        (student, Owner { advisor_id, programme_id, delegated })
    };
    let rows = query.bind(Texts(student_ids.to_vec())).bind(lecturer_id).bind(at).all::<Row>(on).await?;
    Ok(rows.into_iter().map(owner).collect())
}

/// What is known of a student for one period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Student number; empty while the student has not arrived, as every text here.
    pub nim: String,
    /// Name.
    pub name: String,
    /// Study programme.
    pub programme_id: String,
    /// Advisor; empty when none is assigned.
    pub advisor_id: String,
    /// The advisor's name; empty while it has not arrived.
    pub advisor_name: String,
    /// Where the student belongs.
    pub belongs: Belongs,
    /// Period of entry.
    pub entry: Option<PeriodCode>,
    /// How the student left.
    pub exit_kind: Option<String>,
    /// Status in the period.
    pub status: Option<Status>,
    /// Status in the semester before.
    pub status_before: Option<Status>,
}

#[derive(Debug, sqlx::FromRow)]
struct KnownRow {
    student_id: String,
    nim: String,
    name: String,
    programme_id: String,
    advisor_id: String,
    advisor_name: String,
    entry_period: String,
    exit_kind: String,
    programme_code: Option<String>,
    faculty_code: Option<String>,
    status: Option<String>,
    status_before: Option<String>,
}

impl KnownRow {
    fn known(self) -> Result<(String, Known), DbError> {
        let entry = PeriodCode::parse(&self.entry_period);
        let cohort = entry.map(PeriodCode::year);
        let status = |letter: Option<String>| letter.map(|letter| known(Status::parse(&letter), "status")).transpose();
        let (status, status_before) = (status(self.status)?, status(self.status_before)?);
        let known = Known {
            nim: self.nim,
            name: self.name,
            programme_id: self.programme_id,
            advisor_id: self.advisor_id,
            advisor_name: self.advisor_name,
            belongs: Belongs { faculty: self.faculty_code, programme: self.programme_code, cohort },
            entry,
            exit_kind: (!self.exit_kind.is_empty()).then_some(self.exit_kind),
            status,
            status_before,
        };
        Ok((self.student_id, known))
    }
}

/// What is known of these students; who has not arrived is left out.
pub async fn known_of(
    on: impl Into<On<'_>>,
    student_ids: &[String],
    period: PeriodCode,
) -> Result<HashMap<String, Known>, DbError> {
    let query = sql!(
        sqlite = select_known!("s.student_id IN (SELECT value FROM json_each($1))"),
        postgres = select_known!("s.student_id = ANY($1)")
    );
    let before = period.semester_before().map(|before| before.to_string()).unwrap_or_default();
    let query = query.bind(Texts(student_ids.to_vec())).bind(period.to_string()).bind(before);
    let rows = query.all::<KnownRow>(on).await?;
    rows.into_iter().map(KnownRow::known).collect()
}

/// Holds of these students that were not lifted.
pub async fn holds(on: impl Into<On<'_>>, student_ids: &[String]) -> Result<HashMap<String, Vec<Hold>>, DbError> {
    let query = sql!(
        sqlite = "SELECT student_id, kind, note, waived_until, lifted_at FROM student_hold
                  WHERE lifted_at IS NULL AND student_id IN (SELECT value FROM json_each($1)) ORDER BY hold_id",
        postgres = "SELECT student_id, kind, note, waived_until, lifted_at FROM student_hold
                    WHERE lifted_at IS NULL AND student_id = ANY($1) ORDER BY hold_id"
    );
    type Row = (String, String, String, Option<Stamp>, Option<Stamp>);
    let mut holds: HashMap<String, Vec<Hold>> = HashMap::new();
    for (student, kind, note, waived_until, lifted_at) in query.bind(Texts(student_ids.to_vec())).all::<Row>(on).await?
    {
        holds.entry(student).or_default().push(Hold {
            kind: known(HoldKind::parse(&kind), "hold kind")?,
            note,
            waived_until: waived_until.map(|stamp| stamp.0),
            lifted_at: lifted_at.map(|stamp| stamp.0),
        });
    }
    Ok(holds)
}
