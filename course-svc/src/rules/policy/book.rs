//! Which documents hold for a student in a period, and what they say together.

use super::{Document, Policy};
use crate::rules::period::PeriodCode;
use crate::rules::window::{Belongs, Scope};

/// For whom a document holds. The order is that of being specific: a later one counts before an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Everybody.
    University,
    /// One faculty, by its code.
    Faculty(String),
    /// One study programme, by its code.
    Programme(String),
    /// One cohort of the whole university, by its year of entry.
    Cohort(u16),
    /// One cohort of one study programme.
    ProgrammeCohort(String, u16),
}

impl Reach {
    /// Words of the sorts of reach in the database.
    pub const WORDS: [&'static str; 5] = ["university", "faculty", "programme", "cohort", "programme_cohort"];

    /// The word for its sort.
    pub fn word(&self) -> &'static str {
        match self {
            Self::University => Self::WORDS[0],
            Self::Faculty(_) => Self::WORDS[1],
            Self::Programme(_) => Self::WORDS[2],
            Self::Cohort(_) => Self::WORDS[3],
            Self::ProgrammeCohort(..) => Self::WORDS[4],
        }
    }

    /// The code, the year, or both as `IF-S1/2024`; empty for the university.
    pub fn key(&self) -> String {
        match self {
            Self::University => String::new(),
            Self::Faculty(code) | Self::Programme(code) => code.clone(),
            Self::Cohort(year) => year.to_string(),
            Self::ProgrammeCohort(code, year) => format!("{code}/{year}"),
        }
    }

    /// Reads [`Self::word`] and [`Self::key`]; whether a code exists is not asked here.
    pub fn parse(word: &str, key: &str) -> Option<Self> {
        if word == "programme_cohort" {
            let (code, year) = key.rsplit_once('/')?;
            return match (Scope::parse("programme", code)?, Scope::parse("cohort", year)?) {
                (Scope::Programme(code), Scope::Cohort(year)) => Some(Self::ProgrammeCohort(code, year)),
                _ => None,
            };
        }
        Some(match Scope::parse(word, key)? {
            Scope::University => Self::University,
            Scope::Faculty(code) => Self::Faculty(code),
            Scope::Programme(code) => Self::Programme(code),
            Scope::Cohort(year) => Self::Cohort(year),
        })
    }

    /// Whether it reaches somebody who belongs there.
    pub fn is_for(&self, who: &Belongs) -> bool {
        let programme = |code: &String| who.programme.as_ref() == Some(code);
        match self {
            Self::University => true,
            Self::Faculty(code) => who.faculty.as_ref() == Some(code),
            Self::Programme(code) => programme(code),
            Self::Cohort(year) => who.cohort == Some(*year),
            Self::ProgrammeCohort(code, year) => programme(code) && who.cohort == Some(*year),
        }
    }
}

/// A document with whom and when it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// For whom.
    pub reach: Reach,
    /// First period.
    pub from: PeriodCode,
    /// Last period; `None` for no end.
    pub until: Option<PeriodCode>,
    /// What it says.
    pub document: Document,
}

impl Entry {
    /// Whether it holds for somebody who belongs there, in that period.
    pub fn holds(&self, who: &Belongs, period: PeriodCode) -> bool {
        self.from <= period && self.until.is_none_or(|until| period <= until) && self.reach.is_for(who)
    }
}

/// What decides about a student in a period, and which document says each field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The policy.
    pub policy: Policy,
    /// Id of the document that says a field; fields that the default says are left out.
    pub said_by: Vec<(&'static str, String)>,
}

/// The default and every document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    default: Policy,
    /// The least specific first; of equally specific ones the earlier first.
    entries: Vec<Entry>,
}

impl Book {
    /// Puts them together.
    pub fn new(default: Policy, mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| (&a.reach, a.from, &a.id).cmp(&(&b.reach, b.from, &b.id)));
        Self { default, entries }
    }

    /// The default.
    pub fn default_policy(&self) -> &Policy {
        &self.default
    }

    /// What decides about somebody in a period: field by field the most specific document that names it, of equally
    /// specific ones the one that began last.
    pub fn effective(&self, who: &Belongs, period: PeriodCode) -> Effective {
        let mut policy = self.default.clone();
        let mut said_by: Vec<(&'static str, String)> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.holds(who, period)) {
            for field in entry.document.lay_over(&mut policy) {
                said_by.retain(|(said, _)| *said != field);
                said_by.push((field, entry.id.clone()));
            }
        }
        Effective { policy, said_by }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Sks;
    use super::*;

    fn period(code: &str) -> PeriodCode {
        PeriodCode::parse(code).unwrap()
    }

    fn who() -> Belongs {
        Belongs { faculty: Some("FIK".to_owned()), programme: Some("IF-S1".to_owned()), cohort: Some(2024) }
    }

    fn entry(id: &str, reach: Reach, from: &str, until: &str, short_term: Option<u32>) -> Entry {
        let document = Document { short_term: short_term.map(Sks::new), ..Document::default() };
        Entry { id: id.to_owned(), reach, from: period(from), until: PeriodCode::parse(until), document }
    }

    fn reaches() -> Vec<Reach> {
        vec![
            Reach::University,
            Reach::Faculty("FIK".to_owned()),
            Reach::Programme("IF-S1".to_owned()),
            Reach::Cohort(2024),
            Reach::ProgrammeCohort("IF-S1".to_owned(), 2024),
        ]
    }

    #[test]
    fn the_most_specific_document_counts_whatever_the_order() {
        for most in 0..reaches().len() {
            let mut entries: Vec<_> = reaches()
                .into_iter()
                .take(most + 1)
                .zip(1..)
                .map(|(reach, n)| entry(&n.to_string(), reach, "20201", "", Some(n)))
                .collect();
            entries.reverse();
            let found = Book::new(Policy::default(), entries).effective(&who(), period("20261"));
            let expected = u32::try_from(most).unwrap() + 1;
            assert_eq!(found.policy.short_term.get(), expected);
            assert_eq!(found.said_by, [("short_term", expected.to_string())]);
        }
    }

    #[test]
    fn a_document_overrides_only_the_fields_that_it_names() {
        let mut university = entry("u", Reach::University, "20201", "", Some(8));
        university.document.first_period = Some(Sks::new(19));
        let programme = entry("p", Reach::Programme("IF-S1".to_owned()), "20201", "", Some(7));
        let found = Book::new(Policy::default(), vec![programme, university]).effective(&who(), period("20261"));
        assert_eq!((found.policy.short_term.get(), found.policy.first_period.get()), (7, 19));
        assert_eq!(found.said_by, [("first_period", "u".to_owned()), ("short_term", "p".to_owned())]);
    }

    #[test]
    fn a_document_holds_from_its_first_period_to_its_last() {
        let book = Book::new(
            Policy::default(),
            vec![
                entry("old", Reach::University, "20241", "20252", Some(8)),
                entry("new", Reach::University, "20252", "", Some(7)),
            ],
        );
        for (code, expected) in [("20233", 9), ("20241", 8), ("20251", 8), ("20252", 7), ("20301", 7)] {
            assert_eq!(book.effective(&who(), period(code)).policy.short_term.get(), expected, "{code}");
        }
    }

    #[test]
    fn a_document_is_for_those_whom_it_reaches() {
        let others = [
            Reach::Faculty("FH".to_owned()),
            Reach::Programme("SI-S1".to_owned()),
            Reach::Cohort(2023),
            Reach::ProgrammeCohort("IF-S1".to_owned(), 2023),
            Reach::ProgrammeCohort("SI-S1".to_owned(), 2024),
        ];
        for reach in others {
            assert!(!reach.is_for(&who()), "{reach:?}");
        }
        for reach in reaches() {
            assert!(reach.is_for(&who()), "{reach:?}");
            assert_eq!(reach.is_for(&Belongs::default()), reach == Reach::University, "{reach:?}");
        }
    }

    #[test]
    fn words_read_back() {
        for reach in reaches() {
            assert_eq!(Reach::parse(reach.word(), &reach.key()), Some(reach));
        }
        let odd = Reach::ProgrammeCohort("IF/S1".to_owned(), 2024);
        assert_eq!(Reach::parse(odd.word(), &odd.key()), Some(odd));
        for (word, key) in [
            ("programme_cohort", "IF-S1"),
            ("programme_cohort", "/2024"),
            ("programme_cohort", "IF-S1/24"),
            ("cohort", "x"),
        ] {
            assert_eq!(Reach::parse(word, key), None, "{word} {key}");
        }
    }

    proptest! {
        /// A small universe: every field says the number of the document that must win.
        #[test]
        fn a_field_is_said_by_the_most_specific_document_that_holds(
            picks in proptest::collection::vec((0..5usize, 0..3u16, 0..3u16, any::<bool>()), 0..8), at in 0..4u16,
        ) {
            let code = |n: u16| period(&format!("{}1", 2020 + n));
            let entries: Vec<_> = picks.iter().zip(1..).map(|((reach, from, length, names), n)| Entry {
                until: Some(code(from + length)),
                ..entry(&format!("{n:02}"), reaches()[*reach].clone(), &code(*from).to_string(), "", names.then_some(n))
            }).collect();
            let best = entries.iter()
                .filter(|entry| entry.document.short_term.is_some())
                .filter(|entry| entry.from <= code(at) && code(at) <= entry.until.unwrap())
                .max_by_key(|entry| (entry.reach.clone(), entry.from, entry.id.clone()));
            let found = Book::new(Policy::default(), entries.clone()).effective(&who(), code(at));
            prop_assert_eq!(found.policy.short_term, best.map_or(Sks::new(9), |entry| entry.document.short_term.unwrap()));
            prop_assert_eq!(found.said_by.first().map(|(_, id)| id.clone()), best.map(|entry| entry.id.clone()));
        }
    }
}
