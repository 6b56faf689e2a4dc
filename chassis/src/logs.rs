//! Logs: one line per event on standard error, JSON for machines or pretty for people.
//!
//! Every line written while a request is handled carries the fields of the request's span: `request_id`, `trace_id`,
//! and the method. Never log a token, a password, a body, or a NIM next to a grade.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people; coloured on a terminal.
    Pretty,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// `tracing-subscriber` env-filter, for example `info,sqlx=warn`.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info".into(), format: LogFormat::Json }
    }
}

/// Starts logging for the whole process. Only the first call has an effect; a filter that cannot be read counts as
/// `info`.
pub fn init(config: &LogConfig) {
    let filter = EnvFilter::try_new(&config.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let started = match config.format {
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_current_span(true).with_span_list(false);
            registry.with(lines).try_init()
        }
        LogFormat::Pretty => registry.with(lines.compact().with_ansi(std::io::stderr().is_terminal())).try_init(),
    };
    // An error means that logging was started before: keep that.
    if started.is_ok() {
        std::panic::set_hook(Box::new(panicked));
    }
}

/// A panic is a line of the log like any other, with the fields of the request that it happened in.
fn panicked(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, cause = panic.payload_as_str().unwrap_or_default(), "panic");
}
