//! The orderly end of a process.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drain {
    /// How long requests are still taken after the end was asked for. Default 5 s.
    pub linger: Duration,
    /// How long requests then get to finish. Default 20 s.
    pub wait: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { linger: Duration::from_secs(5), wait: Duration::from_secs(20) }
    }
}

impl Drain {
    /// For one machine without a load balancer in front: nobody has to notice anything.
    #[must_use]
    pub fn short() -> Self {
        Self { linger: Duration::ZERO, wait: Duration::from_secs(3) }
    }
}

/// Asks a process to end, and tells how far it is. Cheap to clone; clones belong together.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    requested: CancellationToken,
    stopping: CancellationToken,
}

impl Shutdown {
    /// An end that only [`Shutdown::trigger`] asks for.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An end asked for by SIGTERM or SIGINT (a second signal ends the process at once), and with `SIAKAD_CHILD=1` by the
    /// end of standard input: so no child outlives its supervisor. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub fn on_signal() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let shutdown = Self::new();
        let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let asked = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = term.recv() => tracing::info!("asked to end by SIGTERM"),
                _ = int.recv() => tracing::info!("asked to end by SIGINT"),
            }
            asked.trigger();
            // Whoever asks twice does not want to wait.
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            tracing::warn!("asked to end a second time: ending at once");
            std::process::exit(1);
        });
        if std::env::var_os("SIAKAD_CHILD").is_some_and(|v| v == "1") {
            shutdown.follow_input(std::io::stdin())?;
        }
        Ok(shutdown)
    }

    /// Asks for the end when the input ends or fails. Its own thread: a pending read of a pipe cannot be cancelled, and
    /// must not keep the runtime from ending.
    fn follow_input(&self, mut input: impl std::io::Read + Send + 'static) -> std::io::Result<()> {
        let asked = self.clone();
        std::thread::Builder::new().name("parent".into()).spawn(move || {
            let mut nothing = [0; 64];
            loop {
                match input.read(&mut nothing) {
                    Ok(0) => break,
                    Err(error) if error.kind() != std::io::ErrorKind::Interrupted => break,
                    Ok(_) | Err(_) => {}
                }
            }
            tracing::info!("the supervisor is gone");
            asked.trigger();
        })?;
        Ok(())
    }

    /// Asks for the end.
    pub fn trigger(&self) {
        self.requested.cancel();
    }

    /// The end was asked for: step 1.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.requested.is_cancelled()
    }

    /// Waits until the end is asked for.
    pub async fn requested(&self) {
        self.requested.cancelled().await;
    }

    /// Waits for step 3: listeners close, streams end.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// A token that is cancelled at step 3, for what takes one.
    #[must_use]
    pub fn stopping_token(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Steps 1 to 3: waits until the end is asked for, lingers, and lets listeners close. Several servers of a process
    /// may drive one shutdown; the first to be through leads.
    pub(crate) async fn drive(&self, drain: Drain) {
        self.requested().await;
        tokio::select! {
            () = tokio::time::sleep(drain.linger) => self.stopping.cancel(),
            () = self.stopping.cancelled() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_of_the_input_asks_for_the_end() {
        let (end, mut ours) = std::io::pipe().unwrap();
        let shutdown = Shutdown::new();
        shutdown.follow_input(end).unwrap();
        std::io::Write::write_all(&mut ours, b"still there\n").unwrap();
        assert!(!shutdown.is_requested());
        drop(ours);
        tokio::time::timeout(Duration::from_secs(10), shutdown.requested()).await.unwrap();
    }
}
