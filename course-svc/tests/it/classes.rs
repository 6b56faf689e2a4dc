//! Classes: make, change, remove, list; clashes of rooms, lecturers and students.

use chassis::error::{Fault, Kind};
use proto::common::v1::PageRequest;
use proto::course::v1 as pb;
use proto::course::v1::catalogue_client::CatalogueClient;

use crate::support::{
    PERIOD, TestApp, answer, course_id, fails, fields, id, input, input_of, krs_window, list_request, meeting, words,
};

async fn create(app: &TestApp, class: pb::ClassInput) -> Result<pb::Class, Fault> {
    answer(app.offering().create_class(pb::CreateClassRequest { class: Some(class) }).await)
}

async fn update(app: &TestApp, class: &pb::Class, input: pb::ClassInput) -> Result<pb::Class, Fault> {
    let request = pb::UpdateClassRequest { id: class.id.clone(), class: Some(input), version: class.version };
    answer(app.offering().update_class(request).await)
}

async fn delete(app: &TestApp, id: &str) -> Result<(), Fault> {
    answer(app.offering().delete_class(pb::DeleteClassRequest { id: id.to_owned() }).await).map(drop)
}

fn led_by(names: &[&str]) -> Vec<pb::ClassLecturer> {
    let lecturer = |name: &&str| pb::ClassLecturer { lecturer_id: id(name), ..Default::default() };
    let mut lecturers: Vec<_> = names.iter().map(lecturer).collect();
    // The last one leads: the answer has it first.
    if let Some(last) = lecturers.last_mut() {
        last.lead = true;
    }
    lecturers
}

chassis::both_engines! {
    async fn a_class_is_made_read_changed_and_removed(app: TestApp) {
        app.open_period().await;
        let course = app.course("IF201", 4).await;
        let room = app.room("A.2.03", 45).await;
        let draft = pb::ClassInput {
            meetings: vec![meeting(1, 420, 570, &room.id), meeting(3, 600, 700, "")],
            lecturers: led_by(&["l1", "l2"]),
            ..input(&course.id, "A", 40, &[])
        };
        let made = create(&app, draft).await.expect("made");
        assert_eq!((made.version, made.taken, made.meetings[0].room_code.as_str()), (1, 0, "A.2.03"));
        let names: Vec<_> = made.lecturers.iter().map(|lecturer| (lecturer.name.as_str(), lecturer.lead)).collect();
        assert_eq!(names, [("Dr. Budi", true), ("Dr. Andi", false)], "the leading one first");
        assert_eq!(made.course.as_ref(), Some(&course));
        let request = pb::GetClassRequest { id: made.id.clone() };
        assert_eq!(answer(app.catalogue().get_class(request.clone()).await).expect("read"), made);
        assert_eq!(app.list(list_request()).await, std::slice::from_ref(&made));

        let draft = pb::ClassInput { name: "B".to_owned(), capacity: 30, ..input_of(&made) };
        let changed = update(&app, &made, draft).await.expect("changed");
        assert_eq!((changed.version, changed.capacity, changed.name.as_str()), (2, 30, "B"));
        assert_eq!(app.list(list_request()).await, std::slice::from_ref(&changed));
        fails(update(&app, &made, input_of(&made)).await, Kind::Stale);

        delete(&app, &changed.id).await.expect("removed");
        fails(answer(app.catalogue().get_class(request).await), Kind::Absent);
        assert_eq!(app.list(list_request()).await, []);
        fails(delete(&app, &changed.id).await, Kind::Absent);
        fails(delete(&app, "nonsense\0").await, Kind::Absent);
    }

    async fn a_name_is_unique_for_the_course_in_the_period(app: TestApp) {
        app.open_period().await;
        let course = app.course("IF201", 4).await;
        let a = create(&app, input(&course.id, "A", 40, &[])).await.expect("made");
        let b = create(&app, input(&course.id, "B", 40, &[])).await.expect("made");
        assert_eq!(fails(create(&app, input(&course.id, "A", 40, &[])).await, Kind::Duplicate).reason(), "class-exists");
        assert_eq!(fails(create(&app, input(&course.id, "a", 40, &[])).await, Kind::Duplicate).reason(), "class-exists");
        for name in [a.name, "a".to_owned()] {
            let renamed = pb::ClassInput { name, ..input_of(&b) };
            assert_eq!(fails(update(&app, &b, renamed).await, Kind::Duplicate).reason(), "class-exists");
        }
        let smaller = pb::ClassInput { name: "b".into(), ..input_of(&b) };
        assert_eq!(update(&app, &b, smaller).await.expect("its own name in another case").name, "b");
    }

    async fn period_and_course_of_a_class_never_change(app: TestApp) {
        app.open_period().await;
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        let other = app.course("IF202", 4).await;
        let moved = pb::ClassInput { course_id: other.id, ..input_of(&class) };
        assert_eq!(fields(&fails(update(&app, &class, moved).await, Kind::Malformed)), [field("course_id", "fixed")]);
        app.period("20262", pb::PeriodState::Planned, vec![]).await;
        let moved = pb::ClassInput { period_code: "20262".to_owned(), ..input_of(&class) };
        assert_eq!(fields(&fails(update(&app, &class, moved).await, Kind::Malformed)), [field("period_code", "fixed")]);
    }

    async fn everything_that_is_wrong_is_named_at_once(app: TestApp) {
        app.open_period().await;
        let course = app.course("IF201", 4).await;
        let wrong = pb::ClassInput {
            period_code: "x".to_owned(),
            course_id: String::new(),
            name: "ABCDEF".to_owned(),
            capacity: 1001,
            meetings: vec![meeting(8, 1, 2, ""), meeting(1, 9, 9, ""), meeting(1, 1, 1441, "")],
            lecturers: vec![led_by(&["l1"])[0].clone(), led_by(&["l1"])[0].clone()],
            state: 0,
            ..Default::default()
        };
        let expected = [
            field("period_code", "bad-period"),
            field("course_id", "required"),
            field("name", "too-long"),
            field("capacity", "out-of-range"),
            field("meetings[0]", "out-of-range"),
            field("meetings[1]", "out-of-range"),
            field("meetings[2]", "out-of-range"),
            field("lecturers[1].lecturer_id", "named-twice"),
            field("lecturers[1].lead", "named-twice"),
            field("state", "unknown-value"),
        ];
        assert_eq!(fields(&fails(create(&app, wrong).await, Kind::Malformed)), expected);

        let unknown = pb::ClassInput {
            meetings: vec![meeting(1, 420, 570, &id("room"))],
            lecturers: led_by(&["l1", "l9"]),
            ..input(&course.id, "A", 9, &[])
        };
        let expected = [field("meetings[0].room_id", "unknown-room"), field("lecturers[1].lecturer_id", "unknown-lecturer")];
        assert_eq!(fields(&fails(create(&app, unknown).await, Kind::Malformed)), expected);
        let nothing = input(&id("none"), "A", 9, &[]);
        assert_eq!(fields(&fails(create(&app, nothing).await, Kind::Malformed)), [field("course_id", "unknown-course")]);
        let never = pb::ClassInput { period_code: "20262".to_owned(), ..input(&course.id, "A", 9, &[]) };
        assert_eq!(fields(&fails(create(&app, never).await, Kind::Malformed)), [field("period_code", "unknown-period")]);
    }

    async fn clashes_of_room_and_lecturer_are_refused_all_at_once(app: TestApp) {
        app.open_period().await;
        let course = app.course("IF201", 4).await;
        let (room, small, online) = (app.room("A.1", 45).await, app.room("LAB", 30).await, app.room("DARING", 0).await);
        let there = pb::ClassInput {
            meetings: vec![meeting(1, 420, 570, &room.id), meeting(5, 420, 570, &online.id)],
            lecturers: led_by(&["l1"]),
            ..input(&course.id, "A", 40, &[])
        };
        let there = create(&app, there).await.expect("made");

        let clashing = pb::ClassInput {
            meetings: vec![
                meeting(1, 569, 600, &room.id),
                meeting(1, 590, 640, ""),
                meeting(2, 420, 570, &small.id),
                meeting(5, 500, 600, &online.id),
            ],
            lecturers: led_by(&["l2", "l1"]),
            ..input(&course.id, "B", 40, &[])
        };
        let fault = fails(create(&app, clashing.clone()).await, Kind::Refused);
        assert_eq!(words(&fault), ["meetings-overlap", "room-too-small", "room-clash", "lecturer-clash"]);
        let facts = &fault.refusals()[2].facts;
        assert_eq!((facts["room"].as_str(), facts["class"].as_str(), facts["day"].as_str()), ("A.1", "Mata Kuliah IF201 A", "1"));
        assert_eq!((facts["start"].as_str(), facts["end"].as_str()), ("420", "570"));
        assert_eq!(fault.refusals()[3].facts["lecturer"], "Dr. Andi");
        assert_eq!(fault.refusals()[1].facts["room_capacity"], "30");

        let beside = pb::ClassInput {
            meetings: vec![meeting(1, 570, 600, &room.id), meeting(5, 420, 570, &online.id)],
            lecturers: led_by(&["l2"]),
            ..clashing.clone()
        };
        let beside = create(&app, beside).await.expect("one ends when the other begins; online rooms are shared");
        let onto = pb::ClassInput { meetings: clashing.meetings[..1].to_vec(), ..input_of(&beside) };
        assert_eq!(words(&fails(update(&app, &beside, onto).await, Kind::Refused)), ["room-clash"]);
        update(&app, &there, input_of(&there)).await.expect("a class does not clash with itself");
        app.period("20262", pb::PeriodState::Planned, vec![]).await;
        let next = pb::ClassInput { period_code: "20262".to_owned(), ..input_of(&there) };
        create(&app, next).await.expect("another period has its own timetable");
    }

    async fn meetings_cannot_change_under_students_whose_plan_would_clash(app: TestApp) {
        app.open_period().await;
        let moving = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        let other = app.offer("IF202", 4, 9, (2, 420, 570)).await;
        for student in ["s1", "s2"] {
            app.add(student, &moving.id).await.expect("a seat");
            app.add(student, &other.id).await.expect("a seat");
        }
        app.add("s3", &moving.id).await.expect("a seat");
        let onto = pb::ClassInput { meetings: vec![meeting(2, 500, 600, "")], ..input_of(&moving) };
        let fault = fails(update(&app, &moving, onto.clone()).await, Kind::Refused);
        assert_eq!(fault.reason(), "students-would-clash");
        let facts = &fault.refusals()[0].facts;
        assert_eq!((facts["students"].as_str(), facts["class"].as_str()), ("2", "Mata Kuliah IF202 A"));
        let away = pb::ClassInput { meetings: vec![meeting(2, 570, 600, "")], ..input_of(&moving) };
        let moved = update(&app, &moving, away).await.expect("no plan clashes");
        assert_eq!((moved.taken, moved.version), (3, 2));
        for student in ["s1", "s2"] {
            app.drop(student, &other.id).await.expect("given back");
        }
        update(&app, &moved, onto).await.expect("nobody is in the way any more");
    }

    async fn a_class_with_students_stays_and_one_of_a_period_that_is_over_does_not_change(app: TestApp) {
        let period = app.open_period().await;
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        let empty = app.offer("IF202", 4, 9, (2, 420, 570)).await;
        app.add("s1", &class.id).await.expect("a seat");
        let fault = fails(delete(&app, &class.id).await, Kind::Refused);
        assert_eq!((fault.reason(), fault.refusals()[0].facts["taken"].as_str()), ("class-has-students", "1"));

        let over = pb::Period { state: pb::PeriodState::Closed.into(), ..period };
        answer(app.offering().update_period(pb::UpdatePeriodRequest { period: Some(over) }).await).expect("closed");
        let draft = pb::ClassInput { capacity: 50, ..input_of(&class) };
        let fault = fails(update(&app, &class, draft).await, Kind::Refused);
        assert_eq!((fault.reason(), fault.refusals()[0].facts["state"].as_str()), ("period-over", "closed"));
        assert_eq!(fails(delete(&app, &empty.id).await, Kind::Refused).reason(), "period-over");
        let new = input(&course_id(&class), "Z", 9, &[]);
        assert_eq!(fails(create(&app, new).await, Kind::Refused).reason(), "period-over");
    }

    async fn the_list_is_searched_filtered_and_paged(app: TestApp) {
        app.open_period().await;
        let first = app.course("IF201", 4).await;
        let second = app.course("IF101", 3).await;
        let foreign = pb::Course { programme_id: id("SI-S1"), name: "Basis Data".to_owned(), ..crate::support::course("SI100", 3) };
        let foreign = app.offering().create_course(pb::CreateCourseRequest { course: Some(foreign) }).await;
        let foreign = answer(foreign).expect("made");
        create(&app, input(&first.id, "B", 9, &[(1, 420, 570)])).await.expect("made");
        create(&app, input(&first.id, "A", 9, &[(2, 420, 570)])).await.expect("made");
        let led = pb::ClassInput { lecturers: led_by(&["l3"]), ..input(&second.id, "A", 9, &[(2, 600, 700)]) };
        create(&app, led).await.expect("made");
        create(&app, input(&foreign.id, "A", 9, &[])).await.expect("made");
        let all = ["IF101 A", "IF201 A", "IF201 B", "SI100 A"];
        let labels = async |request| {
            let classes = app.list(request).await;
            let label = |class: &pb::Class| format!("{} {}", class.course.as_ref().expect("a course").code, class.name);
            classes.iter().map(label).collect::<Vec<_>>()
        };
        assert_eq!(labels(list_request()).await, all, "by course code and class name");
        let with = list_request;
        assert_eq!(labels(pb::ListClassesRequest { day: 2, ..with() }).await, ["IF101 A", "IF201 A"]);
        assert_eq!(labels(pb::ListClassesRequest { search: "basis".to_owned(), ..with() }).await, ["SI100 A"]);
        assert_eq!(labels(pb::ListClassesRequest { search: "if201  b".to_owned(), ..with() }).await, ["IF201 B"]);
        assert_eq!(labels(pb::ListClassesRequest { search: "if201 c".to_owned(), ..with() }).await, [""; 0]);
        let named = pb::ListClassesRequest { search: "Mata Kuliah IF201 B".to_owned(), ..with() };
        assert_eq!(labels(named).await, ["IF201 B"]);
        assert_eq!(labels(pb::ListClassesRequest { search: "if2".to_owned(), ..with() }).await, ["IF201 A", "IF201 B"]);
        assert_eq!(labels(pb::ListClassesRequest { programme_id: id("SI-S1"), ..with() }).await, ["SI100 A"]);
        assert_eq!(labels(pb::ListClassesRequest { course_id: second.id, ..with() }).await, ["IF101 A"]);
        assert_eq!(labels(pb::ListClassesRequest { lecturer_id: id("l3"), ..with() }).await, ["IF101 A"]);
        assert_eq!(labels(pb::ListClassesRequest { period_code: "20262".to_owned(), ..with() }).await, [""; 0]);

        let mut found = 0;
        let mut cursor = String::new();
        loop {
            let page = Some(PageRequest { size: 3, cursor: cursor.clone() });
            let page = answer(app.catalogue().list_classes(pb::ListClassesRequest { page, ..with() }).await).expect("a page");
            found += page.classes.len();
            cursor = page.page.expect("where it goes on").next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        assert_eq!(found, 4);
        for wrong in [
            pb::ListClassesRequest::default(),
            pb::ListClassesRequest { day: 8, ..with() },
            pb::ListClassesRequest { search: "\0".to_owned(), ..with() },
        ] {
            fails(answer(app.catalogue().list_classes(wrong).await), Kind::Malformed);
        }
    }

    async fn classes_of_a_period_that_has_not_begun_are_for_staff(app: TestApp) {
        app.period(PERIOD, pb::PeriodState::Planned, vec![krs_window(app.clock.now(), 1, 2)]).await;
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        assert_eq!(app.list(list_request()).await.len(), 1);
        let mut student = CatalogueClient::new(app.as_student("s1"));
        assert_eq!(answer(student.list_classes(list_request()).await).expect("nothing").classes, []);
        fails(answer(student.get_class(pb::GetClassRequest { id: class.id }).await), Kind::Absent);
        let public = answer(student.list_public_classes(list_request()).await).expect("nothing");
        assert_eq!(public.classes, []);
    }

    async fn what_the_list_shows_follows_courses_and_rooms(app: TestApp) {
        app.open_period().await;
        let room = app.room("A.1", 45).await;
        let course = app.course("IF201", 4).await;
        let draft = pb::ClassInput { meetings: vec![meeting(1, 420, 570, &room.id)], ..input(&course.id, "A", 40, &[]) };
        create(&app, draft).await.expect("made");
        assert_eq!(app.list(list_request()).await.len(), 1);
        let renamed = pb::Course { name: "Basis Data".to_owned(), ..course };
        let request = pb::UpdateCourseRequest { course: Some(renamed) };
        answer(app.offering().update_course(request).await).expect("changed");
        let listed = app.list(pb::ListClassesRequest { search: "basis".to_owned(), ..list_request() }).await;
        assert_eq!(listed.len(), 1);
    }
}

fn field(field: &str, reason: &str) -> (String, String) {
    (field.to_owned(), reason.to_owned())
}
