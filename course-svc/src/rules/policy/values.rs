//! The values of a policy's fields. Each is read from JSON whole or not at all: a value that exists is a sound one.

use serde::{Deserialize, Serialize};

use crate::rules::credits::{CeilingReason, Gpa};
use crate::rules::curriculum::RequirementKind;
use crate::rules::eligibility::{HoldKind, Status};

/// SKS, 0 to 60.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Sks(u32);

impl Sks {
    const MOST: u32 = 60;

    /// So many SKS; more than 60 are 60.
    pub fn new(credits: u32) -> Self {
        Self(credits.min(Self::MOST))
    }

    /// How many.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Sks {
    type Error = String;

    fn try_from(credits: u32) -> Result<Self, String> {
        if credits <= Self::MOST { Ok(Self(credits)) } else { Err(format!("wanted 0 to {} SKS", Self::MOST)) }
    }
}

impl From<Sks> for u32 {
    fn from(sks: Sks) -> Self {
        sks.0
    }
}

/// A number of semesters, or of attempts, 0 to 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Semesters(u32);

impl Semesters {
    const MOST: u32 = 20;

    /// So many; more than 20 are 20.
    pub fn new(count: u32) -> Self {
        Self(count.min(Self::MOST))
    }

    /// How many.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Semesters {
    type Error = String;

    fn try_from(count: u32) -> Result<Self, String> {
        if count <= Self::MOST { Ok(Self(count)) } else { Err(format!("wanted 0 to {}", Self::MOST)) }
    }
}

impl From<Semesters> for u32 {
    fn from(count: Semesters) -> Self {
        count.0
    }
}

/// From this average on, this many SKS. Only lower bounds are kept, so no average can fall between two bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Lowest average of the band, in hundredths.
    pub from: Gpa,
    /// SKS.
    pub credits: Sks,
}

/// How many SKS an average allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "RawCeilings")]
pub enum Ceilings {
    /// By the IPS. Highest first; the last one begins at 0, so that every IPS has one.
    Bands(Vec<Band>),
    /// By IPS and IPK together.
    Matrix(Matrix),
}

/// A table of IPS against IPK: rows and columns are lower bounds, highest first, the last ones 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// Lower bounds of the rows: IPS.
    pub gpa: Vec<Gpa>,
    /// Lower bounds of the columns: IPK.
    pub cumulative: Vec<Gpa>,
    /// SKS, a list for each row with a number for each column.
    pub credits: Vec<Vec<Sks>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum RawCeilings {
    Bands(Vec<Band>),
    Matrix(Matrix),
}

/// Bands, rows or columns of one table at most.
const BANDS: usize = 20;

/// Whether these are lower bounds, each lower than the one before, the last one 0.
fn fall_to_zero(bounds: impl ExactSizeIterator<Item = Gpa>, what: &str) -> Result<(), String> {
    if bounds.len() == 0 || bounds.len() > BANDS {
        return Err(format!("wanted 1 to {BANDS} {what}"));
    }
    let mut before = None;
    for bound in bounds {
        if before.is_some_and(|before| bound >= before) {
            return Err(format!("{what}: each lower bound must be lower than the one before it"));
        }
        before = Some(bound);
    }
    match before.map(Gpa::hundredths) {
        Some(0) => Ok(()),
        _ => Err(format!("{what}: the last one must begin at 0, so that no average is left without one")),
    }
}

impl TryFrom<RawCeilings> for Ceilings {
    type Error = String;

    fn try_from(raw: RawCeilings) -> Result<Self, String> {
        match raw {
            RawCeilings::Bands(mut bands) => {
                bands.sort_by_key(|band| std::cmp::Reverse(band.from));
                fall_to_zero(bands.iter().map(|band| band.from), "bands")?;
                Ok(Self::Bands(bands))
            }
            RawCeilings::Matrix(matrix) => {
                fall_to_zero(matrix.gpa.iter().copied(), "gpa")?;
                fall_to_zero(matrix.cumulative.iter().copied(), "cumulative")?;
                let columns = matrix.cumulative.len();
                if matrix.credits.len() != matrix.gpa.len() || matrix.credits.iter().any(|row| row.len() != columns) {
                    return Err("credits: wanted a row for each `gpa` with a number for each `cumulative`".to_owned());
                }
                Ok(Self::Matrix(matrix))
            }
        }
    }
}

impl Ceilings {
    /// The bands in any order, and what is below all of them.
    pub fn bands(bands: impl IntoIterator<Item = (Gpa, u32)>, lowest: u32) -> Self {
        let mut bands: Vec<_> =
            bands.into_iter().map(|(from, credits)| Band { from, credits: Sks::new(credits) }).collect();
        bands.sort_by_key(|band| std::cmp::Reverse(band.from));
        if bands.last().is_none_or(|band| band.from > Gpa::default()) {
            bands.push(Band { from: Gpa::default(), credits: Sks::new(lowest) });
        }
        Self::Bands(bands)
    }

    /// What a ceiling that follows from the table alone is called.
    pub fn reason(&self) -> CeilingReason {
        match self {
            Self::Bands(_) => CeilingReason::LastGpa,
            Self::Matrix(_) => CeilingReason::GpaMatrix,
        }
    }

    /// SKS for these averages; `None` for a table that asks for an IPK that is not known.
    pub fn of(&self, gpa: Gpa, cumulative: Option<Gpa>) -> Option<u32> {
        match self {
            // There is one from 0 on.
            Self::Bands(bands) => bands.iter().find(|band| gpa >= band.from).map(|band| band.credits.get()),
            Self::Matrix(matrix) => {
                let cumulative = cumulative?;
                let row = matrix.gpa.iter().position(|from| gpa >= *from)?;
                let column = matrix.cumulative.iter().position(|from| cumulative >= *from)?;
                Some(matrix.credits[row][column].get())
            }
        }
    }
}

/// The first semesters are capped, whatever the IPS allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstSemesters {
    /// How many, from the first; 0 for none.
    pub count: Semesters,
    /// SKS in each.
    pub cap: Sks,
}

/// Caps of whoever comes back; absent for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterLeave {
    /// After an approved leave (C) in the semester before.
    #[serde(default)]
    pub leave: Option<Sks>,
    /// After a semester without registration and without a leave (N).
    #[serde(default)]
    pub absence: Option<Sks>,
}

/// SKS that a plan should have at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minimum {
    /// SKS; 0 for none.
    pub credits: Sks,
    /// Whether less is refused at submission. Otherwise it is only said, and the advisor decides.
    pub binding: bool,
}

/// Courses by how they count in the curriculum, or by their codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Courses {
    /// Kinds.
    #[serde(default)]
    pub kinds: Vec<RequirementKind>,
    /// Codes, as in the catalogue.
    #[serde(default)]
    pub courses: Vec<String>,
}

impl Courses {
    /// Whether a course is one of them.
    pub fn has(&self, kind: RequirementKind, code: &str) -> bool {
        self.kinds.contains(&kind) || self.courses.iter().any(|own| own == code)
    }
}

/// A cap on a plan that has one of these courses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// Kinds.
    #[serde(default)]
    pub kinds: Vec<RequirementKind>,
    /// Codes.
    #[serde(default)]
    pub courses: Vec<String>,
    /// SKS that count in such a plan at most.
    pub cap: Sks,
}

impl Cut {
    /// Whether a course is one of them.
    pub fn has(&self, kind: RequirementKind, code: &str) -> bool {
        self.kinds.contains(&kind) || self.courses.iter().any(|own| own == code)
    }
}

/// Which courses may be taken once more. Points are of the counted result, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// Any.
    Anyone,
    /// Those with a result of at most so many points.
    AtMost(Gpa),
    /// Those that were not passed with at least so many points.
    UnlessPassedWith(Gpa),
}

/// Holds that keep a student from registering. The others are only said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holds(pub Vec<HoldKind>);

/// Statuses that register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Registering(pub Vec<Status>);
