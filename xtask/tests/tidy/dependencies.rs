//! Who may depend on whom: the table of docs/ARCHITECTURE.md.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::{nothing_wrong, root};

/// Crates of ours that a crate may use.
fn allowed(package: &str) -> &'static [&'static str] {
    match package {
        "proto" | "api" | "xtask" => &[],
        "chassis" => &["proto"],
        "auth-svc" | "student-svc" | "course-svc" | "grade-svc" => &["proto", "chassis"],
        "gateway" => &["proto", "api", "chassis"],
        "web" => &["api", "chassis"],
        "siakad" => &["proto", "chassis", "auth-svc", "student-svc", "course-svc", "grade-svc", "gateway", "web"],
        "e2e" => &["api"],
        // Measures the registrar alone too, and looks into its database.
        "bench" => &["chassis", "course-svc"],
        other => panic!("package `{other}` has no row in the dependency table"),
    }
}

/// Crates of others that a crate must not use.
fn forbidden(package: &str) -> &'static [&'static str] {
    match package {
        "gateway" => &["sqlx"],
        "web" => &["sqlx", "tonic", "prost"],
        "api" => &["tonic", "prost", "axum", "sqlx"],
        "xtask" => &["tokio", "axum", "tonic", "sqlx"],
        _ => &["openssl", "native-tls", "rand"],
    }
}

#[test]
fn every_crate_keeps_to_its_row_of_the_dependency_table() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    let mut complaints = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = dependency["name"].as_str().unwrap();
            // The pages are tested against a real gateway; they are never built with it.
            let only_in_tests = dependency["kind"] == "dev" && (name, used) == ("web", "gateway");
            if ours.contains(used) && used != name && !allowed(name).contains(&used) && !only_in_tests {
                complaints.push(format!("{name} may not use {used}"));
            }
            if forbidden(name).contains(&used) {
                complaints.push(format!("{name} may not use {used}"));
            }
            let features = dependency["features"].as_array().unwrap();
            let with_db = features.iter().any(|feature| feature == "db");
            if used == "chassis" && with_db && matches!(name, "gateway" | "web") {
                complaints.push(format!("{name} may not use chassis with its databases"));
            }
        }
    }
    nothing_wrong(complaints);
}
