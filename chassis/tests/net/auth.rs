//! Access tokens: which are taken, and how forgeries fail.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::auth::{Caller, KeySet, Role, User, Verifier};
use chassis::clock::Clock;
use chassis::reasons;
use chassis::testing::{TokenBuilder, TokenIssuer};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;

fn start() -> Timestamp {
    "2026-09-01T01:00:00Z".parse().unwrap()
}

struct Bench {
    issuer: TokenIssuer,
    clock: Clock,
    verifier: Verifier,
}

impl Bench {
    fn new() -> Self {
        let (issuer, clock) = (TokenIssuer::new(), Clock::manual(start()));
        let verifier = Verifier::new(issuer.trust(&clock));
        Self { issuer, clock, verifier }
    }

    fn token(&self) -> TokenBuilder<'_> {
        self.issuer.token(start())
    }

    async fn verify(&self, token: &str, user: User) -> Result<Caller, String> {
        self.verifier.verify(token, user).await.map_err(|fault| fault.reason().to_owned())
    }

    async fn refused(&self, what: &str, token: &str) {
        let got = self.verify(token, User::Required).await;
        assert_eq!(got, Err("token-invalid".into()), "{what}");
    }
}

#[tokio::test]
async fn a_good_token_names_its_caller() {
    let bench = Bench::new();
    let token = bench.token().account("a-1").session("s-1").student("st-1").programme_admin("p-1").sign();
    let caller = bench.verify(&token, User::Required).await.unwrap();
    assert_eq!(caller.account_id, "a-1");
    assert_eq!(caller.session_id, "s-1");
    assert_eq!(caller.auth_time, start());
    assert_eq!(caller.amr, ["pwd"]);
    assert_eq!(caller.roles[1], Role { name: "programme_admin".into(), scope: Some("p-1".into()) });
    assert!(caller.is_student("st-1") && !caller.is_student("st-2"));
    assert!(caller.administers("p-1") && !caller.administers("p-2"));
    assert!(!caller.is_lecturer("st-1") && !caller.is_registrar() && !caller.is_system_admin());
    assert!(!caller.stale);
    assert_eq!(caller.programmes().collect::<Vec<_>>(), ["p-1"]);
    // The second time from memory, with the same result.
    assert_eq!(bench.verify(&token, User::Required).await, Ok(caller));
}

#[tokio::test]
async fn an_id_without_its_role_is_of_no_use() {
    let bench = Bench::new();
    let token = bench.token().claim("student_id", "st-1").claim("lecturer_id", "l-1").sign();
    let caller = bench.verify(&token, User::Required).await.unwrap();
    assert!(!caller.is_student("st-1") && !caller.is_lecturer("l-1"));
}

#[tokio::test]
async fn the_algorithm_is_fixed_by_the_key() {
    let bench = Bench::new();
    let none = bench.token().header("alg", "none");
    bench.refused("alg none, no signature", &format!("{}.", none.unsigned())).await;
    bench.refused("alg none, signed", &none.sign()).await;
    bench.refused("alg None", &bench.token().header("alg", "None").sign()).await;
    // The public key as the secret of an HMAC: the classic confusion.
    for (name, algorithm) in [("HS256", Algorithm::HS256), ("HS512", Algorithm::HS512)] {
        let unsigned = bench.token().header("alg", name).unsigned();
        for secret in [bench.issuer.public_key().to_vec(), bench.issuer.jwks().into_bytes()] {
            let key = EncodingKey::from_secret(&secret);
            let signature = jsonwebtoken::crypto::sign(unsigned.as_bytes(), &key, algorithm).unwrap();
            bench.refused(name, &format!("{unsigned}.{signature}")).await;
        }
    }
    bench.refused("another algorithm named, ours used", &bench.token().header("alg", "ES256").sign()).await;
    bench.refused("no algorithm", &bench.token().without_header("alg").sign()).await;
}

#[tokio::test]
async fn a_key_in_the_header_is_not_looked_at() {
    let bench = Bench::new();
    let stranger = TokenIssuer::new();
    let x = URL_SAFE_NO_PAD.encode(stranger.public_key());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": bench.issuer.kid(), "x": x});
    let forged = stranger.token(start()).header("kid", bench.issuer.kid());
    bench.refused("foreign key under our id", &forged.sign()).await;
    bench.refused("jwk", &forged.clone().header("jwk", jwk).sign()).await;
    bench.refused("jku", &forged.clone().header("jku", "https://127.0.0.1:1/jwks").sign()).await;
    bench.refused("x5u", &forged.clone().header("x5u", "https://127.0.0.1:1/cert").sign()).await;
    bench.refused("foreign key under its own id", &stranger.token(start()).sign()).await;
    bench.refused("no key id", &bench.token().without_header("kid").sign()).await;
    // And a good token is not harmed by them.
    let good = bench.token().header("jku", "https://127.0.0.1:1/jwks").sign();
    bench.verify(&good, User::Required).await.unwrap();
}

#[tokio::test]
async fn another_type_issuer_or_audience_is_refused() {
    let bench = Bench::new();
    for typ in ["JWT", "at+JWT", "application/at+jwt", "rt+jwt", ""] {
        bench.refused("typ", &bench.token().header("typ", typ).sign()).await;
    }
    bench.refused("no typ", &bench.token().without_header("typ").sign()).await;
    bench.refused("crit", &bench.token().header("crit", json!(["exp"])).sign()).await;
    bench.refused("iss", &bench.token().claim("iss", "siakad").sign()).await;
    bench.refused("iss list", &bench.token().claim("iss", json!(["siakad-auth"])).sign()).await;
    bench.refused("aud", &bench.token().claim("aud", "course").sign()).await;
    bench.refused("aud list", &bench.token().claim("aud", json!(["siakad", "course"])).sign()).await;
}

#[tokio::test]
async fn every_claim_is_required_and_typed() {
    let bench = Bench::new();
    let claims = ["iss", "aud", "sub", "sid", "jti", "exp", "nbf", "iat", "auth_time", "amr", "roles"];
    for name in claims {
        bench.refused(name, &bench.token().without(name).sign()).await;
        for wrong in [json!(null), json!({}), json!(true), json!([1])] {
            bench.refused(name, &bench.token().claim(name, wrong).sign()).await;
        }
    }
    for name in ["exp", "nbf", "iat", "auth_time"] {
        // CVE-2026-25537: a time as a string once skipped the check.
        let text = bench.clock.now().as_second().to_string();
        bench.refused(name, &bench.token().claim(name, text).sign()).await;
        bench.refused(name, &bench.token().claim(name, -1).sign()).await;
        bench.refused(name, &bench.token().claim(name, 1.5).sign()).await;
        bench.refused(name, &bench.token().claim(name, u64::MAX).sign()).await;
    }
    for name in ["sub", "sid", "jti"] {
        bench.refused(name, &bench.token().claim(name, "").sign()).await;
        bench.refused(name, &bench.token().claim(name, 7).sign()).await;
    }
    bench.refused("roles", &bench.token().claim("roles", json!(["registrar"])).sign()).await;
    bench.refused("scope", &bench.token().claim("roles", json!([{"name": "x", "scope": 1}])).sign()).await;
    bench.refused("student_id", &bench.token().claim("student_id", 7).sign()).await;
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let bench = Bench::new();
    let good = bench.token().sign();
    bench.refused("cut", &good[..good.len() - 1]).await;
    let mut tampered: Vec<&str> = good.split('.').collect();
    let other = bench.token().registrar().sign();
    tampered[1] = other.split('.').nth(1).unwrap();
    bench.refused("claims of another token", &tampered.join(".")).await;
    bench.refused("huge", &bench.token().claim("x", "x".repeat(10_000)).sign()).await;
    for text in
        ["", ".", "..", "...", "a.b.c", "é.é.é", "bm9uZQ.bm9uZQ.bm9uZQ", &format!("{good}.x"), &format!(" {good}")]
    {
        bench.refused(text, text).await;
    }
}

#[tokio::test]
async fn a_token_lives_from_its_start_to_its_end() {
    let bench = Bench::new();
    let token = bench.token().expires(start() + SignedDuration::from_mins(5)).sign();
    bench.verify(&token, User::Required).await.unwrap();
    bench.clock.advance(SignedDuration::from_secs(299));
    bench.verify(&token, User::Required).await.unwrap();
    bench.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(bench.verify(&token, User::Required).await, Err(reasons::TOKEN_EXPIRED.into()));
    assert_eq!(bench.verify(&token, User::Required).await, Err("token-expired".into()), "and so from memory");
}

#[tokio::test]
async fn a_token_from_the_future_is_refused_beyond_what_clocks_differ() {
    let bench = Bench::new();
    let at = |seconds: i64| bench.issuer.token(start() + SignedDuration::from_secs(seconds));
    bench.verify(&at(9).sign(), User::Required).await.unwrap();
    bench.refused("not yet", &at(11).sign()).await;
    let later = start().as_second() + 60;
    bench.refused("nbf", &bench.token().claim("nbf", later).sign()).await;
    bench.refused("iat", &bench.token().claim("iat", later).sign()).await;
    bench.refused("ends before it starts", &bench.token().claim("exp", start().as_second() - 1).sign()).await;
}

#[tokio::test]
async fn an_ended_session_is_refused_also_from_memory() {
    let bench = Bench::new();
    let token = bench.token().session("s-9").sign();
    bench.verify(&token, User::Required).await.unwrap();
    bench.verifier.trust().revoke("s-9", start() + SignedDuration::from_mins(5));
    assert_eq!(bench.verify(&token, User::Required).await, Err("session-revoked".into()));
    assert_eq!(bench.verify(&token, User::Graceful).await, Err(reasons::SESSION_REVOKED.into()));
    bench.verify(&bench.token().session("s-8").sign(), User::Required).await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_taken_back_ends_its_tokens_at_once() {
    let bench = Bench::new();
    let token = bench.token().sign();
    bench.verify(&token, User::Required).await.unwrap();
    let next = TokenIssuer::new();
    bench.verifier.trust().replace_keys(&next.jwks()).unwrap();
    bench.refused("old key", &token).await;
    bench.verify(&next.token(start()).sign(), User::Required).await.unwrap();
    // What cannot be used changes nothing.
    bench.verifier.trust().replace_keys("{\"keys\":[]}").unwrap_err();
    bench.verify(&next.token(start()).sign(), User::Required).await.unwrap();
}

#[test]
fn a_key_set_has_only_ed25519_signature_keys() {
    let issuer = TokenIssuer::new();
    assert_eq!(KeySet::parse(&issuer.jwks()).unwrap().ids(), [issuer.kid()]);
    let x = URL_SAFE_NO_PAD.encode(issuer.public_key());
    let keys = json!({"keys": [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "a", "alg": "HS256"},
        {"kty": "OKP", "crv": "X25519", "x": x, "kid": "b"},
        {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "c", "use": "enc"},
        {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "d", "alg": "HS256"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "e"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "f"},
        {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": ""},
        {"kty": "OKP", "crv": "Ed25519", "x": x},
    ]});
    KeySet::parse(&keys.to_string()).unwrap_err();
    KeySet::parse("[]").unwrap_err();
}

#[tokio::test]
async fn grace_needs_a_silent_auth_service_and_a_lenient_method() {
    let bench = Bench::new();
    let token = bench.token().sign();
    // Expired, but auth-svc was heard just now: nobody is lenient.
    bench.clock.advance(SignedDuration::from_mins(10));
    bench.verifier.trust().heard();
    assert_eq!(bench.verify(&token, User::Graceful).await, Err("token-expired".into()));
    // Silent for exactly ten seconds is not yet silent.
    bench.clock.advance(SignedDuration::from_secs(10));
    assert_eq!(bench.verify(&token, User::Graceful).await, Err("token-expired".into()));
    bench.clock.advance(SignedDuration::from_secs(1));
    assert!(bench.verify(&token, User::Graceful).await.unwrap().stale);
    assert_eq!(bench.verify(&token, User::Required).await, Err("token-expired".into()));
    // A token that has not expired is not stale, silence or not.
    let fresh = bench.issuer.token(bench.clock.now()).sign();
    assert!(!bench.verify(&fresh, User::Graceful).await.unwrap().stale);
    // Heard again: the grace is over.
    bench.verifier.trust().heard();
    assert_eq!(bench.verify(&token, User::Graceful).await, Err("token-expired".into()));
}

#[tokio::test]
async fn grace_ends_half_an_hour_after_the_token() {
    let bench = Bench::new();
    let token = bench.token().expires(start() + SignedDuration::from_mins(5)).sign();
    bench.clock.advance(SignedDuration::from_mins(35));
    assert!(bench.verify(&token, User::Graceful).await.unwrap().stale);
    bench.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(bench.verify(&token, User::Graceful).await, Err("token-expired".into()));
}

#[tokio::test]
async fn a_session_that_was_ended_gets_no_grace() {
    let bench = Bench::new();
    let token = bench.token().session("s-9").sign();
    bench.verifier.trust().revoke("s-9", start() + SignedDuration::from_mins(5));
    bench.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(bench.verify(&token, User::Graceful).await, Err("session-revoked".into()));
}
