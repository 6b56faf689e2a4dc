//! Making and changing students.

use chassis::both_engines;
use proto::common::v1::PageRequest;
use proto::student::v1 as pb;

use crate::rows::{BUDI, SARI};
use crate::support::{App, Campus, fields, reason, wrong};

fn tono(campus: &Campus) -> pb::Student {
    pb::Student {
        nim: "2405010077".into(),
        name: "  Tono   Subagyo ".into(),
        programme_id: campus.informatics.clone(),
        entry_period: "20242".into(),
        advisor_id: campus.advisor.clone(),
        email: "tono@mhs.kampus.ac.id".into(),
        phone: "081234567890".into(),
        national_id: "3273010101050002".into(),
        gender: pb::Gender::Male.into(),
        birth_place: "Cimahi".into(),
        birth_date: "2005-05-17".into(),
        mother_name: "Kartini".into(),
        ..Default::default()
    }
}

/// A record in which everything is wrong that a single field can get wrong.
fn all_wrong() -> pb::Student {
    pb::Student {
        nim: "x".into(),
        name: "x".repeat(101),
        programme_id: "0190a1b2-c3d4-7000-8000-000000000000".into(),
        entry_period: "2026".into(),
        advisor_id: "nobody".into(),
        email: "not an address".into(),
        phone: "12".into(),
        national_id: "123".into(),
        gender: 9,
        birth_place: "Ban\u{7}dung".into(),
        birth_date: "31-12-2005".into(),
        mother_name: "x".repeat(101),
        exit_kind: "9".into(),
        ..Default::default()
    }
}

fn all_reasons() -> Vec<(String, String)> {
    wrong([
        ("advisor_id", "unknown-lecturer"),
        ("birth_date", "bad-date"),
        ("birth_place", "forbidden-character"),
        ("email", "bad-email"),
        ("entry_period", "bad-period"),
        ("exit_kind", "unknown-value"),
        ("gender", "unknown-value"),
        ("mother_name", "too-long"),
        ("name", "too-long"),
        ("national_id", "bad-national-id"),
        ("nim", "bad-nim"),
        ("phone", "bad-phone"),
        ("programme_id", "unknown-programme"),
    ])
}

both_engines! {
    async fn a_student_is_made_and_read_back(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.registrar());
        let request = pb::CreateStudentRequest { student: Some(tono(&campus)) };
        let made = client.create(request).await.unwrap().into_inner();
        let expected = pb::Student {
            id: made.id.clone(),
            name: "Tono Subagyo".into(),
            version: 1,
            advisor_name: "Dr. Ratna Dewi, M.Kom.".into(),
            programme_name: "S1 Informatika".into(),
            ..tono(&campus)
        };
        assert_eq!(made, expected);
        assert_eq!(app.read(&made.id).await, expected);
    }

    async fn a_new_student_names_every_wrong_field_at_once(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.registrar());
        let request = pb::CreateStudentRequest { student: Some(all_wrong()) };
        assert_eq!(fields(client.create(request).await), all_reasons());
        let empty = wrong([
            ("entry_period", "required"), ("name", "required"), ("nim", "required"), ("programme_id", "required"),
        ]);
        assert_eq!(fields(client.create(pb::CreateStudentRequest { student: None }).await), empty);
        let mut admin = app.students(&app.admin(&campus.informatics));
        assert_eq!(fields(admin.create(pb::CreateStudentRequest { student: None }).await), empty);
        assert_eq!(app.all_students().await.len(), 2);
    }

    async fn a_nim_belongs_to_one_student(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.registrar());
        let twin = pb::Student { nim: BUDI.into(), ..tono(&campus) };
        assert_eq!(reason(client.create(pb::CreateStudentRequest { student: Some(twin) }).await), "nim-taken");
        assert_eq!(app.all_students().await.len(), 2);
    }

    async fn a_change_is_stored_as_the_next_version(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.admin(&campus.informatics));
        let before = app.read(&campus.budi).await;
        let changed = pb::Student { name: "Budi Santosa".into(), advisor_id: campus.other_lecturer.clone(), exit_kind: "4".into(), ..before.clone() };
        let after = client.update(pb::UpdateStudentRequest { student: Some(changed.clone()) }).await.unwrap().into_inner();
        assert_eq!(after, pb::Student { version: 2, advisor_name: "Émile Hartono, Ph.D.".into(), ..changed.clone() });
        assert_eq!(app.read(&campus.budi).await, after);

        // The version that was read first is not the present one any more.
        assert_eq!(reason(client.update(pb::UpdateStudentRequest { student: Some(changed) }).await), "version-stale");
        assert_eq!(app.read(&campus.budi).await, after);

        let (detail, actor): (String, String) = app
            .row(chassis::sql!("SELECT detail, actor FROM audit WHERE action = 'student.update' AND subject = $1").bind(&campus.budi))
            .await;
        assert_eq!((detail.as_str(), actor.as_str()), ("name,advisor_id,exit_kind", "acc-admin"));
    }

    async fn a_changed_student_names_every_wrong_field_at_once(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.registrar());
        let student = pb::Student { id: campus.budi.clone(), version: 1, ..all_wrong() };
        assert_eq!(fields(client.update(pb::UpdateStudentRequest { student: Some(student) }).await), all_reasons());
        let renamed = pb::Student { nim: SARI.into(), ..app.read(&campus.budi).await };
        assert_eq!(fields(client.update(pb::UpdateStudentRequest { student: Some(renamed) }).await), wrong([("nim", "nim-fixed")]));
        assert_eq!(app.read(&campus.budi).await.version, 1);
    }

    async fn a_student_who_is_not_there_is_absent(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.registrar());
        for id in ["", "x", "0190a1b2-c3d4-7000-8000-000000000000", &campus.informatics] {
            assert_eq!(reason(client.get(pb::GetStudentRequest { id: id.into() }).await), "not-found");
            let student = pb::Student { id: id.into(), version: 1, ..tono(&campus) };
            assert_eq!(reason(client.update(pb::UpdateStudentRequest { student: Some(student) }).await), "not-found");
        }
        assert_eq!(reason(client.update(pb::UpdateStudentRequest { student: None }).await), "not-found");
    }

    async fn a_list_is_searched_and_filtered(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.registrar());
        client.create(pb::CreateStudentRequest { student: Some(tono(&campus)) }).await.unwrap();
        let found = async |request: pb::ListStudentsRequest| {
            let answer = app.students(&app.registrar()).list(request).await.unwrap().into_inner();
            answer.students.into_iter().map(|s| s.nim).collect::<Vec<_>>()
        };
        let all = pb::ListStudentsRequest::default;
        const TONO: &str = "2405010077";
        assert_eq!(found(all()).await, [SARI, BUDI, TONO]);
        assert_eq!(found(pb::ListStudentsRequest { order: pb::StudentOrder::Name.into(), ..all() }).await, [BUDI, SARI, TONO]);
        assert_eq!(found(pb::ListStudentsRequest { search: "SANTOSO".into(), ..all() }).await, [BUDI]);
        assert_eq!(found(pb::ListStudentsRequest { search: "24050100".into(), ..all() }).await, [BUDI, TONO]);
        assert_eq!(found(pb::ListStudentsRequest { search: "05010077".into(), ..all() }).await, Vec::<String>::new());
        assert_eq!(found(pb::ListStudentsRequest { search: "_".into(), ..all() }).await, Vec::<String>::new());
        assert_eq!(found(pb::ListStudentsRequest { programme_id: campus.management.clone(), ..all() }).await, [SARI]);
        assert_eq!(found(pb::ListStudentsRequest { cohort: "2024".into(), ..all() }).await.len(), 3);
        assert_eq!(found(pb::ListStudentsRequest { cohort: "2023".into(), ..all() }).await.len(), 0);
        assert_eq!(found(pb::ListStudentsRequest { advisor_id: campus.advisor.clone(), ..all() }).await, [BUDI, TONO]);
        let both = pb::ListStudentsRequest { advisor_id: campus.advisor.clone(), search: "tono".into(), order: pb::StudentOrder::Name.into(), ..all() };
        assert_eq!(found(both).await, [TONO]);

        let bad = pb::ListStudentsRequest { cohort: "24".into(), ..all() };
        assert_eq!(fields(client.list(bad).await), wrong([("cohort", "bad-cohort")]));
        let bad = pb::ListStudentsRequest { order: 7, ..all() };
        assert_eq!(fields(client.list(bad).await), wrong([("order", "unknown-value")]));
        let bad = pb::ListStudentsRequest { search: "x".repeat(101), ..all() };
        assert_eq!(fields(client.list(bad).await), wrong([("search", "too-long")]));
    }

    async fn hostile_texts_are_refused_or_find_nothing(app: App) {
        let campus = app.campus().await;
        let client = app.students(&app.registrar());
        let cursor = chassis::page::encode(&"\0", 1);
        for text in ["\0", "a\0b", "\u{202e}", "'; DROP TABLE student; --", "%00", "\u{1f600}", "\\", cursor.as_str()] {
            let requests = [
                pb::ListStudentsRequest { search: text.into(), ..Default::default() },
                pb::ListStudentsRequest { programme_id: text.into(), ..Default::default() },
                pb::ListStudentsRequest { advisor_id: text.into(), ..Default::default() },
                pb::ListStudentsRequest { cohort: text.into(), ..Default::default() },
                pb::ListStudentsRequest { page: Some(PageRequest { size: 0, cursor: text.into() }), ..Default::default() },
            ];
            for request in requests {
                match client.clone().list(request).await {
                    Ok(found) => assert_eq!(found.into_inner().students, [], "{text:?}"),
                    Err(status) => assert_eq!(status.code(), tonic::Code::InvalidArgument, "{text:?}: {status:?}"),
                }
            }
            let person = pb::Student { nim: text.into(), name: text.into(), email: text.into(), programme_id: text.into(), ..tono(&campus) };
            assert_eq!(reason(client.clone().create(pb::CreateStudentRequest { student: Some(person) }).await), "malformed-request");
            assert_eq!(reason(client.clone().get(pb::GetStudentRequest { id: text.into() }).await), "not-found");
            let lecturer = pb::GetLecturerRequest { id: text.into() };
            assert_eq!(reason(app.structure(&app.nobody()).get_lecturer(lecturer).await), "not-found");
            let programmes = pb::ListProgrammesRequest { faculty_id: text.into(), ..Default::default() };
            assert_eq!(app.structure(&app.nobody()).list_programmes(programmes).await.unwrap().into_inner().programmes, []);
        }
    }

    async fn a_cursor_of_anothers_making_is_no_way_in(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.student(&campus.budi));
        let filter = chassis::page::filter_hash(&("students", "", "", "", "", false));
        for key in ["", "0", "\0", "zz"] {
            let page = Some(PageRequest { size: 0, cursor: chassis::page::encode(&key, filter) });
            match client.list(pb::ListStudentsRequest { page, ..Default::default() }).await {
                Ok(found) => assert!(found.into_inner().students.iter().all(|s| s.id == campus.budi)),
                Err(status) => assert_eq!(status.code(), tonic::Code::InvalidArgument, "{key:?}"),
            }
        }
    }
}
