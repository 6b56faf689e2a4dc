//! Curricula: what a study programme asks for in all, and how a course counts in one.

use serde::{Deserialize, Serialize};

/// How a course counts in a curriculum (PDDikti `id_jenis_mata_kuliah`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequirementKind {
    /// A, wajib.
    Compulsory,
    /// B, pilihan.
    Elective,
    /// National compulsory course (MKWU).
    National,
    /// S, tugas akhir.
    Thesis,
}

impl RequirementKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Compulsory, Self::Elective, Self::National, Self::Thesis];

    /// The word for it in the database and in import files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Compulsory => "compulsory",
            Self::Elective => "elective",
            Self::National => "national",
            Self::Thesis => "thesis",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// SKS to graduate with at most.
pub const CREDITS: u32 = 500;

/// Semesters that a curriculum may place a course in.
pub const SEMESTERS: u32 = 14;

/// Whether compulsory and elective SKS fit into those that are required. They need not make them up: the rest is free.
pub fn parts_fit(required: u32, compulsory: u32, elective: u32) -> bool {
    compulsory.checked_add(elective).is_some_and(|parts| parts <= required)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_no_more_than_the_whole() {
        for (parts, fit) in [((129, 15), true), ((100, 15), true), ((129, 16), false), ((u32::MAX, 1), false)] {
            assert_eq!(parts_fit(144, parts.0, parts.1), fit, "{parts:?}");
        }
    }
}
