//! A policy with all of its fields, and a document that names some of them.

use serde_json::{Map, Value};

use super::values::{
    AfterLeave, Ceilings, Courses, Cut, FirstSemesters, Holds, Minimum, Registering, Repeat, Semesters, Sks,
};
use crate::rules::credits::Gpa;
use crate::rules::curriculum::RequirementKind;
use crate::rules::eligibility::{HoldKind, Status};

/// What is wrong in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: `ceiling.bands[2].credits`; empty for the document itself.
    pub path: String,
    /// What, for people.
    pub message: String,
    /// The field is none of a policy's.
    pub unknown: bool,
}

/// One value of a document, or what is wrong with it.
fn value<T: serde::de::DeserializeOwned>(field: &str, json: &Value) -> Result<T, Fault> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let inner = error.path().to_string();
        let path = match inner.as_str() {
            "." => field.to_owned(),
            place if place.starts_with('[') => format!("{field}{place}"),
            inner => format!("{field}.{inner}"),
        };
        Fault { path, message: error.into_inner().to_string(), unknown: false }
    })
}

macro_rules! policy {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty,)+) => {
        /// Everything that registration of one student in one period is decided by, and that differs between universities.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Policy {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        /// Some fields of a policy.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Document {
            $($(#[doc = $doc])+ pub $field: Option<$type>,)+
        }

        impl Policy {
            /// Names of the fields, in the order in which they are written here.
            pub const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];

            /// Every field with its value as a document would say it.
            pub fn values(&self) -> Vec<(&'static str, Value)> {
                vec![$((stringify!($field), serde_json::to_value(&self.$field).unwrap_or(Value::Null))),+]
            }
        }

        impl Document {
            /// Reads a JSON object.
            ///
            /// # Errors
            /// Every field that is wrong or unknown, each with its path, in the order of the paths.
            pub fn read(fields: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
                let mut document = Self::default();
                let mut faults = Vec::new();
                for (name, json) in fields {
                    match name.as_str() {
                        $(stringify!($field) => match value(name, json) {
                            Ok(read) => document.$field = Some(read),
                            Err(fault) => faults.push(fault),
                        },)+
                        _ => faults.push(Fault {
                            path: name.clone(),
                            message: format!("wanted one of {}", Policy::FIELDS.join(", ")),
                            unknown: true,
                        }),
                    }
                }
                // Whoever built the object may have kept its order or not.
                faults.sort_by(|one: &Fault, other| one.path.cmp(&other.path));
                if faults.is_empty() { Ok(document) } else { Err(faults) }
            }

            /// Puts the fields that the document names over those of a policy, and answers their names.
            pub fn lay_over(&self, policy: &mut Policy) -> Vec<&'static str> {
                let mut named = Vec::new();
                $(if let Some(own) = &self.$field {
                    policy.$field = own.clone();
                    named.push(stringify!($field));
                })+
                named
            }
        }
    };
}

policy! {
    /// SKS by the IPS, or by IPS and IPK.
    ceiling: Ceilings,
    /// Over how many of the last active semesters the IPS is taken, from 1. Semesters without a course are passed over, so
    /// after a leave the last active one counts.
    gpa_semesters: Semesters,
    /// SKS while the IPS is not known.
    unknown_gpa: Sks,
    /// SKS in the period of entry, when there is no IPS yet.
    first_period: Sks,
    /// Cap of the first semesters.
    first_semesters: FirstSemesters,
    /// SKS of a short term.
    short_term: Sks,
    /// Caps of whoever was not active in the semester before.
    after_leave: AfterLeave,
    /// SKS of a plan at least.
    minimum: Minimum,
    /// Courses whose SKS do not count towards the ceiling.
    uncounted: Courses,
    /// Caps on plans that have certain courses.
    with_course: Vec<Cut>,
    /// Which courses may be repeated.
    repeat: Repeat,
    /// How often a course may be taken in all; 0 for any number.
    attempts: Semesters,
    /// In how many of the first semesters the office chooses, not the student; 0 for none.
    package_semesters: Semesters,
    /// Holds that block.
    blocking_holds: Holds,
    /// Statuses that register.
    registering: Registering,
}

impl Default for Policy {
    /// The common Indonesian table with the caps of Permendikbudristek 53/2023 article 18 (20 SKS in the first two
    /// semesters, 24 afterwards, 9 in a short term); nothing else is restricted.
    fn default() -> Self {
        let bands = [(300, 24), (250, 21), (200, 18), (150, 15)];
        let bands = bands.into_iter().filter_map(|(from, credits)| Some((Gpa::from_hundredths(from)?, credits)));
        Self {
            ceiling: Ceilings::bands(bands, 12),
            gpa_semesters: Semesters::new(1),
            unknown_gpa: Sks::new(12),
            first_period: Sks::new(20),
            first_semesters: FirstSemesters { count: Semesters::new(2), cap: Sks::new(20) },
            short_term: Sks::new(9),
            after_leave: AfterLeave::default(),
            minimum: Minimum { credits: Sks::new(0), binding: false },
            uncounted: Courses::default(),
            with_course: Vec::new(),
            repeat: Repeat::Anyone,
            attempts: Semesters::new(0),
            package_semesters: Semesters::new(0),
            blocking_holds: Holds(HoldKind::ALL.to_vec()),
            registering: Registering(vec![Status::Active, Status::Merdeka, Status::DoubleDegree]),
        }
    }
}

impl Policy {
    /// Whether the SKS of a course count towards the ceiling.
    pub fn counts(&self, kind: RequirementKind, code: &str) -> bool {
        !self.uncounted.has(kind, code)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: Value) -> Result<Document, Vec<Fault>> {
        Document::read(json.as_object().unwrap())
    }

    #[test]
    fn the_default_reads_back_from_its_own_words() {
        let default = Policy::default();
        let words: Map<_, _> = default.values().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let document = Document::read(&words).unwrap();
        let mut other = Policy { short_term: Sks::new(1), repeat: Repeat::AtMost(Gpa::default()), ..Policy::default() };
        assert_eq!(document.lay_over(&mut other), Policy::FIELDS);
        assert_eq!(other, default);
    }

    #[test]
    fn a_document_changes_what_it_names_and_nothing_else() {
        let document = read(json!({"short_term": 10, "repeat": {"at_most": 200}})).unwrap();
        let mut policy = Policy::default();
        assert_eq!(document.lay_over(&mut policy), ["short_term", "repeat"]);
        let expected = Policy {
            short_term: Sks::new(10),
            repeat: Repeat::AtMost(Gpa::from_hundredths(200).unwrap()),
            ..Policy::default()
        };
        assert_eq!(policy, expected);
        assert_eq!(read(json!({})).unwrap(), Document::default());
    }

    /// Wrong documents, and where they are wrong.
    #[test]
    fn everything_that_is_wrong_is_named_with_its_path() {
        let table: [(Value, &[&str]); 14] = [
            (json!({"celing": {}, "shortterm": 9}), &["celing", "shortterm"]),
            (
                json!({"short_term": "9", "first_period": 61, "repeat": "nobody"}),
                &["first_period", "repeat", "short_term"],
            ),
            (json!({"short_term": 9.5}), &["short_term"]),
            (json!({"short_term": -1}), &["short_term"]),
            (json!({"short_term": null}), &["short_term"]),
            (json!({"ceiling": {"bands": []}}), &["ceiling"]),
            (json!({"ceiling": {"bands": [{"from": 300, "credits": 24}]}}), &["ceiling"]),
            (json!({"ceiling": {"bands": [{"from": 0, "credits": 24}, {"from": 0, "credits": 20}]}}), &["ceiling"]),
            (json!({"ceiling": {"bands": [{"from": 401, "credits": 24}]}}), &["ceiling.bands[0].from"]),
            (json!({"ceiling": {"matrix": {"gpa": [0], "cumulative": [0], "credits": [[24, 20]]}}}), &["ceiling"]),
            (
                json!({"ceiling": {"matrix": {"gpa": [200, 300, 0], "cumulative": [0], "credits": [[1], [2], [3]]}}}),
                &["ceiling"],
            ),
            (json!({"uncounted": {"kinds": ["thesis", "fun"]}}), &["uncounted.kinds[1]"]),
            (json!({"with_course": [{"courses": ["UN301"]}]}), &["with_course[0]"]),
            (
                json!({"blocking_holds": ["tuition", "weather"], "registering": ["X"]}),
                &["blocking_holds[1]", "registering[0]"],
            ),
        ];
        for (json, expected) in table {
            let text = json.to_string();
            let found: Vec<_> = read(json).unwrap_err().into_iter().map(|fault| fault.path).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
