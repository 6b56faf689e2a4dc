//! Settings of this service. Every limit has a name here.

use std::path::PathBuf;
use std::time::Duration;

use chassis::client::Endpoints;
use chassis::config::{self, ConfigErrors, Reader, ServerConfig};
use chassis::db::DbConfig;
use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::Terms;
use crate::crypto::hasher::HashLimits;
use crate::crypto::secret_file::SECRET_BYTES;
use crate::rules::keys::KeyTimes;
use crate::rules::throttle::{Delays, Rate};
use crate::throttle::ThrottleLimits;

/// What this service is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens, logs and keeps its files.
    pub server: ServerConfig,
    /// `database_url`.
    pub database: DbConfig,
    /// `student_endpoint`: student-svc, whose records accounts follow.
    pub student_endpoint: Endpoints,
    /// `allow_demo`: demo accounts may be made and may log in. Only where no stranger can reach the service. Default false.
    pub allow_demo: bool,
    /// Lives of tokens and sessions.
    pub sessions: SessionConfig,
    /// Password hashing.
    pub passwords: PasswordConfig,
    /// Slowing down whoever guesses.
    pub throttle: ThrottleConfig,
    /// Signing keys.
    pub keys: KeyConfig,
}

/// Lives of tokens and sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionConfig {
    /// `access_token_life`. Default 5 min.
    pub access: Duration,
    /// `session_idle`: a session that is not refreshed for so long ends. Default 12 h.
    pub idle: Duration,
    /// `session_life`: a session ends after so long, whatever is refreshed. Default 7 d.
    pub life: Duration,
    /// `refresh_race_window`: the same refresh token within this time after its use gets the same successor again.
    /// Default 10 s.
    pub race_window: Duration,
    /// `role_change_login_age`: roles are changed only within this time after the administrator's login. Default 30 min.
    pub role_change_login_age: Duration,
    /// `session_prune_every`: how often sessions that ended long ago are deleted. Default 1 h.
    pub prune_every: Duration,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            access: Duration::from_secs(5 * 60),
            idle: Duration::from_secs(12 * 3600),
            life: Duration::from_secs(7 * 86_400),
            race_window: Duration::from_secs(10),
            role_change_login_age: Duration::from_secs(30 * 60),
            prune_every: Duration::from_secs(3600),
        }
    }
}

/// Password hashing: Argon2id with OWASP's parameters, bounded.
#[derive(Debug, Clone)]
pub struct PasswordConfig {
    /// `password_threads`: hashes at once. Default: as many as there are cores.
    pub threads: usize,
    /// `password_waiting`: logins that may wait for one. Default 64.
    pub waiting: usize,
    /// `password_wait`: how long they wait. Default 1.5 s.
    pub wait: Duration,
    /// `password_memory_kib`: memory of one hash. Default 19456 (19 MiB).
    pub memory_kib: u32,
    /// `password_passes`. Default 2.
    pub passes: u32,
    /// `password_lanes`. Default 1.
    pub lanes: u32,
    /// `pepper` or `pepper_file`: a secret of at least 32 bytes that is part of every hash. Default: the file `pepper` in
    /// the key folder, made on the first start.
    pub pepper: Option<SecretString>,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            waiting: 64,
            wait: Duration::from_millis(1500),
            memory_kib: 19 * 1024,
            passes: 2,
            lanes: 1,
            pepper: None,
        }
    }
}

/// Slowing down whoever guesses passwords. Nobody is locked out.
#[derive(Debug, Clone, Copy)]
pub struct ThrottleConfig {
    /// `login_free_failures`: failed logins under one user name that cost nothing. Default 5.
    pub free: u32,
    /// `login_first_delay`: the wait after the next one; it doubles with each. Default 1 s.
    pub first: Duration,
    /// `login_longest_delay`: the longest wait. Default 1 min.
    pub longest: Duration,
    /// `login_forget_after`: failures are forgotten after so long without one. Default 15 min.
    pub forget: Duration,
    /// `login_address_burst`: failed logins that one address may make at once. Default 100, since a campus has one address.
    pub burst: u32,
    /// `login_address_every`: after that it may make one more every. Default 2 s.
    pub every: Duration,
    /// `login_remembered`: user names, and addresses, remembered at most. Default 100000.
    pub remembered: usize,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        Self {
            free: 5,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            forget: Duration::from_secs(15 * 60),
            burst: 100,
            every: Duration::from_secs(2),
            remembered: 100_000,
        }
    }
}

/// Signing keys.
#[derive(Debug, Clone)]
pub struct KeyConfig {
    /// `keys_dir`: a folder of files `signing-<second>.pem`. Default: `keys` in the data folder.
    pub dir: PathBuf,
    /// `key_period`: how long a key signs; `0s`: keys are neither made nor removed here. Default 30 d.
    pub period: Duration,
    /// `key_lead`: how long before it signs a key is published. Default 24 h.
    pub lead: Duration,
    /// `key_linger`: how long after its last signature a key is still published. Default 2 h.
    pub linger: Duration,
    /// `key_check_every`: how often the folder is looked at. Default 1 min.
    pub check_every: Duration,
}

impl KeyConfig {
    fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            period: Duration::from_secs(30 * 86_400),
            lead: Duration::from_secs(86_400),
            linger: Duration::from_secs(2 * 3600),
            check_every: Duration::from_secs(60),
        }
    }
}

impl Config {
    /// Reads the settings from the environment and the file that it names.
    ///
    /// # Errors
    /// Every wrong setting at once.
    pub fn from_env() -> Result<Self, ConfigErrors> {
        config::from_env(Self::read)
    }

    /// Reads the settings one by one.
    pub fn read(read: &mut Reader) -> Option<Self> {
        let server = ServerConfig::read(read);
        let database = DbConfig::read(read);
        let student_endpoint = read.required("student_endpoint");
        let allow_demo = read.or("allow_demo", false);
        let sessions = SessionConfig::read(read);
        let passwords = PasswordConfig::read(read);
        let throttle = ThrottleConfig::read(read);
        let data_dir = server.as_ref().map_or_else(|| PathBuf::from("data"), |server| server.data_dir.clone());
        let keys = KeyConfig::read(read, data_dir.join("keys"), sessions.access);
        Some(Self {
            server: server?,
            database: database?,
            student_endpoint: student_endpoint?,
            allow_demo,
            sessions,
            passwords,
            throttle,
            keys,
        })
    }

    /// For tests and tools: everything at its default, on loopback, files below `server.data_dir`.
    #[must_use]
    pub fn local(server: ServerConfig, database: DbConfig, student_endpoint: Endpoints) -> Self {
        let keys = KeyConfig::new(server.data_dir.join("keys"));
        Self {
            server,
            database,
            student_endpoint,
            allow_demo: false,
            sessions: SessionConfig::default(),
            passwords: PasswordConfig::default(),
            throttle: ThrottleConfig::default(),
            keys,
        }
    }

    pub(crate) fn terms(&self) -> Terms {
        Terms {
            access: signed(self.sessions.access),
            idle: signed(self.sessions.idle),
            session: signed(self.sessions.life),
            race_window: signed(self.sessions.race_window),
            fresh: signed(self.sessions.role_change_login_age),
            allow_demo: self.allow_demo,
        }
    }

    pub(crate) fn hash_limits(&self) -> HashLimits {
        let PasswordConfig { threads, waiting, wait, memory_kib, passes, lanes, .. } = self.passwords;
        HashLimits { threads, waiting, wait, memory_kib, passes, lanes }
    }

    pub(crate) fn throttle_limits(&self) -> ThrottleLimits {
        let ThrottleConfig { free, first, longest, forget, burst, every, remembered } = self.throttle;
        let delays = Delays { free, first: signed(first), longest: signed(longest), forget: signed(forget) };
        ThrottleLimits { delays, rate: Rate { burst, per: signed(every) }, remembered }
    }

    pub(crate) fn key_times(&self) -> KeyTimes {
        let KeyConfig { period, lead, linger, .. } = self.keys;
        KeyTimes { period: signed(period), lead: signed(lead), linger: signed(linger) }
    }
}

impl SessionConfig {
    fn read(read: &mut Reader) -> Self {
        let default = Self::default();
        let sessions = Self {
            access: positive(read, "access_token_life", default.access),
            idle: positive(read, "session_idle", default.idle),
            life: positive(read, "session_life", default.life),
            race_window: read.or("refresh_race_window", default.race_window),
            role_change_login_age: positive(read, "role_change_login_age", default.role_change_login_age),
            prune_every: positive(read, "session_prune_every", default.prune_every),
        };
        if sessions.access > Duration::from_secs(3600) {
            read.wrong(
                "access_token_life",
                "must be at most 1h: an access token cannot be taken back everywhere at once",
            );
        }
        if sessions.race_window >= sessions.access {
            read.wrong("refresh_race_window", "must be shorter than access_token_life");
        }
        sessions
    }
}

impl PasswordConfig {
    fn read(read: &mut Reader) -> Self {
        let default = Self::default();
        let passwords = Self {
            threads: at_least_one(read, "password_threads", default.threads),
            waiting: read.or("password_waiting", default.waiting),
            wait: read.or("password_wait", default.wait),
            memory_kib: read.or("password_memory_kib", default.memory_kib),
            passes: read.or("password_passes", default.passes),
            lanes: read.or("password_lanes", default.lanes),
            pepper: read.optional_secret("pepper"),
        };
        if argon2::Params::new(passwords.memory_kib, passwords.passes, passwords.lanes, None).is_err() {
            read.wrong("password_memory_kib", "with password_passes and password_lanes is out of Argon2's range");
        }
        if passwords.pepper.as_ref().is_some_and(|pepper| pepper.expose_secret().len() < SECRET_BYTES) {
            read.wrong("pepper", "must have at least 32 bytes");
        }
        passwords
    }
}

impl ThrottleConfig {
    fn read(read: &mut Reader) -> Self {
        let default = Self::default();
        Self {
            free: read.or("login_free_failures", default.free),
            first: positive(read, "login_first_delay", default.first),
            longest: positive(read, "login_longest_delay", default.longest),
            forget: positive(read, "login_forget_after", default.forget),
            burst: read.or("login_address_burst", default.burst),
            every: positive(read, "login_address_every", default.every),
            remembered: at_least_one(read, "login_remembered", default.remembered),
        }
    }
}

impl KeyConfig {
    fn read(read: &mut Reader, dir: PathBuf, access: Duration) -> Self {
        let default = Self::new(dir);
        let keys = Self {
            dir: read.or("keys_dir", default.dir),
            period: read.or("key_period", default.period),
            lead: read.or("key_lead", default.lead),
            linger: read.or("key_linger", default.linger),
            check_every: positive(read, "key_check_every", default.check_every),
        };
        if !keys.period.is_zero() && keys.lead >= keys.period {
            read.wrong("key_lead", "must be shorter than key_period");
        }
        if signed(keys.linger) < signed(access).saturating_add(chassis::auth::GRACE) {
            read.wrong("key_linger", "must cover access_token_life and the 30m of grace that verifiers show");
        }
        keys
    }
}

fn positive(read: &mut Reader, name: &str, default: Duration) -> Duration {
    let value = read.or(name, default);
    if value.is_zero() {
        read.wrong(name, "must be longer than nothing");
    }
    value
}

fn at_least_one(read: &mut Reader, name: &str, default: usize) -> usize {
    let value = read.or(name, default);
    if value == 0 {
        read.wrong(name, "must be at least 1");
    }
    value
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: [(&str, &str); 3] = [
        ("SIAKAD_LISTEN", "127.0.0.1:0"),
        ("SIAKAD_DATABASE_URL", "sqlite:auth.db"),
        ("SIAKAD_STUDENT_ENDPOINT", "https://127.0.0.1:9001"),
    ];

    fn read(more: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
        config::from_pairs(NEEDED.iter().chain(more).copied(), Config::read)
    }

    #[test]
    fn the_defaults_are_the_published_ones() {
        let config = read(&[]).unwrap();
        assert_eq!(config.sessions.access, Duration::from_secs(300));
        assert_eq!((config.passwords.memory_kib, config.passwords.passes, config.passwords.lanes), (19_456, 2, 1));
        assert_eq!((config.passwords.waiting, config.passwords.wait), (64, Duration::from_millis(1500)));
        assert_eq!(config.keys.dir, PathBuf::from("data/keys"));
        assert!(!config.allow_demo);
    }

    #[test]
    fn every_wrong_setting_is_named_at_once() {
        let wrong = [
            ("SIAKAD_ACCESS_TOKEN_LIFE", "2h"),
            ("SIAKAD_PASSWORD_MEMORY_KIB", "1"),
            ("SIAKAD_PASSWORD_THREADS", "0"),
            ("SIAKAD_KEY_LEAD", "60d"),
            ("SIAKAD_LOGIN_FIRST_DELAY", "soon"),
            ("SIAKAD_PEPPER", "salt"),
        ];
        let errors = read(&wrong).unwrap_err();
        for (name, _) in wrong {
            assert!(errors.lines().iter().any(|line| line.starts_with(name)), "{name} in {errors}");
        }
        // Keys must outlive the tokens that they signed.
        assert!(errors.lines().iter().any(|line| line.starts_with("SIAKAD_KEY_LINGER")), "{errors}");
        assert!(!errors.to_string().contains("salt"));
    }

    #[test]
    fn a_secret_is_never_printed() {
        let pepper = "p".repeat(40);
        let config = read(&[("SIAKAD_PEPPER", &pepper)]).unwrap();
        assert!(!format!("{config:?}").contains(&pepper));
    }
}
