//! Asks a service's private port whether it is ready.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest time for one answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What `/readyz` answered: `Ok` when ready, else what it said or why it could not be asked.
pub(crate) async fn ready(private: SocketAddr) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, ask(private)).await {
        Ok(Ok((200, _))) => Ok(()),
        Ok(Ok((_, body))) => Err(body.trim().to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {PATIENCE:?}")),
    }
}

async fn ask(private: SocketAddr) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(private).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {private}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(16 * 1024).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let code = answer.split_whitespace().nth(1).and_then(|code| code.parse().ok());
    let code = code.ok_or_else(|| std::io::Error::other("not an HTTP answer"))?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((code, body.to_owned()))
}
