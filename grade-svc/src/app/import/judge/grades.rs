//! Published grades.

use super::{Broken, Effect, Judge, Key};
use crate::app::import::row::{ClassKey, CourseKey, GradeBody, Origin, RowFault, ScaleKey};
use crate::app::import::world::{Class, Course, Grade, GradeKey, Tracked};
use crate::reasons;
use crate::rules::period::PeriodCode;
use crate::rules::scale::Points;
use crate::rules::score::Score;
use crate::rules::sheet::SheetState;

/// What a letter is worth.
#[derive(Debug, Clone, Copy)]
struct Worth {
    points: Points,
    passed: bool,
}

impl Judge<'_> {
    pub(super) fn grade(
        &mut self,
        origin: &Origin,
        nim: &str,
        period: Option<PeriodCode>,
        key: &CourseKey,
        body: Option<GradeBody>,
    ) {
        let student = self.student(origin, nim);
        let Some(period) = period.filter(|period| self.has_period(origin, "period", *period)) else { return };
        // What could not be read is told already.
        let Some(body) = body else { return };
        let Some(course) = self.course(origin, key) else { return };
        let class = match body.class.is_empty() {
            true => None,
            false => {
                let key = ClassKey { period, course: key.clone(), name: body.class.clone() };
                let Some(class) = self.class(origin, &key) else { return };
                Some(class)
            }
        };
        let worth = self.worth(origin, course, period, &body);
        let Some(student) = student else { return };
        let on_roster = class.is_none_or(|class| self.is_on_roster(origin, class, student));
        let (Some(worth), true) = (worth, on_roster) else { return };
        if !self.first(origin, Key::Grade((student, course, period))) {
            return;
        }
        if let Some(class) = class {
            let facts = &mut self.world.classes[class];
            facts.published_by.get_or_insert_with(|| origin.clone());
        }
        match self.take((student, course, period), class, body, worth) {
            Ok(effect) => self.count(effect),
            Err((column, letter)) => {
                self.fault(RowFault::new(origin, column, reasons::GRADE_PUBLISHED).fact("letter", letter));
            }
        }
    }

    /// Puts a grade in its place. What the row does not say (class, score) stays as it is, and what a published grade does not
    /// say may come with a row; a grade keeps what its letter was worth when it was published.
    ///
    /// # Errors
    /// The column in which the row says something else than the published grade, and the letter of that.
    fn take(
        &mut self,
        key: GradeKey,
        class: Option<Class>,
        body: GradeBody,
        worth: Worth,
    ) -> Result<Effect, (&'static str, String)> {
        let world = &mut self.world;
        let class_id = class.map(|class| world.classes[class].id.clone());
        let (_, course, _) = key;
        if let Some(known) = world.grades.get(&key).and_then(|tracked| tracked.before.as_ref()) {
            let others = [
                ("letter", known.letter != body.letter),
                ("score", known.score.is_some() && body.score.is_some() && known.score != body.score),
                ("class", known.class_id.is_some() && class_id.is_some() && known.class_id != class_id),
            ];
            if let Some((column, _)) = others.into_iter().find(|(_, other)| *other) {
                return Err((column, known.letter.clone()));
            }
        }
        let tracked = world.grades.entry(key).or_insert_with(|| {
            Tracked::made(Grade {
                class_id: None,
                letter: String::new(),
                points: worth.points,
                credits: world.courses[course].credits,
                score: None,
                passed: worth.passed,
            })
        });
        let grade = &mut tracked.now;
        grade.class_id = class_id.or(grade.class_id.take());
        grade.letter = body.letter;
        grade.score = body.score.or(grade.score);
        Ok(Effect::of(tracked.before.as_ref(), &tracked.now))
    }

    /// What the letter of a row is worth; a fault when no scale holds or the scale has no such letter, and a warning when the
    /// scale gives the row's score another one.
    fn worth(&mut self, origin: &Origin, course: Course, period: PeriodCode, body: &GradeBody) -> Option<Worth> {
        let programme = self.world.courses[course].programme.clone();
        if self.scale_is_broken(&programme, period) {
            return None;
        }
        let Some((_, scale)) = self.world.scale(&programme, period) else {
            let fault = RowFault::new(origin, "period", reasons::SCALE_MISSING);
            self.fault(fault.fact("programme", programme).fact("period", period));
            return None;
        };
        let rules = &scale.rules;
        let Some(step) = rules.letter(&body.letter) else {
            let known: Vec<_> = rules.steps.iter().map(|step| step.letter.as_str()).collect();
            let fault = RowFault::new(origin, "letter", reasons::UNKNOWN_LETTER);
            let fault = fault.fact("letter", &body.letter).fact("allowed", known.join(" "));
            self.fault(fault);
            return None;
        };
        let worth = Worth { points: step.points, passed: rules.passes(step.points) };
        let other = body.score.and_then(|score| Some((score, rules.step(score)?)));
        if let Some((score, other)) = other.filter(|(_, other)| other.letter != body.letter) {
            let warning = RowFault::warning(origin, "letter", reasons::LETTER_DIFFERS);
            let warning = warning.fact("letter", &body.letter).fact("score", shown(score)).fact("scale", &other.letter);
            self.fault(warning);
        }
        Some(worth)
    }

    /// Whether the scale that would hold is one whose rows could not be read.
    fn scale_is_broken(&self, programme: &str, period: PeriodCode) -> bool {
        let here = |broken: &&Broken| match broken {
            Broken::Scale(ScaleKey { programme: of, start }) => of == programme && *start <= period,
            Broken::Components(_) => false,
        };
        let broken = self.broken.iter().filter(here).filter_map(|broken| match broken {
            Broken::Scale(key) => Some(key.start),
            Broken::Components(_) => None,
        });
        let holds = self.world.scale(programme, period).map(|(start, _)| start);
        broken.max().is_some_and(|latest| holds.is_none_or(|start| latest >= start))
    }

    /// After the grades: a class that one of them names is published by that. Whoever is on its roster without a grade is
    /// worth a look, since a published sheet no longer changes.
    pub(in crate::app::import) fn end_grades(&mut self) {
        for class in 0..self.world.classes.len() {
            let facts = &self.world.classes[class];
            let (Some(origin), Some(course)) = (facts.published_by.clone(), facts.course) else { continue };
            if facts.state.now == SheetState::Published {
                continue;
            }
            let graded = |student: &&usize| self.world.grades.contains_key(&(**student, course, facts.key.period));
            let missing = facts.roster.len() - facts.roster.iter().filter(graded).count();
            if missing > 0 {
                let warning = RowFault::warning(&origin, "class", reasons::GRADES_INCOMPLETE);
                let warning = warning.fact("class", facts.key.label()).fact("missing", missing);
                self.fault(warning);
            }
            self.world.classes[class].state.now = SheetState::Published;
        }
    }
}

/// A score as people write it.
fn shown(score: Score) -> String {
    format!("{}.{:02}", score.hundredths() / 100, score.hundredths() % 100)
}
