//! `/home`: what a person sees first, composed of several services. A part that fails is marked as missing; it fails
//! nothing else.

use std::future::Future;
use std::time::Duration;

use api::{
    Home, LecturerHome, OfficeHome, Part, Period, PeriodState, SheetQuery, SheetState, SheetSummary, StudentHome,
};
use axum::extract::State;
use chassis::auth::{Caller, roles};
use chassis::telemetry::Context;
use futures_util::FutureExt;
use futures_util::future::{OptionFuture, Shared};
use proto::common::v1::PageRequest;
use proto::course::v1::{GetPlanRequest, ListClassesRequest, ListPlansRequest};
use proto::grade::v1::ListSemestersRequest;
use proto::student::v1::{GetLecturerRequest, GetStudentRequest, ListHoldsRequest, ListStatusesRequest};

use super::Answer;
use crate::convert::class::Reader;
use crate::convert::{approval, class, course, plan, result, sheet, student};
use crate::edge::reply;
use crate::error::{Rejection, Result};
use crate::state::Gateway;

/// What composing the parts needs of the time that the request has.
const COMPOSING: Duration = Duration::from_millis(100);

/// Read the front page
///
/// Composed of several services; a part that cannot be fetched is marked `unavailable` with a reason, and the rest is
/// good. Students get their own data, lecturers their classes, grade sheets and advisees, the office its
/// programmes and periods.
#[utoipa::path(
    get, path = "/api/v1/home", operation_id = "home", tag = "Home",
    responses((status = 200, description = "The parts", body = Home))
)]
pub(crate) async fn get(State(gateway): State<Gateway>) -> Answer {
    let caller = Context::with(|context| context.caller.clone()).flatten().ok_or_else(Rejection::internal)?;
    let period = part(active_period(&gateway)).shared();
    let student = caller.student_id.as_deref().filter(|_| caller.has(roles::STUDENT));
    let lecturer = caller.lecturer_id.as_deref().filter(|_| caller.has(roles::LECTURER));
    let office = caller.is_registrar() || caller.has(roles::PROGRAMME_ADMIN);
    let (student, lecturer, office, period) = tokio::join!(
        OptionFuture::from(student.map(|id| student_home(&gateway, id, period.clone()))),
        OptionFuture::from(lecturer.map(|id| lecturer_home(&gateway, id, period.clone()))),
        OptionFuture::from(office.then(|| office_home(&gateway, &caller))),
        period.clone(),
    );
    reply::plain(&Home { period, student, lecturer, office })
}

/// Fetches a part within the time that is left; a failure becomes its mark.
async fn part<T>(fetch: impl Future<Output = Result<T>>) -> Part<T> {
    let left = chassis::deadline::remaining().unwrap_or(Duration::from_secs(2)).saturating_sub(COMPOSING);
    let reason = match tokio::time::timeout(left, fetch).await {
        Ok(Ok(data)) => return Part::Available { data },
        Ok(Err(rejection)) => rejection.reason().to_owned(),
        Err(_) => chassis::reasons::TOO_SLOW.to_owned(),
    };
    metrics::counter!("gateway_home_parts_missing_total").increment(1);
    Part::Unavailable { reason }
}

/// A part that needs the active period: missing when that is, `none` when no period is active.
async fn in_period<T, F: Future<Output = Result<T>>>(
    period: impl Future<Output = Part<Option<Period>>>,
    none: T,
    fetch: impl FnOnce(Period) -> F,
) -> Part<T> {
    match period.await {
        Part::Available { data: Some(period) } => part(fetch(period)).await,
        Part::Available { data: None } => Part::Available { data: none },
        Part::Unavailable { reason } => Part::Unavailable { reason },
    }
}

async fn active_period(gateway: &Gateway) -> Result<Option<Period>> {
    let request = course::period_query(api::PageQuery::default())?;
    let list = course::periods(gateway.catalogue().list_periods(request).await?.into_inner())?;
    Ok(list.items.into_iter().find(|period| period.state == PeriodState::Active))
}

async fn student_home<F>(gateway: &Gateway, id: &str, period: Shared<F>) -> StudentHome
where
    F: Future<Output = Part<Option<Period>>>,
{
    let id = || id.to_owned();
    let (student, statuses, holds, plan, semesters) = tokio::join!(
        part(async {
            let request = GetStudentRequest { id: id() };
            Ok(student::student(gateway.students().get(request).await?.into_inner())?)
        }),
        part(async {
            let request = ListStatusesRequest { student_id: id(), page: None };
            let list = gateway.students().list_statuses(request).await?.into_inner();
            Ok(student::statuses(list)?.items)
        }),
        part(async {
            let request = ListHoldsRequest { student_id: id(), page: None };
            Ok(student::holds(gateway.students().list_holds(request).await?.into_inner())?.items)
        }),
        in_period(period, None, |period| async move {
            let request = GetPlanRequest { student_id: id(), period_code: period.code };
            Ok(Some(plan::plan(gateway.krs().get_plan(request).await?.into_inner())?))
        }),
        part(async {
            let request = ListSemestersRequest { student_id: id(), page: None };
            Ok(result::semesters(gateway.results().list_semesters(request).await?.into_inner()))
        }),
    );
    StudentHome { student, statuses, holds, plan, semesters }
}

async fn lecturer_home<F>(gateway: &Gateway, id: &str, period: Shared<F>) -> LecturerHome
where
    F: Future<Output = Part<Option<Period>>>,
{
    let no_classes = api::Page { items: Vec::new(), next_cursor: None };
    let (lecturer, classes, advisees, plans, sheets) = tokio::join!(
        part(async {
            let request = GetLecturerRequest { id: id.to_owned() };
            Ok(student::lecturer(gateway.structure().get_lecturer(request).await?.into_inner()))
        }),
        in_period(period.clone(), no_classes, |period| async move {
            let request = ListClassesRequest {
                period_code: period.code,
                lecturer_id: id.to_owned(),
                ..ListClassesRequest::default()
            };
            let list = gateway.catalogue().list_classes(request).await?.into_inner();
            Ok(class::classes(list, Reader::LoggedIn)?)
        }),
        part(async {
            let query = api::StudentQuery { advisor_id: Some(id.to_owned()), ..api::StudentQuery::default() };
            let list = gateway.students().list(student::student_query(query)?).await?.into_inner();
            Ok(student::students(list)?)
        }),
        in_period(period, Vec::new(), |period| async move {
            let request = ListPlansRequest {
                // Only the counts are wanted.
                page: Some(PageRequest { size: 1, cursor: String::new() }),
                period_code: period.code,
                advisor_id: id.to_owned(),
                ..ListPlansRequest::default()
            };
            Ok(approval::counts(gateway.krs().list_plans(request).await?.into_inner().counts)?)
        }),
        part(unpublished_sheets(gateway, id)),
    );
    LecturerHome { lecturer, classes, advisees, plans, sheets }
}

/// The first page of each state before publication, latest period first.
async fn unpublished_sheets(gateway: &Gateway, lecturer: &str) -> Result<Vec<SheetSummary>> {
    let in_state = async |state| -> Result<Vec<SheetSummary>> {
        let query = SheetQuery { lecturer_id: Some(lecturer.to_owned()), state: Some(state), ..SheetQuery::default() };
        let list = gateway.grading().list_sheets(sheet::sheet_query(query)?).await?.into_inner();
        Ok(sheet::sheets(list)?.items)
    };
    let (mut sheets, begun) = tokio::try_join!(in_state(SheetState::Empty), in_state(SheetState::Draft))?;
    sheets.extend(begun);
    sheets.sort_by(|a, b| {
        let by_course = (&a.course_code, &a.class_name).cmp(&(&b.course_code, &b.class_name));
        b.period_code.cmp(&a.period_code).then(by_course)
    });
    Ok(sheets)
}

async fn office_home(gateway: &Gateway, caller: &Caller) -> OfficeHome {
    let (programmes, periods) = tokio::join!(
        part(async {
            let query = api::ProgrammeQuery { limit: Some(api::limits::PAGE_MAX), ..api::ProgrammeQuery::default() };
            let list = gateway.structure().list_programmes(student::programme_query(query)?).await?.into_inner();
            let mut programmes = student::programmes(list)?.items;
            programmes.retain(|programme| caller.is_registrar() || caller.administers(&programme.id));
            Ok(programmes)
        }),
        part(async {
            let request = course::period_query(api::PageQuery::default())?;
            Ok(course::periods(gateway.catalogue().list_periods(request).await?.into_inner())?.items)
        }),
    );
    OfficeHome { programmes, periods }
}
