//! The system under test: seeded once by `siakad up` and `siakad import`, then run from a copy, each service a process of its
//! own with the settings that it is shipped with, and those that the bench is told to change.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chassis::db::{Db, DbConfig};
use rustix::process::Signal;

use crate::Outcome;
use crate::campus::Campus;
use crate::people::People;
use crate::ports;
use crate::postgres::Postgres;
use crate::process::{self, Process, Usage};
use crate::setting::Setting;
use crate::token::Issuer;
use crate::wire::Wire;

/// Services with a database.
const WITH_DATABASE: [&str; 4] = ["auth", "student", "course", "grade"];
/// All of them, in the order in which they are started.
pub(crate) const SERVICES: [&str; 5] = ["auth", "student", "grade", "course", "gateway"];
/// Longest wait for a service to be ready.
const START: Duration = Duration::from_secs(60);

/// Which database the services keep their rows in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// Files, with FULL durability.
    Sqlite,
    /// A throwaway server that waits for the disk at every commit.
    Postgres,
}

impl Engine {
    /// As it is called in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A folder that is removed with its value.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new folder below that of temporary files.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(what: &str) -> Outcome<Self> {
        let mut random = [0; 6];
        getrandom::fill(&mut random).map_err(|error| format!("no randomness: {error}"))?;
        let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = std::env::temp_dir().join(format!("siakad-bench-{what}-{name}"));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A campus in the databases of all services, at rest. Systems are started from copies of it.
pub struct Seed {
    engine: Engine,
    siakad: PathBuf,
    folder: Folder,
    postgres: Option<Postgres>,
    runs: u32,
    /// What was seeded.
    pub campus: Campus,
    /// Ids and tokens of everybody in it.
    pub people: People,
    /// Of the systems that are started.
    pub settings: Vec<Setting>,
}

impl Seed {
    /// Imports a campus into a fresh installation and learns its ids.
    ///
    /// # Errors
    /// Whatever keeps `siakad` from starting or importing.
    pub async fn plant(engine: Engine, siakad: &Path, campus: Campus) -> Outcome<Self> {
        let folder = Folder::new("seed")?;
        let postgres = (engine == Engine::Postgres).then(Postgres::start).transpose()?;
        let (data, files) = (folder.path().join("data"), folder.path().join("files"));
        let issuer = Issuer::mount(&data.join("keys"))?;
        campus.write(&files)?;
        import(siakad, &data, &files, postgres.as_ref())?;
        for service in postgres.iter().flat_map(|_| WITH_DATABASE) {
            // What autovacuum does within a minute after an import.
            postgres.iter().try_for_each(|server| server.execute(&format!("bench_{service}"), &["VACUUM ANALYZE"]))?;
        }
        let database = match &postgres {
            None => DbConfig::sqlite(data.join("course.db")),
            Some(postgres) => postgres.database("bench_course").parse()?,
        };
        let db = Db::open(&database, &course_svc::MIGRATIONS).await?;
        let people = People::learn(&db, &campus, &issuer).await;
        db.close().await;
        Ok(Self {
            engine,
            siakad: siakad.to_owned(),
            folder,
            postgres,
            runs: 0,
            campus,
            people: people?,
            settings: Vec::new(),
        })
    }

    /// Which engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The PostgreSQL server, if there is one.
    #[must_use]
    pub fn postgres(&self) -> Option<&Postgres> {
        self.postgres.as_ref()
    }

    /// Starts the services on a fresh copy of the campus, with so many replicas of course-svc, and waits until they are ready
    /// and at rest.
    ///
    /// # Errors
    /// Whatever keeps a service from starting.
    pub async fn start(&mut self, replicas: usize) -> Outcome<System> {
        self.runs += 1;
        let name = format!("run{}", self.runs);
        let data = self.folder.path().join(&name);
        copy(&self.folder.path().join("data"), &data)?;
        let mut databases = Vec::new();
        for service in WITH_DATABASE {
            databases.push(match &self.postgres {
                None => format!("sqlite:{}", data.join(format!("{service}.db")).display()),
                Some(postgres) => {
                    let copied = format!("CREATE DATABASE {name}_{service} TEMPLATE bench_{service}");
                    postgres.execute("postgres", &[&copied])?;
                    postgres.database(&format!("{name}_{service}"))
                }
            });
        }
        if let Some(postgres) = &self.postgres {
            postgres.execute("postgres", &["CHECKPOINT"])?;
        }
        let mut system = System::plan(&self.siakad, &data, databases, replicas)?;
        system.postgres = self.postgres.as_ref().map(Postgres::pid);
        system.settings.clone_from(&self.settings);
        for place in 0..system.places.len() {
            system.launch(place)?;
        }
        system.wait_until_ready().await?;
        system.wait_until_reached().await?;
        system.settle();
        Ok(system)
    }
}

/// Runs `siakad up` until `siakad import` is through and the services have come to rest.
fn import(siakad: &Path, data: &Path, files: &Path, postgres: Option<&Postgres>) -> Outcome<()> {
    let log = data.with_extension("log");
    let mut up = Command::new(siakad);
    up.args(["up", "--no-demo", "--listen", "127.0.0.1:0", "--api-listen", "127.0.0.1:0", "--data"]).arg(data);
    if let Some(postgres) = postgres {
        up.args(["--database-url", &postgres.url(), "--database-prefix", "bench"]);
    }
    let mut up = up.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(fs::File::create(&log)?).spawn()?;
    let mut lines = BufReader::new(up.stdout.take().ok_or("no output")?).lines();
    let ready = lines.by_ref().map_while(Result::ok).any(|line| line.contains("/api/v1"));
    // Whatever else it says must not block it.
    std::thread::spawn(move || lines.count());
    let done = if ready {
        Command::new(siakad).arg("import").arg(files).arg("--data").arg(data).output().map_err(Into::into).and_then(
            |done| match done.status.success() {
                true => Ok(()),
                false => Err(format!(
                    "the import failed:\n{}{}",
                    String::from_utf8_lossy(&done.stdout),
                    String::from_utf8_lossy(&done.stderr)
                )
                .into()),
            },
        )
    } else {
        Err(format!("siakad did not start:\n{}", fs::read_to_string(&log).unwrap_or_default()).into())
    };
    if done.is_ok() {
        // auth-svc still makes the accounts of those who came, and grade-svc reads what course-svc has.
        settle(|| process::children(up.id()).into_iter().map(|pid| process::usage(pid).cpu).sum());
    }
    let _gone = rustix::process::kill_process(rustix::process::Pid::from_child(&up), Signal::TERM);
    up.wait()?;
    done
}

/// Waits until almost no CPU time is used any more; at most ten minutes.
fn settle(used: impl Fn() -> Duration) {
    let begun = Instant::now();
    let (mut quiet, mut before) = (0, used());
    while quiet < 3 && begun.elapsed() < Duration::from_secs(600) {
        std::thread::sleep(Duration::from_millis(400));
        let now = used();
        quiet = if now.saturating_sub(before) <= Duration::from_millis(20) { quiet + 1 } else { 0 };
        before = now;
    }
}

fn copy(from: &Path, to: &Path) -> Outcome<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()? {
            kind if kind.is_dir() => copy(&entry.path(), &target)?,
            kind if kind.is_file() => drop(fs::copy(entry.path(), target)?),
            _ => {}
        }
    }
    Ok(())
}

/// A service as it is to run.
#[derive(Debug, Clone)]
struct Place {
    service: &'static str,
    /// Name of the process: the service, numbered when there are several.
    name: String,
    listen: SocketAddr,
    private: SocketAddr,
    env: Vec<(&'static str, String)>,
}

/// The running services.
pub struct System {
    siakad: PathBuf,
    data: PathBuf,
    places: Vec<Place>,
    running: Vec<Option<Process>>,
    postgres: Option<u32>,
    course_database: String,
    settings: Vec<Setting>,
}

impl System {
    fn plan(siakad: &Path, data: &Path, databases: Vec<String>, replicas: usize) -> Outcome<Self> {
        let services = SERVICES.map(|service| (service, if service == "course" { replicas } else { 1 }));
        let mut places = Vec::new();
        for (service, number) in services {
            for replica in 0..number {
                let name = if number > 1 { format!("{service} {}", replica + 1) } else { service.to_owned() };
                places.push(Place { service, name, listen: ports::free()?, private: ports::free()?, env: Vec::new() });
            }
        }
        let endpoint = |wanted: &str| {
            let found = places.iter().filter(|place| place.service == wanted);
            found.map(|place| format!("https://{}", place.listen)).collect::<Vec<_>>().join(" ")
        };
        let endpoints = ["auth", "student", "course", "grade"].map(endpoint);
        let mut course_database = String::new();
        for (number, place) in places.iter_mut().enumerate() {
            // Replicas share certificates and database, and nothing else.
            let own = data.join(format!("replica{number}"));
            copy(&data.join("trust"), &own.join("trust"))?;
            copy(&data.join("keys"), &own.join("keys"))?;
            place.env = vec![
                ("SIAKAD_LISTEN", place.listen.to_string()),
                ("SIAKAD_METRICS_LISTEN", place.private.to_string()),
                ("SIAKAD_DATA_DIR", own.display().to_string()),
                ("SIAKAD_PKI_DIR", data.join("pki").display().to_string()),
                ("SIAKAD_WORKER_THREADS", threads(place.service, replicas).to_string()),
                ("SIAKAD_DRAIN_LINGER", "0s".to_owned()),
                ("SIAKAD_CHILD", "1".to_owned()),
            ];
            let names =
                ["SIAKAD_AUTH_ENDPOINT", "SIAKAD_STUDENT_ENDPOINT", "SIAKAD_COURSE_ENDPOINT", "SIAKAD_GRADE_ENDPOINT"];
            place.env.extend(names.into_iter().zip(endpoints.clone()));
            if let Some(which) = WITH_DATABASE.iter().position(|service| *service == place.service) {
                place.env.push(("SIAKAD_DATABASE_URL", databases[which].clone()));
            }
            if place.service == "course" {
                course_database.clone_from(&databases[2]);
            }
        }
        let running = places.iter().map(|_| None).collect();
        let (siakad, data) = (siakad.to_owned(), data.to_owned());
        Ok(Self { siakad, data, places, running, postgres: None, course_database, settings: Vec::new() })
    }

    fn launch(&mut self, place: usize) -> Outcome<()> {
        let wanted = &self.places[place];
        let mut command = Command::new(&self.siakad);
        command.args(["serve", wanted.service]);
        for (name, _) in std::env::vars_os() {
            // Settings of whoever runs the bench are not settings of the system.
            if name.to_string_lossy().starts_with("SIAKAD_") {
                command.env_remove(name);
            }
        }
        command.envs(wanted.env.iter().map(|(name, value)| (*name, value.as_str())));
        let settings = self.settings.iter().filter(|setting| setting.service == wanted.service);
        command.envs(settings.map(|setting| (&setting.name, &setting.value)));
        let log = self.data.join(format!("{}.log", wanted.name.replace(' ', "-")));
        self.running[place] = Some(Process::start(&wanted.name, &mut command, log)?);
        Ok(())
    }

    /// Waits until every service says that it is ready.
    ///
    /// # Errors
    /// One of them is not ready in time, or has ended; with its last words.
    pub async fn wait_until_ready(&mut self) -> Outcome<()> {
        let begun = Instant::now();
        for (place, running) in self.places.iter().zip(&mut self.running) {
            let Some(running) = running else { continue };
            let request = format!("GET /readyz HTTP/1.1\r\nhost: {}\r\n\r\n", place.private);
            let mut wire = Wire::to(place.private);
            while !wire.ask(request.as_bytes()).await.is_ok_and(|head| head.status == 200) {
                if running.is_gone() || begun.elapsed() > START {
                    return Err(format!("{} is not ready:\n{}", place.name, running.last_words()).into());
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// Waits until the gateway reaches course-svc: who was started first knocks again after a pause of up to a second.
    ///
    /// # Errors
    /// It does not in time.
    pub async fn wait_until_reached(&self) -> Outcome<()> {
        let begun = Instant::now();
        let request = format!("GET /api/v1/periods HTTP/1.1\r\nhost: {}\r\n\r\n", self.gateway());
        let mut wire = Wire::to(self.gateway());
        while !wire.ask(request.as_bytes()).await.is_ok_and(|head| head.status == 200) {
            if begun.elapsed() > START {
                return Err("the gateway does not reach course-svc".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Waits until the services do almost nothing.
    pub fn settle(&self) {
        settle(|| self.usage().iter().map(|(_, usage)| usage.cpu).sum());
    }

    /// Where the REST API is.
    #[must_use]
    pub fn gateway(&self) -> SocketAddr {
        self.places.iter().find(|place| place.service == "gateway").map_or(([127, 0, 0, 1], 0).into(), |p| p.listen)
    }

    /// Private addresses with metrics, by the name of the process.
    #[must_use]
    pub fn private(&self) -> Vec<(String, SocketAddr)> {
        self.places.iter().map(|place| (place.name.clone(), place.private)).collect()
    }

    /// What each process has used so far, PostgreSQL with all its processes as one.
    #[must_use]
    pub fn usage(&self) -> Vec<(String, Usage)> {
        let own = self.running.iter().flatten().map(|running| {
            let name = running.name().to_owned();
            (name, process::usage(running.pid()))
        });
        let postgres = self.postgres.map(|pid| ("postgres".to_owned(), process::family_usage(pid)));
        own.chain(postgres).collect()
    }

    /// Places of the replicas of course-svc.
    #[must_use]
    pub fn course_places(&self) -> Vec<usize> {
        (0..self.places.len()).filter(|place| self.places[*place].service == "course").collect()
    }

    /// `kill -9` to a service, and its start.
    ///
    /// # Errors
    /// It cannot be started again.
    pub fn kill_and_restart(&mut self, place: usize) -> Outcome<()> {
        if let Some(mut running) = self.running[place].take() {
            running.kill();
        }
        self.launch(place)
    }

    /// Ends course-svc in an orderly way, so that its database can be looked at.
    ///
    /// # Errors
    /// The database cannot be opened.
    pub async fn into_course_database(mut self) -> Outcome<Db> {
        for running in self.running.iter_mut().rev().filter_map(Option::take) {
            let mut running = running;
            if !running.end() {
                return Err(format!("{} did not end by itself", running.name()).into());
            }
        }
        let config: DbConfig = self.course_database.parse()?;
        Ok(Db::open(&config, &course_svc::MIGRATIONS).await?)
    }
}

/// Worker threads of a service: two, which all its replicas share as they would share two cores.
fn threads(service: &str, replicas: usize) -> usize {
    if service == "course" { (2 / replicas.max(1)).max(1) } else { 2 }
}

/// The `siakad` beside this program, built now if it is not.
///
/// # Errors
/// It cannot be built.
pub fn siakad(given: Option<PathBuf>) -> Outcome<PathBuf> {
    if let Some(given) = given.or_else(|| std::env::var_os("SIAKAD_TEST_BINARY").map(Into::into)) {
        return Ok(std::path::absolute(given)?);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--locked", "--package", "siakad", "--bin", "siakad"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    if !build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).status()?.success() {
        return Err("siakad cannot be built; name one with --siakad".into());
    }
    let program = std::env::current_exe()?;
    let folder = program.parent().ok_or("a program lies in a folder")?;
    // Programs of tests lie one folder deeper.
    let found = [folder.join("siakad"), folder.join("../siakad")].into_iter().find(|path| path.is_file());
    found.ok_or_else(|| "siakad was built elsewhere; name it with --siakad".into())
}
