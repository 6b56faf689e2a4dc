//! What a refusal looks like.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A refusal: RFC 9457, media type `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `/problems/` and the reason.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/problems/class-full")]
    pub kind: String,
    /// The meaning of the status, for people.
    #[schema(example = "Conflict")]
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 409)]
    pub status: u16,
    /// A sentence for a programmer; not a text for a page.
    pub detail: Option<String>,
    /// Stable word: what a program decides by. `refused` when several rules refuse: `errors` has their words.
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "class-full")]
    pub reason: String,
    /// Everything that is wrong, each with its own reason.
    #[serde(default)]
    pub errors: Vec<ProblemError>,
    /// Seconds after which another try makes sense; the same as the header `Retry-After`.
    #[serde(default)]
    pub retry_after: Option<u64>,
    /// Id of the request: what to name when asking for help. The same as the header `X-Request-Id`.
    #[serde(default)]
    pub trace_id: Option<String>,
}

impl Problem {
    /// Whether this reason is among those given: the leading one or one of `errors`.
    pub fn has_reason(&self, reason: &str) -> bool {
        self.reason == reason || self.errors.iter().any(|error| error.reason == reason)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemError {
    /// Where in the request, for example `meetings[0].day`; `null` when no one field is to blame.
    pub field: Option<String>,
    /// Stable word.
    pub reason: String,
    /// A sentence for a programmer.
    pub detail: Option<String>,
    /// What a sentence for people needs to say: which class, which hour, how many SKS.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
}

/// One rule that says no, or one fact that was decided in someone's favour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refusal {
    /// Stable word.
    #[schema(example = "schedule-clash")]
    pub reason: String,
    /// What a sentence for people needs to say. Numbers are decimal, times are minutes of the day or RFC 3339.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
}
