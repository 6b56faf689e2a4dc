//! More logins at once than passwords can be checked.

use std::time::Duration;

use crate::harness::{PASSWORD, TestApp, join_all};
use chassis::error::Kind;
use chassis::testing::{Setup, TestEnv};

/// One hash at a time, as dear as in production, and room for four to wait.
struct Small(TestApp);

impl Setup for Small {
    async fn setup(env: &TestEnv) -> Self {
        Self(
            TestApp::with(env, |config| {
                config.passwords.threads = 1;
                config.passwords.waiting = 4;
                config.passwords.wait = Duration::from_secs(4);
                config.passwords.memory_kib = 19 * 1024;
                config.passwords.passes = 2;
            })
            .await,
        )
    }
}

chassis::both_engines! {
    async fn a_flood_of_logins_is_cut_and_everything_else_goes_on(small: Small) {
        let app = small.0;
        app.account("budi", &[]).await;
        let mut tokens = app.session("budi").await;
        for n in (0..40).step_by(2) {
            app.account(&format!("u{n}"), &[]).await;
        }
        // Half of them are right, all from one address.
        let flood = (0..40).map(|n| {
            let app = &app;
            async move { app.login_from(&format!("u{n}"), PASSWORD, "192.0.2.1").await }
        });
        let others = async {
            for _ in 0..5 {
                app.me(&tokens).await.unwrap();
                tokens = app.refresh(&tokens.refresh_token).await.unwrap();
            }
        };
        let (answers, ()) = tokio::join!(join_all(flood), others);

        let (mut entered, mut failed, mut shed) = (0, 0, 0);
        for answer in answers {
            match answer {
                Ok(_) => entered += 1,
                Err(fault) if fault.reason() == "login-failed" => failed += 1,
                Err(fault) => {
                    assert_eq!((fault.kind(), fault.reason()), (Kind::Unavailable, "login-overloaded"), "{fault}");
                    assert!(fault.retry_after().is_some());
                    shed += 1;
                }
            }
        }
        assert!(entered + failed >= 5, "one is checked and four wait: {entered} entered, {failed} failed");
        assert!(shed >= 20, "{shed} were sent away");
        // What was sent away counts for nobody: no delay, no wait for the address.
        app.login_from("budi", PASSWORD, "192.0.2.1").await.unwrap();
    }
}
