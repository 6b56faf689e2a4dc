//! Shedding: each class of calls has so many places; who finds none is refused at once instead of queueing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::contract::{Effect, MethodInfo};
use crate::error::Fault;
use crate::reasons;
use crate::serve::Limits;

/// When a refused caller may try again.
const AGAIN: Duration = Duration::from_secs(1);

/// Places by class; a method with a limit of its own is a class of its own.
#[derive(Debug)]
pub(crate) struct Shed {
    reads: Arc<Semaphore>,
    writes: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    own: HashMap<&'static str, Arc<Semaphore>>,
}

impl Shed {
    pub(crate) fn new(limits: &Limits, own: &[(&'static str, usize)]) -> Self {
        let places = |n: usize| Arc::new(Semaphore::new(n.min(Semaphore::MAX_PERMITS)));
        Self {
            reads: places(limits.max_reads),
            writes: places(limits.max_writes),
            streams: places(limits.max_streams),
            own: own.iter().map(|(path, n)| (*path, places(*n))).collect(),
        }
    }

    /// A place for one call, held until its answer is through.
    pub(crate) fn admit(&self, path: &str, info: MethodInfo) -> Result<OwnedSemaphorePermit, Fault> {
        let (class, places) = match self.own.get(path) {
            Some(places) => ("own", places),
            None if !info.is_unary() => ("stream", &self.streams),
            None if info.effect == Effect::Read => ("read", &self.reads),
            None => ("write", &self.writes),
        };
        places.clone().try_acquire_owned().map_err(|_| {
            metrics::counter!("rpc.server.shed", "class" => class).increment(1);
            Fault::unavailable(reasons::OVERLOADED, Some(AGAIN))
        })
    }
}
