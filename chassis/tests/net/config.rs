//! Settings.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chassis::config::{ServerConfig, from_pairs};
use chassis::logs::LogFormat;
use secrecy::ExposeSecret;

/// A file that is removed with its name.
struct File(PathBuf);

impl File {
    fn with(text: &str) -> Self {
        let name = format!("siakad-config-{}.toml", chassis::telemetry::RequestId::default());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

#[test]
fn every_wrong_setting_is_reported_at_once() {
    let pairs = [
        ("SIAKAD_METRICS_LISTEN", "localhost"),
        ("SIAKAD_LOG", "info,=,"),
        ("SIAKAD_LOG_FORMAT", "xml"),
        ("SIAKAD_DRAIN_WAIT", "20"),
        ("SIAKAD_MAX_CONNECTIONS", "0"),
        ("SIAKAD_HEADER_TIMEOUT", "0s"),
    ];
    let errors = from_pairs(pairs, ServerConfig::read).unwrap_err();
    let lines = errors.lines().join("\n");
    for name in ["LISTEN", "METRICS_LISTEN", "LOG", "LOG_FORMAT", "DRAIN_WAIT", "MAX_CONNECTIONS", "HEADER_TIMEOUT"] {
        assert_eq!(lines.matches(&format!("SIAKAD_{name}: ")).count(), 1, "{name} in\n{lines}");
    }
    assert_eq!(errors.lines().len(), 7, "{lines}");
    assert!(errors.to_string().contains("got \"localhost\""), "{errors}");
}

#[test]
fn what_is_not_set_has_its_default() {
    let config = from_pairs([("SIAKAD_LISTEN", "127.0.0.1:0")], ServerConfig::read).unwrap();
    assert_eq!(config.listen, SocketAddr::from(([127, 0, 0, 1], 0)));
    assert_eq!(config.metrics_listen, None);
    assert_eq!(config.pki_dir, PathBuf::from("data/pki"));
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.drain.linger, Duration::from_secs(5));
    assert_eq!(config.drain.wait, Duration::from_secs(20));
    assert_eq!(config.limits.max_message_bytes, 1024 * 1024);
}

#[test]
fn the_environment_goes_before_the_file() {
    let file = File::with("listen = \"127.0.0.1:1\"\nmax_reads = 7\ndrain_wait = \"250ms\"\n");
    let pairs = [("SIAKAD_CONFIG", file.path()), ("SIAKAD_LISTEN", "127.0.0.1:2".into())];
    let config = from_pairs(pairs, ServerConfig::read).unwrap();
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.limits.max_reads, 7);
    assert_eq!(config.drain.wait, Duration::from_millis(250));
}

#[test]
fn a_key_that_nobody_reads_is_an_error() {
    let file = File::with("listen = \"127.0.0.1:1\"\nmax_raeds = 7\n[limits]\nx = 1\n");
    let errors = from_pairs([("SIAKAD_CONFIG", file.path())], ServerConfig::read).unwrap_err();
    let lines = errors.lines().join("\n");
    assert!(lines.contains("\"max_raeds\"") && lines.contains("\"limits\""), "{lines}");
    assert_eq!(errors.lines().len(), 2, "{lines}");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_among_the_others() {
    let pairs = [("SIAKAD_CONFIG", "/nonexistent/siakad.toml")];
    let errors = from_pairs(pairs, ServerConfig::read).unwrap_err();
    assert!(errors.lines()[0].starts_with("SIAKAD_CONFIG: cannot read"), "{errors}");
    assert!(errors.to_string().contains("SIAKAD_LISTEN: is not set"), "{errors}");
    let file = File::with("listen = ");
    let errors = from_pairs([("SIAKAD_CONFIG", file.path())], ServerConfig::read).unwrap_err();
    assert!(errors.lines()[0].starts_with("SIAKAD_CONFIG: "), "{errors}");
}

#[test]
fn a_secret_comes_from_a_file_or_the_environment_and_is_never_printed() {
    let file = File::with("swordfish\n");
    for pairs in [("SIAKAD_PEPPER", "swordfish".to_owned()), ("SIAKAD_PEPPER_FILE", file.path())] {
        let secret = from_pairs([pairs], |read| read.secret("pepper")).unwrap();
        assert_eq!(secret.expose_secret(), "swordfish");
        assert!(!format!("{secret:?}").contains("swordfish"));
    }
    let both = [("SIAKAD_PEPPER", "swordfish".to_owned()), ("SIAKAD_PEPPER_FILE", file.path())];
    let errors = from_pairs(both, |read| read.secret("pepper")).unwrap_err();
    assert!(errors.lines().len() == 1 && !errors.to_string().contains("swordfish"), "{errors}");
}

#[test]
fn a_secret_has_no_default_and_no_place_in_the_configuration_file() {
    let none: [(&str, &str); 0] = [];
    let errors = from_pairs(none, |read| read.secret("pepper")).unwrap_err();
    assert_eq!(errors.lines().len(), 1, "{errors}");
    let file = File::with("pepper = \"swordfish\"\n");
    let errors = from_pairs([("SIAKAD_CONFIG", file.path())], |read| read.secret("pepper")).unwrap_err();
    assert!(errors.to_string().contains("does not belong"), "{errors}");
    assert!(!errors.to_string().contains("swordfish"), "{errors}");
    let missing = [("SIAKAD_PEPPER_FILE", "/nonexistent/pepper")];
    let errors = from_pairs(missing, |read| read.secret("pepper")).unwrap_err();
    assert!(errors.lines().len() == 1 && errors.to_string().contains("cannot read"), "{errors}");
}

#[test]
fn durations_need_a_unit() {
    let cases = [
        ("250ms", Some(250)),
        ("5s", Some(5_000)),
        (" 2m ", Some(120_000)),
        ("1h", Some(3_600_000)),
        ("1d", Some(86_400_000)),
        ("5", None),
        ("", None),
        ("-5s", None),
        ("5x", None),
        ("s", None),
        ("99999999999999999999s", None),
        ("18446744073709551615d", None),
    ];
    for (text, want) in cases {
        let got = from_pairs([("SIAKAD_X", text)], |read| read.required::<Duration>("x"));
        assert_eq!(got.ok(), want.map(Duration::from_millis), "{text:?}");
    }
}

#[test]
fn an_address_of_a_service_has_a_scheme_and_a_host() {
    for (text, good) in
        [("https://127.0.0.1:9001", true), ("127.0.0.1:9001", false), ("ftp://x", false), ("https:///x", false)]
    {
        let got = from_pairs([("SIAKAD_X", text)], |read| read.required::<http::Uri>("x"));
        assert_eq!(got.is_ok(), good, "{text:?}");
    }
}

#[test]
fn the_password_of_a_database_is_never_printed() {
    use chassis::db::DbConfig;
    let good = "postgres://siakad:swordfish@localhost/course";
    let config = from_pairs([("SIAKAD_DATABASE_URL", good)], DbConfig::read).unwrap();
    assert!(!format!("{config:?}").contains("swordfish"));
    for wrong in ["postgrez://siakad:swordfish@localhost/course", "postgres://siakad:swordfish@localhost:x/course"] {
        let errors = from_pairs([("SIAKAD_DATABASE_URL", wrong)], DbConfig::read).unwrap_err();
        assert!(errors.to_string().contains("SIAKAD_DATABASE_URL: "), "{errors}");
        assert!(!format!("{errors} {errors:?}").contains("swordfish"), "{errors}");
    }
}
