//! What the rows of one service mean to another one, which judges before it can have learnt of them: keys that it must
//! take for good because the same import brings them.

use std::collections::HashSet;

use proto::course::v1 as course;
use proto::grade::v1 as grade;
use proto::student::v1 as student;

use super::files::Row;
use super::read::Line;

/// What a row means to course-svc; `None` for rows that it does not refer to.
pub(crate) fn to_course(row: &Row) -> Option<course::announcement::Key> {
    use course::announcement::Key;
    use grade::import_row::Row as Graded;
    use student::import_row::Row as Person;
    match row {
        Row::Student(Person::Faculty(row)) => Some(Key::Faculty(row.code.clone())),
        Row::Student(Person::Programme(row)) => Some(Key::Programme(row.code.clone())),
        Row::Student(Person::Lecturer(row)) => Some(Key::Lecturer(row.number.clone())),
        Row::Student(Person::Student(row)) => Some(Key::Student(row.nim.clone())),
        Row::Grade(Graded::ScaleStep(row)) => Some(Key::Grade(course::AnnouncedGrade {
            programme: row.programme.clone(),
            letter: row.letter.clone(),
            points: row.points.clone(),
        })),
        Row::Grade(Graded::Grade(row)) => Some(Key::Result(course::AnnouncedResult {
            nim: row.nim.clone(),
            period: row.period.clone(),
            programme: row.programme.clone(),
            course: row.course.clone(),
            letter: row.letter.clone(),
        })),
        Row::Student(_) | Row::Course(_) | Row::Grade(_) => None,
    }
}

/// What rows mean to grade-svc.
pub(crate) struct ToGrade<'a> {
    /// Periods that the same import says are not over: a plan there without a state is a draft.
    running: HashSet<&'a str>,
}

impl<'a> ToGrade<'a> {
    /// Looks at the periods of an import.
    pub(crate) fn of(lines: &'a [Line]) -> Self {
        let running = lines.iter().filter_map(|line| match &line.row {
            Row::Course(course::import_row::Row::Period(row)) if matches!(&*row.state, "planned" | "active") => {
                Some(row.code.as_str())
            }
            _ => None,
        });
        Self { running: running.collect() }
    }

    /// What a row means to grade-svc; `None` for rows that it does not refer to.
    pub(crate) fn key(&self, row: &Row) -> Option<grade::announcement::Key> {
        use course::import_row::Row as Offered;
        use grade::announcement::Key;
        use student::import_row::Row as Person;
        match row {
            Row::Student(Person::Programme(row)) => Some(Key::Programme(row.code.clone())),
            Row::Student(Person::Student(row)) => Some(Key::Student(row.nim.clone())),
            Row::Course(Offered::Course(row)) => Some(Key::Course(format!("{}/{}", row.programme, row.code))),
            Row::Course(Offered::Period(row)) => Some(Key::Period(row.code.clone())),
            Row::Course(Offered::Class(row)) => Some(Key::Class(grade::AnnouncedClass {
                period: row.period.clone(),
                programme: row.programme.clone(),
                course: row.course.clone(),
                name: row.name.clone(),
            })),
            Row::Course(Offered::Plan(row)) if self.is_on_roster(row) => Some(Key::Place(grade::AnnouncedPlace {
                class: Some(grade::AnnouncedClass {
                    period: row.period.clone(),
                    programme: row.programme.clone(),
                    course: row.course.clone(),
                    name: row.name.clone(),
                }),
                nim: row.nim.clone(),
            })),
            Row::Student(_) | Row::Course(_) | Row::Grade(_) => None,
        }
    }

    /// Whether a plan row puts the student on the roster. A period of which the import says nothing is taken for one that is
    /// over: course-svc knows better, and before anything is applied the rosters have arrived.
    fn is_on_roster(&self, row: &course::PlanRow) -> bool {
        match row.state.as_str() {
            "approved" | "locked" => true,
            "" => !self.running.contains(row.period.as_str()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(row: Row) -> Line {
        Line { file: "x.csv", line: 2, row }
    }

    fn period(code: &str, state: &str) -> Line {
        let row = course::PeriodRow { code: code.to_owned(), state: state.to_owned() };
        line(Row::Course(course::import_row::Row::Period(row)))
    }

    #[test]
    fn places_are_announced_for_plans_that_count() {
        let lines = [period("20261", "active"), period("20252", "closed")];
        let to_grade = ToGrade::of(&lines);
        let announced = |period: &str, state: &str| {
            let row = course::PlanRow {
                nim: "24001".to_owned(),
                period: period.to_owned(),
                programme: "IF-S1".to_owned(),
                course: "IF201".to_owned(),
                name: "A".to_owned(),
                state: state.to_owned(),
            };
            to_grade.key(&Row::Course(course::import_row::Row::Plan(row)))
        };
        for (period, state, wanted) in [
            ("20261", "approved", true),
            ("20261", "locked", true),
            ("20261", "submitted", false),
            ("20261", "", false),
            ("20252", "", true),
            ("20251", "", true),
            ("20252", "draft", false),
        ] {
            assert_eq!(announced(period, state).is_some(), wanted, "{period} {state}");
        }
        let Some(grade::announcement::Key::Place(place)) = announced("20252", "") else { panic!("a place") };
        let class = place.class.expect("a class");
        let words = [place.nim, class.period, class.programme, class.course, class.name];
        assert_eq!(words, ["24001", "20252", "IF-S1", "IF201", "A"]);
    }

    #[test]
    fn each_service_hears_the_keys_that_it_refers_to() {
        use course::announcement::Key;
        let step = grade::ScaleStepRow {
            programme: "IF-S1".to_owned(),
            letter: "AB".to_owned(),
            points: "3.50".to_owned(),
            ..Default::default()
        };
        let Some(Key::Grade(worth)) = to_course(&Row::Grade(grade::import_row::Row::ScaleStep(step))) else {
            panic!("a letter's worth")
        };
        assert_eq!([worth.programme, worth.letter, worth.points], ["IF-S1", "AB", "3.50"]);
        let course =
            course::CourseRow { programme: "IF-S1".to_owned(), code: "IF201".to_owned(), ..Default::default() };
        let row = Row::Course(course::import_row::Row::Course(course));
        assert_eq!(to_course(&row), None, "its own");
        let key = ToGrade::of(&[]).key(&row);
        assert_eq!(key, Some(grade::announcement::Key::Course("IF-S1/IF201".to_owned())));
        let room = Row::Course(course::import_row::Row::Room(course::RoomRow::default()));
        assert_eq!(ToGrade::of(&[]).key(&room), None, "nobody refers to rooms");
    }
}
