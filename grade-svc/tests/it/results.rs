//! KHS and transcript: sums, repeats, equivalents.

use chassis::error::Kind;
use proto::grade::v1 as pb;

use crate::support::{
    PERIOD, TestApp, ab_scale, answer, approved, begin, class, course, entry_window, equivalents, fails, id, period,
};

/// Period, code, letter and whether another attempt counts in its place, of every result.
fn letters(results: &[pb::Result]) -> Vec<(&str, &str, &str, bool)> {
    results
        .iter()
        .map(|one| (one.period_code.as_str(), one.course_code.as_str(), one.letter.as_str(), one.superseded))
        .collect()
}

impl TestApp {
    /// A class of this course in a period, with one student, graded with a final score: the class's letter is `letter`.
    async fn attempt(&self, at: &str, code: &str, letter: &str, student: &str, score: u32) {
        let name = format!("{code}{letter}");
        let windows = vec![entry_window(begin(), -7, 14)];
        self.tell_course(&[period(at, windows), class(code, letter, at, &["l1"]), approved(student, at, &[&name])])
            .await;
        self.score("l1", &id(&name), &[(student, score)]).await.expect("scores");
        self.publish("l1", &id(&name)).await.expect("published");
    }

    /// Two courses in 20241 (B of 4 SKS, E of 3), the failed one again in 20251 (C) and in 20261 (D).
    async fn repeats(&self) {
        self.tell_course(&[course("IF101", 4), course("MA101", 3)]).await;
        self.attempt("20241", "IF101", "A", "s1", 7500).await;
        self.attempt("20241", "MA101", "A", "s1", 3000).await;
        self.attempt("20251", "MA101", "B", "s1", 6200).await;
        self.attempt(PERIOD, "MA101", "C", "s1", 5200).await;
    }
}

chassis::both_engines! {
    async fn a_khs_has_the_courses_and_sums_of_its_period(app: TestApp) {
        app.tell_course(&[
            course("IF201", 4), course("IF105", 2), class("IF201", "A", PERIOD, &["l1"]), class("IF105", "A", PERIOD, &["l2"]),
            approved("s1", PERIOD, &["IF201A", "IF105A"]),
        ])
        .await;
        app.score("l1", &id("IF201A"), &[("s1", 8000)]).await.expect("scores");
        app.publish("l1", &id("IF201A")).await.expect("published");

        let khs = app.semester("s1", PERIOD).await;
        let person = khs.person.expect("a person");
        let said = [
            &*person.nim, &*person.name, &*person.programme_name, &*person.entry_period, &*person.advisor_name,
            &*person.faculty_name,
        ];
        assert_eq!(said, ["nim-s1", "Mahasiswa s1", "S1 Informatika", "20241", "Dr. Andi", "Ilmu Komputer"]);
        assert_eq!(letters(&khs.results), [(PERIOD, "IF105", "", false), (PERIOD, "IF201", "AB", false)]);
        let waiting = &khs.results[0];
        assert_eq!((waiting.credits, waiting.class_name.as_str(), waiting.weighted, waiting.passed), (2, "A", 0, false));
        let given = &khs.results[1];
        let names = (given.course_name.as_str(), given.course_name_en.as_str(), given.class_name.as_str());
        assert_eq!(names, ("Mata Kuliah IF201", "Course IF201", "A"));
        assert_eq!((given.credits, given.weighted), (4, 1400));
        let sums = khs.semester.expect("sums");
        assert_eq!((sums.credits, sums.weighted, sums.pending), (4, 1400, 1));
        assert_eq!((sums.gpa_hundredths, sums.cumulative_hundredths), (Some(350), Some(350)));
    }

    async fn semesters_are_listed_latest_first(app: TestApp) {
        app.repeats().await;
        app.tell_course(&[class("IF101", "D", "20262", &["l1"]), approved("s1", "20262", &["IF101D"])]).await;
        let found = app.semesters("s1").await;
        let sums: Vec<_> = found.semesters.iter().map(|one| {
            (one.period_code.as_str(), one.credits, one.credits_passed, one.gpa_hundredths, one.cumulative_hundredths, one.pending)
        }).collect();
        assert_eq!(sums, [
            // Nothing published: no IPS, and the IPK of before.
            ("20262", 0, 0, None, Some(257), 1),
            // The better C of 20251 still counts: (4 * 3.00 + 3 * 2.00) / 7 = 2.571.., cut.
            (PERIOD, 3, 3, Some(100), Some(257), 0),
            ("20251", 3, 3, Some(200), Some(257), 0),
            // 4 * 3.00 / 7 = 1.714..; the E counts.
            ("20241", 7, 4, Some(171), Some(171), 0),
        ]);
        assert_eq!((found.cumulative_hundredths, found.credits_passed), (Some(257), 7));

        let mut results = app.results("s1");
        let mut codes = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = Some(proto::common::v1::PageRequest { size: 3, cursor });
            let request = pb::ListSemestersRequest { student_id: id("s1"), page };
            let answer = answer(results.list_semesters(request).await).expect("semesters");
            codes.extend(answer.semesters.into_iter().map(|one| one.period_code));
            cursor = answer.page.expect("a page").next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        assert_eq!(codes, ["20262", PERIOD, "20251", "20241"]);
    }

    async fn the_best_of_repeated_results_counts(app: TestApp) {
        app.repeats().await;
        let transcript = app.transcript("s1").await;
        assert_eq!(letters(&transcript.results), [
            ("20241", "IF101", "B", false), ("20241", "MA101", "E", true), ("20251", "MA101", "C", false),
            (PERIOD, "MA101", "D", true),
        ]);
        assert_eq!(transcript.repeat_policy(), pb::RepeatPolicy::Best);
        assert_eq!((transcript.credits, transcript.credits_passed, transcript.weighted), (7, 7, 1800));
        assert_eq!(transcript.cumulative_hundredths, Some(257));
        let khs = app.semester("s1", PERIOD).await;
        assert!(khs.results[0].superseded, "it stands in the KHS, not in the IPK");
        assert_eq!(khs.semester.expect("sums").gpa_hundredths, Some(100), "the IPS has that period's grade");
    }

    async fn the_latest_counts_where_the_programme_says_so(app: TestApp) {
        app.repeats().await;
        let latest = pb::Scale { version: 1, repeat_policy: pb::RepeatPolicy::Latest.into(), ..ab_scale("IF-S1", "20201") };
        app.put_scale(latest).await.expect("another policy");
        let transcript = app.transcript("s1").await;
        assert_eq!(letters(&transcript.results), [
            ("20241", "IF101", "B", false), ("20241", "MA101", "E", true), ("20251", "MA101", "C", true),
            (PERIOD, "MA101", "D", false),
        ]);
        assert_eq!((transcript.weighted, transcript.cumulative_hundredths), (1500, Some(214)));
        // A policy from a later period on does not hold for results before it.
        app.put_scale(ab_scale("IF-S1", "20262")).await.expect("a scale of the future");
        assert_eq!(app.transcript("s1").await.repeat_policy(), pb::RepeatPolicy::Latest);
        let record = app.record_when("the record follows the policy", "s1", |record| {
            record.cumulative_hundredths == Some(214)
        });
        assert_eq!(record.await.results.len(), 2);
    }

    async fn equivalent_courses_count_as_one(app: TestApp) {
        app.tell_course(&[course("IF101", 4), course("TI101", 3), course("KO101", 3)]).await;
        app.attempt("20241", "IF101", "A", "s1", 5200).await;
        app.attempt("20251", "TI101", "A", "s1", 9000).await;
        assert_eq!(app.transcript("s1").await.credits, 7);
        // Nobody took KO101, which connects the two.
        app.tell_course(&[equivalents("IF101", &["KO101"]), equivalents("KO101", &["TI101"])]).await;
        let transcript = app.transcript("s1").await;
        assert_eq!(letters(&transcript.results), [("20241", "IF101", "D", true), ("20251", "TI101", "A", false)]);
        assert_eq!((transcript.credits, transcript.credits_passed, transcript.cumulative_hundredths), (3, 3, Some(400)));
        let told = app.record_when("the record follows the equivalents", "s1", |record| record.results.len() == 1);
        assert_eq!(told.await.results[0].course_id, id("TI101"));
        app.tell_course(&[chassis::outbox::Change::tombstone("course.equivalents", id("KO101"), 1)]).await;
        assert_eq!(app.transcript("s1").await.credits, 7);
        app.record_when("and follows them back", "s1", |record| record.results.len() == 2).await;
    }

    async fn without_results_a_transcript_is_empty_and_a_khs_absent(app: TestApp) {
        let transcript = app.transcript("s1").await;
        assert_eq!((transcript.results.len(), transcript.credits, transcript.cumulative_hundredths), (0, 0, None));
        let found = app.semesters("s1").await;
        assert_eq!((found.semesters.len(), found.cumulative_hundredths), (0, None));
        for period in [PERIOD, "nonsense"] {
            let request = pb::GetSemesterRequest { student_id: id("s1"), period_code: period.to_owned() };
            fails(answer(app.results("s1").get_semester(request).await), Kind::Absent);
        }
        // A student of whom student-svc has not told yet.
        let person = app.transcript("new").await.person.expect("a person");
        assert_eq!((person.student_id, person.nim.as_str()), (id("new"), ""));
    }

    async fn results_are_read_while_every_other_service_is_silent(app: TestApp) {
        app.tell_course(&[course("IF101", 4)]).await;
        app.attempt("20241", "IF101", "A", "s1", 7500).await;
        let mut student = app.results("s1");
        let TestApp { course, student: students, clock, trust, .. } = app;
        drop((course, students));
        clock.advance(jiff::SignedDuration::from_mins(10));
        let request = pb::GetTranscriptRequest { student_id: id("s1") };
        let transcript = answer(student.get_transcript(request.clone()).await).expect("an expired token");
        assert_eq!(transcript.cumulative_hundredths, Some(300));
        trust.heard();
        let fault = fails(answer(student.get_transcript(request).await), Kind::Unauthenticated);
        assert_eq!(fault.reason(), "token-expired", "auth-svc is back: a token can be refreshed");
    }
}
