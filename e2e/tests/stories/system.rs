//! The whole system as a user starts it: `siakad up` on free ports with its own data.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::OnceCell;

use crate::seed;

/// Which database the services keep their rows in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// Makes one test per engine of an `async fn(Engine)`.
#[macro_export]
macro_rules! both_engines {
    ($(#[$about:meta])* async fn $name:ident($engine:ident: Engine) $body:block) => {
        mod $name {
            use super::*;

            $(#[$about])*
            async fn story($engine: $crate::system::Engine) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                story($crate::system::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                story($crate::system::Engine::Postgres).await;
            }
        }
    };
}

/// A running system with the demo campus.
pub(crate) struct System {
    child: Child,
    engine: Engine,
    prefix: String,
    /// Ends the system when this process ends by whatever cause, since its standard input closes then.
    watcher: Child,
    /// Address of the pages.
    pub(crate) web: String,
    /// Address of the REST API.
    pub(crate) api: String,
    /// Its data folder.
    pub(crate) data: PathBuf,
}

/// Limits of the gateway that stories would meet and people would not.
const RATES: [&str; 6] = [
    "SIAKAD_RATE_ACCOUNT_PER_SECOND",
    "SIAKAD_RATE_ACCOUNT_BURST",
    "SIAKAD_RATE_ADDRESS_PER_SECOND",
    "SIAKAD_RATE_ADDRESS_BURST",
    "SIAKAD_RATE_LOGIN_PER_SECOND",
    "SIAKAD_RATE_LOGIN_BURST",
];

/// Waits for the end of the one who started it, ends the system and, once that is gone, removes its data.
const WATCH: &str = r#"read -r _; while kill "$0" 2>/dev/null; do sleep 0.2; done; rm -rf "$1""#;

static STARTED: AtomicU32 = AtomicU32::new(0);

impl System {
    /// The system that stories share which leave the services running.
    pub(crate) async fn shared(engine: Engine) -> &'static Self {
        static SQLITE: OnceCell<System> = OnceCell::const_new();
        static POSTGRES: OnceCell<System> = OnceCell::const_new();
        let cell = match engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        };
        cell.get_or_init(async || Self::start(engine).await).await
    }

    /// A system of one's own, ended with its value.
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::with(engine, &[]).await
    }

    /// As [`System::start`], with options of `siakad up`.
    pub(crate) async fn with(engine: Engine, options: &'static [&'static str]) -> Self {
        tokio::task::spawn_blocking(move || Self::start_blocking(engine, options)).await.expect("the system starts")
    }

    fn start_blocking(engine: Engine, options: &[&str]) -> Self {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let mut up = Up::new(engine, &format!("siakad-{engine}-{}-{number}", std::process::id()), options);
        seed::plant(engine, &up.data, &up.prefix);
        let (child, watcher) = up.start();
        let (web, api) = (format!("http://{}", up.web), format!("http://{}", up.api));
        Self { child, watcher, engine, prefix: up.prefix, web, api, data: up.data }
    }

    /// What `siakad up` on SQLite says to options that it refuses.
    pub(crate) fn refused(options: &[&str]) -> String {
        let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("siakad-refused-{}", std::process::id()));
        let said = Command::new(binary())
            .args(["up", "--no-demo", "--listen", "127.0.0.1:0", "--api-listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .args(options)
            .stdin(Stdio::null())
            .output()
            .expect("siakad runs");
        let _ = fs::remove_dir_all(&data);
        assert!(!said.status.success(), "it started");
        String::from_utf8_lossy(&said.stderr).into_owned()
    }

    /// Process id of a service's process.
    pub(crate) fn pid(&self, service: &str) -> Option<Pid> {
        self.pids(service).first().copied()
    }

    /// Process ids of all processes of a service.
    pub(crate) fn pids(&self, service: &str) -> Vec<Pid> {
        let supervisor = self.child.id().to_string();
        let processes = fs::read_dir("/proc").expect("/proc is there").filter_map(|entry| Some(entry.ok()?.path()));
        let serving = processes.filter_map(|process| {
            let stat = fs::read_to_string(process.join("stat")).ok()?;
            let mut after_name = stat.rsplit(')').next()?.split_whitespace();
            let (state, parent) = (after_name.next()?, after_name.next()?);
            let arguments = fs::read_to_string(process.join("cmdline")).ok()?;
            let serves = arguments.contains(&format!("serve\0{service}\0"));
            if parent != supervisor || state == "Z" || !serves {
                return None;
            }
            Pid::from_raw(process.file_name()?.to_string_lossy().parse().ok()?)
        });
        serving.collect()
    }

    /// A number among the metrics of a service, by its name and labels as they are written; none when it is not there.
    pub(crate) async fn metric(&self, service: &str, name: &str) -> Option<f64> {
        let endpoints = fs::read_to_string(self.data.join("run/endpoints.toml")).expect("a running system");
        let (_, private) = endpoints.split_once("[private]").expect("private addresses");
        let start = format!("{service} = \"");
        let address =
            private.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"')).expect("an address");
        let text = reqwest::get(format!("http://{address}/metrics")).await.ok()?.text().await.ok()?;
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// `kill -9` to a service; the supervisor brings it back.
    pub(crate) fn kill(&self, service: &str) {
        let pid = self.pid(service).unwrap_or_else(|| panic!("no process serves {service}"));
        kill_process(pid, Signal::KILL).expect("the process is ours");
    }

    /// Freezes a service: it keeps its connections and answers nothing.
    pub(crate) fn freeze(&self, service: &str) -> Frozen {
        let pid = self.pid(service).unwrap_or_else(|| panic!("no process serves {service}"));
        kill_process(pid, Signal::STOP).expect("the process is ours");
        Frozen { pid }
    }

    /// Runs another command of `siakad` on this system's data.
    pub(crate) fn command(&self, arguments: &[&str]) -> Output {
        self.command_with_input(arguments, "")
    }

    /// The same with something typed.
    pub(crate) fn command_with_input(&self, arguments: &[&str], typed: &str) -> Output {
        let mut child = Command::new(binary())
            .args(arguments)
            .arg("--data")
            .arg(&self.data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("siakad runs");
        child.stdin.take().expect("stdin is piped").write_all(typed.as_bytes()).expect("siakad reads");
        child.wait_with_output().expect("siakad ends")
    }
}

impl Drop for System {
    #[expect(clippy::print_stdout, reason = "it belongs to what a failed story says")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("what the services had to say:\n{}", complaints(&self.data));
        }
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
        if self.engine == Engine::Postgres && !std::thread::panicking() {
            seed::clear(&self.prefix);
        }
    }
}

/// A start of `siakad up`.
pub(crate) struct Up {
    command: Command,
    /// Address of the pages.
    web: String,
    /// Address of the REST API.
    api: String,
    /// Its data folder.
    pub(crate) data: PathBuf,
    /// First part of the names of its databases.
    pub(crate) prefix: String,
}

impl Up {
    /// With the demo campus, on free ports, and with data of its own.
    pub(crate) fn new(engine: Engine, name: &str, options: &[&str]) -> Self {
        let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&data);
        let (web, api, prefix) = (free_port(), free_port(), name.replace('-', "_"));
        let mut command = Command::new(binary());
        command
            .args(["up", "--demo", "--data"])
            .arg(&data)
            .args(["--listen", &web, "--api-listen", &api])
            .args(options)
            // Stories send more than people do.
            .envs(RATES.map(|name| (name, "100000")))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(fs::File::create(data.with_extension("log")).expect("a log file")));
        if engine == Engine::Postgres {
            command.args(["--database-url", &server()]).args(["--database-prefix", &prefix]);
        }
        Self { command, web, api, data, prefix }
    }

    /// Starts it, with one who watches over it, and waits until it says where its pages are.
    pub(crate) fn start(&mut self) -> (Child, Child) {
        let mut child = self.command.spawn().expect("siakad starts");
        let watcher = Command::new("sh")
            .args(["-c", WATCH, &child.id().to_string()])
            .arg(&self.data)
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let mut said = String::new();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| {
            said.push_str(&line);
            said.push('\n');
            line.contains(&self.web)
        });
        let data = &self.data;
        assert!(ready, "siakad is not ready; it said:\n{said}\n{}\n{}", log(data), complaints(data));
        std::thread::spawn(move || lines.count());
        (child, watcher)
    }
}

/// Address of a superuser of the PostgreSQL that stories use.
pub(crate) fn server() -> String {
    std::env::var("SIAKAD_TEST_POSTGRES").expect("SIAKAD_TEST_POSTGRES names a PostgreSQL: run `cargo xtask test`")
}

/// A frozen service; goes on when dropped.
pub(crate) struct Frozen {
    pid: Pid,
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = kill_process(self.pid, Signal::CONT);
    }
}

fn binary() -> PathBuf {
    let Some(named) = std::env::var_os("SIAKAD_TEST_BINARY") else {
        let beside = std::env::current_exe().expect("we run").parent().expect("in a folder").join("../siakad");
        assert!(beside.exists(), "build siakad first, or run `cargo xtask test`");
        return beside;
    };
    named.into()
}

fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address").to_string()
}

fn log(data: &Path) -> String {
    fs::read_to_string(data.with_extension("log")).unwrap_or_default()
}

/// What the services logged as their own faults, the last of it.
fn complaints(data: &Path) -> String {
    let Ok(folder) = fs::read_dir(data.join("logs")) else { return String::new() };
    let mut found = Vec::new();
    for file in folder.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap_or_default();
        let errors: Vec<_> = text.lines().filter(|line| line.contains("\"ERROR\"")).collect();
        found.extend(errors.iter().rev().take(20).rev().map(|line| format!("{name}: {line}")));
    }
    found.join("\n")
}
