//! Bulk import: rows are staged as they come, judged together, and applied at once.
//!
//! Memory is bounded whatever the size of the import: some hundreds of rows wait to be staged, and only the first faults
//! are kept one by one, the rest is counted.

use chassis::db::{Db, Tx};
use chassis::error::Fault;
use chassis::outbox::{self, Change};
use jiff::{SignedDuration, Timestamp};

use crate::error::Error;
use crate::feed;
use crate::reasons;
use crate::rules::field::{Checker, Need};
use crate::rules::row::Row;
use crate::store;
use crate::store::audit::Entry;
use crate::store::import::{self as staging, Found, Kind, Staged};

/// Rows of one table that are staged in one statement.
const STAGED_AT_ONCE: usize = 500;

/// Rows of one table that are applied in one statement.
const APPLIED_AT_ONCE: i64 = 1000;

/// Longest name of a file.
const FILE_NAME: usize = 255;

/// A row as it came.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    /// File that it stands in.
    pub file: String,
    /// Line there, from 1.
    pub line: u32,
    /// What it says; `None` when it says nothing.
    pub row: Option<Row>,
}

/// One thing that is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowFault {
    /// File.
    pub file: String,
    /// Line there.
    pub line: u32,
    /// Column heading; empty when the whole row is meant.
    pub column: &'static str,
    /// Reason word.
    pub reason: &'static str,
    /// Facts by name.
    pub facts: Vec<(&'static str, String)>,
}

/// Rows by what they do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// They make something.
    pub created: u64,
    /// They change something.
    pub changed: u64,
    /// They say what is so already.
    pub unchanged: u64,
}

/// The judgement over all rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// What applying would do; nothing but zeros when rows are wrong.
    pub count: Count,
    /// Wrong rows.
    pub wrong: u64,
}

/// An import that is under way. It must be [ended](Import::end), however it went.
#[derive(Debug)]
pub(crate) struct Import {
    db: Db,
    id: String,
    /// Faults kept one by one.
    limit: usize,
    /// Rows that wait to be staged, by table.
    waiting: [Vec<Staged>; 6],
    /// Rows that have a place, by table.
    places: [i64; 6],
    received: u64,
    faults: Vec<RowFault>,
    /// Rows with a fault of their own.
    unsound: u64,
}

impl Import {
    /// Begins an import, and removes what others have left, see [`remove_stale`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn begin(db: &Db, limit: usize, now: Timestamp, stale: SignedDuration) -> Result<Self, Error> {
        let id = chassis::id::new();
        remove_stale(db, now, stale).await?;
        let mut tx = db.begin().await?;
        staging::begin(&mut tx, &id, now).await?;
        tx.commit().await?;
        let (waiting, places) = Default::default();
        Ok(Self { db: db.clone(), id, limit, waiting, places, received: 0, faults: Vec::new(), unsound: 0 })
    }

    /// Rows received so far.
    #[must_use]
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Checks a row by itself and takes it in. Returns whether rows were staged by it.
    ///
    /// # Errors
    /// Malformed when the name of the file is none; or when the database does not answer.
    pub(crate) async fn add(&mut self, incoming: Incoming, now: Timestamp) -> Result<bool, Error> {
        let Incoming { file, line, row } = incoming;
        let mut c = Checker::new();
        let file = c.text("file", &file, FILE_NAME, Need::Required);
        super::complete(c.into_wrong())?;
        self.received += 1;
        let Some(row) = row else {
            self.unsound += 1;
            self.keep(RowFault { file, line, column: "", reason: reasons::ROW_EMPTY, facts: Vec::new() });
            return Ok(false);
        };
        let (row, wrong) = row.checked();
        let sound = wrong.is_empty();
        self.unsound += u64::from(!sound);
        for wrong in wrong {
            self.keep(RowFault {
                file: file.clone(),
                line,
                column: wrong.field,
                reason: wrong.reason,
                facts: wrong.facts,
            });
        }
        if !row.has_key() {
            return Ok(false);
        }
        let kind = Kind::of(&row);
        self.places[kind as usize] += 1;
        let place = self.places[kind as usize];
        self.waiting[kind as usize].push(Staged { place, file, line, sound, new_id: chassis::id::new(), row });
        if self.waiting[kind as usize].len() < STAGED_AT_ONCE {
            return Ok(false);
        }
        self.stage(&[kind], now).await?;
        Ok(true)
    }

    fn keep(&mut self, fault: RowFault) {
        if self.faults.len() < self.limit {
            self.faults.push(fault);
        }
    }

    async fn stage(&mut self, kinds: &[Kind], now: Timestamp) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        self.touch(&mut tx, now).await?;
        for &kind in kinds {
            for rows in self.waiting[kind as usize].chunks(STAGED_AT_ONCE) {
                staging::stage(&mut tx, &self.id, kind, rows).await?;
            }
        }
        tx.commit().await?;
        for &kind in kinds {
            self.waiting[kind as usize].clear();
        }
        Ok(())
    }

    async fn touch(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        if staging::touch(tx, &self.id, now).await? {
            Ok(())
        } else {
            Err(Fault::internal("the rows of a running import are gone").into())
        }
    }

    /// Judges all rows, in view of each other and of what is stored. Returns the first faults by file and line.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn judge(&mut self, now: Timestamp) -> Result<(Vec<RowFault>, Verdict), Error> {
        self.stage(&Kind::ALL, now).await?;
        let mut faults = std::mem::take(&mut self.faults);
        let mut verdict = Verdict { wrong: self.unsound, ..Verdict::default() };
        let mut tx = self.db.snapshot().await?;
        staging::plan_for_many(&mut tx).await?;
        let limit = i64::try_from(self.limit.max(1)).unwrap_or(i64::MAX);
        for kind in Kind::ALL {
            let found = staging::judge(&mut tx, &self.id, kind, limit).await?;
            verdict.wrong += found.first().map_or(0, |first| count(first.newly_wrong));
            faults.extend(found.into_iter().flat_map(|found| faults_of(kind, found)));
        }
        if verdict.wrong == 0 {
            for kind in Kind::ALL {
                let outlook = staging::foretell(&mut tx, &self.id, kind).await?;
                verdict.count.created += count(outlook.created);
                verdict.count.changed += count(outlook.changed);
                verdict.count.unchanged += count(outlook.total - outlook.created - outlook.changed);
            }
        }
        tx.rollback().await?;
        faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        faults.truncate(self.limit);
        Ok((faults, verdict))
    }

    /// Applies every row in one transaction; `actor` is who imports. `progress` hears how many rows are through, of how
    /// many.
    ///
    /// # Errors
    /// `ImportOutdated` when the rows are not good any more; or when the database does not take them.
    pub(crate) async fn apply(
        &mut self,
        actor: &str,
        now: Timestamp,
        mut progress: impl FnMut(u64, u64) + Send,
    ) -> Result<Count, Error> {
        let mut tx = self.db.begin().await?;
        staging::plan_for_many(&mut tx).await?;
        staging::pass_gate(&mut tx).await?;
        self.touch(&mut tx, now).await?;
        for kind in Kind::ALL {
            if !staging::judge(&mut tx, &self.id, kind, 1).await?.is_empty() {
                return Err(Error::ImportOutdated);
            }
        }
        let total = self.places.iter().map(|&places| count(places)).sum();
        let (mut done, mut counted) = (0, Count::default());
        for kind in Kind::ALL {
            let places = self.places[kind as usize];
            let mut after = 0;
            while after < places {
                let to = places.min(after + APPLIED_AT_ONCE);
                let changes = apply(&mut tx, &self.id, kind, after, to, now).await?;
                outbox::put_all(&mut tx, &changes, now).await?;
                let created = changes.iter().filter(|change| change.version == 1).count() as u64;
                let touched = changes.len() as u64;
                let rows = count(to - after);
                counted.created += created;
                counted.changed += touched - created;
                counted.unchanged += rows - touched;
                done += rows;
                after = to;
                progress(done, total);
            }
        }
        let Count { created, changed, unchanged } = counted;
        let detail = format!("created {created}, changed {changed}, unchanged {unchanged}");
        let entry = Entry { actor, action: "import", student_id: "", subject: &self.id, version: 0, detail: &detail };
        store::audit::put(&mut tx, &entry, now).await?;
        tx.commit().await?;
        Ok(counted)
    }

    /// Removes the staged rows. What a failure leaves behind is removed when it is stale.
    pub(crate) async fn end(self) {
        let removed = async {
            let mut tx = self.db.begin().await?;
            staging::remove(&mut tx, &self.id).await?;
            tx.commit().await
        };
        if let Err(error) = removed.await {
            tracing::warn!(%error, detail = error.detail(), import = self.id, "staged rows stay until they are stale");
        }
    }
}

/// Removes the rows of imports that nobody has touched for `stale`: the process that staged them has ended.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn remove_stale(db: &Db, now: Timestamp, stale: SignedDuration) -> Result<(), Error> {
    let before = now.checked_sub(stale).unwrap_or(Timestamp::MIN);
    let mut tx = db.begin().await?;
    let left = staging::remove_stale(&mut tx, before).await?;
    tx.commit().await?;
    if left > 0 {
        tracing::warn!(left, "removed imports that nobody ended");
    }
    Ok(())
}

/// Applies rows of one table and returns the events of those that made or changed something.
async fn apply(tx: &mut Tx, id: &str, kind: Kind, after: i64, to: i64, now: Timestamp) -> Result<Vec<Change>, Error> {
    Ok(match kind {
        Kind::Faculty => staging::faculties(tx, id, after, to).await?.iter().map(feed::faculty).collect(),
        Kind::Programme => staging::programmes(tx, id, after, to).await?.iter().map(feed::programme).collect(),
        Kind::Lecturer => staging::lecturers(tx, id, after, to).await?.iter().map(feed::lecturer).collect(),
        Kind::Student => staging::students(tx, id, after, to).await?.iter().map(feed::student).collect(),
        Kind::Status => staging::statuses(tx, id, after, to).await?.iter().map(feed::status).collect(),
        Kind::Hold => staging::holds(tx, id, after, to, now).await?.iter().map(feed::hold).collect(),
    })
}

/// Everything that is wrong with a row in view of the others.
fn faults_of(kind: Kind, found: Found) -> impl Iterator<Item = RowFault> {
    let Found { file, line, repeated, first_file, first_line, missing, no_advisor, entered, newly_wrong: _ } = found;
    let fault = move |column, reason, facts| RowFault { file: file.clone(), line, column, reason, facts };
    let (column, reason, fact) = match kind {
        Kind::Faculty | Kind::Programme => ("faculty", reasons::UNKNOWN_FACULTY, "faculty"),
        Kind::Lecturer | Kind::Student => ("programme", reasons::UNKNOWN_PROGRAMME, "programme"),
        Kind::Status | Kind::Hold => ("nim", reasons::UNKNOWN_STUDENT, "student"),
    };
    [
        repeated.then(|| {
            let facts = vec![("file", first_file), ("line", first_line.to_string())];
            fault("", reasons::DUPLICATE_ROW, facts)
        }),
        (!missing.is_empty()).then(|| fault(column, reason, vec![(fact, missing)])),
        (!no_advisor.is_empty()).then(|| fault("advisor", reasons::UNKNOWN_LECTURER, vec![("lecturer", no_advisor)])),
        (!entered.is_empty()).then(|| fault("period", reasons::PERIOD_BEFORE_ENTRY, vec![("entry_period", entered)])),
    ]
    .into_iter()
    .flatten()
}

/// A count of rows, which the database gives as a signed number.
fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}
