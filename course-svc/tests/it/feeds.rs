//! What this service hears, and what it tells.

use chassis::outbox::Change;
use proto::course::v1 as pb;
use proto::feed::v1::feed_client::FeedClient;
use proto::feed::v1::snapshot_response::Message as SnapshotMessage;
use proto::feed::v1::subscribe_response::Message;
use proto::feed::v1::{Event, SnapshotRequest, SubscribeRequest};
use proto::student::v1 as student_pb;

use crate::support::{PERIOD, TestApp, answer, decoded, id, input_of, lecturer, reasons, status, student_state};

/// Everything that was told so far, from the first event on.
pub(crate) async fn told(app: &TestApp) -> Vec<Event> {
    let mut feed = FeedClient::new(app.server.channel(&app.pki, "student"));
    let head = FeedClient::new(app.server.channel(&app.pki, "siakad"))
        .get_head(proto::feed::v1::GetHeadRequest {})
        .await
        .expect("a head")
        .into_inner()
        .head;
    let request = SubscribeRequest { consumer: "test".to_owned(), ..Default::default() };
    let mut stream = feed.subscribe(request).await.expect("a stream").into_inner();
    let mut events = Vec::new();
    while i64::try_from(events.len()).expect("few") < head {
        if let Some(Message::Batch(batch)) = stream.message().await.expect("a message").expect("it goes on").message {
            events.extend(batch.events);
        }
    }
    events
}

pub(crate) async fn snapshot(app: &TestApp) -> Vec<Event> {
    let mut feed = FeedClient::new(app.server.channel(&app.pki, "student"));
    let request = SnapshotRequest { consumer: "test".to_owned(), kinds: Vec::new() };
    let mut stream = feed.snapshot(request).await.expect("a stream").into_inner();
    let mut events = Vec::new();
    loop {
        match stream.message().await.expect("a message").expect("it ends properly").message {
            Some(SnapshotMessage::Rows(batch)) => events.extend(batch.events),
            Some(SnapshotMessage::End(_)) => return events,
            _ => {}
        }
    }
}

chassis::both_engines! {
    async fn only_a_newer_status_counts(app: TestApp) {
        app.open_period().await;
        use student_pb::StatusKind::{Active, Inactive, Leave};
        app.tell(&[status("s1", PERIOD, Leave, 3), status("s1", PERIOD, Inactive, 2)]).await;
        assert_eq!(reasons(&app.plan("s1").await.refusals), ["status-on-leave"]);
        app.tell(&[status("s1", PERIOD, Active, 4)]).await;
        assert_eq!(reasons(&app.plan("s1").await.refusals), [""; 0]);
    }

    async fn what_is_gone_is_forgotten(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        app.tell(&[
            Change::tombstone("student.student", id("s1"), 2),
            Change::tombstone("student.lecturer", id("l3"), 2),
            Change::tombstone("student.faculty", id("FH"), 2),
            Change::tombstone("student.programme", id("HK-S1"), 2),
            Change::tombstone("student.hold", id("never"), 1),
        ])
        .await;
        assert_eq!(reasons(&app.plan("s1").await.refusals), ["status-unknown"]);
        let lecturers = vec![pb::ClassLecturer { lecturer_id: id("l3"), ..Default::default() }];
        let request = pb::UpdateClassRequest {
            id: class.id.clone(),
            class: Some(pb::ClassInput { lecturers, ..input_of(&class) }),
            version: 1,
        };
        let fault = answer(app.offering().update_class(request).await).expect_err("the lecturer is gone");
        assert_eq!(fault.fields()[0].reason, "unknown-lecturer");
    }

    async fn a_student_who_moves_takes_plan_and_reader_along(app: TestApp) {
        app.open_period().await;
        let moved = student_state("s1", "SI-S1", "20241", "l3");
        app.tell(&[Change::new("student.student", id("s1"), 2, &moved)]).await;
        let get = || pb::GetPlanRequest { student_id: id("s1"), period_code: PERIOD.to_owned() };
        for (lecturer, reads) in [("l1", false), ("l3", true)] {
            let channel = app.bearing(&app.token().lecturer(&id(lecturer)).sign());
            let mut krs = pb::krs_client::KrsClient::new(channel);
            assert_eq!(krs.get_plan(get()).await.is_ok(), reads, "{lecturer}");
        }
    }

    async fn a_kind_that_is_not_known_is_passed_over(app: TestApp) {
        app.open_period().await;
        let change = Change::new("student.parking_permit", "p1", 1, &student_pb::Faculty::default());
        app.tell(&[change, status("s1", PERIOD, student_pb::StatusKind::Leave, 2)]).await;
        assert_eq!(reasons(&app.plan("s1").await.refusals), ["status-on-leave"]);
    }

    async fn every_change_is_told_with_its_full_state(app: TestApp) {
        let period = app.open_period().await;
        let room = app.room("A.1", 45).await;
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        let plan_id = format!("{}/{PERIOD}", id("s1"));
        app.add("s1", &class.id).await.expect("a seat");
        app.drop("s1", &class.id).await.expect("given back");
        let request = pb::UpdateClassRequest {
            id: class.id.clone(),
            class: Some(pb::ClassInput { capacity: 8, ..input_of(&class) }),
            version: 1,
        };
        let changed = answer(app.offering().update_class(request).await).expect("changed");
        let delete = pb::DeleteClassRequest { id: class.id.clone() };
        answer(app.offering().delete_class(delete).await).expect("removed");

        let events = told(&app).await;
        let names: Vec<_> =
            events.iter().map(|event| (event.kind.as_str(), event.aggregate_id.as_str(), event.version)).collect();
        let course = class.course.clone().expect("a course");
        let expected = [
            ("course.period", PERIOD, 1),
            ("course.room", room.id.as_str(), 1),
            ("course.course", course.id.as_str(), 1),
            ("course.class", class.id.as_str(), 1),
            ("course.plan", plan_id.as_str(), 1),
            ("course.plan", plan_id.as_str(), 2),
            ("course.class", class.id.as_str(), 2),
            ("course.class", class.id.as_str(), 3),
        ];
        assert_eq!(names, expected);
        assert_eq!(decoded::<pb::Period>(&events[0].payload), period);
        assert_eq!(decoded::<pb::Room>(&events[1].payload), room);
        assert_eq!(decoded::<pb::Course>(&events[2].payload), course);
        assert_eq!(decoded::<pb::Class>(&events[3].payload), class);
        let plan = decoded::<pb::PlanSnapshot>(&events[4].payload);
        assert_eq!((plan.student_id, plan.class_ids), (id("s1"), vec![class.id.clone()]));
        assert_eq!(decoded::<pb::PlanSnapshot>(&events[5].payload).class_ids, [""; 0]);
        assert_eq!(decoded::<pb::Class>(&events[6].payload), changed);
        assert!(events[7].tombstone && events[7].payload.is_empty());
        assert!(events.iter().all(|event| event.traceparent.starts_with("00-")), "each has the trace of its command");
    }

    async fn the_snapshot_is_what_the_events_amount_to(app: TestApp) {
        app.open_period().await;
        app.room("A.1", 45).await;
        for n in 0..3 {
            let class = app.offer(&format!("IF20{n}"), 2, 9, (1 + n, 420, 570)).await;
            for student in ["s1", "s2"] {
                app.add(student, &class.id).await.expect("a seat");
            }
        }
        app.submit("s1").await.expect("handed in");
        app.submit("s2").await.expect("handed in");
        app.approve("l1", "s2").await.expect("approved");
        let mut latest = std::collections::BTreeMap::new();
        for event in told(&app).await {
            latest.insert((event.kind, event.aggregate_id), (event.version, event.payload));
        }
        let mut found = std::collections::BTreeMap::new();
        for event in snapshot(&app).await {
            found.insert((event.kind, event.aggregate_id), (event.version, event.payload));
        }
        assert_eq!(found.keys().collect::<Vec<_>>(), latest.keys().collect::<Vec<_>>());
        for (key, (version, payload)) in found {
            let (last, told) = &latest[&key];
            assert_eq!(version, *last, "{key:?}");
            match key.0.as_str() {
                // Seats taken do not change a class's version: its last event may have fewer.
                "course.class" => {
                    let (now, then) = (decoded::<pb::Class>(&payload), decoded::<pb::Class>(told));
                    assert_eq!(pb::Class { taken: then.taken, ..now }, then);
                }
                _ => assert_eq!(&payload, told, "{key:?}"),
            }
        }
    }

    async fn a_new_name_of_a_lecturer_is_shown(app: TestApp) {
        app.open_period().await;
        let course = app.course("IF201", 4).await;
        let lecturers = vec![pb::ClassLecturer { lecturer_id: id("l1"), lead: true, ..Default::default() }];
        let class = app.class(pb::ClassInput { lecturers, ..crate::support::input(&course.id, "A", 9, &[]) }).await;
        let mut renamed = lecturer("l1", "Prof. Andi", "0000000001");
        renamed.version = 2;
        app.tell(&[renamed]).await;
        // One class is read from the database; the list, from memory, follows within half a minute or with the next
        // change of the offering.
        let request = pb::GetClassRequest { id: class.id };
        let shown = answer(app.catalogue().get_class(request).await).expect("a class");
        assert_eq!(shown.lecturers[0].name, "Prof. Andi");
    }
}
