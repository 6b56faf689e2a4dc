//! One engine after the other, one scenario after the other: seed, start, load, check, say.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::campus::Campus;
use crate::check::{Findings, Promised};
use crate::load::{self, Load};
use crate::scenario::{self, Scenario};
use crate::script::Deed;
use crate::system::{Engine, Seed};
use crate::tally::Verdict;
use crate::watch::Watch;

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Students of the campus.
    pub students: u32,
    /// What they do, one after the other, each on a fresh copy of the campus.
    pub scenarios: Vec<Scenario>,
    /// Connections of the generator.
    pub connections: usize,
    /// How long the day of the opening lasts.
    pub day: Duration,
}

/// How often a request is sent that is turned away or gets no answer.
const TRIES: u32 = 30;

/// Runs the scenarios on one engine. Answers whether everything held.
///
/// # Errors
/// What keeps the system from being seeded or started.
pub async fn war_krs(engine: Engine, siakad: &Path, plan: &Plan) -> Outcome<bool> {
    let campus = Campus::of(plan.students);
    println!(
        "# {}: {} students, {} classes of {} seats, {} connections\n",
        engine.name(),
        campus.students,
        campus.classes,
        campus.seats,
        plan.connections
    );
    let begun = Instant::now();
    let mut seed = Seed::plant(engine, siakad, campus).await?;
    println!("seeded in {:.1} s\n", begun.elapsed().as_secs_f64());
    let mut good = true;
    for scenario in &plan.scenarios {
        good &= one(&mut seed, *scenario, plan).await?;
    }
    Ok(good)
}

async fn one(seed: &mut Seed, scenario: Scenario, plan: &Plan) -> Outcome<bool> {
    let campus = seed.campus;
    let system = seed.start(1).await?;
    let actors = match scenario {
        Scenario::Hot => scenario::hot(&campus),
        Scenario::Spread => scenario::spread(&campus),
        Scenario::Day => scenario::day(&campus, plan.day),
    };
    println!("## {} on {}\n", scenario.name(), seed.engine().name());
    if scenario == Scenario::Day {
        let seconds = scenario::per_second(&actors);
        let (sum, peak) = (seconds.iter().sum::<u64>(), seconds.iter().max().copied().unwrap_or(0));
        println!(
            "planned: {} students, {sum} requests in {} s, {} in the busiest second\n",
            actors.len(),
            seconds.len(),
            peak
        );
    }
    let watch = Watch::default();
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

    println!("{}", tally.table(scenario.is_flood()));
    let requests: u64 =
        [Verdict::Done, Verdict::Refused, Verdict::Deferred, Verdict::Failed].map(|v| tally.total(v)).iter().sum();
    println!(
        "{} adds decided in {:.2} s: {:.0}/s; {requests} requests: {:.0}/s; {:.0} us CPU a request; failed {}, deferred {}\n",
        tally.count(Deed::Add, Verdict::Done) + tally.count(Deed::Add, Verdict::Refused),
        tally.took.as_secs_f64(),
        tally.rate(Deed::Add),
        requests as f64 / tally.took.as_secs_f64().max(0.001),
        watch.cpu().as_secs_f64() * 1e6 / (requests.max(1) as f64),
        tally.total(Verdict::Failed),
        tally.total(Verdict::Deferred),
    );
    println!("{}\n", tally.words());
    println!("{}", watch.table());

    let mut findings = Findings::default();
    let unanswered = actors.iter().flat_map(|actor| &actor.doubts).map(|doubt| format!("{doubt:?}"));
    findings.must("everybody was answered", unanswered.collect());
    if scenario == Scenario::Hot {
        let able = (0..campus.students).filter(|student| campus.is_admissible(*student)).count();
        let (sold, wanted) = (tally.count(Deed::Add, Verdict::Done), u64::from(campus.hot_seats).min(able as u64));
        let wrong = (sold != wanted).then(|| format!("{sold} of {wanted}"));
        findings.must("every seat of the one class was sold", wrong.into_iter().collect());
    }
    let promised = Promised::new(&campus, &seed.people, &actors);
    system.settle();
    promised.check_api(&system, &mut findings).await?;
    let db = system.into_course_database().await?;
    promised.check_database(&db, &mut findings).await?;
    db.close().await;
    println!("{}", findings.lines());
    Ok(findings.are_good())
}
