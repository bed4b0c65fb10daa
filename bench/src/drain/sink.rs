//! A mail server that counts what it takes and keeps nothing: how many, and how many different ones.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

const BEFORE_ID: &[u8] = b"Message-ID: <";
const ID_LENGTH: usize = 36;

/// What was taken.
#[derive(Debug, Default)]
struct Taken {
    mails: u64,
    different: HashSet<Uuid>,
}

/// Takes mails until whoever started this is gone; tells on each line that it is sent how many it has.
pub(crate) async fn take_mails() -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let taken = Arc::new(Mutex::new(Taken::default()));
    println!("smtp://{}", listener.local_addr()?);
    let counting = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let taken = Arc::clone(&counting);
            // A client that goes away in the middle is the client's affair.
            tokio::spawn(async move { hold(stream, &taken).await });
        }
    });
    let answering = tokio::task::spawn_blocking(move || answer(&taken));
    answering.await.map_err(std::io::Error::other)?
}

fn answer(taken: &Mutex<Taken>) -> std::io::Result<()> {
    for asked in std::io::stdin().lines() {
        asked?;
        let taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        println!("{} {}", taken.mails, taken.different.len());
    }
    Ok(())
}

async fn hold(stream: TcpStream, taken: &Mutex<Taken>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut line = BufReader::with_capacity(32 * 1024, stream);
    line.write_all(b"220 sink.test ESMTP\r\n").await?;
    let mut command = Vec::with_capacity(256);
    loop {
        command.clear();
        if line.read_until(b'\n', &mut command).await? == 0 {
            return Ok(());
        }
        let verb = command.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_slice() {
            b"EHLO" => b"250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            b"DATA" => {
                line.write_all(b"354 go on\r\n").await?;
                let Some(id) = content(&mut line).await? else {
                    return Ok(());
                };
                let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
                taken.mails += 1;
                taken.different.insert(id);
                b"250 2.0.0 kept\r\n"
            }
            b"QUIT" => {
                return line.write_all(b"221 2.0.0 bye\r\n").await;
            }
            _ => b"250 2.0.0 ok\r\n",
        };
        line.write_all(answer).await?;
    }
}

/// Reads to the final dot, and finds by what name the mail goes.
async fn content(line: &mut BufReader<TcpStream>) -> std::io::Result<Option<Uuid>> {
    let (mut text, mut id) = (Vec::with_capacity(1024), Uuid::nil());
    loop {
        text.clear();
        if line.read_until(b'\n', &mut text).await? == 0 {
            return Ok(None);
        }
        if text == b".\r\n" {
            return Ok(Some(id));
        }
        if let Some(rest) = text.strip_prefix(BEFORE_ID) {
            let named = rest.get(..ID_LENGTH).and_then(|id| std::str::from_utf8(id).ok());
            id = named.and_then(|id| Uuid::parse_str(id).ok()).unwrap_or(id);
        }
    }
}
