//! `GradeImport`: rows up; faults, a verdict and progress down.

use std::pin::Pin;
use std::sync::Arc;

use chassis::error::Fault;
use chassis::feed::FeedServer;
use futures_util::Stream;
use proto::grade::v1 as pb;
use proto::grade::v1::grade_import_server::GradeImport;
use proto::grade::v1::import_request::Message as Asked;
use proto::grade::v1::import_response::Message as Said;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::DefaultComponent;
use crate::app::App;
use crate::app::import::{Import, Judgement};
use crate::error::Error;
use crate::grpc::convert;
use crate::reasons;

/// Progress is told after so many rows.
const PROGRESS_EVERY: u64 = 2000;

/// The service.
#[derive(Debug, Clone)]
pub struct ImportService {
    /// Use cases.
    pub app: App,
    /// The feed, whose head tells when others have seen an import.
    pub feed: FeedServer,
    /// What a class is graded by until something else is said.
    pub components: Arc<[DefaultComponent]>,
}

type Answers = Pin<Box<dyn Stream<Item = Result<pb::ImportResponse, Status>> + Send>>;

#[tonic::async_trait]
impl GradeImport for ImportService {
    type ImportStream = Answers;

    async fn import(&self, request: Request<Streaming<pb::ImportRequest>>) -> Result<Response<Answers>, Status> {
        // One message waits here and one in the transport: a slow reader slows the sender.
        let (out, answers) = mpsc::channel(1);
        let (service, rows) = (self.clone(), request.into_inner());
        tokio::spawn(async move {
            if let Err(error) = service.run(rows, &Out(out.clone())).await {
                // Nobody may be listening any more.
                out.send(Err(error.into())).await.ok();
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}

/// Where answers go.
struct Out(mpsc::Sender<Result<pb::ImportResponse, Status>>);

impl Out {
    /// Says something; an error when nobody listens any more, which ends the import.
    async fn say(&self, message: Said) -> Result<(), Error> {
        let response = pb::ImportResponse { message: Some(message) };
        self.0.send(Ok(response)).await.map_err(|_| Fault::unavailable(chassis::reasons::STOPPING, None).into())
    }

    /// Says what is wrong, row by row.
    async fn say_faults(&self, judgement: &mut Judgement) -> Result<(), Error> {
        for fault in std::mem::take(&mut judgement.faults) {
            self.say(convert::import_fault(fault)).await?;
        }
        Ok(())
    }
}

/// How far a stream is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Rows come.
    Rows,
    /// They were judged good.
    Good,
    /// They were judged wrong.
    Wrong,
}

impl ImportService {
    /// One import from its first row to its end, after which nothing staged is left, whatever came of it.
    async fn run(&self, rows: Streaming<pb::ImportRequest>, out: &Out) -> Result<(), Error> {
        let mut import = Import::begin(&self.app, Arc::clone(&self.components)).await?;
        let talked = self.talk(&mut import, rows, out).await;
        let ended = import.end().await;
        talked.and(ended)
    }

    async fn talk(&self, import: &mut Import, mut rows: Streaming<pb::ImportRequest>, out: &Out) -> Result<(), Error> {
        let mut stage = Stage::Rows;
        while let Some(request) = rows.next().await {
            // A stream that breaks is one that ends: nothing is left behind.
            let Ok(request) = request else { return Ok(()) };
            match (request.message, stage) {
                (Some(Asked::Row(row)), Stage::Rows) => self.row(import, row, out).await?,
                (Some(Asked::Judge(_)), Stage::Rows) => {
                    let mut judgement = import.judge().await?;
                    out.say_faults(&mut judgement).await?;
                    out.say(convert::import_progress(import.rows(), import.rows())).await?;
                    out.say(convert::import_verdict(judgement.tally)).await?;
                    stage = if judgement.is_good() { Stage::Good } else { Stage::Wrong };
                }
                (Some(Asked::Apply(_)), Stage::Good) => return self.apply(import, out).await,
                (Some(Asked::Apply(_)), Stage::Wrong) => return Err(refused(reasons::IMPORT_HAS_FAULTS)),
                _ => return Err(refused(reasons::IMPORT_OUT_OF_ORDER)),
            }
        }
        Ok(())
    }

    async fn row(&self, import: &mut Import, row: pb::ImportRow, out: &Out) -> Result<(), Error> {
        if !import.take(convert::import_arrived(row)).await? {
            let refusal = chassis::error::Refusal::new(reasons::IMPORT_TOO_LARGE).fact("max", self.app.import_rows);
            return Err(Fault::refused(vec![refusal]).into());
        }
        if import.rows().is_multiple_of(PROGRESS_EVERY) {
            out.say(convert::import_progress(import.rows(), 0)).await?;
        }
        Ok(())
    }

    /// Applies the rows. What does not fit any more comes back as faults, and then nothing was applied.
    async fn apply(&self, import: &mut Import, out: &Out) -> Result<(), Error> {
        let mut judgement = import.apply().await?;
        if !judgement.is_good() {
            out.say_faults(&mut judgement).await?;
            return Err(refused(reasons::IMPORT_OUTDATED));
        }
        // Everything that was committed has its number before the head is told.
        let head = self.feed.head().await?;
        tracing::info!(rows = import.rows(), feed_head = head.seq, "import applied");
        out.say(convert::import_applied(judgement.tally, head.seq)).await
    }
}

fn refused(reason: &'static str) -> Error {
    Fault::refused(vec![chassis::error::Refusal::new(reason)]).into()
}
