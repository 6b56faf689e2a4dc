//! One throwaway PostgreSQL for the tests of a process.

use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

/// A PostgreSQL server that tests may fill with databases.
#[derive(Debug)]
pub struct Cluster {
    /// Address with a superuser, without a database name to rely on.
    url: String,
    /// The shell that watches over the server; it ends the server and removes its files when the pipe to it closes, which the
    /// operating system does however this process ends.
    _watcher: Option<Mutex<Child>>,
}

impl Cluster {
    /// The server of this process: the one that `SIAKAD_TEST_POSTGRES` names (a superuser's address), else a fresh one made from
    /// the installed binaries, without durability.
    ///
    /// # Panics
    /// When there is no PostgreSQL. A test on both engines is never skipped.
    pub fn shared() -> &'static Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        static STARTING: Mutex<()> = Mutex::new(());
        let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        CLUSTER.get_or_init(|| match std::env::var("SIAKAD_TEST_POSTGRES") {
            Ok(url) => Self { url, _watcher: None },
            Err(_) => Self::start(),
        })
    }

    /// Address with a superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn start() -> Self {
        let bin = binaries().expect(
            "tests need PostgreSQL: install the package `postgresql`, or name a running server in SIAKAD_TEST_POSTGRES",
        );
        let folder = fresh_folder();
        let data = folder.join("data");
        let mut initdb = as_postgres(&bin.join("initdb"));
        initdb.arg("-D").arg(&data).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
            "--no-instructions",
        ]);
        let made = initdb.current_dir(&folder).output().expect("initdb cannot be started");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

        let mut server = as_postgres(&bin.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(&folder);
        for setting in [
            "listen_addresses=",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "wal_level=minimal",
            "max_wal_senders=0",
            "max_connections=300",
            "shared_buffers=64MB",
            "dynamic_shared_memory_type=mmap",
            "autovacuum=off",
            "log_min_messages=fatal",
        ] {
            server.args(["-c", setting]);
        }
        let watcher = watch(&server, &folder);
        let url = format!("postgres:///postgres?user=postgres&host={}", folder.display());
        wait_until_up(&folder, &data);
        Self { url, _watcher: Some(Mutex::new(watcher)) }
    }
}

/// The folder with `initdb` and `postgres`: of the PATH, else the newest under `/usr/lib/postgresql`.
fn binaries() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(complete) {
        return Some(folder);
    }
    let mut installed: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| complete(folder))
        .collect();
    installed.sort();
    installed.pop().map(|(_, folder)| folder)
}

/// A command that PostgreSQL will accept: it refuses to run as root, so there it becomes `postgres`, or `nobody`.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let known = |name: &str| users.lines().any(|line| line.split(':').next() == Some(name));
    let user = if known("postgres") { "postgres" } else { "nobody" };
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={user}")).arg(format!("--regid={}", group_of(&users, user)));
    command.args(["--clear-groups", "--"]).arg(program);
    command
}

fn group_of(users: &str, user: &str) -> String {
    let line = users.lines().find(|line| line.split(':').next() == Some(user)).unwrap_or_default();
    line.split(':').nth(3).unwrap_or("65534").to_owned()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// A folder that the server's user may write to. Its name is short, because the path of a socket may have 107 bytes.
fn fresh_folder() -> PathBuf {
    let name = uuid::Uuid::now_v7().simple().to_string();
    let folder = std::env::temp_dir().join(format!("siakad-pg-{}", &name[20..]));
    fs::create_dir(&folder).expect("a folder for PostgreSQL");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).expect("a folder for PostgreSQL");
    folder
}

/// Starts the server under a shell that ends it as soon as its standard input closes.
fn watch(server: &Command, folder: &Path) -> Child {
    const SCRIPT: &str = r#"
        folder=$1
        shift
        "$@" </dev/null >"$folder/server.log" 2>&1 &
        server=$!
        cat >/dev/null
        kill -INT "$server" 2>/dev/null
        wait "$server" 2>/dev/null
        rm -rf "$folder"
    "#;
    Command::new("sh")
        .args(["-c", SCRIPT, "watch"])
        .arg(folder)
        .arg(server.get_program())
        .args(server.get_args())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C in the terminal ends the tests, and by the pipe the server: not the shell before it has tidied up.
        .process_group(0)
        .spawn()
        .expect("sh cannot be started")
}

fn wait_until_up(folder: &Path, data: &Path) {
    let start = Instant::now();
    // The last line of the file says `ready` once connections are accepted.
    while !fs::read_to_string(data.join("postmaster.pid")).is_ok_and(|text| text.contains("ready")) {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "PostgreSQL does not start: {}",
            fs::read_to_string(folder.join("server.log")).unwrap_or_default()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
