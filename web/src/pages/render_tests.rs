//! Every page from samples: empty, typical, hostile. The pages are also written to `pages` in the target folder, with
//! the static files beside them, to be looked at in a browser.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use api::{
    Account, Hold, HoldKind, Home, LecturerHome, OfficeHome, Page, Part as Got, Period, PeriodState, PeriodStatus,
    Plan, Programme, Role, RoleKind, StatusKind, Student, StudentHome, Tokens,
};
use askama::Template;
use chassis::clock::Clock;

use super::krs::samples;
use super::{account, classes, home, login};
use crate::app::App;
use crate::config::Config;
use crate::cookies::{Incoming, Outgoing};
use crate::error::{Failure, MessagePage};
use crate::i18n::Lang;
use crate::local::Local;
use crate::session::Session;
use crate::view::{Hidden, Layout, Theme, Tone};
use crate::visit::Visit;

pub(crate) fn target() -> PathBuf {
    let built = std::env::current_exe().unwrap();
    // target/debug/deps/<test>
    built.ancestors().nth(3).unwrap().to_owned()
}

pub(crate) fn account(kinds: &[RoleKind], name: &str) -> Account {
    let is = |kind| kinds.contains(&kind);
    Account {
        id: "a1".into(),
        user_name: "2410512034".into(),
        display_name: name.into(),
        roles: kinds.iter().map(|kind| Role { kind: *kind, scope: None }).collect(),
        student_id: is(RoleKind::Student).then(|| "s1".into()),
        lecturer_id: is(RoleKind::Lecturer).then(|| "l1".into()),
        activated: true,
        enabled: true,
    }
}

pub(crate) fn tokens(account: Account) -> Tokens {
    let soon = samples::now() + jiff::SignedDuration::from_mins(5);
    Tokens {
        access_token: "access".into(),
        access_expires_at: soon,
        refresh_token: "refresh".into(),
        refresh_expires_at: soon,
        account,
    }
}

pub(super) fn visit(lang: Lang, kinds: &[RoleKind], name: &str) -> Visit {
    let data = target().join("tmp").join("web-pages");
    let config = Config::local("http://127.0.0.1:9", data);
    let app = Arc::new(App::new(config, Clock::manual(samples::now())).unwrap());
    let mut session = Session::anonymous();
    if !kinds.is_empty() {
        session = Session::logged_in(tokens(account(kinds, name)));
        session.user.as_mut().unwrap().programme_id = Some("p1".into());
    }
    Visit {
        app,
        lang,
        theme: Theme::System,
        here: Local::home(),
        htmx: false,
        secure: true,
        silent: false,
        held: None,
        session,
        client_address: None,
        incoming: Arc::new(Incoming::default()),
        out: Arc::new(Mutex::new(Outgoing::default())),
    }
}

/// Checks what holds for every page, writes it down and gives it back.
pub(super) fn check(name: &str, page: &impl Template) -> String {
    let html = page.render().unwrap();
    for wrong in ["<script>alert", "{ $", "onclick=", "style=\"", "href=\"\"", "\"'&{{"] {
        assert!(!html.contains(wrong), "{name} contains {wrong}");
    }
    let ids: Vec<_> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(ids.len(), once.len(), "{name}: an id is there twice: {ids:?}");
    for form in html.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap();
        if form.contains("method=\"post\"") {
            assert!(form.contains("name=\"token\""), "{name}: a form without a token: {form}");
        }
    }
    let folder = target().join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in [
        "app.css",
        "docs.css",
        "grid.css",
        "krs.css",
        "app.js",
        "wait.js",
        "grid.js",
        "mark.svg",
        "kawung.svg",
        "vendor/htmx/htmx.min.js",
        "vendor/lucide/icons.svg",
    ] {
        let path = root.join("static").join(file);
        std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    // Beside the page, for a browser that opens the file; the server's addresses are absolute.
    let version = crate::assets::url("app.css").trim_end_matches("app.css");
    std::fs::write(folder.join(format!("{name}.html")), html.replace(version, "")).unwrap();
    html
}

pub(super) fn packed(html: &str) -> usize {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(5));
    encoder.write_all(html.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

pub(super) fn period() -> Period {
    Period {
        code: "20261".into(),
        state: PeriodState::Active,
        windows: vec![samples::window()],
        version: 1,
        registration: api::Registration::default(),
    }
}

pub(super) fn student(name: &str) -> Student {
    Student {
        id: "s1".into(),
        nim: "2410512034".into(),
        name: name.into(),
        programme_id: "p1".into(),
        programme_name: Some("S1 Informatika".into()),
        entry_period: "20241".into(),
        advisor_id: Some("l1".into()),
        advisor_name: Some("Dr. Ir. Hendra Wijaya, M.T.".into()),
        email: None,
        phone: None,
        national_id: None,
        gender: None,
        birth_place: None,
        birth_date: None,
        mother_name: None,
        exit_kind: None,
        version: 1,
    }
}

pub(super) fn there<T>(data: T) -> Got<T> {
    Got::Available { data }
}

pub(super) fn gone<T>() -> Got<T> {
    Got::Unavailable { reason: "service-down".into() }
}

pub(super) fn student_home(plan: Plan, holds: Vec<Hold>, name: &str) -> Home {
    let status =
        PeriodStatus { student_id: "s1".into(), period_code: "20261".into(), status: StatusKind::Active, version: 1 };
    Home {
        period: there(Some(period())),
        student: Some(StudentHome {
            student: there(student(name)),
            statuses: there(vec![status]),
            holds: there(holds),
            plan: there(Some(plan)),
            semesters: there(super::results::samples::semesters()),
        }),
        lecturer: None,
        office: None,
    }
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

pub(super) const STUDENT: &[RoleKind] = &[RoleKind::Student];
const ADMIN: &[RoleKind] = &[RoleKind::ProgrammeAdmin];
pub(super) const REQUIRED: home::grades::Required = home::grades::Required::Known(144);
pub(super) const NAME: &str = "Nadia Putri Wulandari";

#[test]
fn the_front_page_of_a_student() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let typical = student_home(samples::plan(samples::week()), Vec::new(), NAME);
        let html = check(&format!("home-student-{lang}"), &home::page(&visit, Some(&typical), REQUIRED).unwrap());
        assert!(html.contains("Pengembangan Aplikasi Bergerak") && html.contains("R. 3.04"));
        assert!(packed(&html) < 15 * 1024, "{}", packed(&html));
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut empty = samples::plan(Vec::new());
    empty.refusals = vec![samples::refusal("hold-tuition", &[("note", "UKT Ganjil 2026/2027")])];
    let blocked = student_home(empty, vec![hold("UKT Ganjil 2026/2027")], NAME);
    let html = check("home-student-empty", &home::page(&visit, Some(&blocked), REQUIRED).unwrap());
    assert!(html.contains("Belum ada kelas di rencana Anda") && html.contains("UKT Ganjil 2026/2027"));
}

#[test]
fn a_missing_part_of_the_front_page_is_missing_alone_and_never_an_accusation() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut no_student = student_home(samples::plan(samples::week()), Vec::new(), NAME);
    let parts = no_student.student.as_mut().unwrap();
    (parts.student, parts.statuses, parts.holds) = (gone(), gone(), gone());
    let html = check("home-student-down", &home::page(&visit, Some(&no_student), REQUIRED).unwrap());
    assert!(html.contains("Kom\u{ad}pu\u{ad}ter") && html.contains("bukan berarti Anda menunggak"));
    assert!(!html.contains("Belum registrasi"));
    let mut no_course = student_home(samples::plan(Vec::new()), Vec::new(), NAME);
    no_course.student.as_mut().unwrap().plan = gone();
    no_course.period = gone();
    let html = check("home-course-down", &home::page(&visit, Some(&no_course), REQUIRED).unwrap());
    assert!(html.contains("Jadwal belum dapat ditampilkan") && html.contains("S1 Informatika"));
    let html = check("home-all-down", &home::page(&visit, None, REQUIRED).unwrap());
    assert!(html.contains("Data Anda belum dapat ditampilkan"));
}

#[test]
fn the_front_page_of_lecturer_and_office() {
    let name = "Sri Rahayu";
    let visit = visit(Lang::Id, &[RoleKind::Lecturer, RoleKind::ProgrammeAdmin], name);
    let programme = Programme {
        id: "p1".into(),
        code: "IF-S1".into(),
        name: "Informatika".into(),
        degree_level: api::DegreeLevel::S1,
        faculty_id: "f1".into(),
        pddikti_id: None,
        version: 1,
    };
    let home = Home {
        period: there(Some(period())),
        student: None,
        lecturer: Some(LecturerHome {
            lecturer: there(samples::lecturer("l1", name, "01")),
            classes: there(Page { items: samples::week(), next_cursor: None }),
            advisees: there(Page { items: vec![student(NAME)], next_cursor: Some("c".into()) }),
            plans: there(vec![api::PlanCount { state: api::PlanState::Submitted, plans: 6 }]),
            sheets: there(Vec::new()),
        }),
        office: Some(OfficeHome { programmes: there(vec![programme]), periods: there(vec![period()]) }),
    };
    let html = check("home-staff", &home::page(&visit, Some(&home), REQUIRED).unwrap());
    assert!(html.contains("/admin/kelas?periode=20261&#38;prodi=p1") && html.contains("lebih dari 1"));
    let empty = Home { period: there(None), student: None, lecturer: None, office: None };
    check("home-nothing", &home::page(&visit, Some(&empty), REQUIRED).unwrap());
}

#[test]
fn hostile_names_stay_text_everywhere() {
    let visit = visit(Lang::En, STUDENT, samples::HOSTILE);
    let week: Vec<_> = samples::week().into_iter().map(samples::hostile).collect();
    let mut offers = samples::offers();
    for offer in &mut offers {
        offer.class = samples::hostile(offer.class.clone());
        for refusal in &mut offer.refusals {
            refusal.facts.insert("class".into(), samples::HOSTILE.into());
        }
    }
    check(
        "hostile-krs",
        &super::krs_render_tests::krs_page(
            &visit,
            "q=%3Cscript%3Ealert",
            Some(samples::plan(week.clone())),
            Some(offers),
        ),
    );
    let home = student_home(samples::plan(week.clone()), vec![hold(samples::HOSTILE)], samples::HOSTILE);
    check("hostile-home", &home::page(&visit, Some(&home), REQUIRED).unwrap());
    let admin = self::visit(Lang::Id, ADMIN, samples::HOSTILE);
    let filter = classes::list::Filter { q: samples::HOSTILE.into(), ..Default::default() };
    let fetched = classes::list::Fetched {
        periods: vec![period()],
        programmes: Vec::new(),
        classes: Ok(Page { items: week.clone(), next_cursor: Some(samples::HOSTILE.into()) }),
    };
    check("hostile-classes", &classes::list::page(&admin, &filter, &fetched));
    check("hostile-delete", &classes::delete::page(&admin, &week[0]));
    let lookup = classes::lookup::Lookup {
        lecturers: vec![samples::lecturer("l1", samples::HOSTILE, samples::HOSTILE)],
        rooms: vec![samples::room("r1", samples::HOSTILE)],
        courses: vec![week[0].course.clone()],
        down: false,
    };
    let typed = classes::input::Typed::of(&visit.app.campus, &week[0], &lookup);
    check("hostile-form", &classes::form::sample(&admin, &lookup, Some(&week[0]), &typed, samples::HOSTILE));
    let mut message = message(&admin, Failure::NotFound);
    message.title = samples::HOSTILE.into();
    check("hostile-message", &message);
}

fn message(visit: &Visit, failure: Failure) -> MessagePage {
    MessagePage {
        f: visit.frame(visit.t("error-not-found"), Layout::Public, ""),
        icon: "search",
        title: visit.t("error-not-found"),
        text: format!("{failure:?}"),
        links: Vec::new(),
    }
}

#[test]
fn the_pages_of_classes() {
    for lang in Lang::ALL {
        let visit = visit(lang, ADMIN, "Sri Rahayu");
        let filter = classes::list::Filter { period: "20261".into(), ..Default::default() };
        let items: Vec<_> = samples::offers().into_iter().map(|offer| offer.class).collect();
        let fetched = classes::list::Fetched {
            periods: vec![period()],
            programmes: Vec::new(),
            classes: Ok(Page { items, next_cursor: Some("next".into()) }),
        };
        let html = check(&format!("classes-{lang}"), &classes::list::page(&visit, &filter, &fetched));
        assert!(html.contains("33/40") && html.contains("kursor=next"));
        assert!(packed(&html) < 15 * 1024);
    }
    let visit = visit(Lang::Id, ADMIN, "Sri Rahayu");
    let filter = classes::list::Filter { period: "20261".into(), q: "x".into(), ..Default::default() };
    let empty = classes::list::Fetched {
        periods: vec![period()],
        programmes: Vec::new(),
        classes: Ok(Page { items: Vec::new(), next_cursor: None }),
    };
    check("classes-none", &classes::list::page(&visit, &filter, &empty));
    let down = classes::list::Fetched { classes: Err(Failure::Down), ..empty };
    let html = check("classes-down", &classes::list::page(&visit, &filter, &down));
    assert!(html.contains("Daftar kelas belum dapat ditampilkan") && html.contains("value=\"x\""));
    let class = samples::class("c1", "A");
    check("class-delete", &classes::delete::page(&visit, &class));
}

#[test]
fn the_form_of_a_class_keeps_what_was_typed_and_links_errors_to_fields() {
    let visit = visit(Lang::Id, ADMIN, "Sri Rahayu");
    let lookup = classes::lookup::Lookup {
        courses: vec![samples::course("k1", "IF201")],
        lecturers: vec![samples::lecturer("l1", "Ratna Sari", "0412058801")],
        rooms: vec![samples::room("r1", "A.2.03")],
        down: false,
    };
    let blank = classes::input::Typed::blank("20261");
    check("class-new", &classes::form::sample(&visit, &lookup, None, &blank, ""));
    let mut typed = classes::input::Typed::of(&visit.app.campus, &samples::class("c1", "A"), &lookup);
    typed.capacity = "empat puluh".into();
    let html = check("class-error", &classes::form::sample(&visit, &lookup, None, &typed, "Kapasitas harus angka"));
    assert!(html.contains("<title>Galat: Tambah kelas"));
    assert!(html.contains("href=\"#kapasitas\"") && html.contains("value=\"empat puluh\""));
    for id in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(html.contains(&format!("id=\"{id}\"")), "#{id} leads nowhere");
    }
    let exam = api::Exam { kind: api::ExamKind::Uts, date: "2026-10-19".into(), start_minute: 480, end_minute: 600 };
    let kept = api::SeatReservation {
        scope: api::WindowScope::Cohort,
        scope_key: "2026".into(),
        seats: 10,
        taken: 4,
        until: Some(samples::now()),
    };
    let class = api::Class { exams: vec![exam], reservations: vec![kept], ..samples::class("c1", "A") };
    let with = classes::input::Typed::of(&visit.app.campus, &class, &lookup);
    let html = check("class-extras", &classes::form::sample(&visit, &lookup, Some(&class), &with, ""));
    assert!(html.contains("name=\"tanggal.0\" value=\"2026-10-19\"") && html.contains("value=\"hapus-ujian-0\""));
    assert!(html.contains("name=\"kursi.0\" value=\"10\"") && html.contains("value=\"cohort\" selected"));
    let mut stale = classes::form::sample(&visit, &lookup, Some(&class), &typed, "");
    stale.stale = vec![classes::form::Difference { name: "Kapasitas".into(), stored: "30".into(), typed: "40".into() }];
    check("class-stale", &stale);
}

#[test]
fn the_pages_without_a_role() {
    for lang in Lang::ALL {
        let visit = visit(lang, &[], "");
        let page = login::LoginPage {
            f: visit.frame(visit.t("login-title"), Layout::Public, ""),
            hidden: Hidden::new(visit.form_token()).back("/krs"),
            user_name: String::new(),
            user_name_error: None,
            password_error: None,
            dates: vec![("Pengisian KRS Ganjil 2026/2027".into(), "10 Agustus sampai Jumat, 21 Agustus 2026".into())],
            possible: true,
        };
        check(&format!("login-{lang}"), &page);
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut page = account::page(&visit).unwrap();
    check("account", &page);
    page.fields[0].error = "Kata sandi sekarang tidak cocok".into();
    page.f.notes.push(crate::view::Note::new(Tone::Ok, "Judul.", "Isi."));
    check("account-error", &page);
}
