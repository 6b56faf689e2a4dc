//! Use cases: load under lock, decide by the rules, store, commit.

pub mod admission;
pub mod allocations;
pub mod approvals;
pub mod catalogue;
pub mod choices;
pub mod courses;
pub mod curricula;
pub mod decider;
pub mod delegations;
pub mod equivalents;
pub mod events;
pub mod import;
pub mod list_plans;
pub mod list_steps;
pub mod lock_plans;
mod offered;
pub mod offering;
pub mod packages;
pub mod periods;
pub mod policies;
pub mod prerequisites;
pub mod promotions;
pub mod readings;
pub mod registrar;
pub mod rooms;
pub mod rounds;
pub mod rulebook;
mod seed;
pub mod situation;
mod turns;
pub mod wishes;

use std::sync::Arc;
use std::time::Duration;

use chassis::clock::Clock;
use chassis::db::Db;
use tokio_util::sync::CancellationToken;

use admission::Admissions;
use catalogue::Catalogue;
use promotions::Promotions;
use readings::Readings;
use registrar::Registrar;
use rulebook::Rulebook;

/// Rows of one import at most, by default: a campus of 40,000 students with ten years of plans.
pub const IMPORT_ROWS: u32 = 5_000_000;

/// How often the waiting lists are looked at, by default.
pub const WAITING_TICK: Duration = Duration::from_secs(1);

/// How much work one process takes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows of one import at most.
    pub import_rows: u32,
    /// Commands to plans.
    pub registrar: registrar::Limits,
    /// Students in front of them.
    pub admission: admission::Limits,
    /// Readings of plans.
    pub readings: readings::Limits,
    /// How often the waiting lists are looked at.
    pub waiting_tick: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            import_rows: IMPORT_ROWS,
            registrar: registrar::Limits::default(),
            admission: admission::Limits::default(),
            readings: readings::Limits::default(),
            waiting_tick: WAITING_TICK,
        }
    }
}

/// What every use case works with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The database of this service.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// What this university decides by: policies, prerequisites, equivalent courses.
    pub policy: Arc<Rulebook>,
    /// Rows of one import at most.
    pub import_rows: u32,
    /// Classes in memory.
    pub catalogue: Arc<Catalogue>,
    /// The waiting rooms in front of it.
    pub admissions: Admissions,
    /// The door to every plan.
    pub registrar: Registrar,
    /// The window beside it, where plans are read.
    pub readings: Readings,
    /// The look-out over the waiting lists.
    pub promotions: Promotions,
}

impl App {
    /// Puts them together over one database. The registrar and the look-out over the waiting lists work until `stop`. Needs a
    /// runtime.
    pub fn start(db: Db, clock: Clock, policy: Rulebook, limits: Limits, stop: CancellationToken) -> Self {
        let policy = Arc::new(policy);
        let catalogue = Arc::new(Catalogue::new(db.clone()));
        let Limits { import_rows, registrar, admission, readings, waiting_tick } = limits;
        let readings = Readings::start(db.clone(), clock.clone(), policy.clone(), catalogue.clone(), readings, &stop);
        let admissions = Admissions::start(db.clone(), clock.clone(), policy.registration, admission);
        let (house, until) = ((policy.clone(), catalogue.clone()), stop.clone());
        let registrar = Registrar::start(db.clone(), clock.clone(), house.0, house.1, registrar, until);
        let promotions = Promotions::default();
        let app = Self { db, clock, policy, import_rows, catalogue, admissions, registrar, readings, promotions };
        tokio::spawn(promotions::work(app.clone(), waiting_tick, stop));
        app
    }
}
