//! Policy documents, both ways.

use proto::course::v1 as pb;
use serde_json::Value;

use super::ask::Faults;
use crate::app::policies::{Found, Whom};
use crate::error::Error;
use crate::model::PolicyDocument;
use crate::reasons;
use crate::rules::period::PeriodCode;
use crate::rules::policy::book::Reach;
use crate::rules::policy::{Document, Fault};

/// Characters of a document at most.
const BODY: usize = 20_000;
/// Characters of a scope's key at most.
const KEY: usize = 20;

fn scope(reach: &Reach) -> pb::PolicyScope {
    match reach {
        Reach::University => pb::PolicyScope::Unspecified,
        Reach::Faculty(_) => pb::PolicyScope::Faculty,
        Reach::Programme(_) => pb::PolicyScope::Programme,
        Reach::Cohort(_) => pb::PolicyScope::Cohort,
        Reach::ProgrammeCohort(..) => pb::PolicyScope::ProgrammeCohort,
    }
}

/// A document.
pub fn policy(document: &PolicyDocument) -> pb::Policy {
    pb::Policy {
        id: document.id.clone(),
        title: document.title.clone(),
        scope: scope(&document.reach).into(),
        scope_key: document.reach.key(),
        valid_from: document.from.to_string(),
        valid_until: document.until.map(|until| until.to_string()).unwrap_or_default(),
        body: document.body.clone(),
        version: document.version,
    }
}

/// What decides, field by field.
pub fn effective_policy(found: &Found) -> pb::EffectivePolicy {
    let field = |(name, value): (&'static str, Value)| {
        let said_by = found.effective.said_by.iter().find(|(said, _)| *said == name);
        let document = said_by.and_then(|(_, id)| found.documents.get(id));
        pb::PolicyField {
            name: name.to_owned(),
            value: value.to_string(),
            policy_id: document.map(|document| document.id.clone()).unwrap_or_default(),
            title: document.map(|document| document.title.clone()).unwrap_or_default(),
            scope: document.map_or(pb::PolicyScope::Unspecified, |document| scope(&document.reach)).into(),
            scope_key: document.map(|document| document.reach.key()).unwrap_or_default(),
        }
    };
    pb::EffectivePolicy {
        period_code: found.period.to_string(),
        faculty_code: found.who.faculty.clone().unwrap_or_default(),
        programme_code: found.who.programme.clone().unwrap_or_default(),
        cohort: found.who.cohort.map_or(0, u32::from),
        fields: found.effective.policy.values().into_iter().map(field).collect(),
    }
}

/// A document as a registrar writes it; everything that is wrong with it, each field by its path.
pub fn policy_draft(policy: Option<pb::Policy>) -> Result<PolicyDocument, Error> {
    let policy = policy.unwrap_or_default();
    let mut faults = Faults::default();
    let title = faults.text("title", &policy.title, 1, 120);
    let reach = reach(&mut faults, &policy);
    let from = faults.period("valid_from", &policy.valid_from);
    let until = match policy.valid_until.is_empty() {
        true => None,
        false => faults.period("valid_until", &policy.valid_until),
    };
    if let Some((from, until)) = from.zip(until)
        && until < from
    {
        faults.push("valid_until", reasons::NOT_AFTER, "wanted no period before valid_from");
    }
    check_body(&mut faults, &policy.body);
    let draft = reach.zip(from).map(|(reach, from)| PolicyDocument {
        id: policy.id.clone(),
        title,
        reach,
        from,
        until,
        body: policy.body.clone(),
        version: policy.version,
    });
    faults.finish(draft)
}

fn reach(faults: &mut Faults, policy: &pb::Policy) -> Option<Reach> {
    let word = match policy.scope {
        sent if sent == i32::from(pb::PolicyScope::Unspecified) => Reach::WORDS[0],
        sent if sent == i32::from(pb::PolicyScope::Faculty) => Reach::WORDS[1],
        sent if sent == i32::from(pb::PolicyScope::Programme) => Reach::WORDS[2],
        sent if sent == i32::from(pb::PolicyScope::Cohort) => Reach::WORDS[3],
        sent if sent == i32::from(pb::PolicyScope::ProgrammeCohort) => Reach::WORDS[4],
        _ => {
            faults.push("scope", reasons::UNKNOWN_VALUE, "is none of the known values");
            return None;
        }
    };
    faults.text("scope_key", &policy.scope_key, 0, KEY);
    let reach = Reach::parse(word, &policy.scope_key);
    if reach.is_none() {
        let message = "wanted a code, a year, both as IF-S1/2024, or nothing for the university";
        faults.push("scope_key", reasons::BAD_SCOPE, message);
    }
    reach
}

fn check_body(faults: &mut Faults, body: &str) {
    if body.chars().count() > BODY {
        return faults.push("body", reasons::TOO_LONG, format!("wanted at most {BODY} characters"));
    }
    let object = match serde_json::from_str(body) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return faults.push("body", reasons::BAD_POLICY, "wanted a JSON object"),
        Err(error) => return faults.push("body", reasons::BAD_POLICY, error.to_string()),
    };
    for Fault { path, message, unknown } in Document::read(&object).err().unwrap_or_default() {
        let reason = if unknown { reasons::UNKNOWN_VALUE } else { reasons::BAD_POLICY };
        faults.push(format!("body.{path}"), reason, message);
    }
}

/// About whom, and in which period.
pub fn effective_filter(request: &pb::GetEffectivePolicyRequest) -> Result<(PeriodCode, Whom), Error> {
    let mut faults = Faults::default();
    let period = faults.period("period_code", &request.period_code);
    let programme_id = faults.text("programme_id", &request.programme_id, 0, 36);
    let cohort = match request.cohort {
        0 => None,
        year => u16::try_from(faults.number("cohort", year, 1900, 2999)).ok(),
    };
    let whom = match request.student_id.is_empty() {
        true => Whom::Cohort { programme_id, cohort },
        false => Whom::Student(request.student_id.clone()),
    };
    faults.finish(period.map(|period| (period, whom)))
}
