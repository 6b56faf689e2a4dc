//! The rules of registration as data.

use reqwest::header::IF_MATCH;

use super::{Client, Error};
use crate::{EffectivePolicy, EffectiveQuery, Page, Policy, PolicyInput, PolicyQuery, routes};

impl Client {
    /// Documents, by scope, key and first period.
    pub async fn policies(&self, query: &PolicyQuery) -> Result<Page<Policy>, Error> {
        self.list(routes::POLICIES_GET, &[], query).await
    }

    /// One document.
    pub async fn policy(&self, id: &str) -> Result<Policy, Error> {
        self.plain(routes::POLICY_GET, &[id]).await
    }

    /// Makes a document.
    pub async fn create_policy(&self, policy: &PolicyInput) -> Result<Policy, Error> {
        self.send(routes::POLICIES_POST, &[], policy).await
    }

    /// Changes a document that was read at `version`.
    pub async fn update_policy(&self, id: &str, version: i64, policy: &PolicyInput) -> Result<Policy, Error> {
        self.change(routes::POLICY_PUT, &[id], version, policy).await
    }

    /// Removes a document that was read at `version`.
    pub async fn delete_policy(&self, id: &str, version: i64) -> Result<(), Error> {
        let request = self.request(routes::POLICY_DELETE, &[id]);
        self.nothing(request.header(IF_MATCH, format!("\"{version}\""))).await
    }

    /// What decides about a student, or about a cohort of a programme, in a period.
    pub async fn effective_policy(&self, query: &EffectiveQuery) -> Result<EffectivePolicy, Error> {
        self.list(routes::EFFECTIVE_GET, &[], query).await
    }
}
