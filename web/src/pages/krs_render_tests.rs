//! The KRS page and what a click on it answers, rendered from samples.

use api::Plan;
use askama::Template;

use super::krs;
use super::krs::samples;
use super::render_tests::*;
use crate::error::Failure;
use crate::i18n::Lang;
use crate::local::Local;
use crate::view::{Hidden, Layout};
use crate::visit::Visit;

pub(super) fn krs_page(
    visit: &Visit,
    query: &str,
    plan: Option<Plan>,
    offers: Option<Vec<api::Choice>>,
) -> krs::KrsPage {
    let mut filter = krs::catalogue::Filter::read(&Local::parse(&format!("/krs?{query}")).unwrap().query());
    filter.period = "20261".into();
    let offers = offers.map(|offers| (offers, false)).ok_or(Failure::Down);
    let plan = plan.ok_or(Failure::Down);
    krs::page(visit, &filter, krs::Fetched { plan, offers, admission: None, packages: Vec::new(), wished: None })
}

#[test]
fn the_krs_page() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let page = krs_page(&visit, "", Some(samples::plan(samples::week())), Some(samples::offers()));
        let html = check(&format!("krs-{lang}"), &page);
        assert!(html.contains("action=\"/krs/kelas/c9?periode=20261\""), "a class can be taken");
        assert!(html.contains("action=\"/krs/lepas/c1?periode=20261\""), "a class can be given back");
        assert!(html.contains("data-k=\"4-780"), "a class points at its hours");
        assert!(packed(&html) < 15 * 1024, "{}", packed(&html));
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let page = krs_page(&visit, "", Some(samples::plan(samples::week())), Some(samples::offers()));
    let html = page.render().unwrap();
    for sentence in
        ["Bentrok dengan Keamanan Informasi A.", "Melebihi batas 24 SKS.", "Sisa 2", "Penuh", "IPS semester lalu 3,57"]
    {
        assert!(html.contains(sentence), "{sentence}");
    }
    assert!(!html.contains("action=\"/krs/kelas/c8"), "a full class has no button");
}

#[test]
fn sks_that_do_not_count_leave_room_under_the_ceiling() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut plan = samples::plan(samples::week());
    (plan.credits, plan.credits_uncounted) = (21, 4);
    let html = krs_page(&visit, "", Some(plan), Some(samples::offers())).render().unwrap();
    for said in [
        "17 dari 24 SKS, ditambah 4 SKS di luar batas",
        "Sisa jatah 7 SKS",
        "4 SKS lagi di rencana Anda tidak dihitung",
    ] {
        assert!(html.contains(said), "{said}");
    }
}

#[test]
fn the_krs_page_when_nothing_may_change_says_so_once() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut plan = samples::plan(samples::week());
    plan.refusals = vec![samples::refusal("krs-closed", &[("closed_at", "2026-08-12T17:00:00Z")])];
    plan.flags = vec![samples::refusal("hold-unknown", &[])];
    let mut offers = samples::offers();
    for offer in offers.iter_mut().filter(|offer| !offer.in_plan) {
        offer.refusals.insert(0, plan.refusals[0].clone());
    }
    let html = check("krs-closed", &krs_page(&visit, "", Some(plan), Some(offers)));
    assert_eq!(html.matches("KRS sudah ditutup").count(), 1);
    assert!(!html.contains("action=\"/krs/"), "no button may be there");
}

#[test]
fn the_krs_page_filters_and_degrades() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let plan = || Some(samples::plan(samples::week()));
    let html = check("krs-search", &krs_page(&visit, "q=awan&hari=5", plan(), Some(samples::offers())));
    assert!(html.contains("id=\"k-c11\"") && !html.contains("id=\"k-c10\"") && !html.contains("id=\"k-c1\""));
    let html = check("krs-none", &krs_page(&visit, "q=robotika", plan(), Some(samples::offers())));
    assert!(html.contains("Tidak ada kelas untuk “robotika”"));
    let html = check("krs-takeable", &krs_page(&visit, "saring=bisa", plan(), Some(samples::offers())));
    assert!(html.contains("id=\"k-c9\"") && !html.contains("id=\"k-c8\""));
    let html = check("krs-empty", &krs_page(&visit, "", Some(samples::plan(Vec::new())), Some(Vec::new())));
    assert!(html.contains("Belum ada kelas yang ditawarkan"));
    let html = check("krs-no-catalogue", &krs_page(&visit, "", plan(), None));
    assert!(html.contains("Katalog belum dapat ditampilkan") && html.contains("Mata kuliah dipilih"));
    let html = check("krs-no-plan", &krs_page(&visit, "", None, Some(samples::offers())));
    assert!(html.contains("Rencana belum dapat ditampilkan") && html.contains("id=\"k-c8\""));
}

#[test]
fn a_page_of_the_catalogue_leads_to_the_next() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let offer = |n: usize| {
        let code = format!("IF{n:03}");
        let class =
            samples::named(&format!("x{n}"), &code, "Mata Kuliah", "A", vec![samples::meeting(1, 420, 520, "")]);
        samples::offer(class, Vec::new())
    };
    let offers: Vec<_> = (0..60).map(offer).collect();
    let html = check("krs-page-2", &krs_page(&visit, "hal=2&q=mata", Some(samples::plan(Vec::new())), Some(offers)));
    assert!(html.contains("Mata kuliah 26–50 dari 60"), "where in the list one is");
    assert!(html.contains("id=\"k-x25\"") && !html.contains("id=\"k-x24\"") && !html.contains("id=\"k-x50\""));
    assert!(html.contains("href=\"/krs?periode=20261&#38;q=mata&#38;hal=3\""), "next");
    assert!(html.contains("href=\"/krs?periode=20261&#38;q=mata\""), "previous");
}

#[test]
fn chosen_courses_stand_on_every_page_and_a_click_sends_rows_of_any_page() {
    use super::krs::catalogue::{self, Act, Catalogue, Filter};

    let visit = visit(Lang::Id, STUDENT, NAME);
    let class = |n: usize, name: &str| {
        samples::named(
            &format!("x{n}{name}"),
            &format!("IF{n:03}"),
            "Mata Kuliah",
            name,
            vec![samples::meeting(1, 420, 520, "")],
        )
    };
    let offer = |class: api::Class| samples::offer(class, Vec::new());
    // The third course has two classes; its second one is taken, on the first page.
    let mut offers: Vec<_> = (0..60).map(|n| offer(class(n, "A"))).collect();
    offers.insert(3, api::Choice { in_plan: true, ..offer(class(2, "B")) });
    let plan = samples::plan(vec![class(2, "B")]);
    let rows = |html: &str| -> Vec<String> {
        let rows = html.split(" id=\"k-").skip(1);
        rows.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let page = |number: usize| {
        let query = format!("hal={number}");
        check(&format!("krs-chosen-{number}"), &krs_page(&visit, &query, Some(plan.clone()), Some(offers.clone())))
    };
    let pages: Vec<_> = (1..=3).map(page).collect();
    let mut open = Vec::new();
    for html in &pages {
        let found = rows(html);
        let (chosen, rest): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|id| id.starts_with("x2A") || id.starts_with("x2B"));
        assert_eq!(chosen, ["x2A", "x2B"], "the chosen course with its other class");
        assert!(html.contains("action=\"/krs/lepas/x2B?periode=20261\""), "can be given back here");
        open.push(rest.len());
    }
    assert_eq!(open, [25, 25, 9], "the other courses fill the pages");
    assert!(pages[0].contains("hal=2") && pages[1].contains("hal=3") && !pages[2].contains("hal=4"));
    let first: Vec<_> =
        rows(&pages[0]).into_iter().filter(|id| !id.starts_with("x2A") && !id.starts_with("x2B")).collect();
    let expected: Vec<_> = (0..60).filter(|n| *n != 2).map(|n| format!("x{n}A")).take(25).collect();
    assert_eq!(first, expected, "in their order, without a gap");

    // What a click on page 1 changes may stand on page 3: its row comes along, as it is shown there.
    let hidden = Hidden::new(visit.form_token()).back("/krs");
    let facts = facts(&visit, &plan, &hidden, None);
    let taken = class(2, "B");
    let touched = offers.iter().filter(|offer| catalogue::is_touched(offer, &taken, &plan));
    let lines = catalogue::lines(&facts, touched);
    assert_eq!(lines.len(), 61, "all meet in the same hours");
    let line = |id: &str| lines.iter().find(|line| line.id == id).unwrap();
    assert!(line("x2B").in_plan && matches!(line("x2B").act, Act::Drop(_)));
    assert!(!line("x59A").in_plan && matches!(line("x59A").act, Act::Take(_)));
    let elsewhere = [offers[60].clone()];
    assert_eq!(catalogue::lines(&facts, elsewhere.iter())[0].id, "x59A");
    let shown = Catalogue::new(&facts, &Filter { page: 1, ..Filter::default() }, &offers);
    let ids = |section: &catalogue::Section| section.courses.len();
    assert_eq!(shown.sections.iter().map(ids).collect::<Vec<_>>(), [25, 1]);
    let counts: Vec<_> = shown.sections.iter().map(|section| (section.id, section.count.clone())).collect();
    assert_eq!(counts, [("belum", "59 mata kuliah".into()), ("sudah", "1 mata kuliah".into())]);
    let swap = super::krs::change::KrsSwap {
        f: visit.frame("", Layout::Task, "/krs"),
        notes: Vec::new(),
        panel: super::krs::panel::Panel::new(Lang::Id, &visit.app.campus, &plan, &[], &hidden),
        lines: Vec::new(),
        moved: None,
        counts,
        saved: "Tersimpan 09.05".into(),
        wishes: None,
    };
    let sent = swap.render().unwrap();
    for id in ["n-belum", "n-sudah", "tersimpan"] {
        assert!(sent.contains(&format!("id=\"{id}\" hx-swap-oob=\"true\"")), "{id} is sent");
        assert!(pages[0].contains(&format!("id=\"{id}\"")), "{id} has its place in the page");
    }
}

/// What a catalogue is made of here.
fn facts<'a>(visit: &'a Visit, plan: &'a Plan, hidden: &'a Hidden, semester: Option<u32>) -> krs::catalogue::Facts<'a> {
    krs::catalogue::Facts {
        lang: visit.lang,
        campus: &visit.app.campus,
        plan: Some(plan),
        week: None,
        hidden,
        knows_programme: true,
        semester,
        as_of: String::new(),
        cut: false,
        waits: false,
        wishes: None,
    }
}

#[test]
fn courses_of_the_students_own_semester_come_first() {
    use super::krs::catalogue::{Catalogue, Filter};

    let visit = visit(Lang::Id, STUDENT, NAME);
    let hidden = Hidden::new(visit.form_token()).back("/krs");
    let offer = |(n, semester): (usize, u32)| {
        let mut class = samples::named(&format!("x{n}"), &format!("IF{n}"), "Mata Kuliah", "A", Vec::new());
        class.course.recommended_semester = Some(semester);
        samples::offer(class, Vec::new())
    };
    let offers: Vec<_> = [1, 5, 3, 5, 7].into_iter().enumerate().map(offer).collect();
    let plan = samples::plan(Vec::new());
    let order = |semester| {
        let catalogue = Catalogue::new(&facts(&visit, &plan, &hidden, semester), &Filter::read(&[]), &offers);
        let open = &catalogue.sections[0];
        assert_eq!(open.id, "belum");
        open.courses.iter().map(|course| course.code.clone()).collect::<Vec<_>>()
    };
    assert_eq!(order(Some(5)), ["IF1", "IF3", "IF0", "IF2", "IF4"]);
    assert_eq!(order(None), ["IF0", "IF1", "IF2", "IF3", "IF4"]);
    let catalogue = Catalogue::new(&facts(&visit, &plan, &hidden, Some(5)), &Filter::read(&[]), &offers);
    assert!(catalogue.sections[0].courses[0].meta.contains(&"Semester 5, semester Anda".to_owned()));
    assert!(catalogue.sections[0].courses[2].meta.contains(&"Semester 1".to_owned()));
}

#[test]
fn a_class_that_was_taken_stands_under_the_other_heading_in_the_same_answer() {
    use super::krs::catalogue::{Catalogue, Filter};

    let visit = visit(Lang::Id, STUDENT, NAME);
    let hidden = Hidden::new(visit.form_token()).back("/krs");
    let plan = samples::plan(samples::week());
    let catalogue = Catalogue::new(&facts(&visit, &plan, &hidden, None), &Filter::read(&[]), &samples::offers());
    let swap = krs::change::KrsSwap {
        f: visit.frame("", Layout::Task, "/krs"),
        notes: Vec::new(),
        panel: krs::panel::Panel::new(Lang::Id, &visit.app.campus, &plan, &[], &hidden),
        lines: Vec::new(),
        moved: Some(catalogue),
        counts: Vec::new(),
        saved: "Tersimpan 09.05".into(),
        wishes: None,
    };
    let html = check("krs-swap", &swap);
    assert_eq!(html.matches("id=\"hasil\" hx-swap-oob=\"true\"").count(), 1);
    let (open, chosen) = html.split_once("id=\"l-sudah\"").unwrap();
    assert!(chosen.contains("id=\"k-c1\"") && !open.contains("id=\"k-c1\""), "what is in the plan");
    assert!(open.contains("id=\"k-c9\"") && !chosen.contains("id=\"k-c9\""), "what is not");
    assert!(html.contains("id=\"aksi\" hx-swap-oob=\"true\"") && html.contains("/krs/ajukan?periode=20261"));
}
