//! Applying an import: every lock first, in the order of all writers, then everything that changed.

use std::collections::{BTreeMap, BTreeSet};

use chassis::db::{DbError, DbErrorKind, Tx};
use chassis::outbox::{self, Change};
use chassis::telemetry::Context;
use jiff::Timestamp;

use crate::app::events;
use crate::app::import::row::{Row, Step};
use crate::app::import::world::World;
use crate::app::import::{CHUNK, Import};
use crate::error::Error;
use crate::grpc::convert;
use crate::rules::period::PeriodCode;
use crate::store::plans::NewItem;
use crate::store::{campus, classes, courses, imports, periods, plans, rooms};

/// Takes the gate, the periods, the plans, the courses, the rooms, the classes.
pub(super) async fn lock(tx: &mut Tx, import: &Import, now: Timestamp) -> Result<(), Error> {
    imports::take_gate(&mut *tx).await?;
    for period in &import.named {
        periods::lock(&mut *tx, *period).await?;
    }
    let students = match import.planned {
        true => students_of_rows(&mut *tx, &import.id).await?,
        false => BTreeMap::new(),
    };
    // One order for all writers: by period here, and by student within it.
    for period in &import.named {
        if periods::get(&mut *tx, *period).await?.is_none() {
            // The import makes it: nobody has a plan there yet.
            continue;
        }
        if let Some(students) = students.get(period) {
            let students: Vec<_> = students.iter().cloned().collect();
            plans::make_many(&mut *tx, *period, &students, now).await?;
        }
        plans::lock_period(&mut *tx, *period).await?;
    }
    courses::lock_all(&mut *tx).await?;
    rooms::lock_all(&mut *tx).await?;
    for period in &import.named {
        classes::lock_period(&mut *tx, *period).await?;
    }
    Ok(())
}

/// Known students whom plan rows name, by period.
async fn students_of_rows(tx: &mut Tx, import_id: &str) -> Result<BTreeMap<PeriodCode, BTreeSet<String>>, Error> {
    let ids: BTreeMap<_, _> =
        campus::students(&mut *tx).await?.into_iter().map(|row| (row.nim, row.student_id)).collect();
    let mut students: BTreeMap<PeriodCode, BTreeSet<String>> = BTreeMap::new();
    let mut after = 0;
    loop {
        let rows = imports::rows(&mut *tx, import_id, Step::Plans as i64, after, CHUNK as i64).await?;
        let Some((last, _)) = rows.last() else { return Ok(students) };
        after = *last;
        for (_, content) in rows {
            if let Row::Plan { nim, key: Some(key) } = convert::import_row(&content)?.row
                && let Some(id) = ids.get(&nim)
            {
                students.entry(key.period).or_default().insert(id.clone());
            }
        }
    }
}

/// Writes everything that changed, with its events.
pub(super) async fn write(
    tx: &mut Tx,
    mut world: World,
    named: &BTreeSet<PeriodCode>,
    now: Timestamp,
) -> Result<(), Error> {
    let mut changes = Vec::new();
    offering(tx, &mut world, &mut changes).await.map_err(raced)?;
    seats(tx, &world, &mut changes, now).await?;
    for period in named {
        plans::delete_unopened(&mut *tx, *period).await?;
    }
    let traceparent = Context::traceparent();
    let changes: Vec<_> = changes.into_iter().map(|change: Change| change.traced(traceparent.clone())).collect();
    Ok(outbox::put_all(tx, &changes, now).await?)
}

/// Courses, rooms, periods and classes, in the order in which they refer to each other.
async fn offering(tx: &mut Tx, world: &mut World, changes: &mut Vec<Change>) -> Result<(), DbError> {
    for tracked in world.courses.values_mut().filter(|tracked| tracked.is_changed()) {
        match &tracked.before {
            None => courses::insert(&mut *tx, &tracked.now).await?,
            Some(before) => {
                tracked.now.version = before.version + 1;
                courses::update(&mut *tx, &tracked.now).await?;
            }
        }
        changes.push(events::course(&tracked.now));
    }
    for tracked in world.rooms.values_mut().filter(|tracked| tracked.is_changed()) {
        match &tracked.before {
            None => rooms::insert(&mut *tx, &tracked.now).await?,
            Some(before) => {
                tracked.now.version = before.version + 1;
                rooms::update(&mut *tx, &tracked.now).await?;
            }
        }
        changes.push(events::room(&tracked.now));
    }
    for tracked in world.periods.values_mut().filter(|tracked| tracked.is_changed()) {
        match &tracked.before {
            None => periods::insert(&mut *tx, &tracked.now).await?,
            Some(before) => {
                tracked.now.version = before.version + 1;
                periods::update(&mut *tx, &tracked.now).await?;
            }
        }
        changes.push(events::period(&tracked.now));
    }
    for tracked in &mut world.classes {
        // Seats taken are no change of the offering; `seats` writes them.
        let same = tracked.before.as_ref().is_some_and(|before| {
            let mut now = tracked.now.clone();
            now.seats.taken = before.seats.taken;
            now == *before
        });
        if same {
            continue;
        }
        match &tracked.before {
            None => {
                let mut empty = tracked.now.clone();
                empty.seats.taken = 0;
                classes::insert(&mut *tx, &empty).await?;
            }
            Some(before) => {
                tracked.now.version = before.version + 1;
                classes::update(&mut *tx, &tracked.now).await?;
            }
        }
        changes.push(events::class(&tracked.now));
    }
    Ok(())
}

/// Seats and the plans that they are in.
async fn seats(tx: &mut Tx, world: &World, changes: &mut Vec<Change>, now: Timestamp) -> Result<(), Error> {
    let mut by_period: BTreeMap<PeriodCode, Vec<NewItem>> = BTreeMap::new();
    let mut students: BTreeMap<PeriodCode, BTreeSet<String>> = BTreeMap::new();
    let mut by_class: BTreeMap<&str, i64> = BTreeMap::new();
    for ((student, period), n) in &world.added {
        let class = &world.classes[*n].now;
        let (class_id, course_id) = (class.id.clone(), class.course.id.clone());
        by_period.entry(*period).or_default().push(NewItem { student_id: student.clone(), class_id, course_id });
        students.entry(*period).or_default().insert(student.clone());
        *by_class.entry(&class.id).or_default() += 1;
    }
    for (period, students) in students {
        let students: Vec<_> = students.into_iter().collect();
        // Plans of a period that the import itself makes could not be made before.
        plans::make_many(&mut *tx, period, &students, now).await?;
        for (student, version) in plans::bump_many(&mut *tx, period, &students, now).await? {
            let plan = world.plans.get(&(student.clone(), period)).map(Vec::as_slice).unwrap_or_default();
            let mut ids: Vec<_> = plan.iter().map(|n| world.classes[*n].now.id.clone()).collect();
            ids.sort();
            changes.push(events::plan(&student, period, version, ids));
        }
    }
    for (period, items) in by_period {
        plans::insert_items(&mut *tx, period, &items, now).await?;
    }
    let taken: Vec<_> = by_class.into_iter().map(|(id, by)| (id.to_owned(), by)).collect();
    Ok(classes::add_taken(tx, &taken).await?)
}

/// Somebody made the same course, room or class while this import was judged: it is judged anew.
fn raced(error: DbError) -> Error {
    if error.kind() == DbErrorKind::Unique { Error::Raced } else { Error::Db(error) }
}
