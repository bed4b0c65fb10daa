//! A client that has nothing to do but send: no database, no rendering, no limits.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::error::Error;

const BEFORE_ID: &[u8] = b"Message-ID: <";

/// Sends copies of a mail, each with a `Message-ID` of its own, over so many connections.
pub(super) async fn send(url: &str, sample: &[u8], mails: u64, connections: usize) -> Result<(), Error> {
    let mut clients = JoinSet::new();
    let each = mails / connections as u64;
    let rest = mails % connections as u64;
    for client in 0..connections as u64 {
        let number = each + u64::from(client < rest);
        let (address, content) = (url.trim_start_matches("smtp://").to_owned(), stuffed(sample));
        clients.spawn(async move { converse(&address, content, number).await });
    }
    while let Some(ended) = clients.join_next().await {
        ended
            .map_err(|error| Error::Setup(format!("the raw client gave up: {error}")))?
            .map_err(Error::system("talk to the mail server"))?;
    }
    Ok(())
}

/// The bytes between `DATA` and the final dot, with it.
fn stuffed(sample: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(sample.len() + 64);
    for line in sample.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            content.push(b'.');
        }
        content.extend_from_slice(line);
    }
    content.extend_from_slice(b".\r\n");
    content
}

async fn converse(address: &str, mut content: Vec<u8>, number: u64) -> std::io::Result<()> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut line = BufReader::new(stream);
    answer(&mut line).await?;
    ask(&mut line, b"EHLO raw.test\r\n").await?;
    let place = content.windows(BEFORE_ID.len()).position(|window| window == BEFORE_ID);
    let place = place.map(|place| place + BEFORE_ID.len());
    for _ in 0..number {
        let id = Uuid::now_v7().to_string();
        if let Some(room) = place.and_then(|place| content.get_mut(place..place + id.len())) {
            room.copy_from_slice(id.as_bytes());
        }
        // In one go, as the server says that it takes them, and as the dispatcher does.
        ask(
            &mut line,
            b"MAIL FROM:<stafett@raw.test>\r\nRCPT TO:<post@raw.test>\r\nDATA\r\n",
        )
        .await?;
        answer(&mut line).await?;
        answer(&mut line).await?;
        ask(&mut line, &content).await?;
    }
    ask(&mut line, b"QUIT\r\n").await
}

async fn ask(line: &mut BufReader<TcpStream>, words: &[u8]) -> std::io::Result<()> {
    line.write_all(words).await?;
    answer(line).await
}

/// Reads an answer to its last line; one that is no yes ends the conversation.
async fn answer(line: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    let mut text = String::new();
    loop {
        text.clear();
        line.read_line(&mut text).await?;
        if !text.starts_with(['2', '3']) {
            return Err(std::io::Error::other(format!("the mail server said {text:?}")));
        }
        if text.as_bytes().get(3) != Some(&b'-') {
            return Ok(());
        }
    }
}
