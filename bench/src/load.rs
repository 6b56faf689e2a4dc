//! The generator: one thread, open loop. What a student does is due at a moment that was fixed beforehand, and its time runs
//! from that moment, whether or not a connection was free and whether or not the answer before was late.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::people::People;
use crate::script::{Actor, Deed, Request, encode};
use crate::tally::{Tally, Verdict};
use crate::wire::{Head, Wire, reasons};

/// Pause before a request that got no answer is sent again.
const AGAIN: Duration = Duration::from_millis(250);

/// Who does what, over how many connections, to whom.
pub struct Load<'a> {
    /// The API, at one address or several.
    pub gateways: Vec<SocketAddr>,
    /// Connections in all.
    pub connections: usize,
    /// Students.
    pub actors: Vec<Actor>,
    /// Their ids and tokens.
    pub people: &'a People,
    /// Distinguishes the idempotency keys of runs on one system.
    pub run: String,
    /// How often a request is sent that is turned away or gets no answer.
    pub tries: u32,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// All answers.
    pub tally: Tally,
    /// The students, with what was confirmed to them.
    pub actors: Vec<Actor>,
}

/// Runs the load to its end. `beside` runs at the same time and is dropped when the load is over.
pub async fn run(load: Load<'_>, beside: impl Future<Output = ()>) -> Outcome {
    let planned: usize = load.actors.iter().map(Actor::len).sum();
    let bar = ProgressBar::new(planned as u64);
    if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {pos}/{len} {per_sec}") {
        bar.set_style(style);
    }
    let shared = Shared::new(load.actors, bar);
    let worker = |number: usize| {
        let wire = Wire::to(load.gateways[number % load.gateways.len()]);
        shared.work(wire, load.people, &load.run, load.tries)
    };
    let mut workers: FuturesUnordered<_> = (0..load.connections.max(1)).map(worker).collect();
    let work = async { while workers.next().await.is_some() {} };
    let others = async { tokio::join!(shared.keep_time(), beside) };
    tokio::select! {
        () = work => {}
        _ = others => {}
    }
    drop(workers);
    shared.bar.finish_and_clear();
    Outcome { tally: shared.tally.into_inner(), actors: shared.actors.into_inner() }
}

/// What is due when, and what came of what was.
struct Shared {
    start: Instant,
    actors: RefCell<Vec<Actor>>,
    tally: RefCell<Tally>,
    bar: ProgressBar,
    /// Due now: when it was due, and whose it is.
    ready: RefCell<VecDeque<Due>>,
    later: RefCell<BinaryHeap<Reverse<Due>>>,
    /// Students who are not through.
    left: Cell<usize>,
    /// Something is ready, or everything is over.
    wake: Notify,
    /// Something is due earlier than known.
    sooner: Notify,
}

/// Something is due: when, in microseconds from the start, for which actor, the how-manieth try, and since when the
/// student has been waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: u64,
    actor: usize,
    tries: u32,
    since: u64,
}

impl Shared {
    fn new(actors: Vec<Actor>, bar: ProgressBar) -> Self {
        let first = |(number, actor): (usize, &Actor)| {
            actor.due().map(|at| Reverse(Due { at, actor: number, tries: 1, since: at }))
        };
        let later: BinaryHeap<_> = actors.iter().enumerate().filter_map(first).collect();
        Self {
            start: Instant::now(),
            left: Cell::new(later.len()),
            actors: RefCell::new(actors),
            tally: RefCell::default(),
            bar,
            ready: RefCell::default(),
            later: RefCell::new(later),
            wake: Notify::new(),
            sooner: Notify::new(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Moves what has become due to where workers find it, until everything is over.
    async fn keep_time(&self) {
        while self.left.get() > 0 {
            let now = self.now();
            while let Some(Reverse(due)) = self.later.borrow_mut().pop_if_due(now) {
                self.ready.borrow_mut().push_back(due);
                self.wake.notify_one();
            }
            let next = self.later.borrow().peek().map(|Reverse(due)| due.at);
            match next {
                None => self.sooner.notified().await,
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(self.start + Duration::from_micros(at)) => {}
                    () = self.sooner.notified() => {}
                },
            }
        }
        std::future::pending().await
    }

    /// Sees to it that something is done when it is due.
    fn plan(&self, due: Due) {
        if due.at <= self.now() {
            self.ready.borrow_mut().push_back(due);
            self.wake.notify_one();
            return;
        }
        let first = self.later.borrow().peek().is_none_or(|Reverse(first)| due.at < first.at);
        self.later.borrow_mut().push(Reverse(due));
        if first {
            self.sooner.notify_one();
        }
    }

    /// One connection: sends what is due, whoever's it is.
    async fn work(&self, mut wire: Wire, people: &People, run: &str, most: u32) {
        let mut bytes = Vec::with_capacity(2048);
        while self.left.get() > 0 {
            let next = self.ready.borrow_mut().pop_front();
            let Some(due) = next else {
                self.wake.notified().await;
                continue;
            };
            let (request, student) = {
                let actor = &mut self.actors.borrow_mut()[due.actor];
                let request = actor.open.or_else(|| actor.begin());
                (request, actor.student)
            };
            let Some(request) = request else { continue };
            encode(&mut bytes, request, &people.students[student as usize], &people.classes, run);
            let sent = self.now();
            let answer = wire.ask(&bytes).await;
            let now = self.now();
            let judged = judge(request.deed, &answer, wire.body());
            let at = Duration::from_micros(now);
            let (waited, served) = (now.saturating_sub(due.since), now.saturating_sub(sent));
            self.tally.borrow_mut().add(request.deed, judged.verdict, judged.said, waited, served, at);
            match judged.again {
                Some(pause) if due.tries < most => {
                    let at = now + u64::try_from(pause.as_micros()).unwrap_or(0);
                    // Who is told to come later comes later; who got no answer has been waiting all the time.
                    let since = if judged.verdict == Verdict::Deferred { at } else { due.since };
                    self.plan(Due { at, tries: due.tries + 1, since, ..due });
                }
                again => self.over(due, request, judged.verdict, again.is_some(), answer.ok()),
            }
        }
        // The others wait for something to do.
        self.wake.notify_one();
    }

    /// A step is over; the next one is due when it is due.
    fn over(&self, due: Due, request: Request, verdict: Verdict, unknown: bool, head: Option<Head>) {
        self.bar.inc(1);
        let next = {
            let actor = &mut self.actors.borrow_mut()[due.actor];
            if unknown {
                actor.give_up(request);
            } else {
                actor.finish(request, verdict == Verdict::Done, head.and_then(|head| head.version));
            }
            actor.due()
        };
        match next {
            Some(at) => self.plan(Due { at, actor: due.actor, tries: 1, since: at }),
            None => {
                self.left.set(self.left.get() - 1);
                if self.left.get() == 0 {
                    self.wake.notify_one();
                }
            }
        }
    }
}

trait PopIfDue {
    fn pop_if_due(&mut self, now: u64) -> Option<Reverse<Due>>;
}

impl PopIfDue for BinaryHeap<Reverse<Due>> {
    fn pop_if_due(&mut self, now: u64) -> Option<Reverse<Due>> {
        if self.peek()?.0.at <= now { self.pop() } else { None }
    }
}

/// What an answer means.
struct Judged {
    verdict: Verdict,
    said: String,
    /// Pause before the same is sent again; `None`: it was answered.
    again: Option<Duration>,
}

fn judge(deed: Deed, answer: &std::io::Result<Head>, body: &[u8]) -> Judged {
    let head = match answer {
        Ok(head) => head,
        Err(error) => {
            return Judged {
                verdict: Verdict::Failed,
                said: format!("no answer ({:?})", error.kind()),
                again: Some(AGAIN),
            };
        }
    };
    let status = head.status;
    if (200..300).contains(&status) {
        return Judged { verdict: Verdict::Done, said: status.to_string(), again: None };
    }
    let words = reasons(body);
    let said = format!("{status} {words}");
    match (status, head.retry_after) {
        (429 | 503, Some(seconds)) => {
            let again = Some(Duration::from_secs(seconds.max(1).into()));
            Judged { verdict: Verdict::Deferred, said, again }
        }
        (409, _) if words == chassis::reasons::IN_FLIGHT => {
            Judged { verdict: Verdict::Deferred, said, again: Some(AGAIN) }
        }
        (409 | 412, _) if deed.writes() => Judged { verdict: Verdict::Refused, said, again: None },
        (503 | 504, _) => Judged { verdict: Verdict::Failed, said, again: Some(AGAIN) },
        _ => Judged { verdict: Verdict::Failed, said, again: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, retry_after: Option<u32>, reason: &str) -> Judged {
        let head = Head { status, retry_after, ..Head::default() };
        judge(Deed::Add, &Ok(head), format!("{{\"reason\":\"{reason}\"}}").as_bytes())
    }

    #[test]
    fn an_answer_is_a_success_a_refusal_a_please_come_later_or_a_failure() {
        assert_eq!(judged(201, None, "").verdict, Verdict::Done);
        let full = judged(409, None, "class-full");
        assert_eq!((full.verdict, full.said.as_str(), full.again), (Verdict::Refused, "409 class-full", None));
        let later = judged(503, Some(2), "overloaded");
        assert_eq!((later.verdict, later.again), (Verdict::Deferred, Some(Duration::from_secs(2))));
        assert_eq!(judged(409, None, "request-in-flight").verdict, Verdict::Deferred);
        assert_eq!(
            (judged(503, None, "service-down").verdict, judged(500, None, "internal").again),
            (Verdict::Failed, None)
        );
        assert!(judge(Deed::Plan, &Err(std::io::ErrorKind::TimedOut.into()), &[]).again.is_some());
    }
}
