//! What was answered, how often and how fast.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::script::Deed;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// 2xx.
    Done,
    /// A rule said no: 409 with reasons.
    Refused,
    /// Deliberately turned away: 429, or 503 with Retry-After.
    Deferred,
    /// Anything else: an error of ours, or no answer.
    Failed,
}

impl Verdict {
    /// As it is called in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Deferred => "deferred",
            Self::Failed => "failed",
        }
    }
}

/// Times of one kind of answer.
#[derive(Debug, Clone)]
pub struct Times {
    /// From the moment at which the student wanted it: what waited in the generator or behind another answer is in it.
    pub waited: Histogram<u64>,
    /// From the moment at which the request was sent.
    pub served: Histogram<u64>,
}

impl Times {
    fn new() -> Self {
        // The bounds are fixed and good; a histogram without bounds would be one that grows.
        let fresh = || Histogram::new_with_bounds(1, 600_000_000, 3).unwrap_or_else(|_| unbounded());
        Self { waited: fresh(), served: fresh() }
    }
}

fn unbounded() -> Histogram<u64> {
    Histogram::new(3).unwrap_or_else(|_| unreachable!("three digits are allowed"))
}

/// All answers of a run.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Times by what was done and how it ended.
    pub times: BTreeMap<(Deed, Verdict), Times>,
    /// Attempts by what was done and what was said: a status, and the reasons of a refusal.
    pub said: BTreeMap<(Deed, String), u64>,
    /// Answers by second.
    pub seconds: Vec<u64>,
    /// When the last answer came, from the start.
    pub took: Duration,
    /// When seats were sold, in milliseconds from the start.
    sold: Vec<u32>,
}

impl Tally {
    /// Counts one answer. Times in microseconds; `at` from the start.
    pub fn add(&mut self, deed: Deed, verdict: Verdict, said: String, waited: u64, served: u64, at: Duration) {
        let times = self.times.entry((deed, verdict)).or_insert_with(Times::new);
        times.waited.saturating_record(waited);
        times.served.saturating_record(served);
        *self.said.entry((deed, said)).or_default() += 1;
        let second = usize::try_from(at.as_secs()).unwrap_or(0).min(86_400);
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, 0);
        }
        self.seconds[second] += 1;
        self.took = self.took.max(at);
        if (deed, verdict) == (Deed::Add, Verdict::Done) {
            self.sold.push(u32::try_from(at.as_millis()).unwrap_or(u32::MAX));
        }
    }

    /// How long after this moment the first seat was sold; `None` when none was.
    #[must_use]
    pub fn first_done_after(&self, moment: Duration) -> Option<Duration> {
        let sold = self.sold.iter().map(|at| Duration::from_millis((*at).into()));
        sold.filter(|at| *at >= moment).min().map(|at| at - moment)
    }

    /// How many ended so.
    #[must_use]
    pub fn count(&self, deed: Deed, verdict: Verdict) -> u64 {
        self.times.get(&(deed, verdict)).map_or(0, |times| times.waited.len())
    }

    /// Mean time from sending to the answer, of those that were decided.
    #[must_use]
    pub fn mean_served(&self, deed: Deed) -> Duration {
        let (mut sum, mut count) = (0.0, 0);
        for verdict in [Verdict::Done, Verdict::Refused] {
            if let Some(times) = self.times.get(&(deed, verdict)) {
                sum += times.served.mean() * times.served.len() as f64;
                count += times.served.len();
            }
        }
        Duration::from_micros((sum / count.max(1) as f64) as u64)
    }

    /// How many of any kind ended so.
    #[must_use]
    pub fn total(&self, verdict: Verdict) -> u64 {
        Deed::ALL.iter().map(|deed| self.count(*deed, verdict)).sum()
    }

    /// Attempts of this kind that were decided, one way or the other, in a second.
    #[must_use]
    pub fn rate(&self, deed: Deed) -> f64 {
        let decided = self.count(deed, Verdict::Done) + self.count(deed, Verdict::Refused);
        decided as f64 / self.took.as_secs_f64().max(0.001)
    }

    /// The table: a row for each kind of answer.
    #[must_use]
    pub fn table(&self, flood: bool) -> String {
        let mut text =
            "| action | answer | count | p50 ms | p95 ms | p99 ms | max ms |\n|---|---|---|---|---|---|---|\n"
                .to_owned();
        for ((deed, verdict), times) in &self.times {
            let times = if flood { &times.served } else { &times.waited };
            let at = |quantile: f64| milliseconds(times.value_at_quantile(quantile));
            text.push_str(&format!(
                "| {} | {} | {} | {} | {} | {} | {} |\n",
                deed.name(),
                verdict.name(),
                times.len(),
                at(0.5),
                at(0.95),
                at(0.99),
                milliseconds(times.max())
            ));
        }
        text
    }

    /// What was said, most often first: the deed, the words, how often.
    #[must_use]
    pub fn words(&self) -> String {
        let mut said: Vec<_> = self.said.iter().collect();
        said.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        said.iter()
            .map(|((deed, said), count)| format!("{} {said}: {count}", deed.name()))
            .collect::<Vec<_>>()
            .join("; ")
    }
}

/// Microseconds as milliseconds.
#[must_use]
pub fn milliseconds(microseconds: u64) -> String {
    match microseconds {
        0..10_000 => format!("{}.{:02}", microseconds / 1000, microseconds % 1000 / 10),
        10_000..100_000 => format!("{}.{}", microseconds / 1000, microseconds % 1000 / 100),
        _ => (microseconds / 1000).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_kind_and_timed_from_the_wish() {
        let mut tally = Tally::default();
        let second = Duration::from_secs(1);
        for n in 1..=100 {
            tally.add(Deed::Add, Verdict::Done, "201".into(), n * 1000, 500, second);
        }
        tally.add(Deed::Add, Verdict::Refused, "409 class-full".into(), 1000, 500, 2 * second);
        assert_eq!((tally.count(Deed::Add, Verdict::Done), tally.total(Verdict::Refused)), (100, 1));
        assert_eq!(tally.seconds, [0, 100, 1]);
        let table = tally.table(false);
        assert!(table.contains("| add | done | 100 | 50.0 |"), "{table}");
        assert!(tally.table(true).contains("| add | done | 100 | 0.50 |"));
        assert!(tally.words().starts_with("add 201: 100; "));
    }
}
