//! Sessions.Login and Sessions.Logout.

use std::time::Duration;

use chassis::error::{Fault, Kind};
use chassis::sql;
use chassis::testing::{Setup, TestEnv};
use jiff::SignedDuration;
use proto::auth::v1::sessions_client::SessionsClient;
use proto::auth::v1::{LoginRequest, PutAccountRequest, RoleKind, Tokens};
use proto::common::v1::Empty;
use proto::common::v1::trust_client::TrustClient;

use crate::harness::{PASSWORD, TestApp, answer, decoded, field, join_all, moment, owned, reason, role};

/// One hash at a time, dear enough to be met under way, and nobody waits: whoever needs a hash and finds none free is told.
struct OneHash(TestApp);

impl Setup for OneHash {
    async fn setup(env: &TestEnv) -> Self {
        Self(
            TestApp::with(env, |config| {
                config.passwords.threads = 1;
                config.passwords.waiting = 0;
                config.passwords.memory_kib = 4 * 19 * 1024;
                config.passwords.passes = 2;
                config.throttle.free = 1000;
            })
            .await,
        )
    }
}

/// One address may fail three times.
struct Narrow(TestApp);

impl Setup for Narrow {
    async fn setup(env: &TestEnv) -> Self {
        Self(TestApp::with(env, |config| config.throttle.burst = 3).await)
    }
}

async fn stored_hash(app: &TestApp, user_name: &str) -> String {
    let row: (String,) =
        sql!("SELECT password_hash FROM account WHERE user_name = $1").bind(user_name).one(&app.db).await.unwrap();
    row.0
}

#[track_caller]
fn no(answer: Result<Tokens, Fault>) -> (Kind, String, String, Option<Duration>) {
    let fault = answer.unwrap_err();
    (fault.kind(), fault.reason().into(), fault.message().into(), fault.retry_after())
}

chassis::both_engines! {
    async fn a_login_opens_a_session_whose_token_says_everything(app: TestApp) {
        let admin = app.account("Pak.Admin", &[RoleKind::SystemAdmin]).await;
        let request = PutAccountRequest {
            user_name: "pak.admin".into(),
            display_name: "Bapak Admin".into(),
            roles: vec![role(RoleKind::ProgrammeAdmin, "programme-1")],
            ..PutAccountRequest::default()
        };
        app.put(request).await.unwrap();
        let tokens = app.login(" PAK.Admin ", PASSWORD).await.unwrap();
        let now = app.clock.now();

        let (header, claims) = decoded(&tokens.access_token);
        assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("at+jwt"), Some("EdDSA")));
        let jwks = TrustClient::new(app.gateway()).get_jwks(Empty {}).await.unwrap().into_inner().json;
        assert!(jwks.contains(header["kid"].as_str().unwrap()));
        assert_eq!((claims["iss"].as_str(), claims["aud"].as_str()), (Some("siakad-auth"), Some("siakad")));
        assert_eq!(claims["sub"].as_str(), Some(admin.id.as_str()));
        for id in ["sid", "jti"] {
            assert_eq!(claims[id].as_str().unwrap().len(), 36, "{id}");
        }
        for time in ["iat", "nbf", "auth_time"] {
            assert_eq!(claims[time].as_i64(), Some(now.as_second()), "{time}");
        }
        assert_eq!(claims["exp"].as_i64(), Some(now.as_second() + 300));
        assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
        let roles = serde_json::json!([{"name": "programme_admin", "scope": "programme-1"}, {"name": "system_admin"}]);
        assert_eq!(claims["roles"], roles);
        assert!(claims.get("student_id").is_none() && claims.get("lecturer_id").is_none());
        assert!(!claims.to_string().contains("admin@") && !claims.to_string().to_lowercase().contains("pak.admin"));

        assert_eq!(moment(tokens.access_expires_at), now + SignedDuration::from_mins(5));
        assert_eq!(moment(tokens.refresh_expires_at), now + SignedDuration::from_hours(7 * 24));
        let account = tokens.account.clone().unwrap();
        assert_eq!((account.user_name.as_str(), account.display_name.as_str()), ("pak.admin", "Bapak Admin"));
        assert_eq!(app.me(&tokens).await.unwrap(), account);
    }

    async fn every_kind_of_no_has_one_answer(app: TestApp) {
        app.account("budi", &[]).await;
        app.put(PutAccountRequest { user_name: "belum".into(), ..PutAccountRequest::default() }).await.unwrap();
        let admin = { app.account("admin", &[RoleKind::SystemAdmin]).await; app.session("admin").await };
        app.student.student("s-1", "2405010001", "Citra", "").await;
        app.until_account(&admin, "2405010001", |_| true).await;
        app.put(PutAccountRequest { user_name: "2405010001".into(), password: PASSWORD.into(), ..PutAccountRequest::default() })
            .await
            .unwrap();
        app.session("2405010001").await;
        app.student.student("s-1", "2405010001", "Citra", "1").await;
        app.until_account(&admin, "2405010001", |account| !account.enabled).await;

        let wrong = no(app.login("budi", "sawah-luas-di-tepi-desa").await);
        assert_eq!((wrong.0, wrong.1.as_str()), (Kind::Unauthenticated, "login-failed"));
        for (user_name, what) in [("siapa", "unknown"), ("belum", "not activated"), ("2405010001", "disabled")] {
            assert_eq!(no(app.login(user_name, PASSWORD).await), wrong, "{what}");
        }
    }

    async fn what_is_malformed_is_named_before_anything_is_computed(app: TestApp) {
        let long = "x".repeat(129);
        assert_eq!(field(app.login("budi", &long).await), owned("password", "password-too-long"));
        assert_eq!(field(app.login("budi", "").await), owned("password", "required"));
        assert_eq!(field(app.login(&long, PASSWORD).await), owned("user_name", "too-long"));
        assert_eq!(field(app.login(" ", PASSWORD).await), owned("user_name", "required"));
        assert_eq!(field(app.login("bu\u{0}di", PASSWORD).await), owned("user_name", "forbidden-character"));
    }

    async fn guessing_under_one_name_is_slowed_whether_or_not_there_is_such_an_account(app: TestApp) {
        app.account("budi", &[]).await;
        for user_name in ["budi", "siapa"] {
            for _ in 0..6 {
                assert_eq!(reason(app.login(user_name, "salah-salah").await), "login-failed", "{user_name}");
            }
            let (kind, reason, _, wait) = no(app.login(user_name, PASSWORD).await);
            assert_eq!((kind, reason.as_str(), wait), (Kind::TooFast, "login-too-often", Some(Duration::from_secs(1))));
        }
        app.advance(SignedDuration::from_secs(1));
        assert_eq!(reason(app.login("budi", "salah-salah").await), "login-failed");
        let (_, reason_word, _, wait) = no(app.login("budi", PASSWORD).await);
        assert_eq!((reason_word.as_str(), wait), ("login-too-often", Some(Duration::from_secs(2))));
        app.advance(SignedDuration::from_secs(2));
        app.session("budi").await;
        // Forgiven: the free failures are there again.
        for _ in 0..6 {
            assert_eq!(reason(app.login("budi", "salah-salah").await), "login-failed");
        }
    }

    async fn one_address_is_slowed_over_all_names_and_success_costs_nothing(narrow: Narrow) {
        let app = narrow.0;
        app.account("budi", &[]).await;
        for _ in 0..10 {
            app.login_from("budi", PASSWORD, "192.0.2.7").await.unwrap();
        }
        for n in 0..3 {
            assert_eq!(reason(app.login_from(&format!("u{n}"), PASSWORD, "192.0.2.7").await), "login-failed");
        }
        let (kind, word, _, wait) = no(app.login_from("budi", PASSWORD, "192.0.2.7").await);
        assert_eq!((kind, word.as_str(), wait), (Kind::TooFast, "login-too-often", Some(Duration::from_secs(2))));
        app.login_from("budi", PASSWORD, "192.0.2.8").await.unwrap();
        app.advance(SignedDuration::from_secs(2));
        app.login_from("budi", PASSWORD, "192.0.2.7").await.unwrap();
    }

    async fn every_kind_of_no_costs_a_hash(one_hash: OneHash) {
        let app = one_hash.0;
        app.account("budi", &[]).await;
        app.put(PutAccountRequest { user_name: "belum".into(), ..PutAccountRequest::default() }).await.unwrap();
        for (user_name, what) in [("budi", "wrong password"), ("siapa", "unknown"), ("belum", "not activated")] {
            // Of eight at once some meet a hash under way; if these answers cost none, none of them would.
            let (mut failed, mut met) = (0, 0);
            for answer in join_all((0..8).map(|_| app.login(user_name, "salah-salah"))).await {
                match reason(answer).as_str() {
                    "login-failed" => failed += 1,
                    "login-overloaded" => met += 1,
                    other => panic!("{what}: {other}"),
                }
            }
            assert!(failed >= 1 && met >= 1, "{what}: {failed} failed, {met} found no hash free");
        }
    }

    async fn a_hash_with_older_parameters_is_renewed_by_the_next_login(app: TestApp) {
        app.account("budi", &[]).await;
        let before = stored_hash(&app, "budi").await;
        assert!(before.contains("m=64,t=1,p=1"), "{before}");
        let mut app = app;
        app.config.passwords.passes = 2;
        let app = app.restart().await;
        assert_eq!(reason(app.login("budi", "salah-salah").await), "login-failed");
        assert_eq!(stored_hash(&app, "budi").await, before);
        app.session("budi").await;
        assert!(stored_hash(&app, "budi").await.contains("m=64,t=2,p=1"));
        app.session("budi").await;
    }

    async fn logging_out_ends_the_session_and_may_be_repeated(app: TestApp) {
        app.account("budi", &[]).await;
        let (one, two) = (app.session("budi").await, app.session("budi").await);
        app.logout(&one).await.unwrap();
        assert_eq!(reason(app.me(&one).await), "session-revoked");
        assert_eq!(reason(app.refresh(&one.refresh_token).await), "session-ended");
        app.logout(&one).await.unwrap();
        app.me(&two).await.unwrap();
        let anonymous = SessionsClient::new(app.gateway()).logout(Empty {}).await;
        assert_eq!(reason(answer(anonymous)), "token-missing");
    }

    async fn only_the_gateway_may_log_people_in(app: TestApp) {
        app.account("budi", &[]).await;
        for peer in ["web", "course", "siakad"] {
            let mut sessions = SessionsClient::new(app.server.channel(&app.pki, peer));
            let request =
                LoginRequest { user_name: "budi".into(), password: PASSWORD.into(), ..LoginRequest::default() };
            assert_eq!(reason(answer(sessions.login(request).await)), "peer-refused", "{peer}");
        }
    }
}
