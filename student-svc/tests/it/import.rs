//! An importing client, as `siakad import` is one.

use std::collections::HashMap;

use proto::common::v1 as common;
use proto::student::v1 as pb;
use proto::student::v1::import_request::Message as Say;
use proto::student::v1::import_response::Message as Heard;
use proto::student::v1::import_row::Row;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use crate::rows::file_of;
use crate::support::App;

/// An open import, message by message.
pub(crate) struct Conversation {
    say: mpsc::Sender<pb::ImportRequest>,
    hear: Streaming<pb::ImportResponse>,
    lines: HashMap<&'static str, u32>,
}

/// What came of an import.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) faults: Vec<common::ImportFault>,
    pub(crate) verdict: common::ImportVerdict,
    /// Present after a good verdict.
    pub(crate) applied: Option<common::ImportApplied>,
}

impl App {
    /// Opens an import as the operator.
    pub(crate) async fn open_import(&self) -> Conversation {
        let (say, said) = mpsc::channel(16);
        let hear = self.importer("siakad").import(ReceiverStream::new(said)).await.unwrap().into_inner();
        Conversation { say, hear, lines: HashMap::new() }
    }

    /// Sends the rows, has them judged, and applies them when they are good.
    pub(crate) async fn import(&self, rows: Vec<Row>) -> Imported {
        let mut import = self.open_import().await;
        for row in rows {
            import.row(row).await;
        }
        let (faults, verdict) = import.judge().await;
        let applied = if verdict.ok { Some(import.apply().await.unwrap()) } else { None };
        Imported { faults, verdict, applied }
    }
}

impl Conversation {
    /// Sends a row; lines count from 2 in each file, after the heading.
    pub(crate) async fn row(&mut self, row: Row) {
        let file = file_of(&row);
        let line = self.lines.entry(file).and_modify(|line| *line += 1).or_insert(2);
        let row = pb::ImportRow { file: file.to_owned(), line: *line, row: Some(row) };
        self.say(Say::Row(row)).await;
    }

    /// Sends any message. A server that has hung up does not hear it.
    pub(crate) async fn say(&mut self, message: Say) {
        self.say.send(pb::ImportRequest { message: Some(message) }).await.ok();
    }

    /// Sends a message without content.
    pub(crate) async fn say_nothing(&mut self) {
        self.say.send(pb::ImportRequest { message: None }).await.ok();
    }

    /// Ends the sending side, as a client does that has nothing more to say.
    pub(crate) async fn finish(&mut self) {
        let (closed, _) = mpsc::channel(1);
        self.say = closed;
        assert_eq!(self.hear().await.unwrap(), None, "the server ends too");
    }

    /// The next answer that is not progress.
    pub(crate) async fn hear(&mut self) -> Result<Option<Heard>, Status> {
        while let Some(response) = self.hear.message().await? {
            match response.message {
                Some(Heard::Progress(_)) => {}
                other => return Ok(other),
            }
        }
        Ok(None)
    }

    /// Every answer until the server ends the stream, progress included.
    pub(crate) async fn hear_all(&mut self) -> Result<Vec<Heard>, Status> {
        let mut heard = Vec::new();
        while let Some(response) = self.hear.message().await? {
            heard.extend(response.message);
        }
        Ok(heard)
    }

    /// Asks for the judgement.
    pub(crate) async fn judge(&mut self) -> (Vec<common::ImportFault>, common::ImportVerdict) {
        self.say(Say::Judge(common::Empty {})).await;
        let mut faults = Vec::new();
        loop {
            match self.hear().await.unwrap() {
                Some(Heard::Fault(fault)) => faults.push(fault),
                Some(Heard::Verdict(verdict)) => return (faults, verdict),
                other => panic!("neither fault nor verdict: {other:?}"),
            }
        }
    }

    /// Asks for the application, and waits until the server ends the stream.
    pub(crate) async fn apply(&mut self) -> Result<common::ImportApplied, Status> {
        self.say(Say::Apply(common::Empty {})).await;
        let Some(Heard::Applied(applied)) = self.hear().await? else { panic!("no answer to apply") };
        assert_eq!(self.hear().await?, None, "the stream ends after the application");
        Ok(applied)
    }
}
