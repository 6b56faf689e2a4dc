//! Reading many plans at once: what is wrong with one of them is nobody else's fault.

use chassis::deadline;
use chassis::error::{Fault, Kind};
use chassis::sql;
use chassis::telemetry::Context;
use course_svc::app::choices;
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::support::door::{Door, period};
use crate::support::id;

chassis::both_engines! {
    async fn a_plan_that_cannot_be_read_is_the_fault_of_one_student(door: Door) {
        let students = door.people("s", 40).await;
        // Nothing writes this; a row that a later release wrote, or a hand in the database, may.
        let mut tx = door.begin().await;
        let odd = sql!(
            "INSERT INTO academic_semester (student_id, period_code, ips, credits, pending)
             VALUES ($1, 'never', 300, 20, 0)"
        );
        odd.bind(id("s20")).run(&mut tx).await.expect("a row");
        tx.commit().await.expect("a commit");
        for _ in 0..5 {
            let ids: Vec<_> = students.iter().map(|student| id(student)).collect();
            let read = join_all(ids.iter().map(|student| choices::plan(&door.app, student, period(), false, false))).await;
            for (student, read) in students.iter().zip(read) {
                match (student.as_str(), read.map_err(Fault::from)) {
                    ("s20", Err(fault)) => assert_eq!(fault.kind(), Kind::Internal),
                    (_, Ok(view)) => assert_eq!(view.known.name, *student),
                    (student, other) => panic!("{student}: {other:?}"),
                }
            }
        }
    }

    async fn who_has_no_time_left_is_told_so(door: Door) {
        door.people("s", 1).await;
        let student = id("s0");
        let read = choices::plan(&door.app, &student, period(), false, false);
        let read = Context::default().due(Instant::now()).scope(async { deadline::current().map(|_| ()).expect("a deadline"); read.await });
        assert_eq!(read.await.map_err(|error| Fault::from(error).kind()).map(drop), Err(Kind::TooSlow));
    }
}
