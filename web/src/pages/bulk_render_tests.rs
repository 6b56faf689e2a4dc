//! Approving many plans, delegations, leftovers and voiding, rendered from samples.

use api::{
    Approval, ApprovalOutcome, ApprovalState, Delegation, Page, PlanQueue, PlanRow, PlanState, Programme, RoleKind,
};

use super::advising::queue::{self, Filter, Tab};
use super::advising::review::{self, Fetched, Typed};
use super::advising::{bulk, delegations, leftovers, progress};
use super::advising_render_tests::{row, waiting};
use super::classes::lookup::Lookup;
use super::entry::Fields;
use super::krs::samples;
use super::render_tests::*;
use crate::error::Failure;
use crate::i18n::Lang;
use crate::visit::Visit;

const ADVISOR: &str = "Dr. Ir. Hendra Wijaya, M.T.";

fn advisor(lang: Lang) -> Visit {
    visit(lang, &[RoleKind::Lecturer], ADVISOR)
}

fn filter() -> Filter {
    Filter { period: "20261".into(), tab: Tab::Waiting, ..Filter::default() }
}

fn queue_page(visit: &Visit, filter: &Filter, found: PlanQueue) -> queue::QueuePage {
    queue::page(visit, filter, &queue::Fetched { periods: vec![period()], queue: Ok(found) })
}

#[test]
fn those_who_decide_choose_plans_in_the_list() {
    for lang in Lang::ALL {
        let html = check(&format!("queue-bulk-{lang}"), &queue_page(&advisor(lang), &filter(), waiting()));
        assert!(html.contains("name=\"pilih\" value=\"s3:3\" form=\"form-massal\""));
        assert!(
            html.contains("action=\"/perwalian/massal\"") && html.contains("href=\"/perwalian/massal?periode=20261\"")
        );
        assert!(html.contains("href=\"/perwalian/delegasi\""));
    }
    let reader = visit(Lang::Id, &[RoleKind::ProgrammeAdmin], "Sri Rahayu");
    let html = check("queue-reader", &queue_page(&reader, &filter(), waiting()));
    assert!(!html.contains("name=\"pilih\"") && !html.contains("/perwalian/delegasi"));
    let approved = Filter { tab: Tab::Approved, ..filter() };
    let html = check("queue-approved", &queue_page(&advisor(Lang::Id), &approved, waiting()));
    assert!(!html.contains("name=\"pilih\""), "only what waits is approved");
    let registrar = visit(Lang::Id, &[RoleKind::Registrar], "Sri Rahayu");
    let html = check("queue-registrar", &queue_page(&registrar, &filter(), waiting()));
    assert!(html.contains("href=\"/perwalian/sisa?periode=20261\"") && html.contains("name=\"pilih\""));
}

#[test]
fn all_with_nothing_to_look_at_are_shown_before_they_are_approved() {
    for lang in Lang::ALL {
        let visit = advisor(lang);
        let html = check(&format!("bulk-{lang}"), &bulk::page(&visit, &filter(), Some(&(waiting().items, false))));
        assert_eq!(html.matches("name=\"pilih\"").count(), 1, "three of four have something to look at");
        assert!(html.contains("value=\"s3:3\" checked"));
    }
    let visit = advisor(Lang::Id);
    let html = check("bulk", &bulk::page(&visit, &filter(), Some(&(waiting().items, true))));
    assert!(html.contains("1 KRS menunggu tanpa catatan. 3 KRS lain perlu dilihat satu per satu"));
    assert!(html.contains("Paling banyak 1000 KRS sekali setuju."));
    let plain: Vec<_> = waiting().items.into_iter().filter(|row| row.flags.is_empty()).collect();
    let html = check("bulk-all-plain", &bulk::page(&visit, &filter(), Some(&(plain, false))));
    assert!(html.contains("Tidak ada KRS lain yang menunggu.") && !html.contains("satu per satu"));
    let html = check("bulk-none", &bulk::page(&visit, &filter(), Some(&(Vec::new(), false))));
    assert!(!html.contains("id=\"tombol-massal\""));
    let html = check("bulk-down", &bulk::page(&visit, &filter(), None));
    assert!(html.contains("Antrean belum dapat ditampilkan"));
}

#[test]
fn three_hundred_plans_fit_into_one_form_and_one_page() {
    let id = |n: usize| format!("0198f2d0-6a9e-7c35-9c39-{n:012}");
    let many: Vec<PlanRow> =
        (0..300).map(|n| row(&id(n), &format!("24105{n:05}"), "Hanifah Zahra", 24, Some(386), &[])).collect();
    let html = check("bulk-300", &bulk::page(&advisor(Lang::Id), &filter(), Some(&(many.clone(), false))));
    assert_eq!(html.matches("name=\"pilih\"").count(), 300);
    assert!(packed(&html) < 30 * 1024, "{}", packed(&html));
    let mut form = form_urlencoded::Serializer::new(String::new());
    for row in many.iter().cycle().take(bulk::MOST) {
        form.append_pair("pilih", &bulk::pick(row));
    }
    assert!(form.finish().len() < 60 * 1024, "as many as may be sent fit into a form");
}

fn approval(state: ApprovalState, approved: u32, refused: u32) -> Approval {
    Approval {
        id: "b1".into(),
        period_code: "20261".into(),
        state,
        total: 300,
        approved,
        refused,
        started_at: samples::now(),
        finished_at: (state == ApprovalState::Done).then(samples::now),
    }
}

fn outcomes(name: &str) -> Page<ApprovalOutcome> {
    let outcome = |id: &str, name: Option<&str>, done, words: &[&str]| ApprovalOutcome {
        student_id: id.into(),
        nim: "2410512035".into(),
        name: name.map(str::to_owned),
        done,
        refusals: words.iter().map(|word| samples::refusal(word, &[])).collect(),
    };
    let items = vec![
        outcome("s1", Some(name), true, &["hold-tuition", "status-inactive"]),
        outcome("s2", None, true, &[]),
        outcome("s3", Some("Hanifah Zahra"), false, &[]),
    ];
    Page { items, next_cursor: Some("x/y".into()) }
}

#[test]
fn a_bulk_approval_shows_how_far_it_is_and_then_every_outcome() {
    for lang in Lang::ALL {
        let visit = advisor(lang);
        let running = progress::page(&visit, &approval(ApprovalState::Running, 118, 2), Some(&outcomes("Farhan")), "");
        let html = check(&format!("progress-{lang}"), &running);
        assert!(html.contains("viewBox=\"0 0 300 1\"") && html.contains("<rect width=\"120\""));
        assert!(html.contains("hx-trigger=\"load delay:1s\"") && html.contains("http-equiv=\"refresh\" content=\"3\""));
        assert!(!html.contains("id=\"h-hasil\""), "the outcomes come when it is done");
        let done = progress::page(&visit, &approval(ApprovalState::Done, 298, 2), Some(&outcomes("Farhan")), "");
        let html = check(&format!("progress-done-{lang}"), &done);
        assert!(!html.contains("hx-trigger") && !html.contains("http-equiv"));
        assert!(html.contains("href=\"/perwalian/s1/20261\"") && html.contains("kursor=x%2Fy"));
    }
    let visit = advisor(Lang::Id);
    let done = progress::page(&visit, &approval(ApprovalState::Done, 298, 2), Some(&outcomes("Farhan")), "c");
    let html = check("progress-done", &done);
    assert!(html.contains("Selesai: 300 dari 300") && html.contains("Mahasiswa belum registrasi ulang"));
    assert!(html.contains("href=\"/perwalian/massal/b1\""), "back to the first page");
    let html = check("progress-down", &progress::page(&visit, &approval(ApprovalState::Done, 300, 0), None, ""));
    assert!(html.contains("Hasil belum dapat ditampilkan") && html.contains("Selesai: 300 dari 300"));
}

fn delegation(id: &str, name: &str, ended: bool) -> Delegation {
    Delegation {
        id: id.into(),
        advisor_id: "l1".into(),
        advisor_name: Some(ADVISOR.into()),
        delegate_id: "l2".into(),
        delegate_name: Some(name.into()),
        from: samples::now(),
        until: samples::window().closes_at,
        note: Some("Cuti melahirkan".into()),
        ended_at: ended.then(samples::now),
    }
}

fn delegations_page(visit: &Visit, found: Option<Vec<Delegation>>, name: &str, typed: &Fields) -> String {
    let people = vec![samples::lecturer("l2", "Ratna Sari, M.Cs.", "0012345678")];
    let found = found.map(|items| Page { items, next_cursor: None });
    let about = delegations::About { visit, found, lookup: Lookup { lecturers: people, ..Lookup::default() } };
    check(name, &about.page(typed, "0123456789abcdef"))
}

#[test]
fn delegations_are_listed_given_and_ended() {
    let given = || Some(vec![delegation("d1", "Ratna Sari, M.Cs.", false), delegation("d2", "Bagus P.", true)]);
    for lang in Lang::ALL {
        let html = delegations_page(&advisor(lang), given(), &format!("delegations-{lang}"), &Fields::default());
        assert!(html.contains("action=\"/perwalian/delegasi/d1\"") && !html.contains("/perwalian/delegasi/d2"));
        assert!(html.contains("name=\"pengganti\"") && !html.contains("name=\"wali\""));
        assert!(html.contains("<option>Ratna Sari, M.Cs. (0012345678)</option>"));
    }
    let visit_id = advisor(Lang::Id);
    let html = delegations_page(&visit_id, Some(Vec::new()), "delegations-empty", &Fields::default());
    assert!(!html.contains("Akhiri sekarang") && html.contains("Beri delegasi"));
    let html = delegations_page(&visit_id, None, "delegations-down", &Fields::default());
    assert!(html.contains("Delegasi belum dapat ditampilkan."));
    let registrar = visit(Lang::Id, &[RoleKind::Registrar], "Sri Rahayu");
    let html = delegations_page(&registrar, given(), "delegations-office", &Fields::default());
    assert!(html.contains("name=\"wali\""), "the bureau says for whom");
}

#[test]
fn what_is_left_over_is_asked_about_first() {
    let registrar = visit(Lang::Id, &[RoleKind::Registrar], "Sri Rahayu");
    let html = check("leftovers", &leftovers::page(&registrar, "20261", &[] as &[Programme]));
    assert!(html.contains("Setujui sisa KRS Ganjil 2026/2027?") && html.contains("name=\"periode\" value=\"20261\""));
}

fn fetched(state: PlanState) -> Fetched {
    let mut plan = samples::plan(samples::week());
    plan.state = state;
    Fetched { plan: Ok(plan), steps: None, queue: Ok(waiting()), stands_in: false }
}

#[test]
fn only_the_bureau_voids_a_plan_and_what_was_typed_stays() {
    let registrar = visit(Lang::Id, &[RoleKind::Registrar], "Sri Rahayu");
    let page =
        |visit: &Visit, state, typed| check("review-void", &review::page(visit, "s1", "20261", &fetched(state), typed));
    assert!(page(&registrar, PlanState::Draft, Typed::default()).contains("action=\"/perwalian/s1/20261/batal\""));
    for state in [PlanState::Locked, PlanState::Void, PlanState::None] {
        assert!(!page(&registrar, state, Typed::default()).contains("/batal\""), "{state:?}");
    }
    assert!(!page(&advisor(Lang::Id), PlanState::Submitted, Typed::default()).contains("/batal\""));
    let typed = Typed { void: "SK <12>".into(), void_error: "Tulis alasan".into(), ..Typed::default() };
    let html = page(&registrar, PlanState::Submitted, typed);
    assert!(
        html.contains("SK &#60;12&#62;</textarea>") && html.contains("<details class=\"card more\" id=\"batal\" open>")
    );
}

#[test]
fn a_delegate_decides_as_the_advisor_would() {
    let lecturer = advisor(Lang::Id);
    let of_another = |stands_in| {
        let mut fetched = fetched(PlanState::Submitted);
        fetched.plan.as_mut().unwrap().advisor_id = Some("l9".into());
        Fetched { stands_in, ..fetched }
    };
    let page = |fetched: &Fetched| {
        check("review-delegate", &review::page(&lecturer, "s1", "20261", fetched, Typed::default()))
    };
    assert!(page(&of_another(true)).contains("value=\"setuju\""));
    assert!(!page(&of_another(false)).contains("value=\"setuju\""));
}

#[test]
fn hostile_names_stay_text_in_bulk_approval() {
    let hostile = samples::HOSTILE;
    let visit = visit(Lang::En, &[RoleKind::Lecturer], hostile);
    let mut found = waiting();
    for row in &mut found.items {
        (row.student_id, row.nim, row.student_name) = (hostile.into(), hostile.into(), Some(hostile.into()));
        row.flags.clear();
    }
    check("hostile-bulk", &bulk::page(&visit, &filter(), Some(&(found.items.clone(), true))));
    check("hostile-queue-bulk", &queue_page(&visit, &filter(), found));
    let mut told = outcomes(hostile);
    told.items[0].student_id = hostile.into();
    told.items[0].refusals[0].reason = hostile.into();
    let mut run = approval(ApprovalState::Done, 1, 1);
    run.id = hostile.into();
    check("hostile-progress", &progress::page(&visit, &run, Some(&told), hostile));
    let mut given = delegation(hostile, hostile, false);
    (given.note, given.advisor_name) = (Some(hostile.into()), Some(hostile.into()));
    let typed = Fields::default().with("alasan", hostile).with("pengganti", hostile);
    delegations_page(&visit, Some(vec![given]), "hostile-delegations", &typed);
    let down = Fetched { plan: Err(Failure::Down), ..fetched(PlanState::Draft) };
    check("hostile-review-down", &review::page(&visit, hostile, hostile, &down, Typed::default()));
}
