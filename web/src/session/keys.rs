//! The keys that seal cookies, in a file: one key a line, base64 of 64 random bytes. The first line seals, every line
//! opens. To rotate, put a new line on top and restart; to revoke, remove the old line.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 64;

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read or made.
    #[error("cannot use the session keys in {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not a key.
    #[error("line {line} of {path} is not base64 of {KEY_BYTES} bytes")]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
    },
    /// There is no key in it.
    #[error("{path} holds no key")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// The keys, first the one that seals. At least one.
#[derive(Clone)]
pub struct Keys(Vec<[u8; KEY_BYTES]>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl Keys {
    /// Reads the file; makes it, readable by its owner only, when there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be read or made, or a line is not a key. A broken file is never replaced: that would log
    /// everybody out.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let failed = |source| KeyError::File { path: path.to_owned(), source };
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let line = STANDARD.encode(Self::random()?) + "\n";
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder).map_err(failed)?;
                }
                match create_private(path).and_then(|mut file| file.write_all(line.as_bytes())) {
                    Ok(()) => Self::parse(path, &line),
                    // Another replica on the same folder was quicker.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                        Self::parse(path, &std::fs::read_to_string(path).map_err(failed)?)
                    }
                    Err(error) => Err(failed(error)),
                }
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// One new key, for tests.
    ///
    /// # Errors
    ///
    /// When the system gives no random bytes.
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self(vec![Self::random()?]))
    }

    /// These keys with a new one on top.
    ///
    /// # Errors
    ///
    /// When the system gives no random bytes.
    pub fn rotated(&self) -> Result<Self, KeyError> {
        let mut keys = vec![Self::random()?];
        keys.extend_from_slice(&self.0);
        Ok(Self(keys))
    }

    pub(super) fn all(&self) -> &[[u8; KEY_BYTES]] {
        &self.0
    }

    fn random() -> Result<[u8; KEY_BYTES], KeyError> {
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key).map_err(|_| KeyError::Random)?;
        Ok(key)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = STANDARD.decode(line).ok().and_then(|key| key.try_into().ok());
            keys.push(key.ok_or_else(|| KeyError::Line { path: path.to_owned(), line: index + 1 })?);
        }
        if keys.is_empty() {
            return Err(KeyError::Empty { path: path.to_owned() });
        }
        Ok(Self(keys))
    }
}

fn create_private(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let mut random = [0; 8];
        getrandom::fill(&mut random).unwrap();
        std::env::temp_dir().join(format!("siakad-web-{name}-{}", u64::from_le_bytes(random)))
    }

    #[test]
    fn the_file_is_made_once_and_private() {
        let folder = folder("keys");
        let path = folder.join("web").join("session.keys");
        let first = Keys::load(&path).unwrap();
        let second = Keys::load(&path).unwrap();
        assert_eq!(first.all(), second.all());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_broken_file_is_reported_by_line_and_left_as_it_is() {
        let folder = folder("broken");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("session.keys");
        std::fs::write(&path, "# rotated in May\nnot a key\n").unwrap();
        assert!(matches!(Keys::load(&path), Err(KeyError::Line { line: 2, .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "# rotated in May\nnot a key\n");
        std::fs::write(&path, "\n# nothing\n").unwrap();
        assert!(matches!(Keys::load(&path), Err(KeyError::Empty { .. })));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
