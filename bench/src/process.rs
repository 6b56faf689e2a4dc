//! Processes that the bench starts: watched, and ended by their id.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Clock ticks a second in `/proc`: what every Linux of today says.
const TICKS: u64 = 100;
/// Time that a process gets to end by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process of ours. Dropped, it is killed.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a command. It gets a standard input that ends with us; what it says goes to a file.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(name: &str, command: &mut Command, log: PathBuf) -> io::Result<Self> {
        let file = fs::File::options().create(true).append(true).open(&log)?;
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::from(file.try_clone()?))
            .stderr(Stdio::from(file))
            .spawn()
            .map_err(|error| io::Error::other(format!("{name} cannot be started: {error}")))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// What it is called here.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub fn is_gone(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// The last lines that it said.
    #[must_use]
    pub fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        // An error means that it is gone already.
        let _gone = kill_process(Pid::from_child(&self.child), signal);
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        // Gone already: as wished.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }

    /// Asks it to end and waits; kills it after half a minute. Answers whether it ended by itself.
    pub fn end(&mut self) -> bool {
        self.signal(Signal::TERM);
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if self.is_gone() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.kill();
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What processes have used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time of all threads.
    pub cpu: Duration,
    /// Resident memory now, in bytes.
    pub resident: u64,
}

/// What a process has used; nothing when it is gone.
#[must_use]
pub fn usage(pid: u32) -> Usage {
    read_stat(pid).map_or_else(Usage::default, |stat| Usage { cpu: ticks(stat.own), resident: resident(pid) })
}

/// What a process and all its children have used, those that have ended included. Memory that they share counts once for each.
#[must_use]
pub fn family_usage(pid: u32) -> Usage {
    let Some(parent) = read_stat(pid) else { return Usage::default() };
    let mut sum = Usage { cpu: ticks(parent.own + parent.ended), resident: resident(pid) };
    for child in children(pid) {
        let of_child = usage(child);
        sum.cpu += of_child.cpu;
        sum.resident += of_child.resident;
    }
    sum
}

/// Processes whose parent it is.
#[must_use]
pub fn children(pid: u32) -> Vec<u32> {
    let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|child| read_stat(*child).is_some_and(|stat| stat.parent == pid)).collect()
}

struct Stat {
    parent: u32,
    own: u64,
    ended: u64,
}

fn read_stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name: state, parent, and so on; fields are counted from 3 here (proc(5)).
    let fields: Vec<&str> = text.rsplit(')').next()?.split_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(number(4)?).ok()?,
        own: number(14)? + number(15)?,
        ended: number(16)? + number(17)?,
    })
}

fn ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1000 / TICKS)
}

fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_cpu_and_memory() {
        let mut sum = 0_u64;
        while usage(std::process::id()).cpu < Duration::from_millis(20) {
            sum = sum.wrapping_add((0..100_000).fold(0, |sum: u64, n| sum.wrapping_mul(31).wrapping_add(n)));
        }
        assert!(usage(std::process::id()).resident > 1_000_000, "{sum}");
        assert_eq!(usage(0), Usage::default());
    }
}
