//! Plans that are being opened. What is not there cannot be locked, so the batches of one replica tell each other whose plans
//! they may be about to make; other replicas are noticed when a plan is made (`plans::insert_many`).

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Students without a plan whom the batches under way are about.
#[derive(Debug, Default)]
pub(super) struct Openings {
    students: Mutex<HashSet<String>>,
    ended: Notify,
}

/// A batch that is about some of them.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    openings: &'a Openings,
    students: &'a [String],
}

impl Openings {
    fn students(&self) -> MutexGuard<'_, HashSet<String>> {
        self.students.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while another batch may open the plan of one of these students.
    pub(super) async fn wait_for(&self, students: &[String]) {
        loop {
            let mut ended = std::pin::pin!(self.ended.notified());
            ended.as_mut().enable();
            let is_free = {
                let opening = self.students();
                opening.is_empty() || students.iter().all(|student| !opening.contains(student))
            };
            if is_free {
                return;
            }
            ended.await;
        }
    }

    /// A batch that may open the plans of these students begins; it ends when the value is dropped.
    pub(super) fn begin<'a>(&'a self, students: &'a [String]) -> Opening<'a> {
        self.students().extend(students.iter().cloned());
        Opening { openings: self, students }
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if self.students.is_empty() {
            return;
        }
        let mut opening = self.openings.students();
        for student in self.students {
            opening.remove(student);
        }
        drop(opening);
        self.openings.ended.notify_waiters();
    }
}
