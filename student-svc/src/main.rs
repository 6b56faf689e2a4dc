//! student-svc as a process of its own.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    chassis::serve::main("student-svc", |shutdown| async {
        student_svc::serve(student_svc::Config::from_env()?, chassis::clock::Clock::system(), shutdown).await
    })
}
