//! Packages: classes that the office presets for new students. The registrar puts them into plans.

use std::sync::Arc;

use chassis::db::Tx;
use chassis::error::FieldFault;
use chassis::idempotency::{self, Opened, Scope};
use chassis::once::{self, Answer, with_retries};
use chassis::page::Page;

use crate::app::App;
use crate::error::Error;
use crate::grpc::convert;
use crate::model::Class;
use crate::reasons;
use crate::rules::period::PeriodState;
use crate::rules::seats::Seats;
use crate::rules::{Refusal, schedule};
use crate::store::packages::{self, Filter, Package, Position};
use crate::store::{campus, classes, periods};

/// A package with its classes and the seats of this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageView {
    /// The package.
    pub package: Package,
    /// Its classes, in its order.
    pub classes: Vec<(Arc<Class>, Seats)>,
}

/// A page of packages, with the cursor of the next. `planned` says whether the reader knows of periods that have not begun.
///
/// # Errors
/// `Absent` when there is no such period for the reader.
pub async fn list(
    app: &App,
    filter: &Filter,
    planned: bool,
    page: &Page<Position>,
    filter_hash: u64,
) -> Result<(Vec<PackageView>, String), Error> {
    let mut tx = app.db.snapshot().await?;
    let period = periods::get(&mut tx, filter.period).await?;
    period.filter(|period| planned || period.state != PeriodState::Planned).ok_or(Error::Absent("period"))?;
    let after = page.after.clone().unwrap_or_default();
    let mut rows = packages::list(&mut tx, filter, &after, page.limit()).await?;
    drop(tx);
    let next = page.cut(&mut rows, filter_hash, |(_, position)| position.clone());
    let shelf = app.catalogue.shelf(filter.period).await?;
    let view = |(package, _): (Package, Position)| {
        let entries = package.class_ids.iter().filter_map(|id| shelf.get(id));
        let classes = entries.map(|entry| (entry.class.clone(), entry.seats())).collect();
        PackageView { package, classes }
    };
    Ok((rows.into_iter().map(view).collect(), next))
}

/// Makes a package. Its id and version are given here.
///
/// # Errors
/// `Fields` for a period, programme or class that is not there, a class of another period, two classes of one course;
/// `Refused` for classes that clash; `Duplicate` when the programme has a package of the name in the period.
pub async fn create(app: &App, draft: &Package, scope: Option<&Scope>) -> Result<Answer<PackageView>, Error> {
    with_retries(async || {
        let now = app.clock.now();
        let mut tx = match idempotency::open(&app.db, scope, now).await? {
            Opened::Fresh(tx) => tx,
            Opened::Replay(answer) => return Ok(Answer::Again(answer)),
        };
        let unknown_period = || Error::field("period_code", reasons::UNKNOWN_PERIOD, "no such period");
        periods::lock(&mut tx, draft.period).await?.ok_or_else(unknown_period)?;
        let unknown = || Error::field("programme_id", reasons::UNKNOWN_PROGRAMME, "no such study programme");
        campus::programme_code(&mut tx, &draft.programme_id).await?.ok_or_else(unknown)?;
        let classes = named(&mut tx, draft).await?;
        let view = PackageView { package: Package { id: chassis::id::new(), version: 1, ..draft.clone() }, classes };
        packages::insert(&mut tx, &view.package).await.map_err(taken)?;
        once::commit(tx, scope, || convert::encoded(&convert::package(&view)), now).await?;
        Ok(Answer::Done(view))
    })
    .await
}

/// Changes a package and replaces its classes, if `draft.version` is the one that is there.
///
/// # Errors
/// As [`create`]; `Absent`, `Stale`, `Fields` when the period or the programme differs.
pub async fn update(app: &App, draft: &Package) -> Result<PackageView, Error> {
    with_retries(async || {
        let mut tx = app.db.begin().await?;
        let known = locked(&mut tx, &draft.id).await?;
        if known.version != draft.version {
            return Err(Error::Stale);
        }
        if known.period != draft.period {
            return Err(Error::field("period_code", reasons::FIXED, "a package stays in its period"));
        }
        if known.programme_id != draft.programme_id {
            return Err(Error::field("programme_id", reasons::FIXED, "a package stays with its study programme"));
        }
        let classes = named(&mut tx, draft).await?;
        let view = PackageView { package: Package { version: known.version + 1, ..draft.clone() }, classes };
        packages::update(&mut tx, &view.package).await.map_err(taken)?;
        tx.commit().await?;
        Ok(view)
    })
    .await
}

/// Removes a package, if `version` is the one that is there. Plans that took it keep their classes.
///
/// # Errors
/// `Absent`, `Stale`.
pub async fn delete(app: &App, id: &str, version: i64) -> Result<(), Error> {
    with_retries(async || {
        let mut tx = app.db.begin().await?;
        let known = locked(&mut tx, id).await?;
        if known.version != version {
            return Err(Error::Stale);
        }
        packages::delete(&mut tx, id).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// The package, with its period locked before it: no class of the period appears or goes meanwhile.
async fn locked(tx: &mut Tx, id: &str) -> Result<Package, Error> {
    let seen = packages::get(&mut *tx, id).await?.ok_or(Error::Absent("package"))?;
    periods::lock(&mut *tx, seen.period).await?;
    packages::lock(tx, id).await?.ok_or(Error::Absent("package"))
}

fn taken(error: chassis::db::DbError) -> Error {
    Error::unless_taken(error, "uq_package_period_code_programme_id_name", reasons::PACKAGE_EXISTS)
}

/// The classes of a package, in its order; everything that is wrong with them.
async fn named(tx: &mut Tx, draft: &Package) -> Result<Vec<(Arc<Class>, Seats)>, Error> {
    let found = classes::by_ids(tx, &draft.class_ids).await?;
    let mut faults = Vec::new();
    let mut refusals = Vec::new();
    let mut named: Vec<Arc<Class>> = Vec::with_capacity(draft.class_ids.len());
    for (n, id) in draft.class_ids.iter().enumerate() {
        let mut fault =
            |reason, message: &str| faults.push(FieldFault::new(format!("class_ids[{n}]"), reason, message));
        let Some(class) = found.iter().find(|class| class.id == *id && class.period == draft.period) else {
            fault(reasons::UNKNOWN_CLASS, "no such class in the period");
            continue;
        };
        if named.iter().any(|other| other.course.id == class.course.id) {
            fault(reasons::NAMED_TWICE, "another class of the course is in the list already");
        }
        let clash = |other: &Arc<Class>| {
            let clash = schedule::clash(&class.meetings, &other.meetings)?;
            let refusal = Refusal::ScheduleClash { class: other.label(), class_id: other.id.clone(), clash };
            Some(Refusal::Of { class: class.label(), class_id: class.id.clone(), refusal: Box::new(refusal) })
        };
        refusals.extend(named.iter().filter_map(clash));
        named.push(Arc::new(class.clone()));
    }
    if !faults.is_empty() {
        return Err(Error::Fields(faults));
    }
    if !refusals.is_empty() {
        return Err(Error::Refused(refusals));
    }
    Ok(named.into_iter().map(|class| (class.clone(), class.seats.clone())).collect())
}
