//! Who of waiting lists may have a seat now.

use std::collections::HashMap;

use chassis::db::{DbError, Tx};
use jiff::Timestamp;

use crate::model::Period;
use crate::rules::seats::Seats;
use crate::rules::waiting::{Waiter, has_time, turns};
use crate::store::waiting;

/// The first of the lines of classes, in order: of those who have time at that moment as many as can have the seats that are
/// kept for them, and no fewer than there are. The classes are of one period and take students.
///
/// # Errors
/// What the database says.
pub(super) async fn lines(
    tx: &mut Tx,
    period: &Period,
    classes: &[(String, &Seats)],
    now: Timestamp,
) -> Result<HashMap<String, Vec<Waiter>>, DbError> {
    let Some(most) = classes.iter().map(|(_, seats)| seats.reserved).max() else { return Ok(HashMap::new()) };
    let ids: Vec<_> = classes.iter().map(|(id, _)| id.clone()).collect();
    let mut lines = waiting::heads(&mut *tx, &ids, most).await?;
    let mut short = Vec::new();
    for (id, seats) in classes {
        let Some(line) = lines.get_mut(id) else { continue };
        let is_all = line.len() == seats.waiting as usize;
        line.retain(|waiter| has_time(period, waiter, now));
        // Who stands first cannot have it: whoever can may stand anywhere behind them.
        if !is_all && turns(true, seats, line, now).len() < seats.reserved as usize {
            short.push(id.clone());
        }
    }
    if !short.is_empty() {
        for (id, mut line) in waiting::firsts(tx, &short, most).await? {
            line.retain(|waiter| has_time(period, waiter, now));
            lines.insert(id, line);
        }
    }
    Ok(lines)
}
