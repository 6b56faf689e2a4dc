//! Curricula, prerequisites and equivalent courses from files.

use chassis::error::Kind;
use proto::course::v1 as pb;
use proto::course::v1::import_row::Row;

use crate::support::rows::{
    Talk, announce, campus, course, curriculum, curriculum_course, equivalent, import, prerequisite,
};
use crate::support::{TestApp, answer, fails};

/// Faults of rows that come alone; lines count from 2.
async fn faults(app: &TestApp, rows: Vec<Row>) -> Vec<String> {
    let mut talk = Talk::begin(app).await;
    talk.rows(rows);
    let verdict = talk.judge().await;
    assert!(!verdict.ok);
    talk.faults()
}

/// Four courses, a curriculum of three of them, what one asks for, two that are equivalent; in no sensible order.
fn study() -> Vec<Row> {
    vec![
        equivalent("IF101", "IF102"),
        prerequisite("IF203", "1", "passed:IF104:C:2.00"),
        prerequisite("IF203", "2", "taken:IF102"),
        prerequisite("IF203", "1", "credits:80"),
        prerequisite("IF104", "1", "concurrent:IF101"),
        curriculum_course("Kurikulum 2024", "IF101", "1"),
        curriculum_course("Kurikulum 2024", "IF104", "2"),
        curriculum_course("Kurikulum 2024", "IF203", ""),
        curriculum("Kurikulum 2024", "20241"),
        course("IF101", "4"),
        course("IF102", "3"),
        course("IF104", "4"),
        course("IF203", "3"),
    ]
}

async fn ids(app: &TestApp) -> std::collections::HashMap<String, String> {
    let courses = answer(app.catalogue().list_courses(pb::ListCoursesRequest::default()).await).expect("courses");
    courses.courses.into_iter().map(|course| (course.code, course.id)).collect()
}

async fn the_curriculum(app: &TestApp) -> pb::Curriculum {
    let list = answer(app.curricula().list_curricula(pb::ListCurriculaRequest::default()).await).expect("a list");
    let id = list.curricula.first().expect("a curriculum").id.clone();
    answer(app.curricula().get_curriculum(pb::GetCurriculumRequest { id }).await).expect("it is read")
}

/// What a course asks for: groups of alternatives.
async fn asked(app: &TestApp, code: &str) -> Vec<Vec<String>> {
    let asked = app.asks(&ids(app).await[code]).await;
    let condition = |c: &pb::Condition| format!("{} {}{}", c.kind().as_str_name(), c.course_code, c.min_letter);
    let text = |c: &pb::Condition| condition(c).replace("CONDITION_KIND_", "").to_lowercase();
    asked.all_of.iter().map(|group| group.any_of.iter().map(text).collect()).collect()
}

chassis::both_engines! {
    async fn a_study_comes_in_from_its_files(app: TestApp) {
        let applied = import(&app, study()).await;
        assert_eq!((applied.created, applied.changed, applied.unchanged), (13, 0, 0));
        let made = the_curriculum(&app).await;
        assert_eq!((made.name.as_str(), made.start_period.as_str(), made.version), ("Kurikulum 2024", "20241", 1));
        let courses: Vec<_> = made.courses.iter().map(|c| (c.code.as_str(), c.semester)).collect();
        assert_eq!(courses, [("IF203", 0), ("IF101", 1), ("IF104", 2)]);
        assert_eq!(asked(&app, "IF203").await, [vec!["passed if104c", "credits "], vec!["taken if102"]]);
        assert_eq!(asked(&app, "IF104").await, [["concurrent if101"]]);
        let ids = ids(&app).await;
        for (one, other) in [("IF101", "IF102"), ("IF102", "IF101")] {
            let found = app.equivalents(&ids[one]).await;
            assert_eq!((found.courses[0].code.as_str(), found.version), (other, 1));
        }
    }

    async fn what_an_import_asks_is_asked_from_then_on(app: TestApp) {
        app.open_period().await;
        app.last_ips("s1", 300).await;
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        let reasons = async || {
            let choices = app.choices("s1", false).await;
            choices.into_iter().flat_map(|choice| choice.refusals).map(|refusal| refusal.reason).collect::<Vec<_>>()
        };
        assert_eq!(reasons().await, Vec::<String>::new());
        import(&app, vec![prerequisite("IF201", "1", "credits:80")]).await;
        assert_eq!(reasons().await, ["prerequisite-unmet"], "what was read before and during the import is not asked any more");
        let fault = fails(app.add("s1", &class.id).await, Kind::Refused);
        assert_eq!(fault.reason(), "prerequisite-unmet");
    }

    async fn a_second_import_changes_exactly_what_changed(app: TestApp) {
        import(&app, study()).await;
        let again = import(&app, study()).await;
        assert_eq!((again.created, again.changed, again.unchanged), (0, 0, 13));
        let mut turned = study();
        turned.swap(1, 3);
        turned[0] = equivalent("IF102", "IF101");
        let turned = import(&app, turned).await;
        assert_eq!((turned.unchanged, turned.feed_head), (13, again.feed_head), "order and direction mean nothing");

        let mut edited = study();
        for row in &mut edited {
            match row {
                Row::Curriculum(row) => row.credits_required = "146".to_owned(),
                Row::CurriculumCourse(row) if row.course == "IF104" => row.semester = "3".to_owned(),
                Row::Prerequisite(row) if row.kind == "credits" => row.minimum = "90".to_owned(),
                _ => {}
            }
        }
        edited.push(equivalent("IF104", "IF101"));
        edited.push(curriculum_course("Kurikulum 2024", "IF102", "1"));
        let changed = import(&app, edited.clone()).await;
        // Both alternatives of the changed group count as changed.
        assert_eq!((changed.created, changed.changed, changed.unchanged), (2, 4, 9));
        assert_eq!(changed.feed_head, again.feed_head + 2, "the equivalents of two courses are told");
        let made = the_curriculum(&app).await;
        assert_eq!((made.version, made.credits_required, made.courses.len()), (2, 146, 4));
        let ids = ids(&app).await;
        let versions = async |code: &str| (app.asks(&ids[code]).await.version, app.equivalents(&ids[code]).await.version);
        assert_eq!((versions("IF203").await, versions("IF104").await), ((2, 0), (1, 1)));
        assert_eq!((versions("IF101").await, versions("IF102").await), ((0, 2), (0, 1)));
        let last = import(&app, edited).await;
        assert_eq!((last.created, last.changed, last.unchanged), (0, 0, 15));
    }

    async fn rows_that_are_left_out_leave_what_they_named_together(app: TestApp) {
        import(&app, study()).await;
        let fewer = vec![prerequisite("IF203", "1", "taken:IF102"), curriculum_course("Kurikulum 2024", "IF101", "1")];
        let applied = import(&app, fewer).await;
        assert_eq!((applied.changed, applied.unchanged), (2, 0), "what went with the others is said by those that stayed");
        assert_eq!(asked(&app, "IF203").await, [["taken if102"]], "replaced together");
        assert_eq!(asked(&app, "IF104").await, [["concurrent if101"]], "not named: as it was");
        assert_eq!(the_curriculum(&app).await.courses.len(), 1);
        let ids = ids(&app).await;
        assert_eq!(app.equivalents(&ids["IF101"]).await.courses.len(), 1, "an import parts nobody");
    }

    async fn each_cell_is_checked_by_itself(app: TestApp) {
        import(&app, study()).await;
        let mut wrong = curriculum("", "2024");
        if let Row::Curriculum(row) = &mut wrong {
            (row.programme, row.credits_required, row.credits_elective) = (String::new(), "0".to_owned(), "x".to_owned());
        }
        let mut greedy = curriculum("Lain", "20241");
        if let Row::Curriculum(row) = &mut greedy {
            row.credits_elective = "16".to_owned();
        }
        let mut kind = curriculum_course("Kurikulum 2024", "IF101", "15");
        if let Row::CurriculumCourse(row) = &mut kind {
            row.requirement_kind = "wajib".to_owned();
        }
        let rows = vec![
            wrong,
            greedy,
            kind,
            prerequisite("IF203", "0", "liked:IF101"),
            prerequisite("", "1", "passed:IF101:ABCD:5.00"),
            prerequisite("IF203", "1", "passed:IF101:C"),
            prerequisite("IF203", "1", "passed:"),
            prerequisite("IF203", "1", "credits:0"),
            prerequisite("IF203", "1", "gpa:2,5"),
            prerequisite("IF203", "21", "gpa:"),
            equivalent("", "X23456789012345678901"),
        ];
        let expected = [
            "curricula.csv:2:programme:required",
            "curricula.csv:2:name:required",
            "curricula.csv:2:start_period:bad-period",
            "curricula.csv:2:credits_required:out-of-range",
            "curricula.csv:2:credits_elective:out-of-range",
            "curricula.csv:3:credits_elective:out-of-range",
            "curriculum_courses.csv:4:semester:out-of-range",
            "curriculum_courses.csv:4:requirement_kind:unknown-value",
            "prerequisites.csv:5:group:out-of-range",
            "prerequisites.csv:5:kind:unknown-value",
            "prerequisites.csv:6:course:required",
            "prerequisites.csv:6:minimum:too-long",
            "prerequisites.csv:6:min_points:out-of-range",
            "prerequisites.csv:7:min_points:required",
            "prerequisites.csv:8:required_course:required",
            "prerequisites.csv:9:minimum:out-of-range",
            "prerequisites.csv:10:minimum:out-of-range",
            "prerequisites.csv:11:group:out-of-range",
            "prerequisites.csv:11:minimum:required",
            "equivalents.csv:12:course:required",
            "equivalents.csv:12:equivalent_course:too-long",
        ];
        assert_eq!(faults(&app, rows).await, expected);
    }

    async fn references_must_name_something_and_keys_stand_once(app: TestApp) {
        import(&app, study()).await;
        let mut foreign = curriculum("Lain", "20241");
        if let Row::Curriculum(row) = &mut foreign {
            row.programme = "XX".to_owned();
        }
        let mut of_foreign = curriculum_course("Lain", "IF101", "1");
        if let Row::CurriculumCourse(row) = &mut of_foreign {
            row.programme = "XX".to_owned();
        }
        let rows = vec![
            foreign,
            curriculum("Kurikulum 2024", "20241"),
            curriculum("Kurikulum 2024", "20241"),
            of_foreign,
            curriculum_course("Lama", "IF101", "1"),
            curriculum_course("Kurikulum 2024", "IF999", "1"),
            curriculum_course("Kurikulum 2024", "IF101", "1"),
            curriculum_course("Kurikulum 2024", "IF101", "2"),
            prerequisite("IF999", "1", "taken:IF101"),
            prerequisite("IF203", "1", "taken:IF999"),
            prerequisite("IF203", "1", "taken:IF102"),
            prerequisite("IF203", "1", "taken:IF102"),
            equivalent("IF101", "IF999"),
            equivalent("IF101", "IF101"),
            equivalent("IF101", "IF203"),
            equivalent("IF203", "IF101"),
        ];
        let expected = [
            "curricula.csv:2:programme:unknown-programme",
            "curricula.csv:4::duplicate-row",
            // Its programme is the one that was told of already, and its course would be one of that programme.
            "curriculum_courses.csv:5:course:unknown-course",
            "curriculum_courses.csv:6:curriculum:unknown-curriculum",
            "curriculum_courses.csv:7:course:unknown-course",
            "curriculum_courses.csv:9::duplicate-row",
            "prerequisites.csv:10:course:unknown-course",
            "prerequisites.csv:11:required_course:unknown-course",
            "prerequisites.csv:13::duplicate-row",
            "equivalents.csv:14:equivalent_course:unknown-course",
            "equivalents.csv:15:equivalent_course:named-twice",
            "equivalents.csv:17::duplicate-row",
        ];
        assert_eq!(faults(&app, rows).await, expected);
    }

    async fn a_cycle_is_refused_once_with_its_courses(app: TestApp) {
        import(&app, study()).await;
        // IF203 asks for IF104, which asks for IF101.
        let mut talk = Talk::begin(&app).await;
        talk.rows([prerequisite("IF101", "1", "credits:3"), prerequisite("IF101", "1", "taken:IF203")]);
        assert!(!talk.judge().await.ok);
        assert_eq!(talk.faults(), ["prerequisites.csv:2::prerequisite-cycle"]);
        assert_eq!(talk.facts(0)["courses"], "IF101 > IF203 > IF104 > IF101");
        let own = vec![prerequisite("IF101", "1", "concurrent:IF101")];
        assert_eq!(faults(&app, own).await, ["prerequisites.csv:2::prerequisite-cycle"]);
        let pair = vec![prerequisite("IF101", "1", "concurrent:IF102"), prerequisite("IF102", "1", "concurrent:IF101")];
        assert_eq!(faults(&app, pair).await, ["prerequisites.csv:2::prerequisite-cycle"], "told of once");
        // Turned round as a whole it is none.
        import(&app, vec![prerequisite("IF101", "1", "taken:IF203"), prerequisite("IF104", "1", "taken:IF101"),
            prerequisite("IF203", "1", "credits:3")]).await;
    }

    async fn a_programme_may_come_with_the_same_import(app: TestApp) {
        let mut rows = study();
        for row in &mut rows {
            match row {
                Row::Course(row) => row.programme = "TI-S1".to_owned(),
                Row::Curriculum(row) => row.programme = "TI-S1".to_owned(),
                Row::CurriculumCourse(row) => row.programme = "TI-S1".to_owned(),
                Row::Prerequisite(row) => row.programme = "TI-S1".to_owned(),
                Row::Equivalent(row) => {
                    (row.programme, row.equivalent_programme) = ("TI-S1".to_owned(), "TI-S1".to_owned());
                }
                _ => {}
            }
        }
        rows.push(announce(pb::announcement::Key::Programme("TI-S1".to_owned())));
        let mut talk = Talk::begin(&app).await;
        talk.rows(rows.clone());
        assert!(talk.judge().await.ok, "{:?}", talk.faults());
        let fault = talk.apply().await.expect_err("it has not arrived");
        assert_eq!((fault.kind(), fault.reason()), (Kind::Refused, "import-outdated"));
        app.tell(&[crate::support::programme("TI-S1", "Teknik Industri", "FIK")]).await;
        rows.pop();
        assert_eq!(import(&app, rows).await.created, 13);
        assert_eq!(asked(&app, "IF104").await, [["concurrent if101"]], "an empty programme is the same one");
        import(&app, campus()).await;
    }
}
