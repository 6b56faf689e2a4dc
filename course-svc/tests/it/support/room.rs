//! The waiting room: periods that have one, entering it, and commands with its tickets.

use chassis::client::Channel;
use chassis::db::{Db, Engine};
use chassis::error::Fault;
use course_svc::MIGRATIONS;
use course_svc::app::admission::{Admissions, Limits};
use course_svc::rules::registration::Registration;
use jiff::{SignedDuration, Timestamp};
use proto::course::v1 as pb;
use proto::course::v1::admission_client::AdmissionClient;
use proto::course::v1::krs_client::KrsClient;
use tonic::Request;

use super::{PERIOD, TestApp, add_request, answer, id, moment};

/// A KRS window from a moment on for a week, for everybody or for a cohort.
pub(crate) fn window_from(opens_at: Timestamp, cohort: &str) -> pb::Window {
    let scope = if cohort.is_empty() { pb::WindowScope::Unspecified } else { pb::WindowScope::Cohort };
    pb::Window {
        kind: pb::WindowKind::Krs.into(),
        scope: scope.into(),
        scope_key: cohort.to_owned(),
        opens_at: Some(moment(opens_at)),
        closes_at: Some(moment(opens_at + SignedDuration::from_hours(24 * 7))),
    }
}

/// So many students a second, so many at once; who comes in the last ten minutes takes part in the draw.
pub(crate) fn pace(rate: u32, burst: u32) -> pb::RegistrationSettings {
    pb::RegistrationSettings {
        admission_rate: rate,
        admission_burst: burst,
        presence_minutes: 10,
        ..Default::default()
    }
}

pub(crate) fn enter_request(student: &str, period: &str) -> pb::EnterAdmissionRequest {
    pb::EnterAdmissionRequest { student_id: id(student), period_code: period.to_owned() }
}

/// A message with a ticket.
pub(crate) fn with_ticket<T>(message: T, ticket: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("admission-ticket", ticket.parse().expect("a ticket is ASCII"));
    request
}

impl TestApp {
    /// A period with these windows and a waiting room.
    pub(crate) async fn period_with_room(
        &self,
        code: &str,
        windows: Vec<pb::Window>,
        registration: pb::RegistrationSettings,
    ) -> pb::Period {
        let period = pb::Period {
            code: code.to_owned(),
            state: pb::PeriodState::Active.into(),
            windows,
            version: 0,
            registration: Some(registration),
        };
        let request = pb::CreatePeriodRequest { period: Some(period) };
        answer(self.offering().create_period(request).await).expect("a period")
    }

    /// Enters the waiting room with the student's own token.
    pub(crate) async fn enter(&self, student: &str) -> pb::AdmissionView {
        enter_on(self.as_student(student), student, PERIOD).await.expect("the waiting room answers")
    }

    /// Takes a seat with a ticket.
    pub(crate) async fn add_with(&self, student: &str, class_id: &str, ticket: &str) -> Result<pb::PlanView, Fault> {
        let mut krs = KrsClient::new(self.as_student(student));
        answer(krs.add_class(with_ticket(add_request(student, class_id), ticket)).await)
    }

    /// The waiting rooms of another replica: on PostgreSQL with its own connections, on SQLite over the one writer that
    /// there is.
    pub(crate) async fn rooms(&self) -> Admissions {
        let db = match self.db.db.engine() {
            Engine::Postgres => Db::open(&self.db.config, &MIGRATIONS).await.expect("another replica"),
            Engine::Sqlite => self.db.db.clone(),
        };
        Admissions::start(db, self.clock.clone(), Registration::SHIPPED, Limits::default())
    }
}

/// Enters over a channel.
pub(crate) async fn enter_on(channel: Channel, student: &str, period: &str) -> Result<pb::AdmissionView, Fault> {
    answer(AdmissionClient::new(channel).enter_admission(enter_request(student, period)).await)
}
