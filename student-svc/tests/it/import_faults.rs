//! Imports with wrong rows: each is told by file, line, column and reason, and nothing is applied.

use chassis::both_engines;
use proto::common::v1 as common;
use proto::student::v1 as pb;
use proto::student::v1::import_request::Message as Say;
use proto::student::v1::import_row::Row;

use crate::rows::{self, ADVISOR, BUDI, SARI};
use crate::support::App;

/// File, line, column and reason of a fault.
fn place(fault: &common::ImportFault) -> (&str, u32, &str, &str) {
    (&fault.file, fault.line, &fault.column, &fault.refusal.as_ref().unwrap().reason)
}

fn fact<'a>(fault: &'a common::ImportFault, name: &str) -> &'a str {
    &fault.refusal.as_ref().unwrap().facts[name]
}

fn programme(code: &str, name: &str, level: &str, faculty: &str, pddikti_id: &str) -> Row {
    Row::Programme(pb::ProgrammeRow {
        code: code.into(),
        name: name.into(),
        degree_level: level.into(),
        faculty: faculty.into(),
        pddikti_id: pddikti_id.into(),
    })
}

fn lecturer(number: &str, kind: &str, email: &str) -> Row {
    Row::Lecturer(pb::LecturerRow {
        number: number.into(),
        name: "Dosen".into(),
        programme: "IF-S1".into(),
        email: email.into(),
        number_kind: kind.into(),
    })
}

both_engines! {
    async fn every_column_that_is_wrong_by_itself_is_told(app: App) {
        app.campus().await;
        let head = app.head().await;
        let student = pb::StudentRow {
            nim: "240501x".into(), name: "\u{202e}Budi".into(), programme: "if".into(), entry_period: "20244".into(),
            advisor: "123".into(), email: "budi".into(), phone: "1".into(), national_id: "12".into(), gender: "X".into(),
            birth_place: "x".repeat(33), birth_date: "2006-02-30".into(), mother_name: "x".repeat(101),
        };
        let rows = vec![
            rows::faculty("fik", ""),
            programme("IF-S1-REGULER", "x", "S9", "", &"x".repeat(37)),
            lecturer("41205870", "", "kampus"),
            lecturer("0412058701", "nip", ""),
            lecturer("0412058701", "nuptk", ""),
            Row::Student(student),
            rows::status("", "2026", "L"),
            rows::hold("2405010001", "unpaid", "", "besok"),
        ];
        let imported = app.import(rows).await;
        let faults: Vec<_> = imported.faults.iter().map(place).collect();
        assert_eq!(
            faults,
            [
                ("faculties.csv", 2, "code", "bad-code"),
                ("faculties.csv", 2, "name", "required"),
                ("holds.csv", 2, "waived_until", "bad-time"),
                ("holds.csv", 2, "kind", "unknown-value"),
                ("holds.csv", 2, "note", "required"),
                ("lecturers.csv", 2, "number", "bad-lecturer-number"),
                ("lecturers.csv", 2, "email", "bad-email"),
                ("lecturers.csv", 3, "number_kind", "unknown-value"),
                ("lecturers.csv", 4, "number", "bad-lecturer-number"),
                ("programmes.csv", 2, "code", "bad-code"),
                ("programmes.csv", 2, "degree_level", "unknown-value"),
                ("programmes.csv", 2, "faculty", "required"),
                ("programmes.csv", 2, "pddikti_id", "too-long"),
                ("statuses.csv", 2, "nim", "required"),
                ("statuses.csv", 2, "period", "bad-period"),
                ("statuses.csv", 2, "status", "unknown-value"),
                ("students.csv", 2, "entry_period", "bad-period"),
                ("students.csv", 2, "gender", "unknown-value"),
                ("students.csv", 2, "nim", "bad-nim"),
                ("students.csv", 2, "name", "forbidden-character"),
                ("students.csv", 2, "email", "bad-email"),
                ("students.csv", 2, "phone", "bad-phone"),
                ("students.csv", 2, "national_id", "bad-national-id"),
                ("students.csv", 2, "birth_place", "too-long"),
                ("students.csv", 2, "birth_date", "bad-date"),
                ("students.csv", 2, "mother_name", "too-long"),
                ("students.csv", 2, "programme", "bad-code"),
                ("students.csv", 2, "advisor", "bad-lecturer-number"),
            ]
        );
        assert_eq!((imported.verdict.ok, imported.verdict.wrong, imported.verdict.created), (false, 8, 0));
        assert_eq!(fact(&imported.faults[13 - 3], "allowed"), "D3, D4, S1, S2, S3, Profesi");
        assert_eq!(app.head().await, head, "nothing is applied");
    }

    async fn references_repeats_and_early_statuses_are_told(app: App) {
        app.campus().await;
        let head = app.head().await;
        let rows = vec![
            rows::faculty("FT", "Fakultas Teknik"),
            rows::faculty("FT", "Fakultas Teknologi"),
            rows::programme("TS-S1", "Teknik Sipil", "S1", "FX"),
            rows::programme("TS-S1", "Teknik Sipil", "S1", "FT"),
            rows::lecturer("0511111111", "Dosen", "XX-S1"),
            rows::lecturer("0511111111", "Dosen", "TS-S1"),
            Row::Student(rows::student("2601000001", "A", "XX-S1", "20261", "0599999999")),
            Row::Student(rows::student("2601000001", "B", "TS-S1", "20261", ADVISOR)),
            rows::status("2601000001", "20261", "A"),
            rows::status("2601000001", "20261", "N"),
            rows::status("2601000001", "20253", "A"),
            rows::status(BUDI, "20233", "A"),
            rows::status("2699999999", "20261", "A"),
            rows::hold("2699999999", "library", "Buku", ""),
            rows::hold(SARI, "library", "Buku", ""),
            rows::hold(SARI, "library", " Buku ", ""),
        ];
        let imported = app.import(rows).await;
        let faults: Vec<_> = imported.faults.iter().map(place).collect();
        assert_eq!(
            faults,
            [
                ("faculties.csv", 3, "", "duplicate-row"),
                ("holds.csv", 2, "nim", "unknown-student"),
                ("holds.csv", 4, "", "duplicate-row"),
                ("lecturers.csv", 2, "programme", "unknown-programme"),
                ("lecturers.csv", 3, "", "duplicate-row"),
                ("programmes.csv", 2, "faculty", "unknown-faculty"),
                ("programmes.csv", 3, "", "duplicate-row"),
                ("statuses.csv", 3, "", "duplicate-row"),
                ("statuses.csv", 4, "period", "period-before-entry"),
                ("statuses.csv", 5, "period", "period-before-entry"),
                ("statuses.csv", 6, "nim", "unknown-student"),
                ("students.csv", 2, "programme", "unknown-programme"),
                ("students.csv", 2, "advisor", "unknown-lecturer"),
                ("students.csv", 3, "", "duplicate-row"),
            ]
        );
        let facts = |n: usize, name: &str| fact(&imported.faults[n], name).to_owned();
        assert_eq!((facts(0, "file").as_str(), facts(0, "line").as_str()), ("faculties.csv", "2"));
        assert_eq!((facts(1, "student").as_str(), facts(5, "faculty").as_str()), ("2699999999", "FX"));
        assert_eq!((facts(8, "entry_period").as_str(), facts(9, "entry_period").as_str()), ("20261", "20241"));
        assert_eq!((facts(11, "programme").as_str(), facts(12, "lecturer").as_str()), ("XX-S1", "0599999999"));
        assert_eq!((imported.verdict.ok, imported.verdict.wrong), (false, 13));
        assert_eq!(app.head().await, head, "nothing is applied");
        assert_eq!(app.all_students().await.len(), 2);
    }

    async fn a_wrong_row_does_not_make_those_wrong_that_refer_to_it(app: App) {
        app.campus().await;
        let student = pb::StudentRow { phone: "1".into(), ..rows::student("2605010009", "Gede", "IF-S1", "20261", ADVISOR) };
        let rows = vec![Row::Student(student), rows::status("2605010009", "20261", "A"), rows::hold("2605010009", "library", "Buku", "")];
        let imported = app.import(rows).await;
        assert_eq!(imported.faults.iter().map(place).collect::<Vec<_>>(), [("students.csv", 2, "phone", "bad-phone")]);
        assert_eq!(imported.verdict.wrong, 1);
    }

    async fn a_row_that_is_wrong_twice_counts_once(app: App) {
        app.campus().await;
        let twice = pb::StudentRow { phone: "1".into(), ..rows::student("2605010009", "Gede", "XX-S1", "20261", "") };
        let imported = app.import(vec![Row::Student(twice)]).await;
        assert_eq!((imported.faults.len(), imported.verdict.wrong), (2, 1));
    }

    async fn a_row_that_says_nothing_is_told(app: App) {
        let mut import = app.open_import().await;
        import.say(Say::Row(pb::ImportRow { file: "students.csv".into(), line: 7, row: None })).await;
        let (faults, verdict) = import.judge().await;
        assert_eq!(faults.iter().map(place).collect::<Vec<_>>(), [("students.csv", 7, "", "row-empty")]);
        assert_eq!((verdict.ok, verdict.wrong), (false, 1));
    }

    async fn only_so_many_faults_are_told_one_by_one(app: App) {
        let mut app = app;
        app.restart(|config| config.import.faults = 3).await;
        let rows = (0..700).map(|n| rows::status(&format!("26{n:06}"), "20261", if n % 2 == 0 { "A" } else { "Z" })).collect();
        let imported = app.import(rows).await;
        assert_eq!(imported.faults.len(), 3);
        assert_eq!(imported.verdict.wrong, 700);
        assert_eq!(imported.faults[0].line, 2, "the first lines first");
    }
}
