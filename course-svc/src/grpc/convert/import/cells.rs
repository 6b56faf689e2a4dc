//! The cells of one row.

use jiff::Timestamp;
use jiff::civil::Time;

use crate::app::import::row::{Origin, RowFault};
use crate::reasons;
use crate::rules::period::PeriodCode;
use crate::rules::text;

/// The cells of one row, and what is wrong with them.
pub(super) struct Cells {
    pub(super) origin: Origin,
    pub(super) faults: Vec<RowFault>,
}

impl Cells {
    pub(super) fn fault(&mut self, column: &'static str, reason: &'static str) -> &mut RowFault {
        self.faults.push(RowFault::new(&self.origin, column, reason));
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    pub(super) fn text(&mut self, column: &'static str, value: &str, min: usize, max: usize) -> String {
        if let Err(wrong) = text::check(value, min, max) {
            let fault = self.fault(column, wrong.reason());
            if wrong == text::TextFault::TooLong {
                fault.facts.push(("max", max.to_string()));
            }
        }
        value.trim().to_owned()
    }

    /// A number; an empty cell is `empty`, or missing when there is no such value.
    pub(super) fn number(
        &mut self,
        column: &'static str,
        value: &str,
        bounds: (u32, u32),
        empty: Option<u32>,
    ) -> Option<u32> {
        let value = value.trim();
        if value.is_empty() {
            if empty.is_none() {
                self.fault(column, reasons::REQUIRED);
            }
            return empty;
        }
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let number = value.parse().ok().filter(|number| digits && (bounds.0..=bounds.1).contains(number));
        if number.is_none() {
            let fault = self.fault(column, reasons::OUT_OF_RANGE);
            fault.facts.extend([("min", bounds.0.to_string()), ("max", bounds.1.to_string())]);
        }
        number
    }

    pub(super) fn word<T, const N: usize>(
        &mut self,
        column: &'static str,
        value: &str,
        read: impl Fn(&str) -> Option<T>,
        allowed: [&'static str; N],
    ) -> Option<T> {
        let found = read(value.trim());
        if found.is_none() {
            let fault = self.fault(column, reasons::UNKNOWN_VALUE);
            fault.facts.push(("allowed", allowed.join(" ")));
        }
        found
    }

    pub(super) fn period(&mut self, column: &'static str, value: &str) -> Option<PeriodCode> {
        let period = PeriodCode::parse(value.trim());
        if period.is_none() {
            self.fault(column, reasons::BAD_PERIOD);
        }
        period
    }

    pub(super) fn moment(&mut self, column: &'static str, value: &str) -> Option<Timestamp> {
        let moment = value.trim().parse::<Timestamp>().ok();
        // The database counts microseconds.
        let moment = moment.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok());
        if moment.is_none() {
            self.fault(column, reasons::BAD_TIME);
        }
        moment
    }

    /// `HH:MM` as a minute of the day; `24:00` is its end.
    pub(super) fn minute(&mut self, column: &'static str, value: &str) -> Option<u32> {
        let value = value.trim();
        let minute = match value {
            "24:00" => Some(24 * 60),
            _ if value.len() == 5 => Time::strptime("%H:%M", value)
                .ok()
                .and_then(|time| u32::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).ok()),
            _ => None,
        };
        if minute.is_none() {
            self.fault(column, reasons::BAD_TIME);
        }
        minute
    }

    /// A decimal number with at most two digits behind the point, in hundredths; an empty cell is missing.
    pub(super) fn hundredths(&mut self, column: &'static str, value: &str, max: u32) -> Option<u32> {
        let value = value.trim();
        if value.is_empty() {
            self.fault(column, reasons::REQUIRED);
            return None;
        }
        let number = hundredths(value).filter(|number| *number <= max);
        if number.is_none() {
            let fault = self.fault(column, reasons::OUT_OF_RANGE);
            let text = |number: u32| format!("{}.{:02}", number / 100, number % 100);
            fault.facts.extend([("min", text(0)), ("max", text(max))]);
        }
        number
    }
}

/// `3.5` as 350; `None` for what is no such number.
pub(super) fn hundredths(value: &str) -> Option<u32> {
    let (whole, part) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let part = format!("{part:0<2}").parse::<u32>().ok()?;
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        for (text, number) in [("3.50", 350), ("3.5", 350), ("3", 300), ("0.05", 5), ("0", 0), ("2.00", 200)] {
            assert_eq!(hundredths(text), Some(number), "{text}");
        }
        for text in ["", ".5", "3.", "3,5", "3.505", "-1", "+1", "1e2", "x", "99999999999", "42949673.00"] {
            assert_eq!(hundredths(text), None, "{text}");
        }
    }
}
