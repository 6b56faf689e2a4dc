//! Classes taken and given back, often: recorded once for the registrar.

use jiff::SignedDuration;
use proto::course::v1 as pb;
use proto::course::v1::waiting_lists_client::WaitingListsClient;

use crate::feeds::told;
use crate::support::{PERIOD, TestApp, answer, decoded, id, moment, tradings_request};

async fn tradings(app: &TestApp) -> Vec<pb::Trading> {
    let mut client = WaitingListsClient::new(app.as_registrar());
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = Some(proto::common::v1::PageRequest { size: 1, cursor });
        let request = pb::ListTradingsRequest { page, ..tradings_request() };
        let answer = answer(client.list_tradings(request).await).expect("a list");
        found.extend(answer.tradings);
        cursor = answer.page.expect("a page").next_cursor;
        if cursor.is_empty() {
            return found;
        }
    }
}

/// Takes and gives back, so many times.
async fn trade(app: &TestApp, student: &str, class: &pb::Class, times: usize) {
    for _ in 0..times {
        app.add(student, &class.id).await.expect("a seat");
        app.drop(student, &class.id).await.expect("given back");
    }
}

chassis::both_engines! {
    async fn whoever_gives_back_often_is_recorded_once(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        let other = app.offer("IF202", 4, 9, (1, 420, 570)).await;
        trade(&app, "s1", &class, 8).await;
        app.add("s1", &class.id).await.expect("a seat");
        let swap = pb::SwapClassRequest {
            student_id: id("s1"),
            period_code: PERIOD.to_owned(),
            drop_class_id: class.id.clone(),
            add_class_id: other.id.clone(),
        };
        answer(app.krs("s1").swap_class(swap).await).expect("swapped");
        assert_eq!(tradings(&app).await, [], "nine are not worth a word");
        trade(&app, "s2", &class, 9).await;
        let began = app.clock.now();
        app.clock.advance(SignedDuration::from_hours(1));
        app.drop("s1", &other.id).await.expect("the tenth");
        let found = tradings(&app).await;
        assert_eq!(found.len(), 1);
        let trading = &found[0];
        assert_eq!((trading.student_id.as_str(), trading.drops), (id("s1").as_str(), 10));
        assert_eq!((trading.first_at, trading.last_at), (Some(moment(began)), Some(moment(app.clock.now()))));
        assert!(!trading.nim.is_empty() && !trading.name.is_empty());
        assert_eq!(trading.class_labels.len(), 10);
        assert_eq!(trading.class_labels[..2], ["Mata Kuliah IF202 A", "Mata Kuliah IF201 A > Mata Kuliah IF202 A"]);

        // The span goes on: the record grows, and is told once.
        trade(&app, "s1", &class, 2).await;
        let found = tradings(&app).await;
        assert_eq!((found.len(), found[0].drops), (1, 12));
        let events = told(&app).await.into_iter().filter(|event| event.kind == "course.trading");
        let events: Vec<pb::Trading> = events.map(|event| decoded(&event.payload)).collect();
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].student_id.as_str(), events[0].drops, events[0].nim.as_str()), (id("s1").as_str(), 10, ""));
        app.add("s1", &class.id).await.expect("nobody is kept from it");

        // A day later it begins anew, and the latest stands first.
        app.clock.advance(SignedDuration::from_hours(24));
        app.drop("s1", &class.id).await.expect("given back");
        trade(&app, "s1", &class, 8).await;
        assert_eq!(tradings(&app).await.len(), 1);
        trade(&app, "s1", &class, 1).await;
        let drops: Vec<_> = tradings(&app).await.iter().map(|trading| trading.drops).collect();
        assert_eq!(drops, [10, 12]);
    }

    async fn a_period_has_its_own_limit(app: TestApp) {
        let mut period = app.open_period().await;
        let registration = period.registration.get_or_insert_default();
        (registration.trading_limit, registration.trading_hours, registration.waiting_limit) = (2, 1, 1);
        answer(app.offering().update_period(pb::UpdatePeriodRequest { period: Some(period) }).await).expect("changed");
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        trade(&app, "s1", &class, 1).await;
        app.clock.advance(SignedDuration::from_hours(1));
        trade(&app, "s1", &class, 1).await;
        assert_eq!(tradings(&app).await, [], "an hour apart");
        trade(&app, "s1", &class, 1).await;
        assert_eq!(tradings(&app).await.len(), 1);
    }
}
