//! Components and scores.

use std::collections::HashSet;

use super::{Broken, Effect, Judge, Key};
use crate::DefaultComponent;
use crate::app::import::row::{ClassKey, Origin, RowFault};
use crate::app::import::world::{Class, Tracked};
use crate::reasons;
use crate::rules::score::Score;
use crate::rules::sheet::{self, Component, ComponentFault, MAX_COMPONENTS, SheetState};

impl Judge<'_> {
    pub(super) fn component(&mut self, origin: &Origin, key: Option<ClassKey>, body: Option<(String, u32)>) {
        let Some(key) = key else { return };
        let Some(class) = self.class(origin, &key) else { return };
        let Some((name, weight)) = body else {
            self.broken.insert(Broken::Components(class));
            return;
        };
        if self.first(origin, Key::Component(class, name.clone())) {
            let known = self.world.classes[class].parts.now.iter().find(|known| known.name == name);
            let id = known.map_or_else(chassis::id::new, |known| known.id.clone());
            self.parts.entry(class).or_default().push((origin.clone(), Component { id, name, weight }));
        } else {
            self.broken.insert(Broken::Components(class));
        }
    }

    /// After the components: those of every class that was named are replaced together. The order of a file counts for new
    /// ones only.
    pub(in crate::app::import) fn end_components(&mut self) {
        for class in 0..self.world.classes.len() {
            match self.parts.remove(&class) {
                Some(rows) => self.replace(class, rows),
                // Every class has these from its first day; one that is only announced shows none yet.
                None if self.world.classes[class].announced => {
                    let fresh = |part: &DefaultComponent| {
                        let DefaultComponent { name, weight } = part.clone();
                        Component { id: chassis::id::new(), name, weight }
                    };
                    self.world.classes[class].parts.now = self.defaults.iter().map(fresh).collect();
                }
                None => {}
            }
            self.world.place_parts(class);
        }
    }

    fn replace(&mut self, class: Class, mut rows: Vec<(Origin, Component)>) {
        let present = self.world.classes[class].parts.now.clone();
        rows.sort_by_key(|(_, new)| present.iter().position(|old| old.id == new.id).unwrap_or(usize::MAX));
        let wanted: Vec<_> = rows.iter().map(|(_, component)| component.clone()).collect();
        // The first in the file, whatever its place.
        let Some(first) = rows.iter().map(|(origin, _)| origin).min().cloned() else { return };
        if !self.broken.contains(&Broken::Components(class)) {
            // A component with an id of its own is new to the sheet.
            let known = |component: &Component| present.iter().any(|old| old.id == component.id);
            let checked = |component: &Component| match known(component) {
                true => component.clone(),
                false => Component { id: String::new(), ..component.clone() },
            };
            let scored = self.scored(class);
            let faults = sheet::check_components(&present, &scored, &wanted.iter().map(checked).collect::<Vec<_>>());
            for fault in faults {
                self.fault(match fault {
                    ComponentFault::Count => {
                        RowFault::new(&first, "", reasons::OUT_OF_RANGE).fact("min", 1).fact("max", MAX_COMPONENTS)
                    }
                    ComponentFault::Weights { sum } => {
                        RowFault::new(&first, "weight", reasons::WEIGHTS_NOT_100).fact("sum", sum)
                    }
                    ComponentFault::HasScores { name } => {
                        RowFault::new(&first, "name", reasons::COMPONENT_HAS_SCORES).fact("component", name)
                    }
                    ComponentFault::Twice(n) | ComponentFault::Unknown(n) => {
                        RowFault::new(&rows[n].0, "name", reasons::NAMED_TWICE)
                    }
                });
            }
        }
        if self.world.classes[class].state.now == SheetState::Published && wanted != present {
            self.fault(RowFault::new(&first, "", reasons::SHEET_PUBLISHED));
        }
        let effects = wanted.iter().map(|new| Effect::of(present.iter().find(|old| old.id == new.id), new)).collect();
        let falls_away = present.iter().any(|old| !wanted.iter().any(|new| new.id == old.id));
        self.count_together(effects, falls_away);
        self.world.classes[class].parts.now = wanted;
    }

    /// Ids of the components of a class that have scores.
    fn scored(&self, class: Class) -> HashSet<String> {
        let places = self.world.classes[class].places.iter();
        let scored = places.filter(|place| self.world.scored.contains(place));
        scored.map(|place| self.world.components[*place].0.clone()).collect()
    }

    pub(super) fn score(
        &mut self,
        origin: &Origin,
        nim: &str,
        key: Option<ClassKey>,
        component: &str,
        score: Option<Score>,
    ) {
        let student = self.student(origin, nim);
        let Some(key) = key else { return };
        let class = self.class(origin, &key);
        let Some((student, class)) = student.zip(class) else { return };
        let on_roster = self.is_on_roster(origin, class, student);
        let facts = &self.world.classes[class];
        let place = facts.parts.now.iter().position(|part| part.name == component).map(|n| facts.places[n]);
        if place.is_none() && !component.is_empty() && !self.broken.contains(&Broken::Components(class)) {
            let fault = RowFault::new(origin, "component", reasons::UNKNOWN_COMPONENT);
            let known: Vec<_> = facts.parts.now.iter().map(|part| part.name.as_str()).collect();
            let fault = fault.fact("component", component).fact("known", known.join(", "));
            self.fault(fault);
        }
        let (Some(place), Some(score), true) = (place, score, on_roster) else { return };
        if !self.first(origin, Key::Score(student, place)) {
            return;
        }
        let tracked = self.world.scores.entry((student, place)).or_insert_with(|| Tracked::made(score));
        tracked.now = score;
        let effect = Effect::of(tracked.before.as_ref(), &score);
        let sheet = &mut self.world.classes[class].state;
        if effect != Effect::Nothing && sheet.now == SheetState::Published {
            return self.fault(RowFault::new(origin, "", reasons::SHEET_PUBLISHED));
        }
        if sheet.now == SheetState::Empty {
            sheet.now = SheetState::Draft;
        }
        self.count(effect);
    }
}
