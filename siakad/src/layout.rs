//! Where the files of an installation lie: everything below one data folder.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use crate::services::Service;

/// The data folder.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    data: PathBuf,
}

impl Layout {
    /// The installation in this folder, which may not exist yet.
    pub(crate) fn at(data: &Path) -> Self {
        Self { data: std::path::absolute(data).unwrap_or_else(|_| data.to_owned()) }
    }

    /// The data folder itself.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Certificates: `ca.pem`, `<name>.pem`, `<name>.key`.
    pub(crate) fn pki(&self) -> PathBuf {
        self.data.join("pki")
    }

    /// Signing keys and the pepper of the passwords.
    pub(crate) fn keys(&self) -> PathBuf {
        self.data.join("keys")
    }

    /// Logs of the services.
    pub(crate) fn logs(&self) -> PathBuf {
        self.data.join("logs")
    }

    /// SQLite file of a service.
    pub(crate) fn database(&self, service: &str) -> PathBuf {
        self.data.join(format!("{service}.db"))
    }

    /// State of a running `siakad up`.
    pub(crate) fn run(&self) -> PathBuf {
        self.data.join("run")
    }

    /// Where the running system is found.
    pub(crate) fn endpoints(&self) -> PathBuf {
        self.run().join("endpoints.toml")
    }

    /// Set while the first import is under way, so that one cut short is done again.
    pub(crate) fn demo_begun(&self) -> PathBuf {
        self.run().join("demo-begun")
    }

    /// Set once the demo campus is there.
    pub(crate) fn demo_done(&self) -> PathBuf {
        self.run().join("demo-done")
    }

    /// Set once its accounts are there too.
    pub(crate) fn demo_accounts_done(&self) -> PathBuf {
        self.run().join("demo-accounts-done")
    }

    /// Makes the folders and takes the lock that one `siakad up` has on a data folder. It ends with the process.
    ///
    /// # Errors
    /// A sentence: the folder cannot be made, or another `siakad` has it.
    pub(crate) fn claim(&self) -> Result<File, String> {
        for folder in [self.data.clone(), self.logs(), self.run()] {
            // Personal data lies here: what is made now is for its owner alone.
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
        }
        let path = self.run().join("lock");
        let shown = path.display();
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| format!("cannot open {shown}: {error}"))?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(std::fs::TryLockError::WouldBlock) => {
                let whose = Endpoints::read(self).map_or(String::new(), |found| {
                    format!(" It is process {} and its pages are at {}.", found.pid, found.web)
                });
                Err(format!(
                    "another siakad is running on {}.{whose} Stop it first, or give another folder with --data.",
                    self.data.display()
                ))
            }
            Err(std::fs::TryLockError::Error(error)) => Err(format!("cannot lock {shown}: {error}")),
        }
    }
}

/// Where the services of a running `siakad up` are: `run/endpoints.toml` in the data folder. Written when everything is
/// ready, removed at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Endpoints {
    /// Process id of the supervisor.
    pub(crate) pid: u32,
    /// Address of the pages.
    pub(crate) web: String,
    /// Address of the REST API.
    pub(crate) gateway: String,
    /// gRPC of auth-svc: every process of it.
    pub(crate) auth: String,
    /// gRPC of student-svc: every process of it.
    pub(crate) student: String,
    /// gRPC of course-svc: every process of it.
    pub(crate) course: String,
    /// gRPC of grade-svc: every process of it.
    pub(crate) grade: String,
    /// Private ports with `/readyz` and `/metrics`, by service.
    pub(crate) private: std::collections::BTreeMap<String, std::net::SocketAddr>,
}

impl Endpoints {
    /// Those of the system that runs on this data folder; `None` when the file is not there, not readable, or was left
    /// behind by a supervisor that is gone.
    pub(crate) fn read(layout: &Layout) -> Option<Self> {
        let found: Self = toml::from_str(&std::fs::read_to_string(layout.endpoints()).ok()?).ok()?;
        let pid = i32::try_from(found.pid).ok().and_then(Pid::from_raw)?;
        // Somebody else's process is a running one too.
        let alive = !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH));
        alive.then_some(found)
    }

    /// gRPC address of a service; `None` for those that are not called by gRPC.
    pub(crate) fn rpc(&self, service: Service) -> Option<&str> {
        match service {
            Service::Auth => Some(&self.auth),
            Service::Student => Some(&self.student),
            Service::Course => Some(&self.course),
            Service::Grade => Some(&self.grade),
            Service::Gateway | Service::Web => None,
        }
    }

    /// Puts the file there in one step, so that nobody reads half of it.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn write(&self, layout: &Layout) -> std::io::Result<()> {
        let text = toml::to_string(self).map_err(std::io::Error::other)?;
        let fresh = layout.run().join("endpoints.toml.new");
        std::fs::write(&fresh, text)?;
        std::fs::rename(fresh, layout.endpoints())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn layout(name: &str) -> Layout {
        let folder = std::env::temp_dir().join(format!("siakad-layout-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&folder).ok();
        Layout::at(&folder)
    }

    #[test]
    fn a_data_folder_has_one_supervisor_and_says_whose_it_is() {
        let layout = layout("claim");
        let first = layout.claim().expect("free");
        let mode = std::fs::metadata(layout.data()).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "personal data is for its owner alone");
        let pid = std::process::id();
        let endpoints = Endpoints {
            pid,
            web: "http://127.0.0.1:8080".into(),
            gateway: "http://127.0.0.1:8081".into(),
            auth: "https://127.0.0.1:20001".into(),
            student: "https://127.0.0.1:20002".into(),
            course: "https://127.0.0.1:20003".into(),
            grade: "https://127.0.0.1:20004".into(),
            private: [("auth".to_owned(), "127.0.0.1:20005".parse().expect("an address"))].into(),
        };
        endpoints.write(&layout).expect("written");
        assert_eq!(Endpoints::read(&layout).as_ref(), Some(&endpoints));
        let refused = layout.claim().expect_err("taken");
        assert!(refused.contains("another siakad is running on"), "{refused}");
        assert!(refused.contains(&format!("process {pid}")) && refused.contains("http://127.0.0.1:8080"), "{refused}");
        drop(first);
        layout.claim().expect("free again");

        let mut gone = std::process::Command::new("true").spawn().expect("started");
        gone.wait().expect("ended");
        Endpoints { pid: gone.id(), ..endpoints }.write(&layout).expect("written");
        assert_eq!(Endpoints::read(&layout), None, "left behind by a process that is gone");
        std::fs::remove_dir_all(layout.data()).expect("removed");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said() {
        let layout = layout("file");
        std::fs::write(layout.data(), "a file").expect("written");
        let refused = layout.claim().expect_err("a file is in its place");
        assert!(refused.contains("cannot make the folder"), "{refused}");
        std::fs::remove_file(layout.data()).expect("removed");
    }
}
