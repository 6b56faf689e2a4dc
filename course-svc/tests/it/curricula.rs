//! Curricula, and what courses ask for and count as: kept with versions, by those who may.

use chassis::error::Kind;
use proto::common::v1::PageRequest;
use proto::course::v1 as pb;
use proto::course::v1::curricula_client::CurriculaClient;

use crate::feeds::{snapshot, told};
use crate::support::study::{about, credits, curriculum, entry, gpa, passed};
use crate::support::{TestApp, answer, course, decoded, fails, fields, id, list_request};

async fn create(app: &TestApp, draft: pb::Curriculum) -> Result<pb::Curriculum, chassis::error::Fault> {
    let request = pb::CreateCurriculumRequest { curriculum: Some(draft) };
    answer(app.curricula().create_curriculum(request).await)
}

async fn update(app: &TestApp, draft: pb::Curriculum) -> Result<pb::Curriculum, chassis::error::Fault> {
    let request = pb::UpdateCurriculumRequest { curriculum: Some(draft) };
    answer(app.curricula().update_curriculum(request).await)
}

/// Field and reason as the tests write them.
fn wrong(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(field, reason)| ((*field).to_owned(), (*reason).to_owned())).collect()
}

chassis::both_engines! {
    async fn a_curriculum_is_made_read_and_changed(app: TestApp) {
        let [first, second, elective] = [
            app.course("IF101", 4).await.id,
            app.course("IF104", 3).await.id,
            app.course("IF351", 3).await.id,
        ];
        let draft = curriculum(" Kurikulum 2024 ", &[(&elective, 0), (&second, 2), (&first, 1)]);
        let made = create(&app, draft).await.expect("made");
        assert_eq!((made.name.as_str(), made.version, made.programme_code.as_str()), ("Kurikulum 2024", 1, "IF-S1"));
        let shown: Vec<_> = made.courses.iter().map(|c| (c.semester, c.code.as_str(), c.credits)).collect();
        assert_eq!(shown, [(0, "IF351", 3), (1, "IF101", 4), (2, "IF104", 3)], "by semester and code");
        let get = pb::GetCurriculumRequest { id: made.id.clone() };
        assert_eq!(answer(app.curricula().get_curriculum(get.clone()).await).expect("read"), made);

        let changed = pb::Curriculum {
            name: "Kurikulum 2024 revisi".to_owned(),
            credits_required: 146,
            courses: vec![entry(&second, 3)],
            ..made.clone()
        };
        let changed = update(&app, changed).await.expect("changed");
        assert_eq!((changed.version, changed.credits_required, changed.courses.len()), (2, 146, 1));
        assert_eq!(answer(app.curricula().get_curriculum(get).await).expect("read"), changed);
        fails(update(&app, made.clone()).await, Kind::Stale);
        let other = pb::Curriculum { programme_id: id("SI-S1"), ..changed.clone() };
        assert_eq!(fields(&fails(update(&app, other).await, Kind::Malformed)), wrong(&[("programme_id", "fixed")]));
    }

    async fn a_programmes_classes_are_those_of_its_curricula_too(app: TestApp) {
        app.open_period().await;
        let shared = app.offer("UN101", 2, 10, (1, 420, 520)).await;
        let listed = async || {
            let request = pb::ListClassesRequest { programme_id: id("SI-S1"), ..list_request() };
            app.list(request).await.into_iter().map(|class| class.id).collect::<Vec<_>>()
        };
        assert!(listed().await.is_empty(), "another programme owns the course");
        let course = shared.course.as_ref().expect("in full").id.clone();
        let draft = curriculum("Kurikulum 2024", &[(&course, 1)]);
        let request = pb::CreateCurriculumRequest {
            curriculum: Some(pb::Curriculum { programme_id: id("SI-S1"), ..draft }),
        };
        let made = answer(app.curricula().create_curriculum(request).await).expect("made");
        assert_eq!(listed().await, [shared.id], "its curriculum has the course");
        update(&app, pb::Curriculum { courses: Vec::new(), ..made }).await.expect("changed");
        assert!(listed().await.is_empty(), "no longer");
    }

    async fn a_name_is_unique_in_its_programme(app: TestApp) {
        create(&app, curriculum("Kurikulum 2024", &[])).await.expect("made");
        let twice = fails(create(&app, curriculum("Kurikulum 2024", &[])).await, Kind::Duplicate);
        assert_eq!(twice.reason(), "curriculum-exists");
        let other = create(&app, curriculum("Kurikulum 2026", &[])).await.expect("another name");
        let renamed = pb::Curriculum { name: "Kurikulum 2024".to_owned(), ..other };
        assert_eq!(fails(update(&app, renamed).await, Kind::Duplicate).reason(), "curriculum-exists");
        let theirs = pb::Curriculum { programme_id: id("SI-S1"), ..curriculum("Kurikulum 2024", &[]) };
        create(&app, theirs).await.expect("another programme's");
    }

    async fn everything_that_is_wrong_with_a_curriculum_is_named_at_once(app: TestApp) {
        let known = app.course("IF101", 4).await.id;
        let draft = pb::Curriculum {
            programme_id: String::new(),
            name: "X".repeat(61),
            start_period: "2024".to_owned(),
            credits_required: 0,
            credits_compulsory: 501,
            courses: vec![
                pb::CurriculumCourse { requirement_kind: 9, ..entry(&known, 15) },
                entry(&known, 1),
                entry("", 1),
            ],
            ..Default::default()
        };
        let fault = fails(create(&app, pb::Curriculum { programme_id: id("IF-S1"), ..draft }).await, Kind::Malformed);
        let expected = [
            ("name", "too-long"),
            ("start_period", "bad-period"),
            ("credits_required", "out-of-range"),
            ("credits_compulsory", "out-of-range"),
            ("credits_elective", "out-of-range"),
            ("courses[0].semester", "out-of-range"),
            ("courses[0].requirement_kind", "unknown-value"),
            ("courses[1].course_id", "named-twice"),
            ("courses[2].course_id", "required"),
        ];
        assert_eq!(fields(&fault), wrong(&expected));
        let fault = fails(create(&app, curriculum("A", &[(&known, 1), (&id("none"), 1)])).await, Kind::Malformed);
        assert_eq!(fields(&fault), wrong(&[("courses[1].course_id", "unknown-course")]));
        let nowhere = pb::Curriculum { programme_id: id("XX"), ..curriculum("A", &[]) };
        let fault = fails(create(&app, nowhere).await, Kind::Malformed);
        assert_eq!(fields(&fault), wrong(&[("programme_id", "unknown-programme")]));
        let many = (0..301).map(|n| entry(&id(&format!("c{n}")), 1)).collect();
        let fault = fails(create(&app, pb::Curriculum { courses: many, ..curriculum("A", &[]) }).await, Kind::Malformed);
        assert_eq!(fields(&fault), wrong(&[("courses", "out-of-range")]));
        for id in [id("none"), "nonsense\0".to_owned(), String::new()] {
            let get = pb::GetCurriculumRequest { id: id.clone() };
            fails(answer(app.curricula().get_curriculum(get).await), Kind::Absent);
            fails(update(&app, pb::Curriculum { id, ..curriculum("A", &[]) }).await, Kind::Absent);
        }
    }

    async fn the_list_goes_by_programme_and_the_latest_start_first(app: TestApp) {
        for (name, programme, start) in [
            ("Lama", "IF-S1", "20201"),
            ("Baru", "IF-S1", "20241"),
            ("Juga baru", "IF-S1", "20241"),
            ("Sistem", "SI-S1", "20251"),
            ("Hukum", "HK-S1", "20221"),
        ] {
            let (programme_id, start_period) = (id(programme), start.to_owned());
            create(&app, pb::Curriculum { programme_id, start_period, ..curriculum(name, &[]) }).await.expect("made");
        }
        let list = async |programme_id: &str, size: u32| {
            let (mut found, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = Some(PageRequest { size, cursor: cursor.clone() });
                let request = pb::ListCurriculaRequest { page, programme_id: programme_id.to_owned() };
                let answer = answer(app.curricula().list_curricula(request).await).expect("a page");
                found.extend(answer.curricula.into_iter().map(|c| format!("{} {}", c.programme_code, c.start_period)));
                cursor = answer.page.expect("a page").next_cursor;
                if cursor.is_empty() {
                    return found;
                }
            }
        };
        let all = ["HK-S1 20221", "IF-S1 20241", "IF-S1 20241", "IF-S1 20201", "SI-S1 20251"];
        assert_eq!(list("", 50).await, all);
        assert_eq!(list("", 1).await, all, "page by page");
        assert_eq!(list(&id("IF-S1"), 2).await, all[1..4]);
        let request = pb::ListCurriculaRequest { page: None, programme_id: "\0".to_owned() };
        fails(answer(app.curricula().list_curricula(request).await), Kind::Malformed);
    }

    async fn prerequisites_are_put_read_and_replaced(app: TestApp) {
        let [asking, base, beside] =
            [app.course("IF203", 3).await.id, app.course("IF104", 4).await.id, app.course("IF105", 3).await.id];
        assert_eq!((app.asks(&asking).await.version, app.asks(&asking).await.all_of.len()), (0, 0));
        let concurrent = about(pb::ConditionKind::Concurrent, &beside);
        let groups = vec![vec![passed(&base, 200, "C"), concurrent.clone()], vec![credits(80)], vec![gpa(200)]];
        let put = app.ask(&asking, groups.clone()).await.expect("put");
        assert_eq!(put.version, 1);
        assert_eq!(app.asks(&asking).await, put);
        let read: Vec<Vec<_>> = put
            .all_of
            .iter()
            .map(|group| group.any_of.iter().map(|c| (c.kind(), c.course_code.as_str(), c.min_letter.as_str())).collect())
            .collect();
        let none = (pb::ConditionKind::Credits, "", "");
        let expected = vec![
            vec![(pb::ConditionKind::Passed, "IF104", "C"), (pb::ConditionKind::Concurrent, "IF105", "")],
            vec![none],
            vec![(pb::ConditionKind::Gpa, "", "")],
        ];
        assert_eq!(read, expected);
        assert_eq!(put.all_of[0].any_of[0].course_name, "Mata Kuliah IF104");
        assert_eq!((put.all_of[1].any_of[0].credits, put.all_of[2].any_of[0].gpa_hundredths), (80, 200));

        let stale = pb::Prerequisites { version: 0, ..put.clone() };
        let request = pb::PutPrerequisitesRequest { prerequisites: Some(stale) };
        fails(answer(app.curricula().put_prerequisites(request).await), Kind::Stale);
        let fewer = app.ask(&asking, vec![vec![concurrent]]).await.expect("replaced");
        assert_eq!((fewer.version, fewer.all_of.len()), (2, 1));
        let nothing = app.ask(&asking, Vec::new()).await.expect("nothing is asked any more");
        assert_eq!((nothing.version, app.asks(&asking).await.all_of.len()), (3, 0));
    }

    async fn everything_that_is_wrong_with_prerequisites_is_named_at_once(app: TestApp) {
        let [asking, base] = [app.course("IF203", 3).await.id, app.course("IF104", 4).await.id];
        let groups = vec![
            vec![],
            vec![passed(&base, 401, "ABCD"), passed("", 0, ""), about(pb::ConditionKind::Unspecified, &base)],
            vec![credits(0), gpa(401), credits(501)],
            vec![about(pb::ConditionKind::Taken, &base), about(pb::ConditionKind::Taken, &base)],
        ];
        let fault = fails(app.ask(&asking, groups).await, Kind::Malformed);
        let expected = [
            ("all_of[0].any_of", "required"),
            ("all_of[1].any_of[0].min_points_hundredths", "out-of-range"),
            ("all_of[1].any_of[0].min_letter", "too-long"),
            ("all_of[1].any_of[1].course_id", "required"),
            ("all_of[1].any_of[2].kind", "unknown-value"),
            ("all_of[2].any_of[0].credits", "out-of-range"),
            ("all_of[2].any_of[1].gpa_hundredths", "out-of-range"),
            ("all_of[2].any_of[2].credits", "out-of-range"),
            ("all_of[3].any_of[1]", "named-twice"),
        ];
        assert_eq!(fields(&fault), wrong(&expected));
        let unknown = vec![vec![credits(1), passed(&id("none"), 0, "")]];
        let fault = fails(app.ask(&asking, unknown).await, Kind::Malformed);
        assert_eq!(fields(&fault), wrong(&[("all_of[0].any_of[1].course_id", "unknown-course")]));
        let fault = fails(app.ask(&asking, vec![vec![credits(1)]; 21]).await, Kind::Malformed);
        assert_eq!(fields(&fault), wrong(&[("all_of", "out-of-range")]));
        for course_id in [id("none"), String::new()] {
            let get = pb::GetPrerequisitesRequest { course_id: course_id.clone() };
            fails(answer(app.curricula().get_prerequisites(get).await), Kind::Absent);
            let prerequisites = Some(pb::Prerequisites { course_id: course_id.clone(), ..Default::default() });
            let put = pb::PutPrerequisitesRequest { prerequisites };
            fails(answer(app.curricula().put_prerequisites(put).await), Kind::Absent);
            let get = pb::GetEquivalentsRequest { course_id };
            fails(answer(app.curricula().get_equivalents(get).await), Kind::Absent);
        }
    }

    async fn a_cycle_is_refused_with_its_courses(app: TestApp) {
        let mut ids = Vec::new();
        for code in ["IF1", "IF2", "IF3"] {
            ids.push(app.course(code, 3).await.id);
        }
        let taken = |n: usize| vec![vec![credits(10), about(pb::ConditionKind::Taken, &ids[n])]];
        app.ask(&ids[1], taken(0)).await.expect("IF2 after IF1");
        app.ask(&ids[2], vec![vec![about(pb::ConditionKind::Concurrent, &ids[1])]]).await.expect("IF3 with IF2");
        let fault = fails(app.ask(&ids[0], taken(2)).await, Kind::Refused);
        assert_eq!(fault.reason(), "prerequisite-cycle");
        assert_eq!(fault.refusals()[0].facts["courses"], "IF1 > IF3 > IF2 > IF1");
        assert_eq!(app.asks(&ids[0]).await.version, 0, "nothing was changed");
        let fault = fails(app.ask(&ids[0], taken(0)).await, Kind::Refused);
        assert_eq!(fault.refusals()[0].facts["courses"], "IF1 > IF1");
        app.ask(&ids[1], Vec::new()).await.expect("IF2 asks for nothing");
        app.ask(&ids[0], taken(2)).await.expect("then there is no way back");
    }

    async fn two_halves_of_a_cycle_at_once_never_meet(app: TestApp) {
        for round in 0..20 {
            let [a, b] = [app.course(&format!("A{round}"), 3).await.id, app.course(&format!("B{round}"), 3).await.id];
            let taken = |id: &str| vec![vec![about(pb::ConditionKind::Taken, id)]];
            let (one, other) = tokio::join!(app.ask(&a, taken(&b)), app.ask(&b, taken(&a)));
            assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "round {round}: {one:?} {other:?}");
        }
    }

    async fn equivalence_holds_in_both_directions(app: TestApp) {
        let mut ids = Vec::new();
        for code in ["IF101", "IF102", "IF103"] {
            ids.push(app.course(code, 3).await.id);
        }
        let foreign = pb::Course { programme_id: id("SI-S1"), ..course("SI101", 3) };
        let request = pb::CreateCourseRequest { course: Some(foreign) };
        let foreign = answer(app.offering().create_course(request).await).expect("made").id;
        let codes = async |id: &str| {
            let found = app.equivalents(id).await;
            (found.version, found.courses.into_iter().map(|course| course.code).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(codes(&ids[0]).await, (0, String::new()));
        let put = app.equate(&ids[0], &[&foreign, &ids[1]]).await.expect("put");
        assert_eq!(put, app.equivalents(&ids[0]).await);
        assert_eq!(codes(&ids[0]).await, (1, "IF102 SI101".to_owned()));
        assert_eq!((codes(&ids[1]).await, codes(&foreign).await), ((1, "IF101".to_owned()), (1, "IF101".to_owned())));
        app.equate(&ids[0], &[&ids[2], &ids[1]]).await.expect("another in its place");
        assert_eq!(codes(&ids[1]).await, (1, "IF101".to_owned()), "it stays as it was, and so does its version");
        assert_eq!(codes(&foreign).await, (2, String::new()));
        assert_eq!(codes(&ids[2]).await, (1, "IF101".to_owned()));

        let equivalents = Some(pb::Equivalents { course_id: ids[0].clone(), courses: Vec::new(), version: 1 });
        fails(answer(app.curricula().put_equivalents(pb::PutEquivalentsRequest { equivalents }).await), Kind::Stale);
        let fault = fails(app.equate(&ids[0], &[&ids[0], &id("none"), &ids[1], &ids[1]]).await, Kind::Malformed);
        assert_eq!(fields(&fault), wrong(&[("courses[3].course_id", "named-twice")]));
        let fault = fails(app.equate(&ids[0], &[&ids[0], &id("none")]).await, Kind::Malformed);
        assert_eq!(
            fields(&fault),
            wrong(&[("courses[0].course_id", "named-twice"), ("courses[1].course_id", "unknown-course")])
        );
    }

    async fn equivalents_are_told_of_every_course_that_they_change(app: TestApp) {
        let mut ids = Vec::new();
        for code in ["IF101", "IF102", "IF103"] {
            ids.push(app.course(code, 3).await.id);
        }
        app.equate(&ids[0], &[&ids[2], &ids[1]]).await.expect("put");
        app.equate(&ids[2], &[]).await.expect("parted");
        let of_kind = |events: Vec<proto::feed::v1::Event>| {
            let events = events.into_iter().filter(|event| event.kind == "course.equivalents");
            let text = |event: proto::feed::v1::Event| {
                let told = decoded::<pb::Equivalents>(&event.payload);
                assert_eq!((told.course_id.as_str(), told.version), (event.aggregate_id.as_str(), event.version));
                assert!(told.courses.iter().all(|course| course.code.is_empty()), "ids only");
                (event.aggregate_id, event.version, told.courses.into_iter().map(|course| course.course_id).collect())
            };
            events.map(text).collect::<Vec<(String, i64, Vec<String>)>>()
        };
        let now = |n: usize, version, others: &[usize]| {
            (ids[n].clone(), version, others.iter().map(|n| ids[*n].clone()).collect::<Vec<_>>())
        };
        let told = of_kind(told(&app).await);
        let first = [now(0, 1, &[1, 2]), now(1, 1, &[0]), now(2, 1, &[0])];
        let then = [now(0, 2, &[1]), now(2, 2, &[])];
        assert_eq!(told, first.into_iter().chain(then).collect::<Vec<_>>());
        assert_eq!(of_kind(snapshot(&app).await), [now(0, 2, &[1]), now(1, 1, &[0]), now(2, 2, &[])]);
    }

    async fn an_admin_keeps_only_what_belongs_to_the_programme(app: TestApp) {
        let own = app.course("IF101", 3).await.id;
        let mate = app.course("IF102", 3).await.id;
        let foreign = pb::Course { programme_id: id("SI-S1"), ..course("SI101", 3) };
        let request = pb::CreateCourseRequest { course: Some(foreign) };
        let foreign = answer(app.offering().create_course(request).await).expect("made").id;
        let token = app.token().account("admin").programme_admin(&id("IF-S1")).sign();
        let mut admin = CurriculaClient::new(app.bearing(&token));
        let equate = |a: &str, others: &[&str], version| pb::PutEquivalentsRequest {
            equivalents: Some(pb::Equivalents {
                course_id: a.to_owned(),
                courses: others.iter().map(|id| entry(id, 0)).collect(),
                version,
            }),
        };
        answer(admin.put_equivalents(equate(&own, &[&mate], 0)).await).expect("both are the programme's");
        let fault = fails(answer(admin.put_equivalents(equate(&own, &[&mate, &foreign], 1)).await), Kind::Denied);
        assert_eq!(fault.reason(), "not-allowed");
        fails(answer(admin.put_equivalents(equate(&foreign, &[], 0)).await), Kind::Denied);
        app.equate(&own, &[&mate, &foreign]).await.expect("the registrar keeps both");
        fails(answer(admin.put_equivalents(equate(&own, &[&mate], 2)).await), Kind::Denied);
        answer(admin.put_equivalents(equate(&own, &[&foreign], 2)).await).expect("what is foreign stays");
    }
}
