//! What the tests need beyond cargo: found, or installed from Debian's packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;

/// A program outside cargo.
struct Tool {
    /// File name.
    name: &'static str,
    /// Debian package that brings it.
    package: &'static str,
    /// What it is for, for the message.
    purpose: &'static str,
}

const TOOLS: [Tool; 5] = [
    Tool { name: "initdb", package: "postgresql", purpose: "the tests on PostgreSQL" },
    Tool { name: "chromium", package: "chromium", purpose: "the browser stories" },
    Tool { name: "chromedriver", package: "chromium-driver", purpose: "the browser stories" },
    Tool { name: "curl", package: "curl", purpose: "the script in examples/" },
    Tool { name: "jq", package: "jq", purpose: "the script in examples/" },
];

/// Finds every tool; installs what is missing when this is Debian and we may.
pub(crate) fn ensure() -> Outcome {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| find(tool.name).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for tool in &missing {
        println!("xtask: `{}` is missing (needed for {}): Debian package `{}`", tool.name, tool.purpose, tool.package);
    }
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    let may_install = rustix::process::geteuid().is_root() && find("apt-get").is_some();
    if !may_install {
        return Err(format!("please install them: sudo apt-get install {}", packages.join(" ")).into());
    }
    println!("xtask: installing {}", packages.join(", "));
    apt(&["update", "-qq"])?;
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], packages.as_slice()].concat())?;
    match TOOLS.iter().find(|tool| find(tool.name).is_none()) {
        None => Ok(()),
        Some(tool) => Err(format!("`{}` is still missing after installing `{}`", tool.name, tool.package).into()),
    }
}

fn apt(arguments: &[&str]) -> Outcome {
    let status = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status()?;
    if status.success() { Ok(()) } else { Err(format!("apt-get {} failed: {status}", arguments.join(" ")).into()) }
}

/// A program in `PATH`, or among PostgreSQL's own folders, which Debian keeps out of it.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let postgres = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")));
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .chain(postgres)
        .map(|folder| folder.join(name))
        .find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
