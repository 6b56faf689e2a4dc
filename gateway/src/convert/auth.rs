//! Accounts and sessions.

use api::RoleKind;
use chassis::error::Fault;
use proto::auth::v1 as pb;

use super::{Word, given, page, page_request, promised, promised_moment, text, words};

words!(RoleKind, pb::RoleKind { Student, Lecturer, ProgrammeAdmin, Registrar, SystemAdmin });

pub(crate) fn login(login: api::Login, client_address: String) -> pb::LoginRequest {
    pb::LoginRequest { user_name: login.user_name, password: login.password, client_address }
}

pub(crate) fn refresh(refresh: api::Refresh) -> pb::RefreshRequest {
    pb::RefreshRequest { refresh_token: refresh.refresh_token }
}

pub(crate) fn tokens(tokens: pb::Tokens) -> Result<api::Tokens, Fault> {
    Ok(api::Tokens {
        access_token: tokens.access_token,
        access_expires_at: promised_moment(tokens.access_expires_at, "Tokens.access_expires_at")?,
        refresh_token: tokens.refresh_token,
        refresh_expires_at: promised_moment(tokens.refresh_expires_at, "Tokens.refresh_expires_at")?,
        account: account(promised(tokens.account, "Tokens.account")?)?,
    })
}

pub(crate) fn password(change: api::PasswordChange) -> pb::ChangePasswordRequest {
    pb::ChangePasswordRequest { current_password: change.current_password, new_password: change.new_password }
}

pub(crate) fn account(account: pb::Account) -> Result<api::Account, Fault> {
    Ok(api::Account {
        id: account.id,
        user_name: account.user_name,
        display_name: account.display_name,
        roles: account.roles.into_iter().map(role).collect::<Result<_, _>>()?,
        student_id: given(account.student_id),
        lecturer_id: given(account.lecturer_id),
        activated: account.activated,
        enabled: account.enabled,
    })
}

fn role(role: pb::Role) -> Result<api::Role, Fault> {
    Ok(api::Role { kind: RoleKind::from_wire(role.kind)?, scope: given(role.scope) })
}

pub(crate) fn to_role(kind: RoleKind, scope: api::RoleScope) -> pb::Role {
    pb::Role { kind: kind.to_wire(), scope: text(scope.scope) }
}

pub(crate) fn account_query(query: api::AccountQuery) -> Result<pb::ListAccountsRequest, Fault> {
    Ok(pb::ListAccountsRequest { page: page_request(query.limit, query.cursor)?, search: text(query.search) })
}

pub(crate) fn accounts(list: pb::ListAccountsResponse) -> Result<api::Page<api::Account>, Fault> {
    page(list.accounts, list.page, account)
}

#[cfg(test)]
mod tests {
    use chassis::error::Kind;

    use super::*;

    #[test]
    fn every_role_has_a_number_and_comes_back() {
        for role in RoleKind::ALL {
            assert_eq!(RoleKind::from_wire(role.to_wire()).unwrap(), *role);
        }
        for nonsense in [0, 99, -1] {
            assert_eq!(RoleKind::from_wire(nonsense).unwrap_err().kind(), Kind::Internal);
        }
    }

    #[test]
    fn tokens_without_an_account_are_our_fault() {
        let wire = pb::Tokens {
            access_expires_at: Some(prost_types::Timestamp::default()),
            refresh_expires_at: Some(prost_types::Timestamp::default()),
            ..pb::Tokens::default()
        };
        assert_eq!(tokens(wire).unwrap_err().kind(), Kind::Internal);
    }

    #[test]
    fn an_account_leaves_out_what_it_does_not_have() {
        let account = account(pb::Account { student_id: "s".into(), ..pb::Account::default() }).unwrap();
        assert_eq!((account.student_id.as_deref(), account.lecturer_id), (Some("s"), None));
    }
}
