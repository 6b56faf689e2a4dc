//! Policy documents: kept, read, laid over each other, and what they make of the next decision.

use chassis::error::Kind;
use proto::course::v1 as pb;
use proto::course::v1::registration_client::RegistrationClient;
use proto::student::v1 as student_pb;
use serde_json::json;

use crate::support::people::result;
use crate::support::policies::{document, scoped};
use crate::support::rows::{class_in, import, seat_in};
use crate::support::study::results;
use crate::support::{
    MONDAY, PERIOD, TUESDAY, TestApp, answer, course_id, fails, fields, hold, id, keyed, reasons, status, words,
};

chassis::both_engines! {
    async fn a_document_is_kept_read_changed_and_removed(app: TestApp) {
        let made = app.put_policy(document("SK 1", &json!({"short_term": 10}))).await.expect("made");
        assert_eq!((made.version, made.title.as_str()), (1, "SK 1"));
        let get = async |id: &str| {
            let request = pb::GetPolicyRequest { id: id.to_owned() };
            answer(app.registration().get_policy(request).await)
        };
        assert_eq!(get(&made.id).await.expect("read"), made);
        let changed = pb::Policy { valid_until: "20302".to_owned(), ..made.clone() };
        let changed = app.put_policy(changed).await.expect("changed");
        assert_eq!(changed.version, 2);
        fails(app.put_policy(made.clone()).await, Kind::Stale);
        let again = fails(app.put_policy(document("SK 2", &json!({}))).await, Kind::Duplicate);
        assert_eq!(again.reason(), "policy-exists");
        let remove = async |version| {
            let request = pb::DeletePolicyRequest { id: made.id.clone(), version };
            answer(app.registration().delete_policy(request).await)
        };
        fails(remove(1).await, Kind::Stale);
        remove(2).await.expect("removed");
        fails(get(&made.id).await, Kind::Absent);
        fails(remove(2).await, Kind::Absent);
    }

    async fn documents_are_listed_in_pages_and_by_period(app: TestApp) {
        for (year, until) in [("20201", "20232"), ("20241", ""), ("20271", "")] {
            let policy = document(year, &json!({}));
            let policy = pb::Policy { valid_from: year.to_owned(), valid_until: until.to_owned(), ..policy };
            app.put_policy(policy).await.expect("made");
        }
        app.put_policy(scoped(document("2024", &json!({})), pb::PolicyScope::Cohort, "2024")).await.expect("made");
        let list = async |period: &str| {
            let (mut titles, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = Some(proto::common::v1::PageRequest { size: 1, cursor });
                let request = pb::ListPoliciesRequest { page, period_code: period.to_owned() };
                let found = answer(app.registration().list_policies(request).await).expect("a page");
                titles.extend(found.policies.into_iter().map(|policy| policy.title));
                cursor = found.page.expect("a page").next_cursor;
                if cursor.is_empty() {
                    return titles.join(" ");
                }
            }
        };
        assert_eq!(list("").await, "2024 20201 20241 20271");
        assert_eq!(list("20261").await, "2024 20241");
        assert_eq!(list("20232").await, "2024 20201");
    }

    async fn everything_wrong_with_a_document_is_named_at_once(app: TestApp) {
        let body = json!({
            "ceiling": {"bands": [{"from": 300, "credits": 99}]}, "short_term": "9", "celing": 1,
            "blocking_holds": ["tuition", "weather"],
        });
        let wrong = pb::Policy { valid_until: "20192".to_owned(), ..document("", &body) };
        let fault = fails(app.put_policy(scoped(wrong, pb::PolicyScope::Cohort, "24")).await, Kind::Malformed);
        let expected = [
            ("title", "required"),
            ("scope_key", "bad-scope"),
            ("valid_until", "not-after"),
            ("body.blocking_holds[1]", "bad-policy"),
            ("body.ceiling.bands[0].credits", "bad-policy"),
            ("body.celing", "unknown-value"),
            ("body.short_term", "bad-policy"),
        ];
        let expected = expected.map(|(field, reason)| (field.to_owned(), reason.to_owned()));
        assert_eq!(fields(&fault), expected);
        for body in ["", "[]", "{", "null"] {
            let fault = fails(app.put_policy(pb::Policy { body: body.to_owned(), ..document("x", &json!({})) }).await, Kind::Malformed);
            assert_eq!(fields(&fault), [("body".to_owned(), "bad-policy".to_owned())], "{body}");
        }
        for (scope, key, reason) in [
            (pb::PolicyScope::Faculty, "NO", "unknown-faculty"),
            (pb::PolicyScope::Programme, "NO", "unknown-programme"),
            (pb::PolicyScope::ProgrammeCohort, "NO/2024", "unknown-programme"),
        ] {
            let fault = fails(app.put_policy(scoped(document("x", &json!({})), scope, key)).await, Kind::Malformed);
            assert_eq!(fields(&fault), [("scope_key".to_owned(), reason.to_owned())]);
        }
    }

    async fn only_the_registrar_keeps_documents_and_only_staff_reads_them(app: TestApp) {
        let made = app.put_policy(document("SK 1", &json!({"short_term": 10}))).await.expect("made");
        let token = |build: fn(chassis::testing::TokenBuilder<'_>) -> chassis::testing::TokenBuilder<'_>| {
            RegistrationClient::new(app.bearing(&build(app.token().account("somebody")).sign()))
        };
        let student = RegistrationClient::new(app.as_student("s1"));
        let advisor = RegistrationClient::new(app.bearing(&app.token().account("a").lecturer(&id("l1")).sign()));
        let system = token(|token| token.system_admin());
        for (mut client, reads) in [(student.clone(), false), (advisor.clone(), true), (system, false)] {
            let put = client.put_policy(pb::PutPolicyRequest { policy: Some(document("SK 2", &json!({}))) }).await;
            assert_eq!(fails(answer(put), Kind::Denied).reason(), "not-allowed");
            let delete = client.delete_policy(pb::DeletePolicyRequest { id: made.id.clone(), version: 1 }).await;
            fails(answer(delete), Kind::Denied);
            let list = answer(client.list_policies(pb::ListPoliciesRequest::default()).await);
            let get = answer(client.get_policy(pb::GetPolicyRequest { id: made.id.clone() }).await);
            assert_eq!((list.is_ok(), get.is_ok()), (reads, reads));
        }
        let about = |name: &str| pb::GetEffectivePolicyRequest {
            period_code: PERIOD.to_owned(),
            student_id: id(name),
            ..Default::default()
        };
        let ask = async |client: &RegistrationClient<_>, name: &str| {
            answer(client.clone().get_effective_policy(about(name)).await).map(drop)
        };
        ask(&student, "s1").await.expect("a student asks about themselves");
        fails(ask(&student, "s2").await, Kind::Absent);
        ask(&advisor, "s1").await.expect("an advisor asks about an advisee");
        fails(ask(&advisor, "s4").await, Kind::Absent);
        fails(ask(&app.registration(), "nobody").await, Kind::Absent);
        let cohort = pb::GetEffectivePolicyRequest {
            period_code: PERIOD.to_owned(),
            programme_id: id("IF-S1"),
            cohort: 2024,
            ..Default::default()
        };
        let found = answer(app.registration().get_effective_policy(cohort.clone()).await).expect("a policy");
        assert_eq!((found.faculty_code.as_str(), found.programme_code.as_str()), ("FIK", "IF-S1"));
        fails(answer(student.clone().get_effective_policy(cohort.clone()).await), Kind::Denied);
        let nowhere = pb::GetEffectivePolicyRequest { programme_id: id("nowhere"), ..cohort };
        let fault = fails(answer(app.registration().get_effective_policy(nowhere).await), Kind::Malformed);
        assert_eq!(fields(&fault), [("programme_id".to_owned(), "unknown-programme".to_owned())]);
    }

    async fn a_document_sent_three_times_is_one(app: TestApp) {
        let request = |title| pb::PutPolicyRequest { policy: Some(document(title, &json!({"short_term": 10}))) };
        let send = async |title, key| answer(app.registration().put_policy(keyed(request(title), key)).await);
        let first = send("SK 1", "key-1").await.expect("made");
        assert_eq!(send("SK 1", "key-1").await.expect("made before"), first);
        fails(send("SK 2", "key-1").await, Kind::KeyReused);
        assert_eq!(fails(send("SK 1", "key-2").await, Kind::Duplicate).reason(), "policy-exists");
    }

    async fn the_next_decision_follows_the_most_specific_document(app: TestApp) {
        app.open_period().await;
        let course = app.offer("IF201", 21, 9, MONDAY).await;
        app.last_ips("s1", 260).await;
        app.add("s1", &course.id).await.expect("21 SKS with an IPS of 2.60");
        app.drop("s1", &course.id).await.expect("given back");
        let bands = |top: u32| json!({"ceiling": {"bands": [{"from": 0, "credits": top}]}, "short_term": 8});
        app.decide(&bands(20)).await;
        let fault = fails(app.add("s1", &course.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["credit-limit"]);
        assert_eq!(fault.refusals()[0].facts["ceiling"], "20");
        // A programme says only the ceiling; the short term stays that of the university.
        let programme = document("SK prodi", &json!({"ceiling": {"bands": [{"from": 0, "credits": 22}]}}));
        app.put_policy(scoped(programme, pb::PolicyScope::Programme, "IF-S1")).await.expect("made");
        assert_eq!(app.plan("s1").await.ceiling.expect("a ceiling").credits, 22);
        let said = app.decided("s1").await;
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("ceiling=") && said[0].ends_with(" of SK prodi"), "{said:?}");
        assert_eq!(said[1], "short_term=8 of Peraturan akademik");
        app.add("s1", &course.id).await.expect("22 is enough");
        // Another programme and another cohort are not meant.
        assert_eq!(app.decided("s9").await.len(), 2);
        assert_eq!(app.plan("s9").await.ceiling.expect("a ceiling").credits, 12, "an unknown IPS");
        for (scope, key, expected) in [
            (pb::PolicyScope::Cohort, "2023", 22),
            (pb::PolicyScope::Cohort, "2024", 10),
            (pb::PolicyScope::ProgrammeCohort, "IF-S1/2024", 11),
        ] {
            let credits = if expected == 22 { 9 } else { expected };
            let body = json!({"ceiling": {"bands": [{"from": 0, "credits": credits}]}});
            app.put_policy(scoped(document(key, &body), scope, key)).await.expect("made");
            assert_eq!(app.plan("s1").await.ceiling.expect("a ceiling").credits, expected, "{key}");
        }
        // What is in the plan stays, and is said.
        let flags = app.plan("s1").await.submit_refusals;
        assert_eq!(reasons(&flags), ["credit-limit"]);
    }

    async fn another_replica_decides_by_a_changed_document_at_once(app: TestApp) {
        if app.db.db.engine() == chassis::db::Engine::Sqlite {
            // One process per file.
            return;
        }
        app.open_period().await;
        app.last_ips("s1", 400).await;
        let replica = app.replica().await;
        let token = app.token().account("account-s1").student(&id("s1")).sign();
        let mut there = proto::course::v1::krs_client::KrsClient::new(
            replica.channel(&app.pki, "gateway").with_bearer(&token),
        );
        for credits in [24, 23, 17] {
            app.decide(&json!({"ceiling": {"bands": [{"from": 0, "credits": credits}]}})).await;
            let request = pb::GetPlanRequest { student_id: id("s1"), period_code: PERIOD.to_owned() };
            let plan = answer(there.get_plan(request).await).expect("a plan");
            assert_eq!(plan.ceiling.expect("a ceiling").credits, credits);
        }
    }

    async fn a_repeat_is_refused_by_its_grade_its_number_and_flagged_while_a_grade_is_awaited(app: TestApp) {
        app.open_period().await;
        app.decide(&json!({"repeat": {"at_most": 200}, "attempts": 2})).await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        let course = course_id(&class);
        app.tell_records(&[
            results("s1", &[result(&course, "20251", "B", 4)], 4, Some(300)),
            results("s2", &[result(&course, "20251", "D", 4)], 4, Some(100)),
        ])
        .await;
        let fault = fails(app.add("s1", &class.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["repeat-not-allowed"]);
        let facts = &fault.refusals()[0].facts;
        assert_eq!((facts["course"].as_str(), facts["letter"].as_str(), facts["wanted"].as_str()), ("IF201", "B", "at-most:200"));
        app.add("s2", &class.id).await.expect("a D may be repeated");
        // Whoever had it twice has had it often enough: an approved plan without a result counts like one.
        for period in ["20251", "20252"] {
            app.period(period, pb::PeriodState::Closed, Vec::new()).await;
        }
        let seat = |period, student| [class_in(period, "IF201", "A", "9"), seat_in(period, student, "IF201", "A", "")];
        import(&app, [seat("20251", "s3"), seat("20252", "s3")].concat()).await;
        let fault = fails(app.add("s3", &class.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["repeat-limit"]);
        assert_eq!(fault.refusals()[0].facts["attempts"], "2");
        // Once, and the grade is still to come: nobody knows yet.
        import(&app, vec![seat_in("20252", "s4", "IF201", "A", "")]).await;
        let plan = app.add("s4", &class.id).await.expect("unknown is not refused");
        assert!(reasons(&plan.flags).contains(&"repeat-pending"), "{:?}", plan.flags);
    }

    async fn where_the_office_chooses_the_student_is_told_so_before_and_when_trying(app: TestApp) {
        app.open_period().await;
        app.decide(&json!({"package_semesters": 1})).await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        let fault = fails(app.add("s5", &class.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["package-only"]);
        assert_eq!((fault.refusals()[0].facts["semester"].as_str(), fault.refusals()[0].facts["semesters"].as_str()), ("1", "1"));
        assert_eq!(reasons(&app.plan("s5").await.refusals), ["package-only"]);
        app.add("s1", &class.id).await.expect("others choose");
    }

    async fn a_minimum_binds_at_submission_or_is_only_said(app: TestApp) {
        app.open_period().await;
        let few = app.offer("IF201", 4, 9, MONDAY).await;
        let more = app.offer("IF202", 8, 9, TUESDAY).await;
        app.add("s1", &few.id).await.expect("a seat");
        app.decide(&json!({"minimum": {"credits": 12, "binding": false}})).await;
        let plan = app.plan("s1").await;
        assert!(reasons(&plan.flags).contains(&"credit-minimum"), "{:?}", plan.flags);
        assert_eq!(reasons(&plan.submit_refusals), [""; 0]);
        app.decide(&json!({"minimum": {"credits": 12, "binding": true}})).await;
        let plan = app.plan("s1").await;
        assert_eq!(reasons(&plan.submit_refusals), ["credit-minimum"]);
        let submit = async |version| {
            let (student_id, period_code) = (id("s1"), PERIOD.to_owned());
            answer(app.krs("s1").submit_plan(pb::SubmitPlanRequest { student_id, period_code, version }).await)
        };
        let fault = fails(submit(plan.version).await, Kind::Refused);
        assert_eq!(words(&fault), ["credit-minimum"]);
        let facts = &fault.refusals()[0].facts;
        assert_eq!((facts["credits"].as_str(), facts["minimum"].as_str()), ("4", "12"));
        let plan = app.add("s1", &more.id).await.expect("a seat");
        submit(plan.version).await.expect("twelve are enough");
    }

    async fn the_policy_says_which_statuses_register_and_which_holds_block(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, MONDAY).await;
        app.decide(&json!({"registering": ["A", "C"], "blocking_holds": ["tuition"]})).await;
        app.tell(&[
            status("s1", PERIOD, student_pb::StatusKind::Merdeka, 2),
            status("s2", PERIOD, student_pb::StatusKind::Leave, 2),
            hold("s3", student_pb::HoldKind::Library, None, 1),
            hold("s4", student_pb::HoldKind::Tuition, None, 1),
        ])
        .await;
        let fault = fails(app.add("s1", &class.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["status-not-registering"]);
        assert_eq!(fault.refusals()[0].facts["status"], "M");
        app.add("s2", &class.id).await.expect("leave registers here");
        let plan = app.add("s3", &class.id).await.expect("a hold of the library is only said");
        assert!(reasons(&plan.flags).contains(&"hold-library"), "{:?}", plan.flags);
        assert_eq!(words(&fails(app.add("s4", &class.id).await, Kind::Refused)), ["hold-tuition"]);
    }

    async fn who_comes_back_is_capped_by_how_the_semester_before_was_missed(app: TestApp) {
        app.open_period().await;
        app.decide(&json!({"after_leave": {"leave": 15, "absence": 12}})).await;
        use student_pb::StatusKind::{Active, Inactive, Leave};
        for (student, before) in [("s1", Leave), ("s2", Inactive), ("s3", Active)] {
            app.tell(&[status(student, "20252", before, 1)]).await;
        }
        let records = ["s1", "s2", "s3", "s4"].map(|name| crate::support::people::record(name, &[("20251", 390, 20, 0)]));
        app.tell_records(&records).await;
        use pb::CeilingReason::{AfterAbsence, AfterLeave, LastGpa};
        for (student, credits, reason) in
            [("s1", 15, AfterLeave), ("s2", 12, AfterAbsence), ("s3", 24, LastGpa), ("s4", 24, LastGpa)]
        {
            let ceiling = app.plan(student).await.ceiling.expect("a ceiling");
            assert_eq!((ceiling.credits, ceiling.reason()), (credits, reason), "{student}");
        }
    }

    async fn uncounted_courses_leave_room_and_some_cap_the_plan(app: TestApp) {
        app.open_period().await;
        app.decide(&json!({
            "uncounted": {"courses": ["UN301"]},
            "with_course": [{"courses": ["UN301"], "cap": 9}],
        }))
        .await;
        app.last_ips("s1", 400).await;
        let kkn = app.offer("UN301", 4, 9, MONDAY).await;
        let other = app.offer("IF201", 9, 9, TUESDAY).await;
        let heavy = app.offer("IF202", 1, 9, (3, 420, 570)).await;
        app.add("s1", &kkn.id).await.expect("a seat");
        let plan = app.add("s1", &other.id).await.expect("9 SKS beside it");
        assert_eq!((plan.credits, plan.credits_uncounted), (13, 4));
        let is_one = |class: &Option<pb::Class>| class.as_ref().is_some_and(|class| class.id == kkn.id);
        assert!(plan.items.iter().all(|item| item.uncounted == is_one(&item.class)), "{:?}", plan.items);
        let choices = app.choices("s1", false).await;
        assert_eq!(choices.len(), 3);
        assert!(choices.iter().all(|choice| choice.uncounted == is_one(&choice.class)), "{choices:?}");
        let ceiling = plan.ceiling.expect("a ceiling");
        assert_eq!((ceiling.credits, ceiling.reason()), (9, pb::CeilingReason::WithCourse));
        let fault = fails(app.add("s1", &heavy.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["credit-limit"]);
        assert_eq!((fault.refusals()[0].facts["wanted"].as_str(), fault.refusals()[0].facts["ceiling_reason"].as_str()), ("10", "with-course"));
    }
}
