//! gRPC: decode, authorise, call, encode.

pub mod convert;
pub mod grading;
pub mod import;
pub mod policy;
pub mod results;
pub mod scales;

use chassis::auth::Caller;
use chassis::error::Fault;
use chassis::page::{self, Page, PageLimits, filter_hash};
use prost::Message;
use proto::common::v1::PageRequest;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tonic::{Request, Response, Status};

use chassis::once::Answer;

/// Rows of one page.
const LIMITS: PageLimits = PageLimits { default: 50, max: 200 };

/// The caller and what they ask.
fn parts<T>(request: Request<T>) -> Result<(Caller, T), Status> {
    let caller = Caller::of(&request)?;
    Ok((caller, request.into_inner()))
}

/// The answer of a command: fresh, or as it was.
fn answered<M: Message + Default>(answer: Answer<M>) -> Result<Response<M>, Status> {
    match answer {
        Answer::Done(message) => Ok(Response::new(message)),
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
