//! How registration runs in a period: when a class holds a seat, who is let in and how fast, and what is watched.

/// When a class in a plan holds a seat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SeatPolicy {
    /// From the moment it is put into the plan.
    #[default]
    AtAdd,
    /// From the submission of the plan; all its seats are taken together or none.
    AtSubmit,
    /// By an allocation over everybody's ranked wishes; afterwards at add.
    Allocation,
}

impl SeatPolicy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::AtAdd, Self::AtSubmit, Self::Allocation];

    /// The word for it in the database and in facts.
    pub fn word(self) -> &'static str {
        match self {
            Self::AtAdd => "at_add",
            Self::AtSubmit => "at_submit",
            Self::Allocation => "allocation",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.word() == word)
    }
}

/// How registration runs in a period. A number that is 0 stands for the university's default: [`Self::or`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Registration {
    /// When a class holds a seat.
    pub seat_policy: SeatPolicy,
    /// Students admitted per second from an opening on; 0 for no waiting room.
    pub admission_rate: u32,
    /// Students admitted at once at the opening.
    pub admission_burst: u32,
    /// Minutes before an opening from which on those who are there take part in the draw of places.
    pub presence_minutes: u32,
    /// Waiting lists that one student may be on at a time.
    pub waiting_limit: u32,
    /// Classes that one account may take and give back within `trading_hours` before it is recorded.
    pub trading_limit: u32,
    /// Hours over which they are counted.
    pub trading_hours: u32,
}

/// Students admitted per second at most.
pub const RATE_MAX: u32 = 10_000;
/// Students admitted at once at most.
pub const BURST_MAX: u32 = 100_000;
/// Minutes of presence before an opening at most: a day.
pub const PRESENCE_MAX: u32 = 24 * 60;
/// Waiting lists of one student at most.
pub const WAITING_MAX: u32 = 50;
/// Classes taken and given back at most, before it is recorded.
pub const TRADING_MAX: u32 = 1000;
/// Hours over which they are counted at most: thirty days.
pub const TRADING_HOURS_MAX: u32 = 30 * 24;

impl Registration {
    /// What the service ships with: no waiting room, seats at add.
    pub const SHIPPED: Self = Self {
        seat_policy: SeatPolicy::AtAdd,
        admission_rate: 0,
        admission_burst: 100,
        presence_minutes: 15,
        waiting_limit: 3,
        trading_limit: 10,
        trading_hours: 24,
    };

    /// What holds for the period, given the university's defaults. The policy of seats and the rate are the period's own: for
    /// a rate, 0 means what it says.
    #[must_use]
    pub fn or(self, default: &Self) -> Self {
        let or = |own: u32, default: u32| if own == 0 { default } else { own };
        Self {
            seat_policy: self.seat_policy,
            admission_rate: self.admission_rate,
            admission_burst: or(self.admission_burst, default.admission_burst),
            presence_minutes: or(self.presence_minutes, default.presence_minutes),
            waiting_limit: or(self.waiting_limit, default.waiting_limit),
            trading_limit: or(self.trading_limit, default.trading_limit),
            trading_hours: or(self.trading_hours, default.trading_hours),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for policy in SeatPolicy::ALL {
            assert_eq!(SeatPolicy::parse(policy.word()), Some(policy));
        }
        assert_eq!(SeatPolicy::parse("at_approval"), None);
    }

    #[test]
    fn nothing_said_is_the_default_and_no_rate_is_no_waiting_room() {
        assert_eq!(Registration::default().or(&Registration::SHIPPED), Registration::SHIPPED);
        let own = Registration {
            seat_policy: SeatPolicy::AtSubmit,
            admission_rate: 7,
            admission_burst: 6,
            presence_minutes: 5,
            waiting_limit: 4,
            trading_limit: 3,
            trading_hours: 2,
        };
        assert_eq!(own.or(&Registration::SHIPPED), own);
        let busy = Registration { admission_rate: 50, ..Registration::SHIPPED };
        assert_eq!(Registration::default().or(&busy).admission_rate, 0);
    }
}
