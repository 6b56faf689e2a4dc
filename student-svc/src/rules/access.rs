//! Who may do what with a student's record. Deny by default.
//!
//! | caller | own record or advisee, own programme | every other |
//! |---|---|---|
//! | student | reads all of the own record | absent |
//! | lecturer | reads advisees, without personal data and without the notes of holds | absent |
//! | programme admin | reads all, writes the record and the status | absent |
//! | registrar | everything, and alone places, waives and lifts holds | - |
//! | system admin | no academic record | absent |
//!
//! Who may not even read a record hears that it is absent; who may read it hears that the act is not allowed.

/// What counts of a caller here. Roles add up: an account may be a lecturer and a programme admin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Who {
    /// The student that the caller is.
    pub student_id: Option<String>,
    /// The lecturer that the caller is.
    pub lecturer_id: Option<String>,
    /// Study programmes that the caller administers.
    pub programmes: Vec<String>,
    /// The academic bureau.
    pub registrar: bool,
}

/// What counts of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject<'a> {
    /// Whose it is.
    pub student_id: &'a str,
    /// The study programme.
    pub programme_id: &'a str,
    /// The advisor, if there is one.
    pub advisor_id: Option<&'a str>,
}

/// What somebody wants to do with one student's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Read what is not personal: name, programme, advisor, status, kinds of holds.
    Read,
    /// Read personal data and the notes of holds, which may tell of money or conduct.
    ReadPersonal,
    /// Change the record or a status.
    Write,
    /// Place, waive or lift holds.
    ManageHolds,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It may be done.
    Allowed,
    /// The caller may know of the record and may not do this.
    Denied,
    /// The caller may not know of the record.
    Hidden,
}

impl Who {
    /// Decides over one act on one record.
    #[must_use]
    pub(crate) fn decide(&self, act: Act, subject: &Subject<'_>) -> Decision {
        if self.covers(act, subject) {
            Decision::Allowed
        } else if self.covers(Act::Read, subject) {
            Decision::Denied
        } else {
            Decision::Hidden
        }
    }

    fn covers(&self, act: Act, subject: &Subject<'_>) -> bool {
        let own = self.student_id.as_deref() == Some(subject.student_id);
        let advises = self.lecturer_id.is_some() && self.lecturer_id.as_deref() == subject.advisor_id;
        let administers = self.administers(subject.programme_id);
        match act {
            Act::Read => own || advises || administers || self.registrar,
            Act::ReadPersonal => own || administers || self.registrar,
            Act::Write => administers || self.registrar,
            Act::ManageHolds => self.registrar,
        }
    }

    /// Whether the caller administers the study programme.
    #[must_use]
    pub(crate) fn administers(&self, programme_id: &str) -> bool {
        self.programmes.iter().any(|p| p == programme_id)
    }

    /// Whether the caller may put a student into the study programme: as a new one, or from another programme.
    #[must_use]
    pub(crate) fn may_admit_to(&self, programme_id: &str) -> bool {
        self.registrar || self.administers(programme_id)
    }

    /// Whether the caller may make students at all, in some programme.
    #[must_use]
    pub(crate) fn may_admit(&self) -> bool {
        self.registrar || !self.programmes.is_empty()
    }

    /// Whether there can be any student whom the caller may see: lists of students are for these callers only.
    #[must_use]
    pub(crate) fn may_list(&self) -> bool {
        self.registrar || !self.programmes.is_empty() || self.lecturer_id.is_some() || self.student_id.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Act::{ManageHolds, Read, ReadPersonal, Write};
    use Decision::{Allowed, Denied, Hidden};

    const SUBJECT: Subject<'_> = Subject { student_id: "s1", programme_id: "p1", advisor_id: Some("l1") };
    const UNADVISED: Subject<'_> = Subject { student_id: "s1", programme_id: "p1", advisor_id: None };

    fn student(id: &str) -> Who {
        Who { student_id: Some(id.into()), ..Who::default() }
    }
    fn lecturer(id: &str) -> Who {
        Who { lecturer_id: Some(id.into()), ..Who::default() }
    }
    fn admin(programme: &str) -> Who {
        Who { programmes: vec![programme.into()], ..Who::default() }
    }

    #[track_caller]
    fn check(who: &Who, subject: Subject<'_>, expected: [Decision; 4]) {
        let got = [Read, ReadPersonal, Write, ManageHolds].map(|act| who.decide(act, &subject));
        assert_eq!(got, expected);
    }

    #[test]
    fn each_role_reaches_its_own_and_nothing_else() {
        check(&student("s1"), SUBJECT, [Allowed, Allowed, Denied, Denied]);
        check(&student("s2"), SUBJECT, [Hidden; 4]);
        check(&lecturer("l1"), SUBJECT, [Allowed, Denied, Denied, Denied]);
        check(&lecturer("l2"), SUBJECT, [Hidden; 4]);
        check(&lecturer("l1"), UNADVISED, [Hidden; 4]);
        check(&admin("p1"), SUBJECT, [Allowed, Allowed, Allowed, Denied]);
        check(&admin("p2"), SUBJECT, [Hidden; 4]);
        check(&Who { registrar: true, ..Who::default() }, SUBJECT, [Allowed; 4]);
    }

    #[test]
    fn nobody_in_particular_sees_nothing_not_even_a_student_without_an_advisor() {
        check(&Who::default(), SUBJECT, [Hidden; 4]);
        check(&Who::default(), UNADVISED, [Hidden; 4]);
        assert!(!Who::default().may_list());
        assert!(!Who::default().may_admit());
    }

    #[test]
    fn an_admin_admits_to_the_own_programme_only() {
        assert!(admin("p1").may_admit_to("p1"));
        assert!(!admin("p1").may_admit_to("p2"));
        assert!(!student("s1").may_admit());
        assert!(!lecturer("l1").may_admit());
    }
}
