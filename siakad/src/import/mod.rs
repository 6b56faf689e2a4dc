//! `siakad import`: a campus from CSV files, all or nothing (docs/import.md).
//!
//! The first run of `siakad up` brings its demo campus in by this same way.

mod announce;
pub(crate) mod fault;
pub(crate) mod files;
pub(crate) mod moment;
mod progress;
pub(crate) mod read;
mod report;
mod session;
mod wait;

use std::process::ExitCode;

use chassis::clock::Clock;
use proto::common::v1::ImportApplied;
use tonic::Status;

use self::fault::Found;
use self::moment::Today;
use self::progress::{Part, Progress};
use self::read::Line;
pub(crate) use self::report::{Report, Stopped};
use self::session::{Judged, Message, Session};
use crate::cli::ImportArgs;
use crate::link::{self, Services};

/// The command.
pub(crate) async fn command(args: &ImportArgs, clock: &Clock) -> ExitCode {
    match run(args, clock).await {
        Ok(report) => {
            eprint!("{}", report.warnings());
            if args.dry_run {
                println!("Every row is good: {report}. Nothing was applied (--dry-run).");
            } else {
                println!("Imported: {report}.");
            }
            print!("{}", report.by_service());
            ExitCode::SUCCESS
        }
        Err(stopped) => {
            eprintln!("siakad import: {stopped}");
            ExitCode::from(if matches!(stopped, Stopped::Wrong { .. }) { 1 } else { 2 })
        }
    }
}

async fn run(args: &ImportArgs, clock: &Clock) -> Result<Report, Stopped> {
    let lines = lines(&args.folder, &Today::at(clock.now(), args.time_zone))?;
    let services = link::services(&args.target).map_err(Stopped::Failed)?;
    bring(&lines, &services, args.dry_run).await
}

/// The rows of a folder.
///
/// # Errors
/// Faults of shape, or a folder without rows.
pub(crate) fn lines(folder: &std::path::Path, today: &Today) -> Result<Vec<Line>, Stopped> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(Stopped::Failed(format!("{shown} is not a folder that can be read")));
    }
    let lines = read::folder(folder, today).map_err(Stopped::out_of_shape)?;
    if lines.is_empty() {
        let known: Vec<&str> = files::FILES.iter().map(|file| file.name).collect();
        return Err(Stopped::Failed(format!("{shown} has no rows in any of {}", known.join(", "))));
    }
    Ok(lines)
}

/// Has the rows judged and, unless it is a dry run, applied.
///
/// # Errors
/// Wrong rows, or what failed and how far it was.
pub(crate) async fn bring(lines: &[Line], services: &Services, dry_run: bool) -> Result<Report, Stopped> {
    let (student, course, grade) =
        (session::student_rows(lines), session::course_rows(lines), session::grade_rows(lines));
    let progress = Progress::new("checking", student.len() + course.len() + grade.len());
    let (students, courses, grades) = tokio::try_join!(
        judge(Part::Student, student, session::with_student(services.student.clone()), &progress),
        judge(Part::Course, course, session::with_course(services.course.clone()), &progress),
        judge(Part::Grade, grade, session::with_grade(services.grade.clone()), &progress),
    )?;
    progress.done();

    let verdicts = [verdict(&students), verdict(&courses), verdict(&grades)];
    let report = Report::judged(Part::ALL.into_iter().zip(verdicts))?;
    if dry_run {
        return Ok(report);
    }

    // Results alone leave course-svc with nothing to apply.
    let courses = courses.filter(|_| session::owned_by_course(lines));
    let auth = ("auth", &services.auth);
    let [student, course, grade] =
        [(Part::Student, &services.student), (Part::Course, &services.course), (Part::Grade, &services.grade)]
            .map(|(part, channel)| (part.name(), channel));
    let mut applying = Applying { report: report.without_counts(), done: Vec::new() };
    let more = courses.is_some() || grades.is_some();
    if let Some(head) = applying.apply(Part::Student, students).await? {
        applying.learnt(wait::until_learnt(student, &[auth, course, grade], head).await, more)?;
    }
    let more = grades.is_some();
    if let Some(head) = applying.apply(Part::Course, courses).await? {
        applying.learnt(wait::until_learnt(course, &[grade], head).await, more)?;
    }
    if let Some(head) = applying.apply(Part::Grade, grades).await? {
        applying.learnt(wait::until_learnt(grade, &[course], head).await, false)?;
    }
    Ok(applying.report)
}

/// A service that has judged its rows; `None` when it has none.
type Asked<M> = Option<(Session<M>, Judged)>;

async fn judge<M: Message>(
    part: Part,
    rows: Vec<M>,
    open: impl Future<Output = Result<Session<M>, Status>>,
    progress: &Progress,
) -> Result<Asked<M>, Stopped> {
    if rows.is_empty() {
        return Ok(None);
    }
    let failed =
        |status: Status| Stopped::Failed(format!("could not ask {}-svc: {}", part.name(), link::said(&status)));
    let mut session = open.await.map_err(failed)?;
    let judged = session.judge(rows, &|at, _| progress.at(part, at)).await.map_err(failed)?;
    Ok(Some((session, judged)))
}

fn verdict<M>(asked: &Asked<M>) -> Option<&Judged> {
    asked.as_ref().map(|(_, judged)| judged)
}

/// An import that is being applied, service by service.
struct Applying {
    report: Report,
    /// Services whose rows are applied.
    done: Vec<Part>,
}

impl Applying {
    /// Has a service apply its rows. Returns the head of its feed; `None` when it has no rows.
    async fn apply<M: Message>(&mut self, part: Part, asked: Asked<M>) -> Result<Option<i64>, Stopped> {
        let Some((session, judged)) = asked else { return Ok(None) };
        let verdict = &judged.verdict;
        let rows = usize::try_from(verdict.created + verdict.changed + verdict.unchanged).unwrap_or(usize::MAX);
        let progress = Progress::new(part.applying(), rows);
        let applied: ImportApplied = session.apply(&|at, _| progress.at(part, at)).await.map_err(|not| {
            let why = format!("{}-svc did not apply its own: {}", part.name(), link::said(&not.status));
            self.half_way(&why, not.found)
        })?;
        progress.at(part, rows as u64);
        progress.done();
        let feed_head = applied.feed_head;
        self.report.add(part, applied.into());
        self.done.push(part);
        Ok(Some(feed_head))
    }

    /// Others have learnt what was applied, or have not: which stops the import when more is to be applied.
    fn learnt(&self, learnt: Result<(), String>, more: bool) -> Result<(), Stopped> {
        match learnt {
            Ok(()) => Ok(()),
            Err(why) if more => Err(self.half_way(&format!("the rest was not: {why}"), Found::default())),
            // They learn it when they can; nothing of this import waits for them.
            Err(why) => {
                eprintln!("siakad import: {why}");
                Ok(())
            }
        }
    }

    fn half_way(&self, why: &str, found: Found) -> Stopped {
        let done: Vec<String> = self.done.iter().map(|part| format!("{}-svc", part.name())).collect();
        let so_far = match done.as_slice() {
            [] => "nothing was imported, or the answer was lost".to_owned(),
            done => format!("the rows of {} were imported", done.join(" and ")),
        };
        let rows = if found.faults.is_empty() { String::new() } else { report::table_of(&found.faults) };
        Stopped::Failed(format!("{so_far}; {why}. Run the same import again to complete it.{rows}"))
    }
}
