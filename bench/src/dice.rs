//! Numbers that look random and are the same in every run.

/// A number from a seed and a place: splitmix64 over both. Any place can be asked for in any order.
#[must_use]
pub fn at(seed: u64, part: u64, place: u64) -> u64 {
    mixed(mixed(mixed(seed).wrapping_add(part)).wrapping_add(place))
}

fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stream of such numbers.
#[derive(Debug, Clone)]
pub struct Dice {
    seed: u64,
    part: u64,
    thrown: u64,
}

impl Dice {
    /// The stream of one part of a seed.
    #[must_use]
    pub fn new(seed: u64, part: u64) -> Self {
        Self { seed, part, thrown: 0 }
    }

    /// The next number.
    pub fn throw(&mut self) -> u64 {
        self.thrown += 1;
        at(self.seed, self.part, self.thrown)
    }

    /// A number below `limit`, which is at least 1.
    pub fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(self.throw() % u64::from(limit.max(1))).unwrap_or(0)
    }

    /// Minus the natural logarithm of an even number in (0, 1], in thousandths: the gaps of a Poisson process of mean 1000.
    pub fn gap(&mut self) -> u64 {
        let even = ((self.throw() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        (-even.ln() * 1000.0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_gaps_have_their_mean() {
        let mut dice = Dice::new(7, 1);
        let first: Vec<u64> = (0..3).map(|_| dice.throw()).collect();
        assert_eq!(first, [at(7, 1, 1), at(7, 1, 2), at(7, 1, 3)]);
        assert_ne!(at(7, 1, 1), at(7, 2, 1));
        let mean = (0..100_000).map(|_| dice.gap()).sum::<u64>() / 100_000;
        assert!((980..1020).contains(&mean), "{mean}");
    }
}
