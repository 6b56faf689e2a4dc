//! Sessions.Refresh.

use chassis::sql;
use jiff::SignedDuration;
use proto::auth::v1::RoleKind;

use crate::harness::{PASSWORD, TestApp, decoded, moment, reason, role, sid};

/// Longer than the window in which the same token gets the same answer.
const LATER: SignedDuration = SignedDuration::from_secs(11);

chassis::both_engines! {
    async fn a_refresh_gives_the_next_pair_of_the_same_session(app: TestApp) {
        app.account("budi", &[]).await;
        let first = app.session("budi").await;
        app.advance(SignedDuration::from_mins(4));
        let second = app.refresh(&first.refresh_token).await.unwrap();
        assert_eq!(sid(&second), sid(&first));
        assert_ne!(second.refresh_token, first.refresh_token);
        let (before, after) = (decoded(&first.access_token).1, decoded(&second.access_token).1);
        assert_eq!(after["auth_time"], before["auth_time"], "no password was given");
        assert_eq!(after["exp"].as_i64().unwrap(), before["exp"].as_i64().unwrap() + 240);
        assert_ne!(after["jti"], before["jti"]);
        assert_eq!(second.refresh_expires_at, first.refresh_expires_at);
        app.me(&second).await.unwrap();
        app.refresh(&second.refresh_token).await.unwrap();
    }

    async fn nothing_that_could_be_used_is_stored(app: TestApp) {
        app.account("budi", &[]).await;
        let first = app.session("budi").await;
        let second = app.refresh(&first.refresh_token).await.unwrap();
        let rows: Vec<(String, String)> =
            sql!("SELECT token_hash, nonce FROM refresh_token").all(&app.db).await.unwrap();
        assert_eq!(rows.len(), 2);
        for (hash, nonce) in rows {
            for token in [&first.refresh_token, &second.refresh_token] {
                assert!(hash != *token && nonce != *token);
            }
        }
    }

    async fn a_token_used_twice_ends_the_family_for_thief_and_owner(app: TestApp) {
        app.account("budi", &[]).await;
        let stolen = app.session("budi").await;
        let next = app.refresh(&stolen.refresh_token).await.unwrap();
        app.advance(LATER);
        let last = app.refresh(&next.refresh_token).await.unwrap();
        assert_eq!(reason(app.refresh(&stolen.refresh_token).await), "refresh-reused");
        assert_eq!(reason(app.refresh(&last.refresh_token).await), "session-ended");
        assert_eq!(reason(app.me(&last).await), "session-revoked");
        // Not even within the window: the successor was used.
        let stolen = app.session("budi").await;
        let next = app.refresh(&stolen.refresh_token).await.unwrap();
        app.refresh(&next.refresh_token).await.unwrap();
        assert_eq!(reason(app.refresh(&stolen.refresh_token).await), "refresh-reused");
    }

    async fn a_lost_answer_is_given_again_at_once_and_replaced_later(app: TestApp) {
        app.account("budi", &[]).await;
        let first = app.session("budi").await;
        let lost = app.refresh(&first.refresh_token).await.unwrap();
        let again = app.refresh(&first.refresh_token).await.unwrap();
        assert_eq!(again.refresh_token, lost.refresh_token, "two requests at once hold the same live token");

        app.advance(LATER);
        let replaced = app.refresh(&first.refresh_token).await.unwrap();
        assert_ne!(replaced.refresh_token, lost.refresh_token);
        let third = app.refresh(&replaced.refresh_token).await.unwrap();
        app.me(&third).await.unwrap();
        // The void one turns up after all: two parties have it.
        assert_eq!(reason(app.refresh(&lost.refresh_token).await), "refresh-reused");
        assert_eq!(reason(app.refresh(&third.refresh_token).await), "session-ended");
    }

    async fn a_void_token_ends_the_family_even_when_its_replacement_is_unused(app: TestApp) {
        app.account("budi", &[]).await;
        let first = app.session("budi").await;
        let lost = app.refresh(&first.refresh_token).await.unwrap();
        app.advance(LATER);
        let replaced = app.refresh(&first.refresh_token).await.unwrap();
        assert_eq!(reason(app.refresh(&lost.refresh_token).await), "refresh-reused");
        assert_eq!(reason(app.refresh(&replaced.refresh_token).await), "session-ended");
    }

    async fn a_session_ends_when_idle_and_at_its_absolute_end(app: TestApp) {
        app.account("budi", &[]).await;
        let idle = app.session("budi").await;
        app.advance(SignedDuration::from_hours(12));
        assert_eq!(reason(app.refresh(&idle.refresh_token).await), "session-ended");

        let mut busy = app.session("budi").await;
        let end = moment(busy.refresh_expires_at);
        for _ in 0..15 {
            app.advance(SignedDuration::from_hours(11));
            busy = app.refresh(&busy.refresh_token).await.unwrap();
        }
        // 165 of 168 hours have passed; no token outlives the session.
        app.advance(SignedDuration::from_mins(3 * 60 - 2));
        busy = app.refresh(&busy.refresh_token).await.unwrap();
        assert_eq!(moment(busy.access_expires_at), end);
        app.me(&busy).await.unwrap();
        app.advance(SignedDuration::from_mins(2));
        assert_eq!(reason(app.refresh(&busy.refresh_token).await), "session-ended");
    }

    async fn what_was_never_a_token_is_answered_like_one_that_is_over(app: TestApp) {
        let random = "A".repeat(43);
        for text in ["", "x", random.as_str(), "\u{0}", &"x".repeat(100_000)] {
            assert_eq!(reason(app.refresh(text).await), "session-ended");
        }
    }

    async fn roles_are_read_anew(app: TestApp) {
        let account = app.account("budi", &[]).await;
        let first = app.session("budi").await;
        assert_eq!(decoded(&first.access_token).1["roles"], serde_json::json!([]));
        app.put(proto::auth::v1::PutAccountRequest {
            user_name: "budi".into(),
            roles: vec![role(RoleKind::Registrar, "")],
            ..Default::default()
        })
        .await
        .unwrap();
        let second = app.refresh(&first.refresh_token).await.unwrap();
        assert_eq!(decoded(&second.access_token).1["roles"], serde_json::json!([{"name": "registrar"}]));
        assert_eq!(second.account.unwrap().id, account.id);
        assert_eq!(app.login("budi", PASSWORD).await.unwrap().account.unwrap().roles.len(), 1);
    }

    async fn what_ended_long_ago_is_forgotten_and_the_rest_is_not(app: TestApp) {
        let mut app = app;
        app.account("budi", &[]).await;
        let first = app.session("budi").await;
        let mut kept = app.refresh(&first.refresh_token).await.unwrap();
        let count = async |app: &TestApp| {
            let (sessions,): (i64,) = sql!("SELECT COUNT(*) FROM session").one(&app.db).await.unwrap();
            let (tokens,): (i64,) = sql!("SELECT COUNT(*) FROM refresh_token").one(&app.db).await.unwrap();
            (sessions, tokens)
        };
        for _ in 0..6 {
            app.advance(SignedDuration::from_hours(10));
            kept = app.refresh(&kept.refresh_token).await.unwrap();
        }
        assert_eq!(count(&app).await, (1, 8));
        // Pruning happens at the start, and then from time to time.
        app = app.restart().await;
        // Tokens that ended more than a day ago: those given in the first 60 - 12 - 24 hours.
        chassis::testing::eventually("old tokens are gone", async || count(&app).await == (1, 4)).await;
        kept = app.refresh(&kept.refresh_token).await.unwrap();
        assert_eq!(reason(app.refresh(&first.refresh_token).await), "session-ended");
        app.me(&kept).await.unwrap();

        app.advance(SignedDuration::from_hours(9 * 24));
        app = app.restart().await;
        chassis::testing::eventually("old sessions are gone", async || count(&app).await == (0, 0)).await;
    }
}
