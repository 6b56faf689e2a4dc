//! A database of the release before: its plans and holds go on, and students get their names.

use chassis::db::{Db, Migrations, migrate};
use chassis::sql;
use chassis::testing::{Setup, TestDb, TestEnv, TestPki};
use course_svc::MIGRATIONS;
use proto::course::v1 as pb;

use crate::support::{PERIOD, TestApp, id, nowhere, reasons};

/// The schema of the release before.
const BEFORE: Migrations = Migrations::new(
    "course",
    &[
        ("0101_projection.sql", include_str!("../../../migrations/course/0101_projection.sql")),
        ("0102_offering.sql", include_str!("../../../migrations/course/0102_offering.sql")),
        ("0103_plan.sql", include_str!("../../../migrations/course/0103_plan.sql")),
        ("0104_import.sql", include_str!("../../../migrations/course/0104_import.sql")),
    ],
);

/// The schema before it was written down which plans were approved before.
const UNMARKED: Migrations = Migrations::new(
    "course",
    &[
        ("0101_projection.sql", include_str!("../../../migrations/course/0101_projection.sql")),
        ("0102_offering.sql", include_str!("../../../migrations/course/0102_offering.sql")),
        ("0103_plan.sql", include_str!("../../../migrations/course/0103_plan.sql")),
        ("0104_import.sql", include_str!("../../../migrations/course/0104_import.sql")),
        ("0105_curriculum.sql", include_str!("../../../migrations/course/0105_curriculum.sql")),
        ("0106_plan_state.sqlite.sql", include_str!("../../../migrations/course/0106_plan_state.sqlite.sql")),
        ("0106_plan_state.postgres.sql", include_str!("../../../migrations/course/0106_plan_state.postgres.sql")),
        ("0107_record.sql", include_str!("../../../migrations/course/0107_record.sql")),
        ("0108_student_name.sql", include_str!("../../../migrations/course/0108_student_name.sql")),
        ("0109_registration.sqlite.sql", include_str!("../../../migrations/course/0109_registration.sqlite.sql")),
        ("0109_registration.postgres.sql", include_str!("../../../migrations/course/0109_registration.postgres.sql")),
        ("0110_policy.sql", include_str!("../../../migrations/course/0110_policy.sql")),
        ("0111_waiting.sql", include_str!("../../../migrations/course/0111_waiting.sql")),
        ("0112_approval.sql", include_str!("../../../migrations/course/0112_approval.sql")),
        ("0113_admission.sql", include_str!("../../../migrations/course/0113_admission.sql")),
        ("0115_plan_index.sql", include_str!("../../../migrations/course/0115_plan_index.sql")),
    ],
);

/// A database of [`UNMARKED`], migrated: plans with the states of their steps, the last of which each is in.
struct Marked(Db);

const HISTORIES: [(&str, &[&str]); 7] = [
    ("again", &["draft", "submitted", "approved", "revising", "submitted"]),
    ("drafted", &["draft", "submitted", "returned", "draft"]),
    ("emptied", &["draft", "submitted", "approved", "void", "returned"]),
    ("locked", &["approved", "locked"]),
    ("mended", &["draft", "submitted", "approved", "returned"]),
    ("open", &["draft", "submitted", "approved", "revising"]),
    ("settled", &["draft", "submitted", "approved", "revising", "submitted", "approved"]),
];

impl Setup for Marked {
    async fn setup(env: &TestEnv) -> Self {
        let old = env.database(&UNMARKED).await;
        let mut tx = old.db.begin().await.expect("a transaction");
        let period = sql!("INSERT INTO period (period_code, state, version) VALUES ('20261', 'active', 1)");
        period.run(&mut tx).await.expect("a period");
        for (student, states) in HISTORIES {
            for (version, state) in (1_i64..).zip(states) {
                let step = sql!(
                    "INSERT INTO plan_step (student_id, period_code, version, deed, state, at, account_id, actor, person_id,
                         note, class_label)
                     VALUES ($1, '20261', $2, 'add', $3, 1, '', 'import', '', '', '')"
                );
                step.bind(student).bind(version).bind(*state).run(&mut tx).await.expect("a step");
            }
            let plan = sql!(
                "INSERT INTO study_plan (student_id, period_code, state, version, changed_at)
                 VALUES ($1, '20261', $2, $3, 1)"
            );
            let (last, version) = (states[states.len() - 1], i64::try_from(states.len()).expect("small"));
            plan.bind(student).bind(last).bind(version).run(&mut tx).await.expect("a plan");
        }
        tx.commit().await.expect("a commit");
        old.db.close().await;
        migrate(&old.config, &MIGRATIONS).await.expect("the new schema");
        Self(Db::open(&old.config, &MIGRATIONS).await.expect("it opens"))
    }
}

/// A database that the release before has written, migrated: `s1` has a plan with one class, and a hold that was heard of.
async fn migrated(env: &TestEnv) -> TestDb {
    let old = env.database(&BEFORE).await;
    let mut tx = old.db.begin().await.expect("a transaction");
    for row in [
        sql!("INSERT INTO period (period_code, state, version) VALUES ('20261', 'active', 1)"),
        sql!(
            "INSERT INTO course (course_id, programme_id, code, code_key, name, name_key, name_en, credits_lecture,
                 credits_practice, credits_field, credits_simulation, requirement_kind, recommended_semester, version)
             VALUES ('course-1', 'programme-1', 'IF1', 'if1', 'Satu', 'satu', '', 3, 0, 0, 0, 'compulsory', 1, 1)"
        ),
        sql!(
            "INSERT INTO class (class_id, period_code, course_id, name, capacity, taken, seat_version, open, version)
             VALUES ('class-1', '20261', 'course-1', 'A', 9, 1, 1, TRUE, 1)"
        ),
        sql!(
            "INSERT INTO study_plan (student_id, period_code, state, version, changed_at)
             VALUES ($1, '20261', 'draft', 3, 77)"
        )
        .bind(id("s1")),
        sql!(
            "INSERT INTO study_plan_item (student_id, period_code, class_id, course_id, taken_at)
             VALUES ($1, '20261', 'class-1', 'course-1', 76)"
        )
        .bind(id("s1")),
        sql!(
            "INSERT INTO student (student_id, nim, programme_id, entry_period, advisor_id, exit_kind)
             VALUES ($1, 'nim-s1', 'programme-1', '20241', '', '')"
        )
        .bind(id("s1")),
        sql!(
            "INSERT INTO student_hold (hold_id, student_id, kind, note, waived_until, lifted_at)
             VALUES ('hold-1', $1, 'library', 'buku', NULL, NULL)"
        )
        .bind(id("s1")),
        sql!("INSERT INTO feed_cursor (source, epoch, seq, event_id, bootstrap) VALUES ('student', 'e', 12, 'x', '')"),
    ] {
        row.run(&mut tx).await.expect("a row of the release before");
    }
    tx.commit().await.expect("a commit");
    old.db.close().await;
    migrate(&old.config, &MIGRATIONS).await.expect("the new schema");
    let db = Db::open(&old.config, &MIGRATIONS).await.expect("it opens");
    TestDb { db, ..old }
}

/// The service over it, with student-svc there.
struct Upgraded(TestApp);

impl Setup for Upgraded {
    async fn setup(env: &TestEnv) -> Self {
        Self(TestApp::over(env, migrated(env).await, None, 3000).await)
    }
}

/// The service over it, with nobody there.
struct UpgradedAlone(TestApp);

impl Setup for UpgradedAlone {
    async fn setup(env: &TestEnv) -> Self {
        let nobody = |name| nowhere(name, &TestPki::new());
        let ways = Some([nobody("student"), nobody("grade")]);
        Self(TestApp::over(env, migrated(env).await, ways, 3000).await)
    }
}

chassis::both_engines! {
    async fn plans_go_on_and_students_get_their_names(upgraded: Upgraded) {
        let app = upgraded.0;
        app.people().await;
        let plan = app.plan("s1").await;
        assert_eq!((plan.state(), plan.version, plan.note.as_str()), (pb::PlanState::Draft, 3, ""));
        assert_eq!(plan.items.len(), 1);
        assert_eq!((plan.student_name.as_str(), plan.advisor_name.as_str()), ("s1", "Dr. Andi"));
        assert_eq!(app.seats().await, [("class-1".to_owned(), 1, 1)]);
        assert_eq!(app.steps("s1").await, [], "nobody knows what happened before");
    }

    async fn plans_that_were_approved_before_are_revisions(marked: Marked) {
        let found = sql!("SELECT student_id FROM study_plan WHERE revision ORDER BY student_id");
        let found: Vec<_> = found.all::<(String,)>(&marked.0).await.expect("plans").into_iter().map(|(id,)| id).collect();
        assert_eq!(found, ["again", "mended", "open"]);
    }

    async fn a_hold_binds_until_a_snapshot_says_otherwise(upgraded: UpgradedAlone) {
        let plan = upgraded.0.plan("s1").await;
        let holds: Vec<_> = reasons(&plan.refusals).into_iter().filter(|word| word.starts_with("hold-")).collect();
        assert_eq!((holds, plan.period_code.as_str()), (vec!["hold-library"], PERIOD));
        assert_eq!(reasons(&plan.flags), ["results-unknown"]);
    }
}
