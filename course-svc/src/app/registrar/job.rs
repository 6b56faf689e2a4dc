//! Orders that were taken on.

use std::sync::Arc;

use chassis::deadline;
use chassis::idempotency::Claim;
use chassis::once::Answer;
use chassis::telemetry::Context;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Order;
use crate::app::situation::PlanView;
use crate::error::Error;

/// Counts the jobs that have no answer yet.
#[derive(Debug, Clone, Default)]
pub(super) struct UnderWay(Arc<()>);

impl UnderWay {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

/// What an order comes to.
pub(super) type Outcome = Result<Answer<PlanView>, Error>;

/// An order in the queue.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) order: Order,
    /// Until when its answer is of use.
    due: Option<Instant>,
    pub(super) traceparent: String,
    claim: Option<Claim>,
    reply: oneshot::Sender<Outcome>,
    _counted: UnderWay,
}

impl Job {
    /// An order of somebody who waits for what it comes to, until the deadline of what they do.
    pub(super) fn new(order: Order, claim: Option<Claim>, under_way: &UnderWay) -> (Self, oneshot::Receiver<Outcome>) {
        let (reply, outcome) = oneshot::channel();
        let _counted = under_way.clone();
        (Self { order, due: deadline::current(), traceparent: Context::traceparent(), claim, reply, _counted }, outcome)
    }

    /// An order of the registrar itself: nobody waits for its answer, however late it comes.
    pub(super) fn own(order: Order, under_way: &UnderWay) -> Self {
        Self { due: None, ..Self::new(order, None, under_way).0 }
    }

    /// Whether nobody waits for the answer any more.
    pub(super) fn is_late(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }

    /// Answers. The key is free before the answer is there: whoever has the answer may send the key again.
    pub(super) fn answer(self, outcome: Outcome) {
        let word = match &outcome {
            Ok(Answer::Done(_)) => "done",
            Ok(Answer::Again(_)) => "again",
            Err(Error::Refused(_)) => "refused",
            Err(_) => "failed",
        };
        metrics::counter!("registrar.orders", "command" => self.order.command.word(), "outcome" => word).increment(1);
        drop(self.claim);
        // Who asked may have gone away; the key, if there was one, has the answer.
        let _ = self.reply.send(outcome);
    }
}
