//! Many plans at once: a crowd of advisees, bulk approvals, delegations, and a service that is killed and started anew.

use chassis::auth::{Caller, Role, roles};
use chassis::client::Channel;
use chassis::error::Fault;
use chassis::testing::{TestServer, eventually};
use course_svc::app::rulebook::Rulebook;
use course_svc::app::{App, Limits};
use course_svc::rules::policy::Policy;
use course_svc::rules::registration::Registration;
use course_svc::{Config, NAME};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use proto::common::v1::PageRequest;
use proto::course::v1 as pb;
use proto::course::v1::approvals_client::ApprovalsClient;
use proto::student::v1 as student_pb;
use tokio_util::sync::CancellationToken;

use super::{PERIOD, TestApp, answer, config, id, moment, status, student};

/// What became of one plan: NIM, decided, reason words.
pub(crate) type Told = (String, bool, Vec<String>);

impl TestApp {
    /// Bulk approvals and delegations with the token of a lecturer.
    pub(crate) fn approvals(&self, lecturer: &str) -> ApprovalsClient<Channel> {
        let token = self.token().account(&format!("account-{lecturer}")).lecturer(&id(lecturer)).sign();
        ApprovalsClient::new(self.bearing(&token))
    }

    /// The same as a registrar.
    pub(crate) fn office(&self) -> ApprovalsClient<Channel> {
        ApprovalsClient::new(self.as_registrar())
    }

    /// Students of a lecturer who have handed in a plan with one class each, which has room for all of them.
    pub(crate) async fn crowd(&self, code: &str, prefix: &str, count: usize, advisor: &str) -> Vec<String> {
        let names: Vec<_> = (0..count).map(|n| format!("{prefix}{n:03}")).collect();
        let mut changes = Vec::new();
        for name in &names {
            changes.push(student(name, "IF-S1", "20241", advisor));
            changes.push(status(name, PERIOD, student_pb::StatusKind::Active, 1));
        }
        self.tell(&changes).await;
        let class = self.offer(code, 3, 1000, (1, 420, 570)).await;
        for chunk in names.chunks(50) {
            join_all(chunk.iter().map(async |name| {
                self.add(name, &class.id).await.expect("a seat");
                self.submit(name).await.expect("handed in");
            }))
            .await;
        }
        names
    }

    /// Waits until a bulk approval is done.
    pub(crate) async fn done(&self, approval: &pb::Approval) -> pb::Approval {
        let office = self.office();
        let get = || {
            let (mut office, id) = (office.clone(), approval.id.clone());
            async move { answer(office.get_approval(pb::GetApprovalRequest { id }).await).expect("it is there") }
        };
        eventually("every plan is decided", || {
            let found = get();
            async move { found.await.state() == pb::ApprovalState::Done }
        })
        .await;
        get().await
    }

    /// What became of each plan, over pages of 50, in the order of the list.
    pub(crate) async fn outcomes(&self, approval: &pb::Approval) -> Vec<Told> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = Some(PageRequest { size: 50, cursor });
            let request = pb::ListApprovalOutcomesRequest { id: approval.id.clone(), page };
            let answer = answer(self.office().list_approval_outcomes(request).await).expect("outcomes");
            found.extend(answer.outcomes.into_iter().map(|outcome| {
                let reasons = outcome.refusals.into_iter().map(|refusal| refusal.reason).collect();
                (outcome.nim, outcome.done, reasons)
            }));
            cursor = answer.page.expect("a page").next_cursor;
            if cursor.is_empty() {
                return found;
            }
        }
    }

    /// A delegation from one lecturer to another, from so many hours from now to so many.
    pub(crate) async fn delegate(&self, from: &str, to: &str, begins: i64, ends: i64) -> Result<pb::Delegation, Fault> {
        answer(self.approvals(from).create_delegation(delegation(self.clock.now(), from, to, begins, ends)).await)
    }

    /// Ends it, as this lecturer.
    pub(crate) async fn end(&self, lecturer: &str, delegation: &pb::Delegation) -> Result<pb::Delegation, Fault> {
        let request = pb::EndDelegationRequest { id: delegation.id.clone() };
        answer(self.approvals(lecturer).end_delegation(request).await)
    }

    /// The use cases on the same database, without a server.
    pub(crate) fn alone(&self) -> App {
        let rulebook = Rulebook::new(Policy::default(), Registration::SHIPPED);
        App::start(self.db.db.clone(), self.clock.clone(), rulebook, Limits::default(), CancellationToken::new())
    }

    /// The service is killed and, when something else has happened, started anew over the same database with other
    /// settings.
    pub(crate) async fn restarted(self, change: impl FnOnce(&mut Config), meanwhile: impl Future<Output = ()>) -> Self {
        let Self { db, clock, issuer, trust, server, student, grade, pki } = self;
        server.kill().await;
        meanwhile.await;
        let mut config = config(&pki, &db);
        change(&mut config);
        let ways = (student.channel(&pki), grade.channel(&pki));
        let built = course_svc::build(&config, db.db.clone(), clock.clone(), ways.0, ways.1).await;
        let server = TestServer::start(NAME, built.expect("it is built"), &trust, &pki).await;
        Self { db, clock, issuer, trust, server, student, grade, pki }
    }
}

pub(crate) fn delegation(now: Timestamp, from: &str, to: &str, begins: i64, ends: i64) -> pb::CreateDelegationRequest {
    let at = |hours| Some(moment(now + SignedDuration::from_hours(hours)));
    pb::CreateDelegationRequest {
        advisor_id: id(from),
        delegate_id: id(to),
        from: at(begins),
        until: at(ends),
        note: "Cuti.".to_owned(),
    }
}

/// Plans as they are after they were handed in: opened by the first class, submitted by the second step.
pub(crate) fn start_request(students: &[String]) -> pb::StartApprovalRequest {
    let plan = |name: &String| pb::PlanRef { student_id: id(name), version: 2 };
    pb::StartApprovalRequest {
        period_code: PERIOD.to_owned(),
        plans: students.iter().map(plan).collect(),
        ..Default::default()
    }
}

/// A lecturer as the service knows them.
pub(crate) fn lecturer_caller(name: &str) -> Caller {
    Caller {
        account_id: format!("account-{name}"),
        session_id: String::new(),
        roles: vec![Role { name: roles::LECTURER.to_owned(), scope: None }],
        student_id: None,
        lecturer_id: Some(id(name)),
        auth_time: Timestamp::UNIX_EPOCH,
        amr: Vec::new(),
        stale: false,
    }
}
