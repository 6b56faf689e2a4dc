//! Periods and their windows.

use chassis::error::Kind;
use proto::common::v1::PageRequest;
use proto::course::v1 as pb;
use proto::course::v1::catalogue_client::CatalogueClient;

use crate::support::{PERIOD, TestApp, answer, fails, fields, krs_window};

async fn create(app: &TestApp, period: pb::Period) -> Result<pb::Period, chassis::error::Fault> {
    answer(app.offering().create_period(pb::CreatePeriodRequest { period: Some(period) }).await)
}

async fn update(app: &TestApp, period: pb::Period) -> Result<pb::Period, chassis::error::Fault> {
    answer(app.offering().update_period(pb::UpdatePeriodRequest { period: Some(period) }).await)
}

fn period(code: &str, state: pb::PeriodState, windows: Vec<pb::Window>) -> pb::Period {
    pb::Period { code: code.to_owned(), state: state.into(), windows, version: 0, registration: None }
}

chassis::both_engines! {
    async fn a_period_is_made_read_and_changed_with_its_windows(app: TestApp) {
        let now = app.clock.now();
        let cohort = pb::Window {
            scope: pb::WindowScope::Cohort.into(),
            scope_key: "2024".to_owned(),
            ..krs_window(now, -3, -1)
        };
        let windows = vec![krs_window(now, -7, 14), cohort];
        let made = create(&app, period(PERIOD, pb::PeriodState::Planned, windows.clone())).await.expect("made");
        assert_eq!((made.version, &made.windows), (1, &windows), "in the order in which they were written");
        let request = || pb::GetPeriodRequest { code: PERIOD.to_owned() };
        assert_eq!(answer(app.catalogue().get_period(request()).await).expect("read"), made);

        let changed = pb::Period { state: pb::PeriodState::Active.into(), windows: vec![windows[1].clone()], ..made.clone() };
        let changed = update(&app, changed).await.expect("changed");
        assert_eq!((changed.version, changed.windows.len()), (2, 1));
        assert_eq!(answer(app.catalogue().get_period(request()).await).expect("read"), changed);
        fails(update(&app, made.clone()).await, Kind::Stale);
        assert_eq!(fails(create(&app, made).await, Kind::Duplicate).reason(), "period-exists");
        fails(update(&app, period("20262", pb::PeriodState::Active, vec![])).await, Kind::Absent);
    }

    async fn a_period_cannot_go_back_as_it_likes(app: TestApp) {
        let made = create(&app, period(PERIOD, pb::PeriodState::Closed, vec![])).await.expect("made");
        let back = pb::Period { state: pb::PeriodState::Planned.into(), ..made };
        let fault = fails(update(&app, back).await, Kind::Refused);
        assert_eq!(fault.reason(), "period-state-order");
        assert_eq!(fault.refusals()[0].facts["from"], "closed");
    }

    async fn a_period_with_plans_is_not_planned_again(app: TestApp) {
        let made = app.open_period().await;
        let planned = |period: &pb::Period| pb::Period { state: pb::PeriodState::Planned.into(), ..period.clone() };
        let made = update(&app, planned(&made)).await.expect("nobody has a plan yet");
        let made = update(&app, pb::Period { state: pb::PeriodState::Active.into(), ..made }).await.expect("active");
        let class = app.offer("IF201", 4, 9, (1, 420, 570)).await;
        app.add("s1", &class.id).await.expect("a seat");
        app.add("s2", &class.id).await.expect("a seat");
        let fault = fails(update(&app, planned(&made)).await, Kind::Refused);
        assert_eq!(fault.reason(), "period-has-plans");
        assert_eq!(fault.refusals()[0].facts["students"], "2");
    }

    async fn everything_wrong_with_windows_is_named_at_once(app: TestApp) {
        let now = app.clock.now();
        let good = krs_window(now, 0, 1);
        let scoped = |scope: i32, key: &str| pb::Window { scope, scope_key: key.to_owned(), ..good.clone() };
        let windows = vec![
            pb::Window { kind: 0, ..good.clone() },
            pb::Window { opens_at: None, ..good.clone() },
            krs_window(now, 1, 1),
            scoped(pb::WindowScope::Cohort.into(), "24"),
            scoped(pb::WindowScope::Unspecified.into(), "FIK"),
            scoped(9, "FIK"),
        ];
        let fault = fails(create(&app, period("2026", pb::PeriodState::Unspecified, windows)).await, Kind::Malformed);
        let expected = [
            ("code", "bad-period"),
            ("state", "unknown-value"),
            ("windows[0].kind", "unknown-value"),
            ("windows[1].opens_at", "bad-time"),
            ("windows[2].closes_at", "not-after"),
            ("windows[3].scope_key", "bad-scope"),
            ("windows[4].scope_key", "bad-scope"),
            ("windows[5].scope_key", "bad-scope"),
        ];
        assert_eq!(fields(&fault), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
        let windows = vec![
            scoped(pb::WindowScope::Faculty.into(), "XX"),
            scoped(pb::WindowScope::Faculty.into(), "FH"),
            scoped(pb::WindowScope::Programme.into(), "YY"),
        ];
        let fault = fails(create(&app, period(PERIOD, pb::PeriodState::Active, windows)).await, Kind::Malformed);
        let expected = [("windows[0].scope_key", "unknown-faculty"), ("windows[2].scope_key", "unknown-programme")];
        assert_eq!(fields(&fault), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    }

    async fn how_registration_runs_is_set_with_a_period_and_kept_while_nobody_says_otherwise(app: TestApp) {
        let plain = create(&app, period(PERIOD, pb::PeriodState::Active, vec![])).await.expect("made");
        let shipped = pb::RegistrationSettings { seat_policy: pb::SeatPolicy::AtAdd.into(), ..Default::default() };
        assert_eq!(plain.registration, Some(shipped));
        let wanted = pb::RegistrationSettings {
            seat_policy: pb::SeatPolicy::AtSubmit.into(),
            admission_rate: 50,
            admission_burst: 200,
            presence_minutes: 30,
            waiting_limit: 2,
            trading_limit: 5,
            trading_hours: 12,
        };
        let changed = pb::Period { registration: Some(wanted), ..plain.clone() };
        let changed = update(&app, changed).await.expect("changed");
        assert_eq!(changed.registration, Some(wanted));
        let silent = pb::Period { registration: None, ..changed.clone() };
        assert_eq!(update(&app, silent).await.expect("changed").registration, Some(wanted), "kept");
        let request = pb::GetPeriodRequest { code: PERIOD.to_owned() };
        assert_eq!(answer(app.catalogue().get_period(request).await).expect("read").registration, Some(wanted));
        let next = pb::Period { registration: Some(wanted), ..period("20262", pb::PeriodState::Planned, vec![]) };
        assert_eq!(create(&app, next).await.expect("made").registration, Some(wanted));
        let ranked = pb::RegistrationSettings { seat_policy: pb::SeatPolicy::Allocation.into(), ..wanted };
        let ranked = pb::Period { registration: Some(ranked), ..period("20263", pb::PeriodState::Planned, vec![]) };
        assert_eq!(create(&app, ranked.clone()).await.expect("made").registration, ranked.registration);

        let wrong = pb::RegistrationSettings {
            seat_policy: 9,
            admission_rate: 10_001,
            admission_burst: 100_001,
            presence_minutes: 1441,
            waiting_limit: 51,
            trading_limit: 1001,
            trading_hours: 721,
        };
        let wrong = pb::Period { version: 3, registration: Some(wrong), ..changed };
        let fault = fails(update(&app, wrong).await, Kind::Malformed);
        let expected = [
            ("registration.admission_rate", "out-of-range"),
            ("registration.admission_burst", "out-of-range"),
            ("registration.presence_minutes", "out-of-range"),
            ("registration.waiting_limit", "out-of-range"),
            ("registration.trading_limit", "out-of-range"),
            ("registration.trading_hours", "out-of-range"),
            ("registration.seat_policy", "unknown-value"),
        ];
        assert_eq!(fields(&fault), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    }

    async fn periods_are_listed_latest_first_and_students_see_none_that_has_not_begun(app: TestApp) {
        use pb::PeriodState::{Active, Closed, Planned, Reported};
        for (code, state) in [("20251", Reported), ("20252", Closed), ("20261", Active), ("20262", Planned)] {
            create(&app, period(code, state, vec![])).await.expect("made");
        }
        let list = async |channel| {
            let mut catalogue = CatalogueClient::new(channel);
            let mut found = Vec::new();
            let mut cursor = String::new();
            loop {
                let request = pb::ListPeriodsRequest { page: Some(PageRequest { size: 2, cursor: cursor.clone() }) };
                let page = answer(catalogue.list_periods(request).await).expect("a page");
                found.extend(page.periods.into_iter().map(|period| period.code));
                cursor = page.page.expect("where it goes on").next_cursor;
                if cursor.is_empty() {
                    return found;
                }
            }
        };
        assert_eq!(list(app.as_registrar()).await, ["20262", "20261", "20252", "20251"]);
        assert_eq!(list(app.as_student("s1")).await, ["20261", "20252", "20251"]);
        let public = CatalogueClient::new(app.server.channel(&app.pki, "gateway"))
            .list_public_periods(pb::ListPeriodsRequest::default())
            .await;
        let public: Vec<_> = answer(public).expect("periods").periods.into_iter().map(|period| period.code).collect();
        assert_eq!(public, ["20261", "20252", "20251"]);
        let request = pb::GetPeriodRequest { code: "20262".to_owned() };
        fails(answer(CatalogueClient::new(app.as_student("s1")).get_period(request.clone()).await), Kind::Absent);
        answer(app.catalogue().get_period(request).await).expect("staff sees it");
        for code in ["20263", "x", ""] {
            fails(answer(app.catalogue().get_period(pb::GetPeriodRequest { code: code.to_owned() }).await), Kind::Absent);
        }
    }
}
