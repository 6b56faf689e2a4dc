//! Texts of the pages come from message files, never from a template.

use crate::{files, nothing_wrong};

/// Names that are the same in every language.
const NAMES: [&str; 5] = ["SIAKAD", "ID", "EN", "SKS", "OK"];

/// What a template would print by itself: neither tags, nor comments, nor expressions.
fn own_text(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(begin) = rest.find(['<', '{']) {
        text.push_str(&rest[..begin]);
        let tail = &rest[begin..];
        let end = match tail.get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            Some("<!") if tail.starts_with("<!--") => "-->",
            _ if tail.starts_with('<') => {
                rest = after_tag(tail);
                text.push(' ');
                continue;
            }
            _ => "{",
        };
        let length = tail.find(end).map_or(tail.len(), |found| found + end.len());
        rest = &tail[length..];
        text.push(' ');
    }
    text.push_str(rest);
    text
}

/// Skips a tag, whose attributes may hold expressions with `>` in them.
fn after_tag(tail: &str) -> &str {
    let mut depth = 0_usize;
    for (index, byte) in tail.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'>' if depth == 0 => return &tail[index + 1..],
            _ => {}
        }
    }
    ""
}

#[test]
fn no_template_holds_a_text_of_its_own() {
    let mut complaints = Vec::new();
    for (file, template) in files("web/templates", &[".html"]) {
        let text = own_text(&template).replace("&nbsp;", " ").replace("&middot;", " ");
        for word in text.split_whitespace() {
            let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
            if letters > 1 && !NAMES.contains(&word) {
                complaints.push(format!("{file} says `{word}`; texts belong into web/messages"));
            }
        }
    }
    nothing_wrong(complaints);
}

#[test]
fn the_reader_of_templates_sees_text_and_nothing_else() {
    let template = "<p class=\"{% if a > b %}x{% endif %}\">Halo {{ name }} {# hidden #}<b>dunia</b></p><!-- no -->";
    assert_eq!(own_text(template).split_whitespace().collect::<Vec<_>>(), ["Halo", "dunia"]);
}
