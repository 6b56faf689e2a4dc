use proptest::prelude::*;

use super::*;
use crate::rules::period::PeriodCode;

fn gpa(hundredths: u32) -> Gpa {
    Gpa::from_hundredths(hundredths).unwrap()
}

fn passed(course: &str, points: u32, letter: &str) -> Condition {
    Condition::Passed { course: course.to_owned(), points, letter: letter.to_owned() }
}

fn taken(course: &str) -> Condition {
    Condition::Taken { course: course.to_owned() }
}

fn concurrent(course: &str) -> Condition {
    Condition::Concurrent { course: course.to_owned() }
}

fn result(letter: &str, points: u32) -> CourseResult {
    let (period, letter) = (PeriodCode::parse("20241").unwrap(), letter.to_owned());
    CourseResult { period, letter, points, passed: points >= 100, credits: 3 }
}

fn planned(course: &str, pending: bool) -> Earlier {
    Earlier { course: course.to_owned(), period: PeriodCode::parse("20242").unwrap(), pending }
}

/// `X` asks for these groups. Codes are ids in capitals.
fn requirements(groups: &[Group], pairs: &[(&str, &str)]) -> Requirements {
    let codes = ["a", "b", "c", "d"].map(|id| (id.to_owned(), id.to_uppercase()));
    let pairs = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
    Requirements::new([("x".to_owned(), groups.to_vec())].into(), codes.into(), pairs)
}

#[derive(Default)]
struct Student {
    results: Vec<(&'static str, &'static str, u32)>,
    earlier: Vec<(&'static str, bool)>,
    credits: u32,
    gpa: Option<u32>,
    unknown: bool,
}

impl Student {
    fn studies(&self, requirements: &Requirements) -> Studies {
        let results =
            self.results.iter().map(|(course, letter, points)| ((*course).to_owned(), result(letter, *points)));
        let record = Record {
            results: results.collect(),
            cumulative: self.gpa.map(gpa),
            credits_passed: self.credits,
            semesters: Vec::new(),
        };
        let earlier = self.earlier.iter().map(|(course, pending)| planned(course, *pending));
        Studies::new(requirements, !self.unknown, &record, earlier)
    }
}

fn asked<'a>(plan: &'a [&'a str]) -> Asked<'a> {
    Asked { course: "x", plan }
}

/// Refusals as `group wanted have`, flags as `? course`.
fn told(requirements: &Requirements, student: &Student, plan: &[&str]) -> Vec<String> {
    let Finding { refusals, flags } = check(requirements, &student.studies(requirements), asked(plan));
    let text = |refusal: &Refusal| match refusal {
        Refusal::PrerequisiteUnmet { group, wanted, have } => format!("{group} {wanted} {have}"),
        Refusal::PrerequisitePending { course } => format!("? {course}"),
        other => panic!("{other:?}"),
    };
    refusals.iter().chain(&flags).map(text).collect()
}

#[test]
fn each_kind_asks_what_it_says() {
    let student =
        || Student { results: vec![("a", "D", 100), ("b", "E", 0)], credits: 79, gpa: Some(199), ..Student::default() };
    let none: &[&str] = &[];
    let table: [(Condition, &[&str], &str); 15] = [
        (passed("a", 0, ""), none, ""),
        (passed("a", 100, "D"), none, ""),
        (passed("a", 200, "C"), none, "1 passed:A:C D"),
        (passed("a", 200, ""), none, "1 passed:A:200 D"),
        (passed("b", 0, ""), none, "1 passed:B: E"),
        (passed("c", 0, ""), &["c"], "1 passed:C: "),
        (taken("a"), none, ""),
        (taken("b"), none, ""),
        (taken("c"), &["c"], "1 taken:C "),
        (concurrent("b"), none, ""),
        (concurrent("c"), none, "1 concurrent:C "),
        (concurrent("c"), &["x", "c"], ""),
        (concurrent("x"), &["x"], "1 concurrent:x "),
        (Condition::Credits { at_least: 80 }, none, "1 credits:80 79"),
        (Condition::Gpa { at_least: gpa(200) }, none, "1 gpa:200 199"),
    ];
    for (condition, plan, expected) in table {
        let requirements = requirements(&[vec![condition.clone()]], &[]);
        assert_eq!(told(&requirements, &student(), plan).join(" & "), expected, "{condition:?} beside {plan:?}");
    }
    let enough =
        requirements(&[vec![Condition::Credits { at_least: 79 }], vec![Condition::Gpa { at_least: gpa(199) }]], &[]);
    assert_eq!(told(&enough, &student(), &[]), [""; 0], "as much as is asked is enough");
    let no_gpa = requirements(&[vec![Condition::Gpa { at_least: gpa(0) }]], &[]);
    assert_eq!(told(&no_gpa, &Student::default(), &[]), ["1 gpa:0 "], "no result is no IPK");
}

#[test]
fn every_group_must_be_met_and_one_condition_of_it_is_enough() {
    let groups = [vec![passed("a", 200, "C"), taken("b")], vec![taken("c"), Condition::Credits { at_least: 10 }]];
    let requirements = requirements(&groups, &[]);
    let student = |results, credits| Student { results, credits, ..Student::default() };
    assert_eq!(
        told(&requirements, &student(vec![], 3), &[]),
        ["1 passed:A:C|taken:B ", "2 taken:C|credits:10 "],
        "all groups at once"
    );
    assert_eq!(told(&requirements, &student(vec![("b", "E", 0)], 3), &[]), ["2 taken:C|credits:10 "]);
    assert_eq!(told(&requirements, &student(vec![("a", "C", 200)], 10), &[]), [""; 0]);
}

#[test]
fn a_course_of_an_earlier_plan_was_taken_and_its_pending_grade_is_not_refused() {
    let groups = [vec![passed("a", 200, "C")]];
    let taken_only = requirements(&[vec![taken("a")]], &[]);
    let wanted = requirements(&groups, &[]);
    let student = |pending| Student { earlier: vec![("a", pending)], ..Student::default() };
    assert_eq!(told(&taken_only, &student(false), &[]), [""; 0]);
    assert_eq!(told(&wanted, &student(true), &[]), ["? A"]);
    assert_eq!(told(&wanted, &student(false), &[]), ["1 passed:A:C "], "its grade is there, elsewhere or nowhere");
    let repeats =
        Student { results: vec![("a", "D", 100)], earlier: vec![("a", false), ("a", true)], ..Student::default() };
    assert_eq!(told(&wanted, &repeats, &[]), ["? A"], "the second attempt may suffice");
}

#[test]
fn without_any_results_nobody_is_refused() {
    let wanted = requirements(&[vec![passed("a", 200, "C")], vec![Condition::Credits { at_least: 80 }]], &[]);
    assert_eq!(told(&wanted, &Student { unknown: true, ..Student::default() }, &[]), [""; 0]);
}

#[test]
fn equivalent_courses_are_one_course() {
    let wanted = requirements(&[vec![passed("a", 200, "C")]], &[("a", "b"), ("c", "b")]);
    let student = |results| Student { results, ..Student::default() };
    for course in ["a", "b", "c"] {
        assert_eq!(
            told(&wanted, &student(vec![(course, "C", 200)]), &[]),
            [""; 0],
            "{course}, over the middle one too"
        );
    }
    assert_eq!(told(&wanted, &student(vec![("d", "A", 400)]), &[]), ["1 passed:A:C "]);
    assert_eq!(
        told(&wanted, &student(vec![("a", "E", 0), ("c", "D", 100)]), &[]),
        ["1 passed:A:C D"],
        "the better one"
    );
    let beside = requirements(&[vec![concurrent("a")]], &[("a", "b")]);
    assert_eq!(told(&beside, &student(vec![]), &["b"]), [""; 0]);
    let waiting = Student { earlier: vec![("c", true)], ..Student::default() };
    assert_eq!(told(&wanted, &waiting, &[]), ["? A"]);
}

#[test]
fn the_order_of_a_prerequisite_means_nothing() {
    let (one, other) = (vec![taken("a"), taken("b")], vec![taken("b"), taken("a")]);
    assert_eq!(sorted(&[one.clone(), vec![taken("c")]]), sorted(&[vec![taken("c")], other]));
    assert_ne!(sorted(&[one]), sorted(&[vec![taken("a")], vec![taken("b")]]));
}

#[test]
fn parts_put_together_are_the_condition() {
    let all = [
        passed("a", 200, "C"),
        taken("a"),
        concurrent("b"),
        Condition::Credits { at_least: 80 },
        Condition::Gpa { at_least: gpa(275) },
    ];
    for (condition, word) in all.into_iter().zip(Condition::WORDS) {
        assert_eq!(condition.word(), word);
        let course = condition.course().map(str::to_owned);
        let read = Condition::from_parts(word, course, condition.minimum(), condition.letter().to_owned());
        assert_eq!(read, Some(condition));
    }
    let course = || Some("a".to_owned());
    assert_eq!(Condition::from_parts("passed", None, 0, String::new()), None);
    assert_eq!(Condition::from_parts("credits", course(), 1, String::new()), None);
    assert_eq!(Condition::from_parts("gpa", None, 401, String::new()), None);
    assert_eq!(Condition::from_parts("liked", course(), 0, String::new()), None);
}

const COURSES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn edges() -> impl Strategy<Value = Vec<(usize, usize)>> {
    proptest::collection::vec((0..5usize, 0..5usize), 0..9)
}

fn condition() -> impl Strategy<Value = Condition> {
    let course = || (0..3usize).prop_map(|n| COURSES[n]);
    prop_oneof![
        (course(), 0..4u32).prop_map(|(course, points)| passed(course, points * 100, "")),
        course().prop_map(taken),
        course().prop_map(concurrent),
        (0..3u32).prop_map(|at_least| Condition::Credits { at_least }),
        (0..3u32).prop_map(|least| Condition::Gpa { at_least: gpa(least * 100) }),
    ]
}

proptest! {
    #[test]
    fn a_cycle_is_found_exactly_when_there_is_a_way_back(edges in edges()) {
        let asks = |course: &str| {
            let of = edges.iter().filter(|(from, _)| COURSES[*from] == course).map(|(_, to)| COURSES[*to]);
            of.collect::<Vec<_>>()
        };
        // Every pair that a way leads between, by squaring: an independent account.
        let mut way = [[false; 5]; 5];
        edges.iter().for_each(|(from, to)| way[*from][*to] = true);
        for k in 0..5 {
            for i in 0..5 {
                for j in 0..5 {
                    way[i][j] |= way[i][k] && way[k][j];
                }
            }
        }
        for n in 0..5 {
            let found = cycle(COURSES[n], asks);
            prop_assert_eq!(found.is_some(), way[n][n]);
            if let Some(found) = found {
                prop_assert_eq!((found[0], found[found.len() - 1]), (COURSES[n], COURSES[n]));
                prop_assert!(found.len() >= 2);
                prop_assert!(found.windows(2).all(|step| asks(step[0]).contains(&step[1])), "{:?}", found);
            }
        }
    }

    #[test]
    fn a_group_is_refused_exactly_when_no_condition_is_met_and_none_pending(
        groups in proptest::collection::vec(proptest::collection::vec(condition(), 1..3), 0..4),
        results in proptest::collection::btree_map(0..3usize, 0..4u32, 0..3),
        earlier in proptest::collection::vec((0..3usize, any::<bool>()), 0..3),
        plan in proptest::collection::vec(0..3usize, 0..3),
        (credits, points) in (0..3u32, proptest::option::of(0..3u32)),
    ) {
        let requirements = requirements(&groups, &[]);
        let results: Vec<_> = results.into_iter().map(|(n, points)| (COURSES[n], points * 100)).collect();
        let of = |course: &str| results.iter().find(|(other, _)| *other == course).map(|(_, points)| *points);
        let record = Record {
            results: results.iter().map(|(course, points)| ((*course).to_owned(), result("", *points))).collect(),
            cumulative: points.map(|points| gpa(points * 100)),
            credits_passed: credits,
            semesters: Vec::new(),
        };
        let before_plans = earlier.iter().map(|(n, pending)| planned(COURSES[*n], *pending));
        let studies = Studies::new(&requirements, true, &record, before_plans);
        let plan: Vec<_> = plan.into_iter().map(|n| COURSES[n]).collect();
        let before = |course: &str| of(course).is_some() || earlier.iter().any(|(n, _)| COURSES[*n] == course);
        let met = |condition: &Condition| match condition {
            Condition::Passed { course, points, .. } => of(course).is_some_and(|has| has >= 100 && has >= *points),
            Condition::Taken { course } => before(course),
            Condition::Concurrent { course } => before(course) || plan.contains(&course.as_str()),
            Condition::Credits { at_least } => credits >= *at_least,
            Condition::Gpa { at_least } => points.is_some_and(|points| points * 100 >= at_least.hundredths()),
        };
        let pending = |condition: &Condition| {
            condition.course().is_some_and(|course| earlier.iter().any(|(n, pending)| *pending && COURSES[*n] == course))
        };
        let open = |group: &&Group| !group.iter().any(met);
        let unmet = groups.iter().filter(open).filter(|group| !group.iter().any(pending)).count();
        let waiting = groups.iter().filter(open).filter(|group| group.iter().any(pending)).count();
        let finding = check(&requirements, &studies, asked(&plan));
        prop_assert_eq!((finding.refusals.len(), finding.flags.len()), (unmet, waiting));
    }
}
