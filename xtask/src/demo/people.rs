//! Invented people: lecturers, students, their statuses and holds, and the accounts that the demo prints.
//!
//! Names are drawn from common given names and combine at random. Numbers lie where no real person's can: NIDN and NIK
//! begin with region 99, addresses end in `.example`.

use super::dice::Dice;

/// Advisees of one lecturer.
const ADVISEES: usize = 10;
/// Students of one cohort.
const COHORT_SIZE: usize = 25;
/// Years of entry.
pub(crate) const COHORTS: [u32; 4] = [2023, 2024, 2025, 2026];

/// The student whose KRS page shows a full class, a clash and the SKS ceiling.
pub(crate) const STORY_STUDENT: &str = "2505010007";
/// A first-year student whose plan is not opened yet.
pub(crate) const FIRST_YEAR_STUDENT: &str = "2605010003";

/// A lecturer as `lecturers.csv` has it.
pub(crate) struct Lecturer {
    /// NIDN.
    pub(crate) number: String,
    /// Name with degrees.
    pub(crate) name: String,
    /// E-mail.
    pub(crate) email: String,
}

/// A student as `students.csv` has it, with the status in the running period.
pub(crate) struct Student {
    /// Student number: year, faculty, programme, sequence.
    pub(crate) nim: String,
    /// Name.
    pub(crate) name: String,
    /// Year of entry.
    pub(crate) cohort: u32,
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
    /// `A`, `C` or `N` in the running period.
    pub(crate) status: &'static str,
}

/// A hold as `holds.csv` has it.
pub(crate) struct Hold {
    /// Whose.
    pub(crate) nim: String,
    /// Kind.
    pub(crate) kind: &'static str,
    /// What the student reads.
    pub(crate) note: &'static str,
    /// End of the waiver; empty when the hold binds.
    pub(crate) waived_until: &'static str,
}

const MALE: &[&str] = &[
    "Aditya", "Agus", "Ahmad", "Andika", "Arif", "Bagas", "Bayu", "Bima", "Dimas", "Eko", "Fajar", "Farhan", "Galih",
    "Gilang", "Hafiz", "Hendra", "Ilham", "Irfan", "Krisna", "Lukman", "Made", "Naufal", "Nanda", "Putu", "Rafi",
    "Raka", "Rendi", "Rizal", "Satria", "Surya", "Taufik", "Wahyu", "Yoga", "Yusuf", "Zaki",
];
const FEMALE: &[&str] = &[
    "Aisyah",
    "Alya",
    "Amelia",
    "Anisa",
    "Ayu",
    "Bunga",
    "Citra",
    "Dewi",
    "Dian",
    "Elsa",
    "Fitri",
    "Gita",
    "Hana",
    "Indah",
    "Intan",
    "Kartika",
    "Ketut",
    "Laras",
    "Lestari",
    "Maya",
    "Mega",
    "Nabila",
    "Nadia",
    "Putri",
    "Rani",
    "Ratna",
    "Rina",
    "Salsabila",
    "Sari",
    "Sekar",
    "Siti",
    "Tiara",
    "Vina",
    "Wulan",
    "Yuni",
];
const LAST: &[&str] = &[
    "Adinata",
    "Anggraini",
    "Aritonang",
    "Baskara",
    "Damanik",
    "Darmawan",
    "Fadhilah",
    "Firmansyah",
    "Gunadi",
    "Hakim",
    "Handayani",
    "Harahap",
    "Hasanah",
    "Hidayat",
    "Irawan",
    "Kurniawan",
    "Lubis",
    "Mahendra",
    "Manurung",
    "Maulana",
    "Nainggolan",
    "Nugraha",
    "Nurhayati",
    "Pangestu",
    "Permana",
    "Pertiwi",
    "Prakoso",
    "Pratama",
    "Purnama",
    "Rahayu",
    "Rahmawati",
    "Ramadhan",
    "Saputra",
    "Setiawan",
    "Sihombing",
    "Simatupang",
    "Siregar",
    "Suryani",
    "Tanjung",
    "Utomo",
    "Wibisono",
    "Wicaksono",
    "Widyastuti",
    "Wijayanti",
    "Yulianti",
];
const PLACES: &[&str] = &[
    "Bandung",
    "Banjarmasin",
    "Bogor",
    "Cirebon",
    "Denpasar",
    "Garut",
    "Jakarta",
    "Jember",
    "Kediri",
    "Kupang",
    "Makassar",
    "Malang",
    "Manado",
    "Mataram",
    "Medan",
    "Padang",
    "Palembang",
    "Pontianak",
    "Semarang",
    "Solo",
    "Surabaya",
    "Tegal",
    "Yogyakarta",
];
/// Degrees of each lecturer, who teach mathematics first, then informatics, and national courses last.
const DEGREES: [&str; 10] = [
    "S.Si., M.Si.",
    "S.Kom., M.Kom.",
    "S.T., M.T.",
    "S.Kom., M.Cs.",
    "S.T., M.Kom.",
    "S.Kom., M.Kom.",
    "S.Ds., M.Kom.",
    "S.T., M.T.",
    "S.Ag., M.Pd.",
    "S.Pd., M.Hum.",
];

/// Ten lecturers.
pub(crate) fn lecturers(dice: &mut Dice) -> Vec<Lecturer> {
    let mut taken = Vec::new();
    DEGREES
        .iter()
        .enumerate()
        .map(|(index, degrees)| {
            let given = if index % 2 == 0 { dice.pick(MALE) } else { dice.pick(FEMALE) };
            let name = fresh_name(dice, given, &mut taken);
            let born = format!("{:02}{:02}{:02}", 1 + dice.below(28), 1 + dice.below(12), 68 + dice.below(24));
            let title = if index < 3 { "Dr. " } else { "" };
            Lecturer {
                number: format!("99{born}{:02}", index + 1),
                email: format!("{}@siakad.example", name.to_lowercase().replace(' ', ".")),
                name: format!("{title}{name}, {degrees}"),
            }
        })
        .collect()
}

/// A hundred students, by NIM.
pub(crate) fn students(dice: &mut Dice) -> Vec<Student> {
    let mut taken = Vec::new();
    let mut students = Vec::new();
    for cohort in COHORTS {
        for sequence in 1..=COHORT_SIZE {
            let (given, gender) = if dice.below(20) < 11 { (dice.pick(MALE), "L") } else { (dice.pick(FEMALE), "P") };
            let name = fresh_name(dice, given, &mut taken);
            let (year, month, day) =
                (cohort - 18 - u32::from(dice.below(4) == 0), 1 + dice.below(12), 1 + dice.below(28));
            let index = students.len();
            // A woman's NIK carries her day of birth plus 40.
            let nik_day = if gender == "P" { day + 40 } else { day };
            students.push(Student {
                nim: format!("{:02}0501{sequence:04}", cohort % 100),
                name,
                cohort,
                advisor: index % (4 * COHORT_SIZE / ADVISEES),
                national_id: format!("990101{nik_day:02}{month:02}{:02}{:04}", year % 100, index + 1),
                gender,
                birth_place: PLACES[dice.below(PLACES.len())],
                birth_date: format!("{year}-{month:02}-{day:02}"),
                mother_name: format!("{} {}", dice.pick(FEMALE), dice.pick(LAST)),
                status: "A",
            });
        }
    }
    // 92 active, 2 on leave, 6 not registered; nobody of the first year.
    for (cohort, status, sequences) in [
        (2023, "C", &[11][..]),
        (2024, "C", &[19]),
        (2023, "N", &[4, 22]),
        (2024, "N", &[8, 13]),
        (2025, "N", &[16, 24]),
    ] {
        for sequence in sequences {
            let nim = format!("{:02}0501{sequence:04}", cohort % 100);
            let student = students.iter_mut().find(|student| student.nim == nim).expect("every cohort has 25");
            student.status = status;
        }
    }
    students
}

/// A few holds, one of them waived.
pub(crate) fn holds() -> Vec<Hold> {
    let hold = |nim: &str, kind, note, waived_until| Hold { nim: nim.to_owned(), kind, note, waived_until };
    vec![
        hold("2305010009", "library", "Dua buku belum dikembalikan ke perpustakaan", ""),
        hold("2405010005", "tuition", "UKT semester Ganjil 2026/2027 belum lunas", ""),
        hold("2405010021", "tuition", "UKT semester Ganjil 2026/2027 diangsur", "@today+30d"),
        hold("2505010018", "tuition", "UKT semester Ganjil 2026/2027 belum lunas", ""),
        hold("2605010012", "document", "Legalisir ijazah SMA belum diserahkan", ""),
    ]
}

/// A name that nobody in this list has yet.
fn fresh_name(dice: &mut Dice, given: &str, taken: &mut Vec<String>) -> String {
    loop {
        let name = format!("{given} {}", dice.pick(LAST));
        if !taken.contains(&name) {
            taken.push(name.clone());
            return name;
        }
    }
}
