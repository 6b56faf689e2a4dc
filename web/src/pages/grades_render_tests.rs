//! The pages of grades from samples: empty, typical, hostile, too large, down.

use std::collections::BTreeMap;

use api::{LetterCount, Page, RoleKind, Sheet, SheetState};

use super::grades::grid;
use super::grades::save::{KeptPage, Sent, Swap};
use super::grades::side::{Bar, Side};
use super::grades::typed::{Kept, TypedRow, Unsaved};
use super::grades::{components, list, publish, samples};
use super::krs::samples::{HOSTILE, refusal};
use super::listing::Asked;
use super::render_tests::{check, gone, packed, period, there, visit};
use crate::error::Failure;
use crate::i18n::Lang;
use crate::view::{Hidden, Layout, Link};

const LECTURER: &[RoleKind] = &[RoleKind::Lecturer];
const NAME: &str = "Dr. Ir. Hendra Wijaya, M.T.";

fn wrong() -> Kept {
    let unsaved = Unsaved {
        column: 3,
        component_id: "c_uas".into(),
        typed: "105".into(),
        why: "UAS Eka Fitria Ningsih: 105 melebihi 100. Masukkan angka 0 sampai 100.".into(),
    };
    BTreeMap::from([("s6".to_owned(), vec![unsaved])])
}

#[test]
fn the_grid_shows_every_score_and_what_is_wrong_at_its_row() {
    for lang in Lang::ALL {
        let visit = visit(lang, LECTURER, NAME);
        let html = check(&format!("grades-{lang}"), &grid::page(&visit, &samples::large(24), &Kept::new(), 1));
        assert!(html.contains("name=\"n.23.3\"") && html.contains("name=\"s.0\" value=\"s0\""));
        assert!(html.contains("name=\"k.3\" value=\"c_uas\"") && html.contains("grid.js"));
        assert!(packed(&html) < 15 * 1024, "{}", packed(&html));
    }
    let visit = visit(Lang::Id, LECTURER, NAME);
    let html = check("grades-wrong", &grid::page(&visit, &samples::large(24), &wrong(), 1));
    assert!(html.contains("value=\"105\"") && html.contains("aria-invalid=\"true\" aria-describedby=\"e-6\""));
    assert!(html.contains("<title>Galat: Metodologi") && html.contains("href=\"#b-6\""));
    let stored = samples::large(24).rows[6].scores[3].score_hundredths.unwrap();
    let shown = html.split("name=\"o.6\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(shown.ends_with(&format!(",{stored}")), "beside what is typed the row carries what is stored: {shown}");
}

#[test]
fn a_class_of_sixty_keeps_to_the_budget_and_one_of_hundreds_has_pages() {
    let visit = visit(Lang::Id, LECTURER, NAME);
    let html = check("grades-60", &grid::page(&visit, &samples::large(60), &Kept::new(), 1));
    assert!(packed(&html) < 15 * 1024, "{}", packed(&html));
    let first = check("grades-250", &grid::page(&visit, &samples::large(250), &Kept::new(), 1));
    assert!(first.contains("name=\"s.99\"") && !first.contains("name=\"s.100\"") && first.contains("/nilai/c1?hal=3"));
    let last = check("grades-250-3", &grid::page(&visit, &samples::large(250), &Kept::new(), 99));
    assert!(last.contains("name=\"s.249\"") && last.contains("name=\"hal\" value=\"3\""));
    assert!(first.contains("href=\"/nilai/c1#b-2\""), "who is not complete is named and linked");
}

#[test]
fn a_grid_that_cannot_be_written_has_no_form() {
    let visit = visit(Lang::Id, LECTURER, NAME);
    let mut closed = samples::large(5);
    closed.refusals = vec![refusal("period-not-active", &[("period", "20252")])];
    let html = check("grades-closed", &grid::page(&visit, &closed, &Kept::new(), 1));
    assert!(html.contains("Nilai belum bisa diisi.") && !html.contains("name=\"n.0.0\""));
    let mut published = samples::large(5);
    published.summary.state = SheetState::Published;
    published.summary.published_at = Some(super::krs::samples::now());
    let html = check("grades-published", &grid::page(&visit, &published, &Kept::new(), 1));
    assert!(html.contains("sudah terbit") && !html.contains("/terbitkan") && !html.contains("id=\"nilai\""));
    let office = self::visit(Lang::Id, &[RoleKind::Registrar], "Sri Rahayu");
    let html = check("grades-read", &grid::page(&office, &samples::large(5), &Kept::new(), 1));
    assert!(!html.contains("name=\"n.0.0\"") && !html.contains("/komponen"), "who only reads has no form");
    let html = check("grades-nobody", &grid::page(&visit, &samples::large(0), &Kept::new(), 1));
    assert!(html.contains("Belum ada peserta"));
    let mut second = samples::large(5);
    second.summary.lead = false;
    let html = check("grades-second", &grid::page(&visit, &second, &Kept::new(), 1));
    assert!(html.contains("Hanya dosen koordinator") && !html.contains("/terbitkan") && html.contains("n.0.0"));
}

#[test]
fn a_save_sends_back_what_changed_and_leaves_the_cells() {
    let visit = visit(Lang::Id, LECTURER, NAME);
    let (sheet, kept) = (samples::large(24), wrong());
    let columns: Vec<_> = sheet.components.iter().map(|component| component.id.clone()).collect();
    let stored: Vec<_> = sheet.rows[6].scores.iter().map(|score| score.score_hundredths).collect();
    let mut typed = TypedRow { n: 6, student_id: "s6".into(), shown: stored.clone(), cells: vec![String::new(); 4] };
    for (cell, score) in typed.cells.iter_mut().zip(&stored) {
        *cell = crate::format::short_hundredths(Lang::Id, score.unwrap());
    }
    typed.cells[3] = "105".into();
    // Somebody else changed the first score; this person was shown 10 and left it alone.
    (typed.shown[0], typed.cells[0]) = (Some(1000), "10".into());
    let part = Swap {
        f: visit.frame(String::new(), Layout::Task, "/nilai"),
        notes: Vec::new(),
        lines: vec![Sent::new(Lang::Id, &sheet, &sheet.rows[6], &typed, &columns, &kept)],
        side: Some(Side::new(&visit, &sheet, &kept)),
        bar: Bar::new(&visit, &sheet, &kept, true),
    };
    let html = check("grades-swap", &part);
    for id in ["r-6", "f-6", "h-6", "st-6", "e-6", "sebaran", "siap", "simpan-status", "kabar"] {
        let tag = html.split('<').find(|tag| tag.contains(&format!("id=\"{id}\""))).unwrap_or_else(|| panic!("{id}"));
        assert!(tag.contains("hx-swap-oob=\"true\""), "{tag}");
    }
    assert!(html.contains("data-wrong=\"n.6.3\"") && !html.contains("name=\"n.6.3\""));
    let first = crate::format::short_hundredths(Lang::Id, stored[0].unwrap());
    assert!(html.contains(&format!("data-now=\"n.6.0={first}\"")), "the other's score is shown");
    assert!(html.contains("name=\"o.6\" value=\"1000,"), "and is not overwritten by what was shown before");
    assert!(html.contains("1 isian belum tersimpan"));
    let saved = Bar::new(&visit, &sheet, &Kept::new(), true);
    assert_eq!(saved.detail, "Tersimpan otomatis 09.05");
    let page = KeptPage {
        f: visit.frame("Nilai belum disimpan", Layout::Task, "/nilai"),
        action: "/nilai/c1".into(),
        hidden: Hidden::new(visit.form_token()),
        fields: vec![("n.0.1".into(), HOSTILE.into())],
        count: "1".into(),
        back: Link { href: "/nilai/c1".into(), text: "Nilai".into() },
    };
    let html = check("grades-kept", &page);
    assert!(html.contains("name=\"n.0.1\"") && html.contains("&#60;script&#62;"));
}

#[test]
fn the_list_of_classes_by_period() {
    for lang in Lang::ALL {
        let visit = visit(lang, LECTURER, NAME);
        let asked = Asked::read("/nilai", &[("periode", 5), ("status", 10)], &[]);
        let mut done = samples::summary();
        (done.state, done.published_at) = (SheetState::Published, Some(super::krs::samples::now()));
        let items = vec![samples::summary(), done];
        let fetched =
            list::Fetched { periods: vec![period()], sheets: Ok(Page { items, next_cursor: Some("x".into()) }) };
        let html = check(&format!("grades-list-{lang}"), &list::page(&visit, &asked, &fetched));
        assert!(html.contains("href=\"/nilai/c1\"") && html.contains("kursor=x"));
    }
    let visit = visit(Lang::Id, LECTURER, NAME);
    let pairs = [("periode".to_owned(), "20261".to_owned())];
    let asked = Asked::read("/nilai", &[("periode", 5), ("status", 10)], &pairs);
    let none = list::Fetched { periods: vec![period()], sheets: Ok(Page { items: Vec::new(), next_cursor: None }) };
    assert!(check("grades-list-none", &list::page(&visit, &asked, &none)).contains("Tidak ada kelas yang cocok"));
    let down = list::Fetched { periods: Vec::new(), sheets: Err(Failure::Down) };
    let html = check("grades-list-down", &list::page(&visit, &asked, &down));
    assert!(html.contains("Daftar nilai belum dapat ditampilkan") && html.contains("href=\"/nilai?periode=20261\""));
}

fn publishable() -> Sheet {
    let mut sheet = samples::sheet(&[[Some(9000), Some(9500)], [Some(7000), Some(7100)], [Some(8000), Some(8200)]]);
    sheet.earlier_period = Some("20242".into());
    let count = |letter: &str, students| LetterCount { letter: letter.into(), students };
    sheet.earlier_distribution = vec![count("A", 2), count("AB", 1), count("B", 0), count("C", 1), count("E", 0)];
    sheet
}

#[test]
fn publishing_is_asked_first_beside_the_earlier_period() {
    for lang in Lang::ALL {
        let visit = visit(lang, LECTURER, NAME);
        let html = check(&format!("publish-{lang}"), &publish::page(&visit, &publishable(), "0123456789abcdef"));
        assert!(html.contains("name=\"versi\" value=\"3\"") && html.contains("2024/2025"));
        assert!(html.contains("class=\"pv\"") && html.contains("0123456789abcdef"));
    }
    let visit = visit(Lang::Id, LECTURER, NAME);
    let mut not_yet = publishable();
    not_yet.publish_refusals = vec![refusal("period-not-active", &[("period", "20252")])];
    not_yet.earlier_distribution.clear();
    let html = check("publish-not-yet", &publish::page(&visit, &not_yet, ""));
    assert!(html.contains("belum bisa diterbitkan") && !html.contains("form-terbit"));
    let mut second = publishable();
    second.summary.lead = false;
    assert!(!check("publish-second", &publish::page(&visit, &second, "")).contains("form-terbit"));
    let mut page = publish::page(&visit, &publishable(), "");
    page.error = "Centang bahwa Anda sudah memeriksa nilai ini".into();
    assert!(check("publish-error", &page).contains("href=\"#yakin\""));
}

#[test]
fn the_components_of_a_class() {
    let visit = visit(Lang::Id, LECTURER, NAME);
    let sheet = publishable();
    let html = check("components", &components::page(&visit, "c1", Some(&sheet), &components::typed(&sheet)));
    assert!(html.contains("name=\"id.1\" value=\"u\"") && html.contains("Jumlah sekarang 100%"));
    let unread = components::page(&visit, "c1", None, &components::typed(&sheet));
    assert!(check("components-down", &unread).contains("value=\"UAS\""));
}

#[test]
fn the_front_page_leads_to_the_grades_that_can_be_entered_first() {
    let visit = visit(Lang::Id, LECTURER, NAME);
    let mut later = samples::summary();
    (later.class_id, later.course_name, later.window) = ("c9".into(), "Grafika Komputer".into(), None);
    let lecturer = api::LecturerHome {
        lecturer: there(super::krs::samples::lecturer("l1", NAME, "01")),
        classes: there(Page { items: super::krs::samples::week(), next_cursor: None }),
        advisees: there(Page { items: Vec::new(), next_cursor: None }),
        plans: there(Vec::new()),
        sheets: there(vec![later, samples::summary()]),
    };
    let mut home = api::Home { period: there(Some(period())), student: None, lecturer: Some(lecturer), office: None };
    let page = |home: &api::Home| super::home::page(&visit, Some(home), super::home::grades::Required::Unset).unwrap();
    let html = check("home-lecturer", &page(&home));
    let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("href=\"/nilai/c1\"") < at("href=\"/nilai/c9\""));
    home.lecturer.as_mut().unwrap().sheets = gone();
    let html = check("home-lecturer-down", &page(&home));
    assert!(html.contains("Daftar nilai belum dapat ditampilkan") && html.contains("Jaringan Komputer A"));
    let system = self::visit(Lang::Id, &[RoleKind::SystemAdmin], "Admin Sistem");
    let none = api::Home { period: there(None), student: None, lecturer: None, office: None };
    let required = super::home::grades::Required::Unset;
    let html = check("home-system", &super::home::page(&system, Some(&none), required).unwrap());
    assert!(html.contains("href=\"/matakuliah\"") && !html.contains("href=\"/mahasiswa\""));
}

#[test]
fn hostile_names_stay_text_in_grades() {
    let visit = visit(Lang::En, LECTURER, HOSTILE);
    let mut sheet = publishable();
    for text in [&mut sheet.summary.course_name, &mut sheet.summary.course_code, &mut sheet.summary.class_name] {
        *text = HOSTILE.into();
    }
    sheet.summary.lecturer_names = vec![HOSTILE.into()];
    sheet.summary.lead = false;
    for component in &mut sheet.components {
        component.name = HOSTILE.into();
    }
    for row in &mut sheet.rows {
        (row.nim, row.name, row.letter) = (HOSTILE.into(), Some(HOSTILE.into()), Some(HOSTILE.into()));
        row.total_hundredths = None;
    }
    sheet.distribution[0].letter = HOSTILE.into();
    let unsaved = Unsaved { column: 1, component_id: "u".into(), typed: HOSTILE.into(), why: HOSTILE.into() };
    let kept = BTreeMap::from([("s0".to_owned(), vec![unsaved])]);
    check("hostile-grades", &grid::page(&visit, &sheet, &kept, 1));
    check("hostile-publish", &publish::page(&visit, &sheet, ""));
    check("hostile-components", &components::page(&visit, "c1", Some(&sheet), &components::typed(&sheet)));
    let asked = Asked::read("/nilai", &[("periode", 5)], &[("periode".to_owned(), HOSTILE.to_owned())]);
    let page = Page { items: vec![sheet.summary], next_cursor: Some(HOSTILE.into()) };
    check("hostile-grades-list", &list::page(&visit, &asked, &list::Fetched { periods: Vec::new(), sheets: Ok(page) }));
}
