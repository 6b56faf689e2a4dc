//! Typed settings from the environment and an optional TOML file; every wrong one is reported at once.
//!
//! A setting `listen` is read from `SIAKAD_LISTEN`, and where that is not set from the key `listen` of the TOML file
//! that `SIAKAD_CONFIG` names. A secret is read from `SIAKAD_X`, from the file that `SIAKAD_X_FILE` names, or from the
//! TOML key `x_file`; never from the TOML file itself, and it has no default. A TOML file belongs to one process: a key
//! that the process does not know is an error, so that a misspelt one is not ignored.
//!
//! ```
//! # use chassis::config;
//! # use std::time::Duration;
//! struct Config { listen: std::net::SocketAddr, patience: Duration }
//! let config = config::from_pairs([("SIAKAD_LISTEN", "127.0.0.1:0")], |read| {
//!     let listen = read.required("listen");
//!     let patience = read.or("patience", Duration::from_secs(5));
//!     Some(Config { listen: listen?, patience })   // after every setting was read
//! })?;
//! # Ok::<(), config::ConfigErrors>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{SecretString, zeroize::Zeroize};

mod server;
mod value;

pub use server::ServerConfig;
pub use value::Setting;

const PREFIX: &str = "SIAKAD_";
const FILE: &str = "SIAKAD_CONFIG";

/// Reads the settings of this process from its environment and from the TOML file that `SIAKAD_CONFIG` names.
///
/// `build` reads every setting and only then puts them together: `None` when one of them is missing.
///
/// # Errors
/// All wrong settings at once.
pub fn from_env<T>(build: impl FnOnce(&mut Reader) -> Option<T>) -> Result<T, ConfigErrors> {
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(PREFIX));
    let mut reader = Reader::default();
    for (name, value) in env {
        match value.into_string() {
            Ok(value) => drop(reader.env.insert(name, value)),
            Err(_) => reader.errors.push(format!("{name}: is not UTF-8")),
        }
    }
    reader.finish(build)
}

/// As [`from_env`], from the given pairs instead of the environment.
///
/// # Errors
/// All wrong settings at once.
pub fn from_pairs<T, N, V>(
    pairs: impl IntoIterator<Item = (N, V)>,
    build: impl FnOnce(&mut Reader) -> Option<T>,
) -> Result<T, ConfigErrors>
where
    N: Into<String>,
    V: Into<String>,
{
    let env = pairs.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
    Reader { env, ..Reader::default() }.finish(build)
}

/// Hands out settings one by one and remembers what is wrong with them.
#[derive(Default)]
pub struct Reader {
    env: BTreeMap<String, String>,
    file: BTreeMap<String, toml::Value>,
    read: BTreeSet<String>,
    errors: Vec<String>,
}

impl Reader {
    /// A setting that has no default. `None` when it is missing or wrong; that is reported at the end.
    pub fn required<T: Setting>(&mut self, name: &str) -> Option<T> {
        let found = self.find(name);
        if matches!(found, Found::Nothing) {
            self.errors.push(format!("{}: is not set; expected {}", env_name(name), T::EXPECTED));
        }
        self.parse(name, found)
    }

    /// A setting that may be left out.
    pub fn optional<T: Setting>(&mut self, name: &str) -> Option<T> {
        let found = self.find(name);
        self.parse(name, found)
    }

    /// A setting with a default. A wrong value is reported at the end; until then it reads as the default.
    pub fn or<T: Setting>(&mut self, name: &str, default: T) -> T {
        self.optional(name).unwrap_or(default)
    }

    /// A secret that has no default: `SIAKAD_X`, or the content of the file that `SIAKAD_X_FILE` names, without a line
    /// break at its end. Its value is never printed.
    pub fn secret(&mut self, name: &str) -> Option<SecretString> {
        let found = self.optional_secret(name);
        if found.is_none() && !self.errors.iter().any(|e| e.starts_with(&env_name(name))) {
            let name = env_name(name);
            self.errors.push(format!("{name}: is not set; give the secret, or a file with {name}_FILE"));
        }
        found
    }

    /// As [`Reader::secret`], for a secret that may be left out.
    pub fn optional_secret(&mut self, name: &str) -> Option<SecretString> {
        let file: Option<PathBuf> = self.optional(&format!("{name}_file"));
        if self.file.contains_key(name) {
            self.read.insert(name.to_owned());
            let place = env_name(name);
            self.errors.push(format!("{place}: a secret does not belong into the configuration file; use {name}_file"));
        }
        let given = self.env.get(&env_name(name)).cloned();
        let mut text = match (given, file) {
            (Some(_), Some(_)) => {
                let name = env_name(name);
                self.errors.push(format!("{name}: is set, and {name}_FILE too; give one of them"));
                return None;
            }
            (Some(text), None) => text,
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) => {
                    let name = env_name(name);
                    self.errors.push(format!("{name}_FILE: cannot read {}: {error}", path.display()));
                    return None;
                }
            },
            (None, None) => return None,
        };
        let secret = SecretString::from(text.trim_end_matches(['\r', '\n']));
        text.zeroize();
        Some(secret)
    }

    /// A number with a default, at least 1: a limit, not a way to switch something off.
    pub fn at_least_one(&mut self, name: &str, default: usize) -> usize {
        let value = self.or(name, default);
        if value == 0 {
            self.wrong(name, "must be at least 1");
        }
        value
    }

    /// A duration with a default, longer than nothing.
    pub fn positive(&mut self, name: &str, default: Duration) -> Duration {
        let value = self.or(name, default);
        if value.is_zero() {
            self.wrong(name, "must be longer than nothing");
        }
        value
    }

    /// Reports a setting that is well formed but does not fit; `name` as in [`Reader::required`].
    pub fn wrong(&mut self, name: &str, why: impl fmt::Display) {
        self.errors.push(format!("{}: {why}", env_name(name)));
    }

    fn find(&mut self, name: &str) -> Found {
        self.read.insert(name.to_owned());
        if let Some(text) = self.env.get(&env_name(name)) {
            return Found::Text(text.clone());
        }
        match self.file.get(name) {
            None => Found::Nothing,
            Some(toml::Value::String(text)) => Found::Text(text.clone()),
            Some(toml::Value::Integer(number)) => Found::Text(number.to_string()),
            Some(toml::Value::Boolean(yes)) => Found::Text(yes.to_string()),
            Some(other) => Found::Odd(other.type_str()),
        }
    }

    fn parse<T: Setting>(&mut self, name: &str, found: Found) -> Option<T> {
        let got = match found {
            Found::Nothing => return None,
            Found::Odd(kind) => format!("a TOML {kind}"),
            Found::Text(text) => match T::parse(&text) {
                Some(value) => return Some(value),
                None => format!("{text:?}"),
            },
        };
        self.errors.push(format!("{}: expected {}, got {got}", env_name(name), T::EXPECTED));
        None
    }

    fn finish<T>(mut self, build: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, ConfigErrors> {
        if let Some(path) = self.env.get(FILE).cloned() {
            match std::fs::read_to_string(&path).map(|text| text.parse::<toml::Table>()) {
                Ok(Ok(table)) => self.file = table.into_iter().collect(),
                Ok(Err(error)) => self.errors.push(format!("{FILE}: {path}: {}", error.message())),
                Err(error) => self.errors.push(format!("{FILE}: cannot read {path}: {error}")),
            }
        }
        let built = build(&mut self);
        for key in self.file.keys().filter(|key| !self.read.contains(*key)) {
            self.errors.push(format!("{FILE}: no setting is called {key:?}"));
        }
        match built {
            Some(built) if self.errors.is_empty() => Ok(built),
            _ => Err(ConfigErrors(self.errors)),
        }
    }
}

enum Found {
    Nothing,
    Text(String),
    Odd(&'static str),
}

fn env_name(name: &str) -> String {
    format!("{PREFIX}{}", name.to_ascii_uppercase())
}

/// Every setting that is wrong, one line each. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(Vec<String>);

impl ConfigErrors {
    /// The lines, in the order in which the settings were read.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wrong settings:")?;
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for ConfigErrors {}
