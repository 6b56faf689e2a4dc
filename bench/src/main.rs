//! The command line of the bench.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what this program is run for")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bench::Outcome;
use bench::run::{self, Plan};
use bench::scenario::Scenario;
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
    /// course-svc killed again and again, PostgreSQL stopped: nothing that was confirmed is lost.
    Faults(Faults),
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
    /// Connections of the generator.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4000))]
    connections: u16,
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
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
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
        Command::Faults(faults) => {
            let siakad = bench::system::siakad(faults.siakad)?;
            let plan = bench::faults::Plan {
                students: faults.students,
                kills: faults.kills,
                outage: Duration::from_secs(faults.outage),
                connections: faults.connections.into(),
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
                connections: war.connections.into(),
                day: Duration::from_secs(war.seconds),
            };
            let mut good = true;
            for engine in war.engine.list() {
                good &= run::war_krs(engine, &siakad, &plan).await?;
            }
            Ok(good)
        }
    }
}
