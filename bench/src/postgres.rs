//! A throwaway PostgreSQL that keeps its promises: every commit is on the disk before it is answered, as in production.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::Outcome;
use crate::process::Process;

/// What the server is told beside its defaults. Durability is the default.
const SETTINGS: [&str; 7] = [
    "listen_addresses=",
    "max_connections=200",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "checkpoint_timeout=15min",
    "dynamic_shared_memory_type=mmap",
    "log_min_messages=error",
];

/// The server and its folder, gone with this value.
#[derive(Debug)]
pub struct Postgres {
    bin: PathBuf,
    folder: PathBuf,
    server: Mutex<Option<Process>>,
    keeper: Child,
}

/// Waits for the end of the one who started it, ends the server and removes its files: however that end comes.
const KEEP: &str = r#"
    cat >/dev/null
    pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
    if [ -n "$pid" ]; then
        kill -CONT "$pid" 2>/dev/null
        kill -QUIT "$pid" 2>/dev/null
        for n in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null && sleep 0.2; done
    fi
    rm -rf "$1"
"#;

impl Postgres {
    /// Makes a cluster and starts its server.
    ///
    /// # Errors
    /// PostgreSQL is not installed, or does not start.
    pub fn start() -> Outcome<Self> {
        let bin = binaries().ok_or("PostgreSQL is not installed: the package `postgresql` brings it")?;
        let mut random = [0; 6];
        getrandom::fill(&mut random).map_err(|error| format!("no randomness: {error}"))?;
        let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        // The path of a socket may have 107 bytes, so the name is short.
        let folder = std::env::temp_dir().join(format!("siakad-bench-pg-{name}"));
        fs::create_dir(&folder)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777))?;
        let keeper = Command::new("sh")
            .args(["-c", KEEP, "keep"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C ends us, and by the pipe the server: not the shell before it has tidied up.
            .process_group(0)
            .spawn()?;
        let postgres = Self { bin, folder, server: Mutex::default(), keeper };
        let mut initdb = as_postgres(&postgres.bin.join("initdb"));
        initdb.arg("-D").arg(postgres.data());
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"]);
        let made = initdb.current_dir(&postgres.folder).output()?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)).into());
        }
        postgres.run()?;
        Ok(postgres)
    }

    fn server(&self) -> MutexGuard<'_, Option<Process>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts the server; after [`Postgres::stop`] once more.
    ///
    /// # Errors
    /// It does not start within a minute.
    pub fn run(&self) -> Outcome<()> {
        let mut command = as_postgres(&self.bin.join("postgres"));
        command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.process_group(0);
        let log = self.folder.join("server.log");
        let mut server = self.server();
        let server = server.insert(Process::start("postgres", &mut command, log)?);
        let begun = Instant::now();
        // The last line of the file says `ready` once connections are accepted.
        let ready = self.folder.join("data/postmaster.pid");
        while !fs::read_to_string(&ready).is_ok_and(|text| text.contains("ready")) {
            if begun.elapsed() > Duration::from_secs(60) || server.is_gone() {
                return Err(format!("PostgreSQL does not start: {}", server.last_words()).into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Stops the server as `pg_ctl stop -m fast` does: connections are cut, what was committed stays.
    pub fn stop(&self) {
        let running = self.server().take();
        if let Some(mut server) = running {
            server.signal(Signal::INT);
            let asked = Instant::now();
            while !server.is_gone() && asked.elapsed() < Duration::from_secs(30) {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Process id of the server's first process; 0 while it is stopped.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.server().as_ref().map_or(0, Process::pid)
    }

    /// Address with a superuser.
    #[must_use]
    pub fn url(&self) -> String {
        self.database("postgres")
    }

    /// Address of one database.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        format!("postgres:///{name}?user=postgres&host={}", self.folder.display())
    }

    /// Runs statements, each by itself.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub fn execute(&self, database: &str, statements: &[&str]) -> Outcome<()> {
        let mut psql = Command::new(self.program("psql"));
        psql.args(["-q", "-X", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-h"]).arg(&self.folder);
        let mut child = psql.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            for statement in statements {
                writeln!(input, "{statement};")?;
            }
        }
        let done = child.wait_with_output()?;
        if done.status.success() {
            return Ok(());
        }
        Err(format!("PostgreSQL: {}", String::from_utf8_lossy(&done.stderr)).into())
    }

    /// `pgbench` on a database, to be given what to do.
    #[must_use]
    pub fn pgbench(&self, database: &str) -> Command {
        let mut command = Command::new(self.program("pgbench"));
        command.args(["-n", "-U", "postgres", "-h"]).arg(&self.folder).arg(database);
        command
    }

    /// A program of this PostgreSQL; where it is installed without it, the one of the PATH.
    fn program(&self, name: &str) -> PathBuf {
        let own = self.bin.join(name);
        if own.is_file() { own } else { name.into() }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
        drop(self.keeper.stdin.take());
        // It ends with its standard input.
        let _ended = self.keeper.wait();
    }
}

/// The folder with `initdb` and `postgres`: of the PATH, else the newest under `/usr/lib/postgresql`.
fn binaries() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(complete) {
        return Some(folder);
    }
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let number = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let mut found: Vec<_> = versions.filter_map(|folder| Some((number(&folder)?, folder.join("bin")))).collect();
    found.retain(|(_, folder)| complete(folder));
    found.sort();
    found.pop().map(|(_, folder)| folder)
}

/// A command that PostgreSQL will accept: it refuses to run as root, so there it becomes `postgres`, or `nobody`.
fn as_postgres(program: &Path) -> Command {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_root {
        return Command::new(program);
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let line = |name: &str| users.lines().find(|line| line.split(':').next() == Some(name)).map(str::to_owned);
    let (user, line) = match line("postgres") {
        Some(line) => ("postgres", line),
        None => ("nobody", line("nobody").unwrap_or_default()),
    };
    let group = line.split(':').nth(3).unwrap_or("65534").to_owned();
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={user}")).arg(format!("--regid={group}")).args(["--clear-groups", "--"]).arg(program);
    command
}
