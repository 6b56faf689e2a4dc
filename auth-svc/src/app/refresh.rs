//! Exchanging a refresh token for the next pair.

use chassis::db::Tx;
use jiff::Timestamp;
use secrecy::SecretString;

use super::tokens::Tokens;
use super::{App, account, revoke};
use crate::crypto::refresh_token;
use crate::error::Error;
use crate::rules::refresh::{Exchange, SessionFacts, SuccessorFacts, TokenFacts, TokenState, Worthless, judge};
use crate::store::accounts;
use crate::store::refresh_tokens;
use crate::store::sessions::{self, SessionRow, Why};

/// Exchanges a token; the account's roles are read anew. A token that somebody used before ends the session, and that is
/// kept even though the answer is a refusal.
///
/// # Errors
/// [`Error::Refresh`].
pub(crate) async fn refresh(app: &App, presented: SecretString) -> Result<Tokens, Error> {
    let ended = Error::Refresh(Worthless::Ended);
    let now = app.clock.now();
    let Some(hash) = refresh_token::recognise(&presented) else { return Err(ended) };
    let Some(family) = refresh_tokens::by_hash(&app.db, &hash).await? else { return Err(ended) };

    let mut tx = app.db.begin().await?;
    let Some(session) = sessions::lock(&mut tx, &family.session_id).await? else { return Err(ended) };
    let Some(token) = refresh_tokens::by_hash(&mut tx, &hash).await? else { return Err(ended) };
    let live = refresh_tokens::live_of(&mut tx, &session.session_id).await?;
    let Some(row) = accounts::by_id(&mut tx, &session.account_id).await? else { return Err(ended) };

    let facts = SessionFacts {
        expires_at: session.expires_at.into(),
        ended: session.revoked_at.is_some() || !row.enabled || (row.demo && !app.terms.allow_demo),
    };
    let presented_facts = TokenFacts { state: token.state, expires_at: token.expires_at.into() };
    let successor = live.as_ref().map(|live| SuccessorFacts {
        of_presented: live.parent_hash.as_deref() == Some(&hash),
        issued_at: live.issued_at.into(),
        expires_at: live.expires_at.into(),
    });
    let next = match (judge(facts, presented_facts, successor, now, app.terms.race_window), live) {
        (Ok(Exchange::SameAgain), Some(live)) => app.refresh_tokens.successor(&presented, &live.nonce),
        (Ok(Exchange::Replace), Some(live)) => {
            refresh_tokens::set_state(&mut tx, &live.token_hash, TokenState::Void).await?;
            issue(app, &mut tx, &session, &presented, hash, now).await?
        }
        (Ok(_), _) => {
            refresh_tokens::set_state(&mut tx, &hash, TokenState::Used).await?;
            issue(app, &mut tx, &session, &presented, hash, now).await?
        }
        (Err(Worthless::Reused), _) => {
            revoke::session(&mut tx, &app.terms, &session.session_id, Why::Reuse, now).await?;
            tx.commit().await?;
            metrics::counter!("auth_refresh_reused_total").increment(1);
            tracing::warn!(account_id = session.account_id, "a refresh token was used twice; the session was ended");
            return Err(Error::Refresh(Worthless::Reused));
        }
        (Err(worthless), _) => return Err(Error::Refresh(worthless)),
    };
    let account = account::with_roles(&mut tx, row).await?;
    let tokens = app.tokens(&session, account, next, now)?;
    tx.commit().await?;
    Ok(tokens)
}

/// Makes and stores the successor of the presented token. The caller holds the session's lock and has left it no live token.
async fn issue(
    app: &App,
    tx: &mut Tx,
    session: &SessionRow,
    presented: &SecretString,
    presented_hash: String,
    now: Timestamp,
) -> Result<SecretString, Error> {
    let nonce = app.refresh_tokens.nonce()?;
    let next = app.refresh_tokens.successor(presented, &nonce);
    refresh_tokens::insert(tx, &app.live_row(session, &next, Some(presented_hash), nonce, now)).await?;
    Ok(next)
}
