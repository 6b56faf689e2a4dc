//! Every route of the gateway: where it is, what it costs, who may ask, and which handler answers.

use api::routes::{self as r, Method, Route};
use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, get, on};
use chassis::serve::{HttpOptions, layered};

use crate::edge::gate::{self, Access, Gate};
use crate::edge::seal;
use crate::edge::traffic::Lane;
use crate::error::{unknown_method, unknown_route};
use crate::routes::{
    accounts, admissions, allocations, approvals, bulk, classes, courses, curricula, docs, holds, home, me, packages,
    periods, plans, policies, prerequisites, results, rooms, scales, sessions, sheets, statuses, structure, students,
    system, waiting,
};
use crate::state::Gateway;

use Access::{Graceful, Open, Optional, Required};
use Lane::{Login, Read, Refresh, Write};

#[rustfmt::skip]
pub(crate) fn table() -> Table {
    Table::default()
        .on(r::SESSIONS_POST,    Login,   Open,     sessions::create)
        .on(r::SESSIONS_REFRESH, Refresh, Open,     sessions::refresh)
        .on(r::SESSION_DELETE,   Write,   Required, sessions::delete)
        .on(r::ME_GET,           Read,    Graceful, me::get)
        .on(r::PASSWORD_PUT,     Login,   Required, me::put_password)
        .on(r::HOME_GET,         Read,    Graceful, home::get)
        .on(r::ACCOUNTS_GET,     Read,    Required, accounts::list)
        .on(r::ROLE_PUT,         Write,   Required, accounts::put_role)
        .on(r::ROLE_DELETE,      Write,   Required, accounts::delete_role)
        .on(r::FACULTIES_GET,    Read,    Graceful, structure::faculties)
        .on(r::PROGRAMMES_GET,   Read,    Graceful, structure::programmes)
        .on(r::LECTURERS_GET,    Read,    Graceful, structure::lecturers)
        .on(r::LECTURER_GET,     Read,    Graceful, structure::lecturer)
        .on(r::STUDENTS_GET,     Read,    Graceful, students::list)
        .on(r::STUDENTS_POST,    Write,   Required, students::create)
        .on(r::STUDENT_GET,      Read,    Graceful, students::get)
        .on(r::STUDENT_PUT,      Write,   Required, students::put)
        .on(r::STATUSES_GET,     Read,    Graceful, statuses::list)
        .on(r::STATUS_PUT,       Write,   Required, statuses::put)
        .on(r::HOLDS_GET,        Read,    Graceful, holds::list)
        .on(r::HOLDS_POST,       Write,   Required, holds::create)
        .on(r::WAIVERS_POST,     Write,   Required, holds::waive)
        .on(r::HOLD_DELETE,      Write,   Required, holds::delete)
        .on(r::PERIODS_GET,      Read,    Optional, periods::list)
        .on(r::PERIODS_POST,     Write,   Required, periods::create)
        .on(r::PERIOD_GET,       Read,    Graceful, periods::get)
        .on(r::PERIOD_PUT,       Write,   Required, periods::put)
        .on(r::ROOMS_GET,        Read,    Graceful, rooms::list)
        .on(r::ROOMS_POST,       Write,   Required, rooms::create)
        .on(r::ROOM_PUT,         Write,   Required, rooms::put)
        .on(r::COURSES_GET,      Read,    Graceful, courses::list)
        .on(r::COURSES_POST,     Write,   Required, courses::create)
        .on(r::COURSE_GET,       Read,    Graceful, courses::get)
        .on(r::COURSE_PUT,       Write,   Required, courses::put)
        .on(r::PREREQUISITES_GET, Read,   Graceful, prerequisites::get)
        .on(r::PREREQUISITES_PUT, Write,  Required, prerequisites::put)
        .on(r::EQUIVALENTS_GET,  Read,    Graceful, prerequisites::equivalents)
        .on(r::EQUIVALENTS_PUT,  Write,   Required, prerequisites::put_equivalents)
        .on(r::CURRICULA_GET,    Read,    Graceful, curricula::list)
        .on(r::CURRICULA_POST,   Write,   Required, curricula::create)
        .on(r::CURRICULUM_GET,   Read,    Graceful, curricula::get)
        .on(r::CURRICULUM_PUT,   Write,   Required, curricula::put)
        .on(r::CLASSES_GET,      Read,    Optional, classes::list)
        .on(r::CLASSES_POST,     Write,   Required, classes::create)
        .on(r::CLASS_GET,        Read,    Graceful, classes::get)
        .on(r::CLASS_PUT,        Write,   Required, classes::put)
        .on(r::CLASS_DELETE,     Write,   Required, classes::delete)
        .on(r::PLAN_GET,         Read,    Graceful, plans::get)
        .on(r::PLAN_POST,        Write,   Graceful, plans::open)
        .on(r::CHOICES_GET,      Read,    Graceful, plans::choices)
        .on(r::ITEMS_POST,       Write,   Graceful, plans::add)
        .on(r::ITEM_DELETE,      Write,   Graceful, plans::remove)
        .on(r::SUBMISSION_POST,  Write,   Graceful, approvals::submit)
        .on(r::SUBMISSION_DELETE, Write,  Graceful, approvals::withdraw)
        .on(r::APPROVAL_POST,    Write,   Required, approvals::approve)
        .on(r::RETURN_POST,      Write,   Required, approvals::give_back)
        .on(r::STEPS_GET,        Read,    Graceful, approvals::steps)
        .on(r::SWAPS_POST,       Write,   Graceful, plans::swap)
        .on(r::REVISION_POST,    Write,   Graceful, approvals::revise)
        .on(r::VOID_POST,        Write,   Required, approvals::void)
        .on(r::WAITING_POST,     Write,   Graceful, waiting::join)
        .on(r::WAITING_DELETE,   Write,   Graceful, waiting::leave)
        .on(r::PACKAGE_TAKE,     Write,   Graceful, packages::take)
        .on(r::ADMISSION_PUT,    Write,   Graceful, admissions::enter)
        .on(r::WISHES_GET,       Read,    Graceful, allocations::wishes)
        .on(r::WISHES_PUT,       Write,   Graceful, allocations::put_wishes)
        .on(r::PLANS_GET,        Read,    Graceful, approvals::queue)
        .on(r::PLAN_LOCKS_POST,  Write,   Required, approvals::lock)
        .on(r::APPROVALS_POST,   Write,   Required, bulk::start)
        .on(r::BULK_GET,         Read,    Graceful, bulk::get)
        .on(r::OUTCOMES_GET,     Read,    Graceful, bulk::outcomes)
        .on(r::DELEGATIONS_GET,  Read,    Graceful, bulk::delegations)
        .on(r::DELEGATIONS_POST, Write,   Required, bulk::delegate)
        .on(r::DELEGATION_DELETE, Write,  Required, bulk::end)
        .on(r::LINE_GET,         Read,    Graceful, waiting::line)
        .on(r::TRADINGS_GET,     Read,    Graceful, waiting::tradings)
        .on(r::PACKAGES_GET,     Read,    Graceful, packages::list)
        .on(r::PACKAGES_POST,    Write,   Required, packages::create)
        .on(r::PACKAGE_PUT,      Write,   Required, packages::put)
        .on(r::PACKAGE_DELETE,   Write,   Required, packages::delete)
        .on(r::POLICIES_GET,     Read,    Graceful, policies::list)
        .on(r::POLICIES_POST,    Write,   Required, policies::create)
        .on(r::EFFECTIVE_GET,    Read,    Graceful, policies::effective)
        .on(r::POLICY_GET,       Read,    Graceful, policies::get)
        .on(r::POLICY_PUT,       Write,   Required, policies::put)
        .on(r::POLICY_DELETE,    Write,   Required, policies::delete)
        .on(r::ALLOCATION_POST,  Write,   Required, allocations::run)
        .on(r::ALLOCATION_GET,   Read,    Graceful, allocations::get)
        .on(r::ALLOCATED_GET,    Read,    Graceful, allocations::outcomes)
        .on(r::SHEETS_GET,       Read,    Graceful, sheets::list)
        .on(r::SHEET_GET,        Read,    Graceful, sheets::get)
        .on(r::COMPONENTS_PUT,   Write,   Graceful, sheets::put_components)
        .on(r::SCORES_PUT,       Write,   Graceful, sheets::put_scores)
        .on(r::PUBLICATION_POST, Write,   Required, sheets::publish)
        .on(r::SEMESTERS_GET,    Read,    Graceful, results::list)
        .on(r::SEMESTER_GET,     Read,    Graceful, results::get)
        .on(r::TRANSCRIPT_GET,   Read,    Graceful, results::transcript)
        .on(r::SCALES_GET,       Read,    Graceful, scales::list)
        .on(r::SCALE_PUT,        Write,   Required, scales::put)
        .on(r::JWKS_GET,         Read,    Open,     system::jwks)
}

/// The routes, as a list for the description and as methods of a router.
#[derive(Default)]
pub(crate) struct Table {
    routes: Vec<(Route, Gate, MethodRouter<Gateway>)>,
}

impl Table {
    fn on<H, T>(mut self, route: Route, lane: Lane, access: Access, handler: H) -> Self
    where
        H: Handler<T, Gateway>,
        T: 'static,
    {
        let filter = match route.method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Delete => MethodFilter::DELETE,
        };
        self.routes.push((route, Gate { lane, access, keyed: gate::takes_key(route) }, on(filter, handler)));
        self
    }

    /// Each route with what the router says about it.
    pub(crate) fn gates(&self) -> impl Iterator<Item = (Route, Gate)> + '_ {
        self.routes.iter().map(|(route, gate, _)| (*route, *gate))
    }
}

/// The whole router. Health and the description of the interface stand outside of the gates: they need no service, no
/// token and no place.
pub(crate) fn router(gateway: Gateway) -> Router {
    let mut router = Router::new()
        .route(r::HEALTH_GET.path, get(system::health))
        .route(r::READY_GET.path, get(system::ready))
        .route("/api/openapi.json", get(docs::openapi))
        .route("/api/docs", get(docs::page))
        .route("/api/docs/style.css", get(docs::style));
    for (route, gate, handler) in table().routes {
        let layer = from_fn_with_state((gateway.clone(), gate), gate::pass);
        router = router.route(route.path, handler.layer(layer));
    }
    let router = router.fallback(unknown_route).method_not_allowed_fallback(unknown_method);
    let budgets = gateway.config().budgets;
    let options = HttpOptions { read: budgets.read, write: budgets.write };
    let router = router.with_state(gateway.clone()).layer(from_fn_with_state(gateway.clone(), seal::bounded));
    layered(router, options).layer(from_fn_with_state(gateway, seal::seal))
}
