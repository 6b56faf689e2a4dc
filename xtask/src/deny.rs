//! `cargo xtask deny`: licences, duplicates, advisories and sources of every dependency, by cargo-deny.

use std::path::Path;
use std::process::Command;

use crate::{Outcome, tools};

/// Installs cargo-deny when it is missing, then runs it with `deny.toml`.
pub(crate) fn run(root: &Path, checks: &[String]) -> Outcome {
    let home = std::env::var_os("CARGO_HOME").map(Into::into).or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let installed = home.is_some_and(|home: std::path::PathBuf| home.join("bin/cargo-deny").is_file());
    if !installed && tools::find("cargo-deny").is_none() {
        eprintln!("xtask: installing cargo-deny");
        run_cargo(root, &["install", "--locked", "cargo-deny"])?;
    }
    let mut arguments = vec!["deny", "--all-features", "check"];
    arguments.extend(checks.iter().map(String::as_str));
    run_cargo(root, &arguments)
}

fn run_cargo(root: &Path, arguments: &[&str]) -> Outcome {
    let status = Command::new("cargo").args(arguments).current_dir(root).status()?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} failed", arguments.join(" ")).into()) }
}
