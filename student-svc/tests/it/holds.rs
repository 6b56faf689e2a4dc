//! Holds and their waivers.

use chassis::both_engines;
use jiff::{SignedDuration, Timestamp};
use proto::common::v1::PageRequest;
use proto::student::v1 as pb;
use tonic::Status;

use crate::support::{App, fields, reason, wrong};

async fn place(app: &App, student_id: &str, kind: i32, note: &str) -> Result<pb::Hold, Status> {
    let request = pb::PlaceHoldRequest { student_id: student_id.into(), kind, note: note.into() };
    app.students(&app.registrar()).place_hold(request).await.map(tonic::Response::into_inner)
}

async fn waive(app: &App, hold: &pb::Hold, until: Option<Timestamp>) -> Result<pb::Hold, Status> {
    let until = until.map(|at| prost_types::Timestamp { seconds: at.as_second(), nanos: 0 });
    let request = pb::WaiveHoldRequest { hold_id: hold.id.clone(), until, version: hold.version };
    app.students(&app.registrar()).waive_hold(request).await.map(tonic::Response::into_inner)
}

async fn lift(app: &App, hold: &pb::Hold) -> Result<pb::Hold, Status> {
    let request = pb::LiftHoldRequest { hold_id: hold.id.clone() };
    app.students(&app.registrar()).lift_hold(request).await.map(tonic::Response::into_inner)
}

async fn holds(app: &App, student_id: &str) -> Vec<pb::Hold> {
    let request = pb::ListHoldsRequest { student_id: student_id.into(), page: None };
    app.students(&app.registrar()).list_holds(request).await.unwrap().into_inner().holds
}

const LIBRARY: i32 = pb::HoldKind::Library as i32;

both_engines! {
    async fn a_hold_is_placed_waived_and_lifted(app: App) {
        let campus = app.campus().await;
        let placed = place(&app, &campus.sari, LIBRARY, " Buku  belum kembali ").await.unwrap();
        assert_eq!((placed.note.as_str(), placed.version, placed.student_id.as_str()), ("Buku belum kembali", 1, campus.sari.as_str()));
        assert_eq!(placed.placed_at.unwrap().seconds, app.now().as_second());
        assert_eq!((placed.waived_until, placed.lifted_at), (None, None));
        assert_eq!(holds(&app, &campus.sari).await, std::slice::from_ref(&placed));

        let until = app.now() + SignedDuration::from_hours(48);
        let waived = waive(&app, &placed, Some(until)).await.unwrap();
        assert_eq!((waived.version, waived.waived_until.unwrap().seconds), (2, until.as_second()));
        let longer = waive(&app, &waived, Some(until + SignedDuration::from_hours(1))).await.unwrap();
        assert_eq!(longer.version, 3);

        let lifted = lift(&app, &longer).await.unwrap();
        assert_eq!((lifted.version, lifted.lifted_at.unwrap().seconds), (4, app.now().as_second()));
        app.clock.advance(SignedDuration::from_mins(1));
        assert_eq!(lift(&app, &lifted).await.unwrap(), lifted, "lifting it again changes nothing");
        assert_eq!(holds(&app, &campus.sari).await, [lifted]);
    }

    async fn the_same_hold_binds_once_and_can_come_back(app: App) {
        let campus = app.campus().await;
        let first = place(&app, &campus.sari, LIBRARY, "Buku").await.unwrap();
        assert_eq!(reason(place(&app, &campus.sari, LIBRARY, "Buku").await), "hold-exists");
        place(&app, &campus.sari, LIBRARY, "Buku lain").await.unwrap();
        lift(&app, &first).await.unwrap();
        let back = place(&app, &campus.sari, LIBRARY, "Buku").await.unwrap();
        assert_ne!(back.id, first.id);
        assert_eq!(holds(&app, &campus.sari).await.len(), 3);
    }

    async fn a_hold_names_every_wrong_field(app: App) {
        let campus = app.campus().await;
        assert_eq!(fields(place(&app, &campus.sari, 0, " ").await), wrong([("kind", "unknown-value"), ("note", "required")]));
        assert_eq!(fields(place(&app, &campus.sari, 77, &"x".repeat(201)).await), wrong([("kind", "unknown-value"), ("note", "too-long")]));
        assert_eq!(reason(place(&app, "x", LIBRARY, "Buku").await), "not-found");
        assert_eq!(holds(&app, &campus.sari).await, []);
    }

    async fn a_waiver_ends_ahead_and_needs_a_hold_that_binds_as_it_was_read(app: App) {
        let campus = app.campus().await;
        let hold = place(&app, &campus.sari, LIBRARY, "Buku").await.unwrap();
        assert_eq!(fields(waive(&app, &hold, None).await), wrong([("until", "required")]));
        assert_eq!(fields(waive(&app, &hold, Some(app.now())).await), wrong([("until", "not-ahead")]));
        let never = pb::WaiveHoldRequest { hold_id: hold.id.clone(), until: Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }), version: 1 };
        assert_eq!(fields(app.students(&app.registrar()).waive_hold(never).await), wrong([("until", "bad-time")]));
        let ahead = Some(app.now() + SignedDuration::from_hours(1));
        assert_eq!(reason(waive(&app, &pb::Hold { version: 2, ..hold.clone() }, ahead).await), "version-stale");
        let lifted = lift(&app, &hold).await.unwrap();
        assert_eq!(reason(waive(&app, &lifted, ahead).await), "hold-lifted");
        for id in ["", "x", campus.sari.as_str()] {
            let nothing = pb::Hold { id: id.into(), ..hold.clone() };
            assert_eq!(reason(waive(&app, &nothing, ahead).await), "not-found");
            assert_eq!(reason(lift(&app, &nothing).await), "not-found");
        }
    }

    async fn holds_come_latest_first_page_by_page(app: App) {
        let campus = app.campus().await;
        for note in ["a", "b", "c", "d", "e"] {
            place(&app, &campus.sari, LIBRARY, note).await.unwrap();
            app.clock.advance(SignedDuration::from_secs(1));
        }
        let mut client = app.students(&app.student(&campus.sari));
        let mut notes = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = Some(PageRequest { size: 2, cursor });
            let answer = client.list_holds(pb::ListHoldsRequest { student_id: campus.sari.clone(), page }).await.unwrap().into_inner();
            notes.extend(answer.holds.into_iter().map(|h| h.note));
            cursor = answer.page.unwrap().next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        assert_eq!(notes, ["e", "d", "c", "b", "a"]);
    }
}
