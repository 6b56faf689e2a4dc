//! Who may do what: every method against every role; a foreign sheet or result answers like an absent one.

use chassis::client::Channel;
use chassis::error::{Fault, Kind};
use proto::grade::v1 as pb;
use proto::grade::v1::grading_client::GradingClient;
use proto::grade::v1::results_client::ResultsClient;
use proto::grade::v1::scales_client::ScalesClient;

use crate::support::{PERIOD, TestApp, ab_scale, all_of, answer, fields, id, reasons};

/// `ok`, or the word of the kind of fault.
fn outcome<T>(result: Result<T, Fault>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(fault) => match fault.kind() {
            Kind::Denied if fault.reason() == "not-lead" => "not-lead",
            Kind::Denied if fault.reason() == "not-allowed" => "denied",
            Kind::Absent => "absent",
            other => panic!("{other:?}: {fault} {:?}", fields(&fault)),
        },
    }
}

/// What an account gets of the sheet: reading, entering scores, changing components, publishing.
async fn on_sheet(app: &TestApp, channel: &Channel, class: &str) -> [&'static str; 4] {
    let sheet = app.sheet("l1", class).await;
    let mut grading = GradingClient::new(channel.clone());
    let read = answer(grading.get_sheet(pb::GetSheetRequest { class_id: class.to_owned() }).await);
    let rows = vec![all_of(&sheet, "s1", 8000)];
    let write = answer(grading.put_scores(pb::PutScoresRequest { class_id: class.to_owned(), rows }).await);
    let version = app.sheet("l1", class).await.version;
    let components = sheet.components.clone();
    let request = pb::PutComponentsRequest { class_id: class.to_owned(), components, version };
    let components = answer(grading.put_components(request).await);
    let version = app.sheet("l1", class).await.version;
    let publish = pb::PublishSheetRequest { class_id: class.to_owned(), version };
    let publish = answer(grading.publish_sheet(publish).await);
    [outcome(read), outcome(write), outcome(components), outcome(publish)]
}

/// What an account gets of the results of a student: semesters, KHS, transcript.
async fn on_results(channel: &Channel, student: &str) -> [&'static str; 3] {
    let mut results = ResultsClient::new(channel.clone());
    let student_id = id(student);
    let semesters = pb::ListSemestersRequest { student_id: student_id.clone(), page: None };
    let semesters = answer(results.list_semesters(semesters).await);
    let semester = pb::GetSemesterRequest { student_id: student_id.clone(), period_code: PERIOD.to_owned() };
    let semester = answer(results.get_semester(semester).await);
    let transcript = answer(results.get_transcript(pb::GetTranscriptRequest { student_id }).await);
    [outcome(semesters), outcome(semester), outcome(transcript)]
}

chassis::both_engines! {
    async fn the_whole_table_of_sheets(app: TestApp) {
        let class = app.class("IF201", &["l1", "l2"], &["s1"]).await;
        let admin = |programme: &str| app.bearing(&app.token().programme_admin(&id(programme)).sign());
        let table = [
            (app.as_student("s1"), ["absent"; 4], 0),
            (app.as_lecturer("l3"), ["absent"; 4], 0),
            (admin("SI-S1"), ["absent"; 4], 0),
            (app.bearing(&app.token().system_admin().sign()), ["absent"; 4], 0),
            (app.bearing(&app.token().sign()), ["absent"; 4], 0),
            (admin("IF-S1"), ["ok", "denied", "denied", "denied"], 1),
            (app.as_registrar(), ["ok", "denied", "denied", "denied"], 1),
            (app.as_lecturer("l2"), ["ok", "ok", "ok", "not-lead"], 1),
            (app.as_lecturer("l1"), ["ok"; 4], 1),
        ];
        for (n, (channel, expected, listed)) in table.into_iter().enumerate() {
            assert_eq!(on_sheet(&app, &channel, &class).await, expected, "row {n}");
            let sheets = GradingClient::new(channel).list_sheets(pb::ListSheetsRequest::default()).await;
            assert_eq!(answer(sheets).expect("a list is never refused").sheets.len(), listed, "row {n}");
        }
    }

    async fn an_absent_class_is_like_a_foreign_one(app: TestApp) {
        for class in [id("none"), String::new(), "\u{0}".to_owned(), "x".repeat(5000)] {
            let request = pb::GetSheetRequest { class_id: class.clone() };
            assert_eq!(outcome(answer(app.grading("l1").get_sheet(request).await)), "absent");
            let request = pb::PublishSheetRequest { class_id: class, version: 0 };
            assert_eq!(outcome(answer(app.grading("l1").publish_sheet(request).await)), "absent");
        }
    }

    async fn who_may_only_read_a_sheet_hears_so_on_it(app: TestApp) {
        let class = app.class("IF201", &["l1"], &["s1"]).await;
        let request = pb::GetSheetRequest { class_id: class };
        let sheet = answer(GradingClient::new(app.as_registrar()).get_sheet(request).await).expect("a sheet");
        assert_eq!(reasons(&sheet.refusals), ["not-allowed"]);
        assert_eq!(reasons(&sheet.publish_refusals), ["grades-incomplete", "not-allowed"]);
        assert!(!sheet.summary.expect("a summary").lead);
    }

    async fn the_whole_table_of_results(app: TestApp) {
        app.class("IF201", &["l3"], &["s1"]).await;
        let admin = |programme: &str| app.bearing(&app.token().programme_admin(&id(programme)).sign());
        let table = [
            (app.as_student("s1"), "ok"),
            (app.as_student("s2"), "absent"),
            // The advisor of s1, another advisor, and who teaches s1 without advising.
            (app.as_lecturer("l1"), "ok"),
            (app.as_lecturer("l2"), "absent"),
            (app.as_lecturer("l3"), "absent"),
            (admin("IF-S1"), "ok"),
            (admin("HK-S1"), "absent"),
            (app.as_registrar(), "ok"),
            (app.bearing(&app.token().system_admin().sign()), "absent"),
            (app.bearing(&app.token().sign()), "absent"),
        ];
        for (n, (channel, expected)) in table.into_iter().enumerate() {
            assert_eq!(on_results(&channel, "s1").await, [expected; 3], "row {n}");
        }
        assert_eq!(on_results(&app.as_registrar(), "none").await, ["absent"; 3]);
        let mut registrar = ResultsClient::new(app.as_registrar());
        let odd = pb::GetTranscriptRequest { student_id: "\u{0}".to_owned() };
        assert_eq!(outcome(answer(registrar.get_transcript(odd).await)), "absent");
    }

    async fn only_the_registrar_keeps_scales(app: TestApp) {
        let put = pb::PutScaleRequest { scale: Some(ab_scale("SI-S1", "20241")) };
        let admin = app.bearing(&app.token().programme_admin(&id("SI-S1")).sign());
        for channel in [app.as_student("s1"), app.as_lecturer("l1"), admin] {
            let mut scales = ScalesClient::new(channel);
            assert_eq!(outcome(answer(scales.put_scale(put.clone()).await)), "denied");
            assert_eq!(outcome(answer(scales.list_scales(pb::ListScalesRequest::default()).await)), "ok");
        }
        assert_eq!(outcome(answer(ScalesClient::new(app.as_registrar()).put_scale(put).await)), "ok");
    }

    async fn nobody_reads_without_a_token(app: TestApp) {
        let channel = app.server.channel(&app.pki, "gateway");
        let fault = answer(GradingClient::new(channel.clone()).list_sheets(pb::ListSheetsRequest::default()).await);
        assert_eq!(fault.expect_err("no token").kind(), Kind::Unauthenticated);
        let foreign = app.server.channel(&app.pki, "student").with_bearer(&app.token().registrar().sign());
        let fault = answer(ScalesClient::new(foreign).list_scales(pb::ListScalesRequest::default()).await);
        assert_eq!(fault.expect_err("not the gateway").kind(), Kind::Denied);
    }
}
