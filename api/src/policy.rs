//! The rules of registration as data.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::word::words;

words! {
    /// For whom a document holds. A later one is more specific and counts before an earlier one.
    PolicyScope {
        /// The whole university: there is no key.
        University = "university",
        /// One faculty: the key is its code.
        Faculty = "faculty",
        /// One study programme: the key is its code.
        Programme = "programme",
        /// One cohort: the key is the year of entry.
        Cohort = "cohort",
        /// One cohort of one programme: the key is `<code>/<year>`.
        ProgrammeCohort = "programme_cohort",
    }
}

/// A document: what it decides, for whom, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Policy {
    /// Opaque id.
    pub id: String,
    /// What people call it, for example the decree that it comes from.
    #[schema(example = "SK Rektor 12/2026 tentang beban studi")]
    pub title: String,
    /// For whom.
    pub scope: PolicyScope,
    /// Code, year or both; `null` for the whole university.
    #[schema(example = "IF-S1/2024")]
    pub scope_key: Option<String>,
    /// First period.
    #[schema(example = "20261")]
    pub valid_from: String,
    /// Last period; `null` for no end.
    #[schema(example = "20272")]
    pub valid_until: Option<String>,
    /// The fields that it decides.
    #[schema(value_type = Object, example = json!({"first_period": 20, "short_term": 9}))]
    pub body: Map<String, Value>,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A document as a registrar writes it: new, or the whole new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyInput {
    /// What people call it.
    #[schema(min_length = 1, max_length = 120, example = "SK Rektor 12/2026 tentang beban studi")]
    pub title: String,
    /// For whom.
    pub scope: PolicyScope,
    /// Code, year or both; left out for the whole university.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 20, example = "IF-S1/2024")]
    pub scope_key: Option<String>,
    /// First period. A scope has one document for each first period.
    #[schema(min_length = 5, max_length = 5, pattern = "^[0-9]{4}[123]$", example = "20261")]
    pub valid_from: String,
    /// Last period; no end when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 5, max_length = 5, pattern = "^[0-9]{4}[123]$", example = "20272")]
    pub valid_until: Option<String>,
    /// The fields that it decides; others stay as they are.
    #[schema(value_type = Object, example = json!({"first_period": 20, "short_term": 9}))]
    pub body: Map<String, Value>,
}

/// Which documents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PolicyQuery {
    /// Only those that hold in this period.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(min_length = 5, max_length = 5, example = "20261")]
    pub period: Option<String>,
    /// Rows wanted, 1 to 200; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; the first page when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 1024)]
    pub cursor: Option<String>,
}

/// About whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct EffectiveQuery {
    /// Period; required.
    #[param(required = true, min_length = 5, max_length = 5, example = "20261")]
    pub period: String,
    /// Which student; else programme and year of entry say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub student_id: Option<String>,
    /// Study programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(max_length = 64)]
    pub programme_id: Option<String>,
    /// Year of entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1900, maximum = 2999, example = 2024)]
    pub cohort: Option<u32>,
}

/// One field of what decides, and the document that says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyField {
    /// Its name.
    #[schema(example = "short_term")]
    pub name: String,
    /// Its value.
    #[schema(value_type = Value, example = json!(9))]
    pub value: Value,
    /// The document; `null` for the default.
    pub policy_id: Option<String>,
    /// That document's title.
    pub title: Option<String>,
    /// Its scope.
    pub scope: Option<PolicyScope>,
    /// Its key.
    pub scope_key: Option<String>,
}

/// What decides about a student, or about a cohort of a programme, in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EffectivePolicy {
    /// In which period.
    #[schema(example = "20261")]
    pub period_code: String,
    /// Code of the faculty; `null` when it is not known.
    #[schema(example = "FIK")]
    pub faculty_code: Option<String>,
    /// Code of the study programme; `null` when it is not known.
    #[schema(example = "IF-S1")]
    pub programme_code: Option<String>,
    /// Year of entry; `null` when it is not known.
    #[schema(example = 2024)]
    pub cohort: Option<u32>,
    /// Every field.
    pub fields: Vec<PolicyField>,
}
