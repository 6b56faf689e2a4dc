//! Grade scales.

use api::RepeatPolicy;
use chassis::error::Fault;
use proto::grade::v1 as pb;

use super::{Word, given, page, page_request, text, words};

words!(RepeatPolicy, pb::RepeatPolicy { Best, Latest });

pub(crate) fn scale_query(query: api::ScaleQuery) -> Result<pb::ListScalesRequest, Fault> {
    Ok(pb::ListScalesRequest { page: page_request(query.limit, query.cursor)?, programme_id: text(query.programme_id) })
}

pub(crate) fn scales(list: pb::ListScalesResponse) -> Result<api::Page<api::Scale>, Fault> {
    page(list.scales, list.page, scale)
}

pub(crate) fn scale(scale: pb::Scale) -> Result<api::Scale, Fault> {
    let steps = scale.steps.into_iter().map(|step| api::ScaleStep {
        letter: step.letter,
        min_score_hundredths: step.min_score_hundredths,
        points_hundredths: step.points_hundredths,
    });
    Ok(api::Scale {
        id: scale.id,
        programme_id: scale.programme_id,
        programme_code: given(scale.programme_code),
        start_period: scale.start_period,
        steps: steps.collect(),
        pass_points_hundredths: scale.pass_points_hundredths,
        repeat_policy: RepeatPolicy::from_wire(scale.repeat_policy)?,
        version: scale.version,
    })
}

pub(crate) fn to_scale(programme_id: String, start_period: String, version: i64, input: api::ScaleInput) -> pb::Scale {
    let steps = input.steps.into_iter().map(|step| pb::ScaleStep {
        letter: step.letter,
        min_score_hundredths: step.min_score_hundredths,
        points_hundredths: step.points_hundredths,
    });
    pb::Scale {
        id: String::new(),
        programme_id,
        start_period,
        steps: steps.collect(),
        pass_points_hundredths: input.pass_points_hundredths,
        repeat_policy: input.repeat_policy.to_wire(),
        version,
        programme_code: String::new(),
    }
}
