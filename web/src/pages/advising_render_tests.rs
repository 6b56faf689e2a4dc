//! The advisor's queue and the review of a plan, rendered from samples.

use api::{
    Ceiling, CeilingReason, Page, Plan, PlanActor, PlanCount, PlanDeed, PlanQueue, PlanRow, PlanState, PlanStep,
    RoleKind,
};

use super::advising::queue::{self, Filter};
use super::advising::review::{self, Fetched, Typed};
use super::krs::samples;
use super::render_tests::*;
use crate::error::Failure;
use crate::i18n::Lang;
use crate::local::Local;
use crate::view::Note;
use crate::visit::Visit;

const ADVISOR: &str = "Dr. Ir. Hendra Wijaya, M.T.";

fn advisor(lang: Lang) -> Visit {
    visit(lang, &[RoleKind::Lecturer], ADVISOR)
}

pub(super) fn row(id: &str, nim: &str, name: &str, credits: u32, gpa: Option<u32>, flags: &[&str]) -> PlanRow {
    PlanRow {
        student_id: id.into(),
        nim: nim.into(),
        student_name: Some(name.into()),
        programme_id: "p1".into(),
        state: PlanState::Submitted,
        credits,
        ceiling: Ceiling { credits: 24, reason: CeilingReason::LastGpa, last_gpa_hundredths: gpa },
        gpa_hundredths: gpa,
        changed_at: Some(samples::now()),
        version: 3,
        flags: flags.iter().map(|word| samples::refusal(word, &[])).collect(),
    }
}

pub(super) fn waiting() -> PlanQueue {
    let count = |state, plans| PlanCount { state, plans };
    PlanQueue {
        items: vec![
            row("s1", "2410512034", NAME, 23, Some(334), &["prerequisite-pending"]),
            row("s2", "2410512035", "Farhan Maulana", 24, Some(271), &["credit-limit", "gpa-pending", "hold-unknown"]),
            row("s3", "2410512036", "Hanifah Zahra", 24, Some(386), &[]),
            row("s4", "2410512037", "Ilham Ramadhan", 18, None, &["results-unknown"]),
        ],
        next_cursor: Some("a+b/c=".into()),
        counts: vec![
            count(PlanState::Submitted, 6),
            count(PlanState::Returned, 2),
            count(PlanState::Approved, 19),
            count(PlanState::None, 3),
        ],
    }
}

fn queue_page(visit: &Visit, query: &str, found: Result<PlanQueue, Failure>) -> queue::QueuePage {
    let mut filter = Filter::read(&Local::parse(&format!("/perwalian?{query}")).unwrap().query());
    filter.period = "20261".into();
    queue::page(visit, &filter, &queue::Fetched { periods: vec![period()], queue: found })
}

pub(super) fn steps() -> Page<PlanStep> {
    let step = |version, deed, state, actor, note: Option<&str>, class: Option<&str>| PlanStep {
        version,
        deed,
        state,
        at: samples::now(),
        account_id: Some("a1".into()),
        actor,
        actor_name: Some(if actor == PlanActor::Student { NAME.into() } else { ADVISOR.into() }),
        note: note.map(str::to_owned),
        class_label: class.map(str::to_owned),
    };
    let items = vec![
        step(5, PlanDeed::Submit, PlanState::Submitted, PlanActor::Student, None, None),
        step(4, PlanDeed::Add, PlanState::Returned, PlanActor::Student, None, Some("IF3143 B")),
        step(
            3,
            PlanDeed::Return,
            PlanState::Returned,
            PlanActor::Advisor,
            Some("Ulangi Probabilitas.\nLalu ajukan lagi."),
            None,
        ),
        step(2, PlanDeed::Drop, PlanState::Draft, PlanActor::Student, None, None),
    ];
    Page { items, next_cursor: None }
}

fn submitted() -> Plan {
    let mut plan = samples::plan(samples::week());
    plan.state = PlanState::Submitted;
    plan.flags = vec![samples::refusal("hold-unknown", &[])];
    plan
}

fn fetched(plan: Plan) -> Fetched {
    Fetched { plan: Ok(plan), steps: Some(steps()), queue: Ok(waiting()), stands_in: false }
}

fn review_page(visit: &Visit, fetched: &Fetched, typed: Typed) -> review::ReviewPage {
    review::page(visit, "s1", "20261", fetched, typed)
}

#[test]
fn the_queue_shows_who_waits_with_what_to_look_at() {
    for lang in Lang::ALL {
        let visit = advisor(lang);
        let html = check(&format!("queue-{lang}"), &queue_page(&visit, "", Ok(waiting())));
        assert!(html.contains("href=\"/perwalian/s1/20261\"") && html.contains("Farhan Maulana"));
        assert!(packed(&html) < 15 * 1024);
    }
    let visit = advisor(Lang::Id);
    let html = check("queue", &queue_page(&visit, "status=disetujui&q=na", Ok(waiting())));
    assert!(html.contains("Menunggu 6") && html.contains("Tanpa KRS 3") && html.contains("Semua 30"));
    assert!(!html.contains("Dikunci 0"), "what nobody has used has no tab");
    assert!(html.contains("status=disetujui&#38;q=na&#38;kursor=a%2Bb%2Fc%3D"), "the next page keeps the filter");
    assert!(html.contains("Di atas batas SKS") && html.contains("1 lagi"));
    assert!(html.contains("name=\"status\" value=\"disetujui\""), "a search stays under its tab");
}

#[test]
fn an_empty_queue_and_a_queue_without_its_service_say_which() {
    let visit = advisor(Lang::Id);
    let none = || PlanQueue { items: Vec::new(), next_cursor: None, counts: Vec::new() };
    let html = check("queue-empty", &queue_page(&visit, "", Ok(none())));
    assert!(html.contains("Tidak ada KRS yang menunggu Anda."));
    let html = check("queue-search", &queue_page(&visit, "q=zz", Ok(none())));
    assert!(html.contains("Tidak ada mahasiswa yang cocok") && html.contains("value=\"zz\""));
    let html = check("queue-down", &queue_page(&visit, "q=zz", Err(Failure::Down)));
    assert!(html.contains("Antrean belum dapat ditampilkan") && html.contains("value=\"zz\""));
}

#[test]
fn only_those_of_the_office_who_advise_too_choose_whose_plans() {
    let both = visit(Lang::Id, &[RoleKind::Lecturer, RoleKind::Registrar], ADVISOR);
    assert!(check("queue-both", &queue_page(&both, "", Ok(waiting()))).contains("Bimbingan saya"));
    let registrar = visit(Lang::Id, &[RoleKind::Registrar], "Sri Rahayu");
    assert!(!check("queue-office", &queue_page(&registrar, "", Ok(waiting()))).contains("Bimbingan saya"));
}

#[test]
fn the_review_shows_the_plan_what_to_look_at_and_both_decisions() {
    for lang in Lang::ALL {
        let visit = advisor(lang);
        let html = check(&format!("review-{lang}"), &review_page(&visit, &fetched(submitted()), Typed::default()));
        assert!(html.contains("value=\"setuju\"") && html.contains("value=\"kembali\""));
        assert!(html.contains("name=\"versi\" value=\"1\"") && html.contains("href=\"/transkrip?mahasiswa=s1\""));
        assert!(html.contains("Ulangi Probabilitas."), "the earlier note stands in the history");
        assert!(packed(&html) < 15 * 1024);
    }
    let visit = advisor(Lang::Id);
    let html = check("review", &review_page(&visit, &fetched(submitted()), Typed::default()));
    assert!(html.contains("3,34 / 3,57") && html.contains("21 dari 24 SKS"));
    assert!(html.contains("Catatan tunggakan mahasiswa belum kami terima."), "said about the student");
    assert!(html.contains("href=\"/perwalian/s1/20261\" aria-current=\"true\""), "its place in the queue");
}

#[test]
fn a_plan_that_cannot_be_approved_says_why_and_can_still_be_returned() {
    let visit = advisor(Lang::Id);
    let mut plan = submitted();
    let limit = [("wanted", "26"), ("ceiling", "24"), ("ceiling_reason", "last-gpa")];
    plan.approve_refusals = vec![samples::refusal("credit-limit", &limit), samples::refusal("status-inactive", &[])];
    let html = check("review-blocked", &review_page(&visit, &fetched(plan), Typed::default()));
    assert!(html.contains("Rencananya 26 SKS;") && html.contains("Mahasiswa belum registrasi ulang"));
    assert!(!html.contains("value=\"setuju\"") && html.contains("value=\"kembali\""));
}

#[test]
fn what_was_typed_stays_whatever_the_answer_is() {
    let visit = advisor(Lang::Id);
    let note = "Ganti <b>IF305</b>\ndengan IF201";
    let typed =
        |error: &str, said| Typed { note: note.into(), error: error.into(), said, version: 7, ..Typed::default() };
    let wrong = typed("Tulis apa yang perlu diubah", None);
    let html = check("review-wrong", &review_page(&visit, &fetched(submitted()), wrong));
    assert!(html.contains("<title>Galat: Persetujuan KRS") && html.contains("href=\"#catatan\""));
    assert!(html.contains("aria-invalid=\"true\"") && html.contains("Ganti &#60;b&#62;IF305"));
    let down = Fetched { plan: Err(Failure::Down), steps: None, queue: Err(Failure::Down), stands_in: false };
    let said = Some(Note::down(Lang::Id, "down-decide"));
    let html = check("review-down", &review_page(&visit, &down, typed("", said)));
    assert!(html.contains("dengan IF201") && html.contains("name=\"versi\" value=\"7\""));
    assert!(html.contains("Rencana ini belum dapat ditampilkan") && !html.contains("value=\"setuju\""));
    let html = check("review-all-down", &review_page(&visit, &down, Typed::default()));
    assert!(!html.contains("id=\"form-putusan\""), "without a plan and a note there is nothing to send");
}

#[test]
fn a_button_is_there_only_for_whom_and_when_it_would_work() {
    let buttons = |visit: &Visit, state| {
        let mut plan = submitted();
        plan.state = state;
        let html = check("review-state", &review_page(visit, &fetched(plan), Typed::default()));
        (html.contains("value=\"setuju\""), html.contains("value=\"kembali\""))
    };
    let advisor = advisor(Lang::Id);
    assert_eq!(buttons(&advisor, PlanState::Submitted), (true, true));
    assert_eq!(buttons(&advisor, PlanState::Approved), (false, true));
    for state in [PlanState::None, PlanState::Draft, PlanState::Returned, PlanState::Locked, PlanState::Void] {
        assert_eq!(buttons(&advisor, state), (false, false), "{state:?}");
    }
    let registrar = visit(Lang::Id, &[RoleKind::Registrar], "Sri Rahayu");
    assert_eq!(buttons(&registrar, PlanState::Submitted), (true, true));
    let reader = visit(Lang::Id, &[RoleKind::ProgrammeAdmin], "Sri Rahayu");
    assert_eq!(buttons(&reader, PlanState::Submitted), (false, false));
    let mut of_another = submitted();
    of_another.advisor_id = Some("l2".into());
    let html = check("review-other", &review_page(&advisor, &fetched(of_another), Typed::default()));
    assert!(!html.contains("id=\"form-putusan\""), "another lecturer's advisee");
}

#[test]
fn hostile_names_stay_text_on_the_desk() {
    let hostile = samples::HOSTILE;
    let visit = visit(Lang::En, &[RoleKind::Lecturer], hostile);
    let mut found = waiting();
    for row in &mut found.items {
        (row.student_id, row.nim, row.student_name) = (hostile.into(), hostile.into(), Some(hostile.into()));
        row.flags = vec![samples::refusal(hostile, &[("class", hostile)])];
    }
    check("hostile-queue", &queue_page(&visit, "q=%3Cscript%3Ealert", Ok(found.clone())));
    let mut plan = samples::plan(samples::week().into_iter().map(samples::hostile).collect());
    plan.state = PlanState::Submitted;
    (plan.student_name, plan.nim, plan.note) = (Some(hostile.into()), Some(hostile.into()), Some(hostile.into()));
    let mut happened = steps();
    for step in &mut happened.items {
        (step.actor_name, step.note, step.class_label) =
            (Some(hostile.into()), Some(hostile.into()), Some(hostile.into()));
    }
    let fetched = Fetched { plan: Ok(plan), steps: Some(happened), queue: Ok(found), stands_in: false };
    let typed = Typed { note: format!("</textarea>{hostile}"), ..Typed::default() };
    check("hostile-review", &review_page(&visit, &fetched, typed));
}
