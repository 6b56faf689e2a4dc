//! Classes of a period with their weekly hours, rooms and lecturers.
//!
//! The hours begin where the campus's slots begin and last 50 minutes for each SKS in class or practice; Friday is free from
//! 11:30 to 13:00. Classes that the same group of a semester attends do not clash, but electives may.

use std::collections::BTreeMap;

use super::campus::{INTAKES, LAST_PERIOD, PERIOD, ROOMS};
use super::curriculum::{Catalogue, Course, Kind};
use super::dice::Dice;
use super::people::{Lecturer, SHARED_TEACHERS, STORY_ADVISOR};

/// Minutes of one SKS.
const MINUTES_PER_CREDIT: u32 = 50;
/// Groups that a semester can be divided into: a multiple of every number of parallel classes.
const GROUPS: usize = 6;
/// Classes that a lecturer gives before another one is asked.
const ENOUGH: usize = 2;

const MON: u32 = 1;
const TUE: u32 = 2;
const WED: u32 = 3;
const THU: u32 = 4;
const FRI: u32 = 5;

// The slots, by the minute at which they begin.
const H0700: u32 = 420;
const H0840: u32 = 520;
const H1020: u32 = 620;
const H1300: u32 = 780;
const H1440: u32 = 880;
const H1620: u32 = 980;
const H1830: u32 = 1110;
/// Friday prayer.
const PRAYER: (u32, u32) = (690, 780);

/// Day and minute at which each meeting of a class begins.
type Hours = &'static [(u32, u32)];

/// Hours that the stories of the demo rest on: period, course, class, and day and hour of each meeting.
#[rustfmt::skip]
const FIXED: [(&str, &str, &str, Hours); 20] = [
    (PERIOD, "UN101", "A", &[(MON, H1020)]),
    (PERIOD, "UN102", "A", &[(TUE, H1020)]),
    (PERIOD, "UN103", "A", &[(WED, H1020)]),
    (PERIOD, "UN104", "A", &[(FRI, H0700)]),
    (PERIOD, "MA101", "A", &[(MON, H0700)]),
    (PERIOD, "MA101", "B", &[(MON, H1440)]),
    (PERIOD, "IF101", "A", &[(TUE, H0700), (THU, H1020)]),
    (PERIOD, "IF101", "B", &[(TUE, H1300), (THU, H1300)]),
    (PERIOD, "IF102", "A", &[(WED, H0700)]),
    (PERIOD, "IF103", "A", &[(THU, H0700)]),
    (PERIOD, "IF201", "A", &[(MON, H1300), (WED, H1300)]),
    (PERIOD, "IF201", "B", &[(TUE, H0840), (THU, H0700)]),
    (PERIOD, "IF202", "A", &[(TUE, H1300), (FRI, H1300)]),
    (PERIOD, "IF202", "B", &[(WED, H1440), (FRI, H1440)]),
    (PERIOD, "IF203", "A", &[(MON, H0700)]),
    (PERIOD, "IF204", "A", &[(WED, H0700)]),
    (PERIOD, "IF205", "A", &[(THU, H0840)]),
    (PERIOD, "IF206", "A", &[(THU, H1300)]),
    (PERIOD, "IF206", "B", &[(FRI, H0700)]),
    (PERIOD, "MA201", "A", &[(FRI, H0840)]),
];

/// Classes that the advisor of the first story gives: period, course and class.
const ADVISORS: [(&str, &str, &str); 5] = [
    (LAST_PERIOD, "IF106", "A"),
    (LAST_PERIOD, "IF211", "A"),
    (PERIOD, "IF206", "A"),
    (PERIOD, "IF206", "B"),
    (PERIOD, "IF305", "A"),
];

/// A class.
pub(crate) struct Class {
    /// Position of its course.
    pub(crate) course: usize,
    /// Name, unique within the course.
    pub(crate) name: String,
    /// Seats.
    pub(crate) seats: u32,
    /// Seats taken.
    pub(crate) taken: u32,
    /// Positions in the list of lecturers, the leading one first.
    pub(crate) lecturers: Vec<usize>,
    /// Weekly meetings.
    pub(crate) meetings: Vec<Meeting>,
    /// Who it is meant for: programme, semester, and a bit for each group.
    audience: Vec<(&'static str, usize, u32)>,
    elective: bool,
}

/// A weekly meeting.
#[derive(Clone, Copy)]
pub(crate) struct Meeting {
    /// 1 Monday to 5 Friday.
    pub(crate) day: u32,
    /// Minute of the day.
    pub(crate) start: u32,
    /// First minute after it.
    pub(crate) end: u32,
    /// Code of the room.
    pub(crate) room: &'static str,
}

impl Meeting {
    fn clashes(&self, other: &Self) -> bool {
        self.day == other.day && self.start < other.end && other.start < self.end
    }
}

impl Class {
    /// Whether a student could not sit in both.
    pub(crate) fn clashes(&self, other: &Self) -> bool {
        self.meetings.iter().any(|mine| other.meetings.iter().any(|theirs| mine.clashes(theirs)))
    }

    fn shares_students(&self, other: &Self) -> bool {
        let same =
            |one: &(&str, usize, u32), two: &(&str, usize, u32)| one.0 == two.0 && one.1 == two.1 && one.2 & two.2 != 0;
        !(self.elective && other.elective)
            && self.audience.iter().any(|one| other.audience.iter().any(|two| same(one, two)))
    }
}

/// All classes of a period.
pub(crate) struct Timetable {
    /// Period.
    pub(crate) period: &'static str,
    /// Classes by course and name.
    pub(crate) classes: Vec<Class>,
}

impl Timetable {
    /// Positions of the classes of a course, by name.
    pub(crate) fn of(&self, course: usize) -> impl Iterator<Item = usize> {
        (0..self.classes.len()).filter(move |at| self.classes[*at].course == course)
    }

    /// Position of a class.
    pub(crate) fn find(&self, catalogue: &Catalogue, course: &str, name: &str) -> usize {
        let of = |class: &Class| catalogue.courses[class.course].code == course && class.name == name;
        self.classes.iter().position(of).unwrap_or_else(|| panic!("{} has no class {course} {name}", self.period))
    }

    /// Plans the period: fixed hours first, then the largest classes.
    pub(crate) fn plan(dice: &mut Dice, catalogue: &Catalogue, lecturers: &[Lecturer], period: &'static str) -> Self {
        let odd = period.ends_with('1');
        let mut classes: Vec<Class> = Vec::new();
        for (place, course) in
            catalogue.courses.iter().enumerate().filter(|(_, course)| (course.semester % 2 == 1) == odd)
        {
            classes.extend((0..course.seats.len()).map(|number| class(catalogue, place, number)));
        }
        let fixed = |class: &Class| {
            let code = catalogue.courses[class.course].code;
            FIXED.iter().find(|row| row.0 == period && row.1 == code && row.2 == class.name).map(|row| row.3)
        };
        let mut order: Vec<usize> = (0..classes.len()).collect();
        order.sort_by_key(|at| (fixed(&classes[*at]).is_none(), std::cmp::Reverse(classes[*at].seats)));
        let mut planner = Planner { catalogue, lecturers, period, given: BTreeMap::new(), placed: Vec::new() };
        for at in order {
            let hours = fixed(&classes[at]);
            planner.place(dice, &mut classes, at, hours);
        }
        Self { period, classes }
    }
}

/// The class of a course with this number, without hours.
fn class(catalogue: &Catalogue, place: usize, number: usize) -> Class {
    let course = &catalogue.courses[place];
    let of = course.seats.len();
    let audience = INTAKES
        .iter()
        .filter(|intake| catalogue.of(intake.programme).courses.contains(&place))
        .filter_map(|intake| {
            let shared = is_shared(course);
            let groups =
                (0..GROUPS).filter(|group| if shared { intake.shared_class == number } else { group % of == number });
            let mask = groups.map(|group| 1 << group).sum();
            (mask != 0).then_some((intake.programme, course.semester, mask))
        })
        .collect();
    Class {
        course: place,
        name: char::from(b'A' + u8::try_from(number).expect("a few classes")).to_string(),
        seats: course.seats[number],
        taken: 0,
        lecturers: Vec::new(),
        meetings: Vec::new(),
        audience,
        elective: course.kind == Kind::Elective,
    }
}

/// Whether every programme takes it.
pub(crate) fn is_shared(course: &Course) -> bool {
    course.code.starts_with("UN")
}

struct Planner<'a> {
    catalogue: &'a Catalogue,
    lecturers: &'a [Lecturer],
    period: &'static str,
    /// Classes that a lecturer gives, and of which courses.
    given: BTreeMap<usize, Vec<usize>>,
    /// Positions of the classes that have their hours.
    placed: Vec<usize>,
}

impl Planner<'_> {
    /// Gives a class a lecturer, hours and rooms.
    fn place(&mut self, dice: &mut Dice, classes: &mut [Class], at: usize, hours: Option<&[(u32, u32)]>) {
        let course = &self.catalogue.courses[classes[at].course];
        let parts = parts(course);
        let mut found = None;
        for lecturer in self.candidates(course, &classes[at]) {
            let starts = match hours {
                Some(hours) => hours.iter().map(|hour| vec![*hour]).collect(),
                None => parts.iter().map(|_| any_hour(dice)).collect::<Vec<_>>(),
            };
            if let Some(meetings) = self.meetings(classes, at, lecturer, &parts, &starts) {
                found = Some((lecturer, meetings));
                break;
            }
        }
        let (lecturer, meetings) = found.unwrap_or_else(|| panic!("no hour for {} {}", course.code, classes[at].name));
        classes[at].meetings = meetings;
        classes[at].lecturers = vec![lecturer];
        self.given.entry(lecturer).or_default().push(classes[at].course);
        self.placed.push(at);
        if course.practice > 0 && classes[at].name == "A" {
            self.assist(classes, at);
        }
    }

    /// A second lecturer for the practice, if somebody has time.
    fn assist(&mut self, classes: &mut [Class], at: usize) {
        let course = &self.catalogue.courses[classes[at].course];
        let lead = classes[at].lecturers[0];
        let free = |lecturer: &usize| {
            *lecturer != lead && *lecturer != STORY_ADVISOR && self.is_free(classes, *lecturer, &classes[at].meetings)
        };
        if let Some(second) = self.candidates(course, &classes[at]).into_iter().rev().find(free) {
            classes[at].lecturers.push(second);
        }
    }

    /// Lecturers for a class: who gives the course already, then who gives least.
    fn candidates(&self, course: &Course, class: &Class) -> Vec<usize> {
        if ADVISORS.contains(&(self.period, course.code, &class.name)) {
            return vec![STORY_ADVISOR];
        }
        let load = |lecturer: &usize| self.given.get(lecturer).map_or(0, Vec::len);
        let gives = |lecturer: &usize| self.given.get(lecturer).is_some_and(|given| given.contains(&class.course));
        let mut pool: Vec<usize> = if is_shared(course) {
            SHARED_TEACHERS.to_vec()
        } else {
            let home = |at: &usize| self.lecturers[*at].home == course.owner;
            let spare = |at: &usize| !SHARED_TEACHERS.contains(at) && *at != STORY_ADVISOR;
            (0..self.lecturers.len()).filter(home).filter(spare).collect()
        };
        pool.sort_by_key(|at| (is_shared(course) || !gives(at) || load(at) >= ENOUGH, load(at)));
        pool
    }

    fn is_free(&self, classes: &[Class], lecturer: usize, meetings: &[Meeting]) -> bool {
        let busy = self.placed.iter().map(|at| &classes[*at]).filter(|class| class.lecturers.contains(&lecturer));
        busy.flat_map(|class| &class.meetings).all(|other| meetings.iter().all(|mine| !mine.clashes(other)))
    }

    /// Meetings at the first possible hours, each on a day of its own.
    fn meetings(
        &self,
        classes: &[Class],
        at: usize,
        lecturer: usize,
        parts: &[(u32, bool)],
        starts: &[Vec<(u32, u32)>],
    ) -> Option<Vec<Meeting>> {
        let mut meetings: Vec<Meeting> = Vec::new();
        for ((credits, lab), starts) in parts.iter().zip(starts) {
            let found = starts.iter().find_map(|(day, start)| {
                let hour = Meeting { day: *day, start: *start, end: start + credits * MINUTES_PER_CREDIT, room: "" };
                let prayer = hour.day == FRI && hour.start < PRAYER.1 && PRAYER.0 < hour.end;
                let mut others = self.placed.iter().map(|other| &classes[*other]);
                let attended = others.any(|other| {
                    other.shares_students(&classes[at]) && other.meetings.iter().any(|meeting| meeting.clashes(&hour))
                });
                let same_day = meetings.iter().any(|meeting| meeting.day == hour.day);
                if prayer || attended || same_day || !self.is_free(classes, lecturer, &[hour]) {
                    return None;
                }
                Some(Meeting { room: self.room(classes, classes[at].seats, *lab, &hour)?, ..hour })
            });
            meetings.push(found?);
        }
        meetings.sort_by_key(|meeting| (meeting.day, meeting.start));
        Some(meetings)
    }

    /// The smallest room that is large enough and free.
    fn room(&self, classes: &[Class], seats: u32, lab: bool, hour: &Meeting) -> Option<&'static str> {
        let used = |code: &str| {
            let meetings = self.placed.iter().flat_map(|at| &classes[*at].meetings);
            meetings.clone().any(|meeting| meeting.room == code && meeting.clashes(hour))
        };
        let fits = |seats_there: u32| seats_there == 0 || seats_there >= seats;
        ROOMS.iter().find(|room| room.lab == lab && fits(room.seats) && !used(room.code)).map(|room| room.code)
    }
}

/// The meetings that a course needs: SKS, and whether in a laboratory. Field work has none.
fn parts(course: &Course) -> Vec<(u32, bool)> {
    let mut parts: Vec<(u32, bool)> = match course.lecture {
        0 => vec![],
        4 => vec![(2, false), (2, false)],
        credits => vec![(credits, false)],
    };
    if course.practice > 0 {
        parts.push((course.practice, true));
    }
    parts
}

/// Every hour at which a class may begin, in a random order, late ones last.
fn any_hour(dice: &mut Dice) -> Vec<(u32, u32)> {
    let hours = |starts: &[u32]| -> Vec<(u32, u32)> {
        [MON, TUE, WED, THU, FRI].into_iter().flat_map(|day| starts.iter().map(move |start| (day, *start))).collect()
    };
    let mut all = hours(&[H0700, H0840, H1020, H1300, H1440]);
    dice.shuffle(&mut all);
    let (mut late, mut evening) = (hours(&[H1620]), hours(&[H1830]));
    dice.shuffle(&mut late);
    dice.shuffle(&mut evening);
    all.append(&mut late);
    all.append(&mut evening);
    all
}
