//! What the campus consists of: faculties, study programmes, rooms, periods, windows and the grade scale.

/// The running period.
pub(crate) const PERIOD: &str = "20261";
/// The period before it, in which some classes wait to be published.
pub(crate) const LAST_PERIOD: &str = "20252";
/// Periods with results, earliest first; the last one is [`LAST_PERIOD`].
pub(crate) const PAST: [&str; 6] = ["20231", "20232", "20241", "20242", "20251", LAST_PERIOD];
/// First period of curricula and scales.
pub(crate) const FIRST_PERIOD: &str = PAST[0];

/// Code and name.
pub(crate) const FACULTIES: [(&str, &str); 9] = [
    ("FT", "Fakultas Teknik"),
    ("FEB", "Fakultas Ekonomi dan Bisnis"),
    ("FH", "Fakultas Hukum"),
    ("FISIP", "Fakultas Ilmu Sosial dan Ilmu Politik"),
    ("FIK", "Fakultas Ilmu Komputer"),
    ("FAPERTA", "Fakultas Pertanian"),
    ("FMIPA", "Fakultas Matematika dan Ilmu Pengetahuan Alam"),
    ("FKIP", "Fakultas Keguruan dan Ilmu Pendidikan"),
    ("FIKES", "Fakultas Ilmu Kesehatan"),
];

/// Code, name, level and faculty.
pub(crate) const PROGRAMMES: [(&str, &str, &str, &str); 27] = [
    ("TS-S1", "Teknik Sipil", "S1", "FT"),
    ("TM-S1", "Teknik Mesin", "S1", "FT"),
    ("TE-S1", "Teknik Elektro", "S1", "FT"),
    ("TI-S1", "Teknik Industri", "S1", "FT"),
    ("IF-S1", "Informatika", "S1", "FIK"),
    ("SI-S1", "Sistem Informasi", "S1", "FIK"),
    ("SD-S1", "Sains Data", "S1", "FIK"),
    ("MI-D3", "Manajemen Informatika", "D3", "FIK"),
    ("IF-S2", "Informatika", "S2", "FIK"),
    ("MN-S1", "Manajemen", "S1", "FEB"),
    ("AK-S1", "Akuntansi", "S1", "FEB"),
    ("EP-S1", "Ekonomi Pembangunan", "S1", "FEB"),
    ("MN-S2", "Manajemen", "S2", "FEB"),
    ("HK-S1", "Hukum", "S1", "FH"),
    ("IK-S1", "Ilmu Komunikasi", "S1", "FISIP"),
    ("AP-S1", "Administrasi Publik", "S1", "FISIP"),
    ("HI-S1", "Hubungan Internasional", "S1", "FISIP"),
    ("AT-S1", "Agroteknologi", "S1", "FAPERTA"),
    ("AB-S1", "Agribisnis", "S1", "FAPERTA"),
    ("MT-S1", "Matematika", "S1", "FMIPA"),
    ("BI-S1", "Biologi", "S1", "FMIPA"),
    ("KI-S1", "Kimia", "S1", "FMIPA"),
    ("PGSD-S1", "Pendidikan Guru Sekolah Dasar", "S1", "FKIP"),
    ("PBI-S1", "Pendidikan Bahasa Inggris", "S1", "FKIP"),
    ("PMT-S1", "Pendidikan Matematika", "S1", "FKIP"),
    ("KP-S1", "Keperawatan", "S1", "FIKES"),
    ("FA-S1", "Farmasi", "S1", "FIKES"),
];

/// A programme that has students.
pub(crate) struct Intake {
    /// Code of the programme.
    pub(crate) programme: &'static str,
    /// Digits of faculty and programme in a NIM.
    pub(crate) digits: &'static str,
    /// Students of one cohort.
    pub(crate) size: usize,
    /// Which of two parallel classes of a shared course its students sit in.
    pub(crate) shared_class: usize,
}

/// The four programmes with students; 300 a cohort.
pub(crate) const INTAKES: [Intake; 4] = [
    Intake { programme: "IF-S1", digits: "0501", size: 90, shared_class: 0 },
    Intake { programme: "SI-S1", digits: "0502", size: 75, shared_class: 1 },
    Intake { programme: "MN-S1", digits: "0201", size: 75, shared_class: 1 },
    Intake { programme: "TE-S1", digits: "0103", size: 60, shared_class: 0 },
];

/// A room.
pub(crate) struct Room {
    /// Natural key.
    pub(crate) code: &'static str,
    /// Name.
    pub(crate) name: &'static str,
    /// Seats; 0 means unlimited.
    pub(crate) seats: u32,
    /// For practice.
    pub(crate) lab: bool,
}

const fn hall(code: &'static str, name: &'static str, seats: u32) -> Room {
    Room { code, name, seats, lab: false }
}

const fn lab(code: &'static str, name: &'static str, seats: u32) -> Room {
    Room { code, name, seats, lab: true }
}

/// Rooms, smallest of a kind first.
pub(crate) const ROOMS: [Room; 21] = [
    hall("A.3.01", "Gedung A lantai 3 ruang 1", 40),
    hall("A.2.01", "Gedung A lantai 2 ruang 1", 45),
    hall("A.2.02", "Gedung A lantai 2 ruang 2", 45),
    hall("A.2.03", "Gedung A lantai 2 ruang 3", 45),
    hall("B.1.01", "Gedung B lantai 1 ruang 1", 60),
    hall("B.1.02", "Gedung B lantai 1 ruang 2", 60),
    hall("T.1.01", "Gedung Teknik lantai 1 ruang 1", 75),
    hall("T.1.02", "Gedung Teknik lantai 1 ruang 2", 75),
    hall("C.1.01", "Gedung C lantai 1 ruang 1", 90),
    hall("C.1.02", "Gedung C lantai 1 ruang 2", 90),
    hall("C.2.01", "Gedung C lantai 2 ruang 1", 90),
    hall("C.2.02", "Gedung C lantai 2 ruang 2", 90),
    hall("B.2.01", "Gedung B lantai 2 ruang 1", 100),
    hall("B.2.02", "Gedung B lantai 2 ruang 2", 100),
    hall("AULA", "Aula Universitas", 150),
    hall("DARING", "Kelas daring", 0),
    lab("LAB-KOM-1", "Laboratorium Komputer 1", 30),
    lab("LAB-KOM-2", "Laboratorium Komputer 2", 30),
    lab("LAB-KOM-3", "Laboratorium Komputer 3", 45),
    lab("LAB-KOM-4", "Laboratorium Komputer 4", 45),
    lab("LAB-TEK-1", "Laboratorium Teknik Elektro", 75),
];

/// Period and state.
pub(crate) const PERIODS: [(&str, &str); 7] = [
    ("20231", "reported"),
    ("20232", "reported"),
    ("20241", "reported"),
    ("20242", "reported"),
    ("20251", "reported"),
    (LAST_PERIOD, "closed"),
    (PERIOD, "active"),
];

/// Period, kind, first moment and first moment after; all for the whole university.
pub(crate) const WINDOWS: [(&str, &str, &str, &str); 8] = [
    (LAST_PERIOD, "krs", "@today-190d", "@today-169d"),
    (LAST_PERIOD, "krs_approval", "@today-190d", "@today-162d"),
    (LAST_PERIOD, "grade_entry", "@today-21d", "@today+7d"),
    (PERIOD, "offering", "@today-60d", "@today+14d"),
    (PERIOD, "krs", "@today-7d", "@today+14d"),
    (PERIOD, "krs_approval", "@today-7d", "@today+21d"),
    (PERIOD, "revision", "@today+21d", "@today+28dT17:00"),
    (PERIOD, "grade_entry", "@today+120d", "@today+141d"),
];

/// A step of the grade scale.
pub(crate) struct Step {
    /// Letter.
    pub(crate) letter: &'static str,
    /// Lowest score.
    pub(crate) from: u32,
    /// Grade points in hundredths.
    pub(crate) points: u32,
}

const fn step(letter: &'static str, from: u32, points: u32) -> Step {
    Step { letter, from, points }
}

/// The scale of every programme, best letter first. Passed from D.
pub(crate) const SCALE: [Step; 8] = [
    step("A", 85, 400),
    step("AB", 80, 350),
    step("B", 70, 300),
    step("BC", 65, 250),
    step("C", 60, 200),
    step("CD", 55, 150),
    step("D", 50, 100),
    step("E", 0, 0),
];
/// Grade points in hundredths from which a course is passed.
pub(crate) const PASS: u32 = 100;

/// The step of a final score in hundredths.
pub(crate) fn step_of(score: u32) -> &'static Step {
    SCALE.iter().find(|step| score >= step.from * 100).expect("the scale begins at 0")
}

/// Grade points of a letter, in hundredths.
pub(crate) fn points_of(letter: &str) -> u32 {
    SCALE.iter().find(|step| step.letter == letter).expect("a letter of the scale").points
}

/// SKS that a student may take, by the IPS in hundredths of the last period.
pub(crate) fn ceiling(last_gpa: u32) -> u32 {
    match last_gpa {
        300.. => 24,
        250.. => 21,
        200.. => 18,
        150.. => 15,
        _ => 12,
    }
}
/// SKS that a student may take in the first two semesters at most.
pub(crate) const FIRST_YEAR: u32 = 20;
