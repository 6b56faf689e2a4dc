//! Judging curricula, prerequisites and equivalent courses.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::app::import::judge::{Effect, Judge, Key};
use crate::app::import::offered::{effect, unknown_course};
use crate::app::import::row::{CourseKey, CurriculumBody, CurriculumKey, Origin, RowFault, Wanted};
use crate::app::import::world::Tracked;
use crate::model::{Curriculum, CurriculumCourse, RequirementKind};
use crate::reasons;
use crate::rules::Refusal;
use crate::rules::prerequisite::{Condition, Group, Requirements, cycle, sorted};

impl Judge {
    pub(super) fn curriculum(&mut self, origin: &Origin, key: CurriculumKey, body: Option<CurriculumBody>) {
        if !self.first(origin, Key::Curriculum(key.clone())) {
            return;
        }
        let programme = self.world.programme(&key.programme);
        if programme.is_none() && !key.programme.is_empty() {
            let fault = RowFault::new(origin, "programme", reasons::UNKNOWN_PROGRAMME);
            self.fault(fault.fact("programme", &key.programme));
        }
        let Some((programme_id, body)) = programme.zip(body) else {
            self.broken.insert(Key::Curriculum(key));
            return;
        };
        let known = self.world.curricula.remove(&key);
        let mut tracked = known.unwrap_or_else(|| Tracked::made(new_curriculum(&key, programme_id, &body), origin));
        tracked.now = Curriculum {
            start: body.start,
            credits_required: body.required,
            credits_compulsory: body.compulsory,
            credits_elective: body.elective,
            ..tracked.now
        };
        tracked.origin = Some(origin.clone());
        self.count(effect(&tracked));
        self.world.curricula.insert(key, tracked);
    }

    pub(super) fn curriculum_course(
        &mut self,
        origin: &Origin,
        key: CurriculumKey,
        course: CourseKey,
        body: Option<(u32, RequirementKind)>,
    ) {
        let Some((semester, requirement)) = body else { return };
        let has_curriculum = self.world.curricula.contains_key(&key);
        if !has_curriculum && !self.broken.contains(&Key::Curriculum(key.clone())) {
            let fault = RowFault::new(origin, "curriculum", reasons::UNKNOWN_CURRICULUM);
            self.fault(fault.fact("curriculum", &key.name).fact("programme", &key.programme));
        }
        let Some(course_id) = self.course_of(origin, "course", &course).filter(|_| has_curriculum) else { return };
        if !self.first(origin, Key::CurriculumCourse(key.clone(), course)) {
            return;
        }
        let entry = entry(course_id, semester, requirement);
        let before = self.world.curricula.get(&key).and_then(|tracked| tracked.before.as_ref());
        let known = before.and_then(|known| known.courses.iter().find(|known| known.course_id == entry.course_id));
        self.count(match known {
            None => Effect::Creates,
            Some(known) if *known == entry => Effect::Nothing,
            Some(_) => Effect::Changes,
        });
        self.curriculum_courses.entry(key).or_default().push((origin.clone(), entry));
    }

    /// After the courses of curricula: those of every curriculum that was named are replaced together.
    pub(super) fn end_curricula(&mut self) {
        for (key, rows) in std::mem::take(&mut self.curriculum_courses) {
            let Some(tracked) = self.world.curricula.get_mut(&key) else { continue };
            let mut courses: Vec<_> = rows.into_iter().map(|(_, course)| course).collect();
            courses.sort_by(|a, b| a.course_id.cmp(&b.course_id));
            let known = &tracked.now.courses;
            let only_gone = courses.len() < known.len() && courses.iter().all(|course| known.contains(course));
            tracked.now.courses = courses;
            if only_gone {
                self.count_gone();
            }
        }
    }

    pub(super) fn prerequisite(
        &mut self,
        origin: &Origin,
        course: CourseKey,
        group: Option<u32>,
        wanted: Option<Wanted>,
    ) {
        let Some((group, wanted)) = group.zip(wanted) else { return };
        let asks = self.course_of(origin, "course", &course);
        let required = |judge: &mut Self, key: &CourseKey| judge.course_of(origin, "required_course", key);
        let condition = match &wanted {
            Wanted::Passed { course, points, letter } => required(self, course).map(|course| Condition::Passed {
                course,
                points: *points,
                letter: letter.clone(),
            }),
            Wanted::Taken { course } => required(self, course).map(|course| Condition::Taken { course }),
            Wanted::Concurrent { course } => required(self, course).map(|course| Condition::Concurrent { course }),
            Wanted::Credits { at_least } => Some(Condition::Credits { at_least: *at_least }),
            Wanted::Gpa { at_least } => Some(Condition::Gpa { at_least: *at_least }),
        };
        let Some(condition) = condition.filter(|_| asks.is_some()) else { return };
        if self.first(origin, Key::Prerequisite(course.clone(), group, wanted)) {
            self.conditions.entry(course).or_default().push((origin.clone(), group, condition));
        }
    }

    /// After the prerequisites: those of every course that was named are replaced together. Of a cycle the first row of the
    /// first course of it is told.
    pub(super) fn end_prerequisites(&mut self) {
        let mut changed: Vec<(Origin, String)> = Vec::new();
        for (key, rows) in std::mem::take(&mut self.conditions) {
            let Some(course) = self.world.courses.get(&key) else { continue };
            let id = course.now.id.clone();
            let mut groups: BTreeMap<u32, Group> = BTreeMap::new();
            for (_, group, condition) in &rows {
                groups.entry(*group).or_default().push(condition.clone());
            }
            let before = self.world.asks.get(&id).cloned().unwrap_or_default();
            let known = sorted(&before);
            let mut all_known = true;
            for (_, group, _) in &rows {
                let is_known = sorted(&[groups[group].clone()]).iter().all(|group| known.contains(group));
                all_known &= is_known;
                self.count(match (is_known, known.is_empty()) {
                    (true, _) => Effect::Nothing,
                    (false, true) => Effect::Creates,
                    (false, false) => Effect::Changes,
                });
            }
            let groups: Vec<_> = groups.into_values().collect();
            if sorted(&groups) != known {
                if all_known {
                    self.count_gone();
                }
                changed.push((rows[0].0.clone(), id.clone()));
                self.world.asks.insert(id.clone(), groups);
                self.world.asks_changed.insert(id);
            }
        }
        changed.sort_by(|(a, _), (b, _)| (&a.file, a.line).cmp(&(&b.file, b.line)));
        self.refuse_cycles(&changed);
    }

    fn refuse_cycles(&mut self, changed: &[(Origin, String)]) {
        let asks = &self.world.asks;
        let asked = |course: &str| asks.get(course).into_iter().flatten().flatten().filter_map(Condition::course);
        let mut told: HashSet<&str> = HashSet::new();
        let mut faults = Vec::new();
        for (origin, course) in changed {
            if told.contains(course.as_str()) {
                continue;
            }
            let Some(way) = cycle(course, asked) else { continue };
            told.extend(&way);
            let codes = way.into_iter().map(|id| self.world.code_of(id));
            faults.push(RowFault::refused(origin, &Refusal::PrerequisiteCycle { courses: codes.collect() }));
        }
        faults.into_iter().for_each(|fault| self.fault(fault));
    }

    pub(super) fn equivalent(&mut self, origin: &Origin, one: CourseKey, other: CourseKey) {
        let a = self.course_of(origin, "course", &one);
        let b = self.course_of(origin, "equivalent_course", &other);
        let Some((a, b)) = a.zip(b) else { return };
        if a == b {
            return self.fault(RowFault::new(origin, "equivalent_course", reasons::NAMED_TWICE));
        }
        let key = if one < other { Key::Equivalent(one, other) } else { Key::Equivalent(other, one) };
        if !self.first(origin, key) {
            return;
        }
        let pair = if a < b { (a, b) } else { (b, a) };
        if self.world.pairs.insert(pair.clone()) {
            self.world.linked.push(pair);
            self.count(Effect::Creates);
        } else {
            self.count(Effect::Nothing);
        }
    }

    /// Id of the course that a row refers to; a fault when there is none.
    fn course_of(&mut self, origin: &Origin, column: &'static str, key: &CourseKey) -> Option<String> {
        let course = self.world.courses.get(key).map(|tracked| tracked.now.id.clone());
        if course.is_none() && !self.broken.contains(&Key::Course(key.clone())) {
            self.fault(RowFault { column, ..unknown_course(origin, key) });
        }
        course
    }

    /// What courses ask for as the import leaves it.
    pub(super) fn requirements(&self) -> Requirements {
        let groups: HashMap<_, _> = self.world.asks.clone();
        let wanted: HashSet<_> = groups.values().flatten().flatten().filter_map(Condition::course).collect();
        let codes = wanted.into_iter().map(|id| (id.to_owned(), self.world.code_of(id))).collect();
        Requirements::new(groups, codes, self.world.pairs.iter().cloned())
    }
}

/// A course in a curriculum as an import compares it: what is only for display stays away.
pub(super) fn entry(course_id: String, semester: u32, requirement: RequirementKind) -> CurriculumCourse {
    CurriculumCourse { course_id, semester, requirement, code: String::new(), name: String::new(), credits: 0 }
}

fn new_curriculum(key: &CurriculumKey, programme_id: String, body: &CurriculumBody) -> Curriculum {
    Curriculum {
        id: chassis::id::new(),
        programme_id,
        programme_code: key.programme.clone(),
        name: key.name.clone(),
        start: body.start,
        credits_required: body.required,
        credits_compulsory: body.compulsory,
        credits_elective: body.elective,
        courses: Vec::new(),
        version: 1,
    }
}
