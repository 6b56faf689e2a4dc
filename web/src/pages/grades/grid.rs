//! The grid: every student of a class with every score, and beside it what the scores come to.

use api::{Component, Sheet, SheetRow, SheetState};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;

use super::list::state_badge;
use super::side::{Bar, Mark, Side};
use super::typed::{Kept, ROWS, Typed, Unsaved, merge, name};
use super::{LIST, address, class_label, facts, reader, window_text};
use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::local::with_query;
use crate::pages::classes::input::FieldError;
use crate::pages::entry::draft_note;
use crate::reasons;
use crate::view::{Badge, Frame, Hidden, Layout, Link, Note, Tone};
use crate::visit::{Draft, Visit};

/// `grades.html`.
#[derive(Template)]
#[template(path = "grades.html")]
pub struct GridPage {
    /// Frame.
    pub f: Frame,
    /// Token and the page of the grid.
    pub hidden: Hidden,
    /// Course and class.
    pub title: String,
    /// Code, SKS, period, students.
    pub facts: Vec<String>,
    /// How far the sheet is.
    pub badge: Badge,
    /// Where the form is sent.
    pub action: String,
    /// Page of the grid, from 1.
    pub at: usize,
    /// Every cell that was not saved, for the summary.
    pub errors: Vec<FieldError>,
    /// Columns.
    pub columns: Vec<Column>,
    /// Students.
    pub lines: Vec<Line>,
    /// Whether scores can be written.
    pub open: bool,
    /// Other pages of the grid.
    pub pages: Vec<Link>,
    /// What the scores come to.
    pub side: Side,
    /// How many are complete.
    pub bar: Bar,
    /// Where components are changed; none when they cannot be.
    pub components: Option<String>,
    /// Where the grades are published; none for who does not.
    pub publish: Option<String>,
}

/// A component.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its number.
    pub n: usize,
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `20%`.
    pub weight: String,
    /// Whether a narrow screen shows it first.
    pub first: bool,
}

/// A score of a student.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Column.
    pub column: usize,
    /// What is typed.
    pub value: String,
    /// What a screen reader says: component and student.
    pub label: String,
    /// Whether it was not saved.
    pub wrong: bool,
}

/// A student.
#[derive(Debug, Clone)]
pub struct Line {
    /// Number of the row.
    pub n: usize,
    /// Who.
    pub student_id: String,
    /// Student number.
    pub nim: String,
    /// Name.
    pub name: String,
    /// The scores as they are stored, for the comparison at the next save.
    pub original: String,
    /// Cells.
    pub cells: Vec<Cell>,
    /// Final score.
    pub total: String,
    /// Letter.
    pub letter: String,
    /// How it stands.
    pub mark: Mark,
    /// Why cells were not saved; may be empty.
    pub message: String,
}

/// `GET /nilai/{class}?hal=`.
///
/// # Errors
///
/// When nobody is logged in, somebody without classes, or there is no such class for them.
pub async fn show(
    visit: Visit,
    Path(class): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    reader(&visit)?;
    let sheet = visit.client().sheet(&class).await?;
    let at = pairs.iter().find(|(name, _)| name == "hal").and_then(|(_, value)| value.parse().ok()).unwrap_or(1);
    let Some(Draft { fields, .. }) = visit.take_draft(&address(&class)) else {
        return Ok(visit.page(&page(&visit, &sheet, &Kept::new(), at)));
    };
    let mut page = page(&visit, &sheet, &restored(visit.lang, &sheet, &Typed::read(&fields)), at);
    page.f.notes.push(draft_note(visit.lang));
    Ok(visit.page(&page))
}

/// What was typed before the session ended, as cells that are not saved yet.
fn restored(lang: Lang, sheet: &Sheet, typed: &Typed) -> Kept {
    let mut merged = merge(lang, sheet, typed);
    for change in merged.changes {
        let Some(row) = typed.rows.iter().find(|row| row.student_id == change.student_id) else { continue };
        for score in change.scores {
            let Some(column) = typed.columns.iter().position(|id| *id == score.component_id) else { continue };
            let typed = row.cells[column].clone();
            let why = lang.with("grades-unsaved", &Vars::new().text("typed", typed.as_str()));
            merged.kept.entry(change.student_id.clone()).or_default().push(Unsaved {
                column,
                component_id: score.component_id,
                typed,
                why,
            });
        }
    }
    merged.kept
}

/// Makes the page: `kept` are cells that were not saved, `at` is the page of the grid.
#[must_use]
pub fn page(visit: &Visit, sheet: &Sheet, kept: &Kept, at: usize) -> GridPage {
    let lang = visit.lang;
    let summary = &sheet.summary;
    let published = summary.state == SheetState::Published;
    let writes = visit.session.user.as_ref().is_some_and(crate::session::User::is_lecturer);
    let open = writes && !published && sheet.refusals.is_empty();
    let title = class_label(summary);
    let pages = sheet.rows.len().div_ceil(ROWS).max(1);
    let at = at.clamp(1, pages);
    let rows = sheet.rows.iter().enumerate().skip((at - 1) * ROWS).take(ROWS);
    let line = |(n, row): (usize, &SheetRow)| {
        line(lang, sheet, row, n, kept.get(&row.student_id).map(Vec::as_slice).unwrap_or_default())
    };
    let lines: Vec<_> = rows.map(line).collect();
    let errors: Vec<_> = lines
        .iter()
        .filter(|line| !line.message.is_empty())
        .map(|line| FieldError { field: format!("b-{}", line.n), text: line.message.clone() })
        .collect();
    let heading = if errors.is_empty() {
        title.clone()
    } else {
        lang.with("error-title", &Vars::new().text("title", title.as_str()))
    };
    let mut f = visit.frame(heading, Layout::Task, LIST);
    if published {
        let date = summary.published_at.map(|at| visit.app.campus.date_time(lang, at)).unwrap_or_default();
        let text = lang.with("grades-published.text", &Vars::new().text("date", date));
        f.notes.push(Note::new(Tone::Ok, lang.t("grades-published"), text));
    } else if writes && !sheet.refusals.is_empty() {
        let mut note = Note::new(Tone::Wait, lang.t("grades-closed"), lang.t("grades-closed.text"));
        note.items = reasons::sentences(lang, &visit.app.campus, &sheet.refusals);
        f.notes.push(note);
    }
    let mut facts = facts(lang, summary);
    if !published {
        facts.push(window_text(visit, summary));
    }
    let page_link = |n: usize| Link {
        href: with_query(&address(&summary.class_id), &[("hal", &n.to_string())]),
        text: lang.with("page-number", &Vars::new().count("number", i64::try_from(n).unwrap_or_default())),
    };
    GridPage {
        f,
        hidden: Hidden::new(visit.form_token()),
        title,
        facts,
        badge: state_badge(lang, summary.state),
        action: address(&summary.class_id),
        at,
        errors,
        columns: columns(sheet),
        lines,
        open,
        pages: if pages > 1 { (1..=pages).filter(|n| *n != at).map(page_link).collect() } else { Vec::new() },
        side: Side::new(visit, sheet, kept),
        bar: Bar::new(visit, sheet, kept, false),
        components: open.then(|| format!("{}/komponen", address(&summary.class_id))),
        publish: (writes && summary.lead && !published).then(|| format!("{}/terbitkan", address(&summary.class_id))),
    }
}

fn columns(sheet: &Sheet) -> Vec<Column> {
    let empty = |component: &Component| {
        let score =
            |row: &SheetRow| row.scores.iter().any(|s| s.component_id == component.id && s.score_hundredths.is_some());
        !sheet.rows.iter().all(score)
    };
    let first = sheet.components.iter().position(empty).unwrap_or(sheet.components.len().saturating_sub(1));
    let column = |(n, component): (usize, &Component)| Column {
        n,
        id: component.id.clone(),
        name: component.name.clone(),
        weight: format!("{}%", component.weight),
        first: n == first,
    };
    sheet.components.iter().enumerate().map(column).collect()
}

/// Scores as a row carries them.
#[must_use]
pub fn original(scores: &[Option<u32>]) -> String {
    scores.iter().map(|score| score.map(|s| s.to_string()).unwrap_or_default()).collect::<Vec<_>>().join(",")
}

/// A row of the grid.
#[must_use]
pub fn line(lang: Lang, sheet: &Sheet, row: &SheetRow, n: usize, kept: &[Unsaved]) -> Line {
    let name = name(row);
    let stored: Vec<Option<u32>> = sheet
        .components
        .iter()
        .map(|c| row.scores.iter().find(|score| score.component_id == c.id).and_then(|score| score.score_hundredths))
        .collect();
    let cell = |(column, component): (usize, &Component)| {
        let unsaved = kept.iter().find(|unsaved| unsaved.component_id == component.id);
        let score = stored[column].map(|score| format::short_hundredths(lang, score)).unwrap_or_default();
        Cell {
            column,
            value: unsaved.map_or(score, |unsaved| unsaved.typed.clone()),
            label: format!("{}, {name}", component.name),
            wrong: unsaved.is_some(),
        }
    };
    let cells: Vec<_> = sheet.components.iter().enumerate().map(cell).collect();
    let dash = || "–".to_owned();
    Line {
        n,
        student_id: row.student_id.clone(),
        nim: row.nim.clone(),
        original: original(&stored),
        cells,
        total: row.total_hundredths.map_or_else(dash, |total| format::hundredths(lang, total)),
        letter: row.letter.clone().filter(|letter| !letter.is_empty()).unwrap_or_else(dash),
        mark: mark(lang, row, kept, false),
        message: kept.iter().map(|unsaved| unsaved.why.as_str()).collect::<Vec<_>>().join(" "),
        name,
    }
}

/// How a row stands. `unknown` says that nobody answered whether the last save was written.
#[must_use]
pub fn mark(lang: Lang, row: &SheetRow, kept: &[Unsaved], unknown: bool) -> Mark {
    let mark = |tone, icon, key: &str| Mark { tone, icon, text: lang.t(key) };
    match row.total_hundredths {
        _ if unknown => mark(Tone::Wait, "cloud-off", "grades-mark-unknown"),
        _ if !kept.is_empty() => mark(Tone::Bad, "circle-alert", "grades-mark-wrong"),
        None => mark(Tone::Wait, "hourglass", "grades-mark-incomplete"),
        Some(_) => mark(Tone::Ok, "check", "grades-mark-saved"),
    }
}
