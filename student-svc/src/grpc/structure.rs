//! `Structure`: faculties, study programmes and lecturers, for every logged-in caller.

use chassis::auth::Caller;
use chassis::db::Db;
use chassis::page;
use proto::student::v1 as pb;
use proto::student::v1::structure_server::Structure as Service;
use tonic::{Request, Response, Status};

use super::{LIMITS, check_search, convert, id_filter};
use crate::error::Error;
use crate::store;

/// The service.
#[derive(Debug, Clone)]
pub(crate) struct Structure {
    /// The database.
    pub db: Db,
}

#[tonic::async_trait]
impl Service for Structure {
    async fn list_faculties(
        &self,
        request: Request<pb::ListFacultiesRequest>,
    ) -> Result<Response<pb::ListFacultiesResponse>, Status> {
        Caller::of(&request)?;
        let request = request.into_inner();
        let filter = page::filter_hash(&"faculties");
        let page = page::decode::<String>(request.page.as_ref(), LIMITS, filter)?;
        let after = page.after.as_deref().unwrap_or_default();
        let mut rows = store::faculty::list(&self.db, after, page.limit()).await.map_err(Error::from)?;
        let next = page.cut(&mut rows, filter, |last| last.code.clone());
        let faculties = rows.iter().map(convert::faculty).collect();
        Ok(Response::new(pb::ListFacultiesResponse { faculties, page: convert::page_info(next) }))
    }

    async fn list_programmes(
        &self,
        request: Request<pb::ListProgrammesRequest>,
    ) -> Result<Response<pb::ListProgrammesResponse>, Status> {
        Caller::of(&request)?;
        let request = request.into_inner();
        let filter = page::filter_hash(&("programmes", &request.faculty_id));
        let page = page::decode::<String>(request.page.as_ref(), LIMITS, filter)?;
        let after = page.after.as_deref().unwrap_or_default();
        let mut rows = store::programme::list(&self.db, id_filter(&request.faculty_id), after, page.limit())
            .await
            .map_err(Error::from)?;
        let next = page.cut(&mut rows, filter, |last| last.code.clone());
        let programmes = rows.iter().map(convert::programme).collect();
        Ok(Response::new(pb::ListProgrammesResponse { programmes, page: convert::page_info(next) }))
    }

    async fn list_lecturers(
        &self,
        request: Request<pb::ListLecturersRequest>,
    ) -> Result<Response<pb::ListLecturersResponse>, Status> {
        Caller::of(&request)?;
        let request = request.into_inner();
        check_search(&request.search)?;
        let filter = page::filter_hash(&("lecturers", &request.search, &request.programme_id));
        let page = page::decode::<(String, String)>(request.page.as_ref(), LIMITS, filter)?;
        let after = page.after.as_ref().map(|(name, id)| (name.as_str(), id.as_str())).unwrap_or_default();
        let mut rows =
            store::lecturer::list(&self.db, &request.search, id_filter(&request.programme_id), after, page.limit())
                .await
                .map_err(Error::from)?;
        let next = page.cut(&mut rows, filter, |last| (last.name_key.clone(), last.lecturer_id.clone()));
        let lecturers = rows.iter().map(convert::lecturer).collect();
        Ok(Response::new(pb::ListLecturersResponse { lecturers, page: convert::page_info(next) }))
    }

    async fn get_lecturer(&self, request: Request<pb::GetLecturerRequest>) -> Result<Response<pb::Lecturer>, Status> {
        Caller::of(&request)?;
        let id = request.into_inner().id;
        if !chassis::id::is_id(&id) {
            return Err(Error::Absent("lecturer").into());
        }
        let found = store::lecturer::get(&self.db, &id).await.map_err(Error::from)?;
        let lecturer = found.ok_or(Error::Absent("lecturer"))?;
        Ok(Response::new(convert::lecturer(&lecturer)))
    }
}
