//! Accounts made from student-svc's feed.

use chassis::testing::eventually_some;
use jiff::SignedDuration;
use proto::auth::v1::{Account, PutAccountRequest, RoleKind, Tokens};

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
        let made = app.account("2405010001", &[]).await;
        let tokens = app.session("2405010001").await;
        app.student.student("s-1", "2405010001", "Citra", "").await;
        let account = app.until_account(&admin, "2405010001", |account| !account.student_id.is_empty()).await;
        assert_eq!((&account.id, account.display_name.as_str()), (&made.id, "Citra"));
        assert_eq!(account.roles, [role(RoleKind::Student, "")]);
        app.me(&tokens).await.unwrap();
        // Roles that are given later make it no other account.
        app.account("2405010001", &[RoleKind::Registrar]).await;
        app.student.student("s-1", "2405010001", "Citra Lestari", "").await;
        let account = app.until_account(&admin, "2405010001", |account| account.display_name == "Citra Lestari").await;
        assert_eq!((account.id, account.student_id.as_str()), (made.id, "s-1"));
        assert_eq!(account.roles, [role(RoleKind::Student, ""), role(RoleKind::Registrar, "")]);
    }

    async fn a_record_never_gets_hold_of_an_account_with_granted_roles(app: TestApp) {
        let admin = admin(&app).await;
        let programme = [role(RoleKind::ProgrammeAdmin, "p-1")].to_vec();
        let head = PutAccountRequest { user_name: "kaprodi".into(), roles: programme, ..Default::default() };
        let head = app.put(head).await.unwrap();
        // Whoever may write records names two of them like accounts with powers, and lets them leave again.
        app.student.student("s-1", "ADMIN", "Penyusup", "").await;
        let student = app.until_account(&admin, "admin.mhs", |_| true).await;
        assert_eq!((student.student_id.as_str(), student.roles), ("s-1", [role(RoleKind::Student, "")].to_vec()));
        app.student.lecturer("l-1", "Penyusup", ["Kaprodi", "", ""]).await;
        app.until_account(&admin, "kaprodi.dosen", |account| account.lecturer_id == "l-1").await;
        app.student.student("s-1", "ADMIN", "Penyusup", "3").await;
        app.student.gone("student.lecturer", "l-1").await;
        app.until_account(&admin, "admin.mhs", |account| !account.enabled).await;
        app.until_account(&admin, "kaprodi.dosen", |account| !account.enabled).await;

        let everybody = app.everybody(&admin).await;
        let one = |name: &str| everybody.iter().find(|account| account.user_name == name).unwrap().clone();
        assert_eq!(one("kaprodi"), head);
        let boss = one("admin");
        assert_eq!((boss.display_name.as_str(), boss.student_id.as_str(), boss.enabled), ("admin", "", true));
        assert_eq!(boss.roles, [role(RoleKind::SystemAdmin, "")]);
        app.session("admin").await;
    }

    async fn names_that_are_all_taken_never_stop_the_feed(app: TestApp) {
        let admin = admin(&app).await;
        let by_record = async |id: &str, wanted: &dyn Fn(&Account) -> bool| {
            eventually_some(id, || async {
                let everybody = app.everybody(&admin).await;
                everybody.into_iter().find(|account| account.student_id == id && wanted(account))
            })
            .await
        };
        app.student.student("s-1", "X", "Pertama", "").await;
        app.student.student("s-2", "X.MHS", "Kedua", "").await;
        app.student.student("s-3", " x ", "Ketiga", "").await;
        let third = by_record("s-3", &|_| true).await;
        assert!(third.user_name.starts_with("mhs."), "{}", third.user_name);
        assert!(chassis::id::is_id(&third.user_name["mhs.".len()..]), "{}", third.user_name);
        app.account(&third.user_name, &[]).await;
        app.session(&third.user_name).await;
        // It keeps that name while the others are taken.
        app.student.student("s-3", "X", "Ketiga Juga", "").await;
        let same = by_record("s-3", &|account| account.display_name == "Ketiga Juga").await;
        assert_eq!((same.id, same.user_name), (third.id, third.user_name));
        // So does whoever is given a number all of whose names are taken.
        app.student.student("s-4", "2405010004", "Keempat", "").await;
        app.until_account(&admin, "2405010004", |_| true).await;
        app.student.student("s-4", "X", "Keempat", "").await;
        app.student.student("s-4", "X", "Keempat Lagi", "").await;
        let fourth = by_record("s-4", &|account| account.display_name == "Keempat Lagi").await;
        assert_eq!(fourth.user_name, "2405010004");
        // The feed goes on, and a name that becomes free is taken.
        app.student.student("s-2", "2405010002", "Kedua", "").await;
        app.until_account(&admin, "2405010002", |account| account.student_id == "s-2").await;
        app.student.student("s-4", "X", "Keempat", "").await;
        app.until_account(&admin, "x.mhs", |account| account.student_id == "s-4").await;
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
