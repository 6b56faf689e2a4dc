//! Reason words of auth-svc. Stable: a word never changes its meaning (docs/ERRORS.md).

/// User name and password do not fit, or the account is not activated, or it is disabled: one answer for all of them.
pub const LOGIN_FAILED: &str = "login-failed";
/// Too many failed logins under this user name or from this address; the answer says how long to wait.
pub const LOGIN_TOO_OFTEN: &str = "login-too-often";
/// More people log in at this moment than passwords can be checked; try again shortly.
pub const LOGIN_OVERLOADED: &str = "login-overloaded";
/// The password was given too long ago for this; log in again.
pub const LOGIN_TOO_OLD: &str = "login-too-old";
/// The refresh token is worth nothing: its session is over (logged out, idle too long, at its absolute end, ended by an
/// administrator), or it is none of ours.
pub const SESSION_ENDED: &str = "session-ended";
/// A refresh token was used twice, so somebody else may have it; the session was ended.
pub const REFRESH_REUSED: &str = "refresh-reused";
/// Only system administrators.
pub const SYSTEM_ADMIN_ONLY: &str = "system-admin-only";
/// The roles student and lecturer follow the campus's records; nobody gives or takes them by hand.
pub const ROLE_FOLLOWS_RECORDS: &str = "role-follows-records";
/// This role needs the study programme that it is limited to.
pub const SCOPE_REQUIRED: &str = "scope-required";
/// This role knows no scope.
pub const SCOPE_NOT_ALLOWED: &str = "scope-not-allowed";
/// The present password is wrong.
pub const PASSWORD_WRONG: &str = "password-wrong";
/// Shorter than 8 bytes.
pub const PASSWORD_TOO_SHORT: &str = "password-too-short";
/// Longer than 128 bytes.
pub const PASSWORD_TOO_LONG: &str = "password-too-long";
/// The password is the user name.
pub const PASSWORD_IS_USER_NAME: &str = "password-is-user-name";
/// The password is one that everybody tries first.
pub const PASSWORD_COMMON: &str = "password-common";
/// The account exists and has a password; the operator replaces it only by saying so.
pub const ACCOUNT_HAS_PASSWORD: &str = "account-has-password";
/// Demo accounts exist only where the service was started for the demo campus.
pub const DEMO_NOT_ALLOWED: &str = "demo-not-allowed";
/// The field must be given.
pub const REQUIRED: &str = "required";
/// The text is longer than it may be.
pub const TOO_LONG: &str = "too-long";
/// The text holds a control character.
pub const FORBIDDEN_CHARACTER: &str = "forbidden-character";
/// The word is none of the known ones.
pub const UNKNOWN_VALUE: &str = "unknown-value";
