//! `stafett health`: for a container's health check, which has no curl.

use std::time::Duration;

use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::output;
use super::{CliError, Common, Outcome};

/// A server that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(super) struct Health {
    /// Address and port of the server [default: server.listen]
    #[arg(long, value_name = "ADDRESS")]
    server: Option<std::net::SocketAddr>,
}

impl Health {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let mut address = match self.server {
            Some(address) => address,
            None => common.config()?.server.listen,
        };
        if address.ip().is_unspecified() {
            address.set_ip(std::net::IpAddr::from([127, 0, 0, 1]));
        }
        let failed = |why: String| {
            CliError::Failed(format!(
                "no answer from {address} ({why}); see whether `stafett serve` runs"
            ))
        };
        let answer = tokio::time::timeout(PATIENCE, ask(address))
            .await
            .map_err(|_elapsed| failed("it takes too long".to_owned()))?
            .map_err(|error| failed(error.to_string()))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        output::text(body);
        Ok(
            if head.starts_with("HTTP/1.1 200") || head.starts_with("HTTP/1.0 200") {
                Outcome::Fine
            } else {
                Outcome::Findings
            },
        )
    }
}

/// HTTP/1.0, so that the server closes when it has said everything.
async fn ask(address: std::net::SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        .await?;
    let mut answer = String::new();
    stream.take(64 * 1_024).read_to_string(&mut answer).await?;
    Ok(answer)
}
