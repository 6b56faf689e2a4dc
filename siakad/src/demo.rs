//! The demo campus, inside the binary so that an installed one works without the source tree.

use serde::Deserialize;

use crate::import::files::{FILES, File};

/// Name and content of the embedded files.
const EMBEDDED: &[(&str, &str)] = &[
    ("faculties.csv", include_str!("../../demo/faculties.csv")),
    ("programmes.csv", include_str!("../../demo/programmes.csv")),
    ("lecturers.csv", include_str!("../../demo/lecturers.csv")),
    ("students.csv", include_str!("../../demo/students.csv")),
    ("statuses.csv", include_str!("../../demo/statuses.csv")),
    ("holds.csv", include_str!("../../demo/holds.csv")),
    ("courses.csv", include_str!("../../demo/courses.csv")),
    ("curricula.csv", include_str!("../../demo/curricula.csv")),
    ("curriculum_courses.csv", include_str!("../../demo/curriculum_courses.csv")),
    ("prerequisites.csv", include_str!("../../demo/prerequisites.csv")),
    ("equivalents.csv", include_str!("../../demo/equivalents.csv")),
    ("rooms.csv", include_str!("../../demo/rooms.csv")),
    ("periods.csv", include_str!("../../demo/periods.csv")),
    ("windows.csv", include_str!("../../demo/windows.csv")),
    ("classes.csv", include_str!("../../demo/classes.csv")),
    ("meetings.csv", include_str!("../../demo/meetings.csv")),
    ("plans.csv", include_str!("../../demo/plans.csv")),
    ("scales.csv", include_str!("../../demo/scales.csv")),
    ("scale_steps.csv", include_str!("../../demo/scale_steps.csv")),
    ("components.csv", include_str!("../../demo/components.csv")),
    ("scores.csv", include_str!("../../demo/scores.csv")),
    ("grades.csv", include_str!("../../demo/grades.csv")),
];

/// An account that the demo makes and prints. Its password is public, so it exists on loopback only.
#[derive(Debug, Deserialize)]
pub(crate) struct DemoAccount {
    /// User name.
    pub(crate) user_name: String,
    /// Name of the person.
    pub(crate) name: String,
    /// Password.
    pub(crate) password: String,
    /// `student` and `lecturer` come with the account; the others are given.
    pub(crate) role: String,
    /// Code of the study programme that the role is limited to; empty for none.
    pub(crate) scope: String,
    /// What it is good for.
    pub(crate) about: String,
}

/// The files of the demo campus, as an import reads them.
pub(crate) fn files() -> impl Iterator<Item = (&'static File, &'static [u8])> {
    FILES.iter().filter_map(|file| {
        let (_, text) = EMBEDDED.iter().find(|(name, _)| *name == file.name)?;
        Some((file, text.as_bytes()))
    })
}

/// The accounts of the demo campus.
///
/// # Errors
/// The embedded file is broken; a test keeps that from being shipped.
pub(crate) fn accounts() -> Result<Vec<DemoAccount>, toml::de::Error> {
    #[derive(Deserialize)]
    struct Accounts {
        account: Vec<DemoAccount>,
    }
    toml::from_str::<Accounts>(include_str!("../../demo/accounts.toml")).map(|accounts| accounts.account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::moment::{Today, Zone};
    use crate::import::read;

    #[test]
    fn the_embedded_campus_is_complete_and_in_shape() {
        let today = Today::at("2026-08-15T00:00:00Z".parse().expect("a moment"), Zone::Wib);
        let lines = read::contents(files(), &today).expect("every row in shape");
        for file in FILES {
            assert!(lines.iter().any(|line| line.file == file.name), "{} is empty or not embedded", file.name);
        }
    }

    #[test]
    fn every_kind_of_user_has_an_account() {
        let accounts = accounts().expect("readable");
        for role in ["student", "lecturer", "programme_admin", "registrar", "system_admin"] {
            assert!(accounts.iter().any(|account| account.role == role), "no {role}");
        }
    }
}
