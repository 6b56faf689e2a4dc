//! Curricula, prerequisites and equivalent courses.

use super::{Client, Error};
use crate::{
    Curriculum, CurriculumInput, CurriculumQuery, Equivalents, EquivalentsInput, Page, Prerequisites,
    PrerequisitesInput, routes,
};

impl Client {
    /// Curricula, by programme and start, latest first; without their courses.
    pub async fn curricula(&self, query: &CurriculumQuery) -> Result<Page<Curriculum>, Error> {
        self.list(routes::CURRICULA_GET, &[], query).await
    }

    /// One curriculum with its courses.
    pub async fn curriculum(&self, id: &str) -> Result<Curriculum, Error> {
        self.plain(routes::CURRICULUM_GET, &[id]).await
    }

    /// Makes a curriculum.
    pub async fn create_curriculum(&self, curriculum: &CurriculumInput) -> Result<Curriculum, Error> {
        self.send(routes::CURRICULA_POST, &[], curriculum).await
    }

    /// Changes a curriculum that was read at `version`.
    pub async fn update_curriculum(
        &self,
        id: &str,
        version: i64,
        curriculum: &CurriculumInput,
    ) -> Result<Curriculum, Error> {
        self.change(routes::CURRICULUM_PUT, &[id], version, curriculum).await
    }

    /// What a course asks for.
    pub async fn prerequisites(&self, course: &str) -> Result<Prerequisites, Error> {
        self.plain(routes::PREREQUISITES_GET, &[course]).await
    }

    /// Replaces what a course asks for, read at `version`.
    pub async fn put_prerequisites(
        &self,
        course: &str,
        version: i64,
        prerequisites: &PrerequisitesInput,
    ) -> Result<Prerequisites, Error> {
        self.change(routes::PREREQUISITES_PUT, &[course], version, prerequisites).await
    }

    /// Courses whose result counts as that of a course.
    pub async fn equivalents(&self, course: &str) -> Result<Equivalents, Error> {
        self.plain(routes::EQUIVALENTS_GET, &[course]).await
    }

    /// Replaces them, read at `version`.
    pub async fn put_equivalents(
        &self,
        course: &str,
        version: i64,
        equivalents: &EquivalentsInput,
    ) -> Result<Equivalents, Error> {
        self.change(routes::EQUIVALENTS_PUT, &[course], version, equivalents).await
    }
}
