//! A real gRPC server on a free port, over mutual TLS.

use std::net::SocketAddr;

use tokio::task::JoinHandle;

use super::TestPki;
use crate::auth::{Trust, Verifier};
use crate::client::{Channel, ClientConfig, Endpoints, connect};
use crate::config::ServerConfig;
use crate::grpc::Built;
use crate::pki::Identity;
use crate::serve::{Shutdown, StartError, bind, grpc_on};

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct TestServer {
    name: String,
    address: SocketAddr,
    private: SocketAddr,
    shutdown: Shutdown,
    task: Option<JoinHandle<Result<(), StartError>>>,
}

impl TestServer {
    /// Serves what a service built, under this name, with the defaults of one machine.
    pub async fn start(name: &str, built: Built, trust: &Trust, pki: &TestPki) -> Self {
        Self::with(name, built, trust, pki, ServerConfig::local(pki.dir())).await
    }

    /// As [`TestServer::start`], with limits and an end of the caller's choice.
    ///
    /// # Panics
    /// When the address of `config` is taken.
    pub async fn with(name: &str, built: Built, trust: &Trust, pki: &TestPki, config: ServerConfig) -> Self {
        let identity = pki.identity(name);
        let listener = bind(config.listen).await.expect("the address is free");
        let private = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port of loopback is free");
        let address = listener.local_addr().expect("it is bound");
        let private_address = private.local_addr().expect("it is bound");
        let (shutdown, verifier) = (Shutdown::new(), Verifier::new(trust.clone()));
        let ends = shutdown.clone();
        let task =
            tokio::spawn(
                async move { grpc_on(listener, Some(private), &config, &identity, built, verifier, &ends).await },
            );
        Self { name: name.to_owned(), address, private: private_address, shutdown, task: Some(task) }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it tells its metrics and health.
    #[must_use]
    pub fn private_address(&self) -> SocketAddr {
        self.private
    }

    /// Its address as a client takes it.
    #[must_use]
    pub fn endpoint(&self) -> Endpoints {
        self.address.into()
    }

    /// A channel to it for one of the house; add a user by `with_bearer`.
    #[must_use]
    pub fn channel(&self, pki: &TestPki, peer: &str) -> Channel {
        self.channel_as(&pki.identity(peer))
    }

    /// A channel to it for any identity.
    ///
    /// # Panics
    /// When the server's name cannot stand in a certificate.
    #[must_use]
    pub fn channel_as(&self, identity: &Identity) -> Channel {
        connect(ClientConfig::new(self.endpoint(), self.name.as_str(), identity)).expect("a server can be called")
    }

    /// Its end.
    #[must_use]
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Asks it to end, and waits for that.
    ///
    /// # Panics
    /// When it failed.
    pub async fn stop(mut self) {
        self.shutdown.trigger();
        if let Some(task) = self.task.take() {
            task.await.expect("the server did not panic").expect("the server did not fail");
        }
    }

    /// Cuts it off, as `kill -9` would: connections are closed without a word.
    pub async fn kill(mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            // Its end is an error by intent: it was aborted.
            let _aborted = task.await;
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
