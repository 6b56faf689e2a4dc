//! Secrets as files: made with mode 0600, never overwritten, readable by mounting them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes of a secret that this service makes.
pub(crate) const SECRET_BYTES: usize = 32;

/// Makes a folder that only its owner may enter, with its parents.
///
/// # Errors
/// Those of the file system.
pub(crate) fn make_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Writes a file that is not there yet, complete or not at all: it is written beside its place and then linked there.
/// Returns false when the file is there already (another replica was faster); it is left as it is.
///
/// # Errors
/// Those of the file system.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<bool> {
    let beside = path.with_extension(format!("{}.new", chassis::id::new()));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::hard_link(&beside, path)
    })();
    let removed = match fs::remove_file(&beside) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    };
    match written {
        Ok(()) => {
            removed?;
            if let Some(dir) = path.parent() {
                File::open(dir)?.sync_all()?;
            }
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads a secret file. A file that everybody on the machine may read is used, and complained about.
///
/// # Errors
/// Those of the file system.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.mode() & 0o007 != 0 {
        tracing::warn!(path = %path.display(), "this secret file is open to every user of the machine");
    }
    fs::read(path)
}

/// Reads a random secret kept as base64url text (a mounted file may hold any text of at least 32 bytes), or makes it.
///
/// # Errors
/// Those of the file system and of the random source; a file with less than 32 bytes.
pub(crate) fn read_or_make(path: &Path) -> io::Result<Vec<u8>> {
    if let Some(dir) = path.parent() {
        make_dir(dir)?;
    }
    match read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let made = random::<SECRET_BYTES>()?;
            create(path, URL_SAFE_NO_PAD.encode(made).as_bytes())?;
            read_mounted(path)
        }
        _ => read_mounted(path),
    }
}

/// Reads a secret that must be there: its bytes without white space at the ends.
///
/// # Errors
/// Those of the file system; a file with less than 32 bytes.
pub(crate) fn read_mounted(path: &Path) -> io::Result<Vec<u8>> {
    let secret = read(path)?.trim_ascii().to_vec();
    if secret.len() < SECRET_BYTES {
        return Err(io::Error::new(ErrorKind::InvalidData, "the secret is shorter than 32 bytes"));
    }
    Ok(secret)
}

/// Random bytes from the operating system.
///
/// # Errors
/// When it has none to give.
pub(crate) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_closed_to_others_and_kept() {
        let dir = std::env::temp_dir().join(format!("siakad-secret-{}", chassis::id::new()));
        let path = dir.join("keys/pepper");
        let made = read_or_make(&path).unwrap();
        assert!(made.len() >= SECRET_BYTES);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        assert_eq!(read_or_make(&path).unwrap(), made);
        assert!(!create(&path, b"another").unwrap());
        assert_eq!(read_mounted(&path).unwrap(), made);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_short_secret_is_none() {
        let path = std::env::temp_dir().join(format!("siakad-short-{}", chassis::id::new()));
        fs::write(&path, "short\n").unwrap();
        assert_eq!(read_or_make(&path).unwrap_err().kind(), ErrorKind::InvalidData);
        fs::remove_file(&path).unwrap();
    }
}
