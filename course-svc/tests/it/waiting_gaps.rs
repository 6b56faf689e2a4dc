//! Turns on waiting lists at a time at which not everybody in line can take a class.

use std::time::Duration;

use chassis::sql;
use course_svc::app::promotions::LookOut;
use course_svc::app::registrar::Command;
use course_svc::rules::window::Scope;
use course_svc::store::campus;

use crate::support::door::{Door, add, drop_of};
use crate::support::door_lines::{ids, join, krs};
use crate::support::{PERIOD, id, words};

chassis::both_engines! {
    async fn a_seat_that_comes_free_between_two_windows_waits_for_the_line(door: Door) {
        door.people("s", 4).await;
        door.windows(vec![krs(Scope::University, -7, 1), krs(Scope::University, 3, 5)]).await;
        let full = door.line("GAP", &["s0", "s1", "s2"]).await;
        let mut look_out = LookOut::new(door.app.clone());
        door.days(2).await;
        let note = "Cuti.".to_owned();
        door.order("s0", Command::Void { version: 1, note }).await.expect("the office takes the seat back");
        door.rests().await;
        look_out.look().await.expect("a look");
        assert_eq!(door.in_line(&full).await, ids(&["s1", "s2"]), "nobody has lost their place");
        assert_eq!(door.numbers(&full).await, (0, 1, 2), "the seat is kept for them");
        let fault = door.order("s3", add(&full)).await.expect_err("nobody else's meanwhile");
        assert_eq!(words(&fault), ["krs-not-open-yet", "class-full"]);

        // What cannot be done now is not tried again and again: there is nobody to settle an order, and none is given.
        let hold = door.hold().await;
        let look = tokio::time::timeout(Duration::from_secs(20), look_out.look()).await;
        look.expect("no order is given").expect("a look");
        hold.release().await;

        door.days(1).await;
        look_out.look().await.expect("a look");
        assert!(door.has("s1", &full).await, "the window is open");
        assert_eq!((door.in_line(&full).await, door.numbers(&full).await), (ids(&["s2"]), (1, 0, 1)));
    }

    async fn a_turn_goes_past_those_whose_window_is_shut(door: Door) {
        door.people("s", 3).await;
        door.people("o", 2).await;
        for student in ["o0", "o1"] {
            door.cohort(student, "20231").await;
        }
        let (old, new) = (Scope::Cohort(2023), Scope::Cohort(2024));
        door.windows(vec![krs(old.clone(), -7, 1), krs(old, 3, 5), krs(new, -7, 5)]).await;
        let full = door.line("PAST", &["s0", "o0", "o1", "s1"]).await;
        let mut look_out = LookOut::new(door.app.clone());
        door.days(2).await;
        door.order("s0", drop_of(&full)).await.expect("given back");
        door.rests().await;
        assert!(door.has("s1", &full).await, "the first who can take it");
        assert_eq!(door.in_line(&full).await, ids(&["o0", "o1"]), "the others keep their places");

        // Nobody in line can take it now, and it is nobody else's: who comes to the line can, and is next.
        door.order("s1", drop_of(&full)).await.expect("given back");
        door.rests().await;
        look_out.look().await.expect("a look");
        assert_eq!(door.numbers(&full).await, (0, 1, 2));
        assert_eq!(words(&door.order("s2", add(&full)).await.expect_err("kept")), ["class-full"]);
        door.order("s2", join(&full)).await.expect("in line");
        door.rests().await;
        assert!(door.has("s2", &full).await);
        door.order("s2", drop_of(&full)).await.expect("given back");
        door.rests().await;

        door.days(1).await;
        look_out.look().await.expect("a look");
        assert!(door.has("o0", &full).await, "their window is open: first come, first served");
        assert_eq!(door.in_line(&full).await, ids(&["o1"]));
    }

    async fn who_is_not_known_yet_keeps_the_place(door: Door) {
        door.people("s", 3).await;
        let full = door.line("UNKNOWN", &["s0", "s1", "s2"]).await;
        let mut tx = door.begin().await;
        let forget = sql!("DELETE FROM student_status WHERE student_id = $1").bind(id("s1"));
        forget.run(&mut tx).await.expect("forgotten");
        tx.commit().await.expect("a commit");
        door.order("s0", drop_of(&full)).await.expect("given back");
        door.rests().await;
        assert!(door.has("s2", &full).await);
        assert_eq!(door.in_line(&full).await, ids(&["s1"]), "unknown is not blocked");
        door.order("s2", drop_of(&full)).await.expect("given back");
        door.rests().await;
        assert_eq!(door.numbers(&full).await, (0, 1, 1));
        let mut tx = door.begin().await;
        campus::put_status(&mut tx, &id("s1"), PERIOD, "A").await.expect("a status");
        tx.commit().await.expect("a commit");
        LookOut::new(door.app.clone()).look().await.expect("a look");
        assert!(door.has("s1", &full).await);
    }

    async fn who_can_take_the_seat_is_found_behind_any_number_of_others(door: Door) {
        door.people("s", 2).await;
        let (old, new) = (Scope::Cohort(2023), Scope::Cohort(2024));
        door.windows(vec![krs(old, 3, 5), krs(new, -7, 5)]).await;
        let full = door.line("LONG", &["s0"]).await;
        // A cohort whose window is shut stands before them.
        let mut tx = door.begin().await;
        for query in [
            sql!(
                "INSERT INTO student
                     (student_id, nim, nim_key, name, name_key, programme_id, entry_period, advisor_id, exit_kind)
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
                 SELECT 'old' || i, 'old' || i, 'old' || i, 'Lama', 'lama', $1, '20231', '', '' FROM n"
            )
            .bind(id("IF-S1")),
            sql!(
                "INSERT INTO student_status (student_id, period_code, status)
                 SELECT student_id, $1, 'A' FROM student WHERE name = 'Lama'"
            )
            .bind(PERIOD),
            sql!(
                "INSERT INTO study_plan (student_id, period_code, state, version, changed_at)
                 SELECT student_id, $1, 'draft', 1, 0 FROM student WHERE name = 'Lama'"
            )
            .bind(PERIOD),
            sql!(
                "INSERT INTO waiting_entry (class_id, student_id, period_code, place, joined_at)
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
                 SELECT $1, 'old' || i, $2, i - 5000, 0 FROM n"
            )
            .bind(&full.id)
            .bind(PERIOD),
            sql!("UPDATE class SET waiting = 1200, seat_version = seat_version + 1 WHERE class_id = $1").bind(&full.id),
        ] {
            query.run(&mut tx).await.expect("a long line");
        }
        tx.commit().await.expect("a commit");
        door.order("s1", join(&full)).await.expect("the last in line");
        door.order("s0", drop_of(&full)).await.expect("given back");
        door.rests().await;
        assert!(door.has("s1", &full).await);
        assert_eq!(door.numbers(&full).await, (1, 0, 1200));
    }
}
