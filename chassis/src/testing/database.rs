//! A database of its own for every test.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

use super::{Cluster, Rng, seed::process_seed};
use crate::db::{self, Db, DbConfig, Engine, Migrations};

/// What a test of [`both_engines!`](crate::both_engines) takes: built anew for every test on every engine.
pub trait Setup: Sized + Send {
    /// Builds it, with databases from `env`.
    fn setup(env: &TestEnv) -> impl Future<Output = Self> + Send;
}

/// The surroundings of one test.
#[derive(Debug)]
pub struct TestEnv {
    engine: Engine,
    seed: u64,
    folder: PathBuf,
    databases: Mutex<Vec<DbConfig>>,
}

/// A migrated, empty database.
#[derive(Debug, Clone)]
pub struct TestDb {
    /// The open database.
    pub db: Db,
    /// How to open it again: a second handle on PostgreSQL is a second replica.
    pub config: DbConfig,
    /// The seed of this test.
    pub seed: u64,
}

/// With the chassis' own tables alone.
impl Setup for TestDb {
    async fn setup(env: &TestEnv) -> Self {
        env.database(&Migrations::new("chassis", &[])).await
    }
}

impl TestEnv {
    /// Which engine this run of the test is on.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The seed of this test.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A generator of this test.
    pub fn rng(&self) -> Rng {
        Rng::new(self.seed)
    }

    /// A folder of this test alone, removed after it.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// A fresh database with this schema, open.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn database(&self, migrations: &Migrations) -> TestDb {
        let config = self.migrated(migrations).await;
        let db = Db::open(&config, migrations).await.expect("the test database opens");
        TestDb { db, config, seed: self.seed }
    }

    /// A fresh database with this schema, not opened: for a process that opens it by itself.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn migrated(&self, migrations: &Migrations) -> DbConfig {
        let config = match self.engine {
            Engine::Sqlite => {
                let name = format!("{}-{}.db", migrations.service(), uuid::Uuid::now_v7().simple());
                let config = DbConfig::sqlite(self.folder.join(name));
                db::migrate(&config, migrations).await.expect("the migrations apply");
                config
            }
            Engine::Postgres => small(clone_template(migrations).await),
        };
        self.databases.lock().unwrap_or_else(PoisonError::into_inner).push(config.clone());
        config
    }

    /// A fresh, empty database without any table.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn empty(&self) -> DbConfig {
        let config = match self.engine {
            Engine::Sqlite => DbConfig::sqlite(self.folder.join(format!("{}.db", uuid::Uuid::now_v7().simple()))),
            Engine::Postgres => {
                let config = small(server().with_database(&format!("siakad_test_{}", uuid::Uuid::now_v7().simple())));
                db::create_database(&config).await.expect("a database can be made");
                config
            }
        };
        self.databases.lock().unwrap_or_else(PoisonError::into_inner).push(config.clone());
        config
    }

    async fn remove(self) {
        if self.engine == Engine::Postgres {
            let databases = self.databases.into_inner().unwrap_or_else(PoisonError::into_inner);
            if let Ok(mut connection) = connect(&server().with_database("postgres")).await {
                for config in databases {
                    let name = database_name(&config);
                    let text = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
                    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await.ok();
                }
                connection.close().await.ok();
            }
        }
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// Runs one test on one engine. Called by [`both_engines!`](crate::both_engines).
///
/// # Panics
/// When the test does.
#[doc(hidden)]
#[expect(clippy::print_stdout, reason = "the seed is shown with the output of a test that fails")]
pub fn run<S: Setup, F: Future<Output = ()>>(engine: Engine, name: &str, test: impl FnOnce(S) -> F) {
    // Each test has its own numbers, and the same ones on both engines.
    let seed = process_seed();
    let digest = Sha256::digest(name.as_bytes());
    let own = digest.iter().take(8).fold(seed, |number, byte| number.rotate_left(8) ^ u64::from(*byte));
    println!("SIAKAD_TEST_SEED={seed} replays the random choices of {name} on {}", engine.word());
    let folder = std::env::temp_dir().join(format!("siakad-test-{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime for the test");
    let env = TestEnv { engine, seed: own, folder, databases: Mutex::default() };
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime.block_on(async {
            let app = S::setup(&env).await;
            test(app).await;
        });
    }));
    runtime.block_on(env.remove());
    runtime.shutdown_timeout(Duration::from_secs(1));
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

/// One test per engine for each function: `name::sqlite` and `name::postgres`, each with what it takes built for it alone.
///
/// ```ignore
/// chassis::both_engines! {
///     async fn the_last_seat_goes_to_one_student(app: TestApp) { .. }
/// }
/// ```
#[macro_export]
macro_rules! both_engines {
    ($(async fn $name:ident($app:ident : $setup:ty $(,)?) $body:block)+) => {
        $(
            async fn $name($app: $setup) $body

            mod $name {
                #[test]
                fn sqlite() {
                    $crate::testing::run($crate::db::Engine::Sqlite, stringify!($name), super::$name);
                }

                #[test]
                fn postgres() {
                    $crate::testing::run($crate::db::Engine::Postgres, stringify!($name), super::$name);
                }
            }
        )+
    };
}

/// Many tests run side by side on one server: few connections each.
fn small(mut config: DbConfig) -> DbConfig {
    config.max_connections = 8;
    config
}

fn server() -> DbConfig {
    Cluster::shared().url().parse().expect("SIAKAD_TEST_POSTGRES must be a postgres:// address")
}

fn database_name(config: &DbConfig) -> String {
    config.to_string().rsplit('/').next().unwrap_or_default().to_owned()
}

async fn connect(config: &DbConfig) -> Result<PgConnection, sqlx::Error> {
    config.postgres_connection().await
}

/// A copy of the template of this schema, which the first test that wants it makes.
async fn clone_template(migrations: &Migrations) -> DbConfig {
    type Made = HashMap<String, &'static OnceCell<()>>;
    static MADE: Mutex<Option<Made>> = Mutex::new(None);

    let fingerprint = migrations.fingerprint(Engine::Postgres);
    let template = format!("siakad_template_{}_{fingerprint}", migrations.service());
    let once: &'static OnceCell<()> = {
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        made.get_or_insert_default().entry(template.clone()).or_insert_with(|| Box::leak(Box::default()))
    };
    once.get_or_init(|| make_template(migrations, &template)).await;

    let name = format!("siakad_test_{}", uuid::Uuid::now_v7().simple());
    let mut connection = connect(&server().with_database("postgres")).await.expect("PostgreSQL answers");
    let text = format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"");
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await.expect("a copy of the template");
    connection.close().await.ok();
    let config = server().with_database(&name);
    // Two copies of a database are two feeds.
    new_epoch(&config).await;
    config
}

async fn new_epoch(config: &DbConfig) {
    let mut connection = connect(config).await.expect("the copy answers");
    sqlx::query("UPDATE feed_head SET epoch = $1")
        .bind(crate::id::new())
        .execute(&mut connection)
        .await
        .expect("an epoch");
    connection.close().await.ok();
}

/// Makes the template when no process has done so yet: filled under another name, then renamed, under a lock of the server.
async fn make_template(migrations: &Migrations, template: &str) {
    let mut connection = connect(&server().with_database("postgres")).await.expect("PostgreSQL answers");
    sqlx::query("SELECT pg_advisory_lock(hashtextextended($1, 0))")
        .bind(template)
        .execute(&mut connection)
        .await
        .expect("the template's lock");
    let (exists,): (bool,) = sqlx::query_as("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(template)
        .fetch_one(&mut connection)
        .await
        .expect("the list of databases");
    if !exists {
        let unfinished = server().with_database(&format!("siakad_making_{}", uuid::Uuid::now_v7().simple()));
        db::create_database(&unfinished).await.expect("a database can be made");
        db::migrate(&small(unfinished.clone()), migrations).await.expect("the migrations apply");
        let text = format!("ALTER DATABASE \"{}\" RENAME TO \"{template}\"", database_name(&unfinished));
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await.expect("the template gets its name");
    }
    connection.close().await.ok();
}
