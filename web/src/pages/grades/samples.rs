//! Made-up grade sheets for tests of pages.

use api::{
    Component, EntryWindow, LetterCount, RepeatPolicy, Scale, ScaleStep, Score, Sheet, SheetRow, SheetState,
    SheetSummary,
};

const NAMES: [&str; 8] = [
    "Aditya Nugroho",
    "Aisyah Rahmadani",
    "Bayu Pamungkas",
    "Chandra Halim",
    "Clara Evangelista Sihombing",
    "Dimas Arya Saputra",
    "Eka Fitria Ningsih",
    "Farhan Maulana",
];

pub(crate) fn summary() -> SheetSummary {
    SheetSummary {
        class_id: "c1".into(),
        period_code: "20252".into(),
        course_code: "IF3106".into(),
        course_name: "Metodologi Penelitian".into(),
        credits: 2,
        class_name: "A".into(),
        programme_id: "p1".into(),
        state: SheetState::Draft,
        students: 0,
        complete: 0,
        lead: true,
        lecturer_names: vec!["Dr. Ir. Hendra Wijaya, M.T.".into(), "Ratna Sari, M.Cs.".into()],
        published_at: None,
        window: Some(EntryWindow {
            opens_at: "2026-08-01T01:00:00Z".parse().unwrap(),
            closes_at: "2026-08-21T17:00:00Z".parse().unwrap(),
        }),
    }
}

fn scale() -> Scale {
    let step = |letter: &str, min, points| ScaleStep {
        letter: letter.into(),
        min_score_hundredths: min,
        points_hundredths: points,
    };
    Scale {
        id: "sc".into(),
        programme_id: "p1".into(),
        programme_code: Some("IF-S1".into()),
        start_period: "20241".into(),
        steps: vec![
            step("A", 8500, 400),
            step("AB", 8000, 350),
            step("B", 7000, 300),
            step("C", 6000, 200),
            step("E", 0, 0),
        ],
        pass_points_hundredths: 100,
        repeat_policy: RepeatPolicy::Best,
        version: 1,
    }
}

/// A sheet of two components of equal weight, with these scores.
pub(crate) fn sheet(scores: &[[Option<u32>; 2]]) -> Sheet {
    let component = |id: &str, name: &str| Component { id: id.into(), name: name.into(), weight: 50 };
    filled(vec![component("t", "Tugas"), component("u", "UAS")], &scores.iter().map(|s| s.to_vec()).collect::<Vec<_>>())
}

fn filled(components: Vec<Component>, scores: &[Vec<Option<u32>>]) -> Sheet {
    let scale = scale();
    let row = |(n, scores): (usize, &Vec<Option<u32>>)| {
        let total =
            scores.iter().zip(&components).map(|(score, c)| score.map(|score| score * c.weight)).sum::<Option<u32>>();
        let total = total.map(|sum| (sum + 50) / 100);
        let step = total.and_then(|total| scale.steps.iter().find(|step| step.min_score_hundredths <= total));
        SheetRow {
            student_id: format!("s{n}"),
            nim: format!("2410512{n:03}"),
            name: Some(NAMES[n % NAMES.len()].into()),
            scores: components
                .iter()
                .zip(scores)
                .map(|(c, score)| Score { component_id: c.id.clone(), score_hundredths: *score })
                .collect(),
            total_hundredths: total,
            letter: step.map(|step| step.letter.clone()),
            points_hundredths: step.map(|step| step.points_hundredths),
            version: 1,
        }
    };
    let rows: Vec<_> = scores.iter().enumerate().map(row).collect();
    let count = |letter: &str| rows.iter().filter(|row| row.letter.as_deref() == Some(letter)).count();
    let letters = scale.steps.iter();
    let letters =
        letters.map(|s| LetterCount { letter: s.letter.clone(), students: u32::try_from(count(&s.letter)).unwrap() });
    let distribution = letters.collect();
    let complete = rows.iter().filter(|row| row.total_hundredths.is_some()).count();
    let mut summary = summary();
    (summary.students, summary.complete) = (u32::try_from(rows.len()).unwrap(), u32::try_from(complete).unwrap());
    Sheet {
        summary,
        components,
        rows,
        scale: Some(scale),
        distribution,
        earlier_distribution: Vec::new(),
        earlier_period: None,
        refusals: Vec::new(),
        publish_refusals: Vec::new(),
        version: 3,
    }
}

/// A class of this many students with four components, some scores still missing.
pub(crate) fn large(students: usize) -> Sheet {
    let component = |id: &str, name: &str, weight| Component { id: id.into(), name: name.into(), weight };
    let components = vec![
        component("c_tugas", "Tugas", 20),
        component("c_kuis", "Kuis", 10),
        component("c_uts", "UTS", 30),
        component("c_uas", "UAS", 40),
    ];
    let score = |n: usize, column: usize| {
        let value = u32::try_from(4500 + (n * 1373 + column * 811) % 5500).unwrap() / 50 * 50;
        (column < 3 || n % 7 != 2).then_some(value)
    };
    let scores: Vec<_> = (0..students).map(|n| (0..4).map(|column| score(n, column)).collect()).collect();
    filled(components, &scores)
}
