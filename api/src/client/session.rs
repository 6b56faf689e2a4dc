//! Sessions, the caller's own account, accounts and roles, the front page, and what needs no account.

use super::{Client, Error};
use crate::{Account, AccountQuery, Home, Login, Page, PasswordChange, Refresh, RoleKind, RoleScope, Tokens, routes};

impl Client {
    /// Logs in.
    pub async fn login(&self, login: &Login) -> Result<Tokens, Error> {
        self.send(routes::SESSIONS_POST, &[], login).await
    }

    /// Exchanges a refresh token for the next pair.
    pub async fn refresh(&self, refresh: &Refresh) -> Result<Tokens, Error> {
        self.send(routes::SESSIONS_REFRESH, &[], refresh).await
    }

    /// Ends the caller's session.
    pub async fn logout(&self) -> Result<(), Error> {
        self.nothing(self.request(routes::SESSION_DELETE, &[])).await
    }

    /// The caller's own account.
    pub async fn me(&self) -> Result<Account, Error> {
        self.plain(routes::ME_GET, &[]).await
    }

    /// Changes the caller's password; the caller's other sessions end.
    pub async fn change_password(&self, change: &PasswordChange) -> Result<(), Error> {
        self.nothing(self.request(routes::PASSWORD_PUT, &[]).json(change)).await
    }

    /// The composed front page.
    pub async fn home(&self) -> Result<Home, Error> {
        self.plain(routes::HOME_GET, &[]).await
    }

    /// Accounts, by user name.
    pub async fn accounts(&self, query: &AccountQuery) -> Result<Page<Account>, Error> {
        self.list(routes::ACCOUNTS_GET, &[], query).await
    }

    /// Gives an account a role.
    pub async fn grant_role(&self, account: &str, role: RoleKind, scope: &RoleScope) -> Result<Account, Error> {
        self.json(self.request(routes::ROLE_PUT, &[account, role.as_str()]).query(scope)).await
    }

    /// Takes a role from an account and ends its sessions.
    pub async fn revoke_role(&self, account: &str, role: RoleKind, scope: &RoleScope) -> Result<Account, Error> {
        self.json(self.request(routes::ROLE_DELETE, &[account, role.as_str()]).query(scope)).await
    }

    /// The public keys of access tokens: RFC 7517.
    pub async fn jwks(&self) -> Result<serde_json::Value, Error> {
        self.plain(routes::JWKS_GET, &[]).await
    }

    /// Whether the gateway's process is alive.
    pub async fn health(&self) -> Result<(), Error> {
        self.nothing(self.request(routes::HEALTH_GET, &[])).await
    }

    /// Whether the gateway takes requests.
    pub async fn ready(&self) -> Result<(), Error> {
        self.nothing(self.request(routes::READY_GET, &[])).await
    }
}
