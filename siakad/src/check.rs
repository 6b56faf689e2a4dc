//! `siakad check`: whether settings, files, certificates, databases and services fit together, and what an
//! import of a folder would find. Changes nothing.

mod agreement;
mod files;
mod grades;

use std::path::Path;
use std::process::ExitCode;

use chassis::clock::Clock;
use chassis::db::Db;

use crate::cli::CheckArgs;
use crate::import::moment::Today;
use crate::import::{self, Stopped};
use crate::layout::{Endpoints, Layout};
use crate::link::{self, Services};
use crate::services::Service;
use crate::store::{self, Store};
use crate::up::probe;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grade {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// To be mended.
    Wrong,
}

/// What was looked at, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<(Grade, String)>);

impl Findings {
    /// Adds something that is as it should be.
    pub(crate) fn good(&mut self, what: impl Into<String>) {
        self.0.push((Grade::Good, what.into()));
    }

    /// Adds something worth knowing.
    pub(crate) fn note(&mut self, what: impl Into<String>) {
        self.0.push((Grade::Note, what.into()));
    }

    /// Adds something to be mended.
    pub(crate) fn wrong(&mut self, what: impl Into<String>) {
        self.0.push((Grade::Wrong, what.into()));
    }

    fn count(&self, grade: Grade) -> usize {
        self.0.iter().filter(|(found, _)| *found == grade).count()
    }
}

/// The command. The exit code is 1 when something is wrong.
pub(crate) async fn command(args: &CheckArgs, clock: &Clock) -> ExitCode {
    let findings = look(args, clock).await;
    for (grade, what) in &findings.0 {
        match grade {
            Grade::Good => println!("ok     {what}"),
            Grade::Note => println!("note   {what}"),
            Grade::Wrong => println!("WRONG  {what}"),
        }
    }
    match findings.count(Grade::Wrong) {
        0 => {
            println!("\nNothing is wrong.");
            ExitCode::SUCCESS
        }
        wrong => {
            println!("\n{wrong} to be mended.");
            ExitCode::FAILURE
        }
    }
}

async fn look(args: &CheckArgs, clock: &Clock) -> Findings {
    let mut findings = Findings::default();
    let layout = Layout::at(&args.target.data);
    let pki = args.target.pki.clone().unwrap_or_else(|| layout.pki());
    files::data_folder(&layout, &mut findings);
    files::certificates(&pki, clock.now(), &mut findings);
    let running = Endpoints::read(&layout);
    match Store::new(&layout, args.database_url.as_deref(), &args.database_prefix) {
        Ok(store) => databases(&store, running.is_some(), &mut findings).await,
        Err(why) => findings.wrong(why),
    }
    if let Some(running) = &running {
        ready(running, &mut findings).await;
    }
    let target = &args.target;
    let given = [&target.auth_endpoint, &target.student_endpoint, &target.course_endpoint, &target.grade_endpoint];
    if running.is_none() && given.iter().all(|endpoint| endpoint.is_none()) {
        let unseen = "the system is not running here: what only running services can tell was not looked at";
        match &args.folder {
            None => findings.note(unseen),
            Some(folder) => findings.wrong(format!("{unseen}, nor {}", folder.display())),
        }
        return findings;
    }
    match link::services(&args.target) {
        Ok(services) => {
            agreement::look(&services, &mut findings).await;
            if let Some(folder) = &args.folder {
                import(folder, &Today::at(clock.now(), args.time_zone), &services, &mut findings).await;
            }
        }
        Err(why) => findings.wrong(why),
    }
    findings
}

/// What an import of this folder would find. Nothing is applied.
async fn import(folder: &Path, today: &Today, services: &Services, findings: &mut Findings) {
    let judged = match import::lines(folder, today) {
        Ok(lines) => import::bring(&lines, services, true).await,
        Err(stopped) => Err(stopped),
    };
    let shown = folder.display();
    match judged {
        Ok(report) => {
            findings.good(format!("{shown} can be imported: {report}"));
            report.warned().iter().for_each(|row| findings.note(row.to_string()));
        }
        Err(Stopped::Wrong { found, wrong, .. }) => {
            found.faults.iter().for_each(|row| findings.wrong(row.to_string()));
            found.warnings.iter().for_each(|row| findings.note(row.to_string()));
            let untold = wrong.saturating_sub(found.faults.len() as u64);
            if untold > 0 {
                findings.wrong(format!("{shown} has {untold} more wrong rows"));
            }
        }
        Err(Stopped::Failed(why)) => findings.wrong(format!("{shown}: {why}")),
    }
}

/// Opens every database that no running service has, which compares its schema with this version's.
async fn databases(store: &Store, running: bool, findings: &mut Findings) {
    for service in Service::WITH_DATABASE {
        let Some(migrations) = store::migrations(service) else { continue };
        let name = service.name();
        let config = match store.config(service) {
            Ok(config) => config,
            Err(why) => {
                findings.wrong(why);
                continue;
            }
        };
        if let Some(path) = config.sqlite_path() {
            if !path.exists() {
                findings.note(format!("{name} has no database yet: the first `siakad up` makes {}", path.display()));
                continue;
            }
            if running {
                findings.note(format!(
                    "the running {name} service has {}: its own readiness speaks for it",
                    path.display()
                ));
                continue;
            }
        }
        match Db::open(&config, &migrations).await {
            Ok(db) => {
                match integrity(&db).await {
                    Ok(None) => findings.good(format!("database of {name}: {config}")),
                    Ok(Some(damage)) => findings.wrong(format!("database of {name}: {config} is damaged: {damage}")),
                    Err(error) => findings.wrong(format!("database of {name}: {config}: {}", error.detail())),
                }
                db.close().await;
            }
            Err(error) => findings.wrong(format!("database of {name}: {error}")),
        }
    }
}

/// What the engine finds damaged in the file; PostgreSQL watches over its files itself.
async fn integrity(db: &Db) -> Result<Option<String>, chassis::db::DbError> {
    let (found,) = chassis::sql!(
        sqlite = "SELECT CAST(integrity_check AS TEXT) FROM pragma_integrity_check LIMIT 1",
        postgres = "SELECT CAST('ok' AS TEXT)"
    )
    .one::<(String,)>(db)
    .await?;
    Ok((found != "ok").then_some(found))
}

/// Asks every service of the running system whether it is ready.
async fn ready(running: &Endpoints, findings: &mut Findings) {
    for (service, private) in &running.private {
        match probe::ready(*private).await {
            Ok(()) => findings.good(format!("{service} is ready")),
            Err(why) => findings.wrong(format!("{service} is not ready: {why}")),
        }
    }
}
