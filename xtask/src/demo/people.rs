//! Invented people: lecturers, students, their statuses and holds.
//!
//! Numbers lie where no real person's can: NIDN and NIK begin with region 99, addresses end in `.example`.

use super::campus::{INTAKES, PAST, PERIOD, PROGRAMMES};
use super::dice::Dice;
use super::names::{self, PLACES};

/// Years of entry.
pub(crate) const COHORTS: [u32; 4] = [2023, 2024, 2025, 2026];
/// Every period of the demo, earliest first.
pub(crate) const PERIODS: [&str; 7] = [PAST[0], PAST[1], PAST[2], PAST[3], PAST[4], PAST[5], PERIOD];

/// The student whose KRS page shows a full class, a clash, the SKS ceiling and an unmet prerequisite.
pub(crate) const STORY_STUDENT: &str = "2505010007";
/// A first-year student whose plan is not opened yet.
pub(crate) const FIRST_YEAR_STUDENT: &str = "2605010003";
/// Position of the advisor of the first of them, who has grades to publish.
pub(crate) const STORY_ADVISOR: usize = 6;
/// Positions of the lecturers who teach what all programmes share.
pub(crate) const SHARED_TEACHERS: [usize; 5] = [8, 9, 57, 58, 59];

/// A lecturer as `lecturers.csv` has it.
pub(crate) struct Lecturer {
    /// NIDN.
    pub(crate) number: String,
    /// Name with degrees.
    pub(crate) name: String,
    /// Code of the home programme.
    pub(crate) home: &'static str,
    /// E-mail.
    pub(crate) email: String,
}

/// A student as `students.csv` has it.
pub(crate) struct Student {
    /// Student number: year, faculty, programme, sequence.
    pub(crate) nim: String,
    /// Name.
    pub(crate) name: String,
    /// Position in [`INTAKES`].
    pub(crate) intake: usize,
    /// Year of entry.
    pub(crate) cohort: u32,
    /// Number among those of the same cohort and programme, from 1.
    pub(crate) sequence: usize,
    /// Position of the advisor in the list of lecturers.
    pub(crate) advisor: usize,
    /// NIK.
    pub(crate) national_id: String,
    /// `L` or `P`.
    pub(crate) gender: &'static str,
    /// Place of birth.
    pub(crate) birth_place: &'static str,
    /// Date of birth.
    pub(crate) birth_date: String,
    /// Mother's maiden name.
    pub(crate) mother_name: String,
    /// `A`, `C` or `N` for every one of [`PERIODS`] since the entry.
    pub(crate) statuses: Vec<&'static str>,
    /// How good: normal, in hundredths of a deviation.
    pub(crate) ability: i32,
}

impl Student {
    /// Code of the programme.
    pub(crate) fn programme(&self) -> &'static str {
        INTAKES[self.intake].programme
    }

    /// Position of the period of entry in [`PERIODS`].
    pub(crate) fn entry(&self) -> usize {
        COHORTS.iter().position(|cohort| *cohort == self.cohort).expect("one of the cohorts") * 2
    }

    /// The semester, from 1, that a period is for this student; 0 before the entry.
    pub(crate) fn semester(&self, period: usize) -> usize {
        (period + 1).saturating_sub(self.entry())
    }

    /// Status in a period, by its position; empty before the entry.
    pub(crate) fn status(&self, period: usize) -> &'static str {
        period.checked_sub(self.entry()).map_or("", |since| self.statuses[since])
    }

    /// Which one of parallel classes is meant for this student.
    pub(crate) fn group(&self) -> usize {
        self.sequence + 5
    }
}

/// A hold as `holds.csv` has it: NIM, kind, what the student reads, end of the waiver or nothing when it binds.
pub(crate) type Hold = (&'static str, &'static str, &'static str, &'static str);

const UNPAID: &str = "UKT semester Ganjil 2026/2027 belum lunas";
const INSTALMENTS: &str = "UKT semester Ganjil 2026/2027 diangsur";
const BOOKS: &str = "Dua buku belum dikembalikan ke perpustakaan";

/// A few holds, some of them waived.
pub(crate) const HOLDS: [Hold; 16] = [
    ("2301030014", "tuition", UNPAID, ""),
    ("2302010033", "library", BOOKS, ""),
    ("2305010009", "library", BOOKS, ""),
    ("2305020041", "tuition", INSTALMENTS, "@today+30d"),
    ("2401030027", "academic", "Surat peringatan kedua: temui ketua program studi", ""),
    ("2402010008", "tuition", UNPAID, ""),
    ("2405010005", "tuition", UNPAID, ""),
    ("2405010021", "tuition", INSTALMENTS, "@today+30d"),
    ("2405020019", "library", "Satu buku belum dikembalikan ke perpustakaan", ""),
    ("2501030050", "tuition", INSTALMENTS, "@today+14d"),
    ("2502010061", "tuition", UNPAID, ""),
    ("2505010018", "tuition", UNPAID, ""),
    ("2505020036", "document", "Legalisir ijazah SMA belum diserahkan", ""),
    ("2601030009", "document", "Legalisir ijazah SMA belum diserahkan", ""),
    ("2605010012", "document", "Legalisir ijazah SMA belum diserahkan", ""),
    ("2605020044", "tuition", INSTALMENTS, "@today+30d"),
];

/// Whether a hold keeps this student from registering.
pub(crate) fn is_held(nim: &str) -> bool {
    HOLDS.iter().any(|hold| hold.0 == nim && hold.3.is_empty())
}

/// Lecturers whom documents and stories name: number, title, name and degrees.
#[rustfmt::skip]
const FIRST: [(&str, &str, &str, &str); 10] = [
    ("9904067201", "Dr. ", "Rafi Saputra", "S.Si., M.Si."),
    ("9910038502", "Dr. ", "Ketut Lubis", "S.Kom., M.Kom."),
    ("9925106903", "Dr. ", "Ahmad Hartono", "S.T., M.T."),
    ("9914099104", "", "Hana Hidayat", "S.Kom., M.Cs."),
    ("9905028305", "", "Yusuf Pratama", "S.T., M.Kom."),
    ("9921119006", "", "Sekar Pratama", "S.Kom., M.Kom."),
    ("9904038107", "", "Fajar Rahayu", "S.Ds., M.Kom."),
    ("9911069008", "", "Nadia Utomo", "S.T., M.T."),
    ("9919028109", "", "Ahmad Nurhayadi", "S.Ag., M.Pd."),
    ("9915088610", "", "Alya Manurung", "S.Pd., M.Hum."),
];
/// The others: home, how many, and the degrees they have.
const OTHERS: [(&str, usize, &[&str]); 7] = [
    ("IF-S1", 8, &["S.Kom., M.Kom.", "S.T., M.T.", "S.Si., M.Kom.", "S.Kom., M.Cs."]),
    ("SI-S1", 14, &["S.Kom., M.Kom.", "S.Kom., M.M.S.I.", "S.T., M.T.I.", "S.E., M.Ak."]),
    ("MN-S1", 14, &["S.E., M.M.", "S.E., M.Si.", "S.E., M.B.A.", "S.E., M.Ak.", "S.Psi., M.M."]),
    ("TE-S1", 11, &["S.T., M.T.", "S.T., M.Eng.", "S.Si., M.T.", "S.T., M.Sc."]),
    ("HK-S1", 1, &["S.H., M.H."]),
    ("PBI-S1", 1, &["S.Pd., M.Pd."]),
    ("EP-S1", 1, &["S.E., M.E."]),
];

/// Sixty lecturers.
pub(crate) fn lecturers(dice: &mut Dice) -> Vec<Lecturer> {
    let mut taken: Vec<String> = FIRST.iter().map(|row| row.2.to_owned()).collect();
    let lecturer = |number: String, title: &str, name: &str, degrees: &str, home| Lecturer {
        number,
        email: format!("{}@siakad.example", name.to_lowercase().replace(' ', ".")),
        name: format!("{title}{name}, {degrees}"),
        home,
    };
    let mut all: Vec<Lecturer> =
        FIRST.iter().map(|row| lecturer(row.0.to_owned(), row.1, row.2, row.3, "IF-S1")).collect();
    for (home, count, degrees) in OTHERS {
        assert!(PROGRAMMES.iter().any(|row| row.0 == home), "{home} is a programme");
        for place in 0..count {
            let woman = dice.below(5) < 2;
            let name = names::fresh(dice, woman, &mut taken);
            let born = format!("{:02}{:02}{:02}", 1 + dice.below(28), 1 + dice.below(12), 62 + dice.below(30));
            let title = match (count, place) {
                (10.., 0) => "Prof. Dr. ",
                (2.., 0..=2) => "Dr. ",
                _ => "",
            };
            let number = format!("99{born}{:02}", all.len() + 1);
            all.push(lecturer(number, title, &name, degrees[place % degrees.len()], home));
        }
    }
    all
}

/// Twelve hundred students, by NIM.
pub(crate) fn students(dice: &mut Dice, lecturers: &[Lecturer]) -> Vec<Student> {
    let mut taken = vec!["Andika Firmansyah".to_owned(), "Made Saputra".to_owned()];
    let mut students = Vec::new();
    for (since, cohort) in COHORTS.into_iter().enumerate() {
        for (intake, place) in INTAKES.iter().enumerate() {
            let advisors: Vec<usize> =
                (0..lecturers.len()).filter(|at| lecturers[*at].home == place.programme).collect();
            for sequence in 1..=place.size {
                let nim = format!("{:02}{}{sequence:04}", cohort % 100, place.digits);
                let woman = dice.below(100) < if place.digits == "0201" { 58 } else { 38 };
                let name = names::fresh(dice, woman, &mut taken);
                let (name, woman) = match nim.as_str() {
                    STORY_STUDENT => (taken[0].clone(), false),
                    FIRST_YEAR_STUDENT => (taken[1].clone(), false),
                    _ => (name, woman),
                };
                let (year, month, day) =
                    (cohort - 18 - u32::from(dice.below(4) == 0), 1 + dice.below(12), 1 + dice.below(28));
                // A woman's NIK carries her day of birth plus 40.
                let nik_day = if woman { day + 40 } else { day };
                let before = since * place.size + sequence - 1;
                students.push(Student {
                    nim,
                    name,
                    intake,
                    cohort,
                    sequence,
                    advisor: advisors[before % advisors.len()],
                    national_id: format!("990101{nik_day:02}{month:02}{:02}{:04}", year % 100, students.len() + 1),
                    gender: if woman { "P" } else { "L" },
                    birth_place: PLACES[dice.below(PLACES.len())],
                    birth_date: format!("{year}-{month:02}-{day:02}"),
                    mother_name: names::name(dice, true),
                    statuses: Vec::new(),
                    ability: dice.deviation(),
                });
            }
        }
    }
    students.sort_by(|one, other| one.nim.cmp(&other.nim));
    statuses(dice, &mut students);
    students
}

/// Statuses of all periods. In the running one, of 1,200: 1,104 A, 24 C and 72 N, and nobody of the first year is away.
fn statuses(dice: &mut Dice, students: &mut [Student]) {
    for student in students.iter_mut() {
        let mut statuses: Vec<&'static str> = Vec::new();
        for period in student.entry()..PAST.len() {
            let status = match (student.semester(period), statuses.last(), dice.below(200)) {
                (1, ..) | (_, Some(&"N"), _) => "A",
                (_, Some(&"C"), 0..80) | (3.., _, 0..3) => "C",
                (2.., _, 3..9) => "N",
                _ => "A",
            };
            statuses.push(if student.nim == STORY_STUDENT { "A" } else { status });
        }
        statuses.push("A");
        student.statuses = statuses;
    }
    let now = PAST.len();
    let mut away: Vec<usize> = (0..students.len())
        .filter(|at| {
            let student = &students[*at];
            let held = HOLDS.iter().any(|hold| hold.0 == student.nim);
            student.semester(now) > 1 && student.status(now - 1) != "N" && !held && student.nim != STORY_STUDENT
        })
        .collect();
    dice.shuffle(&mut away);
    for (number, at) in away.into_iter().take(96).enumerate() {
        *students[at].statuses.last_mut().expect("the running period") = if number < 24 { "C" } else { "N" };
    }
}
