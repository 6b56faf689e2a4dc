//! Which replica of a service a call goes to.
//!
//! Of two among those that can be reached, the one with fewer calls under way. Calls under one token have two that are
//! theirs, and go to the first unless it is clearly the busier one: it has verified the token already, and it shows at once
//! what it did for its holder. For other calls two are drawn. A replica whose calls fail five times in a row is left out for
//! a while (see [`Gate`]), though never more than half of them at a time; when nobody else can be reached it is asked all the
//! same. Being reachable is the business of the [`Link`], which connects by itself: no call is risked for that.
//!
//! Not tower's balancer: that one is a service with `&mut self` which all callers would have to share through a buffer.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use hyper::client::conn::http2::SendRequest;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tonic::body::Body;

use super::ClientConfig;
use super::endpoints::Lookup;
use super::gate::{Gate, Pass};
use super::link::{Dial, Link, Look};

/// Names of replicas are looked up again after this time.
const LOOKUP: Duration = Duration::from_secs(5);
/// And after this one while a name has no address.
const LOOKUP_AGAIN: Duration = Duration::from_secs(1);

/// So many calls more, and a quarter more, may be under way at the first replica of a token than at its second one.
const SLACK: usize = 4;
/// How long the tokens of a replica that had too much to do go to their second one.
const RESPITE: Duration = Duration::from_secs(1);

/// No replica can be reached now.
#[derive(Debug)]
pub(super) struct Down;

/// One replica.
pub(super) struct Replica {
    address: SocketAddr,
    link: Link,
    gate: Gate,
    /// Calls under way.
    load: AtomicUsize,
    /// When it had too much to do for a call.
    turned_away: Mutex<Option<Instant>>,
}

impl Replica {
    fn is_busy(&self, now: Instant) -> bool {
        let last = *self.turned_away.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|at| now < at + RESPITE)
    }
}

/// The replicas of one service.
pub(super) struct Balancer {
    pool: Arc<Pool>,
    fail_fast: Duration,
    _lookups: Option<AbortOnDropHandle<()>>,
}

struct Pool {
    dial: Arc<Dial>,
    replicas: RwLock<Arc<[Arc<Replica>]>>,
    /// Told whenever a connection comes or goes, or a replica does.
    changed: Arc<watch::Sender<()>>,
    /// The names have been looked up.
    looked: watch::Sender<bool>,
    /// Held while a gate is shut, so that two are not shut where one may be.
    shutting: Mutex<()>,
}

/// What a call wishes for.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    /// It only reads, so it may try a replica of which nobody knows whether it is well again.
    pub(super) reads: bool,
    /// Where it was lost before: another one, if there is one.
    pub(super) avoid: Option<&'a Arc<Replica>>,
    /// Under which token.
    pub(super) home: Option<Home>,
}

/// What the replicas of a token are found by.
#[derive(Clone, Copy)]
pub(super) struct Home(u64);

impl Home {
    pub(super) fn of(token: &[u8]) -> Self {
        Self(hash(token))
    }

    /// The two replicas that come first for the token. Each one has its own place in the order, whoever the others are: when
    /// one comes or goes only the tokens move that have it among their two.
    fn two<T>(self, ready: &[(&Arc<Replica>, T)]) -> Option<(usize, usize)> {
        let place = |n: &usize| Reverse(hash(&(self.0, ready[*n].0.address)));
        let first = (0..ready.len()).min_by_key(place)?;
        let second = (0..ready.len()).filter(|n| *n != first).min_by_key(place)?;
        Some((first, second))
    }
}

fn hash(of: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

enum Choice {
    Ready(Ticket, SendRequest<Body>),
    /// A connection is being made for the first time, or again after it ended in peace.
    Coming,
    Down,
}

impl Balancer {
    pub(super) fn start(dial: Dial, config: &ClientConfig) -> Self {
        let lookup = Lookup::new(&config.endpoints);
        let pool = Arc::new(Pool {
            dial: Arc::new(dial),
            replicas: RwLock::new(Arc::new([])),
            changed: Arc::new(watch::Sender::new(())),
            looked: watch::Sender::new(!lookup.has_names()),
            shutting: Mutex::default(),
        });
        pool.set(&lookup.addresses());
        let lookups = lookup.has_names().then(|| AbortOnDropHandle::new(tokio::spawn(follow(pool.clone(), lookup))));
        Self { pool, fail_fast: config.fail_fast, _lookups: lookups }
    }

    pub(super) fn is_up(&self) -> bool {
        self.pool.replicas().iter().any(|replica| replica.link.is_up())
    }

    /// A replica that is connected. While all are known to be down this waits for `fail_fast` only; the first attempt to
    /// connect is waited for.
    pub(super) async fn pick(&self, wish: Wish<'_>) -> Result<(Ticket, SendRequest<Body>), Down> {
        let mut changed = self.pool.changed.subscribe();
        let mut came_early = false;
        let mut end = None;
        loop {
            changed.mark_unchanged();
            match self.pool.choose(wish) {
                Choice::Ready(ticket, sender) => return Ok((ticket, sender)),
                Choice::Coming => {
                    (came_early, end) = (true, None);
                    // The pool holds the sender.
                    let _told = changed.changed().await;
                }
                // It was being connected when we came, and that failed.
                Choice::Down if came_early => return Err(Down),
                Choice::Down => {
                    let end = *end.get_or_insert_with(|| Instant::now() + self.fail_fast);
                    if tokio::time::timeout_at(end, changed.changed()).await.is_err() {
                        return Err(Down);
                    }
                }
            }
        }
    }
}

impl Pool {
    fn replicas(&self) -> Arc<[Arc<Replica>]> {
        self.replicas.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds replicas that are new and lets those go that are not named any more; calls under way there are finished.
    fn set(&self, addresses: &BTreeSet<SocketAddr>) {
        let old = self.replicas();
        if old.iter().map(|replica| &replica.address).eq(addresses) {
            return;
        }
        let known = |address: &SocketAddr| old.iter().find(|replica| replica.address == *address).cloned();
        let make = |address: &SocketAddr| {
            let link = Link::start(self.dial.clone(), *address, self.changed.clone());
            Arc::new(Replica {
                address: *address,
                link,
                gate: Gate::default(),
                load: AtomicUsize::new(0),
                turned_away: Mutex::default(),
            })
        };
        let new = addresses.iter().map(|address| known(address).unwrap_or_else(|| make(address))).collect();
        *self.replicas.write().unwrap_or_else(PoisonError::into_inner) = new;
        self.changed.send_replace(());
    }

    fn choose(self: &Arc<Self>, wish: Wish<'_>) -> Choice {
        let now = Instant::now();
        let replicas = self.replicas();
        let mut coming = replicas.is_empty() && !*self.looked.borrow();
        let (mut open, mut shut) = (Vec::with_capacity(replicas.len()), Vec::new());
        for replica in replicas.iter() {
            match replica.link.look() {
                Look::Up(sender) => match replica.gate.pass(now) {
                    Pass::Due if wish.reads && replica.gate.probe(now) => {
                        return Choice::Ready(self.ticket(replica, true), sender);
                    }
                    Pass::Open => open.push((replica, sender)),
                    Pass::Due | Pass::Shut => shut.push((replica, sender)),
                },
                Look::Coming => coming = true,
                Look::Down => {}
            }
        }
        if let Some(avoid) = wish.avoid.filter(|_| open.len() > 1) {
            open.retain(|(replica, _)| !Arc::ptr_eq(replica, avoid));
        }
        let last_resort = open.is_empty() && !coming;
        let mut ready = if last_resort { shut } else { open };
        let Some(chosen) = better_of_two(&ready, wish.home) else {
            return if coming { Choice::Coming } else { Choice::Down };
        };
        let (replica, sender) = ready.swap_remove(chosen);
        let probe = last_resort && replica.gate.probe(now);
        Choice::Ready(self.ticket(replica, probe), sender)
    }

    fn ticket(self: &Arc<Self>, replica: &Arc<Replica>, probe: bool) -> Ticket {
        replica.load.fetch_add(1, Ordering::Relaxed);
        Ticket { pool: self.clone(), replica: replica.clone(), probe }
    }

    /// Whether one more replica may be left out: at most half of them are away.
    fn may_shut(&self, one: &Arc<Replica>) -> bool {
        let replicas = self.replicas();
        let away = |other: &&Arc<Replica>| !Arc::ptr_eq(other, one) && (other.gate.is_shut() || other.link.is_down());
        (replicas.iter().filter(away).count() + 1) * 2 <= replicas.len()
    }
}

/// Index of the less busy one of two; `None` when there are none.
fn better_of_two<T>(ready: &[(&Arc<Replica>, T)], home: Option<Home>) -> Option<usize> {
    if ready.len() < 2 {
        return (!ready.is_empty()).then_some(0);
    }
    let load = |n: usize| ready[n].0.load.load(Ordering::Relaxed);
    if let Some((first, second)) = home.and_then(|home| home.two(ready)) {
        let bearable = load(second) + load(second) / 4 + SLACK;
        let busy = |n: usize| ready[n].0.is_busy(Instant::now());
        return Some(if load(first) > bearable || busy(first) && !busy(second) { second } else { first });
    }
    let [a, b] = crate::telemetry::random::<2>().map(usize::from);
    let first = a % ready.len();
    let second = (first + 1 + b % (ready.len() - 1)) % ready.len();
    Some(if load(second) < load(first) { second } else { first })
}

/// Looks the names up again and again.
async fn follow(pool: Arc<Pool>, mut lookup: Lookup) {
    loop {
        let complete = lookup.refresh(&pool.dial.server).await;
        pool.set(&lookup.addresses());
        if !pool.looked.send_replace(true) {
            pool.changed.send_replace(());
        }
        tokio::time::sleep(if complete { LOOKUP } else { LOOKUP_AGAIN }).await;
    }
}

/// A call under way at a replica. Whoever holds it says how the call went; saying nothing counts for nothing.
pub(super) struct Ticket {
    pool: Arc<Pool>,
    replica: Arc<Replica>,
    probe: bool,
}

impl Ticket {
    pub(super) fn replica(&self) -> &Arc<Replica> {
        &self.replica
    }

    /// The replica answered, whatever the answer is.
    pub(super) fn succeeded(&mut self) {
        self.replica.gate.succeeded(std::mem::take(&mut self.probe));
    }

    /// The replica has enough to do, or is about to end.
    pub(super) fn turned_away(&self) {
        *self.replica.turned_away.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// The replica was asked and did not answer, or cannot.
    pub(super) fn failed(&mut self) {
        let probe = std::mem::take(&mut self.probe);
        let _one_at_a_time = self.pool.shutting.lock().unwrap_or_else(PoisonError::into_inner);
        let may = self.pool.may_shut(&self.replica);
        if self.replica.gate.failed(Instant::now(), probe, may) {
            let (server, replica) = (&self.pool.dial.server, self.replica.address);
            metrics::counter!("rpc.client.ejections", "server" => server.clone()).increment(1);
            tracing::warn!(server, %replica, "a replica fails again and again; leaving it out for a while");
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.replica.load.fetch_sub(1, Ordering::Relaxed);
        if self.probe {
            self.replica.gate.abandoned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestPki;

    /// Replicas that nobody serves.
    fn balancer(ports: &[u16]) -> Balancer {
        let config =
            ClientConfig::new(addresses(ports).into_iter().collect(), "course", &TestPki::new().identity("gateway"));
        Balancer::start(Dial::new(&config).unwrap(), &config)
    }

    fn addresses(ports: &[u16]) -> BTreeSet<SocketAddr> {
        ports.iter().map(|port| SocketAddr::from(([127, 0, 0, 1], *port))).collect()
    }

    #[tokio::test]
    async fn replicas_come_and_go_and_the_others_stay_as_they_are() {
        let balancer = balancer(&[1, 2]);
        let before = balancer.pool.replicas();
        balancer.pool.set(&addresses(&[2, 3]));
        let after = balancer.pool.replicas();
        let ports: Vec<_> = after.iter().map(|replica| replica.address.port()).collect();
        assert_eq!(ports, [2, 3]);
        assert!(Arc::ptr_eq(&before[1], &after[0]), "its connection is kept");
    }

    #[tokio::test]
    async fn the_less_busy_one_of_two_is_taken() {
        let balancer = balancer(&[1, 2, 3, 4]);
        let replicas = balancer.pool.replicas();
        replicas[2].load.store(9, Ordering::Relaxed);
        let ready: Vec<_> = replicas.iter().map(|replica| (replica, ())).collect();
        let mut taken = [0_u32; 4];
        for _ in 0..400 {
            taken[better_of_two(&ready, None).unwrap()] += 1;
        }
        assert_eq!(taken[2], 0, "it loses against any other one");
        assert!(taken.iter().enumerate().all(|(n, times)| n == 2 || *times > 0), "{taken:?}");
        assert_eq!(better_of_two(&ready[..1], None), Some(0));
        assert_eq!(better_of_two::<()>(&[], None), None);
    }

    #[tokio::test]
    async fn calls_under_one_token_stay_together_until_their_replica_is_busier() {
        let balancer = balancer(&[1, 2, 3, 4]);
        let replicas = balancer.pool.replicas();
        let ready: Vec<_> = replicas.iter().map(|replica| (replica, ())).collect();
        let home = |n: u32| Home::of(&n.to_be_bytes());
        let mut held = [0_u32; 4];
        for token in 0..400 {
            let first = better_of_two(&ready, Some(home(token))).unwrap();
            held[first] += 1;
            assert_eq!(better_of_two(&ready, Some(home(token))), Some(first), "again and again");
            let load = &replicas[first].load;
            load.store(SLACK, Ordering::Relaxed);
            assert_eq!(better_of_two(&ready, Some(home(token))), Some(first), "a little more is borne");
            load.store(SLACK + 1, Ordering::Relaxed);
            let second = better_of_two(&ready, Some(home(token))).unwrap();
            assert_ne!(second, first);
            let left: Vec<_> = ready.iter().copied().enumerate().filter(|(n, _)| *n != first).collect();
            let ready: Vec<_> = left.iter().map(|(_, one)| *one).collect();
            let moved = better_of_two(&ready, Some(home(token))).map(|n| left[n].0);
            assert_eq!(moved, Some(second), "and it is the one that takes over when the first is gone");
            load.store(0, Ordering::Relaxed);
        }
        assert!(held.iter().all(|tokens| (60..140).contains(tokens)), "{held:?}");
        let first = better_of_two(&ready, Some(home(0))).unwrap();
        balancer.pool.ticket(&replicas[first], false).turned_away();
        assert_ne!(better_of_two(&ready, Some(home(0))), Some(first), "it has too much to do");
        replicas.iter().for_each(|replica| balancer.pool.ticket(replica, false).turned_away());
        assert_eq!(better_of_two(&ready, Some(home(0))), Some(first), "all have");
    }

    #[tokio::test]
    async fn at_most_half_of_the_replicas_are_left_out() {
        for (replicas, left_out) in [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2)] {
            let balancer = balancer(&(1..=replicas).collect::<Vec<_>>());
            let all = balancer.pool.replicas();
            for replica in all.iter() {
                let mut ticket = balancer.pool.ticket(replica, false);
                (0..20).for_each(|_| ticket.failed());
            }
            assert_eq!(all.iter().filter(|replica| replica.gate.is_shut()).count(), left_out, "{replicas}");
        }
    }
}
