//! The list of routes, the router, the OpenAPI document and the client are about the same routes.

use std::collections::BTreeSet;

use api::client::Error;
use api::routes::{self as r, Route};
use api::{
    AccountQuery, AllocationInput, AllocationQuery, ApprovalInput, ChoiceQuery, ClassInput, ClassQuery, ClassState,
    ComponentInput, ComponentsInput, CourseInput, CourseQuery, CurriculumCourseInput, CurriculumInput, CurriculumQuery,
    DelegationInput, DelegationQuery, EffectiveQuery, EquivalentsInput, HoldInput, HoldKind, ItemInput, LecturerQuery,
    Login, NewPeriod, PackageInput, PackageQuery, PackageTake, PageQuery, PasswordChange, PeriodInput, PeriodState,
    PlanQuery, PlanState, PolicyInput, PolicyQuery, PolicyScope, PrerequisitesInput, ProgrammeQuery, Refresh,
    Registration, RepeatPolicy, RequirementKind, ReturnInput, RoleKind, RoleScope, RoomInput, ScaleInput, ScaleQuery,
    ScaleStep, ScoreInput, ScoresInput, SheetQuery, SheetRowInput, SheetState, StatusInput, StatusKind, StudentInput,
    StudentQuery, SwapInput, VoidInput, WaitingInput, WaiverInput, WishesInput,
};
use reqwest::Method;

use crate::app::{App, answer};

fn described() -> serde_json::Value {
    serde_json::from_str(gateway::openapi()).unwrap()
}

#[test]
fn the_description_has_every_route_and_no_other() {
    let document = described();
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            found.insert(format!("{} {path}", method.to_ascii_uppercase()));
        }
    }
    assert_eq!(found, r::ALL.iter().map(Route::to_string).collect());
}

#[tokio::test]
async fn the_router_has_every_route() {
    let app = App::start().await;
    for route in r::ALL {
        let method: Method = route.method.as_str().parse().unwrap();
        let path: String =
            route.path.split('/').map(|s| if s.starts_with('{') { "x" } else { s }).collect::<Vec<_>>().join("/");
        let answer = answer(app.open(method, &path)).await;
        let unknown = ["route-unknown", "method-not-allowed"].iter().any(|word| answer.body.contains(word));
        assert!(!unknown, "{route}: {answer:?}");
    }
}

#[tokio::test]
async fn every_method_of_the_client_reaches_its_route_and_its_service() {
    let app = App::start().await;
    let client = app.client();
    let (page, scope) = (PageQuery::default(), RoleScope::default());
    let mut reached = BTreeSet::new();
    let mut check = |route: Route, outcome: Result<(), Error>| {
        let reason = outcome.err().and_then(|error| error.problem().map(|problem| problem.reason.clone()));
        assert_eq!(reason.as_deref(), Some("service-down"), "{route}");
        assert!(reached.insert(route), "{route} is called twice");
    };
    macro_rules! call {
        ($($route:ident: $method:ident($($argument:expr),*);)+) => {
            $(check(r::$route, client.$method($($argument),*).await.map(|_| ()));)+
        };
    }
    call! {
        SESSIONS_POST: login(&Login { user_name: "202401001".into(), password: "a long secret".into() });
        SESSIONS_REFRESH: refresh(&Refresh { refresh_token: "token".into() });
        SESSION_DELETE: logout();
        ME_GET: me();
        PASSWORD_PUT: change_password(&PasswordChange { current_password: "a".into(), new_password: "b".into() });
        ACCOUNTS_GET: accounts(&AccountQuery::default());
        ROLE_PUT: grant_role("a", RoleKind::Registrar, &scope);
        ROLE_DELETE: revoke_role("a", RoleKind::ProgrammeAdmin, &RoleScope { scope: Some("p".into()) });
        FACULTIES_GET: faculties(&page);
        PROGRAMMES_GET: programmes(&ProgrammeQuery::default());
        LECTURERS_GET: lecturers(&LecturerQuery::default());
        LECTURER_GET: lecturer("l");
        STUDENTS_GET: students(&StudentQuery { order: Some(api::StudentOrder::Name), ..StudentQuery::default() });
        STUDENTS_POST: create_student(&student());
        STUDENT_GET: student("s");
        STUDENT_PUT: update_student("s", 1, &student());
        STATUSES_GET: statuses("s", &page);
        STATUS_PUT: put_status("s", "20261", &StatusInput { status: StatusKind::Active });
        HOLDS_GET: holds("s", &page);
        HOLDS_POST: place_hold("s", &HoldInput { kind: HoldKind::Tuition, note: "UKT".into() });
        WAIVERS_POST: waive_hold("h", 1, &WaiverInput { until: app.clock.now() });
        HOLD_DELETE: lift_hold("h");
        PERIODS_GET: periods(&page);
        PERIODS_POST: create_period(&NewPeriod { code: "20262".into(), state: PeriodState::Planned, windows: vec![], registration: None });
        PERIOD_GET: period("20261");
        PERIOD_PUT: update_period("20261", 1, &PeriodInput { state: PeriodState::Active, windows: vec![], registration: Some(Registration::default()) });
        ROOMS_GET: rooms(&page);
        ROOMS_POST: create_room(&room());
        ROOM_PUT: update_room("r", 1, &room());
        COURSES_GET: courses(&CourseQuery::default());
        COURSES_POST: create_course(&course());
        COURSE_GET: course("c");
        COURSE_PUT: update_course("c", 1, &course());
        CLASSES_GET: classes(&ClassQuery { period: "20261".into(), ..ClassQuery::default() });
        CLASSES_POST: create_class(&class());
        CLASS_GET: class("k");
        CLASS_PUT: update_class("k", 1, &class());
        CLASS_DELETE: delete_class("k");
        PLAN_GET: plan("s", "20261");
        PLAN_POST: open_plan("s", "20261");
        CHOICES_GET: choices("s", "20261", &ChoiceQuery { takeable: true, ..ChoiceQuery::default() });
        ITEMS_POST: add_item("s", "20261", &ItemInput { class_id: "k".into() });
        ITEM_DELETE: drop_item("s", "20261", "k");
        SUBMISSION_POST: submit_plan("s", "20261", 1);
        SUBMISSION_DELETE: withdraw_plan("s", "20261", 2);
        APPROVAL_POST: approve_plan("s", "20261", 2);
        RETURN_POST: return_plan("s", "20261", 2, &ReturnInput { note: "Ganti IF305.".into() });
        STEPS_GET: plan_steps("s", "20261", &page);
        PLANS_GET: plans(&plans());
        PLAN_LOCKS_POST: lock_plans("20261");
        SWAPS_POST: swap_item("s", "20261", &SwapInput { drop_class_id: "k".into(), add_class_id: "l".into() });
        REVISION_POST: revise_plan("s", "20261", 3);
        VOID_POST: void_plan("s", "20261", 3, &VoidInput { note: "Cuti.".into() });
        WAITING_POST: join_waiting("s", "20261", &WaitingInput { class_id: "k".into(), instead_of_id: None });
        WAITING_DELETE: leave_waiting("s", "20261", "k");
        LINE_GET: waiting_list("k", &page);
        TRADINGS_GET: tradings("20261", &page);
        PACKAGES_GET: packages(&PackageQuery { period: "20261".into(), ..PackageQuery::default() });
        PACKAGES_POST: create_package(&package());
        PACKAGE_PUT: update_package("b", 1, &package());
        PACKAGE_DELETE: delete_package("b", 1);
        PACKAGE_TAKE: take_package("s", "20261", &PackageTake { package_id: "b".into() });
        APPROVALS_POST: start_approval(&ApprovalInput { period_code: "20261".into(), ..ApprovalInput::default() });
        BULK_GET: approval("a");
        OUTCOMES_GET: approval_outcomes("a", &page);
        DELEGATIONS_GET: delegations(&DelegationQuery { current: true, ..DelegationQuery::default() });
        DELEGATIONS_POST: create_delegation(&delegation(app.clock.now()));
        DELEGATION_DELETE: end_delegation("d");
        ADMISSION_PUT: enter_admission("s", "20261");
        WISHES_GET: wishes("s", "20261");
        WISHES_PUT: put_wishes("s", "20261", 0, &WishesInput { class_ids: vec!["k".into()] });
        POLICIES_GET: policies(&PolicyQuery { period: Some("20261".into()), ..PolicyQuery::default() });
        POLICIES_POST: create_policy(&policy());
        EFFECTIVE_GET: effective_policy(&EffectiveQuery { period: "20261".into(), ..EffectiveQuery::default() });
        POLICY_GET: policy("d");
        POLICY_PUT: update_policy("d", 1, &policy());
        POLICY_DELETE: delete_policy("d", 1);
        ALLOCATION_POST: run_allocation("20261", &AllocationInput { seed: Some("undian".into()) });
        ALLOCATION_GET: allocation("20261");
        ALLOCATED_GET: allocation_outcomes("20261", &AllocationQuery::default());
        PREREQUISITES_GET: prerequisites("c");
        PREREQUISITES_PUT: put_prerequisites("c", 0, &PrerequisitesInput::default());
        EQUIVALENTS_GET: equivalents("c");
        EQUIVALENTS_PUT: put_equivalents("c", 0, &EquivalentsInput { course_ids: vec!["d".into()] });
        CURRICULA_GET: curricula(&CurriculumQuery { programme_id: Some("p".into()), ..CurriculumQuery::default() });
        CURRICULA_POST: create_curriculum(&curriculum());
        CURRICULUM_GET: curriculum("k");
        CURRICULUM_PUT: update_curriculum("k", 1, &curriculum());
        SHEETS_GET: sheets(&SheetQuery { state: Some(SheetState::Draft), ..SheetQuery::default() });
        SHEET_GET: sheet("k");
        COMPONENTS_PUT: put_components("k", 1, &components());
        SCORES_PUT: put_scores("k", &scores());
        PUBLICATION_POST: publish_sheet("k", 1);
        SEMESTERS_GET: semesters("s", &page);
        SEMESTER_GET: semester("s", "20261");
        TRANSCRIPT_GET: transcript("s");
        SCALES_GET: scales(&ScaleQuery::default());
        SCALE_PUT: put_scale("p", "20261", 0, &scale());
        JWKS_GET: jwks();
    }
    client.health().await.unwrap();
    client.ready().await.unwrap();
    assert!(client.home().await.unwrap().student.is_some());
    reached.extend([r::HEALTH_GET, r::READY_GET, r::HOME_GET]);
    let missing: Vec<_> = r::ALL.iter().filter(|route| !reached.contains(route)).collect();
    assert!(missing.is_empty(), "no method of the client reaches {missing:?}");
}

fn package() -> PackageInput {
    PackageInput {
        period_code: "20261".into(),
        programme_id: "p".into(),
        cohort: Some(2026),
        name: "Semester 1".into(),
        class_ids: vec!["k".into()],
    }
}

fn delegation(now: api::Timestamp) -> DelegationInput {
    DelegationInput { advisor_id: None, delegate_id: "l".into(), from: now, until: now, note: Some("Cuti".into()) }
}

fn policy() -> PolicyInput {
    PolicyInput {
        title: "SK Rektor".into(),
        scope: PolicyScope::University,
        scope_key: None,
        valid_from: "20261".into(),
        valid_until: None,
        body: serde_json::Map::from_iter([("short_term".to_owned(), 9.into())]),
    }
}

fn student() -> StudentInput {
    StudentInput {
        nim: "202401001".into(),
        name: "Anindya Putri".into(),
        programme_id: "p".into(),
        entry_period: "20241".into(),
        advisor_id: None,
        email: None,
        phone: None,
        national_id: None,
        gender: None,
        birth_place: None,
        birth_date: None,
        mother_name: None,
        exit_kind: None,
    }
}

fn plans() -> PlanQuery {
    PlanQuery {
        period: "20261".into(),
        state: Some(PlanState::Submitted),
        without_plan: false,
        advisor_id: Some("l".into()),
        ..PlanQuery::default()
    }
}

fn curriculum() -> CurriculumInput {
    CurriculumInput {
        programme_id: "p".into(),
        name: "Kurikulum 2024".into(),
        start_period: "20241".into(),
        credits_required: 144,
        credits_compulsory: 120,
        credits_elective: 24,
        courses: vec![CurriculumCourseInput {
            course_id: "c".into(),
            semester: None,
            requirement_kind: RequirementKind::Elective,
        }],
    }
}

fn components() -> ComponentsInput {
    ComponentsInput { components: vec![ComponentInput { id: None, name: "UAS".into(), weight: 100 }] }
}

fn scores() -> ScoresInput {
    let score = ScoreInput { component_id: "u".into(), score_hundredths: Some(8750) };
    ScoresInput { rows: vec![SheetRowInput { student_id: "s".into(), version: 0, scores: vec![score] }] }
}

fn scale() -> ScaleInput {
    let step = ScaleStep { letter: "A".into(), min_score_hundredths: 0, points_hundredths: 400 };
    ScaleInput { steps: vec![step], pass_points_hundredths: 100, repeat_policy: RepeatPolicy::Best }
}

fn room() -> RoomInput {
    RoomInput { code: "A.2.03".into(), name: None, capacity: 40 }
}

fn course() -> CourseInput {
    CourseInput {
        code: "IF201".into(),
        name: "Struktur Data".into(),
        name_en: None,
        credits_lecture: 3,
        credits_practice: 1,
        credits_field: 0,
        credits_simulation: 0,
        programme_id: "p".into(),
        requirement_kind: RequirementKind::Compulsory,
        recommended_semester: Some(3),
    }
}

fn class() -> ClassInput {
    ClassInput {
        period_code: "20261".into(),
        course_id: "c".into(),
        name: "A".into(),
        capacity: 40,
        meetings: vec![],
        lecturers: vec![],
        exams: None,
        reservations: None,
        state: ClassState::Open,
    }
}

#[tokio::test]
async fn a_gateway_that_is_told_to_end_lives_on_and_is_not_ready() {
    let app = App::start().await;
    let ask = |path| answer(app.open(Method::GET, path));
    assert_eq!((ask("/healthz").await.status, ask("/readyz").await.status), (200, 200));
    app.shutdown.trigger();
    assert_eq!(ask("/healthz").await.status, 200);
    assert_eq!(ask("/readyz").await.refusal(), (503, "not-ready".to_owned()));
    assert_eq!(ask("/api/v1/me").await.status, 401);
}
