//! `/students/{id}/admissions/{period}`: the waiting room in front of the registration.

use api::Admission;
use axum::extract::State;
use proto::course::v1::EnterAdmissionRequest;

use super::Answer;
use crate::convert::admission as convert;
use crate::edge::extract::Path;
use crate::edge::reply;
use crate::state::Gateway;

/// Enter the waiting room
///
/// Of the opening that concerns the student now. Before the opening it notes that the student is there; from the opening
/// on it gives a place: those who were there by a seeded shuffle, later comers in the order of their coming. Entering
/// again answers the same place, and so it says how far the line is. Its `ticket` goes into the header
/// `Admission-Ticket` of every change of the plan. Only the student.
#[utoipa::path(
    put, path = "/api/v1/students/{id}/admissions/{period}", operation_id = "enter_admission", tag = "Plans",
    params(("id" = String, Path, description = "Student"), ("period" = String, Path, description = "Period code")),
    responses((status = 200, description = "Where the student is", body = Admission))
)]
pub(crate) async fn enter(State(gateway): State<Gateway>, Path([student_id, period_code]): Path<2>) -> Answer {
    let request = EnterAdmissionRequest { student_id, period_code };
    reply::plain(&convert::admission(gateway.admission().enter_admission(request).await?.into_inner())?)
}
