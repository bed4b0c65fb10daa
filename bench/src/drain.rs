//! How fast a long queue of mails leaves, beside a client that has them all in its hand: both into the same mail server, over as
//! many connections, with the same conversation for each mail.

mod raw;
mod sink;

use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table, presets};
use e2e::{DatabaseKind, Ground, Home};
use sqlx::{Executor, PgConnection};

use crate::error::Error;
use crate::inbox;
use crate::prepare;
use crate::process::Process;

pub(crate) use sink::take_mails;

/// So long the whole queue may take.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// What one side did.
struct Figure {
    mails: u64,
    took: Duration,
}

impl Figure {
    fn per_second(&self) -> f64 {
        self.mails as f64 / self.took.as_secs_f64().max(f64::EPSILON)
    }
}

/// Queues so many mails and drains them, between two runs of the raw client.
pub(crate) async fn measure(mails: u64, connections: usize) -> Result<(), Error> {
    let home = Home::lay(DatabaseKind::Postgres).await;
    let url = home.database().url();
    let sample = queue(&home, &url, mails).await?;
    let before = raw(&sample, mails, connections).await?;
    eprintln!("raw client: {:.0} mails a second", before.per_second());
    let (ours, peak_mib) = drain(&home, &url, mails, connections).await?;
    eprintln!("dispatcher: {:.0} mails a second", ours.per_second());
    let after = raw(&sample, mails, connections).await?;
    eprintln!("raw client: {:.0} mails a second", after.per_second());
    let raw = Figure {
        mails: 2 * mails,
        took: before.took + after.took,
    };
    println!("{}", told(&ours, &raw, connections, sample.len(), peak_mib));
    Ok(())
}

/// Fills a database with referrals whose notices wait. Gives a mail as the server writes it.
async fn queue(home: &Home, url: &str, mails: u64) -> Result<Vec<u8>, Error> {
    eprintln!("Preparing {mails} referrals …");
    let sink = e2e::SmtpSink::start().await;
    let server = Process::server(home.folder(), url, &sink.url(), &[]).await?;
    // The one that the others are copies of waits as well.
    inbox::fill(home, &server, url, mails.saturating_sub(1)).await?;
    server.end().await?;
    let mut connection = prepare::connect(url).await?;
    let waits = "UPDATE outbox SET status = 'pending', sent_at = NULL, server_reply = NULL, attempts = 0, \
                 next_attempt_at = created_at";
    let done = connection
        .execute(waits)
        .await
        .map_err(Error::database("queue mails"))?;
    if done.rows_affected() != mails {
        return Err(Error::Setup(format!(
            "{} mails wait instead of {mails}",
            done.rows_affected()
        )));
    }
    tidy(&mut connection).await?;
    let first = sink.mails().into_iter().next();
    first
        .map(|mail| mail.raw)
        .ok_or_else(|| Error::Setup("no mail was written to copy".to_owned()))
}

/// As a database is that has lived for a while.
async fn tidy(connection: &mut PgConnection) -> Result<(), Error> {
    let tidied = connection.execute("VACUUM ANALYZE outbox").await;
    tidied.map(drop).map_err(Error::database("tidy the outbox"))?;
    connection
        .execute("CHECKPOINT")
        .await
        .map(drop)
        .map_err(Error::database("write a checkpoint"))
}

async fn raw(sample: &[u8], mails: u64, connections: usize) -> Result<Figure, Error> {
    let mut sink = Process::drain_sink().await?;
    let began = Instant::now();
    raw::send(&sink.address, sample, mails, connections).await?;
    let took = began.elapsed();
    must_have(&mut sink, mails).await?;
    sink.end().await?;
    Ok(Figure { mails, took })
}

/// From the start of a server with its usual settings to the last mail noted as sent, but for what it takes until the first one is there.
async fn drain(home: &Home, url: &str, mails: u64, connections: usize) -> Result<(Figure, Option<u64>), Error> {
    let mut sink = Process::drain_sink().await?;
    let connections = connections.to_string();
    let settings = [("STAFETT_MAIL__SMTP_CONNECTIONS", connections.as_str())];
    let server = Process::server(home.folder(), url, &sink.address, &settings).await?;
    let deadline = Instant::now() + PATIENCE;
    let mut tick = tokio::time::interval(Duration::from_millis(10));
    let mut began = None;
    loop {
        tick.tick().await;
        let (taken, _) = sink.taken().await?;
        if taken > 0 && began.is_none() {
            began = Some(Instant::now());
        }
        if taken >= mails {
            break;
        }
        if Instant::now() > deadline {
            return Err(Error::Void(format!(
                "{taken} of {mails} mails left within {PATIENCE:?}"
            )));
        }
    }
    let waits = "SELECT count(*) FROM outbox WHERE status <> 'sent'";
    while home.database().number(waits).await > 0 {
        tick.tick().await;
        if Instant::now() > deadline {
            return Err(Error::Void(format!(
                "not every mail that left was noted as sent within {PATIENCE:?}"
            )));
        }
    }
    let took = began.map(|began| began.elapsed()).unwrap_or_default();
    let peak = server.peak_memory();
    must_have(&mut sink, mails).await?;
    server.end().await?;
    sink.end().await?;
    Ok((Figure { mails, took }, peak))
}

/// Each mail came, and came once.
async fn must_have(sink: &mut Process, mails: u64) -> Result<(), Error> {
    match sink.taken().await? {
        (taken, different) if taken == mails && different == mails => Ok(()),
        (taken, different) => Err(Error::Void(format!(
            "the mail server has {taken} mails, {different} different ones, instead of {mails}"
        ))),
    }
}

fn told(ours: &Figure, raw: &Figure, connections: usize, bytes: usize, peak_mib: Option<u64>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    table.set_header(["", "conn.", "mails", "ours/s", "raw/s", "ratio", "server peak MiB"]);
    table.add_row([
        "outbox drain".to_owned(),
        connections.to_string(),
        ours.mails.to_string(),
        format!("{:.0}", ours.per_second()),
        format!("{:.0}", raw.per_second()),
        format!("{:.2}", ours.per_second() / raw.per_second()),
        peak_mib.map_or_else(|| "?".to_owned(), |mib| mib.to_string()),
    ]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!(
        "{table}\n\nMails of {bytes} bytes. Checked: the mail server has each mail, and each once; every notice is noted as sent."
    )
}
