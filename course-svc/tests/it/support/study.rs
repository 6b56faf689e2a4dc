//! Curricula, prerequisites and equivalent courses.

use chassis::client::Channel;
use chassis::error::Fault;
use proto::course::v1 as pb;
use proto::course::v1::curricula_client::CurriculaClient;
use proto::grade::v1 as grade_pb;

use super::{TestApp, answer, id};

pub(crate) fn curriculum(name: &str, courses: &[(&str, u32)]) -> pb::Curriculum {
    pb::Curriculum {
        programme_id: id("IF-S1"),
        name: name.to_owned(),
        start_period: "20241".to_owned(),
        credits_required: 144,
        credits_compulsory: 129,
        credits_elective: 15,
        courses: courses.iter().map(|(course, semester)| entry(course, *semester)).collect(),
        ..Default::default()
    }
}

pub(crate) fn entry(course_id: &str, semester: u32) -> pb::CurriculumCourse {
    pb::CurriculumCourse {
        course_id: course_id.to_owned(),
        semester,
        requirement_kind: pb::RequirementKind::Compulsory.into(),
        ..Default::default()
    }
}

pub(crate) fn passed(course_id: &str, points: u32, letter: &str) -> pb::Condition {
    pb::Condition {
        kind: pb::ConditionKind::Passed.into(),
        course_id: course_id.to_owned(),
        min_points_hundredths: points,
        min_letter: letter.to_owned(),
        ..Default::default()
    }
}

pub(crate) fn about(kind: pb::ConditionKind, course_id: &str) -> pb::Condition {
    pb::Condition { kind: kind.into(), course_id: course_id.to_owned(), ..Default::default() }
}

pub(crate) fn credits(credits: u32) -> pb::Condition {
    pb::Condition { kind: pb::ConditionKind::Credits.into(), credits, ..Default::default() }
}

pub(crate) fn gpa(gpa_hundredths: u32) -> pb::Condition {
    pb::Condition { kind: pb::ConditionKind::Gpa.into(), gpa_hundredths, ..Default::default() }
}

/// A student's results with their sums: SKS passed, IPK in hundredths.
pub(crate) fn results(
    name: &str,
    results: &[grade_pb::RecordResult],
    credits_passed: u32,
    cumulative: Option<u32>,
) -> grade_pb::AcademicRecord {
    grade_pb::AcademicRecord {
        student_id: id(name),
        results: results.to_vec(),
        cumulative_hundredths: cumulative,
        credits_passed,
        semesters: Vec::new(),
    }
}

impl TestApp {
    pub(crate) fn curricula(&self) -> CurriculaClient<Channel> {
        CurriculaClient::new(self.as_registrar())
    }

    /// What a course asks for.
    pub(crate) async fn asks(&self, course_id: &str) -> pb::Prerequisites {
        let request = pb::GetPrerequisitesRequest { course_id: course_id.to_owned() };
        answer(self.curricula().get_prerequisites(request).await).expect("prerequisites")
    }

    /// Replaces what a course asks for, whatever it was.
    pub(crate) async fn ask(
        &self,
        course_id: &str,
        groups: Vec<Vec<pb::Condition>>,
    ) -> Result<pb::Prerequisites, Fault> {
        let version = self.asks(course_id).await.version;
        let all_of = groups.into_iter().map(|any_of| pb::ConditionGroup { any_of }).collect();
        let prerequisites = Some(pb::Prerequisites { course_id: course_id.to_owned(), all_of, version });
        answer(self.curricula().put_prerequisites(pb::PutPrerequisitesRequest { prerequisites }).await)
    }

    /// Courses that count as a course.
    pub(crate) async fn equivalents(&self, course_id: &str) -> pb::Equivalents {
        let request = pb::GetEquivalentsRequest { course_id: course_id.to_owned() };
        answer(self.curricula().get_equivalents(request).await).expect("equivalents")
    }

    /// Replaces the equivalents of a course, whatever they were.
    pub(crate) async fn equate(&self, course_id: &str, others: &[&str]) -> Result<pb::Equivalents, Fault> {
        let version = self.equivalents(course_id).await.version;
        let courses = others.iter().map(|id| entry(id, 0)).collect();
        let equivalents = Some(pb::Equivalents { course_id: course_id.to_owned(), courses, version });
        answer(self.curricula().put_equivalents(pb::PutEquivalentsRequest { equivalents }).await)
    }
}
