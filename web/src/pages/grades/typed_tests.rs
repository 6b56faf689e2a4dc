use super::*;
use crate::pages::grades::samples;

fn typed(pairs: &[(&str, &str)]) -> Typed {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Typed::read(&pairs)
}

/// The first student of the sample with what is typed into the second column.
fn one(shown: &str, cell: &str) -> Typed {
    typed(&[("k.0", "t"), ("k.1", "u"), ("s.4", "s0"), ("o.4", shown), ("n.4.0", "85"), ("n.4.1", cell)])
}

fn sheet(stored: Option<u32>) -> Sheet {
    let mut sheet = samples::sheet(&[[Some(8500), stored]]);
    sheet.rows[0].version = 7;
    sheet
}

#[test]
fn a_score_is_a_number_from_0_to_100() {
    for (text, meant) in [("", None), (" ", None), ("0", Some(0)), ("100", Some(10_000)), ("87,5", Some(8750))] {
        assert_eq!(score(text), Ok(meant), "{text}");
    }
    for text in ["100,01", "105", "-1", "A", "87,555", "1e1", "100 "].iter().filter(|text| text.trim() != "100") {
        assert_eq!(score(text), Err(NotAScore), "{text}");
    }
}

#[test]
fn only_what_this_person_changed_is_written_with_the_version_of_now() {
    let merged = merge(Lang::Id, &sheet(Some(7000)), &one("8500,7000", "75,5"));
    assert!(merged.kept.is_empty());
    assert_eq!(merged.changes.len(), 1);
    let change = &merged.changes[0];
    assert_eq!((change.student_id.as_str(), change.version), ("s0", 7));
    assert_eq!(change.scores, [ScoreInput { component_id: "u".into(), score_hundredths: Some(7550) }]);
    let merged = merge(Lang::Id, &sheet(Some(7000)), &one("8500,7000", ""));
    assert_eq!(merged.changes[0].scores[0].score_hundredths, None, "an emptied cell loses its score");
    assert!(merge(Lang::Id, &sheet(Some(7000)), &one("8500,7000", "70")).changes.is_empty());
}

#[test]
fn what_somebody_else_changed_meanwhile_is_neither_lost_nor_overwritten_unseen() {
    let untouched = merge(Lang::Id, &sheet(Some(6000)), &one("8500,7000", "70"));
    assert!(untouched.changes.is_empty() && untouched.kept.is_empty(), "the other's score stays");
    let both = merge(Lang::Id, &sheet(Some(6000)), &one("8500,7000", "75"));
    assert!(both.changes.is_empty());
    let kept = &both.kept["s0"][0];
    assert_eq!((kept.column, kept.typed.as_str()), (1, "75"));
    assert!(kept.why.contains("menjadi 60") && kept.why.contains("Aditya"), "{}", kept.why);
    let gone = merge(Lang::Id, &sheet(None), &one("8500,7000", "75"));
    assert!(gone.kept["s0"][0].why.contains("kosong"));
    let same = merge(Lang::Id, &sheet(Some(7500)), &one("8500,7000", "75"));
    assert!(same.changes.is_empty() && same.kept.is_empty(), "both meant the same");
}

#[test]
fn a_wrong_cell_stays_as_it_is_typed_and_does_not_keep_the_others_back() {
    let mut two = one("8500,", "105");
    two.rows[0].cells[0] = "90".into();
    let merged = merge(Lang::Id, &sheet(None), &two);
    assert_eq!(merged.changes[0].scores, [ScoreInput { component_id: "t".into(), score_hundredths: Some(9000) }]);
    let kept = &merged.kept["s0"];
    assert_eq!((kept.len(), kept[0].column, kept[0].typed.as_str()), (1, 1, "105"));
    assert_eq!(kept[0].why, "UAS Aditya Nugroho: 105 melebihi 100. Masukkan angka 0 sampai 100.");
    let merged = merge(Lang::En, &sheet(None), &one("8500,", "abc"));
    assert!(merged.kept["s0"][0].why.contains("cannot be read"));
}

#[test]
fn rows_and_columns_that_are_gone_are_left_alone() {
    let mut gone = one("8500,", "75");
    gone.rows[0].student_id = "nobody".into();
    assert!(merge(Lang::Id, &sheet(None), &gone).changes.is_empty());
    let mut gone = one("8500,", "75");
    gone.columns[1] = "removed".into();
    assert!(merge(Lang::Id, &sheet(None), &gone).changes.is_empty());
}

#[test]
fn a_form_of_any_shape_is_read_without_a_panic() {
    let odd = typed(&[
        ("k.0", "t"),
        ("s.x", "a"),
        ("s.99999999999999999999", "b"),
        ("s.2", "s0"),
        ("o.2", ",,,,x"),
        ("n.2.9", "5"),
    ]);
    assert_eq!(odd.rows.len(), 1);
    assert_eq!((odd.rows[0].shown.len(), odd.rows[0].cells.len()), (1, 1));
    let many: Vec<_> = (0..500).map(|n| (format!("s.{n}"), "s".to_owned())).collect();
    assert_eq!(Typed::read(&many).rows.len(), ROWS);
}
