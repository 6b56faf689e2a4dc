//! The script in `examples/`: a whole semester through the REST interface, as a campus system would do it.

use std::path::Path;
use std::process::Command;

use crate::both_engines;
use crate::system::System;

/// Runs the script; what it said.
async fn run(system: &System) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/semester.sh");
    let api = system.api.clone();
    let run = tokio::task::spawn_blocking(move || Command::new("bash").arg(script).arg(api).output());
    let output = run.await.expect("the script is not cancelled").expect("bash starts");
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "semester.sh said:\n{said}\n{complained}");
    said.into_owned()
}

fn has(said: &str, steps: &[&str]) {
    for step in steps {
        assert!(said.contains(step), "semester.sh did not come to `{step}`:\n{said}");
    }
}

both_engines! {
    async fn a_semester_through_the_rest_interface(engine: Engine) {
        let system = System::start(engine).await;
        let first = run(&system).await;
        has(&first, &["state submitted", "refused: required", "state returned", "state approved", "refused: score-out-of-range"]);
        has(&first, &["published: ", "IPK", "refused: prerequisite-cycle", "== Done"]);
        let again = run(&system).await;
        has(&again, &["submitted its plan already", "every sheet is published already", "IPK", "== Done"]);
        assert!(!again.contains("published: "), "published twice:\n{again}");
    }
}
