//! Taking classes and giving them back, often: what the registrar is told of. Nobody is kept from it.

use jiff::{SignedDuration, Timestamp};

/// Labels that a record keeps.
const LABELS: usize = 20;

/// A class that was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    /// When.
    pub at: Timestamp,
    /// The class, as people call it.
    pub label: String,
}

/// Many classes given back by one student within a span of hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trading {
    /// First of them.
    pub first_at: Timestamp,
    /// Last of them.
    pub last_at: Timestamp,
    /// How many.
    pub drops: u32,
    /// The classes, latest first, a few of them.
    pub labels: Vec<String>,
}

/// What is recorded after a class was given back: all that the student gave back (oldest first, this one included), and the
/// latest record that there is. A record grows as long as its span of hours runs; what it counted is not counted again, so
/// each span is recorded once. `None` while it is not worth a record.
pub fn record(
    given_back: &[GivenBack],
    latest: Option<&Trading>,
    limit: u32,
    span: SignedDuration,
    now: Timestamp,
) -> Option<Trading> {
    let open = latest.filter(|record| record.first_at > now - span);
    let counts = |one: &&GivenBack| match (open, latest) {
        (Some(record), _) => one.at >= record.first_at,
        (None, Some(record)) => one.at > now - span && one.at > record.last_at,
        (None, None) => one.at > now - span,
    };
    let counted: Vec<_> = given_back.iter().filter(counts).collect();
    let drops = u32::try_from(counted.len()).unwrap_or(u32::MAX);
    if open.is_none() && drops < limit {
        return None;
    }
    Some(Trading {
        first_at: open.map_or_else(|| counted.first().map_or(now, |one| one.at), |record| record.first_at),
        last_at: now,
        drops,
        labels: counted.iter().rev().take(LABELS).map(|one| one.label.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(3600 * hour).unwrap()
    }

    /// Gives back one class at each of the hours and answers what was recorded after each.
    fn after_each(hours: &[i64], limit: u32) -> Vec<Option<(Timestamp, u32)>> {
        let (mut given_back, mut latest, mut found) = (Vec::new(), None, Vec::new());
        for (n, hour) in hours.iter().enumerate() {
            given_back.push(GivenBack { at: at(*hour), label: n.to_string() });
            let recorded = record(&given_back, latest.as_ref(), limit, DAY, at(*hour));
            found.push(recorded.as_ref().map(|record| (record.first_at, record.drops)));
            latest = recorded.or(latest);
        }
        found
    }

    #[test]
    fn a_record_begins_with_the_limit_and_grows_with_its_span() {
        assert_eq!(after_each(&[0, 1, 2, 3], 3), [None, None, Some((at(0), 3)), Some((at(0), 4))]);
        assert_eq!(after_each(&[0, 12, 24], 3), [None, None, None], "the first is a day old by then");
    }

    #[test]
    fn each_span_is_recorded_once_and_counts_nothing_twice() {
        let found = after_each(&[0, 1, 25, 26, 27, 28], 2);
        let (first, second) = (Some((at(0), 2)), Some((at(25), 2)));
        assert_eq!(found, [None, first, None, second, Some((at(25), 3)), Some((at(25), 4))]);
    }

    #[test]
    fn a_record_names_the_latest_classes_first_and_not_too_many() {
        let given_back: Vec<_> = (0..30).map(|n| GivenBack { at: at(1), label: n.to_string() }).collect();
        let found = record(&given_back, None, 10, DAY, at(1)).unwrap();
        assert_eq!((found.drops, found.labels.len()), (30, LABELS));
        assert_eq!(found.labels[..2], ["29", "28"]);
    }
}
