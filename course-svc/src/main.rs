//! course-svc as a process of its own.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    chassis::serve::main("course-svc", |shutdown| async {
        course_svc::serve(course_svc::Config::from_env()?, chassis::clock::Clock::system(), shutdown).await
    })
}
