//! Curricula, prerequisites and equivalent courses.

use api::{ConditionKind, RequirementKind};
use chassis::error::Fault;
use proto::course::v1 as pb;

use super::{Word, given, page, page_request, text, words};

words!(ConditionKind, pb::ConditionKind { Passed, Taken, Concurrent, Credits, Gpa });

pub(crate) fn curriculum_query(query: api::CurriculumQuery) -> Result<pb::ListCurriculaRequest, Fault> {
    Ok(pb::ListCurriculaRequest {
        page: page_request(query.limit, query.cursor)?,
        programme_id: text(query.programme_id),
    })
}

pub(crate) fn curricula(list: pb::ListCurriculaResponse) -> Result<api::Page<api::Curriculum>, Fault> {
    page(list.curricula, list.page, curriculum)
}

pub(crate) fn curriculum(curriculum: pb::Curriculum) -> Result<api::Curriculum, Fault> {
    Ok(api::Curriculum {
        id: curriculum.id,
        programme_id: curriculum.programme_id,
        programme_code: given(curriculum.programme_code),
        name: curriculum.name,
        start_period: curriculum.start_period,
        credits_required: curriculum.credits_required,
        credits_compulsory: curriculum.credits_compulsory,
        credits_elective: curriculum.credits_elective,
        courses: curriculum.courses.into_iter().map(course).collect::<Result<_, _>>()?,
        version: curriculum.version,
    })
}

fn course(course: pb::CurriculumCourse) -> Result<api::CurriculumCourse, Fault> {
    Ok(api::CurriculumCourse {
        course_id: course.course_id,
        code: course.code,
        name: course.name,
        credits: course.credits,
        semester: (course.semester > 0).then_some(course.semester),
        requirement_kind: RequirementKind::from_wire(course.requirement_kind)?,
    })
}

/// The whole new state; for a new curriculum id and version are empty and ignored.
pub(crate) fn to_curriculum(id: String, version: i64, input: api::CurriculumInput) -> pb::Curriculum {
    let courses = input.courses.into_iter().map(|course| pb::CurriculumCourse {
        course_id: course.course_id,
        semester: course.semester.unwrap_or_default(),
        requirement_kind: course.requirement_kind.to_wire(),
        ..pb::CurriculumCourse::default()
    });
    pb::Curriculum {
        id,
        programme_id: input.programme_id,
        name: input.name,
        start_period: input.start_period,
        credits_required: input.credits_required,
        credits_compulsory: input.credits_compulsory,
        credits_elective: input.credits_elective,
        courses: courses.collect(),
        version,
        programme_code: String::new(),
    }
}

pub(crate) fn prerequisites(prerequisites: pb::Prerequisites) -> Result<api::Prerequisites, Fault> {
    let groups = prerequisites.all_of.into_iter().map(|group| {
        let any_of = group.any_of.into_iter().map(condition).collect::<Result<_, Fault>>()?;
        Ok(api::ConditionGroup { any_of })
    });
    Ok(api::Prerequisites {
        course_id: prerequisites.course_id,
        all_of: groups.collect::<Result<_, Fault>>()?,
        version: prerequisites.version,
    })
}

fn condition(condition: pb::Condition) -> Result<api::Condition, Fault> {
    Ok(api::Condition {
        kind: ConditionKind::from_wire(condition.kind)?,
        course_id: given(condition.course_id),
        course_code: given(condition.course_code),
        course_name: given(condition.course_name),
        min_points_hundredths: condition.min_points_hundredths,
        min_letter: given(condition.min_letter),
        credits: condition.credits,
        gpa_hundredths: condition.gpa_hundredths,
    })
}

pub(crate) fn to_prerequisites(course_id: String, version: i64, input: api::PrerequisitesInput) -> pb::Prerequisites {
    let groups = input
        .all_of
        .into_iter()
        .map(|group| pb::ConditionGroup { any_of: group.any_of.into_iter().map(to_condition).collect() });
    pb::Prerequisites { course_id, all_of: groups.collect(), version }
}

fn to_condition(input: api::ConditionInput) -> pb::Condition {
    pb::Condition {
        kind: input.kind.to_wire(),
        course_id: text(input.course_id),
        min_points_hundredths: input.min_points_hundredths,
        min_letter: text(input.min_letter),
        credits: input.credits,
        gpa_hundredths: input.gpa_hundredths,
        course_code: String::new(),
        course_name: String::new(),
    }
}

pub(crate) fn equivalents(equivalents: pb::Equivalents) -> api::Equivalents {
    let courses = equivalents.courses.into_iter().map(|course| api::EquivalentCourse {
        course_id: course.course_id,
        code: course.code,
        name: course.name,
        credits: course.credits,
    });
    api::Equivalents { course_id: equivalents.course_id, courses: courses.collect(), version: equivalents.version }
}

pub(crate) fn to_equivalents(course_id: String, version: i64, input: api::EquivalentsInput) -> pb::Equivalents {
    let courses = input
        .course_ids
        .into_iter()
        .map(|course_id| pb::CurriculumCourse { course_id, ..pb::CurriculumCourse::default() });
    pb::Equivalents { course_id, courses: courses.collect(), version }
}

#[cfg(test)]
mod tests {
    use chassis::error::Kind;

    use super::*;

    #[test]
    fn a_condition_sent_back_unchanged_is_the_condition_that_was_read() {
        let wire = pb::Prerequisites {
            course_id: "c".into(),
            all_of: vec![pb::ConditionGroup {
                any_of: ConditionKind::ALL
                    .iter()
                    .map(|kind| pb::Condition {
                        kind: kind.to_wire(),
                        course_id: "d".into(),
                        min_points_hundredths: 200,
                        min_letter: "C".into(),
                        credits: 80,
                        gpa_hundredths: 225,
                        ..pb::Condition::default()
                    })
                    .collect(),
            }],
            version: 3,
        };
        let rest = prerequisites(wire.clone()).unwrap();
        assert_eq!(rest.all_of[0].any_of.len(), 5);
        assert_eq!(to_prerequisites(rest.course_id.clone(), rest.version, rest.into()), wire);
    }

    #[test]
    fn a_curriculum_sent_back_unchanged_is_the_curriculum_that_was_read() {
        let course = |course_id: &str, semester| pb::CurriculumCourse {
            course_id: course_id.into(),
            semester,
            requirement_kind: pb::RequirementKind::Elective as i32,
            ..pb::CurriculumCourse::default()
        };
        let wire = pb::Curriculum {
            id: "k".into(),
            programme_id: "p".into(),
            name: "Kurikulum 2024".into(),
            start_period: "20241".into(),
            credits_required: 144,
            credits_compulsory: 120,
            credits_elective: 24,
            courses: vec![course("a", 3), course("b", 0)],
            version: 2,
            ..pb::Curriculum::default()
        };
        let rest = curriculum(wire.clone()).unwrap();
        assert_eq!((rest.courses[0].semester, rest.courses[1].semester), (Some(3), None));
        assert_eq!(to_curriculum(rest.id.clone(), rest.version, rest.into()), wire);
    }

    #[test]
    fn a_condition_without_a_kind_is_our_fault() {
        assert_eq!(condition(pb::Condition::default()).unwrap_err().kind(), Kind::Internal);
    }
}
