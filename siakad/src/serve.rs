//! `siakad serve <service>`: one service in this process, with settings from the environment.

use std::process::ExitCode;
use std::time::Duration;

use chassis::clock::Clock;
use chassis::serve::{Shutdown, StartError};

use crate::services::Service;

/// Worker threads of the runtime; without it one for each core.
const THREADS: &str = "SIAKAD_WORKER_THREADS";

/// Runs the service until it is asked to end. What keeps it from starting is said on standard error.
pub(crate) fn command(service: Service) -> ExitCode {
    let done = run(service);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", service.name());
            ExitCode::FAILURE
        }
    }
}

fn run(service: Service) -> Result<(), StartError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) =
        std::env::var(THREADS).ok().and_then(|text| text.parse().ok()).filter(|n| (1..=256).contains(n))
    {
        builder.worker_threads(threads);
    }
    let runtime = builder.enable_all().build()?;
    let done = runtime.block_on(async {
        let shutdown = Shutdown::on_signal()?;
        let clock = Clock::system();
        match service {
            Service::Auth => auth_svc::serve(auth_svc::Config::from_env()?, clock, shutdown).await,
            Service::Student => student_svc::serve(student_svc::Config::from_env()?, clock, shutdown).await,
            Service::Course => course_svc::serve(course_svc::Config::from_env()?, clock, shutdown).await,
            Service::Grade => grade_svc::serve(grade_svc::Config::from_env()?, clock, shutdown).await,
            Service::Gateway => gateway::serve(gateway::Config::from_env()?, clock, shutdown).await,
            Service::Web => web::serve(web::Config::from_env()?, clock, shutdown).await,
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(2));
    done
}
