//! From a reason word with facts to a sentence: the messages `reason-<word>`, with `.more` for the facts behind it
//! (`.less` with fewer of them), `.bare` for when a fact did not come along, and `.other` and `.other-more` for when it is
//! said about somebody else.

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
    // With fewer facts than `.more` needs, `.less` still says something.
    let detail = ["more", "less"].iter().find_map(|part| lang.try_with(&format!("{key}.{part}"), &vars()));
    Reason { title: named(facts, title), detail: detail.unwrap_or_default() }
}

/// A sentence about one class of a plan begins with that class.
fn named(facts: &Facts, title: String) -> String {
    match facts.get("of") {
        Some(class) => format!("{class}: {title}"),
        None => title,
    }
}

/// The sentences for several.
#[must_use]
pub fn sentences(lang: Lang, campus: &Campus, refusals: &[Refusal]) -> Vec<Reason> {
    refusals.iter().map(|refusal| sentence(lang, campus, &refusal.reason, &refusal.facts)).collect()
}

/// The sentences for several, said of somebody else: to an advisor about a student.
#[must_use]
pub fn sentences_about(lang: Lang, campus: &Campus, refusals: &[Refusal]) -> Vec<Reason> {
    let about = |refusal: &Refusal| {
        let plain = sentence(lang, campus, &refusal.reason, &refusal.facts);
        let other = |part: &str| {
            let key = format!("reason-{}.{part}", refusal.reason);
            lang.has(&key).then(|| lang.try_with(&key, &variables(lang, campus, &refusal.facts)).unwrap_or_default())
        };
        Reason {
            title: match other("other").filter(|text| !text.is_empty()) {
                Some(title) => named(&refusal.facts, title),
                None => plain.title,
            },
            detail: other("other-more").unwrap_or(plain.detail),
        }
    };
    refusals.iter().map(about).collect()
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
            "started_at" => match value.parse() {
                Ok(moment) => vars.text("started", campus.date_time(lang, moment)),
                Err(_) => vars,
            },
            "admitted_at" => match value.parse() {
                Ok(moment) => vars.text("admitted", campus.date_time(lang, moment)),
                Err(_) => vars,
            },
            "place" => count(vars, "place", value),
            "day" => match number("day") {
                Some(day) => vars.text("day", format::day(lang, day)),
                None => vars,
            },
            "period" => vars.text("period", format::period(lang, value)),
            "entry_period" => vars.text("entry", format::period(lang, value)),
            "state" => vars.text("state", state(lang, value)),
            "from" => vars.text("from", lang.t(&format!("period-state-{value}"))),
            "to" => vars.text("to", lang.t(&format!("period-state-{value}"))),
            "ceiling_reason" => vars.text("why", lang.t(&format!("ceiling-why-{value}"))),
            "capacity" => count(vars, "capacity", value),
            "room_capacity" => count(vars, "seats", value),
            "taken" => count(vars, "taken", value),
            "students" => count(vars, "students", value),
            "waiting" => count(vars, "waiting", value),
            "packages" => count(vars, "packages", value),
            "wishes" => count(vars, "wishes", value),
            "wanted" => match value.parse::<i64>() {
                Ok(number) => vars.count("wanted", number),
                Err(_) if repeated(value).is_some() => match repeated(value) {
                    Some((key, points)) => {
                        let points = Vars::new().text("points", format::hundredths(lang, points));
                        vars.text("limit", lang.with(key, &points))
                    }
                    None => vars,
                },
                Err(_) if value.contains(':') => vars.text("wanted", alternatives(lang, value)),
                Err(_) => vars.text("wanted", state(lang, value)),
            },
            "have" => had(lang, vars, facts.get("wanted").map_or("", String::as_str), value),
            "ceiling" => count(vars, "ceiling", value),
            "limit" => count(vars, "limit", value),
            "max" => count(vars, "max", value),
            "missing" => count(vars, "missing", value),
            "minimum" => count(vars, "minimum", value),
            "credits" => count(vars, "credits", value),
            "reserved" => count(vars, "reserved", value),
            "semesters" => count(vars, "semesters", value),
            "attempts" => count(vars, "attempts", value),
            "most" => count(vars, "most", value),
            "letter" => vars.text("letter", value.as_str()),
            "for" => vars.text("whom", scopes(lang, value)),
            "exam" => vars.text("exam", lang.t(&format!("exam-{value}"))),
            "date" => match value.parse() {
                Ok(date) => vars.text("date", format::civil_date(lang, date)),
                Err(_) => vars,
            },
            "programme" => vars.text("programme", value.as_str()),
            "line" => count(vars, "line", value),
            "class" => vars.text("class", value.as_str()),
            "course" => vars.text("course", value.as_str()),
            "courses" => vars.text("courses", value.as_str()),
            "room" => vars.text("room", value.as_str()),
            "lecturer" => vars.text("lecturer", value.as_str()),
            "pending" => count(vars, "pending", value),
            "note" => vars.text("note", value.as_str()),
            "file" => vars.text("file", value.as_str()),
            "allowed" => vars.text("allowed", value.as_str()),
            _ => vars,
        };
    }
    let span = |from: &str, to: &str| Some(format::hours(lang, number(from)?, number(to)?));
    for (name, hours) in [("hours", span("start", "end")), ("shared", span("shared_start", "shared_end"))] {
        vars = match hours {
            Some(hours) => vars.text(name, hours),
            None => vars,
        };
    }
    vars
}

/// Which results may be repeated, `at-most:200` or `below:300`: the sentence for it and the points in hundredths.
fn repeated(text: &str) -> Option<(&'static str, u32)> {
    let (rule, points) = text.split_once(':')?;
    let key = match rule {
        "at-most" => "repeat-at-most",
        "below" => "repeat-below",
        _ => return None,
    };
    Some((key, points.parse().ok()?))
}

/// For whom seats are kept: `programme:IF-S1|cohort:2024`.
fn scopes(lang: Lang, text: &str) -> String {
    let scope = |one: &str| match one.split_once(':') {
        Some((sort, key)) if lang.has(&format!("scope-{sort}")) => {
            lang.with(&format!("scope-{sort}"), &Vars::new().text("key", key))
        }
        _ => one.to_owned(),
    };
    text.split('|').map(scope).collect::<Vec<_>>().join(", ")
}

/// A state of a period, or of a plan.
fn state(lang: Lang, word: &str) -> String {
    let of_period = format!("period-state-{word}");
    if lang.has(&of_period) { lang.t(&of_period) } else { lang.t(&format!("plan-badge-{word}")) }
}

/// What a group of prerequisites asks, of which one is enough: `passed:IF101:C|credits:80`.
fn alternatives(lang: Lang, text: &str) -> String {
    let wanted: Vec<_> = text.split('|').map(|one| condition(lang, one)).collect();
    wanted.join(&format!(" {} ", lang.t("want-or")))
}

fn condition(lang: Lang, text: &str) -> String {
    let mut parts = text.split(':');
    let (kind, what, least) = (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let course = || Vars::new().text("course", what);
    match kind.unwrap_or_default() {
        "passed" if !least.is_empty() => {
            let points = least.parse().map_or_else(|_| least.to_owned(), |points| format::hundredths(lang, points));
            lang.with("want-passed", &course().text("letter", points))
        }
        "passed" => lang.with("want-passed-any", &course()),
        "taken" => lang.with("want-taken", &course()),
        "concurrent" => lang.with("want-concurrent", &course()),
        "credits" => lang.with("want-credits", &Vars::new().text("credits", what)),
        "gpa" => {
            let gpa = what.parse().map_or_else(|_| what.to_owned(), |gpa| format::hundredths(lang, gpa));
            lang.with("want-gpa", &Vars::new().text("gpa", gpa))
        }
        _ => text.to_owned(),
    }
}

/// What somebody has of what is wanted first.
fn had(lang: Lang, vars: Vars, wanted: &str, have: &str) -> Vars {
    if have.is_empty() {
        return vars;
    }
    let text = |key: &str, value: String| lang.with(key, &Vars::new().text("value", value));
    let said = match wanted.split(':').next().unwrap_or_default() {
        "credits" => text("have-credits", have.to_owned()),
        "gpa" => text("have-gpa", have.parse().map_or_else(|_| have.to_owned(), |gpa| format::hundredths(lang, gpa))),
        _ => text("have-letter", have.to_owned()),
    };
    vars.text("have", said)
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
    fn a_reason_about_one_class_of_a_plan_names_it() {
        let facts = [("of", "Basis Data A"), ("of_id", "x"), ("class", "Kalkulus I B"), ("class_id", "y")];
        let title = "Basis Data A: Bentrok dengan Kalkulus I B.";
        assert_eq!(say(Lang::Id, "schedule-clash", &facts).0, title);
    }

    #[test]
    fn facts_are_written_as_people_write_them() {
        let clash = [("class", "Keamanan Informasi A"), ("day", "2"), ("start", "420"), ("end", "570")];
        assert_eq!(
            say(Lang::Id, "schedule-clash", &clash),
            (
                "Bentrok dengan Keamanan Informasi A.".into(),
                "Selasa 07.00–09.30. Pilih kelas lain, atau lepas kelas itu dulu.".into()
            )
        );
        assert_eq!(
            say(Lang::En, "schedule-clash", &clash),
            (
                "Clashes with Keamanan Informasi A.".into(),
                "Tuesday 07:00–09:30. Choose another class, or drop that one first.".into()
            )
        );
        let shared = [clash.as_slice(), &[("shared_start", "520"), ("shared_end", "570")]].concat();
        let both = "Selasa 07.00–09.30, beririsan 08.40–09.30. Pilih kelas lain, atau lepas kelas itu dulu.";
        assert_eq!(say(Lang::Id, "schedule-clash", &shared).1, both);
        let of = [clash.as_slice(), &[("of", "Basis Data A")]].concat();
        assert_eq!(say(Lang::Id, "schedule-clash", &of).0, "Basis Data A: Bentrok dengan Keamanan Informasi A.");
        let limit = [("wanted", "26"), ("ceiling", "24"), ("ceiling_reason", "last-gpa")];
        assert_eq!(
            say(Lang::Id, "credit-limit", &limit),
            (
                "Melebihi batas 24 SKS.".into(),
                "Rencana Anda akan menjadi 26 SKS; batas mengikuti IPS semester lalu. Lepas kelas lain dulu bila ingin yang ini.".into()
            )
        );
        let opens = [("opens_at", "2026-08-10T01:00:00Z"), ("closes_at", "2026-08-21T17:00:00Z")];
        assert_eq!(say(Lang::Id, "krs-not-open-yet", &opens).0, "KRS dibuka Senin, 10 Agustus 2026 pukul 08.00 WIB.");
    }

    #[test]
    fn what_a_prerequisite_asks_is_written_as_people_say_it() {
        let id = |text: &str| alternatives(Lang::Id, text);
        assert_eq!(
            id("passed:IF101:C|taken:MA201|credits:80|gpa:205"),
            "lulus IF101 minimal C atau pernah mengambil MA201 atau lulus 80 SKS atau IPK minimal 2,05"
        );
        assert_eq!(id("passed:IF101:|concurrent:IF303"), "lulus IF101 atau mengambil IF303 bersamaan atau sebelumnya");
        assert_eq!(id("passed:IF101:250"), "lulus IF101 minimal 2,50");
        assert_eq!(alternatives(Lang::En, "brand-new:x"), "brand-new:x");
        let have = |wanted: &str, have: &str| {
            let vars = had(Lang::Id, Vars::new(), wanted, have);
            Lang::Id.try_with("reason-prerequisite-unmet.more", &vars.text("wanted", "-"))
        };
        assert!(have("passed:IF101:C", "D").is_some_and(|text| text.contains("nilai sekarang D")));
        assert!(have("gpa:200", "195").is_some_and(|text| text.contains("IPK sekarang 1,95")));
        assert!(have("credits:80", "62").is_some_and(|text| text.contains("baru 62 SKS")));
        assert_eq!(have("passed:IF101:C", ""), None);
    }

    #[test]
    fn a_state_of_a_plan_is_named_as_the_page_names_it() {
        assert_eq!(state(Lang::Id, "active"), "Berjalan");
        assert_eq!(state(Lang::Id, "submitted"), "Menunggu");
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
    fn repeats_exams_and_kept_seats_are_said_in_words() {
        let repeat = [("course", "IF201"), ("letter", "B"), ("wanted", "at-most:200")];
        let found = say(Lang::Id, "repeat-not-allowed", &repeat);
        assert_eq!(found.0, "IF201 tidak dapat diulang dengan nilai B.");
        assert_eq!(found.1, "Hanya nilai dengan bobot paling tinggi 2,00 yang boleh diulang.");
        let exam =
            [("class", "Kalkulus I B"), ("exam", "uts"), ("date", "2026-10-19"), ("start", "420"), ("end", "540")];
        let (title, detail) = say(Lang::Id, "exam-clash", &exam);
        assert_eq!(title, "Ujian bentrok dengan Kalkulus I B.");
        assert!(detail.starts_with("UTS Senin, 19 Oktober 2026 07.00"), "{detail}");
        let kept = [("capacity", "40"), ("taken", "30"), ("reserved", "10"), ("for", "programme:IF-S1|cohort:2024")];
        let (_, detail) = say(Lang::Id, "seats-reserved", &kept);
        assert!(detail.contains("Tersisa 10 dari 40 kursi, untuk program studi IF-S1, angkatan 2024"), "{detail}");
    }

    #[test]
    fn every_reason_of_every_crate_has_a_sentence() {
        let words = words();
        assert!(words.len() > 60, "{}", words.len());
        let missing: Vec<_> = words.iter().filter(|word| !Lang::Id.has(&format!("reason-{word}"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
