//! Grade scales of study programmes.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::word::words;

words! {
    /// How a repeated course counts in the IPK. The IPS always has that period's grade.
    RepeatPolicy {
        /// The best result counts.
        Best = "best",
        /// The latest result counts.
        Latest = "latest",
    }
}

/// One step of a scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaleStep {
    /// Letter, unique in the scale.
    #[schema(min_length = 1, max_length = 3, example = "AB")]
    pub letter: String,
    /// Lowest final score that gets it, in hundredths; the lowest step has 0.
    #[schema(minimum = 0, maximum = 10000, example = 8000)]
    pub min_score_hundredths: u32,
    /// Grade points in hundredths.
    #[schema(minimum = 0, maximum = 400, example = 350)]
    pub points_hundredths: u32,
}

/// How scores become letters in a study programme, from a period on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Scale {
    /// Opaque id.
    pub id: String,
    /// Study programme.
    pub programme_id: String,
    /// Code of the study programme, for display.
    #[schema(example = "IF-S1")]
    pub programme_code: Option<String>,
    /// First period that it holds for.
    #[schema(example = "20241")]
    pub start_period: String,
    /// Steps, highest first.
    pub steps: Vec<ScaleStep>,
    /// Grade points in hundredths from which a course is passed.
    #[schema(minimum = 0, maximum = 400, example = 100)]
    pub pass_points_hundredths: u32,
    /// How repeats count.
    pub repeat_policy: RepeatPolicy,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A scale as the office writes it: new, or the whole new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaleInput {
    /// Steps, highest first; bounds and points never rise on the way down.
    #[schema(min_items = 1, max_items = 30)]
    pub steps: Vec<ScaleStep>,
    /// Grade points in hundredths from which a course is passed.
    #[schema(maximum = 400, example = 100)]
    pub pass_points_hundredths: u32,
    /// How repeats count.
    pub repeat_policy: RepeatPolicy,
}

/// Which scales.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ScaleQuery {
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
    /// Only of this study programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub programme_id: Option<String>,
}
