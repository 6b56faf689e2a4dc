//! What the contracts say about each method, read from `proto::DESCRIPTOR`.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost::Message;
use prost_types::FileDescriptorSet;
use prost_types::method_options::IdempotencyLevel;

/// What calling a method twice does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it only reads (`NO_SIDE_EFFECTS`).
    Read,
    /// The same as calling it once (`IDEMPOTENT`).
    Idempotent,
    /// It may happen twice, unless an idempotency key prevents it.
    Write,
}

/// What the contract says about a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodInfo {
    /// What calling it twice does.
    pub effect: Effect,
    /// The client sends a stream.
    pub client_streaming: bool,
    /// The server sends a stream.
    pub server_streaming: bool,
}

impl MethodInfo {
    /// Neither side sends a stream.
    #[must_use]
    pub fn is_unary(&self) -> bool {
        !self.client_streaming && !self.server_streaming
    }
}

/// All methods of all contracts, by path (`/package.Service/Method`).
#[derive(Debug)]
pub struct Contract(HashMap<String, MethodInfo>);

impl Contract {
    fn read(descriptor: &[u8]) -> Self {
        let files = FileDescriptorSet::decode(descriptor).unwrap_or_default().file;
        let mut methods = HashMap::new();
        for file in &files {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    let level = method.options.as_ref().map(|o| o.idempotency_level());
                    let effect = match level {
                        Some(IdempotencyLevel::NoSideEffects) => Effect::Read,
                        Some(IdempotencyLevel::Idempotent) => Effect::Idempotent,
                        Some(IdempotencyLevel::IdempotencyUnknown) | None => Effect::Write,
                    };
                    let info = MethodInfo {
                        effect,
                        client_streaming: method.client_streaming(),
                        server_streaming: method.server_streaming(),
                    };
                    methods.insert(path, info);
                }
            }
        }
        for path in ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"] {
            let server_streaming = path.ends_with("Watch");
            let info = MethodInfo { effect: Effect::Read, client_streaming: false, server_streaming };
            methods.insert(path.to_owned(), info);
        }
        Self(methods)
    }

    /// The method of this path, with its path as the contract spells it.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<(&str, MethodInfo)> {
        self.0.get_key_value(path).map(|(path, info)| (path.as_str(), *info))
    }

    /// Paths of all methods, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The contracts of this house and of gRPC health.
#[must_use]
pub fn contract() -> &'static Contract {
    static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::read(proto::DESCRIPTOR));
    &CONTRACT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_read_with_their_effect_and_streams() {
        let info = |path| contract().get(path).unwrap().1;
        let jwks = info("/siakad.common.v1.Trust/GetJwks");
        assert_eq!((jwks.effect, jwks.is_unary()), (Effect::Read, true));
        let subscribe = info("/siakad.feed.v1.Feed/Subscribe");
        assert_eq!(
            (subscribe.effect, subscribe.client_streaming, subscribe.server_streaming),
            (Effect::Read, false, true)
        );
        assert_eq!(info("/siakad.course.v1.Krs/AddClass").effect, Effect::Write);
        assert_eq!(info("/siakad.auth.v1.Accounts/GrantRole").effect, Effect::Idempotent);
        assert!(contract().get("/siakad.common.v1.Trust/Nothing").is_none());
    }
}
