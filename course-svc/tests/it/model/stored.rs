//! What is stored, against the model.

use std::collections::BTreeSet;

use chassis::sql;
use course_svc::model::Class;
use course_svc::rules::seats::Seats;
use prost::Message;
use proto::course::v1 as pb;

use super::{Model, Plan};
use crate::support::door::Door;

/// Compares everything that is stored with the model.
pub(super) async fn compare(door: &Door, model: &Model) {
    let db = &door.app.db;
    let stored = sql!("SELECT student_id, state, revision, version FROM study_plan ORDER BY student_id");
    let stored = stored.all::<(String, String, bool, i64)>(db).await.expect("plans");
    let plan = |(student, plan): (&String, &Plan)| {
        (student.clone(), plan.state.word().to_owned(), plan.revision, plan.version)
    };
    let mut wanted: Vec<_> = model.plans.iter().map(plan).collect();
    wanted.sort();
    assert_eq!(stored, wanted);

    let stored = sql!("SELECT student_id, class_id FROM study_plan_item ORDER BY student_id, class_id");
    let stored = stored.all::<(String, String)>(db).await.expect("items");
    let items = |(student, plan): (&String, &Plan)| -> Vec<_> {
        plan.classes.iter().map(|class| (student.clone(), class.clone())).collect()
    };
    let wanted: BTreeSet<_> = model.plans.iter().flat_map(items).collect();
    assert_eq!(stored, wanted.into_iter().collect::<Vec<_>>());

    let stored = sql!("SELECT class_id, taken, reserved, waiting FROM class ORDER BY class_id");
    let stored = stored.all::<(String, i64, i64, i64)>(db).await.expect("seats");
    let wanted = model.classes.values().map(|class| (class, model.seats(class)));
    let numbers = |(class, seats): (&Class, Seats)| {
        (class.id.clone(), seats.taken.into(), seats.reserved.into(), seats.waiting.into())
    };
    assert_eq!(stored, wanted.clone().map(numbers).collect::<Vec<_>>());
    let shelf = door.app.catalogue.shelf(crate::support::door::period()).await.expect("classes");
    for (class, seats) in wanted {
        assert_eq!(shelf.get(&class.id).expect("a class").seats(), seats, "in memory");
    }
    let stored = sql!("SELECT class_id, student_id, instead_of FROM waiting_entry ORDER BY class_id, place");
    let stored = stored.all::<(String, String, Option<String>)>(db).await.expect("lines");
    let line = |(class, line): (&String, &Vec<(String, Option<String>)>)| -> Vec<_> {
        line.iter().map(|(student, instead_of)| (class.clone(), student.clone(), instead_of.clone())).collect()
    };
    assert_eq!(stored, model.lines.iter().flat_map(line).collect::<Vec<_>>());

    // One step a version, and what was told last is what is there.
    let steps =
        sql!("SELECT student_id, COUNT(*), MAX(version) FROM plan_step GROUP BY student_id ORDER BY student_id");
    let steps = steps.all::<(String, i64, i64)>(db).await.expect("steps");
    let wanted: Vec<_> =
        model.plans.iter().map(|(student, plan)| (student.clone(), plan.version, plan.version)).collect();
    assert_eq!(steps, wanted);
    let told = sql!(
        "SELECT o.version, o.payload FROM outbox o
         WHERE o.kind = 'course.plan' AND o.version = (SELECT MAX(l.version) FROM outbox l
             WHERE l.kind = o.kind AND l.aggregate_id = o.aggregate_id) ORDER BY o.aggregate_id"
    );
    let told = told.all::<(i64, Vec<u8>)>(db).await.expect("events");
    assert_eq!(told.len(), model.plans.len());
    for ((version, payload), (student, plan)) in told.into_iter().zip(&model.plans) {
        let told = pb::PlanSnapshot::decode(payload.as_slice()).expect("a plan");
        let classes: BTreeSet<_> = told.class_ids.into_iter().collect();
        assert_eq!((told.student_id.as_str(), version, &classes), (student.as_str(), plan.version, &plan.classes));
        assert_eq!((told.revision, told.wished_class_ids), (plan.revision, Vec::new()));
    }
}
