//! gRPC: decode, authorise, call, encode.

pub mod admission;
pub mod allocations;
pub mod approvals;
pub mod catalogue;
pub mod convert;
pub mod curricula;
pub mod import;
pub mod krs;
pub mod offering;
pub mod packages;
pub mod policy;
pub mod registration;
pub mod waiting;

use chassis::auth::Caller;
use chassis::error::Fault;
use chassis::page::{self, Page, PageLimits, filter_hash};
use prost::Message;
use proto::common::v1::PageRequest;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::rules::access::Verdict;
use chassis::once::Answer;

/// Rows of one page.
const LIMITS: PageLimits = PageLimits { default: 50, max: 200 };

/// The caller and what they ask.
fn parts<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    let caller = Caller::of(&request)?;
    Ok((caller, request.into_inner()))
}

/// The caller of a student's command, the ticket of the waiting room that came with it, and what they ask.
fn parts_with_ticket<T>(request: Request<T>) -> Result<(Caller, Option<String>, T), Status> {
    let ticket = admission::ticket(&request);
    let (caller, request) = parts(request)?;
    Ok((caller, ticket, request))
}

/// What a verdict means for the answer.
fn permit(verdict: Verdict, what: &'static str) -> Result<(), Error> {
    match verdict {
        Verdict::Allowed => Ok(()),
        Verdict::Denied => Err(Error::Denied),
        Verdict::Absent => Err(Error::Absent(what)),
    }
}

/// The answer of a command: fresh, or as it was.
fn answered<T, M: Message + Default>(answer: Answer<T>, encode: impl Fn(&T) -> M) -> Result<Response<M>, Status> {
    match answer {
        Answer::Done(value) => Ok(Response::new(encode(&value))),
        Answer::Again(bytes) => Ok(Response::new(M::decode(bytes.as_slice()).map_err(Fault::internal)?)),
    }
}

/// A page that was asked for, and the hash of the filter that its cursors are bound to.
fn page<K: DeserializeOwned + Serialize>(
    request: Option<&PageRequest>,
    filter: &impl Serialize,
) -> Result<(Page<K>, u64), Fault> {
    let hash = filter_hash(filter);
    Ok((page::decode(request, LIMITS, hash)?, hash))
}
