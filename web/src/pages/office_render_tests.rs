//! The pages of the office from samples: empty, typical, hostile, down.

use api::{
    Condition, ConditionGroup, ConditionKind, Course, Curriculum, CurriculumCourse, DegreeLevel, EquivalentCourse,
    Equivalents, Hold, HoldKind, Page, PeriodStatus, Prerequisites, Programme, RequirementKind, RoleKind, StatusKind,
    Student,
};

use super::classes::input::FieldError;
use super::classes::lookup::Lookup;
use super::courses::form::Beside;
use super::courses::prerequisites::Groups;
use super::krs::samples::{self, HOSTILE};
use super::listing::Asked;
use super::render_tests::{check, packed, period, student, visit};
use super::{courses, curricula, menu, periods, students};
use crate::error::Failure;
use crate::i18n::Lang;
use crate::view::Layout;

const REGISTRAR: &[RoleKind] = &[RoleKind::Registrar];
const ADMIN: &[RoleKind] = &[RoleKind::ProgrammeAdmin];
const SYSTEM: &[RoleKind] = &[RoleKind::SystemAdmin];

fn programme(id: &str, name: &str) -> Programme {
    Programme {
        id: id.into(),
        code: "IF-S1".into(),
        name: name.into(),
        degree_level: DegreeLevel::S1,
        faculty_id: "f1".into(),
        pddikti_id: None,
        version: 1,
    }
}

fn programmes() -> Vec<Programme> {
    vec![programme("p1", "Informatika"), programme("p2", "Sistem Informasi")]
}

fn condition(kind: ConditionKind, code: &str) -> Condition {
    Condition {
        kind,
        course_id: (!code.is_empty()).then(|| format!("k-{code}")),
        course_code: (!code.is_empty()).then(|| code.to_owned()),
        course_name: (!code.is_empty()).then(|| "Struktur Data".to_owned()),
        min_points_hundredths: 200,
        min_letter: Some("C".into()),
        credits: 80,
        gpa_hundredths: 200,
    }
}

fn prerequisites() -> Prerequisites {
    let group = |any_of| ConditionGroup { any_of };
    Prerequisites {
        course_id: "k1".into(),
        all_of: vec![
            group(vec![condition(ConditionKind::Passed, "IF104"), condition(ConditionKind::Concurrent, "IF303")]),
            group(vec![condition(ConditionKind::Credits, ""), condition(ConditionKind::Gpa, "")]),
            group(vec![condition(ConditionKind::Taken, "IF101")]),
        ],
        version: 2,
    }
}

fn equivalents() -> Equivalents {
    let other =
        EquivalentCourse { course_id: "k2".into(), code: "SI201".into(), name: "Basis Data".into(), credits: 3 };
    Equivalents { course_id: "k1".into(), courses: vec![other], version: 1 }
}

fn asked(path: &'static str, pairs: &[(&'static str, &str)]) -> Asked {
    let names: Vec<_> = pairs.iter().map(|(name, _)| (*name, 200)).collect();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Asked::read(path, &names, &pairs)
}

#[test]
fn the_list_of_courses() {
    for lang in Lang::ALL {
        let visit = visit(lang, ADMIN, "Sri Rahayu");
        let mut lab = samples::course("k2", "IF104");
        (lab.credits, lab.credits_practice) = (4, 1);
        let items = vec![samples::course("k1", "IF201"), lab];
        let courses = Ok(Page { items, next_cursor: Some("next".into()) });
        let fetched = courses::list::Fetched { programmes: programmes(), courses };
        let html =
            check(&format!("courses-{lang}"), &courses::list::page(&visit, &asked("/matakuliah", &[]), &fetched));
        assert!(html.contains("href=\"/matakuliah/k1\"") && html.contains("kursor=next"));
        assert!(packed(&html) < 15 * 1024);
    }
    let visit = visit(Lang::Id, SYSTEM, "Sri Rahayu");
    let narrowed = asked("/matakuliah", &[("q", "x")]);
    let none = Ok(Page { items: Vec::new(), next_cursor: None });
    let fetched = courses::list::Fetched { programmes: Vec::new(), courses: none };
    let html = check("courses-none", &courses::list::page(&visit, &narrowed, &fetched));
    assert!(html.contains("Tidak ada mata kuliah yang cocok") && !html.contains("/matakuliah/baru"));
    let down = courses::list::Fetched { programmes: Vec::new(), courses: Err(Failure::Down) };
    let html = check("courses-down", &courses::list::page(&visit, &narrowed, &down));
    assert!(html.contains("Daftar mata kuliah belum dapat ditampilkan") && html.contains("value=\"x\""));
}

fn course_page(visit: &crate::visit::Visit, course: Option<&Course>, beside: Beside, name: &str) -> String {
    let programmes = programmes();
    let known = course.is_some();
    let keeps = visit.session.user.as_ref().is_some_and(crate::session::User::is_office);
    let about = courses::form::About { visit, programmes: &programmes, course, known, keeps, beside };
    let typed = course.map(courses::form::typed).unwrap_or_default();
    check(name, &about.page(&typed, "0123456789abcdef"))
}

#[test]
fn the_page_of_a_course_shows_what_it_asks_for() {
    let course = samples::course("k1", "IF201");
    let beside = || Beside { prerequisites: Some(Ok(prerequisites())), equivalents: Some(Ok(equivalents())) };
    for lang in Lang::ALL {
        let visit = visit(lang, ADMIN, "Sri Rahayu");
        let html = course_page(&visit, Some(&course), beside(), &format!("course-{lang}"));
        assert!(html.contains("/matakuliah/k1/prasyarat") && html.contains("IF104 Struktur Data"));
        assert!(!html.contains("name=\"kode\""), "code and programme stay");
    }
    let visit = visit(Lang::Id, ADMIN, "Sri Rahayu");
    let html = course_page(&visit, None, Beside::default(), "course-new");
    assert!(html.contains("name=\"kode\"") && html.contains("name=\"prodi\"") && html.contains("0123456789abcdef"));
    let down = Beside { prerequisites: Some(Err(Failure::Down)), equivalents: Some(Err(Failure::Down)) };
    let html = course_page(&visit, Some(&course), down, "course-down");
    assert!(html.contains("Bagian ini belum dapat ditampilkan") && html.contains("id=\"f-mk\""));
    // Who runs the system, and the admin of another study programme.
    let system = self::visit(Lang::Id, SYSTEM, "Sri Rahayu");
    let html = course_page(&system, Some(&course), beside(), "course-read");
    assert!(!html.contains("id=\"f-mk\"") && !html.contains("/prasyarat") && html.contains("Basis Data"));
}

#[test]
fn the_form_of_prerequisites_works_without_scripts_and_links_its_errors() {
    let visit = visit(Lang::Id, ADMIN, "Sri Rahayu");
    let course = samples::course("k1", "IF201");
    let stored = prerequisites();
    let lookup = Lookup { courses: vec![samples::course("k9", "IF101")], ..Lookup::default() };
    let about = courses::prerequisites::About {
        visit: &visit,
        course: Some(&course),
        id: "k1",
        stored: &stored,
        lookup,
        steps: Vec::new(),
    };
    let page = about.page(&Groups::of(Lang::Id, &stored), "2");
    let html = check("prerequisites", &page);
    assert!(html.contains("name=\"jenis.1.1\"") && html.contains("value=\"hapus-alternatif-0-1\""));
    assert!(html.contains("value=\"tambah-kelompok\"") && html.contains("value=\"2,00\""));
    let cycle = FieldError { field: "f-prasyarat".into(), text: "Prasyarat melingkar: IF201 > IF104 > IF201.".into() };
    let unknown = FieldError { field: "mk-0-0".into(), text: "Mata kuliah “X” tidak ditemukan".into() };
    let page = about.page(&Groups::of(Lang::Id, &stored), "2").wrong(vec![cycle, unknown]);
    let html = check("prerequisites-error", &page);
    for id in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(html.contains(&format!("id=\"{id}\"")), "#{id} leads nowhere");
    }
    let typed = courses::equivalents::typed(&equivalents());
    let html = check("equivalents", &courses::equivalents::page(&visit, "k1", Some(&course), &typed));
    assert!(html.contains("value=\"SI201 Basis Data\""));
}

#[test]
fn periods_and_their_windows() {
    for lang in Lang::ALL {
        let visit = visit(lang, REGISTRAR, "Sri Rahayu");
        let page = Page { items: vec![period()], next_cursor: None };
        let html = check(&format!("periods-{lang}"), &periods::list::page(&visit, &asked("/periode", &[]), Ok(&page)));
        assert!(html.contains("href=\"/periode/20261\"") && html.contains("/periode/baru"));
        let one = period();
        let typed = periods::form::typed(&visit, &one);
        let html = check(&format!("period-{lang}"), &periods::form::page(&visit, Some(&one), &typed, ""));
        assert!(html.contains("value=\"2026-08-21T23:59\"") && html.contains("/periode/20261/kunci"));
    }
    let admin = visit(Lang::Id, ADMIN, "Sri Rahayu");
    check("period-lock", &periods::lock::page(&visit(Lang::Id, REGISTRAR, "Sri Rahayu"), "20261"));
    let one = period();
    let typed = periods::form::typed(&admin, &one);
    let html = check("period-read", &periods::form::page(&admin, Some(&one), &typed, ""));
    assert!(!html.contains("id=\"f-periode\"") && html.contains("Pengisian KRS"));
    let html = check("periods-down", &periods::list::page(&admin, &asked("/periode", &[]), Err(())));
    assert!(html.contains("Periode belum dapat ditampilkan") && !html.contains("/periode/baru"));
    let registrar = visit(Lang::Id, REGISTRAR, "Sri Rahayu");
    let page = periods::form::page(&registrar, Some(&one), &typed.clone().with("tutup.0", "kapan?"), "");
    let error = FieldError { field: "tutup-0".into(), text: "Menit terakhir harus tanggal dan jam".into() };
    let html = check("period-error", &page.wrong(vec![error]));
    assert!(html.contains("value=\"kapan?\"") && html.contains("href=\"#tutup-0\""));
    check("period-new", &periods::form::page(&registrar, None, &super::entry::Fields::default(), "key"));
}

fn hold(note: &str) -> Hold {
    Hold {
        id: "h1".into(),
        student_id: "s1".into(),
        kind: HoldKind::Tuition,
        note: note.into(),
        placed_at: samples::now(),
        waived_until: None,
        lifted_at: None,
        version: 1,
    }
}

fn student_page(visit: &crate::visit::Visit, student: &Student, note: &str, name: &str) -> String {
    let status =
        PeriodStatus { student_id: "s1".into(), period_code: "20261".into(), status: StatusKind::Active, version: 1 };
    let lookup = Lookup { lecturers: vec![samples::lecturer("l1", "Hendra Wijaya", "01")], ..Lookup::default() };
    let about = students::form::About {
        visit,
        id: "s1",
        student: Some(student),
        programmes: programmes(),
        statuses: Some(Ok(Page { items: vec![status], next_cursor: Some("more".into()) })),
        holds: Some(Ok(Page { items: vec![hold(note)], next_cursor: None })),
        lookup,
    };
    let typed = students::record::typed(student, &about.lookup.lecturers);
    check(name, &about.page(&typed, ""))
}

#[test]
fn students_their_record_status_and_holds() {
    for lang in Lang::ALL {
        let visit = visit(lang, REGISTRAR, "Sri Rahayu");
        let items = vec![student("Nadia Putri Wulandari")];
        let students = Ok(Page { items, next_cursor: Some("next".into()) });
        let fetched = students::list::Fetched { programmes: programmes(), students };
        let html =
            check(&format!("students-{lang}"), &students::list::page(&visit, &asked("/mahasiswa", &[]), &fetched));
        assert!(html.contains("href=\"/mahasiswa/s1\"") && html.contains("name=\"angkatan\""));
        let html = student_page(&visit, &student("Nadia Putri Wulandari"), "UKT", &format!("student-{lang}"));
        assert!(html.contains("id=\"f-tanggungan\"") && html.contains("/mahasiswa/s1/tanggungan/h1"));
        assert!(html.contains("value=\"Hendra Wijaya (01)\"") && html.contains("/mahasiswa/s1?status=more"));
        let html = check(
            &format!("hold-{lang}"),
            &students::hold::page(&visit, &student("Nadia"), &hold("UKT"), &super::entry::Fields::default()),
        );
        assert!(html.contains("/tanggungan/h1/dispensasi") && html.contains("/tanggungan/h1/cabut"));
    }
    let admin = visit(Lang::Id, ADMIN, "Sri Rahayu");
    let html = student_page(&admin, &student("Nadia"), "", "student-admin");
    assert!(!html.contains("id=\"f-tanggungan\""), "only the bureau places holds");
    let page = students::hold::page(&admin, &student("Nadia"), &hold(""), &super::entry::Fields::default());
    assert!(!check("hold-admin", &page).contains("/cabut"));
    let down = students::list::Fetched { programmes: Vec::new(), students: Err(Failure::Down) };
    let html = check("students-down", &students::list::page(&admin, &asked("/mahasiswa", &[("q", "nad")]), &down));
    assert!(html.contains("Data mahasiswa belum dapat ditampilkan") && html.contains("value=\"nad\""));
    let mut waived = hold("UKT");
    waived.waived_until = Some("2026-08-21T17:00:00Z".parse().unwrap());
    let page = students::hold::page(&admin, &student("Nadia"), &waived, &super::entry::Fields::default());
    let html = check("hold-waived", &page);
    assert!(html.contains("Dispensasi sampai Jumat, 21 Agustus 2026."), "until the end of that day, not the next one");
    let mut lifted = hold("UKT");
    lifted.lifted_at = Some(samples::now());
    let registrar = visit(Lang::Id, REGISTRAR, "Sri Rahayu");
    let page = students::hold::page(&registrar, &student("Nadia"), &lifted, &super::entry::Fields::default());
    assert!(!check("hold-lifted", &page).contains("/cabut"), "what is lifted stays lifted");
}

fn curriculum() -> Curriculum {
    let course = |n: u32, semester| CurriculumCourse {
        course_id: format!("k{n}"),
        code: format!("IF{n}01"),
        name: "Struktur Data".into(),
        credits: 3,
        semester,
        requirement_kind: RequirementKind::Compulsory,
    };
    Curriculum {
        id: "u1".into(),
        programme_id: "p1".into(),
        programme_code: Some("IF-S1".into()),
        name: "Kurikulum 2024".into(),
        start_period: "20241".into(),
        credits_required: 144,
        credits_compulsory: 129,
        credits_elective: 15,
        courses: vec![course(2, Some(2)), course(1, Some(1)), course(3, None)],
        version: 1,
    }
}

#[test]
fn curricula_by_semester() {
    for lang in Lang::ALL {
        let visit = visit(lang, SYSTEM, "Sri Rahayu");
        let curricula = Ok(Page { items: vec![curriculum()], next_cursor: None });
        let fetched = curricula::list::Fetched { programmes: programmes(), curricula };
        let html =
            check(&format!("curricula-{lang}"), &curricula::list::page(&visit, &asked("/kurikulum", &[]), &fetched));
        assert!(html.contains("href=\"/kurikulum/u1\"") && html.contains("144"));
        let html = check(&format!("curriculum-{lang}"), &curricula::show::page(&visit, &curriculum(), &programmes()));
        let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text}"));
        assert!(at("IF101") < at("IF201") && at("IF201") < at("IF301"), "by semester, those without one last");
    }
    let visit = visit(Lang::Id, ADMIN, "Sri Rahayu");
    let down = curricula::list::Fetched { programmes: Vec::new(), curricula: Err(Failure::Down) };
    let html = check("curricula-down", &curricula::list::page(&visit, &asked("/kurikulum", &[]), &down));
    assert!(html.contains("Kurikulum belum dapat ditampilkan"));
    let admin_html = check("curriculum-admin", &curricula::show::page(&visit, &curriculum(), &programmes()));
    assert!(admin_html.contains("href=\"/kurikulum/u1/ubah\""));
    let stored = curriculum();
    let lookup = Lookup { courses: vec![samples::course("k9", "IF901")], ..Lookup::default() };
    let about =
        curricula::form::About { visit: &visit, id: "u1", stored: Some(&stored), programmes: programmes(), lookup };
    let html = check("curriculum-form", &about.page(&curricula::form::typed(&stored), ""));
    assert!(html.contains("value=\"IF201 Struktur Data\"") && html.contains("name=\"smt.2\" value=\"\""));
    let new = curricula::form::About { id: "", stored: None, ..about };
    let html = check("curriculum-new", &new.page(&super::entry::Fields::default(), "key"));
    assert!(html.contains("name=\"prodi\"") && html.contains("action=\"/kurikulum\""));
    let mut empty = curriculum();
    empty.courses.clear();
    check("curriculum-empty", &curricula::show::page(&visit, &empty, &[]));
}

#[test]
fn the_menu_has_what_the_bar_of_a_phone_has_no_room_for() {
    let visit = visit(Lang::Id, REGISTRAR, "Sri Rahayu");
    let html = check("menu", &menu::MenuPage { f: visit.frame("Menu", Layout::App, menu::PATH) });
    let main = html.split("<main").nth(1).unwrap();
    for href in ["/admin/kelas", "/mahasiswa", "/periode", "/matakuliah", "/kurikulum", "/akun"] {
        assert!(main.contains(&format!("href=\"{href}\"")), "{href}");
    }
    let bar = html.split("<nav class=\"nav\"").nth(1).unwrap().split("</nav>").next().unwrap();
    let shown = bar.matches("<li>").count() + bar.matches("<li class=\"rest\">").count();
    assert_eq!(shown, 5, "{bar}");
}

#[test]
fn hostile_names_stay_text_in_the_office() {
    let visit = visit(Lang::En, REGISTRAR, HOSTILE);
    let mut course = samples::course("k1", HOSTILE);
    (course.name, course.name_en) = (HOSTILE.into(), Some(HOSTILE.into()));
    course.programme_code = Some(HOSTILE.into());
    let mut asks = prerequisites();
    for condition in asks.all_of.iter_mut().flat_map(|group| group.any_of.iter_mut()) {
        condition.course_code = Some(HOSTILE.into());
        condition.min_letter = Some(HOSTILE.into());
    }
    let mut counts = equivalents();
    counts.courses[0].name = HOSTILE.into();
    let lookup = || Lookup { courses: vec![course.clone()], ..Lookup::default() };
    let about = courses::prerequisites::About {
        visit: &visit,
        course: Some(&course),
        id: "k1",
        stored: &asks,
        lookup: lookup(),
        steps: Vec::new(),
    };
    let error = FieldError { field: "mk-0-0".into(), text: HOSTILE.into() };
    check("hostile-prerequisites", &about.page(&Groups::of(Lang::En, &asks), HOSTILE).wrong(vec![error]));
    let typed = courses::equivalents::typed(&counts);
    check("hostile-equivalents", &courses::equivalents::page(&visit, "k1", Some(&course), &typed));
    let beside = Beside { prerequisites: Some(Ok(asks.clone())), equivalents: Some(Ok(counts)) };
    course_page(&visit, Some(&course), beside, "hostile-course");
    let courses = Ok(Page { items: vec![course.clone()], next_cursor: Some(HOSTILE.into()) });
    let fetched = courses::list::Fetched { programmes: vec![programme("p1", HOSTILE), programme("p2", "x")], courses };
    check("hostile-courses", &courses::list::page(&visit, &asked("/matakuliah", &[("q", HOSTILE)]), &fetched));
    let mut person = student(HOSTILE);
    (person.nim, person.advisor_name, person.mother_name) =
        (HOSTILE.into(), Some(HOSTILE.into()), Some(HOSTILE.into()));
    person.exit_kind = Some(HOSTILE.into());
    student_page(&visit, &person, HOSTILE, "hostile-student");
    let fields = super::entry::Fields::default().with("sampai", HOSTILE);
    check("hostile-hold", &students::hold::page(&visit, &person, &hold(HOSTILE), &fields));
    let mut own = curriculum();
    (own.name, own.courses[0].name, own.programme_code) = (HOSTILE.into(), HOSTILE.into(), Some(HOSTILE.into()));
    check("hostile-curriculum", &curricula::show::page(&visit, &own, &[]));
    let lookup = Lookup { courses: vec![course.clone()], ..Lookup::default() };
    let about = curricula::form::About { visit: &visit, id: "u1", stored: Some(&own), programmes: Vec::new(), lookup };
    check("hostile-curriculum-form", &about.page(&curricula::form::typed(&own), ""));
    let mut odd = period();
    odd.windows[0].scope_key = Some(HOSTILE.into());
    let typed = periods::form::typed(&visit, &odd);
    check("hostile-period", &periods::form::page(&visit, Some(&odd), &typed.with("buka.0", HOSTILE), ""));
}
