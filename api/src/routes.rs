//! Every route of the REST interface. The gateway's router, its OpenAPI document and the client are tested against
//! this list.

use std::fmt;

/// HTTP method of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes something; carries an `Idempotency-Key`.
    Post,
    /// Sets the whole state.
    Put,
    /// Takes away; that of a plan's item, submission or waiting place carries an `Idempotency-Key`.
    Delete,
}

impl Method {
    /// As in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A method and a path template; `{name}` stands for one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path template.
    pub path: &'static str,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)
    }
}

macro_rules! routes {
    ($($name:ident = $method:ident $path:literal;)+) => {
        $(
            #[doc = concat!("`", stringify!($method), " ", $path, "`")]
            pub const $name: Route = Route { method: Method::$method, path: $path };
        )+

        /// Every route, in the order of the documentation.
        pub const ALL: &[Route] = &[$($name),+];
    };
}

routes! {
    SESSIONS_POST = Post "/api/v1/sessions";
    SESSIONS_REFRESH = Post "/api/v1/sessions/refresh";
    SESSION_DELETE = Delete "/api/v1/sessions/current";
    ME_GET = Get "/api/v1/me";
    PASSWORD_PUT = Put "/api/v1/me/password";
    HOME_GET = Get "/api/v1/home";

    ACCOUNTS_GET = Get "/api/v1/accounts";
    ROLE_PUT = Put "/api/v1/accounts/{id}/roles/{role}";
    ROLE_DELETE = Delete "/api/v1/accounts/{id}/roles/{role}";

    FACULTIES_GET = Get "/api/v1/faculties";
    PROGRAMMES_GET = Get "/api/v1/programmes";
    LECTURERS_GET = Get "/api/v1/lecturers";
    LECTURER_GET = Get "/api/v1/lecturers/{id}";

    STUDENTS_GET = Get "/api/v1/students";
    STUDENTS_POST = Post "/api/v1/students";
    STUDENT_GET = Get "/api/v1/students/{id}";
    STUDENT_PUT = Put "/api/v1/students/{id}";
    STATUSES_GET = Get "/api/v1/students/{id}/statuses";
    STATUS_PUT = Put "/api/v1/students/{id}/statuses/{period}";
    HOLDS_GET = Get "/api/v1/students/{id}/holds";
    HOLDS_POST = Post "/api/v1/students/{id}/holds";
    WAIVERS_POST = Post "/api/v1/holds/{id}/waivers";
    HOLD_DELETE = Delete "/api/v1/holds/{id}";

    PERIODS_GET = Get "/api/v1/periods";
    PERIODS_POST = Post "/api/v1/periods";
    PERIOD_GET = Get "/api/v1/periods/{code}";
    PERIOD_PUT = Put "/api/v1/periods/{code}";
    ROOMS_GET = Get "/api/v1/rooms";
    ROOMS_POST = Post "/api/v1/rooms";
    ROOM_PUT = Put "/api/v1/rooms/{id}";
    COURSES_GET = Get "/api/v1/courses";
    COURSES_POST = Post "/api/v1/courses";
    COURSE_GET = Get "/api/v1/courses/{id}";
    COURSE_PUT = Put "/api/v1/courses/{id}";
    PREREQUISITES_GET = Get "/api/v1/courses/{id}/prerequisites";
    PREREQUISITES_PUT = Put "/api/v1/courses/{id}/prerequisites";
    EQUIVALENTS_GET = Get "/api/v1/courses/{id}/equivalents";
    EQUIVALENTS_PUT = Put "/api/v1/courses/{id}/equivalents";
    CURRICULA_GET = Get "/api/v1/curricula";
    CURRICULA_POST = Post "/api/v1/curricula";
    CURRICULUM_GET = Get "/api/v1/curricula/{id}";
    CURRICULUM_PUT = Put "/api/v1/curricula/{id}";
    CLASSES_GET = Get "/api/v1/classes";
    CLASSES_POST = Post "/api/v1/classes";
    CLASS_GET = Get "/api/v1/classes/{id}";
    CLASS_PUT = Put "/api/v1/classes/{id}";
    CLASS_DELETE = Delete "/api/v1/classes/{id}";

    PLAN_GET = Get "/api/v1/students/{id}/plans/{period}";
    PLAN_POST = Post "/api/v1/students/{id}/plans/{period}";
    CHOICES_GET = Get "/api/v1/students/{id}/plans/{period}/choices";
    ITEMS_POST = Post "/api/v1/students/{id}/plans/{period}/items";
    ITEM_DELETE = Delete "/api/v1/students/{id}/plans/{period}/items/{class_id}";
    SUBMISSION_POST = Post "/api/v1/students/{id}/plans/{period}/submission";
    SUBMISSION_DELETE = Delete "/api/v1/students/{id}/plans/{period}/submission";
    APPROVAL_POST = Post "/api/v1/students/{id}/plans/{period}/approval";
    RETURN_POST = Post "/api/v1/students/{id}/plans/{period}/return";
    STEPS_GET = Get "/api/v1/students/{id}/plans/{period}/steps";
    SWAPS_POST = Post "/api/v1/students/{id}/plans/{period}/swaps";
    REVISION_POST = Post "/api/v1/students/{id}/plans/{period}/revision";
    VOID_POST = Post "/api/v1/students/{id}/plans/{period}/void";
    WAITING_POST = Post "/api/v1/students/{id}/plans/{period}/waiting";
    WAITING_DELETE = Delete "/api/v1/students/{id}/plans/{period}/waiting/{class_id}";
    PACKAGE_TAKE = Post "/api/v1/students/{id}/plans/{period}/packages";
    ADMISSION_PUT = Put "/api/v1/students/{id}/admissions/{period}";
    WISHES_GET = Get "/api/v1/students/{id}/wishes/{period}";
    WISHES_PUT = Put "/api/v1/students/{id}/wishes/{period}";
    PLANS_GET = Get "/api/v1/plans";
    PLAN_LOCKS_POST = Post "/api/v1/periods/{code}/plan-locks";
    APPROVALS_POST = Post "/api/v1/approvals";
    BULK_GET = Get "/api/v1/approvals/{id}";
    OUTCOMES_GET = Get "/api/v1/approvals/{id}/outcomes";
    DELEGATIONS_GET = Get "/api/v1/delegations";
    DELEGATIONS_POST = Post "/api/v1/delegations";
    DELEGATION_DELETE = Delete "/api/v1/delegations/{id}";
    LINE_GET = Get "/api/v1/classes/{id}/waiting";
    TRADINGS_GET = Get "/api/v1/periods/{code}/tradings";
    PACKAGES_GET = Get "/api/v1/packages";
    PACKAGES_POST = Post "/api/v1/packages";
    PACKAGE_PUT = Put "/api/v1/packages/{id}";
    PACKAGE_DELETE = Delete "/api/v1/packages/{id}";
    POLICIES_GET = Get "/api/v1/policies";
    POLICIES_POST = Post "/api/v1/policies";
    EFFECTIVE_GET = Get "/api/v1/policies/effective";
    POLICY_GET = Get "/api/v1/policies/{id}";
    POLICY_PUT = Put "/api/v1/policies/{id}";
    POLICY_DELETE = Delete "/api/v1/policies/{id}";
    ALLOCATION_POST = Post "/api/v1/periods/{code}/allocation";
    ALLOCATION_GET = Get "/api/v1/periods/{code}/allocation";
    ALLOCATED_GET = Get "/api/v1/periods/{code}/allocation/outcomes";

    SHEETS_GET = Get "/api/v1/sheets";
    SHEET_GET = Get "/api/v1/classes/{id}/sheet";
    COMPONENTS_PUT = Put "/api/v1/classes/{id}/sheet/components";
    SCORES_PUT = Put "/api/v1/classes/{id}/sheet/scores";
    PUBLICATION_POST = Post "/api/v1/classes/{id}/sheet/publication";
    SEMESTERS_GET = Get "/api/v1/students/{id}/semesters";
    SEMESTER_GET = Get "/api/v1/students/{id}/semesters/{period}";
    TRANSCRIPT_GET = Get "/api/v1/students/{id}/transcript";
    SCALES_GET = Get "/api/v1/grade-scales";
    SCALE_PUT = Put "/api/v1/programmes/{id}/grade-scales/{period}";

    JWKS_GET = Get "/.well-known/jwks.json";
    HEALTH_GET = Get "/healthz";
    READY_GET = Get "/readyz";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_is_listed_twice() {
        let mut seen = ALL.to_vec();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), ALL.len());
    }
}
