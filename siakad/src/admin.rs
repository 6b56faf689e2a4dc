//! `siakad admin create`: accounts of people who run the system, through auth-svc's operator RPC.

use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

use chassis::error::Fault;
use proto::auth::v1::operator_client::OperatorClient;
use proto::auth::v1::{Account, PutAccountRequest, Role, RoleKind};
use tonic::Status;

use crate::cli::{AdminArgs, AdminRole};
use crate::directory;
use crate::link::{self, Channel, Services};

/// Letters and digits that nobody mistakes for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Letters of a made-up password: 100 bits.
const LENGTH: usize = 20;

/// The command.
pub(crate) async fn create(args: &AdminArgs) -> ExitCode {
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("siakad admin create: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &AdminArgs) -> Result<(), String> {
    let services = link::services(&args.target)?;
    let roles = roles(&services, args).await?;
    let made_up = args.generate.then(make_up).transpose()?;
    let password = match &made_up {
        Some(password) => password.clone(),
        None if args.keep_password => String::new(),
        None => ask(&args.user_name)?,
    };
    let request = PutAccountRequest {
        user_name: args.user_name.clone(),
        display_name: args.name.clone().unwrap_or_default(),
        password,
        roles,
        demo: false,
        replace_password: args.replace,
    };
    let account = put(&services.auth, request).await.map_err(|status| refused(&args.user_name, &status))?;
    println!("Account {} ({}) is ready: {}.", account.user_name, account.display_name, describe(&account));
    if let Some(password) = made_up {
        println!("Password, shown this once: {password}");
    }
    Ok(())
}

/// Whether auth-svc refused because the account has a password already.
pub(crate) fn has_password(status: &Status) -> bool {
    Fault::from_status(status)
        .refusals()
        .iter()
        .any(|refusal| refusal.reason == auth_svc::reasons::ACCOUNT_HAS_PASSWORD)
}

/// Why the account was not put, for people.
fn refused(user_name: &str, status: &Status) -> String {
    if has_password(status) {
        return format!(
            "the account {user_name} exists and has a password; nothing was changed. Give --replace to replace the \
             password, or --keep-password to add roles only."
        );
    }
    link::said(status)
}

/// Makes or changes an account.
pub(crate) async fn put(auth: &Channel, request: PutAccountRequest) -> Result<Account, Status> {
    Ok(OperatorClient::new(auth.clone()).put_account(request).await?.into_inner())
}

/// The roles asked for, with the programme's id in place of its code.
async fn roles(services: &Services, args: &AdminArgs) -> Result<Vec<Role>, String> {
    let scoped = args.role.contains(&AdminRole::ProgrammeAdmin);
    let programme = match (&args.scope, scoped) {
        (None, false) => String::new(),
        (None, true) => return Err("the role programme-admin needs --scope with the code of a study programme".into()),
        (Some(_), false) => return Err("--scope belongs to the role programme-admin".into()),
        (Some(code), true) => directory::programme_id(&services.student, code).await?,
    };
    let role = |role: &AdminRole| match role {
        AdminRole::ProgrammeAdmin => Role { kind: RoleKind::ProgrammeAdmin.into(), scope: programme.clone() },
        AdminRole::Registrar => Role { kind: RoleKind::Registrar.into(), scope: String::new() },
        AdminRole::SystemAdmin => Role { kind: RoleKind::SystemAdmin.into(), scope: String::new() },
    };
    Ok(args.role.iter().map(role).collect())
}

fn describe(account: &Account) -> String {
    let words: Vec<&str> = account
        .roles
        .iter()
        .map(|role| match role.kind() {
            RoleKind::Student => "student",
            RoleKind::Lecturer => "lecturer",
            RoleKind::ProgrammeAdmin => "programme admin",
            RoleKind::Registrar => "registrar",
            RoleKind::SystemAdmin => "system admin",
            RoleKind::Unspecified => "unknown role",
        })
        .collect();
    if words.is_empty() { "no role yet, see --role".to_owned() } else { words.join(", ") }
}

fn make_up() -> Result<String, String> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| format!("the system gives no random numbers: {error}"))?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}

/// A password typed twice without being shown; from a pipe, its first line.
fn ask(user_name: &str) -> Result<String, String> {
    let stdin = std::io::stdin();
    let line = || {
        let mut text = String::new();
        stdin.lock().read_line(&mut text).map_err(|error| format!("cannot read the password: {error}"))?;
        Ok::<_, String>(text.trim_end_matches(['\r', '\n']).to_owned())
    };
    let password = if stdin.is_terminal() {
        let hidden = Hidden::new().map_err(|error| format!("cannot hide the password: {error}"))?;
        let prompt = |text: String| {
            eprint!("{text}");
            drop(std::io::stderr().flush());
            let typed = line();
            eprintln!();
            typed
        };
        let first = prompt(format!("New password of {user_name} (--generate makes one up): "))?;
        let second = prompt("The same again: ".to_owned())?;
        drop(hidden);
        if first != second {
            return Err("the two passwords differ".to_owned());
        }
        first
    } else {
        line()?
    };
    if password.is_empty() {
        return Err("no password was given; --generate makes one up".to_owned());
    }
    Ok(password)
}

/// The terminal shows nothing of what is typed until this is dropped.
struct Hidden(rustix::termios::Termios);

impl Hidden {
    fn new() -> std::io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // Nothing can be done about a terminal that is gone.
        let _restored = tcsetattr(std::io::stdin(), OptionalActions::Flush, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_somebody_has_is_kept_and_the_way_out_is_said() {
        let refusal = chassis::error::Refusal::new(auth_svc::reasons::ACCOUNT_HAS_PASSWORD);
        let said = refused("budi", &Fault::refused(vec![refusal]).into());
        assert!(said.starts_with("the account budi exists and has a password; nothing was changed."), "{said}");
        assert!(said.contains("--replace") && said.contains("--keep-password"), "{said}");
        let other = refused("budi", &Fault::unavailable("service-down", None).into());
        assert!(other.contains("service-down") && !other.contains("--replace"), "{other}");
    }

    #[test]
    fn made_up_passwords_are_long_and_differ() {
        let (one, other) = (make_up().expect("random"), make_up().expect("random"));
        assert_eq!(one.len(), LENGTH);
        assert_ne!(one, other);
        assert!(one.bytes().all(|byte| ALPHABET.contains(&byte)));
    }
}
