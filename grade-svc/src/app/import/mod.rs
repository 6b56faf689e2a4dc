//! Bulk import: rows are staged as they come, judged together, and applied in one short transaction.

mod announced;
mod apply;
mod judge;
pub mod row;
mod world;

use std::sync::Arc;

use chassis::db::Tx;
use jiff::SignedDuration;

use crate::DefaultComponent;
use crate::app::App;
use crate::error::Error;
use crate::grpc::convert;
use crate::store::imports::{self, Batch};
use announced::Announced;
use chassis::once::with_retries;
use judge::Judge;
pub use judge::{FAULTS_TOLD, Tally};
use row::{Phase, RowFault};
use world::{Named, World};

/// Rows that are staged, and read back, at a time: those of one statement.
const CHUNK: usize = crate::store::CHUNK;

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
    /// Periods of which its rows speak.
    named: Named,
    announced: Announced,
    /// What a class is graded by until something else is said.
    defaults: Arc<[DefaultComponent]>,
}

impl Import {
    /// Begins an import, and removes those that a crash left behind.
    pub async fn begin(app: &App, defaults: Arc<[DefaultComponent]>) -> Result<Self, Error> {
        let now = app.clock.now();
        for stale in imports::stale(&app.db, now - STALE).await? {
            imports::remove(&app.db, &stale).await?;
        }
        let id = chassis::id::new();
        imports::begin(&app.db, &id, now).await?;
        let (named, announced) = (Named::default(), Announced::default());
        Ok(Self { app: app.clone(), id, rows: 0, batch: Batch::default(), named, announced, defaults })
    }

    /// Rows so far, announcements among them.
    pub fn rows(&self) -> u64 {
        self.rows.unsigned_abs()
    }

    /// Takes a row. False when there are more than the settings allow.
    pub async fn take(&mut self, arrived: convert::Arrived) -> Result<bool, Error> {
        if self.rows >= i64::from(self.app.import_rows) {
            return Ok(false);
        }
        self.rows += 1;
        let staged = match arrived {
            convert::Arrived::Announced(key) => {
                key.into_iter().for_each(|key| self.announced.add(key));
                return Ok(true);
            }
            convert::Arrived::Staged(staged) => staged,
        };
        match staged.phase {
            Phase::Scales | Phase::Steps => {}
            Phase::Components | Phase::Scores => self.named.sheets.extend(staged.period),
            Phase::Grades => self.named.grades.extend(staged.period),
        }
        self.batch.places.push(self.rows);
        self.batch.steps.push(staged.phase as i64);
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
        let world = World::load(&mut tx, &self.named, &self.announced).await?;
        let judge = self.run(&mut tx, world).await?;
        Ok(Judgement { faults: judge.faults, tally: judge.tally })
    }

    /// Judges all rows again, now against what has really arrived, and applies them unless one is wrong.
    pub async fn apply(&mut self) -> Result<Judgement, Error> {
        self.flush().await?;
        let this = &*self;
        with_retries(async || this.apply_once().await).await
    }

    async fn apply_once(&self) -> Result<Judgement, Error> {
        let now = self.app.clock.now();
        let mut tx = self.app.db.begin().await?;
        apply::lock(&mut tx, &self.named).await?;
        let world = World::load(&mut tx, &self.named, &Announced::default()).await?;
        let judge = self.run(&mut tx, world).await?;
        let judgement = Judgement { faults: judge.faults, tally: judge.tally };
        if judgement.is_good() {
            apply::write(&mut tx, judge.world, now).await?;
            tx.commit().await?;
        }
        Ok(judgement)
    }

    /// Leads all rows past the judge, phase by phase.
    async fn run(&self, tx: &mut Tx, world: World) -> Result<Judge<'_>, Error> {
        let mut judge = Judge::new(world, &self.defaults);
        for phase in Phase::ALL {
            let mut after = 0;
            loop {
                let rows = imports::rows(&mut *tx, &self.id, phase as i64, after, CHUNK as i64).await?;
                let Some((last, _)) = rows.last() else { break };
                after = *last;
                for (_, content) in rows {
                    judge.row(convert::import_row(&content)?);
                }
            }
            match phase {
                Phase::Scales | Phase::Scores => {}
                Phase::Steps => judge.end_steps(),
                Phase::Components => judge.end_components(),
                Phase::Grades => judge.end_grades(),
            }
        }
        Ok(judge)
    }

    /// Removes what was staged, whatever came of it.
    pub async fn end(self) -> Result<(), Error> {
        Ok(imports::remove(&self.app.db, &self.id).await?)
    }
}
