//! Policy documents.

use chassis::client::Channel;
use chassis::error::Fault;
use proto::course::v1 as pb;
use proto::course::v1::registration_client::RegistrationClient;

use super::{TestApp, answer, id};

/// A document of the university from 20201 on.
pub(crate) fn document(title: &str, body: &serde_json::Value) -> pb::Policy {
    pb::Policy { title: title.to_owned(), valid_from: "20201".to_owned(), body: body.to_string(), ..Default::default() }
}

/// The same for others.
pub(crate) fn scoped(document: pb::Policy, scope: pb::PolicyScope, key: &str) -> pb::Policy {
    pb::Policy { scope: scope.into(), scope_key: key.to_owned(), ..document }
}

impl TestApp {
    pub(crate) fn registration(&self) -> RegistrationClient<Channel> {
        RegistrationClient::new(self.as_registrar())
    }

    /// Keeps a document.
    pub(crate) async fn put_policy(&self, policy: pb::Policy) -> Result<pb::Policy, Fault> {
        answer(self.registration().put_policy(pb::PutPolicyRequest { policy: Some(policy) }).await)
    }

    /// What the university decides by, from now on: the only document of its scope.
    pub(crate) async fn decide(&self, body: &serde_json::Value) {
        let all = answer(self.registration().list_policies(pb::ListPoliciesRequest::default()).await).expect("a list");
        let known = all.policies.into_iter().find(|known| known.scope_key.is_empty());
        let known = known.unwrap_or_else(|| document("Peraturan akademik", body));
        self.put_policy(pb::Policy { body: body.to_string(), ..known }).await.expect("a document is kept");
    }

    /// What decides about a student, as `field=value of title`, where a document says it.
    pub(crate) async fn decided(&self, student: &str) -> Vec<String> {
        let request = pb::GetEffectivePolicyRequest {
            period_code: super::PERIOD.to_owned(),
            student_id: id(student),
            ..Default::default()
        };
        let found = answer(self.registration().get_effective_policy(request).await).expect("a policy");
        let said = found.fields.into_iter().filter(|field| !field.policy_id.is_empty());
        said.map(|field| format!("{}={} of {}", field.name, field.value, field.title)).collect()
    }
}
