//! Settings of this service.

use std::time::Duration;

use chassis::client::Endpoints;
use chassis::config::{self, ConfigErrors, Reader, ServerConfig};
use chassis::db::DbConfig;

use crate::rules::sheet::{Component, MAX_NAME, check_components};

/// What this service is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens, logs and keeps its files.
    pub server: ServerConfig,
    /// `database_url`.
    pub database: DbConfig,
    /// `auth_endpoint`: auth-svc, whose keys and ended sessions are followed.
    pub auth_endpoint: Endpoints,
    /// `student_endpoint`: student-svc, whose faculties, programmes, lecturers and students are followed.
    pub student_endpoint: Endpoints,
    /// `course_endpoint`: course-svc, whose courses, periods, classes, plans and equivalents are followed.
    pub course_endpoint: Endpoints,
    /// `publish_login_age`: grades are published only within this time after the lecturer's login. Default 30 min.
    pub publish_login_age: Duration,
    /// `grade_components`: what a class is graded by until its lecturers say otherwise, as `<name>:<percent>` with commas between.
    /// Default `Tugas:20,Kuis:10,UTS:30,UAS:40`.
    pub components: Vec<DefaultComponent>,
    /// `import_rows`: rows of one import at most. Default 5000000.
    pub import_rows: u32,
}

/// A component that every new class gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultComponent {
    /// Name.
    pub name: String,
    /// Percent.
    pub weight: u32,
}

/// How long after a login grades may be published, by default.
const PUBLISH_LOGIN_AGE: Duration = Duration::from_secs(30 * 60);
/// Components of a new class, by default.
const COMPONENTS: &str = "Tugas:20,Kuis:10,UTS:30,UAS:40";
/// Rows of one import at most, by default: a campus of 40,000 students with ten years of grades.
const IMPORT_ROWS: u32 = 5_000_000;

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
        let student_endpoint = read.required("student_endpoint");
        let course_endpoint = read.required("course_endpoint");
        let publish_login_age: Duration = read.or("publish_login_age", PUBLISH_LOGIN_AGE);
        if publish_login_age.is_zero() {
            read.wrong("publish_login_age", "wanted more than nothing");
        }
        let components: String = read.or("grade_components", COMPONENTS.to_owned());
        let components = parse(&components);
        if components.is_none() {
            read.wrong("grade_components", "wanted pairs such as UTS:40,UAS:60 that make 100");
        }
        let import_rows = read.or("import_rows", IMPORT_ROWS);
        Some(Self {
            server: server?,
            database: database?,
            auth_endpoint: auth_endpoint?,
            student_endpoint: student_endpoint?,
            course_endpoint: course_endpoint?,
            publish_login_age,
            components: components?,
            import_rows,
        })
    }

    /// For tests and tools: everything at its default, all other services at one address.
    #[must_use]
    pub fn local(server: ServerConfig, database: DbConfig, others: Endpoints) -> Self {
        Self {
            server,
            database,
            auth_endpoint: others.clone(),
            student_endpoint: others.clone(),
            course_endpoint: others,
            publish_login_age: PUBLISH_LOGIN_AGE,
            components: parse(COMPONENTS).unwrap_or_default(),
            import_rows: IMPORT_ROWS,
        }
    }
}

/// Components as the setting writes them; `None` when a lecturer could not set them either.
fn parse(text: &str) -> Option<Vec<DefaultComponent>> {
    let one = |pair: &str| {
        let (name, weight) = pair.split_once(':')?;
        let (name, weight) = (name.trim().to_owned(), weight.trim().parse().ok()?);
        let fits = (1..=MAX_NAME).contains(&name.chars().count()) && (1..=100).contains(&weight);
        fits.then_some(DefaultComponent { name, weight })
    };
    let found: Vec<_> = text.split(',').map(one).collect::<Option<_>>()?;
    let as_component = |one: &DefaultComponent| {
        let DefaultComponent { name, weight } = one.clone();
        Component { id: String::new(), name, weight }
    };
    let components: Vec<_> = found.iter().map(as_component).collect();
    check_components(&[], &std::collections::HashSet::new(), &components).is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: [(&str, &str); 5] = [
        ("SIAKAD_LISTEN", "127.0.0.1:0"),
        ("SIAKAD_DATABASE_URL", "sqlite:grade.db"),
        ("SIAKAD_AUTH_ENDPOINT", "https://127.0.0.1:1"),
        ("SIAKAD_STUDENT_ENDPOINT", "https://127.0.0.1:2"),
        ("SIAKAD_COURSE_ENDPOINT", "https://127.0.0.1:3"),
    ];

    #[test]
    fn what_is_not_said_has_a_default() {
        let config = config::from_pairs(NEEDED, Config::read).unwrap();
        assert_eq!(config.publish_login_age, Duration::from_secs(1800));
        let names: Vec<_> = config.components.iter().map(|one| (one.name.as_str(), one.weight)).collect();
        assert_eq!(names, [("Tugas", 20), ("Kuis", 10), ("UTS", 30), ("UAS", 40)]);
    }

    #[test]
    fn other_components_and_another_age_of_a_login_are_settings() {
        let settings =
            [("SIAKAD_GRADE_COMPONENTS", "Ujian Tengah:40, Ujian Akhir:60"), ("SIAKAD_PUBLISH_LOGIN_AGE", "10m")];
        let pairs = NEEDED.into_iter().chain(settings);
        let config = config::from_pairs(pairs, Config::read).unwrap();
        let names: Vec<_> = config.components.iter().map(|one| (one.name.as_str(), one.weight)).collect();
        assert_eq!(names, [("Ujian Tengah", 40), ("Ujian Akhir", 60)]);
        assert_eq!(config.publish_login_age, Duration::from_secs(600));
    }

    #[test]
    fn every_wrong_setting_is_named() {
        for components in ["UTS", "UTS:40", "UTS:x,UAS:60", "UTS:50,UTS:50", ":100", "UTS:0,UAS:100"] {
            let pairs = [("SIAKAD_GRADE_COMPONENTS", components), ("SIAKAD_PUBLISH_LOGIN_AGE", "0s")];
            let errors = config::from_pairs(pairs, Config::read).unwrap_err().to_string();
            for name in ["LISTEN", "DATABASE_URL", "COURSE_ENDPOINT", "GRADE_COMPONENTS", "PUBLISH_LOGIN_AGE"] {
                assert!(errors.contains(&format!("SIAKAD_{name}")), "{name} in {errors}");
            }
        }
    }
}
