//! Wire <-> domain: the only file that names both.

use chassis::error::Fault;
use chassis::page::{self, Page, PageLimits};
use jiff::Timestamp;
use proto::auth::v1 as pb;
use proto::common::v1::PageInfo;
use proto::student::v1 as student_pb;
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::account::Account;
use crate::app::login::Login;
use crate::app::put_account::PutAccount;
use crate::app::tokens::Tokens;
use crate::error::Error;
use crate::reasons;
use crate::rules::person::{Person, Record, lecturer_number};
use crate::rules::role::{Granted, Kind, Role, RoleFault};
use crate::rules::user_name::UserName;
use crate::throttle::Network;

/// Longest name of a person, in bytes.
const MAX_NAME_BYTES: usize = 200;
/// Longest text that is searched for, in bytes.
const MAX_SEARCH_BYTES: usize = 200;
/// Longest id that is looked up, in bytes.
const MAX_ID_BYTES: usize = 64;
/// Roles in one request at most.
const MAX_ROLES: usize = 100;

/// A login. An address that is none is not limited by address: only the gateway calls, and it gives what it saw.
pub(crate) fn login(request: pb::LoginRequest) -> Result<Login, Fault> {
    let pb::LoginRequest { user_name, password, client_address } = request;
    if password.is_empty() {
        return Err(Fault::field("password", reasons::REQUIRED, "must be given"));
    }
    let network = Network::parse(&client_address);
    Ok(Login { user_name, password: password.into(), network })
}

/// The answer to a login or a refresh.
pub(crate) fn tokens(tokens: Tokens) -> pb::Tokens {
    pb::Tokens {
        access_token: tokens.access_token,
        access_expires_at: Some(timestamp(tokens.access_expires_at)),
        refresh_token: tokens.refresh_token.expose_secret().to_owned(),
        refresh_expires_at: Some(timestamp(tokens.session_expires_at)),
        account: Some(account(tokens.account)),
    }
}

/// An account.
pub(crate) fn account(account: Account) -> pb::Account {
    pb::Account {
        id: account.id,
        user_name: account.user_name,
        display_name: account.display_name,
        roles: account.roles.iter().map(role_out).collect(),
        student_id: account.student_id.unwrap_or_default(),
        lecturer_id: account.lecturer_id.unwrap_or_default(),
        activated: account.activated,
        enabled: account.enabled,
    }
}

fn role_out(role: &Role) -> pb::Role {
    let kind = match role {
        Role::Student => pb::RoleKind::Student,
        Role::Lecturer => pb::RoleKind::Lecturer,
        Role::Granted(Granted::ProgrammeAdmin(_)) => pb::RoleKind::ProgrammeAdmin,
        Role::Granted(Granted::Registrar) => pb::RoleKind::Registrar,
        Role::Granted(Granted::SystemAdmin) => pb::RoleKind::SystemAdmin,
    };
    pb::Role { kind: kind.into(), scope: role.scope().to_owned() }
}

/// The id of an account to look up. What cannot be an id is an account that does not exist.
pub(crate) fn account_id(id: String) -> Result<String, Fault> {
    if id.is_empty() {
        return Err(Fault::field("account_id", reasons::REQUIRED, "must be given"));
    }
    if id.len() > MAX_ID_BYTES || id.contains(char::is_control) {
        return Err(Error::NoSuchAccount.into());
    }
    Ok(id)
}

/// A role to give or take by hand; `field` is its place in the request.
pub(crate) fn role(field: &str, role: Option<pb::Role>) -> Result<Granted, Fault> {
    let role = role.ok_or_else(|| Fault::field(field, reasons::REQUIRED, "must be given"))?;
    let kind = kind(field, &role)?;
    if role.scope.contains(char::is_control) {
        let scope = format!("{field}.scope");
        return Err(Fault::field(scope, reasons::FORBIDDEN_CHARACTER, "must not hold control characters"));
    }
    Granted::new(kind, &role.scope).map_err(|fault| Error::BadRole(field.to_owned(), fault).into())
}

fn kind(field: &str, role: &pb::Role) -> Result<Kind, Fault> {
    Ok(match role.kind() {
        pb::RoleKind::Student => Kind::Student,
        pb::RoleKind::Lecturer => Kind::Lecturer,
        pb::RoleKind::ProgrammeAdmin => Kind::ProgrammeAdmin,
        pb::RoleKind::Registrar => Kind::Registrar,
        pb::RoleKind::SystemAdmin => Kind::SystemAdmin,
        pb::RoleKind::Unspecified => {
            return Err(Fault::field(format!("{field}.kind"), reasons::UNKNOWN_VALUE, "is no role"));
        }
    })
}

/// An account as the operator wants it. The roles student and lecturer may be named; whether the account has such a record
/// is decided later.
pub(crate) fn put_account(request: pb::PutAccountRequest) -> Result<PutAccount, Fault> {
    let user_name = UserName::parse(&request.user_name).map_err(Error::BadUserName)?;
    text("display_name", &request.display_name, MAX_NAME_BYTES)?;
    if request.roles.len() > MAX_ROLES {
        return Err(Fault::field("roles", reasons::TOO_LONG, "at most 100 roles"));
    }
    let mut put = PutAccount {
        user_name,
        display_name: Some(request.display_name.trim().to_owned()).filter(|name| !name.is_empty()),
        password: Some(request.password).filter(|password| !password.is_empty()).map(SecretString::from),
        replace: request.replace_password,
        roles: Vec::new(),
        as_student: None,
        as_lecturer: None,
        demo: request.demo,
    };
    for (index, wanted) in request.roles.into_iter().enumerate() {
        let field = format!("roles[{index}]");
        let kind = kind(&field, &wanted)?;
        if matches!(kind, Kind::Student | Kind::Lecturer) && !wanted.scope.is_empty() {
            return Err(Error::BadRole(field, RoleFault::ScopeNotAllowed).into());
        }
        match kind {
            Kind::Student => put.as_student = Some(field),
            Kind::Lecturer => put.as_lecturer = Some(field),
            _ => put.roles.push(role(&field, Some(wanted))?),
        }
    }
    Ok(put)
}

/// A page of accounts that was asked for.
pub(crate) struct List {
    /// What is searched for.
    pub(crate) search: String,
    /// Which page; the key is a user name.
    pub(crate) page: Page<String>,
    filter: u64,
}

/// Reads what was asked for.
pub(crate) fn list(request: pb::ListAccountsRequest) -> Result<List, Fault> {
    text("search", &request.search, MAX_SEARCH_BYTES)?;
    let filter = page::filter_hash(&("accounts", &request.search));
    let page: Page<String> = page::decode(request.page.as_ref(), PageLimits::default(), filter)?;
    if page.after.as_deref().is_some_and(|name| name.contains(char::is_control)) {
        let message = "not a cursor of this list with this filter";
        return Err(Fault::field("page.cursor", chassis::reasons::PAGE_CURSOR, message));
    }
    Ok(List { search: request.search, page, filter })
}

/// A page of accounts, read with one row too many.
pub(crate) fn listed(list: &List, mut found: Vec<Account>) -> pb::ListAccountsResponse {
    let next_cursor = list.page.cut(&mut found, list.filter, |last| last.user_name.clone());
    let accounts = found.into_iter().map(account).collect();
    pb::ListAccountsResponse { accounts, page: Some(PageInfo { next_cursor }) }
}

/// A student's record, as student-svc tells it.
pub(crate) fn student(state: student_pb::StudentState) -> Person {
    Person {
        record: Record::Student,
        number: UserName::parse(&state.nim).ok(),
        left: !state.exit_kind.is_empty(),
        id: state.id,
        name: state.name,
    }
}

/// A lecturer's record, as student-svc tells it.
pub(crate) fn lecturer(lecturer: student_pb::Lecturer) -> Person {
    Person {
        record: Record::Lecturer,
        number: lecturer_number(&lecturer.nidn, &lecturer.nidk, &lecturer.nuptk),
        left: false,
        id: lecturer.id,
        name: lecturer.name,
    }
}

/// A moment on the wire.
pub(crate) fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    // jiff rounds seconds towards zero and protobuf down; both are the same from 1970 on, where all of ours are.
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

fn text(field: &str, text: &str, max_bytes: usize) -> Result<(), Fault> {
    if text.len() > max_bytes {
        return Err(Fault::field(field, reasons::TOO_LONG, format!("at most {max_bytes} bytes")));
    }
    if text.contains(char::is_control) {
        return Err(Fault::field(field, reasons::FORBIDDEN_CHARACTER, "must not hold control characters"));
    }
    Ok(())
}
