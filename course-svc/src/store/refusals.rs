//! Reasons as they are stored: a JSON list of `{reason, facts}`, empty for none.

use std::collections::BTreeMap;

use chassis::db::DbError;
use chassis::error::Refusal;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    reason: String,
    facts: BTreeMap<String, String>,
}

/// The text of reasons.
pub(super) fn text(refusals: &[Refusal]) -> Result<String, DbError> {
    if refusals.is_empty() {
        return Ok(String::new());
    }
    let stored = |refusal: &Refusal| Stored { reason: refusal.reason.to_string(), facts: refusal.facts.clone() };
    let stored: Vec<_> = refusals.iter().map(stored).collect();
    serde_json::to_string(&stored).map_err(|error| DbError::usage(format!("reasons that are no JSON: {error}")))
}

/// Reads [`text`].
pub(super) fn read(text: &str) -> Result<Vec<Refusal>, DbError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let stored: Vec<Stored> = serde_json::from_str(text).map_err(|_| DbError::usage("stored reasons are no JSON"))?;
    let refusal = |stored: Stored| Refusal { reason: stored.reason.into(), facts: stored.facts };
    Ok(stored.into_iter().map(refusal).collect())
}
