//! The demo campus, brought in once per engine by a first `siakad up`; every story's system begins with a copy of its own,
//! as after a restart on restored data. Certificates are not among it: systems of two stories never trust each other.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use rustix::process::{Pid, Signal, kill_process};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::system::{Engine, Up, server};

/// What the seed leaves behind that is not copied: it belongs to one installation, or is told anew.
const OWN: [&str; 3] = ["pki", "logs", "trust"];
/// The services that keep rows.
const SERVICES: [&str; 4] = ["auth", "student", "course", "grade"];

/// A system with the demo campus that has ended in good order.
struct Seed {
    data: PathBuf,
    prefix: String,
    /// Removes the data when this process ends by whatever cause, since its standard input closes then.
    _remover: Child,
}

/// Puts a copy of the demo campus where a system is about to start: files below `data`, databases named after `prefix`.
pub(crate) fn plant(engine: Engine, data: &Path, prefix: &str) {
    static SQLITE: OnceLock<Seed> = OnceLock::new();
    static POSTGRES: OnceLock<Seed> = OnceLock::new();
    let cell = match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    };
    let seed = cell.get_or_init(|| Seed::make(engine));
    copy(&seed.data, data, &OWN);
    if engine == Engine::Postgres {
        run(&SERVICES
            .map(|service| format!("CREATE DATABASE \"{prefix}_{service}\" TEMPLATE \"{}_{service}\"", seed.prefix)));
    }
}

/// Removes the databases of a system that has ended.
pub(crate) fn clear(prefix: &str) {
    run(&SERVICES.map(|service| format!("DROP DATABASE IF EXISTS \"{prefix}_{service}\" WITH (FORCE)")));
}

impl Seed {
    fn make(engine: Engine) -> Self {
        let name = format!("siakad-{engine}-{}-seed", std::process::id());
        let mut up = Up::new(engine, &name, &[]);
        let (mut child, mut watcher) = up.start();
        kill_process(Pid::from_child(&child), Signal::TERM).expect("the process is ours");
        let ended = child.wait().expect("it is our child");
        assert!(ended.success(), "the first system ended with {ended}");
        // It would look for a process that is gone.
        watcher.kill().expect("it is our child");
        watcher.wait().expect("it is our child");
        let remover = Command::new("sh")
            .args(["-c", r#"read -r _; rm -rf "$0""#])
            .arg(&up.data)
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh starts");
        Self { data: up.data, prefix: up.prefix, _remover: remover }
    }
}

/// Copies a folder with what is in it, who may read it included.
fn copy(from: &Path, to: &Path, without: &[&str]) {
    fs::create_dir(to).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
    fs::set_permissions(to, fs::metadata(from).expect("it is there").permissions()).expect("the folder is ours");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a readable folder");
        let name = entry.file_name();
        if without.iter().any(|own| name == *own) {
            continue;
        }
        let (path, copied) = (entry.path(), to.join(&name));
        if entry.file_type().expect("it is there").is_dir() {
            copy(&path, &copied, &[]);
        } else {
            fs::copy(&path, &copied).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}

/// Statements to the PostgreSQL server, outside of any transaction.
fn run(statements: &[String]) {
    // A thread of its own: the caller may be part of a runtime.
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&server()).await.expect("PostgreSQL answers");
            for statement in statements {
                let done = sqlx::raw_sql(AssertSqlSafe(statement.as_str())).execute(&mut connection).await;
                done.unwrap_or_else(|error| panic!("{statement}: {error}"));
            }
            connection.close().await.expect("PostgreSQL lets go");
        });
    };
    std::thread::scope(|scope| scope.spawn(work).join().expect("PostgreSQL does it"));
}
