//! Who calls: the user by their access token, the service by its certificate; and who may call which method.
//!
//! Every service verifies both by itself. A token is trusted by the keys of auth-svc, which every verifier keeps on
//! disk, and its session must not have been ended. While auth-svc is silent, methods marked [`User::Graceful`] take
//! tokens that expired a short while ago, so that nobody is thrown out of a course registration because the login
//! service is down.

mod caller;
mod ended;
mod keys;
mod learn;
mod peer;
mod policy;
mod token;
mod trust;
mod verifier;

pub use caller::{Caller, Role, roles};
pub use keys::{KeySet, KeySetError};
pub use peer::Peer;
pub(crate) use peer::SPIFFE;
pub(crate) use policy::Policy;
pub use policy::{Method, User, methods_of, unlisted};
pub use token::{AUDIENCE, ISSUER, TOKEN_TYPE};
pub use trust::{GRACE, SILENCE, Trust, TrustConfig};
pub use verifier::Verifier;
