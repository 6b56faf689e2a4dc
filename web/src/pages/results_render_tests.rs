//! The KHS and the transcript, rendered from samples.

use api::Semesters;

use super::render_tests::*;
use super::results::khs::{self, Fetched};
use super::results::{Whose, samples, transcript};
use crate::error::Failure;
use crate::i18n::Lang;
use crate::local::Local;

const PERIOD: &str = "20252";

fn own() -> Whose {
    Whose { student: "s1".into(), own: true }
}

fn other() -> Whose {
    Whose { student: "s1".into(), own: false }
}

#[test]
fn the_khs_shows_what_was_published_and_how_the_gpa_follows_from_it() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let fetched = Fetched { semesters: Ok(samples::semesters()), result: Ok(Some(samples::khs(NAME))) };
        let html = check(&format!("khs-{lang}"), &khs::page(&visit, &own(), PERIOD, &fetched));
        assert!(html.contains("Rekayasa Perangkat Lunak") && html.contains("S1 Informatika"));
        assert!(html.contains("href=\"/khs/20251\"") && html.contains("href=\"/khs/20252\" aria-current=\"page\""));
        assert!(packed(&html) < 15 * 1024);
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let fetched = Fetched { semesters: Ok(samples::semesters()), result: Ok(Some(samples::khs(NAME))) };
    let html = check("khs", &khs::page(&visit, &own(), PERIOD, &fetched));
    assert!(html.contains("78,50 ÷ 22 = 3,56"), "the sum is spelled out");
    assert!(html.contains("<dd>3,56</dd>") && html.contains("<dd>3,34</dd>"));
}

#[test]
fn a_grade_that_is_not_published_is_said_and_a_repeated_course_is_marked() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut result = samples::khs(NAME);
    result.semester.pending = 2;
    result.results[0].superseded = true;
    result.results[1].letter = None;
    result.results[1].points_hundredths = None;
    let fetched = Fetched { semesters: Ok(samples::semesters()), result: Ok(Some(result)) };
    let html = check("khs-pending", &khs::page(&visit, &own(), PERIOD, &fetched));
    assert!(html.contains("Belum terbit") && html.contains("2 mata kuliah belum terbit nilainya"));
    assert!(html.contains("Kewirausahaan*") && html.contains("* Mata kuliah ini diulang"));
}

#[test]
fn without_results_and_without_their_service_the_page_says_which() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let none = Semesters { items: Vec::new(), next_cursor: None, cumulative_hundredths: None, credits_passed: 0 };
    let empty = Fetched { semesters: Ok(none), result: Ok(None) };
    let html = check("khs-none", &khs::page(&visit, &own(), "", &empty));
    assert!(html.contains("Belum ada nilai") && !html.contains("sedang tidak menjawab"));
    let down = Fetched { semesters: Err(Failure::Down), result: Err(Failure::Down) };
    let html = check("khs-down", &khs::page(&visit, &own(), PERIOD, &down));
    assert!(html.contains("Nilai belum dapat ditampilkan") && html.contains("href=\"/khs/20252\""));
    assert!(!html.contains("Belum ada nilai"), "missing is not none");
    let html = check("transcript-down", &transcript::page(&visit, &own(), None));
    assert!(html.contains("Nilai belum dapat ditampilkan"));
    let mut blank = samples::transcript(NAME);
    blank.results.clear();
    let html = check("transcript-none", &transcript::page(&visit, &own(), Some(&blank)));
    assert!(html.contains("Transkrip masih kosong"));
}

#[test]
fn the_transcript_lists_every_period_with_its_sums() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let mut found = samples::transcript(NAME);
        found.results[10].superseded = true;
        found.results[0].course_name_en = Some("Pancasila Studies".into());
        let html = check(&format!("transcript-{lang}"), &transcript::page(&visit, &own(), Some(&found)));
        assert_eq!(html.matches("<caption>").count(), 4);
        assert!(html.contains("Probabilitas dan Statistika*"));
        assert_eq!(html.contains("Pancasila Studies"), lang == Lang::En);
        assert!(html.contains(lang.t("transcript-best").as_str()));
    }
}

#[test]
fn eight_semesters_with_long_names_make_one_document() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut found = samples::transcript(NAME);
    let mut later = found.results.clone();
    for result in &mut later {
        let year: u32 = result.period_code[..4].parse().unwrap();
        result.period_code = format!("{}{}", year + 2, &result.period_code[4..]);
        result.course_name = "Pengembangan Aplikasi Perangkat Bergerak Lanjut".into();
    }
    found.results.extend(later);
    let html = check("transcript-long", &transcript::page(&visit, &own(), Some(&found)));
    assert_eq!(html.matches("<caption>").count(), 8);
}

#[test]
fn hostile_names_stay_text_in_documents() {
    use super::krs::samples::HOSTILE;
    let visit = visit(Lang::En, STUDENT, HOSTILE);
    let mut result = samples::khs(HOSTILE);
    result.person.programme_name = Some(HOSTILE.into());
    result.person.faculty_name = Some(HOSTILE.into());
    for one in &mut result.results {
        (one.course_name, one.course_code, one.letter) = (HOSTILE.into(), HOSTILE.into(), Some("<b>".into()));
    }
    let mut semesters = samples::semesters();
    semesters.items[0].period_code = HOSTILE.into();
    let fetched = Fetched { semesters: Ok(semesters), result: Ok(Some(result)) };
    check("hostile-khs", &khs::page(&visit, &Whose { student: HOSTILE.into(), own: false }, HOSTILE, &fetched));
    let mut found = samples::transcript(HOSTILE);
    found.results[0].course_name = HOSTILE.into();
    check("hostile-transcript", &transcript::page(&visit, &own(), Some(&found)));
}

#[test]
fn an_advisor_stays_with_the_student_while_reading() {
    let visit = visit(Lang::Id, &[api::RoleKind::Lecturer], "Hendra Wijaya");
    let fetched = Fetched { semesters: Ok(samples::semesters()), result: Ok(Some(samples::khs(NAME))) };
    let html = check("khs-advisee", &khs::page(&visit, &other(), PERIOD, &fetched));
    assert!(html.contains("href=\"/transkrip?mahasiswa=s1\"") && html.contains("href=\"/khs/20251?mahasiswa=s1\""));
    assert!(html.contains("href=\"/perwalian\" aria-current=\"page\""));
    let pairs = |query: &str| Local::parse(query).unwrap().query();
    assert_eq!(Whose::read(&visit, &pairs("/khs?mahasiswa=s9")).unwrap().student, "s9");
    assert!(matches!(Whose::read(&visit, &[]), Err(Failure::Forbidden)), "a lecturer has no KHS of their own");
}
