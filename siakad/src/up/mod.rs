//! `siakad up`: the whole system on one machine, each service a process of its own.

mod child;
mod demo;
mod journal;
mod plan;
mod ports;
pub(crate) mod probe;

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use chassis::clock::Clock;
use chassis::db::Engine;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use self::child::{Died, Supervised};
use self::journal::{Journal, Loud};
use self::plan::Plan;
use self::ports::Ports;
use crate::cli::UpArgs;
use crate::demo::DemoAccount;
use crate::layout::Layout;
use crate::link;
use crate::services::Service;
use crate::store::{self, Store};

/// Every service must be ready within this time.
const START: Duration = Duration::from_secs(60);
/// Services that found another one missing at their start look again within this time.
const SETTLE: Duration = Duration::from_secs(3);
/// Pause between two looks at a service that is starting.
const LOOK: Duration = Duration::from_millis(20);

/// The command.
pub(crate) async fn command(args: &UpArgs, clock: &Clock) -> ExitCode {
    match run(args, clock).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("siakad: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &UpArgs, clock: &Clock) -> Result<(), String> {
    let layout = Layout::at(&args.store.data);
    let store = Store::new(&layout, args.store.database_url.as_deref(), &args.store.database_prefix)?;
    let mut ends = Ends::listen().map_err(|error| format!("cannot listen to signals: {error}"))?;
    let _lock = layout.claim()?;
    // Left behind by a supervisor that was killed.
    drop(std::fs::remove_file(layout.endpoints()));

    let names: Vec<&str> = Service::ALL.iter().map(|service| service.name()).chain([link::OPERATOR]).collect();
    chassis::pki::ensure(&layout.pki(), &names, clock.now()).map_err(|error| format!("certificates: {error}"))?;
    tokio::select! {
        migrated = store::bring_up_to_date(&store) => drop(migrated?),
        () = ends.asked() => return Ok(()),
    }

    let plan = Plan::make(args, &layout, &store, &mut Ports::new(std::process::id()))?;
    for moved in plan.moved() {
        eprintln!("siakad: {moved}");
    }
    let (deaths, mut died) = mpsc::unbounded_channel();
    let loud = Loud::default();
    let mut services = Vec::new();
    for spec in plan.specs()? {
        let path = layout.logs().join(format!("{}.log", spec.name));
        let journal = Journal::open(&spec.name, path.clone(), loud.clone())
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        services.push(Supervised::start(spec, journal, deaths.clone()));
    }

    let outcome = tokio::select! {
        begun = begin(args, clock, &layout, &plan, &services, &mut died) => match begun {
            Ok(accounts) => {
                println!("{}", greeting(&plan, &layout, &store, &accounts));
                watch(&mut died, &mut ends, &loud).await;
                Ok(())
            }
            Err(why) => Err(why),
        },
        () = ends.asked() => Ok(()),
    };
    loud.set(false);
    if outcome.is_ok() {
        eprintln!("siakad: stopping; once more to stop at once");
    }
    drop(std::fs::remove_file(layout.endpoints()));
    end(services, &mut ends).await;
    outcome
}

/// Waits until every service is ready, makes the demo campus when it is due, and says where everything is.
async fn begin(
    args: &UpArgs,
    clock: &Clock,
    layout: &Layout,
    plan: &Plan,
    services: &[Supervised],
    died: &mut mpsc::UnboundedReceiver<Died>,
) -> Result<Vec<DemoAccount>, String> {
    tokio::select! {
        ready = all_ready(plan) => ready?,
        Some(dead) = died.recv() => return Err(explain(&dead, services)),
    }
    let links = link::connect(&layout.pki(), |service| Ok(plan.rpc(service)))?;
    let wanted = args.demo || (!args.no_demo && args.store.database_url.is_none());
    let accounts = tokio::select! {
        made = demo::make_if_due(wanted, args.time_zone, clock, layout, &links, plan.is_local()) => made?,
        Some(dead) = died.recv() => return Err(explain(&dead, services)),
    };
    plan.endpoints()
        .write(layout)
        .map_err(|error| format!("cannot write {}: {error}", layout.endpoints().display()))?;
    Ok(accounts)
}

async fn all_ready(plan: &Plan) -> Result<(), String> {
    let deadline = tokio::time::Instant::now() + START;
    for (name, private) in plan.private() {
        loop {
            let Err(why) = probe::ready(private).await else { break };
            if tokio::time::Instant::now() > deadline {
                return Err(format!("{name} is not ready after {} s: {why}", START.as_secs()));
            }
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(())
}

/// Why a service did not even start.
fn explain(dead: &Died, services: &[Supervised]) -> String {
    let mut why = format!("{} {} while it was starting", dead.name, dead.how);
    if let Some(service) = services.iter().find(|service| service.name == dead.name) {
        let _written = write!(why, "; its log is {}", service.journal.path().display());
        for line in service.journal.last() {
            let _written = write!(why, "\n  {line}");
        }
    }
    why
}

/// Tells of services that died (they are started again by themselves) until the end is asked for.
async fn watch(died: &mut mpsc::UnboundedReceiver<Died>, ends: &mut Ends, loud: &Loud) {
    let settled = tokio::time::sleep(SETTLE);
    tokio::pin!(settled);
    let mut quiet = true;
    loop {
        tokio::select! {
            () = &mut settled, if quiet => {
                quiet = false;
                loud.set(true);
            }
            () = ends.asked() => return,
            Some(dead) = died.recv() => eprintln!("siakad: {} {}; starting it again", dead.name, dead.how),
        }
    }
}

/// Ends web first, then the gateway, then the services: nobody is asked for anything by somebody who still runs.
async fn end(services: Vec<Supervised>, ends: &mut Ends) {
    let killers: Vec<_> = services.iter().map(Supervised::killer).collect();
    let (mut web, mut gateway, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for service in services {
        match service.name.as_str() {
            "web" => web.push(service),
            "gateway" => gateway.push(service),
            _ => others.push(service),
        }
    }
    let orderly = async {
        for stage in [web, gateway, others] {
            futures_util::future::join_all(stage.into_iter().map(Supervised::end)).await;
        }
    };
    tokio::pin!(orderly);
    tokio::select! {
        () = &mut orderly => return,
        () = ends.asked() => killers.iter().for_each(|kill| kill()),
    }
    orderly.await;
}

/// What asks a supervisor to end.
struct Ends {
    signals: [Signal; 3],
}

impl Ends {
    fn listen() -> std::io::Result<Self> {
        let signals = [
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            // The terminal was closed.
            signal(SignalKind::hangup())?,
        ];
        Ok(Self { signals })
    }

    async fn asked(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

fn greeting(plan: &Plan, layout: &Layout, store: &Store, accounts: &[DemoAccount]) -> String {
    let endpoints = plan.endpoints();
    let (web, gateway) = (&endpoints.web, &endpoints.gateway);
    let mut text = format!(
        "\nSIAKAD is ready.\n\n  Pages     {web}\n  REST API  {gateway}/api/v1\n  API docs  {gateway}/api/docs\n"
    );
    let data = layout.data().display();
    let kept = match store.engine() {
        Engine::Sqlite => format!("{data} (SQLite)"),
        Engine::Postgres => format!("PostgreSQL; certificates, keys and logs in {data}"),
    };
    let _written = writeln!(text, "  Data      {kept}");
    if accounts.is_empty() {
        if layout.demo_done().exists() {
            text.push_str(
                "\nOthers can reach this machine, so the demo campus has no accounts that are known to all.\n",
            );
        }
        text.push_str(
            "\nAn administrator's account:  siakad admin create <user-name> --role system-admin\n\
             Data of a campus:            siakad import <folder>\n",
        );
    } else {
        text.push_str("\nDemo accounts, on this machine only:\n\n");
        let widths = accounts.iter().fold((9, 8), |(user, password), account| {
            (user.max(account.user_name.len()), password.max(account.password.len()))
        });
        let (user, password) = widths;
        let _written = writeln!(text, "  {:<user$}  Password", "User name");
        for account in accounts {
            let _written =
                writeln!(text, "  {:<user$}  {:<password$}  {}", account.user_name, account.password, account.about);
        }
    }
    text.push_str("\nCtrl-C stops it.");
    text
}
