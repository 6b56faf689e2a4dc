//! `/periods`: academic periods and their windows.

use api::{NewPeriod, Page, PageQuery, Period, PeriodInput};
use axum::extract::{OriginalUri, State};
use http::HeaderMap;
use proto::course::v1::{CreatePeriodRequest, GetPeriodRequest, UpdatePeriodRequest};

use super::{Answer, list_for_anyone};
use crate::convert::course as convert;
use crate::edge::extract::{IfMatch, Json, Path, Query};
use crate::edge::reply;
use crate::state::Gateway;

/// List periods
///
/// Latest first. Needs no token; without one the answer is shared: up to half a minute old, and up to five minutes
/// while its service is down. Those that are only planned are for those who plan them.
#[utoipa::path(
    get, path = "/api/v1/periods", operation_id = "periods", tag = "Periods", params(PageQuery),
    responses((status = 200, description = "A page of periods", body = Page<Period>))
)]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Query(query): Query<PageQuery>,
) -> Answer {
    let request = convert::period_query(query.clone())?;
    let mut catalogue = gateway.catalogue();
    list_for_anyone(&gateway, &uri, &headers, &query, |known| async move {
        let list =
            if known { catalogue.list_periods(request).await? } else { catalogue.list_public_periods(request).await? };
        Ok(convert::periods(list.into_inner())?)
    })
    .await
}

/// Make a period
///
/// Registrar only.
#[utoipa::path(
    post, path = "/api/v1/periods", operation_id = "create_period", tag = "Periods", request_body = NewPeriod,
    responses((status = 201, description = "The new period", body = Period))
)]
pub(crate) async fn create(State(gateway): State<Gateway>, Json(new): Json<NewPeriod>) -> Answer {
    let input = PeriodInput { state: new.state, windows: new.windows, registration: new.registration };
    let request = CreatePeriodRequest { period: Some(convert::to_period(new.code, 0, input)) };
    let period = convert::period(gateway.offering().create_period(request).await?.into_inner())?;
    reply::created(&period, &format!("/api/v1/periods/{}", period.code))
}

/// Read a period
#[utoipa::path(
    get, path = "/api/v1/periods/{code}", operation_id = "period", tag = "Periods",
    params(("code" = String, Path, description = "Period code")),
    responses((status = 200, description = "The period with its windows", body = Period))
)]
pub(crate) async fn get(State(gateway): State<Gateway>, Path([code]): Path<1>) -> Answer {
    let period = gateway.catalogue().get_period(GetPeriodRequest { code }).await?.into_inner();
    reply::one(&convert::period(period)?)
}

/// Change a period
///
/// The body is the whole new state; its windows replace those there were. Registrar only.
#[utoipa::path(
    put, path = "/api/v1/periods/{code}", operation_id = "update_period", tag = "Periods",
    params(("code" = String, Path, description = "Period code")), request_body = PeriodInput,
    responses((status = 200, description = "The changed period", body = Period))
)]
pub(crate) async fn put(
    State(gateway): State<Gateway>,
    Path([code]): Path<1>,
    IfMatch(version): IfMatch,
    Json(input): Json<PeriodInput>,
) -> Answer {
    let request = UpdatePeriodRequest { period: Some(convert::to_period(code, version, input)) };
    let period = gateway.offering().update_period(request).await?.into_inner();
    reply::one(&convert::period(period)?)
}
