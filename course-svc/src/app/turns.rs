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
    let due: Vec<_> = classes.iter().map(|(id, seats)| (id, seats, seats.for_line(now))).collect();
    let due: Vec<_> = due.into_iter().filter(|(.., wanted)| *wanted > 0).collect();
    let Some(most) = due.iter().map(|(.., wanted)| *wanted).max() else { return Ok(HashMap::new()) };
    let ids: Vec<_> = due.iter().map(|(id, ..)| (*id).clone()).collect();
    let mut lines = waiting::heads(&mut *tx, &ids, most).await?;
    let mut short = Vec::new();
    for (id, seats, wanted) in due {
        let Some(line) = lines.get_mut(id) else { continue };
        let is_all = line.len() == seats.waiting as usize;
        line.retain(|waiter| has_time(period, waiter, now));
        // Who stands first cannot have it: whoever can may stand anywhere behind them.
        if !is_all && turns(true, seats, line, now).len() < wanted.min(seats.waiting) as usize {
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
