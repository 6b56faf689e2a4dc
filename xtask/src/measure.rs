//! `cargo xtask measure`: how long the system takes to be ready, and how much memory it holds at rest.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Outcome, test};

/// How long the system rests before its memory is read.
const REST: Duration = Duration::from_secs(10);

/// Starts a release build twice in a fresh data folder, on each engine, and prints a row per start.
pub(crate) fn run(root: &Path) -> Outcome {
    let siakad = test::built(root, &["--release", "--package", "siakad"], "siakad")?;
    let throwaway = test::built(root, &["--package", "chassis", "--features", "testing"], "throwaway-postgres")?;
    let postgres = test::Postgres::start(&throwaway, &std::env::temp_dir())?;
    println!("| engine | start | ready after | processes | PSS at rest |");
    println!("|---|---|---|---|---|");
    for engine in ["SQLite", "PostgreSQL"] {
        let data = std::env::temp_dir().join(format!("siakad-measure-{}-{engine}", std::process::id()));
        for start in ["first, with import", "again"] {
            let mut command = Command::new(&siakad);
            command.args(["up", "--demo", "--data"]).arg(&data);
            if engine == "PostgreSQL" {
                command.args(["--database-url", &postgres.url]);
            }
            let (ready, running) = Running::start(&mut command)?;
            std::thread::sleep(REST);
            let processes = running.processes();
            let pss: u64 = processes.iter().map(|process| proportional_set_size(process)).sum();
            println!(
                "| {engine} | {start} | {:.2} s | {} | {} MB |",
                ready.as_secs_f64(),
                processes.len(),
                pss / 1_000_000
            );
            running.stop()?;
        }
        fs::remove_dir_all(&data)?;
    }
    Ok(())
}

/// A started system.
struct Running {
    child: Child,
}

impl Running {
    /// Starts it and waits for the line that says it is ready.
    fn start(command: &mut Command) -> Result<(Duration, Self), Box<dyn std::error::Error>> {
        let begun = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line.contains("http://"));
        let took = begun.elapsed();
        // Whatever else it says must not block it.
        std::thread::spawn(move || lines.count());
        if ready { Ok((took, Self { child })) } else { Err(format!("siakad ended: {}", child.wait()?).into()) }
    }

    /// The supervisor and its children.
    fn processes(&self) -> Vec<PathBuf> {
        let own = self.child.id().to_string();
        let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
        all.filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|process| {
                let parent = fs::read_to_string(process.join("stat"))
                    .ok()
                    .and_then(|stat| stat.rsplit(')').next()?.split_whitespace().nth(1).map(str::to_owned));
                process.file_name().is_some_and(|pid| pid == own.as_str()) || parent.as_deref() == Some(&own)
            })
            .collect()
    }

    /// Asks it to end, and waits.
    fn stop(mut self) -> Outcome {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        self.child.wait()?;
        Ok(())
    }
}

/// Bytes of memory that a process answers for: shared pages count by share.
fn proportional_set_size(process: &Path) -> u64 {
    let rollup = fs::read_to_string(process.join("smaps_rollup")).unwrap_or_default();
    let kilobytes =
        rollup.lines().find_map(|line| line.strip_prefix("Pss:")?.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
