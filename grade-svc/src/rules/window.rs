//! Dated windows in which grades are entered. Windows overlap; a class is open while any of its windows is.

use jiff::Timestamp;

use crate::rules::Refusal;

/// For whom a window is open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everybody.
    University,
    /// One faculty, by its code.
    Faculty(String),
    /// One study programme, by its code.
    Programme(String),
    /// One cohort, by its year of entry. A class belongs to no cohort, so such a window opens no sheet.
    Cohort(u16),
}

impl Scope {
    /// The word for the sort of scope in the database.
    pub fn word(&self) -> &'static str {
        match self {
            Self::University => "university",
            Self::Faculty(_) => "faculty",
            Self::Programme(_) => "programme",
            Self::Cohort(_) => "cohort",
        }
    }

    /// The code or year that the scope names; empty for the university.
    pub fn key(&self) -> String {
        match self {
            Self::University => String::new(),
            Self::Faculty(code) | Self::Programme(code) => code.clone(),
            Self::Cohort(year) => year.to_string(),
        }
    }

    /// Reads [`Self::word`] and [`Self::key`].
    pub fn parse(word: &str, key: &str) -> Option<Self> {
        match (word, key) {
            ("university", "") => Some(Self::University),
            ("faculty", code) if !code.is_empty() => Some(Self::Faculty(code.to_owned())),
            ("programme", code) if !code.is_empty() => Some(Self::Programme(code.to_owned())),
            ("cohort", year) if year.len() == 4 => year.parse().ok().map(Self::Cohort),
            _ => None,
        }
    }
}

/// A grade-entry window of a period.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window {
    /// For whom.
    pub scope: Scope,
    /// First moment.
    pub opens_at: Timestamp,
    /// First moment after it.
    pub closes_at: Timestamp,
}

/// Where a class belongs, by the programme that owns its course; as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belongs {
    /// Code of the faculty.
    pub faculty: Option<String>,
    /// Code of the study programme.
    pub programme: Option<String>,
}

impl Window {
    /// Whether the window is meant for a class that belongs there.
    pub fn is_for(&self, class: &Belongs) -> bool {
        match &self.scope {
            Scope::University => true,
            Scope::Faculty(code) => class.faculty.as_ref() == Some(code),
            Scope::Programme(code) => class.programme.as_ref() == Some(code),
            Scope::Cohort(_) => false,
        }
    }
}

/// What the windows say to one class at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// Open; the window that closes last.
    Open(Window),
    /// Not open; the window that opens next.
    NotYet(Window),
    /// Over; the window that closed last.
    Closed(Window),
    /// There is none for this class.
    Nothing,
}

impl Gate {
    /// The window it speaks of.
    pub fn window(&self) -> Option<&Window> {
        match self {
            Self::Open(window) | Self::NotYet(window) | Self::Closed(window) => Some(window),
            Self::Nothing => None,
        }
    }

    /// What it refuses with, unless it is open.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Open(_) => None,
            Self::NotYet(next) => {
                Some(Refusal::GradeEntryNotOpen { opens_at: next.opens_at, closes_at: next.closes_at })
            }
            Self::Closed(last) => Some(Refusal::GradeEntryClosed { closed_at: last.closes_at }),
            Self::Nothing => Some(Refusal::GradeEntryNoWindow),
        }
    }
}

/// Asks the windows of a period.
pub fn gate(windows: &[Window], class: &Belongs, now: Timestamp) -> Gate {
    let mine = || windows.iter().filter(|window| window.is_for(class));
    let open = mine().filter(|window| window.opens_at <= now && now < window.closes_at);
    if let Some(window) = open.max_by_key(|window| window.closes_at) {
        return Gate::Open(window.clone());
    }
    if let Some(window) = mine().filter(|window| now < window.opens_at).min_by_key(|window| window.opens_at) {
        return Gate::NotYet(window.clone());
    }
    mine().max_by_key(|window| window.closes_at).map_or(Gate::Nothing, |window| Gate::Closed(window.clone()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn class() -> Belongs {
        Belongs { faculty: Some("FIK".to_owned()), programme: Some("IF-S1".to_owned()) }
    }

    fn window(scope: Scope, opens: i64, closes: i64) -> Window {
        Window { scope, opens_at: at(opens), closes_at: at(closes) }
    }

    #[test]
    fn a_scope_is_for_the_classes_that_belong_to_it() {
        let table = [
            (Scope::University, true),
            (Scope::Faculty("FIK".to_owned()), true),
            (Scope::Faculty("FH".to_owned()), false),
            (Scope::Programme("IF-S1".to_owned()), true),
            (Scope::Programme("SI-S1".to_owned()), false),
            (Scope::Cohort(2024), false),
        ];
        for (scope, expected) in table {
            assert_eq!(window(scope.clone(), 0, 9).is_for(&class()), expected, "{scope:?}");
            let unknown = Belongs::default();
            assert_eq!(window(scope.clone(), 0, 9).is_for(&unknown), scope == Scope::University, "{scope:?}");
            assert_eq!(Scope::parse(scope.word(), &scope.key()), Some(scope));
        }
    }

    #[test]
    fn the_gate_names_the_window_that_matters() {
        let windows = [
            window(Scope::University, 10, 20),
            window(Scope::Faculty("FIK".to_owned()), 5, 12),
            window(Scope::Programme("SI-S1".to_owned()), 0, 99),
            window(Scope::University, 30, 40),
        ];
        let ask = |now| gate(&windows, &class(), at(now));
        assert_eq!(ask(4), Gate::NotYet(windows[1].clone()));
        assert_eq!(ask(5), Gate::Open(windows[1].clone()));
        assert_eq!(ask(11), Gate::Open(windows[0].clone()), "of two open ones the later end");
        assert_eq!(ask(20), Gate::NotYet(windows[3].clone()));
        assert_eq!(ask(40), Gate::Closed(windows[3].clone()));
        assert_eq!(ask(20).refusal(), Some(Refusal::GradeEntryNotOpen { opens_at: at(30), closes_at: at(40) }));
        assert_eq!(ask(40).refusal(), Some(Refusal::GradeEntryClosed { closed_at: at(40) }));
        assert_eq!(gate(&[], &class(), at(1)).refusal(), Some(Refusal::GradeEntryNoWindow));
    }

    proptest! {
        #[test]
        fn the_gate_is_open_exactly_when_some_window_is(
            spans in proptest::collection::vec((0..8i64, 1..5i64, any::<bool>()), 0..4), now in 0..14i64,
        ) {
            let windows: Vec<_> = spans.iter().map(|(opens, length, mine)| {
                window(Scope::Programme(if *mine { "IF-S1" } else { "SI-S1" }.to_owned()), *opens, opens + length)
            }).collect();
            let open = spans.iter().any(|(opens, length, mine)| *mine && (*opens..opens + length).contains(&now));
            let found = gate(&windows, &class(), at(now));
            prop_assert_eq!(found.refusal().is_none(), open);
            prop_assert_eq!(found == Gate::Nothing, !spans.iter().any(|(_, _, mine)| *mine));
        }
    }
}
