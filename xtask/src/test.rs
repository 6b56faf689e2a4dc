//! `cargo xtask test`: everything that must hold before a change lands.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::memory::Memory;
use crate::{Outcome, tools};

/// What every cargo call below shares, so that one build serves them all.
const WHOLE: [&str; 3] = ["--workspace", "--all-features", "--locked"];

/// What cargo tells a program that it runs, besides its manifest and its package.
const OTHERS_TOLD: [&str; 4] = ["CARGO_BIN_NAME", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"];

/// The package whose tests run last: their closing lines end the output.
const LAST: &str = "e2e";

/// fmt, clippy, then every test binary on both engines, the browser stories last.
///
/// With words in `filter`, only tests whose names contain one of them run, and fmt, clippy and the examples in doc
/// comments are left out.
pub(crate) fn run(root: &Path, filter: &[String]) -> Outcome {
    tools::ensure()?;
    if filter.is_empty() {
        step("fmt", cargo(root).args(["fmt", "--all", "--check"]))?;
        step("clippy", cargo(root).arg("clippy").args(WHOLE).args(["--all-targets", "--", "-D", "warnings"]))?;
    }
    let programs = build(cargo(root).arg("build").args(WHOLE).arg("--bins"))?;
    let mut tests = build(cargo(root).arg("test").args(WHOLE).arg("--no-run"))?;
    tests.retain(|artifact| artifact.test);
    tests.sort_by_key(|test| (test.package == LAST, test.package.clone(), test.target.clone()));

    let siakad = program(&programs, "siakad")?;
    let memory = Memory::take();
    let temporary = memory.as_ref().map_or_else(std::env::temp_dir, |memory| memory.folder().to_owned());
    let postgres = Postgres::start(program(&programs, "throwaway-postgres")?, &temporary)?;
    let (last, first): (Vec<_>, Vec<_>) = tests.into_iter().partition(|test| test.package == LAST);
    let mut failed = Vec::new();
    let mut run = |test: &Artifact| -> Outcome {
        heading(&format!("{} {}", test.package, test.target));
        let begun = Instant::now();
        let status = Command::new(&test.file)
            .args(filter)
            .current_dir(&test.folder)
            .env("CARGO_MANIFEST_DIR", &test.folder)
            .env("TMPDIR", &temporary)
            .env("SIAKAD_TEST_POSTGRES", &postgres.url)
            .env("SIAKAD_TEST_BINARY", siakad)
            .status()?;
        eprintln!("xtask: {} {} took {:.1} s", test.package, test.target, begun.elapsed().as_secs_f64());
        if !status.success() {
            failed.push(format!("{} {}", test.package, test.target));
        }
        Ok(())
    };
    first.iter().try_for_each(&mut run)?;
    if filter.is_empty() {
        step("doc examples", cargo(root).arg("test").args(WHOLE).arg("--doc"))?;
    }
    last.iter().try_for_each(&mut run)?;
    drop(postgres);
    drop(memory);
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    // What cargo told this program about itself is nothing to the next cargo: build scripts that look at it would run anew
    // each time that somebody builds by hand in between.
    for (name, _) in std::env::vars_os() {
        let told = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || OTHERS_TOLD.contains(&name)
        });
        if told {
            command.env_remove(name);
        }
    }
    command
}

fn heading(what: &str) {
    eprintln!("\nxtask: === {what}");
}

fn step(what: &str, command: &mut Command) -> Outcome {
    heading(what);
    let begun = Instant::now();
    let status = command.status()?;
    eprintln!("xtask: {what} took {:.1} s", begun.elapsed().as_secs_f64());
    if status.success() { Ok(()) } else { Err(format!("{what} failed").into()) }
}

/// Something that cargo built and that can be run.
struct Artifact {
    package: String,
    target: String,
    folder: PathBuf,
    file: PathBuf,
    test: bool,
}

/// Builds, and says which executables came of it.
fn build(command: &mut Command) -> Result<Vec<Artifact>, Box<dyn std::error::Error>> {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    let what = format!("cargo {}", words.join(" "));
    heading(&what);
    let mut child = command.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
    let mut artifacts = Vec::new();
    for line in lines {
        let message: Value = serde_json::from_str(&line?)?;
        let (Some(file), Some(manifest)) = (message["executable"].as_str(), message["manifest_path"].as_str()) else {
            continue;
        };
        let folder = Path::new(manifest).parent().expect("a manifest lies in a folder").to_path_buf();
        artifacts.push(Artifact {
            package: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            target: message["target"]["name"].as_str().unwrap_or_default().to_owned(),
            folder,
            file: file.into(),
            test: message["profile"]["test"] == Value::Bool(true),
        });
    }
    if child.wait()?.success() { Ok(artifacts) } else { Err(format!("{what} failed").into()) }
}

/// Builds a program and says where it lies.
pub(crate) fn built(root: &Path, arguments: &[&str], name: &str) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let programs = build(cargo(root).args(["build", "--locked", "--bin", name]).args(arguments))?;
    Ok(program(&programs, name)?.to_path_buf())
}

fn program<'a>(programs: &'a [Artifact], name: &str) -> Result<&'a Path, String> {
    programs
        .iter()
        .find(|artifact| artifact.target == name)
        .map(|artifact| artifact.file.as_path())
        .ok_or_else(|| format!("no program `{name}` was built"))
}

/// A throwaway PostgreSQL for this run; it ends when its standard input does, that is with us.
pub(crate) struct Postgres {
    child: Child,
    /// As a superuser.
    pub(crate) url: String,
}

impl Postgres {
    pub(crate) fn start(program: &Path, temporary: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let mut child =
            Command::new(program).env("TMPDIR", temporary).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped")).read_line(&mut url)?;
        if url.trim().is_empty() {
            return Err(format!("no PostgreSQL could be started: {}", child.wait()?).into());
        }
        Ok(Self { child, url: url.trim().to_owned() })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if let Err(error) = self.child.wait() {
            eprintln!("xtask: the throwaway PostgreSQL did not end: {error}");
        }
    }
}
