//! What the settled orders of a batch change, collected as values and written at the end in a few statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chassis::db::Tx;
use chassis::idempotency::{self, Scope};
use chassis::outbox;
use jiff::Timestamp;

use super::job::Job;
use super::step::{Notice, Step};
use crate::app::catalogue::SeatChange;
use crate::app::events;
use crate::app::situation::{Offered, Situation};
use crate::error::Error;
use crate::rules::period::PeriodCode;
use crate::rules::plan_state::Deed;
use crate::rules::registration::SeatPolicy;
use crate::rules::seats::{Bucket, Seats};
use crate::rules::trading::Trading;
use crate::store::allocations::{self, Settled};
use crate::store::plan_steps::{self, NewStep};
use crate::store::plans::{NewItem, Plan};
use crate::store::waiting::{self, Entry, NewEntry};
use crate::store::{classes, plans, tradings};

/// Student and class.
type Place = (String, String);

/// Everything that a batch changes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Trace of the last order that changed each plan, by student.
    plans: BTreeMap<String, String>,
    /// Students whose plans were not there before.
    opened: BTreeSet<String>,
    /// Students whose plans became a revision, or are none any more.
    revisions: BTreeMap<String, bool>,
    /// Places that were in the plans before, and are given back.
    gone: BTreeSet<Place>,
    /// Places that are taken, with the course and which of the class's seats each is.
    come: BTreeMap<Place, (String, Bucket)>,
    /// Places in line that were there before, and have ended.
    left: BTreeSet<Place>,
    /// Places in line that are new.
    joined: BTreeMap<Place, NewEntry>,
    /// What students are told, with the version of the plan and the trace.
    notices: Vec<(String, i64, Notice, String)>,
    /// What is recorded of who gives back often, by student; whether it is told.
    tradings: BTreeMap<String, (Trading, bool)>,
    /// Turns of the allocation that were settled, in their order.
    turns: Vec<Settled>,
    steps: Vec<NewStep>,
    seats: BTreeMap<String, SeatChange>,
    /// Answers that are kept, by the number of the order.
    answers: Vec<(usize, Vec<u8>)>,
}

impl Changes {
    /// Carries a step out in memory: on the student's situation, on the seats, and here.
    pub(super) fn apply(
        &mut self,
        step: Step,
        job: &Job,
        situation: &mut Situation,
        offered: &mut HashMap<String, Offered>,
        now: Timestamp,
    ) {
        if let Some(turn) = step.turn {
            self.turns.push(turn);
            if step.takes.is_empty() {
                return;
            }
        }
        let student = &situation.student_id.clone();
        // A turn on a waiting list is about a seat, whatever the period gives at other times.
        let mut seated = matches!(step.deed, Deed::Submit | Deed::Promote | Deed::Approve);
        for class_id in &step.gives {
            let bucket = situation.take_out(class_id);
            // And a seat is exchanged for a seat.
            seated |= step.deed == Deed::Swap && bucket != Bucket::Wished;
            self.seat(offered, class_id, &bucket, Seats::give_back, now);
            let place = (student.clone(), class_id.clone());
            if self.come.remove(&place).is_none() {
                self.gone.insert(place);
            }
        }
        for class_id in &step.takes {
            let Some(free) = offered.get(class_id) else { continue };
            let bucket = match !seated && situation.facts.seat_policy == SeatPolicy::AtSubmit {
                true => Bucket::Wished,
                // The rules have seen that there is one, and that it is the student's.
                false => {
                    let (belongs, at) = (&situation.facts.belongs, step.as_of.unwrap_or(now));
                    let bucket = match step.deed {
                        Deed::Promote => free.seats.bucket_in_line(belongs, at),
                        _ => free.seats.bucket_for(belongs, at),
                    };
                    bucket.unwrap_or(Bucket::Public)
                }
            };
            self.seat(offered, class_id, &bucket, Seats::take, now);
            if let Some(offered) = offered.get(class_id) {
                situation.put(offered, bucket.clone(), now);
                let course_id = offered.facts.course_id.clone();
                self.come.insert((student.clone(), class_id.clone()), (course_id, bucket));
            }
        }
        for class_id in &step.leaves {
            situation.waits_no_longer(class_id);
            self.count(offered, class_id, |seats| seats.left(&situation.facts.belongs), now);
            let place = (student.clone(), class_id.clone());
            if self.joined.remove(&place).is_none() {
                self.left.insert(place);
            }
        }
        if let Some((class_id, instead_of)) = step.joins {
            self.count(offered, &class_id, |seats| seats.joined(&situation.facts.belongs), now);
            if let Some(class) = offered.get(&class_id) {
                let (place, ahead) = (class.seat_version, class.seats.waiting.saturating_sub(1));
                self.joined
                    .insert((student.clone(), class_id.clone()), NewEntry { place, instead_of: instead_of.clone() });
                let student_id = student.clone();
                situation.waits(class, Entry { student_id, class_id, place, ahead, joined_at: now, instead_of });
            }
        }
        let version = situation.plan.as_ref().map_or(0, |plan| plan.version) + 1;
        if situation.plan.is_none() {
            self.opened.insert(student.clone());
        }
        self.steps.push(NewStep {
            student_id: student.clone(),
            version,
            deed: step.deed,
            state: step.stage.state(),
            actor: job.order.actor.clone(),
            note: step.note,
            class_label: step.class_label,
        });
        if situation.facts.stage.is_revision() != step.stage.is_revision() {
            self.revisions.insert(student.clone(), step.stage.is_revision());
        }
        situation.is_now(Plan { stage: step.stage, version, changed_at: now });
        if let Some(notice) = step.notice {
            self.notices.push((student.clone(), version, notice, job.traceparent.clone()));
        }
        self.plans.insert(student.clone(), job.traceparent.clone());
    }

    /// Counts a seat; a wish is none.
    fn seat(
        &mut self,
        offered: &mut HashMap<String, Offered>,
        class_id: &str,
        bucket: &Bucket,
        count: fn(&mut Seats, &Bucket),
        now: Timestamp,
    ) {
        if *bucket != Bucket::Wished {
            self.count(offered, class_id, |seats| count(seats, bucket), now);
        }
    }

    /// Counts a seat or a place in line. What is free afterwards and somebody in line may take is kept.
    fn count(
        &mut self,
        offered: &mut HashMap<String, Offered>,
        class_id: &str,
        count: impl Fn(&mut Seats),
        now: Timestamp,
    ) {
        if let Some(offered) = offered.get_mut(class_id) {
            count(&mut offered.seats);
            offered.seats = std::mem::take(&mut offered.seats).settled(now);
            offered.seat_version += 1;
            let (class_id, seats, seat_version) = (class_id.to_owned(), offered.seats.clone(), offered.seat_version);
            self.seats.insert(class_id.clone(), SeatChange { class_id, seats, seat_version });
        }
    }

    /// What a student gave back is worth a record; whether it is a new one.
    pub(super) fn watch(&mut self, student_id: &str, record: Trading, is_new: bool) {
        let told = self.tradings.get(student_id).is_some_and(|(_, told)| *told);
        self.tradings.insert(student_id.to_owned(), (record, told || is_new));
    }

    /// The answer of an order is kept under its key.
    pub(super) fn keep(&mut self, order: usize, answer: Vec<u8>) {
        self.answers.push((order, answer));
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.plans.is_empty() && self.answers.is_empty() && self.turns.is_empty()
    }

    /// Students whose plans changed.
    pub(super) fn students(&self) -> impl Iterator<Item = &String> {
        self.plans.keys()
    }

    /// New numbers of seats, for the catalogue.
    pub(super) fn seats(&self) -> impl Iterator<Item = &SeatChange> {
        self.seats.values()
    }

    /// Writes everything. The caller holds the locks of the plans and of the classes.
    ///
    /// # Errors
    /// `Raced` when another replica has opened one of the plans, or answered one of the keys, in the meantime; what the
    /// database says.
    pub(super) async fn write(
        &self,
        tx: &mut Tx,
        period: PeriodCode,
        people: &HashMap<String, Situation>,
        jobs: &[Job],
        now: Timestamp,
    ) -> Result<(), Error> {
        if !self.plans.is_empty() {
            self.write_plans(tx, period, people, now).await?;
        }
        allocations::settle(&mut *tx, period, &self.turns).await?;
        let answer = |(n, answer): &(usize, Vec<u8>)| Some((jobs.get(*n)?.order.scope.as_ref()?, answer.clone()));
        let answers: Vec<(&Scope, Vec<u8>)> = self.answers.iter().filter_map(answer).collect();
        // Last: nothing is waited for after a key.
        if idempotency::remember(tx, &answers, now).await? { Ok(()) } else { Err(Error::Raced) }
    }

    async fn write_plans(
        &self,
        tx: &mut Tx,
        period: PeriodCode,
        people: &HashMap<String, Situation>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let changed = || self.plans.iter().filter_map(|(student, trace)| Some((people.get(student)?, trace)));
        let rows = changed().filter_map(|(s, _)| Some((s.student_id.as_str(), s.plan.as_ref()?)));
        let (opened, rows): (Vec<_>, Vec<_>) = rows.partition(|(student, _)| self.opened.contains(*student));
        if !plans::insert_many(&mut *tx, period, &opened, now).await? {
            return Err(Error::Raced);
        }
        plans::store_many(&mut *tx, period, &rows, now).await?;
        plans::mark_revisions(&mut *tx, period, &self.revisions).await?;
        if !self.gone.is_empty() {
            plans::delete_items(&mut *tx, period, &self.gone).await?;
        }
        let items: Vec<_> = self.come.iter().map(|(place, what)| new_item(place, what)).collect();
        plans::insert_items(&mut *tx, period, &items, now).await?;
        if !self.left.is_empty() {
            waiting::delete_many(&mut *tx, &self.left).await?;
        }
        waiting::insert_many(&mut *tx, period, &self.joined.iter().collect::<Vec<_>>(), now).await?;
        plan_steps::add_all(&mut *tx, period, &self.steps, now).await?;
        if !self.seats.is_empty() {
            let seats: Vec<_> = self.seats.values().collect();
            classes::store_seats(&mut *tx, &seats).await?;
        }
        let event = |(situation, trace): (&Situation, &String)| {
            let plan = situation.plan.as_ref()?;
            let items = situation.items.iter();
            let places = items.map(|item| (item.class.id.clone(), item.bucket != Bucket::Wished)).collect();
            let event = events::plan(&situation.student_id, period, plan.version, &plan.stage, places);
            Some(event.traced(trace.clone()))
        };
        // The state after the batch is told, once per plan: whoever follows keeps the newest anyway.
        let mut events: Vec<_> = changed().filter_map(event).collect();
        events.extend(self.notices.iter().map(|(student, version, notice, trace)| {
            events::notice(student, period, *version, notice, now).traced(trace.clone())
        }));
        for (student, (record, is_new)) in &self.tradings {
            tradings::put(&mut *tx, student, period, record).await?;
            let version = people.get(student).and_then(|whose| whose.plan.as_ref()).map_or(0, |plan| plan.version);
            events.extend(is_new.then(|| events::trading(student, period, version, record)));
        }
        Ok(outbox::put_all(tx, &events, now).await?)
    }
}

fn new_item((student_id, class_id): &Place, (course_id, bucket): &(String, Bucket)) -> NewItem {
    let (student_id, class_id, course_id) = (student_id.clone(), class_id.clone(), course_id.clone());
    NewItem { student_id, class_id, course_id, bucket: bucket.text() }
}
