//! Academic records: what the feed says of a student's results.
//!
//! A record follows from grades, roster places, equivalent courses and the programme's repeat policy. Whoever writes grades
//! (publication, import) renews the records of the students in the same transaction ([`renew`]). What arrives by the feeds of
//! others (a plan, a class, equivalents, a student's programme) only notes the student in `record_due`, within the
//! transaction that moves the cursor, so that a snapshot of 10,000 plans is not 10,000 computations; one task takes the
//! notes, at most [`AT_ONCE`] a transaction, soon after ([`work_off`]).

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chassis::clock::Clock;
use chassis::db::{Db, DbError, Tx};
use chassis::outbox::{self, Change};
use jiff::Timestamp;
use prost::Message;
use proto::grade::v1 as pb;
use tokio_util::sync::CancellationToken;

use crate::app::events;
use crate::grpc::convert;
use crate::model::Grade;
use crate::rules::gpa::{self, Attempt, Equivalents, Sums};
use crate::rules::period::PeriodCode;
use crate::rules::scale::RepeatPolicy;
use crate::store::records::RecordRow;
use crate::store::{campus, classes, grades, records, rosters, scales};

/// Students whose records one transaction renews.
const AT_ONCE: i64 = 200;
/// How often the task looks for notes when it found none.
const LOOK: Duration = Duration::from_millis(250);
/// How long the task waits after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// A record before it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Whose.
    pub student_id: String,
    /// The counted result of each course, by period and course.
    pub counted: Vec<Grade>,
    /// Sums that the IPK follows from.
    pub cumulative: Sums,
    /// Periods with results or with courses that wait for theirs, earliest first: sums and the courses that wait.
    pub semesters: BTreeMap<PeriodCode, (Sums, Vec<String>)>,
}

impl Record {
    fn is_empty(&self) -> bool {
        self.semesters.is_empty()
    }
}

/// How repeats count for a student: by the scale of the student's programme that holds in the latest period with a result.
pub fn policy(
    policies: &[(String, PeriodCode, RepeatPolicy)],
    programme_id: &str,
    attempts: &[Attempt],
) -> RepeatPolicy {
    let latest = attempts.iter().map(|attempt| attempt.period).max();
    let mine = policies.iter().filter(|(programme, ..)| programme == programme_id);
    let holds = mine.filter(|(_, start, _)| latest.is_some_and(|latest| *start <= latest));
    holds.max_by_key(|(_, start, _)| *start).map(|(.., policy)| *policy).unwrap_or_default()
}

/// Computes a record.
fn compute(
    student_id: &str,
    results: Vec<Grade>,
    pending: Vec<(PeriodCode, String)>,
    same: &Equivalents,
    policy: RepeatPolicy,
) -> Record {
    let attempts: Vec<_> = results.iter().map(Grade::attempt).collect();
    let counts = gpa::counted(&attempts, same, policy);
    let mut semesters: BTreeMap<PeriodCode, (Sums, Vec<String>)> = BTreeMap::new();
    for period in attempts.iter().map(|attempt| attempt.period) {
        let sums = gpa::sums(attempts.iter().filter(|attempt| attempt.period == period));
        semesters.insert(period, (sums, Vec::new()));
    }
    for (period, course) in pending {
        semesters.entry(period).or_default().1.push(course);
    }
    let counted: Vec<_> =
        results.into_iter().zip(counts).filter_map(|(grade, counts)| counts.then_some(grade)).collect();
    let cumulative = gpa::cumulative(&attempts, same, policy);
    Record { student_id: student_id.to_owned(), counted, cumulative, semesters }
}

/// Computes the records of students anew and tells those that changed. Takes the locks of the records, in the order of the
/// ids; the caller gives the ids sorted. Answers how many were told.
pub async fn renew(tx: &mut Tx, student_ids: &[String], now: Timestamp) -> Result<usize, DbError> {
    if student_ids.is_empty() {
        return Ok(0);
    }
    let same = classes::equivalents(&mut *tx).await?;
    let policies = scales::policies(&mut *tx).await?;
    let mut told = 0;
    for chunk in student_ids.chunks(crate::store::CHUNK) {
        // Only what is read after the locks were taken is what the record says.
        let known = records::lock(&mut *tx, chunk).await?;
        let mut results: HashMap<String, Vec<Grade>> = HashMap::new();
        for grade in grades::of_students(&mut *tx, chunk).await? {
            results.entry(grade.student_id.clone()).or_default().push(grade);
        }
        let mut pending: HashMap<String, Vec<(PeriodCode, String)>> = HashMap::new();
        for (student, period, course) in rosters::pending(&mut *tx, chunk).await? {
            pending.entry(student).or_default().push((period, course));
        }
        let programmes: HashMap<_, _> = campus::programmes_of(&mut *tx, chunk).await?.into_iter().collect();
        let (mut rows, mut changes) = (Vec::new(), Vec::new());
        for student in chunk {
            let results = results.remove(student).unwrap_or_default();
            let attempts: Vec<_> = results.iter().map(Grade::attempt).collect();
            let programme = programmes.get(student).map(String::as_str).unwrap_or_default();
            let policy = policy(&policies, programme, &attempts);
            let record = compute(student, results, pending.remove(student).unwrap_or_default(), &same, policy);
            let Some(known) = known.get(student) else { continue };
            let message = convert::academic_record(&record);
            let content = STANDARD.encode(message.encode_to_vec());
            let nothing_to_tell = known.version == 0 && record.is_empty();
            if nothing_to_tell || content == known.content {
                continue;
            }
            let version = known.version + 1;
            changes.push(Change::new(events::RECORD, student, version, &message));
            rows.push(RecordRow { student_id: student.clone(), version, content });
        }
        records::update(&mut *tx, &rows).await?;
        outbox::put_all(&mut *tx, &changes, now).await?;
        told += changes.len();
    }
    metrics::counter!("grade_records_told_total").increment(told as u64);
    Ok(told)
}

/// What was told of a student last, as it stands in a snapshot.
pub fn payload(row: &RecordRow) -> Result<Vec<u8>, DbError> {
    STANDARD.decode(&row.content).map_err(|_| DbError::usage("a stored record cannot be read"))
}

/// The message that was told of a student last, if any.
pub fn message(row: &RecordRow) -> Result<pb::AcademicRecord, DbError> {
    let bytes = payload(row)?;
    pb::AcademicRecord::decode(bytes.as_slice()).map_err(|_| DbError::usage("a stored record cannot be read"))
}

/// Renews the records of a few noted students. Answers how many notes were taken.
async fn step(db: &Db, now: Timestamp) -> Result<usize, DbError> {
    if !records::is_due(db).await? {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    let students = records::take_due(&mut tx, AT_ONCE).await?;
    renew(&mut tx, &students, now).await?;
    tx.commit().await?;
    Ok(students.len())
}

/// Works off the notes until shutdown. Several replicas share the work: each takes notes that no other one is at.
pub async fn work_off(db: Db, clock: Clock, shutdown: CancellationToken) {
    loop {
        let wait = match step(&db, clock.now()).await {
            Ok(0) => LOOK,
            Ok(_) => Duration::ZERO,
            Err(error) => {
                metrics::counter!("grade_records_failed_total").increment(1);
                tracing::warn!(error = ?error, "records could not be renewed; trying again");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}
