//! Reproducible chance: the same seed rolls the same numbers on every machine and in every version.

/// SplitMix64 (Steele, Lea, Flood 2014). Good enough to mix names, never used for anything secret.
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice that always roll the same sequence for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `sides - 1`. The tiny bias of the remainder does not matter here.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides).expect("usize fits u64");
        usize::try_from(self.roll() % sides).expect("smaller than a usize")
    }

    /// One of the choices.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// Puts the items into a random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// About normal: mean 0, deviation 100, between -346 and 346 (a sum of four even rolls).
    pub(crate) fn deviation(&mut self) -> i32 {
        let sum: usize = (0..4).map(|_| self.below(1000)).sum();
        let sum = i32::try_from(sum).expect("below 4000");
        (sum - 1998) * 100 / 577
    }
}
