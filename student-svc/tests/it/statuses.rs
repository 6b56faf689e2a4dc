//! Status per period.

use chassis::both_engines;
use proto::common::v1::PageRequest;
use proto::student::v1 as pb;
use tonic::Status;

use crate::support::{App, fields, reason, wrong};

async fn put(app: &App, student_id: &str, period: &str, status: i32) -> Result<pb::PeriodStatus, Status> {
    let request = pb::PutStatusRequest { student_id: student_id.into(), period_code: period.into(), status };
    app.students(&app.registrar()).put_status(request).await.map(tonic::Response::into_inner)
}

both_engines! {
    async fn a_status_is_set_changed_and_left_alone(app: App) {
        let campus = app.campus().await;
        let head = app.head().await;
        let active: i32 = pb::StatusKind::Active.into();
        let leave: i32 = pb::StatusKind::Leave.into();
        let made = put(&app, &campus.budi, "20262", active).await.unwrap();
        assert_eq!((made.status(), made.version), (pb::StatusKind::Active, 1));
        let changed = put(&app, &campus.budi, "20262", leave).await.unwrap();
        assert_eq!((changed.status(), changed.version), (pb::StatusKind::Leave, 2));
        let again = put(&app, &campus.budi, "20262", leave).await.unwrap();
        assert_eq!(again, changed, "what is so already is no change");
        assert_eq!(app.head().await, head + 2);
    }

    async fn a_status_names_every_wrong_field(app: App) {
        let campus = app.campus().await;
        assert_eq!(fields(put(&app, &campus.budi, "2026", 0).await), wrong([("period_code", "bad-period"), ("status", "unknown-value")]));
        assert_eq!(fields(put(&app, &campus.budi, "20233", 1).await), wrong([("period_code", "period-before-entry")]));
        assert_eq!(fields(put(&app, &campus.budi, "", 99).await), wrong([("period_code", "required"), ("status", "unknown-value")]));
        assert_eq!(reason(put(&app, "0190a1b2-c3d4-7000-8000-000000000000", "20261", 1).await), "not-found");
    }

    async fn statuses_come_latest_period_first_page_by_page(app: App) {
        let campus = app.campus().await;
        for (period, status) in [("20251", 1), ("20241", 1), ("20252", 2), ("20242", 1)] {
            put(&app, &campus.budi, period, status).await.unwrap();
        }
        let mut client = app.students(&app.student(&campus.budi));
        let mut periods = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = Some(PageRequest { size: 2, cursor });
            let request = pb::ListStatusesRequest { student_id: campus.budi.clone(), page };
            let answer = client.list_statuses(request).await.unwrap().into_inner();
            periods.extend(answer.statuses.into_iter().map(|s| s.period_code));
            cursor = answer.page.unwrap().next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        assert_eq!(periods, ["20261", "20252", "20251", "20242", "20241"]);
    }
}
