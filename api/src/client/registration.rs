//! Registration when everybody comes at once: swaps, waiting lists, packages, the waiting room, allocation, and
//! approving many plans.

use reqwest::header::IF_MATCH;

use super::{Client, Error};
use crate::{
    Admission, Allocation, AllocationInput, AllocationOutcome, AllocationQuery, Approval, ApprovalInput,
    ApprovalOutcome, Delegation, DelegationInput, DelegationQuery, Package, PackageInput, PackageQuery, PackageTake,
    Page, PageQuery, Plan, SwapInput, Trading, VoidInput, WaitingInput, WaitingStudent, Wishes, WishesInput, routes,
};

impl Client {
    /// Gives one class back and takes another, in one step: when the new one is refused, the old seat stays.
    pub async fn swap_item(&self, student: &str, period: &str, swap: &SwapInput) -> Result<Plan, Error> {
        self.send(routes::SWAPS_POST, &[student, period], swap).await
    }

    /// Opens an approved plan that was read at `version` for changes.
    pub async fn revise_plan(&self, student: &str, period: &str, version: i64) -> Result<Plan, Error> {
        self.decide(routes::REVISION_POST, &[student, period], version).await
    }

    /// Voids a plan that was read at `version` and frees its seats.
    pub async fn void_plan(
        &self,
        student: &str,
        period: &str,
        version: i64,
        reason: &VoidInput,
    ) -> Result<Plan, Error> {
        self.change(routes::VOID_POST, &[student, period], version, reason).await
    }

    /// Joins the waiting list of a full class.
    pub async fn join_waiting(&self, student: &str, period: &str, line: &WaitingInput) -> Result<Plan, Error> {
        self.send(routes::WAITING_POST, &[student, period], line).await
    }

    /// Leaves a waiting list.
    pub async fn leave_waiting(&self, student: &str, period: &str, class: &str) -> Result<Plan, Error> {
        self.plain(routes::WAITING_DELETE, &[student, period, class]).await
    }

    /// Who waits for a class, in order.
    pub async fn waiting_list(&self, class: &str, query: &PageQuery) -> Result<Page<WaitingStudent>, Error> {
        self.list(routes::LINE_GET, &[class], query).await
    }

    /// Students who took and gave back seats more often than goes unnoticed, latest first.
    pub async fn tradings(&self, period: &str, query: &PageQuery) -> Result<Page<Trading>, Error> {
        self.list(routes::TRADINGS_GET, &[period], query).await
    }

    /// Packages of a period.
    pub async fn packages(&self, query: &PackageQuery) -> Result<Page<Package>, Error> {
        self.list(routes::PACKAGES_GET, &[], query).await
    }

    /// Makes a package.
    pub async fn create_package(&self, package: &PackageInput) -> Result<Package, Error> {
        self.send(routes::PACKAGES_POST, &[], package).await
    }

    /// Changes a package that was read at `version`.
    pub async fn update_package(&self, id: &str, version: i64, package: &PackageInput) -> Result<Package, Error> {
        self.change(routes::PACKAGE_PUT, &[id], version, package).await
    }

    /// Removes a package that was read at `version`; plans that took it keep their classes.
    pub async fn delete_package(&self, id: &str, version: i64) -> Result<(), Error> {
        let request = self.request(routes::PACKAGE_DELETE, &[id]);
        self.nothing(request.header(IF_MATCH, format!("\"{version}\""))).await
    }

    /// Puts all classes of a package into the plan, or none.
    pub async fn take_package(&self, student: &str, period: &str, package: &PackageTake) -> Result<Plan, Error> {
        self.send(routes::PACKAGE_TAKE, &[student, period], package).await
    }

    /// Begins to approve plans.
    pub async fn start_approval(&self, plans: &ApprovalInput) -> Result<Approval, Error> {
        self.send(routes::APPROVALS_POST, &[], plans).await
    }

    /// How far a bulk approval is.
    pub async fn approval(&self, id: &str) -> Result<Approval, Error> {
        self.plain(routes::BULK_GET, &[id]).await
    }

    /// What became of each of its plans, those refused first.
    pub async fn approval_outcomes(&self, id: &str, query: &PageQuery) -> Result<Page<ApprovalOutcome>, Error> {
        self.list(routes::OUTCOMES_GET, &[id], query).await
    }

    /// Delegations that concern the caller, the latest first.
    pub async fn delegations(&self, query: &DelegationQuery) -> Result<Page<Delegation>, Error> {
        self.list(routes::DELEGATIONS_GET, &[], query).await
    }

    /// Lets another lecturer decide about the plans of an advisor's advisees for a time.
    pub async fn create_delegation(&self, delegation: &DelegationInput) -> Result<Delegation, Error> {
        self.send(routes::DELEGATIONS_POST, &[], delegation).await
    }

    /// Ends a delegation now.
    pub async fn end_delegation(&self, id: &str) -> Result<Delegation, Error> {
        self.plain(routes::DELEGATION_DELETE, &[id]).await
    }

    /// Enters the waiting room of an opening; entering again answers the same place.
    pub async fn enter_admission(&self, student: &str, period: &str) -> Result<Admission, Error> {
        self.plain(routes::ADMISSION_PUT, &[student, period]).await
    }

    /// The ranked wishes of a student.
    pub async fn wishes(&self, student: &str, period: &str) -> Result<Wishes, Error> {
        self.plain(routes::WISHES_GET, &[student, period]).await
    }

    /// Replaces the wishes that were read at `version` (0 while there are none).
    pub async fn put_wishes(
        &self,
        student: &str,
        period: &str,
        version: i64,
        wishes: &WishesInput,
    ) -> Result<Wishes, Error> {
        self.change(routes::WISHES_PUT, &[student, period], version, wishes).await
    }

    /// Gives the seats of a period by everybody's wishes.
    pub async fn run_allocation(&self, period: &str, run: &AllocationInput) -> Result<Allocation, Error> {
        self.send(routes::ALLOCATION_POST, &[period], run).await
    }

    /// The allocation of a period.
    pub async fn allocation(&self, period: &str) -> Result<Allocation, Error> {
        self.plain(routes::ALLOCATION_GET, &[period]).await
    }

    /// What became of the wishes, by place and rank.
    pub async fn allocation_outcomes(
        &self,
        period: &str,
        query: &AllocationQuery,
    ) -> Result<Page<AllocationOutcome>, Error> {
        self.list(routes::ALLOCATED_GET, &[period], query).await
    }
}
