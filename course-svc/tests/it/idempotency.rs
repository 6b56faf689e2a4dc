//! Commands sent more than once: one effect, the same answer.

use chassis::error::Kind;
use futures_util::future::join_all;
use prost::Message;
use proto::course::v1 as pb;
use proto::course::v1::krs_client::KrsClient;
use tonic::{Request, Response, Status};

use crate::support::study::curriculum;
use crate::support::{
    PERIOD, TestApp, add_request, answer, course, drop_request, fails, id, input, keyed, krs_window, list_request,
};

/// Sends a command three times under one key and once more with another body: one effect, the same answer, then refused.
async fn thrice<Q, A, F>(message: Q, changed: Q, send: impl Fn(Request<Q>) -> F) -> A
where
    Q: Clone,
    A: Message + PartialEq + std::fmt::Debug,
    F: Future<Output = Result<Response<A>, Status>>,
{
    let first = answer(send(keyed(message.clone(), "key-1")).await).expect("done");
    for _ in 0..2 {
        assert_eq!(answer(send(keyed(message.clone(), "key-1")).await).expect("done before"), first);
    }
    let fault = fails(answer(send(keyed(changed, "key-1")).await), Kind::KeyReused);
    assert_eq!(fault.reason(), "idempotency-key-reused");
    first
}

chassis::both_engines! {
    async fn every_post_sent_three_times_has_one_effect(app: TestApp) {
        app.open_period().await;
        let offering = app.offering();

        let draft = pb::CreateCourseRequest { course: Some(course("IF201", 4)) };
        let other = pb::CreateCourseRequest { course: Some(course("IF202", 4)) };
        let made = thrice(draft, other, |request| {
            let mut offering = offering.clone();
            async move { offering.create_course(request).await }
        })
        .await;

        let named = |name: &str| pb::CreateCurriculumRequest { curriculum: Some(curriculum(name, &[(&made.id, 1)])) };
        let curricula = app.curricula();
        thrice(named("Kurikulum 2024"), named("Kurikulum 2026"), |request| {
            let mut curricula = curricula.clone();
            async move { curricula.create_curriculum(request).await }
        })
        .await;

        let room = |code: &str| pb::Room { code: code.to_owned(), capacity: 40, ..Default::default() };
        let (draft, other) = (room("A.1"), room("A.2"));
        let (draft, other) =
            (pb::CreateRoomRequest { room: Some(draft) }, pb::CreateRoomRequest { room: Some(other) });
        thrice(draft, other, |request| {
            let mut offering = offering.clone();
            async move { offering.create_room(request).await }
        })
        .await;

        let period = |code: &str| {
            let windows = vec![krs_window(app.clock.now(), -1, 1)];
            let period = pb::Period { code: code.to_owned(), state: pb::PeriodState::Planned.into(), windows, version: 0, registration: None };
            pb::CreatePeriodRequest { period: Some(period) }
        };
        thrice(period("20262"), period("20263"), |request| {
            let mut offering = offering.clone();
            async move { offering.create_period(request).await }
        })
        .await;

        let class = |name: &str| pb::CreateClassRequest { class: Some(input(&made.id, name, 2, &[(1, 420, 570)])) };
        let class = thrice(class("A"), class("B"), |request| {
            let mut offering = offering.clone();
            async move { offering.create_class(request).await }
        })
        .await;
        assert_eq!(app.list(list_request()).await.len(), 1);

        let krs = app.krs("s1");
        let open = |period: &str| pb::OpenPlanRequest { student_id: id("s1"), period_code: period.to_owned() };
        let opened = thrice(open(PERIOD), open("20251"), |request| {
            let mut krs = krs.clone();
            async move { krs.open_plan(request).await }
        })
        .await;
        assert_eq!(opened.version, 1);

        let plan = thrice(add_request("s1", &class.id), add_request("s1", &id("other")), |request| {
            let mut krs = krs.clone();
            async move { krs.add_class(request).await }
        })
        .await;
        assert_eq!((plan.version, plan.items.len()), (2, 1));
        assert_eq!(app.taken(&class.id).await, 1);

        let plan = thrice(drop_request("s1", &class.id), drop_request("s1", &id("other")), |request| {
            let mut krs = krs.clone();
            async move { krs.drop_class(request).await }
        })
        .await;
        assert_eq!((plan.version, plan.items.len()), (3, 0));
        assert_eq!(app.taken(&class.id).await, 0);
        assert_eq!(app.plan("s1").await.version, 3);
    }

    async fn a_key_belongs_to_one_account_and_one_method(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        let mut one = app.krs("s1");
        answer(one.add_class(keyed(add_request("s1", &class.id), "key-1")).await).expect("a seat");
        answer(app.krs("s2").add_class(keyed(add_request("s2", &class.id), "key-1")).await).expect("another account");
        answer(one.drop_class(keyed(drop_request("s1", &class.id), "key-1")).await).expect("another method");
        assert_eq!(app.taken(&class.id).await, 1);
    }

    async fn a_refusal_is_decided_anew_under_the_same_key(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 1, (1, 420, 570)).await;
        app.add("s2", &class.id).await.expect("the only seat");
        let mut krs = app.krs("s1");
        let add = || keyed(add_request("s1", &class.id), "key-1");
        assert_eq!(fails(answer(krs.add_class(add()).await), Kind::Refused).reason(), "class-full");
        app.drop("s2", &class.id).await.expect("given back");
        let plan = answer(krs.add_class(add()).await).expect("a seat");
        assert_eq!(answer(krs.add_class(add()).await).expect("as it was"), plan);
    }

    async fn a_malformed_key_is_a_wrong_field(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 1, (1, 420, 570)).await;
        for key in ["", "with space", &"k".repeat(129)] {
            let request = keyed(add_request("s1", &class.id), key);
            fails(answer(app.krs("s1").add_class(request).await), Kind::Malformed);
        }
    }

    async fn at_once_under_one_key_there_is_one_effect(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        for round in 0..10 {
            let key = format!("round-{round}");
            let (request, what) = match round % 2 {
                0 => (add_request("s1", &class.id), 1),
                _ => (add_request("s1", &class.id), 0),
            };
            let calls = (0..6).map(|_| {
                let (mut krs, key) = (app.krs("s1"), key.clone());
                let request = request.clone();
                async move {
                    match what {
                        1 => answer(krs.add_class(keyed(request, &key)).await),
                        _ => {
                            let request = pb::DropClassRequest {
                                student_id: request.student_id,
                                period_code: request.period_code,
                                class_id: request.class_id,
                            };
                            answer(krs.drop_class(keyed(request, &key)).await)
                        }
                    }
                }
            });
            let mut plans = Vec::new();
            for result in join_all(calls).await {
                match result {
                    Ok(plan) => plans.push(plan),
                    Err(fault) => assert_eq!(fault.kind(), Kind::InFlight, "{fault}"),
                }
            }
            assert!(!plans.is_empty() && plans.iter().all(|plan| *plan == plans[0]), "{plans:?}");
            assert_eq!(app.taken(&class.id).await, what);
        }
        assert_eq!(app.plan("s1").await.version, 10, "each round had one effect");
    }

    async fn a_client_that_goes_away_finds_its_answer_under_the_key(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 40, (1, 420, 570)).await;
        let mut rng = chassis::testing::Rng::new(app.db.seed);
        for round in 0..20 {
            let key = format!("round-{round}");
            // The client is gone after a random while: before the request left, during the command, or after it.
            let patience = std::time::Duration::from_micros(rng.below(6000));
            let mut krs = KrsClient::new(app.as_student("s1"));
            let gone = tokio::time::timeout(patience, krs.add_class(keyed(add_request("s1", &class.id), &key))).await;
            drop(gone);
            let plan = chassis::testing::eventually_some("an answer that is not `in flight`", || {
                let (mut krs, key, class) = (app.krs("s1"), key.clone(), class.id.clone());
                async move {
                    match answer(krs.add_class(keyed(add_request("s1", &class), &key)).await) {
                        Ok(plan) => Some(plan),
                        Err(fault) => {
                            assert_eq!(fault.kind(), Kind::InFlight, "{fault}");
                            None
                        }
                    }
                }
            })
            .await;
            assert_eq!((plan.items.len(), app.taken(&class.id).await), (1, 1));
            assert_eq!(app.plan("s1").await.version, 2 * round + 1, "one effect, however often it was sent");
            app.drop("s1", &class.id).await.expect("given back");
        }
    }
}
