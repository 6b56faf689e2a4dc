//! Packages: classes that the office presets for new students.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Class;

/// Classes that are taken together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Package {
    /// Opaque id.
    pub id: String,
    /// Period.
    #[schema(example = "20261")]
    pub period_code: String,
    /// Study programme whose students may take it.
    pub programme_id: String,
    /// Year of entry whose students may take it; `null` for all.
    #[schema(example = 2026)]
    pub cohort: Option<u32>,
    /// Name, unique for the programme in the period.
    #[schema(max_length = 60, example = "Semester 1 kelas A")]
    pub name: String,
    /// Its classes, with live seats.
    pub classes: Vec<Class>,
    /// Version, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A package as an admin writes it: new, or the whole new state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageInput {
    /// Period. Cannot change.
    #[schema(min_length = 5, max_length = 5, pattern = "^[0-9]{4}[123]$", example = "20261")]
    pub period_code: String,
    /// Study programme. Cannot change.
    #[schema(min_length = 1, max_length = 36)]
    pub programme_id: String,
    /// Year of entry; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1900, maximum = 2999, example = 2026)]
    pub cohort: Option<u32>,
    /// Name, unique for the programme in the period.
    #[schema(min_length = 1, max_length = 60, example = "Semester 1 kelas A")]
    pub name: String,
    /// Its classes: all of the period, no two of one course, no two that clash.
    #[schema(min_items = 1, max_items = 20)]
    pub class_ids: Vec<String>,
}

/// Which packages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PackageQuery {
    /// Period; required.
    #[param(required = true, min_length = 5, max_length = 5, example = "20261")]
    pub period: String,
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

/// A package to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageTake {
    /// Which package.
    #[schema(min_length = 1, max_length = 36, example = "0198f2d0-6a9e-7c35-9c39-7d2f5f6f0a11")]
    pub package_id: String,
}
