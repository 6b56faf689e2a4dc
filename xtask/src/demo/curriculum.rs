//! The curriculum S1 Informatika 2024: 144 SKS, 129 of 43 compulsory courses and 15 of electives.

/// A course as `courses.csv` has it.
pub(crate) struct Course {
    /// Natural key.
    pub(crate) code: &'static str,
    /// Indonesian name.
    pub(crate) name: &'static str,
    /// English name.
    pub(crate) name_en: &'static str,
    /// SKS in class.
    pub(crate) lecture: u32,
    /// SKS of practice.
    pub(crate) practice: u32,
    /// SKS of field work.
    pub(crate) field: u32,
    /// Word of the requirement kind.
    pub(crate) kind: &'static str,
    /// Semester in which the curriculum places it.
    pub(crate) semester: u32,
}

impl Course {
    /// SKS in all.
    pub(crate) fn credits(&self) -> u32 {
        self.lecture + self.practice + self.field
    }
}

const fn course(
    semester: u32,
    code: &'static str,
    name: &'static str,
    name_en: &'static str,
    (lecture, practice, field): (u32, u32, u32),
    kind: &'static str,
) -> Course {
    Course { code, name, name_en, lecture, practice, field, kind, semester }
}

const COMPULSORY: &str = "compulsory";
const ELECTIVE: &str = "elective";
const NATIONAL: &str = "national";
const THESIS: &str = "thesis";

/// The course with this code.
pub(crate) fn find(code: &str) -> &'static Course {
    COURSES.iter().find(|course| course.code == code).expect("the timetable names courses of the curriculum")
}

/// Every course, in curriculum order.
pub(crate) const COURSES: &[Course] = &[
    course(1, "UN101", "Pendidikan Agama", "Religious Education", (2, 0, 0), NATIONAL),
    course(1, "UN102", "Pancasila", "Pancasila", (2, 0, 0), NATIONAL),
    course(1, "UN103", "Bahasa Indonesia", "Indonesian Language", (2, 0, 0), NATIONAL),
    course(1, "UN104", "Bahasa Inggris", "English", (2, 0, 0), COMPULSORY),
    course(1, "MA101", "Kalkulus I", "Calculus I", (3, 0, 0), COMPULSORY),
    course(1, "IF101", "Dasar Pemrograman", "Introduction to Programming", (3, 1, 0), COMPULSORY),
    course(1, "IF102", "Logika Informatika", "Logic for Computer Science", (3, 0, 0), COMPULSORY),
    course(1, "IF103", "Pengantar Informatika", "Introduction to Informatics", (2, 0, 0), COMPULSORY),
    course(2, "UN105", "Kewarganegaraan", "Civic Education", (2, 0, 0), NATIONAL),
    course(2, "UN106", "Kewirausahaan Dasar", "Basic Entrepreneurship", (2, 0, 0), COMPULSORY),
    course(2, "MA102", "Kalkulus II", "Calculus II", (3, 0, 0), COMPULSORY),
    course(2, "MA103", "Aljabar Linear", "Linear Algebra", (3, 0, 0), COMPULSORY),
    course(2, "IF104", "Struktur Data", "Data Structures", (3, 1, 0), COMPULSORY),
    course(2, "IF105", "Matematika Diskrit", "Discrete Mathematics", (3, 0, 0), COMPULSORY),
    course(
        2,
        "IF106",
        "Organisasi dan Arsitektur Komputer",
        "Computer Organisation and Architecture",
        (3, 0, 0),
        COMPULSORY,
    ),
    course(3, "IF201", "Pemrograman Berorientasi Objek", "Object-Oriented Programming", (3, 1, 0), COMPULSORY),
    course(3, "IF202", "Basis Data", "Databases", (3, 1, 0), COMPULSORY),
    course(3, "IF203", "Analisis dan Desain Algoritma", "Design and Analysis of Algorithms", (3, 0, 0), COMPULSORY),
    course(3, "IF204", "Sistem Operasi", "Operating Systems", (3, 0, 0), COMPULSORY),
    course(3, "IF205", "Teori Bahasa dan Otomata", "Formal Languages and Automata", (3, 0, 0), COMPULSORY),
    course(3, "IF206", "Interaksi Manusia dan Komputer", "Human-Computer Interaction", (3, 0, 0), COMPULSORY),
    course(3, "MA201", "Probabilitas dan Statistika", "Probability and Statistics", (3, 0, 0), COMPULSORY),
    course(4, "IF207", "Rekayasa Perangkat Lunak", "Software Engineering", (3, 0, 0), COMPULSORY),
    course(4, "IF208", "Jaringan Komputer", "Computer Networks", (3, 1, 0), COMPULSORY),
    course(4, "IF209", "Pemrograman Web", "Web Programming", (3, 1, 0), COMPULSORY),
    course(4, "IF210", "Kecerdasan Artifisial", "Artificial Intelligence", (3, 0, 0), COMPULSORY),
    course(4, "IF211", "Grafika Komputer", "Computer Graphics", (3, 0, 0), COMPULSORY),
    course(4, "IF212", "Basis Data Lanjut", "Advanced Databases", (3, 0, 0), COMPULSORY),
    course(5, "IF301", "Pembelajaran Mesin", "Machine Learning", (3, 0, 0), COMPULSORY),
    course(5, "IF302", "Keamanan Informasi", "Information Security", (3, 0, 0), COMPULSORY),
    course(5, "IF303", "Sistem Terdistribusi", "Distributed Systems", (3, 0, 0), COMPULSORY),
    course(5, "IF304", "Pemrograman Perangkat Bergerak", "Mobile Programming", (3, 0, 0), COMPULSORY),
    course(5, "IF305", "Manajemen Proyek Perangkat Lunak", "Software Project Management", (2, 0, 0), COMPULSORY),
    course(5, "IF306", "Metodologi Penelitian", "Research Methods", (2, 0, 0), COMPULSORY),
    course(6, "IF307", "Proyek Perangkat Lunak", "Software Project", (4, 0, 0), COMPULSORY),
    course(6, "IF308", "Komputasi Awan", "Cloud Computing", (3, 0, 0), COMPULSORY),
    course(6, "IF309", "Etika Profesi dan Hukum Siber", "Professional Ethics and Cyber Law", (2, 0, 0), COMPULSORY),
    course(6, "IF310", "Penambangan Data", "Data Mining", (3, 0, 0), COMPULSORY),
    course(6, "UN301", "Kuliah Kerja Nyata", "Community Service", (0, 0, 4), COMPULSORY),
    course(7, "IF401", "Kerja Praktik", "Internship", (0, 0, 4), COMPULSORY),
    course(7, "IF402", "Seminar Proposal", "Proposal Seminar", (2, 0, 0), COMPULSORY),
    course(7, "IF403", "Technopreneurship", "Technopreneurship", (2, 0, 0), COMPULSORY),
    course(8, "IF404", "Skripsi", "Undergraduate Thesis", (0, 6, 0), THESIS),
    course(5, "IF351", "Visi Komputer", "Computer Vision", (3, 0, 0), ELECTIVE),
    course(6, "IF352", "Pemrosesan Bahasa Alami", "Natural Language Processing", (3, 0, 0), ELECTIVE),
    course(5, "IF353", "Internet of Things", "Internet of Things", (3, 0, 0), ELECTIVE),
    course(5, "IF354", "Pengembangan Gim", "Game Development", (3, 0, 0), ELECTIVE),
    course(7, "IF451", "Forensik Digital", "Digital Forensics", (3, 0, 0), ELECTIVE),
    course(7, "IF452", "DevOps", "DevOps", (3, 0, 0), ELECTIVE),
    course(7, "IF453", "Teknologi Blockchain", "Blockchain Technology", (3, 0, 0), ELECTIVE),
    course(7, "IF454", "Sistem Informasi Geografis", "Geographic Information Systems", (3, 0, 0), ELECTIVE),
];
