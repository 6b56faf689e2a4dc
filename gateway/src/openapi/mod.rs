//! The description of the interface: an OpenAPI 3.1 document for programs, a page made of it for people.
//!
//! What is particular to a route stands at its handler (`utoipa::path`); what all routes share is added by
//! [`complete`]. Both are made once per process.

mod complete;
mod example;
mod html;
mod page;

use std::sync::OnceLock;

use bytes::Bytes;
use http::HeaderValue;
use serde_json::Value;
use utoipa::OpenApi;

use crate::edge::reply::entity_tag;
use crate::router;
use crate::routes::{
    accounts, admissions, allocations, approvals, bulk, classes, courses, curricula, holds, home, me, packages,
    periods, plans, policies, prerequisites, results, rooms, scales, sessions, sheets, statuses, structure, students,
    system, waiting,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "SIAKAD",
        description = "The academic information system of a university, for programs. Whatever a page of it can do, \
                       a program can do here.\n\nEverything is JSON in UTF-8. Ids are opaque texts, times RFC 3339 in \
                       UTC, enumerations words. A request with an unknown field or parameter is refused. Lists come \
                       in pages: follow `next_cursor`, or the header `Link`. A refusal is a problem document \
                       (RFC 9457): decide by its `reason`, which never changes its meaning.\n\nA versioned resource \
                       has an `ETag`; changing it needs `If-Match`. A POST with an `Idempotency-Key` may be sent \
                       again: the same key and body have one effect and one answer for 24 hours."
    ),
    paths(
        sessions::create, sessions::refresh, sessions::delete, me::get, me::put_password, home::get,
        accounts::list, accounts::put_role, accounts::delete_role,
        structure::faculties, structure::programmes, structure::lecturers, structure::lecturer,
        students::list, students::create, students::get, students::put, statuses::list, statuses::put,
        holds::list, holds::create, holds::waive, holds::delete,
        periods::list, periods::create, periods::get, periods::put, rooms::list, rooms::create, rooms::put,
        courses::list, courses::create, courses::get, courses::put,
        prerequisites::get, prerequisites::put, prerequisites::equivalents, prerequisites::put_equivalents,
        curricula::list, curricula::create, curricula::get, curricula::put,
        classes::list, classes::create, classes::get, classes::put, classes::delete,
        plans::get, plans::open, plans::choices, plans::add, plans::remove,
        approvals::submit, approvals::withdraw, approvals::approve, approvals::give_back, approvals::steps,
        approvals::queue, approvals::lock, approvals::revise, approvals::void, plans::swap,
        waiting::join, waiting::leave, waiting::line, waiting::tradings,
        packages::list, packages::create, packages::put, packages::delete, packages::take,
        bulk::start, bulk::get, bulk::outcomes, bulk::delegations, bulk::delegate, bulk::end,
        admissions::enter, allocations::wishes, allocations::put_wishes, allocations::run, allocations::get,
        allocations::outcomes,
        policies::list, policies::create, policies::effective, policies::get, policies::put, policies::delete,
        sheets::list, sheets::get, sheets::put_components, sheets::put_scores, sheets::publish,
        results::list, results::get, results::transcript, scales::list, scales::put,
        system::jwks, system::health, system::ready
    ),
    components(schemas(api::Problem)),
    tags(
        (name = "Sessions", description = "Logging in and staying so."),
        (name = "Accounts", description = "Accounts, passwords and roles."),
        (name = "Home", description = "The composed front page."),
        (name = "Structure", description = "Faculties, study programmes and lecturers."),
        (name = "Students", description = "Students and their status per period."),
        (name = "Holds", description = "What keeps a student from registering."),
        (name = "Periods", description = "Academic periods and their windows."),
        (name = "Rooms", description = "Rooms."),
        (name = "Courses", description = "The catalogue of courses, what each asks for, and what counts as it."),
        (name = "Curricula", description = "Which courses make a study programme."),
        (name = "Classes", description = "What is offered in a period, with seats and timetable."),
        (name = "Plans", description = "Study plans (KRS), from the first class to the advisor's approval."),
        (name = "Packages", description = "Classes that are taken together, preset for new students."),
        (name = "Approvals", description = "Approving many plans at once, and deciding in an advisor's stead."),
        (name = "Policies", description = "What registration is decided by, as documents."),
        (name = "Allocation", description = "Seats by ranked wishes instead of by speed."),
        (name = "Grades", description = "Grade sheets of classes, and the scales that letters follow from."),
        (name = "Results", description = "What students have achieved: semesters (KHS) and transcript."),
        (name = "System", description = "Keys and health.")
    )
)]
struct Handlers;

/// Both descriptions, as they are served.
pub(crate) struct Documents {
    pub(crate) json: Bytes,
    pub(crate) json_tag: HeaderValue,
    pub(crate) page: Bytes,
    pub(crate) page_tag: HeaderValue,
    pub(crate) style: Bytes,
    pub(crate) style_tag: HeaderValue,
    text: String,
}

impl Documents {
    pub(crate) fn get() -> &'static Self {
        static DOCUMENTS: OnceLock<Documents> = OnceLock::new();
        DOCUMENTS.get_or_init(|| {
            let document = document();
            let text = document.to_string();
            let json = Bytes::from(text.clone());
            let page = Bytes::from(page::render(&document));
            let style = Bytes::from_static(include_bytes!("docs.css"));
            Self {
                json_tag: entity_tag(None, &json),
                page_tag: entity_tag(None, &page),
                style_tag: entity_tag(None, &style),
                json,
                page,
                style,
                text,
            }
        })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// The OpenAPI document.
fn document() -> Value {
    let mut handlers = Handlers::openapi();
    handlers.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let mut document = serde_json::to_value(&handlers).unwrap_or_default();
    complete::complete(&mut document, router::table().gates());
    document
}
