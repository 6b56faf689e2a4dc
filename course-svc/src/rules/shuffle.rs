//! A shuffle that anybody can repeat: ids in the order of a hash over a seed and the id.

use sha2::{Digest, Sha256};

/// What an id is ordered by: SHA-256 over the bytes of the seed followed by those of the id.
pub fn rank(seed: &str, id: &str) -> [u8; 32] {
    Sha256::new().chain_update(seed).chain_update(id).finalize().into()
}

/// The ids in the order of the shuffle. It does not depend on the order in which they come.
pub fn shuffled(seed: &str, mut ids: Vec<String>) -> Vec<String> {
    ids.sort_by_cached_key(|id| rank(seed, id));
    ids
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(count: u32) -> Vec<String> {
        (0..count).map(|n| format!("student-{n}")).collect()
    }

    #[test]
    fn anybody_can_repeat_it() {
        // echo -n 'seedstudent-0' | sha256sum
        let hex: String = rank("seed", "student-0").iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "68285388");
        assert_eq!(shuffled("seed", ids(4)), ["student-0", "student-3", "student-1", "student-2"]);
    }

    #[test]
    fn every_place_is_as_likely_for_everybody() {
        // 2,000 draws among 10: each student is first 200 times, give or take what chance gives (six standard deviations).
        let mut first = [0_u32; 10];
        for seed in 0..2000 {
            let order = shuffled(&format!("seed {seed}"), ids(10));
            let n: usize = order[0].trim_start_matches("student-").parse().unwrap();
            first[n] += 1;
        }
        assert!(first.iter().all(|count| (120..=280).contains(count)), "{first:?}");
    }

    proptest! {
        #[test]
        fn the_order_of_coming_does_not_matter(seed in "[a-z]{1,4}", mut order in Just(ids(8)).prop_shuffle()) {
            let shuffled = shuffled(&seed, order.clone());
            prop_assert_eq!(&shuffled, &super::shuffled(&seed, ids(8)));
            order.sort();
            let mut sorted = shuffled;
            sorted.sort();
            prop_assert_eq!(sorted, order, "nobody is lost and nobody comes twice");
        }
    }
}
