//! Accounts made from student-svc's feed.

use jiff::SignedDuration;
use proto::auth::v1::{PutAccountRequest, RoleKind, Tokens};

use crate::harness::{PASSWORD, TestApp, decoded, reason, role, until_out};

async fn admin(app: &TestApp) -> Tokens {
    app.account("admin", &[RoleKind::SystemAdmin]).await;
    app.session("admin").await
}

chassis::both_engines! {
    async fn students_and_lecturers_get_accounts_by_their_numbers(app: TestApp) {
        let admin = admin(&app).await;
        app.student.student("s-1", "A11.2024.00123", "Citra Lestari", "").await;
        app.student.lecturer("l-1", "Dr. Bambang, M.Kom.", ["0012038501", "", ""]).await;
        app.student.lecturer("l-2", "Rina", ["", "8812038501", "1234567890123456"]).await;
        app.student.lecturer("l-3", "Sari", ["", "", "6543210987654321"]).await;
        app.student.lecturer("l-4", "Tanpa Nomor", ["", "", ""]).await;
        app.student.lecturer("l-5", "Yang Terakhir", ["0099999999", "", ""]).await;
        app.until_account(&admin, "0099999999", |_| true).await;

        let student = app.until_account(&admin, "a11.2024.00123", |_| true).await;
        assert_eq!((student.student_id.as_str(), student.lecturer_id.as_str()), ("s-1", ""));
        assert_eq!(student.roles, [role(RoleKind::Student, "")]);
        assert_eq!(student.display_name, "Citra Lestari");
        assert!(student.enabled && !student.activated);
        for (name, id) in [("0012038501", "l-1"), ("8812038501", "l-2"), ("6543210987654321", "l-3")] {
            let lecturer = app.until_account(&admin, name, |_| true).await;
            assert_eq!((lecturer.lecturer_id.as_str(), lecturer.student_id.as_str()), (id, ""));
            assert_eq!(lecturer.roles, [role(RoleKind::Lecturer, "")]);
        }
        assert_eq!(app.everybody(&admin).await.len(), 6, "nobody without a number");

        // Not activated: no login. Activated: the token says whose it is.
        assert_eq!(reason(app.login("a11.2024.00123", PASSWORD).await), "login-failed");
        app.account("A11.2024.00123", &[]).await;
        let claims = decoded(&app.session("A11.2024.00123").await.access_token).1;
        assert_eq!(claims["student_id"], "s-1");
        assert_eq!(claims["roles"], serde_json::json!([{"name": "student"}]));
        app.account("0012038501", &[]).await;
        let claims = decoded(&app.session("0012038501").await.access_token).1;
        assert_eq!(claims["lecturer_id"], "l-1");
    }

    async fn names_and_numbers_follow_the_record(app: TestApp) {
        let admin = admin(&app).await;
        app.student.lecturer("l-1", "Rina", ["", "8812038501", ""]).await;
        let before = app.until_account(&admin, "8812038501", |_| true).await;
        app.account("8812038501", &[]).await;
        let tokens = app.session("8812038501").await;
        app.student.lecturer("l-1", "Dr. Rina", ["0012038502", "8812038501", ""]).await;
        let after = app.until_account(&admin, "0012038502", |_| true).await;
        assert_eq!((after.id, after.display_name.as_str()), (before.id, "Dr. Rina"));
        assert!(after.activated);
        app.me(&tokens).await.unwrap();
        app.session("0012038502").await;
        assert_eq!(reason(app.login("8812038501", PASSWORD).await), "login-failed");
        // A record that loses its numbers keeps its account's name.
        app.student.lecturer("l-1", "Prof. Rina", ["", "", ""]).await;
        app.until_account(&admin, "0012038502", |account| account.display_name == "Prof. Rina").await;
    }

    async fn who_leaves_is_logged_out_and_who_returns_logs_in_again(app: TestApp) {
        let admin = admin(&app).await;
        app.student.student("s-1", "2405010001", "Citra", "").await;
        app.until_account(&admin, "2405010001", |_| true).await;
        app.account("2405010001", &[]).await;
        let tokens = app.session("2405010001").await;

        app.student.student("s-1", "2405010001", "Citra", "3").await;
        until_out(&app, &tokens).await;
        assert_eq!(reason(app.me(&tokens).await), "session-revoked");
        assert_eq!(reason(app.refresh(&tokens.refresh_token).await), "session-ended");
        assert_eq!(reason(app.login("2405010001", PASSWORD).await), "login-failed");

        app.student.student("s-1", "2405010001", "Citra", "").await;
        app.until_account(&admin, "2405010001", |account| account.enabled).await;
        assert_eq!(reason(app.me(&tokens).await), "session-revoked");
        app.session("2405010001").await;
    }

    async fn a_deleted_record_disables_its_account(app: TestApp) {
        let admin = admin(&app).await;
        app.student.lecturer("l-1", "Rina", ["0012038501", "", ""]).await;
        app.until_account(&admin, "0012038501", |_| true).await;
        app.account("0012038501", &[]).await;
        let tokens = app.session("0012038501").await;
        app.student.gone("student.lecturer", "l-1").await;
        until_out(&app, &tokens).await;
        app.until_account(&admin, "0012038501", |account| !account.enabled).await;
    }

    async fn who_has_left_before_we_hear_of_them_gets_no_account(app: TestApp) {
        let admin = admin(&app).await;
        app.student.student("s-1", "1805010001", "Alumni", "1").await;
        app.student.student("s-2", "2405010002", "Mahasiswa", "").await;
        app.until_account(&admin, "2405010002", |_| true).await;
        assert_eq!(app.everybody(&admin).await.len(), 2);
    }

    async fn the_same_number_of_a_student_and_a_lecturer_makes_two_accounts(app: TestApp) {
        let admin = admin(&app).await;
        app.student.student("s-1", "0012038501", "Citra", "").await;
        app.student.lecturer("l-1", "Rina", ["0012038501", "", ""]).await;
        let lecturer = app.until_account(&admin, "0012038501.dosen", |_| true).await;
        assert_eq!(lecturer.lecturer_id, "l-1");
        let student = app.until_account(&admin, "0012038501", |_| true).await;
        assert_eq!(student.student_id, "s-1");
        // A later change of the record does not rename anybody.
        app.student.lecturer("l-1", "Dr. Rina", ["0012038501", "", ""]).await;
        app.until_account(&admin, "0012038501.dosen", |account| account.display_name == "Dr. Rina").await;
    }

    async fn an_account_that_the_operator_made_first_becomes_the_persons(app: TestApp) {
        let admin = admin(&app).await;
        let made = app.account("2405010001", &[RoleKind::Registrar]).await;
        let tokens = app.session("2405010001").await;
        app.student.student("s-1", "2405010001", "Citra", "").await;
        let account = app.until_account(&admin, "2405010001", |account| !account.student_id.is_empty()).await;
        assert_eq!((account.id, account.display_name.as_str()), (made.id, "Citra"));
        assert_eq!(account.roles, [role(RoleKind::Student, ""), role(RoleKind::Registrar, "")]);
        app.me(&tokens).await.unwrap();
    }

    async fn after_a_restart_the_snapshot_and_the_cursor_agree(app: TestApp) {
        let admin = admin(&app).await;
        for n in 0..20 {
            app.student.student(&format!("s-{n:02}"), &format!("24050100{n:02}"), "Mahasiswa", "").await;
        }
        app.until_account(&admin, "2405010019", |_| true).await;
        app.put(PutAccountRequest { user_name: "2405010003".into(), password: PASSWORD.into(), ..Default::default() })
            .await
            .unwrap();
        let tokens = app.session("2405010003").await;
        // The cursor is of no use after this: student-svc was restored, and one student is not there any more.
        let mut tx = app.db.begin().await.unwrap();
        chassis::sql!("UPDATE feed_cursor SET epoch = 'another' WHERE source = 'student'").run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        app.student.forget("student.student", "s-03");
        let app = app.restart().await;
        until_out(&app, &tokens).await;
        let everybody = app.everybody(&admin).await;
        assert_eq!(everybody.len(), 21);
        for account in everybody {
            assert_eq!(account.enabled, account.user_name != "2405010003", "{}", account.user_name);
        }
        app.advance(SignedDuration::from_secs(1));
        app.student.student("s-20", "2405010020", "Baru", "").await;
        app.until_account(&admin, "2405010020", |_| true).await;
    }
}
