//! The gateway as a process of its own.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    chassis::serve::main(gateway::NAME, |shutdown| async {
        gateway::serve(gateway::Config::from_env()?, chassis::clock::Clock::system(), shutdown).await
    })
}
