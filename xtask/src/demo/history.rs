//! Six semesters of study as they might have gone, and the plans of the running one. Every rule of registration is kept.

use super::campus::{INTAKES, LAST_PERIOD, PAST, points_of, step_of};
use super::curriculum::{Ask, Catalogue, Kind};
use super::dice::Dice;
use super::people::{self, FIRST_YEAR_STUDENT, STORY_STUDENT, Student};
use super::record::Record;
use super::timetable::{Timetable, is_shared};

/// What the first story's student got in the first two semesters, in hundredths: an IPS of 2.20, then of 3.47.
#[rustfmt::skip]
const STORY_SCORES: [(&str, u32); 14] = [
    ("UN101", 7450), ("UN102", 6700), ("UN103", 7200), ("UN104", 6625), ("MA101", 5275), ("IF101", 6150),
    ("IF102", 6300), ("IF103", 6550), ("UN105", 8800), ("MA102", 7125), ("MA103", 8050), ("IF104", 8225),
    ("IF105", 8150), ("IF106", 8275),
];
/// What that student holds in the running period: 15 of 18 SKS.
pub(crate) const STORY_PLAN: [(&str, &str); 5] =
    [("IF203", "A"), ("IF204", "A"), ("IF205", "A"), ("MA101", "B"), ("MA201", "A")];

/// A class that waits: its course and name, its components, and how many students still lack the last score.
pub(crate) struct Waiting {
    /// Course code.
    pub(crate) course: &'static str,
    /// Class name.
    pub(crate) class: &'static str,
    /// Name and weight of each component.
    pub(crate) components: &'static [(&'static str, u32)],
    /// Students without the last score.
    pub(crate) missing: usize,
}

const fn waiting(
    course: &'static str,
    class: &'static str,
    components: &'static [(&'static str, u32)],
    missing: usize,
) -> Waiting {
    Waiting { course, class, components, missing }
}

/// As most classes are weighted.
const USUAL: &[(&str, u32)] = &[("Tugas", 20), ("Kuis", 10), ("UTS", 30), ("UAS", 40)];

/// Classes of the last period that are not published.
pub(crate) const WAITING: [Waiting; 6] = [
    waiting("IF106", "A", USUAL, 0),
    waiting("IF211", "A", &[("Tugas", 25), ("Proyek", 25), ("UTS", 20), ("UAS", 30)], 6),
    waiting("SI107", "A", USUAL, 0),
    waiting("MN108", "B", USUAL, 0),
    waiting("MN211", "A", &[("Studi kasus", 30), ("Presentasi", 20), ("UTS", 20), ("UAS", 30)], 0),
    waiting("TE107", "A", &[("Tugas", 15), ("Kuis", 15), ("UTS", 30), ("UAS", 40)], 0),
];

/// A course that a student took.
pub(crate) struct Attempt {
    /// Position of the student.
    pub(crate) student: usize,
    /// Position of the period in [`PAST`].
    pub(crate) period: usize,
    /// Position of the course.
    pub(crate) course: usize,
    /// Position of the class in the timetable of [`LAST_PERIOD`]; none for earlier periods.
    pub(crate) class: Option<usize>,
    /// Final score in hundredths.
    pub(crate) score: u32,
    /// Whether the grade is known to the student.
    pub(crate) published: bool,
}

/// A plan of the running period.
pub(crate) struct Plan {
    /// Position of the student.
    pub(crate) student: usize,
    /// `draft`, `submitted` or `approved`.
    pub(crate) state: &'static str,
    /// Positions of the classes in the timetable.
    pub(crate) classes: Vec<usize>,
}

/// Everything that happened.
pub(crate) struct History {
    /// By student and period.
    pub(crate) attempts: Vec<Attempt>,
    /// By student.
    pub(crate) plans: Vec<Plan>,
}

struct Walk<'a> {
    catalogue: &'a Catalogue,
    students: &'a [Student],
    dice: &'a mut Dice,
    records: Vec<Record>,
    attempts: Vec<Attempt>,
}

/// Lets the years go by. Seats are taken in both timetables.
pub(crate) fn live(
    dice: &mut Dice,
    catalogue: &Catalogue,
    students: &[Student],
    last: &mut Timetable,
    now: &mut Timetable,
) -> History {
    let records = vec![Record::default(); students.len()];
    let mut walk = Walk { catalogue, students, dice, records, attempts: Vec::new() };
    for (period, code) in PAST.into_iter().enumerate() {
        let mut seats = (code == LAST_PERIOD).then_some(&mut *last);
        for student in walk.in_random_order() {
            if students[student].status(period) == "A" {
                walk.semester(student, period, seats.as_deref_mut());
            }
        }
    }
    let plans = walk.present(now);
    let mut attempts = walk.attempts;
    attempts.sort_by_key(|attempt| (attempt.student, attempt.period, attempt.course));
    History { attempts, plans }
}

impl Walk<'_> {
    /// The stories' student first, who must find the seats that the stories tell of.
    fn in_random_order(&mut self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.students.len()).collect();
        self.dice.shuffle(&mut order);
        order.sort_by_key(|student| self.students[*student].nim != STORY_STUDENT);
        order
    }

    /// A semester of one student, with its grades.
    fn semester(&mut self, student: usize, period: usize, mut seats: Option<&mut Timetable>) {
        let wishes = self.wishes(student, period, false);
        let chosen = self.choose(student, period, &wishes, seats.as_deref_mut());
        let mut results = Vec::new();
        for (course, class) in chosen {
            let score = self.score(student, course);
            let waits =
                class.zip(seats.as_deref()).is_some_and(|(class, table)| is_waiting(self.catalogue, table, class));
            let points = (!waits).then(|| step_of(score).points);
            results.push((course, self.catalogue.courses[course].credits(), points));
            self.attempts.push(Attempt { student, period, course, class, score, published: !waits });
        }
        self.records[student].finish(&results);
    }

    /// Courses that a student wants, most urgent first. One who is `eager` looks beyond the curriculum's semester.
    fn wishes(&mut self, student: usize, period: usize, eager: bool) -> Vec<usize> {
        let (courses, record) = (&self.catalogue.courses, &self.records[student]);
        let semester = self.students[student].semester(period);
        let curriculum = self.catalogue.of(self.students[student].programme());
        let runs = |course: &usize| courses[*course].semester % 2 == semester % 2;
        let mut wishes: Vec<(usize, usize)> = Vec::new();
        for course in curriculum.courses.iter().copied().filter(runs) {
            let (at, elective) = (courses[course].semester, courses[course].kind == Kind::Elective);
            let again = record.best(course).is_some_and(|best| {
                let needed = curriculum.courses.iter().any(|other| needs(self.catalogue, *other, course) > best);
                !elective && (best == 0 || needed || (best == 100 && self.dice.below(3) == 0))
            });
            match record.took(course) {
                true if again => wishes.push((0, course)),
                false if !elective && (at <= semester || (eager && at == semester + 2)) => wishes.push((at, course)),
                _ => {}
            }
        }
        wishes.sort_unstable();
        let slots = curriculum.electives.iter().filter(|slot| **slot <= semester && **slot % 2 == semester % 2).count();
        let had = curriculum
            .courses
            .iter()
            .filter(|course| courses[**course].kind == Kind::Elective && runs(course) && record.took(**course));
        let wanted = slots.saturating_sub(had.count());
        let mut electives: Vec<usize> = curriculum.courses.iter().copied().filter(runs).collect();
        electives.retain(|course| {
            courses[*course].kind == Kind::Elective && courses[*course].semester <= semester && !record.took(*course)
        });
        electives.retain(|course| record.allows(self.catalogue, *course, &[]) && !courses[*course].seats.is_empty());
        self.dice.shuffle(&mut electives);
        if self.students[student].nim == STORY_STUDENT {
            // Leaves one course for later: 18 SKS were the ceiling of the second semester.
            wishes.retain(|wish| STORY_SCORES.iter().any(|row| row.0 == courses[wish.1].code));
        }
        wishes.into_iter().map(|(_, course)| course).chain(electives.into_iter().take(wanted)).collect()
    }

    /// Courses that the rules and the seats allow, in the order of the wishes.
    fn choose(
        &self,
        student: usize,
        period: usize,
        wishes: &[usize],
        mut seats: Option<&mut Timetable>,
    ) -> Vec<(usize, Option<usize>)> {
        let (person, record) = (&self.students[student], &self.records[student]);
        let ceiling = record.ceiling(person.semester(period));
        let mut chosen: Vec<(usize, Option<usize>)> = Vec::new();
        let mut credits = 0;
        for &course in wishes {
            let more = self.catalogue.courses[course].credits();
            let with: Vec<usize> = chosen.iter().map(|(course, _)| *course).collect();
            if credits + more > ceiling || !record.allows(self.catalogue, course, &with) {
                continue;
            }
            let class = match seats.as_deref_mut() {
                None => None,
                Some(table) => {
                    let held: Vec<usize> = chosen.iter().filter_map(|(_, class)| *class).collect();
                    let Some(class) = self.seat(table, person, course, &held) else { continue };
                    table.classes[class].taken += 1;
                    Some(class)
                }
            };
            credits += more;
            chosen.push((course, class));
        }
        chosen
    }

    /// A class of the course with a free seat that clashes with nothing, the student's own group first.
    fn seat(&self, table: &Timetable, person: &Student, course: usize, held: &[usize]) -> Option<usize> {
        let mut classes: Vec<usize> = table.of(course).collect();
        if classes.is_empty() {
            return None;
        }
        let shared = is_shared(&self.catalogue.courses[course]);
        let own = if shared { INTAKES[person.intake].shared_class } else { person.group() };
        let middle = own % classes.len();
        classes.rotate_left(middle);
        classes.into_iter().find(|class| {
            let class = &table.classes[*class];
            class.taken < class.seats && held.iter().all(|other| !table.classes[*other].clashes(class))
        })
    }

    /// A final score: how good the student is, and how the day went.
    fn score(&mut self, student: usize, course: usize) -> u32 {
        if self.students[student].nim == STORY_STUDENT {
            let code = self.catalogue.courses[course].code;
            return STORY_SCORES.iter().find(|row| row.0 == code).expect("a course of the story").1;
        }
        let again = if self.records[student].took(course) { 40 } else { 0 };
        let day = self.dice.deviation();
        let rank = share_below((self.students[student].ability * 76 + day * 65) / 100 + again);
        graded(rank)
    }

    /// The plans of the running period.
    fn present(&mut self, now: &mut Timetable) -> Vec<Plan> {
        let period = PAST.len();
        let mut plans = Vec::new();
        for student in self.in_random_order() {
            let person = &self.students[student];
            if person.nim == STORY_STUDENT {
                let classes: Vec<usize> = STORY_PLAN.iter().map(|row| now.find(self.catalogue, row.0, row.1)).collect();
                classes.iter().for_each(|class| now.classes[*class].taken += 1);
                plans.push(Plan { student, state: "draft", classes });
                continue;
            }
            let keeps_out =
                person.status(period) != "A" || people::is_held(&person.nim) || person.nim == FIRST_YEAR_STUDENT;
            let state = match self.dice.below(100) {
                _ if keeps_out => continue,
                0..8 => continue,
                8..24 => "draft",
                24..52 => "submitted",
                _ => "approved",
            };
            let eager = self.records[student].last_gpa().is_some_and(|gpa| gpa >= 350) && self.dice.below(4) == 0;
            let mut wishes = self.wishes(student, period, eager);
            if state == "draft" {
                wishes.truncate(1 + self.dice.below(5));
            }
            let chosen = self.choose(student, period, &wishes, Some(now));
            let mut classes: Vec<usize> = chosen.into_iter().filter_map(|(_, class)| class).collect();
            classes.sort_unstable();
            if !classes.is_empty() {
                plans.push(Plan { student, state, classes });
            }
        }
        plans.sort_by_key(|plan| plan.student);
        plans
    }
}

/// Points that a course asks of another one, in hundredths; 0 when it asks for none.
fn needs(catalogue: &Catalogue, course: usize, of: usize) -> u32 {
    let asks = catalogue.courses[course].asks.iter().flatten();
    let points = asks.filter_map(|ask| match ask {
        Ask::Passed(wanted, letter) if *wanted == of => Some(points_of(letter)),
        _ => None,
    });
    points.max().unwrap_or(0)
}

/// Whether the grades of a class of the last period are not published.
fn is_waiting(catalogue: &Catalogue, table: &Timetable, class: usize) -> bool {
    let class = &table.classes[class];
    let code = catalogue.courses[class.course].code;
    WAITING.iter().any(|waiting| waiting.course == code && waiting.class == class.name)
}

/// Share of a normal distribution below a deviation in hundredths, in ten-thousandths.
fn share_below(deviation: i32) -> u32 {
    /// At 0, 0.25, 0.5 and so on.
    const UPPER: [u32; 14] = [5000, 5987, 6915, 7734, 8413, 8944, 9332, 9599, 9772, 9878, 9938, 9970, 9987, 9994];
    let distance = deviation.unsigned_abs().min(324);
    let (at, rest) = ((distance / 25) as usize, distance % 25);
    let share = UPPER[at] + (UPPER[at + 1] - UPPER[at]) * rest / 25;
    if deviation < 0 { 10_000 - share } else { share }
}

/// The score at a rank in ten-thousandths. Marks between two rows follow the line: 4% E, 3% D, 3% CD, 9% C, 11% BC,
/// 25% B, 20% AB, 25% A.
fn graded(rank: u32) -> u32 {
    const MARKS: [(u32, u32); 9] = [
        (0, 2000),
        (400, 5000),
        (700, 5500),
        (1000, 6000),
        (1900, 6500),
        (3000, 7000),
        (5500, 8000),
        (7500, 8500),
        (10_000, 9800),
    ];
    let above = MARKS.iter().position(|mark| mark.0 > rank).expect("a rank is below 10,000");
    let ((from, low), (to, high)) = (MARKS[above - 1], MARKS[above]);
    // To a quarter of a mark.
    (low + (high - low) * (rank - from) / (to - from)) / 25 * 25
}
