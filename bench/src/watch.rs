//! What the processes use while a load runs.

use std::cell::RefCell;
use std::time::Duration;

use crate::process::Usage;

/// Samples, one a second: for each process its name and what it has used so far.
#[derive(Debug, Default)]
pub struct Watch {
    samples: RefCell<Vec<Vec<(String, Usage)>>>,
}

impl Watch {
    /// Takes a sample now.
    pub fn sample(&self, usage: Vec<(String, Usage)>) {
        let mut all = usage;
        all.push(("bench".to_owned(), crate::process::usage(std::process::id())));
        self.samples.borrow_mut().push(all);
    }

    /// Takes a sample every second until it is dropped.
    pub async fn keep_sampling(&self, usage: impl Fn() -> Vec<(String, Usage)>) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        loop {
            ticks.tick().await;
            self.sample(usage());
        }
    }

    /// CPU time of all processes between the first and the last sample.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        self.by_process().iter().map(|(_, used)| used.cpu).sum()
    }

    /// The table: CPU time, the share of it, and resident memory at first, after each quarter of the time, and at most.
    #[must_use]
    pub fn table(&self) -> String {
        let all = self.cpu().as_secs_f64().max(0.001);
        let mut text =
            "| process | CPU s | share | RSS MB at first, after each quarter | at most |\n|---|---|---|---|---|\n"
                .to_owned();
        for (name, used) in self.by_process() {
            let seconds = used.cpu.as_secs_f64();
            let mega = |bytes: u64| (bytes / 1_000_000).to_string();
            text.push_str(&format!(
                "| {name} | {seconds:.2} | {:.0} % | {} | {} |\n",
                seconds / all * 100.0,
                used.resident.map(mega).join(" / "),
                mega(used.most),
            ));
        }
        text
    }

    fn by_process(&self) -> Vec<(String, Used)> {
        let samples = self.samples.borrow();
        let Some(last) = samples.last() else { return Vec::new() };
        let of = |sample: &Vec<(String, Usage)>, name: &str| {
            sample.iter().find(|(other, _)| other == name).map_or_else(Usage::default, |(_, usage)| *usage)
        };
        let used = |name: &str| {
            let moments = QUARTERS.map(|quarter| of(&samples[(samples.len() - 1) * quarter / 4], name));
            let [begin, .., end] = moments;
            Used {
                cpu: end.cpu.saturating_sub(begin.cpu),
                resident: moments.map(|usage| usage.resident),
                most: samples.iter().map(|sample| of(sample, name).resident).max().unwrap_or(0),
            }
        };
        last.iter().map(|(name, _)| (name.clone(), used(name))).collect()
    }
}

/// The moments at which resident memory is told: the beginning, and when each quarter has passed.
const QUARTERS: [usize; 5] = [0, 1, 2, 3, 4];

struct Used {
    cpu: Duration,
    resident: [u64; 5],
    most: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_is_the_difference() {
        let watch = Watch::default();
        for (cpu, resident) in [(100, 5_000_000), (300, 9_000_000), (1100, 7_000_000)] {
            watch.sample(vec![("course".to_owned(), Usage { cpu: Duration::from_millis(cpu), resident })]);
        }
        assert!(watch.table().contains("| course | 1.00 |"), "{}", watch.table());
        assert!(watch.table().contains("| 5 / 5 / 9 / 9 / 7 | 9 |"), "{}", watch.table());
    }
}
