//! Seats given by ranked wishes, rendered from samples: the wishes, the giving, what became of them, and the office's pages.

use api::{Allocation, AllocationOutcome, AllocationState, Page, Plan, Refusal, RoleKind, SeatPolicy, Wish, Wishes};
use askama::Template as _;

use super::entry::Fields;
use super::home;
use super::krs::catalogue::Filter;
use super::krs::wishes::{Sharing, SharingPart, Wished};
use super::krs::{self, Fetched, allocated::Allocated, change, samples, submitted};
use super::listing::Asked;
use super::periods::allocation::{self, Found};
use super::periods::{allocate, form};
use super::render_tests::*;
use crate::i18n::Lang;
use crate::view::{Layout, Note, Part, Tone};
use crate::visit::Visit;

const REGISTRAR: &[RoleKind] = &[RoleKind::Registrar];

fn wish((rank, class): (u32, api::Class)) -> Wish {
    Wish { class, rank, wishers: 52 - rank, refusals: Vec::new() }
}

/// Three wishes: one that many want, one that clashes as things are, one more.
fn wishes(allocation: AllocationState) -> Wishes {
    let mut wishes: Vec<_> = (1..).zip(samples::week().into_iter().take(3)).map(wish).collect();
    let clash = [("class", "IF3101 A"), ("class_id", "c1"), ("day", "1"), ("start", "420"), ("end", "570")];
    wishes[1].wishers = 12;
    wishes[1].refusals = vec![samples::refusal("schedule-clash", &clash)];
    Wishes {
        student_id: "s1".into(),
        period_code: "20261".into(),
        wishes,
        refusals: Vec::new(),
        limit: 30,
        allocation,
        version: 4,
    }
}

fn run(state: AllocationState) -> Allocation {
    let started = !matches!(state, AllocationState::None | AllocationState::Pending);
    Allocation {
        period_code: "20261".into(),
        state,
        seed: started.then(|| "undian 2026-08-13".into()),
        run_at: started.then(samples::now),
        done_at: (state == AllocationState::Done).then(samples::now),
        round: if started { 3 } else { 0 },
        students: 812,
        settled: if started { 412 } else { 0 },
        wishes: 4872,
        granted: if started { 3960 } else { 0 },
    }
}

fn outcome(rank: u32, class: &str, refusals: Vec<Refusal>) -> AllocationOutcome {
    AllocationOutcome {
        student_id: "s1".into(),
        nim: "2410512034".into(),
        student_name: Some(NAME.into()),
        class_id: class.into(),
        class_label: format!("IF{rank} A"),
        rank,
        place: 37,
        round: rank,
        granted: refusals.is_empty(),
        refusals,
    }
}

fn outcomes() -> Vec<AllocationOutcome> {
    let full = samples::refusal("class-full", &[("capacity", "40"), ("taken", "40")]);
    vec![outcome(1, "c1", vec![full]), outcome(2, "c2", Vec::new()), outcome(3, "c3", Vec::new())]
}

fn plan(classes: Vec<api::Class>) -> Plan {
    Plan { seat_policy: SeatPolicy::Allocation, ..samples::plan(classes) }
}

fn page_of(visit: &Visit, mut plan: Plan, wished: Wished) -> krs::KrsPage {
    let filter = Filter { period: "20261".into(), page: 1, ..Filter::default() };
    let mut offers = samples::offers();
    if wished.open().is_some() {
        let pending = samples::refusal("allocation-pending", &[("state", "pending")]);
        plan.refusals.push(pending.clone());
        offers.iter_mut().for_each(|offer| {
            offer.in_plan = false;
            offer.refusals.push(pending.clone());
        });
    }
    let fetched = Fetched {
        plan: Ok(plan),
        offers: Ok((offers, false)),
        admission: None,
        packages: Vec::new(),
        wished: Some(wished),
    };
    krs::page(visit, &filter, fetched)
}

fn pending(wishes: Wishes) -> Wished {
    Wished { wishes: Some(wishes), allocation: None, outcomes: None }
}

fn done(outcomes: Option<Vec<AllocationOutcome>>) -> Wished {
    Wished { wishes: Some(wishes(AllocationState::Done)), allocation: Some(run(AllocationState::Done)), outcomes }
}

#[test]
fn while_wishes_can_be_put_the_page_is_about_their_order() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let page = page_of(&visit, plan(Vec::new()), pending(wishes(AllocationState::Pending)));
        let html = check(&format!("wishes-{lang}"), &page);
        assert!(html.contains("action=\"/krs/pilihan?periode=20261\"") && html.contains("name=\"versi\" value=\"4\""));
        assert!(!html.contains("value=\"naik:c1\"") && html.contains("value=\"turun:c1\""), "the first goes no higher");
        assert!(html.contains("value=\"naik:c3\"") && !html.contains("value=\"turun:c3\""), "the last goes no lower");
        assert_eq!(html.matches("value=\"hapus:c2\"").count(), 2, "in the list and in the catalogue");
        assert!(html.contains("value=\"tambah:c9\"") && !html.contains("action=\"/krs/kelas"));
        assert!(
            !html.contains("id=\"halangan\"") && !html.contains("allocation-pending"),
            "it is said once, as the way it is"
        );
        assert!(!html.contains("id=\"panel\""), "there is no plan yet");
        assert!(packed(&html) < 15 * 1024);
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let html = page_of(&visit, plan(Vec::new()), pending(wishes(AllocationState::Pending))).render().unwrap();
    for said in [
        "Kursi dibagi dari pilihan berurutan.",
        "3 dari 30 pilihan",
        "51 mahasiswa memilih, 40 kursi",
        "Bisa diubah sampai Jumat, 21 Agustus 2026 pukul 23.59 WIB",
        "Pilihan 2",
        "Bentrok dengan",
    ] {
        assert!(html.contains(said), "{said}");
    }
}

#[test]
fn wishes_are_empty_full_closed_or_not_to_be_read() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let none = Wishes { wishes: Vec::new(), version: 0, ..wishes(AllocationState::Pending) };
    let html = check("wishes-empty", &page_of(&visit, plan(Vec::new()), pending(none)));
    assert!(html.contains("Belum ada. Tekan Tambah pada kelas") && !html.contains("id=\"form-pilihan\""));
    assert!(html.contains("name=\"versi\" value=\"0\""), "the first wish is added to none");
    let full = Wishes { limit: 3, ..wishes(AllocationState::Pending) };
    let html = check("wishes-full", &page_of(&visit, plan(Vec::new()), pending(full)));
    assert!(html.contains("Pilihan penuh") && !html.contains("value=\"tambah:"));
    let mut closed = wishes(AllocationState::Pending);
    closed.refusals = vec![samples::refusal("krs-closed", &[("closed_at", "2026-08-12T17:00:00Z")])];
    let html = check("wishes-closed", &page_of(&visit, plan(Vec::new()), pending(closed)));
    assert!(html.contains("Pilihan belum bisa diubah sekarang.") && html.contains("Di pilihan"));
    assert!(!html.contains("/krs/pilihan"), "nothing is to be pressed");
    let down = Wished { wishes: None, allocation: None, outcomes: None };
    let html = check("wishes-down", &page_of(&visit, plan(Vec::new()), down));
    assert!(html.contains("Pilihan Anda belum dapat ditampilkan"));
}

#[test]
fn whoever_holds_a_seat_already_sees_it_beside_the_wishes() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let plan = plan(samples::week().into_iter().take(1).collect());
    let html = check("wishes-and-plan", &page_of(&visit, plan, pending(wishes(AllocationState::Pending))));
    assert!(html.contains("id=\"pilihan\"") && html.contains("action=\"/krs/lepas/c1?periode=20261\""));
}

/// Ids of the parts that htmx puts into their places in the page.
fn sent(html: &str) -> Vec<&str> {
    let tags = html.split("hx-swap-oob=").map(|before| &before[before.rfind('<').unwrap_or(0)..]);
    let ids = tags.filter_map(|tag| tag.split(" id=\"").nth(1)?.split('"').next());
    ids.take(html.matches("hx-swap-oob=").count()).collect()
}

#[test]
fn giving_such_a_seat_back_sends_only_what_has_its_place_on_the_page() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let held = |count| plan(samples::week().into_iter().take(count).collect());
    let filter = Filter { period: "20261".into(), page: 1, ..Filter::default() };
    let swapped = |tone, plan: Plan, wished| {
        let mut offers = samples::offers();
        offers.iter_mut().for_each(|offer| {
            offer.in_plan = false;
            offer.refusals.push(samples::refusal("allocation-pending", &[("state", "pending")]));
        });
        let note = Note::new(tone, "Kelas dilepas.", "");
        let found = change::Found { plan, offers, cut: false, wished: Some(wished) };
        change::KrsSwap::new(&visit, "c1", &filter, note, found)
    };
    for tone in [Tone::Ok, Tone::Bad] {
        let page = page_of(&visit, held(2), pending(wishes(AllocationState::Pending))).render().unwrap();
        let swap = swapped(tone, held(1), pending(wishes(AllocationState::Pending)));
        let html = check("wishes-swap", &swap);
        let ids = sent(&html);
        assert!(ids.contains(&"pilihan") && ids.contains(&"kabar") && ids.contains(&"tersimpan"), "{ids:?}");
        for id in ids {
            assert!(page.contains(&format!(" id=\"{id}\"")), "{id} has no place");
        }
        assert!(!html.contains("allocation-pending"), "it is said once, as the way it is");
    }
    // Afterwards the page has its bar again, and gets it.
    let page = page_of(&visit, held(2), done(Some(outcomes()))).render().unwrap();
    let swap = swapped(Tone::Ok, held(1), done(Some(outcomes())));
    let html = check("allocated-swap", &swap);
    assert!(sent(&html).contains(&"aksi") && sent(&html).contains(&"ringkas"));
    assert!(sent(&html).iter().all(|id| page.contains(&format!(" id=\"{id}\""))));
}

#[test]
fn while_seats_are_given_one_sees_how_far_it_is_and_changes_nothing() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let started = samples::refusal("allocation-started", &[("started_at", "2026-08-13T02:00:00Z")]);
        let frozen = Wishes { refusals: vec![started], ..wishes(AllocationState::Running) };
        let allocation = Some(run(AllocationState::Running));
        let wished = Wished { wishes: Some(frozen), allocation, outcomes: None };
        let html = check(&format!("sharing-{lang}"), &page_of(&visit, plan(Vec::new()), wished));
        assert!(html.contains("hx-get=\"/krs/pembagian?periode=20261\"") && html.contains("load delay:3s"));
        assert!(html.contains("<noscript><meta http-equiv=\"refresh\" content=\"6\"></noscript>"));
        assert!(!html.contains("/krs/pilihan") && html.contains("viewBox=\"0 0 812 1\""));
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let allocation = Some(run(AllocationState::Running));
    let wished = Wished { wishes: Some(wishes(AllocationState::Running)), allocation, outcomes: None };
    let sharing = Sharing::of(&visit, "20261", &wished).unwrap();
    let part = SharingPart { f: visit.frame("", Layout::Task, "/krs"), sharing };
    assert!(check("sharing-part", &part).contains("412 dari 812 mahasiswa selesai, putaran 3"));
}

#[test]
fn afterwards_every_wish_is_explained_and_the_page_is_the_usual_one() {
    let got = || plan(samples::week().into_iter().skip(1).take(2).collect());
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let html = check(&format!("allocated-{lang}"), &page_of(&visit, got(), done(Some(outcomes()))));
        assert!(html.contains("id=\"hasil-bagi\"") && html.contains("action=\"/krs/kelas/c9?periode=20261\""));
        assert!(!html.contains("/krs/pilihan") && html.contains("id=\"panel\""));
        assert!(html.contains("undian 2026-08-13"));
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let html = page_of(&visit, got(), done(Some(outcomes()))).render().unwrap();
    for said in [
        "2 dari 3 pilihan Anda mendapat kursi.",
        "Kursi langsung tercatat atas nama Anda begitu Anda menekan Ambil.",
        "37 dari 812",
        "Semua kursi sudah terisi.",
        "Dapat kursi",
        "putaran 2",
        "printf %s &#39;undian 2026-08-13s1&#39; | sha256sum",
    ] {
        assert!(html.contains(said), "{said}");
    }
    let html = check("allocated-none", &page_of(&visit, got(), done(Some(Vec::new()))));
    assert!(html.contains("Anda tidak menyusun pilihan.") && !html.contains("id=\"per-pilihan\""));
    let html = check("allocated-down", &page_of(&visit, got(), done(None)));
    assert!(html.contains("Hasil pembagian belum dapat ditampilkan") && html.contains("/krs/kelas/c9"));
    let mut handed_in = got();
    handed_in.state = api::PlanState::Submitted;
    let mut page = submitted::page(&visit, &handed_in, None);
    page.allocated = Allocated::of(&visit, &handed_in, &done(Some(outcomes())));
    assert!(check("allocated-submitted", &page).contains("id=\"hasil-bagi\""));
}

fn asked(pairs: &[(&str, &str)]) -> Asked {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Asked::read(allocation::path("20261"), &[("nim", 32), ("kelas", 64)], &pairs)
}

#[test]
fn a_class_is_called_by_the_code_or_the_name_of_its_course() {
    let class = samples::named("c1", "IF201", "Basis  Data", "A", Vec::new());
    for label in ["if201 a", "IF201  A", "Basis Data A", "basis data a"] {
        assert!(allocation::is_called(&class, &chassis::text::fold(label)), "{label}");
    }
    for label in ["if201", "IF201 A1", "IF20 A", "Data A", ""] {
        assert!(!allocation::is_called(&class, &chassis::text::fold(label)), "{label}");
    }
}

#[test]
fn the_office_runs_it_watches_it_and_reads_what_became_of_it() {
    for lang in Lang::ALL {
        let visit = visit(lang, REGISTRAR, "Sri Rahayu");
        let html = check(
            &format!("allocation-pending-{lang}"),
            &allocation::page(&visit, &asked(&[]), &run(AllocationState::Pending), None),
        );
        assert!(html.contains("href=\"/periode/20261/pembagian/jalankan\"") && html.contains("<dd>4872</dd>"));
        let html = check(
            &format!("allocation-running-{lang}"),
            &allocation::page(&visit, &asked(&[]), &run(AllocationState::Running), None),
        );
        assert!(html.contains("hx-trigger=\"load delay:2s\"") && !html.contains("/jalankan"));
        let rows = Page { items: outcomes(), next_cursor: Some("next".into()) };
        let html = check(
            &format!("allocation-done-{lang}"),
            &allocation::page(&visit, &asked(&[]), &run(AllocationState::Done), Some(Found::Rows(rows))),
        );
        assert!(html.contains("href=\"/perwalian/s1/20261\"") && html.contains("kursor=next"));
        assert!(html.contains("href=\"/periode/20261/pembagian?kelas=IF2+A&#38;id-kelas=c2\""));
        let html = check(
            &format!("allocate-{lang}"),
            &allocate::page(&visit, "20261", Some(&run(AllocationState::Pending)), &Fields::default(), "key"),
        );
        assert!(html.contains("name=\"benih\"") && html.contains("btn-bad") && html.contains("812"));
    }
    let visit = visit(Lang::Id, REGISTRAR, "Sri Rahayu");
    let of = |state, pairs: &[(&str, &str)], found| allocation::page(&visit, &asked(pairs), &run(state), found);
    let nobody = Some(Found::Nobody("outcomes-no-student"));
    let html = check("allocation-nobody", &of(AllocationState::Done, &[("nim", "1")], nobody));
    assert!(html.contains("Tidak ada mahasiswa dengan NIM itu.") && html.contains("Hapus saringan"));
    let html = check("allocation-down", &of(AllocationState::Done, &[], Some(Found::Down)));
    assert!(html.contains("undian 2026-08-13"), "the rest is there");
    let html = check("allocation-otherwise", &of(AllocationState::None, &[], None));
    assert!(html.contains("Di periode ini kursi tidak dibagi dari pilihan berurutan.") && !html.contains("<dl"));
}

#[test]
fn the_period_says_where_its_seats_are_given() {
    let mut by_wishes = period();
    let visit = visit(Lang::Id, REGISTRAR, "Sri Rahayu");
    let html =
        |period: &api::Period| form::page(&visit, Some(period), &form::typed(&visit, period), "key").render().unwrap();
    assert!(!html(&by_wishes).contains("/periode/20261/pembagian"));
    by_wishes.registration.seat_policy = SeatPolicy::Allocation;
    let html = html(&by_wishes);
    assert!(html.contains("href=\"/periode/20261/pembagian\"") && html.contains("value=\"allocation\" selected"));
}

#[test]
fn the_front_page_leads_to_the_wishes() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let html = |reason: &str| {
        let mut plan = plan(Vec::new());
        plan.refusals = vec![samples::refusal(reason, &[("state", "pending")])];
        home::page(&visit, Some(&student_home(plan, Vec::new(), NAME)), REQUIRED).unwrap().render().unwrap()
    };
    let wishing = html("allocation-pending");
    assert!(wishing.contains("Susun pilihan") && !wishing.contains("Kursi periode ini belum dibagi."));
    assert!(!html("hold-tuition").contains("Susun pilihan"));
}

#[test]
fn hostile_names_stay_text_in_wishes_and_outcomes() {
    let hostile = samples::HOSTILE;
    let visit = visit(Lang::En, STUDENT, hostile);
    let mut list = wishes(AllocationState::Pending);
    list.wishes.iter_mut().for_each(|wish| wish.class = samples::hostile(wish.class.clone()));
    check("hostile-wishes", &page_of(&visit, plan(Vec::new()), pending(list)));
    let named = |mut one: AllocationOutcome| {
        (one.class_label, one.student_name, one.nim) = (hostile.into(), Some(hostile.into()), hostile.into());
        one
    };
    let outcomes: Vec<_> = outcomes().into_iter().map(named).collect();
    let mut wished = done(Some(outcomes.clone()));
    let seeded = Allocation { seed: Some(hostile.into()), ..run(AllocationState::Done) };
    wished.allocation = Some(seeded.clone());
    wished.wishes.as_mut().unwrap().wishes.clear();
    check("hostile-allocated", &page_of(&visit, plan(Vec::new()), wished));
    let rows = Found::Rows(Page { items: outcomes, next_cursor: None });
    let asked = asked(&[("nim", hostile), ("kelas", hostile)]);
    check("hostile-allocation", &allocation::page(&visit, &asked, &seeded, Some(rows)));
    let typed = Fields::default().with("benih", hostile);
    check("hostile-allocate", &allocate::page(&visit, "20261", None, &typed, hostile));
    let Some(Part::Ready(result)) = Allocated::of(&visit, &plan(Vec::new()), &done(Some(Vec::new()))) else {
        panic!("there are outcomes");
    };
    assert!(result.rows.is_empty());
}
