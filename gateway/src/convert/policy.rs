//! Documents that registration is decided by. Their fields are JSON on both sides: here as values, there as text.

use api::PolicyScope;
use chassis::error::Fault;
use proto::course::v1 as pb;

use super::{Word, broken, given, page, page_request, text, words};

words!(
    PolicyScope,
    pb::PolicyScope {
        University = Unspecified,
        Faculty = Faculty,
        Programme = Programme,
        Cohort = Cohort,
        ProgrammeCohort = ProgrammeCohort,
    }
);

pub(crate) fn policy_query(query: api::PolicyQuery) -> Result<pb::ListPoliciesRequest, Fault> {
    Ok(pb::ListPoliciesRequest { page: page_request(query.limit, query.cursor)?, period_code: text(query.period) })
}

pub(crate) fn policies(list: pb::ListPoliciesResponse) -> Result<api::Page<api::Policy>, Fault> {
    page(list.policies, list.page, policy)
}

pub(crate) fn policy(policy: pb::Policy) -> Result<api::Policy, Fault> {
    Ok(api::Policy {
        id: policy.id,
        title: policy.title,
        scope: PolicyScope::from_wire(policy.scope)?,
        scope_key: given(policy.scope_key),
        valid_from: policy.valid_from,
        valid_until: given(policy.valid_until),
        body: serde_json::from_str(&policy.body).map_err(|_| broken("Policy.body is not a JSON object"))?,
        version: policy.version,
    })
}

/// The whole new state; for a new document id and version are empty.
pub(crate) fn to_policy(id: String, version: i64, input: api::PolicyInput) -> pb::Policy {
    pb::Policy {
        id,
        title: input.title,
        scope: input.scope.to_wire(),
        scope_key: text(input.scope_key),
        valid_from: input.valid_from,
        valid_until: text(input.valid_until),
        body: serde_json::Value::Object(input.body).to_string(),
        version,
    }
}

pub(crate) fn effective_query(query: api::EffectiveQuery) -> pb::GetEffectivePolicyRequest {
    pb::GetEffectivePolicyRequest {
        period_code: query.period,
        student_id: text(query.student_id),
        programme_id: text(query.programme_id),
        cohort: query.cohort.unwrap_or_default(),
    }
}

pub(crate) fn effective(policy: pb::EffectivePolicy) -> Result<api::EffectivePolicy, Fault> {
    Ok(api::EffectivePolicy {
        period_code: policy.period_code,
        faculty_code: given(policy.faculty_code),
        programme_code: given(policy.programme_code),
        cohort: (policy.cohort != 0).then_some(policy.cohort),
        fields: policy.fields.into_iter().map(field).collect::<Result<_, _>>()?,
    })
}

fn field(field: pb::PolicyField) -> Result<api::PolicyField, Fault> {
    let documented = !field.policy_id.is_empty();
    Ok(api::PolicyField {
        name: field.name,
        value: serde_json::from_str(&field.value).map_err(|_| broken("PolicyField.value is not JSON"))?,
        policy_id: given(field.policy_id),
        title: given(field.title),
        scope: documented.then(|| PolicyScope::from_wire(field.scope)).transpose()?,
        scope_key: given(field.scope_key),
    })
}

#[cfg(test)]
mod tests {
    use chassis::error::Kind;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_sent_back_unchanged_is_the_document_that_was_read() {
        let wire = pb::Policy {
            id: "d".into(),
            title: "SK Rektor".into(),
            scope: pb::PolicyScope::ProgrammeCohort as i32,
            scope_key: "IF-S1/2024".into(),
            valid_from: "20261".into(),
            valid_until: String::new(),
            body: r#"{"short_term":9}"#.into(),
            version: 4,
        };
        let rest = policy(wire.clone()).unwrap();
        assert_eq!((rest.body["short_term"].clone(), rest.valid_until), (json!(9), None));
        let input = api::PolicyInput {
            title: rest.title,
            scope: rest.scope,
            scope_key: rest.scope_key,
            valid_from: rest.valid_from,
            valid_until: None,
            body: rest.body,
        };
        assert_eq!(to_policy(rest.id, rest.version, input), wire);
        for broken in ["", "[]", "{"] {
            let fault = policy(pb::Policy { body: broken.into(), ..wire.clone() }).unwrap_err();
            assert_eq!(fault.kind(), Kind::Internal, "{broken}");
        }
    }

    #[test]
    fn a_default_has_no_document() {
        let wire = |policy_id: &str| pb::PolicyField {
            name: "attempts".into(),
            value: "0".into(),
            policy_id: policy_id.into(),
            ..pb::PolicyField::default()
        };
        let default = field(wire("")).unwrap();
        assert_eq!((default.value, default.policy_id, default.scope), (json!(0), None, None));
        assert_eq!(field(wire("d")).unwrap().scope, Some(PolicyScope::University));
    }
}
