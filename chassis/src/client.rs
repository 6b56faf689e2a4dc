//! Calling another service of the house.
//!
//! [`connect`] gives a [`Channel`] that generated clients take as it is: `StudentsClient::new(channel.clone())`. A
//! service may have many replicas; there is one connection to each. Nothing is connected before the first call;
//! afterwards the connections are kept, and made anew by themselves. Each call
//! - goes to the less busy one of two replicas that are drawn; one that fails five calls in a row is left out for 1 to
//!   30 s, never more than half of them at a time;
//! - carries what the present request brought: request id, trace, the user's token, the idempotency key;
//! - has a deadline: what is left of the present request's less [`HOP`](crate::deadline::HOP), as `grpc-timeout` and on
//!   our side;
//! - is repeated at most once, only if it provably was not looked at or the contract says that it only reads, within the
//!   deadline, on another replica if there is one, and only while repeats are rare; what a closing connection hands back
//!   unsent goes to the next one;
//! - fails within 100 ms while no replica can be reached.
//!
//! `overloaded` is an answer like any other: it is not repeated, and no replica is left out for it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{Request, Response};
use tonic::body::Body;
use tower::Service;

use crate::pki::Identity;
use crate::telemetry::Bearer;

mod balance;
mod call;
mod endpoints;
mod gate;
mod link;
mod retry;

pub use endpoints::{Endpoints, NoEndpoints};

/// Where another service is, and how it is talked to.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Where its replicas are.
    pub endpoints: Endpoints,
    /// Name of the service, which its certificate must bear: `auth`, `student`, `course`.
    pub server: String,
    /// Who we are.
    pub identity: Identity,
    /// Time for a unary call outside a request, or in one without a deadline. Default 5 s.
    pub default_deadline: Duration,
    /// Time for one attempt to connect. Default 2 s.
    pub connect_timeout: Duration,
    /// How long a call waits for a service that is known to be down. Default 100 ms.
    pub fail_fast: Duration,
}

impl ClientConfig {
    /// A service at its addresses, with the defaults for everything else.
    #[must_use]
    pub fn new(endpoints: Endpoints, server: impl Into<String>, identity: &Identity) -> Self {
        Self {
            endpoints,
            server: server.into(),
            identity: identity.clone(),
            default_deadline: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(2),
            fail_fast: Duration::from_millis(100),
        }
    }
}

/// Why a channel cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The name of the service is not one that a certificate can bear.
    #[error("{0:?} is no name of a service")]
    Name(String),
}

/// Makes a channel to another service. Connects nothing yet; must be called inside a tokio runtime.
///
/// # Errors
/// When the name is malformed.
pub fn connect(config: ClientConfig) -> Result<Channel, ClientError> {
    let replicas = balance::Balancer::start(link::Dial::new(&config)?, &config);
    Ok(Channel { shared: Arc::new(call::Shared::new(replicas, &config)), bearer: None })
}

/// Connections to the replicas of another service that make themselves. Cheap to clone.
#[derive(Clone)]
pub struct Channel {
    shared: Arc<call::Shared>,
    bearer: Option<Bearer>,
}

impl Channel {
    /// The same channel, whose calls bear this access token where the present request brings none.
    #[must_use]
    pub fn with_bearer(&self, token: &str) -> Self {
        Self { shared: self.shared.clone(), bearer: Some(Bearer::new(token)) }
    }

    /// Name of the service at the other end.
    #[must_use]
    pub fn server(&self) -> &str {
        self.shared.server()
    }

    /// A connection to one of its replicas is there now.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.shared.is_up()
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("server", &self.server()).field("up", &self.is_up()).finish()
    }
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Self::Error>>;

    fn poll_ready(&mut self, _task: &mut Task<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    /// Never fails: what goes wrong is a status in the answer.
    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (shared, bearer) = (self.shared.clone(), self.bearer.clone());
        Box::pin(async move { Ok(shared.call(request, bearer).await) })
    }
}
