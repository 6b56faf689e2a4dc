//! Applying an import: every lock first, in the order of all writers, then everything that changed.

use std::collections::{BTreeMap, BTreeSet};

use chassis::db::{DbError, DbErrorKind, Tx};
use chassis::outbox::{self, Change};
use chassis::telemetry::Context;
use jiff::Timestamp;

use crate::app::equivalents::told;
use crate::app::events;
use crate::app::import::row::{Row, Step};
use crate::app::import::world::World;
use crate::app::import::{CHUNK, Import};
use crate::error::Error;
use crate::grpc::convert;
use crate::model::Class;
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::{Deed, PlanState, Stage};
use crate::rules::seats::{Bucket, Seats};
use crate::store::plan_steps::Actor;
use crate::store::plans::NewItem;
use crate::store::{
    campus, classes, courses, curricula, equivalents, imports, periods, plan_steps, plans, prerequisites, rooms,
};

/// Takes the gates, the periods, the plans, the curricula, the courses, the rooms, the classes.
pub(super) async fn lock(tx: &mut Tx, import: &Import, now: Timestamp) -> Result<(), Error> {
    imports::take_gate(&mut *tx).await?;
    if import.asks {
        prerequisites::take_gate(&mut *tx).await?;
    }
    for period in &import.named {
        // Who makes a plan at this moment is waited for where a row may plan the period again, and where rows make plans, too:
        // the registrar makes its own after it has locked classes.
        match import.periods || import.planned {
            true => periods::lock_out(&mut *tx, *period).await?,
            false => periods::lock(&mut *tx, *period).await?,
        };
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
    curricula::lock_all(&mut *tx).await?;
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
            if let Row::Plan { nim, key: Some(key), .. } = convert::import_row(&content)?.row
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
    offering(tx, &mut world, &mut changes, now).await.map_err(raced)?;
    study(tx, &mut world, &mut changes).await?;
    seats(tx, &world, &mut changes, now).await?;
    for period in named {
        plans::delete_unopened(&mut *tx, *period).await?;
    }
    let traceparent = Context::traceparent();
    let changes: Vec<_> = changes.into_iter().map(|change: Change| change.traced(traceparent.clone())).collect();
    Ok(outbox::put_all(tx, &changes, now).await?)
}

/// Courses, rooms, periods and classes, in the order in which they refer to each other.
async fn offering(tx: &mut Tx, world: &mut World, changes: &mut Vec<Change>, now: Timestamp) -> Result<(), DbError> {
    let made = world.courses.values().filter(|tracked| tracked.before.is_none()).map(|tracked| &tracked.now);
    courses::insert_many(&mut *tx, &made.collect::<Vec<_>>()).await?;
    for tracked in world.courses.values_mut().filter(|tracked| tracked.is_changed()) {
        if let Some(before) = &tracked.before {
            tracked.now.version = before.version + 1;
            courses::update(&mut *tx, &tracked.now).await?;
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
    // Seats that the import takes come after the plans that they are in.
    let empty = |class: &Class| Class { seats: Seats::new(class.seats.capacity, 0), ..class.clone() };
    let made = world.classes.iter().filter(|tracked| tracked.before.is_none());
    let made: Vec<_> = made.map(|tracked| empty(&tracked.now)).collect();
    classes::insert_many(&mut *tx, &made.iter().collect::<Vec<_>>()).await?;
    for tracked in &mut world.classes {
        // Seats taken are no change of the offering; `seats` writes them.
        if let Some(before) = &tracked.before {
            let seats = Seats { capacity: tracked.now.seats.capacity, ..before.seats.clone() };
            let mut offered = Class { seats, ..tracked.now.clone() };
            if offered == *before {
                continue;
            }
            offered.version = before.version + 1;
            offered.seats = offered.seats.settled(now);
            tracked.now.version = offered.version;
            classes::update(&mut *tx, &offered).await?;
        }
        changes.push(events::class(&tracked.now));
    }
    Ok(())
}

/// Curricula, prerequisites and equivalent courses.
async fn study(tx: &mut Tx, world: &mut World, changes: &mut Vec<Change>) -> Result<(), Error> {
    for tracked in world.curricula.values_mut().filter(|tracked| tracked.is_changed()) {
        match &tracked.before {
            None => curricula::insert(&mut *tx, &tracked.now).await.map_err(raced)?,
            Some(before) => {
                tracked.now.version = before.version + 1;
                curricula::update(&mut *tx, &tracked.now).await?;
            }
        }
    }
    if !world.asks_changed.is_empty() {
        let versions = prerequisites::versions(&mut *tx).await?;
        let new = world.asks_changed.iter().map(|id| prerequisites::New {
            course_id: id.clone(),
            version: versions.get(id).copied().unwrap_or_default() + 1,
            groups: world.asks.get(id).cloned().unwrap_or_default(),
        });
        prerequisites::replace(&mut *tx, &new.collect::<Vec<_>>()).await?;
    }
    if !world.linked.is_empty() {
        let courses: BTreeSet<_> = world.linked.iter().flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
        let versions = equivalents::bump(&mut *tx, &courses.into_iter().collect::<Vec<_>>()).await?;
        equivalents::link(&mut *tx, &world.linked).await?;
        changes.extend(told(tx, versions).await?);
    }
    Ok(())
}

/// Seats, and the plans that they are in or that are in another state now.
async fn seats(tx: &mut Tx, world: &World, changes: &mut Vec<Change>, now: Timestamp) -> Result<(), Error> {
    let mut items: BTreeMap<PeriodCode, Vec<NewItem>> = BTreeMap::new();
    let mut states: BTreeMap<PeriodCode, BTreeMap<&str, PlanState>> = BTreeMap::new();
    let mut by_class: BTreeMap<&str, (i64, u32)> = BTreeMap::new();
    let mut kept = Vec::new();
    let moved = world.said_states.keys().filter(|key| {
        // A plan without a single good row is none.
        world.plans.contains_key(*key) && world.state_of(key) != world.found_states.get(*key).copied()
    });
    for key in world.added.iter().map(|(key, ..)| key).chain(moved) {
        if let Some(state) = world.state_of(key) {
            states.entry(key.1).or_default().insert(&key.0, state);
        }
    }
    let mut wishes: BTreeMap<PeriodCode, BTreeSet<(String, String)>> = BTreeMap::new();
    for ((student, period), n, _) in &world.claimed {
        let wish = (student.clone(), world.classes[*n].now.id.clone());
        wishes.entry(*period).or_default().insert(wish);
    }
    for ((student, period), n, bucket) in world.added.iter().chain(&world.claimed) {
        let class = &world.classes[*n].now;
        let (class_id, course_id) = (class.id.clone(), class.course.id.clone());
        if *bucket != Bucket::Public {
            kept.push((class_id.clone(), bucket.clone(), 1));
        }
        let new = NewItem { student_id: student.clone(), class_id, course_id, bucket: bucket.text() };
        items.entry(*period).or_default().push(new);
        let (by, reserved) = by_class.entry(&class.id).or_default();
        (*by, *reserved) = (*by + 1, class.seats.for_line(now));
    }
    for (period, states) in states {
        let students: Vec<_> = states.keys().map(|student| (*student).to_owned()).collect();
        // Plans of a period that the import itself makes could not be made before.
        plans::make_many(&mut *tx, period, &students, now).await?;
        let saved: Vec<_> = states.iter().map(|(student, state)| ((*student).to_owned(), *state)).collect();
        let mut steps = Vec::with_capacity(saved.len());
        for (student, version, revision) in plans::save_many(&mut *tx, period, &saved, now).await? {
            let state = states[student.as_str()];
            let plan = world.plans.get(&(student.clone(), period)).map(Vec::as_slice).unwrap_or_default();
            let held = |n: &usize| !world.wished.contains(&(student.clone(), *n));
            let places = plan.iter().map(|n| (world.classes[*n].now.id.clone(), held(n))).collect();
            let stage = Stage::stored(state, String::new()).of_revision(revision);
            changes.push(events::plan(&student, period, version, &stage, places));
            steps.push((student, state, version));
        }
        plan_steps::add_many(&mut *tx, period, Deed::Import, &Actor::IMPORT, &steps, now).await?;
    }
    for (period, wishes) in &wishes {
        // What was a wish comes back as a seat.
        plans::delete_items(&mut *tx, *period, wishes).await?;
    }
    for (period, items) in items {
        plans::insert_items(&mut *tx, period, &items, now).await?;
    }
    let taken: Vec<_> = by_class.into_iter().map(|(id, (by, reserved))| (id.to_owned(), by, reserved)).collect();
    classes::add_taken(&mut *tx, &taken).await?;
    Ok(classes::move_kept(tx, &kept).await?)
}

/// Somebody made the same course, curriculum, room or class while this import was judged: it is judged anew.
fn raced(error: DbError) -> Error {
    if error.kind() == DbErrorKind::Unique { Error::Raced } else { Error::Db(error) }
}
