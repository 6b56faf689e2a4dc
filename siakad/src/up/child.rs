//! One service as a process of its own: started, watched, started again, ended.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::journal::Journal;
use super::plan::NOT_INHERITED;

/// First pause before a service that died is started again; doubled with each further death.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A service that ran for so long starts afresh with the first pause.
const PROVEN: Duration = Duration::from_secs(10);
/// Time in which a service must have ended after it was asked to; then it is killed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time to read what a service said before it died.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// Longest line that is taken from a service.
const LONGEST_LINE: usize = 64 * 1024;

/// What a service is started with.
pub(crate) struct Spec {
    /// Word after `siakad serve`.
    pub(crate) service: &'static str,
    /// Which of its processes: `course`, `course-2`.
    pub(crate) name: String,
    /// The `siakad` binary.
    pub(crate) program: PathBuf,
    /// Its environment beside the inherited one.
    pub(crate) env: Vec<(&'static str, String)>,
}

/// What is asked of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Run,
    /// Drain and end.
    End,
    /// End at once.
    Kill,
}

/// A service that ended without being asked.
pub(crate) struct Died {
    /// Which.
    pub(crate) name: String,
    /// How.
    pub(crate) how: String,
}

/// A supervised service.
pub(crate) struct Supervised {
    /// Its name.
    pub(crate) name: String,
    /// Its log.
    pub(crate) journal: Arc<Journal>,
    order: watch::Sender<Order>,
    task: JoinHandle<()>,
}

impl Supervised {
    /// Starts the service and keeps it running. Every death is told on `deaths`.
    pub(crate) fn start(spec: Spec, journal: Journal, deaths: mpsc::UnboundedSender<Died>) -> Self {
        let (order, orders) = watch::channel(Order::Run);
        let journal = Arc::new(journal);
        let name = spec.name.clone();
        let task = tokio::spawn(keep_running(spec, Arc::clone(&journal), orders, deaths));
        Self { name, journal, order, task }
    }

    /// Asks the service to drain and end, and waits for it.
    pub(crate) async fn end(self) {
        // An order is never taken back: who is to be killed is not asked politely again.
        self.order.send_modify(|order| *order = (*order).max(Order::End));
        if let Err(error) = self.task.await {
            eprintln!("siakad: watching {} failed: {error}", self.name);
        }
    }

    /// Something that ends the service at once, also while [`Supervised::end`] waits for it.
    pub(crate) fn killer(&self) -> impl Fn() + Send + 'static {
        let order = self.order.clone();
        move || order.send_modify(|order| *order = Order::Kill)
    }
}

async fn keep_running(
    spec: Spec,
    journal: Arc<Journal>,
    mut orders: watch::Receiver<Order>,
    deaths: mpsc::UnboundedSender<Died>,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        let how = match launch(&spec, &journal) {
            Err(error) => format!("cannot start {}: {error}", spec.program.display()),
            Ok(Running { mut child, pumps }) => {
                // Waiting for a child closes its standard input, so that is taken out of it first.
                let lifeline = child.stdin.take();
                let how = tokio::select! {
                    status = child.wait() => describe(status),
                    () = asked_to_end(&mut orders) => return end(&mut child, &mut orders).await,
                };
                drop(lifeline);
                // Its last words explain its end.
                drop(tokio::time::timeout(LAST_WORDS, futures_util::future::join_all(pumps)).await);
                how
            }
        };
        if deaths.send(Died { name: spec.name.clone(), how }).is_err() {
            return;
        }
        if began.elapsed() > PROVEN {
            pause = FIRST_PAUSE;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = asked_to_end(&mut orders) => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn asked_to_end(orders: &mut watch::Receiver<Order>) {
    // A closed channel means that nobody watches any more.
    drop(orders.wait_for(|order| *order != Order::Run).await.map(|order| *order));
}

/// A running service and the tasks that read what it says.
struct Running {
    child: Child,
    pumps: Vec<JoinHandle<()>>,
}

fn launch(spec: &Spec, journal: &Arc<Journal>) -> std::io::Result<Running> {
    let mut command = Command::new(&spec.program);
    for name in NOT_INHERITED {
        command.env_remove(name);
    }
    let mut child = command
        .args(["serve", spec.service])
        .envs(spec.env.iter().map(|(name, value)| (*name, value.as_str())))
        // The service ends when its standard input does: however this process ends, the system closes the pipe.
        .env("SIAKAD_CHILD", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C on the terminal is for the supervisor, which ends the services in order.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let mut pumps = Vec::new();
    if let Some(output) = child.stdout.take() {
        pumps.push(tokio::spawn(pump(output, Arc::clone(journal))));
    }
    if let Some(output) = child.stderr.take() {
        pumps.push(tokio::spawn(pump(output, Arc::clone(journal))));
    }
    Ok(Running { child, pumps })
}

/// Asks for a drain, waits for a bounded time, kills.
async fn end(child: &mut Child, orders: &mut watch::Receiver<Order>) {
    if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        // An error means that it is gone already.
        let _gone = kill_process(pid, Signal::TERM);
    }
    tokio::select! {
        _ = child.wait() => return,
        _ = orders.wait_for(|order| *order == Order::Kill) => {}
        () = tokio::time::sleep(PATIENCE) => {}
    }
    drop(child.kill().await);
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status {
        Err(error) => format!("cannot be watched: {error}"),
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("ended with code {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "ended".to_owned(),
        },
    }
}

/// Takes lines until the service closes its end.
async fn pump(output: impl AsyncRead + Unpin, journal: Arc<Journal>) {
    let mut lines = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        line.truncate(LONGEST_LINE);
        let text = String::from_utf8_lossy(&line);
        if let Some(shown) = journal.take(text.trim_end_matches(['\r', '\n']), std::time::Instant::now()) {
            eprintln!("{shown}");
        }
    }
}
