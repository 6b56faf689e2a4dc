//! Memory in the place of a disk, for what tests write and throw away.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// KiB without which tests write to the disk: several times of what they were seen to fill.
const ENOUGH: u64 = 4 << 20;

/// A folder in memory. A database is a thousand files on PostgreSQL, and on a disk making and removing them is a good part of
/// what a test takes.
pub(crate) struct Memory {
    folder: PathBuf,
    /// Removes the folder when its standard input closes, which the operating system does however this process ends.
    remover: Child,
}

impl Memory {
    /// Where Linux has it; none without enough of it.
    pub(crate) fn take() -> Option<Self> {
        let df = Command::new("df").args(["-kP", "/dev/shm"]).output().ok()?;
        let available = memory_of(&String::from_utf8_lossy(&df.stdout))?;
        if available < ENOUGH {
            return None;
        }
        let folder = Path::new("/dev/shm").join(format!("siakad-{}", std::process::id()));
        std::fs::create_dir(&folder).ok()?;
        // PostgreSQL, which may be another user, has its folder in it.
        std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).ok()?;
        let mut remover = Command::new("sh");
        remover.args(["-c", r#"read -r _; rm -rf "$0""#]).arg(&folder).stdin(Stdio::piped());
        // Ctrl-C in the terminal ends us and thereby its input; not itself before it has tidied up.
        match remover.process_group(0).spawn() {
            Ok(remover) => Some(Self { folder, remover }),
            Err(_) => {
                std::fs::remove_dir(&folder).ok();
                None
            }
        }
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        drop(self.remover.stdin.take());
        if let Err(error) = self.remover.wait() {
            eprintln!("xtask: {} was not removed: {error}", self.folder.display());
        }
    }
}

/// KiB that are available, in what `df -kP` says of a folder; none when it does not lie in memory.
fn memory_of(df: &str) -> Option<u64> {
    let mut columns = df.lines().nth(1)?.split_whitespace();
    if columns.next()? != "tmpfs" {
        return None;
    }
    columns.nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::memory_of;

    #[test]
    fn only_memory_counts_as_memory() {
        let heading = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n";
        let said = |line: &str| memory_of(&format!("{heading}{line}"));
        assert_eq!(said("tmpfs             12165836     2048  12163788       1% /dev/shm\n"), Some(12_163_788));
        assert_eq!(said("/dev/vda1        263174212 70000000 193174212      27% /\n"), None);
        assert_eq!(memory_of(heading), None);
        assert_eq!(memory_of("df: /dev/shm: No such file or directory\n"), None);
    }
}
