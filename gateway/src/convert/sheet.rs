//! Grade sheets.

use api::SheetState;
use chassis::error::Fault;
use proto::grade::v1 as pb;

use super::{Word, given, moment, page, page_request, promised, promised_moment, refusal, scale, text, words};

words!(SheetState, pb::SheetState { Empty, Draft, Published });

pub(crate) fn sheet_query(query: api::SheetQuery) -> Result<pb::ListSheetsRequest, Fault> {
    Ok(pb::ListSheetsRequest {
        page: page_request(query.limit, query.cursor)?,
        period_code: text(query.period),
        lecturer_id: text(query.lecturer_id),
        programme_id: text(query.programme_id),
        state: query.state.map_or(pb::SheetState::Unspecified as i32, Word::to_wire),
    })
}

pub(crate) fn sheets(list: pb::ListSheetsResponse) -> Result<api::Page<api::SheetSummary>, Fault> {
    page(list.sheets, list.page, summary)
}

pub(crate) fn summary(summary: pb::SheetSummary) -> Result<api::SheetSummary, Fault> {
    let window = summary.window.map(|window| {
        Ok::<_, Fault>(api::EntryWindow {
            opens_at: promised_moment(window.opens_at, "EntryWindow.opens_at")?,
            closes_at: promised_moment(window.closes_at, "EntryWindow.closes_at")?,
        })
    });
    Ok(api::SheetSummary {
        class_id: summary.class_id,
        period_code: summary.period_code,
        course_code: summary.course_code,
        course_name: summary.course_name,
        credits: summary.credits,
        class_name: summary.class_name,
        programme_id: summary.programme_id,
        state: SheetState::from_wire(summary.state)?,
        students: summary.students,
        complete: summary.complete,
        lead: summary.lead,
        lecturer_names: summary.lecturer_names,
        published_at: moment(summary.published_at)?,
        window: window.transpose()?,
    })
}

pub(crate) fn sheet(sheet: pb::Sheet) -> Result<api::Sheet, Fault> {
    let components =
        sheet.components.into_iter().map(|row| api::Component { id: row.id, name: row.name, weight: row.weight });
    Ok(api::Sheet {
        summary: summary(promised(sheet.summary, "Sheet.summary")?)?,
        components: components.collect(),
        rows: sheet.rows.into_iter().map(row).collect(),
        scale: sheet.scale.map(scale::scale).transpose()?,
        distribution: distribution(sheet.distribution),
        earlier_distribution: distribution(sheet.earlier_distribution),
        earlier_period: given(sheet.earlier_period),
        refusals: sheet.refusals.into_iter().map(refusal).collect(),
        publish_refusals: sheet.publish_refusals.into_iter().map(refusal).collect(),
        version: sheet.version,
    })
}

fn distribution(letters: Vec<pb::LetterCount>) -> Vec<api::LetterCount> {
    letters.into_iter().map(|row| api::LetterCount { letter: row.letter, students: row.students }).collect()
}

fn row(row: pb::SheetRow) -> api::SheetRow {
    let scores = row
        .scores
        .into_iter()
        .map(|score| api::Score { component_id: score.component_id, score_hundredths: score.score_hundredths });
    let letter = given(row.letter);
    api::SheetRow {
        student_id: row.student_id,
        nim: row.nim,
        name: given(row.name),
        scores: scores.collect(),
        total_hundredths: row.total_hundredths,
        points_hundredths: letter.is_some().then_some(row.points_hundredths),
        letter,
        version: row.version,
    }
}

pub(crate) fn to_components(class_id: String, version: i64, input: api::ComponentsInput) -> pb::PutComponentsRequest {
    let components =
        input.components.into_iter().map(|row| pb::Component { id: text(row.id), name: row.name, weight: row.weight });
    pb::PutComponentsRequest { class_id, components: components.collect(), version }
}

pub(crate) fn to_scores(class_id: String, input: api::ScoresInput) -> pb::PutScoresRequest {
    let score = |score: api::ScoreInput| pb::Score {
        component_id: score.component_id,
        score_hundredths: score.score_hundredths,
    };
    let rows = input.rows.into_iter().map(|row| pb::ScoreInput {
        student_id: row.student_id,
        version: row.version,
        scores: row.scores.into_iter().map(score).collect(),
    });
    pb::PutScoresRequest { class_id, rows: rows.collect() }
}

pub(crate) fn scores_set(set: pb::PutScoresResponse) -> Result<api::ScoresSet, Fault> {
    Ok(api::ScoresSet {
        rows: set.rows.into_iter().map(row).collect(),
        summary: summary(promised(set.summary, "PutScoresResponse.summary")?)?,
        distribution: distribution(set.distribution),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_of_zero_is_told_from_one_that_was_not_given() {
        let score = |score_hundredths| pb::Score { component_id: "k".into(), score_hundredths };
        let row = row(pb::SheetRow { scores: vec![score(Some(0)), score(None)], ..pb::SheetRow::default() });
        let scores: Vec<_> = row.scores.iter().map(|score| score.score_hundredths).collect();
        assert_eq!(scores, [Some(0), None]);
    }

    #[test]
    fn points_mean_something_only_with_a_letter() {
        let failed = row(pb::SheetRow { letter: "E".into(), ..pb::SheetRow::default() });
        assert_eq!((failed.letter.as_deref(), failed.points_hundredths), (Some("E"), Some(0)));
        let open = row(pb::SheetRow { points_hundredths: 400, ..pb::SheetRow::default() });
        assert_eq!((open.letter, open.points_hundredths), (None, None));
    }

    #[test]
    fn a_score_that_is_taken_away_is_sent_without_a_value() {
        let rows = serde_json::json!({"rows": [{"student_id": "s", "version": 3, "scores": [
            {"component_id": "a", "score_hundredths": 8750}, {"component_id": "b", "score_hundredths": null},
        ]}]});
        let request = to_scores("c".into(), serde_json::from_value(rows).unwrap());
        assert_eq!((request.class_id.as_str(), request.rows[0].version), ("c", 3));
        let scores: Vec<_> = request.rows[0].scores.iter().map(|score| score.score_hundredths).collect();
        assert_eq!(scores, [Some(8750), None]);
    }
}
