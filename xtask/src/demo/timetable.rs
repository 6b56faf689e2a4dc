//! Rooms and the thirty classes of period 20261, with their weekly meetings.
//!
//! The hours begin where the campus's slots begin and last 50 minutes for each SKS; Friday is free from 11:30 to 13:00.

use super::curriculum;

/// The running period.
pub(crate) const PERIOD: &str = "20261";
/// The period before it.
pub(crate) const LAST_PERIOD: &str = "20252";
/// Minutes of one SKS.
pub(crate) const MINUTES_PER_CREDIT: u32 = 50;

/// Code, name and seats; 0 seats means unlimited.
pub(crate) const ROOMS: &[(&str, &str, u32)] = &[
    ("A.2.01", "Gedung A lantai 2 ruang 1", 45),
    ("A.2.02", "Gedung A lantai 2 ruang 2", 45),
    ("A.2.03", "Gedung A lantai 2 ruang 3", 45),
    ("A.3.01", "Gedung A lantai 3 ruang 1", 40),
    ("LAB-KOM-1", "Laboratorium Komputer 1", 30),
    ("LAB-KOM-2", "Laboratorium Komputer 2", 30),
    ("AULA", "Aula Fakultas", 150),
    ("DARING", "Kelas daring", 0),
];

/// A class of the running period.
pub(crate) struct Class {
    /// Course code.
    pub(crate) course: &'static str,
    /// Name, unique within the course.
    pub(crate) name: &'static str,
    /// Seats.
    pub(crate) capacity: u32,
    /// Positions in the list of lecturers, the leading one first.
    pub(crate) lecturers: &'static [usize],
    /// Weekly meetings.
    pub(crate) meetings: &'static [Meeting],
}

/// A weekly meeting.
pub(crate) struct Meeting {
    /// 1 Monday to 5 Friday.
    pub(crate) day: u32,
    /// Minute of the day.
    pub(crate) start: u32,
    /// Length in SKS.
    pub(crate) credits: u32,
    /// Room code.
    pub(crate) room: &'static str,
}

impl Meeting {
    /// First minute after the meeting.
    pub(crate) fn end(&self) -> u32 {
        self.start + self.credits * MINUTES_PER_CREDIT
    }

    fn clashes(&self, other: &Self) -> bool {
        self.day == other.day && self.start < other.end() && other.start < self.end()
    }
}

impl Class {
    /// SKS of its course.
    pub(crate) fn credits(&self) -> u32 {
        curriculum::find(self.course).credits()
    }

    /// Whether a student could not sit in both.
    pub(crate) fn clashes(&self, other: &Self) -> bool {
        self.meetings.iter().any(|mine| other.meetings.iter().any(|theirs| mine.clashes(theirs)))
    }
}

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

const fn at(day: u32, start: u32, credits: u32, room: &'static str) -> Meeting {
    Meeting { day, start, credits, room }
}

const fn class(
    course: &'static str,
    name: &'static str,
    capacity: u32,
    lecturers: &'static [usize],
    meetings: &'static [Meeting],
) -> Class {
    Class { course, name, capacity, lecturers, meetings }
}

/// Every class, by course and name.
#[rustfmt::skip]
pub(crate) const CLASSES: &[Class] = &[
    // Semester 1: the whole package fits together.
    class("UN101", "A", 60, &[8], &[at(MON, H1020, 2, "AULA")]),
    class("UN102", "A", 60, &[8], &[at(TUE, H1020, 2, "AULA")]),
    class("UN103", "A", 60, &[9], &[at(WED, H1020, 2, "AULA")]),
    class("UN104", "A", 45, &[9], &[at(FRI, H0700, 2, "A.2.01")]),
    class("MA101", "A", 45, &[0], &[at(MON, H0700, 3, "A.2.01")]),
    class("IF101", "A", 20, &[1, 7], &[at(TUE, H0700, 3, "A.2.01"), at(THU, H1020, 1, "LAB-KOM-1")]),
    class("IF101", "B", 25, &[1], &[at(TUE, H1300, 3, "A.2.01"), at(THU, H1300, 1, "LAB-KOM-1")]),
    class("IF102", "A", 45, &[0], &[at(WED, H0700, 3, "A.2.01")]),
    class("IF103", "A", 45, &[1], &[at(THU, H0700, 2, "A.2.01")]),
    // Semester 3: IF206 B clashes with MA201 A.
    class("IF201", "A", 30, &[2], &[at(MON, H1300, 3, "A.2.02"), at(WED, H1300, 1, "LAB-KOM-2")]),
    class("IF201", "B", 30, &[2], &[at(TUE, H0840, 3, "A.2.02"), at(THU, H0700, 1, "LAB-KOM-2")]),
    class("IF202", "A", 20, &[3], &[at(TUE, H1300, 3, "A.2.02"), at(FRI, H1300, 1, "LAB-KOM-2")]),
    class("IF202", "B", 30, &[3], &[at(WED, H1440, 3, "A.2.02"), at(FRI, H1440, 1, "LAB-KOM-2")]),
    class("IF203", "A", 40, &[4], &[at(MON, H0700, 3, "A.2.02")]),
    class("IF204", "A", 40, &[5], &[at(WED, H0700, 3, "A.2.02")]),
    class("IF205", "A", 40, &[4], &[at(THU, H0840, 3, "A.2.02")]),
    class("IF206", "A", 20, &[6], &[at(THU, H1300, 3, "LAB-KOM-2")]),
    class("IF206", "B", 25, &[6], &[at(FRI, H0700, 3, "LAB-KOM-1")]),
    class("MA201", "A", 40, &[0], &[at(FRI, H0840, 3, "A.2.02")]),
    // Semester 5.
    class("IF301", "A", 40, &[5], &[at(MON, H0840, 3, "A.2.03")]),
    class("IF302", "A", 40, &[7], &[at(MON, H1300, 3, "A.2.03")]),
    class("IF303", "A", 40, &[5], &[at(TUE, H0700, 3, "A.2.03")]),
    class("IF304", "A", 35, &[2], &[at(WED, H0840, 3, "A.2.03")]),
    class("IF305", "A", 40, &[6], &[at(THU, H0840, 2, "A.2.03")]),
    class("IF306", "A", 40, &[4], &[at(FRI, H0700, 2, "A.2.03")]),
    // Electives and semester 7: IF353 A clashes with IF403 A.
    class("IF353", "A", 35, &[7], &[at(TUE, H1300, 3, "A.2.03")]),
    class("IF354", "A", 25, &[6], &[at(WED, H1300, 3, "LAB-KOM-1")]),
    class("IF402", "A", 40, &[7, 6], &[at(MON, H0700, 2, "A.3.01")]),
    class("IF403", "A", 40, &[9], &[at(TUE, H1300, 2, "DARING")]),
    class("IF452", "A", 30, &[3], &[at(THU, H1440, 3, "LAB-KOM-1")]),
];
