//! Classes with their seats as a transaction sees them, what describes them from memory.

use std::collections::HashMap;
use std::sync::Arc;

use chassis::db::{DbError, Texts, Tx};

use crate::app::catalogue::Catalogue;
use crate::app::situation::Offered;
use crate::rules::period::PeriodCode;
use crate::rules::seats::Seats;
use crate::store::classes;

/// The classes with their seats, by id: what describes them comes from memory where the versions of class and course say
/// that it is what is stored.
pub(super) async fn offered(
    catalogue: &Arc<Catalogue>,
    tx: &mut Tx,
    code: PeriodCode,
    mut ids: Vec<String>,
) -> Result<HashMap<String, Offered>, DbError> {
    ids.sort();
    ids.dedup();
    let mut found = HashMap::with_capacity(ids.len());
    if ids.is_empty() {
        return Ok(found);
    }
    let shelf = catalogue.held(code);
    let held = |id: &str| shelf.as_ref().and_then(|shelf| shelf.get(id));
    let rows = classes::seats_of(&mut *tx, &ids).await?;
    // Few classes keep seats for anybody.
    let keeping = rows.iter().map(|row| &row.class_id);
    let keeping: Vec<_> = keeping.filter(|id| held(id).is_some_and(|entry| entry.keeps_seats())).cloned().collect();
    let mut kept = match keeping.is_empty() {
        true => HashMap::new(),
        false => classes::kept(&mut *tx, Texts(keeping)).await?,
    };
    let mut unknown = Vec::new();
    for row in rows {
        let known = held(&row.class_id);
        let known = known.filter(|e| (e.class.version, e.class.course.version) == (row.version, row.course_version));
        match known {
            Some(entry) => {
                let reservations = kept.remove(&row.class_id).unwrap_or_default();
                let classes::TakenRow { taken, reserved, waiting, .. } = row;
                let capacity = entry.class.seats.capacity;
                let seats = Seats { capacity, taken, reserved, waiting, reservations };
                let (class, facts, seat_version) = (entry.class.clone(), entry.facts.clone(), row.seat_version);
                found.insert(row.class_id, Offered { class, facts, seats, seat_version });
            }
            None => unknown.push(row.class_id),
        }
    }
    if !unknown.is_empty() {
        let read = classes::by_ids(tx, &unknown).await?;
        found.extend(read.into_iter().map(|class| (class.id.clone(), Offered::from(class))));
        if shelf.is_none() {
            // The next batch finds them in memory.
            let catalogue = Arc::clone(catalogue);
            tokio::spawn(async move { catalogue.shelf(code).await.map(drop) });
        }
    }
    Ok(found)
}
