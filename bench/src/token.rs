//! Access tokens as auth-svc signs them, without a login: the throwaway system is given a signing key that we know, the way
//! an operator mounts one.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chassis::auth::{AUDIENCE, ISSUER, TOKEN_TYPE};
use chassis::clock::Clock;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::Outcome;

/// Everything before the 32 secret bytes in the PKCS#8 form of an Ed25519 key (RFC 8410, version 1).
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// How long a token lives here, in seconds. Real ones live five minutes and are exchanged; what an exchange costs is not
/// what is measured.
const LIFE: i64 = 6 * 3600;

/// Signs tokens with a key that one throwaway system signs with too.
pub struct Issuer {
    key: EncodingKey,
    header: Header,
    now: i64,
}

impl Issuer {
    /// A new key, mounted in the folder in which auth-svc looks for its keys.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn mount(folder: &Path) -> Outcome<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| format!("no randomness: {error}"))?;
        let body = STANDARD.encode([PKCS8_HEAD.as_slice(), secret.as_slice()].concat());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        let now = Clock::system().now().as_second();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join(format!("signing-{}.pem", now - 60));
        fs::write(&path, &pem)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let key = EncodingKey::from_ed_pem(pem.as_bytes())?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TOKEN_TYPE.to_owned());
        header.kid = Some(Jwk::from_encoding_key(&key, Algorithm::EdDSA)?.thumbprint(ThumbprintHash::SHA256)?);
        Ok(Self { key, header, now })
    }

    /// The token of a student.
    ///
    /// # Errors
    /// None that could happen; the type wants it.
    pub fn student(&self, student_id: &str) -> Outcome<String> {
        self.sign(student_id, json!([{ "name": "student" }]), Some(student_id))
    }

    /// The token of the registrar's office.
    ///
    /// # Errors
    /// As [`Issuer::student`].
    pub fn office(&self) -> Outcome<String> {
        self.sign("office", json!([{ "name": "registrar" }]), None)
    }

    fn sign(&self, account: &str, roles: Value, student_id: Option<&str>) -> Outcome<String> {
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": account, "sid": format!("session-{account}"),
            "jti": format!("bench-{account}"), "exp": self.now + LIFE, "nbf": self.now, "iat": self.now,
            "auth_time": self.now, "amr": ["pwd"], "roles": roles,
        });
        if let (Some(id), Some(claims)) = (student_id, claims.as_object_mut()) {
            claims.insert("student_id".to_owned(), id.into());
        }
        Ok(jsonwebtoken::encode(&self.header, &claims, &self.key)?)
    }
}
