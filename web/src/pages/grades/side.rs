//! Beside and below the grid: what the scores come to, what publishing still asks for, and whether all is saved.

use api::{Sheet, SheetRow};

use super::chart::Chart;
use super::typed::{Kept, ROWS, name};
use super::{address, missing};
use crate::format;
use crate::i18n::Vars;
use crate::local::with_query;
use crate::reasons;
use crate::view::{Link, Tone};
use crate::visit::Visit;

/// Names that a check names; the rest are counted.
const NAMES: usize = 3;

/// How a row stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// How it is meant.
    pub tone: Tone,
    /// Icon.
    pub icon: &'static str,
    /// What it says.
    pub text: String,
}

/// A check before publishing.
#[derive(Debug, Clone)]
pub struct Check {
    /// How it stands.
    pub mark: Mark,
    /// Students whom it concerns.
    pub names: Vec<Link>,
    /// How many more.
    pub more: String,
}

/// Beside the grid.
#[derive(Debug, Clone)]
pub struct Side {
    /// Distribution; none without any letter.
    pub chart: Option<Chart>,
    /// `22 nilai`.
    pub graded: String,
    /// Mean, highest, lowest.
    pub figures: String,
    /// What publishing asks for.
    pub checks: Vec<Check>,
}

/// The bar below.
#[derive(Debug, Clone)]
pub struct Bar {
    /// `22 dari 24 lengkap`.
    pub strong: String,
    /// Whether it is saved.
    pub detail: String,
    /// How that is meant.
    pub tone: Tone,
}

impl Side {
    /// What the scores of a sheet come to.
    #[must_use]
    pub fn new(visit: &Visit, sheet: &Sheet, kept: &Kept) -> Self {
        let lang = visit.lang;
        let totals: Vec<u32> = sheet.rows.iter().filter_map(|row| row.total_hundredths).collect();
        let count = u32::try_from(totals.len()).unwrap_or(u32::MAX);
        let figures = match (totals.iter().max(), totals.iter().min()) {
            (Some(high), Some(low)) => {
                let mean = totals.iter().map(|total| u64::from(*total)).sum::<u64>() / u64::from(count.max(1));
                let number = |value: u32| format::hundredths(lang, value);
                let vars = Vars::new()
                    .text("mean", number(u32::try_from(mean).unwrap_or_default()))
                    .text("high", number(*high))
                    .text("low", number(*low));
                lang.with("grades-figures", &vars)
            }
            _ => lang.t("grades-figures-none"),
        };
        Self {
            chart: Chart::new(lang, &sheet.distribution, &[]).filter(|_| count > 0),
            graded: lang.with("grades-count", &Vars::new().count("count", count)),
            figures,
            checks: checks(visit, sheet, kept),
        }
    }
}

fn checks(visit: &Visit, sheet: &Sheet, kept: &Kept) -> Vec<Check> {
    let lang = visit.lang;
    let plain = |tone: Tone, text: String| Check {
        mark: Mark { tone, icon: if tone == Tone::Wait { "hourglass" } else { tone.icon() }, text },
        names: Vec::new(),
        more: String::new(),
    };
    let named = |tone: Tone, key: &str, rows: Vec<(usize, &SheetRow)>| {
        let count = Vars::new().count("count", i64::try_from(rows.len()).unwrap_or_default());
        let mut check = plain(tone, lang.with(key, &count));
        let link = |(n, row): &(usize, &SheetRow)| {
            let page = (n / ROWS + 1).to_string();
            let page = if *n < ROWS { "" } else { page.as_str() };
            let href = format!("{}#b-{n}", with_query(&address(&sheet.summary.class_id), &[("hal", page)]));
            Link { href, text: name(row) }
        };
        check.names = rows.iter().take(NAMES).map(link).collect();
        if rows.len() > NAMES {
            let more = Vars::new().count("count", i64::try_from(rows.len() - NAMES).unwrap_or_default());
            check.more = lang.with("and-more", &more);
        }
        check
    };
    let mut checks = Vec::new();
    let sum: u32 = sheet.components.iter().map(|component| component.weight).sum();
    let tone = if sum == 100 { Tone::Ok } else { Tone::Bad };
    let key = if sum == 100 { "grades-check-weights" } else { "grades-check-weights-wrong" };
    checks.push(plain(tone, lang.with(key, &Vars::new().count("sum", sum))));
    let numbered = || sheet.rows.iter().enumerate();
    let wrong: Vec<_> = numbered().filter(|(_, row)| kept.contains_key(&row.student_id)).collect();
    if !wrong.is_empty() {
        checks.push(named(Tone::Bad, "grades-check-wrong", wrong));
    }
    let open: Vec<_> = numbered().filter(|(_, row)| row.total_hundredths.is_none()).collect();
    checks.push(match (sheet.rows.is_empty(), open.is_empty()) {
        (true, _) => plain(Tone::Wait, lang.t("grades-check-nobody")),
        (false, true) => plain(Tone::Ok, lang.t("grades-check-complete")),
        (false, false) => named(Tone::Wait, "grades-check-incomplete", open),
    });
    let said = ["grades-incomplete", "weights-not-100", "roster-empty", "not-lead"];
    let others = sheet.publish_refusals.iter().filter(|refusal| !said.contains(&refusal.reason.as_str()));
    for refusal in others {
        let reason = reasons::sentence(lang, &visit.app.campus, &refusal.reason, &refusal.facts);
        checks.push(plain(Tone::Bad, reason.title));
    }
    if !sheet.summary.lead {
        let who = sheet.summary.lecturer_names.first().cloned().unwrap_or_else(|| lang.t("lecturer-none"));
        checks.push(plain(Tone::Info, lang.with("grades-check-lead", &Vars::new().text("lecturer", who))));
    }
    checks
}

impl Bar {
    /// How many are complete; `saved` says that something was written just now.
    #[must_use]
    pub fn new(visit: &Visit, sheet: &Sheet, kept: &Kept, saved: bool) -> Self {
        let lang = visit.lang;
        let students = i64::try_from(sheet.rows.len()).unwrap_or_default();
        let complete = students - i64::try_from(missing(sheet)).unwrap_or_default();
        let vars = Vars::new().count("complete", complete).count("students", students);
        let unsaved: usize = kept.values().map(Vec::len).sum();
        let (tone, detail) = if unsaved > 0 {
            let count = Vars::new().count("count", i64::try_from(unsaved).unwrap_or_default());
            (Tone::Bad, lang.with("grades-bar-unsaved", &count))
        } else if saved {
            let time = visit.app.campus.time(lang, visit.app.clock.now());
            (Tone::Ok, lang.with("grades-bar-saved", &Vars::new().text("time", time)))
        } else {
            (Tone::Mute, lang.t("grades-bar-all"))
        };
        Self { strong: lang.with("grades-bar", &vars), detail, tone }
    }
}
