//! Reason words: declared once, documented, said in both languages, and each provoked by a test.

use std::collections::{BTreeMap, BTreeSet};

use crate::{files, nothing_wrong, packages, root};

/// Every reason word of the house, with the crates that declare it.
fn declared() -> BTreeMap<String, Vec<String>> {
    let mut words: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages() {
        let Ok(text) = std::fs::read_to_string(root().join(&package).join("src/reasons.rs")) else { continue };
        for line in text.lines().filter(|line| line.starts_with("pub") && line.contains(" const ")) {
            let word =
                line.split('"').nth(1).unwrap_or_else(|| panic!("{package}/src/reasons.rs: no word in `{line}`"));
            words.entry(word.to_owned()).or_default().push(package.clone());
        }
    }
    assert!(words.len() > 20, "reason words were not found");
    words
}

/// Text of every test: folders `tests/`, and the test modules of source files.
fn tests() -> String {
    let mut all = String::new();
    for package in packages() {
        for (_, text) in files(&format!("{package}/tests"), &[".rs"]) {
            all.push_str(&text);
        }
        for (_, text) in files(&format!("{package}/src"), &[".rs"]) {
            if let Some(begin) = text.find("#[cfg(test)]") {
                all.push_str(&text[begin..]);
            }
        }
    }
    all
}

#[test]
fn every_reason_word_is_kebab_case_and_declared_by_one_crate() {
    let mut complaints = Vec::new();
    for (word, crates) in declared() {
        let kebab = word
            .split('-')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        if !kebab {
            complaints.push(format!("`{word}` is not kebab case"));
        }
        let shared = crates.iter().any(|name| name == "chassis") && crates.len() > 1;
        if shared {
            complaints.push(format!("`{word}` is declared by chassis and again by {crates:?}"));
        }
    }
    nothing_wrong(complaints);
}

#[test]
fn every_reason_word_is_documented() {
    let document = std::fs::read_to_string(root().join("docs/ERRORS.md")).unwrap();
    let declared = declared();
    let missing = declared
        .keys()
        .filter(|word| !document.contains(&format!("| `{word}` |")))
        .map(|word| format!("docs/ERRORS.md has no row `{word}`"));
    let gone = document
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|word| !declared.contains_key(*word))
        .map(|word| format!("docs/ERRORS.md has a row `{word}`, which nothing declares"));
    nothing_wrong(missing.chain(gone).collect());
}

#[test]
fn every_reason_word_is_produced_by_a_test() {
    let tests = tests();
    let said: BTreeSet<&str> = tests.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).collect();
    let complaints = declared().into_keys().filter(|word| !said.contains(word.as_str()));
    nothing_wrong(complaints.map(|word| format!("no test produces `{word}`")).collect());
}

#[test]
fn every_reason_word_has_a_sentence_in_both_languages() {
    let mut complaints = Vec::new();
    for language in ["id", "en"] {
        let text = std::fs::read_to_string(root().join(format!("web/messages/{language}.ftl"))).unwrap();
        for (word, crates) in declared() {
            // The command line says its own words; no page ever shows them.
            if crates == ["siakad"] {
                continue;
            }
            if !text.lines().any(|line| line.starts_with(&format!("reason-{word} ="))) {
                complaints.push(format!("web/messages/{language}.ftl has no `reason-{word}`"));
            }
        }
    }
    nothing_wrong(complaints);
}
