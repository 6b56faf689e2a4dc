//! Registration under load, rendered from samples: the waiting room, waiting lists, swaps, packages, changes of an
//! approved plan, and what is shown when there are too many at once.

use api::{
    Admission, AdmissionState, Choice, Package, Plan, PlanState, SeatPolicy, Timestamp, WaitingPlace, Window,
    WindowKind,
};
use askama::Template as _;

use super::krs::catalogue::Filter;
use super::krs::exchange::{self, Kind};
use super::krs::room::{Room, RoomPart};
use super::krs::{self, Fetched, busy, samples, submit, submitted};
use super::render_tests::*;
use crate::i18n::Lang;
use crate::layer::Posted;
use crate::view::{Layout, Note, Tone};
use crate::visit::Visit;

fn admission(state: AdmissionState) -> Admission {
    let at = |seconds: i64| samples::now() + jiff::SignedDuration::from_secs(seconds);
    let line = state == AdmissionState::Waiting;
    Admission {
        state,
        now: samples::now(),
        opens_at: Some(at(if line { -30 } else { 3 * 60 + 12 })),
        place: if line { 215 } else { 0 },
        ahead: if line { 214 } else { 0 },
        admitted_at: line.then(|| at(170)),
        ticket: line.then(|| "ticket".into()),
        noted: 812,
        seed: line.then(|| "9f3a22c1".into()),
        rate: 50,
    }
}

fn page_of(visit: &Visit, plan: Plan, offers: Vec<Choice>, admission: Option<Admission>) -> krs::KrsPage {
    let filter = Filter { period: "20261".into(), page: 1, ..Filter::default() };
    krs::page(
        visit,
        &filter,
        Fetched { plan: Ok(plan), offers: Ok((offers, false)), admission, packages: Vec::new(), wished: None },
    )
}

/// The samples with one class to swap, one whose list can be joined, and one in whose line the student stands.
fn offers() -> Vec<Choice> {
    let mut offers = samples::offers();
    for offer in &mut offers {
        match offer.class.id.as_str() {
            "c10" => offer.swap_class_id = Some("c3".into()),
            "c8" => (offer.may_wait, offer.class.waiting) = (true, 7),
            "c11" => (offer.place, offer.class.waiting, offer.class.taken) = (3, 7, Some(40)),
            _ => {}
        }
    }
    offers
}

fn place(instead: bool) -> WaitingPlace {
    WaitingPlace {
        class: samples::named("c11", "IF3142", "Komputasi Awan", "B", vec![samples::meeting(5, 780, 930, "R. 3.07")]),
        place: 3,
        waiting: 7,
        joined_at: samples::now(),
        instead_of_id: instead.then(|| "c3".into()),
        instead_of: instead.then(|| "Keamanan Informasi A".into()),
        expires_at: Some(samples::window().closes_at),
    }
}

fn revision() -> Window {
    let closes_at = "2026-08-13T17:00:00Z".parse::<Timestamp>().unwrap();
    Window { kind: WindowKind::Revision, closes_at, ..samples::window() }
}

#[test]
fn before_the_opening_the_server_counts_down_and_the_catalogue_can_be_read() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let mut plan = samples::plan(Vec::new());
        plan.refusals = vec![samples::refusal("krs-not-open-yet", &[("opens_at", "2026-08-13T02:08:12Z")])];
        let noted = admission(AdmissionState::Noted);
        let html = check(&format!("room-noted-{lang}"), &page_of(&visit, plan, samples::offers(), Some(noted)));
        assert!(html.contains("data-left=\"192\"") && html.contains("id=\"k-c9\""));
        assert!(!html.contains("action=\"/krs/kelas"), "nothing can be taken yet");
        assert!(!html.contains("id=\"halangan\""), "the countdown says when it opens, once");
        assert!(html.contains("hx-trigger=\"load delay:60s, habis\""));
        assert!(html.contains("<noscript><meta http-equiv=\"refresh\" content=\"60\"></noscript>"));
        assert!(packed(&html) < 15 * 1024);
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let page = page_of(&visit, samples::plan(Vec::new()), samples::offers(), Some(admission(AdmissionState::Noted)));
    let html = page.render().unwrap();
    assert!(html.contains("00.03.12") && html.contains("812 mahasiswa sudah tercatat."));
    assert!(html.contains("KRS dibuka Kamis, 13 Agustus 2026 pukul 09.08 WIB"));
    assert!(html.contains("Tetap di halaman ini; tempat Anda diundi saat KRS dibuka"));
    let mut early = admission(AdmissionState::Early);
    early.opens_at = Some(samples::now() + jiff::SignedDuration::from_hours(24 * 9));
    let html = check("room-early", &page_of(&visit, samples::plan(Vec::new()), samples::offers(), Some(early)));
    assert!(!html.contains("data-left") && html.contains("datang lebih cepat tidak membuat tempat Anda lebih depan"));
}

#[test]
fn a_registration_without_a_waiting_room_counts_down_too_and_opens_by_itself() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut plan = samples::plan(Vec::new());
    plan.window.as_mut().unwrap().opens_at = samples::now() + jiff::SignedDuration::from_hours(26);
    let html = check("room-countdown", &page_of(&visit, plan, samples::offers(), None));
    assert!(html.contains("1 hari 02.00.00") && html.contains("begitu waktunya tiba"));
    let html = page_of(&visit, samples::plan(Vec::new()), samples::offers(), None).render().unwrap();
    assert!(!html.contains("id=\"antrean\"") && !html.contains("http-equiv"), "an open registration has no such card");
    let open = admission(AdmissionState::Admitted);
    let html = page_of(&visit, samples::plan(Vec::new()), samples::offers(), Some(open)).render().unwrap();
    assert!(!html.contains("id=\"antrean\"") && html.contains("action=\"/krs/kelas/c9?periode=20261\""));
}

#[test]
fn in_line_the_page_says_how_many_are_ahead_and_nothing_can_be_taken() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let waiting = admission(AdmissionState::Waiting);
        let html = check(
            &format!("room-line-{lang}"),
            &page_of(&visit, samples::plan(Vec::new()), samples::offers(), Some(waiting)),
        );
        assert!(html.contains(">214</p>") && html.contains("<dd>215</dd>") && html.contains("9f3a22c1"));
        assert!(!html.contains("action=\"/krs/kelas") && html.contains("id=\"k-c9\""));
        assert!(html.contains("load delay:21s"), "an eighth of the time that is left");
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let room = Room::of(&visit, "20261", &admission(AdmissionState::Waiting)).unwrap();
    let part = RoomPart { f: visit.frame("", Layout::Task, "/krs"), room };
    let html = check("room-part", &part);
    assert!(html.contains("kira-kira 3 menit lagi") && html.contains("hx-get=\"/krs/antrean?periode=20261\""));
}

#[test]
fn a_class_can_be_swapped_waited_for_and_left() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let mut plan = samples::plan(samples::week());
        plan.waiting = vec![place(true)];
        let html = check(&format!("krs-waiting-{lang}"), &page_of(&visit, plan, offers(), None));
        assert!(html.contains("href=\"/krs/tukar/c10?periode=20261\"") && html.contains("Keamanan Informasi A"));
        assert!(html.contains("href=\"/krs/tunggu/c8?periode=20261\""));
        assert_eq!(html.matches("action=\"/krs/batal/c11?periode=20261\"").count(), 2, "row and list");
        assert!(html.contains("id=\"tunggu\""));
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut plan = samples::plan(samples::week());
    plan.waiting = vec![place(true)];
    let html = page_of(&visit, plan, offers(), None).render().unwrap();
    for said in [
        "Anda nomor 3 dari 7 di daftar tunggu",
        "40 kursi terisi, 7 menunggu",
        "Saat kursi datang, Keamanan Informasi A dilepas.",
        "Berlaku sampai Jumat, 21 Agustus 2026 pukul 23.59 WIB",
    ] {
        assert!(html.contains(said), "{said}");
    }
}

#[test]
fn the_page_that_asks_before_a_swap_shows_both_classes_and_the_sum() {
    let offer = |id: &str| offers().into_iter().find(|offer| offer.class.id == id).unwrap();
    let plan = samples::plan(samples::week());
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let page = exchange::page(&visit, Kind::Swap, &plan, &offer("c10"), None, None);
        let html = check(&format!("swap-{lang}"), &page);
        assert!(
            html.contains("action=\"/krs/tukar/c10?periode=20261\"") && html.contains("name=\"lepas\" value=\"c3\"")
        );
        let page = exchange::page(&visit, Kind::Wait, &plan, &offer("c8"), None, None);
        let html = check(&format!("wait-{lang}"), &page);
        assert!(html.contains("action=\"/krs/tunggu/c8?periode=20261\"") && html.contains("<option value=\"c3\""));
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let html = exchange::page(&visit, Kind::Swap, &plan, &offer("c10"), None, None).render().unwrap();
    assert!(html.contains("21 menjadi 21 dari 24 SKS") && html.contains("Kelas lama Anda aman."));
    // What does not count towards the ceiling changes nothing of the sum.
    let swapped = |gone: bool, come: bool| {
        let mut plan = plan.clone();
        let given = plan.items.iter_mut().find(|item| item.class.id == "c3").unwrap();
        given.uncounted = gone;
        plan.credits_uncounted = if gone { given.class.course.credits } else { 0 };
        let offer = api::Choice { uncounted: come, ..offer("c10") };
        exchange::page(&visit, Kind::Swap, &plan, &offer, None, None).render().unwrap()
    };
    assert_eq!(offer("c10").class.course.credits, 3);
    assert!(swapped(true, false).contains("18 menjadi 21 dari 24 SKS"));
    assert!(swapped(false, true).contains("21 menjadi 18 dari 24 SKS"));
    assert!(swapped(true, true).contains("18 menjadi 18 dari 24 SKS"));
    let html = exchange::page(&visit, Kind::Wait, &plan, &offer("c8"), None, None).render().unwrap();
    assert!(html.contains("Anda akan menjadi nomor 8") && html.contains("(boleh dikosongkan)"));
    // A place lasts as long as a class can be taken: to the end of the revision, when there is one.
    let mut revised = plan.clone();
    revised.revision_window = Some(Window { closes_at: "2026-09-04T17:00:00Z".parse().unwrap(), ..revision() });
    let html = exchange::page(&visit, Kind::Wait, &revised, &offer("c8"), None, None).render().unwrap();
    assert!(html.contains("Jumat, 4 September 2026 pukul 23.59 WIB"));
    let html = check("wait-already", &exchange::page(&visit, Kind::Wait, &plan, &offer("c11"), None, None));
    assert!(html.contains("Anda sudah mengantre di kelas ini.") && html.contains("Anda nomor 3 dari 7"));
    assert!(!html.contains("id=\"form-tukar\"") && !html.contains("Semua kursi sudah terisi."));
    // It became impossible in the meantime.
    let mut note = Note::new(Tone::Bad, "Kelas belum ditukar.", "Rencana Anda tidak berubah.");
    note.items = vec![crate::view::Reason { title: "Semua kursi sudah terisi.".into(), detail: String::new() }];
    let mut gone = offer("c10");
    gone.swap_class_id = None;
    let html = check("swap-refused", &exchange::page(&visit, Kind::Swap, &plan, &gone, Some(note), None));
    assert!(!html.contains("id=\"form-tukar\"") && html.contains("Semua kursi sudah terisi."));
    let html = check("swap-not", &exchange::page(&visit, Kind::Swap, &plan, &gone, None, None));
    assert!(html.contains("Bentrok dengan Keamanan Informasi A.") && html.contains("tidak bisa ditukar sekarang"));
    let mut same = offer("c8");
    same.class.course.id.clone_from(&plan.items[0].class.course.id);
    let html = check("wait-same-course", &exchange::page(&visit, Kind::Wait, &plan, &same, None, None));
    assert!(html.contains("<option value=\"c1\" selected>") && !html.contains("<option value=\"\""));
    assert!(!html.contains("(boleh dikosongkan)"), "a second class of the course is none to keep");
    let empty = samples::plan(Vec::new());
    let html = check("wait-empty", &exchange::page(&visit, Kind::Wait, &empty, &offer("c8"), None, None));
    assert!(!html.contains("<select"), "nothing to give back, nothing to choose");
}

#[test]
fn whoever_waits_is_warned_before_handing_in() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut plan = samples::plan(samples::week());
    plan.waiting = vec![place(false)];
    let html = check("submit-waiting", &submit::page(&visit, "20261", Some(&plan), None, None));
    assert!(html.contains("Anda masih menunggu kursi.") && html.contains("Komputasi Awan B"));
    assert!(html.contains("id=\"form-ajukan\""), "it is a warning, not a lock");
}

#[test]
fn a_package_is_offered_to_an_empty_plan() {
    let mut full = samples::week().remove(1);
    full.taken = Some(40);
    let package = |name: &str| Package {
        id: "p1".into(),
        period_code: "20261".into(),
        programme_id: "p1".into(),
        cohort: Some(2026),
        name: name.into(),
        classes: vec![samples::week().remove(0), full.clone()],
        version: 1,
    };
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let mut page = page_of(&visit, samples::plan(Vec::new()), samples::offers(), None);
        page.packages = krs::package::cards(&visit, &[package("Paket semester 1")]);
        let html = check(&format!("package-{lang}"), &page);
        assert!(html.contains("action=\"/krs/paket/p1?periode=20261\"") && html.contains("Paket semester 1"));
        assert!(html.contains("Jaringan Komputer A"));
    }
    let visit = visit(Lang::En, STUDENT, NAME);
    let mut page = page_of(&visit, samples::plan(Vec::new()), Vec::new(), None);
    page.packages = krs::package::cards(&visit, &[package(samples::HOSTILE)]);
    check("hostile-package", &page);
}

#[test]
fn an_approved_plan_can_be_opened_while_its_window_is_open() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let mut plan = samples::plan(samples::week());
        (plan.state, plan.revision_window) = (PlanState::Approved, Some(revision()));
        let html = check(&format!("revise-{lang}"), &submitted::page(&visit, &plan, None));
        assert!(html.contains("action=\"/krs/ubah\"") && html.contains("data-left=\"53700\""));
        plan.state = PlanState::Revising;
        let html = check(&format!("revising-{lang}"), &page_of(&visit, plan, samples::offers(), None));
        assert!(html.contains("action=\"/krs/lepas/c1?periode=20261\"") && html.contains("data-left=\"53700\""));
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut plan = samples::plan(samples::week());
    (plan.state, plan.revision_window) = (PlanState::Approved, Some(revision()));
    plan.revise_refusals = vec![samples::refusal("krs-closed", &[("closed_at", "2026-08-12T17:00:00Z")])];
    let html = check("revise-not", &submitted::page(&visit, &plan, None));
    assert!(!html.contains("/krs/ubah") && html.contains("KRS ini belum bisa diubah."));
}

#[test]
fn a_class_without_a_seat_is_said_to_have_none() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut plan = samples::plan(samples::week());
    plan.seat_policy = SeatPolicy::AtSubmit;
    plan.items.iter_mut().for_each(|item| item.wished = true);
    let html = check("krs-wished", &page_of(&visit, plan.clone(), samples::offers(), None));
    assert!(html.contains("semua kursi diambil bersama-sama saat rencana diajukan"));
    assert!(html.contains("kursinya belum tercatat") && html.contains("Belum ada kursi"));
    let html = check("submit-wished", &submit::page(&visit, "20261", Some(&plan), None, None));
    assert!(html.contains("Belum ada kursi"));
}

#[test]
fn what_could_not_be_recorded_for_the_crowd_is_kept_and_sent_again() {
    let posted = |tries: &str| {
        let fields =
            [("token", "t"), ("key", "0123456789abcdef"), ("back", "/krs?q=x"), ("lepas", "c3"), ("coba", tries)];
        Posted(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    };
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let again = busy::again(&visit, "/krs/tukar/c10?periode=20261", "20261", &posted("1"), 2);
        let page = busy::BusyPage { f: visit.frame("KRS", Layout::Task, "/krs"), again };
        let html = check(&format!("busy-{lang}"), &page);
        assert!(html.contains("data-again=\"4\"") && html.contains("name=\"key\" value=\"0123456789abcdef\""));
        assert!(html.contains("name=\"lepas\" value=\"c3\"") && html.contains("name=\"coba\" value=\"2\""));
        assert_eq!(html.matches("name=\"token\"").count(), html.matches("<form").count());
        assert!(html.contains("name=\"back\" value=\"/krs?q=x\""));
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let again = busy::again(&visit, "/krs/tarik", "20261", &posted("6"), 2);
    let part = busy::BusyPart { f: visit.frame("", Layout::Task, "/krs"), again };
    let html = check("busy-part", &part);
    assert!(!html.contains("data-again") && html.contains("menekan berkali-kali tidak membuatnya tercatat dua kali"));
}

#[test]
fn hostile_names_stay_text_in_lines_and_swaps() {
    let hostile = samples::HOSTILE;
    let visit = visit(Lang::En, STUDENT, hostile);
    let mut plan = samples::plan(samples::week().into_iter().map(samples::hostile).collect());
    let mut waits = place(true);
    (waits.class, waits.instead_of) = (samples::hostile(waits.class), Some(hostile.into()));
    plan.waiting = vec![waits];
    let mut offers = offers();
    offers.iter_mut().for_each(|offer| offer.class = samples::hostile(offer.class.clone()));
    let mut line = admission(AdmissionState::Waiting);
    line.seed = Some(hostile.into());
    check("hostile-room", &page_of(&visit, plan.clone(), offers.clone(), Some(line)));
    check("hostile-waiting", &page_of(&visit, plan.clone(), offers.clone(), None));
    for (kind, id) in [(Kind::Swap, "c10"), (Kind::Wait, "c8")] {
        let offer = offers.iter().find(|offer| offer.class.id == id).unwrap();
        check(&format!("hostile-{kind:?}"), &exchange::page(&visit, kind, &plan, offer, None, Some(hostile)));
    }
    let posted = Posted(vec![(hostile.into(), hostile.into()), ("back".into(), hostile.into())]);
    let again = busy::again(&visit, hostile, hostile, &posted, 1);
    check("hostile-busy", &busy::BusyPage { f: visit.frame("", Layout::Task, "/krs"), again });
}
