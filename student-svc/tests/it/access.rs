//! Every method x every role x own, other and unassigned records.

use chassis::both_engines;
use chassis::error::{Fault, Kind};
use proto::student::v1 as pb;
use tonic::Status;

use crate::support::{App, Campus, User, reason};

/// What a caller tries with the record of Budi, or with the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Try {
    List,
    Get,
    Create,
    Update,
    ListStatuses,
    PutStatus,
    ListHolds,
    PlaceHold,
    WaiveHold,
    LiftHold,
}

const ALL: [Try; 10] = [
    Try::List,
    Try::Get,
    Try::Create,
    Try::Update,
    Try::ListStatuses,
    Try::PutStatus,
    Try::ListHolds,
    Try::PlaceHold,
    Try::WaiveHold,
    Try::LiftHold,
];

/// How an attempt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Denied,
    Absent,
}
use End::{Absent, Denied, Done};

fn end<T>(result: Result<T, Status>) -> End {
    match result {
        Ok(_) => Done,
        Err(status) => match Fault::from_status(&status).kind() {
            Kind::Denied => Denied,
            Kind::Absent => Absent,
            other => panic!("neither denied nor absent but {other:?}: {status:?}"),
        },
    }
}

/// Makes the attempt with values that nothing is wrong with; `turn` makes what must be new new.
async fn attempt(app: &App, user: &User, what: Try, campus: &Campus, turn: usize) -> End {
    let mut client = app.students(user);
    let student_id = campus.budi.clone();
    match what {
        Try::List => end(client.list(pb::ListStudentsRequest::default()).await),
        Try::Get => end(client.get(pb::GetStudentRequest { id: student_id }).await),
        Try::Create => {
            let student = pb::Student {
                nim: format!("24059{turn:05}"),
                name: "Mahasiswa Baru".into(),
                programme_id: campus.informatics.clone(),
                entry_period: "20241".into(),
                ..Default::default()
            };
            end(client.create(pb::CreateStudentRequest { student: Some(student) }).await)
        }
        Try::Update => {
            let student = app.read(&student_id).await;
            end(client.update(pb::UpdateStudentRequest { student: Some(student) }).await)
        }
        Try::ListStatuses => end(client.list_statuses(pb::ListStatusesRequest { student_id, page: None }).await),
        Try::PutStatus => {
            let status = pb::StatusKind::Active.into();
            end(client.put_status(pb::PutStatusRequest { student_id, period_code: "20262".into(), status }).await)
        }
        Try::ListHolds => end(client.list_holds(pb::ListHoldsRequest { student_id, page: None }).await),
        Try::PlaceHold => {
            let kind = pb::HoldKind::Library.into();
            end(client.place_hold(pb::PlaceHoldRequest { student_id, kind, note: format!("Buku {turn}") }).await)
        }
        Try::WaiveHold => {
            let hold = hold_of(app, &student_id).await;
            let until = Some(prost_types::Timestamp { seconds: app.now().as_second() + 3600, nanos: 0 });
            end(client.waive_hold(pb::WaiveHoldRequest { hold_id: hold.id, until, version: hold.version }).await)
        }
        Try::LiftHold => {
            let hold = hold_of(app, &student_id).await;
            end(client.lift_hold(pb::LiftHoldRequest { hold_id: hold.id }).await)
        }
    }
}

/// A hold of the student that binds.
async fn hold_of(app: &App, student_id: &str) -> pb::Hold {
    let request = pb::ListHoldsRequest { student_id: student_id.to_owned(), page: None };
    let holds = app.students(&app.registrar()).list_holds(request).await.unwrap().into_inner().holds;
    holds.into_iter().find(|h| h.lifted_at.is_none()).expect("a hold that binds")
}

both_engines! {
    async fn each_role_reaches_its_own_and_nothing_else(app: App) {
        let campus = app.campus().await;
        // In the order of ALL: list, get, create, update, statuses, put status, holds, place, waive, lift.
        let reader = [Done, Done, Denied, Denied, Done, Denied, Done, Denied, Denied, Denied];
        let stranger = [Done, Absent, Denied, Absent, Absent, Absent, Absent, Absent, Absent, Absent];
        let outsider = [Denied, Absent, Denied, Absent, Absent, Absent, Absent, Absent, Absent, Absent];
        let own_admin = [Done, Done, Done, Done, Done, Done, Done, Denied, Denied, Denied];
        let table = [
            ("the student", app.student(&campus.budi), reader),
            ("another student", app.student(&campus.sari), stranger),
            ("the advisor", app.lecturer(&campus.advisor), reader),
            ("another lecturer", app.lecturer(&campus.other_lecturer), stranger),
            ("an admin of the programme", app.admin(&campus.informatics), own_admin),
            ("an admin of another programme", app.admin(&campus.management), stranger),
            ("the registrar", app.registrar(), [Done; 10]),
            ("a system admin", app.system_admin(), outsider),
            ("an account without a role", app.nobody(), outsider),
        ];
        for (turn, (name, user, expected)) in table.iter().enumerate() {
            for (what, expected) in ALL.into_iter().zip(expected) {
                let got = attempt(&app, user, what, &campus, turn).await;
                assert_eq!(got, *expected, "{name}: {what:?}");
            }
        }
    }

    async fn a_claim_without_its_role_is_worth_nothing(app: App) {
        let campus = app.campus().await;
        let tokens = [
            app.token(|t| t.claim("student_id", campus.budi.as_str())),
            app.token(|t| t.claim("lecturer_id", campus.advisor.as_str())),
            app.token(|t| t.role("programme_admin", None)),
        ];
        for user in tokens {
            assert_eq!(reason(app.students(&user).get(pb::GetStudentRequest { id: campus.budi.clone() }).await), "not-found");
            assert_eq!(reason(app.students(&user).list(pb::ListStudentsRequest::default()).await), "not-allowed");
        }
    }

    async fn a_student_without_an_advisor_is_nobodys_advisee(app: App) {
        let campus = app.campus().await;
        for lecturer in ["", &campus.advisor, &campus.other_lecturer] {
            let user = app.lecturer(lecturer);
            assert_eq!(reason(app.students(&user).get(pb::GetStudentRequest { id: campus.sari.clone() }).await), "not-found");
        }
    }

    async fn an_admin_admits_to_the_own_programme_and_nowhere_else(app: App) {
        let campus = app.campus().await;
        let mut client = app.students(&app.admin(&campus.informatics));
        let student = pb::Student {
            nim: "2403010099".into(), name: "Tono".into(), programme_id: campus.management.clone(), entry_period: "20241".into(),
            ..Default::default()
        };
        assert_eq!(reason(client.create(pb::CreateStudentRequest { student: Some(student) }).await), "not-allowed");
        let mut budi = app.read(&campus.budi).await;
        budi.programme_id.clone_from(&campus.management);
        assert_eq!(reason(client.update(pb::UpdateStudentRequest { student: Some(budi) }).await), "not-allowed");
        assert_eq!(app.read(&campus.budi).await.version, 1);
    }

    async fn lists_show_what_the_caller_may_see(app: App) {
        let campus = app.campus().await;
        let seen = async |user: User| {
            let answer = app.students(&user).list(pb::ListStudentsRequest::default()).await.unwrap().into_inner();
            answer.students.into_iter().map(|s| s.id).collect::<Vec<_>>()
        };
        assert_eq!(seen(app.registrar()).await, [campus.sari.clone(), campus.budi.clone()]);
        assert_eq!(seen(app.student(&campus.budi)).await, [campus.budi.as_str()]);
        assert_eq!(seen(app.lecturer(&campus.advisor)).await, [campus.budi.as_str()]);
        assert_eq!(seen(app.lecturer(&campus.other_lecturer)).await, Vec::<String>::new());
        assert_eq!(seen(app.admin(&campus.management)).await, [campus.sari.as_str()]);
        let both = app.token(|t| t.lecturer(&campus.advisor).programme_admin(&campus.management));
        assert_eq!(seen(both).await, [campus.sari.clone(), campus.budi.clone()], "roles add up");
    }

    async fn personal_data_is_for_the_student_the_admins_and_the_registrar(app: App) {
        let campus = app.campus().await;
        let personal = |s: &pb::Student| [s.phone.clone(), s.national_id.clone(), s.birth_place.clone(), s.birth_date.clone(), s.mother_name.clone()];
        let all = ["+62 812-3456-7890", "3201010101060001", "Bandung", "2006-02-28", "Siti Aminah"].map(String::from);
        for user in [app.student(&campus.budi), app.admin(&campus.informatics), app.registrar()] {
            let mut client = app.students(&user);
            assert_eq!(personal(&client.get(pb::GetStudentRequest { id: campus.budi.clone() }).await.unwrap().into_inner()), all);
            let listed = client.list(pb::ListStudentsRequest { search: "budi".into(), ..Default::default() }).await.unwrap().into_inner();
            assert_eq!(listed.students.len(), 1);
            assert_eq!(personal(&listed.students[0]), [const { String::new() }; 5], "never in a list");
        }
        let advisor = app.lecturer(&campus.advisor);
        let seen = app.students(&advisor).get(pb::GetStudentRequest { id: campus.budi.clone() }).await.unwrap().into_inner();
        assert_eq!(personal(&seen), [const { String::new() }; 5]);
        assert_eq!((seen.name.as_str(), seen.advisor_name.as_str(), seen.programme_name.as_str()), ("Budi Santoso", "Dr. Ratna Dewi, M.Kom.", "S1 Informatika"));
        let holds = app.students(&advisor).list_holds(pb::ListHoldsRequest { student_id: campus.budi.clone(), page: None }).await.unwrap().into_inner().holds;
        assert_eq!((holds[0].kind(), holds[0].note.as_str()), (pb::HoldKind::Tuition, ""), "an advisor learns that there is one, not which invoice");
    }

    async fn writing_needs_a_token_that_is_valid_now(app: App) {
        let campus = app.campus().await;
        let mut anonymous = pb::students_client::StudentsClient::new(app.anonymous());
        assert_eq!(reason(anonymous.get(pb::GetStudentRequest { id: campus.budi.clone() }).await), "token-missing");
        let registrar = app.registrar();
        // Six minutes later the token has expired, and auth-svc was silent all the time.
        app.clock.advance(jiff::SignedDuration::from_mins(6));
        let mut client = app.students(&registrar);
        assert_eq!(client.get(pb::GetStudentRequest { id: campus.budi.clone() }).await.unwrap().into_inner().nim, crate::rows::BUDI);
        let hold = pb::PlaceHoldRequest { student_id: campus.budi.clone(), kind: pb::HoldKind::Library.into(), note: "Buku".into() };
        assert_eq!(reason(client.place_hold(hold).await), "token-expired");
    }
}
