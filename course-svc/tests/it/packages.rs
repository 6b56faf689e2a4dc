//! Packages: keeping them, who sees which, and taking all of one or nothing.

use chassis::error::Kind;
use proto::course::v1 as pb;
use proto::course::v1::packages_client::PackagesClient;

use crate::support::{
    MONDAY, PERIOD, TUESDAY, TestApp, answer, course_id, fails, fields, held, id, input, keyed, package,
    packages_request, take_request, words,
};

async fn list(app: &TestApp, student: &str, request: pb::ListPackagesRequest) -> Vec<String> {
    let answer = answer(PackagesClient::new(app.as_student(student)).list_packages(request).await).expect("packages");
    answer.packages.into_iter().map(|package| package.name).collect()
}

chassis::both_engines! {
    async fn a_package_is_kept(app: TestApp) {
        app.open_period().await;
        let first = app.offer("IF101", 4, 9, MONDAY).await;
        let second = app.offer("IF102", 3, 9, TUESDAY).await;
        let made = app.make_package(package("Semester 1 A", &[&second.id, &first.id])).await.expect("made");
        assert_eq!((made.version, made.name.as_str(), made.cohort), (1, "Semester 1 A", 0));
        let ids: Vec<_> = made.classes.iter().map(|class| class.id.clone()).collect();
        assert_eq!(ids, [second.id.clone(), first.id.clone()], "in the order in which they were written");

        let fault = fails(app.make_package(package("Semester 1 A", &[&first.id])).await, Kind::Duplicate);
        assert_eq!(fault.reason(), "package-exists");
        let update = |input, version| pb::UpdatePackageRequest { id: made.id.clone(), package: Some(input), version };
        let changed = pb::PackageInput { cohort: 2026, ..package("Semester 1 B", &[&first.id]) };
        let changed = answer(app.packages().update_package(update(changed, 1)).await).expect("changed");
        assert_eq!((changed.version, changed.cohort, changed.classes.len()), (2, 2026, 1));
        fails(answer(app.packages().update_package(update(package("X", &[&first.id]), 1)).await), Kind::Stale);
        let moved = pb::PackageInput { programme_id: id("SI-S1"), ..package("X", &[&first.id]) };
        let fault = fails(answer(app.packages().update_package(update(moved, 2)).await), Kind::Malformed);
        assert_eq!(fields(&fault), [("programme_id".to_owned(), "fixed".to_owned())]);

        let request = pb::DeleteClassRequest { id: first.id.clone() };
        let fault = fails(answer(app.offering().delete_class(request.clone()).await), Kind::Refused);
        assert_eq!(words(&fault), ["class-in-package"]);
        assert_eq!(fault.refusals()[0].facts["packages"], "1");
        let delete = |version| pb::DeletePackageRequest { id: made.id.clone(), version };
        fails(answer(app.packages().delete_package(delete(1)).await), Kind::Stale);
        answer(app.packages().delete_package(delete(2)).await).expect("removed");
        fails(answer(app.packages().delete_package(delete(2)).await), Kind::Absent);
        answer(app.offering().delete_class(request).await).expect("removed");
    }

    async fn what_is_wrong_with_a_package_is_said_at_once(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF101", 4, 9, MONDAY).await;
        let sibling = app.class(input(&course_id(&class), "B", 9, &[TUESDAY])).await;
        let clashing = app.offer("IF102", 3, 9, MONDAY).await;
        let fault = fails(app.make_package(package("", &[])).await, Kind::Malformed);
        assert_eq!(fields(&fault).len(), 2, "{:?}", fields(&fault));
        let fault = fails(app.make_package(package("A", &[&class.id, &class.id, "x"])).await, Kind::Malformed);
        let field = |n: u32, reason: &str| (format!("class_ids[{n}]"), reason.to_owned());
        assert_eq!(fields(&fault), [field(1, "named-twice"), field(2, "unknown-class")]);
        let named = package("A", &[&class.id, &sibling.id, &id("nothing")]);
        let fault = fails(app.make_package(named).await, Kind::Malformed);
        assert_eq!(fields(&fault), [field(1, "named-twice"), field(2, "unknown-class")]);
        let fault = fails(app.make_package(package("A", &[&class.id, &clashing.id])).await, Kind::Refused);
        assert_eq!(words(&fault), ["schedule-clash"]);
        assert_eq!(fault.refusals()[0].facts["of_id"], clashing.id);
        let elsewhere = pb::PackageInput { period_code: "20262".to_owned(), ..package("A", &[&class.id]) };
        let fault = fails(app.make_package(elsewhere).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("period_code".to_owned(), "unknown-period".to_owned())]);
        let nobody = pb::PackageInput { programme_id: id("NO-S1"), ..package("A", &[&class.id]) };
        let fault = fails(app.make_package(nobody).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("programme_id".to_owned(), "unknown-programme".to_owned())]);
    }

    async fn a_key_makes_one_package(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF101", 4, 9, MONDAY).await;
        let create = || pb::CreatePackageRequest { package: Some(package("A", &[&class.id])) };
        let first = answer(app.packages().create_package(keyed(create(), "key")).await).expect("made");
        assert_eq!(answer(app.packages().create_package(keyed(create(), "key")).await).expect("again"), first);
        let take = || keyed(take_request("s1", &first.id), "take");
        let mut client = PackagesClient::new(app.as_student("s1"));
        let taken = answer(client.take_package(take()).await).expect("taken");
        let delete = pb::DeletePackageRequest { id: first.id.clone(), version: 1 };
        answer(app.packages().delete_package(delete).await).expect("removed");
        assert_eq!(answer(client.take_package(take()).await).expect("the kept answer"), taken);
        fails(answer(client.take_package(take_request("s1", &first.id)).await), Kind::Absent);
    }

    async fn a_student_sees_and_takes_what_is_meant_for_them(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF101", 4, 9, MONDAY).await;
        let all = package("Semua", &[&class.id]);
        let new = pb::PackageInput { cohort: 2026, ..package("Baru", &[&class.id]) };
        let others = pb::PackageInput { programme_id: id("HK-S1"), ..package("Hukum", &[&class.id]) };
        let all = app.make_package(all).await.expect("made");
        let new = app.make_package(new).await.expect("made");
        let others = app.make_package(others).await.expect("made");
        assert_eq!(list(&app, "s1", packages_request()).await, ["Semua"], "entered in 2024");
        assert_eq!(list(&app, "s5", packages_request()).await, ["Semua", "Baru"], "entered in 2026");
        assert_eq!(list(&app, "s9", packages_request()).await, ["Hukum"]);
        let of_others = pb::ListPackagesRequest { programme_id: id("HK-S1"), ..packages_request() };
        assert_eq!(list(&app, "s1", of_others.clone()).await, [""; 0]);
        let page = Some(proto::common::v1::PageRequest { size: 2, cursor: String::new() });
        let request = pb::ListPackagesRequest { page, ..packages_request() };
        let first = answer(app.packages().list_packages(request.clone()).await).expect("packages");
        let cursor = first.page.expect("a page").next_cursor;
        let page = Some(proto::common::v1::PageRequest { size: 2, cursor });
        let rest = answer(app.packages().list_packages(pb::ListPackagesRequest { page, ..request }).await).expect("more");
        let names: Vec<_> = first.packages.iter().chain(&rest.packages).map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["Hukum", "Semua", "Baru"], "by programme, cohort and name");
        assert_eq!(answer(app.packages().list_packages(of_others).await).expect("packages").packages.len(), 1);

        for package in [&new, &others] {
            fails(app.take("s1", &package.id).await, Kind::Absent);
        }
        let plan = app.take("s1", &all.id).await.expect("taken");
        assert_eq!(held(&plan), std::slice::from_ref(&class.id));
        let again = app.take("s1", &all.id).await.expect("nothing new");
        assert_eq!((again.version, app.taken(&class.id).await), (plan.version, 1));
    }

    async fn all_of_a_package_or_nothing_with_every_reason(app: TestApp) {
        app.open_period().await;
        let free = app.offer("IF101", 4, 9, MONDAY).await;
        let full = app.offer("IF102", 3, 1, TUESDAY).await;
        let closed = app.offer("IF103", 3, 9, (3, 420, 570)).await;
        let clashing = app.offer("IF104", 3, 9, MONDAY).await;
        let made = app.make_package(package("A", &[&free.id, &full.id, &closed.id])).await.expect("made");
        app.add("s1", &full.id).await.expect("the seat");
        app.add("s2", &clashing.id).await.expect("a seat");
        app.change_class(&closed, |input| input.state = pb::ClassState::Closed.into()).await;
        app.last_ips("s2", 350).await;
        let fault = fails(app.take("s2", &made.id).await, Kind::Refused);
        let told: Vec<_> = fault.refusals().iter().map(|r| (r.reason.to_string(), r.facts["of_id"].clone())).collect();
        let reason = |word: &str, class: &pb::Class| (word.to_owned(), class.id.clone());
        assert_eq!(told, [reason("schedule-clash", &free), reason("class-full", &full), reason("class-closed", &closed)]);
        assert_eq!(held(&app.plan("s2").await), std::slice::from_ref(&clashing.id));
        assert_eq!((app.taken(&free.id).await, app.taken(&closed.id).await), (0, 0));

        app.change_class(&closed, |input| input.state = pb::ClassState::Open.into()).await;
        let plan = app.take("s1", &made.id).await.expect("what is missing comes, what is there stays");
        assert_eq!((plan.items.len(), plan.credits), (3, 10));
        assert_eq!(app.deeds("s1").await, [pb::PlanDeed::Add, pb::PlanDeed::Package]);
        assert_eq!(app.steps("s1").await[0].class_label, "A");
        assert_eq!((app.taken(&free.id).await, app.taken(&full.id).await), (1, 1));
        app.check_lines().await;
    }

    async fn the_ceiling_holds_for_the_package_as_a_whole(app: TestApp) {
        app.open_period().await;
        let mut ids = Vec::new();
        for n in 0..4u32 {
            ids.push(app.offer(&format!("C{n}"), 4, 9, (1 + n, 420, 570)).await.id);
        }
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        let made = app.make_package(package("A", &ids)).await.expect("made");
        // Without a result the ceiling is 12.
        let fault = fails(app.take("s1", &made.id).await, Kind::Refused);
        assert_eq!(words(&fault), ["credit-limit"]);
        assert_eq!(fault.refusals()[0].facts["wanted"], "16");
        assert_eq!(app.plan("s1").await.items.len(), 0);
        app.last_ips("s1", 350).await;
        assert_eq!(app.take("s1", &made.id).await.expect("taken").items.len(), 4);
    }

    async fn a_period_that_has_not_begun_is_not_shown_to_students(app: TestApp) {
        app.period(PERIOD, pb::PeriodState::Planned, Vec::new()).await;
        let request = packages_request();
        fails(answer(PackagesClient::new(app.as_student("s1")).list_packages(request.clone()).await), Kind::Absent);
        assert_eq!(answer(app.packages().list_packages(request).await).expect("none").packages, []);
    }
}
