//! What the access log costs a read: one referral read with its looks kept, and with the database throwing them away, in turn.
//!
//! No setting turns the log off, so the other side is made in the database: a trigger drops each row, and with it the wait for the
//! disk. The statement itself still goes to the database, beside the rest of the read. (A rule would do it too, but a statement that a
//! rule has made into nothing stays nothing on its connection when the rule is gone.) Each slice counts the looks that it left: as
//! many as answers, or none; else the run is void.

use std::time::Duration;

use e2e::{DatabaseKind, Ground, Home};

use crate::error::Error;
use crate::figures::{Figure, Summary};
use crate::inbox::fill;
use crate::load;
use crate::operation::{Operation, Original};
use crate::process::Process;

/// The order of the slices: neither side always comes first.
const SLICES: [Log; 4] = [Log::Kept, Log::Dropped, Log::Dropped, Log::Kept];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Log {
    Kept,
    Dropped,
}

impl Log {
    const fn sql(self) -> &'static str {
        match self {
            Self::Kept => "DROP TRIGGER IF EXISTS unkept ON looks",
            Self::Dropped => {
                "CREATE OR REPLACE FUNCTION unkept() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
                 CREATE OR REPLACE TRIGGER unkept BEFORE INSERT ON looks FOR EACH ROW EXECUTE FUNCTION unkept()"
            }
        }
    }
}

/// Reads copies of one referral over so many connections, and tells both sides and how they stand to each other.
pub(crate) async fn measure(referrals: u64, seconds: f64, connections: &[usize]) -> Result<(), Error> {
    let mail = Process::mail_sink().await?;
    let home = Home::lay(DatabaseKind::Postgres).await;
    let url = home.database().url();
    let server = Process::server(home.folder(), &url, &mail.address, &[]).await?;
    eprintln!("Preparing {referrals} referrals …");
    let original = fill(&home, &server, &url, referrals).await?;
    println!("connections | reads/s, looks kept | looks dropped | kept / dropped | p99 kept, ms | p99 dropped, ms");
    for connections in connections {
        let slice = Duration::from_secs_f64(seconds / 2.0);
        let (mut kept, mut dropped) = (Figure::default(), Figure::default());
        for log in SLICES {
            let samples = one(&home, &server, &original, referrals, *connections, slice, log).await?;
            match log {
                Log::Kept => kept.add(&samples, *connections),
                Log::Dropped => dropped.add(&samples, *connections),
            }
        }
        println!("{}", told(*connections, &kept.summary(), &dropped.summary()));
    }
    home.database().execute(Log::Kept.sql()).await;
    if cfg!(debug_assertions) {
        eprintln!("stafett-bench: this build is not optimised, so its figures say nothing; run it with --release");
    }
    server.end().await
}

async fn one(
    home: &Home,
    server: &Process,
    original: &Original,
    referrals: u64,
    connections: usize,
    time: Duration,
    log: Log,
) -> Result<Vec<crate::figures::Sample>, Error> {
    const LOOKS: &str = "SELECT count(*) FROM looks";
    home.database().execute(log.sql()).await;
    let before = home.database().number(LOOKS).await;
    let task = load::Task {
        address: &server.address,
        token: home.token(Operation::Read.persona()),
        operation: Operation::Read,
        original,
        connections,
        time,
        rows: (1, referrals + 1),
    };
    let samples = load::run(&task).await?.samples;
    let left = home.database().number(LOOKS).await - before;
    let expected = match log {
        Log::Kept => i64::try_from(samples.len()).unwrap_or(i64::MAX),
        Log::Dropped => 0,
    };
    match left == expected {
        true => Ok(samples),
        false => Err(Error::Void(format!(
            "{log:?}: {} answers and {left} looks",
            samples.len()
        ))),
    }
}

fn told(connections: usize, kept: &Summary, dropped: &Summary) -> String {
    let (with, without) = (kept.per_second, dropped.per_second);
    format!(
        "{connections:>11} | {with:>19.0} | {without:>13.0} | {:>14.3} | {:>12.2} | {:>15.2}",
        with / without.max(f64::MIN_POSITIVE),
        kept.p99_ms,
        dropped.p99_ms
    )
}
