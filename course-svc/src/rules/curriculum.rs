//! Curricula: what a study programme asks for in all.

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
