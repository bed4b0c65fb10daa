//! # Measures Stafett beside the same SQL run raw
//!
//! A tour, in the order in which a run goes:
//!
//! * [`stage`] starts a private PostgreSQL and the server, has the server write a referral, fills the database with copies
//!   of it ([`prepare`]), and records what SQL each [`operation`] runs ([`record`]), from which [`script`] makes scripts for
//!   pgbench.
//! * [`measure`] lets both sides do the same in turn: the server under [`load`] over HTTP, and [`pgbench`].
//! * [`mod@verify`] holds what was stored against what was confirmed. When it differs, the run is void.
//! * [`figures`] and [`mod@report`] tell.
//! * [`mod@drain`] stands beside this: a long queue of mails, and how fast it leaves.
//! * [`inbox`] too: all pages of a very long inbox, and somebody who scrolls through it. And [`looks`]: what the access log
//!   costs a read.
//!
//! What is measured and how to read it stands in `README.md` beside this folder.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program tells its results on stdout and its troubles on stderr"
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test may panic"
    )
)]

mod drain;
mod error;
mod figures;
mod http;
mod inbox;
mod load;
mod looks;
mod measure;
mod operation;
mod pgbench;
mod prepare;
mod process;
mod record;
mod report;
mod script;
mod stage;
mod verify;

use std::env;
use std::io::Read;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::error::Error;
use crate::measure::Measurement;
use crate::operation::Operation;
use crate::process::{DRAIN_SINK, MAIL_SINK, Process, SERVER};
use crate::report::Report;
use crate::stage::Stage;
use crate::verify::verify;

/// Measure Stafett beside the same SQL run raw, on a private PostgreSQL
#[derive(Debug, Parser)]
#[command(name = "stafett-bench", version)]
struct Options {
    /// How long each figure is measured on each side
    #[arg(long, default_value_t = 3.0, value_parser = seconds)]
    seconds: f64,
    /// At how many connections
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32], value_parser = connections)]
    connections: Vec<usize>,
    /// How many referrals lie ready; each transition uses one up
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1_000..=1_000_000))]
    referrals: u64,
    /// Tell the results as JSON
    #[arg(long)]
    json: bool,
    /// Tell beside it what each statement takes on the raw side
    #[arg(long)]
    statements: bool,
    /// Print the recorded scripts and measure nothing
    #[arg(long)]
    scripts: bool,
    /// Measure something else: every page of an inbox with all these referrals in it
    #[arg(long)]
    inbox: bool,
    /// Measure something else: what the access log costs a read
    #[arg(long, conflicts_with_all = ["inbox", "drain"])]
    looks: bool,
    /// With --inbox: scroll through it in Chromium as well (needs node, and `npm ci` in web)
    #[arg(long, requires = "inbox")]
    browser: bool,
    /// Measure something else: how fast so many queued mails leave, beside a client that only sends
    #[arg(long, value_name = "MAILS", conflicts_with = "inbox", value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    drain: Option<u64>,
    /// With --drain: over how many connections
    #[arg(long, requires = "drain", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    smtp_connections: u8,
}

fn main() -> ExitCode {
    let word = env::args().nth(1);
    if word.as_deref() == Some(SERVER) {
        return stafett_api::cli::main();
    }
    // One thread: the client must leave the machine to those that it measures, as pgbench does.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("stafett-bench: the operating system gives no runtime ({error})");
            return ExitCode::FAILURE;
        }
    };
    if word.as_deref() == Some(MAIL_SINK) {
        runtime.block_on(take_mails());
        return ExitCode::SUCCESS;
    }
    if word.as_deref() == Some(DRAIN_SINK) {
        return match runtime.block_on(drain::take_mails()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("stafett-bench: the mail server gave up ({error})");
                ExitCode::FAILURE
            }
        };
    }
    let options = Options::parse();
    match runtime.block_on(run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ Error::Void(_)) => {
            eprintln!("stafett-bench: this run is void, none of its figures counts: {error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("stafett-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Error> {
    if options.inbox {
        return inbox::measure(options.referrals, options.browser).await;
    }
    if let Some(mails) = options.drain {
        return drain::measure(mails, usize::from(options.smtp_connections)).await;
    }
    if options.looks {
        return looks::measure(options.referrals, options.seconds, &options.connections).await;
    }
    let start = Instant::now();
    let mail = Process::mail_sink().await?;
    eprintln!("Preparing {} referrals …", options.referrals);
    let stage = Stage::set(options.referrals, &mail.address).await?;
    if options.scripts {
        for recorded in &stage.recorded {
            println!("-- {}\n{}", recorded.operation.name(), recorded.script);
        }
        return stage.strike().await;
    }
    let measured = report(options, &stage, &mail, start).await;
    stage.strike().await?;
    let report = measured?;
    if options.json {
        let wrong = |error: serde_json::Error| Error::Setup(format!("the report cannot be written: {error}"));
        println!("{}", report.json().map_err(wrong)?);
    } else {
        println!("{}", report.table());
    }
    if !report.optimised {
        eprintln!("stafett-bench: this build is not optimised, so its figures say nothing; run it with --release");
    }
    Ok(())
}

async fn report(options: &Options, stage: &Stage, mail: &Process, start: Instant) -> Result<Report, Error> {
    let server = Process::server(stage.home.folder(), &stage.home.database().url(), &mail.address, &[]).await?;
    let mut measurement = Measurement::new(stage, &server, options)?;
    let mut lines = Vec::new();
    for operation in Operation::ALL {
        let Some(recorded) = stage.recorded.iter().find(|recorded| recorded.operation == operation) else {
            continue;
        };
        for connections in &options.connections {
            let line = measurement.run(recorded, *connections).await?;
            eprintln!("{}", line.brief());
            lines.push(line);
        }
    }
    let (ours, raw) = (measurement.ours, measurement.raw);
    let server_peak_mib = server.peak_memory();
    server.end().await?;
    eprintln!("Checking what was stored …");
    let verified = verify(stage, ours, raw).await?;
    let postgresql = stage
        .home
        .database()
        .texts("SELECT 'PostgreSQL ' || current_setting('server_version')")
        .await;
    Ok(Report {
        optimised: !cfg!(debug_assertions),
        postgresql: postgresql.join(" "),
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        referrals: stage.rows,
        session_statements: stage.session_statements,
        server_peak_mib,
        verified,
        seconds: start.elapsed().as_secs(),
        lines,
    })
}

/// Takes mails until whoever started this is gone.
async fn take_mails() {
    let sink = e2e::SmtpSink::start().await;
    println!("{}", sink.url());
    // Nothing is ever said on this line; that it closes is the message.
    let _closed = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0; 1])).await;
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_not_a_number| "not a number of seconds".to_owned())?;
    if (0.1..=600.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("between 0.1 and 600 seconds".to_owned())
    }
}

fn connections(text: &str) -> Result<usize, String> {
    let connections: usize = text
        .parse()
        .map_err(|_not_a_number| "not a number of connections".to_owned())?;
    if (1..=256).contains(&connections) {
        Ok(connections)
    } else {
        Err("between 1 and 256 connections".to_owned())
    }
}
