//! Seats of a class.

/// Seats of one class at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seats {
    /// Seats in all.
    pub capacity: u32,
    /// Seats taken. May exceed the capacity after it was lowered: nobody is thrown out.
    pub taken: u32,
}

impl Seats {
    /// Whether nobody more may come in.
    pub fn is_full(self) -> bool {
        self.taken >= self.capacity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_full_from_its_last_seat_on() {
        for (capacity, taken, full) in [(2, 0, false), (2, 1, false), (2, 2, true), (2, 3, true), (0, 0, true)] {
            assert_eq!(Seats { capacity, taken }.is_full(), full, "{taken} of {capacity}");
        }
    }
}
