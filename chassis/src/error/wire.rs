//! `Fault` <-> `tonic::Status`: google.rpc details in `grpc-status-details-bin`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use prost::Message;
use prost_types::Any;
use proto::common::v1 as pb;
use tonic::{Code, Status};
use tonic_types::pb as rpc;

use super::{DOMAIN, Fault, FieldFault, Inner, Kind, Refusal};
use crate::reasons;

const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";
const REFUSALS: &str = "type.googleapis.com/siakad.common.v1.Refusals";

/// Most bytes of what is named one by one. Details travel in a header, which is a third longer and must fit into the
/// 64 KiB that our clients take: a status beyond that would look like a broken connection.
const DETAILS_MAX: usize = 40 * 1024;

impl Kind {
    /// gRPC code of the kind.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::Malformed => Code::InvalidArgument,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::Denied => Code::PermissionDenied,
            Self::Absent => Code::NotFound,
            Self::Refused | Self::KeyReused => Code::FailedPrecondition,
            Self::Duplicate => Code::AlreadyExists,
            Self::Stale | Self::InFlight => Code::Aborted,
            Self::TooFast => Code::ResourceExhausted,
            Self::Unavailable => Code::Unavailable,
            Self::TooSlow => Code::DeadlineExceeded,
            Self::Internal => Code::Internal,
        }
    }

    /// The kind of a status, from its code and, where two kinds share one, its reason.
    fn of(code: Code, reason: &str) -> Self {
        match (code, reason) {
            (Code::InvalidArgument | Code::OutOfRange, _) => Self::Malformed,
            (Code::Unauthenticated, _) => Self::Unauthenticated,
            (Code::PermissionDenied, _) => Self::Denied,
            (Code::NotFound, _) => Self::Absent,
            (Code::FailedPrecondition, reasons::KEY_REUSED) => Self::KeyReused,
            (Code::FailedPrecondition, _) => Self::Refused,
            (Code::AlreadyExists, _) => Self::Duplicate,
            (Code::Aborted, reasons::IN_FLIGHT) => Self::InFlight,
            (Code::Aborted, _) => Self::Stale,
            (Code::ResourceExhausted, _) => Self::TooFast,
            (Code::Unavailable, _) => Self::Unavailable,
            // tonic reports a deadline of its own as CANCELLED.
            (Code::DeadlineExceeded | Code::Cancelled, _) => Self::TooSlow,
            (Code::Ok | Code::Unknown | Code::Unimplemented | Code::Internal | Code::DataLoss, _) => Self::Internal,
        }
    }

    /// The word for a status that came without a reason of ours, for example from another implementation.
    fn fallback_reason(self) -> &'static str {
        match self {
            Self::Malformed => reasons::MALFORMED_REQUEST,
            Self::Unauthenticated => reasons::TOKEN_INVALID,
            Self::Denied => reasons::PEER_REFUSED,
            Self::Absent => reasons::NOT_FOUND,
            Self::Refused | Self::Duplicate => reasons::REFUSED,
            Self::Stale => reasons::VERSION_STALE,
            Self::KeyReused => reasons::KEY_REUSED,
            Self::InFlight => reasons::IN_FLIGHT,
            Self::TooFast => reasons::OVERLOADED,
            Self::Unavailable => reasons::SERVICE_DOWN,
            Self::TooSlow => reasons::TOO_SLOW,
            Self::Internal => reasons::INTERNAL,
        }
    }
}

impl From<Fault> for Status {
    /// Logs the cause of an internal fault (within the request's span, so with its id) and leaves it out. Of very many
    /// fields or refusals the first ones are named; the message of a malformed request counts all of them.
    fn from(fault: Fault) -> Self {
        let Inner { kind, reason, message, fields, refusals, retry_after, cause } = *fault.0;
        if kind == Kind::Internal {
            let cause = cause.as_deref().unwrap_or("a service that was called answered INTERNAL");
            tracing::error!(cause, "internal fault");
        }
        let mut details = vec![any(
            ERROR_INFO,
            &rpc::ErrorInfo { reason: reason.into_owned(), domain: DOMAIN.to_owned(), metadata: HashMap::new() },
        )];
        if !fields.is_empty() {
            let field_violations = fields.into_iter().map(|f| rpc::bad_request::FieldViolation {
                field: f.field,
                description: f.message,
                reason: f.reason.into_owned(),
                localized_message: None,
            });
            let field_violations = that_fit(field_violations);
            details.push(any(BAD_REQUEST, &rpc::BadRequest { field_violations }));
        }
        if !refusals.is_empty() {
            let refusals = refusals
                .into_iter()
                .map(|r| pb::Refusal { reason: r.reason.into_owned(), facts: r.facts.into_iter().collect() });
            let refusals = that_fit(refusals);
            details.push(any(REFUSALS, &pb::Refusals { refusals }));
        }
        if let Some(retry_delay) = retry_after.and_then(|d| prost_types::Duration::try_from(d).ok()) {
            details.push(any(RETRY_INFO, &rpc::RetryInfo { retry_delay: Some(retry_delay) }));
        }
        let status = rpc::Status { code: kind.code() as i32, message, details };
        Status::with_details(kind.code(), status.message.clone(), status.encode_to_vec().into())
    }
}

impl Fault {
    /// Reads what a service answered. Text of an `INTERNAL` or unforeseen status becomes the cause: it is logged, not
    /// passed on. Details of a kind that is not known are left out.
    #[must_use]
    pub fn from_status(status: &Status) -> Self {
        let details = rpc::Status::decode(status.details()).map(|s| s.details).unwrap_or_default();
        let info = details
            .iter()
            .find_map(|d| read::<rpc::ErrorInfo>(d, ERROR_INFO))
            .filter(|info| info.domain == DOMAIN && !info.reason.is_empty());
        let reason = info.map(|info| info.reason);
        let kind = Kind::of(status.code(), reason.as_deref().unwrap_or_default());
        if kind == Kind::Internal {
            return Self::internal(format_args!("{:?}: {}", status.code(), status.message()));
        }
        let reason: Cow<'static, str> = reason.map_or_else(|| kind.fallback_reason().into(), Into::into);
        let mut fault = Self::new(kind, reason, status.message());
        for detail in &details {
            if let Some(bad) = read::<rpc::BadRequest>(detail, BAD_REQUEST) {
                fault.0.fields.extend(bad.field_violations.into_iter().map(field_fault));
            } else if let Some(list) = read::<pb::Refusals>(detail, REFUSALS) {
                fault.0.refusals.extend(
                    list.refusals
                        .into_iter()
                        .map(|r| Refusal { reason: r.reason.into(), facts: r.facts.into_iter().collect() }),
                );
            } else if let Some(retry) = read::<rpc::RetryInfo>(detail, RETRY_INFO) {
                fault.0.retry_after = retry.retry_delay.and_then(|d| Duration::try_from(d).ok());
            }
        }
        fault
    }
}

fn field_fault(violation: rpc::bad_request::FieldViolation) -> FieldFault {
    let reason = if violation.reason.is_empty() { reasons::MALFORMED_REQUEST.into() } else { violation.reason.into() };
    FieldFault { field: violation.field, reason, message: violation.description }
}

/// The first messages, as many as fit.
fn that_fit<M: Message>(messages: impl Iterator<Item = M>) -> Vec<M> {
    // Tag and length of each in the list around them.
    const FRAME: usize = 4;
    let mut left = DETAILS_MAX;
    messages
        .map_while(|message| {
            left = left.checked_sub(message.encoded_len() + FRAME)?;
            Some(message)
        })
        .collect()
}

fn any(type_url: &str, message: &impl Message) -> Any {
    Any { type_url: type_url.to_owned(), value: message.encode_to_vec() }
}

fn read<M: Message + Default>(any: &Any, type_url: &str) -> Option<M> {
    (any.type_url == type_url).then(|| M::decode(any.value.as_slice()).ok()).flatten()
}
