//! What waits for a lock decides by what is there when the wait is over.

use std::sync::Mutex;

use chassis::db::{Engine, Tx};
use chassis::testing::eventually;
use course_svc::rules::period::PeriodCode;
use course_svc::rules::window::{Window, WindowKind};
use course_svc::store::{classes, courses, periods, rooms};
use jiff::SignedDuration;
use proto::course::v1 as pb;

use crate::support::rows::{Talk, campus, course, import, room};
use crate::support::{PERIOD, TestApp, answer, course_id, list_request, words};

/// How many transactions of this database wait for a lock. On SQLite, where a writer waits before it begins, nothing can be
/// seen of that.
async fn waiting(app: &TestApp) -> i64 {
    let query = chassis::sql!(
        sqlite = "SELECT 1",
        postgres = "SELECT COUNT(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'"
    );
    query.one::<(i64,)>(&app.db.db).await.expect("a count").0
}

/// Waits until a transaction of this database waits for a lock.
async fn somebody_waits(app: &TestApp) {
    eventually("somebody waits for a lock", || async { waiting(app).await > 0 }).await;
}

/// Where many share a period, one after the other and some at a time, who wants it alone has it when those are through who
/// were there before. On PostgreSQL, where they run side by side.
async fn is_not_passed(app: &TestApp, share: impl AsyncFn(&mut Tx), alone: impl AsyncFn(&mut Tx)) {
    let came = Mutex::new(Vec::new());
    let come = |who| came.lock().expect("nobody panicked").push(who);
    let begin = async || app.db.db.begin().await.expect("a transaction");
    let mut first = begin().await;
    share(&mut first).await;
    let one = async {
        let mut tx = begin().await;
        alone(&mut tx).await;
        come("alone");
        tx.commit().await.expect("a commit");
    };
    let later = async {
        somebody_waits(app).await;
        let mut tx = begin().await;
        share(&mut tx).await;
        come("later");
        tx.commit().await.expect("a commit");
    };
    let end = async {
        eventually("the later one stands in line, or has passed", || async {
            waiting(app).await == 2 || !came.lock().expect("nobody panicked").is_empty()
        })
        .await;
        come("end of the first");
        first.commit().await.expect("a commit");
    };
    tokio::join!(one, later, end);
    assert_eq!(*came.lock().expect("nobody panicked"), ["end of the first", "alone", "later"]);
}

#[test]
fn those_who_share_a_period_do_not_pass_who_waits_for_it() {
    async fn overlap(app: TestApp) {
        app.open_period().await;
        let code = PeriodCode::parse(PERIOD).expect("a period");
        let batch = async |tx: &mut Tx| assert!(periods::hold(tx, code).await.expect("an answer"));
        let import = async |tx: &mut Tx| {
            periods::lock_out(tx, code).await.expect("an answer").expect("the period");
        };
        let wishes = async |tx: &mut Tx| {
            periods::lock_shared(tx, code).await.expect("an answer").expect("the period");
        };
        let office = async |tx: &mut Tx| {
            periods::lock(tx, code).await.expect("an answer").expect("the period");
        };
        is_not_passed(&app, batch, import).await;
        is_not_passed(&app, wishes, import).await;
        is_not_passed(&app, wishes, office).await;
    }
    chassis::testing::run(Engine::Postgres, "those_who_share_a_period_do_not_pass_who_waits_for_it", overlap);
}

chassis::both_engines! {
    async fn a_window_that_shuts_before_a_hot_class_is_free_is_shut(app: TestApp) {
        app.open_period().await;
        let class = app.offer("HOT", 4, 9, (1, 420, 570)).await;
        let code = PeriodCode::parse(PERIOD).expect("a period");
        let mut tx = app.db.db.begin().await.expect("a transaction");
        classes::lock(&mut tx, std::slice::from_ref(&class.id)).await.expect("the class");
        let shut = async {
            somebody_waits(&app).await;
            let mut period = periods::lock(&mut tx, code).await.expect("an answer").expect("the period");
            let closes_at = app.clock.now() - SignedDuration::from_hours(1);
            let windows = period.windows.drain(..).map(|window| match window.kind {
                WindowKind::Krs => Window { closes_at, ..window },
                _ => window,
            });
            period.windows = windows.collect();
            period.version += 1;
            periods::update(&mut tx, &period).await.expect("shut");
            tx.commit().await.expect("a commit");
        };
        let (added, ()) = tokio::join!(app.add("s1", &class.id), shut);
        assert_eq!(words(&added.expect_err("it is shut")), ["krs-closed"]);
        assert_eq!(app.taken(&class.id).await, 0);
    }

    async fn an_import_comes_after_the_edits_that_it_waited_for(app: TestApp) {
        import(&app, campus()).await;
        let class = app.list(list_request()).await.remove(0);
        let room_id = class.meetings[0].room_id.clone();
        let mut talk = Talk::begin(&app).await;
        // As they are now: without the edits there would be nothing to change.
        talk.rows([course("IF201", "4"), room("A.2.03", "45")]);
        assert!(talk.judge().await.ok);
        let mut tx = app.db.db.begin().await.expect("a transaction");
        let mut edited = courses::lock(&mut tx, &course_id(&class)).await.expect("an answer").expect("the course");
        (edited.name, edited.version) = ("Edited".to_owned(), 2);
        courses::update(&mut tx, &edited).await.expect("edited");
        let mut smaller = rooms::lock(&mut tx, &room_id).await.expect("an answer").expect("the room");
        (smaller.capacity, smaller.version) = (44, 2);
        rooms::update(&mut tx, &smaller).await.expect("edited");
        let edit = async {
            somebody_waits(&app).await;
            tx.commit().await.expect("a commit");
        };
        let (applied, ()) = tokio::join!(talk.apply(), edit);
        let applied = applied.expect("applied");
        assert_eq!((applied.changed, applied.unchanged), (2, 0), "it saw the edits");
        let request = pb::GetCourseRequest { id: course_id(&class) };
        let found = answer(app.catalogue().get_course(request).await).expect("the course");
        assert_eq!((found.name.as_str(), found.version), ("Mata Kuliah IF201", 3));
        let rooms = answer(app.catalogue().list_rooms(pb::ListRoomsRequest::default()).await).expect("rooms").rooms;
        let found = rooms.iter().find(|room| room.id == room_id).expect("the room");
        assert_eq!((found.capacity, found.version), (45, 3));
    }
}
