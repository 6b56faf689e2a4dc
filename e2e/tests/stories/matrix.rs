//! Who may do what to whose: every route, every role, own, foreign and unassigned.
//!
//! The table says whom a route serves; everybody else is refused with 403 or 404 (401 without a token). A route that is
//! not in the table fails the test, and so does an actor that the table forgets.

mod lists;
mod registration;
mod scene;
mod semester;

use api::routes::{self, Route};

use crate::both_engines;
use crate::people::Person;
use crate::system::System;

use scene::{PASSWORD, Scene};

/// Everybody who tries. The object is always the same student, their plan, or something of their study programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Actor {
    /// No token.
    Anonymous,
    /// The student.
    Own,
    /// Another student of the same programme.
    Other,
    /// The student's advisor, who does not teach the class.
    Advisor,
    /// A lecturer with other advisees and other classes.
    Lecturer,
    /// Teaches the class beside the one who leads it.
    Assistant,
    /// Leads the class.
    Teacher,
    /// Admin of the student's programme.
    Programme,
    /// Admin of another programme.
    Foreign,
    /// An account without any role.
    Unassigned,
    /// The academic bureau.
    Registrar,
    /// Runs the system.
    System,
}
use Actor::{
    Advisor, Anonymous, Assistant, Foreign, Lecturer, Other, Own, Programme, Registrar, System as Operator, Teacher,
    Unassigned,
};

const EVERYBODY: &[Actor] = &[
    Anonymous, Own, Other, Advisor, Lecturer, Assistant, Teacher, Programme, Foreign, Unassigned, Registrar, Operator,
];
const LOGGED_IN: &[Actor] =
    &[Own, Other, Advisor, Lecturer, Assistant, Teacher, Programme, Foreign, Unassigned, Registrar, Operator];
/// Have something to do with plans and grades of others; a list shows each of them their own part of it.
const STAFF: &[Actor] = &[Advisor, Lecturer, Assistant, Teacher, Programme, Foreign, Registrar];
/// May read the student's record, plan and results.
const READERS: &[Actor] = &[Own, Advisor, Programme, Registrar];
/// Keep the programme.
const KEEPERS: &[Actor] = &[Programme, Registrar];
/// Decide about the student's plan.
const DECIDERS: &[Actor] = &[Advisor, Registrar];
/// Decide about somebody's plan.
const DECIDING: &[Actor] = &[Advisor, Lecturer, Assistant, Teacher, Registrar];
/// May read the grade sheet of the class.
const GRADE_READERS: &[Actor] = &[Assistant, Teacher, Programme, Registrar];

/// Routes that one login is tried with: access tokens are good for five minutes.
const ROUTES_A_LOGIN: usize = 20;

/// Whom each route serves.
fn allowed(route: Route) -> Option<&'static [Actor]> {
    Some(match route {
        routes::JWKS_GET | routes::HEALTH_GET | routes::READY_GET => EVERYBODY,
        routes::SESSIONS_POST | routes::SESSIONS_REFRESH => EVERYBODY,
        routes::CLASSES_GET | routes::PERIODS_GET => EVERYBODY,
        routes::SESSION_DELETE | routes::HOME_GET => LOGGED_IN,
        routes::ME_GET | routes::PASSWORD_PUT => LOGGED_IN,
        routes::ACCOUNTS_GET | routes::ROLE_PUT | routes::ROLE_DELETE => &[Operator],
        routes::FACULTIES_GET | routes::PROGRAMMES_GET | routes::LECTURERS_GET | routes::LECTURER_GET => LOGGED_IN,
        routes::PERIOD_GET | routes::ROOMS_GET | routes::COURSES_GET | routes::COURSE_GET | routes::CLASS_GET => {
            LOGGED_IN
        }
        routes::STUDENTS_GET => &[Own, Other, Advisor, Lecturer, Assistant, Teacher, Programme, Foreign, Registrar],
        routes::STUDENT_GET | routes::STATUSES_GET => READERS,
        routes::HOLDS_GET => READERS,
        routes::STUDENTS_POST | routes::STUDENT_PUT | routes::STATUS_PUT => KEEPERS,
        routes::HOLDS_POST | routes::WAIVERS_POST | routes::HOLD_DELETE => &[Registrar],
        routes::PERIODS_POST | routes::PERIOD_PUT | routes::ROOMS_POST | routes::ROOM_PUT => &[Registrar],
        routes::COURSES_POST | routes::COURSE_PUT => KEEPERS,
        routes::CLASSES_POST | routes::CLASS_PUT | routes::CLASS_DELETE => KEEPERS,
        routes::PLAN_GET | routes::CHOICES_GET => READERS,
        routes::PLAN_POST | routes::ITEMS_POST | routes::ITEM_DELETE => &[Own],
        routes::SUBMISSION_POST | routes::SUBMISSION_DELETE => &[Own],
        routes::APPROVAL_POST | routes::RETURN_POST => DECIDERS,
        routes::STEPS_GET => READERS,
        routes::SWAPS_POST | routes::REVISION_POST | routes::PACKAGE_TAKE | routes::ADMISSION_PUT => &[Own],
        routes::WAITING_POST | routes::WAITING_DELETE | routes::WISHES_PUT => &[Own],
        routes::VOID_POST | routes::TRADINGS_GET | routes::ALLOCATION_POST => &[Registrar],
        routes::WISHES_GET => READERS,
        routes::LINE_GET => KEEPERS,
        routes::PACKAGES_GET | routes::ALLOCATED_GET => {
            &[Own, Other, Advisor, Lecturer, Assistant, Teacher, Programme, Foreign, Registrar]
        }
        routes::ALLOCATION_GET => LOGGED_IN,
        routes::POLICIES_GET | routes::POLICY_GET => STAFF,
        routes::POLICIES_POST | routes::POLICY_PUT | routes::POLICY_DELETE => &[Registrar],
        // About the student.
        routes::EFFECTIVE_GET => READERS,
        routes::PACKAGES_POST | routes::PACKAGE_PUT | routes::PACKAGE_DELETE => KEEPERS,
        // Whoever decides about plans at all; what becomes of each plan is said by its outcome.
        routes::APPROVALS_POST | routes::DELEGATIONS_GET => DECIDING,
        // The advisor has started it.
        routes::BULK_GET | routes::OUTCOMES_GET => DECIDERS,
        // In the student's advisor's name.
        routes::DELEGATIONS_POST | routes::DELEGATION_DELETE => DECIDERS,
        routes::PLANS_GET => STAFF,
        routes::PLAN_LOCKS_POST => &[Registrar],
        routes::CURRICULA_GET | routes::CURRICULUM_GET => LOGGED_IN,
        routes::PREREQUISITES_GET | routes::EQUIVALENTS_GET => LOGGED_IN,
        routes::CURRICULA_POST | routes::CURRICULUM_PUT => KEEPERS,
        routes::PREREQUISITES_PUT | routes::EQUIVALENTS_PUT => KEEPERS,
        // Whoever has no part in any grade sheet has an empty list.
        routes::SHEETS_GET => LOGGED_IN,
        routes::SHEET_GET => GRADE_READERS,
        routes::COMPONENTS_PUT | routes::SCORES_PUT => &[Assistant, Teacher],
        routes::PUBLICATION_POST => &[Teacher],
        routes::SEMESTERS_GET | routes::SEMESTER_GET | routes::TRANSCRIPT_GET => READERS,
        routes::SCALES_GET => LOGGED_IN,
        routes::SCALE_PUT => &[Registrar],
        _ => return None,
    })
}

both_engines! {
    async fn every_route_serves_whom_it_should_and_nobody_else(engine: Engine) {
        let system = System::start(engine).await;
        let mut scene = Scene::set(&system).await;
        let mut complaints = Vec::new();
        for (n, &route) in routes::ALL.iter().enumerate() {
            if n % ROUTES_A_LOGIN == 0 {
                scene.log_in_again(&system).await;
            }
            let Some(allowed) = allowed(route) else {
                complaints.push(format!("{route} has no row in the table"));
                continue;
            };
            for (actor, person) in &scene.actors {
                // The end of a session must not end the session that the others are tried with.
                let person = if route == routes::SESSION_DELETE && *actor != Anonymous {
                    Person::login(&system, "matrix.account", PASSWORD).await
                } else {
                    person.clone()
                };
                let found = scene.attempt(route, *actor, &person).await;
                let served = found.status.is_success();
                let status = found.status.as_u16();
                let right = match (allowed.contains(actor), *actor) {
                    (true, _) => served,
                    (false, Anonymous) => status == 401,
                    (false, _) => matches!(status, 403 | 404),
                };
                if !right {
                    let wanted = if allowed.contains(actor) { "should be served" } else { "should be refused" };
                    complaints.push(format!("{route} as {actor:?} {wanted}: {} {}", found.status, found.body));
                }
            }
            if matches!(route, routes::HOLDS_POST | routes::WAIVERS_POST | routes::HOLD_DELETE) {
                scene.lift_holds().await;
            }
        }
        complaints.extend(scene.moves().await);
        complaints.extend(scene.lists().await);
        assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
    }
}

/// Known without starting anything.
#[test]
fn every_route_has_a_row_in_the_table() {
    let missing: Vec<String> =
        routes::ALL.iter().filter(|route| allowed(**route).is_none()).map(Route::to_string).collect();
    assert_eq!(missing, Vec::<String>::new());
}
