//! The process as a whole: it starts from its settings, makes its secrets, and ends when asked.

use auth_svc::Config;
use chassis::clock::Clock;
use chassis::config::ServerConfig;
use chassis::db::{Db, DbConfig, Migrations};
use chassis::serve::Shutdown;
use chassis::testing::{Setup, TestEnv, TestPki, eventually};

/// Settings of a process that nothing was started of.
struct Settings {
    config: Config,
    older: DbConfig,
    _pki: TestPki,
}

impl Setup for Settings {
    async fn setup(env: &TestEnv) -> Self {
        let pki = TestPki::new();
        let mut server = ServerConfig::local(env.folder());
        server.pki_dir = pki.dir().to_owned();
        let nobody = "https://127.0.0.1:1".parse().unwrap();
        let mut config = Config::local(server, env.migrated(&auth_svc::MIGRATIONS).await, nobody);
        config.passwords.memory_kib = 64;
        let older = env.migrated(&Migrations::new("auth", &[])).await;
        Self { config, older, _pki: pki }
    }
}

fn serve(config: &Config, shutdown: &Shutdown) -> impl Future<Output = Result<(), String>> + use<> {
    let (config, shutdown) = (config.clone(), shutdown.clone());
    async move { auth_svc::serve(config, Clock::system(), shutdown).await.map_err(|error| error.to_string()) }
}

chassis::both_engines! {
    async fn it_starts_without_student_svc_and_ends_when_asked(settings: Settings) {
        let shutdown = Shutdown::new();
        let running = tokio::spawn(serve(&settings.config, &shutdown));
        let pepper = settings.config.keys.dir.join("pepper");
        eventually("the secrets are made", async || pepper.exists() || running.is_finished()).await;
        shutdown.trigger();
        running.await.unwrap().unwrap();
        // It has given its database back.
        Db::open(&settings.config.database, &auth_svc::MIGRATIONS).await.unwrap().close().await;
        // And starts again with the secrets that it made.
        let made = std::fs::read(&pepper).unwrap();
        shutdown_at_once(&settings.config).await.unwrap();
        assert_eq!(std::fs::read(&pepper).unwrap(), made);
    }

    async fn what_keeps_it_from_starting_is_said(settings: Settings) {
        let mut config = settings.config.clone();
        config.database = settings.older.clone();
        let error = shutdown_at_once(&config).await.unwrap_err();
        assert!(error.contains("0101"), "{error}");

        let mut config = settings.config.clone();
        config.server.pki_dir = config.server.data_dir.join("nothing");
        let error = shutdown_at_once(&config).await.unwrap_err();
        assert!(error.contains("ca.pem"), "{error}");

        let config = settings.config.clone();
        std::fs::create_dir_all(&config.keys.dir).unwrap();
        std::fs::write(config.keys.dir.join("pepper"), "short").unwrap();
        let error = shutdown_at_once(&config).await.unwrap_err();
        assert!(error.contains("pepper") && error.contains("32 bytes"), "{error}");
        assert!(!error.contains("short\""), "{error}");
    }
}

async fn shutdown_at_once(config: &Config) -> Result<(), String> {
    let shutdown = Shutdown::new();
    shutdown.trigger();
    serve(config, &shutdown).await
}
