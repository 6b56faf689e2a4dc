//! What holds whatever happens at once: twenty rounds each.

use std::sync::Arc;

use chassis::sql;
use proto::auth::v1::{RevokeRoleRequest, RoleKind, Tokens};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::harness::{PASSWORD, TestApp, answer, decoded, reason, role, sid};

const ROUNDS: usize = 20;

/// Runs all of them from one start.
async fn at_once<T: Send + 'static>(tasks: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let start = Arc::new(Barrier::new(tasks.len()));
    let mut set = JoinSet::new();
    for task in tasks {
        let start = Arc::clone(&start);
        set.spawn(async move {
            start.wait().await;
            task.await
        });
    }
    set.join_all().await
}

async fn live_tokens(app: &TestApp, session_id: &str) -> i64 {
    let (count,): (i64,) = sql!("SELECT COUNT(*) FROM refresh_token WHERE session_id = $1 AND state = 'live'")
        .bind(session_id)
        .one(&app.db)
        .await
        .unwrap();
    count
}

chassis::both_engines! {
    async fn refreshes_at_once_leave_one_family_and_log_nobody_out(app: TestApp) {
        let app = Arc::new(app);
        app.account("budi", &[]).await;
        for round in 0..ROUNDS {
            let first = app.session("budi").await;
            let tasks = (0..6).map(|_| {
                let (app, token) = (Arc::clone(&app), first.refresh_token.clone());
                async move { app.refresh(&token).await }
            });
            let answers: Vec<Tokens> =
                at_once(tasks.collect()).await.into_iter().map(|answer| answer.expect("nobody is refused")).collect();
            assert_eq!(live_tokens(&app, &sid(&first)).await, 1, "round {round}");
            // Whichever answer the browser kept, it goes on from there.
            let kept = &answers[round % answers.len()];
            assert!(answers.iter().all(|answer| answer.refresh_token == kept.refresh_token && sid(answer) == sid(&first)));
            app.me(kept).await.unwrap();
            let next = app.refresh(&kept.refresh_token).await.unwrap();
            app.me(&next).await.unwrap();
            assert_eq!(live_tokens(&app, &sid(&first)).await, 1);
        }
    }

    async fn a_thief_and_an_owner_cannot_both_go_on(app: TestApp) {
        let app = Arc::new(app);
        app.account("budi", &[]).await;
        for round in 0..ROUNDS {
            let stolen = app.session("budi").await;
            let tasks = (0..2).map(|_| {
                let (app, first) = (Arc::clone(&app), stolen.refresh_token.clone());
                async move {
                    let mut tokens = app.refresh(&first).await?;
                    for _ in 0..2 {
                        tokens = app.refresh(&tokens.refresh_token).await?;
                    }
                    Ok::<_, chassis::error::Fault>(tokens)
                }
            });
            let both = at_once(tasks.collect()).await;
            assert!(live_tokens(&app, &sid(&stolen)).await <= 1, "round {round}");
            // Whoever was not found out at once is when both go on in turn.
            if let [Ok(one), Ok(two)] = both.as_slice() {
                let (mut one, mut two) = (one.clone(), two.clone());
                let mut found_out = false;
                for _ in 0..3 {
                    for holder in [&mut one, &mut two] {
                        app.advance(jiff::SignedDuration::from_secs(11));
                        match app.refresh(&holder.refresh_token).await {
                            Ok(next) => *holder = next,
                            Err(_) => found_out = true,
                        }
                    }
                }
                assert!(found_out, "round {round}");
            }
            assert_eq!(reason(app.me(&stolen).await), "session-revoked", "round {round}");
        }
    }

    async fn no_token_with_a_role_survives_the_end_of_the_role(app: TestApp) {
        let app = Arc::new(app);
        app.account("admin", &[RoleKind::SystemAdmin]).await;
        let admin = app.session("admin").await;
        for round in 0..ROUNDS {
            let budi = app.account("budi", &[RoleKind::Registrar]).await;
            let open = app.session("budi").await;
            let mut tasks: Vec<std::pin::Pin<Box<dyn Future<Output = Option<Tokens>> + Send>>> = Vec::new();
            for n in 0..4 {
                let (app, token) = (Arc::clone(&app), open.refresh_token.clone());
                tasks.push(Box::pin(async move {
                    if n % 2 == 0 { app.refresh(&token).await.ok() } else { app.login("budi", PASSWORD).await.ok() }
                }));
            }
            let (taker, by) = (Arc::clone(&app), admin.clone());
            tasks.push(Box::pin(async move {
                let request = RevokeRoleRequest { account_id: budi.id, role: Some(role(RoleKind::Registrar, "")) };
                answer(taker.accounts_as(&by).revoke_role(request).await).unwrap();
                None
            }));
            let given = at_once(tasks).await.into_iter().flatten().chain([open]);
            for tokens in given {
                let carries = decoded(&tokens.access_token).1["roles"].to_string().contains("registrar");
                if carries {
                    assert_eq!(reason(app.me(&tokens).await), "session-revoked", "round {round}");
                } else {
                    app.me(&tokens).await.unwrap();
                }
            }
        }
    }

    async fn one_account_comes_of_many_commands_at_once(app: TestApp) {
        let app = Arc::new(app);
        app.account("admin", &[RoleKind::SystemAdmin]).await;
        let admin = app.session("admin").await;
        for round in 0..ROUNDS {
            let name = format!("24050100{round:02}");
            let id = format!("s-{round:02}");
            let tasks = (0..4).map(|n| {
                let (app, name, id) = (Arc::clone(&app), name.clone(), id.clone());
                async move {
                    if n == 0 {
                        app.student.student(&id, &name, "Citra", "").await;
                        None
                    } else {
                        Some(app.account(&name, &[]).await.id)
                    }
                }
            });
            let ids: Vec<String> = at_once(tasks.collect()).await.into_iter().flatten().collect();
            let account = app.until_account(&admin, &name, |account| account.student_id == id).await;
            assert!(ids.iter().all(|id| *id == account.id), "round {round}");
            app.session(&name).await;
        }
        assert_eq!(app.everybody(&admin).await.len(), ROUNDS + 1);
    }
}
