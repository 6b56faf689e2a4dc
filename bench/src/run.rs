//! One engine after the other, one scenario after the other: seed, start, load, check, say.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::baseline::{self, Aim, CLIENTS};
use crate::campus::Campus;
use crate::check::{Findings, Promised};
use crate::load::{self, Load};
use crate::scenario::{self, Scenario};
use crate::script::{Actor, Deed};
use crate::setting::Setting;
use crate::stages::Numbers;
use crate::system::{Engine, Seed, System};
use crate::tally::{Tally, Verdict};
use crate::watch::Watch;

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Students of the campus.
    pub students: u32,
    /// What they do, one after the other, each on a fresh copy of the campus.
    pub scenarios: Vec<Scenario>,
    /// Replicas of course-svc.
    pub replicas: usize,
    /// Connections of the generator.
    pub connections: usize,
    /// Settings of the services that are not as they are shipped.
    pub settings: Vec<Setting>,
    /// How long the day of the opening lasts.
    pub day: Duration,
    /// Seconds of each run of pgbench; none for 0.
    pub pgbench: u64,
}

/// How often a request is sent that is turned away or gets no answer.
const TRIES: u32 = 30;

/// What one engine did, for the comparison at the end.
#[derive(Debug, Default)]
pub struct Rates {
    /// Whether everything held.
    pub good: bool,
    /// Adds a second, by scenario.
    pub adds: Vec<(Scenario, f64)>,
    /// Transactions a second of pgbench.
    pub pgbench: Vec<(Aim, f64)>,
}

/// Runs the scenarios on one engine.
///
/// # Errors
/// What keeps the system from being seeded or started.
pub async fn war_krs(engine: Engine, siakad: &Path, plan: &Plan) -> Outcome<Rates> {
    let campus = Campus::of(plan.students);
    let (students, classes, seats) = (campus.students, campus.classes, campus.seats);
    println!(
        "# {}: {students} students, {classes} classes of {seats} seats, {} replica(s) of course-svc, {} connections\n",
        engine.name(),
        plan.replicas,
        plan.connections
    );
    let begun = Instant::now();
    let mut seed = Seed::plant(engine, siakad, campus).await?;
    plan.settings.iter().for_each(|setting| println!("{setting}"));
    seed.settings.clone_from(&plan.settings);
    println!("seeded in {:.1} s\n", begun.elapsed().as_secs_f64());
    let mut rates = Rates { good: true, ..Rates::default() };
    for scenario in &plan.scenarios {
        let (good, rate) = one(&mut seed, *scenario, plan).await?;
        rates.good &= good;
        rates.adds.push((*scenario, rate));
    }
    if let Some(postgres) = seed.postgres().filter(|_| plan.pgbench > 0) {
        rates.pgbench = baseline::pgbench(postgres, &campus, plan.pgbench).await?;
    }
    if plan.scenarios.contains(&Scenario::Spread) {
        let bare = bare(&seed, plan).await?;
        println!("a route that answers at once, same generator: {bare:.0} requests/s");
    }
    for (aim, rate) in &rates.pgbench {
        println!("pgbench -c {CLIENTS}, {}: {rate:.0} tps", aim.name());
        for (scenario, ours) in &rates.adds {
            let alike = matches!(
                (aim, scenario),
                (Aim::Spread, Scenario::Spread) | (Aim::HotLocked | Aim::HotGuarded | Aim::HotEndless, Scenario::Hot)
            );
            if alike {
                println!("  the whole road, {}: {ours:.0} adds/s, {:.2} of it", scenario.name(), ours / rate);
            }
        }
    }
    println!();
    Ok(rates)
}

async fn one(seed: &mut Seed, scenario: Scenario, plan: &Plan) -> Outcome<(bool, f64)> {
    let campus = seed.campus;
    let system = seed.start(plan.replicas).await?;
    let actors = match scenario {
        Scenario::Hot => scenario::hot(&campus),
        Scenario::Spread => scenario::spread(&campus),
        Scenario::Day => scenario::day(&campus, plan.day),
    };
    println!("## {} on {}\n", scenario.name(), seed.engine().name());
    if scenario == Scenario::Day {
        let seconds = scenario::per_second(&actors);
        let (sum, peak) = (seconds.iter().sum::<u64>(), seconds.iter().max().copied().unwrap_or(0));
        let mean = sum / (seconds.len().max(1) as u64);
        println!(
            "planned: {} students, {sum} requests in {} s, {mean} a second, {peak} in the busiest second\n",
            actors.len(),
            seconds.len(),
        );
    }
    let watch = Watch::default();
    let before = Numbers::read(&system.private()).await;
    watch.sample(system.usage());
    let load = Load {
        gateways: vec![system.gateway()],
        connections: plan.connections,
        actors,
        people: &seed.people,
        run: scenario.name().to_owned(),
        tries: TRIES,
    };
    let load::Outcome { tally, actors } = load::run(load, watch.keep_sampling(|| system.usage())).await;
    watch.sample(system.usage());
    let stages = Numbers::read(&system.private()).await.since(&before);

    say(scenario, &tally, &watch, &stages);
    let good = judge(seed, scenario, system, &tally, &actors).await?;
    Ok((good, tally.rate(Deed::Add)))
}

/// Prints what was measured.
fn say(scenario: Scenario, tally: &Tally, watch: &Watch, stages: &Numbers) {
    println!("{}", tally.table(scenario.is_flood()));
    let ends = [Verdict::Done, Verdict::Refused, Verdict::Deferred, Verdict::Failed];
    let requests = ends.map(|end| tally.total(end)).iter().sum::<u64>();
    let took = tally.took.as_secs_f64().max(0.001);
    println!(
        "{} adds decided in {took:.2} s: {:.0}/s; {requests} requests: {:.0}/s, busiest second {}; {:.0} us CPU a request; \
         failed {}, deferred {}\n",
        tally.count(Deed::Add, Verdict::Done) + tally.count(Deed::Add, Verdict::Refused),
        tally.rate(Deed::Add),
        requests as f64 / took,
        tally.seconds.iter().max().copied().unwrap_or(0),
        watch.cpu().as_secs_f64() * 1e6 / (requests.max(1) as f64),
        tally.total(Verdict::Failed),
        tally.total(Verdict::Deferred),
    );
    println!("{}\n", tally.words());
    println!("{}", watch.table());
    println!("{}", stages.table(tally.mean_served(Deed::Add)));
}

/// Looks for everything that must hold.
async fn judge(seed: &Seed, scenario: Scenario, system: System, tally: &Tally, actors: &[Actor]) -> Outcome<bool> {
    let campus = seed.campus;
    let mut findings = Findings::default();
    let unanswered = actors.iter().flat_map(|actor| &actor.doubts).map(|doubt| format!("{doubt:?}"));
    findings.must("everybody was answered", unanswered.collect());
    if scenario == Scenario::Hot {
        let able = (0..campus.students).filter(|student| campus.is_admissible(*student)).count();
        let (sold, wanted) = (tally.count(Deed::Add, Verdict::Done), u64::from(campus.hot_seats).min(able as u64));
        let wrong = (sold != wanted).then(|| format!("{sold} of {wanted}"));
        findings.must("every seat of the one class was sold", wrong.into_iter().collect());
    }
    let promised = Promised::new(&campus, &seed.people, actors);
    system.settle();
    promised.check_api(&system, &mut findings).await?;
    let db = system.into_course_database().await?;
    promised.check_database(&db, &mut findings).await?;
    db.close().await;
    println!("{}", findings.lines());
    Ok(findings.are_good())
}

/// Requests a second of a route that does nothing, by the same generator: what the generator and the machine can do at most.
async fn bare(seed: &Seed, plan: &Plan) -> Outcome<f64> {
    let load = Load {
        gateways: vec![baseline::bare_route()?],
        connections: plan.connections,
        actors: scenario::spread(&seed.campus),
        people: &seed.people,
        run: "bare".to_owned(),
        tries: 1,
    };
    let load::Outcome { tally, .. } = load::run(load, std::future::pending()).await;
    Ok(tally.rate(Deed::Add))
}
