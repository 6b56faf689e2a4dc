//! Accounts.GetMe, ChangePassword, List, GrantRole, RevokeRole.

use chassis::error::{Fault, Kind};
use jiff::SignedDuration;
use proto::auth::v1::accounts_client::AccountsClient;
use proto::auth::v1::{
    Account, ChangePasswordRequest, GrantRoleRequest, ListAccountsRequest, ListAccountsResponse, PutAccountRequest,
    RevokeRoleRequest, Role, RoleKind, Tokens,
};
use proto::common::v1::{Empty, PageRequest};

use crate::harness::{PASSWORD, TestApp, answer, decoded, field, owned, reason, role};

const NEW: &str = "gunung-tinggi-berkabut";

async fn change(app: &TestApp, tokens: &Tokens, current: &str, new: &str) -> Result<Empty, Fault> {
    let request = ChangePasswordRequest { current_password: current.into(), new_password: new.into() };
    answer(app.accounts_as(tokens).change_password(request).await)
}

async fn list(
    app: &TestApp,
    tokens: &Tokens,
    search: &str,
    size: u32,
    cursor: &str,
) -> Result<ListAccountsResponse, Fault> {
    let page = Some(PageRequest { size, cursor: cursor.into() });
    answer(app.accounts_as(tokens).list(ListAccountsRequest { page, search: search.into() }).await)
}

async fn grant(app: &TestApp, by: &Tokens, account_id: &str, role: Option<Role>) -> Result<Account, Fault> {
    let request = GrantRoleRequest { account_id: account_id.into(), role };
    answer(app.accounts_as(by).grant_role(request).await)
}

async fn revoke(app: &TestApp, by: &Tokens, account_id: &str, role: Option<Role>) -> Result<Account, Fault> {
    let request = RevokeRoleRequest { account_id: account_id.into(), role };
    answer(app.accounts_as(by).revoke_role(request).await)
}

async fn admin(app: &TestApp) -> Tokens {
    app.account("admin", &[RoleKind::SystemAdmin]).await;
    app.session("admin").await
}

chassis::both_engines! {
    async fn i_see_my_own_account_and_only_with_a_token(app: TestApp) {
        let made = app.account("budi", &[RoleKind::Registrar]).await;
        let tokens = app.session("budi").await;
        assert_eq!(app.me(&tokens).await.unwrap(), made);
        let anonymous = AccountsClient::new(app.gateway()).get_me(Empty {}).await;
        assert_eq!(reason(answer(anonymous)), "token-missing");
        app.advance(SignedDuration::from_mins(5));
        assert_eq!(reason(app.me(&tokens).await), "token-expired");
    }

    async fn a_new_password_ends_the_other_sessions_and_not_this_one(app: TestApp) {
        app.account("budi", &[]).await;
        let (mine, other) = (app.session("budi").await, app.session("budi").await);
        change(&app, &mine, PASSWORD, NEW).await.unwrap();
        app.me(&mine).await.unwrap();
        app.refresh(&mine.refresh_token).await.unwrap();
        assert_eq!(reason(app.me(&other).await), "session-revoked");
        assert_eq!(reason(app.refresh(&other.refresh_token).await), "session-ended");
        assert_eq!(reason(app.login("budi", PASSWORD).await), "login-failed");
        app.login("budi", NEW).await.unwrap();
    }

    async fn a_password_that_is_not_good_enough_is_refused_with_its_reason(app: TestApp) {
        app.account("2405010001", &[]).await;
        let tokens = app.session("2405010001").await;
        for (new, why) in [
            ("pendek", "password-too-short"),
            (&*"panjang".repeat(19), "password-too-long"),
            ("2405010001", "password-is-user-name"),
            ("Password123", "password-common"),
        ] {
            assert_eq!(field(change(&app, &tokens, PASSWORD, new).await), owned("new_password", why));
        }
        let long = "x".repeat(129);
        assert_eq!(field(change(&app, &tokens, &long, NEW).await), owned("current_password", "password-too-long"));
        app.login("2405010001", PASSWORD).await.unwrap();
    }

    async fn the_present_password_cannot_be_guessed_with_a_stolen_token(app: TestApp) {
        app.account("budi", &[]).await;
        let tokens = app.session("budi").await;
        for _ in 0..6 {
            let answer = change(&app, &tokens, "salah-salah", NEW).await;
            assert_eq!(field(answer), owned("current_password", "password-wrong"));
        }
        assert_eq!(reason(change(&app, &tokens, PASSWORD, NEW).await), "login-too-often");
        app.advance(SignedDuration::from_secs(1));
        change(&app, &tokens, PASSWORD, NEW).await.unwrap();
    }

    async fn administrators_find_accounts_page_by_page(app: TestApp) {
        let admin = admin(&app).await;
        for n in 1..=5 {
            let request = PutAccountRequest {
                user_name: format!("240501000{n}"),
                display_name: format!("Sitì Nurhaliza {n}"),
                roles: vec![role(RoleKind::ProgrammeAdmin, &format!("p{n}"))],
                ..PutAccountRequest::default()
            };
            app.put(request).await.unwrap();
        }
        let mut names = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = list(&app, &admin, "", 2, &cursor).await.unwrap();
            assert!(page.accounts.len() <= 2);
            names.extend(page.accounts.into_iter().map(|account| account.user_name));
            cursor = page.page.unwrap().next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        let all = ["2405010001", "2405010002", "2405010003", "2405010004", "2405010005", "admin"];
        assert_eq!(names, all);

        let found = async |search: &str| {
            let page = list(&app, &admin, search, 0, "").await.unwrap();
            page.accounts.into_iter().map(|account| account.user_name).collect::<Vec<_>>()
        };
        assert_eq!(found("siti nur").await, all[..5]);
        assert_eq!(found("0003").await, [all[2]]);
        assert_eq!(found("ADMIN").await, ["admin"]);
        for nothing in ["%", "_", "\\", "'; DROP TABLE account; --"] {
            assert_eq!(found(nothing).await, Vec::<String>::new(), "{nothing}");
        }
        let third = list(&app, &admin, "0003", 0, "").await.unwrap().accounts.remove(0);
        assert_eq!(third.roles, [role(RoleKind::ProgrammeAdmin, "p3")]);
        assert!(!third.activated && third.enabled);

        let page = list(&app, &admin, "", 1, "").await.unwrap().page.unwrap();
        assert_eq!(field(list(&app, &admin, "siti", 1, &page.next_cursor).await), owned("page.cursor", "page-cursor"));
        assert_eq!(field(list(&app, &admin, "", 201, "").await), owned("page.size", "page-size"));
        assert_eq!(field(list(&app, &admin, &"x".repeat(201), 1, "").await), owned("search", "too-long"));
        assert_eq!(field(list(&app, &admin, "\u{0}", 1, "").await), owned("search", "forbidden-character"));
        let filter = chassis::page::filter_hash(&("accounts", ""));
        let forged = chassis::page::encode(&"\u{0}", filter);
        assert_eq!(field(list(&app, &admin, "", 1, &forged).await), owned("page.cursor", "page-cursor"));
    }

    async fn only_system_administrators_see_and_change_others(app: TestApp) {
        let roles = [RoleKind::Registrar];
        let account = app.account("biro", &roles).await;
        let tokens = app.session("biro").await;
        let wanted = Some(role(RoleKind::SystemAdmin, ""));
        let denials = [
            list(&app, &tokens, "", 0, "").await.unwrap_err(),
            grant(&app, &tokens, &account.id, wanted.clone()).await.unwrap_err(),
            revoke(&app, &tokens, &account.id, wanted).await.unwrap_err(),
        ];
        for denial in denials {
            assert_eq!((denial.kind(), denial.reason()), (Kind::Denied, "system-admin-only"));
        }
        assert_eq!(app.me(&tokens).await.unwrap().roles, [role(RoleKind::Registrar, "")]);
    }

    async fn a_role_is_given_once_and_is_in_the_next_token(app: TestApp) {
        let admin = admin(&app).await;
        let budi = app.account("budi", &[]).await;
        let tokens = app.session("budi").await;
        let wanted = || Some(role(RoleKind::ProgrammeAdmin, "p1"));
        for _ in 0..3 {
            let account = grant(&app, &admin, &budi.id, wanted()).await.unwrap();
            assert_eq!(account.roles, [role(RoleKind::ProgrammeAdmin, "p1")]);
        }
        grant(&app, &admin, &budi.id, Some(role(RoleKind::ProgrammeAdmin, "p2"))).await.unwrap();
        app.me(&tokens).await.unwrap();
        let tokens = app.refresh(&tokens.refresh_token).await.unwrap();
        let expected = serde_json::json!([
            {"name": "programme_admin", "scope": "p1"},
            {"name": "programme_admin", "scope": "p2"},
        ]);
        assert_eq!(decoded(&tokens.access_token).1["roles"], expected);
    }

    async fn a_role_taken_ends_the_sessions_that_carry_it(app: TestApp) {
        let admin = admin(&app).await;
        let budi = app.account("budi", &[RoleKind::Registrar]).await;
        let tokens = app.session("budi").await;
        // A role that the account does not have changes nothing.
        revoke(&app, &admin, &budi.id, Some(role(RoleKind::ProgrammeAdmin, "p1"))).await.unwrap();
        app.me(&tokens).await.unwrap();

        let account = revoke(&app, &admin, &budi.id, Some(role(RoleKind::Registrar, ""))).await.unwrap();
        assert_eq!(account.roles, []);
        assert_eq!(reason(app.me(&tokens).await), "session-revoked");
        assert_eq!(reason(app.refresh(&tokens.refresh_token).await), "session-ended");
        let again = app.session("budi").await;
        assert_eq!(decoded(&again.access_token).1["roles"], serde_json::json!([]));
        // Taken twice is taken once: the new session goes on.
        revoke(&app, &admin, &budi.id, Some(role(RoleKind::Registrar, ""))).await.unwrap();
        app.me(&again).await.unwrap();
    }

    async fn roles_that_cannot_be_given_by_hand_are_refused(app: TestApp) {
        let admin = admin(&app).await;
        let budi = app.account("budi", &[]).await;
        for change in [true, false] {
            let ask = async |role: Option<Role>| {
                if change { grant(&app, &admin, &budi.id, role).await } else { revoke(&app, &admin, &budi.id, role).await }
            };
            for kind in [RoleKind::Student, RoleKind::Lecturer] {
                let fault = ask(Some(role(kind, ""))).await.unwrap_err();
                assert_eq!((fault.kind(), fault.reason()), (Kind::Refused, "role-follows-records"));
            }
            let programme_admin = |scope: &str| Some(role(RoleKind::ProgrammeAdmin, scope));
            assert_eq!(field(ask(programme_admin("")).await), owned("role.scope", "scope-required"));
            assert_eq!(field(ask(programme_admin(&"p".repeat(65))).await), owned("role.scope", "too-long"));
            assert_eq!(field(ask(programme_admin("\u{0}")).await), owned("role.scope", "forbidden-character"));
            assert_eq!(field(ask(Some(role(RoleKind::Registrar, "p1"))).await), owned("role.scope", "scope-not-allowed"));
            assert_eq!(field(ask(Some(role(RoleKind::Unspecified, ""))).await), owned("role.kind", "unknown-value"));
            assert_eq!(field(ask(Some(Role { kind: 99, scope: String::new() })).await), owned("role.kind", "unknown-value"));
            assert_eq!(field(ask(None).await), owned("role", "required"));
        }
        for id in ["01900000-0000-7000-8000-000000000000", "\u{0}", &"x".repeat(65)] {
            let fault = grant(&app, &admin, id, Some(role(RoleKind::Registrar, ""))).await.unwrap_err();
            assert_eq!((fault.kind(), fault.reason()), (Kind::Absent, "not-found"));
        }
        let nobody = grant(&app, &admin, "", Some(role(RoleKind::Registrar, ""))).await;
        assert_eq!(field(nobody), owned("account_id", "required"));
    }

    async fn roles_are_changed_only_soon_after_a_login(app: TestApp) {
        let budi = app.account("budi", &[]).await;
        let mut admin = admin(&app).await;
        let wanted = || Some(role(RoleKind::Registrar, ""));
        app.advance(SignedDuration::from_mins(30));
        admin = app.refresh(&admin.refresh_token).await.unwrap();
        grant(&app, &admin, &budi.id, wanted()).await.unwrap();
        app.advance(SignedDuration::from_secs(1));
        let fault = revoke(&app, &admin, &budi.id, wanted()).await.unwrap_err();
        assert_eq!((fault.kind(), fault.reason()), (Kind::Denied, "login-too-old"));
        list(&app, &admin, "", 0, "").await.unwrap();
        let again = app.session("admin").await;
        revoke(&app, &again, &budi.id, wanted()).await.unwrap();
    }
}
