//! Settings of this service.

use std::time::Duration;

use chassis::client::Endpoints;
use chassis::config::{self, ConfigErrors, Reader, ServerConfig};
use chassis::db::DbConfig;

use crate::app::rounds::Pace;
use crate::app::{IMPORT_ROWS, WAITING_TICK, admission, allocations, approvals, readings, registrar};
use crate::rules::credits::Gpa;
use crate::rules::policy::{Ceilings, FirstSemesters, Policy, Semesters, Sks};
use crate::rules::registration::Registration;

/// What this service is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens, logs and keeps its files.
    pub server: ServerConfig,
    /// `database_url`.
    pub database: DbConfig,
    /// `auth_endpoint`: auth-svc, whose keys and ended sessions are followed.
    pub auth_endpoint: Endpoints,
    /// `student_endpoint`: student-svc, whose students, statuses and holds are followed.
    pub student_endpoint: Endpoints,
    /// `grade_endpoint`: grade-svc, whose results are followed.
    pub grade_endpoint: Endpoints,
    /// What holds where no policy document says otherwise. How many SKS a student may take: `credit_bands` (`<IPS in
    /// hundredths>:<SKS>`, highest first or not, default `300:24 250:21 200:18 150:15`), `credit_lowest` (12),
    /// `credit_first_period` (20), `credit_first_semesters` (2) and their `credit_first_cap` (20), `credit_short_term` (9).
    pub policy: Policy,
    /// What holds for a period that does not say otherwise: `admission_burst` (100), `presence_minutes` (15),
    /// `waiting_limit` (3), `trading_limit` (10), `trading_hours` (24).
    pub registration: Registration,
    /// `admission_queue`: students that wait to be noted or numbered at most, default 16384; `admission_batch`: students of
    /// one transaction at most, default 512.
    pub admission: admission::Limits,
    /// `readings_queue`: readings of plans that wait at most, default 4096; `readings_batch`: those of one transaction at most,
    /// default 128; `readings_readers`: transactions at once, all but one of them only while a whole batch waits, default 2.
    pub readings: readings::Limits,
    /// `import_rows`: rows of one import at most. Default 5000000.
    pub import_rows: u32,
    /// `registrar_queue`: commands to plans that wait at most, default 4096; `registrar_batch`: commands of one transaction
    /// at most, default 256; `registrar_writers`: transactions under way at most over all replicas, all but one of them only
    /// while a whole batch waits, default 2, on SQLite always one; `registrar_idle`: how long PostgreSQL keeps the locks of
    /// one of which it hears nothing, default 5 s.
    pub registrar: registrar::Limits,
    /// `approval_plans`: plans that one bulk approval may name, default 1000; `approval_round`: plans of it that are decided
    /// at once, default 64; `approval_chunk`: plans of one transaction when the office takes what is left over, default 500;
    /// `approval_tick` and `approval_lease`: how often a replica looks for approvals that others began or left behind, default
    /// one second, and after how long one that was taken up is anybody's again, default 60 seconds.
    pub approvals: approvals::Limits,
    /// `wishes_limit`: wishes that one student may have in a period, default 30; `allocation_turns`: turns of an allocation that
    /// are settled at once, default 256; `allocation_tick` and `allocation_lease`: as those of approvals.
    pub allocations: allocations::Limits,
    /// `waiting_tick`: how often the waiting lists are looked at for turns that a crash left due and for places that have
    /// ended. Default one second.
    pub waiting_tick: Duration,
}

/// Commands or students that may wait, or share a transaction, at the very most.
const MOST_WAITING: usize = 100_000;

/// Plans that one bulk approval may name, or decide about at once, at the very most.
const MOST_PLANS: u32 = 10_000;

/// Wishes that one student may have, at the very most.
const MOST_WISHES: u32 = 100;

impl Config {
    /// Reads the settings from the environment and the file that it names.
    ///
    /// # Errors
    /// Every wrong setting at once.
    pub fn from_env() -> Result<Self, ConfigErrors> {
        config::from_env(Self::read)
    }

    /// Reads the settings one by one.
    pub fn read(read: &mut Reader) -> Option<Self> {
        let server = ServerConfig::read(read);
        let database = DbConfig::read(read);
        let auth_endpoint = read.required("auth_endpoint");
        let student_endpoint = read.required("student_endpoint");
        let grade_endpoint = read.required("grade_endpoint");
        let policy = policy(read);
        let registration = registration(read);
        let admission = admission(read);
        let readings = readings(read);
        let import_rows = read.or("import_rows", IMPORT_ROWS);
        let registrar = registrar(read);
        let approvals = bulk_approvals(read);
        let allocations = by_wishes(read);
        let waiting_tick = read.positive("waiting_tick", WAITING_TICK);
        Some(Self {
            server: server?,
            database: database?,
            auth_endpoint: auth_endpoint?,
            student_endpoint: student_endpoint?,
            grade_endpoint: grade_endpoint?,
            policy: policy?,
            registration,
            admission: admission?,
            readings: readings?,
            import_rows,
            registrar: registrar?,
            approvals: approvals?,
            allocations: allocations?,
            waiting_tick,
        })
    }

    /// For tests and tools: everything at its default.
    #[must_use]
    pub fn local(
        server: ServerConfig,
        database: DbConfig,
        auth_endpoint: Endpoints,
        student_endpoint: Endpoints,
        grade_endpoint: Endpoints,
    ) -> Self {
        Self {
            server,
            database,
            auth_endpoint,
            student_endpoint,
            grade_endpoint,
            policy: Policy::default(),
            registration: Registration::SHIPPED,
            admission: admission::Limits::default(),
            readings: readings::Limits::default(),
            import_rows: IMPORT_ROWS,
            registrar: registrar::Limits::default(),
            approvals: approvals::Limits::default(),
            allocations: allocations::Limits::default(),
            waiting_tick: WAITING_TICK,
        }
    }
}

/// A queue and the batches that are taken from it: `<who>_queue` and `<who>_batch`.
fn queue(read: &mut Reader, who: &str, queue: usize, batch: usize) -> Option<(usize, usize)> {
    let names = [format!("{who}_queue"), format!("{who}_batch")];
    let found = [read.or(&names[0], queue), read.or(&names[1], batch)];
    let mut fits = true;
    for (name, value) in names.iter().zip(found) {
        if !(1..=MOST_WAITING).contains(&value) {
            read.wrong(name, format!("wanted 1 to {MOST_WAITING}"));
            fits = false;
        }
    }
    fits.then_some((found[0], found[1]))
}

/// How much work the registrar takes on.
fn registrar(read: &mut Reader) -> Option<registrar::Limits> {
    let shipped = registrar::Limits::default();
    let writers = read.at_least_one("registrar_writers", shipped.writers);
    let idle = read.positive("registrar_idle", shipped.idle);
    let (queue, batch) = queue(read, "registrar", shipped.queue, shipped.batch)?;
    Some(registrar::Limits { queue, batch, writers, idle })
}

/// How much the waiting rooms take on.
fn admission(read: &mut Reader) -> Option<admission::Limits> {
    let shipped = admission::Limits::default();
    let (queue, batch) = queue(read, "admission", shipped.queue, shipped.batch)?;
    Some(admission::Limits { queue, batch })
}

/// How much is read at once.
fn readings(read: &mut Reader) -> Option<readings::Limits> {
    let shipped = readings::Limits::default();
    let readers = read.at_least_one("readings_readers", shipped.readers);
    let (queue, batch) = queue(read, "readings", shipped.queue, shipped.batch)?;
    Some(readings::Limits { queue, batch, readers })
}

/// How much is approved at once.
fn bulk_approvals(read: &mut Reader) -> Option<approvals::Limits> {
    let approvals::Limits { plans, round, chunk, pace } = approvals::Limits::default();
    let plans = within(read, "approval_plans", plans, MOST_PLANS);
    let round = within(read, "approval_round", round, MOST_PLANS);
    let chunk = within(read, "approval_chunk", chunk, MOST_PLANS);
    let pace = self::pace(read, "approval", pace);
    Some(approvals::Limits { plans: plans?, round: round?, chunk: chunk?, pace })
}

/// How much is wished and allocated at once.
fn by_wishes(read: &mut Reader) -> Option<allocations::Limits> {
    let allocations::Limits { wishes, turns, pace } = allocations::Limits::default();
    let wishes = within(read, "wishes_limit", wishes, MOST_WISHES);
    let turns = within(read, "allocation_turns", turns, MOST_PLANS);
    let pace = self::pace(read, "allocation", pace);
    Some(allocations::Limits { wishes: wishes?, turns: turns?, pace })
}

/// How replicas share work: `<what>_tick` and `<what>_lease`.
fn pace(read: &mut Reader, what: &str, shipped: Pace) -> Pace {
    let tick = read.positive(&format!("{what}_tick"), shipped.tick);
    Pace { tick, lease: read.positive(&format!("{what}_lease"), shipped.lease) }
}

/// A number from 1 to a most.
fn within(read: &mut Reader, name: &'static str, default: u32, most: u32) -> Option<u32> {
    let value = read.or(name, default);
    if !(1..=most).contains(&value) {
        read.wrong(name, format!("wanted 1 to {most}"));
        return None;
    }
    Some(value)
}

/// The default policy.
fn policy(read: &mut Reader) -> Option<Policy> {
    let bands: String = read.or("credit_bands", "300:24 250:21 200:18 150:15".to_owned());
    let lowest = sks(read, "credit_lowest", 12);
    let first_period = sks(read, "credit_first_period", 20);
    let first_semesters = read.or("credit_first_semesters", Semesters::new(2).get());
    let first_cap = sks(read, "credit_first_cap", 20);
    let short_term = sks(read, "credit_short_term", 9);
    let Ok(count) = Semesters::try_from(first_semesters) else {
        read.wrong("credit_first_semesters", "wanted 0 to 20");
        return None;
    };
    let Some(bands) = bands.split_whitespace().map(band).collect::<Option<Vec<_>>>() else {
        read.wrong("credit_bands", "wanted pairs such as 300:24 with spaces between them");
        return None;
    };
    let (lowest, cap) = (lowest?, first_cap?);
    Some(Policy {
        ceiling: Ceilings::bands(bands, lowest.get()),
        unknown_gpa: lowest,
        first_period: first_period?,
        first_semesters: FirstSemesters { count, cap },
        short_term: short_term?,
        ..Policy::default()
    })
}

/// What holds for a period that does not say otherwise.
fn registration(read: &mut Reader) -> Registration {
    let shipped = Registration::SHIPPED;
    Registration {
        admission_burst: read.or("admission_burst", shipped.admission_burst),
        presence_minutes: read.or("presence_minutes", shipped.presence_minutes),
        waiting_limit: read.or("waiting_limit", shipped.waiting_limit),
        trading_limit: read.or("trading_limit", shipped.trading_limit),
        trading_hours: read.or("trading_hours", shipped.trading_hours),
        ..shipped
    }
}

/// A number of SKS.
fn sks(read: &mut Reader, key: &'static str, default: u32) -> Option<Sks> {
    let found = Sks::try_from(read.or(key, default));
    found.map_err(|message| read.wrong(key, message)).ok()
}

fn band(text: &str) -> Option<(Gpa, u32)> {
    let (from, credits) = text.split_once(':')?;
    Some((Gpa::from_hundredths(from.parse().ok()?)?, Sks::try_from(credits.parse::<u32>().ok()?).ok()?.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: [(&str, &str); 5] = [
        ("SIAKAD_LISTEN", "127.0.0.1:0"),
        ("SIAKAD_DATABASE_URL", "sqlite:course.db"),
        ("SIAKAD_AUTH_ENDPOINT", "https://127.0.0.1:1"),
        ("SIAKAD_STUDENT_ENDPOINT", "https://127.0.0.1:2"),
        ("SIAKAD_GRADE_ENDPOINT", "https://127.0.0.1:3"),
    ];

    #[test]
    fn the_default_table_is_the_one_of_the_rules() {
        let config = config::from_pairs(NEEDED, Config::read).unwrap();
        assert_eq!(config.policy, Policy::default());
    }

    #[test]
    fn another_table_is_a_setting() {
        let pairs =
            NEEDED.into_iter().chain([("SIAKAD_CREDIT_BANDS", "275:21 325:24"), ("SIAKAD_CREDIT_LOWEST", "15")]);
        let config = config::from_pairs(pairs, Config::read).unwrap();
        let at = |from, credits| (Gpa::from_hundredths(from).unwrap(), credits);
        let ceiling = Ceilings::bands([at(325, 24), at(275, 21)], 15);
        assert_eq!(config.policy, Policy { ceiling, unknown_gpa: Sks::new(15), ..Policy::default() });
    }

    #[test]
    fn what_a_period_does_not_say_is_a_setting() {
        let config = config::from_pairs(NEEDED, Config::read).unwrap();
        assert_eq!(config.registration, Registration::SHIPPED);
        let pairs = NEEDED.into_iter().chain([("SIAKAD_WAITING_LIMIT", "5"), ("SIAKAD_PRESENCE_MINUTES", "30")]);
        let config = config::from_pairs(pairs, Config::read).unwrap();
        let expected = Registration { waiting_limit: 5, presence_minutes: 30, ..Registration::SHIPPED };
        assert_eq!(config.registration, expected);
    }

    #[test]
    fn what_is_done_at_once_is_a_setting() {
        let config = config::from_pairs(NEEDED, Config::read).unwrap();
        let shipped = (readings::Limits::default(), approvals::Limits::default(), allocations::Limits::default());
        assert_eq!((config.readings, config.approvals, config.allocations), shipped);
        let pairs = [
            ("SIAKAD_READINGS_QUEUE", "7"),
            ("SIAKAD_READINGS_BATCH", "3"),
            ("SIAKAD_READINGS_READERS", "1"),
            ("SIAKAD_APPROVAL_CHUNK", "9"),
            ("SIAKAD_APPROVAL_LEASE", "5s"),
            ("SIAKAD_ALLOCATION_TICK", "250ms"),
        ];
        let config = config::from_pairs(NEEDED.into_iter().chain(pairs), Config::read).unwrap();
        assert_eq!(config.readings, readings::Limits { queue: 7, batch: 3, readers: 1 });
        let lease = Pace { lease: Duration::from_secs(5), ..Pace::default() };
        assert_eq!(config.approvals, approvals::Limits { chunk: 9, pace: lease, ..shipped.1 });
        let tick = Pace { tick: Duration::from_millis(250), ..Pace::default() };
        assert_eq!(config.allocations, allocations::Limits { pace: tick, ..shipped.2 });
    }

    #[test]
    fn every_wrong_setting_is_named() {
        let pairs = [
            ("SIAKAD_CREDIT_BANDS", "300-24"),
            ("SIAKAD_CREDIT_LOWEST", "61"),
            ("SIAKAD_DATABASE_URL", "mysql://x"),
            ("SIAKAD_APPROVAL_TICK", "0s"),
            ("SIAKAD_READINGS_READERS", "0"),
        ];
        let errors = config::from_pairs(pairs, Config::read).unwrap_err().to_string();
        let names = ["LISTEN", "DATABASE_URL", "AUTH_ENDPOINT", "STUDENT_ENDPOINT", "GRADE_ENDPOINT", "CREDIT_BANDS"];
        for name in names.into_iter().chain(["CREDIT_LOWEST", "APPROVAL_TICK", "READINGS_READERS"]) {
            assert!(errors.contains(&format!("SIAKAD_{name}")), "{name} in {errors}");
        }
    }
}
