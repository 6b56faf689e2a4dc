//! Access tokens signed by the system's own key, so that hundreds of students need no password.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::system::System;

/// How long the tokens live, in seconds: longer than any story.
const LIFE: i64 = 3600;

/// Signs as auth-svc does.
pub(crate) struct Issuer {
    kid: String,
    key: EncodingKey,
    begun: i64,
}

impl Issuer {
    /// With the key that a running system signs with.
    pub(crate) fn of(system: &System) -> Self {
        let folder = system.data.join("keys");
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("a file").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "pem"))
            .collect();
        files.sort();
        let pem = fs::read(files.first().expect("a signing key")).expect("the key can be read");
        let key = EncodingKey::from_ed_pem(&pem).expect("an Ed25519 key");
        let public = Jwk::from_encoding_key(&key, Algorithm::EdDSA).expect("its public half");
        let kid = public.thumbprint(ThumbprintHash::SHA256).expect("a thumbprint");
        Self { kid, key, begun: now() }
    }

    /// A student's token.
    pub(crate) fn student(&self, student_id: &str) -> String {
        self.sign(json!({ "roles": [{ "name": "student" }], "student_id": student_id }))
    }

    /// A lecturer's token.
    pub(crate) fn lecturer(&self, lecturer_id: &str) -> String {
        self.sign(json!({ "roles": [{ "name": "lecturer" }], "lecturer_id": lecturer_id }))
    }

    /// A token of the academic bureau.
    pub(crate) fn registrar(&self) -> String {
        self.sign(json!({ "roles": [{ "name": "registrar" }] }))
    }

    fn sign(&self, mut claims: Value) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let common = json!({
            "iss": "siakad-auth", "aud": "siakad", "sub": format!("story-{number}"), "sid": format!("story-{number}"),
            "jti": format!("story-{number}"), "iat": self.begun, "nbf": self.begun, "exp": self.begun + LIFE,
            "auth_time": self.begun, "amr": ["pwd"],
        });
        let members = claims.as_object_mut().expect("an object");
        members.extend(common.as_object().expect("an object").clone());
        let header =
            Header { typ: Some("at+jwt".into()), kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &self.key).expect("signing works")
    }
}

#[expect(clippy::disallowed_methods, reason = "the processes under test run on the wall clock")]
fn now() -> i64 {
    Timestamp::now().as_second()
}
