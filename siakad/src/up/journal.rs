//! What the services log: every line into `logs/<service>.log`, warnings in one readable line on the terminal as well.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A log file that has grown beyond this is set aside as `<service>.log.old`.
const LARGEST: u64 = 16 * 1024 * 1024;
/// At most so many lines of one service appear on the terminal...
const LINES: usize = 8;
/// ...within this time; the rest is in the file.
const WITHIN: Duration = Duration::from_secs(10);
/// Lines that are remembered to explain a service that did not start.
const REMEMBERED: usize = 12;

/// Whether warnings appear on the terminal. While the services start and end, each misses the others for a moment.
#[derive(Clone, Default)]
pub(crate) struct Loud(Arc<AtomicBool>);

impl Loud {
    /// From now on they do, or do not.
    pub(crate) fn set(&self, loud: bool) {
        self.0.store(loud, Ordering::Relaxed);
    }
}

/// The log of one service.
pub(crate) struct Journal {
    service: String,
    path: PathBuf,
    loud: Loud,
    state: Mutex<State>,
}

struct State {
    file: Option<File>,
    size: u64,
    shown: VecDeque<Instant>,
    silent: bool,
    last: VecDeque<String>,
}

impl Journal {
    /// The journal of a service, appended to what earlier runs wrote.
    pub(crate) fn open(service: &str, path: PathBuf, loud: Loud) -> std::io::Result<Self> {
        let file = File::options().create(true).append(true).open(&path)?;
        let size = file.metadata()?.len();
        let state = State { file: Some(file), size, shown: VecDeque::new(), silent: false, last: VecDeque::new() };
        Ok(Self { service: service.to_owned(), path, loud, state: Mutex::new(state) })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Takes a line from the service. Returns what the terminal should show of it.
    pub(crate) fn take(&self, line: &str, now: Instant) -> Option<String> {
        let Ok(mut state) = self.state.lock() else { return None };
        state.keep(line, &self.path);
        let shown = readable(line)?;
        if state.last.len() == REMEMBERED {
            state.last.pop_front();
        }
        state.last.push_back(shown.clone());
        if !self.loud.0.load(Ordering::Relaxed) {
            return None;
        }
        while state.shown.front().is_some_and(|first| now.duration_since(*first) > WITHIN) {
            state.shown.pop_front();
            state.silent = false;
        }
        if state.shown.len() < LINES {
            state.shown.push_back(now);
            return Some(format!("{:<8} {shown}", self.service));
        }
        if state.silent {
            return None;
        }
        state.silent = true;
        Some(format!("{:<8} ... more in {}", self.service, self.path.display()))
    }

    /// The last warnings and errors, oldest first.
    pub(crate) fn last(&self) -> Vec<String> {
        self.state.lock().map(|state| state.last.iter().cloned().collect()).unwrap_or_default()
    }
}

impl State {
    /// A log that cannot be written must not stop the service that writes it.
    fn keep(&mut self, line: &str, path: &std::path::Path) {
        if self.size > LARGEST {
            self.file = None;
            let aside = std::fs::rename(path, path.with_extension("log.old"));
            self.size = if aside.is_ok() { 0 } else { self.size };
        }
        if self.file.is_none() {
            self.file = File::options().create(true).append(true).open(path).ok();
        }
        if let Some(file) = &mut self.file
            && file.write_all(format!("{line}\n").as_bytes()).is_ok()
        {
            self.size += line.len() as u64 + 1;
        }
    }
}

/// A warning, an error, or a line that is no log line (a panic); `None` for the rest.
fn readable(line: &str) -> Option<String> {
    let line = line.trim();
    if line.is_empty() {
        return None;
    }
    let Ok(fields) = serde_json::from_str::<BTreeMap<String, Value>>(line) else { return Some(line.to_owned()) };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let level = text("level");
    if !matches!(level, "WARN" | "ERROR") {
        return None;
    }
    let mut shown = format!("{level:<5} {}", text("message"));
    for (name, value) in &fields {
        if matches!(name.as_str(), "level" | "message" | "timestamp" | "target" | "span" | "spans") {
            continue;
        }
        match value {
            Value::String(value) => shown.push_str(&format!(" {name}={value}")),
            value => shown.push_str(&format!(" {name}={value}")),
        }
    }
    Some(shown.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(name: &str) -> Journal {
        let path = std::env::temp_dir().join(format!("siakad-journal-{name}-{}.log", std::process::id()));
        std::fs::remove_file(&path).ok();
        let loud = Loud::default();
        loud.set(true);
        Journal::open("course", path, loud).expect("opened")
    }

    #[test]
    fn every_line_is_kept_and_only_warnings_are_shown() {
        let journal = journal("kept");
        let now = Instant::now();
        let info = r#"{"timestamp":"2026-08-15T00:00:00Z","level":"INFO","message":"ready","target":"x"}"#;
        let warn = r#"{"timestamp":"2026-08-15T00:00:00Z","level":"WARN","message":"feed lost","source":"student","after_seconds":3,"target":"x","span":{"name":"y"}}"#;
        assert_eq!(journal.take(info, now), None);
        assert_eq!(journal.take("", now), None);
        assert_eq!(journal.take(warn, now).as_deref(), Some("course   WARN  feed lost after_seconds=3 source=student"));
        let panic = "thread 'main' panicked at src/x.rs:1";
        assert_eq!(journal.take(panic, now), Some(format!("course   {panic}")));
        journal.loud.set(false);
        assert_eq!(journal.take(panic, now), None, "not while starting, but it is remembered");
        assert_eq!(journal.last().len(), 3);
        let kept = std::fs::read_to_string(journal.path()).expect("readable");
        assert_eq!(kept, format!("{info}\n\n{warn}\n{panic}\n{panic}\n"));
        std::fs::remove_file(journal.path()).expect("removed");
    }

    #[test]
    fn a_flood_does_not_drown_the_terminal() {
        let journal = journal("flood");
        let now = Instant::now();
        let shown: Vec<String> = (0..100).filter_map(|index| journal.take(&format!("line {index}"), now)).collect();
        assert_eq!(shown.len(), LINES + 1);
        assert!(shown[LINES].contains("... more in"), "{}", shown[LINES]);
        let later = now + WITHIN + Duration::from_secs(1);
        assert_eq!(journal.take("later", later).as_deref(), Some("course   later"));
        std::fs::remove_file(journal.path()).expect("removed");
    }
}
