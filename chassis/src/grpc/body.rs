//! A response body that ends in time, and that knows how it ended.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use bytes::Bytes;
use http::HeaderMap;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::error::Fault;

type End = Pin<Box<dyn Future<Output = Fault> + Send>>;

/// A response body with an end from outside (a deadline, the server's stop), after which the client gets the fault as
/// its status, and with a witness that hears the status once.
pub(crate) struct Guarded<W: FnOnce(Code) + Unpin> {
    inner: Body,
    end: Option<End>,
    witness: Option<W>,
    done: bool,
}

impl<W: FnOnce(Code) + Unpin> Guarded<W> {
    pub(crate) fn new(inner: Body, end: Option<End>, witness: W) -> Self {
        Self { inner, end, witness: Some(witness), done: false }
    }

    fn ended(&mut self, code: Code) {
        self.done = true;
        if let Some(witness) = self.witness.take() {
            witness(code);
        }
    }
}

impl<W: FnOnce(Code) + Unpin> Drop for Guarded<W> {
    fn drop(&mut self) {
        // Dropped before its end: the client went away.
        self.ended(Code::Cancelled);
    }
}

impl<W: FnOnce(Code) + Unpin> HttpBody for Guarded<W> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.done {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.inner).poll_frame(task) {
            Poll::Ready(frame) => {
                match &frame {
                    Some(Ok(frame)) => {
                        if let Some(trailers) = frame.trailers_ref() {
                            self.ended(code_of(trailers).unwrap_or(Code::Unknown));
                        }
                    }
                    Some(Err(status)) => self.ended(status.code()),
                    None => self.ended(Code::Unknown),
                }
                Poll::Ready(frame)
            }
            Poll::Pending => {
                let Some(end) = self.end.as_mut() else { return Poll::Pending };
                let Poll::Ready(fault) = end.as_mut().poll(task) else { return Poll::Pending };
                let status = Status::from(fault);
                self.ended(status.code());
                // What the handler still has to send is of no use any more.
                self.inner = Body::empty();
                let mut trailers = HeaderMap::new();
                match status.add_header(&mut trailers) {
                    Ok(()) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
                    Err(status) => Poll::Ready(Some(Err(status))),
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        // Never before it was polled to its end, so that the witness hears how it ended.
        self.done
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The status in trailers, or in the headers of an answer without a body.
pub(crate) fn code_of(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()))
}

/// A request body of at most so many bytes.
pub(crate) struct Capped<B> {
    inner: B,
    left: usize,
}

impl<B> Capped<B> {
    pub(crate) fn new(inner: B, most: usize) -> Self {
        Self { inner, left: most }
    }
}

impl<B> HttpBody for Capped<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = match std::task::ready!(Pin::new(&mut self.inner).poll_frame(task)) {
            None => return Poll::Ready(None),
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(Status::from_error(error.into())))),
        };
        match self.left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(left) => {
                self.left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            None => {
                let fault = Fault::field("", crate::reasons::MESSAGE_TOO_LARGE, "the message is too large");
                Poll::Ready(Some(Err(fault.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
