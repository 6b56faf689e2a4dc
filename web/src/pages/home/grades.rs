//! The front page of a student: how the grades are, and how far it is to the degree.

use api::{Curriculum, Part as Got, Semester, Semesters, StudentHome};

use super::missing;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::pages::results::doc::or_dash;
use crate::view::Part;

/// The card of IPS and IPK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradesCard {
    /// IPK and last IPS: heading and text.
    pub stats: Vec<(String, String)>,
    /// The figure; none with fewer than two semesters.
    pub chart: Option<Chart>,
    /// The same in rows.
    pub rows: Vec<GradesRow>,
    /// What waits for a grade; may be empty.
    pub pending: String,
    /// What is said when nothing is published yet.
    pub empty: String,
}

/// A semester in the table beside the figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradesRow {
    /// Where its results are.
    pub href: String,
    /// Period.
    pub period: String,
    /// SKS.
    pub credits: u32,
    /// IPS.
    pub gpa: String,
    /// IPK.
    pub cumulative: String,
}

/// The figure: measures in a field of 360 by 172.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Lines across: height and text.
    pub grid: Vec<(String, String)>,
    /// The line of the IPS.
    pub gpa_line: String,
    /// The line of the IPK.
    pub cumulative_line: String,
    /// Semesters.
    pub points: Vec<ChartPoint>,
    /// What the figure shows, in words.
    pub words: String,
}

/// A semester in the figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartPoint {
    /// Place from the left.
    pub x: String,
    /// The same for the corner of a square.
    pub x_corner: String,
    /// Height of the IPS.
    pub gpa: String,
    /// The same for the corner of a square.
    pub gpa_corner: String,
    /// Height of the IPK.
    pub cumulative: String,
    /// `Sem 4`.
    pub label: String,
}

/// The card of the SKS that are passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DegreeCard {
    /// `Menuju 144 SKS`.
    pub title: String,
    /// SKS passed.
    pub passed: u32,
    /// The bar; none while the SKS of the curriculum are not known.
    pub bar: Option<DegreeBar>,
    /// `Lulus 83`, `Sedang diambil 23`, `Sisa 38`.
    pub key: Vec<String>,
    /// Why there is no bar; may be empty.
    pub remark: String,
}

/// The bar, in 360 parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DegreeBar {
    /// Passed.
    pub passed: u32,
    /// Being taken.
    pub taking: u32,
}

/// The curriculum that a student follows: the latest one that began no later than they did.
#[must_use]
pub fn followed<'a>(curricula: &'a [Curriculum], programme: &str, entry: &str) -> Option<&'a Curriculum> {
    let fits = |one: &&Curriculum| one.programme_id == programme && one.start_period.as_str() <= entry;
    curricula.iter().filter(fits).max_by(|a, b| a.start_period.cmp(&b.start_period))
}

/// Makes the card of IPS and IPK.
pub(super) fn grades(lang: Lang, home: &StudentHome) -> Part<GradesCard> {
    let semesters = match &home.semesters {
        Got::Unavailable { .. } => return Part::Down(missing(lang, "gpa-title", "down-results")),
        Got::Available { data } => data,
    };
    let graded: Vec<&Semester> =
        semesters.items.iter().rev().filter(|semester| semester.gpa_hundredths.is_some()).collect();
    let entry = home.student.available().map(|student| student.entry_period.as_str());
    let entry = entry.or_else(|| graded.first().map(|semester| semester.period_code.as_str())).unwrap_or_default();
    let name = |semester: &Semester| format::period(lang, &semester.period_code);
    let mut stats = Vec::new();
    if let Some(last) = graded.last() {
        stats.push((lang.t("gpa-cumulative"), or_dash(lang, semesters.cumulative_hundredths)));
        let heading = lang.with("gpa-of", &Vars::new().text("period", name(last)));
        stats.push((heading, or_dash(lang, last.gpa_hundredths)));
    }
    let rows = graded.iter().map(|semester| GradesRow {
        href: format!("/khs/{}", semester.period_code),
        period: name(semester),
        credits: semester.credits,
        gpa: or_dash(lang, semester.gpa_hundredths),
        cumulative: or_dash(lang, semester.cumulative_hundredths),
    });
    let waits = semesters.items.iter().find(|semester| semester.pending > 0);
    let pending = waits.map(|semester| {
        lang.with("gpa-pending", &Vars::new().count("count", semester.pending).text("period", name(semester)))
    });
    Part::Ready(GradesCard {
        stats,
        chart: (graded.len() > 1).then(|| chart(lang, &graded, entry)),
        rows: rows.collect(),
        pending: pending.unwrap_or_default(),
        empty: if graded.is_empty() { lang.t("gpa-none") } else { String::new() },
    })
}

/// Measures in tenths, printed with one decimal: `67.8`.
fn tenths(value: u32) -> String {
    format!("{}.{}", value / 10, value % 10)
}

fn chart(lang: Lang, graded: &[&Semester], entry: &str) -> Chart {
    const LEFT: u32 = 440;
    const RIGHT: u32 = 3320;
    const TOP: u32 = 210;
    const BOTTOM: u32 = 1380;
    let both = |semester: &&Semester| {
        let gpa = semester.gpa_hundredths.unwrap_or_default().min(400);
        (gpa, semester.cumulative_hundredths.unwrap_or(gpa).min(400))
    };
    let values: Vec<_> = graded.iter().map(both).collect();
    let least = values.iter().map(|(gpa, cumulative)| *gpa.min(cumulative)).min().unwrap_or_default();
    // Whole halves below what there is, and at most 2,50, so that small differences do not look like cliffs.
    let low = (least / 50 * 50).min(250);
    let y = |value: u32| TOP + (400 - value) * (BOTTOM - TOP) / (400 - low);
    let last = u32::try_from(graded.len() - 1).unwrap_or(1);
    let x = |index: usize| LEFT + (RIGHT - LEFT) * u32::try_from(index).unwrap_or(last) / last;
    let step = if low < 200 { 100 } else { 50 };
    let grid = (0..=400 / step).map(|n| 400 - n * step).filter(|value| *value >= low);
    let grid = grid.map(|value| (tenths(y(value)), format::hundredths(lang, value))).collect();
    let line = |pick: fn(&(u32, u32)) -> u32| {
        let at = |(index, value): (usize, &(u32, u32))| format!("{},{}", tenths(x(index)), tenths(y(pick(value))));
        values.iter().enumerate().map(at).collect::<Vec<_>>().join(" ")
    };
    let label = |semester: &Semester| match format::semester_number(entry, &semester.period_code) {
        Some(number) if graded.len() > 6 => number.to_string(),
        Some(number) => lang.with("sem-short", &Vars::new().count("number", number)),
        None => lang.t("sem-short-term"),
    };
    let point = |(index, (semester, (gpa, cumulative))): (usize, (&&Semester, &(u32, u32)))| ChartPoint {
        x: tenths(x(index)),
        x_corner: tenths(x(index) - 40),
        gpa: tenths(y(*gpa)),
        gpa_corner: tenths(y(*gpa) - 40),
        cumulative: tenths(y(*cumulative)),
        label: label(semester),
    };
    let words = |semester: &&Semester| {
        let vars = Vars::new()
            .text("period", format::period(lang, &semester.period_code))
            .text("gpa", or_dash(lang, semester.gpa_hundredths))
            .text("cumulative", or_dash(lang, semester.cumulative_hundredths));
        lang.with("gpa-chart-line", &vars)
    };
    Chart {
        grid,
        gpa_line: line(|(gpa, _)| *gpa),
        cumulative_line: line(|(_, cumulative)| *cumulative),
        points: graded.iter().zip(&values).enumerate().map(point).collect(),
        words: graded.iter().map(words).collect::<Vec<_>>().join(" "),
    }
}

/// Makes the card of the SKS; `required` are those of the curriculum, `None` when they are not known.
pub(super) fn degree(lang: Lang, home: &StudentHome, required: Required) -> Option<DegreeCard> {
    // Without grades the card above says that they are missing.
    let semesters: &Semesters = home.semesters.available()?;
    let passed = semesters.credits_passed;
    let plan = home.plan.available().and_then(Option::as_ref);
    let taking = plan.map_or(0, |plan| plan.credits);
    let credits = |key: &str, credits: u32| lang.with(key, &Vars::new().count("credits", credits));
    let mut key = vec![credits("degree-passed", passed), credits("degree-taking", taking)];
    let total = match required {
        Required::Known(total) if total > 0 => total,
        other => {
            let remark = if matches!(other, Required::Down) { "degree-unknown" } else { "degree-unset" };
            let (title, remark) = (lang.t("degree-title-plain"), lang.t(remark));
            return Some(DegreeCard { title, passed, bar: None, key, remark });
        }
    };
    key.push(credits("degree-left", total.saturating_sub(passed + taking)));
    let part = |credits: u32| credits.min(total) * 360 / total;
    let filled = part(passed);
    Some(DegreeCard {
        title: lang.with("degree-title", &Vars::new().count("total", total)),
        passed,
        bar: Some(DegreeBar { passed: filled, taking: part(passed + taking) - filled }),
        key,
        remark: String::new(),
    })
}

/// SKS to graduate with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// So many.
    Known(u32),
    /// No curriculum holds for the student.
    Unset,
    /// The service that knows does not answer.
    Down,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::results::samples;

    fn curriculum(programme: &str, start: &str, credits: u32) -> Curriculum {
        Curriculum {
            id: start.into(),
            programme_id: programme.into(),
            programme_code: None,
            name: start.into(),
            start_period: start.into(),
            credits_required: credits,
            credits_compulsory: 0,
            credits_elective: 0,
            courses: Vec::new(),
            version: 1,
        }
    }

    #[test]
    fn a_student_follows_the_latest_curriculum_that_began_no_later() {
        let all = [
            curriculum("p1", "20201", 146),
            curriculum("p1", "20241", 144),
            curriculum("p1", "20251", 140),
            curriculum("p2", "20241", 110),
        ];
        let found = |entry| followed(&all, "p1", entry).map(|one| one.credits_required);
        assert_eq!(
            [found("20241"), found("20232"), found("20261"), found("20191")],
            [Some(144), Some(146), Some(140), None]
        );
    }

    #[test]
    fn the_figure_stays_within_its_field() {
        let semesters = samples::semesters();
        for gpas in [[340, 316, 323, 356], [0, 0, 0, 0], [400, 400, 400, 400], [400, 0, 133, 250]] {
            let mut items = semesters.items.clone();
            items.iter_mut().zip(gpas).for_each(|(one, gpa)| one.gpa_hundredths = Some(gpa));
            let graded: Vec<&Semester> = items.iter().rev().collect();
            let chart = chart(Lang::Id, &graded, "20241");
            assert_eq!(chart.points.len(), 4);
            for point in &chart.points {
                for height in [&point.gpa, &point.cumulative] {
                    let height: f32 = height.parse().unwrap();
                    assert!((20.0..=139.0).contains(&height), "{height}");
                }
            }
            assert!(chart.grid.len() > 2 && chart.grid[0].1 == "4,00", "{:?}", chart.grid);
        }
    }
}
