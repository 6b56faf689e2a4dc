//! Seats of a class: everybody's, and those that are kept for a faculty, a programme or a cohort.
//!
//! Every seat taken is of one [`Bucket`], so the numbers stay exact when seats are given back or a reservation ends.
//!
//! A seat that is free while somebody waits who may take it is nobody's but the waiting list's until its next has been asked:
//! of every sort as many as people wait who may take one of it. [`Seats::settled`] keeps that account, after every change of
//! whatever number. What is free beyond that is for whoever may take it, in line or not.

use jiff::Timestamp;

use crate::rules::refusal::Refusal;
use crate::rules::window::{Belongs, Scope};

/// Seats of a class that are kept for some students.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reservation {
    /// For whom.
    pub scope: Scope,
    /// How many.
    pub seats: u32,
    /// How many of them are taken. May exceed `seats` after those were lowered.
    pub taken: u32,
    /// How many of those who wait it is for.
    pub waiting: u32,
    /// The first moment at which the free ones are everybody's; `None` for never.
    pub until: Option<Timestamp>,
}

impl Reservation {
    /// Seats that nobody else may have at that moment.
    fn kept(&self, now: Timestamp) -> u32 {
        match self.until.is_some_and(|until| until <= now) {
            true => 0,
            false => self.seats.saturating_sub(self.taken),
        }
    }

    /// Of those the ones that nobody in line may take either.
    fn spare(&self, now: Timestamp) -> u32 {
        self.kept(now).saturating_sub(self.waiting)
    }
}

/// How [`Bucket::Wished`] is stored.
const WISHED: &str = "wished";

/// Which of a class's seats one is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// One of everybody's.
    Public,
    /// One of those that are kept for these students.
    Kept(Scope),
    /// None: the class is only wished for, and gets a seat when the plan is handed in.
    Wished,
}

impl Bucket {
    /// As it is stored: `programme/IF-S1`; empty for everybody's, `wished` for none.
    pub fn text(&self) -> String {
        match self {
            Self::Public => String::new(),
            Self::Wished => WISHED.to_owned(),
            Self::Kept(scope) => format!("{}/{}", scope.word(), scope.key()),
        }
    }

    /// Reads [`Self::text`].
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Public);
        }
        if text == WISHED {
            return Some(Self::Wished);
        }
        let (word, key) = text.split_once('/')?;
        Scope::parse(word, key).map(Self::Kept)
    }
}

/// Seats of one class at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Seats {
    /// Seats in all.
    pub capacity: u32,
    /// Seats taken, kept ones included. May exceed the capacity after it was lowered: nobody is thrown out.
    pub taken: u32,
    /// Free seats that are kept for those who wait, as of the last change.
    pub reserved: u32,
    /// How many wait.
    pub waiting: u32,
    /// Seats that are kept for some, in the order in which they are used. Each scope stands here once.
    pub reservations: Vec<Reservation>,
}

impl Seats {
    /// Seats that are everybody's, and nobody waits for.
    pub const fn new(capacity: u32, taken: u32) -> Self {
        Self { capacity, taken, reserved: 0, waiting: 0, reservations: Vec::new() }
    }

    /// Whether nobody more may come in at that moment, whoever it is, but from the waiting list.
    pub fn is_full(&self, now: Timestamp) -> bool {
        self.free() <= self.for_line(now)
    }

    /// Seats that nobody has.
    pub fn free(&self) -> u32 {
        self.capacity.saturating_sub(self.taken)
    }

    /// Free seats that are everybody's.
    fn public(&self, now: Timestamp) -> u32 {
        let kept = self.reservations.iter().map(|kept| kept.kept(now)).fold(0, u32::saturating_add);
        self.free().saturating_sub(kept)
    }

    /// Free seats that somebody in line may take.
    pub fn for_line(&self, now: Timestamp) -> u32 {
        let kept = self.reservations.iter().map(|kept| kept.kept(now).min(kept.waiting));
        let public = self.public(now).min(self.waiting);
        kept.fold(public, u32::saturating_add).min(self.free())
    }

    /// The same with the free seats kept for the line that somebody in it may take at that moment.
    #[must_use]
    pub fn settled(self, now: Timestamp) -> Self {
        Self { reserved: self.for_line(now), ..self }
    }

    /// Somebody who belongs there waits now.
    pub fn joined(&mut self, who: &Belongs) {
        self.waiting = self.waiting.saturating_add(1);
        self.claims_of(who).for_each(|kept| kept.waiting = kept.waiting.saturating_add(1));
    }

    /// Somebody who belongs there waits no longer.
    pub fn left(&mut self, who: &Belongs) {
        self.waiting = self.waiting.saturating_sub(1);
        self.claims_of(who).for_each(|kept| kept.waiting = kept.waiting.saturating_sub(1));
    }

    fn claims_of(&mut self, who: &Belongs) -> impl Iterator<Item = &mut Reservation> {
        self.reservations.iter_mut().filter(|kept| kept.scope.is_for(who))
    }

    /// The seat that somebody who belongs there would take at that moment: one that is kept for them if there is one, else
    /// one of everybody's; none that is kept for the waiting list.
    ///
    /// # Errors
    /// `class-full` when every seat is taken or kept for the waiting list, `seats-reserved` when those that are left are kept
    /// for others.
    pub fn bucket_for(&self, who: &Belongs, now: Timestamp) -> Result<Bucket, Refusal> {
        if self.is_full(now) {
            return Err(self.full());
        }
        self.bucket(who, |kept| kept.spare(now), self.public(now).saturating_sub(self.waiting))
    }

    /// As [`Self::bucket_for`], for somebody in the waiting list: what is kept for the line is theirs.
    ///
    /// # Errors
    /// As [`Self::bucket_for`].
    pub fn bucket_in_line(&self, who: &Belongs, now: Timestamp) -> Result<Bucket, Refusal> {
        if self.free() == 0 {
            return Err(self.full());
        }
        self.bucket(who, |kept| kept.kept(now), self.public(now))
    }

    /// A seat of those that are left of each reservation, else of everybody's.
    fn bucket(&self, who: &Belongs, left: impl Fn(&Reservation) -> u32, public: u32) -> Result<Bucket, Refusal> {
        if let Some(kept) = self.reservations.iter().find(|kept| kept.scope.is_for(who) && left(kept) > 0) {
            return Ok(Bucket::Kept(kept.scope.clone()));
        }
        if public > 0 {
            return Ok(Bucket::Public);
        }
        let others: Vec<_> = self.reservations.iter().filter(|kept| left(kept) > 0).collect();
        if others.is_empty() {
            return Err(self.full());
        }
        Err(Refusal::SeatsReserved {
            capacity: self.capacity,
            taken: self.taken,
            reserved: self.free(),
            scopes: others.into_iter().map(|kept| kept.scope.clone()).collect(),
        })
    }

    fn full(&self) -> Refusal {
        Refusal::ClassFull { capacity: self.capacity, taken: self.taken }
    }

    /// Takes a seat that [`Self::bucket_for`] named.
    pub fn take(&mut self, bucket: &Bucket) {
        if *bucket == Bucket::Wished {
            return;
        }
        self.taken += 1;
        if let Some(kept) = self.kept_mut(bucket) {
            kept.taken += 1;
        }
    }

    /// Gives a seat back.
    pub fn give_back(&mut self, bucket: &Bucket) {
        if *bucket == Bucket::Wished {
            return;
        }
        self.taken = self.taken.saturating_sub(1);
        if let Some(kept) = self.kept_mut(bucket) {
            kept.taken = kept.taken.saturating_sub(1);
        }
    }

    fn kept_mut(&mut self, bucket: &Bucket) -> Option<&mut Reservation> {
        let Bucket::Kept(scope) = bucket else { return None };
        self.reservations.iter_mut().find(|kept| kept.scope == *scope)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn of(programme: &str, cohort: u16) -> Belongs {
        Belongs { faculty: None, programme: Some(programme.to_owned()), cohort: Some(cohort) }
    }

    fn kept(scope: Scope, seats: u32, taken: u32, until: Option<i64>) -> Reservation {
        Reservation { scope, seats, taken, waiting: 0, until: until.map(at) }
    }

    fn programme(code: &str) -> Scope {
        Scope::Programme(code.to_owned())
    }

    #[test]
    fn a_class_is_full_from_its_last_seat_on() {
        for (capacity, taken, full) in [(2, 0, false), (2, 1, false), (2, 2, true), (2, 3, true), (0, 0, true)] {
            let seats = Seats::new(capacity, taken);
            assert_eq!(seats.is_full(at(0)), full, "{taken} of {capacity}");
            assert_eq!(seats.bucket_for(&Belongs::default(), at(0)).is_err(), full, "{taken} of {capacity}");
        }
    }

    #[test]
    fn a_free_seat_is_everybodys_exactly_when_it_is_more_than_wait() {
        for capacity in 0..4u32 {
            for taken in 0..5 {
                for waiting in 0..4 {
                    let (who, now) = (Belongs::default(), at(0));
                    let seats = Seats { waiting, ..Seats::new(capacity, taken) }.settled(now);
                    assert_eq!(seats.is_full(now), taken + waiting >= capacity, "{seats:?}");
                    assert_eq!(seats.reserved, capacity.saturating_sub(taken).min(waiting), "{seats:?}");
                    assert_eq!(seats.bucket_for(&who, now).is_ok(), taken + waiting < capacity, "{seats:?}");
                    assert_eq!(seats.bucket_in_line(&who, now).is_ok(), taken < capacity, "{seats:?}");
                }
            }
        }
    }

    #[test]
    fn who_waits_without_a_claim_keeps_nobody_from_kept_seats() {
        let mut seats = Seats::new(5, 3);
        seats.reservations = vec![kept(programme("IF"), 2, 0, Some(10))];
        let (theirs, other) = (of("IF", 2024), of("SI", 2024));
        seats.joined(&other);
        assert_eq!(seats.for_line(at(9)), 0, "they may not take one");
        let scopes = vec![programme("IF")];
        let reserved = Refusal::SeatsReserved { capacity: 5, taken: 3, reserved: 2, scopes };
        assert_eq!(seats.bucket_for(&other, at(9)), Err(reserved));
        assert_eq!(seats.bucket_for(&theirs, at(9)), Ok(Bucket::Kept(programme("IF"))));
        assert_eq!((seats.for_line(at(10)), seats.bucket_for(&theirs, at(10))), (1, Ok(Bucket::Public)));
        seats.joined(&theirs);
        assert_eq!(seats.for_line(at(9)), 1, "one of two");
        assert_eq!(seats.bucket_for(&theirs, at(9)), Ok(Bucket::Kept(programme("IF"))), "the other one");
        seats.joined(&theirs);
        let full = Err(Refusal::ClassFull { capacity: 5, taken: 3 });
        assert_eq!([&theirs, &other].map(|who| seats.bucket_for(who, at(9))), [full.clone(), full]);
        assert_eq!(seats.bucket_in_line(&theirs, at(9)), Ok(Bucket::Kept(programme("IF"))));
        assert!(seats.bucket_in_line(&other, at(9)).is_err());
        seats.left(&theirs);
        seats.left(&other);
        assert_eq!((seats.waiting, seats.reservations[0].waiting, seats.settled(at(9)).reserved), (1, 1, 1));
    }

    #[test]
    fn a_student_uses_the_seats_that_are_kept_for_them_first() {
        let mut seats = Seats::new(5, 0);
        seats.reservations = vec![kept(programme("IF"), 2, 0, None), kept(Scope::Cohort(2024), 1, 0, None)];
        let who = of("IF", 2024);
        let mut used = Vec::new();
        while let Ok(bucket) = seats.bucket_for(&who, at(0)) {
            seats.take(&bucket);
            used.push(bucket.text());
        }
        assert_eq!(used, ["programme/IF", "programme/IF", "cohort/2024", "", ""]);
    }

    #[test]
    fn who_has_no_claim_leaves_the_kept_seats_alone() {
        let mut seats = Seats::new(3, 0);
        seats.reservations = vec![kept(programme("IF"), 2, 0, Some(10))];
        let other = of("SI", 2024);
        let first = seats.bucket_for(&other, at(0)).unwrap();
        assert_eq!(first, Bucket::Public);
        seats.take(&first);
        let refused = seats.bucket_for(&other, at(9)).unwrap_err();
        let scopes = vec![programme("IF")];
        assert_eq!(refused, Refusal::SeatsReserved { capacity: 3, taken: 1, reserved: 2, scopes });
        assert_eq!(seats.bucket_for(&other, at(10)), Ok(Bucket::Public), "from then on they are everybody's");
        assert_eq!(seats.bucket_for(&of("IF", 2024), at(10)), Ok(Bucket::Public));
        seats.give_back(&first);
        assert_eq!(seats.bucket_for(&other, at(0)), Ok(Bucket::Public));
    }

    #[test]
    fn a_lowered_reservation_throws_nobody_out() {
        let mut seats = Seats::new(4, 3);
        seats.reservations = vec![kept(programme("IF"), 1, 3, None)];
        assert_eq!(seats.bucket_for(&of("SI", 2024), at(0)), Ok(Bucket::Public));
        assert_eq!(seats.bucket_for(&of("IF", 2024), at(0)), Ok(Bucket::Public));
    }

    #[test]
    fn a_wish_is_no_seat() {
        let mut seats = Seats::new(1, 1);
        seats.take(&Bucket::Wished);
        assert_eq!(seats.taken, 1);
        seats.give_back(&Bucket::Wished);
        assert_eq!(seats.taken, 1);
    }

    #[test]
    fn buckets_read_back() {
        for bucket in
            [Bucket::Public, Bucket::Wished, Bucket::Kept(programme("IF/S1")), Bucket::Kept(Scope::Cohort(2024))]
        {
            assert_eq!(Bucket::parse(&bucket.text()), Some(bucket));
        }
        assert_eq!(Bucket::parse("programme"), None);
    }

    const WHO: [(&str, u16); 4] = [("IF", 2024), ("IF", 2023), ("SI", 2024), ("SI", 2023)];

    proptest! {
        /// Whoever comes beside the line takes a seat exactly when there is one of theirs that the line does not need.
        #[test]
        fn nobody_takes_what_is_kept_for_the_line(
            public in 0..3u32, first in 0..3u32, second in 0..3u32,
            line in proptest::collection::vec(0..4usize, 0..5), n in 0..4usize,
        ) {
            let mut seats = Seats::new(public + first + second, 0);
            seats.reservations = vec![kept(programme("IF"), first, 0, None), kept(Scope::Cohort(2024), second, 0, None)];
            line.iter().for_each(|n| seats.joined(&of(WHO[*n].0, WHO[*n].1)));
            let who = of(WHO[n].0, WHO[n].1);
            let mine = seats.reservations.iter().filter(|kept| kept.scope.is_for(&who) && kept.seats > 0);
            let mine = mine.map(|kept| Bucket::Kept(kept.scope.clone())).chain((public > 0).then_some(Bucket::Public));
            let after = |bucket: &Bucket| {
                let mut seats = seats.clone();
                seats.take(bucket);
                seats.for_line(at(0))
            };
            let spare: Vec<_> = mine.filter(|bucket| after(bucket) == seats.for_line(at(0))).collect();
            prop_assert_eq!(seats.bucket_for(&who, at(0)).ok(), spare.first().cloned());
        }

        /// Whoever comes in whatever order: never more seats than there are, the kept ones only by those they are kept for,
        /// and nobody is refused while there is a seat that is not kept for others.
        #[test]
        fn every_seat_is_counted_once(
            capacity in 0..6u32, first in 0..4u32, second in 0..4u32,
            moves in proptest::collection::vec((0..4usize, any::<bool>()), 0..24),
        ) {
            let first = first.min(capacity);
            let second = second.min(capacity - first);
            let mut seats = Seats::new(capacity, 0);
            seats.reservations = vec![kept(programme("IF"), first, 0, None), kept(Scope::Cohort(2024), second, 0, None)];
            let mut held: Vec<Bucket> = Vec::new();
            for (n, gives_back) in moves {
                if gives_back && !held.is_empty() {
                    let bucket = held.remove(n % held.len());
                    seats.give_back(&bucket);
                } else {
                    let who = of(WHO[n].0, WHO[n].1);
                    let public = held.iter().filter(|bucket| **bucket == Bucket::Public).count();
                    let used = |scope: &Scope| held.iter().filter(|b| **b == Bucket::Kept(scope.clone())).count();
                    let mine = seats.reservations.iter()
                        .any(|kept| kept.scope.is_for(&who) && used(&kept.scope) < usize::try_from(kept.seats).unwrap());
                    let free = public < usize::try_from(capacity - first - second).unwrap();
                    match seats.bucket_for(&who, at(0)) {
                        Ok(bucket) => {
                            prop_assert!(mine || free);
                            prop_assert_eq!(bucket != Bucket::Public, mine);
                            seats.take(&bucket);
                            held.push(bucket);
                        }
                        Err(_) => prop_assert!(!mine && !free),
                    }
                }
                prop_assert_eq!(seats.taken, u32::try_from(held.len()).unwrap());
                prop_assert!(seats.taken <= capacity);
                for kept in &seats.reservations {
                    prop_assert!(kept.taken <= kept.seats);
                }
            }
        }
    }
}
