//! The command line of the bench.
#![expect(
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what this program is run for"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bench::Outcome;
use bench::baseline::Aim;
use bench::micro;
use bench::run::{self, Plan};
use bench::scenario::Scenario;
use bench::setting::Setting;
use bench::system::Engine;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// KRS at war: the whole system under the load of an opening, every promise checked afterwards.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The opening of the KRS against real processes.
    WarKrs(WarKrs),
    /// The registrar alone, inside this process, beside pgbench with the same transaction.
    Micro(Micro),
    /// course-svc killed again and again, PostgreSQL stopped: nothing that was confirmed is lost.
    Faults(Faults),
}

#[derive(Debug, Args)]
struct Micro {
    /// Students of the campus.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    students: u32,
    /// Database.
    #[arg(long, value_enum, default_value_t = Engines::Both)]
    engine: Engines,
    /// Seconds of each run of pgbench.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    pgbench: u64,
    /// Registrars on one PostgreSQL, as replicas have; only with `--commands`.
    #[arg(long, default_values_t = [1, 2, 4], value_parser = clap::value_parser!(u8).range(1..=8))]
    replicas: Vec<u8>,
    /// Commands of the run with replicas; none without it.
    #[arg(long, default_value_t = 0)]
    commands: u64,
}

#[derive(Debug, Args)]
struct Faults {
    /// Students of the campus.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    students: u32,
    /// Database of the services.
    #[arg(long, value_enum, default_value_t = Engines::Both)]
    engine: Engines,
    /// How often course-svc is killed.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=1000))]
    kills: u32,
    /// How many seconds PostgreSQL stands still.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=60))]
    outage: u64,
    /// Connections of the generator.
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u16).range(1..=4000))]
    connections: u16,
    /// The `siakad` to run; built beside this program when it is not given.
    #[arg(long)]
    siakad: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct WarKrs {
    /// Students of the campus.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    students: u32,
    /// Database of the services.
    #[arg(long, value_enum, default_value_t = Engines::Both)]
    engine: Engines,
    /// What the students do.
    #[arg(long, value_enum, default_value_t = Scenarios::All)]
    scenario: Scenarios,
    /// Replicas of course-svc; more than one only on PostgreSQL.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    replicas: u8,
    /// Connections of the generator.
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u16).range(1..=4000))]
    connections: u16,
    /// Everything small, for a look of a few minutes: a day of one minute, short runs of pgbench.
    #[arg(long)]
    quick: bool,
    /// Seconds of each run of pgbench; 0 for none.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=120))]
    pgbench: u64,
    /// A setting that is not as it is shipped, as `course.registrar_writers=1`; as many as are wanted.
    #[arg(long = "set", value_name = "SERVICE.NAME=VALUE")]
    settings: Vec<Setting>,
    /// How long the day of the opening lasts, in seconds.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(10..=3600))]
    seconds: u64,
    /// The `siakad` to run; built beside this program when it is not given.
    #[arg(long)]
    siakad: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engines {
    Sqlite,
    Postgres,
    Both,
}

impl Engines {
    fn list(self) -> Vec<Engine> {
        match self {
            Self::Sqlite => vec![Engine::Sqlite],
            Self::Postgres => vec![Engine::Postgres],
            Self::Both => vec![Engine::Sqlite, Engine::Postgres],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenarios {
    Hot,
    Spread,
    Day,
    All,
}

impl Scenarios {
    fn list(self) -> Vec<Scenario> {
        match self {
            Self::Hot => vec![Scenario::Hot],
            Self::Spread => vec![Scenario::Spread],
            Self::Day => vec![Scenario::Day],
            Self::All => vec![Scenario::Hot, Scenario::Spread, Scenario::Day],
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // The generator is one thread; the registrar alone has as many as a service has.
    let mut builder = match cli.command {
        Command::Micro(_) => tokio::runtime::Builder::new_multi_thread(),
        Command::WarKrs(_) | Command::Faults(_) => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("bench: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(command(cli.command)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            println!("\nA promise was broken: see above.");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn command(command: Command) -> Outcome<bool> {
    match command {
        Command::Micro(wanted) => {
            let plan = micro::Plan {
                students: wanted.students,
                pgbench: wanted.pgbench,
                replicas: wanted.replicas.iter().map(|count| usize::from(*count)).collect(),
                commands: wanted.commands,
            };
            for engine in wanted.engine.list() {
                micro::run(engine, &plan).await?;
            }
            Ok(true)
        }
        Command::Faults(faults) => {
            let siakad = bench::system::siakad(faults.siakad)?;
            let plan = bench::faults::Plan {
                students: faults.students,
                kills: faults.kills,
                outage: Duration::from_secs(faults.outage),
                connections: faults.connections.into(),
                recovery: Duration::from_secs(5),
            };
            let mut good = true;
            for engine in faults.engine.list() {
                good &= bench::faults::run(engine, &siakad, &plan).await?;
            }
            Ok(good)
        }
        Command::WarKrs(war) => {
            let siakad = bench::system::siakad(war.siakad)?;
            let plan = Plan {
                students: war.students,
                scenarios: war.scenario.list(),
                replicas: war.replicas.into(),
                connections: war.connections.into(),
                settings: war.settings,
                day: Duration::from_secs(if war.quick { war.seconds.min(60) } else { war.seconds }),
                pgbench: if war.quick { war.pgbench.min(5) } else { war.pgbench },
            };
            let mut all = Vec::new();
            for engine in war.engine.list() {
                if engine == Engine::Sqlite && war.replicas > 1 {
                    println!("{} has one process to a file: no replicas", engine.name());
                    continue;
                }
                all.push((engine, run::war_krs(engine, &siakad, &plan).await?));
            }
            // SQLite has no pgbench of its own: the same transaction on PostgreSQL is what both are held against.
            let spread =
                |rates: &run::Rates| rates.adds.iter().find(|(s, _)| *s == Scenario::Spread).map(|(_, rate)| *rate);
            let pgbench = all.iter().flat_map(|(_, rates)| &rates.pgbench).find(|(aim, _)| *aim == Aim::Spread);
            if let Some((_, pgbench)) = pgbench {
                for (engine, rates) in &all {
                    if let Some(ours) = spread(rates) {
                        let name = engine.name();
                        println!(
                            "{name}, whole road, spread: {ours:.0} adds/s, {:.2} of pgbench's {pgbench:.0}",
                            ours / pgbench
                        );
                    }
                }
            }
            Ok(all.iter().all(|(_, rates)| rates.good))
        }
    }
}
