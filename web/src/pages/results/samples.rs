//! Made-up results for tests of pages.

use api::{CourseResult, Person, RepeatPolicy, Semester, SemesterResult, Semesters, Transcript};

pub(crate) fn person(name: &str) -> Person {
    Person {
        student_id: "s1".into(),
        nim: "2410512034".into(),
        name: Some(name.into()),
        programme_name: Some("S1 Informatika".into()),
        faculty_name: Some("Fakultas Ilmu Komputer".into()),
        entry_period: Some("20241".into()),
        advisor_name: Some("Dr. Ir. Hendra Wijaya, M.T.".into()),
    }
}

/// A result: period, code, name, SKS, letter and points in hundredths.
pub(crate) fn result(period: &str, code: &str, name: &str, credits: u32, got: Option<(&str, u32)>) -> CourseResult {
    CourseResult {
        course_id: format!("k-{code}"),
        course_code: code.into(),
        course_name: name.into(),
        course_name_en: None,
        credits,
        class_name: Some("A".into()),
        period_code: period.into(),
        score_hundredths: None,
        letter: got.map(|(letter, _)| letter.into()),
        points_hundredths: got.map(|(_, points)| points),
        weighted: got.map_or(0, |(_, points)| credits * points),
        passed: got.is_some_and(|(_, points)| points >= 100),
        superseded: false,
    }
}

/// Four semesters, as the reference design shows them: what is written there, 3,57 and 3,34 at the end.
pub(crate) fn results() -> Vec<CourseResult> {
    let (a, ab, b, bc, d) = (("A", 400), ("AB", 350), ("B", 300), ("BC", 250), ("D", 100));
    let rows = [
        ("20241", "UN1001", "Pendidikan Pancasila", 2, a),
        ("20241", "UN1002", "Bahasa Indonesia", 2, ab),
        ("20241", "MA1101", "Kalkulus I", 4, b),
        ("20241", "IF1101", "Dasar Pemrograman", 4, ab),
        ("20241", "IF1102", "Pengantar Teknologi Informasi", 3, a),
        ("20242", "UN1004", "Pendidikan Agama Islam", 2, a),
        ("20242", "MA1201", "Kalkulus II", 4, bc),
        ("20242", "MA1202", "Aljabar Linear", 3, b),
        ("20242", "IF1201", "Algoritma dan Struktur Data", 4, ab),
        ("20251", "UN2001", "Pendidikan Kewarganegaraan", 2, a),
        ("20251", "MA2101", "Probabilitas dan Statistika", 3, d),
        ("20251", "IF2101", "Pemrograman Berorientasi Objek", 4, a),
        ("20251", "IF2103", "Organisasi dan Arsitektur Komputer", 3, b),
        ("20252", "UN2002", "Kewirausahaan", 2, a),
        ("20252", "IF2201", "Sistem Operasi", 4, ab),
        ("20252", "IF2202", "Rekayasa Perangkat Lunak", 4, a),
        ("20252", "IF2203", "Strategi Algoritma", 3, b),
        ("20252", "IF2204", "Pemrograman Web", 3, a),
        ("20252", "IF2205", "Analisis dan Perancangan Sistem", 3, ab),
        ("20252", "IF2206", "Metode Numerik", 3, b),
    ];
    rows.into_iter().map(|(period, code, name, credits, got)| result(period, code, name, credits, Some(got))).collect()
}

fn semester(period: &str, gpa: Option<u32>, cumulative: Option<u32>, pending: u32) -> Semester {
    let all = results();
    let of_period = all.iter().filter(|result| result.period_code == period);
    let (credits, weighted) = of_period.fold((0, 0), |(c, w), result| (c + result.credits, w + result.weighted));
    Semester {
        period_code: period.into(),
        credits,
        credits_passed: credits,
        weighted,
        gpa_hundredths: gpa,
        cumulative_hundredths: cumulative,
        pending,
    }
}

pub(crate) fn semesters() -> Semesters {
    Semesters {
        items: vec![
            semester("20252", Some(356), Some(334), 0),
            semester("20251", Some(323), Some(326), 0),
            semester("20242", Some(316), Some(327), 0),
            semester("20241", Some(340), Some(340), 0),
        ],
        next_cursor: None,
        cumulative_hundredths: Some(334),
        credits_passed: 83,
    }
}

pub(crate) fn khs(name: &str) -> SemesterResult {
    let results: Vec<_> = results().into_iter().filter(|result| result.period_code == "20252").collect();
    SemesterResult { person: person(name), semester: semester("20252", Some(356), Some(334), 0), results }
}

pub(crate) fn transcript(name: &str) -> Transcript {
    Transcript {
        person: person(name),
        results: results(),
        credits: 63,
        credits_passed: 63,
        weighted: 20700,
        cumulative_hundredths: Some(328),
        repeat_policy: RepeatPolicy::Best,
    }
}
