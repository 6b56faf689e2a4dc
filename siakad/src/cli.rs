//! What can be typed after `siakad`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::import::moment::Zone;
use crate::services::Service;

/// The academic information system of a campus: all of it, from one command.
///
/// Without a command it runs the whole system: `siakad --listen 127.0.0.1:9000` means `siakad up --listen ...`.
#[derive(Debug, Parser)]
#[command(name = "siakad", version)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Puts in `up` where no command was given. A service's environment must not be read as options of `up`, so the
    /// options are not simply those of both.
    pub(crate) fn with_default(mut words: Vec<OsString>) -> Vec<OsString> {
        let global = ["-h", "--help", "-V", "--version"];
        let bare = match words.get(1).and_then(|word| word.to_str()) {
            None => words.len() < 2,
            Some(word) => word.starts_with('-') && !global.contains(&word),
        };
        if bare {
            words.insert(1.min(words.len()), "up".into());
        }
        words
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole system on this machine (the default).
    Up(UpArgs),
    /// Run one service with settings from the environment.
    Serve {
        /// Which.
        service: Service,
    },
    /// Bring the databases to the schema of this version.
    Migrate(StoreArgs),
    /// Accounts of administrators.
    Admin {
        /// What to do with them.
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Import a campus from CSV files: docs/import.md.
    Import(ImportArgs),
    /// Check settings, files, certificates, databases, whether the services agree, and the files of an import.
    Check(CheckArgs),
}

/// Where the databases are.
#[derive(Debug, Clone, Args)]
pub(crate) struct StoreArgs {
    /// Folder with everything that this installation keeps.
    #[arg(long, env = "SIAKAD_DATA_DIR", default_value = "data")]
    pub(crate) data: PathBuf,
    /// PostgreSQL server with a database per service, made when missing; without it SQLite files in the data folder.
    #[arg(long, env = "SIAKAD_DATABASE_URL", hide_env_values = true, value_name = "postgres://USER:PASSWORD@HOST")]
    pub(crate) database_url: Option<String>,
    /// First part of the names of the PostgreSQL databases, as in `siakad_auth`.
    #[arg(long, env = "SIAKAD_DATABASE_PREFIX", default_value = "siakad")]
    pub(crate) database_prefix: String,
}

/// How to run the whole system.
#[derive(Debug, Clone, Args)]
pub(crate) struct UpArgs {
    /// Where the databases are.
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Address of the pages; the next free port is taken when this one is not.
    #[arg(long, env = "SIAKAD_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Address of the REST API; the next free port is taken when this one is not.
    #[arg(long, env = "SIAKAD_API_LISTEN", default_value = "127.0.0.1:8081")]
    pub(crate) api_listen: SocketAddr,
    /// Import the demo campus when the databases are empty: the default on SQLite.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Never import the demo campus.
    #[arg(long, conflicts_with = "demo")]
    pub(crate) no_demo: bool,
    /// Clock of the campus.
    #[arg(long, env = "SIAKAD_TIME_ZONE", default_value = "WIB")]
    pub(crate) time_zone: Zone,
    /// Worker threads of each service, shared by its processes.
    #[arg(long, env = "SIAKAD_WORKER_THREADS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) worker_threads: u16,
    /// Run so many processes of a service, as in `--replicas course=2`; may be repeated. Needs PostgreSQL.
    #[arg(long, env = "SIAKAD_REPLICAS", value_name = "SERVICE=NUMBER", value_delimiter = ',')]
    pub(crate) replicas: Vec<Replicas>,
}

/// How many processes of a service there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Replicas {
    /// One of those with a database; in front of the pages and of the API stands a load balancer of one's own.
    pub(crate) service: Service,
    /// From 1.
    pub(crate) number: u8,
}

/// Most processes of a service that one machine is asked to run.
const MOST_REPLICAS: u8 = 16;

impl std::str::FromStr for Replicas {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = text.split_once('=').ok_or("wanted a service and a number, as in course=2")?;
        let known = Service::WITH_DATABASE.into_iter().find(|service| service.name() == name);
        let service = known.ok_or("wanted one of auth, student, course and grade before the =")?;
        let number = number.parse().ok().filter(|number| (1..=MOST_REPLICAS).contains(number));
        let number = number.ok_or_else(|| format!("wanted a number from 1 to {MOST_REPLICAS} after the ="))?;
        Ok(Self { service, number })
    }
}

/// Where the running services are.
#[derive(Debug, Clone, Args)]
pub(crate) struct TargetArgs {
    /// Data folder of a running `siakad up`, which says where its services are.
    #[arg(long, env = "SIAKAD_DATA_DIR", default_value = "data")]
    pub(crate) data: PathBuf,
    /// Folder with `ca.pem`, `siakad.pem` and `siakad.key`; `pki` in the data folder when not given.
    #[arg(long, env = "SIAKAD_PKI_DIR")]
    pub(crate) pki: Option<PathBuf>,
    /// gRPC addresses of auth-svc, with spaces between them.
    #[arg(long, env = "SIAKAD_AUTH_ENDPOINT", value_name = "https://HOST:PORT ..")]
    pub(crate) auth_endpoint: Option<String>,
    /// gRPC addresses of student-svc, with spaces between them.
    #[arg(long, env = "SIAKAD_STUDENT_ENDPOINT", value_name = "https://HOST:PORT ..")]
    pub(crate) student_endpoint: Option<String>,
    /// gRPC addresses of course-svc, with spaces between them.
    #[arg(long, env = "SIAKAD_COURSE_ENDPOINT", value_name = "https://HOST:PORT ..")]
    pub(crate) course_endpoint: Option<String>,
    /// gRPC addresses of grade-svc, with spaces between them.
    #[arg(long, env = "SIAKAD_GRADE_ENDPOINT", value_name = "https://HOST:PORT ..")]
    pub(crate) grade_endpoint: Option<String>,
}

/// What to import.
#[derive(Debug, Clone, Args)]
pub(crate) struct ImportArgs {
    /// Folder with the CSV files.
    pub(crate) folder: PathBuf,
    /// Judge every row and apply nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Clock of the campus, for moments without an offset.
    #[arg(long, env = "SIAKAD_TIME_ZONE", default_value = "WIB")]
    pub(crate) time_zone: Zone,
    /// Where the running services are.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// What to check.
#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArgs {
    /// Folder with the CSV files of an import: every row is judged, none is applied.
    pub(crate) folder: Option<PathBuf>,
    /// Clock of the campus, for moments without an offset in those files.
    #[arg(long, env = "SIAKAD_TIME_ZONE", default_value = "WIB")]
    pub(crate) time_zone: Zone,
    /// PostgreSQL server, as for `up`; without it SQLite files in the data folder.
    #[arg(long, env = "SIAKAD_DATABASE_URL", hide_env_values = true, value_name = "postgres://USER:PASSWORD@HOST")]
    pub(crate) database_url: Option<String>,
    /// First part of the names of the PostgreSQL databases.
    #[arg(long, env = "SIAKAD_DATABASE_PREFIX", default_value = "siakad")]
    pub(crate) database_prefix: String,
    /// Where the running services are.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Make an account, or give one that has no password yet (an imported student, say) a password and roles.
    Create(AdminArgs),
}

/// The account.
#[derive(Debug, Clone, Args)]
pub(crate) struct AdminArgs {
    /// User name; a NIM or a lecturer's number gives that person's account a password.
    pub(crate) user_name: String,
    /// Role to give; may be repeated.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<AdminRole>,
    /// Code of the study programme that `programme-admin` is limited to.
    #[arg(long, value_name = "PROGRAMME")]
    pub(crate) scope: Option<String>,
    /// Name of the person.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Make up a password and print it once, instead of asking for one.
    #[arg(long)]
    pub(crate) generate: bool,
    /// Leave the password of an existing account as it is.
    #[arg(long, conflicts_with = "generate")]
    pub(crate) keep_password: bool,
    /// Replace the password of an account that has one, and end its sessions.
    #[arg(long, conflicts_with = "keep_password")]
    pub(crate) replace: bool,
    /// Where the running services are.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// A role that an operator can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AdminRole {
    /// Administers one study programme.
    #[value(alias = "programme_admin")]
    ProgrammeAdmin,
    /// The academic bureau (BAAK): all programmes.
    Registrar,
    /// Accounts and roles, no academic record.
    #[value(alias = "system_admin")]
    SystemAdmin,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(words: &[&str]) -> Result<Cli, clap::Error> {
        let words = std::iter::once(&"siakad").chain(words).map(OsString::from).collect();
        Cli::try_parse_from(Cli::with_default(words))
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn nothing_and_bare_options_mean_up() {
        let up = |words: &[&str]| match parse(words).expect("accepted").command {
            Command::Up(up) => up,
            other => panic!("{other:?}"),
        };
        assert_eq!(up(&[]).listen.port(), 8080);
        let bare = up(&["--listen", "127.0.0.1:9000", "--no-demo"]);
        assert!(bare.no_demo);
        assert_eq!(bare.listen.port(), 9000);
        let named = up(&["up", "--demo", "--time-zone", "Asia/Makassar"]);
        assert!(named.demo);
        assert_eq!(named.time_zone, Zone::Wita);
        let many = up(&["--replicas", "course=2,grade=3", "--replicas", "auth=1"]).replicas;
        let many: Vec<_> = many.iter().map(|replicas| (replicas.service, replicas.number)).collect();
        assert_eq!(many, [(Service::Course, 2), (Service::Grade, 3), (Service::Auth, 1)]);
        assert_eq!(parse(&["--version"]).expect_err("shown").kind(), clap::error::ErrorKind::DisplayVersion);
    }

    #[test]
    fn contradictions_and_wrong_words_are_refused() {
        for words in [
            &["up", "--demo", "--no-demo"][..],
            &["serve", "library"],
            &["up", "--listen", "8080"],
            &["up", "--worker-threads", "0"],
            &["up", "--replicas", "course"],
            &["up", "--replicas", "course=0"],
            &["up", "--replicas", "course=17"],
            &["up", "--replicas", "gateway=2"],
            &["admin", "create", "x", "--role", "student"],
            &["admin", "create", "x", "--generate", "--keep-password"],
            &["admin", "create", "x", "--replace", "--keep-password"],
            &["import"],
        ] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}
