//! Use cases: load under lock, decide by the rules, store, commit.

pub mod events;
pub mod import;
pub mod publish_sheet;
pub mod put_components;
pub mod put_scale;
pub mod put_scores;
pub mod records;
pub mod results;
pub mod sheet;

use chassis::clock::Clock;
use chassis::db::Db;

/// What every use case works with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The database of this service.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Rows of one import at most.
    pub import_rows: u32,
}
