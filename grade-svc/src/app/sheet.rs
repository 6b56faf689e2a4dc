//! A sheet as it is shown: everything that is known of a class, of its students and of what may be done now.

use std::collections::HashMap;

use chassis::auth::Caller;
use chassis::db::{Db, DbError, Tx};
use jiff::Timestamp;

use crate::error::Error;
use crate::model::{Class, Grade, Scale, SheetHead};
use crate::rules::Refusal;
use crate::rules::access::{self, Verdict};
use crate::rules::period::PeriodCode;
use crate::rules::scale::Points;
use crate::rules::score::Score;
use crate::rules::sheet::{self, Component, PublishFacts, SheetState};
use crate::rules::window::{self, Gate, Window};
use crate::store::sheets::list::{self, Counts, Filter, Position};
use crate::store::{classes, grades, periods, scales, sheets};

/// A class as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The class.
    pub class: Class,
    /// The sheet's own row.
    pub head: SheetHead,
    /// Students.
    pub counts: Counts,
    /// The grade-entry window that matters.
    pub gate: Gate,
}

/// A student's letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The letter.
    pub letter: String,
    /// What it is worth.
    pub points: Points,
}

/// A student on a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Who.
    pub student_id: String,
    /// NIM.
    pub nim: String,
    /// Name.
    pub name: String,
    /// One for each component.
    pub scores: Vec<Option<Score>>,
    /// Final score.
    pub total: Option<Score>,
    /// Letter; once published the one that was published, whatever the scale says by now.
    pub letter: Option<Letter>,
    /// Version.
    pub version: i64,
}

/// How often a letter was given.
pub type Distribution = Vec<(String, u32)>;

/// The sheet of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The class.
    pub summary: Summary,
    /// Components.
    pub components: Vec<Component>,
    /// Students by NIM.
    pub rows: Vec<Row>,
    /// The scale that holds.
    pub scale: Option<Scale>,
}

impl Sheet {
    /// Every reason why nobody may write scores now.
    pub fn write_refusals(&self) -> Vec<Refusal> {
        sheet::write_refusals(self.summary.head.state, &self.summary.gate)
    }

    /// Every reason why nobody may publish now.
    pub fn publish_refusals(&self) -> Vec<Refusal> {
        let Summary { class, head, counts, gate } = &self.summary;
        sheet::publish_refusals(&PublishFacts {
            state: head.state,
            gate,
            students: counts.students,
            complete: counts.complete,
            has_scale: self.scale.is_some(),
            programme: &class.programme_code,
        })
    }

    /// How often each letter was given so far.
    pub fn distribution(&self) -> Distribution {
        let letters = self.rows.iter().filter_map(|row| row.letter.as_ref());
        let mut counts: HashMap<String, u32> = HashMap::new();
        for letter in letters {
            *counts.entry(letter.letter.clone()).or_default() += 1;
        }
        in_order(self.scale.as_ref(), counts)
    }
}

/// Counts in the order of the scale, every step of it; letters that it does not know come last.
fn in_order(scale: Option<&Scale>, mut counts: HashMap<String, u32>) -> Distribution {
    let steps = scale.map(|scale| scale.rules.steps.as_slice()).unwrap_or_default();
    let mut found: Distribution =
        steps.iter().map(|step| (step.letter.clone(), counts.remove(&step.letter).unwrap_or_default())).collect();
    let mut others: Vec<_> = counts.into_iter().collect();
    others.sort();
    found.extend(others);
    found
}

/// What the caller may do with a class that is not theirs to forget: everybody else gets `Absent`.
pub async fn authorise(
    db: &Db,
    caller: &Caller,
    class_id: &str,
    decide: fn(&Caller, access::ClassOwner<'_>) -> Verdict,
) -> Result<(), Error> {
    let mut tx = db.snapshot().await?;
    let class = classes::get(&mut tx, class_id).await?.ok_or(Error::Absent("class"))?;
    match class.owner(|owner| decide(caller, owner)) {
        Verdict::Allowed => Ok(()),
        Verdict::Denied => Err(Error::Denied),
        Verdict::NotLead => Err(Error::NotLead),
        Verdict::Absent => Err(Error::Absent("class")),
    }
}

/// The sheet of a class as of the transaction. Whoever is to change it holds the sheet's lock.
pub async fn load(tx: &mut Tx, class_id: &str, now: Timestamp) -> Result<Option<Sheet>, DbError> {
    let Some(class) = classes::get(&mut *tx, class_id).await? else { return Ok(None) };
    let Some(head) = sheets::get(&mut *tx, class_id).await? else { return Ok(None) };
    let windows = periods::windows(&mut *tx, &[class.period]).await?;
    let gate = gate(&class, &windows, now);
    let scale = scales::at(&mut *tx, &class.course.programme_id, class.period).await?;
    let components = sheets::components(&mut *tx, class_id).await?;
    let mut scores = sheets::scores(&mut *tx, class_id).await?;
    let published = grades::of_class(&mut *tx, class_id).await?;
    let mut published: HashMap<String, Grade> =
        published.into_iter().map(|grade| (grade.student_id.clone(), grade)).collect();
    let row = |student: sheets::StudentRow| {
        let mut score = |component: &Component| scores.remove(&(student.student_id.clone(), component.id.clone()));
        let scores: Vec<_> = components.iter().map(&mut score).collect();
        let (total, letter) = match (head.state, published.remove(&student.student_id)) {
            (_, Some(grade)) => {
                let letter = Letter { letter: grade.letter, points: grade.points };
                (grade.score, Some(letter))
            }
            (SheetState::Published, None) => (None, None),
            (_, None) => {
                let (total, step) = sheet::result(&components, &scores, scale.as_ref().map(|scale| &scale.rules));
                (total, step.map(|step| Letter { letter: step.letter.clone(), points: step.points }))
            }
        };
        let sheets::StudentRow { student_id, nim, name, version } = student;
        Row { student_id, nim, name, scores, total, letter, version }
    };
    let rows: Vec<_> = sheets::students(&mut *tx, class_id).await?.into_iter().map(row).collect();
    let complete = rows.iter().filter(|row| row.letter.is_some() || row.total.is_some()).count();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let counts = Counts { students: number(rows.len()), complete: number(complete) };
    Ok(Some(Sheet { summary: Summary { class, head, counts, gate }, components, rows, scale }))
}

fn gate(class: &Class, windows: &[(PeriodCode, Window)], now: Timestamp) -> Gate {
    let mine: Vec<_> =
        windows.iter().filter(|(period, _)| *period == class.period).map(|(_, window)| window.clone()).collect();
    window::gate(&mine, &class.belongs(), now)
}

/// How often each letter was given in the same course in the latest earlier period.
pub async fn earlier(tx: &mut Tx, sheet: &Sheet) -> Result<Option<(PeriodCode, Distribution)>, DbError> {
    let class = &sheet.summary.class;
    let found = classes::earlier_letters(tx, &class.course.course_id, class.period).await?;
    Ok(found.map(|(period, letters)| {
        let counts = letters.into_iter().map(|(letter, n)| (letter, u32::try_from(n).unwrap_or(u32::MAX))).collect();
        (period, in_order(sheet.scale.as_ref(), counts))
    }))
}

/// A page of sheets that the caller may read, with their positions.
pub async fn list(
    db: &Db,
    caller: &Caller,
    filter: &Filter,
    after: Option<&Position>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<(Position, Summary)>, Error> {
    let mut tx = db.snapshot().await?;
    let listed = list::list(&mut tx, &access::reach(caller), filter, after, limit).await?;
    let ids: Vec<_> = listed.iter().map(|row| row.class_id.clone()).collect();
    let found = classes::by_ids(&mut tx, &ids).await?;
    let mut counts = list::counts(&mut tx, &ids).await?;
    let mut codes: Vec<_> = found.iter().map(|class| class.period).collect();
    codes.sort();
    codes.dedup();
    let windows = periods::windows(&mut tx, &codes).await?;
    let mut found: HashMap<_, _> = found.into_iter().map(|class| (class.id.clone(), class)).collect();
    let summary = |row: list::Listed| {
        let class = found.remove(&row.class_id)?;
        let gate = gate(&class, &windows, now);
        let counts = counts.remove(&row.class_id).unwrap_or_default();
        Some((row.position, Summary { class, head: row.head, counts, gate }))
    };
    Ok(listed.into_iter().filter_map(summary).collect())
}
