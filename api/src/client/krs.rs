//! Study plans (KRS).

use super::{Client, Error};
use crate::{
    Choice, ChoiceQuery, ItemInput, Page, PageQuery, Plan, PlanLocks, PlanQuery, PlanQueue, PlanStep, ReturnInput,
    routes,
};

impl Client {
    /// The plan of a student in a period.
    pub async fn plan(&self, student: &str, period: &str) -> Result<Plan, Error> {
        self.plain(routes::PLAN_GET, &[student, period]).await
    }

    /// Opens the plan; opening an open one changes nothing.
    pub async fn open_plan(&self, student: &str, period: &str) -> Result<Plan, Error> {
        self.plain(routes::PLAN_POST, &[student, period]).await
    }

    /// Classes of the period, each with every reason that would refuse it to this student now.
    pub async fn choices(&self, student: &str, period: &str, query: &ChoiceQuery) -> Result<Page<Choice>, Error> {
        self.list(routes::CHOICES_GET, &[student, period], query).await
    }

    /// Takes a seat.
    pub async fn add_item(&self, student: &str, period: &str, item: &ItemInput) -> Result<Plan, Error> {
        self.send(routes::ITEMS_POST, &[student, period], item).await
    }

    /// Gives a seat back.
    pub async fn drop_item(&self, student: &str, period: &str, class: &str) -> Result<Plan, Error> {
        self.plain(routes::ITEM_DELETE, &[student, period, class]).await
    }

    /// Hands the plan that was read at `version` to the advisor.
    pub async fn submit_plan(&self, student: &str, period: &str, version: i64) -> Result<Plan, Error> {
        self.decide(routes::SUBMISSION_POST, &[student, period], version).await
    }

    /// Takes a submitted plan that was read at `version` back: a draft again.
    pub async fn withdraw_plan(&self, student: &str, period: &str, version: i64) -> Result<Plan, Error> {
        self.decide(routes::SUBMISSION_DELETE, &[student, period], version).await
    }

    /// Approves a submitted plan that was read at `version`.
    pub async fn approve_plan(&self, student: &str, period: &str, version: i64) -> Result<Plan, Error> {
        self.decide(routes::APPROVAL_POST, &[student, period], version).await
    }

    /// Returns a plan that was read at `version`, with a note that says what to change.
    pub async fn return_plan(
        &self,
        student: &str,
        period: &str,
        version: i64,
        note: &ReturnInput,
    ) -> Result<Plan, Error> {
        self.change(routes::RETURN_POST, &[student, period], version, note).await
    }

    /// What happened to a plan, latest first.
    pub async fn plan_steps(&self, student: &str, period: &str, query: &PageQuery) -> Result<Page<PlanStep>, Error> {
        self.list(routes::STEPS_GET, &[student, period], query).await
    }

    /// Plans of a period that the caller may read, with how many there are in each state.
    pub async fn plans(&self, query: &PlanQuery) -> Result<PlanQueue, Error> {
        self.list(routes::PLANS_GET, &[], query).await
    }

    /// Locks every approved plan of a period.
    pub async fn lock_plans(&self, period: &str) -> Result<PlanLocks, Error> {
        self.plain(routes::PLAN_LOCKS_POST, &[period]).await
    }
}
