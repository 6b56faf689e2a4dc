//! What is promised when something dies: course-svc by `kill -9` again and again under load, PostgreSQL for ten seconds.

use std::cell::RefCell;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::campus::Campus;
use crate::check::{Findings, Promised};
use crate::dice::Dice;
use crate::load::{self, Load};
use crate::script::{Actor, Deed, Step, encode, wishes};
use crate::system::{Engine, Seed, System};
use crate::tally::{Tally, Verdict};
use crate::wire::Wire;

/// What is to be done to the system.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Students of the campus.
    pub students: u32,
    /// How often course-svc is killed.
    pub kills: u32,
    /// How long PostgreSQL stands still; not at all for zero.
    pub outage: Duration,
    /// Connections of the generator.
    pub connections: usize,
    /// Time after the outage within which the first seat is to be sold again.
    pub recovery: Duration,
}

/// Mean time between two deaths.
const BETWEEN: Duration = Duration::from_millis(1200);
/// How often a request is sent until it is given up: longer than any outage here.
const TRIES: u32 = 120;

/// Both experiments on one engine. Answers whether everything held.
///
/// # Errors
/// What keeps the system from being seeded or started.
pub async fn run(engine: Engine, siakad: &Path, plan: &Plan) -> Outcome<bool> {
    println!("# Faults on {}: {} students\n", engine.name(), plan.students);
    let mut seed = Seed::plant(engine, siakad, Campus::of(plan.students)).await?;
    let mut good = true;
    if plan.kills > 0 {
        good &= kills(&mut seed, plan).await?;
    }
    if engine == Engine::Postgres && !plan.outage.is_zero() {
        good &= outage(&mut seed, plan).await?;
    }
    Ok(good)
}

/// Students who take and give back, each at moments spread over the whole time.
fn restless(campus: &Campus, length: Duration) -> Vec<Actor> {
    const STEPS: [Deed; 7] = [Deed::Add, Deed::Add, Deed::Drop, Deed::Add, Deed::Swap, Deed::Drop, Deed::Add];
    let length = u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
    let actor = |student: u32| {
        let mut dice = Dice::new(campus.seed, 3_000_000 + u64::from(student));
        let mut moments: Vec<u64> = STEPS.iter().map(|_| dice.throw() % length).collect();
        moments.sort_unstable();
        let steps = moments.into_iter().zip(STEPS).map(|(at, deed)| Step { at, deed }).collect();
        Actor::new(student, steps, wishes(campus, student, 5))
    };
    (0..campus.students).map(actor).collect()
}

/// `kill -9` of course-svc at random moments: nothing that was confirmed is lost, nothing is sold twice, and every key of a
/// success is answered as it was.
async fn kills(seed: &mut Seed, plan: &Plan) -> Outcome<bool> {
    let campus = seed.campus;
    // The load outlasts the deaths.
    let length = BETWEEN * (plan.kills + plan.kills / 4 + 4);
    let system = RefCell::new(seed.start(1).await?);
    let gateway = system.borrow().gateway();
    let place = system.borrow().course_places().first().copied().ok_or("no course-svc")?;
    let killed = RefCell::new((0, Vec::new()));
    let beside = async {
        let mut dice = Dice::new(campus.seed, 4);
        for _ in 0..plan.kills {
            tokio::time::sleep(BETWEEN * dice.below(2000) / 1000).await;
            // Nobody else holds it while this runs: the generator knows the gateway's address only.
            let again = system.borrow_mut().kill_and_restart(place);
            let mut killed = killed.borrow_mut();
            killed.0 += 1;
            killed.1.extend(again.err().map(|error| error.to_string()));
        }
        std::future::pending().await
    };
    let load = Load {
        gateways: vec![gateway],
        connections: plan.connections,
        actors: restless(&campus, length),
        people: &seed.people,
        run: "kill".to_owned(),
        tries: TRIES,
    };
    let load::Outcome { tally, actors } = load::run(load, beside).await;
    let (killed, errors) = killed.into_inner();
    let mut system = system.into_inner();
    system.wait_until_ready().await?;
    println!("## {killed} times kill -9 of course-svc\n\n{}\n{}\n", tally.table(false), tally.words());

    let mut findings = Findings::default();
    findings.must(
        "course-svc was killed as often as was asked",
        (killed != plan.kills).then(|| killed.to_string()).into_iter().chain(errors).collect(),
    );
    replay(&seed.people, &actors, gateway, &mut findings).await?;
    judge(seed, system, &actors, &tally, findings).await
}

/// Sends every confirmed request again with its key: the answer is the one that was given.
async fn replay(
    people: &crate::people::People,
    actors: &[Actor],
    gateway: std::net::SocketAddr,
    findings: &mut Findings,
) -> Outcome<()> {
    let (mut wire, mut bytes, mut wrong, mut sent) = (Wire::to(gateway), Vec::new(), Vec::new(), 0);
    for actor in actors {
        let person = &people.students[actor.student as usize];
        for confirmed in &actor.confirmed {
            encode(&mut bytes, confirmed.request, person, &people.classes, "kill");
            let head = wire.ask(&bytes).await?;
            sent += 1;
            if !(200..300).contains(&head.status) || head.version != Some(confirmed.version) {
                let said = (head.status, head.version, crate::wire::reasons(wire.body()));
                wrong.push(format!("student {}: {said:?}, confirmed {confirmed:?}", actor.student));
            }
        }
    }
    findings.must(&format!("each of {sent} keys of a success is answered as it was"), wrong);
    Ok(())
}

/// PostgreSQL is stopped and started again under load.
async fn outage(seed: &mut Seed, plan: &Plan) -> Outcome<bool> {
    let campus = seed.campus;
    let before = Duration::from_secs(5);
    let length = before + plan.outage + Duration::from_secs(15);
    let system = seed.start(1).await?;
    let postgres = seed.postgres().ok_or("there is no PostgreSQL")?;
    let begun = Instant::now();
    let times = RefCell::new(Vec::new());
    let beside = async {
        tokio::time::sleep(before).await;
        times.borrow_mut().push(begun.elapsed());
        let stopped = Instant::now();
        postgres.stop();
        tokio::time::sleep(plan.outage.saturating_sub(stopped.elapsed())).await;
        let again = postgres.run();
        times.borrow_mut().push(begun.elapsed());
        if let Err(error) = again {
            times.borrow_mut().clear();
            println!("{error}");
        }
        std::future::pending().await
    };
    let load = Load {
        gateways: vec![system.gateway()],
        connections: plan.connections,
        actors: restless(&campus, length),
        people: &seed.people,
        run: "stop".to_owned(),
        tries: TRIES,
    };
    let load::Outcome { tally, actors } = load::run(load, beside).await;
    println!("## PostgreSQL stopped for {} s\n\n{}\n{}\n", plan.outage.as_secs(), tally.table(false), tally.words());
    let mut findings = Findings::default();
    match times.into_inner()[..] {
        [stopped, again] => {
            let first = tally.first_done_after(again);
            println!("stopped after {stopped:.2?}, started after {again:.2?}, first seat sold {first:.2?} later\n");
            let late = first.is_none_or(|first| first > plan.recovery).then(|| format!("{first:?}"));
            findings.must(&format!("seats are sold again within {:?}", plan.recovery), late.into_iter().collect());
        }
        _ => return Err("PostgreSQL did not come back".into()),
    }
    let unclear = tally.said.iter().filter(|((_, said), _)| said.starts_with("500") || said.starts_with("502"));
    findings.must("no answer was an error of ours", unclear.map(|((_, said), n)| format!("{said}: {n}")).collect());
    judge(seed, system, &actors, &tally, findings).await
}

/// What must hold after any of this.
async fn judge(seed: &Seed, system: System, actors: &[Actor], tally: &Tally, mut findings: Findings) -> Outcome<bool> {
    let unanswered = actors.iter().flat_map(|actor| &actor.doubts).map(|doubt| format!("{doubt:?}"));
    findings.must("everybody was answered in the end", unanswered.collect());
    let none = tally.count(Deed::Add, Verdict::Done) == 0;
    findings.must("seats were sold", none.then(|| "none".to_owned()).into_iter().collect());
    let promised = Promised::new(&seed.campus, &seed.people, actors);
    system.settle();
    promised.check_api(&system, &mut findings).await?;
    let db = system.into_course_database().await?;
    promised.check_database(&db, &mut findings).await?;
    db.close().await;
    println!("{}", findings.lines());
    Ok(findings.are_good())
}
