//! From a reason word with facts to a sentence: the messages `reason-<word>`, with `.more` for the facts behind it and
//! `.bare` for when a fact did not come along.

use std::collections::BTreeMap;

use api::Refusal;

use crate::format::{self, Campus};
use crate::i18n::{Lang, Vars};
use crate::view::Reason;

/// Facts by name, as they come.
pub type Facts = BTreeMap<String, String>;

/// The sentence for a reason. A word that we do not know is named as it is, so that help can be asked for.
#[must_use]
pub fn sentence(lang: Lang, campus: &Campus, word: &str, facts: &Facts) -> Reason {
    let key = format!("reason-{word}");
    let vars = || variables(lang, campus, facts);
    let bare = || lang.try_with(&format!("{key}.bare"), &vars());
    let title = lang
        .try_with(&key, &vars())
        .or_else(bare)
        .unwrap_or_else(|| lang.with("reason-unknown", &Vars::new().text("word", word)));
    Reason { title, detail: lang.try_with(&format!("{key}.more"), &vars()).unwrap_or_default() }
}

/// The sentences for several.
#[must_use]
pub fn sentences(lang: Lang, campus: &Campus, refusals: &[Refusal]) -> Vec<Reason> {
    refusals.iter().map(|refusal| sentence(lang, campus, &refusal.reason, &refusal.facts)).collect()
}

/// Facts as variables: moments, hours, periods and words of ours are written as people write them.
fn variables(lang: Lang, campus: &Campus, facts: &Facts) -> Vars {
    let number = |name: &str| facts.get(name).and_then(|value| value.parse::<u32>().ok());
    let mut vars = Vars::new();
    for (name, value) in facts {
        vars = match name.as_str() {
            "opens_at" | "closes_at" | "closed_at" => match value.parse() {
                Ok(moment) if name == "opens_at" => vars.text("opens", campus.date_time(lang, moment)),
                Ok(moment) => vars.text("closes", campus.date_time(lang, campus.last_moment(moment))),
                Err(_) => vars,
            },
            "day" => match number("day") {
                Some(day) => vars.text("day", format::day(lang, day)),
                None => vars,
            },
            "period" => vars.text("period", format::period(lang, value)),
            "entry_period" => vars.text("entry", format::period(lang, value)),
            "state" => vars.text("state", lang.t(&format!("period-state-{value}"))),
            "from" => vars.text("from", lang.t(&format!("period-state-{value}"))),
            "to" => vars.text("to", lang.t(&format!("period-state-{value}"))),
            "ceiling_reason" => vars.text("why", lang.t(&format!("ceiling-why-{value}"))),
            "capacity" => count(vars, "capacity", value),
            "room_capacity" => count(vars, "seats", value),
            "taken" => count(vars, "taken", value),
            "students" => count(vars, "students", value),
            "wanted" => count(vars, "wanted", value),
            "ceiling" => count(vars, "ceiling", value),
            "limit" => count(vars, "limit", value),
            "max" => count(vars, "max", value),
            "line" => count(vars, "line", value),
            "class" => vars.text("class", value.as_str()),
            "course" => vars.text("course", value.as_str()),
            "room" => vars.text("room", value.as_str()),
            "lecturer" => vars.text("lecturer", value.as_str()),
            "note" => vars.text("note", value.as_str()),
            "file" => vars.text("file", value.as_str()),
            "allowed" => vars.text("allowed", value.as_str()),
            _ => vars,
        };
    }
    match (number("start"), number("end")) {
        (Some(start), Some(end)) => vars.text("hours", format::hours(lang, start, end)),
        _ => vars,
    }
}

fn count(vars: Vars, name: &'static str, value: &str) -> Vars {
    match value.parse::<i64>() {
        Ok(number) => vars.count(name, number),
        Err(_) => vars,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn facts(pairs: &[(&str, &str)]) -> Facts {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn say(lang: Lang, word: &str, pairs: &[(&str, &str)]) -> (String, String) {
        let reason = sentence(lang, &Campus::new("Asia/Jakarta").unwrap(), word, &facts(pairs));
        (reason.title, reason.detail)
    }

    #[test]
    fn facts_are_written_as_people_write_them() {
        let clash = [("class", "Keamanan Informasi A"), ("day", "2"), ("start", "420"), ("end", "570")];
        assert_eq!(
            say(Lang::Id, "schedule-clash", &clash),
            ("Bentrok dengan Keamanan Informasi A.".into(), "Selasa 07.00–09.30.".into())
        );
        assert_eq!(
            say(Lang::En, "schedule-clash", &clash),
            ("Clashes with Keamanan Informasi A.".into(), "Tuesday 07:00–09:30.".into())
        );
        let limit = [("wanted", "26"), ("ceiling", "24"), ("ceiling_reason", "last-gpa")];
        assert_eq!(
            say(Lang::Id, "credit-limit", &limit),
            (
                "Melebihi batas 24 SKS.".into(),
                "Rencana Anda akan menjadi 26 SKS; batas mengikuti IPS semester lalu.".into()
            )
        );
        let opens = [("opens_at", "2026-08-10T01:00:00Z"), ("closes_at", "2026-08-21T17:00:00Z")];
        assert_eq!(say(Lang::Id, "krs-not-open-yet", &opens).0, "KRS dibuka Senin, 10 Agustus 2026 pukul 08.00 WIB.");
    }

    #[test]
    fn a_missing_fact_never_shows_a_gap() {
        for lang in Lang::ALL {
            for word in words() {
                let (title, detail) = say(lang, &word, &[]);
                assert!(!title.is_empty() && !title.contains(['{', '$']), "{word}: {title}");
                assert!(!detail.contains(['{', '$']), "{word}: {detail}");
            }
        }
        assert_eq!(say(Lang::Id, "schedule-clash", &[("day", "x")]).1, "");
    }

    #[test]
    fn an_unknown_word_is_named() {
        assert!(say(Lang::Id, "brand-new", &[]).0.contains("brand-new"));
    }

    /// Every reason word that REST can answer with, from the `reasons.rs` of each crate; those of the command line have
    /// their sentences there.
    fn words() -> Vec<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut words = Vec::new();
        for entry in std::fs::read_dir(root).unwrap() {
            let path = entry.unwrap().path().join("src").join("reasons.rs");
            if ["web", "siakad"].iter().any(|name| path.starts_with(root.join(name))) || !path.exists() {
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let constants = text.lines().filter_map(|line| line.trim().strip_prefix("pub const "));
            words.extend(constants.filter_map(|line| line.split('"').nth(1)).map(str::to_owned));
        }
        words
    }

    #[test]
    fn every_reason_of_every_crate_has_a_sentence() {
        let words = words();
        assert!(words.len() > 60, "{}", words.len());
        let missing: Vec<_> = words.iter().filter(|word| !Lang::Id.has(&format!("reason-{word}"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
