//! Plans on their road: handing in, deciding, reading the history.

use chassis::client::Channel;
use chassis::error::Fault;
use proto::common::v1::PageRequest;
use proto::course::v1 as pb;
use proto::course::v1::krs_client::KrsClient;

use super::{PERIOD, TestApp, answer, id};

pub(crate) fn submit_request(student: &str, version: i64) -> pb::SubmitPlanRequest {
    pb::SubmitPlanRequest { student_id: id(student), period_code: PERIOD.to_owned(), version }
}

pub(crate) fn withdraw_request(student: &str, version: i64) -> pb::WithdrawPlanRequest {
    pb::WithdrawPlanRequest { student_id: id(student), period_code: PERIOD.to_owned(), version }
}

pub(crate) fn approve_request(student: &str, version: i64) -> pb::ApprovePlanRequest {
    pb::ApprovePlanRequest { student_id: id(student), period_code: PERIOD.to_owned(), version }
}

pub(crate) fn return_request(student: &str, version: i64, note: &str) -> pb::ReturnPlanRequest {
    let note = note.to_owned();
    pb::ReturnPlanRequest { student_id: id(student), period_code: PERIOD.to_owned(), version, note }
}

pub(crate) fn revise_request(student: &str, version: i64) -> pb::RevisePlanRequest {
    pb::RevisePlanRequest { student_id: id(student), period_code: PERIOD.to_owned(), version }
}

pub(crate) fn void_request(student: &str, version: i64, note: &str) -> pb::VoidPlanRequest {
    let note = note.to_owned();
    pb::VoidPlanRequest { student_id: id(student), period_code: PERIOD.to_owned(), version, note }
}

pub(crate) fn steps_request(student: &str) -> pb::ListPlanStepsRequest {
    pb::ListPlanStepsRequest { student_id: id(student), period_code: PERIOD.to_owned(), page: None }
}

pub(crate) fn plans_request() -> pb::ListPlansRequest {
    pb::ListPlansRequest { period_code: PERIOD.to_owned(), ..Default::default() }
}

impl TestApp {
    /// The KRS with the token of a lecturer.
    pub(crate) fn advising(&self, lecturer: &str) -> KrsClient<Channel> {
        let token = self.token().account(&format!("account-{lecturer}")).lecturer(&id(lecturer)).sign();
        KrsClient::new(self.bearing(&token))
    }

    /// Hands in what the student sees now.
    pub(crate) async fn submit(&self, student: &str) -> Result<pb::PlanView, Fault> {
        let version = self.plan(student).await.version;
        answer(self.krs(student).submit_plan(submit_request(student, version)).await)
    }

    pub(crate) async fn withdraw(&self, student: &str) -> Result<pb::PlanView, Fault> {
        let version = self.plan(student).await.version;
        answer(self.krs(student).withdraw_plan(withdraw_request(student, version)).await)
    }

    /// Approves what is there now, as this lecturer.
    pub(crate) async fn approve(&self, lecturer: &str, student: &str) -> Result<pb::PlanView, Fault> {
        let version = self.plan(student).await.version;
        answer(self.advising(lecturer).approve_plan(approve_request(student, version)).await)
    }

    pub(crate) async fn give_back(&self, lecturer: &str, student: &str, note: &str) -> Result<pb::PlanView, Fault> {
        let version = self.plan(student).await.version;
        answer(self.advising(lecturer).return_plan(return_request(student, version, note)).await)
    }

    /// Opens what is approved for changes.
    pub(crate) async fn revise(&self, student: &str) -> Result<pb::PlanView, Fault> {
        let version = self.plan(student).await.version;
        answer(self.krs(student).revise_plan(revise_request(student, version)).await)
    }

    /// Voids what is there now, as a registrar.
    pub(crate) async fn void(&self, student: &str, note: &str) -> Result<pb::PlanView, Fault> {
        let version = self.plan(student).await.version;
        answer(KrsClient::new(self.as_registrar()).void_plan(void_request(student, version, note)).await)
    }

    /// The whole history, latest step first, over pages of two.
    pub(crate) async fn steps(&self, student: &str) -> Vec<pb::PlanStep> {
        let (mut steps, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = Some(PageRequest { size: 2, cursor });
            let request = pb::ListPlanStepsRequest { page, ..steps_request(student) };
            let answer = answer(self.krs(student).list_plan_steps(request).await).expect("steps");
            steps.extend(answer.steps);
            cursor = answer.page.expect("a page").next_cursor;
            if cursor.is_empty() {
                return steps;
            }
        }
    }

    /// A page of the queue as a registrar sees it.
    pub(crate) async fn plans(&self, request: pb::ListPlansRequest) -> pb::ListPlansResponse {
        answer(KrsClient::new(self.as_registrar()).list_plans(request).await).expect("plans")
    }

    pub(crate) async fn lock_plans(&self) -> u64 {
        let request = pb::LockPlansRequest { period_code: PERIOD.to_owned() };
        answer(KrsClient::new(self.as_registrar()).lock_plans(request).await).expect("locked").locked
    }
}
