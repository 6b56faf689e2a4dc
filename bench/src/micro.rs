//! The registrar alone, inside this process: no HTTP, no token, no gRPC. What is measured is loading, deciding, writing and
//! committing.

use std::path::Path;
use std::time::{Duration, Instant};

use chassis::clock::Clock;
use chassis::db::{Db, DbConfig};
use chassis::idempotency::Scope;
use course_svc::app::App;
use course_svc::app::registrar::{Command, Limits, Order, Registrar};
use course_svc::app::rulebook::Rulebook;
use course_svc::error::Error;
use course_svc::rules::period::PeriodCode;
use course_svc::store::plan_steps::{Actor, ActorRole};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use crate::Outcome;
use crate::baseline::{self, Aim, CLIENTS};
use crate::campus::{Campus, PERIOD};
use crate::dice::Dice;
use crate::ground;
use crate::postgres::Postgres;
use crate::process;
use crate::scenario::WISHES;
use crate::script::wishes;
use crate::system::{Engine, Folder};

/// Where databases are made.
pub struct Yard {
    folder: Folder,
    postgres: Option<Postgres>,
    made: u32,
}

impl Yard {
    /// A place for databases of this engine.
    ///
    /// # Errors
    /// PostgreSQL does not start.
    pub fn new(engine: Engine) -> Outcome<Self> {
        let postgres = (engine == Engine::Postgres).then(Postgres::start).transpose()?;
        Ok(Self { folder: Folder::new("micro")?, postgres, made: 0 })
    }

    /// Its PostgreSQL, if it has one.
    #[must_use]
    pub fn postgres(&self) -> Option<&Postgres> {
        self.postgres.as_ref()
    }

    /// A new database.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn database(&mut self) -> Outcome<DbConfig> {
        self.made += 1;
        let name = format!("micro{}", self.made);
        match &self.postgres {
            None => Ok(DbConfig::sqlite(self.path().join(format!("{name}.db")))),
            Some(postgres) => {
                postgres.execute("postgres", &[&format!("CREATE DATABASE {name}")])?;
                Ok(postgres.database(&name).parse()?)
            }
        }
    }

    /// A new database with everything in it, known to PostgreSQL's planner as autovacuum makes it within a minute.
    async fn ground(&mut self, campus: &Campus) -> Outcome<Db> {
        let db = ground::lay(&self.database()?, campus).await?;
        if let Some(postgres) = &self.postgres {
            postgres.execute(&format!("micro{}", self.made), &["VACUUM ANALYZE"])?;
        }
        Ok(db)
    }

    /// CPU time so far: of this process, and of PostgreSQL.
    fn cpu(&self) -> (Duration, Duration) {
        let server = self.postgres.as_ref().map_or(0, Postgres::pid);
        (process::usage(std::process::id()).cpu, process::family_usage(server).cpu)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// One measurement.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What.
    pub what: String,
    /// Attempts that were decided.
    pub decided: u64,
    /// Of them seats sold.
    pub sold: u64,
    /// Time.
    pub took: Duration,
    /// CPU time of this process.
    pub cpu: Duration,
    /// CPU time of PostgreSQL.
    pub server: Duration,
}

impl Measured {
    /// Attempts a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.decided as f64 / self.took.as_secs_f64().max(0.000_001)
    }

    /// A row of the table.
    #[must_use]
    pub fn row(&self) -> String {
        let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / (self.decided.max(1) as f64);
        let (own, server) = (each(self.cpu), each(self.server));
        let (what, decided, sold, took) = (&self.what, self.decided, self.sold, self.took.as_secs_f64());
        format!("| {what} | {decided} | {sold} | {took:.2} | {:.0} | {own:.0} | {server:.0} |\n", self.rate())
    }
}

/// The head of the table of [`Measured::row`].
pub const HEAD: &str = "| what | decided | sold | s | attempts/s | us CPU each, ours | us CPU each, PostgreSQL |
|---|---|---|---|---|---|---|
";

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Students.
    pub students: u32,
    /// Seconds of each run of pgbench.
    pub pgbench: u64,
    /// How many registrars on one PostgreSQL, one number after the other.
    pub replicas: Vec<usize>,
    /// Commands that they get; nothing of that for 0.
    pub commands: u64,
}

/// Rounds of the one-by-one writer over all classes: one says as much as six.
const SLOW_ROUNDS: usize = 1;

/// Measures on one engine and prints a table.
///
/// # Errors
/// The database fails, or a promise is broken.
pub async fn run(engine: Engine, plan: &Plan) -> Outcome<()> {
    let campus = Campus::of(plan.students);
    let mut yard = Yard::new(engine)?;
    println!(
        "# The registrar alone on {}: {} students, {} classes\n\n{HEAD}",
        engine.name(),
        campus.students,
        campus.classes
    );
    let mut rates = Vec::new();
    for (batch, rounds) in [(Limits::default().batch, WISHES), (1, SLOW_ROUNDS)] {
        for measured in measure(&mut yard, &campus, batch, rounds).await? {
            print!("{}", measured.row());
            rates.push(measured.rate());
        }
    }
    if let [hot, spread, hot_single, spread_single] = rates[..] {
        println!("\nbatch against one by one: hot {:.1}, spread {:.1}", hot / hot_single, spread / spread_single);
        if let Some(postgres) = yard.postgres() {
            for (aim, rate) in baseline::pgbench(postgres, &campus, plan.pgbench).await? {
                let ours = if aim == Aim::Spread { spread } else { hot };
                println!("pgbench -c {CLIENTS}, {}: {rate:.0} tps; ours against it {:.1}", aim.name(), ours / rate);
            }
        }
    }
    if engine == Engine::Postgres && plan.commands > 0 {
        print!("\n{HEAD}");
        for replicas in &plan.replicas {
            print!("{}", self::replicas(&mut yard, &campus, *replicas, plan.commands).await?.row());
        }
    }
    println!();
    Ok(())
}

/// Everybody wants the one class and asks again and again, then everybody wants one after the other of six of all classes: with
/// batches of this size.
///
/// # Errors
/// The database fails, or a promise is broken.
pub async fn measure(yard: &mut Yard, campus: &Campus, batch: usize, rounds: usize) -> Outcome<Vec<Measured>> {
    let mut measured = Vec::new();
    for hot in [true, false] {
        let db = yard.ground(campus).await?;
        let stop = CancellationToken::new();
        let registrar = open(&db, batch, campus.students as usize, &stop);
        // The first order reads the catalogue; that is not what is measured.
        warm_up(&registrar).await;
        let all =
            (0..campus.students).map(|student| if hot { vec![0; rounds] } else { wishes(campus, student, WISHES) });
        let all: Vec<Vec<u32>> = all.collect();
        let (begun, cpu) = (Instant::now(), yard.cpu());
        let (mut decided, mut sold) = (0, 0);
        for round in 0..rounds {
            let wanted = |student: u32| all.get(student as usize)?.get(round).copied();
            let key = round as u64;
            let orders = (0..campus.students).filter_map(|student| order(student, add(wanted(student)?), key).ok());
            let mut answers: FuturesUnordered<_> = orders.map(|order| registrar.submit(order)).collect();
            while let Some(answer) = answers.next().await {
                decided += 1;
                match answer {
                    Ok(_) => sold += 1,
                    Err(Error::Refused(_)) => {}
                    Err(other) => return Err(format!("an order failed: {other:?}").into()),
                }
            }
        }
        let (took, after) = (begun.elapsed(), yard.cpu());
        let (cpu, server) = (after.0.saturating_sub(cpu.0), after.1.saturating_sub(cpu.1));
        let (places, wrong) = ground::count(&db).await?;
        let full = !hot || sold == u64::from(campus.hot_seats);
        if !wrong.is_empty() || u64::try_from(places)? != sold || !full {
            return Err(format!("{sold} sold, {places} places, and wrong classes: {wrong:?}").into());
        }
        let what = format!("{}, batch {batch}", if hot { "hot class of 40 seats" } else { "spread" });
        measured.push(Measured { what, decided, sold, took, cpu, server });
        stop.cancel();
        db.close().await;
    }
    Ok(measured)
}

fn open(db: &Db, batch: usize, queue: usize, stop: &CancellationToken) -> Registrar {
    let registrar = Limits { queue: queue.max(1), batch, ..Limits::default() };
    let limits = course_svc::app::Limits { registrar, ..Default::default() };
    App::start(db.clone(), Clock::system(), Rulebook::shipped(), limits, stop.clone()).registrar
}

async fn warm_up(registrar: &Registrar) {
    // A class that is not there: refused, and leaves nothing.
    if let Ok(order) = order(0, add(u32::MAX), u64::MAX) {
        drop(registrar.submit(order).await);
    }
}

fn add(class: u32) -> Command {
    Command::Add { class_id: format!("c{class}") }
}

/// The order of a student, with an idempotency key, as gRPC would give it.
fn order(student: u32, command: Command, key: u64) -> Outcome<Order> {
    let student_id = format!("s{student}");
    let body = format!("{command:?}");
    let scope = Scope::new(&*student_id, "/siakad.course.v1.Krs/AddClass", key.to_string(), body.as_bytes());
    let scope = scope.map_err(|fault| format!("{fault:?}"))?;
    let actor = Actor { account_id: student_id.clone(), role: ActorRole::Student, person_id: student_id.clone() };
    let period: PeriodCode = PeriodCode::parse(PERIOD).ok_or("a period")?;
    Ok(Order { student_id, period, command, actor, scope: Some(scope) })
}

/// Commands on their way at once, over all registrars.
const UNDER_WAY: usize = 2048;

/// So many commands of students who take, give back and swap at random, each given to any of the registrars of one
/// database, as replicas of course-svc would. Afterwards seats and places agree, and PostgreSQL has met no deadlock.
///
/// # Errors
/// The database fails, or a promise is broken.
pub async fn replicas(yard: &mut Yard, campus: &Campus, replicas: usize, commands: u64) -> Outcome<Measured> {
    let config = yard.database()?;
    let first = ground::lay(&config, campus).await?;
    let stop = CancellationToken::new();
    let mut registrars = Vec::new();
    for _ in 0..replicas {
        // A pool of its own each, as processes have.
        let db = Db::open(&config, &course_svc::MIGRATIONS).await?;
        registrars.push(open(&db, Limits::default().batch, UNDER_WAY, &stop));
        warm_up(&registrars[registrars.len() - 1]).await;
    }
    let mut dice = Dice::new(campus.seed, 5);
    let (begun, cpu) = (Instant::now(), yard.cpu());
    let (mut decided, mut done) = (0, 0);
    let bar = indicatif::ProgressBar::new(commands);
    let mut answers = FuturesUnordered::new();
    let mut given = 0;
    while decided < commands {
        while given < commands && answers.len() < UNDER_WAY {
            given += 1;
            let student = dice.below(campus.students);
            let wanted = wishes(campus, student, WISHES);
            let mut wish =
                || wanted.get(dice.below(6) as usize).map_or_else(|| "c0".to_owned(), |class| format!("c{class}"));
            let command = match given % 4 {
                0 => Command::Drop { class_id: wish() },
                1 => Command::Swap { drop: wish(), add: wish() },
                _ => Command::Add { class_id: wish() },
            };
            let registrar = &registrars[dice.below(u32::try_from(replicas)?) as usize];
            answers.push(registrar.submit(order(student, command, given)?));
        }
        match answers.next().await {
            Some(Ok(_)) => done += 1,
            Some(Err(Error::Refused(_) | Error::Absent(_))) => {}
            Some(Err(other)) => return Err(format!("an order failed: {other:?}").into()),
            None => break,
        }
        decided += 1;
        if decided % 1000 == 0 {
            bar.set_position(decided);
        }
    }
    bar.finish_and_clear();
    let (took, after) = (begun.elapsed(), yard.cpu());
    let (cpu, server) = (after.0.saturating_sub(cpu.0), after.1.saturating_sub(cpu.1));
    let (_, wrong) = ground::count(&first).await?;
    if !wrong.is_empty() {
        return Err(format!("seats and places do not agree: {wrong:?}").into());
    }
    let deadlocks = ground::deadlocks(&first).await?;
    if deadlocks != 0 {
        return Err(format!("{deadlocks} deadlocks").into());
    }
    stop.cancel();
    first.close().await;
    Ok(Measured { what: format!("{replicas} replicas, add, drop and swap"), decided, sold: done, took, cpu, server })
}
