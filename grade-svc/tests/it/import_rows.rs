//! Every kind of wrong row, by file, line, column and reason, and what is only worth a look.

use proto::grade::v1 as pb;
use proto::grade::v1::import_request::Message as Ask;
use proto::grade::v1::import_row::Row;

use crate::import_support::{
    Campus, NOW, PAST, Talk, component, grade, history, import, import_with, letters, scale, score, step,
};
use crate::support::TestApp;

/// Faults of rows that come alone; lines count from 2.
async fn faults(app: &TestApp, rows: Vec<Row>) -> Vec<String> {
    let mut talk = Talk::begin(app).await;
    talk.rows(rows);
    let verdict = talk.judge().await;
    assert!(!verdict.ok);
    talk.faults()
}

/// The same row of another programme.
fn of(programme: &str, mut row: Row) -> Row {
    match &mut row {
        Row::Scale(row) => row.programme = programme.to_owned(),
        Row::ScaleStep(row) => row.programme = programme.to_owned(),
        Row::Grade(row) => row.programme = programme.to_owned(),
        Row::Component(_) | Row::Score(_) | Row::Announcement(_) => panic!("not asked for"),
    }
    row
}

chassis::both_engines! {
    async fn each_cell_is_checked_by_itself(app: Campus) {
        let rows = vec![
            scale("2024", "satu", "never"),
            scale("20241", "4.01", "best"),
            step("20241", "ABCD", "101", "4,00"),
            step("20241", "", "-1", ""),
            component("IF201", &"x".repeat(41), "0"),
            component("", "U\tTS", "40%"),
            score("", "IF201", "UTS", "100.01"),
            score("s1", &"X".repeat(21), "", "87.555"),
            grade("s1", "20254", "IF101", "KELAS1", "ABCD", "tinggi"),
            Row::Grade(pb::GradeRow::default()),
        ];
        let mut talk = Talk::begin(&app).await;
        talk.rows(rows);
        let verdict = talk.judge().await;
        assert_eq!((verdict.ok, verdict.wrong), (false, 10));
        let expected = [
            "scales.csv:2:start_period:bad-period",
            "scales.csv:2:pass_points:bad-number",
            "scales.csv:2:repeat_policy:unknown-value",
            "scales.csv:3:pass_points:out-of-range",
            "scale_steps.csv:4:letter:too-long",
            "scale_steps.csv:4:min_score:score-out-of-range",
            "scale_steps.csv:4:points:bad-number",
            "scale_steps.csv:5:letter:required",
            "scale_steps.csv:5:min_score:score-out-of-range",
            "scale_steps.csv:5:points:required",
            "components.csv:6:name:too-long",
            "components.csv:6:weight:out-of-range",
            "components.csv:7:course:required",
            "components.csv:7:name:forbidden-character",
            "components.csv:7:weight:out-of-range",
            "scores.csv:8:nim:required",
            "scores.csv:8:score:score-out-of-range",
            "scores.csv:9:course:too-long",
            "scores.csv:9:component:required",
            "scores.csv:9:score:bad-number",
            "grades.csv:10:period:bad-period",
            "grades.csv:10:class:too-long",
            "grades.csv:10:letter:too-long",
            "grades.csv:10:score:bad-number",
            "grades.csv:11:nim:required",
            "grades.csv:11:period:bad-period",
            "grades.csv:11:programme:required",
            "grades.csv:11:course:required",
            "grades.csv:11:letter:required",
        ];
        assert_eq!(talk.faults(), expected);
        assert_eq!(talk.facts(1)["value"], "satu");
        assert_eq!((talk.facts(5)["min"].as_str(), talk.facts(5)["max"].as_str()), ("0", "100"));
    }

    async fn references_must_name_something(app: Campus) {
        import(&app, letters()).await;
        let mut other_period = component("IF201", "UTS", "100");
        if let Row::Component(row) = &mut other_period {
            row.period = "20261".to_owned();
        }
        let rows = vec![
            of("XX", scale("20241", "1", "best")),
            step("20271", "A", "0", "4"),
            component("IF102", "UTS", "100"),
            component("IF999", "UTS", "100"),
            component("IF101", "UTS", "100"),
            other_period,
            score("nobody", "IF201", "UTS", "80"),
            score("s1", "IF999", "UTS", "80"),
            score("s4", "IF201", "UTS", "80"),
            score("s1", "IF201", "Praktikum", "80"),
            grade("nobody", PAST, "IF101", "", "A", ""),
            grade("s1", "20243", "IF101", "", "A", ""),
            grade("s1", PAST, "IF999", "", "A", ""),
            of("XX", grade("s1", PAST, "IF101", "", "A", "")),
            grade("s1", NOW, "IF102", "B", "A", ""),
            grade("s4", NOW, "IF102", "A", "A", ""),
            grade("s1", PAST, "IF101", "", "AB", ""),
            of("SI-S1", grade("s1", PAST, "SI101", "", "A", "")),
            grade("s1", "20232", "IF101", "", "A", ""),
        ];
        let expected = [
            "scales.csv:2:programme:unknown-programme",
            "scale_steps.csv:3:start_period:unknown-scale",
            "components.csv:5:course:unknown-course",
            "components.csv:6:class:unknown-class",
            "components.csv:7:period:unknown-period",
            "scores.csv:8:nim:unknown-student",
            "scores.csv:9:course:unknown-course",
            "scores.csv:10:nim:not-on-roster",
            "scores.csv:11:component:unknown-component",
            "grades.csv:12:nim:unknown-student",
            "grades.csv:13:period:unknown-period",
            "grades.csv:14:course:unknown-course",
            "grades.csv:15:programme:unknown-programme",
            "grades.csv:16:class:unknown-class",
            "grades.csv:17:nim:not-on-roster",
            "grades.csv:18:letter:unknown-letter",
            "grades.csv:19:period:scale-missing",
            "grades.csv:20:period:scale-missing",
        ];
        assert_eq!(faults(&app, rows).await, expected);
    }

    async fn the_facts_say_what_there_is_instead(app: Campus) {
        import(&app, letters()).await;
        let mut talk = Talk::begin(&app).await;
        talk.rows([score("s1", "IF201", "Praktikum", "80"), grade("s1", PAST, "IF101", "", "AB", "")]);
        assert!(!talk.judge().await.ok);
        assert_eq!(talk.facts(0)["known"], "Tugas, Kuis, UTS, UAS");
        assert_eq!((talk.facts(1)["letter"].as_str(), talk.facts(1)["allowed"].as_str()), ("AB", "A B C D E"));
    }

    async fn steps_and_weights_must_hold_together(app: Campus) {
        let rows = vec![
            scale("20241", "1", "best"),
            step("20241", "A", "80", "3"),
            step("20241", "B", "70", "4"),
            step("20241", "C", "70", "2"),
            step("20241", "D", "10", "1"),
            // A scale without letters.
            scale("20251", "1", "latest"),
            component("IF201", "UTS", "40"),
            component("IF201", "UAS", "50"),
        ];
        let mut talk = Talk::begin(&app).await;
        talk.rows(rows);
        assert!(!talk.judge().await.ok);
        let expected = [
            "scale_steps.csv:4:points:steps-order",
            "scale_steps.csv:5:min_score:steps-order",
            "scale_steps.csv:6:min_score:lowest-step",
            "scales.csv:7::scale-has-no-steps",
            "components.csv:8:weight:weights-not-100",
        ];
        assert_eq!(talk.faults(), expected);
        assert_eq!(talk.facts(4)["sum"], "90");

        let letters = (0..21).map(|n| step("20241", &format!("L{n}"), &n.to_string(), "0"));
        let parts = (0..11).map(|n| component("IF201", &format!("K{n}"), if n == 0 { "90" } else { "1" }));
        let rows = [scale("20241", "1", "best")].into_iter().chain(letters).chain(parts).collect();
        assert_eq!(faults(&app, rows).await, ["scale_steps.csv:23::out-of-range", "components.csv:24::out-of-range"]);
    }

    async fn a_reference_to_a_wrong_row_is_no_second_fault(app: Campus) {
        let mut rows = letters();
        rows[0] = scale("20241", "5", "best");
        rows.push(component("IF201", "Ujian", "seratus"));
        rows.push(score("s1", "IF201", "Ujian", "80"));
        rows.push(grade("s1", PAST, "IF101", "", "AB", ""));
        let expected = ["scales.csv:2:pass_points:out-of-range", "components.csv:8:weight:out-of-range"];
        assert_eq!(faults(&app, rows).await, expected);

        let mut rows = letters();
        rows[2] = step("20241", "AB", "lots", "4");
        rows.push(grade("s1", PAST, "IF101", "", "AB", ""));
        assert_eq!(faults(&app, rows).await, ["scale_steps.csv:4:min_score:bad-number"]);
    }

    async fn a_later_scale_holds_whatever_is_wrong_with_an_earlier_one(app: Campus) {
        import(&app, letters()).await;
        let rows = vec![
            scale("20232", "5", "best"),
            grade("s1", PAST, "IF101", "", "AB", ""),
        ];
        let expected = ["scales.csv:2:pass_points:out-of-range", "grades.csv:3:letter:unknown-letter"];
        assert_eq!(faults(&app, rows).await, expected);
    }

    async fn a_key_stands_once_in_an_import(app: Campus) {
        let mut talk = Talk::begin(&app).await;
        talk.rows(history().into_iter().flat_map(|row| [row.clone(), row]));
        let verdict = talk.judge().await;
        assert_eq!((verdict.ok, verdict.wrong), (false, 15));
        assert!(talk.faults().iter().all(|fault| fault.ends_with("::duplicate-row")), "{:?}", talk.faults());
        assert_eq!(talk.faults()[0], "scales.csv:21::duplicate-row");
        assert_eq!((talk.facts(0)["file"].as_str(), talk.facts(0)["line"].as_str()), ("scales.csv", "20"));
    }

    async fn a_row_that_says_nothing_is_wrong(app: Campus) {
        let mut talk = Talk::begin(&app).await;
        talk.send(Ask::Row(pb::ImportRow { file: "x.csv".to_owned(), line: 7, row: None }));
        assert!(!talk.judge().await.ok);
        assert_eq!(talk.faults(), ["x.csv:7::row-empty"]);
    }

    async fn what_is_published_or_scored_stays(app: Campus) {
        import(&app, history()).await;
        // IF102 A is published now, IF201 A has scores.
        let rows = vec![
            component("IF201", "UTS", "100"),
            component("IF102", "UTS", "40"),
            component("IF102", "UAS", "60"),
            score("s1", "IF102", "Tugas", "80"),
        ];
        let mut talk = Talk::begin(&app).await;
        talk.rows(rows);
        assert!(!talk.judge().await.ok);
        let expected = [
            "components.csv:3::sheet-published",
            "components.csv:2:name:component-has-scores",
            "scores.csv:5:component:unknown-component",
        ];
        let mut found = talk.faults();
        found.sort();
        let mut expected = expected.map(str::to_owned);
        expected.sort();
        assert_eq!(found, expected);
        assert_eq!(faults(&app, vec![score("s1", "IF102", "UTS", "80")]).await, ["scores.csv:2::sheet-published"]);
    }

    async fn a_letter_that_the_score_does_not_give_is_a_warning(app: Campus) {
        import(&app, letters()).await;
        let mut talk = Talk::begin(&app).await;
        // At the bound, a hundredth below it, and far off.
        talk.rows([
            grade("s1", PAST, "IF101", "", "A", "80"),
            grade("s2", PAST, "IF101", "", "A", "79.99"),
            grade("s3", PAST, "IF101", "", "C", "100"),
        ]);
        let verdict = talk.judge().await;
        assert_eq!((verdict.ok, verdict.wrong, verdict.warnings, verdict.created), (true, 0, 2, 3));
        assert_eq!(talk.warnings(), ["grades.csv:3:letter:letter-differs", "grades.csv:4:letter:letter-differs"]);
        let facts = talk.facts(0);
        assert_eq!((facts["letter"].as_str(), facts["score"].as_str(), facts["scale"].as_str()), ("A", "79.99", "B"));
        assert_eq!(talk.apply().await.expect("applied all the same").created, 3);
    }

    async fn a_class_published_without_some_of_its_students_is_a_warning(app: Campus) {
        import(&app, letters()).await;
        let rows = vec![grade("s1", NOW, "IF201", "A", "A", "")];
        let (applied, warnings) = import_with(&app, rows).await;
        assert_eq!((applied.created, warnings), (1, vec!["grades.csv:2:class:grades-incomplete".to_owned()]));
        // It is published already: nothing new to look at.
        let (applied, warnings) = import_with(&app, vec![grade("s2", NOW, "IF201", "A", "B", "")]).await;
        assert_eq!((applied.created, warnings.len()), (1, 0));
    }

    async fn faults_and_warnings_are_told_up_to_a_bound_and_all_are_counted(app: Campus) {
        import(&app, letters()).await;
        let mut talk = Talk::begin(&app).await;
        let warned = ["s1", "s2", "s3", "s4"].map(|student| grade(student, PAST, "IF101", "", "A", "1"));
        talk.rows((0..1500).map(|n| grade(&format!("x{n}"), PAST, "IF101", "", "A", "")).chain(warned));
        let verdict = talk.judge().await;
        assert_eq!((verdict.wrong, talk.faults().len()), (1500, 1000));
        assert_eq!((verdict.warnings, talk.warnings().len()), (4, 4), "faults do not crowd out warnings");
    }
}
