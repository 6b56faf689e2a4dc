//! Waiting lists and packages.

use chassis::client::Channel;
use chassis::error::Fault;
use chassis::testing::{TestServer, eventually};
use course_svc::NAME;
use course_svc::rules::period::PeriodCode;
use course_svc::rules::waiting::{has_time, turns};
use course_svc::store::{classes, periods, waiting};
use proto::common::v1::PageRequest;
use proto::course::v1 as pb;
use proto::course::v1::packages_client::PackagesClient;
use proto::course::v1::waiting_lists_client::WaitingListsClient;

use super::{PERIOD, TestApp, answer, config, id, input_of};

pub(crate) fn join_request(student: &str, class_id: &str, instead_of: &str) -> pb::JoinWaitingListRequest {
    let (class_id, instead_of_id) = (class_id.to_owned(), instead_of.to_owned());
    pb::JoinWaitingListRequest { student_id: id(student), period_code: PERIOD.to_owned(), class_id, instead_of_id }
}

pub(crate) fn leave_request(student: &str, class_id: &str) -> pb::LeaveWaitingListRequest {
    pb::LeaveWaitingListRequest {
        student_id: id(student),
        period_code: PERIOD.to_owned(),
        class_id: class_id.to_owned(),
    }
}

pub(crate) fn tradings_request() -> pb::ListTradingsRequest {
    pb::ListTradingsRequest { period_code: PERIOD.to_owned(), page: None }
}

/// A package of IF-S1 for everybody who entered.
pub(crate) fn package(name: &str, class_ids: &[&str]) -> pb::PackageInput {
    pb::PackageInput {
        period_code: PERIOD.to_owned(),
        programme_id: id("IF-S1"),
        cohort: 0,
        name: name.to_owned(),
        class_ids: class_ids.iter().map(|id| (*id).to_owned()).collect(),
    }
}

pub(crate) fn packages_request() -> pb::ListPackagesRequest {
    pb::ListPackagesRequest { period_code: PERIOD.to_owned(), ..Default::default() }
}

pub(crate) fn take_request(student: &str, package_id: &str) -> pb::TakePackageRequest {
    let package_id = package_id.to_owned();
    pb::TakePackageRequest { student_id: id(student), period_code: PERIOD.to_owned(), package_id }
}

/// Places in line of a plan: class, place, how many wait.
pub(crate) fn places(plan: &pb::PlanView) -> Vec<(String, u32, u32)> {
    let class = |place: &pb::WaitingPlace| place.class.as_ref().expect("a class").id.clone();
    plan.waiting.iter().map(|place| (class(place), place.place, place.waiting)).collect()
}

/// Classes of a plan by id.
pub(crate) fn held(plan: &pb::PlanView) -> Vec<String> {
    let mut ids: Vec<_> = plan.items.iter().map(|item| item.class.as_ref().expect("a class").id.clone()).collect();
    ids.sort();
    ids
}

impl TestApp {
    pub(crate) fn lines(&self, student: &str) -> WaitingListsClient<Channel> {
        WaitingListsClient::new(self.as_student(student))
    }

    pub(crate) async fn join(&self, student: &str, class_id: &str) -> Result<pb::PlanView, Fault> {
        answer(self.lines(student).join_waiting_list(join_request(student, class_id, "")).await)
    }

    /// Joins a line to give another class back when the seat comes.
    pub(crate) async fn join_for(
        &self,
        student: &str,
        class_id: &str,
        instead_of: &str,
    ) -> Result<pb::PlanView, Fault> {
        answer(self.lines(student).join_waiting_list(join_request(student, class_id, instead_of)).await)
    }

    pub(crate) async fn leave(&self, student: &str, class_id: &str) -> Result<pb::PlanView, Fault> {
        answer(self.lines(student).leave_waiting_list(leave_request(student, class_id)).await)
    }

    /// A class as it is stored.
    pub(crate) async fn class_now(&self, class_id: &str) -> pb::Class {
        answer(self.catalogue().get_class(pb::GetClassRequest { id: class_id.to_owned() }).await).expect("a class")
    }

    /// Seats taken, kept and waited for.
    pub(crate) async fn numbers(&self, class_id: &str) -> (u32, u32, u32) {
        let class = self.class_now(class_id).await;
        (class.taken, class.reserved, class.waiting)
    }

    /// Changes a class as an admin does.
    pub(crate) async fn change_class(&self, class: &pb::Class, change: impl FnOnce(&mut pb::ClassInput)) -> pb::Class {
        let now = self.class_now(&class.id).await;
        let mut input = input_of(&now);
        change(&mut input);
        let request = pb::UpdateClassRequest { id: class.id.clone(), class: Some(input), version: now.version };
        answer(self.offering().update_class(request).await).expect("changed")
    }

    /// Waits until a student has a class.
    pub(crate) async fn gets(&self, student: &str, class_id: &str) {
        eventually(&format!("{student} is promoted"), || async {
            held(&self.plan(student).await).contains(&class_id.to_owned())
        })
        .await;
    }

    /// Waits until it is nobody's turn any more. A seat that is kept for some may be free while others wait.
    pub(crate) async fn nobody_is_due(&self) {
        eventually("every kept seat has found somebody", || async {
            let mut tx = self.db.db.snapshot().await.expect("a snapshot");
            let due = waiting::due(&mut tx).await.expect("classes");
            let ids: Vec<_> = due.into_iter().map(|due| due.class_id).collect();
            let mut lines = waiting::firsts(&mut tx, &ids, 1000).await.expect("lines");
            let classes = classes::by_ids(&mut tx, &ids).await.expect("classes");
            let code = PeriodCode::parse(PERIOD).expect("a period");
            let period = periods::get(&mut tx, code).await.expect("an answer").expect("the period");
            let now = self.clock.now();
            classes.iter().all(|class| {
                let mut line = lines.remove(&class.id).unwrap_or_default();
                line.retain(|waiter| has_time(&period, waiter, now));
                turns(class.open, &class.seats, &line, now).is_empty()
            })
        })
        .await;
    }

    /// The whole line as the registrar reads it, over pages of two.
    pub(crate) async fn line(&self, class_id: &str) -> Vec<(String, u32)> {
        let mut client = WaitingListsClient::new(self.as_registrar());
        let (mut line, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = Some(PageRequest { size: 2, cursor });
            let request = pb::ListWaitingListRequest { class_id: class_id.to_owned(), page };
            let answer = answer(client.list_waiting_list(request).await).expect("a line");
            line.extend(answer.students.into_iter().map(|waiter| (waiter.name, waiter.place)));
            cursor = answer.page.expect("a page").next_cursor;
            if cursor.is_empty() {
                return line;
            }
        }
    }

    /// Deeds of a plan's history, first step first.
    pub(crate) async fn deeds(&self, student: &str) -> Vec<pb::PlanDeed> {
        let mut deeds: Vec<_> = self.steps(student).await.iter().map(pb::PlanStep::deed).collect();
        deeds.reverse();
        deeds
    }

    /// What the database must say of every class, whatever happened.
    pub(crate) async fn check_lines(&self) {
        let rows = chassis::sql!(
            "SELECT c.class_id, c.capacity, c.taken, c.reserved, c.waiting,
                 (SELECT COUNT(*) FROM study_plan_item i WHERE i.class_id = c.class_id) AS items,
                 (SELECT COUNT(*) FROM waiting_entry w WHERE w.class_id = c.class_id) AS entries,
                 (SELECT COUNT(*) FROM class_reservation r WHERE r.class_id = c.class_id) AS reservations
             FROM class c ORDER BY c.class_id"
        );
        let rows = rows.all::<(String, i64, i64, i64, i64, i64, i64, i64)>(&self.db.db).await.expect("rows");
        for (class, capacity, taken, reserved, waiting, items, entries, reservations) in rows {
            assert_eq!((taken, waiting), (items, entries), "{class}: seats taken and items, waiting and entries");
            assert!(taken <= capacity, "{class} has {taken} of {capacity}");
            let most = waiting.min(capacity - taken);
            assert!(reserved == most || (reservations > 0 && reserved <= capacity - taken), "{class}: seats kept");
        }
    }

    pub(crate) fn packages(&self) -> PackagesClient<Channel> {
        PackagesClient::new(self.as_registrar())
    }

    pub(crate) async fn make_package(&self, input: pb::PackageInput) -> Result<pb::Package, Fault> {
        answer(self.packages().create_package(pb::CreatePackageRequest { package: Some(input) }).await)
    }

    pub(crate) async fn take(&self, student: &str, package_id: &str) -> Result<pb::PlanView, Fault> {
        answer(PackagesClient::new(self.as_student(student)).take_package(take_request(student, package_id)).await)
    }

    /// The same with its service killed; `meanwhile` is done while it is dead, and a new one is started over the database.
    pub(crate) async fn crashed(self, meanwhile: impl AsyncFnOnce(&chassis::db::Db)) -> Self {
        let Self { db, clock, issuer, trust, server, student, grade, pki } = self;
        server.kill().await;
        meanwhile(&db.db).await;
        let (to_student, to_grade) = (student.channel(&pki), grade.channel(&pki));
        let built = course_svc::build(&config(&pki, &db), db.db.clone(), clock.clone(), to_student, to_grade).await;
        let server = TestServer::start(NAME, built.expect("it is built"), &trust, &pki).await;
        Self { db, clock, issuer, trust, server, student, grade, pki }
    }
}
