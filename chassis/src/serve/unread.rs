//! Requests answered before their body was read.
//!
//! HTTP/1 cannot go on after such an answer: the rest of the body lies in the way, and hyper closes the connection. It
//! must be said (`connection: close`), or a client would send its next request into a connection that is closing.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, Version, header};
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// A request's body that remembers whether it was read to its end.
pub(super) struct Watched {
    body: Incoming,
    read: Arc<AtomicBool>,
}

/// What is known of a body once the request was answered.
pub(super) struct Reading {
    version: Version,
    read: Arc<AtomicBool>,
}

/// Watches the body of a request.
pub(super) fn watch(request: http::Request<Incoming>) -> (http::Request<Watched>, Reading) {
    let read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
    let reading = Reading { version: request.version(), read: read.clone() };
    (request.map(|body| Watched { body, read }), reading)
}

impl Reading {
    /// Says with the answer that the connection ends, if the body was left unread.
    pub(super) fn close(&self, mut response: Response) -> Response {
        if self.version < Version::HTTP_2 && !self.read.load(Ordering::Acquire) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.read.store(true, Ordering::Release);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
