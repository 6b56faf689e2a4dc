//! REST types <-> contract messages, and nothing else: the only modules that name both.
//!
//! Outwards a conversion can fail only when a service breaks its contract (an enumeration without a value, a missing
//! message): that is an internal fault. Inwards the shape was checked by the REST types; what the values mean is for
//! the service to judge.

pub(crate) mod admission;
pub(crate) mod allocation;
pub(crate) mod approval;
pub(crate) mod auth;
pub(crate) mod bulk;
pub(crate) mod class;
pub(crate) mod course;
pub(crate) mod curriculum;
pub(crate) mod package;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod result;
pub(crate) mod scale;
pub(crate) mod sheet;
pub(crate) mod student;
pub(crate) mod waiting;

use chassis::error::Fault;
use jiff::Timestamp;
use proto::common::v1 as pb;

/// Maps a word of the REST interface to an enumeration of the contract and back, by name.
macro_rules! words {
    ($rest:ty, $wire:ty { $($here:ident = $there:ident),+ $(,)? }) => {
        impl crate::convert::Word for $rest {
            fn to_wire(self) -> i32 {
                match self {
                    $(Self::$here => <$wire>::$there as i32),+
                }
            }

            fn from_wire(value: i32) -> Result<Self, chassis::error::Fault> {
                match <$wire>::try_from(value) {
                    $(Ok(<$wire>::$there) => Ok(Self::$here),)+
                    _ => Err(crate::convert::broken(concat!(stringify!($wire), " has a value that the contract forbids"))),
                }
            }
        }
    };
    ($rest:ty, $wire:ty { $($same:ident),+ $(,)? }) => {
        crate::convert::words!($rest, $wire { $($same = $same),+ });
    };
}
pub(crate) use words;

/// A word that has a number in the contract.
pub(crate) trait Word: Copy + Sized {
    /// Its number.
    fn to_wire(self) -> i32;
    /// The word of a number.
    fn from_wire(value: i32) -> Result<Self, Fault>;
}

/// A service broke its contract.
pub(crate) fn broken(what: &'static str) -> Fault {
    Fault::internal(format_args!("a service broke its contract: {what}"))
}

/// A message that the contract promises.
pub(crate) fn promised<T>(message: Option<T>, what: &'static str) -> Result<T, Fault> {
    message.ok_or_else(|| broken(what))
}

/// Empty text of the contract is an absent one here.
pub(crate) fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// An absent text is an empty one in the contract.
pub(crate) fn text(given: Option<String>) -> String {
    given.unwrap_or_default()
}

/// A moment, when there is one.
pub(crate) fn moment(time: Option<prost_types::Timestamp>) -> Result<Option<Timestamp>, Fault> {
    time.map(|time| {
        Timestamp::new(time.seconds, time.nanos).map_err(|_| broken("a timestamp lies outside of the calendar"))
    })
    .transpose()
}

/// A moment that the contract promises.
pub(crate) fn promised_moment(time: Option<prost_types::Timestamp>, what: &'static str) -> Result<Timestamp, Fault> {
    promised(moment(time)?, what)
}

/// A moment on the wire.
pub(crate) fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    // The contract counts nanoseconds forwards; jiff gives them the sign of the seconds.
    let (seconds, nanos) = (time.as_second(), time.subsec_nanosecond());
    if nanos < 0 {
        prost_types::Timestamp { seconds: seconds - 1, nanos: nanos + 1_000_000_000 }
    } else {
        prost_types::Timestamp { seconds, nanos }
    }
}

/// Which page. A limit outside of 1 to 200 is refused here, because 0 means something else in the contract.
pub(crate) fn page_request(limit: Option<u32>, cursor: Option<String>) -> Result<Option<pb::PageRequest>, Fault> {
    if let Some(limit) = limit
        && !(1..=api::limits::PAGE_MAX).contains(&limit)
    {
        return Err(Fault::field("limit", chassis::reasons::PAGE_SIZE, "expected 1 to 200"));
    }
    Ok(Some(pb::PageRequest { size: limit.unwrap_or_default(), cursor: text(cursor) }))
}

/// A page of rows, each converted.
pub(crate) fn page<W, R>(
    rows: Vec<W>,
    info: Option<pb::PageInfo>,
    convert: impl Fn(W) -> Result<R, Fault>,
) -> Result<api::Page<R>, Fault> {
    Ok(api::Page {
        items: rows.into_iter().map(convert).collect::<Result<_, _>>()?,
        next_cursor: info.and_then(|info| given(info.next_cursor)),
    })
}

/// A rule that says no.
pub(crate) fn refusal(refusal: pb::Refusal) -> api::Refusal {
    api::Refusal { reason: refusal.reason, facts: refusal.facts.into_iter().collect() }
}

#[cfg(test)]
mod tests {
    use chassis::error::Kind;

    use super::*;

    #[test]
    fn a_limit_outside_of_its_range_is_refused_by_name() {
        for limit in [0, 201, u32::MAX] {
            let fault = page_request(Some(limit), None).unwrap_err();
            assert_eq!((fault.fields()[0].field.as_str(), fault.fields()[0].reason.as_ref()), ("limit", "page-size"));
        }
        let page = page_request(None, None).unwrap().unwrap();
        assert_eq!((page.size, page.cursor.as_str()), (0, ""));
    }

    #[test]
    fn a_moment_survives_both_ways_and_a_broken_one_is_our_fault() {
        for text in ["2026-09-01T00:00:00.123456Z", "1969-12-31T23:59:59.5Z"] {
            let time: Timestamp = text.parse().unwrap();
            let wire = timestamp(time);
            assert!((0..1_000_000_000).contains(&wire.nanos), "{wire:?}");
            assert_eq!(moment(Some(wire)).unwrap(), Some(time));
        }
        let broken = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
        assert_eq!(moment(Some(broken)).unwrap_err().kind(), Kind::Internal);
    }
}
