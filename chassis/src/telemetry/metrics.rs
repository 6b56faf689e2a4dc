//! Metrics of the process, in Prometheus' text format.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds of the duration histograms, in seconds.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Bounds of the histograms that count things.
const COUNTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

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
                .and_then(|built| built.set_buckets_for_metric(Matcher::Suffix("size".into()), COUNTS))
                .and_then(PrometheusBuilder::install_recorder);
            built.inspect_err(|error| tracing::error!(%error, "metrics are not collected")).ok()
        })
        .as_ref()
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
