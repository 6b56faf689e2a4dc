//! An issuer of real access tokens, in place of auth-svc.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey};
use rcgen::{KeyPair, PKCS_ED25519, PublicKeyData};
use serde_json::{Map, Value, json};

use crate::auth::{AUDIENCE, ISSUER, TOKEN_TYPE, Trust, roles};
use crate::clock::Clock;

/// Signs access tokens with an Ed25519 key of its own, which [`TokenIssuer::trust`] trusts.
pub struct TokenIssuer {
    key: EncodingKey,
    public: Vec<u8>,
    kid: String,
}

impl TokenIssuer {
    /// An issuer with a new key.
    ///
    /// # Panics
    /// When the machine gives no key.
    #[must_use]
    pub fn new() -> Self {
        let pair = KeyPair::generate_for(&PKCS_ED25519).expect("a key can be made");
        let kid = crate::telemetry::RequestId::default().to_string();
        Self { key: EncodingKey::from_ed_der(pair.serialized_der()), public: pair.der_bytes().to_vec(), kid }
    }

    /// The key set that auth-svc would give.
    #[must_use]
    pub fn jwks(&self) -> String {
        let key = json!({
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
            "kid": self.kid, "x": URL_SAFE_NO_PAD.encode(&self.public),
        });
        json!({ "keys": [key] }).to_string()
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.public
    }

    /// Id of the key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// A trust that knows this issuer's key and listens to nobody.
    ///
    /// # Panics
    /// Never: the key set is our own.
    #[must_use]
    pub fn trust(&self, clock: &Clock) -> Trust {
        Trust::told(&self.jwks(), clock.clone()).expect("our own key set is good")
    }

    /// A token of an account without any role, issued at `now` for five minutes, right after a login with a password.
    pub fn token(&self, now: Timestamp) -> TokenBuilder<'_> {
        let now = now.as_second();
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "account-1", "sid": "session-1",
            "jti": crate::telemetry::RequestId::default().as_str(),
            "exp": now + 300, "nbf": now, "iat": now, "auth_time": now, "amr": ["pwd"], "roles": [],
        });
        let header = json!({ "typ": TOKEN_TYPE, "alg": "EdDSA", "kid": self.kid });
        TokenBuilder { issuer: self, header: object(header), claims: object(claims) }
    }
}

impl Default for TokenIssuer {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenIssuer").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// A token in the making.
#[derive(Clone, Debug)]
#[must_use]
pub struct TokenBuilder<'a> {
    issuer: &'a TokenIssuer,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl TokenBuilder<'_> {
    /// Adds the role of a student, and says which.
    pub fn student(self, student_id: &str) -> Self {
        self.role(roles::STUDENT, None).claim("student_id", student_id)
    }

    /// Adds the role of a lecturer, and says which.
    pub fn lecturer(self, lecturer_id: &str) -> Self {
        self.role(roles::LECTURER, None).claim("lecturer_id", lecturer_id)
    }

    /// Adds the role of an administrator of a study programme.
    pub fn programme_admin(self, programme_id: &str) -> Self {
        self.role(roles::PROGRAMME_ADMIN, Some(programme_id))
    }

    /// Adds the role of the registrar.
    pub fn registrar(self) -> Self {
        self.role(roles::REGISTRAR, None)
    }

    /// Adds the role of an administrator of the system.
    pub fn system_admin(self) -> Self {
        self.role(roles::SYSTEM_ADMIN, None)
    }

    /// Adds a role.
    pub fn role(mut self, name: &str, scope: Option<&str>) -> Self {
        let role = match scope {
            Some(scope) => json!({ "name": name, "scope": scope }),
            None => json!({ "name": name }),
        };
        if let Some(Value::Array(roles)) = self.claims.get_mut("roles") {
            roles.push(role);
        }
        self
    }

    /// Another account.
    pub fn account(self, account_id: &str) -> Self {
        self.claim("sub", account_id)
    }

    /// Another session.
    pub fn session(self, session_id: &str) -> Self {
        self.claim("sid", session_id)
    }

    /// Another end.
    pub fn expires(self, at: Timestamp) -> Self {
        self.claim("exp", at.as_second())
    }

    /// Another time of the login.
    pub fn auth_time(self, at: Timestamp) -> Self {
        self.claim("auth_time", at.as_second())
    }

    /// Issued so long ago, with everything that goes with it.
    pub fn issued_ago(mut self, ago: SignedDuration) -> Self {
        for name in ["exp", "nbf", "iat", "auth_time"] {
            let moved = self.claims.get(name).and_then(Value::as_i64).map(|at| at - ago.as_secs());
            self.claims.insert(name.to_owned(), json!(moved));
        }
        self
    }

    /// Any claim, also a wrong one.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a claim out.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Any parameter of the header, also a wrong one.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a parameter of the header out.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// The two parts that are signed, as they stand in the token.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let part = |object: &Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(object.clone()).to_string());
        format!("{}.{}", part(&self.header), part(&self.claims))
    }

    /// The token, signed with the issuer's Ed25519 key whatever its header says.
    ///
    /// # Panics
    /// Never: the key is our own.
    #[must_use]
    pub fn sign(&self) -> String {
        let unsigned = self.unsigned();
        let signature = jsonwebtoken::crypto::sign(unsigned.as_bytes(), &self.issuer.key, Algorithm::EdDSA);
        format!("{unsigned}.{}", signature.expect("our own key signs"))
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
