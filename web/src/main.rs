//! The pages as a process of their own.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    chassis::serve::main(web::NAME, async |shutdown| {
        let config = web::Config::from_env()?;
        web::serve(config, chassis::clock::Clock::system(), shutdown).await
    })
}
