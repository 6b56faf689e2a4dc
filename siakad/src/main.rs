//! SIAKAD in one command: `siakad help`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks on its terminal")]

mod admin;
mod check;
mod cli;
mod demo;
mod directory;
mod import;
mod layout;
mod link;
mod reasons;
mod serve;
mod services;
mod store;
mod up;

use std::process::ExitCode;

use chassis::clock::Clock;
use clap::Parser;

use self::cli::{AdminCommand, Cli, Command, StoreArgs};
use self::layout::Layout;
use self::store::Store;

/// glibc keeps every block of 19 MiB that a password hash needs; this one gives them back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    chassis::pki::install_provider();
    let clock = Clock::system();
    match Cli::parse_from(Cli::with_default(std::env::args_os().collect())).command {
        Command::Serve { service } => serve::command(service),
        Command::Up(args) => on_one_thread(up::command(&args, &clock)),
        Command::Import(args) => on_one_thread(import::command(&args, &clock)),
        Command::Admin { command: AdminCommand::Create(args) } => on_one_thread(admin::create(&args)),
        Command::Migrate(args) => on_one_thread(migrate(&args)),
        Command::Check(args) => on_one_thread(check::command(&args, &clock)),
    }
}

/// Runs a command that waits for others most of the time: one thread is enough, and small.
fn on_one_thread(command: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(command),
        Err(error) => {
            eprintln!("siakad: cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `siakad migrate`.
async fn migrate(args: &StoreArgs) -> ExitCode {
    let layout = Layout::at(&args.data);
    let store = Store::new(&layout, args.database_url.as_deref(), &args.database_prefix);
    let done = match store {
        Ok(store) => store::bring_up_to_date(&store).await,
        Err(why) => Err(why),
    };
    match done {
        Ok(databases) => {
            for database in databases {
                let name = database.service.name();
                let made = if database.made { "made; " } else { "" };
                match database.applied.as_slice() {
                    [] => println!("{name}: {made}up to date"),
                    applied => println!("{name}: {made}{} migrations applied", applied.len()),
                }
            }
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("siakad migrate: {why}");
            ExitCode::FAILURE
        }
    }
}
