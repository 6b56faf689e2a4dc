//! Bulk import: rows are staged as they come, judged together, and applied in one short transaction.

mod apply;
mod checks;
mod history;
mod judge;
mod offered;
pub mod row;
mod seats;
mod study;
mod world;

use std::sync::Arc;

use std::collections::BTreeSet;

use chassis::db::Tx;
use jiff::SignedDuration;

use crate::app::App;
use crate::error::Error;
use crate::grpc::convert;
use crate::rules::period::PeriodCode;
use crate::store::imports::{self, Batch};
use crate::store::{classes, plans, records};
use chassis::once::with_retries;
use judge::Judge;
pub use judge::{FAULTS_TOLD, Tally};
use row::{Parsed, RowFault, Step};
use world::World;

/// Rows that are staged, and read back, at a time: those of one statement.
const CHUNK: usize = 500;

/// After this an import that nobody has touched was left behind by a crash.
const STALE: SignedDuration = SignedDuration::from_hours(1);

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Faults and warnings, at most [`FAULTS_TOLD`] of each.
    pub faults: Vec<RowFault>,
    /// Counts.
    pub tally: Tally,
}

impl Judgement {
    /// No row is wrong.
    pub fn is_good(&self) -> bool {
        self.tally.wrong == 0
    }
}

/// One import. [`Import::end`] removes what it staged.
#[derive(Debug)]
pub struct Import {
    app: App,
    id: String,
    rows: i64,
    batch: Batch,
    /// Periods that its rows speak of.
    named: BTreeSet<PeriodCode>,
    /// Whether it has period rows, which may end what students see of a period.
    periods: bool,
    /// Whether it has plan rows: their plans are made and locked before anything is applied.
    planned: bool,
    /// Whether it announces results.
    results: bool,
    /// Whether it has rows that change what courses ask for.
    asks: bool,
}

impl Import {
    /// Begins an import, and removes those that a crash left behind.
    pub async fn begin(app: &App) -> Result<Self, Error> {
        let now = app.clock.now();
        for stale in imports::stale(&app.db, now - STALE).await? {
            imports::remove(&app.db, &stale).await?;
        }
        let id = chassis::id::new();
        imports::begin(&app.db, &id, now).await?;
        let named = BTreeSet::new();
        Ok(Self {
            app: app.clone(),
            id,
            rows: 0,
            batch: Batch::default(),
            named,
            periods: false,
            planned: false,
            results: false,
            asks: false,
        })
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows.unsigned_abs()
    }

    /// Takes a row. False when there are more than the settings allow.
    pub async fn stage(&mut self, staged: convert::Staged) -> Result<bool, Error> {
        if self.rows >= i64::from(self.app.import_rows) {
            return Ok(false);
        }
        self.rows += 1;
        self.named.extend(staged.period);
        self.periods |= staged.step == Step::Periods;
        self.planned |= staged.step == Step::Plans;
        self.results |= staged.step == Step::Results;
        self.asks |= matches!(staged.step, Step::Prerequisites | Step::Equivalents);
        self.batch.places.push(self.rows);
        self.batch.steps.push(staged.step as i64);
        self.batch.contents.push(staged.content);
        if self.batch.places.len() >= CHUNK {
            self.flush().await?;
        }
        Ok(true)
    }

    async fn flush(&mut self) -> Result<(), Error> {
        if self.batch.places.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        Ok(imports::stage(&self.app.db, &self.id, batch, self.app.clock.now()).await?)
    }

    /// Judges all rows together; keys that were announced are taken as known.
    pub async fn judge(&mut self) -> Result<Judgement, Error> {
        self.flush().await?;
        let mut tx = self.app.db.snapshot().await?;
        let world = World::load(&mut tx, &self.named).await?;
        let judge = self.run(&mut tx, world, true).await?;
        Ok(Judgement { faults: judge.faults, tally: judge.tally })
    }

    /// Judges all rows again, now against what has really arrived, and applies them unless one is wrong.
    pub async fn apply(&mut self) -> Result<Judgement, Error> {
        self.flush().await?;
        let this = &*self;
        let judgement = with_retries(async || this.apply_once().await).await?;
        if judgement.is_good() {
            self.app.catalogue.everything_changed();
            self.app.promotions.look();
        }
        Ok(judgement)
    }

    async fn apply_once(&self) -> Result<Judgement, Error> {
        let now = self.app.clock.now();
        let mut tx = self.app.db.begin().await?;
        apply::lock(&mut tx, self, now).await?;
        let world = World::load(&mut tx, &self.named).await?;
        let judge = self.run(&mut tx, world, false).await?;
        let judgement = Judgement { faults: judge.faults, tally: judge.tally };
        if judgement.is_good() {
            apply::write(&mut tx, judge.world, &self.named, now).await?;
            tx.commit().await?;
        }
        Ok(judgement)
    }

    /// Leads all rows past the judge, step by step.
    async fn run(&self, tx: &mut Tx, world: World, announced: bool) -> Result<Judge, Error> {
        let policies = self.app.policy.policies_read(&mut *tx).await?;
        let mut judge = Judge::new(world, Arc::new(policies));
        for step in Step::ALL {
            // What other services bring has arrived by now, but for results: they come after the plans.
            if step == Step::Announcements && !announced {
                continue;
            }
            self.begin_step(tx, &mut judge, step).await?;
            let mut after = 0;
            loop {
                let rows = imports::rows(&mut *tx, &self.id, step as i64, after, CHUNK as i64).await?;
                let Some((last, _)) = rows.last() else { break };
                after = *last;
                let rows: Vec<_> =
                    rows.iter().map(|(_, content)| convert::import_row(content)).collect::<Result<_, _>>()?;
                judge.world.load_pasts(tx, rows.iter().filter_map(Parsed::nim)).await?;
                rows.into_iter().for_each(|row| judge.row(row));
            }
            self.end_step(tx, &mut judge, step, announced).await?;
        }
        Ok(judge)
    }

    async fn begin_step(&self, tx: &mut Tx, judge: &mut Judge, step: Step) -> Result<(), Error> {
        match step {
            Step::Classes => judge.begin_classes(),
            Step::Grades if self.results => {
                judge.world.points.extend(records::letters(tx).await?);
            }
            _ => {}
        }
        Ok(())
    }

    async fn end_step(&self, tx: &mut Tx, judge: &mut Judge, step: Step, announced: bool) -> Result<(), Error> {
        match step {
            Step::Courses => {
                let courses = judge.other_credits();
                if !announced {
                    // Other periods have classes of them too. Whoever locks more than one class waits at the courses.
                    classes::lock_of_courses(&mut *tx, &courses).await?;
                }
                judge.end_courses(&plans::students_of_courses(&mut *tx, &courses).await?);
            }
            Step::CurriculumCourses => judge.end_curricula(),
            Step::Prerequisites => judge.end_prerequisites(),
            Step::Windows => judge.end_windows(),
            Step::Meetings => {
                judge.end_meetings();
                judge.check_offering();
                judge.check_allocated();
            }
            Step::Plans => judge.end_plans(),
            _ => {}
        }
        Ok(())
    }

    /// Removes what was staged, whatever came of it.
    pub async fn end(self) -> Result<(), Error> {
        Ok(imports::remove(&self.app.db, &self.id).await?)
    }
}
