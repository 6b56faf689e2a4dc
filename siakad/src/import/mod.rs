//! `siakad import`: a campus from CSV files, all or nothing (docs/import.md).
//!
//! The first run of `siakad up` brings its demo campus in by this same way.

pub(crate) mod fault;
pub(crate) mod files;
pub(crate) mod moment;
mod progress;
pub(crate) mod read;
mod session;
mod wait;

use std::process::ExitCode;

use chassis::clock::Clock;
use proto::common::v1::{ImportApplied, ImportVerdict};
use tonic::Status;

use self::fault::Fault;
use self::moment::Today;
use self::progress::{Part, Progress};
use self::read::Line;
use self::session::Judged;
use crate::cli::ImportArgs;
use crate::link::{self, Services};

/// Wrong rows that are printed at most.
const PRINTED: usize = 200;

/// How rows were taken by one service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Made something new.
    pub(crate) created: u64,
    /// Changed something known.
    pub(crate) changed: u64,
    /// Said what was already so.
    pub(crate) unchanged: u64,
}

impl std::ops::Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            changed: self.changed + other.changed,
            unchanged: self.unchanged + other.unchanged,
        }
    }
}

impl From<ImportVerdict> for Counts {
    fn from(verdict: ImportVerdict) -> Self {
        Self { created: verdict.created, changed: verdict.changed, unchanged: verdict.unchanged }
    }
}

impl From<ImportApplied> for Counts {
    fn from(applied: ImportApplied) -> Self {
        Self { created: applied.created, changed: applied.changed, unchanged: applied.unchanged }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} new, {} changed, {} unchanged", self.created, self.changed, self.unchanged)
    }
}

/// Why an import did not happen.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// Rows are wrong; nothing was applied. How many in all: more than were reported.
    Wrong(Vec<Fault>, u64),
    /// A sentence. What was applied, it says.
    Failed(String),
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Wrong(faults, count) => {
                let mut faults = faults.clone();
                writeln!(f, "{count} wrong, nothing was imported:")?;
                f.write_str(&fault::table(&mut faults, PRINTED))?;
                write!(f, "What the reasons mean: docs/import.md and docs/ERRORS.md.")
            }
            Self::Failed(why) => f.write_str(why),
        }
    }
}

/// The command.
pub(crate) async fn command(args: &ImportArgs, clock: &Clock) -> ExitCode {
    match run(args, clock).await {
        Ok(counts) if args.dry_run => {
            println!("Every row is good: {counts}. Nothing was applied (--dry-run).");
            ExitCode::SUCCESS
        }
        Ok(counts) => {
            println!("Imported: {counts}.");
            ExitCode::SUCCESS
        }
        Err(stopped) => {
            eprintln!("siakad import: {stopped}");
            ExitCode::from(if matches!(stopped, Stopped::Wrong(..)) { 1 } else { 2 })
        }
    }
}

async fn run(args: &ImportArgs, clock: &Clock) -> Result<Counts, Stopped> {
    if !args.folder.is_dir() {
        return Err(Stopped::Failed(format!("{} is not a folder that can be read", args.folder.display())));
    }
    let today = Today::at(clock.now(), args.time_zone);
    let lines = read::folder(&args.folder, &today).map_err(|faults| {
        let count = faults.len() as u64;
        Stopped::Wrong(faults, count)
    })?;
    if lines.is_empty() {
        let known: Vec<&str> = files::FILES.iter().map(|file| file.name).collect();
        let folder = args.folder.display();
        return Err(Stopped::Failed(format!("{folder} has no rows in any of {}", known.join(", "))));
    }
    let services = link::services(&args.target).map_err(Stopped::Failed)?;
    bring(&lines, &services, args.dry_run).await
}

/// Has the rows judged and, unless it is a dry run, applied.
///
/// # Errors
/// Wrong rows, or what failed and how far it was.
pub(crate) async fn bring(lines: &[Line], services: &Services, dry_run: bool) -> Result<Counts, Stopped> {
    let student_rows = session::student_rows(lines);
    let course_rows = session::course_rows(lines);
    let failed = |service: &str, step: &str| {
        let (service, step) = (service.to_owned(), step.to_owned());
        move |status: Status| Stopped::Failed(format!("{step} {service}: {}", link::said(&status)))
    };

    let progress = Progress::new("checking", student_rows.len() + course_rows.len());
    let (students, courses) = tokio::try_join!(
        async {
            if student_rows.is_empty() {
                return Ok(None);
            }
            let wrong = failed("student-svc", "could not ask");
            let mut session = session::with_student(services.student.clone()).await.map_err(&wrong)?;
            let judged = session.judge(student_rows, &|at, _| progress.at(Part::Student, at)).await.map_err(&wrong)?;
            Ok(Some((session, judged)))
        },
        async {
            if course_rows.is_empty() {
                return Ok(None);
            }
            let wrong = failed("course-svc", "could not ask");
            let mut session = session::with_course(services.course.clone()).await.map_err(&wrong)?;
            let judged = session.judge(course_rows, &|at, _| progress.at(Part::Course, at)).await.map_err(&wrong)?;
            Ok(Some((session, judged)))
        },
    )?;
    progress.done();

    let verdicts = [students.as_ref().map(|(_, judged)| judged), courses.as_ref().map(|(_, judged)| judged)];
    let judged: Counts = judge(verdicts.into_iter().flatten())?;
    if dry_run {
        return Ok(judged);
    }

    let mut counts = Counts::default();
    if let Some((session, judged)) = students {
        let progress = Progress::new("applying students", rows_of(&judged));
        let wrong = failed("student-svc", "nothing was imported, or its answer was lost (try again):");
        let applied = session.apply(&|at, _| progress.at(Part::Student, at)).await.map_err(wrong)?;
        progress.done();
        match wait::until_learnt(services, applied.feed_head).await {
            Ok(()) => {}
            // They learn it when they can; nothing of this import waits for them.
            Err(why) if courses.is_none() => eprintln!("siakad import: {why}"),
            Err(why) => {
                return Err(Stopped::Failed(format!(
                    "students were imported; courses were not: {why}. Run the same import again to complete it."
                )));
            }
        }
        counts = counts + applied.into();
    }
    if let Some((session, judged)) = courses {
        let progress = Progress::new("applying courses", rows_of(&judged));
        let applied = session.apply(&|at, _| progress.at(Part::Course, at)).await.map_err(|status| {
            Stopped::Failed(format!(
                "the rows of student-svc were imported; course-svc did not apply its own: {}. Run the same import again \
                 to complete it.",
                link::said(&status)
            ))
        })?;
        progress.done();
        counts = counts + applied.into();
    }
    Ok(counts)
}

fn rows_of(judged: &Judged) -> usize {
    let verdict = &judged.verdict;
    usize::try_from(verdict.created + verdict.changed + verdict.unchanged).unwrap_or(usize::MAX)
}

/// Both verdicts together.
fn judge<'a>(verdicts: impl Iterator<Item = &'a Judged>) -> Result<Counts, Stopped> {
    let mut counts = Counts::default();
    let (mut faults, mut wrong, mut bad) = (Vec::new(), 0, false);
    for judged in verdicts {
        counts = counts + judged.verdict.into();
        faults.extend(judged.faults.iter().cloned());
        wrong += judged.verdict.wrong;
        bad |= !judged.verdict.ok;
    }
    if bad || !faults.is_empty() {
        let count = wrong.max(faults.len() as u64);
        return Err(Stopped::Wrong(faults, count));
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(ok: bool, wrong: u64, faults: Vec<Fault>) -> Judged {
        Judged { verdict: ImportVerdict { ok, created: 3, changed: 2, unchanged: 1, wrong }, faults }
    }

    #[test]
    fn both_services_must_find_nothing_wrong() {
        let good = judged(true, 0, Vec::new());
        let counts = judge([&good, &good].into_iter()).expect("good");
        assert_eq!(counts, Counts { created: 6, changed: 4, unchanged: 2 });
        assert_eq!(counts.to_string(), "6 new, 4 changed, 2 unchanged");

        let bad = judged(false, 250, vec![Fault::new("students.csv", 2, "nim", "bad-nim")]);
        let Err(Stopped::Wrong(faults, count)) = judge([&good, &bad].into_iter()) else { panic!("wrong") };
        assert_eq!((faults.len(), count), (1, 250));
        // A verdict that calls reported faults good is not believed.
        let odd = judged(true, 0, vec![Fault::new("students.csv", 2, "nim", "bad-nim")]);
        assert!(matches!(judge([&odd].into_iter()), Err(Stopped::Wrong(_, 1))));
    }
}
