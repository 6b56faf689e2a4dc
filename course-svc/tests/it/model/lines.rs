//! The model's waiting lists and packages.

use std::collections::{BTreeMap, BTreeSet};

use chassis::testing::{Rng, eventually};
use course_svc::app::registrar::{Command, Preset};
use course_svc::model::Class;
use course_svc::rules::seats::Seats;

use super::{Came, Model, Plan, PlanState, with, without};
use crate::support::door::Door;
use crate::support::id;

/// Waiting lists that one student may be on.
const LIMIT: usize = 3;

impl Model {
    pub(super) fn seats(&self, class: &Class) -> Seats {
        let (capacity, taken) = (class.seats.capacity, self.taken[&class.id]);
        let waiting = u32::try_from(self.lines.get(&class.id).map_or(0, Vec::len)).expect("few");
        Seats { reserved: waiting.min(capacity - taken), waiting, ..Seats::new(capacity, taken) }
    }

    pub(super) fn is_full(&self, class: &Class) -> bool {
        let seats = self.seats(class);
        seats.taken + seats.waiting >= seats.capacity
    }

    /// Where the student stands in a line, from 1.
    pub(super) fn place(&self, student: &str, class_id: &str) -> Option<u32> {
        let place = self.lines.get(class_id)?.iter().position(|(who, _)| who == student)?;
        Some(u32::try_from(place).expect("few") + 1)
    }

    pub(super) fn places(&self, student: &str) -> BTreeMap<String, u32> {
        self.lines.keys().filter_map(|class| Some((class.clone(), self.place(student, class)?))).collect()
    }

    pub(super) fn may_join(
        &self,
        student: &str,
        plan: &Plan,
        class: &Class,
        instead_of: Option<&str>,
    ) -> Result<Vec<&'static str>, Came> {
        if instead_of.is_some_and(|id| !plan.classes.contains(id)) {
            return Err(Came::Absent);
        }
        let others = match instead_of.filter(|id| *id != class.id) {
            Some(instead_of) => without(&plan.classes, instead_of),
            None => plan.classes.clone(),
        };
        let mut words = self.may_come(student, plan, &others, class, None);
        if self.place(student, &class.id).is_some() {
            words.push("already-waiting");
            return Ok(words);
        }
        words.extend((!self.is_full(class)).then_some("seat-free"));
        words.extend((self.places(student).len() >= LIMIT).then_some("waiting-limit"));
        Ok(words)
    }

    pub(super) fn may_place_all(&self, student: &str, plan: &Plan, package: &[String]) -> Vec<&'static str> {
        let mut words = self.general(student, plan);
        let general = words.len();
        let mut others = plan.classes.clone();
        let news: Vec<_> = package.iter().filter(|class| !plan.classes.contains(*class)).collect();
        for class in news {
            let class = &self.classes[class];
            let full = self.is_full(class).then_some("class-full");
            let own = self.may_come(student, plan, &others, class, full);
            // What is general is said once, and SKS are counted for all together.
            words.extend(own.into_iter().skip(general).filter(|word| *word != "credit-limit"));
            others = with(&others, &class.id);
        }
        words.extend((self.credits(&others) > super::CEILING).then_some("credit-limit"));
        words
    }

    /// What an allowed command does to the lines.
    pub(super) fn line_up(&mut self, student: &str, command: &Command) {
        match command {
            Command::Join { class_id, instead_of } => {
                self.lines.entry(class_id.clone()).or_default().push((student.to_owned(), instead_of.clone()));
            }
            Command::Leave { class_id } => self.gone(student, class_id),
            Command::Void { .. } => self.places(student).keys().for_each(|class_id| self.gone(student, class_id)),
            _ => {}
        }
    }

    fn gone(&mut self, student: &str, class_id: &str) {
        if let Some(line) = self.lines.get_mut(class_id) {
            line.retain(|(who, _)| who != student);
        }
        self.lines.retain(|_, line| !line.is_empty());
    }

    /// Everybody whose turn it is now has it, and those whose turn it is then, until it is nobody's. How many it were.
    pub(super) fn turns(&mut self) -> usize {
        let mut count = 0;
        loop {
            let due = |(class, line): (&String, &Vec<(String, Option<String>)>)| -> Vec<_> {
                let class_now = &self.classes[class];
                let seats = if class_now.open { self.seats(class_now).reserved } else { 0 };
                line.iter().take(seats as usize).map(|turn| (class.clone(), turn.clone())).collect()
            };
            let due: Vec<_> = self.lines.iter().flat_map(due).collect();
            if due.is_empty() {
                return count;
            }
            count += due.len();
            for (class, (student, instead_of)) in due {
                self.turn(&class, &student, instead_of.as_deref());
            }
        }
    }

    fn turn(&mut self, class_id: &str, student: &str, instead_of: Option<&str>) {
        let plan = self.plans[student].clone();
        let given_back = instead_of.filter(|id| plan.classes.contains(*id));
        let others = given_back.map_or_else(|| plan.classes.clone(), |id| without(&plan.classes, id));
        let words = self.may_come(student, &plan, &others, &self.classes[class_id], None);
        self.gone(student, class_id);
        let classes: BTreeSet<_> = if words.is_empty() { with(&others, class_id) } else { plan.classes.clone() };
        let state = if plan.state == PlanState::None { PlanState::Draft } else { plan.state };
        self.settle(student, Plan { state, version: plan.version + 1, classes, revision: plan.revision });
    }
}

/// A package of one to three classes; sometimes one that is not meant for the student, or none.
pub(super) fn package(rng: &mut Rng, classes: &[Class]) -> Command {
    if rng.once_in(8) {
        return Command::TakePackage(None);
    }
    let mut class_ids: Vec<_> = (0..1 + rng.below(3)).map(|_| rng.pick(classes).id.clone()).collect();
    class_ids.sort();
    class_ids.dedup();
    let cohort = if rng.once_in(8) { 1999 } else { 0 };
    Command::TakePackage(Some(Preset { programme_id: id("IF-S1"), cohort, name: "Paket".to_owned(), class_ids }))
}

/// Waits until every turn has been had.
pub(super) async fn settled(door: &Door) {
    eventually("every kept seat has found somebody", || async {
        course_svc::store::waiting::due(&door.app.db).await.expect("classes").is_empty()
    })
    .await;
    // The last turn may be committed and not yet be shown by the catalogue.
    door.rests().await;
}
