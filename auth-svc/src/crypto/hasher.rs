//! Password hashes: Argon2id with a pepper, as many at once as there are cores, and a short queue before them.
//!
//! A hash costs 19 MiB and some 15 ms, so whoever can make this service hash without bound can stop it. The permit moves
//! into the blocking task: a caller that hangs up gives its place back only when its hash is done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinError;

use super::secret_file;

/// How much hashing is bounded and how dear one hash is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HashLimits {
    /// Hashes at once.
    pub(crate) threads: usize,
    /// Callers that may wait for one of them.
    pub(crate) waiting: usize,
    /// How long they wait.
    pub(crate) wait: Duration,
    /// Memory of one hash, in KiB.
    pub(crate) memory_kib: u32,
    /// Passes over the memory.
    pub(crate) passes: u32,
    /// Lanes.
    pub(crate) lanes: u32,
}

/// Why there is no hash.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HashError {
    /// Too many callers at this moment.
    #[error("as many passwords are being checked as may be")]
    Overloaded,
    /// Parameters or randomness.
    #[error("hashing failed: {0}")]
    Argon(#[from] password_hash::Error),
    /// The hashing task did not come to its end.
    #[error("the hashing task failed: {0}")]
    Task(#[from] JoinError),
}

/// What checking a password found.
#[derive(Debug)]
pub(crate) struct Checked {
    /// It is the one.
    pub(crate) matches: bool,
    /// Its hash with the present parameters, when the stored one has others.
    pub(crate) rehashed: Option<String>,
}

/// Hashes and checks passwords.
pub(crate) struct Hasher {
    slots: Arc<Semaphore>,
    queue: Semaphore,
    wait: Duration,
    kernel: Arc<Kernel>,
}

struct Kernel {
    pepper: SecretSlice<u8>,
    params: Params,
    /// Of a password that nobody knows: checked for accounts that have none, so that they take as long.
    dummy: String,
    done: AtomicU64,
}

impl Hasher {
    /// A hasher; makes one hash.
    ///
    /// # Errors
    /// Parameters out of Argon2's range; no randomness.
    pub(crate) fn new(limits: HashLimits, pepper: Vec<u8>) -> Result<Self, HashError> {
        let params =
            Params::new(limits.memory_kib, limits.passes, limits.lanes, None).map_err(password_hash::Error::from)?;
        let mut kernel = Kernel { pepper: pepper.into(), params, dummy: String::new(), done: AtomicU64::new(0) };
        let nobodys = secret_file::random::<32>().map_err(|_| password_hash::Error::Crypto)?;
        kernel.dummy = kernel.hash(&nobodys)?;
        Ok(Self {
            slots: Arc::new(Semaphore::new(limits.threads)),
            queue: Semaphore::new(limits.waiting),
            wait: limits.wait,
            kernel: Arc::new(kernel),
        })
    }

    /// Hashes a password.
    ///
    /// # Errors
    /// [`HashError::Overloaded`] at once or after the wait.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<String, HashError> {
        let permit = self.permit().await?;
        let kernel = Arc::clone(&self.kernel);
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            Ok(kernel.hash(password.expose_secret().as_bytes())?)
        })
        .await?
    }

    /// Checks a password against a stored hash; without one, checks against a hash that nothing fits, for as long.
    ///
    /// # Errors
    /// [`HashError::Overloaded`] at once or after the wait; a stored text that is no hash.
    pub(crate) async fn check(&self, password: SecretString, stored: Option<String>) -> Result<Checked, HashError> {
        let permit = self.permit().await?;
        let kernel = Arc::clone(&self.kernel);
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            Ok(kernel.check(password.expose_secret().as_bytes(), stored.as_deref())?)
        })
        .await?
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, HashError> {
        if let Ok(permit) = Arc::clone(&self.slots).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = self.queue.try_acquire().map_err(|_| HashError::Overloaded)?;
        match tokio::time::timeout(self.wait, Arc::clone(&self.slots).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(HashError::Overloaded),
        }
    }
}

impl Kernel {
    fn argon(&self) -> Result<Argon2<'_>, password_hash::Error> {
        Argon2::new_with_secret(self.pepper.expose_secret(), Algorithm::Argon2id, Version::V0x13, self.params.clone())
            .map_err(Into::into)
    }

    fn hash(&self, password: &[u8]) -> Result<String, password_hash::Error> {
        let hash = self.argon()?.hash_password(password)?.to_string();
        self.count();
        Ok(hash)
    }

    fn check(&self, password: &[u8], stored: Option<&str>) -> Result<Checked, password_hash::Error> {
        let hash =
            PasswordHash::new(stored.unwrap_or(&self.dummy)).map_err(|_| password_hash::Error::EncodingInvalid)?;
        let fits = match self.argon()?.verify_password(password, &hash) {
            Ok(()) => true,
            Err(password_hash::Error::PasswordInvalid) => false,
            Err(error) => return Err(error),
        };
        self.count();
        let matches = fits && stored.is_some();
        let rehashed = (matches && !self.is_present(&hash)).then(|| self.hash(password)).transpose()?;
        Ok(Checked { matches, rehashed })
    }

    fn is_present(&self, hash: &PasswordHash) -> bool {
        let same_costs = Params::try_from(hash).is_ok_and(|params| {
            (params.m_cost(), params.t_cost(), params.p_cost())
                == (self.params.m_cost(), self.params.t_cost(), self.params.p_cost())
        });
        same_costs && hash.algorithm == Algorithm::Argon2id.ident() && hash.version == Some(Version::V0x13.into())
    }

    fn count(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("auth_password_hashes_total").increment(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> HashLimits {
        HashLimits { threads: 2, waiting: 4, wait: Duration::from_secs(5), memory_kib: 64, passes: 1, lanes: 1 }
    }

    fn hasher(limits: HashLimits) -> Hasher {
        Hasher::new(limits, vec![7; 32]).unwrap()
    }

    fn secret(text: &str) -> SecretString {
        text.into()
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_under_its_own_pepper_only() {
        let hasher = hasher(limits());
        let stored = hasher.hash(secret("sawah-luas")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        assert!(hasher.check(secret("sawah-luas"), Some(stored.clone())).await.unwrap().matches);
        assert!(!hasher.check(secret("sawah-luar"), Some(stored.clone())).await.unwrap().matches);
        let other = Hasher::new(limits(), vec![8; 32]).unwrap();
        assert!(!other.check(secret("sawah-luas"), Some(stored)).await.unwrap().matches);
    }

    #[tokio::test]
    async fn checking_without_a_stored_hash_hashes_all_the_same() {
        let hasher = hasher(limits());
        let stored = hasher.hash(secret("sawah-luas")).await.unwrap();
        let done = || hasher.kernel.done.load(Ordering::Relaxed);
        let before = done();
        assert!(!hasher.check(secret("sawah-luar"), Some(stored)).await.unwrap().matches);
        assert_eq!(done(), before + 1);
        assert!(!hasher.check(secret("sawah-luar"), None).await.unwrap().matches);
        assert_eq!(done(), before + 2);
    }

    #[tokio::test]
    async fn other_parameters_are_brought_up_to_date() {
        let stored = hasher(HashLimits { passes: 2, ..limits() }).hash(secret("sawah-luas")).await.unwrap();
        let hasher = hasher(limits());
        let checked = hasher.check(secret("sawah-luas"), Some(stored.clone())).await.unwrap();
        let fresh = checked.rehashed.unwrap();
        let again = hasher.check(secret("sawah-luas"), Some(fresh)).await.unwrap();
        assert!(again.matches && again.rehashed.is_none());
        assert!(hasher.check(secret("sawah-luar"), Some(stored)).await.unwrap().rehashed.is_none());
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_or_waits_in_vain_is_sent_away() {
        let hasher = hasher(HashLimits { threads: 1, waiting: 1, wait: Duration::from_millis(20), ..limits() });
        let held = hasher.permit().await.unwrap();
        let (waiting, refused) = tokio::join!(hasher.permit(), async {
            tokio::task::yield_now().await;
            hasher.permit().await
        });
        assert!(matches!(waiting, Err(HashError::Overloaded)), "the wait has an end");
        assert!(matches!(refused, Err(HashError::Overloaded)), "the queue has an end");
        drop(held);
        assert!(hasher.permit().await.is_ok());
    }

    #[tokio::test]
    async fn a_caller_that_hangs_up_keeps_its_place_until_its_hash_is_done() {
        let hasher = Arc::new(hasher(HashLimits { threads: 1, memory_kib: 65_536, passes: 3, ..limits() }));
        let caller = tokio::spawn({
            let hasher = Arc::clone(&hasher);
            async move { hasher.hash(secret("sawah-luas")).await }
        });
        while hasher.slots.available_permits() == 1 {
            tokio::task::yield_now().await;
        }
        caller.abort();
        let _ended = caller.await;
        let _next = Arc::clone(&hasher.slots).acquire_owned().await.unwrap();
        let done = hasher.kernel.done.load(Ordering::Relaxed);
        assert_eq!(done, 2, "the dummy and the caller's hash, which ran to its end before its place was free");
    }
}
