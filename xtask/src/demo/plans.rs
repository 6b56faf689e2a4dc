//! Seats taken before the demo begins, by students who kept every rule.

use super::dice::Dice;
use super::people::{FIRST_YEAR_STUDENT, Hold, STORY_STUDENT, Student};
use super::timetable::{CLASSES, Class};

/// SKS that a first-period student may take.
const FIRST_PERIOD_CEILING: u32 = 20;
/// SKS while the last IPS is unknown.
const UNKNOWN_GPA_CEILING: u32 = 12;

/// What the story's student holds already: 9 of 12 SKS.
const STORY_PLAN: [(&str, &str); 3] = [("IF203", "A"), ("IF204", "A"), ("MA201", "A")];

/// Classes that others fill to the last seat, and whose cohorts want them.
const FULL: [((&str, &str), &[u32]); 4] =
    [(("IF101", "A"), &[2026]), (("IF202", "A"), &[2025]), (("IF206", "A"), &[2025]), (("IF354", "A"), &[2024, 2023])];

/// What a cohort looks at, by the semester it is in.
fn wishes(cohort: u32) -> &'static [&'static str] {
    match cohort {
        2026 => &["UN101", "UN102", "UN103", "UN104", "MA101", "IF101", "IF102", "IF103"],
        2025 => &["IF201", "IF202", "IF203", "IF204", "IF205", "IF206", "MA201"],
        2024 => &["IF301", "IF302", "IF303", "IF304", "IF305", "IF306", "IF353", "IF354"],
        _ => &["IF402", "IF403", "IF452", "IF353", "IF354"],
    }
}

/// Who holds what: student and class by position.
pub(crate) struct Plans<'a> {
    students: &'a [Student],
    seats: Vec<(usize, usize)>,
}

impl<'a> Plans<'a> {
    /// NIM, course and class name of every seat, by student and class.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&'a str, &'static str, &'static str)> {
        let mut seats = self.seats.clone();
        seats.sort_unstable();
        let students = self.students;
        seats
            .into_iter()
            .map(move |(student, class)| (students[student].nim.as_str(), CLASSES[class].course, CLASSES[class].name))
    }

    fn held_by(&self, student: usize) -> impl Iterator<Item = &'static Class> {
        self.seats.iter().filter(move |(who, _)| *who == student).map(|(_, class)| &CLASSES[*class])
    }

    fn taken(&self, class: usize) -> u32 {
        u32::try_from(self.seats.iter().filter(|(_, which)| *which == class).count()).expect("a small demo")
    }

    /// Takes the seat when every rule allows it.
    fn take(&mut self, student: usize, class: usize) -> bool {
        let wanted = &CLASSES[class];
        let held: u32 = self.held_by(student).map(Class::credits).sum();
        let ceiling = if self.students[student].cohort == 2026 { FIRST_PERIOD_CEILING } else { UNKNOWN_GPA_CEILING };
        let allowed = held + wanted.credits() <= ceiling
            && self.taken(class) < wanted.capacity
            && self.held_by(student).all(|other| other.course != wanted.course && !other.clashes(wanted));
        if allowed {
            self.seats.push((student, class));
        }
        allowed
    }
}

/// Fills the plans.
pub(crate) fn fill<'a>(dice: &mut Dice, students: &'a [Student], holds: &[Hold]) -> Plans<'a> {
    let mut plans = Plans { students, seats: Vec::new() };
    let story = students.iter().position(|student| student.nim == STORY_STUDENT).expect("the story's student exists");
    for (course, name) in STORY_PLAN {
        assert!(plans.take(story, class(course, name)), "the story's plan keeps the rules");
    }
    let mut takers: Vec<usize> = (0..students.len())
        .filter(|index| {
            let student = &students[*index];
            let bound = holds.iter().any(|hold| hold.nim == student.nim && hold.waived_until.is_empty());
            student.status == "A" && !bound && student.nim != STORY_STUDENT && student.nim != FIRST_YEAR_STUDENT
        })
        .collect();
    dice.shuffle(&mut takers);
    for ((course, name), cohorts) in FULL {
        let wanted = class(course, name);
        for cohort in cohorts {
            for student in takers.iter().filter(|index| students[**index].cohort == *cohort) {
                plans.take(*student, wanted);
            }
        }
    }
    for student in takers {
        // One in six has not begun anything more.
        if dice.below(6) == 0 {
            continue;
        }
        let mut wanted: Vec<usize> = (0..CLASSES.len())
            .filter(|index| wishes(students[student].cohort).contains(&CLASSES[*index].course))
            .collect();
        dice.shuffle(&mut wanted);
        for class in wanted.into_iter().take(6) {
            plans.take(student, class);
        }
    }
    plans
}

fn class(course: &str, name: &str) -> usize {
    CLASSES.iter().position(|class| class.course == course && class.name == name).expect("a class of the timetable")
}
