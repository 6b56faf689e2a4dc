//! Which service may call which method, and whether a user must stand behind it. What is not listed is refused.

use chassis::auth::{Method, User};

/// Reading goes on while auth-svc is silent.
const fn read(path: &'static str) -> Method {
    Method { path, callers: &["gateway"], user: User::Graceful }
}

/// Writing needs a token that is valid now.
const fn write(path: &'static str) -> Method {
    Method { path, callers: &["gateway"], user: User::Required }
}

/// Services that follow the feed, and the operator, who waits for them.
const fn feed(path: &'static str) -> Method {
    Method { path, callers: &["auth", "course", "grade", "siakad"], user: User::None }
}

/// Every method of this service.
pub static POLICY: &[Method] = &[
    read("/siakad.student.v1.Structure/ListFaculties"),
    read("/siakad.student.v1.Structure/ListProgrammes"),
    read("/siakad.student.v1.Structure/ListLecturers"),
    read("/siakad.student.v1.Structure/GetLecturer"),
    read("/siakad.student.v1.Students/List"),
    read("/siakad.student.v1.Students/Get"),
    write("/siakad.student.v1.Students/Create"),
    write("/siakad.student.v1.Students/Update"),
    read("/siakad.student.v1.Students/ListStatuses"),
    write("/siakad.student.v1.Students/PutStatus"),
    read("/siakad.student.v1.Students/ListHolds"),
    write("/siakad.student.v1.Students/PlaceHold"),
    write("/siakad.student.v1.Students/WaiveHold"),
    write("/siakad.student.v1.Students/LiftHold"),
    Method { path: IMPORT, callers: &["siakad"], user: User::None },
    feed("/siakad.feed.v1.Feed/Subscribe"),
    feed("/siakad.feed.v1.Feed/Snapshot"),
    feed("/siakad.feed.v1.Feed/GetHead"),
    feed("/siakad.feed.v1.Feed/GetCursors"),
];

/// The bulk import, for the operator alone.
pub(crate) const IMPORT: &str = "/siakad.student.v1.StudentImport/Import";

/// Services of the contract that this service implements.
pub const SERVICES: &[&str] = &[
    "siakad.student.v1.Structure",
    "siakad.student.v1.Students",
    "siakad.student.v1.StudentImport",
    "siakad.feed.v1.Feed",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_listed_once_and_nothing_else() {
        assert_eq!(chassis::auth::unlisted(POLICY, SERVICES), Vec::<String>::new());
    }

    #[test]
    fn what_only_reads_is_graceful_and_what_writes_is_not() {
        for method in
            POLICY.iter().filter(|m| m.path.starts_with("/siakad.student.v1.Stru") || m.path.contains("Students/"))
        {
            let (_, info) = chassis::grpc::contract().get(method.path).unwrap();
            let reads = info.effect == chassis::grpc::Effect::Read;
            assert_eq!(method.user == User::Graceful, reads, "{}", method.path);
        }
    }
}
