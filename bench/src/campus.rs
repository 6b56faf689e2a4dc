//! A campus of any size, the same in every run: who studies there, what is offered, and the files that bring it in.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::dice::at;

/// The period of the KRS.
pub const PERIOD: &str = "20261";
/// The period before it, whose results decide how many SKS a student may take.
const BEFORE: &str = "20252";
/// Hours at which classes begin and end.
const HOURS: [(&str, &str); 7] = [
    ("07:00", "08:40"),
    ("08:40", "10:20"),
    ("10:20", "12:00"),
    ("13:00", "14:40"),
    ("14:40", "16:20"),
    ("16:20", "18:00"),
    ("18:30", "20:10"),
];
/// Hours of a week, Monday to Friday. Class `i` meets in slot `i % SLOTS`.
pub const SLOTS: u32 = 35;
/// SKS of every course.
pub const CREDITS: u32 = 3;
/// Letters, points in hundredths, lower bounds, and how many of a hundred results have them.
const LETTERS: [(&str, u32, &str, u64); 7] = [
    ("A", 400, "85.00", 25),
    ("AB", 350, "80.00", 20),
    ("B", 300, "70.00", 25),
    ("BC", 250, "65.00", 12),
    ("C", 200, "60.00", 10),
    ("D", 100, "50.00", 4),
    ("E", 0, "0", 4),
];
/// Of every so many courses one asks for a passed course of the period before.
const ASKING: u32 = 10;
/// Parts of the dice.
const STATUS: u64 = 1;
const HOLD: u64 = 2;
const GRADE: u64 = 3;

/// How large a campus is and what it rolls its dice with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Campus {
    /// Students.
    pub students: u32,
    /// Classes of the period.
    pub classes: u32,
    /// Seats of a class, but for the first.
    pub seats: u32,
    /// Seats of the first class, which everybody wants.
    pub hot_seats: u32,
    /// Seed.
    pub seed: u64,
}

impl Campus {
    /// A campus with the classes that one of its size offers, and a tenth more seats than its students take.
    #[must_use]
    pub fn of(students: u32) -> Self {
        let classes = if students >= 40_000 { students * 3 / 20 } else { (students * 4 / 25).max(SLOTS) };
        let seats = (students * 66 / 10).div_ceil(classes).clamp(1, 1000);
        Self { students, classes, seats, hot_seats: 40, seed: 20_261 }
    }

    /// Courses offered: between two and three classes each.
    #[must_use]
    pub fn courses(&self) -> u32 {
        (self.classes * 13).div_ceil(32)
    }

    fn programmes(&self) -> u32 {
        (self.students / 400).clamp(2, 95)
    }

    fn lecturers(&self) -> u32 {
        self.classes.div_ceil(4)
    }

    /// Seats of a class.
    #[must_use]
    pub fn capacity(&self, class: u32) -> u32 {
        if class == 0 { self.hot_seats } else { self.seats }
    }

    /// The course of a class.
    #[must_use]
    pub fn course_of(&self, class: u32) -> u32 {
        u32::try_from(u64::from(class) * u64::from(self.courses()) / u64::from(self.classes)).unwrap_or(0)
    }

    /// When a class meets.
    #[must_use]
    pub fn slot_of(class: u32) -> u32 {
        class % SLOTS
    }

    /// Whether a course asks for a passed course of the period before.
    #[must_use]
    pub fn asks(&self, course: u32) -> bool {
        course % ASKING == ASKING - 1
    }

    /// Name of a class: its place among those of its course.
    fn class_name(&self, class: u32) -> String {
        let first = (0..=class).rev().take_while(|other| self.course_of(*other) == self.course_of(class)).count();
        char::from(b'A' + u8::try_from(first - 1).unwrap_or(25)).to_string()
    }

    /// Course code and class name, as stored.
    #[must_use]
    pub fn class_key(&self, class: u32) -> (String, String) {
        (course_code(self.course_of(class)), self.class_name(class))
    }

    /// Student number.
    #[must_use]
    pub fn nim(student: u32) -> String {
        format!("B{student:07}")
    }

    /// In the first period of study: no results yet.
    #[must_use]
    pub fn is_new(student: u32) -> bool {
        student.is_multiple_of(4)
    }

    fn entry(student: u32) -> &'static str {
        ["20261", "20251", "20241", "20231"][(student % 4) as usize]
    }

    fn programme_of(&self, student: u32) -> u32 {
        student / 4 % self.programmes()
    }

    /// May fill a plan: status A, and no hold.
    #[must_use]
    pub fn is_admissible(&self, student: u32) -> bool {
        self.status(student) == "A" && !self.is_held(student)
    }

    fn status(&self, student: u32) -> &'static str {
        match at(self.seed, STATUS, student.into()) % 100 {
            0..92 => "A",
            92..94 => "C",
            _ => "N",
        }
    }

    fn is_held(&self, student: u32) -> bool {
        at(self.seed, HOLD, student.into()) % 100 < 3
    }

    /// The letters of the two courses of the period before.
    fn letters(&self, student: u32) -> [(&'static str, u32); 2] {
        [0, 1].map(|place| {
            let mut rest = at(self.seed, GRADE, u64::from(student) * 2 + place) % 100;
            let found = LETTERS.iter().find(|(.., share)| {
                let here = rest < *share;
                rest = rest.saturating_sub(*share);
                here
            });
            found.map_or(("E", 0), |(letter, points, ..)| (*letter, *points))
        })
    }

    /// How many SKS a student may take, by the default table of ceilings.
    #[must_use]
    pub fn ceiling(&self, student: u32) -> u32 {
        let [(_, first), (_, second)] = self.letters(student);
        match (first + second) / 2 {
            _ if Self::is_new(student) => 20,
            300.. => 24,
            250.. => 21,
            200.. => 18,
            150.. => 15,
            _ => 12,
        }
    }

    /// Whether the student meets what [`Campus::asks`] asks for.
    #[must_use]
    pub fn has_passed(&self, student: u32) -> bool {
        !Self::is_new(student) && self.letters(student)[0].1 >= 200
    }

    /// Writes the files of an import.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self, folder: &Path) -> Outcome<()> {
        fs::create_dir_all(folder)?;
        for (name, text) in self.people().into_iter().chain(self.offering()).chain(self.results()) {
            fs::write(folder.join(name), text)?;
        }
        Ok(())
    }

    fn people(&self) -> [(&'static str, String); 6] {
        let mut programmes = "code,name,degree_level,faculty,pddikti_id\n".to_owned();
        for number in 0..self.programmes() {
            line(&mut programmes, format_args!("{},Program Studi {number},S1,F{:02},", programme(number), number / 8));
        }
        let mut faculties = "code,name\n".to_owned();
        for number in 0..self.programmes().div_ceil(8) {
            line(&mut faculties, format_args!("F{number:02},Fakultas {number}"));
        }
        let mut lecturers = "number,name,programme,email,number_kind\n".to_owned();
        for number in 0..self.lecturers() {
            let home = programme(number % self.programmes());
            line(&mut lecturers, format_args!("{},Dosen {number},{home},,nidn", lecturer(number)));
        }
        let mut students = "nim,name,programme,entry_period,advisor,email,phone,national_id,gender,birth_place,\
                            birth_date,mother_name\n"
            .to_owned();
        let mut statuses = "nim,period,status\n".to_owned();
        let mut holds = "nim,kind,note,waived_until\n".to_owned();
        for student in 0..self.students {
            let (nim, entry) = (Self::nim(student), Self::entry(student));
            let advisor = lecturer(student / 28 % self.lecturers());
            let home = programme(self.programme_of(student));
            line(&mut students, format_args!("{nim},Mahasiswa {student},{home},{entry},{advisor},,,,,,,"));
            line(&mut statuses, format_args!("{nim},{PERIOD},{}", self.status(student)));
            if !Self::is_new(student) {
                line(&mut statuses, format_args!("{nim},{BEFORE},A"));
            }
            if self.is_held(student) {
                line(&mut holds, format_args!("{nim},tuition,UKT belum lunas,"));
            }
        }
        [
            ("faculties.csv", faculties),
            ("programmes.csv", programmes),
            ("lecturers.csv", lecturers),
            ("students.csv", students),
            ("statuses.csv", statuses),
            ("holds.csv", holds),
        ]
    }

    fn offering(&self) -> [(&'static str, String); 6] {
        let mut courses = "programme,code,name,name_en,credits_lecture,credits_practice,credits_field,\
                           credits_simulation,requirement_kind,semester\n"
            .to_owned();
        let mut prerequisites =
            "programme,course,group,kind,required_programme,required_course,minimum,min_points\n".to_owned();
        let first = programme(0);
        for code in [PASSED_BEFORE, OTHER_BEFORE] {
            line(&mut courses, format_args!("{first},{code},Dasar {code},,{CREDITS},0,0,0,compulsory,1"));
        }
        for course in 0..self.courses() {
            let (owner, code) = (programme(self.owner_of(course)), course_code(course));
            line(&mut courses, format_args!("{owner},{code},Mata Kuliah {course},,{CREDITS},0,0,0,elective,"));
            if self.asks(course) {
                line(&mut prerequisites, format_args!("{owner},{code},1,passed,{first},{PASSED_BEFORE},C,2.00"));
            }
        }
        let mut classes = "period,programme,course,name,capacity,lecturers,state\n".to_owned();
        let mut meetings = "period,programme,course,name,day,start,end,room\n".to_owned();
        for class in 0..self.classes {
            let (owner, (code, name)) = (programme(self.owner_of(self.course_of(class))), self.class_key(class));
            // Four classes in a row have one lecturer, in four different slots.
            let (seats, lecturer) = (self.capacity(class), lecturer(class / 4));
            line(&mut classes, format_args!("{PERIOD},{owner},{code},{name},{seats},{lecturer},open"));
            let slot = Self::slot_of(class);
            let (day, (start, end)) = (slot % 5 + 1, HOURS[(slot / 5) as usize]);
            line(&mut meetings, format_args!("{PERIOD},{owner},{code},{name},{day},{start},{end},"));
        }
        let mut periods = "code,state\n".to_owned();
        for (code, state) in [
            ("20231", "reported"),
            ("20241", "reported"),
            ("20251", "reported"),
            (BEFORE, "closed"),
            (PERIOD, "active"),
        ] {
            line(&mut periods, format_args!("{code},{state}"));
        }
        let windows =
            format!("period,kind,scope,scope_key,opens_at,closes_at\n{PERIOD},krs,university,,@today-7d,@today+14d\n");
        [
            ("courses.csv", courses),
            ("prerequisites.csv", prerequisites),
            ("classes.csv", classes),
            ("meetings.csv", meetings),
            ("periods.csv", periods),
            ("windows.csv", windows),
        ]
    }

    fn results(&self) -> [(&'static str, String); 3] {
        let mut scales = "programme,start_period,pass_points,repeat_policy\n".to_owned();
        let mut steps = "programme,start_period,letter,min_score,points\n".to_owned();
        for number in 0..self.programmes() {
            let code = programme(number);
            line(&mut scales, format_args!("{code},20231,1.00,best"));
            for (letter, points, from, _) in LETTERS {
                line(&mut steps, format_args!("{code},20231,{letter},{from},{}.{:02}", points / 100, points % 100));
            }
        }
        let mut grades = "nim,period,programme,course,class,letter,score\n".to_owned();
        let first = programme(0);
        for student in (0..self.students).filter(|student| !Self::is_new(*student)) {
            for ((letter, _), code) in self.letters(student).into_iter().zip([PASSED_BEFORE, OTHER_BEFORE]) {
                line(&mut grades, format_args!("{},{BEFORE},{first},{code},,{letter},", Self::nim(student)));
            }
        }
        [("scales.csv", scales), ("scale_steps.csv", steps), ("grades.csv", grades)]
    }

    fn owner_of(&self, course: u32) -> u32 {
        course % self.programmes()
    }
}

/// The course that [`Campus::asks`] is about, and another one that everybody took beside it.
const PASSED_BEFORE: &str = "DS101";
const OTHER_BEFORE: &str = "DS102";

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _written = writeln!(text, "{arguments}");
}

fn programme(number: u32) -> String {
    format!("P{number:02}-S1")
}

fn lecturer(number: u32) -> String {
    format!("99{number:08}")
}

fn course_code(course: u32) -> String {
    format!("MK{course:05}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_class_has_its_own_key_and_a_lecturer_is_nowhere_twice() {
        for students in [200, 1000, 10_000, 40_000] {
            let campus = Campus::of(students);
            let keys: HashSet<_> = (0..campus.classes).map(|class| campus.class_key(class)).collect();
            assert_eq!(keys.len(), campus.classes as usize);
            let hours: HashSet<_> = (0..campus.classes).map(|class| (class / 4, Campus::slot_of(class))).collect();
            assert_eq!(hours.len(), campus.classes as usize);
            assert_eq!(campus.course_of(campus.classes - 1), campus.courses() - 1);
        }
    }

    #[test]
    fn large_campuses_offer_what_large_campuses_offer() {
        assert_eq!((Campus::of(10_000).classes, Campus::of(10_000).courses()), (1600, 650));
        assert_eq!(Campus::of(40_000).classes, 6000);
        assert_eq!(Campus::of(10_000).seats, 42);
    }

    #[test]
    fn most_students_may_fill_a_plan() {
        let campus = Campus::of(10_000);
        let admissible = (0..10_000).filter(|student| campus.is_admissible(*student)).count();
        assert!((8700..9100).contains(&admissible), "{admissible}");
    }
}
