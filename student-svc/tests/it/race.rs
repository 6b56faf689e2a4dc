//! Those who do the same at the same time.

use chassis::both_engines;
use proto::student::v1 as pb;
use tokio::task::JoinSet;

use crate::support::{App, reason};

const ROUNDS: i64 = 20;
const AT_ONCE: usize = 8;

both_engines! {
    async fn of_many_changes_to_one_version_one_wins(app: App) {
        let campus = app.campus().await;
        for round in 0..ROUNDS {
            let before = app.read(&campus.budi).await;
            let head = app.head().await;
            let mut calls = JoinSet::new();
            for n in 0..AT_ONCE {
                let mut client = app.students(&app.registrar());
                let student = pb::Student { phone: format!("0812000{round:02}{n:02}"), ..before.clone() };
                calls.spawn(async move { client.update(pb::UpdateStudentRequest { student: Some(student) }).await });
            }
            let mut won = Vec::new();
            while let Some(call) = calls.join_next().await {
                match call.unwrap() {
                    Ok(answer) => won.push(answer.into_inner()),
                    refused => assert_eq!(reason(refused), "version-stale"),
                }
            }
            assert_eq!(won.len(), 1, "round {round}");
            let after = app.read(&campus.budi).await;
            assert_eq!(after, won[0]);
            assert_eq!(after.version, before.version + 1);
            assert_eq!(app.head().await, head + 1, "one change, one event");
        }
    }

    async fn of_many_students_with_one_nim_one_is_made(app: App) {
        let campus = app.campus().await;
        for round in 0..ROUNDS {
            let mut calls = JoinSet::new();
            for n in 0..AT_ONCE {
                let mut client = app.students(&app.registrar());
                let student = pb::Student {
                    nim: format!("24059{round:05}"), name: format!("Nomor {n}"), programme_id: campus.informatics.clone(),
                    entry_period: "20241".into(), ..Default::default()
                };
                calls.spawn(async move { client.create(pb::CreateStudentRequest { student: Some(student) }).await });
            }
            let mut made = 0;
            while let Some(call) = calls.join_next().await {
                match call.unwrap() {
                    Ok(_) => made += 1,
                    refused => assert_eq!(reason(refused), "nim-taken"),
                }
            }
            assert_eq!(made, 1, "round {round}");
        }
        assert_eq!(app.all_students().await.len(), 2 + usize::try_from(ROUNDS).unwrap());
    }

    async fn of_many_waivers_of_one_version_one_wins(app: App) {
        let campus = app.campus().await;
        let mut registrar = app.students(&app.registrar());
        let place = pb::PlaceHoldRequest { student_id: campus.sari.clone(), kind: pb::HoldKind::Academic.into(), note: "Sanksi".into() };
        let mut hold = registrar.place_hold(place).await.unwrap().into_inner();
        for round in 0..ROUNDS {
            let mut calls = JoinSet::new();
            for n in 0..AT_ONCE {
                let mut client = app.students(&app.registrar());
                let seconds = app.now().as_second() + 60 + i64::try_from(n).unwrap();
                let request = pb::WaiveHoldRequest {
                    hold_id: hold.id.clone(), until: Some(prost_types::Timestamp { seconds, nanos: 0 }), version: hold.version,
                };
                calls.spawn(async move { client.waive_hold(request).await });
            }
            let mut won = Vec::new();
            while let Some(call) = calls.join_next().await {
                match call.unwrap() {
                    Ok(answer) => won.push(answer.into_inner()),
                    refused => assert_eq!(reason(refused), "version-stale"),
                }
            }
            assert_eq!(won.len(), 1, "round {round}");
            hold = won.remove(0);
        }
    }

    async fn a_status_set_by_many_at_once_has_a_version_for_each_change(app: App) {
        let campus = app.campus().await;
        for round in 0..ROUNDS {
            let head = app.head().await;
            let period = format!("{}1", 2027 + round);
            let mut calls = JoinSet::new();
            for n in 0..AT_ONCE {
                let mut client = app.students(&app.registrar());
                let status = i32::try_from(n % 5 + 1).unwrap();
                let request = pb::PutStatusRequest { student_id: campus.budi.clone(), period_code: period.clone(), status };
                calls.spawn(async move { client.put_status(request).await });
            }
            let mut highest = 0;
            while let Some(call) = calls.join_next().await {
                highest = highest.max(call.unwrap().unwrap().into_inner().version);
            }
            assert_eq!(app.head().await, head + highest, "as many events as versions, round {round}");
        }
    }
}
