//! `Results`: semesters, KHS and transcript.

use chassis::auth::Caller;
use chassis::id::is_id;
use proto::grade::v1 as pb;
use proto::grade::v1::results_server::Results;
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::app::results;
use crate::error::Error;
use crate::grpc::{convert, page, parts};
use crate::rules::access::{self, Owner, Verdict};
use crate::rules::period::PeriodCode;
use crate::store::campus;

/// The service.
#[derive(Debug, Clone)]
pub struct ResultsService(pub App);

#[tonic::async_trait]
impl Results for ResultsService {
    async fn list_semesters(
        &self,
        request: Request<pb::ListSemestersRequest>,
    ) -> Result<Response<pb::ListSemestersResponse>, Status> {
        let (caller, request) = parts(request)?;
        self.authorise(&caller, &request.student_id).await?;
        let (page, hash) = page::<String>(request.page.as_ref(), &("semesters", &request.student_id))?;
        let (mut rows, cumulative) = results::semesters(&self.0.db, &request.student_id).await?;
        if let Some(after) = &page.after {
            rows.retain(|row| row.period.to_string() < *after);
        }
        rows.truncate(usize::try_from(page.limit()).unwrap_or(usize::MAX));
        let next = page.cut(&mut rows, hash, |row| row.period.to_string());
        Ok(Response::new(pb::ListSemestersResponse {
            semesters: rows.iter().map(convert::semester).collect(),
            page: convert::page_info(next),
            cumulative_hundredths: cumulative.average(),
            credits_passed: cumulative.credits_passed,
        }))
    }

    async fn get_semester(
        &self,
        request: Request<pb::GetSemesterRequest>,
    ) -> Result<Response<pb::SemesterResult>, Status> {
        let (caller, request) = parts(request)?;
        self.authorise(&caller, &request.student_id).await?;
        let period = PeriodCode::parse(&request.period_code).ok_or(Error::Absent("semester"))?;
        let found = results::semester(&self.0.db, &request.student_id, period).await?;
        Ok(Response::new(convert::semester_result(&found)))
    }

    async fn get_transcript(
        &self,
        request: Request<pb::GetTranscriptRequest>,
    ) -> Result<Response<pb::Transcript>, Status> {
        let (caller, request) = parts(request)?;
        self.authorise(&caller, &request.student_id).await?;
        let found = results::transcript(&self.0.db, &request.student_id).await?;
        Ok(Response::new(convert::transcript(&found)))
    }
}

impl ResultsService {
    /// Whether the caller may read the results of this student. A student about their own needs no look-up: they are
    /// answered even before student-svc has told of them.
    async fn authorise(&self, caller: &Caller, student_id: &str) -> Result<(), Error> {
        if caller.is_student(student_id) {
            return Ok(());
        }
        let owner = match is_id(student_id) {
            true => campus::owner(&self.0.db, student_id).await?,
            false => None,
        };
        let owner = owner.ok_or(Error::Absent("student"))?;
        let advisor_id = Some(owner.advisor_id.as_str()).filter(|id| !id.is_empty());
        let owner = Owner { student_id, advisor_id, programme_id: Some(&owner.programme_id) };
        match access::read_results(caller, owner) {
            Verdict::Allowed => Ok(()),
            _ => Err(Error::Absent("student")),
        }
    }
}
