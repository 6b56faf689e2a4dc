//! Grade sheets, results and grade scales.

use super::{Client, Error};
use crate::{
    ComponentsInput, Page, PageQuery, Scale, ScaleInput, ScaleQuery, ScoresInput, ScoresSet, SemesterResult, Semesters,
    Sheet, SheetQuery, SheetSummary, Transcript, routes,
};

impl Client {
    /// Grade sheets that the caller may read, latest period first.
    pub async fn sheets(&self, query: &SheetQuery) -> Result<Page<SheetSummary>, Error> {
        self.list(routes::SHEETS_GET, &[], query).await
    }

    /// The grade sheet of a class.
    pub async fn sheet(&self, class: &str) -> Result<Sheet, Error> {
        self.plain(routes::SHEET_GET, &[class]).await
    }

    /// Replaces the components of a sheet that was read at `version`.
    pub async fn put_components(
        &self,
        class: &str,
        version: i64,
        components: &ComponentsInput,
    ) -> Result<Sheet, Error> {
        self.change(routes::COMPONENTS_PUT, &[class], version, components).await
    }

    /// Sets scores; each row carries the version that was read.
    pub async fn put_scores(&self, class: &str, scores: &ScoresInput) -> Result<ScoresSet, Error> {
        self.send(routes::SCORES_PUT, &[class], scores).await
    }

    /// Publishes a sheet that was read at `version`.
    pub async fn publish_sheet(&self, class: &str, version: i64) -> Result<Sheet, Error> {
        self.decide(routes::PUBLICATION_POST, &[class], version).await
    }

    /// Semesters of a student, latest first, with the sums over all of them.
    pub async fn semesters(&self, student: &str, query: &PageQuery) -> Result<Semesters, Error> {
        self.list(routes::SEMESTERS_GET, &[student], query).await
    }

    /// The result of one period (KHS).
    pub async fn semester(&self, student: &str, period: &str) -> Result<SemesterResult, Error> {
        self.plain(routes::SEMESTER_GET, &[student, period]).await
    }

    /// The transcript.
    pub async fn transcript(&self, student: &str) -> Result<Transcript, Error> {
        self.plain(routes::TRANSCRIPT_GET, &[student]).await
    }

    /// Grade scales, by programme and start, latest first.
    pub async fn scales(&self, query: &ScaleQuery) -> Result<Page<Scale>, Error> {
        self.list(routes::SCALES_GET, &[], query).await
    }

    /// Sets the scale of a programme from a period on, read at `version`; 0 for a new one.
    pub async fn put_scale(
        &self,
        programme: &str,
        period: &str,
        version: i64,
        scale: &ScaleInput,
    ) -> Result<Scale, Error> {
        self.change(routes::SCALE_PUT, &[programme, period], version, scale).await
    }
}
