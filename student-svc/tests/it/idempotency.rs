//! Commands that are sent more than once under one Idempotency-Key.

use chassis::both_engines;
use proto::student::v1 as pb;

use crate::support::{App, Campus, fields, keyed, reason, wrong};

fn hold(campus: &Campus, note: &str) -> pb::PlaceHoldRequest {
    pb::PlaceHoldRequest { student_id: campus.sari.clone(), kind: pb::HoldKind::Document.into(), note: note.into() }
}

fn student(campus: &Campus, nim: &str) -> pb::CreateStudentRequest {
    let student = pb::Student {
        nim: nim.into(),
        name: "Tono".into(),
        programme_id: campus.informatics.clone(),
        entry_period: "20241".into(),
        ..Default::default()
    };
    pb::CreateStudentRequest { student: Some(student) }
}

both_engines! {
    async fn one_key_has_one_effect_and_one_answer(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.registrar());
        let head = app.head().await;
        let first = client.create(keyed(student(&campus, "2405010077"), "key-1")).await.unwrap().into_inner();
        for _ in 0..2 {
            let again = client.create(keyed(student(&campus, "2405010077"), "key-1")).await.unwrap().into_inner();
            assert_eq!(again, first);
        }
        assert_eq!(app.head().await, head + 1);
        assert_eq!(app.all_students().await.len(), 3);
        assert_eq!(reason(client.create(student(&campus, "2405010077")).await), "nim-taken", "without the key it is a new request");

        let placed = client.place_hold(keyed(hold(&campus, "Ijazah"), "key-1")).await.unwrap().into_inner();
        assert_eq!(client.place_hold(keyed(hold(&campus, "Ijazah"), "key-1")).await.unwrap().into_inner(), placed, "keys of two methods are two keys");
        let until = Some(prost_types::Timestamp { seconds: app.now().as_second() + 60, nanos: 0 });
        let waiver = pb::WaiveHoldRequest { hold_id: placed.id.clone(), until, version: 1 };
        let waived = client.waive_hold(keyed(waiver.clone(), "key-1")).await.unwrap().into_inner();
        assert_eq!(waived.version, 2);
        assert_eq!(client.waive_hold(keyed(waiver.clone(), "key-1")).await.unwrap().into_inner(), waived);
        assert_eq!(reason(client.waive_hold(waiver).await), "version-stale", "without the key it is a new request");
        assert_eq!(app.head().await, head + 3);
    }

    async fn a_key_belongs_to_one_body_and_one_account(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.registrar());
        client.place_hold(keyed(hold(&campus, "Ijazah"), "key-1")).await.unwrap();
        assert_eq!(reason(client.place_hold(keyed(hold(&campus, "Transkrip"), "key-1")).await), "idempotency-key-reused");
        let other = app.token(|t| t.account("acc-other").registrar());
        assert_eq!(reason(app.students(&other).place_hold(keyed(hold(&campus, "Ijazah"), "key-1")).await), "hold-exists");
        assert_eq!(fields(client.place_hold(keyed(hold(&campus, "x"), "two words")).await), wrong([("idempotency-key", "idempotency-key-invalid")]));
    }

    async fn a_refusal_is_decided_anew(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.registrar());
        let placed = client.place_hold(hold(&campus, "Ijazah")).await.unwrap().into_inner();
        assert_eq!(reason(client.place_hold(keyed(hold(&campus, "Ijazah"), "key-1")).await), "hold-exists");
        client.lift_hold(pb::LiftHoldRequest { hold_id: placed.id }).await.unwrap();
        client.place_hold(keyed(hold(&campus, "Ijazah"), "key-1")).await.unwrap();
    }

    async fn ten_at_once_have_one_effect(app: App) {
        let campus = app.campus().await;
        for round in 0..20 {
            let head = app.head().await;
            let mut calls = tokio::task::JoinSet::new();
            for _ in 0..10 {
                let mut client = app.students(&app.registrar());
                let request = keyed(hold(&campus, &format!("Ijazah {round}")), &format!("round-{round}"));
                calls.spawn(async move { client.place_hold(request).await });
            }
            let mut answers = Vec::new();
            while let Some(call) = calls.join_next().await {
                match call.unwrap() {
                    Ok(answer) => answers.push(answer.into_inner()),
                    refused => assert_eq!(reason(refused), "request-in-flight"),
                }
            }
            assert!(!answers.is_empty(), "somebody was first");
            assert!(answers.iter().all(|answer| *answer == answers[0]), "all hear the same: {answers:?}");
            assert_eq!(app.head().await, head + 1, "round {round}");
        }
    }
}
