//! From a record of a student or a lecturer to the account that the person gets.

use super::user_name::UserName;

/// Which record an account follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// A student's.
    Student,
    /// A lecturer's.
    Lecturer,
}

/// What a record says about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// Which kind of record.
    pub(crate) record: Record,
    /// The record's id.
    pub(crate) id: String,
    /// Name, as printed.
    pub(crate) name: String,
    /// The number that becomes the user name: NIM; NIDN, else NIDK, else NUPTK. `None` while there is none.
    pub(crate) number: Option<UserName>,
    /// The person has left.
    pub(crate) left: bool,
}

/// A lecturer's number: the first that there is of NIDN, NIDK and NUPTK.
pub(crate) fn lecturer_number(nidn: &str, nidk: &str, nuptk: &str) -> Option<UserName> {
    [nidn, nidk, nuptk].into_iter().find_map(|number| UserName::parse(number).ok())
}

/// The user names that may be tried for a person, best first. A NIM may by chance be somebody's NIDN (both are plain
/// digits); then whoever comes second is told apart by a suffix.
pub(crate) fn user_names(number: &UserName, record: Record) -> Vec<UserName> {
    let second = UserName::parse(&format!("{number}.{}", word(record)));
    std::iter::once(number.clone()).chain(second).collect()
}

/// The user name of a person all of whose [`user_names`] belong to others. `fresh` is an id made for this, so that nobody
/// can have taken the name before, by chance or on purpose.
pub(crate) fn last_resort(record: Record, fresh: &str) -> String {
    format!("{}.{fresh}", word(record))
}

fn word(record: Record) -> &'static str {
    match record {
        Record::Student => "mhs",
        Record::Lecturer => "dosen",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_that_there_is_names_a_lecturer() {
        #[track_caller]
        fn check(numbers: [&str; 3], expected: Option<&str>) {
            let [nidn, nidk, nuptk] = numbers;
            assert_eq!(lecturer_number(nidn, nidk, nuptk).as_ref().map(UserName::as_str), expected);
        }
        check(["0012345678", "8812345678", "1234567890123456"], Some("0012345678"));
        check(["", "8812345678", "1234567890123456"], Some("8812345678"));
        check(["", " ", "1234567890123456"], Some("1234567890123456"));
        check(["", "", ""], None);
    }

    #[test]
    fn a_name_that_is_taken_has_one_alternative() {
        let number = UserName::parse("2405010123").unwrap();
        let names = |record| user_names(&number, record).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(Record::Student), ["2405010123", "2405010123.mhs"]);
        assert_eq!(names(Record::Lecturer), ["2405010123", "2405010123.dosen"]);
    }

    #[test]
    fn the_last_resort_is_a_name_that_can_be_typed() {
        let fresh = chassis::id::new();
        for (record, expected) in
            [(Record::Student, format!("mhs.{fresh}")), (Record::Lecturer, format!("dosen.{fresh}"))]
        {
            let name = last_resort(record, &fresh);
            assert_eq!(name, expected);
            assert_eq!(UserName::parse(&name).unwrap().as_str(), name);
        }
    }
}
