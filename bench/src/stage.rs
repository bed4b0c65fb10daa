//! Sets the stage: a database with rows to measure on, a recording of each operation, and a second database that is the
//! same to the last row, for the raw side.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::Utc;
use e2e::{DatabaseKind, Ground, Home};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use url::Url;
use uuid::Uuid;

use crate::error::Error;
use crate::http::{Answer, Connection};
use crate::operation::{Operation, Original, key, span_until_now};
use crate::prepare::{self, Trace};
use crate::process::Process;
use crate::record::{Heard, Recorder, Statement, transaction_about};
use crate::script::{self, Meaning};

/// What pgbench runs for one operation.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// The operation.
    pub(crate) operation: Operation,
    /// The script.
    pub(crate) script: String,
    /// How many statements it runs, `BEGIN` and `COMMIT` counted.
    pub(crate) statements: usize,
}

/// Everything that a measurement needs.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Database, folder, tokens.
    pub(crate) home: Home,
    /// The address of the raw side's database.
    pub(crate) raw_url: String,
    /// What the rows are copies of.
    pub(crate) original: Original,
    /// How many there are, numbered from 1.
    pub(crate) rows: u64,
    /// What pgbench runs.
    pub(crate) recorded: Vec<Recorded>,
    /// How many statements recognise the caller, before each of them.
    pub(crate) session_statements: usize,
    /// How many referrals there were when both databases became two.
    pub(crate) referrals: i64,
    /// How many of them were accepted.
    pub(crate) accepted: i64,
}

/// How many hand-offs have been accepted.
pub(crate) const ACCEPTED: &str = "SELECT count(*) FROM handoffs WHERE state = 'accepted'";
/// How many referrals there are.
pub(crate) const REFERRALS: &str = "SELECT count(*) FROM referrals";

/// So often a recording is tried until nobody else was heard in it.
const TRIES: usize = 20;

impl Stage {
    /// Sets it, with so many rows.
    pub(crate) async fn set(rows: u64, smtp: &str) -> Result<Self, Error> {
        let home = Home::lay(DatabaseKind::Postgres).await;
        let url = home.database().url();
        let mut connection = prepare::connect(&url).await?;
        must_be_durable(&mut connection).await?;
        let recorder = Recorder::start(&url).await?;
        let server = Process::server(home.folder(), recorder.url(), smtp, &[]).await?;
        let shared = prepare::shared_ids(&mut connection).await?;
        let mut booth = Booth {
            home: &home,
            recorder: &recorder,
            server: &server,
            connection,
            shared,
        };
        let (original, recorded, session_statements) = booth.record_all(rows).await?;
        drop(booth);
        server.end().await?;
        drop(recorder);
        let referrals = home.database().number(REFERRALS).await;
        let accepted = home.database().number(ACCEPTED).await;
        let raw_url = duplicate(&url).await?;
        Ok(Self {
            home,
            raw_url,
            original,
            rows,
            recorded,
            session_statements,
            referrals,
            accepted,
        })
    }

    /// Throws the raw side's database away; the other one goes with its home.
    pub(crate) async fn strike(self) -> Result<(), Error> {
        let (maintenance, name) = maintenance(&self.raw_url)?;
        let mut connection = prepare::connect(&maintenance).await?;
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        let dropped = connection.execute(AssertSqlSafe(drop)).await;
        dropped.map(|_| ()).map_err(Error::database("drop a database"))
    }
}

/// Waits until the dispatcher has nothing left, so that its work is not done at the raw side's expense.
pub(crate) async fn outbox_is_drained(home: &Home) -> Result<(), Error> {
    const PATIENCE: Duration = Duration::from_secs(120);
    let drained = async {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        while home
            .database()
            .number("SELECT count(*) FROM outbox WHERE status = 'pending'")
            .await
            > 0
        {
            tick.tick().await;
        }
    };
    let late = |_elapsed| Error::Setup(format!("notices still wait in the outbox after {PATIENCE:?}"));
    tokio::time::timeout(PATIENCE, drained).await.map_err(late)
}

/// Where recordings are made.
struct Booth<'a> {
    home: &'a Home,
    recorder: &'a Recorder,
    server: &'a Process,
    connection: PgConnection,
    shared: BTreeSet<Uuid>,
}

/// A referral that has been sent, and whose notices have left the house.
struct Sent {
    id: Uuid,
    version: u64,
    trace: Trace,
}

impl Booth<'_> {
    async fn record_all(&mut self, rows: u64) -> Result<(Original, Vec<Recorded>, usize), Error> {
        let session = self.session().await?;
        let first = self.sent().await?;
        let original = Original {
            id: first.id,
            version: first.version,
        };
        let mut recorded = vec![self.create(&first).await?];
        for operation in [Operation::Accept, Operation::AcceptWithKey] {
            recorded.push(self.accept(operation, &first).await?);
        }
        let masters = prepare::masters(self.home.folder())?;
        prepare::copy(&mut self.connection, &first.trace, rows, &masters).await?;
        for operation in [Operation::Read, Operation::Inbox] {
            recorded.push(self.look(operation, &first, &session).await?);
        }
        Ok((original, recorded, session.len()))
    }

    async fn speak(&self, operation: Operation) -> Result<Connection, Error> {
        Connection::open(&self.server.address, self.home.token(operation.persona())).await
    }

    /// What recognising a caller runs: all that a request for nothing does.
    async fn session(&mut self) -> Result<Vec<Statement>, Error> {
        let mut connection = self.speak(Operation::Read).await?;
        let nothing = || crate::http::Call::get("/api/v1/nothing");
        let mut before: Option<Vec<Statement>> = None;
        for _ in 0..TRIES {
            self.recorder.take();
            let answer = connection.send(nothing()).await?;
            let heard = statements(&self.recorder.take());
            if answer.status != 404 {
                return Err(Error::Setup(format!("a request for nothing: {}", answer.summary())));
            }
            if before.as_ref().is_some_and(|before| same_sql(before, &heard)) {
                return Ok(heard);
            }
            before = Some(heard);
        }
        Err(Error::Setup(
            "recognising a caller runs other statements each time".to_owned(),
        ))
    }

    /// Writes and sends a referral.
    async fn sent(&mut self) -> Result<Sent, Error> {
        let mut connection = self.speak(Operation::Create).await?;
        let answer = connection.send(Operation::Create.call_about("", 0, 0)).await?;
        let (id, version) = of(&answer, 201)?;
        outbox_is_drained(self.home).await?;
        let trace = prepare::trace(&mut self.connection, id, &self.shared).await?;
        Ok(Sent { id, version, trace })
    }

    async fn create(&mut self, first: &Sent) -> Result<Recorded, Error> {
        let from = Utc::now();
        self.recorder.take();
        let sent = self.sent().await?;
        let tape = self.recorder.take();
        let mut meaning = self.meaning(&sent, first)?;
        meaning.recorded = span_until_now(from);
        meaning.unique.insert(sent.trace.reference.clone());
        finish(Operation::Create, transaction_about(&tape, sent.id), &meaning)
    }

    async fn accept(&mut self, operation: Operation, first: &Sent) -> Result<Recorded, Error> {
        let sent = self.sent().await?;
        let mut meaning = self.meaning(&sent, first)?;
        meaning.unique.insert(key(0));
        let mut connection = self.speak(operation).await?;
        self.recorder.take();
        let from = Utc::now();
        let answer = connection
            .send(operation.call_about(&sent.id.to_string(), sent.version, 0))
            .await?;
        meaning.recorded = span_until_now(from);
        of(&answer, 200)?;
        let tape = self.recorder.take();
        outbox_is_drained(self.home).await?;
        finish(operation, transaction_about(&tape, sent.id), &meaning)
    }

    /// A request that opens no transaction: everything that it runs after the caller has been recognised.
    async fn look(&mut self, operation: Operation, first: &Sent, session: &[Statement]) -> Result<Recorded, Error> {
        let meaning = self.meaning(first, first)?;
        let mut connection = self.speak(operation).await?;
        let mut before: Option<Vec<Statement>> = None;
        for _ in 0..TRIES {
            self.recorder.take();
            let answer = connection
                .send(operation.call_about(&first.id.to_string(), first.version, 0))
                .await?;
            let heard = statements(&self.recorder.take());
            if answer.status != 200 {
                return Err(Error::Setup(format!("{}: {}", operation.name(), answer.summary())));
            }
            // The dispatcher looks at its outbox now and then; twice the same is the request alone.
            if before.as_ref().is_some_and(|before| same_sql(before, &heard)) {
                let own = heard
                    .get(session.len()..)
                    .filter(|_| same_sql(session, heard.get(..session.len()).unwrap_or_default()));
                return finish(operation, own.map(<[_]>::to_vec), &meaning);
            }
            before = Some(heard);
        }
        Err(Error::Setup(format!(
            "{}: other statements each time",
            operation.name()
        )))
    }

    fn meaning(&self, sent: &Sent, first: &Sent) -> Result<Meaning, Error> {
        if sent.trace.ids.len() != first.trace.ids.len() {
            return Err(Error::Setup(
                "two referrals that should be alike were stored differently".to_owned(),
            ));
        }
        let roles: BTreeMap<Uuid, Uuid> = sent
            .trace
            .ids
            .iter()
            .copied()
            .zip(first.trace.ids.iter().copied())
            .collect();
        let now = Utc::now();
        Ok(Meaning {
            shared: self.shared.clone(),
            roles,
            unique: BTreeSet::new(),
            recorded: (now, now),
        })
    }
}

fn finish(operation: Operation, statements: Option<Vec<Statement>>, meaning: &Meaning) -> Result<Recorded, Error> {
    let nothing = || Error::Setup(format!("{}: the recording has no such request", operation.name()));
    let statements = statements
        .filter(|statements| !statements.is_empty())
        .ok_or_else(nothing)?;
    let script = script::script(&statements, meaning, operation.rows())?;
    Ok(Recorded {
        operation,
        script,
        statements: statements.len(),
    })
}

fn of(answer: &Answer, status: u16) -> Result<(Uuid, u64), Error> {
    let body = answer.json();
    let id = body
        .get("id")
        .and_then(|id| id.as_str())
        .and_then(|id| Uuid::parse_str(id).ok());
    let version = body.get("version").and_then(serde_json::Value::as_u64);
    match (answer.status == status, id, version) {
        (true, Some(id), Some(version)) => Ok((id, version)),
        _ => Err(Error::Setup(format!(
            "the server does not do what is to be measured: {}",
            answer.summary()
        ))),
    }
}

fn statements(tape: &[Heard]) -> Vec<Statement> {
    tape.iter().map(|heard| heard.statement.clone()).collect()
}

fn same_sql(one: &[Statement], other: &[Statement]) -> bool {
    one.iter()
        .map(|statement| &statement.sql)
        .eq(other.iter().map(|statement| &statement.sql))
}

/// A commit that does not wait for the disk would make every figure worthless.
async fn must_be_durable(connection: &mut PgConnection) -> Result<(), Error> {
    for (setting, wanted) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
    ] {
        let asked = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&mut *connection)
            .await;
        let found: String = asked.map_err(Error::database("tell a setting"))?;
        if found != wanted {
            return Err(Error::Setup(format!(
                "PostgreSQL runs with {setting}={found}; measure on one with {wanted}"
            )));
        }
    }
    Ok(())
}

/// A second database with the same files.
async fn duplicate(url: &str) -> Result<String, Error> {
    let (maintenance, name) = maintenance(url)?;
    let mut connection = prepare::connect(&maintenance).await?;
    let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
        .fetch_one(&mut connection)
        .await
        .map_err(Error::database("tell its version"))?;
    // By its log it would take longer than the measurement.
    let strategy = if version >= 150_000 { "STRATEGY FILE_COPY" } else { "" };
    let create = format!("CREATE DATABASE {name}_raw TEMPLATE {name} {strategy}");
    connection
        .execute(AssertSqlSafe(create))
        .await
        .map_err(Error::database("copy a database"))?;
    let mut copy =
        Url::parse(url).map_err(|_not_shown| Error::Setup("the database address cannot be read".to_owned()))?;
    copy.set_path(&format!("{name}_raw"));
    Ok(copy.to_string())
}

/// The address of a database that is always there, and the name of the one in `url`.
fn maintenance(url: &str) -> Result<(String, String), Error> {
    let unreadable = |_not_shown| Error::Setup("the database address cannot be read".to_owned());
    let mut address = Url::parse(url).map_err(unreadable)?;
    let name = address.path().trim_start_matches('/').to_owned();
    address.set_path("postgres");
    Ok((address.to_string(), name))
}
