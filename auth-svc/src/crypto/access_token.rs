//! Access tokens: what they say. Opaque ids only, nothing that names a person.

use chassis::auth::{AUDIENCE, ISSUER};
use jiff::Timestamp;
use serde::Serialize;

use crate::app::account::Account;

/// Claims of an access token (RFC 9068); times in whole seconds since 1970.
#[derive(Debug, Serialize)]
pub(crate) struct Claims<'a> {
    iss: &'static str,
    aud: &'static str,
    sub: &'a str,
    sid: &'a str,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    auth_time: i64,
    amr: [&'static str; 1],
    roles: Vec<RoleClaim<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    student_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lecturer_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct RoleClaim<'a> {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
}

impl<'a> Claims<'a> {
    /// The claims of a session's token, from now until `expires_at`.
    pub(crate) fn new(
        account: &'a Account,
        session_id: &'a str,
        auth_time: Timestamp,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        let roles = account
            .roles
            .iter()
            .map(|role| RoleClaim { name: role.word(), scope: Some(role.scope()).filter(|scope| !scope.is_empty()) })
            .collect();
        Self {
            iss: ISSUER,
            aud: AUDIENCE,
            sub: &account.id,
            sid: session_id,
            jti: chassis::id::new(),
            iat: now.as_second(),
            nbf: now.as_second(),
            exp: expires_at.as_second(),
            auth_time: auth_time.as_second(),
            amr: ["pwd"],
            roles,
            student_id: account.student_id.as_deref(),
            lecturer_id: account.lecturer_id.as_deref(),
        }
    }
}
