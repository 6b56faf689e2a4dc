//! Courses: make, change, list.

use chassis::error::Kind;
use proto::common::v1::PageRequest;
use proto::course::v1 as pb;

use crate::support::{TestApp, answer, course, fails, fields, id, input};

async fn create(app: &TestApp, course: pb::Course) -> Result<pb::Course, chassis::error::Fault> {
    answer(app.offering().create_course(pb::CreateCourseRequest { course: Some(course) }).await)
}

async fn update(app: &TestApp, course: pb::Course) -> Result<pb::Course, chassis::error::Fault> {
    answer(app.offering().update_course(pb::UpdateCourseRequest { course: Some(course) }).await)
}

async fn codes(app: &TestApp, request: pb::ListCoursesRequest) -> Vec<String> {
    let courses = answer(app.catalogue().list_courses(request).await).expect("courses").courses;
    courses.into_iter().map(|course| course.code).collect()
}

chassis::both_engines! {
    async fn a_course_is_made_read_and_changed(app: TestApp) {
        let draft = pb::Course {
            name_en: "Data Structures".to_owned(),
            credits_lecture: 3,
            credits_practice: 1,
            requirement_kind: pb::RequirementKind::Elective.into(),
            recommended_semester: 2,
            ..course(" IF104 ", 4)
        };
        let made = create(&app, draft).await.expect("made");
        assert_eq!((made.code.as_str(), made.version, made.programme_code.as_str()), ("IF104", 1, "IF-S1"));
        let request = pb::GetCourseRequest { id: made.id.clone() };
        assert_eq!(answer(app.catalogue().get_course(request.clone()).await).expect("read"), made);

        let changed = update(&app, pb::Course { name: "Struktur Data".to_owned(), ..made.clone() }).await.expect("changed");
        assert_eq!((changed.name.as_str(), changed.version), ("Struktur Data", 2));
        assert_eq!(answer(app.catalogue().get_course(request).await).expect("read"), changed);
        fails(update(&app, made).await, Kind::Stale);
    }

    async fn code_and_programme_never_change_and_a_code_is_unique_in_its_programme(app: TestApp) {
        let made = create(&app, course("IF104", 4)).await.expect("made");
        let fault = fails(update(&app, pb::Course { code: "IF105".to_owned(), ..made.clone() }).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("code".to_owned(), "fixed".to_owned())]);
        let other = pb::Course { programme_id: id("SI-S1"), ..made.clone() };
        let fault = fails(update(&app, other).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("programme_id".to_owned(), "fixed".to_owned())]);
        let fault = fails(create(&app, course("IF104", 3)).await, Kind::Duplicate);
        assert_eq!(fault.reason(), "course-exists");
        create(&app, pb::Course { programme_id: id("SI-S1"), ..course("IF104", 3) }).await.expect("another programme's");
    }

    async fn the_credits_of_a_course_in_plans_stay(app: TestApp) {
        app.open_period().await;
        let made = create(&app, course("IF104", 4)).await.expect("made");
        let lecture = pb::Course { credits: 5, credits_lecture: 5, ..made.clone() };
        let changed = update(&app, lecture).await.expect("nobody has it");
        let class = app.class(input(&made.id, "A", 9, &[])).await;
        for student in ["s1", "s2"] {
            app.add(student, &class.id).await.expect("a seat");
        }
        let more = pb::Course { credits: 6, credits_lecture: 6, ..changed.clone() };
        let parted = pb::Course { credits_lecture: 4, credits_practice: 1, ..changed.clone() };
        for other in [more.clone(), parted] {
            let fault = fails(update(&app, other).await, Kind::Refused);
            assert_eq!((fault.reason(), fault.refusals()[0].facts["students"].as_str()), ("course-has-plans", "2"));
        }
        let name = "Struktur Data".to_owned();
        let named = update(&app, pb::Course { name, ..changed }).await.expect("all else may change");
        assert_eq!((named.credits, named.version), (5, 3));
        for student in ["s1", "s2"] {
            app.drop(student, &class.id).await.expect("given back");
        }
        update(&app, pb::Course { version: 3, ..more }).await.expect("nobody has it any more");
    }

    async fn everything_that_is_wrong_is_named_at_once(app: TestApp) {
        let wrong = pb::Course {
            code: "X".repeat(21),
            name: "\u{202e}".to_owned(),
            credits: 5,
            credits_lecture: 25,
            requirement_kind: 9,
            recommended_semester: 9,
            programme_id: String::new(),
            ..Default::default()
        };
        let fault = fails(create(&app, wrong).await, Kind::Malformed);
        let expected = [
            ("code", "too-long"),
            ("name", "forbidden-character"),
            ("programme_id", "required"),
            ("credits_lecture", "out-of-range"),
            ("credits", "out-of-range"),
            ("requirement_kind", "unknown-value"),
            ("recommended_semester", "out-of-range"),
        ];
        assert_eq!(fields(&fault), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
        let fault = fails(create(&app, pb::Course { credits: 5, ..course("IF1", 4) }).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("credits".to_owned(), "credits-sum".to_owned())]);
        let fault = fails(create(&app, pb::Course { programme_id: id("XX"), ..course("IF1", 4) }).await, Kind::Malformed);
        assert_eq!(fields(&fault), [("programme_id".to_owned(), "unknown-programme".to_owned())]);
    }

    async fn a_course_that_is_not_there_is_absent(app: TestApp) {
        for id in [id("none"), "nonsense\0".to_owned(), String::new()] {
            fails(answer(app.catalogue().get_course(pb::GetCourseRequest { id: id.clone() }).await), Kind::Absent);
            fails(update(&app, pb::Course { id, ..course("IF1", 4) }).await, Kind::Absent);
        }
    }

    async fn the_list_is_searched_filtered_and_paged(app: TestApp) {
        for code in ["IF203", "if202", "IF201", "MA101"] {
            create(&app, course(code, 3)).await.expect("made");
        }
        let name = "Kalkulus Ény 100%".to_owned();
        create(&app, pb::Course { programme_id: id("SI-S1"), name, ..course("SI100", 3) }).await.expect("made");
        let all = ["IF201", "if202", "IF203", "MA101", "SI100"];
        assert_eq!(codes(&app, pb::ListCoursesRequest::default()).await, all, "by code, whatever the case");

        let search = |text: &str| pb::ListCoursesRequest { search: text.to_owned(), ..Default::default() };
        assert_eq!(codes(&app, search("IF2")).await, ["IF201", "if202", "IF203"]);
        assert_eq!(codes(&app, search("kuliah ma")).await, ["MA101"]);
        assert_eq!(codes(&app, search("eny")).await, ["SI100"]);
        assert_eq!(codes(&app, search("0%")).await, ["SI100"], "a wildcard is only a letter");
        assert_eq!(codes(&app, search("_")).await, [""; 0]);
        let filter = pb::ListCoursesRequest { programme_id: id("SI-S1"), ..Default::default() };
        assert_eq!(codes(&app, filter).await, ["SI100"]);

        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = Some(PageRequest { size: 2, cursor: cursor.clone() });
            let request = pb::ListCoursesRequest { page, ..Default::default() };
            let page = answer(app.catalogue().list_courses(request).await).expect("a page");
            assert!(page.courses.len() <= 2);
            found.extend(page.courses.into_iter().map(|course| course.code));
            cursor = page.page.expect("where it goes on").next_cursor;
            if cursor.is_empty() {
                break;
            }
            // A row that comes in before the page neither repeats nor hides another.
            create(&app, course(&format!("AA{}", found.len()), 3)).await.expect("made");
        }
        assert_eq!(found, all);
    }

    async fn a_cursor_is_bound_to_its_filter_and_nonsense_is_malformed(app: TestApp) {
        for code in ["IF201", "IF202"] {
            create(&app, course(code, 3)).await.expect("made");
        }
        let page = |size, cursor: &str| Some(PageRequest { size, cursor: cursor.to_owned() });
        let first = pb::ListCoursesRequest { page: page(1, ""), ..Default::default() };
        let first = answer(app.catalogue().list_courses(first).await).expect("a page");
        let cursor = first.page.expect("where it goes on").next_cursor;
        let other = pb::ListCoursesRequest { page: page(1, &cursor), search: "IF".to_owned(), ..Default::default() };
        let fault = fails(answer(app.catalogue().list_courses(other).await), Kind::Malformed);
        assert_eq!(fields(&fault), [("page.cursor".to_owned(), "page-cursor".to_owned())]);
        // A cursor can name any key: one with a NUL in it must not reach PostgreSQL.
        let filter = chassis::page::filter_hash(&("courses", "", ""));
        let nul = chassis::page::encode(&("\0", "\0"), filter);
        for (size, cursor) in [(201, ""), (1, "AAAA"), (1, nul.as_str())] {
            let request = pb::ListCoursesRequest { page: page(size, cursor), ..Default::default() };
            fails(answer(app.catalogue().list_courses(request).await), Kind::Malformed);
        }
        let request = pb::ListCoursesRequest { search: "x".repeat(101), ..Default::default() };
        let fault = fails(answer(app.catalogue().list_courses(request).await), Kind::Malformed);
        assert_eq!(fields(&fault), [("search".to_owned(), "too-long".to_owned())]);
        let request = pb::ListCoursesRequest { programme_id: "\0".to_owned(), ..Default::default() };
        fails(answer(app.catalogue().list_courses(request).await), Kind::Malformed);
    }
}
