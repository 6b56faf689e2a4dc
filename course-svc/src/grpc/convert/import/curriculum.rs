//! Rows of curricula, prerequisites, equivalents, and what is announced of results.

use proto::course::v1 as pb;

use super::cells::{Cells, hundredths};
use crate::app::import::row::{CourseKey, CurriculumBody, CurriculumKey, Row, Wanted};
use crate::model::RequirementKind;
use crate::reasons;
use crate::rules::credits::Gpa;
use crate::rules::curriculum::{CREDITS, SEMESTERS, parts_fit};
use crate::rules::period::PeriodCode;
use crate::rules::prerequisite::Condition;

/// A course of another programme, or of the same one where the cell is empty.
fn other_course(cells: &mut Cells, columns: [&'static str; 2], same: &str, programme: &str, code: &str) -> CourseKey {
    let programme = match programme.trim() {
        "" => same.to_owned(),
        _ => cells.text(columns[0], programme, 1, 10),
    };
    CourseKey { programme, code: cells.text(columns[1], code, 1, 20) }
}

/// A row of `curricula.csv`.
pub(super) fn curriculum(cells: &mut Cells, row: &pb::CurriculumRow) -> Row {
    let programme = cells.text("programme", &row.programme, 1, 10);
    let name = cells.text("name", &row.name, 1, 60);
    let start = cells.period("start_period", &row.start_period);
    let required = cells.number("credits_required", &row.credits_required, (1, CREDITS), None);
    let compulsory = cells.number("credits_compulsory", &row.credits_compulsory, (0, CREDITS), None);
    let elective = cells.number("credits_elective", &row.credits_elective, (0, CREDITS), None);
    let credits = required.zip(compulsory).zip(elective);
    let body = start.zip(credits).map(|(start, ((required, compulsory), elective))| {
        if !parts_fit(required, compulsory, elective) {
            let fault = cells.fault("credits_elective", reasons::OUT_OF_RANGE);
            let most = required.saturating_sub(compulsory);
            fault.facts.extend([("min", "0".to_owned()), ("max", most.to_string())]);
        }
        CurriculumBody { start, required, compulsory, elective }
    });
    Row::Curriculum { key: CurriculumKey { programme, name }, body }
}

/// A row of `curriculum_courses.csv`.
pub(super) fn curriculum_course(cells: &mut Cells, row: &pb::CurriculumCourseRow) -> Row {
    let programme = cells.text("programme", &row.programme, 1, 10);
    let name = cells.text("curriculum", &row.curriculum, 1, 60);
    let columns = ["course_programme", "course"];
    let course = other_course(cells, columns, &programme, &row.course_programme, &row.course);
    let semester = cells.number("semester", &row.semester, (0, SEMESTERS), Some(0));
    let kinds = RequirementKind::ALL.map(RequirementKind::word);
    let requirement = cells.word("requirement_kind", &row.requirement_kind, RequirementKind::parse, kinds);
    Row::CurriculumCourse { key: CurriculumKey { programme, name }, course, body: semester.zip(requirement) }
}

/// A row of `prerequisites.csv`. Cells that the kind does not ask for are not read.
pub(super) fn prerequisite(cells: &mut Cells, row: &pb::PrerequisiteRow) -> Row {
    let programme = cells.text("programme", &row.programme, 1, 10);
    let code = cells.text("course", &row.course, 1, 20);
    let group = cells.number("group", &row.group, (1, 20), None);
    let known = |word: &str| Condition::WORDS.into_iter().find(|known| *known == word);
    let kind = cells.word("kind", &row.kind, known, Condition::WORDS);
    let wanted = kind.and_then(|kind| wanted(cells, kind, &programme, row));
    Row::Prerequisite { course: CourseKey { programme, code }, group, wanted }
}

fn wanted(cells: &mut Cells, kind: &str, programme: &str, row: &pb::PrerequisiteRow) -> Option<Wanted> {
    let course = |cells: &mut Cells| {
        let columns = ["required_programme", "required_course"];
        other_course(cells, columns, programme, &row.required_programme, &row.required_course)
    };
    Some(match kind {
        "passed" => {
            let course = course(cells);
            let letter = cells.text("minimum", &row.minimum, 0, 3);
            let any = letter.is_empty() && row.min_points.trim().is_empty();
            let points = if any { 0 } else { cells.hundredths("min_points", &row.min_points, 400)? };
            Wanted::Passed { course, points, letter }
        }
        "taken" => Wanted::Taken { course: course(cells) },
        "concurrent" => Wanted::Concurrent { course: course(cells) },
        "credits" => Wanted::Credits { at_least: cells.number("minimum", &row.minimum, (1, CREDITS), None)? },
        _ => Wanted::Gpa { at_least: Gpa::from_hundredths(cells.hundredths("minimum", &row.minimum, 400)?)? },
    })
}

/// A row of `equivalents.csv`.
pub(super) fn equivalent(cells: &mut Cells, row: &pb::EquivalentRow) -> Row {
    let mut course = |columns: [&'static str; 2], programme: &str, code: &str| CourseKey {
        programme: cells.text(columns[0], programme, 1, 10),
        code: cells.text(columns[1], code, 1, 20),
    };
    let one = course(["programme", "course"], &row.programme, &row.course);
    let columns = ["equivalent_programme", "equivalent_course"];
    let other = course(columns, &row.equivalent_programme, &row.equivalent_course);
    Row::Equivalent { one, other }
}

/// A result that grade-svc is about to learn.
pub(super) fn result(row: &pb::AnnouncedResult) -> Row {
    Row::Result {
        nim: row.nim.trim().to_owned(),
        period: PeriodCode::parse(row.period.trim()),
        course: CourseKey { programme: row.programme.trim().to_owned(), code: row.course.trim().to_owned() },
        letter: row.letter.trim().to_owned(),
    }
}

/// What a letter is worth, as grade-svc is about to learn.
pub(super) fn grade(row: &pb::AnnouncedGrade) -> Row {
    Row::Grade {
        programme: row.programme.trim().to_owned(),
        letter: row.letter.trim().to_owned(),
        points: hundredths(row.points.trim()),
    }
}
