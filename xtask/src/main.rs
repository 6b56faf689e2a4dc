//! The project's own chores: `cargo xtask help`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks on its terminal")]

mod breaking;
mod demo;
mod deny;
mod generate;
mod measure;
mod memory;
mod test;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What an xtask answers: nothing, or a sentence that says what went wrong.
type Outcome = Result<(), Box<dyn std::error::Error>>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the SIAKAD workspace")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run everything: fmt, clippy, tests on both engines, browser stories.
    Test {
        /// Only tests whose names contain one of these words.
        filter: Vec<String>,
    },
    /// Measure time to readiness and memory at rest, for docs/PERFORMANCE.md.
    Measure,
    /// Check the dependencies with cargo-deny, which is installed when missing.
    Deny {
        /// Only these checks: advisories, bans, licenses, sources.
        checks: Vec<String>,
    },
    /// Regenerate the Rust code and the golden descriptor of `proto/`.
    Gen {
        /// Change nothing; fail when the committed files are not what would be generated.
        #[arg(long)]
        check: bool,
        /// Let the new contract break peers built from the golden one.
        #[arg(long)]
        accept_breaking: bool,
    },
    /// Rewrite the demo campus in `demo/`.
    DemoData {
        /// Change nothing; fail when the committed files are not what would be written.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().chore {
        Chore::Test { filter } => test::run(&root(), &filter),
        Chore::Measure => measure::run(&root()),
        Chore::Deny { checks } => deny::run(&root(), &checks),
        Chore::Gen { check, accept_breaking } => generate::run(&root(), check, accept_breaking),
        Chore::DemoData { check } => demo::run(&root(), check),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_path_buf()
}
