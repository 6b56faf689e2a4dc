//! Operator.PutAccount.

use chassis::error::Kind;
use chassis::testing::{Setup, TestEnv};
use proto::auth::v1::operator_client::OperatorClient;
use proto::auth::v1::{PutAccountRequest, RoleKind};

use crate::harness::{PASSWORD, TestApp, answer, field, owned, reason, role};

/// Where demo accounts may exist.
struct Demo(TestApp);

impl Setup for Demo {
    async fn setup(env: &TestEnv) -> Self {
        Self(TestApp::with(env, |config| config.allow_demo = true).await)
    }
}

fn wanted(user_name: &str) -> PutAccountRequest {
    PutAccountRequest { user_name: user_name.into(), ..PutAccountRequest::default() }
}

chassis::both_engines! {
    async fn an_account_is_made_once_and_then_changed(app: TestApp) {
        let made = app.put(wanted("Kepala.BAAK")).await.unwrap();
        assert_eq!((made.user_name.as_str(), made.display_name.as_str()), ("kepala.baak", "kepala.baak"));
        assert!(!made.activated && made.enabled && made.roles.is_empty());
        assert_eq!(reason(app.login("kepala.baak", PASSWORD).await), "login-failed");

        let request = PutAccountRequest {
            display_name: " Ibu Kepala ".into(),
            password: PASSWORD.into(),
            roles: vec![role(RoleKind::SystemAdmin, ""), role(RoleKind::ProgrammeAdmin, "p1")],
            replace_password: true,
            ..wanted("kepala.baak")
        };
        for _ in 0..2 {
            let changed = app.put(request.clone()).await.unwrap();
            assert_eq!((&changed.id, changed.display_name.as_str()), (&made.id, "Ibu Kepala"));
            assert!(changed.activated);
            assert_eq!(changed.roles, [role(RoleKind::ProgrammeAdmin, "p1"), role(RoleKind::SystemAdmin, "")]);
        }
        let kept = app.put(wanted("kepala.baak")).await.unwrap();
        assert_eq!((kept.display_name.as_str(), kept.activated, kept.roles.len()), ("Ibu Kepala", true, 2));
        app.session("kepala.baak").await;
    }

    async fn a_password_set_by_the_operator_ends_every_session(app: TestApp) {
        app.account("budi", &[]).await;
        let tokens = app.session("budi").await;
        app.put(PutAccountRequest { display_name: "Budi".into(), ..wanted("budi") }).await.unwrap();
        app.me(&tokens).await.unwrap();
        app.put(PutAccountRequest { password: PASSWORD.into(), replace_password: true, ..wanted("budi") }).await.unwrap();
        assert_eq!(reason(app.me(&tokens).await), "session-revoked");
        assert_eq!(reason(app.refresh(&tokens.refresh_token).await), "session-ended");
    }

    async fn a_password_is_replaced_only_by_saying_so(app: TestApp) {
        app.account("budi", &[RoleKind::Registrar]).await;
        let tokens = app.session("budi").await;
        let request = PutAccountRequest {
            display_name: "Orang lain".into(),
            password: "gunung-tinggi-berkabut".into(),
            roles: vec![role(RoleKind::SystemAdmin, "")],
            ..wanted(" BUDI ")
        };
        let fault = app.put(request.clone()).await.unwrap_err();
        assert_eq!((fault.kind(), fault.reason()), (Kind::Refused, "account-has-password"));
        let same = app.me(&tokens).await.unwrap();
        assert_eq!((same.display_name.as_str(), same.roles), ("budi", vec![role(RoleKind::Registrar, "")]));
        app.session("budi").await;

        let changed = app.put(PutAccountRequest { replace_password: true, ..request }).await.unwrap();
        assert_eq!((changed.id, changed.display_name.as_str(), changed.roles.len()), (same.id, "Orang lain", 2));
        assert_eq!(reason(app.login("budi", PASSWORD).await), "login-failed");
        app.login("budi", "gunung-tinggi-berkabut").await.unwrap();
    }

    async fn an_account_without_a_password_is_given_one_and_of_two_at_once_one_is_refused(app: TestApp) {
        app.put(wanted("budi")).await.unwrap();
        let password = |password: &str| PutAccountRequest { password: password.into(), ..wanted("budi") };
        let (one, other) = tokio::join!(app.put(password(PASSWORD)), app.put(password("gunung-tinggi-berkabut")));
        let (taken, refused) = if one.is_ok() { (PASSWORD, other) } else { ("gunung-tinggi-berkabut", one) };
        assert_eq!(reason(refused), "account-has-password");
        app.login("budi", taken).await.unwrap();
    }

    async fn only_the_operator_may(app: TestApp) {
        for peer in ["gateway", "web", "student"] {
            let mut operator = OperatorClient::new(app.server.channel(&app.pki, peer));
            assert_eq!(reason(answer(operator.put_account(wanted("budi")).await)), "peer-refused", "{peer}");
        }
    }

    async fn what_the_operator_may_not_ask_for_is_refused_and_nothing_is_made(app: TestApp) {
        let password = |password: &str| PutAccountRequest { password: password.into(), ..wanted("2405010001") };
        for (text, why) in [
            ("pendek", "password-too-short"),
            (&*"panjang".repeat(19), "password-too-long"),
            ("2405010001", "password-is-user-name"),
            ("rahasia123", "password-common"),
        ] {
            assert_eq!(field(app.put(password(text)).await), owned("password", why));
        }
        assert_eq!(field(app.put(wanted(" ")).await), owned("user_name", "required"));
        assert_eq!(field(app.put(wanted(&"x".repeat(129))).await), owned("user_name", "too-long"));
        for inside in ["a\u{7}b", "pak budi", "24 05 01 0001"] {
            assert_eq!(field(app.put(wanted(inside)).await), owned("user_name", "forbidden-character"));
        }
        let named = |name: String| PutAccountRequest { display_name: name, ..wanted("2405010001") };
        assert_eq!(field(app.put(named("x".repeat(201))).await), owned("display_name", "too-long"));
        assert_eq!(field(app.put(named("\u{0}".into())).await), owned("display_name", "forbidden-character"));
        let with = |kind, scope: &str| PutAccountRequest { roles: vec![role(kind, scope)], ..wanted("2405010001") };
        assert_eq!(field(app.put(with(RoleKind::ProgrammeAdmin, "")).await), owned("roles[0].scope", "scope-required"));
        assert_eq!(field(app.put(with(RoleKind::Student, "x")).await), owned("roles[0].scope", "scope-not-allowed"));
        assert_eq!(field(app.put(with(RoleKind::Unspecified, "")).await), owned("roles[0].kind", "unknown-value"));
        let many = PutAccountRequest { roles: vec![role(RoleKind::Registrar, ""); 101], ..wanted("2405010001") };
        assert_eq!(field(app.put(many).await), owned("roles", "too-long"));
        for kind in [RoleKind::Student, RoleKind::Lecturer] {
            let fault = app.put(with(kind, "")).await.unwrap_err();
            assert_eq!((fault.kind(), fault.reason()), (Kind::Refused, "role-follows-records"));
        }
        app.account("admin", &[RoleKind::SystemAdmin]).await;
        let admin = app.session("admin").await;
        assert_eq!(app.everybody(&admin).await.len(), 1, "the administrator alone");
    }

    async fn a_student_may_be_activated_and_given_more_roles(app: TestApp) {
        app.account("admin", &[RoleKind::SystemAdmin]).await;
        let admin = app.session("admin").await;
        app.student.student("s-1", "2405010001", "Citra Lestari", "").await;
        app.until_account(&admin, "2405010001", |_| true).await;
        let request = PutAccountRequest {
            password: PASSWORD.into(),
            roles: vec![role(RoleKind::Student, ""), role(RoleKind::Registrar, "")],
            ..wanted("2405010001")
        };
        let account = app.put(request).await.unwrap();
        assert_eq!(account.roles, [role(RoleKind::Student, ""), role(RoleKind::Registrar, "")]);
        assert_eq!((account.display_name.as_str(), account.student_id.as_str()), ("Citra Lestari", "s-1"));
        let refused = app.put(PutAccountRequest { roles: vec![role(RoleKind::Lecturer, "")], ..wanted("2405010001") }).await;
        assert_eq!(reason(refused), "role-follows-records");
    }

    async fn demo_accounts_need_permission(app: TestApp) {
        let fault = app.put(PutAccountRequest { demo: true, ..wanted("demo") }).await.unwrap_err();
        assert_eq!((fault.kind(), fault.reason()), (Kind::Refused, "demo-not-allowed"));
    }

    async fn demo_accounts_log_in_only_where_they_are_allowed(demo: Demo) {
        let mut app = demo.0;
        let request = PutAccountRequest { demo: true, password: PASSWORD.into(), ..wanted("demo") };
        app.put(request).await.unwrap();
        let tokens = app.session("demo").await;
        app.config.allow_demo = false;
        let app = app.restart().await;
        assert_eq!(reason(app.login("demo", PASSWORD).await), "login-failed");
        assert_eq!(reason(app.refresh(&tokens.refresh_token).await), "session-ended");
        // It stays a demo account, whatever is changed later.
        let again = PutAccountRequest { password: PASSWORD.into(), replace_password: true, ..wanted("demo") };
        app.put(again).await.unwrap();
        assert_eq!(reason(app.login("demo", PASSWORD).await), "login-failed");
    }
}
