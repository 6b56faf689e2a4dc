//! Settings of this service. Every limit has a name here.

use std::time::Duration;

use chassis::client::Endpoints;
use chassis::config::{self, ConfigErrors, Reader, ServerConfig};
use chassis::db::DbConfig;

/// What this service is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens, logs and keeps its files.
    pub server: ServerConfig,
    /// `database_url`.
    pub database: DbConfig,
    /// `auth_endpoint`: auth-svc, whose tokens are trusted.
    pub auth_endpoint: Endpoints,
    /// `exit_kinds`: codes of PDDikti's `id_jenis_keluar`, with commas between. Default: those of 2024, `0` to `6`. A
    /// setting, because codes change with patches of the feeder.
    pub exit_kinds: Vec<String>,
    /// Bounds of the bulk import.
    pub import: ImportConfig,
}

/// Bounds of the bulk import.
#[derive(Debug, Clone, Copy)]
pub struct ImportConfig {
    /// `import_faults`: wrong rows that are reported one by one; the rest is counted. Default 1000.
    pub faults: usize,
    /// `import_silence`: how long the importing client may be silent, or not read. Default 10 min, since it waits for
    /// other services between the verdict and the application.
    pub silence: Duration,
    /// `import_stale`: staged rows that were not touched for so long are what a process that ended left behind. Default
    /// 2 h; must be longer than `import_silence`.
    pub stale: Duration,
    /// `imports_at_a_time`. Default 2.
    pub at_a_time: usize,
}

impl Default for ImportConfig {
    fn default() -> Self {
        Self { faults: 1000, silence: Duration::from_secs(600), stale: Duration::from_secs(2 * 3600), at_a_time: 2 }
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
        let auth_endpoint = read.required("auth_endpoint");
        let exit_kinds = exit_kinds(read);
        let import = ImportConfig::read(read);
        Some(Self { server: server?, database: database?, auth_endpoint: auth_endpoint?, exit_kinds, import })
    }

    /// For tests and tools: everything at its default, on loopback, files below `server.data_dir`.
    #[must_use]
    pub fn local(server: ServerConfig, database: DbConfig, auth_endpoint: Endpoints) -> Self {
        let import = ImportConfig::default();
        Self { server, database, auth_endpoint, exit_kinds: default_exit_kinds(), import }
    }
}

impl ImportConfig {
    fn read(read: &mut Reader) -> Self {
        let default = Self::default();
        let import = Self {
            faults: read.or("import_faults", default.faults),
            silence: read.or("import_silence", default.silence),
            stale: read.or("import_stale", default.stale),
            at_a_time: read.or("imports_at_a_time", default.at_a_time),
        };
        if !(1..=100_000).contains(&import.faults) {
            read.wrong("import_faults", "must be from 1 to 100000: that many are kept in memory");
        }
        if import.silence.is_zero() {
            read.wrong("import_silence", "must be longer than nothing");
        }
        if import.stale <= import.silence {
            read.wrong("import_stale", "must be longer than import_silence");
        }
        if import.at_a_time == 0 {
            read.wrong("imports_at_a_time", "must be at least 1");
        }
        import
    }
}

fn default_exit_kinds() -> Vec<String> {
    (0..=6).map(|code: u8| code.to_string()).collect()
}

fn exit_kinds(read: &mut Reader) -> Vec<String> {
    let Some(text) = read.optional::<String>("exit_kinds") else { return default_exit_kinds() };
    let codes: Vec<String> = text.split(',').map(|code| code.trim().to_owned()).collect();
    if codes.iter().any(|code| !(1..=2).contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_alphanumeric())) {
        read.wrong("exit_kinds", "must be codes of one or two letters or digits, with commas between");
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: [(&str, &str); 3] = [
        ("SIAKAD_LISTEN", "127.0.0.1:0"),
        ("SIAKAD_DATABASE_URL", "sqlite:student.db"),
        ("SIAKAD_AUTH_ENDPOINT", "https://127.0.0.1:9001"),
    ];

    #[test]
    fn what_is_not_set_has_a_default() {
        let config = config::from_pairs(NEEDED, Config::read).unwrap();
        assert_eq!(config.exit_kinds, ["0", "1", "2", "3", "4", "5", "6"]);
        assert_eq!(config.import.faults, 1000);
    }

    #[test]
    fn every_wrong_setting_is_named_at_once() {
        let wrong = [
            ("SIAKAD_IMPORT_FAULTS", "0"),
            ("SIAKAD_IMPORT_STALE", "10m"),
            ("SIAKAD_EXIT_KINDS", "1,,lulus"),
            ("SIAKAD_IMPORTS_AT_A_TIME", "0"),
        ];
        let errors = config::from_pairs(wrong, Config::read).unwrap_err();
        let lines = errors.lines().join("\n");
        for name in ["LISTEN", "DATABASE_URL", "AUTH_ENDPOINT"] {
            assert!(lines.contains(&format!("SIAKAD_{name}")), "{name} in {lines}");
        }
        for (name, _) in wrong {
            assert!(lines.contains(name), "{name} in {lines}");
        }
    }
}
