//! auth-svc as a process of its own.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    chassis::serve::main("auth-svc", |shutdown| async {
        auth_svc::serve(auth_svc::Config::from_env()?, chassis::clock::Clock::system(), shutdown).await
    })
}
