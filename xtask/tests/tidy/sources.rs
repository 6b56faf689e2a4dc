//! Small files, pure rules, honest tests, known migrations.

use crate::{files, nothing_wrong, packages, root};

/// More lines than this are two rooms in one.
const LONGEST: usize = 500;

#[test]
fn no_source_file_is_too_long() {
    let mut complaints = Vec::new();
    for package in packages() {
        for (file, text) in files(&package, &[".rs", ".html"]) {
            let lines = text.lines().count();
            if lines > LONGEST {
                complaints.push(format!("{file} has {lines} lines; at most {LONGEST}"));
            }
        }
    }
    nothing_wrong(complaints);
}

#[test]
fn rules_are_pure() {
    let impure = [
        "sqlx",
        "tonic",
        "tokio",
        "async ",
        ".await;",
        ".await?",
        ".await.",
        ".await)",
        ".await ",
        ".await\n",
        "SystemTime",
        "Timestamp::now",
        "chassis::db",
        "chassis::clock",
        "sql!(",
    ];
    let mut complaints = Vec::new();
    let mut seen = 0;
    for package in packages() {
        for (file, text) in files(&format!("{package}/src/rules"), &[".rs"]) {
            seen += 1;
            for word in impure
                .iter()
                .filter(|word| text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(**word)))
            {
                complaints.push(format!("{file} is not pure: it says `{word}`"));
            }
        }
    }
    assert!(seen > 5, "the rules were not found");
    nothing_wrong(complaints);
}

#[test]
fn nothing_is_left_for_later() {
    let unfinished = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("#[", "ignore"),
        concat!("FIX", "ME"),
    ];
    let mut complaints = Vec::new();
    for package in packages() {
        for (file, text) in files(&package, &[".rs", ".html", ".js", ".css"]) {
            for word in unfinished.iter().filter(|word| text.contains(**word)) {
                complaints.push(format!("{file} says `{word}`"));
            }
        }
    }
    nothing_wrong(complaints);
}

#[test]
fn no_test_sleeps() {
    let mut complaints = Vec::new();
    for package in packages() {
        for (file, text) in files(&format!("{package}/tests"), &[".rs"]) {
            // The server under test has a slow handler; its tests wait for answers.
            let slow_on_purpose = file == "chassis/tests/process/main.rs";
            if !slow_on_purpose && text.replace(concat!("pg_", "sleep", "("), "").contains(concat!("sleep", "(")) {
                complaints.push(format!("{file} sleeps; wait for a condition instead"));
            }
        }
    }
    nothing_wrong(complaints);
}

#[test]
fn the_store_is_the_only_place_with_sql() {
    let mut complaints = Vec::new();
    for package in packages().iter().filter(|name| name.ends_with("-svc")) {
        for (file, text) in files(&format!("{package}/src"), &[".rs"]) {
            if text.contains(concat!("sql", "!(")) && !file.contains("/store/") {
                complaints.push(format!("{file} holds SQL; it belongs into {package}/src/store"));
            }
        }
    }
    nothing_wrong(complaints);
}

#[test]
fn every_migration_is_named_by_its_service() {
    let mut complaints = Vec::new();
    for (file, _) in files("migrations", &[".sql"]) {
        let parts: Vec<&str> = file.split('/').collect();
        let package = if parts[1] == "chassis" { "chassis".to_owned() } else { format!("{}-svc", parts[1]) };
        let named = files(&format!("{package}/src"), &[".rs"]).iter().any(|(_, text)| text.contains(parts[2]));
        if !named {
            complaints.push(format!("{file} is named nowhere in {package}"));
        }
    }
    nothing_wrong(complaints);
}

#[test]
fn the_tree_has_no_file_that_downloads_a_toolchain() {
    for name in ["rust-toolchain", "rust-toolchain.toml"] {
        assert!(!root().join(name).exists(), "{name} would download a toolchain");
    }
}
