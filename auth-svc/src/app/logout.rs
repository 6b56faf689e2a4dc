//! Logging out.

use super::{App, revoke};
use crate::error::Error;
use crate::store::sessions::Why;

/// Ends a session; one that has ended already stays as it is.
///
/// # Errors
/// The database.
pub(crate) async fn logout(app: &App, session_id: &str) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    revoke::session(&mut tx, &app.terms, session_id, Why::Logout, now).await?;
    tx.commit().await?;
    Ok(())
}
