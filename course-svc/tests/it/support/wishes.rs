//! Wishes, and the allocation that turns them into seats.

use chassis::auth::{Caller, Role, roles};
use chassis::client::Channel;
use chassis::error::Fault;
use chassis::testing::eventually;
use jiff::Timestamp;
use proto::common::v1::PageRequest;
use proto::course::v1 as pb;
use proto::course::v1::allocations_client::AllocationsClient;

use super::{PERIOD, TestApp, answer, id, krs_window};

pub(crate) fn wishes_request(student: &str) -> pb::GetWishesRequest {
    pb::GetWishesRequest { student_id: id(student), period_code: PERIOD.to_owned() }
}

pub(crate) fn put_wishes_request(student: &str, version: i64, class_ids: &[&str]) -> pb::PutWishesRequest {
    let class_ids = class_ids.iter().map(|id| (*id).to_owned()).collect();
    pb::PutWishesRequest { student_id: id(student), period_code: PERIOD.to_owned(), class_ids, version }
}

pub(crate) fn run_request(seed: &str) -> pb::RunAllocationRequest {
    pb::RunAllocationRequest { period_code: PERIOD.to_owned(), seed: seed.to_owned() }
}

pub(crate) fn allocation_request() -> pb::GetAllocationRequest {
    pb::GetAllocationRequest { period_code: PERIOD.to_owned() }
}

/// Of one student; of everybody for an empty name.
pub(crate) fn outcomes_request(student: &str) -> pb::ListAllocationOutcomesRequest {
    let student_id = if student.is_empty() { String::new() } else { id(student) };
    pb::ListAllocationOutcomesRequest { period_code: PERIOD.to_owned(), student_id, ..Default::default() }
}

/// A registrar as the service knows them.
pub(crate) fn registrar_caller() -> Caller {
    Caller {
        account_id: "registrar".to_owned(),
        session_id: String::new(),
        roles: vec![Role { name: roles::REGISTRAR.to_owned(), scope: None }],
        student_id: None,
        lecturer_id: None,
        auth_time: Timestamp::UNIX_EPOCH,
        amr: Vec::new(),
        stale: false,
    }
}

impl TestApp {
    pub(crate) fn allocations(&self, channel: Channel) -> AllocationsClient<Channel> {
        AllocationsClient::new(channel)
    }

    /// The period of the tests, its seats given by wishes.
    pub(crate) async fn period_by_wishes(&self) -> pb::Period {
        let policy = pb::RegistrationSettings { seat_policy: pb::SeatPolicy::Allocation.into(), ..Default::default() };
        self.period_with_room(PERIOD, vec![krs_window(self.clock.now(), -1, 14)], policy).await
    }

    /// Puts wishes with the student's own token.
    pub(crate) async fn wish(&self, student: &str, version: i64, class_ids: &[&str]) -> Result<pb::Wishes, Fault> {
        let mut client = self.allocations(self.as_student(student));
        answer(client.put_wishes(put_wishes_request(student, version, class_ids)).await)
    }

    pub(crate) async fn wishes(&self, student: &str) -> pb::Wishes {
        let mut client = self.allocations(self.as_student(student));
        answer(client.get_wishes(wishes_request(student)).await).expect("wishes are never absent")
    }

    pub(crate) async fn run_allocation(&self, seed: &str) -> Result<pb::AllocationView, Fault> {
        answer(self.allocations(self.as_registrar()).run_allocation(run_request(seed)).await)
    }

    pub(crate) async fn allocation(&self) -> pb::AllocationView {
        answer(self.allocations(self.as_registrar()).get_allocation(allocation_request()).await).expect("it is there")
    }

    /// Waits until it is over for everybody.
    pub(crate) async fn allocated(&self) -> pb::AllocationView {
        eventually("every wish has its outcome", || async {
            self.allocation().await.state() == pb::AllocationState::Done
        })
        .await;
        self.allocation().await
    }

    /// All outcomes that an account may read, over pages of 3.
    pub(crate) async fn allocated_to(
        &self,
        channel: &Channel,
        request: pb::ListAllocationOutcomesRequest,
    ) -> Result<Vec<pb::AllocationOutcome>, Fault> {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let request =
                pb::ListAllocationOutcomesRequest { page: Some(PageRequest { size: 3, cursor }), ..request.clone() };
            let page = answer(self.allocations(channel.clone()).list_allocation_outcomes(request).await)?;
            found.extend(page.outcomes);
            cursor = page.page.expect("a page").next_cursor;
            if cursor.is_empty() {
                return Ok(found);
            }
        }
    }
}
