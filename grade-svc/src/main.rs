//! grade-svc as a process of its own.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    chassis::serve::main("grade-svc", |shutdown| async {
        grade_svc::serve(grade_svc::Config::from_env()?, chassis::clock::Clock::system(), shutdown).await
    })
}
