//! `Students`: students and what decides whether they may register.

use std::sync::Arc;

use chassis::auth::Caller;
use chassis::clock::Clock;
use chassis::db::Db;
use chassis::error::Fault;
use chassis::grpc::detached;
use chassis::idempotency::Scope;
use chassis::page;
use chassis::telemetry::{Context, IDEMPOTENCY_KEY};
use prost::Message;
use proto::student::v1 as pb;
use proto::student::v1::students_server::Students as Service;
use tonic::{Request, Response, Status};

use super::{LIMITS, check_search, convert, id_filter};
use crate::app::{self, By, Outcome};
use crate::error::{Error, permit};
use crate::reasons;
use crate::rules::access::{Act, Decision};
use crate::rules::field::is_cohort;
use crate::store;
use crate::store::hold::{Before, Hold};
use crate::store::student::{Filter, StudentView};

/// The service.
#[derive(Debug, Clone)]
pub(crate) struct Students {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Codes of PDDikti's `id_jenis_keluar`.
    pub exit_kinds: Arc<[String]>,
}

impl Students {
    /// On whose behalf the request runs.
    fn by<T>(&self, request: &Request<T>) -> Result<By, Fault> {
        let caller = Caller::of(request)?;
        let (who, account_id) = (convert::who(&caller), caller.account_id);
        Ok(By { who, account_id, key: None, now: self.clock.now(), traceparent: Context::traceparent() })
    }

    /// As [`by`](Self::by), with the Idempotency-Key that the request may carry.
    fn by_once<T: Message>(&self, request: &Request<T>, rpc: &'static str) -> Result<By, Fault> {
        let mut by = self.by(request)?;
        if let Some(key) = request.metadata().get(IDEMPOTENCY_KEY) {
            // What is no text is no key either; the scope says so.
            let key = key.to_str().unwrap_or_default();
            by.key = Some(Scope::new(by.account_id.as_str(), rpc, key, &request.get_ref().encode_to_vec())?);
        }
        Ok(by)
    }

    /// The student, if the caller may read them, and whether that includes personal data.
    async fn visible(&self, by: &By, student_id: &str) -> Result<(StudentView, bool), Error> {
        if !chassis::id::is_id(student_id) {
            return Err(Error::Absent("student"));
        }
        let view = store::student::get(&self.db, student_id).await?.ok_or(Error::Absent("student"))?;
        let subject = view.student.subject();
        permit(by.who.decide(Act::Read, &subject))?;
        let personal = by.who.decide(Act::ReadPersonal, &subject) == Decision::Allowed;
        Ok((view, personal))
    }

    /// Reading somebody else's personal data leaves a trace: ids only.
    fn note_reading(by: &By, student_id: &str, what: &'static str, personal: bool) {
        if personal && by.who.student_id.as_deref() != Some(student_id) {
            tracing::info!(target: "audit", account_id = by.account_id, student_id, what, "personal data read");
        }
    }
}

#[tonic::async_trait]
impl Service for Students {
    async fn list(
        &self,
        request: Request<pb::ListStudentsRequest>,
    ) -> Result<Response<pb::ListStudentsResponse>, Status> {
        let by = self.by(&request)?;
        if !by.who.may_list() {
            return Err(Error::NotAllowed.into());
        }
        let request = request.into_inner();
        check_search(&request.search)?;
        if !request.cohort.is_empty() && !is_cohort(&request.cohort) {
            return Err(Fault::field("cohort", reasons::BAD_COHORT, "a year such as 2024").into());
        }
        let by_name = match pb::StudentOrder::try_from(request.order) {
            Ok(pb::StudentOrder::Unspecified) => false,
            Ok(pb::StudentOrder::Name) => true,
            Err(_) => return Err(Fault::field("order", reasons::UNKNOWN_VALUE, "by NIM or by name").into()),
        };
        let filter = Filter {
            search: &request.search,
            programme_id: id_filter(&request.programme_id),
            cohort: &request.cohort,
            advisor_id: id_filter(&request.advisor_id),
        };
        let hash = page::filter_hash(&(
            "students",
            filter.search,
            filter.programme_id,
            filter.cohort,
            filter.advisor_id,
            by_name,
        ));
        let (rows, next) = if by_name {
            let page = page::decode::<(String, String)>(request.page.as_ref(), LIMITS, hash)?;
            let after = page.after.as_ref().map(|(name, id)| (name.as_str(), id.as_str())).unwrap_or_default();
            let rows = store::student::list_by_name(&self.db, &by.who, &filter, after, page.limit()).await;
            let mut rows = rows.map_err(Error::from)?;
            let next =
                page.cut(&mut rows, hash, |last| (last.student.name_key.clone(), last.student.student_id.clone()));
            (rows, next)
        } else {
            let page = page::decode::<String>(request.page.as_ref(), LIMITS, hash)?;
            let after = page.after.as_deref().unwrap_or_default();
            let rows = store::student::list_by_nim(&self.db, &by.who, &filter, after, page.limit()).await;
            let mut rows = rows.map_err(Error::from)?;
            let next = page.cut(&mut rows, hash, |last| last.student.nim.clone());
            (rows, next)
        };
        let students = rows.iter().map(|row| convert::student(row, false)).collect();
        Ok(Response::new(pb::ListStudentsResponse { students, page: convert::page_info(next) }))
    }

    async fn get(&self, request: Request<pb::GetStudentRequest>) -> Result<Response<pb::Student>, Status> {
        let by = self.by(&request)?;
        let (view, personal) = self.visible(&by, &request.into_inner().id).await?;
        Self::note_reading(&by, &view.student.student_id, "record", personal);
        Ok(Response::new(convert::student(&view, personal)))
    }

    async fn create(&self, request: Request<pb::CreateStudentRequest>) -> Result<Response<pb::Student>, Status> {
        let by = self.by_once(&request, "Students/Create")?;
        let cmd = convert::create_student(request.into_inner());
        let (db, exit_kinds) = (self.db.clone(), self.exit_kinds.clone());
        let answer = |view: &StudentView| convert::student(view, true).encode_to_vec();
        let outcome: Result<_, Error> =
            detached(async move { app::create_student(&db, &by, &exit_kinds, &cmd, answer).await }).await;
        match outcome? {
            Outcome::Now(view) => Ok(Response::new(convert::student(&view, true))),
            Outcome::Before(bytes) => before(&bytes),
        }
    }

    async fn update(&self, request: Request<pb::UpdateStudentRequest>) -> Result<Response<pb::Student>, Status> {
        let by = self.by(&request)?;
        let cmd = convert::update_student(request.into_inner());
        let (db, exit_kinds) = (self.db.clone(), self.exit_kinds.clone());
        let view: Result<_, Error> =
            detached(async move { app::update_student(&db, &by, &exit_kinds, &cmd).await }).await;
        Ok(Response::new(convert::student(&view?, true)))
    }

    async fn list_statuses(
        &self,
        request: Request<pb::ListStatusesRequest>,
    ) -> Result<Response<pb::ListStatusesResponse>, Status> {
        let by = self.by(&request)?;
        let request = request.into_inner();
        self.visible(&by, &request.student_id).await?;
        let filter = page::filter_hash(&("statuses", &request.student_id));
        let page = page::decode::<String>(request.page.as_ref(), LIMITS, filter)?;
        // Codes of periods are digits, so `~` comes after all of them.
        let last = page.after.as_deref().unwrap_or("~");
        let rows = store::status::list(&self.db, &request.student_id, last, page.limit()).await;
        let mut rows = rows.map_err(Error::from)?;
        let next = page.cut(&mut rows, filter, |last| last.period_code.clone());
        let statuses = rows.iter().map(convert::status).collect();
        Ok(Response::new(pb::ListStatusesResponse { statuses, page: convert::page_info(next) }))
    }

    async fn put_status(&self, request: Request<pb::PutStatusRequest>) -> Result<Response<pb::PeriodStatus>, Status> {
        let by = self.by(&request)?;
        let cmd = convert::put_status(request.into_inner());
        let db = self.db.clone();
        let row: Result<_, Error> = detached(async move { app::put_status(&db, &by, &cmd).await }).await;
        Ok(Response::new(convert::status(&row?)))
    }

    async fn list_holds(
        &self,
        request: Request<pb::ListHoldsRequest>,
    ) -> Result<Response<pb::ListHoldsResponse>, Status> {
        let by = self.by(&request)?;
        let request = request.into_inner();
        let (_, personal) = self.visible(&by, &request.student_id).await?;
        Self::note_reading(&by, &request.student_id, "holds", personal);
        let filter = page::filter_hash(&("holds", &request.student_id));
        let page = page::decode::<(i64, String)>(request.page.as_ref(), LIMITS, filter)?;
        let last = page.after.as_ref().map(|(placed_at, id)| Before { placed_at: *placed_at, hold_id: id });
        let rows = store::hold::list(&self.db, &request.student_id, last, page.limit()).await;
        let mut rows = rows.map_err(Error::from)?;
        let next = page.cut(&mut rows, filter, |last: &Hold| (last.placed_at.0.as_microsecond(), last.hold_id.clone()));
        let holds = rows.iter().map(|row| convert::hold(row, personal)).collect();
        Ok(Response::new(pb::ListHoldsResponse { holds, page: convert::page_info(next) }))
    }

    async fn place_hold(&self, request: Request<pb::PlaceHoldRequest>) -> Result<Response<pb::Hold>, Status> {
        let by = self.by_once(&request, "Students/PlaceHold")?;
        let cmd = convert::place_hold(request.into_inner());
        let db = self.db.clone();
        let outcome: Result<_, Error> =
            detached(async move { app::place_hold(&db, &by, &cmd, hold_bytes).await }).await;
        held(outcome?)
    }

    async fn waive_hold(&self, request: Request<pb::WaiveHoldRequest>) -> Result<Response<pb::Hold>, Status> {
        let by = self.by_once(&request, "Students/WaiveHold")?;
        let cmd = convert::waive_hold(request.into_inner()).map_err(Error::Malformed)?;
        let db = self.db.clone();
        let outcome: Result<_, Error> =
            detached(async move { app::waive_hold(&db, &by, &cmd, hold_bytes).await }).await;
        held(outcome?)
    }

    async fn lift_hold(&self, request: Request<pb::LiftHoldRequest>) -> Result<Response<pb::Hold>, Status> {
        let by = self.by(&request)?;
        let hold_id = request.into_inner().hold_id;
        let db = self.db.clone();
        let hold: Result<_, Error> = detached(async move { app::lift_hold(&db, &by, &hold_id).await }).await;
        Ok(Response::new(convert::hold(&hold?, true)))
    }
}

fn hold_bytes(hold: &Hold) -> Vec<u8> {
    convert::hold(hold, true).encode_to_vec()
}

fn held(outcome: Outcome<Hold>) -> Result<Response<pb::Hold>, Status> {
    match outcome {
        Outcome::Now(hold) => Ok(Response::new(convert::hold(&hold, true))),
        Outcome::Before(bytes) => before(&bytes),
    }
}

/// The answer that was given before.
fn before<M: Message + Default>(bytes: &[u8]) -> Result<Response<M>, Status> {
    M::decode(bytes).map(Response::new).map_err(|error| Fault::internal(error).into())
}
