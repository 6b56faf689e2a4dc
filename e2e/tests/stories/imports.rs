//! The import of a campus: wrong rows of every kind are told with their place and nothing of them is kept; a second import
//! does what was edited and nothing else; what history did against the rules is told and kept.

mod wrong;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use reqwest::StatusCode;
use serde_json::Value;

use crate::both_engines;
use crate::campus::{Files, bring};
use crate::people::{Person, demo};
use crate::system::System;

use wrong::{OUT_OF_SHAPE, WRONG};

/// A place in a file and what is wrong there: file, line (0 for all of it), column (empty for all of the line), reason.
type Place = (String, u64, String, String);

/// The campus of this story: five students of whom four have a class that is graded, and one that is planned.
fn campus() -> Files {
    let students = 1..=5;
    let mut files = Files::default();
    files
        .rows("faculties.csv", ["IMP,Fakultas Impor"])
        .rows("programmes.csv", ["IMP-S1,Impor,S1,IMP,"])
        .rows("lecturers.csv", ["0097000001,\"Ida Dosen, M.Kom.\",IMP-S1,,nidn"])
        .rows(
            "students.csv",
            students.clone().map(|n| format!("259700000{n},Mahasiswa Impor {n},IMP-S1,20251,,,,,,,,")),
        )
        .rows(
            "statuses.csv",
            students.clone().flat_map(|n| ["20251", "20252", "20261"].map(|period| format!("259700000{n},{period},A"))),
        )
        .rows("holds.csv", ["2597000005,library,Buku Impor,"])
        .rows(
            "courses.csv",
            [
                "IMP-S1,IMP101,Dasar Impor,,3,,,,compulsory,1",
                "IMP-S1,IMP102,Lanjutan Impor,,3,,,,compulsory,2",
                "IMP-S1,IMP201,Puncak Impor,,3,,,,compulsory,3",
                "IMP-S1,IMP202,Samping Impor,,2,,,,elective,3",
                "IMP-S1,IMP301,Akhir Impor,,3,,,,elective,5",
                "IMP-S1,IMP302,Penutup Impor,,3,,,,elective,5",
            ],
        )
        .rows("curricula.csv", ["IMP-S1,Kurikulum Impor,20241,144,120,24"])
        .rows(
            "curriculum_courses.csv",
            [
                "IMP-S1,Kurikulum Impor,,IMP101,1,compulsory",
                "IMP-S1,Kurikulum Impor,,IMP102,2,compulsory",
                "IMP-S1,Kurikulum Impor,,IMP201,3,compulsory",
            ],
        )
        .rows("prerequisites.csv", ["IMP-S1,IMP102,1,passed,,IMP101,C,2.00"])
        .rows("rooms.csv", ["IMP.1,Ruang Impor,40"])
        .rows(
            "classes.csv",
            [
                "20252,IMP-S1,IMP102,A,30,0097000001,open",
                "20261,IMP-S1,IMP201,A,30,0097000001,open",
                "20261,IMP-S1,IMP202,A,1,,open",
                "20261,IMP-S1,IMP301,A,30,,open",
            ],
        )
        .rows("meetings.csv", ["20261,IMP-S1,IMP201,A,1,07:00,09:30,IMP.1"])
        .rows(
            "plans.csv",
            ["2597000001", "2597000002", "2597000003", "2597000004"]
                .map(|nim| format!("{nim},20252,IMP-S1,IMP102,A,locked")),
        )
        .rows("plans.csv", ["2597000001,20261,IMP-S1,IMP202,A,"])
        .rows("scales.csv", ["IMP-S1,20241,1.00,best"])
        .rows(
            "scale_steps.csv",
            ["A,85,4.00", "B,70,3.00", "C,60,2.00", "E,0,0.00"].map(|step| format!("IMP-S1,20241,{step}")),
        )
        .rows("components.csv", ["20252,IMP-S1,IMP102,A,Tugas,40", "20252,IMP-S1,IMP102,A,Ujian,60"])
        .rows(
            "scores.csv",
            ["2597000001,20252,IMP-S1,IMP102,A,Tugas,80", "2597000002,20252,IMP-S1,IMP102,A,Tugas,81.5"],
        )
        .rows("grades.csv", students.map(|n| format!("259700000{n},20251,IMP-S1,IMP101,,B,75")));
    files
}

/// The rows of the table of wrong rows, or of the one of warnings, after the line that a heading begins.
fn told(said: &str, heading: &str) -> Vec<Place> {
    let mut lines = said.lines().skip_while(|line| !line.contains(heading)).skip(1);
    let Some(columns) = lines.next() else { return Vec::new() };
    let starts = ["FILE", "LINE", "COLUMN", "REASON", "DETAILS"].map(|name| columns.find(name).expect("a table"));
    lines
        .take_while(|line| line.starts_with("  "))
        .map(|line| {
            let cell =
                |from: usize, to: usize| line.get(from..to.min(line.len())).unwrap_or_default().trim().to_owned();
            // Line numbers stand to the right of their column, which may begin before its heading.
            let number = cell(starts[1], starts[2]);
            (
                cell(starts[0], starts[1]),
                number.parse().unwrap_or(0),
                cell(starts[2], starts[3]),
                cell(starts[3], starts[4]),
            )
        })
        .collect()
}

/// Everything that the interface tells of this campus, thing by thing.
async fn everything(registrar: &Person) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let of = |items: Vec<Value>, field: &'static str, begin: &'static str| {
        items.into_iter().filter(move |item| item[field].as_str().is_some_and(|code| code.starts_with(begin)))
    };
    let mut keep =
        |name: String, item: Value| assert!(found.insert(name.clone(), item).is_none(), "{name} is listed twice");
    let name = |item: &Value, field: &str| item[field].as_str().unwrap_or_default().to_owned();
    for (list, field, begin) in [
        ("faculties", "code", "IMP"),
        ("programmes", "code", "IMP"),
        ("lecturers", "nidn", "0097"),
        ("rooms", "code", "IMP"),
        ("periods", "code", ""),
    ] {
        for item in of(registrar.all(&format!("/api/v1/{list}")).await, field, begin) {
            keep(format!("{list} {}", name(&item, field)), item);
        }
    }
    for course in of(registrar.all("/api/v1/courses?search=IMP").await, "code", "IMP") {
        let (id, code) = (name(&course, "id"), name(&course, "code"));
        for part in ["prerequisites", "equivalents"] {
            let item = registrar.get(&format!("/api/v1/courses/{id}/{part}")).await.good().body;
            keep(format!("{part} {code}"), item);
        }
        keep(format!("course {code}"), course);
    }
    let programme = name(&found["programmes IMP-S1"], "id");
    let mut keep =
        |name: String, item: Value| assert!(found.insert(name.clone(), item).is_none(), "{name} is listed twice");
    for item in registrar.all(&format!("/api/v1/curricula?programme_id={programme}")).await {
        keep(format!("curriculum {}", name(&item, "name")), item);
    }
    for item in registrar.all(&format!("/api/v1/grade-scales?programme_id={programme}")).await {
        keep(format!("scale {}", name(&item, "start_period")), item);
    }
    for period in ["20252", "20261"] {
        for class in of(registrar.all(&format!("/api/v1/classes?period={period}&search=IMP")).await, "name", "") {
            let label = format!("{period} {} {}", name(&class["course"], "code"), name(&class, "name"));
            // A sheet is there once grade-svc has heard of the class.
            let path = format!("/api/v1/classes/{}/sheet", name(&class, "id"));
            let sheet =
                crate::eventually(async || Some(registrar.get(&path).await).filter(|got| got.status.is_success()));
            let mut sheet = sheet.await.unwrap_or_else(|| panic!("{label} has no sheet")).body;
            // What the sheet shows of students and windows is said elsewhere.
            let rows = sheet["rows"].take();
            for row in rows.as_array().into_iter().flatten() {
                keep(format!("scores {label} {}", name(row, "nim")), row["scores"].clone());
            }
            keep(format!("components {label}"), sheet["components"].clone());
            keep(format!("class {label}"), class);
        }
    }
    for student in registrar.all(&format!("/api/v1/students?programme_id={programme}")).await {
        let (id, nim) = (name(&student, "id"), name(&student, "nim"));
        for part in ["statuses", "holds"] {
            let items = registrar.all(&format!("/api/v1/students/{id}/{part}")).await;
            keep(format!("{part} {nim}"), Value::Array(items));
        }
        for period in ["20252", "20261"] {
            let plan = registrar.get(&format!("/api/v1/students/{id}/plans/{period}")).await.good().body;
            let classes = plan["items"].as_array().into_iter().flatten().map(|item| item["class"]["id"].clone());
            let classes: BTreeSet<_> = classes.map(|id| id.to_string()).collect();
            keep(format!("plan {period} {nim}"), serde_json::json!([plan["state"], classes]));
        }
        let transcript = crate::eventually(async || {
            let answer = registrar.get(&format!("/api/v1/students/{id}/transcript")).await;
            (answer.status != StatusCode::NOT_FOUND).then_some(answer)
        });
        let transcript = transcript.await.unwrap_or_else(|| panic!("{nim} has no transcript")).good().body;
        keep(format!("results {nim}"), transcript["results"].clone());
        keep(format!("student {nim}"), student);
    }
    found
}

/// What became another, or new, or is gone.
fn difference(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> BTreeSet<String> {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

both_engines! {
    async fn an_import_tells_every_wrong_row_and_keeps_to_what_was_edited(engine: Engine) {
        let system = System::shared(engine).await;
        let registrar = Person::demo(system, demo::REGISTRAR).await;
        let files = campus();
        let of_student = |file: &str| ["faculties", "programmes", "lecturers", "students", "statuses", "holds"].iter().any(|name| file.starts_with(name));
        let of_grade = |file: &str| ["scale", "components", "scores", "grades"].iter().any(|name| file.starts_with(name));
        let (all, of_students, of_grades) = (files.count(|_| true), files.count(of_student), files.count(of_grade));
        let of_courses = all - of_students - of_grades;

        // All of it is new, but that every class has a component Tugas from its first day; and then none of it.
        let said = files.apply(system, "import-campus");
        assert!(said.contains(&format!("Imported: {} new, 1 changed, 0 unchanged.", all - 1)), "{said}");
        let said = files.apply(system, "import-campus");
        assert!(said.contains(&format!("Imported: 0 new, 0 changed, {all} unchanged.")), "{said}");
        let before = everything(&registrar).await;
        assert_eq!(before["results 2597000005"].as_array().map(Vec::len), Some(1), "{:?}", before["results 2597000005"]);

        // Wrong rows of every file: each is told with its place, and nothing is applied, not even the good rows among them.
        let mut wrong = files.clone();
        let mut wanted = Vec::new();
        for (file, rows) in WRONG {
            for (row, column, reason) in *rows {
                wrong.rows(file, [row]);
                if !reason.is_empty() {
                    wanted.push(((*file).to_owned(), wrong.last_line(file), (*column).to_owned(), (*reason).to_owned()));
                }
            }
        }
        wanted.sort();
        let kinds: BTreeSet<_> = wanted.iter().map(|(_, _, _, reason)| reason).collect();
        assert!(kinds.len() >= 20, "only {} kinds of wrong rows: {kinds:?}", kinds.len());
        let imported = wrong.import(system, "import-wrong");
        assert_eq!(imported.code, Some(1), "{}", imported.said);
        assert_eq!(told(&imported.said, "nothing was imported"), wanted, "{}", imported.said);
        assert!(imported.said.contains(&format!("{} wrong, nothing was imported:", wanted.len())), "{}", imported.said);
        assert_eq!(difference(&before, &everything(&registrar).await), BTreeSet::new());

        // Files that are not in shape are told of before anything is sent.
        let folder = system.data.join("import-out-of-shape");
        fs::create_dir_all(&folder).expect("a folder");
        let mut wanted: Vec<Place> = Vec::new();
        for (file, content, places) in OUT_OF_SHAPE {
            fs::write(folder.join(file), content).expect("the folder takes files");
            wanted.extend(places.iter().map(|(line, column, reason)| ((*file).to_owned(), *line, (*column).to_owned(), (*reason).to_owned())));
        }
        wanted.sort();
        let imported = bring(system, &folder);
        assert_eq!(imported.code, Some(1), "{}", imported.said);
        assert_eq!(told(&imported.said, "nothing was imported"), wanted, "{}", imported.said);

        // A grade that is published is never changed by an import.
        let mut regraded = files.clone();
        regraded.edit("grades.csv", "2597000005,20251,IMP-S1,IMP101,,B,75", "2597000005,20251,IMP-S1,IMP101,,A,90");
        let imported = regraded.import(system, "import-regraded");
        assert_eq!(imported.code, Some(1), "{}", imported.said);
        let wanted = [("grades.csv".to_owned(), 6, "letter".to_owned(), "grade-published".to_owned())];
        assert_eq!(told(&imported.said, "nothing was imported"), wanted, "{}", imported.said);
        assert_eq!(difference(&before, &everything(&registrar).await), BTreeSet::new());

        // Edits: what they say they do is what they do.
        let mut edited = files.clone();
        edited
            .edit("students.csv", "2597000002,Mahasiswa Impor 2,IMP-S1,20251,,,,,,,,", "2597000002,Mahasiswa Berganti,IMP-S1,20251,,,,,,,,")
            .rows("students.csv", ["2597000006,Mahasiswa Susulan,IMP-S1,20261,0097000001,,,,,,,"])
            .rows("statuses.csv", ["2597000006,20261,A"])
            .rows("holds.csv", ["2597000004,document,Ijazah,"])
            .edit("classes.csv", "20261,IMP-S1,IMP201,A,30,0097000001,open", "20261,IMP-S1,IMP201,A,35,0097000001,open")
            .rows("classes.csv", ["20261,IMP-S1,IMP302,A,25,,closed"])
            .rows("prerequisites.csv", ["IMP-S1,IMP302,1,credits,,,80,"])
            .edit("scores.csv", "2597000002,20252,IMP-S1,IMP102,A,Tugas,81.5", "2597000002,20252,IMP-S1,IMP102,A,Tugas,18.5")
            .rows("scores.csv", ["2597000003,20252,IMP-S1,IMP102,A,Ujian,66"]);
        let said = edited.apply(system, "import-edited");
        let line = |part: &str, new: usize, changed: usize, unchanged: usize| format!("  {part:<7}  {new} new, {changed} changed, {unchanged} unchanged\n");
        assert!(said.contains(&format!("Imported: 6 new, 3 changed, {} unchanged.", all - 3)), "{said}");
        for line in [line("student", 3, 1, of_students - 1), line("course", 2, 1, of_courses - 1), line("grade", 1, 1, of_grades - 1)] {
            assert!(said.contains(&line), "no line `{line}` in:\n{said}");
        }
        let after = everything(&registrar).await;
        let wanted = [
            "class 20261 IMP201 A", "class 20261 IMP302 A", "components 20261 IMP302 A", "holds 2597000004", "holds 2597000006",
            "plan 20252 2597000006", "plan 20261 2597000006", "prerequisites IMP302", "results 2597000006",
            "scores 20252 IMP102 A 2597000002", "scores 20252 IMP102 A 2597000003", "statuses 2597000006", "student 2597000002",
            "student 2597000006",
        ];
        assert_eq!(difference(&before, &after), wanted.map(str::to_owned).into());
        assert_eq!(after["student 2597000002"]["name"], "Mahasiswa Berganti");
        assert_eq!(after["class 20261 IMP201 A"]["capacity"], 35);
        assert_eq!(after["class 20261 IMP302 A"]["state"], "closed");

        // History against the rules: told with its row, and applied.
        let mut history = Files::default();
        history
            .rows("students.csv", ["2597000007,Mahasiswa Lama,IMP-S1,20251,,,,,,,,"])
            .rows("statuses.csv", ["2597000007,20252,A"])
            .rows("grades.csv", ["2597000007,20252,IMP-S1,IMP102,,B,75", "2597000007,20251,IMP-S1,IMP201,,C,88"]);
        let said = history.apply(system, "import-history");
        let place = |line, column: &str, reason: &str| ("grades.csv".to_owned(), line, column.to_owned(), reason.to_owned());
        assert_eq!(told(&said, "to look at"), [place(2, "", "prerequisite-unmet"), place(3, "letter", "letter-differs")], "{said}");
        assert!(said.contains("Imported: 4 new, 0 changed, 0 unchanged, 2 warnings."), "{said}");
        let now = everything(&registrar).await;
        assert_eq!(now["results 2597000007"].as_array().map(Vec::len), Some(2), "{:?}", now["results 2597000007"]);
    }
}
