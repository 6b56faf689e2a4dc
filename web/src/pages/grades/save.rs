//! Saving the grid: one cell as it is left, a pasted column, or all by the button; with and without scripts.

use api::{ScoresInput, Sheet, SheetRow};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::grid;
use super::side::{Bar, Mark, Side};
use super::typed::{Kept, Merged, Typed, TypedRow, Unsaved, merge, score as score_of};
use super::{LIST, address, writer};
use crate::error::Failure;
use crate::format;
use crate::i18n::{Lang, Vars};
use crate::layer::Posted;
use crate::pages::entry::indexed;
use crate::reasons;
use crate::view::{Frame, Hidden, Layout, Link, Note, Tone};
use crate::visit::Visit;

/// `grades_swap.html`: what a save changes on the page, for htmx. The cells themselves stay, and with them the focus.
#[derive(Template)]
#[template(path = "grades_swap.html")]
pub struct Swap {
    /// For texts and icons.
    pub f: Frame,
    /// Notices; the ones there are replaced.
    pub notes: Vec<Note>,
    /// The rows that were sent.
    pub lines: Vec<Sent>,
    /// Distribution and checks; none when they are not known.
    pub side: Option<Side>,
    /// How many are complete, and whether it is saved.
    pub bar: Bar,
}

/// A row that was sent, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Number of the row.
    pub n: usize,
    /// Who.
    pub student_id: String,
    /// The scores that the cells are compared with at the next save: what is stored; where somebody else changed a score
    /// that this person left alone, what this person was shown.
    pub original: String,
    /// Scores that somebody else changed, by cell: `n.3.0=87,5|n.3.1=`.
    pub now: String,
    /// Cells that were not saved.
    pub wrong: String,
    /// Final score.
    pub total: String,
    /// Letter.
    pub letter: String,
    /// How it stands.
    pub mark: Mark,
    /// Why cells were not saved; may be empty.
    pub message: String,
}

impl Sent {
    /// Of a typed row and the stored one.
    #[must_use]
    pub fn new(lang: Lang, sheet: &Sheet, stored: &SheetRow, typed: &TypedRow, columns: &[String], at: &Kept) -> Self {
        let kept = at.get(&typed.student_id).map(Vec::as_slice).unwrap_or_default();
        let mut originals = Vec::new();
        let mut others = Vec::new();
        for (column, component) in columns.iter().enumerate() {
            let score = stored.scores.iter().find(|score| score.component_id == *component);
            let score = score.and_then(|score| score.score_hundredths);
            let shown = typed.shown[column];
            let left_alone = score_of(&typed.cells[column]) == Ok(shown);
            if left_alone && score != shown {
                let text = score.map(|score| format::short_hundredths(lang, score)).unwrap_or_default();
                others.push(format!("n.{}.{column}={text}", typed.n));
            }
            originals.push(if left_alone { shown } else { score });
        }
        let line = grid::line(lang, sheet, stored, typed.n, kept);
        let wrong =
            kept.iter().map(|unsaved| format!("n.{}.{}", typed.n, unsaved.column)).collect::<Vec<_>>().join(" ");
        Self {
            n: typed.n,
            original: grid::original(&originals),
            now: others.join("|"),
            wrong,
            student_id: line.student_id,
            total: line.total,
            letter: line.letter,
            mark: line.mark,
            message: line.message,
        }
    }
}

/// `grades_kept.html`: what was typed, when the class itself cannot be read: nothing is lost, and it can be sent again.
#[derive(Template)]
#[template(path = "grades_kept.html")]
pub struct KeptPage {
    /// Frame.
    pub f: Frame,
    /// Where the form is sent.
    pub action: String,
    /// Token.
    pub hidden: Hidden,
    /// Every field that was sent.
    pub fields: Vec<(String, String)>,
    /// How many cells hold something.
    pub count: String,
    /// The way back.
    pub back: Link,
}

/// How a save ended.
pub struct Outcome {
    /// Status of the page.
    pub status: StatusCode,
    /// The sheet as it is now.
    pub sheet: Sheet,
    /// Cells that were not saved.
    pub kept: Kept,
    /// Notices.
    pub notes: Vec<Note>,
    /// Rows that were written.
    pub written: usize,
    /// Whether the answer never came.
    pub down: bool,
}

/// `POST /nilai/{class}`.
///
/// # Errors
///
/// When nobody is logged in, somebody who enters no grades, or there is no such class for them.
pub async fn save(visit: Visit, Path(class): Path<String>, posted: Posted) -> Result<Response, Failure> {
    writer(&visit)?;
    let typed = Typed::read(&posted.0);
    let client = visit.client();
    let sheet = match client.sheet(&class).await.map_err(Failure::from) {
        Ok(sheet) => sheet,
        Err(Failure::Down) => return Ok(unread(&visit, &class, posted)),
        Err(failure) => return Err(failure),
    };
    let outcome = write(&visit, &client, sheet, &typed).await?;
    let page = posted.get("hal");
    if visit.htmx {
        return Ok(swap(&visit, &outcome, &typed));
    }
    if outcome.status == StatusCode::OK && outcome.kept.is_empty() {
        let key = if outcome.written == 0 { "grades-nothing-new" } else { "grades-saved" };
        visit.flash(Tone::Ok, visit.t(key), String::new());
        return Ok(visit.see(&crate::local::with_query(&address(&class), &[("hal", page)])));
    }
    let at = page.parse().unwrap_or(1);
    let mut page = grid::page(&visit, &outcome.sheet, &outcome.kept, at);
    page.f.notes.extend(outcome.notes);
    let status = if outcome.status == StatusCode::OK { StatusCode::BAD_REQUEST } else { outcome.status };
    Ok(visit.page_with(status, &page))
}

/// Writes what is new. A row that somebody changed in between is read again, once.
async fn write(visit: &Visit, client: &api::Client, mut sheet: Sheet, typed: &Typed) -> Result<Outcome, Failure> {
    let mut again = true;
    loop {
        let Merged { changes, kept } = merge(visit.lang, &sheet, typed);
        let good = |sheet, written| Outcome {
            status: StatusCode::OK,
            sheet,
            kept: kept.clone(),
            notes: Vec::new(),
            written,
            down: false,
        };
        if changes.is_empty() {
            return Ok(good(sheet, 0));
        }
        let input = ScoresInput { rows: changes };
        match client.put_scores(&sheet.summary.class_id, &input).await {
            Ok(set) => {
                let written = set.rows.len();
                for row in set.rows {
                    if let Some(old) = sheet.rows.iter_mut().find(|old| old.student_id == row.student_id) {
                        *old = row;
                    }
                }
                (sheet.summary, sheet.distribution) = (set.summary, set.distribution);
                return Ok(good(sheet, written));
            }
            Err(error) if again && (error.status() == Some(412) || error.has_reason("version-stale")) => {
                again = false;
                sheet = client.sheet(&sheet.summary.class_id).await?;
            }
            Err(error) => return refused(visit, sheet, typed, &input, kept, error),
        }
    }
}

/// What is said to a "no": nothing was written, so every typed cell stays as it is.
fn refused(
    visit: &Visit,
    sheet: Sheet,
    typed: &Typed,
    input: &ScoresInput,
    mut kept: Kept,
    error: api::client::Error,
) -> Result<Outcome, Failure> {
    let (lang, campus) = (visit.lang, &visit.app.campus);
    let mut notes = Vec::new();
    let mut down = false;
    let mut why = Whys::new();
    let status = match error.problem() {
        Some(problem) if matches!(problem.status, 400 | 403 | 409 | 412) => {
            let mut note = Note::new(Tone::Bad, lang.t("grades-not-saved"), lang.t("grades-not-saved.text"));
            for found in &problem.errors {
                let reason = reasons::sentence(lang, campus, &found.reason, &found.facts);
                let place = found.field.as_deref().and_then(|path| cell(path, input));
                match place {
                    Some(place) => {
                        why.insert(place, format!("{} {}", reason.title, reason.detail).trim().to_owned());
                    }
                    None => note.items.push(reason),
                }
            }
            if problem.errors.is_empty() {
                note.items.push(reasons::sentence(lang, campus, &problem.reason, &reasons::Facts::new()));
            }
            notes.push(note);
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT)
        }
        _ => match Failure::from(error) {
            Failure::Down => {
                down = true;
                notes.push(Note::down(lang, "down-grades-save"));
                StatusCode::SERVICE_UNAVAILABLE
            }
            failure => return Err(failure),
        },
    };
    for row in &input.rows {
        for score in &row.scores {
            let Some(column) = typed.columns.iter().position(|id| *id == score.component_id) else { continue };
            let typed = typed.rows.iter().find(|typed| typed.student_id == row.student_id);
            let typed = typed.map(|typed| typed.cells[column].clone()).unwrap_or_default();
            let said = why.remove(&(row.student_id.clone(), score.component_id.clone()));
            let why = said.unwrap_or_else(|| lang.with("grades-unsaved", &Vars::new().text("typed", typed.as_str())));
            kept.entry(row.student_id.clone()).or_default().push(Unsaved {
                column,
                component_id: score.component_id.clone(),
                typed,
                why,
            });
        }
    }
    Ok(Outcome { status, sheet, kept, notes, written: 0, down })
}

/// Why a score was not taken, by student and component.
type Whys = std::collections::BTreeMap<(String, String), String>;

/// Student and component that a path like `rows[0].scores[1]` means.
fn cell(path: &str, input: &ScoresInput) -> Option<(String, String)> {
    let (row, rest) = indexed(path, "rows")?;
    let (score, _) = indexed(rest, "scores")?;
    let row = input.rows.get(row)?;
    Some((row.student_id.clone(), row.scores.get(score)?.component_id.clone()))
}

fn swap(visit: &Visit, outcome: &Outcome, typed: &Typed) -> Response {
    let mut lines = Vec::new();
    let whole = typed.rows.len() > 1;
    for row in &typed.rows {
        let Some(stored) = outcome.sheet.rows.iter().find(|stored| stored.student_id == row.student_id) else {
            continue;
        };
        let mut sent = Sent::new(visit.lang, &outcome.sheet, stored, row, &typed.columns, &outcome.kept);
        if outcome.down {
            sent.mark = grid::mark(visit.lang, stored, &[], true);
        }
        // Of a whole grid only the rows that look otherwise now.
        if !whole || !sent.wrong.is_empty() || !sent.now.is_empty() || sent.original != grid::original(&row.shown) {
            lines.push(sent);
        }
    }
    let side = Some(Side::new(visit, &outcome.sheet, &outcome.kept));
    let bar = Bar::new(visit, &outcome.sheet, &outcome.kept, outcome.written > 0);
    let f = visit.frame(String::new(), Layout::Task, LIST);
    visit.page_with(outcome.status, &Swap { f, notes: outcome.notes.clone(), lines, side, bar })
}

/// When the class cannot be read: for htmx a notice, the cells stay as they are; else a page that holds what was typed.
fn unread(visit: &Visit, class: &str, posted: Posted) -> Response {
    let lang = visit.lang;
    let note = Note::down(lang, "down-grades-save");
    let mut f = visit.frame(lang.t("grades-kept-title"), Layout::Task, LIST);
    if visit.htmx {
        let bar = Bar { strong: lang.t("down-grades-save"), detail: lang.t("grades-still-typed"), tone: Tone::Bad };
        let part = Swap { f, notes: vec![note], lines: Vec::new(), side: None, bar };
        return visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &part);
    }
    f.notes.push(note);
    let own = ["token", "key", "back"];
    let fields: Vec<_> = posted.0.into_iter().filter(|(name, _)| !own.contains(&name.as_str())).collect();
    let typed = fields.iter().filter(|(name, value)| name.starts_with("n.") && !value.trim().is_empty()).count();
    let count = Vars::new().count("count", i64::try_from(typed).unwrap_or_default());
    let page = KeptPage {
        action: address(class),
        hidden: Hidden::new(visit.form_token()),
        fields,
        count: lang.with("grades-kept", &count),
        back: Link { href: address(class), text: lang.t("grades-title") },
        f,
    };
    visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &page)
}
