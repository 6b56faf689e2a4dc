//! Who may do what. Deny by default; a foreign plan answers like an absent one.

use chassis::auth::{Caller, roles};

/// What an account may do with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// May do it.
    Allowed,
    /// May know of it, may not do it.
    Denied,
    /// May not even know of it.
    Absent,
}

/// To whom a plan belongs, as the projection of student-svc says, and whether the caller stands in for the advisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The student.
    pub student_id: &'a str,
    /// The student's advisor, if known.
    pub advisor_id: Option<&'a str>,
    /// The student's study programme, if known.
    pub programme_id: Option<&'a str>,
    /// Whether the advisor has delegated to the lecturer who asks, at this moment. What was delegated to the advisor is not
    /// passed on: only the student's own advisor counts.
    pub delegated: bool,
}

/// Reading a plan: the student, the advisor and who stands in for them, an admin of the programme, the registrar.
pub fn read_plan(caller: &Caller, owner: Owner<'_>) -> Verdict {
    let own = caller.is_student(owner.student_id);
    let advisee = advises(caller, owner) || stands_in(caller, owner);
    let of_programme = owner.programme_id.is_some_and(|programme| caller.administers(programme));
    if own || advisee || of_programme || caller.is_registrar() { Verdict::Allowed } else { Verdict::Absent }
}

/// Changing a plan: only the student. Who may read it hears that it is not theirs to change.
pub fn change_plan(caller: &Caller, owner: Owner<'_>) -> Verdict {
    if caller.is_student(owner.student_id) {
        return Verdict::Allowed;
    }
    match read_plan(caller, owner) {
        Verdict::Allowed => Verdict::Denied,
        other => other,
    }
}

/// Deciding about a plan: the student's advisor, who stands in for them, and the registrar; nobody about their own. Who may
/// read it hears that it is not theirs to decide.
pub fn decide_plan(caller: &Caller, owner: Owner<'_>) -> Verdict {
    let own = caller.is_student(owner.student_id);
    if !own && (advises(caller, owner) || stands_in(caller, owner) || caller.is_registrar()) {
        return Verdict::Allowed;
    }
    match read_plan(caller, owner) {
        Verdict::Allowed => Verdict::Denied,
        other => other,
    }
}

/// Voiding a plan: the registrar, not their own. Who may read it hears that it is not theirs to void.
pub fn void_plan(caller: &Caller, owner: Owner<'_>) -> Verdict {
    match read_plan(caller, owner) {
        Verdict::Allowed if caller.is_registrar() && !caller.is_student(owner.student_id) => Verdict::Allowed,
        Verdict::Allowed => Verdict::Denied,
        other => other,
    }
}

/// Whether the caller is the student's advisor.
pub fn advises(caller: &Caller, owner: Owner<'_>) -> bool {
    owner.advisor_id.is_some_and(|advisor| caller.is_lecturer(advisor))
}

/// Whether the caller is a lecturer to whom the student's advisor has delegated.
pub fn stands_in(caller: &Caller, owner: Owner<'_>) -> bool {
    owner.delegated && lecturer(caller).is_some()
}

/// The lecturer behind the account, if it is one's.
pub fn lecturer(caller: &Caller) -> Option<&str> {
    caller.lecturer_id.as_deref().filter(|id| caller.is_lecturer(id))
}

/// Whose plans an account may read in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readable {
    /// Everybody's.
    pub all: bool,
    /// Those of the advisees of these lecturers.
    pub advisor_ids: Vec<String>,
    /// Those of the students of these programmes.
    pub programme_ids: Vec<String>,
}

/// Listing plans: lecturers, programme admins and registrars, each what they may read one by one; `None` for others.
/// `delegators` are the advisors who have delegated to the caller at this moment.
pub fn list_plans(caller: &Caller, delegators: Vec<String>) -> Option<Readable> {
    let advisor_ids = lecturer(caller).map(|own| [vec![own.to_owned()], delegators].concat());
    let readable = Readable {
        all: caller.is_registrar(),
        advisor_ids: advisor_ids.unwrap_or_default(),
        programme_ids: caller.programmes().map(str::to_owned).collect(),
    };
    let staff = [roles::LECTURER, roles::PROGRAMME_ADMIN, roles::REGISTRAR].into_iter().any(|role| caller.has(role));
    staff.then_some(readable)
}

/// Whose packages an account may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packages {
    /// Everybody's.
    All,
    /// Those that are meant for this student.
    OfStudent(String),
}

/// Listing packages: staff all, a student those meant for them; `None` for others.
pub fn list_packages(caller: &Caller) -> Option<Packages> {
    if sees_planned(caller) {
        return Some(Packages::All);
    }
    let student = caller.student_id.clone().filter(|id| caller.is_student(id));
    student.map(Packages::OfStudent)
}

/// Reading what the registrar watches: the registrar.
pub fn watch(caller: &Caller) -> Verdict {
    if caller.is_registrar() { Verdict::Allowed } else { Verdict::Denied }
}

/// Locking the plans of a period: the registrar.
pub fn lock_plans(caller: &Caller) -> Verdict {
    if caller.is_registrar() { Verdict::Allowed } else { Verdict::Denied }
}

/// Giving the seats of a period by wishes: the registrar.
pub fn run_allocation(caller: &Caller) -> Verdict {
    if caller.is_registrar() { Verdict::Allowed } else { Verdict::Denied }
}

/// Approving many plans: lecturers and the registrar, each plan by plan what they may decide about; what is left over to
/// the office, the registrar.
pub fn start_approval(caller: &Caller, leftovers: bool) -> Verdict {
    let may = caller.is_registrar() || (!leftovers && lecturer(caller).is_some());
    if may { Verdict::Allowed } else { Verdict::Denied }
}

/// Seeing what became of many plans: who started it, and the registrar.
pub fn read_approval(caller: &Caller, account_id: &str) -> Verdict {
    if caller.account_id == account_id || caller.is_registrar() { Verdict::Allowed } else { Verdict::Absent }
}

/// Delegating for an advisor: that advisor and the registrar.
pub fn give_delegation(caller: &Caller, advisor_id: &str) -> Verdict {
    if caller.is_lecturer(advisor_id) || caller.is_registrar() { Verdict::Allowed } else { Verdict::Denied }
}

/// Ending a delegation: the advisor who gave it and the registrar. The delegate hears that it is not theirs to end.
pub fn end_delegation(caller: &Caller, advisor_id: &str, delegate_id: &str) -> Verdict {
    match give_delegation(caller, advisor_id) {
        Verdict::Denied if caller.is_lecturer(delegate_id) => Verdict::Denied,
        Verdict::Denied => Verdict::Absent,
        other => other,
    }
}

/// Listing delegations: the registrar all (an empty id), lecturers those that they gave or received; `None` for others.
pub fn list_delegations(caller: &Caller) -> Option<&str> {
    if caller.is_registrar() { Some("") } else { lecturer(caller) }
}

/// Keeping courses and classes of a study programme: its admins and the registrar. Everybody may know of them.
pub fn keep_programme(caller: &Caller, programme_id: &str) -> Verdict {
    if caller.is_registrar() || caller.administers(programme_id) { Verdict::Allowed } else { Verdict::Denied }
}

/// Whether the account keeps courses and classes of any study programme. Who does not hears so before anything else.
pub fn keeps_anything(caller: &Caller) -> bool {
    caller.is_registrar() || caller.has(roles::PROGRAMME_ADMIN)
}

/// Keeping periods and rooms: the registrar.
pub fn keep_campus(caller: &Caller) -> Verdict {
    if caller.is_registrar() { Verdict::Allowed } else { Verdict::Denied }
}

/// Reading policy documents: staff. Students are told what decides about them.
pub fn read_policies(caller: &Caller) -> Verdict {
    if sees_planned(caller) { Verdict::Allowed } else { Verdict::Denied }
}

/// Whether the account sees periods that have not begun: staff does, students do not.
pub fn sees_planned(caller: &Caller) -> bool {
    [roles::LECTURER, roles::PROGRAMME_ADMIN, roles::REGISTRAR].into_iter().any(|role| caller.has(role))
}

#[cfg(test)]
mod tests {
    use chassis::auth::Role;
    use jiff::Timestamp;

    use super::*;

    fn caller(role: &str, scope: Option<&str>) -> Caller {
        Caller {
            account_id: "account".to_owned(),
            session_id: "session".to_owned(),
            roles: vec![Role { name: role.to_owned(), scope: scope.map(str::to_owned) }],
            student_id: (role == roles::STUDENT).then(|| scope.unwrap_or("me").to_owned()),
            lecturer_id: (role == roles::LECTURER).then(|| scope.unwrap_or("me").to_owned()),
            auth_time: Timestamp::UNIX_EPOCH,
            amr: Vec::new(),
            stale: false,
        }
    }

    /// Every role against every action on the plan of student `s`, advised by `a`, of programme `p`, and on programme
    /// `p`; the table is the specification.
    #[test]
    fn the_whole_table() {
        use Verdict::{Absent, Allowed, Denied};
        let owner = Owner { student_id: "s", advisor_id: Some("a"), programme_id: Some("p"), delegated: false };
        let table = [
            (caller(roles::STUDENT, Some("s")), Allowed, Allowed, Denied, Denied, Denied, Denied, false),
            (caller(roles::STUDENT, Some("t")), Absent, Absent, Absent, Absent, Denied, Denied, false),
            (caller(roles::LECTURER, Some("a")), Allowed, Denied, Allowed, Denied, Denied, Denied, true),
            (caller(roles::LECTURER, Some("b")), Absent, Absent, Absent, Absent, Denied, Denied, true),
            (caller(roles::PROGRAMME_ADMIN, Some("p")), Allowed, Denied, Denied, Denied, Allowed, Denied, true),
            (caller(roles::PROGRAMME_ADMIN, Some("q")), Absent, Absent, Absent, Absent, Denied, Denied, true),
            (caller(roles::PROGRAMME_ADMIN, None), Absent, Absent, Absent, Absent, Denied, Denied, true),
            (caller(roles::REGISTRAR, None), Allowed, Denied, Allowed, Allowed, Allowed, Allowed, true),
            (caller(roles::SYSTEM_ADMIN, None), Absent, Absent, Absent, Absent, Denied, Denied, false),
            (caller("somebody", None), Absent, Absent, Absent, Absent, Denied, Denied, false),
        ];
        for (caller, read, change, decide, void, programme, campus, planned) in table {
            assert_eq!(read_plan(&caller, owner), read, "read {:?}", caller.roles);
            assert_eq!(change_plan(&caller, owner), change, "change {:?}", caller.roles);
            assert_eq!(decide_plan(&caller, owner), decide, "decide {:?}", caller.roles);
            assert_eq!(void_plan(&caller, owner), void, "void {:?}", caller.roles);
            assert_eq!(lock_plans(&caller), campus, "lock {:?}", caller.roles);
            assert_eq!(watch(&caller), campus, "watch {:?}", caller.roles);
            assert_eq!(run_allocation(&caller), campus, "allocate {:?}", caller.roles);
            assert_eq!(keep_programme(&caller, "p"), programme, "programme {:?}", caller.roles);
            assert_eq!(keep_campus(&caller), campus, "campus {:?}", caller.roles);
            assert_eq!(sees_planned(&caller), planned, "planned {:?}", caller.roles);
            let policies = if planned { Allowed } else { Denied };
            assert_eq!(read_policies(&caller), policies, "policies {:?}", caller.roles);
        }
    }

    #[test]
    fn an_unknown_owner_is_nobodys_but_the_students_and_the_registrars() {
        let owner = Owner { student_id: "s", advisor_id: None, programme_id: None, delegated: false };
        assert_eq!(read_plan(&caller(roles::LECTURER, Some("a")), owner), Verdict::Absent);
        assert_eq!(read_plan(&caller(roles::PROGRAMME_ADMIN, Some("p")), owner), Verdict::Absent);
        assert_eq!(change_plan(&caller(roles::STUDENT, Some("s")), owner), Verdict::Allowed);
    }

    #[test]
    fn a_list_has_what_its_reader_may_read_one_by_one() {
        let of = |role, scope| list_plans(&caller(role, scope), Vec::new());
        assert_eq!(of(roles::STUDENT, Some("s")), None);
        assert_eq!(of(roles::SYSTEM_ADMIN, None), None);
        let advisor = of(roles::LECTURER, Some("a")).unwrap();
        assert_eq!((advisor.all, advisor.advisor_ids, advisor.programme_ids.len()), (false, vec!["a".to_owned()], 0));
        let delegate = list_plans(&caller(roles::LECTURER, Some("b")), vec!["a".to_owned()]).unwrap();
        assert_eq!(delegate.advisor_ids, ["b", "a"]);
        let admin = list_plans(&caller(roles::PROGRAMME_ADMIN, Some("p")), vec!["a".to_owned()]).unwrap();
        assert!(admin.advisor_ids.is_empty(), "nobody delegates to who is no lecturer");
        let admin = of(roles::PROGRAMME_ADMIN, Some("p")).unwrap();
        assert_eq!((admin.all, admin.advisor_ids.len(), admin.programme_ids), (false, 0, vec!["p".to_owned()]));
        let unassigned = of(roles::PROGRAMME_ADMIN, None).unwrap();
        assert_eq!(unassigned, Readable::default(), "an admin of nothing reads nobody");
        assert!(of(roles::REGISTRAR, None).unwrap().all);
    }

    #[test]
    fn packages_are_read_by_staff_and_by_those_they_are_meant_for() {
        let of = |role, scope| list_packages(&caller(role, scope));
        assert_eq!(of(roles::STUDENT, Some("s")), Some(Packages::OfStudent("s".to_owned())));
        for staff in [roles::LECTURER, roles::PROGRAMME_ADMIN, roles::REGISTRAR] {
            assert_eq!(of(staff, Some("x")), Some(Packages::All));
        }
        assert_eq!(of(roles::SYSTEM_ADMIN, None), None);
        assert_eq!(of("somebody", Some("s")), None);
    }

    #[test]
    fn nobody_decides_about_their_own_plan() {
        let mut both = caller(roles::REGISTRAR, None);
        both.roles.push(Role { name: roles::STUDENT.to_owned(), scope: None });
        both.student_id = Some("s".to_owned());
        let owner = Owner { student_id: "s", advisor_id: None, programme_id: None, delegated: false };
        assert_eq!(decide_plan(&both, owner), Verdict::Denied);
        assert_eq!(void_plan(&both, owner), Verdict::Denied);
        let other = Owner { student_id: "t", ..owner };
        assert_eq!((decide_plan(&both, other), void_plan(&both, other)), (Verdict::Allowed, Verdict::Allowed));
    }

    /// Every role where the advisor has delegated to the account's lecturer; the table is the specification.
    #[test]
    fn a_delegate_reads_and_decides_and_nobody_else_gains_by_it() {
        use Verdict::{Absent, Allowed, Denied};
        let owner = Owner { student_id: "s", advisor_id: Some("a"), programme_id: Some("p"), delegated: true };
        for (caller, read, change, decide, void) in [
            (caller(roles::LECTURER, Some("b")), Allowed, Denied, Allowed, Denied),
            (caller(roles::LECTURER, Some("a")), Allowed, Denied, Allowed, Denied),
            (caller(roles::STUDENT, Some("t")), Absent, Absent, Absent, Absent),
            (caller(roles::STUDENT, Some("s")), Allowed, Allowed, Denied, Denied),
            (caller(roles::PROGRAMME_ADMIN, Some("q")), Absent, Absent, Absent, Absent),
            (caller(roles::SYSTEM_ADMIN, None), Absent, Absent, Absent, Absent),
        ] {
            assert_eq!(read_plan(&caller, owner), read, "read {:?}", caller.roles);
            assert_eq!(change_plan(&caller, owner), change, "change {:?}", caller.roles);
            assert_eq!(decide_plan(&caller, owner), decide, "decide {:?}", caller.roles);
            assert_eq!(void_plan(&caller, owner), void, "void {:?}", caller.roles);
        }
        let mut both = caller(roles::LECTURER, Some("b"));
        both.roles.push(Role { name: roles::STUDENT.to_owned(), scope: None });
        both.student_id = Some("s".to_owned());
        assert_eq!(decide_plan(&both, owner), Denied, "not about their own");
        assert!(!stands_in(&both, Owner { delegated: false, ..owner }) && stands_in(&both, owner));
    }

    /// Every role against bulk approvals of account `account` and a delegation from `a` to `b`; the table is the
    /// specification: start, start with what is left over, give, end, list.
    #[test]
    fn the_table_of_bulk_approvals_and_delegations() {
        use Verdict::{Absent, Allowed, Denied};
        for (caller, start, leftovers, give, end, list) in [
            (caller(roles::LECTURER, Some("a")), Allowed, Denied, Allowed, Allowed, Some("a")),
            (caller(roles::LECTURER, Some("b")), Allowed, Denied, Denied, Denied, Some("b")),
            (caller(roles::LECTURER, Some("c")), Allowed, Denied, Denied, Absent, Some("c")),
            (caller(roles::REGISTRAR, None), Allowed, Allowed, Allowed, Allowed, Some("")),
            (caller(roles::PROGRAMME_ADMIN, Some("p")), Denied, Denied, Denied, Absent, None),
            (caller(roles::STUDENT, Some("s")), Denied, Denied, Denied, Absent, None),
            (caller(roles::SYSTEM_ADMIN, None), Denied, Denied, Denied, Absent, None),
        ] {
            assert_eq!(start_approval(&caller, false), start, "start {:?}", caller.roles);
            assert_eq!(start_approval(&caller, true), leftovers, "left over {:?}", caller.roles);
            assert_eq!(give_delegation(&caller, "a"), give, "give {:?}", caller.roles);
            assert_eq!(end_delegation(&caller, "a", "b"), end, "end {:?}", caller.roles);
            assert_eq!(list_delegations(&caller), list, "list {:?}", caller.roles);
            let other = if caller.is_registrar() { Allowed } else { Absent };
            let read = (read_approval(&caller, "account"), read_approval(&caller, "another"));
            assert_eq!(read, (Allowed, other), "read {:?}", caller.roles);
        }
    }

    #[test]
    fn a_role_without_its_person_is_nobody() {
        let mut other = caller(roles::STUDENT, Some("s"));
        other.roles[0].name = roles::SYSTEM_ADMIN.to_owned();
        let owner = Owner { student_id: "s", advisor_id: Some("a"), programme_id: Some("p"), delegated: true };
        assert_eq!(change_plan(&other, owner), Verdict::Absent, "a student id without the role of a student");
    }
}
