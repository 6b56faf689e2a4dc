//! A server's `main`.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use super::{Shutdown, StartError};

/// Runs a server process: chooses the TLS provider, starts the runtime (with `SIAKAD_WORKER_THREADS` threads), listens
/// to signals, runs `serve`, and ends whatever is still running 2 s after it. `serve` starts logging itself, because it
/// reads the configuration.
///
/// What keeps it from starting is printed on standard error; the exit code is then 1.
pub fn main<F>(name: &str, serve: impl FnOnce(Shutdown) -> F) -> ExitCode
where
    F: Future<Output = Result<(), StartError>>,
{
    crate::pki::install_provider();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads() {
        runtime.worker_threads(threads);
    }
    let runtime = match runtime.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(name, &error.into()),
    };
    let done = runtime.block_on(async { serve(Shutdown::on_signal()?).await });
    runtime.shutdown_timeout(Duration::from_secs(2));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(name, &error),
    }
}

/// Worker threads, where the machine's cores should not decide: many processes on one small machine need fewer each.
/// What is no number from 1 to 256 is passed over, because nothing can be reported yet.
fn threads() -> Option<usize> {
    let text = std::env::var("SIAKAD_WORKER_THREADS").ok()?;
    text.parse().ok().filter(|threads| (1..=256).contains(threads))
}

#[expect(clippy::print_stderr, reason = "logging may not have been started yet")]
fn failed(name: &str, error: &StartError) -> ExitCode {
    eprintln!("{name}: {error}");
    ExitCode::FAILURE
}
