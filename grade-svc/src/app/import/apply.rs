//! Applying an import: every lock first, in the order of all writers, then everything that changed.

use std::collections::{BTreeMap, BTreeSet};

use chassis::db::{DbError, DbErrorKind, Tx};
use chassis::outbox;
use jiff::Timestamp;

use crate::app::import::CHUNK;
use crate::app::import::world::{Class, Named, World};
use crate::app::{events, records};
use crate::error::Error;
use crate::rules::sheet::SheetState;
use crate::store::sheets::ScoreRow;
use crate::store::{grades, import_world, imports, records as record_rows, scales, sheets};

/// Who the rows of a sheet say has written them.
const OPERATOR: &str = "siakad";

/// Takes the gate, then the sheets of every period that the import speaks of.
pub(super) async fn lock(tx: &mut Tx, named: &Named) -> Result<(), Error> {
    imports::take_gate(&mut *tx).await?;
    Ok(import_world::lock_sheets(tx, &named.all()).await?)
}

/// Writes everything that changed, with its events. The records of students whose grades changed are renewed here, those of
/// the students of a programme whose scale changed soon after.
pub(super) async fn write(tx: &mut Tx, mut world: World, now: Timestamp) -> Result<(), Error> {
    write_scales(&mut *tx, &mut world).await.map_err(raced)?;
    write_sheets(&mut *tx, &world, now).await.map_err(raced)?;
    write_scores(&mut *tx, &world, now).await?;
    write_grades(tx, &world, now).await
}

async fn write_scales(tx: &mut Tx, world: &mut World) -> Result<(), DbError> {
    let mut programmes = BTreeSet::new();
    let starts = world.scales.values_mut().flat_map(BTreeMap::values_mut);
    for tracked in starts.filter(|tracked| tracked.is_changed()) {
        match &tracked.before {
            None => scales::insert(&mut *tx, &tracked.now).await?,
            Some(before) => {
                tracked.now.version = before.version + 1;
                scales::update(&mut *tx, &tracked.now).await?;
            }
        }
        programmes.insert(tracked.now.programme_id.clone());
    }
    for programme in programmes {
        record_rows::due_of_programme(&mut *tx, &programme).await?;
    }
    Ok(())
}

/// Components and states.
async fn write_sheets(tx: &mut Tx, world: &World, now: Timestamp) -> Result<(), DbError> {
    let mut changes = Vec::new();
    for class in world.classes.iter().filter(|class| class.parts.is_changed() || class.state.is_changed()) {
        if class.parts.is_changed() {
            sheets::replace_components(&mut *tx, &class.id, &class.parts.now).await?;
        }
        let state = class.state.now;
        let published_at = (state == SheetState::Published).then_some(now);
        let head = sheets::update(&mut *tx, &class.id, state, published_at).await?;
        changes.push(events::sheet(&class.id, &head));
    }
    outbox::put_all(tx, &changes, now).await
}

async fn write_scores(tx: &mut Tx, world: &World, now: Timestamp) -> Result<(), DbError> {
    let mut by_class: BTreeMap<Class, Vec<ScoreRow>> = BTreeMap::new();
    for ((student, part), tracked) in world.scores.iter().filter(|(_, tracked)| tracked.is_changed()) {
        let (component_id, class) = world.components[*part].clone();
        let (student_id, score) = (world.student_ids[*student].clone(), Some(tracked.now));
        by_class.entry(class).or_default().push(ScoreRow { student_id, component_id, score });
    }
    for (class, rows) in by_class {
        let students: BTreeSet<_> = rows.iter().map(|row| row.student_id.clone()).collect();
        let students: Vec<_> = students.into_iter().collect();
        sheets::put_scores(&mut *tx, &world.classes[class].id, &students, &rows, OPERATOR, now).await?;
    }
    Ok(())
}

async fn write_grades(tx: &mut Tx, world: &World, now: Timestamp) -> Result<(), Error> {
    let changed = world.grades.iter().filter(|(_, tracked)| tracked.is_changed());
    let mut keys: Vec<_> = changed.map(|(key, _)| *key).collect();
    // Neighbours in the table are written one after the other; locks are taken in the order of the ids.
    keys.sort_by_key(|(student, course, period)| (&world.student_ids[*student], *period, &world.courses[*course].id));
    let mut students: Vec<_> = keys.iter().map(|(student, ..)| world.student_ids[*student].clone()).collect();
    students.dedup();
    record_rows::lock(&mut *tx, &students).await?;
    for chunk in keys.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().filter_map(|key| world.grade(key)).collect();
        grades::put_many(&mut *tx, &rows).await?;
    }
    records::renew(tx, &students, now).await?;
    Ok(())
}

/// Somebody made the same scale, or came back to a roster, while this import was judged: it is judged anew.
fn raced(error: DbError) -> Error {
    match error.kind() {
        DbErrorKind::Unique | DbErrorKind::ForeignKey => Error::Raced,
        _ => Error::Db(error),
    }
}
