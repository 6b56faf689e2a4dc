//! Who may do what. Deny by default; a foreign sheet or result answers like an absent one.

use chassis::auth::{Caller, roles};

/// What an account may do with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// May do it.
    Allowed,
    /// May know of it, may not do it.
    Denied,
    /// Teaches the class, but does not lead it.
    NotLead,
    /// May not even know of it.
    Absent,
}

/// To whom a class belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassOwner<'a> {
    /// Programme that owns the course.
    pub programme_id: &'a str,
    /// Lecturers, and whether they lead.
    pub lecturers: &'a [(&'a str, bool)],
}

impl ClassOwner<'_> {
    fn teaches(&self, caller: &Caller) -> bool {
        self.lecturers.iter().any(|(id, _)| caller.is_lecturer(id))
    }

    /// Whether the caller leads the class.
    pub fn leads(&self, caller: &Caller) -> bool {
        self.lecturers.iter().any(|(id, lead)| *lead && caller.is_lecturer(id))
    }
}

/// Reading a sheet: the lecturers of the class, admins of the programme, the registrar.
pub fn read_sheet(caller: &Caller, class: ClassOwner<'_>) -> Verdict {
    let may = class.teaches(caller) || caller.administers(class.programme_id) || caller.is_registrar();
    if may { Verdict::Allowed } else { Verdict::Absent }
}

/// Writing components and scores: the lecturers of the class. Who may only read hears so.
pub fn write_sheet(caller: &Caller, class: ClassOwner<'_>) -> Verdict {
    if class.teaches(caller) {
        return Verdict::Allowed;
    }
    match read_sheet(caller, class) {
        Verdict::Allowed => Verdict::Denied,
        other => other,
    }
}

/// Publishing: the leading lecturer, who answers for the grades.
pub fn publish_sheet(caller: &Caller, class: ClassOwner<'_>) -> Verdict {
    if class.leads(caller) {
        return Verdict::Allowed;
    }
    match write_sheet(caller, class) {
        Verdict::Allowed => Verdict::NotLead,
        other => other,
    }
}

/// Which sheets an account may read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// All.
    pub all: bool,
    /// Those of these programmes.
    pub programmes: Vec<String>,
    /// Those of this lecturer; empty for none.
    pub lecturer_id: String,
}

/// Which sheets an account may read: the same answer as [`read_sheet`], for a list.
pub fn reach(caller: &Caller) -> Reach {
    let lecturer_id = caller.lecturer_id.clone().filter(|id| caller.is_lecturer(id)).unwrap_or_default();
    Reach { all: caller.is_registrar(), programmes: caller.programmes().map(str::to_owned).collect(), lecturer_id }
}

/// To whom results belong, as the projection of student-svc says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The student.
    pub student_id: &'a str,
    /// The student's advisor, if known.
    pub advisor_id: Option<&'a str>,
    /// The student's study programme, if known.
    pub programme_id: Option<&'a str>,
}

/// Reading results: the student, the advisor, an admin of the programme, the registrar.
pub fn read_results(caller: &Caller, owner: Owner<'_>) -> Verdict {
    let own = caller.is_student(owner.student_id);
    let advisee = owner.advisor_id.is_some_and(|advisor| caller.is_lecturer(advisor));
    let of_programme = owner.programme_id.is_some_and(|programme| caller.administers(programme));
    if own || advisee || of_programme || caller.is_registrar() { Verdict::Allowed } else { Verdict::Absent }
}

/// Keeping grade scales: the registrar. Everybody reads them.
pub fn keep_scales(caller: &Caller) -> Verdict {
    if caller.has(roles::REGISTRAR) { Verdict::Allowed } else { Verdict::Denied }
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

    /// Every role against every action on a class of programme `p`, led by `l` and taught by `m` too, and on the results of
    /// student `s`, advised by `l`, of programme `p`; the table is the specification.
    #[test]
    fn the_whole_table() {
        use Verdict::{Absent, Allowed, Denied, NotLead};
        let class = ClassOwner { programme_id: "p", lecturers: &[("l", true), ("m", false)] };
        let owner = Owner { student_id: "s", advisor_id: Some("l"), programme_id: Some("p") };
        let table = [
            (caller(roles::LECTURER, Some("l")), Allowed, Allowed, Allowed, Allowed, Denied),
            (caller(roles::LECTURER, Some("m")), Allowed, Allowed, NotLead, Absent, Denied),
            (caller(roles::LECTURER, Some("n")), Absent, Absent, Absent, Absent, Denied),
            (caller(roles::STUDENT, Some("s")), Absent, Absent, Absent, Allowed, Denied),
            (caller(roles::STUDENT, Some("t")), Absent, Absent, Absent, Absent, Denied),
            (caller(roles::PROGRAMME_ADMIN, Some("p")), Allowed, Denied, Denied, Allowed, Denied),
            (caller(roles::PROGRAMME_ADMIN, Some("q")), Absent, Absent, Absent, Absent, Denied),
            (caller(roles::PROGRAMME_ADMIN, None), Absent, Absent, Absent, Absent, Denied),
            (caller(roles::REGISTRAR, None), Allowed, Denied, Denied, Allowed, Allowed),
            (caller(roles::SYSTEM_ADMIN, None), Absent, Absent, Absent, Absent, Denied),
            (caller("somebody", None), Absent, Absent, Absent, Absent, Denied),
        ];
        for (caller, read, write, publish, results, scales) in table {
            assert_eq!(read_sheet(&caller, class), read, "read {:?}", caller.roles);
            assert_eq!(write_sheet(&caller, class), write, "write {:?}", caller.roles);
            assert_eq!(publish_sheet(&caller, class), publish, "publish {:?}", caller.roles);
            assert_eq!(read_results(&caller, owner), results, "results {:?}", caller.roles);
            assert_eq!(keep_scales(&caller), scales, "scales {:?}", caller.roles);
            let reach = reach(&caller);
            let listed = reach.all
                || reach.programmes.iter().any(|programme| programme == "p")
                || ["l", "m"].contains(&reach.lecturer_id.as_str());
            assert_eq!(listed, read == Allowed, "list {:?}", caller.roles);
        }
    }

    #[test]
    fn a_role_without_its_person_is_nobody() {
        let mut other = caller(roles::LECTURER, Some("l"));
        other.roles[0].name = roles::SYSTEM_ADMIN.to_owned();
        let class = ClassOwner { programme_id: "p", lecturers: &[("l", true)] };
        assert_eq!(publish_sheet(&other, class), Verdict::Absent, "a lecturer id without the role of a lecturer");
        assert_eq!(reach(&other), Reach::default());
        let owner = Owner { student_id: "s", advisor_id: None, programme_id: None };
        assert_eq!(read_results(&caller(roles::PROGRAMME_ADMIN, Some("p")), owner), Verdict::Absent, "unknown owner");
    }
}
