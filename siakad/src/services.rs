//! The services of the house, by name.

use clap::ValueEnum;

/// A server process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Service {
    /// Accounts, sessions, tokens.
    Auth,
    /// Students, lecturers, structure.
    Student,
    /// Courses, classes, study plans.
    Course,
    /// Grades, results, transcripts.
    Grade,
    /// The REST API.
    Gateway,
    /// The pages.
    Web,
}

impl Service {
    /// All, in the order in which they start.
    pub(crate) const ALL: [Self; 6] = [Self::Auth, Self::Student, Self::Course, Self::Grade, Self::Gateway, Self::Web];
    /// Those with a database.
    pub(crate) const WITH_DATABASE: [Self; 4] = [Self::Auth, Self::Student, Self::Course, Self::Grade];

    /// The word after `siakad serve`, in file names and in certificates.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Student => "student",
            Self::Course => "course",
            Self::Grade => "grade",
            Self::Gateway => "gateway",
            Self::Web => "web",
        }
    }
}
