//! What the documents name must be there.

use crate::{files, nothing_wrong, packages, root};

/// Words between backticks, outside fenced blocks.
fn quoted(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            words.extend(line.split('`').skip(1).step_by(2));
        }
    }
    words
}

/// Targets of Markdown links that stay in the repository.
fn linked(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .collect()
}

fn looks_like_a_path(word: &str, folders: &[String]) -> bool {
    let plain = !word.contains([' ', '*', '<', '{', '$', ':', '(', '|', '"', '=', ',', '…'])
        && !word.starts_with(['/', '-', '@', '.']);
    let Some((first, _)) = word.split_once('/') else { return false };
    plain && folders.iter().any(|folder| folder == first)
}

#[test]
fn every_path_that_a_document_names_is_there() {
    let mut folders = packages();
    folders.extend(["docs", "migrations", "demo", "deploy", "examples", ".ci", ".cargo"].map(String::from));
    let mut complaints = Vec::new();
    for (file, text) in files("", &[".md"]) {
        let here = root().join(&file);
        for word in quoted(&text).into_iter().filter(|word| looks_like_a_path(word, &folders)) {
            if !root().join(word).exists() {
                complaints.push(format!("{file} names `{word}`, which is not there"));
            }
        }
        for target in linked(&text) {
            if !here.parent().unwrap().join(target).exists() {
                complaints.push(format!("{file} links to {target}, which is not there"));
            }
        }
    }
    nothing_wrong(complaints);
}

#[test]
fn the_documents_of_the_project_are_there() {
    let wanted = [
        "README.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "docs/ARCHITECTURE.md",
        "docs/ERRORS.md",
        "docs/PERFORMANCE.md",
        "docs/import.md",
    ];
    nothing_wrong(
        wanted.iter().filter(|file| !root().join(file).is_file()).map(|file| format!("{file} is missing")).collect(),
    );
}
