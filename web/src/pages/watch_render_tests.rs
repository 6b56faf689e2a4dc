//! Packages, waiting lists of classes and what is watched, as the office sees them, rendered from samples.

use api::{Package, Page, RoleKind, Trading, WaitingStudent};

use super::entry::Fields;
use super::krs::samples;
use super::listing::Asked;
use super::render_tests::*;
use super::{packages, watch};
use crate::error::Failure;
use crate::i18n::Lang;
use crate::pages::classes::input::FieldError;

const REGISTRAR: &[RoleKind] = &[RoleKind::Registrar];

fn asked(path: &str) -> Asked {
    Asked::read(path, &[("periode", 5), ("prodi", 64)], &[("periode".into(), "20261".into())])
}

fn package(name: &str) -> Package {
    Package {
        id: "g1".into(),
        period_code: "20261".into(),
        programme_id: "p1".into(),
        cohort: Some(2026),
        name: name.into(),
        classes: samples::week(),
        version: 4,
    }
}

fn fetched(found: Result<Vec<Package>, Failure>) -> packages::list::Fetched {
    packages::list::Fetched {
        period: "20261".into(),
        periods: vec![period(), period()],
        programmes: Vec::new(),
        packages: found.map(|items| Page { items, next_cursor: Some("n".into()) }),
    }
}

#[test]
fn packages_are_listed_with_their_classes() {
    for lang in Lang::ALL {
        let visit = visit(lang, REGISTRAR, "Sri Rahayu");
        let page = packages::list::page(&visit, &asked("/paket"), &fetched(Ok(vec![package("Semester 1")])));
        let html = check(&format!("packages-{lang}"), &page);
        assert!(html.contains("href=\"/paket/g1?periode=20261\"") && html.contains("IF3101 A, IF3102 B"));
        assert!(html.contains("href=\"/paket/baru?periode=20261\"") && html.contains("21 SKS"));
    }
    let visit = visit(Lang::Id, REGISTRAR, "Sri Rahayu");
    let html = check("packages-none", &packages::list::page(&visit, &asked("/paket"), &fetched(Ok(Vec::new()))));
    assert!(html.contains("Belum ada paket pada periode ini."));
    let html = check("packages-down", &packages::list::page(&visit, &asked("/paket"), &fetched(Err(Failure::Down))));
    assert!(html.contains("Paket belum dapat ditampilkan"));
    let html = check("package-delete", &packages::delete::page(&visit, &package("Semester 1")));
    assert!(html.contains("action=\"/paket/g1/hapus?periode=20261\"") && html.contains("name=\"versi\" value=\"4\""));
}

#[test]
fn the_form_of_a_package_names_its_classes() {
    for lang in Lang::ALL {
        let visit = visit(lang, REGISTRAR, "Sri Rahayu");
        let about = |id| packages::form::About {
            visit: &visit,
            id,
            period: "20261".into(),
            programmes: Vec::new(),
            classes: samples::week(),
            down: false,
        };
        let typed = packages::form::typed(&visit, &package("Semester 1"));
        let html = check(&format!("package-form-{lang}"), &about("g1").page(&typed, "0123456789abcdef"));
        assert!(html.contains("name=\"kelas.6\"") && html.contains("value=\"IF3101 A Jaringan Komputer\""));
        assert!(html.contains("href=\"/paket/g1/hapus?periode=20261\""));
        let html = check(&format!("package-new-{lang}"), &about("").page(&Fields::default(), "0123456789abcdef"));
        assert!(html.contains("action=\"/paket\"") && html.contains("name=\"periode\" value=\"20261\""));
    }
    let visit = visit(Lang::Id, REGISTRAR, "Sri Rahayu");
    let about = packages::form::About {
        visit: &visit,
        id: "g1",
        period: "20261".into(),
        programmes: Vec::new(),
        classes: Vec::new(),
        down: true,
    };
    let wrong = vec![FieldError { field: "kelas-1".into(), text: "Kelas ini tidak ada".into() }];
    let typed = packages::form::typed(&visit, &package("Semester 1"));
    let html = check("package-form-wrong", &about.page(&typed, "").wrong(wrong));
    assert!(html.contains("href=\"#kelas-1\"") && html.contains("aria-invalid=\"true\""));
}

fn waiting(name: Option<&str>) -> Page<WaitingStudent> {
    let one = WaitingStudent {
        student_id: "s1".into(),
        nim: "2410512034".into(),
        name: name.map(str::to_owned),
        place: 3,
        joined_at: samples::now(),
    };
    Page { items: vec![one], next_cursor: None }
}

fn tradings(name: &str) -> Page<Trading> {
    let one = Trading {
        student_id: "s1".into(),
        nim: "2410512034".into(),
        name: Some(name.into()),
        drops: 12,
        first_at: samples::now(),
        last_at: samples::now(),
        class_labels: vec!["IF201 A".into(), name.into()],
    };
    Page { items: vec![one], next_cursor: Some("x".into()) }
}

#[test]
fn who_waits_for_a_class_is_listed_in_order() {
    let class = samples::class("c1", "A");
    let asked = Asked::read(watch::line_address("c1"), &[], &[]);
    for lang in Lang::ALL {
        let visit = visit(lang, REGISTRAR, "Sri Rahayu");
        let page = watch::line_page(&visit, &asked, &class, Ok(&waiting(Some(NAME))));
        let html = check(&format!("line-{lang}"), &page);
        assert!(html.contains("href=\"/perwalian/s1/20261\"") && html.contains(NAME));
        assert!(html.contains("class=\"back np\" href=\"/admin/kelas/c1\""), "a way back to the class");
    }
    let visit = visit(Lang::Id, REGISTRAR, "Sri Rahayu");
    let none = Page { items: Vec::new(), next_cursor: None };
    assert!(
        check("line-none", &watch::line_page(&visit, &asked, &class, Ok(&none))).contains("Tidak ada yang menunggu")
    );
    let html = check("line-down", &watch::line_page(&visit, &asked, &class, Err(())));
    assert!(html.contains("Daftar ini belum dapat ditampilkan") && html.contains("href=\"/admin/kelas/c1/tunggu\""));
}

#[test]
fn who_gives_back_unusually_many_classes_is_listed_as_a_record() {
    let asked = asked(watch::TRADINGS);
    let periods = [period()];
    for lang in Lang::ALL {
        let visit = visit(lang, REGISTRAR, "Sri Rahayu");
        let page = watch::tradings_page(&visit, &asked, "20261", &periods, Ok(&tradings(NAME)));
        let html = check(&format!("tradings-{lang}"), &page);
        assert!(html.contains(">12<") && html.contains("IF201 A"));
    }
    let visit = visit(Lang::Id, REGISTRAR, "Sri Rahayu");
    let html = check("tradings-down", &watch::tradings_page(&visit, &asked, "20261", &periods, Err(())));
    assert!(html.contains("Daftar ini belum dapat ditampilkan"));
}

#[test]
fn hostile_names_stay_text_in_what_is_watched() {
    let hostile = samples::HOSTILE;
    let visit = visit(Lang::En, REGISTRAR, hostile);
    let class = samples::hostile(samples::class(hostile, "A"));
    let asked = Asked::read(watch::line_address(hostile), &[], &[]);
    check("hostile-line", &watch::line_page(&visit, &asked, &class, Ok(&waiting(Some(hostile)))));
    check("hostile-tradings", &watch::tradings_page(&visit, &asked, hostile, &[period()], Ok(&tradings(hostile))));
    let mut odd = package(hostile);
    (odd.id, odd.classes) = (hostile.into(), vec![class]);
    check("hostile-packages", &packages::list::page(&visit, &asked, &fetched(Ok(vec![odd.clone()]))));
    check("hostile-package-delete", &packages::delete::page(&visit, &odd));
    let about = packages::form::About {
        visit: &visit,
        id: hostile,
        period: hostile.into(),
        programmes: Vec::new(),
        classes: odd.classes.clone(),
        down: false,
    };
    check("hostile-package-form", &about.page(&packages::form::typed(&visit, &odd), hostile));
}
