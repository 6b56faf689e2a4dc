//! What a student does to a plan, sent with the ticket of the waiting room.

use api::client::Error;
use api::{Client, ItemInput, PackageTake, Plan, SwapInput, WaitingInput};

use super::room;
use crate::visit::Visit;

/// What a student does to a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Takes a class.
    Take(ItemInput),
    /// Gives a class back.
    Drop(String),
    /// Gives one back for another.
    Swap(SwapInput),
    /// Joins a waiting list.
    Join(WaitingInput),
    /// Leaves a waiting list.
    Leave(String),
    /// Takes the classes of a package.
    Package(PackageTake),
    /// Hands the plan that was read at this version in.
    Submit(i64),
    /// Takes it back.
    Withdraw(i64),
    /// Opens it for changes.
    Revise(i64),
}

impl Deed {
    async fn send(&self, client: &Client, student: &str, period: &str) -> Result<Plan, Error> {
        match self {
            Self::Take(input) => client.add_item(student, period, input).await,
            Self::Drop(class) => client.drop_item(student, period, class).await,
            Self::Swap(input) => client.swap_item(student, period, input).await,
            Self::Join(input) => client.join_waiting(student, period, input).await,
            Self::Leave(class) => client.leave_waiting(student, period, class).await,
            Self::Package(input) => client.take_package(student, period, input).await,
            Self::Submit(version) => client.submit_plan(student, period, *version).await,
            Self::Withdraw(version) => client.withdraw_plan(student, period, *version).await,
            Self::Revise(version) => client.revise_plan(student, period, *version).await,
        }
    }
}

/// Does it. When the waiting room asks for a ticket, one is fetched and it is sent once more: a refusal changes nothing
/// and its key is not spent.
///
/// # Errors
///
/// What the gateway answered.
pub async fn send(
    visit: &mut Visit,
    student: &str,
    period: &str,
    key: Option<&str>,
    deed: &Deed,
) -> Result<Plan, Error> {
    let refused = match deed.send(&client(visit, period, key), student, period).await {
        Err(error) if room::is_waiting(&error) => error,
        answered => return answered,
    };
    let Ok(Some(admission)) = room::enter(visit, student, period).await else { return Err(refused) };
    room::keep(visit, period, &admission);
    if !room::may_begin(admission.state) {
        return Err(refused);
    }
    deed.send(&client(visit, period, key), student, period).await
}

/// The gateway, asked in the student's name, with the ticket.
fn client(visit: &Visit, period: &str, key: Option<&str>) -> Client {
    let mut client = visit.client();
    if let Some(ticket) = visit.ticket(period) {
        client = client.admission_ticket(&ticket.word);
    }
    match key {
        Some(key) => client.idempotency_key(key),
        None => client,
    }
}
