use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::*;

/// Keys (`message` and `message.attribute`) with the variables that each uses.
fn shape(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(_, errors)| panic!("{errors:?}"));
    assert!(resource.entries().count() > 0);
    let mut shape = BTreeMap::new();
    let mut key = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" =") {
            if !name.starts_with(' ') {
                key = name.to_owned();
            } else if let Some(attribute) = name.trim().strip_prefix('.') {
                let message = key.split('.').next().unwrap_or_default();
                key = format!("{message}.{attribute}");
            }
            assert!(!shape.contains_key(&key) || name.trim().starts_with('['), "{key} is there twice");
        }
        let used = line.split('$').skip(1).map(|rest| {
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect::<String>()
        });
        shape.entry(key.clone()).or_insert_with(BTreeSet::new).extend(used);
    }
    shape.remove("");
    shape
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_variables() {
    let (id, en) = (shape(ID), shape(EN));
    assert_eq!(id.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
    for (key, variables) in &id {
        assert_eq!(variables, &en[key], "variables of {key}");
    }
    for key in id.keys() {
        assert!(Lang::Id.has(key) && Lang::En.has(key), "{key} is not read as a message");
    }
}

/// Every `t("..")`, `with("..")` and `key: ".."` of templates and sources.
fn used(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            used(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for start in ["t(\"", "with(\"", "with(\n", "key: \""] {
            for rest in text.split(start).skip(1) {
                let rest = rest.trim_start().trim_start_matches('"');
                let key: String = rest.chars().take_while(|c| *c != '"').collect();
                let whole = key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.');
                // Names of headers are looked up in the same way; `no-such-message` is this file's own.
                let other = key.starts_with("sec-") || key.starts_with("x-") || key == "no-such-message";
                if whole && !other && key.contains('-') && !key.ends_with('-') {
                    found.insert(key);
                }
            }
        }
    }
}

#[test]
fn every_message_that_a_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    used(&root.join("templates"), &mut found);
    used(&root.join("src"), &mut found);
    assert!(found.len() > 50, "{found:?}");
    let missing: Vec<_> = found.iter().filter(|key| !Lang::Id.has(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_language_is_the_first_of_ours_that_the_browser_names() {
    assert_eq!(Lang::accepted("en-GB,en;q=0.9,id;q=0.8"), Lang::En);
    assert_eq!(Lang::accepted("id-ID,id;q=0.9,en;q=0.8"), Lang::Id);
    assert_eq!(Lang::accepted("fr, EN;q=0.5"), Lang::En);
    assert_eq!(Lang::accepted("fr"), Lang::Id);
    assert_eq!(Lang::accepted(""), Lang::Id);
}

#[test]
fn a_variable_is_put_in_as_it_is() {
    let vars = Vars::new().text("name", "<b>");
    assert_eq!(Lang::Id.with("greeting-morning", &vars), "Selamat pagi, <b>");
    assert_eq!(Lang::En.with("greeting-morning", &vars), "Good morning, <b>");
    assert_eq!(Lang::En.t("no-such-message"), "no-such-message");
}
