//! Keys that other services are about to learn: an import names them before its rows, and they are good for the judgement.
//!
//! They are held in memory, not staged: an apply judges against what has really arrived.

use std::collections::{HashMap, HashSet};

use crate::app::import::row::{ClassKey, CourseKey, Key};
use crate::rules::period::PeriodCode;

/// What was announced.
#[derive(Debug, Default)]
pub(super) struct Announced {
    pub(super) programmes: HashSet<String>,
    pub(super) students: HashSet<String>,
    pub(super) courses: HashSet<CourseKey>,
    pub(super) periods: HashSet<PeriodCode>,
    classes: HashMap<ClassKey, Class>,
    /// NIMs of announced places, each with its number: there are many places and few students.
    nims: Vec<String>,
    numbers: HashMap<String, usize>,
}

#[derive(Debug, Default)]
struct Class {
    /// The class was announced, not only a place in it.
    itself: bool,
    /// Numbers of the students on the roster.
    places: HashSet<usize>,
}

impl Announced {
    pub(super) fn add(&mut self, key: Key) {
        match key {
            Key::Programme(code) => drop(self.programmes.insert(code)),
            Key::Student(nim) => drop(self.students.insert(nim)),
            Key::Course(key) => drop(self.courses.insert(key)),
            Key::Period(code) => drop(self.periods.insert(code)),
            Key::Class(key) => self.classes.entry(key).or_default().itself = true,
            Key::Place(key, nim) => {
                let number = match self.numbers.get(&nim) {
                    Some(number) => *number,
                    None => {
                        self.nims.push(nim.clone());
                        self.numbers.insert(nim, self.nims.len() - 1);
                        self.nims.len() - 1
                    }
                };
                self.classes.entry(key).or_default().places.insert(number);
            }
        }
    }

    /// Classes that are announced, not only places in them.
    pub(super) fn classes(&self) -> impl Iterator<Item = &ClassKey> {
        self.classes.iter().filter(|(_, class)| class.itself).map(|(key, _)| key)
    }

    /// NIMs for which a place on the roster of the class is announced.
    pub(super) fn places(&self, key: &ClassKey) -> impl Iterator<Item = &str> {
        let numbers = self.classes.get(key).into_iter().flat_map(|class| &class.places);
        numbers.filter_map(|number| self.nims.get(*number).map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str) -> ClassKey {
        let course = CourseKey { programme: "IF-S1".to_owned(), code: "IF201".to_owned() };
        ClassKey { period: PeriodCode::parse("20252").unwrap(), course, name: name.to_owned() }
    }

    #[test]
    fn a_place_is_of_one_student_in_one_class_and_announces_no_class() {
        let mut announced = Announced::default();
        for (name, nim) in [("A", "1"), ("A", "2"), ("A", "2"), ("B", "2")] {
            announced.add(Key::Place(class(name), nim.to_owned()));
        }
        let places = |name| {
            let mut nims: Vec<_> = announced.places(&class(name)).collect();
            nims.sort_unstable();
            nims
        };
        assert_eq!((places("A"), places("B"), places("C")), (vec!["1", "2"], vec!["2"], vec![]));
        assert_eq!(announced.classes().count(), 0);
        announced.add(Key::Class(class("A")));
        assert_eq!(announced.classes().collect::<Vec<_>>(), [&class("A")]);
    }
}
