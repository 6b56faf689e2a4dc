//! A server process from its start to its end: signals, the end of its supervisor, wrong settings.
//!
//! This test has no harness, because it runs itself: with `SIAKAD_TEST_ROLE=server` it is the server that is tested.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]
#![expect(clippy::print_stdout, reason = "tests say what they did, and the server where it listens")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use chassis::config::{ServerConfig, from_env};
use chassis::serve::{HttpOptions, Readiness, StartError, bind, http_on, layered, main as process};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    if std::env::var_os("SIAKAD_TEST_ROLE").is_some() {
        return server();
    }
    let tests: [(&str, fn()); 6] = [
        ("a_request_in_flight_is_answered_after_sigterm", a_request_in_flight_is_answered_after_sigterm),
        ("a_child_ends_with_its_supervisor", a_child_ends_with_its_supervisor),
        ("without_a_supervisor_the_end_of_input_means_nothing", without_a_supervisor_the_end_of_input_means_nothing),
        ("a_second_signal_ends_at_once", a_second_signal_ends_at_once),
        ("wrong_settings_are_printed_all_at_once", wrong_settings_are_printed_all_at_once),
        ("a_line_of_the_log_names_its_request", a_line_of_the_log_names_its_request),
    ];
    let (options, words): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| word.starts_with('-'));
    let listing = options.iter().any(|option| option == "--list");
    for (name, test) in tests {
        if !words.is_empty() && !words.iter().any(|word| name.contains(word)) {
            continue;
        }
        if listing {
            println!("{name}: test");
        } else {
            test();
            println!("test {name} ... ok");
        }
    }
    ExitCode::SUCCESS
}

/// The process under test: `/` answers, `/slow` takes a second, `/panic` panics; it prints its address.
fn server() -> ExitCode {
    process("test-server", async |shutdown| -> Result<(), StartError> {
        let config = from_env(ServerConfig::read)?;
        chassis::logs::init(&config.log);
        let slow = async || {
            tokio::time::sleep(Duration::from_secs(1)).await;
            "slow"
        };
        let router =
            Router::new().route("/", get(async || "quick")).route("/slow", get(slow)).route("/panic", get(panics));
        let listener = bind(config.listen).await?;
        println!("{}", listener.local_addr()?);
        let router = layered(router, HttpOptions::default());
        http_on(listener, None, &config, router, Readiness::new(), &shutdown).await
    })
}

async fn panics() -> &'static str {
    assert!(chassis::telemetry::Context::current().is_none(), "on purpose");
    "unreachable"
}

/// A running server.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(settings: &[(&str, &str)]) -> Self {
        let mut child = command(settings).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, address: line.trim().parse().unwrap() }
    }

    fn signal(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Sends a request; its answer is read later.
    fn send(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        stream
    }

    fn wait(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the server does not end");
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended, unless the test failed.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn command(settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .env("SIAKAD_TEST_ROLE", "server")
        .env("SIAKAD_LISTEN", "127.0.0.1:0")
        .env("SIAKAD_DRAIN_LINGER", "0s")
        .env("SIAKAD_LOG", "error")
        .env_remove("SIAKAD_CHILD")
        .env_remove("SIAKAD_CONFIG")
        .envs(settings.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn a_request_in_flight_is_answered_after_sigterm() {
    let mut server = Server::start(&[]);
    assert!(answer(server.send("/")).ends_with("quick"));
    let slow = server.send("/slow");
    // The signal must not be there before the request is.
    assert!(answer(server.send("/")).ends_with("quick"));
    server.signal();
    assert!(answer(slow).ends_with("slow"));
    assert!(server.wait().success());
    assert!(TcpStream::connect(server.address).is_err());
}

fn a_child_ends_with_its_supervisor() {
    let mut server = Server::start(&[("SIAKAD_CHILD", "1")]);
    assert!(answer(server.send("/")).ends_with("quick"));
    drop(server.child.stdin.take());
    assert!(server.wait().success());
}

fn without_a_supervisor_the_end_of_input_means_nothing() {
    let mut server = Server::start(&[]);
    drop(server.child.stdin.take());
    assert!(answer(server.send("/slow")).ends_with("slow"));
    assert!(answer(server.send("/")).ends_with("quick"));
    server.signal();
    assert!(server.wait().success());
}

fn a_second_signal_ends_at_once() {
    let mut server = Server::start(&[("SIAKAD_DRAIN_LINGER", "1h")]);
    server.signal();
    // It lingers, and answers: the first signal alone does not end it.
    assert!(answer(server.send("/slow")).ends_with("slow"));
    server.signal();
    assert_eq!(server.wait().code(), Some(1));
}

fn wrong_settings_are_printed_all_at_once() {
    let output = command(&[("SIAKAD_LISTEN", "nowhere"), ("SIAKAD_DRAIN_WAIT", "soon")]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    for part in ["test-server: ", "SIAKAD_LISTEN: ", "SIAKAD_DRAIN_WAIT: "] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

fn a_line_of_the_log_names_its_request() {
    let mut server = Server::start(&[]);
    let mut stream = TcpStream::connect(server.address).unwrap();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    write!(stream, "GET /panic HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-request-id: request-0004\r\n").unwrap();
    write!(stream, "traceparent: 00-{trace}-00f067aa0ba902b7-01\r\n\r\n").unwrap();
    let answer = answer(stream);
    assert!(answer.starts_with("HTTP/1.1 500") && !answer.contains("on purpose"), "{answer}");
    server.signal();
    assert!(server.wait().success());
    let mut log = String::new();
    server.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "the panic, and the handler that panicked: {log}");
    assert!(lines[0]["cause"].as_str().unwrap().contains("on purpose"), "{log}");
    for line in lines {
        assert_eq!(line["level"], "ERROR", "{log}");
        assert_eq!(line["span"]["request_id"], "request-0004", "{log}");
        assert_eq!(line["span"]["trace_id"], trace, "{log}");
        assert_eq!(line["span"]["route"], "/panic", "{log}");
    }
}
