//! Imports that are good.

use chassis::both_engines;
use proto::student::v1 as pb;
use proto::student::v1::import_row::Row;

use crate::rows::{self, ADVISOR, BUDI, OTHER_LECTURER, SARI};
use crate::support::App;

/// Rows of a first-year cohort with everything that belongs to it.
fn cohort(students: usize) -> Vec<Row> {
    let mut all = vec![rows::faculty("FT", "Fakultas Teknik"), rows::programme("TS-S1", "Teknik Sipil", "S1", "FT")];
    all.extend((0..40).map(|n| rows::lecturer(&format!("05{n:08}"), &format!("Dosen {n}"), "TS-S1")));
    for n in 0..students {
        let nim = format!("26{n:08}");
        let advisor = format!("05{:08}", n % 40);
        all.push(Row::Student(rows::student(&nim, &format!("Mahasiswa {n}"), "TS-S1", "20261", &advisor)));
        all.push(rows::status(&nim, "20261", "A"));
    }
    all
}

async fn staged(app: &App) -> i64 {
    let (rows,): (i64,) = app
        .row(chassis::sql!(
            "SELECT (SELECT COUNT(*) FROM import) + (SELECT COUNT(*) FROM stage_student)
                  + (SELECT COUNT(*) FROM stage_faculty) + (SELECT COUNT(*) FROM stage_status)"
        ))
        .await;
    rows
}

both_engines! {
    async fn a_campus_arrives_whole(app: App) {
        let imported = app.import(rows::campus()).await;
        assert_eq!(imported.faults, []);
        let verdict = imported.verdict;
        assert_eq!((verdict.ok, verdict.created, verdict.changed, verdict.unchanged, verdict.wrong), (true, 12, 0, 0, 0));
        let applied = imported.applied.unwrap();
        assert_eq!((applied.created, applied.changed, applied.unchanged, applied.feed_head), (12, 0, 0, 12));
        assert_eq!(app.head().await, 12);

        let students = app.all_students().await;
        let budi = app.read(&students.iter().find(|s| s.nim == BUDI).unwrap().id).await;
        assert_eq!((budi.advisor_name.as_str(), budi.gender(), budi.birth_date.as_str(), budi.version), ("Dr. Ratna Dewi, M.Kom.", pb::Gender::Male, "2006-02-28", 1));
        chassis::testing::eventually("the staged rows are gone", async || staged(&app).await == 0).await;
    }

    async fn files_come_in_any_order(app: App) {
        let mut rows = rows::campus();
        rows.reverse();
        let applied = app.import(rows).await.applied.unwrap();
        assert_eq!((applied.created, applied.changed, applied.unchanged), (12, 0, 0));
    }

    async fn the_same_files_again_change_nothing(app: App) {
        app.campus().await;
        let again = app.import(rows::campus()).await;
        assert_eq!((again.verdict.created, again.verdict.changed, again.verdict.unchanged), (0, 0, 12));
        let applied = again.applied.unwrap();
        assert_eq!((applied.created, applied.changed, applied.unchanged, applied.feed_head), (0, 0, 12, 12));
        assert!(app.all_students().await.iter().all(|s| s.version == 1));
    }

    async fn only_what_really_changed_is_a_new_version_and_an_event(app: App) {
        let campus = app.campus().await;
        let changes = vec![
            rows::faculty("FIK", "Fakultas Ilmu Komputer dan Informatika"),
            rows::faculty("FEB", "Fakultas Ekonomi dan Bisnis"),
            rows::programme("IF-S1", "Informatika", "S1", "FEB"),
            rows::lecturer(OTHER_LECTURER, "Émile Hartono, Ph.D.", "MN-S1"),
            // The advisor is new to Sari; Budi says what is so already, apart from the telephone.
            Row::Student(rows::student(SARI, "Sari Lestari", "MN-S1", "20241", OTHER_LECTURER)),
            rows::status(SARI, "20261", "A"),
            rows::status(BUDI, "20261", "A"),
            rows::status(BUDI, "20262", "A"),
            rows::hold(BUDI, "tuition", "UKT 20261", "2026-09-10T00:00:00+07:00"),
        ];
        let imported = app.import(changes).await;
        assert_eq!((imported.verdict.created, imported.verdict.changed, imported.verdict.unchanged), (1, 6, 2));
        let applied = imported.applied.unwrap();
        assert_eq!((applied.created, applied.changed, applied.unchanged, applied.feed_head), (1, 6, 2, 12 + 7));
        let sari = app.read(&campus.sari).await;
        assert_eq!((sari.version, sari.advisor_id.as_str()), (2, campus.other_lecturer.as_str()));
        assert_eq!(app.read(&campus.budi).await.version, 1);
        let holds = app.students(&app.registrar()).list_holds(pb::ListHoldsRequest { student_id: campus.budi.clone(), page: None }).await.unwrap().into_inner().holds;
        assert_eq!((holds.len(), holds[0].version), (1, 2));
        let until: jiff::Timestamp = "2026-09-09T17:00:00Z".parse().unwrap();
        assert_eq!(holds[0].waived_until.unwrap().seconds, until.as_second());
    }

    async fn what_the_files_do_not_say_stays(app: App) {
        let campus = app.campus().await;
        let left = pb::Student { exit_kind: "1".into(), ..app.read(&campus.sari).await };
        app.students(&app.registrar()).update(pb::UpdateStudentRequest { student: Some(left) }).await.unwrap();
        let renamed = Row::Student(rows::student(SARI, "Sari Lestari Putri", "MN-S1", "20241", ""));
        assert_eq!(app.import(vec![renamed]).await.applied.unwrap().changed, 1);
        let sari = app.read(&campus.sari).await;
        assert_eq!((sari.name.as_str(), sari.exit_kind.as_str(), sari.version), ("Sari Lestari Putri", "1", 3));
    }

    async fn a_hold_that_was_lifted_is_not_placed_again_by_an_old_file(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.registrar());
        let list = pb::ListHoldsRequest { student_id: campus.budi.clone(), page: None };
        let hold = client.list_holds(list.clone()).await.unwrap().into_inner().holds.remove(0);
        client.lift_hold(pb::LiftHoldRequest { hold_id: hold.id }).await.unwrap();
        let again = app.import(rows::campus()).await;
        assert_eq!((again.verdict.created, again.verdict.changed, again.verdict.unchanged), (0, 0, 12));
        let applied = again.applied.unwrap();
        assert_eq!((applied.created, applied.changed, applied.unchanged), (0, 0, 12));
        let holds = client.list_holds(list).await.unwrap().into_inner().holds;
        assert!(holds.len() == 1 && holds[0].lifted_at.is_some());
    }

    async fn rows_refer_to_what_is_stored_and_to_what_comes_with_them(app: App) {
        let campus = app.campus().await;
        let rows = vec![
            Row::Student(rows::student("2603010001", "Wayan", "MN-S1", "20261", ADVISOR)),
            rows::programme("SI-S1", "Sistem Informasi", "S1", "FIK"),
            Row::Student(rows::student("2605020001", "Ketut", "SI-S1", "20261", "0599999999")),
            rows::lecturer("0599999999", "Ni Luh, M.T.", "SI-S1"),
            rows::status("2605020001", "20261", "M"),
            rows::hold("2603010001", "document", "Ijazah", ""),
        ];
        assert_eq!(app.import(rows).await.applied.unwrap().created, 6);
        let students = app.all_students().await;
        let wayan = students.iter().find(|s| s.nim == "2603010001").unwrap();
        assert_eq!((&wayan.advisor_id, &wayan.programme_id), (&campus.advisor, &campus.management));
        let ketut = students.iter().find(|s| s.nim == "2605020001").unwrap();
        assert_eq!((ketut.advisor_name.as_str(), ketut.programme_name.as_str()), ("Ni Luh, M.T.", "S1 Sistem Informasi"));
    }

    async fn a_large_cohort_is_imported_and_found_unchanged(app: App) {
        // More rows may be asked for, to measure.
        let students = std::env::var("SIAKAD_TEST_STUDENTS").ok().map_or(1200, |n| n.parse().unwrap());
        let rows = cohort(students);
        let total = rows.len() as u64;
        let start = std::time::Instant::now();
        let mut import = app.open_import().await;
        for row in rows {
            import.row(row).await;
        }
        println!("{total} rows sent after {:?}", start.elapsed());
        let (faults, verdict) = import.judge().await;
        println!("judged after {:?}", start.elapsed());
        assert_eq!((faults.len(), verdict.created, verdict.wrong), (0, total, 0));
        let applied = import.apply().await.unwrap();
        println!("applied after {:?}", start.elapsed());
        assert_eq!((applied.created, applied.feed_head), (total, i64::try_from(total).unwrap()));

        let mut again = cohort(students);
        again.push(rows::status("2600000000", "20262", "A"));
        let start = std::time::Instant::now();
        let applied = app.import(again).await.applied.unwrap();
        println!("{total} rows found unchanged in {:?}", start.elapsed());
        assert_eq!((applied.created, applied.changed, applied.unchanged), (1, 0, total));
        assert_eq!(app.head().await, i64::try_from(total).unwrap() + 1);
    }
}
