//! What others learn: events, and the snapshot that says the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chassis::both_engines;
use chassis::db::{DbError, Tx};
use chassis::feed::{ApplyError, ConsumerConfig, Event, Projection, consume};
use chassis::testing::{Setup, TestDb, TestEnv, eventually};
use prost::Message as _;
use proto::feed::v1 as feed;
use proto::student::v1 as pb;
use tokio_util::sync::CancellationToken;

use crate::rows;
use crate::support::App;

/// The service, and the database of a consumer.
struct Both {
    app: App,
    mirror: TestDb,
}

impl Setup for Both {
    async fn setup(env: &TestEnv) -> Self {
        Self { app: App::setup(env).await, mirror: TestDb::setup(env).await }
    }
}

/// Kind and id, with version and state.
type State = BTreeMap<(String, String), (i64, Vec<u8>)>;

/// Keeps the last event of everything, in memory; its cursor is in the database.
#[derive(Clone, Default)]
struct Mirror(Arc<Mutex<State>>);

impl Projection for Mirror {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            "student.faculty",
            "student.programme",
            "student.lecturer",
            "student.student",
            "student.status",
            "student.hold",
        ]
    }

    async fn apply(&self, _tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let key = (event.kind.clone(), event.aggregate_id.clone());
        self.0.lock().unwrap().insert(key, (event.version, event.payload.clone()));
        Ok(())
    }

    async fn ids(&self, _tx: &mut Tx, kind: &str, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
        let state = self.0.lock().unwrap();
        let ids = state.keys().filter(|(k, id)| k == kind && id.as_str() > after).map(|(_, id)| id.clone());
        Ok(ids.take(usize::try_from(limit).unwrap()).collect())
    }

    async fn remove(&self, _tx: &mut Tx, kind: &str, id: &str) -> Result<(), DbError> {
        self.0.lock().unwrap().remove(&(kind.to_owned(), id.to_owned()));
        Ok(())
    }
}

async fn snapshot(app: &App) -> State {
    let mut stream = app.feed().snapshot(feed::SnapshotRequest::default()).await.unwrap().into_inner();
    let mut state = State::new();
    let mut ended = false;
    while let Some(response) = stream.message().await.unwrap() {
        match response.message.unwrap() {
            feed::snapshot_response::Message::Start(_) => assert!(state.is_empty()),
            feed::snapshot_response::Message::Rows(batch) => {
                state.extend(batch.events.into_iter().map(|e| ((e.kind, e.aggregate_id), (e.version, e.payload))))
            }
            feed::snapshot_response::Message::End(end) => {
                assert_eq!(end.rows, state.len() as u64, "nothing twice");
                ended = true;
            }
        }
    }
    assert!(ended);
    state
}

/// The events after a position, up to the head.
async fn events_after(app: &App, after: i64) -> Vec<Event> {
    let head = app.head().await;
    let mut stream = app.feed().subscribe(feed::SubscribeRequest::default()).await.unwrap().into_inner();
    let mut events = Vec::new();
    while events.last().map_or(0, |e: &Event| e.seq) < head {
        let response = stream.message().await.unwrap().expect("the feed goes on");
        if let Some(feed::subscribe_response::Message::Batch(batch)) = response.message {
            events.extend(batch.events);
        }
    }
    events.retain(|e| e.seq > after);
    events
}

/// Some of everything that can change.
async fn live(app: &App) {
    let campus = app.campus().await;
    let mut client = app.students(&app.registrar());
    for n in 0..20 {
        let student = pb::Student {
            nim: format!("2405{n:06}"),
            name: format!("Nama {n}"),
            programme_id: campus.informatics.clone(),
            entry_period: "20241".into(),
            ..Default::default()
        };
        client.create(pb::CreateStudentRequest { student: Some(student) }).await.unwrap();
    }
    let rows = (0..600)
        .flat_map(|n| {
            let nim = format!("2205{n:06}");
            let student = rows::student(&nim, &format!("Impor {n}"), "MN-S1", "20221", rows::ADVISOR);
            [
                proto::student::v1::import_row::Row::Student(student),
                rows::status(&nim, "20261", "A"),
                rows::status(&nim, "20252", "N"),
                rows::hold(&nim, "document", "Ijazah", "2026-10-01T00:00:00Z"),
            ]
        })
        .collect();
    app.import(rows).await.applied.unwrap();
    for phone in ["0811111111", "0822222222"] {
        let student = pb::Student { phone: phone.into(), ..app.read(&campus.budi).await };
        client.update(pb::UpdateStudentRequest { student: Some(student) }).await.unwrap();
    }
    for status in 1..=5 {
        let request = pb::PutStatusRequest { student_id: campus.sari.clone(), period_code: "20262".into(), status };
        client.put_status(request).await.unwrap();
    }
    let place = pb::PlaceHoldRequest { student_id: campus.sari, kind: 2, note: "Buku".into() };
    let hold = client.place_hold(place).await.unwrap().into_inner();
    client.lift_hold(pb::LiftHoldRequest { hold_id: hold.id }).await.unwrap();
}

both_engines! {
    async fn a_snapshot_says_what_replaying_every_event_says(both: Both) {
        let Both { app, mirror } = both;
        let (stop, seen) = (CancellationToken::new(), Mirror::default());
        let config = ConsumerConfig { consumer: "course", source: "student" };
        let consumer = consume(config, app.channel("course"), mirror.db.clone(), seen.clone(), app.clock.clone(), stop.clone());
        live(&app).await;
        let snapshot = snapshot(&app).await;
        assert_eq!(snapshot.len(), 12 + 20 + 4 * 600 + 1 + 1);
        eventually("the consumer has seen everything", async || *seen.0.lock().unwrap() == snapshot).await;
        stop.cancel();
        consumer.join().await;
    }

    async fn a_change_that_others_cannot_see_is_an_event_without_it(app: App) {
        let campus = app.campus().await;
        let head = app.head().await;
        let student = pb::Student { phone: "0811222333".into(), national_id: "3273010101050002".into(), ..app.read(&campus.budi).await };
        app.students(&app.registrar()).update(pb::UpdateStudentRequest { student: Some(student) }).await.unwrap();
        let events = events_after(&app, head).await;
        assert_eq!(events.len(), 1);
        let event = &events[0];
        assert_eq!((event.kind.as_str(), event.aggregate_id.as_str(), event.version), ("student.student", campus.budi.as_str(), 2));
        let state = pb::StudentState::decode(event.payload.as_slice()).unwrap();
        assert_eq!((state.nim.as_str(), state.name.as_str(), state.advisor_id.as_str()), (rows::BUDI, "Budi Santoso", campus.advisor.as_str()));
        let text = String::from_utf8_lossy(&event.payload);
        for personal in ["0811222333", "3273010101050002", "Siti Aminah", "Bandung", "2006-02-28"] {
            assert!(!text.contains(personal), "{personal} leaves the service");
        }
        assert!(!event.traceparent.is_empty(), "the event belongs to the trace of its command");
    }

    async fn every_kind_carries_its_full_state(app: App) {
        let campus = app.campus().await;
        let events = events_after(&app, 0).await;
        assert_eq!(events.len(), 12);
        let of = |kind: &str| events.iter().filter(|e| e.kind == kind).collect::<Vec<_>>();
        let status = of("student.status").into_iter().find(|e| e.aggregate_id == format!("{}/20261", campus.budi)).unwrap();
        assert_eq!(pb::PeriodStatus::decode(status.payload.as_slice()).unwrap().status(), pb::StatusKind::Active);
        let hold = pb::Hold::decode(of("student.hold")[0].payload.as_slice()).unwrap();
        assert_eq!((hold.student_id.as_str(), hold.note.as_str(), hold.kind()), (campus.budi.as_str(), "UKT 20261", pb::HoldKind::Tuition));
        let programme = pb::Programme::decode(of("student.programme")[0].payload.as_slice()).unwrap();
        assert_eq!((programme.code.as_str(), programme.version), ("IF-S1", 1));
        assert_eq!((of("student.faculty").len(), of("student.lecturer").len(), of("student.student").len()), (2, 3, 2));
        let seqs: Vec<i64> = events.iter().map(|e| e.seq).collect();
        assert_eq!(seqs, (1..=12).collect::<Vec<_>>());
    }
}
