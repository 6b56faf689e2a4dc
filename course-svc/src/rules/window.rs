//! Dated windows of a period. Windows overlap; a deed is allowed while any window of its kind is open for the student.

use jiff::Timestamp;

/// What a window opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WindowKind {
    /// Admins prepare classes.
    Offering,
    /// Students fill the KRS.
    Krs,
    /// Advisors approve.
    KrsApproval,
    /// Students revise (PRS).
    Revision,
    /// Lecturers enter grades.
    GradeEntry,
}

impl WindowKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Offering, Self::Krs, Self::KrsApproval, Self::Revision, Self::GradeEntry];

    /// The word for it in the database and in import files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Offering => "offering",
            Self::Krs => "krs",
            Self::KrsApproval => "krs_approval",
            Self::Revision => "revision",
            Self::GradeEntry => "grade_entry",
        }
    }

    /// Reads [`Self::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// For whom a window is open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everybody.
    University,
    /// One faculty, by its code.
    Faculty(String),
    /// One study programme, by its code.
    Programme(String),
    /// One cohort, by its year of entry.
    Cohort(u16),
}

impl Scope {
    /// The word for the sort of scope in the database and in import files.
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

    /// Reads [`Self::word`] and [`Self::key`]; whether a code exists is not asked here.
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

/// A window of a period.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window {
    /// What it opens.
    pub kind: WindowKind,
    /// For whom.
    pub scope: Scope,
    /// First moment.
    pub opens_at: Timestamp,
    /// First moment after it.
    pub closes_at: Timestamp,
}

/// Where a student belongs, as far as it is known: what scopes are compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Belongs {
    /// Code of the faculty.
    pub faculty: Option<String>,
    /// Code of the study programme.
    pub programme: Option<String>,
    /// Year of entry.
    pub cohort: Option<u16>,
}

impl Scope {
    /// Whether it takes in somebody who belongs there.
    pub fn is_for(&self, who: &Belongs) -> bool {
        match self {
            Self::University => true,
            Self::Faculty(code) => who.faculty.as_ref() == Some(code),
            Self::Programme(code) => who.programme.as_ref() == Some(code),
            Self::Cohort(year) => who.cohort == Some(*year),
        }
    }
}

impl Window {
    /// Whether the window is meant for somebody who belongs there.
    pub fn is_for(&self, who: &Belongs) -> bool {
        self.scope.is_for(who)
    }
}

/// What the windows of one kind say to one student at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// Open; the window that closes last.
    Open(Window),
    /// Not open; the window that opens next.
    NotYet(Window),
    /// Over; the window that closed last.
    Closed(Window),
    /// There is none for this student.
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
}

/// Asks the windows of one kind.
pub fn gate(windows: &[Window], kind: WindowKind, who: &Belongs, now: Timestamp) -> Gate {
    let mine = || windows.iter().filter(|window| window.kind == kind && window.is_for(who));
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

    fn who() -> Belongs {
        Belongs { faculty: Some("FIK".to_owned()), programme: Some("IF-S1".to_owned()), cohort: Some(2024) }
    }

    fn window(scope: Scope, opens: i64, closes: i64) -> Window {
        Window { kind: WindowKind::Krs, scope, opens_at: at(opens), closes_at: at(closes) }
    }

    #[test]
    fn a_scope_is_for_those_who_belong_to_it() {
        let table = [
            (Scope::University, true),
            (Scope::Faculty("FIK".to_owned()), true),
            (Scope::Faculty("FH".to_owned()), false),
            (Scope::Programme("IF-S1".to_owned()), true),
            (Scope::Programme("SI-S1".to_owned()), false),
            (Scope::Cohort(2024), true),
            (Scope::Cohort(2023), false),
        ];
        for (scope, expected) in table {
            assert_eq!(window(scope.clone(), 0, 9).is_for(&who()), expected, "{scope:?}");
            let nobody = Belongs::default();
            assert_eq!(window(scope.clone(), 0, 9).is_for(&nobody), scope == Scope::University, "{scope:?}");
        }
    }

    #[test]
    fn the_gate_names_the_window_that_matters() {
        let windows = [
            window(Scope::University, 10, 20),
            window(Scope::Cohort(2024), 5, 12),
            window(Scope::Cohort(2023), 0, 99),
            window(Scope::University, 30, 40),
        ];
        let ask = |now| gate(&windows, WindowKind::Krs, &who(), at(now));
        assert_eq!(ask(4), Gate::NotYet(windows[1].clone()));
        assert_eq!(ask(5), Gate::Open(windows[1].clone()));
        assert_eq!(ask(11), Gate::Open(windows[0].clone()), "of two open ones the later end");
        assert_eq!(ask(20), Gate::NotYet(windows[3].clone()));
        assert_eq!(ask(40), Gate::Closed(windows[3].clone()));
        assert_eq!(gate(&windows, WindowKind::Revision, &who(), at(11)), Gate::Nothing);
    }

    #[test]
    fn every_kind_is_asked_for_itself_and_by_scope() {
        let scopes =
            [Scope::University, Scope::Cohort(2024), Scope::Programme("SI-S1".to_owned()), Scope::Cohort(2023)];
        for kind in WindowKind::ALL {
            for scope in &scopes {
                let windows = [Window { kind, ..window(scope.clone(), 0, 9) }];
                for asked in WindowKind::ALL {
                    let open = matches!(gate(&windows, asked, &who(), at(5)), Gate::Open(_));
                    assert_eq!(open, asked == kind && scope.is_for(&who()), "{kind:?} {scope:?} {asked:?}");
                }
            }
        }
    }

    #[test]
    fn words_read_back() {
        for kind in WindowKind::ALL {
            assert_eq!(WindowKind::parse(kind.word()), Some(kind));
        }
        let scopes = [Scope::University, Scope::Faculty("A".into()), Scope::Programme("B".into()), Scope::Cohort(2024)];
        for scope in scopes {
            assert_eq!(Scope::parse(scope.word(), &scope.key()), Some(scope));
        }
        for (word, key) in [("university", "x"), ("faculty", ""), ("cohort", "24"), ("cohort", "abcd"), ("planet", "")]
        {
            assert_eq!(Scope::parse(word, key), None, "{word} {key}");
        }
    }

    proptest! {
        #[test]
        fn the_gate_is_open_exactly_when_some_window_is(
            spans in proptest::collection::vec((0..8i64, 1..5i64, any::<bool>()), 0..4), now in 0..14i64,
        ) {
            let windows: Vec<_> = spans.iter().map(|(opens, length, mine)| {
                window(Scope::Cohort(if *mine { 2024 } else { 2023 }), *opens, opens + length)
            }).collect();
            let open = spans.iter().any(|(opens, length, mine)| *mine && (*opens..opens + length).contains(&now));
            let found = gate(&windows, WindowKind::Krs, &who(), at(now));
            prop_assert_eq!(matches!(found, Gate::Open(_)), open);
            prop_assert_eq!(found == Gate::Nothing, !spans.iter().any(|(_, _, mine)| *mine));
        }
    }
}
