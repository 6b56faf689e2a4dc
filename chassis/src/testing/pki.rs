//! A certificate authority of its own for a test.

use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::pki::{Identity, ensure};

/// Everybody who has a certificate in a test.
const NAMES: &[&str] = &["gateway", "web", "auth", "student", "course", "grade", "siakad"];

/// An authority and a certificate for every service of the house, in a folder that is removed with it.
#[derive(Debug)]
pub struct TestPki {
    dir: PathBuf,
}

impl TestPki {
    /// Makes them; takes a few milliseconds.
    ///
    /// # Panics
    /// When the temporary folder cannot be written.
    #[must_use]
    pub fn new() -> Self {
        let name = format!("siakad-pki-{}", crate::telemetry::RequestId::default());
        let dir = std::env::temp_dir().join(name);
        ensure(&dir, NAMES, Clock::system().now()).expect("a test authority can be made");
        Self { dir }
    }

    /// The folder: `ca.pem`, `<name>.pem`, `<name>.key`.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The identity of a service.
    ///
    /// # Panics
    /// When the service is none of the house.
    #[must_use]
    pub fn identity(&self, name: &str) -> Identity {
        Identity::load(&self.dir, name).expect("the service has a certificate")
    }
}

impl Default for TestPki {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestPki {
    fn drop(&mut self) {
        // A folder that stays behind in the temporary folder fails no test.
        let _removed = std::fs::remove_dir_all(&self.dir);
    }
}
