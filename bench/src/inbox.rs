//! The inbox with very many referrals in it: every page of it one after another, and somebody who scrolls through it.
//!
//! A page is found by where the one before ended, so the last one must take as long as the first.

use std::collections::BTreeSet;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use e2e::{DatabaseKind, Ground, Home};
use serde_json::Value;
use tokio::process::Command;
use uuid::Uuid;

use crate::error::Error;
use crate::http::{Call, Connection};
use crate::operation::{Operation, Original};
use crate::prepare;
use crate::process::Process;
use crate::stage::outbox_is_drained;

/// What the inbox of the web application asks for.
const PAGE: &str =
    "/api/v1/referrals?box=inbox&sort=due&state=sent,acknowledged,info-requested&snoozed=false&limit=100";
/// Scrolls through the inbox in Chromium, from the root of the repository.
const SCROLLER: &str = "web/scripts/scroll-inbox.mjs";

/// Fills a database, reads its inbox to the end, and, where asked, lets Chromium scroll through it.
pub(crate) async fn measure(referrals: u64, browser: bool) -> Result<(), Error> {
    let mail = Process::mail_sink().await?;
    let home = Home::lay(DatabaseKind::Postgres).await;
    let url = home.database().url();
    let server = Process::server(home.folder(), &url, &mail.address, &[]).await?;
    eprintln!("Preparing {referrals} referrals …");
    fill(&home, &server, &url, referrals).await?;
    let receiver = home.token(Operation::Inbox.persona());
    let took = walk(&server, receiver, referrals).await?;
    println!("{}", told(&took));
    if browser {
        let ended = scroll(&server.address, receiver).await?;
        if !ended.success() {
            return Err(Error::Setup(format!("{SCROLLER} ended with {ended}")));
        }
    }
    server.end().await
}

/// Has the server write a referral, and makes so many copies of it.
pub(crate) async fn fill(home: &Home, server: &Process, url: &str, referrals: u64) -> Result<Original, Error> {
    let mut connection = prepare::connect(url).await?;
    let shared = prepare::shared_ids(&mut connection).await?;
    let mut sender = Connection::open(&server.address, home.token(Operation::Create.persona())).await?;
    let answer = sender.send(Operation::Create.call_about("", 0, 0)).await?;
    let id = text(&answer.json(), "id").and_then(|id| Uuid::parse_str(&id).ok());
    let id = id.ok_or_else(|| Error::Setup(format!("no referral was stored: {}", answer.summary())))?;
    outbox_is_drained(home).await?;
    let trace = prepare::trace(&mut connection, id, &shared).await?;
    prepare::copy(&mut connection, &trace, referrals, &prepare::masters(home.folder())?).await?;
    let version = answer.json().get("version").and_then(Value::as_u64).unwrap_or_default();
    Ok(Original { id, version })
}

/// How long each page took. Every referral must stand on exactly one of them.
async fn walk(server: &Process, token: &str, referrals: u64) -> Result<Vec<Duration>, Error> {
    let mut connection = Connection::open(&server.address, token).await?;
    let (mut took, mut seen, mut cursor) = (Vec::new(), BTreeSet::new(), String::new());
    loop {
        let began = Instant::now();
        let answer = connection.send(Call::get(format!("{PAGE}{cursor}"))).await?;
        took.push(began.elapsed());
        if answer.status != 200 {
            return Err(Error::Void(format!("a page of the inbox: {}", answer.summary())));
        }
        let page = answer.json();
        let rows = page.get("items").and_then(Value::as_array);
        for row in rows.into_iter().flatten() {
            if !seen.insert(text(row, "id")) {
                return Err(Error::Void("a referral stands on two pages".to_owned()));
            }
        }
        match text(&page, "nextCursor") {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let found = u64::try_from(seen.len()).unwrap_or(u64::MAX);
    if found == referrals + 1 {
        Ok(took)
    } else {
        Err(Error::Void(format!(
            "{found} of {} referrals stand on the pages",
            referrals + 1
        )))
    }
}

fn text(object: &Value, field: &str) -> Option<String> {
    object.get(field).and_then(Value::as_str).map(str::to_owned)
}

fn told(took: &[Duration]) -> String {
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    let at = |hundredth: usize| {
        sorted
            .get((sorted.len() - 1) * hundredth / 100)
            .copied()
            .unwrap_or_default()
    };
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1_000.0);
    let ends = |page: Option<&Duration>| millis(page.copied().unwrap_or_default());
    format!(
        "inbox, {} pages of 100: first {}, last {}, half within {}, 99 of 100 within {}, slowest {}",
        took.len(),
        ends(took.first()),
        ends(took.last()),
        millis(at(50)),
        millis(at(99)),
        millis(at(100)),
    )
}

async fn scroll(address: &str, token: &str) -> Result<ExitStatus, Error> {
    let mut node = Command::new("node");
    node.arg(SCROLLER)
        .env("STAFETT_URL", format!("http://{address}"))
        .env("STAFETT_TOKEN", token);
    node.status().await.map_err(Error::system("start node"))
}
