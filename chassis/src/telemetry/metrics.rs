//! Metrics of the process, in Prometheus' text format.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds of the duration histograms, in seconds.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Bounds of the histograms that count things.
const COUNTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// How often samples are put into their buckets. Until then each of them is kept.
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts collecting, once per process. What was counted before is not there.
pub fn init() {
    handle();
}

/// The metrics as a Prometheus server reads them.
#[must_use]
pub fn render() -> String {
    handle()
        .map(|handle| {
            handle.run_upkeep();
            handle.render()
        })
        .unwrap_or_default()
}

fn handle() -> Option<&'static PrometheusHandle> {
    HANDLE
        .get_or_init(|| {
            let built = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("duration".into()), SECONDS)
                .and_then(|built| built.set_buckets_for_metric(Matcher::Suffix("seconds".into()), SECONDS))
                .and_then(|built| built.set_buckets_for_metric(Matcher::Suffix("size".into()), COUNTS))
                .and_then(PrometheusBuilder::install_recorder);
            let handle = built.inspect_err(|error| tracing::error!(%error, "metrics are not collected")).ok()?;
            keep_up(handle.clone());
            Some(handle)
        })
        .as_ref()
}

/// Puts samples into their buckets for as long as the process lives, also when nobody asks for them. Without a thread they
/// are kept until somebody does.
fn keep_up(handle: PrometheusHandle) {
    let upkeep = move || {
        loop {
            std::thread::sleep(UPKEEP);
            handle.run_upkeep();
        }
    };
    let thread = std::thread::Builder::new().name("metrics".to_owned()).spawn(upkeep);
    drop(thread.inspect_err(|error| tracing::error!(%error, "metrics are put into their buckets only when asked for")));
}

/// Counts something that goes on while it is held.
#[must_use]
pub(crate) struct InFlight(::metrics::Gauge);

impl InFlight {
    pub(crate) fn new(gauge: ::metrics::Gauge) -> Self {
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
