//! What this service hears, and what it tells.

use chassis::outbox::Change;
use chassis::testing::{Setup, TestEnv, eventually};
use proto::course::v1::PlanState;
use proto::grade::v1 as pb;

use crate::support::{
    PERIOD, TestApp, answer, approved, begin, class, course, decoded, entry_window, faculty, fails, id, lecturer,
    period, plan, programme, revision, student,
};

/// The service over feeds that have told everything before it began: it starts from their snapshots.
struct Late(TestApp);

impl Setup for Late {
    async fn setup(env: &TestEnv) -> Self {
        Self(TestApp::empty(env, 10).await)
    }
}

chassis::both_engines! {
    async fn the_roster_follows_the_state_of_the_plan(app: TestApp) {
        let class_id = app.class("IF201", &["l1"], &[]).await;
        use PlanState::{Approved, Draft, Locked, Returned, Revising, Submitted, Void};
        for (state, there) in [
            (Draft, false), (Submitted, false), (Approved, true), (Revising, true), (Locked, true), (Void, false),
            (Approved, true), (Returned, false), (Locked, true),
        ] {
            app.tell_course(&[plan("s1", PERIOD, state, &["IF201A"])]).await;
            assert_eq!(app.sheet("l1", &class_id).await.rows.len(), usize::from(there), "{state:?}");
        }
        app.tell_course(&[approved("s1", PERIOD, &["IF202A"])]).await;
        assert_eq!(app.sheet("l1", &class_id).await.rows.len(), 0, "another class in its place");
        app.tell_course(&[approved("s1", PERIOD, &["IF201A"]),
                          Change::tombstone("course.plan", format!("{}/{PERIOD}", id("s1")), 1)]).await;
        assert_eq!(app.sheet("l1", &class_id).await.rows.len(), 0, "the plan is gone");
    }

    async fn a_revision_that_waits_for_the_advisor_stays_on_the_roster(app: TestApp) {
        let class_id = app.class("IF201", &["l1"], &[]).await;
        let other = app.class("IF202", &["l1"], &[]).await;
        use PlanState::{Approved, Draft, Returned, Revising, Submitted, Void};
        app.tell_course(&[plan("s1", PERIOD, Approved, &["IF201A"])]).await;
        app.score("l1", &class_id, &[("s1", 8000)]).await.expect("scores");
        for state in [Revising, Submitted, Returned, Draft, Submitted] {
            app.tell_course(&[revision("s1", state, &["IF201A"], &[])]).await;
            let rows = app.sheet("l1", &class_id).await.rows;
            assert_eq!(rows.len(), 1, "{state:?}");
            assert!(rows[0].scores.iter().any(|score| score.score_hundredths == Some(8000)), "{state:?}");
        }
        // What is held counts: a seat that was given back is gone, and a wish is none.
        app.tell_course(&[revision("s1", Submitted, &["IF202A"], &["IF201A"])]).await;
        assert_eq!((app.sheet("l1", &class_id).await.rows.len(), app.sheet("l1", &other).await.rows.len()), (0, 1));
        app.tell_course(&[revision("s1", Void, &[], &[])]).await;
        assert_eq!(app.sheet("l1", &other).await.rows.len(), 0);
    }

    async fn records_and_sheets_are_told(app: TestApp) {
        app.tell_course(&[
            course("IF201", 3), course("IF202", 2), class("IF201", "A", PERIOD, &["l1"]), class("IF202", "A", PERIOD, &["l1"]),
            approved("s1", PERIOD, &["IF201A", "IF202A"]),
        ])
        .await;
        let waiting = app.record_when("two courses wait", "s1", |record| record.semesters.len() == 1).await;
        assert_eq!((waiting.results.len(), waiting.cumulative_hundredths), (0, None));
        assert_eq!((waiting.semesters[0].credits, waiting.semesters[0].pending), (0, 2));
        let mut both = [id("IF201"), id("IF202")];
        both.sort();
        assert_eq!(waiting.semesters[0].pending_course_ids, both);

        app.score("l1", &id("IF201A"), &[("s1", 8000)]).await.expect("scores");
        app.publish("l1", &id("IF201A")).await.expect("published");
        // Told in the transaction of the publication: there is nothing to wait for but the sequencer.
        let events = app.told().await;
        let names: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.version)).collect();
        assert_eq!(names, [("grade.record", 1), ("grade.sheet", 1), ("grade.sheet", 2), ("grade.record", 2)]);
        assert_eq!(decoded::<pb::SheetSnapshot>(&events[1].payload).state(), pb::SheetState::Draft);
        let sheet = decoded::<pb::SheetSnapshot>(&events[2].payload);
        assert_eq!((sheet.class_id.clone(), sheet.state()), (id("IF201A"), pb::SheetState::Published));
        assert_eq!(sheet.published_at.map(|at| at.seconds), Some(begin().as_second()));
        let record = decoded::<pb::AcademicRecord>(&events[3].payload);
        assert_eq!((record.student_id.clone(), record.cumulative_hundredths, record.credits_passed), (id("s1"), Some(350), 3));
        let result = &record.results[0];
        assert_eq!((result.course_id.clone(), result.letter.as_str(), result.points_hundredths), (id("IF201"), "AB", 350));
        assert_eq!((result.credits, result.passed, result.period_code.as_str()), (3, true, PERIOD));
        let semester = &record.semesters[0];
        assert_eq!((semester.gpa_hundredths, semester.credits, semester.pending), (350, 3, 1));
        assert_eq!(semester.pending_course_ids, [id("IF202")]);

        let mut found: Vec<_> = app.snapshot().await.into_iter().map(|event| (event.kind, event.version, event.payload)).collect();
        found.sort();
        let latest = |n: usize| (events[n].kind.clone(), events[n].version, events[n].payload.clone());
        assert_eq!(found, [latest(3), latest(2)], "the snapshot is what the events amount to");

        // Leaving the second class leaves nothing to wait for.
        app.tell_course(&[approved("s1", PERIOD, &["IF201A"])]).await;
        let settled = app.record_when("nothing waits", "s1", |record| record.semesters[0].pending == 0).await;
        assert_eq!(settled.results, record.results);
    }

    async fn a_class_may_arrive_after_its_students(app: TestApp) {
        app.tell_course(&[approved("s1", PERIOD, &["IF201A"]), course("IF201", 3)]).await;
        assert_eq!(app.semesters("s1").await.semesters.len(), 0);
        app.tell_course(&[class("IF201", "A", PERIOD, &["l1"])]).await;
        assert_eq!(app.semesters("s1").await.semesters[0].pending, 1);
        app.record_when("the record knows of it", "s1", |record| record.semesters.len() == 1).await;
    }

    async fn what_is_gone_is_forgotten_and_grades_stay(app: TestApp) {
        let class_id = app.class("IF201", &["l1"], &["s1"]).await;
        app.score("l1", &class_id, &[("s1", 8000)]).await.expect("scores");
        app.publish("l1", &class_id).await.expect("published");
        app.tell_course(&[
            Change::tombstone("course.class", class_id.clone(), 1),
            Change::tombstone("course.course", id("IF201"), 1),
            Change::tombstone("course.period", PERIOD, 1),
            Change::tombstone("course.equivalents", id("IF201"), 1),
            Change::tombstone("course.plan", "never/20261", 1),
        ])
        .await;
        app.tell(&[
            Change::tombstone("student.student", id("s1"), 1),
            Change::tombstone("student.lecturer", id("l1"), 1),
            Change::tombstone("student.programme", id("IF-S1"), 1),
            Change::tombstone("student.faculty", id("FIK"), 1),
        ])
        .await;
        let request = pb::GetSheetRequest { class_id };
        fails(answer(app.grading("l1").get_sheet(request).await), chassis::error::Kind::Absent);
        let transcript = app.transcript("s1").await;
        let result = &transcript.results[0];
        assert_eq!((result.letter.as_str(), result.credits, result.course_code.as_str()), ("AB", 3, ""));
        assert_eq!(transcript.cumulative_hundredths, Some(350));
        assert_eq!(transcript.person.expect("a person").nim, "");
    }

    async fn a_new_service_begins_with_what_others_have(late: Late) {
        let app = late.0;
        // Told in one go before anything was applied, in an order in which nothing has what it refers to.
        app.course.tell(&[
            approved("s1", PERIOD, &["IF201A"]),
            class("IF201", "A", PERIOD, &["l1"]),
            course("IF201", 3),
            period(PERIOD, vec![entry_window(begin(), -1, 1)]),
        ]).await;
        app.student.tell(&[student("s1", "IF-S1", "20241", "l1"), lecturer("l1", "Dr. Andi"),
                           programme("IF-S1", "Informatika", "FIK"), faculty("FIK", "Ilmu Komputer")]).await;
        app.caught_up(&app.course).await;
        app.caught_up(&app.student).await;
        let sheet = app.sheet("l1", &id("IF201A")).await;
        assert_eq!((sheet.rows[0].nim.as_str(), sheet.components.len()), ("nim-s1", 4));
        let person = app.semester("s1", PERIOD).await.person.expect("a person");
        assert_eq!((person.programme_name.as_str(), person.advisor_name.as_str()), ("S1 Informatika", "Dr. Andi"));
    }

    async fn after_a_restore_of_the_others_what_they_lost_is_removed(app: TestApp) {
        let class_id = app.class("IF201", &["l1"], &["s1", "s2"]).await;
        app.tell_course(&[course("IF999", 3), class("IF999", "A", PERIOD, &["l1"])]).await;
        app.record_when("a record", "s1", |record| record.semesters.len() == 1).await;
        app.course.restore_without("course.class", &[id("IF999A")]).await;
        app.course.restore_without("course.plan", &[format!("{}/{PERIOD}", id("s1"))]).await;
        // Something new makes the consumer notice the other epoch.
        app.course.tell(&[course("IF998", 3)]).await;
        eventually("the snapshot has taken the place of what there was", || async {
            let rows = app.sheet("l1", &class_id).await.rows;
            rows.len() == 1 && rows[0].student_id == id("s2")
        })
        .await;
        let request = pb::GetSheetRequest { class_id: id("IF999A") };
        fails(answer(app.grading("l1").get_sheet(request).await), chassis::error::Kind::Absent);
        app.record_when("the record follows", "s1", |record| record.semesters.is_empty()).await;
    }
}
