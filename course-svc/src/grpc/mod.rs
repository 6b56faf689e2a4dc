//! gRPC: decode, authorise, call, encode.

pub mod catalogue;
pub mod convert;
pub mod curricula;
pub mod import;
pub mod krs;
pub mod offering;
pub mod policy;

use chassis::auth::Caller;
use chassis::error::Fault;
use chassis::idempotency::Scope;
use chassis::page::{self, Page, PageLimits, filter_hash};
use chassis::reasons::PAGE_CURSOR;
use chassis::telemetry::Context;
use prost::Message;
use proto::common::v1::PageRequest;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tonic::{Request, Response, Status};

use crate::app::once::Answer;
use crate::error::Error;
use crate::rules::access::Verdict;

/// Rows of one page.
const LIMITS: PageLimits = PageLimits { default: 50, max: 200 };

/// The caller and what they ask.
fn parts<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    let caller = Caller::of(&request)?;
    Ok((caller, request.into_inner()))
}

/// What a verdict means for the answer.
fn permit(verdict: Verdict, what: &'static str) -> Result<(), Error> {
    match verdict {
        Verdict::Allowed => Ok(()),
        Verdict::Denied => Err(Error::Denied),
        Verdict::Absent => Err(Error::Absent(what)),
    }
}

/// The idempotency key of the present request, if it has one, bound to account, method and content.
fn scope(caller: &Caller, rpc: &'static str, request: &impl Message) -> Result<Option<Scope>, Fault> {
    let key = Context::with(|context| context.idempotency_key.clone()).flatten();
    key.map(|key| Scope::new(&caller.account_id, rpc, &*key, &request.encode_to_vec())).transpose()
}

/// The answer of a command: fresh, or as it was.
fn answered<T, M: Message + Default>(answer: Answer<T>, encode: impl Fn(&T) -> M) -> Result<Response<M>, Status> {
    match answer {
        Answer::Done(value) => Ok(Response::new(encode(&value))),
        Answer::Again(bytes) => Ok(Response::new(M::decode(bytes.as_slice()).map_err(Fault::internal)?)),
    }
}

/// A page that was asked for. A cursor can name any key: what it holds goes to the database as it is, so texts with a
/// NUL, which PostgreSQL does not take, are no cursors of ours.
fn page<K: DeserializeOwned + Serialize>(
    request: Option<&PageRequest>,
    filter: &impl Serialize,
) -> Result<(Page<K>, u64), Fault> {
    let hash = filter_hash(filter);
    let page: Page<K> = page::decode(request, LIMITS, hash)?;
    let text = serde_json::to_string(&page.after).unwrap_or_default();
    if text.contains("\\u0000") {
        return Err(Fault::field("page.cursor", PAGE_CURSOR, "not a cursor of this list"));
    }
    Ok((page, hash))
}
