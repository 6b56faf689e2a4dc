//! Waiting lists of classes that keep seats for some.

use std::time::Duration;

use chassis::sql;
use course_svc::app::promotions::LookOut;
use course_svc::app::registrar::{Command, Preset};
use course_svc::model::Class;
use course_svc::rules::registration::SeatPolicy;
use course_svc::rules::seats::{Reservation, Seats};
use course_svc::rules::window::Scope;
use course_svc::store::periods;
use jiff::SignedDuration;

use crate::support::door::{Door, add, class, drop_of, period};
use crate::support::door_lines::{ids, join};
use crate::support::{begin, id, words};

/// A class with seats of which some are kept for the cohort 2024, until so many days after the beginning.
async fn keeping(door: &Door, name: &str, capacity: u32, seats: u32, until: Option<i64>) -> Class {
    let until = until.map(|days| begin() + SignedDuration::from_hours(24 * days));
    let reservations = vec![Reservation { scope: Scope::Cohort(2024), seats, taken: 0, waiting: 0, until }];
    let kept = Class { seats: Seats { reservations, ..Seats::new(capacity, 0) }, ..class(name, 3, capacity, (1, 8)) };
    door.offer(std::slice::from_ref(&kept)).await;
    kept
}

/// `s0` onward entered in 2024, `o0` onward the year before.
async fn people(door: &Door) {
    door.people("s", 5).await;
    for student in door.people("o", 4).await {
        door.cohort(&student, "20231").await;
    }
}

async fn opened(door: &Door, class: &Class, open: bool) {
    let query =
        sql!("UPDATE class SET open = $2, version = version + 1, seat_version = seat_version + 1 WHERE class_id = $1");
    let mut tx = door.begin().await;
    query.bind(&class.id).bind(open).run(&mut tx).await.expect("changed");
    tx.commit().await.expect("a commit");
}

chassis::both_engines! {
    async fn who_has_no_claim_in_line_leaves_kept_seats_to_those_who_have(door: Door) {
        people(&door).await;
        let hot = keeping(&door, "HOT", 4, 2, None).await;
        for student in ["o0", "o1"] {
            door.order(student, add(&hot)).await.expect("one of everybody's");
        }
        assert_eq!(words(&door.order("o2", add(&hot)).await.expect_err("kept")), ["seats-reserved"]);
        door.order("o2", join(&hot)).await.expect("in line");
        assert_eq!(door.numbers(&hot).await, (2, 0, 1), "no free seat is kept for the line");
        assert_eq!(words(&door.order("o3", add(&hot)).await.expect_err("kept for others")), ["seats-reserved"]);

        door.order("s0", add(&hot)).await.expect("kept for them");
        assert_eq!(words(&door.order("s1", join(&hot)).await.expect_err("it is free")), ["seat-free"]);
        let class_ids = vec![hot.id.clone()];
        let package = Preset { programme_id: id("IF-S1"), cohort: 2024, name: "Paket".to_owned(), class_ids };
        door.order("s1", Command::TakePackage(Some(package))).await.expect("kept for them, too");
        assert_eq!(door.in_line(&hot).await, ids(&["o2"]), "still the first");

        assert_eq!(words(&door.order("s2", add(&hot)).await.expect_err("every seat is taken")), ["class-full"]);
        door.order("s2", join(&hot)).await.expect("in line");
        door.order("s0", drop_of(&hot)).await.expect("given back");
        door.rests().await;
        assert!(door.has("s2", &hot).await, "it was one of theirs");
        door.order("o0", drop_of(&hot)).await.expect("given back");
        door.rests().await;
        assert!(door.has("o2", &hot).await, "it was one of everybody's");
        assert_eq!(door.numbers(&hot).await, (4, 0, 0));
    }

    async fn what_a_claimant_waits_for_is_theirs_and_the_rest_is_free(door: Door) {
        people(&door).await;
        let hot = keeping(&door, "HOT", 3, 2, None).await;
        for student in ["o0", "s0", "s1"] {
            door.order(student, add(&hot)).await.expect("a seat");
        }
        for student in ["o1", "s2"] {
            door.order(student, join(&hot)).await.expect("in line");
        }
        // While the class takes nobody the turns wait.
        opened(&door, &hot, false).await;
        door.order("s0", drop_of(&hot)).await.expect("given back");
        assert_eq!(door.numbers(&hot).await, (2, 1, 2), "for the one who has a claim to it");
        assert_eq!(words(&door.order("s3", add(&hot)).await.expect_err("theirs")), ["class-closed", "class-full"]);
        door.order("s1", drop_of(&hot)).await.expect("given back");
        assert_eq!(door.numbers(&hot).await, (1, 1, 2), "the other one nobody in line may take");
        assert_eq!(words(&door.order("s3", join(&hot)).await.expect_err("one is free")), ["class-closed", "seat-free"]);
        opened(&door, &hot, true).await;
        door.order("s3", add(&hot)).await.expect("the one that is free");
        assert_eq!(words(&door.order("s4", add(&hot)).await.expect_err("the other is kept")), ["class-full"]);
        LookOut::new(door.app.clone()).look().await.expect("a look");
        assert!(door.has("s2", &hot).await);
        assert_eq!((door.in_line(&hot).await, door.numbers(&hot).await), (ids(&["o1"]), (3, 0, 1)));
    }

    async fn seats_that_nobody_in_line_may_take_are_no_work_until_they_are_everybodys(door: Door) {
        people(&door).await;
        let hot = keeping(&door, "HOT", 2, 1, Some(2)).await;
        door.order("o0", add(&hot)).await.expect("one of everybody's");
        door.order("o1", join(&hot)).await.expect("in line");
        let mut look_out = LookOut::new(door.app.clone());
        look_out.look().await.expect("a look");
        let hold = door.hold().await;
        tokio::time::timeout(Duration::from_secs(20), look_out.look()).await.expect("no order").expect("a look");
        hold.release().await;
        assert_eq!(door.in_line(&hot).await, ids(&["o1"]));
        door.days(2).await;
        look_out.look().await.expect("a look");
        assert!(door.has("o1", &hot).await, "it is everybody's, and they are next");
    }

    async fn a_kept_seat_is_had_at_submission_although_somebody_waits(door: Door) {
        people(&door).await;
        let mut tx = door.begin().await;
        let mut found = periods::lock(&mut tx, period()).await.expect("an answer").expect("the period");
        found.registration.seat_policy = SeatPolicy::AtSubmit;
        found.version += 1;
        periods::update(&mut tx, &found).await.expect("changed");
        tx.commit().await.expect("a commit");
        let hot = keeping(&door, "HOT", 2, 1, None).await;
        for student in ["o0", "s0"] {
            door.order(student, add(&hot)).await.expect("a wish");
        }
        door.order("o0", Command::Submit { version: 1 }).await.expect("one of everybody's");
        door.order("o1", join(&hot)).await.expect("in line");
        door.order("s0", Command::Submit { version: 1 }).await.expect("kept for them");
        assert_eq!(door.numbers(&hot).await, (2, 0, 1));
    }
}
