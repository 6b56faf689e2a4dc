//! Which service may call which method, and whether a user must stand behind the call. What is on no list is refused.

use std::collections::HashMap;

use crate::error::Fault;
use crate::reasons;

use super::Peer;

/// Whether a user must stand behind a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// A valid access token.
    Required,
    /// A valid access token; or, while auth-svc is silent, one that expired a short while ago.
    Graceful,
    /// None: the calling service answers for itself. A token that comes along is not looked at.
    None,
}

/// Who may call one method. A service lists all of its methods in one static table.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// Path of the method, for example `/siakad.course.v1.Krs/AddClass`.
    pub path: &'static str,
    /// Names of the services that may call it.
    pub callers: &'static [&'static str],
    /// Whether a user must stand behind the call.
    pub user: User,
}

/// The table of a server, ready to be asked.
#[derive(Debug)]
pub(crate) struct Policy(HashMap<&'static str, &'static Method>);

/// gRPC health: any service of the house may ask, without a user.
static HEALTH: Method = Method { path: "/grpc.health.v1.Health/", callers: &[], user: User::None };

impl Policy {
    pub(crate) fn new(methods: impl IntoIterator<Item = &'static Method>) -> Self {
        Self(methods.into_iter().map(|m| (m.path, m)).collect())
    }

    /// The method's entry, if this peer may call it.
    pub(crate) fn admit(&self, path: &str, peer: Option<&Peer>) -> Result<&'static Method, Fault> {
        let Some(peer) = peer else {
            return Err(Fault::denied(reasons::PEER_UNKNOWN, "the caller has no certificate of this house"));
        };
        match self.0.get(path) {
            None if path.starts_with(HEALTH.path) => Ok(&HEALTH),
            Some(method) if method.callers.contains(&peer.name()) => Ok(method),
            _ => Err(Fault::denied(reasons::PEER_REFUSED, format!("{} may not call this method", peer.name()))),
        }
    }
}

/// Paths of all methods of a service, as `proto::DESCRIPTOR` has them; `service` is a full name such as
/// `siakad.course.v1.Krs`. Empty when there is no such service.
#[must_use]
pub fn methods_of(service: &str) -> Vec<String> {
    let prefix = format!("/{service}/");
    let mut paths: Vec<String> =
        crate::grpc::contract().paths().filter(|path| path.starts_with(&prefix)).map(str::to_owned).collect();
    paths.sort();
    paths
}

/// What is wrong with a service's table: methods of the named services that are not listed, listed paths that are no
/// method of them, paths listed twice, and methods that nobody may call. Empty when the table is complete; each service
/// has a test that says so.
#[must_use]
pub fn unlisted(table: &[Method], services: &[&str]) -> Vec<String> {
    let methods: Vec<String> = services.iter().flat_map(|s| methods_of(s)).collect();
    let mut wrong: Vec<String> = Vec::new();
    wrong.extend(services.iter().filter(|s| methods_of(s).is_empty()).map(|s| format!("{s}: no such service")));
    for path in &methods {
        match table.iter().filter(|m| m.path == path).count() {
            0 => wrong.push(format!("{path}: is not listed")),
            1 => {}
            _ => wrong.push(format!("{path}: is listed more than once")),
        }
    }
    for method in table {
        if !methods.iter().any(|path| path == method.path) {
            wrong.push(format!("{}: no such method", method.path));
        }
        if method.callers.is_empty() {
            wrong.push(format!("{}: nobody may call it", method.path));
        }
    }
    wrong
}
