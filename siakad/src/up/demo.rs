//! The demo campus: brought in by the same import that a campus uses, when the databases are empty.

use std::time::Instant;

use chassis::clock::Clock;
use proto::auth::v1::{PutAccountRequest, Role, RoleKind};
use proto::feed::v1::GetHeadRequest;
use proto::feed::v1::feed_client::FeedClient;

use crate::demo::{self, DemoAccount};
use crate::import::moment::{Today, Zone};
use crate::import::{self, read};
use crate::layout::Layout;
use crate::link::{self, Channel, Services};
use crate::{admin, directory};

/// Imports the demo campus if it is wanted and nothing is there yet, or if an earlier attempt was cut short. Returns the
/// accounts to print: none when there is no demo campus, or when somebody outside this machine could use them.
///
/// # Errors
/// A sentence.
pub(crate) async fn make_if_due(
    wanted: bool,
    zone: Zone,
    clock: &Clock,
    layout: &Layout,
    services: &Services,
    local: bool,
) -> Result<Vec<DemoAccount>, String> {
    let cut_short = layout.demo_begun().exists();
    if wanted && (cut_short || is_empty(services).await?) {
        mark(&layout.demo_begun(), true)?;
        import(zone, clock, services).await?;
        mark(&layout.demo_done(), true)?;
        mark(&layout.demo_begun(), false)?;
    }
    if !local || !layout.demo_done().exists() {
        return Ok(Vec::new());
    }
    let accounts = demo::accounts().map_err(|error| format!("the demo accounts cannot be read: {error}"))?;
    if !layout.demo_accounts_done().exists() {
        make_accounts(&accounts, services).await?;
        mark(&layout.demo_accounts_done(), true)?;
    }
    Ok(accounts)
}

/// Whether neither students nor courses were ever written; nobody has grades then. A campus that has its own data never gets the demo.
async fn is_empty(services: &Services) -> Result<bool, String> {
    Ok(head(&services.student, "student-svc").await? == 0 && head(&services.course, "course-svc").await? == 0)
}

async fn head(channel: &Channel, name: &str) -> Result<i64, String> {
    let answer = FeedClient::new(channel.clone()).get_head(GetHeadRequest {}).await;
    let head = answer.map_err(|status| format!("{name} does not tell its feed's head: {}", link::said(&status)))?;
    Ok(head.into_inner().head)
}

async fn import(zone: Zone, clock: &Clock, services: &Services) -> Result<(), String> {
    let began = Instant::now();
    let failed = |stopped: import::Stopped| format!("the demo campus could not be imported: {stopped}");
    let lines = read::contents(demo::files(), &Today::at(clock.now(), zone))
        .map_err(|faults| failed(import::Stopped::out_of_shape(faults)))?;
    eprintln!("siakad: first run: importing the demo campus, {} rows", lines.len());
    let report = import::bring(&lines, services, false).await.map_err(failed)?;
    eprintln!("siakad: demo campus imported in {} ms: {report}", began.elapsed().as_millis());
    Ok(())
}

/// Gives the few printed accounts their passwords and roles. Students and lecturers have theirs by the import.
async fn make_accounts(accounts: &[DemoAccount], services: &Services) -> Result<(), String> {
    // One after the other: each password hash takes 19 MiB.
    for account in accounts {
        let request = request(account, services).await?;
        match admin::put(&services.auth, request).await {
            Ok(_) => {}
            // Made by an attempt that was cut short; or it is somebody's own, who keeps the password.
            Err(status) if admin::has_password(&status) => {}
            Err(status) => {
                let (name, why) = (&account.user_name, link::said(&status));
                return Err(format!("the demo account {name} could not be made: {why}"));
            }
        }
    }
    Ok(())
}

async fn request(account: &DemoAccount, services: &Services) -> Result<PutAccountRequest, String> {
    let kind = match account.role.as_str() {
        "programme_admin" => Some(RoleKind::ProgrammeAdmin),
        "registrar" => Some(RoleKind::Registrar),
        "system_admin" => Some(RoleKind::SystemAdmin),
        _ => None,
    };
    let scope = match account.scope.as_str() {
        "" => String::new(),
        code => directory::programme_id(&services.student, code).await?,
    };
    // The name of a student or lecturer is student-svc's.
    let display_name = if kind.is_some() { account.name.clone() } else { String::new() };
    Ok(PutAccountRequest {
        user_name: account.user_name.clone(),
        display_name,
        password: account.password.clone(),
        roles: kind.map(|kind| Role { kind: kind.into(), scope }).into_iter().collect(),
        demo: true,
        replace_password: false,
    })
}

fn mark(path: &std::path::Path, there: bool) -> Result<(), String> {
    let done = if there { std::fs::write(path, "") } else { std::fs::remove_file(path) };
    done.map_err(|error| format!("cannot write {}: {error}", path.display()))
}
