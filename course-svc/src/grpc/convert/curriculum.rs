//! Curricula, prerequisites and equivalents, both ways.

use std::collections::HashSet;

use proto::course::v1 as pb;

use super::answer::requirement_kind;
use super::ask::{Faults, requirement};
use crate::app::{equivalents, prerequisites};
use crate::error::Error;
use crate::model::{Course, Curriculum, CurriculumCourse, Equivalents, Prerequisites};
use crate::reasons;
use crate::rules::credits::Gpa;
use crate::rules::curriculum::{CREDITS, SEMESTERS, parts_fit};
use crate::rules::prerequisite::{Condition, Group};

/// Courses of one curriculum at most.
const COURSES: usize = 300;
/// Groups of one course, and conditions of one group, at most.
const PARTS: usize = 20;
/// Equivalents of one course at most.
const EQUIVALENTS: usize = 50;

/// A curriculum.
pub fn curriculum(curriculum: &Curriculum) -> pb::Curriculum {
    let course = |course: &CurriculumCourse| pb::CurriculumCourse {
        course_id: course.course_id.clone(),
        semester: course.semester,
        requirement_kind: requirement_kind(course.requirement).into(),
        code: course.code.clone(),
        name: course.name.clone(),
        credits: course.credits,
    };
    pb::Curriculum {
        id: curriculum.id.clone(),
        programme_id: curriculum.programme_id.clone(),
        name: curriculum.name.clone(),
        start_period: curriculum.start.to_string(),
        credits_required: curriculum.credits_required,
        credits_compulsory: curriculum.credits_compulsory,
        credits_elective: curriculum.credits_elective,
        courses: curriculum.courses.iter().map(course).collect(),
        version: curriculum.version,
        programme_code: curriculum.programme_code.clone(),
    }
}

/// What a course asks for.
pub fn prerequisites(asked: &Prerequisites) -> pb::Prerequisites {
    let condition = |condition: &Condition| {
        let kind = match condition {
            Condition::Passed { .. } => pb::ConditionKind::Passed,
            Condition::Taken { .. } => pb::ConditionKind::Taken,
            Condition::Concurrent { .. } => pb::ConditionKind::Concurrent,
            Condition::Credits { .. } => pb::ConditionKind::Credits,
            Condition::Gpa { .. } => pb::ConditionKind::Gpa,
        };
        let minimum = |wanted| if kind == wanted { condition.minimum() } else { 0 };
        let course_id = condition.course().unwrap_or_default();
        let (course_code, course_name) = asked.names.get(course_id).cloned().unwrap_or_default();
        pb::Condition {
            kind: kind.into(),
            course_id: course_id.to_owned(),
            min_points_hundredths: minimum(pb::ConditionKind::Passed),
            min_letter: condition.letter().to_owned(),
            credits: minimum(pb::ConditionKind::Credits),
            gpa_hundredths: minimum(pb::ConditionKind::Gpa),
            course_code,
            course_name,
        }
    };
    let group = |group: &Group| pb::ConditionGroup { any_of: group.iter().map(condition).collect() };
    pb::Prerequisites {
        course_id: asked.course_id.clone(),
        all_of: asked.groups.iter().map(group).collect(),
        version: asked.version,
    }
}

/// Equivalents of a course.
pub fn equivalents(equivalents: &Equivalents) -> pb::Equivalents {
    let course = |course: &Course| pb::CurriculumCourse {
        course_id: course.id.clone(),
        semester: course.semester,
        requirement_kind: requirement_kind(course.requirement).into(),
        code: course.code.clone(),
        name: course.name.clone(),
        credits: course.credits.total(),
    };
    pb::Equivalents {
        course_id: equivalents.course_id.clone(),
        courses: equivalents.courses.iter().map(course).collect(),
        version: equivalents.version,
    }
}

/// Equivalents of a course as other services hear of them: ids only.
pub fn equivalents_snapshot(course_id: &str, version: i64, others: Vec<String>) -> pb::Equivalents {
    let course = |course_id| pb::CurriculumCourse { course_id, ..Default::default() };
    pb::Equivalents { course_id: course_id.to_owned(), courses: others.into_iter().map(course).collect(), version }
}

/// Of which study programme; empty for all.
pub fn curriculum_filter(request: &pb::ListCurriculaRequest) -> Result<String, Error> {
    let mut faults = Faults::default();
    let programme_id = faults.text("programme_id", &request.programme_id, 0, 36);
    faults.finish(Some(programme_id))
}

/// A curriculum as an admin writes it.
pub fn curriculum_draft(curriculum: Option<pb::Curriculum>) -> Result<Curriculum, Error> {
    let curriculum = curriculum.unwrap_or_default();
    let mut faults = Faults::default();
    let programme_id = faults.text("programme_id", &curriculum.programme_id, 1, 36);
    let name = faults.text("name", &curriculum.name, 1, 60);
    let start = faults.period("start_period", &curriculum.start_period);
    let credits_required = faults.number("credits_required", curriculum.credits_required, 1, CREDITS);
    let (credits_compulsory, credits_elective) = (curriculum.credits_compulsory, curriculum.credits_elective);
    faults.number("credits_compulsory", credits_compulsory, 0, CREDITS);
    if !parts_fit(credits_required, credits_compulsory, credits_elective) {
        let message = "wanted no more than is required beside the compulsory SKS";
        faults.push("credits_elective", reasons::OUT_OF_RANGE, message);
    }
    if curriculum.courses.len() > COURSES {
        faults.push("courses", reasons::OUT_OF_RANGE, format!("at most {COURSES}"));
    }
    let mut seen = HashSet::new();
    let mut courses = Vec::new();
    for (n, course) in curriculum.courses.iter().enumerate().take(COURSES) {
        let field = |name: &str| format!("courses[{n}].{name}");
        let course_id = faults.text(field("course_id"), &course.course_id, 1, 36);
        if !seen.insert(course_id.clone()) {
            faults.push(field("course_id"), reasons::NAMED_TWICE, "is in the list already");
        }
        let semester = faults.number(field("semester"), course.semester, 0, SEMESTERS);
        if let Some(requirement) = faults.known(field("requirement_kind"), requirement(course.requirement_kind())) {
            let (code, name, credits) = (String::new(), String::new(), 0);
            courses.push(CurriculumCourse { course_id, semester, requirement, code, name, credits });
        }
    }
    let draft = start.map(|start| Curriculum {
        id: curriculum.id,
        programme_id,
        programme_code: String::new(),
        name,
        start,
        credits_required,
        credits_compulsory,
        credits_elective,
        courses,
        version: curriculum.version,
    });
    faults.finish(draft)
}

/// What a course asks for as an admin writes it.
pub fn prerequisites_draft(asked: Option<pb::Prerequisites>) -> Result<prerequisites::Draft, Error> {
    let asked = asked.unwrap_or_default();
    let mut faults = Faults::default();
    if asked.all_of.len() > PARTS {
        faults.push("all_of", reasons::OUT_OF_RANGE, format!("at most {PARTS}"));
    }
    let mut groups = Vec::new();
    for (g, group) in asked.all_of.iter().enumerate().take(PARTS) {
        let field = format!("all_of[{g}].any_of");
        if group.any_of.is_empty() {
            faults.push(field.clone(), reasons::REQUIRED, "wanted at least one condition");
        }
        if group.any_of.len() > PARTS {
            faults.push(field.clone(), reasons::OUT_OF_RANGE, format!("at most {PARTS}"));
        }
        let mut conditions = Group::new();
        for (c, condition) in group.any_of.iter().enumerate().take(PARTS) {
            let field = format!("{field}[{c}]");
            let Some(condition) = self::condition(&mut faults, &field, condition) else { continue };
            if conditions.contains(&condition) {
                faults.push(field, reasons::NAMED_TWICE, "is an alternative already");
            }
            conditions.push(condition);
        }
        groups.push(conditions);
    }
    faults.finish(Some(prerequisites::Draft { course_id: asked.course_id, groups, version: asked.version }))
}

/// One condition. What its kind does not ask is not read.
fn condition(faults: &mut Faults, field: &str, condition: &pb::Condition) -> Option<Condition> {
    let at = |name: &str| format!("{field}.{name}");
    let course = |faults: &mut Faults| faults.text(at("course_id"), &condition.course_id, 1, 36);
    let kind = match condition.kind() {
        pb::ConditionKind::Unspecified => None,
        kind => Some(kind),
    };
    Some(match faults.known(at("kind"), kind)? {
        pb::ConditionKind::Passed => Condition::Passed {
            course: course(faults),
            points: faults.number(at("min_points_hundredths"), condition.min_points_hundredths, 0, 400),
            letter: faults.text(at("min_letter"), &condition.min_letter, 0, 3),
        },
        pb::ConditionKind::Taken => Condition::Taken { course: course(faults) },
        pb::ConditionKind::Concurrent => Condition::Concurrent { course: course(faults) },
        pb::ConditionKind::Credits => {
            Condition::Credits { at_least: faults.number(at("credits"), condition.credits, 1, CREDITS) }
        }
        pb::ConditionKind::Gpa => {
            let hundredths = faults.number(at("gpa_hundredths"), condition.gpa_hundredths, 1, 400);
            Condition::Gpa { at_least: Gpa::from_hundredths(hundredths)? }
        }
        pb::ConditionKind::Unspecified => return None,
    })
}

/// Equivalents of a course as an admin writes them.
pub fn equivalents_draft(equivalents: Option<pb::Equivalents>) -> Result<equivalents::Draft, Error> {
    let equivalents = equivalents.unwrap_or_default();
    let mut faults = Faults::default();
    if equivalents.courses.len() > EQUIVALENTS {
        faults.push("courses", reasons::OUT_OF_RANGE, format!("at most {EQUIVALENTS}"));
    }
    let mut others = Vec::new();
    for (n, course) in equivalents.courses.iter().enumerate().take(EQUIVALENTS) {
        let field = format!("courses[{n}].course_id");
        let id = faults.text(field.clone(), &course.course_id, 1, 36);
        if others.contains(&id) {
            faults.push(field, reasons::NAMED_TWICE, "is in the list already");
        }
        others.push(id);
    }
    let (course_id, version) = (equivalents.course_id, equivalents.version);
    faults.finish(Some(equivalents::Draft { course_id, others, version }))
}
