//! Scales and their steps.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Broken, Effect, Judge, Key};
use crate::app::import::row::{Origin, RowFault, ScaleKey};
use crate::app::import::world::Tracked;
use crate::model;
use crate::reasons;
use crate::rules::scale::{self, MAX_STEPS, Points, RepeatPolicy, Step, StepFault};

impl Judge<'_> {
    pub(super) fn scale(&mut self, origin: &Origin, key: Option<ScaleKey>, body: Option<(Points, RepeatPolicy)>) {
        let Some(key) = key else { return };
        if !self.first(origin, Key::Scale(key.clone())) {
            return;
        }
        let programme = self.programme(origin, &key);
        let Some((programme_id, (pass, policy))) = programme.zip(body) else {
            self.broken.insert(Broken::Scale(key));
            return;
        };
        let starts = self.world.scales.entry(key.programme.clone()).or_default();
        let tracked = starts.entry(key.start).or_insert_with(|| {
            Tracked::made(model::Scale {
                id: chassis::id::new(),
                programme_id,
                programme_code: key.programme.clone(),
                start: key.start,
                rules: scale::Scale { steps: Vec::new(), pass, policy },
                version: 1,
            })
        });
        (tracked.now.rules.pass, tracked.now.rules.policy) = (pass, policy);
        let before = tracked.before.as_ref().map(|before| (before.rules.pass, before.rules.policy));
        self.count(Effect::of(before.as_ref(), &(pass, policy)));
    }

    /// Id of the programme of a scale; a fault when there is none.
    fn programme(&mut self, origin: &Origin, key: &ScaleKey) -> Option<String> {
        let programme = self.world.programmes.get(&key.programme).cloned();
        if programme.is_none() {
            let fault = RowFault::new(origin, "programme", reasons::UNKNOWN_PROGRAMME);
            self.fault(fault.fact("programme", &key.programme));
        }
        programme
    }

    pub(super) fn scale_step(&mut self, origin: &Origin, key: Option<ScaleKey>, step: Option<Step>) {
        let Some(key) = key else { return };
        let known = self.world.scale_mut(&key).is_some();
        if !known && !self.broken.contains(&Broken::Scale(key.clone())) {
            let fault = RowFault::new(origin, "start_period", reasons::UNKNOWN_SCALE);
            self.fault(fault.fact("programme", &key.programme).fact("period", key.start));
        }
        match step {
            Some(step) if known => {
                if self.first(origin, Key::Step(key.clone(), step.letter.clone())) {
                    self.steps.entry(key).or_default().push((origin.clone(), step));
                }
            }
            // Its letter may be the one that grades need.
            _ => drop(self.broken.insert(Broken::Scale(key))),
        }
    }

    /// After the steps: those of every scale that was named are replaced together. The order of a file means nothing.
    pub(in crate::app::import) fn end_steps(&mut self) {
        for (key, mut rows) in std::mem::take(&mut self.steps) {
            rows.sort_by_key(|(_, step)| (Reverse(step.min_score), Reverse(step.points)));
            let steps: Vec<_> = rows.iter().map(|(_, step)| step.clone()).collect();
            let at = |n: usize| rows.get(n).map(|(origin, _)| origin);
            let faults: Vec<_> = scale::check(&steps)
                .into_iter()
                .filter_map(|fault| match fault {
                    StepFault::Count => {
                        let fault = RowFault::new(at(0)?, "", reasons::OUT_OF_RANGE);
                        Some(fault.fact("min", 1).fact("max", MAX_STEPS))
                    }
                    StepFault::Bound(n) => Some(RowFault::new(at(n)?, "min_score", reasons::STEPS_ORDER)),
                    StepFault::Points(n) => Some(RowFault::new(at(n)?, "points", reasons::STEPS_ORDER)),
                    StepFault::Lowest(n) => Some(RowFault::new(at(n)?, "min_score", reasons::LOWEST_STEP)),
                    // The key of a row.
                    StepFault::Letter(_) => None,
                })
                .collect();
            if !faults.is_empty() {
                // What does not hold together is no ground to judge letters by.
                self.broken.insert(Broken::Scale(key));
                faults.into_iter().for_each(|fault| self.fault(fault));
                continue;
            }
            let Some(tracked) = self.world.scale_mut(&key) else { continue };
            let before = std::mem::replace(&mut tracked.now.rules.steps, steps);
            let effect =
                |(_, step): &(Origin, Step)| Effect::of(before.iter().find(|known| known.letter == step.letter), step);
            let effects = rows.iter().map(effect).collect();
            let letters: BTreeSet<_> = rows.iter().map(|(_, step)| &step.letter).collect();
            self.count_together(effects, before.iter().any(|known| !letters.contains(&known.letter)));
        }
        self.check_steps_there();
    }

    /// A scale without any step is none.
    fn check_steps_there(&mut self) {
        let bare = |key: &Key| match key {
            Key::Scale(key) => Some(key.clone()),
            _ => None,
        };
        let named: Vec<_> = self.seen.iter().filter_map(|(key, origin)| Some((bare(key)?, origin.clone()))).collect();
        for (key, origin) in named {
            let bare = self.world.scale_mut(&key).is_some_and(|scale| scale.now.rules.steps.is_empty());
            if bare && self.broken.insert(Broken::Scale(key)) {
                self.fault(RowFault::new(&origin, "", reasons::SCALE_HAS_NO_STEPS));
            }
        }
    }
}
