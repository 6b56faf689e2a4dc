//! Signing keys: Ed25519, one PEM file each, `signing-<second from which it signs>.pem`, as `openssl genpkey -algorithm
//! ed25519` makes them. Replicas share the folder; when which key is used follows from the file names alone
//! ([`crate::rules::keys`]).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::zeroize::Zeroizing;
use serde::Serialize;

use super::secret_file;
use crate::rules::keys::{KeyPlan, KeyTimes, plan};

/// Everything before the 32 secret bytes in the PKCS#8 form of an Ed25519 key (RFC 8410, version 1).
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// A file or folder.
    #[error("signing keys in {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Not an Ed25519 key in PKCS#8 PEM.
    #[error("signing key {path}: {source}")]
    Key {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: jsonwebtoken::errors::Error,
    },
    /// Signing.
    #[error("signing failed: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
    /// The key set as JSON.
    #[error("the key set cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    /// No key has begun, and none may be made.
    #[error("no signing key has begun yet, and rotation is switched off")]
    None,
    /// The task that works on the files did not come to its end.
    #[error("the task that keeps the signing keys failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

struct Key {
    begin: Timestamp,
    kid: String,
    signing: EncodingKey,
    public: Jwk,
}

/// The keys of this installation, as last read.
pub(crate) struct Keyring {
    dir: PathBuf,
    times: KeyTimes,
    keys: RwLock<Arc<Vec<Key>>>,
    /// One upkeep at a time.
    working: tokio::sync::Mutex<()>,
}

impl Keyring {
    /// Opens the folder, and makes the first key if there is none.
    ///
    /// # Errors
    /// Files that cannot be read, made or understood; no key to sign with.
    pub(crate) async fn open(dir: PathBuf, times: KeyTimes, now: Timestamp) -> Result<Self, KeyError> {
        let ring = Self { dir, times, keys: RwLock::default(), working: tokio::sync::Mutex::new(()) };
        ring.upkeep(now).await?;
        Ok(ring)
    }

    /// Something is to be made or removed.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let plan = self.plan(now);
        plan.make.is_some() || !plan.retire.is_empty()
    }

    /// Reads the folder again, makes the key that is due and removes those that nothing needs. A key that cannot be made or
    /// removed while there is one to sign with is complained about and tried again later.
    ///
    /// # Errors
    /// As [`Keyring::open`]; the keys as last read stay in use.
    pub(crate) async fn upkeep(&self, now: Timestamp) -> Result<(), KeyError> {
        let _alone = self.working.lock().await;
        let (dir, times) = (self.dir.clone(), self.times);
        let keys = tokio::task::spawn_blocking(move || keep(&dir, times, now)).await??;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    /// Signs claims as an access token.
    ///
    /// # Errors
    /// When no key has begun.
    pub(crate) fn sign(&self, claims: &impl Serialize, now: Timestamp) -> Result<String, KeyError> {
        let keys = self.read();
        let key = keys.iter().rfind(|key| key.begin <= now).ok_or(KeyError::None)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(chassis::auth::TOKEN_TYPE.to_owned());
        header.kid = Some(key.kid.clone());
        Ok(jsonwebtoken::encode(&header, claims, &key.signing)?)
    }

    /// The public keys to publish, as a JSON Web Key Set.
    ///
    /// # Errors
    /// None that could happen; the type wants it.
    pub(crate) fn jwks(&self, now: Timestamp) -> Result<String, KeyError> {
        let listed = self.plan(now).listed;
        let keys = self.read();
        let keys = keys.iter().filter(|key| listed.contains(&key.begin)).map(|key| key.public.clone()).collect();
        Ok(serde_json::to_string(&JwkSet { keys })?)
    }

    fn plan(&self, now: Timestamp) -> KeyPlan {
        plan(&begins(&self.read()), now, self.times)
    }

    fn read(&self) -> Arc<Vec<Key>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn begins(keys: &[Key]) -> Vec<Timestamp> {
    keys.iter().map(|key| key.begin).collect()
}

/// One round over the folder; returns the keys that there are afterwards.
fn keep(dir: &Path, times: KeyTimes, now: Timestamp) -> Result<Vec<Key>, KeyError> {
    let mut keys = scan(dir)?;
    let KeyPlan { present, make, retire, .. } = plan(&begins(&keys), now, times);
    if let Some(begin) = make {
        match make_key(dir, begin) {
            Ok(()) => keys = scan(dir)?,
            Err(source) if present.is_none() => return Err(KeyError::File { path: dir.to_owned(), source }),
            Err(error) => tracing::error!(%error, dir = %dir.display(), "the next signing key cannot be made"),
        }
    }
    for begin in retire {
        let path = dir.join(file_name(begin));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(%error, path = %path.display(), "an old signing key cannot be removed");
            }
            _ => keys.retain(|key| key.begin != begin),
        }
    }
    if keys.iter().any(|key| key.begin <= now) { Ok(keys) } else { Err(KeyError::None) }
}

/// The keys of a folder, by beginning. Files of other names are passed over.
fn scan(dir: &Path) -> Result<Vec<Key>, KeyError> {
    let file = |source| KeyError::File { path: dir.to_owned(), source };
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(file)?,
    };
    let mut keys = Vec::new();
    for entry in entries {
        let path = entry.map_err(file)?.path();
        if let Some(begin) = path.file_name().and_then(|name| begin_of(name.to_str()?)) {
            keys.push(read_key(&path, begin)?);
        }
    }
    keys.sort_by_key(|key| key.begin);
    Ok(keys)
}

fn read_key(path: &Path, begin: Timestamp) -> Result<Key, KeyError> {
    let pem = secret_file::read(path).map_err(|source| KeyError::File { path: path.to_owned(), source })?;
    let pem = Zeroizing::new(pem);
    let key = || {
        let signing = EncodingKey::from_ed_pem(&pem)?;
        let mut public = Jwk::from_encoding_key(&signing, Algorithm::EdDSA)?;
        let kid = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Key { begin, kid, signing, public })
    };
    key().map_err(|source| KeyError::Key { path: path.to_owned(), source })
}

fn make_key(dir: &Path, begin: Timestamp) -> io::Result<()> {
    secret_file::make_dir(dir)?;
    let seed = Zeroizing::new(secret_file::random::<32>()?);
    let der = Zeroizing::new([PKCS8_HEAD.as_slice(), seed.as_slice()].concat());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(&*der));
    if secret_file::create(&dir.join(file_name(begin)), Zeroizing::new(pem).as_bytes())? {
        tracing::info!(%begin, "made a signing key");
    }
    Ok(())
}

fn file_name(begin: Timestamp) -> String {
    format!("signing-{}.pem", begin.as_second())
}

fn begin_of(file_name: &str) -> Option<Timestamp> {
    let second = file_name.strip_prefix("signing-")?.strip_suffix(".pem")?.parse().ok()?;
    Timestamp::from_second(second).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use jiff::SignedDuration;

    use super::*;

    const TIMES: KeyTimes = KeyTimes {
        period: SignedDuration::from_hours(240),
        lead: SignedDuration::from_hours(24),
        linger: SignedDuration::from_hours(2),
    };

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("siakad-keys-{}", chassis::id::new())))
        }

        fn files(&self) -> Vec<String> {
            let mut names: Vec<String> =
                fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + hours * 3600).unwrap()
    }

    fn kids(ring: &Keyring, hours: i64) -> Vec<String> {
        let set: JwkSet = serde_json::from_str(&ring.jwks(at(hours)).unwrap()).unwrap();
        set.keys.into_iter().map(|key| key.common.key_id.unwrap()).collect()
    }

    fn signer(ring: &Keyring, hours: i64) -> String {
        let token = ring.sign(&serde_json::json!({"sub": "a"}), at(hours)).unwrap();
        jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
    }

    #[tokio::test]
    async fn keys_are_published_a_day_early_and_leave_when_their_tokens_have() {
        let folder = Folder::new();
        let ring = Keyring::open(folder.0.clone(), TIMES, at(0)).await.unwrap();
        assert_eq!(folder.files(), ["signing-1780000000.pem"]);
        let mode = fs::metadata(folder.0.join("signing-1780000000.pem")).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        let first = signer(&ring, 0);
        assert_eq!(kids(&ring, 0), std::slice::from_ref(&first));

        assert!(ring.is_due(at(216)));
        ring.upkeep(at(216)).await.unwrap();
        assert!(!ring.is_due(at(216)));
        let both = kids(&ring, 216);
        assert_eq!(both.len(), 2);
        assert_eq!(signer(&ring, 239), first);
        assert_eq!(signer(&ring, 240), both[1]);

        ring.upkeep(at(242)).await.unwrap();
        assert_eq!(kids(&ring, 242), both[1..]);
        assert_eq!(folder.files().len(), 1, "the old secret is gone");
    }

    #[tokio::test]
    async fn replicas_on_one_folder_use_the_same_keys() {
        let folder = Folder::new();
        let one = Keyring::open(folder.0.clone(), TIMES, at(0)).await.unwrap();
        let two = Keyring::open(folder.0.clone(), TIMES, at(1)).await.unwrap();
        assert_eq!(signer(&one, 1), signer(&two, 1));
        let (a, b) = tokio::join!(one.upkeep(at(216)), two.upkeep(at(216)));
        a.and(b).unwrap();
        one.upkeep(at(217)).await.unwrap();
        assert_eq!(kids(&one, 217), kids(&two, 217));
        assert_eq!(kids(&one, 217).len(), 2);
    }

    #[tokio::test]
    async fn a_mounted_key_made_by_openssl_is_used_and_never_replaced() {
        let folder = Folder::new();
        fs::create_dir_all(&folder.0).unwrap();
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
        fs::write(folder.0.join("signing-1780000000.pem"), pem).unwrap();
        fs::write(folder.0.join("pepper"), "something else").unwrap();
        let fixed = KeyTimes { period: SignedDuration::ZERO, ..TIMES };
        let ring = Keyring::open(folder.0.clone(), fixed, at(100_000)).await.unwrap();
        // RFC 8037, appendix A: this key's public half and its thumbprint.
        assert_eq!(signer(&ring, 100_000), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert!(ring.jwks(at(100_000)).unwrap().contains("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
        assert_eq!(folder.files().len(), 2);
    }

    #[tokio::test]
    async fn a_file_that_is_no_key_is_named() {
        let folder = Folder::new();
        fs::create_dir_all(&folder.0).unwrap();
        fs::write(folder.0.join("signing-1.pem"), "nonsense").unwrap();
        let error = Keyring::open(folder.0.clone(), TIMES, at(0)).await.err().unwrap();
        assert!(error.to_string().contains("signing-1.pem"), "{error}");
    }
}
