//! Places in line while the registrar has no time for them.

use course_svc::app::promotions::LookOut;
use course_svc::app::registrar::{Command, Limits};
use jiff::SignedDuration;

use crate::support::door::{Door, add, class, order};

async fn in_line(door: &Door) -> i64 {
    let query = chassis::sql!("SELECT COUNT(*) FROM waiting_entry");
    query.one::<(i64,)>(&door.app.db).await.expect("a count").0
}

chassis::both_engines! {
    async fn a_place_whose_end_was_turned_away_ends_at_the_next_look(door: Door) {
        door.people("s", 4).await;
        let full = class("FULL", 3, 1, (1, 8));
        door.offer(std::slice::from_ref(&full)).await;
        door.order("s0", add(&full)).await.expect("the seat");
        for student in ["s1", "s2"] {
            let join = Command::Join { class_id: full.id.clone(), instead_of: None };
            door.order(student, join).await.expect("in line");
        }

        // A registrar with room for one order beside those that it is at.
        let busy = door.again(Limits { queue: 1, ..Limits::default() });
        let mut look_out = LookOut::new(busy.app.clone());
        look_out.look().await.expect("nothing is over yet");
        assert_eq!(in_line(&door).await, 2);
        let hold = busy.hold().await;
        let registrar = busy.app.registrar.clone();
        let queued = tokio::spawn(async move { drop(registrar.submit(order("s3", Command::Open)).await) });
        busy.queued(1).await;
        // The last window is over; nobody has time for that.
        door.app.clock.advance(SignedDuration::from_hours(24 * 30));
        look_out.look().await.expect("turned away is no failure");
        assert_eq!(in_line(&door).await, 2, "nobody was served");
        hold.release().await;
        queued.await.expect("settled");
        // One of the two fits into the queue at a time.
        look_out.look().await.expect("a look");
        look_out.look().await.expect("another look");
        assert_eq!(in_line(&door).await, 0, "the places have ended");
    }
}
