//! Handing a plan in, what it looks like afterwards, and its card, rendered from samples.

use api::{Plan, PlanState};
use askama::Template as _;

use super::advising_render_tests::steps;
use super::krs::{card, samples, submit, submitted};
use super::krs_render_tests::krs_page;
use super::render_tests::*;
use crate::i18n::Lang;
use crate::view::{Note, Tone};

fn plan(state: PlanState) -> Plan {
    let mut plan = samples::plan(samples::week());
    plan.state = state;
    plan
}

#[test]
fn a_plan_that_can_be_handed_in_leads_to_the_page_that_asks() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let html = krs_page(&visit, "", Some(plan(PlanState::Draft)), Some(samples::offers())).render().unwrap();
    assert!(
        html.contains("href=\"/krs/ajukan?periode=20261\"")
            && html.contains("Ajukan<span class=\"wide\"> ke dosen wali")
    );
    assert!(html.contains("aria-current=\"step\"><b>Draf</b>") && html.contains("Hendra Wijaya</small>"));
}

#[test]
fn what_would_refuse_it_is_said_before_the_click() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut refused = plan(PlanState::Draft);
    refused.submit_refusals = vec![samples::refusal("status-inactive", &[])];
    let html = check("krs-not-ready", &krs_page(&visit, "", Some(refused), Some(samples::offers())));
    assert!(!html.contains("/krs/ajukan") && html.contains("id=\"belum-ajukan\""));
    assert!(html.contains("Anda belum registrasi ulang") && html.contains("Rencana ini belum bisa diajukan."));
    let mut empty = samples::plan(Vec::new());
    let unopened = samples::refusal("plan-state", &[("state", "none"), ("wanted", "draft")]);
    empty.submit_refusals = vec![unopened, samples::refusal("plan-empty", &[])];
    let html = check("krs-empty-plan", &krs_page(&visit, "", Some(empty), Some(samples::offers())));
    assert!(html.contains("Ambil kelas lebih dahulu") && !html.contains("id=\"belum-ajukan\""));
}

#[test]
fn a_returned_plan_shows_the_note_and_can_be_changed() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut returned = plan(PlanState::Returned);
    returned.note = Some("Ulangi Probabilitas <dulu>.\nLalu ajukan lagi.".into());
    let html = check("krs-returned", &krs_page(&visit, "", Some(returned), Some(samples::offers())));
    assert!(html.contains("Ulangi Probabilitas &#60;dulu&#62;.") && html.contains("Dosen wali meminta perubahan."));
    assert!(html.contains("<b>Revisi</b>") && html.contains("action=\"/krs/lepas/c1?periode=20261\""));
    assert!(html.contains("/krs/ajukan"), "it can be handed in again");
}

#[test]
fn the_page_that_asks_shows_what_is_handed_in_and_the_version_of_it() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let page = submit::page(&visit, "20261", Some(&plan(PlanState::Draft)), None, None);
        let html = check(&format!("submit-{lang}"), &page);
        assert!(html.contains("name=\"versi\" value=\"1\"") && html.contains("name=\"periode\" value=\"20261\""));
        assert!(html.contains("name=\"key\"") && html.contains("Jaringan Komputer A"));
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut refused = plan(PlanState::Draft);
    refused.submit_refusals =
        vec![samples::refusal("hold-tuition", &[("note", "UKT")]), samples::refusal("credit-limit", &[])];
    let html = check("submit-refused", &submit::page(&visit, "20261", Some(&refused), None, None));
    assert!(!html.contains("id=\"form-ajukan\""), "no button that would be refused");
    assert!(html.contains("Ada pembayaran UKT") && html.contains("Melebihi batas SKS Anda."));
    let note = Note::down(Lang::Id, "down-submit");
    let html = check("submit-down", &submit::page(&visit, "20261", None, Some(note), None));
    assert!(html.contains("Rencana belum dapat ditampilkan") && html.contains("Kami belum tahu"));
}

#[test]
fn after_it_was_handed_in_the_plan_is_read_only_and_says_how_to_take_it_back() {
    for lang in Lang::ALL {
        let visit = visit(lang, STUDENT, NAME);
        let page = submitted::page(&visit, &plan(PlanState::Submitted), Some(&steps()));
        let html = check(&format!("submitted-{lang}"), &page);
        assert!(html.contains("action=\"/krs/tarik\"") && html.contains("name=\"versi\" value=\"1\""));
        assert!(!html.contains("action=\"/krs/lepas") && !html.contains("action=\"/krs/kelas"));
        assert!(html.contains("Dr. Ir. Hendra Wijaya, M.T.") && html.contains("IF3143 B"));
    }
    let visit = visit(Lang::Id, STUDENT, NAME);
    let mut blocked = plan(PlanState::Submitted);
    blocked.refusals =
        vec![samples::refusal("plan-submitted", &[]), samples::refusal("hold-tuition", &[("note", "UKT")])];
    let html = check("submitted-blocked", &submitted::page(&visit, &blocked, None));
    assert!(html.contains("Ada yang berubah setelah Anda mengajukan.") && html.contains("Ada pembayaran UKT"));
    assert!(html.contains("Riwayat belum dapat ditampilkan"), "the history is missing alone");
}

#[test]
fn approved_and_locked_plans_have_a_card_and_nothing_to_take_back() {
    let visit = visit(Lang::Id, STUDENT, NAME);
    for (state, said) in [
        (PlanState::Approved, "KRS Anda disetujui."),
        (PlanState::Locked, "KRS Anda sudah dikunci."),
        (PlanState::Void, "KRS ini tidak berlaku."),
    ] {
        let html =
            check(&format!("submitted-{}", state.as_str()), &submitted::page(&visit, &plan(state), Some(&steps())));
        assert!(html.contains(said), "{said}");
        assert!(!html.contains("/krs/tarik"));
        assert_eq!(html.contains("/krs/kartu?periode=20261"), state != PlanState::Void);
    }
    let mut voided = steps();
    let why = |version: i64, note: &str| {
        let step = voided.items[0].clone();
        api::PlanStep { version, deed: api::PlanDeed::Void, note: Some(note.into()), ..step }
    };
    let (first, last) = (why(80, "Keliru"), why(90, "Pindah <kampus>"));
    voided.items.extend([first, last]);
    let html = check("void-reason", &submitted::page(&visit, &plan(PlanState::Void), Some(&voided)));
    assert!(html.contains("<b>Alasannya:</b> Pindah &#60;kampus&#62;</li>"), "why it is void is read first");
    let approved = submitted::page(&visit, &plan(PlanState::Approved), Some(&voided)).render().unwrap();
    assert!(!approved.contains("Alasannya:"), "that is over");
    let student = student(NAME);
    let html = check("card", &card::page(&visit, "20261", Some(&plan(PlanState::Approved)), Some(&student)));
    assert!(html.contains("Disetujui secara elektronik") && html.contains("R. 3.04"));
    let html = check("card-no-student", &card::page(&visit, "20261", Some(&plan(PlanState::Approved)), None));
    assert!(!html.contains("S1 Informatika") && html.contains(NAME));
    assert!(check("card-down", &card::page(&visit, "20261", None, None)).contains("Rencana belum dapat"));
}

#[test]
fn hostile_names_stay_text_in_plans() {
    let hostile = samples::HOSTILE;
    let visit = visit(Lang::En, STUDENT, hostile);
    let mut plan = samples::plan(samples::week().into_iter().map(samples::hostile).collect());
    (plan.advisor_name, plan.note) = (Some(hostile.into()), Some(hostile.into()));
    (plan.student_name, plan.nim) = (Some(hostile.into()), Some(hostile.into()));
    plan.flags = vec![samples::refusal("prerequisite-unmet", &[("wanted", hostile), ("have", hostile)])];
    let note = Note::new(Tone::Bad, hostile, hostile);
    check("hostile-submit", &submit::page(&visit, hostile, Some(&plan), Some(note), Some(hostile)));
    check("hostile-returned", &krs_page(&visit, "", Some(plan.clone()), Some(Vec::new())));
    plan.state = PlanState::Approved;
    check("hostile-submitted", &submitted::page(&visit, &plan, Some(&steps())));
    check("hostile-card", &card::page(&visit, hostile, Some(&plan), None));
}
