//! `StudentImport`: one bidirectional stream, for the operator alone.
//!
//! A message is taken from the client only when the one before it is through, and what the client does not read waits in
//! a short queue: nobody buffers without bound. While rows come in, only progress is sent, and left out when the client
//! does not read; so a client that first sends everything and then reads is never stuck.

use std::sync::Arc;
use std::time::Duration;

use chassis::auth::Peer;
use chassis::clock::Clock;
use chassis::db::Db;
use chassis::error::Fault;
use chassis::feed::FeedServer;
use jiff::SignedDuration;
use proto::student::v1 as pb;
use proto::student::v1::import_request::Message as Said;
use proto::student::v1::import_response::Message as Say;
use proto::student::v1::student_import_server::StudentImport as Service;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument;

use super::convert;
use crate::app::import::{Import, Incoming, Verdict};
use crate::error::Error;

/// Answers that wait for the client to read them.
const QUEUE: usize = 64;

/// Bounds of an import.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ImportLimits {
    /// Wrong rows that are reported one by one.
    pub faults: usize,
    /// How long a client may be silent, or not read.
    pub silence: Duration,
    /// When staged rows that nobody touches are left over from a process that ended. Longer than any step takes.
    pub stale: SignedDuration,
}

/// The service.
#[derive(Debug, Clone)]
pub(crate) struct StudentImport {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The feed, whose head tells when consumers have seen an import.
    pub feed: FeedServer,
    /// Bounds.
    pub limits: ImportLimits,
}

type Out = mpsc::Sender<Result<pb::ImportResponse, Status>>;

#[tonic::async_trait]
impl Service for StudentImport {
    type ImportStream = ReceiverStream<Result<pb::ImportResponse, Status>>;

    async fn import(
        &self,
        request: Request<Streaming<pb::ImportRequest>>,
    ) -> Result<Response<Self::ImportStream>, Status> {
        let operator = Peer::of(&request)?;
        let inbound = request.into_inner();
        let (out, answers) = mpsc::channel(QUEUE);
        let service = Arc::new(self.clone());
        let work = async move {
            if let Err(error) = service.run(operator.name(), inbound, &out).await {
                // Nobody may be listening any more.
                out.send(Err(error.into())).await.ok();
            }
        };
        tokio::spawn(work.in_current_span());
        Ok(Response::new(ReceiverStream::new(answers)))
    }
}

impl StudentImport {
    /// One import from its first row to its end; its staged rows are gone afterwards, however it went.
    async fn run(&self, operator: &str, inbound: Streaming<pb::ImportRequest>, out: &Out) -> Result<(), Error> {
        let ImportLimits { faults, stale, .. } = self.limits;
        let mut import = Import::begin(&self.db, faults, self.clock.now(), stale).await?;
        let done = tokio::select! {
            done = self.converse(operator, &mut import, inbound, out) => done,
            () = out.closed() => Ok(()),
        };
        import.end().await;
        done
    }

    async fn converse(
        &self,
        operator: &str,
        import: &mut Import,
        mut inbound: Streaming<pb::ImportRequest>,
        out: &Out,
    ) -> Result<(), Error> {
        let mut verdict: Option<Verdict> = None;
        loop {
            let said = timeout(self.limits.silence, inbound.message()).await.map_err(|_| Error::ImportSilent)?;
            // A client that ends without `apply` has imported nothing.
            let Some(pb::ImportRequest { message }) = said.map_err(|status| Fault::from_status(&status))? else {
                return Ok(());
            };
            match (message, verdict) {
                (Some(Said::Row(row)), None) => {
                    let incoming = Incoming { file: row.file, line: row.line, row: row.row.map(convert::row) };
                    if import.add(incoming, self.clock.now()).await? {
                        // Left out when the client does not read: it will hear a later one.
                        out.try_send(answer(Say::Progress(convert::progress(import.received(), 0)))).ok();
                    }
                }
                (Some(Said::Judge(_)), None) => {
                    let (faults, judged) = import.judge(self.clock.now()).await?;
                    for fault in faults {
                        self.say(out, Say::Fault(convert::row_fault(fault))).await?;
                    }
                    self.say(out, Say::Verdict(convert::verdict(&judged))).await?;
                    verdict = Some(judged);
                }
                (Some(Said::Apply(_)), Some(judged)) if judged.wrong == 0 => {
                    let count = import
                        .apply(operator, self.clock.now(), |done, total| {
                            out.try_send(answer(Say::Progress(convert::progress(done, total)))).ok();
                        })
                        .await?;
                    let head = self.feed.head().await?;
                    return self.say(out, Say::Applied(convert::applied(&count, head.seq))).await;
                }
                (Some(Said::Apply(_)), Some(_)) => return Err(Error::ImportHasFaults),
                (Some(Said::Apply(_)), None) => return Err(Error::ImportOutOfOrder("apply before a verdict")),
                (Some(_), Some(_)) => return Err(Error::ImportOutOfOrder("more rows after the verdict")),
                (None, _) => return Err(Error::ImportOutOfOrder("an empty message")),
            }
        }
    }

    async fn say(&self, out: &Out, message: Say) -> Result<(), Error> {
        match timeout(self.limits.silence, out.send(answer(message))).await {
            Ok(Ok(())) => Ok(()),
            // Gone, or not reading: either way there is nobody to tell.
            Ok(Err(_)) | Err(_) => Err(Error::ImportSilent),
        }
    }
}

fn answer(message: Say) -> Result<pb::ImportResponse, Status> {
    Ok(pb::ImportResponse { message: Some(message) })
}
