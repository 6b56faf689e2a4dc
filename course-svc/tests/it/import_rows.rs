//! Every kind of wrong row, by file, line, column and reason.

use proto::course::v1 as pb;
use proto::course::v1::import_row::Row;
use proto::student::v1 as student_pb;

use crate::support::rows::{Talk, campus, class, course, import, meeting, period, room, seat, window};
use crate::support::{PERIOD, TestApp, begin, id, status, student_state};

/// Faults of rows that come alone, over a campus that was imported before; lines count from 2.
async fn faults(app: &TestApp, rows: Vec<Row>) -> Vec<String> {
    let mut talk = Talk::begin(app).await;
    talk.rows(rows);
    let verdict = talk.judge().await;
    assert!(!verdict.ok);
    talk.faults()
}

const OPENS: &str = "2026-08-03T00:00:00Z";
const CLOSES: &str = "2026-08-24T00:00:00Z";

chassis::both_engines! {
    async fn each_cell_is_checked_by_itself(app: TestApp) {
        import(&app, campus()).await;
        let rows = vec![
            Row::Course(pb::CourseRow {
                programme: String::new(),
                code: "X".repeat(21),
                name: "A\tB".to_owned(),
                credits_lecture: "empat".to_owned(),
                credits_practice: "-1".to_owned(),
                requirement_kind: "wajib".to_owned(),
                semester: "9".to_owned(),
                ..Default::default()
            }),
            room("", "many"),
            period("2026", "running"),
            window("planet", "X", "yesterday", OPENS),
            window("cohort", "24", OPENS, OPENS),
            class("", "ABCDEF", "0", "1;1"),
            meeting("IF201", "A", "8", "7:00", "25:00", ""),
            meeting("IF201", "A", "1", "09:00", "08:00", ""),
            Row::Plan(pb::PlanRow::default()),
        ];
        let expected = [
            "courses.csv:2:programme:required",
            "courses.csv:2:code:too-long",
            "courses.csv:2:name:forbidden-character",
            "courses.csv:2:credits_lecture:out-of-range",
            "courses.csv:2:credits_practice:out-of-range",
            "courses.csv:2:requirement_kind:unknown-value",
            "courses.csv:2:semester:out-of-range",
            "rooms.csv:3:code:required",
            "rooms.csv:3:capacity:out-of-range",
            "periods.csv:4:code:bad-period",
            "periods.csv:4:state:unknown-value",
            "windows.csv:5:scope:unknown-value",
            "windows.csv:5:opens_at:bad-time",
            "windows.csv:6:scope_key:bad-scope",
            "windows.csv:6:closes_at:not-after",
            "classes.csv:7:course:required",
            "classes.csv:7:name:too-long",
            "classes.csv:7:capacity:out-of-range",
            "classes.csv:7:lecturers:named-twice",
            "meetings.csv:8:day:out-of-range",
            "meetings.csv:8:start:bad-time",
            "meetings.csv:8:end:bad-time",
            "meetings.csv:9:end:not-after",
            "plans.csv:10:nim:required",
            "plans.csv:10:period:bad-period",
            "plans.csv:10:programme:required",
            "plans.csv:10:course:required",
            "plans.csv:10:name:required",
        ];
        assert_eq!(faults(&app, rows).await, expected);
    }

    async fn the_credits_of_a_course_in_plans_stay(app: TestApp) {
        import(&app, campus()).await;
        import(&app, vec![course("IF300", "3")]).await;
        let mut parted = course("IF202", "3");
        if let Row::Course(row) = &mut parted {
            (row.credits_lecture, row.credits_field) = ("3".to_owned(), "1".to_owned());
        }
        let mut talk = Talk::begin(&app).await;
        talk.rows([course("IF201", "5"), course("IF300", "2"), parted]);
        let verdict = talk.judge().await;
        assert_eq!((verdict.ok, verdict.wrong), (false, 2));
        let expected = ["courses.csv:2:credits_lecture:course-has-plans", "courses.csv:4:credits_field:course-has-plans"];
        assert_eq!(talk.faults(), expected);
        assert_eq!((talk.facts(0)["students"].as_str(), talk.facts(1)["students"].as_str()), ("2", "1"));
        let applied = import(&app, vec![course("IF201", "4"), course("IF300", "2")]).await;
        assert_eq!((applied.changed, applied.unchanged), (1, 1), "nobody has the other");
    }

    async fn references_must_name_something(app: TestApp) {
        import(&app, campus()).await;
        let foreign = |row: &mut Row| {
            if let Row::Course(row) = row {
                row.programme = "XX".to_owned();
            }
        };
        let mut unknown = course("IF300", "3");
        foreign(&mut unknown);
        let mut other_period = class("IF201", "Z", "9", "");
        if let Row::Class(row) = &mut other_period {
            row.period = "20262".to_owned();
        }
        let rows = vec![
            unknown,
            window("faculty", "XX", OPENS, CLOSES),
            window("programme", "YY", OPENS, CLOSES),
            class("IF999", "A", "9", ""),
            class("IF201", "D", "9", "0000000009"),
            other_period,
            meeting("IF201", "Q", "1", "07:00", "08:00", ""),
            meeting("IF201", "A", "1", "07:00", "08:00", "NOWHERE"),
            seat("nobody", "IF201", "A"),
            seat("s1", "IF201", "Q"),
        ];
        let expected = [
            "courses.csv:2:programme:unknown-programme",
            "windows.csv:3:scope_key:unknown-faculty",
            "windows.csv:4:scope_key:unknown-programme",
            "classes.csv:5:course:unknown-course",
            "classes.csv:6:lecturers:unknown-lecturer",
            "classes.csv:7:period:unknown-period",
            "meetings.csv:8:name:unknown-class",
            "meetings.csv:9:room:unknown-room",
            "plans.csv:10:nim:unknown-student",
            "plans.csv:11:name:unknown-class",
        ];
        assert_eq!(faults(&app, rows).await, expected);
    }

    async fn a_reference_to_a_wrong_row_is_no_second_fault(app: TestApp) {
        let rows = vec![
            course("IF201", "99"),
            room("A.1", "many"),
            period(PERIOD, "running"),
            window("university", "", OPENS, CLOSES),
            class("IF201", "A", "40", ""),
            meeting("IF201", "A", "1", "07:00", "08:00", "A.1"),
            seat("s1", "IF201", "A"),
        ];
        let expected = [
            "courses.csv:2:credits_lecture:out-of-range",
            "rooms.csv:3:capacity:out-of-range",
            "periods.csv:4:state:unknown-value",
        ];
        assert_eq!(faults(&app, rows).await, expected);
    }

    async fn a_key_stands_once_in_an_import(app: TestApp) {
        let mut talk = Talk::begin(&app).await;
        let twice = campus().into_iter().flat_map(|row| [row.clone(), row]);
        talk.rows(twice);
        let verdict = talk.judge().await;
        assert_eq!((verdict.ok, verdict.wrong), (false, 16));
        assert!(talk.faults().iter().all(|fault| fault.ends_with("::duplicate-row")), "{:?}", talk.faults());
        assert_eq!((talk.facts(0)["file"].as_str(), talk.facts(0)["line"].as_str()), ("courses.csv", "30"));
        assert_eq!(talk.faults()[0], "courses.csv:31::duplicate-row");
    }

    async fn a_row_that_says_nothing_is_wrong(app: TestApp) {
        let mut talk = Talk::begin(&app).await;
        let row = pb::ImportRow { file: "x.csv".to_owned(), line: 7, row: None };
        talk.send(proto::course::v1::import_request::Message::Row(row));
        assert!(!talk.judge().await.ok);
        assert_eq!(talk.faults(), ["x.csv:7::row-empty"]);
    }

    async fn what_is_offered_must_fit_together(app: TestApp) {
        import(&app, campus()).await;
        let rows = vec![
            // IF201 A meets in A.2.03 on Monday from 07:00 with lecturer 1, IF201 B there on Wednesday.
            class("IF202", "B", "50", "0000000001"),
            meeting("IF202", "B", "1", "09:00", "10:00", "A.2.03"),
            class("IF202", "C", "20", "0000000003"),
            meeting("IF202", "C", "4", "09:00", "10:00", ""),
            meeting("IF202", "C", "4", "09:30", "10:30", ""),
            class("IF202", "D", "20", "0000000003"),
            meeting("IF202", "D", "4", "10:00", "11:00", ""),
        ];
        let expected = [
            "classes.csv:2::room-too-small",
            "classes.csv:2::room-clash",
            "classes.csv:2::lecturer-clash",
            "classes.csv:4::meetings-overlap",
            "classes.csv:7::lecturer-clash",
        ];
        assert_eq!(faults(&app, rows).await, expected);
        assert_eq!(faults(&app, vec![period(PERIOD, "planned")]).await, ["periods.csv:2::period-has-plans"]);
        import(&app, vec![period(PERIOD, "closed")]).await;
        assert_eq!(faults(&app, vec![period(PERIOD, "planned")]).await, ["periods.csv:2::period-state-order"]);
    }

    async fn meetings_cannot_move_under_students(app: TestApp) {
        import(&app, campus()).await;
        // s1 has IF201 A and IF202 A, which meets on Tuesday.
        let onto = meeting("IF201", "A", "2", "08:00", "09:00", "A.2.03");
        assert_eq!(faults(&app, vec![onto]).await, ["meetings.csv:2::students-would-clash"]);
        let beside = meeting("IF201", "A", "2", "08:40", "09:40", "A.2.03");
        import(&app, vec![beside]).await;
    }

    async fn a_seat_obeys_every_rule_but_the_window(app: TestApp) {
        import(&app, campus()).await;
        // The window is long over, s4 is on leave, s6 has left, s7 has an IPS, s3 has a hold.
        app.clock.advance(jiff::SignedDuration::from_hours(24 * 365));
        let left = student_pb::StudentState { exit_kind: "1".to_owned(), ..student_state("s6", "IF-S1", "20241", "l2") };
        app.tell(&[
            status("s4", PERIOD, student_pb::StatusKind::Leave, 2),
            chassis::outbox::Change::new("student.student", id("s6"), 2, &left),
            crate::support::hold("s3", student_pb::HoldKind::Tuition, None, 1),
        ])
        .await;
        app.last_ips("s7", 100).await;
        let mut closed = class("IF210", "A", "1", "");
        if let Row::Class(row) = &mut closed {
            row.state = "closed".to_owned();
        }
        let offered = vec![
            course("IF210", "4"),
            course("IF211", "9"),
            course("IF212", "9"),
            course("IF213", "9"),
            closed,
            class("IF211", "A", "40", ""),
            class("IF212", "A", "40", ""),
            class("IF213", "A", "40", ""),
            meeting("IF211", "A", "1", "08:00", "09:00", ""),
        ];
        import(&app, offered).await;
        // Over the lowest band while the IPS is unknown, in a closed class, after the window, with a hold: all of that binds
        // the taking, not the having.
        let good = vec![
            seat("s3", "IF210", "A"),
            seat("s3", "IF212", "A"),
            seat("s3", "IF213", "A"),
            seat("s7", "IF212", "A"),
        ];
        import(&app, good).await;
        let rows = vec![
            seat("s8", "IF210", "A"),
            seat("s1", "IF201", "B"),
            seat("s1", "IF211", "A"),
            seat("s7", "IF213", "A"),
            seat("s4", "IF213", "A"),
            seat("s6", "IF213", "A"),
        ];
        let expected = [
            "plans.csv:2::class-full",
            "plans.csv:3::course-already-taken",
            "plans.csv:4::schedule-clash",
            "plans.csv:5::credit-limit",
            "plans.csv:6::status-on-leave",
            "plans.csv:7::student-left",
        ];
        assert_eq!(faults(&app, rows).await, expected);
        assert!(app.clock.now() > begin());
    }

    async fn faults_are_told_up_to_a_bound_and_all_are_counted(app: TestApp) {
        let mut talk = Talk::begin(&app).await;
        talk.rows((0..1500).map(|n| room(&format!("R{n}"), "many")));
        let verdict = talk.judge().await;
        assert_eq!((verdict.wrong, talk.faults().len()), (1500, 1000));
    }
}
