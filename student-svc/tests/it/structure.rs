//! `Structure`.

use chassis::both_engines;
use proto::common::v1::PageRequest;
use proto::student::v1 as pb;
use proto::student::v1::structure_client::StructureClient;

use crate::support::{App, fields, reason, wrong};

async fn lecturers(app: &App, search: &str, programme_id: &str) -> Vec<String> {
    let request = pb::ListLecturersRequest { page: None, search: search.into(), programme_id: programme_id.into() };
    let answer = app.structure(&app.nobody()).list_lecturers(request).await.unwrap().into_inner();
    answer.lecturers.into_iter().map(|l| l.name).collect()
}

both_engines! {
    async fn every_logged_in_caller_reads_the_structure_and_nobody_else(app: App) {
        let campus = app.campus().await;
        let callers = [
            app.nobody(), app.student(&campus.budi), app.lecturer(&campus.advisor), app.admin(&campus.informatics),
            app.registrar(), app.system_admin(),
        ];
        for user in &callers {
            let mut client = app.structure(user);
            assert_eq!(client.list_faculties(pb::ListFacultiesRequest::default()).await.unwrap().into_inner().faculties.len(), 2);
            assert_eq!(client.list_programmes(pb::ListProgrammesRequest::default()).await.unwrap().into_inner().programmes.len(), 2);
            assert_eq!(client.list_lecturers(pb::ListLecturersRequest::default()).await.unwrap().into_inner().lecturers.len(), 3);
            let lecturer = client.get_lecturer(pb::GetLecturerRequest { id: campus.advisor.clone() }).await.unwrap().into_inner();
            assert_eq!((lecturer.name.as_str(), lecturer.nidn.as_str(), lecturer.version), ("Dr. Ratna Dewi, M.Kom.", "0412058701", 1));
        }
        let mut anonymous = StructureClient::new(app.anonymous());
        assert_eq!(reason(anonymous.list_faculties(pb::ListFacultiesRequest::default()).await), "token-missing");
        assert_eq!(reason(anonymous.get_lecturer(pb::GetLecturerRequest { id: campus.advisor.clone() }).await), "token-missing");
    }

    async fn programmes_are_of_a_faculty_and_come_by_code(app: App) {
        app.campus().await;
        let mut client = app.structure(&app.nobody());
        let faculties = client.list_faculties(pb::ListFacultiesRequest::default()).await.unwrap().into_inner().faculties;
        let codes: Vec<_> = faculties.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(codes, ["FEB", "FIK"]);
        let request = pb::ListProgrammesRequest { page: None, faculty_id: faculties[1].id.clone() };
        let programmes = client.list_programmes(request).await.unwrap().into_inner().programmes;
        assert_eq!(programmes.len(), 1);
        assert_eq!((programmes[0].code.as_str(), programmes[0].degree_level()), ("IF-S1", pb::DegreeLevel::S1));
    }

    async fn lecturers_are_found_by_part_of_a_name_or_the_beginning_of_a_number(app: App) {
        let campus = app.campus().await;
        assert_eq!(lecturers(&app, "", "").await, ["Agus Wibowo, S.E., M.M.", "Dr. Ratna Dewi, M.Kom.", "Émile Hartono, Ph.D."]);
        assert_eq!(lecturers(&app, "EMILE", "").await, ["Émile Hartono, Ph.D."]);
        assert_eq!(lecturers(&app, "na  dew", "").await, ["Dr. Ratna Dewi, M.Kom."]);
        assert_eq!(lecturers(&app, "0301", "").await, ["Agus Wibowo, S.E., M.M."]);
        assert_eq!(lecturers(&app, "301", "").await, Vec::<String>::new(), "a number is found by its beginning");
        assert_eq!(lecturers(&app, "%", "").await, Vec::<String>::new(), "a wildcard is an ordinary character");
        assert_eq!(lecturers(&app, "", &campus.management).await, ["Agus Wibowo, S.E., M.M."]);
        assert_eq!(lecturers(&app, "", "x").await, Vec::<String>::new());
        let long = pb::ListLecturersRequest { search: "x".repeat(101), ..Default::default() };
        assert_eq!(fields(app.structure(&app.nobody()).list_lecturers(long).await), wrong([("search", "too-long")]));
    }

    async fn lists_go_on_where_the_page_before_ended(app: App) {
        app.campus().await;
        let mut client = app.structure(&app.nobody());
        let mut names = Vec::new();
        let mut cursor = String::new();
        loop {
            let request = pb::ListLecturersRequest { page: Some(PageRequest { size: 1, cursor }), ..Default::default() };
            let answer = client.list_lecturers(request).await.unwrap().into_inner();
            names.extend(answer.lecturers.into_iter().map(|l| l.name));
            cursor = answer.page.unwrap().next_cursor;
            if cursor.is_empty() {
                break;
            }
            let other = pb::ListLecturersRequest { page: Some(PageRequest { size: 1, cursor: cursor.clone() }), search: "a".into(), ..Default::default() };
            assert_eq!(fields(client.list_lecturers(other).await), wrong([("page.cursor", "page-cursor")]));
        }
        assert_eq!(names, ["Agus Wibowo, S.E., M.M.", "Dr. Ratna Dewi, M.Kom.", "Émile Hartono, Ph.D."]);
        let large = pb::ListFacultiesRequest { page: Some(PageRequest { size: 201, cursor: String::new() }) };
        assert_eq!(fields(client.list_faculties(large).await), wrong([("page.size", "page-size")]));
    }

    async fn a_lecturer_who_is_not_there_is_absent(app: App) {
        let mut client = app.structure(&app.registrar());
        for id in ["", "x", "0190a1b2-c3d4-7000-8000-000000000000"] {
            assert_eq!(reason(client.get_lecturer(pb::GetLecturerRequest { id: id.into() }).await), "not-found");
        }
    }
}
