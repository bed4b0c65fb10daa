//! One database for one test.

use std::{env, str::FromStr, sync::OnceLock, thread};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor,
    postgres::{PgConnectOptions, PgConnection},
};
use uuid::Uuid;

use super::{Cluster, Error, URL_VARIABLE};

/// A database that nobody else uses. Dropping it drops the database too, as well as that can be done.
#[derive(Debug)]
pub struct Database {
    server: Box<PgConnectOptions>,
    name: String,
}

impl Database {
    /// Makes a database on the server of the run: a copy of another one there, or an empty one.
    ///
    /// # Errors
    /// When there is no server, or it refuses.
    pub async fn create(template: Option<&str>) -> Result<Self, Error> {
        // template0 lets nobody in, so that no connection of anybody's can hinder the copy.
        let template = template.unwrap_or("template0");
        Self::copy(server()?, format!("stafett_test_{}", Uuid::now_v7().simple()), template).await
    }

    /// Makes an empty database of this name on a cluster.
    ///
    /// # Errors
    /// When the cluster refuses.
    pub async fn named(name: &str, cluster: &Cluster) -> Result<Self, Error> {
        Self::copy(parse(cluster.url())?, name.to_owned(), "template0").await
    }

    async fn copy(server: PgConnectOptions, name: String, template: &str) -> Result<Self, Error> {
        let mut connection = connect(&server).await?;
        let statement = format!("CREATE DATABASE {name} TEMPLATE {template}");
        execute(&mut connection, statement, "create a database").await?;
        // The database is there; a connection that closes badly does not change that.
        let _ = connection.close().await;
        Ok(Self {
            server: Box::new(server),
            name,
        })
    }

    /// The address of this database.
    #[must_use]
    pub fn url(&self) -> String {
        self.server
            .as_ref()
            .clone()
            .database(&self.name)
            .to_url_lossy()
            .to_string()
    }

    async fn remove(server: PgConnectOptions, name: String) -> Result<(), Error> {
        let mut connection = connect(&server).await?;
        execute(
            &mut connection,
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            "drop a database",
        )
        .await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A runtime cannot be entered from within another one, so the farewell is said from a thread of its own. When it
        // fails the database stays behind, on a server that is thrown away after the run.
        let farewell = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(Self::remove(*server, name)))
        });
        let _ = farewell.join();
    }
}

async fn connect(server: &PgConnectOptions) -> Result<PgConnection, Error> {
    PgConnection::connect_with(server)
        .await
        .map_err(|source| Error::Server {
            what: "connect",
            source,
        })
}

async fn execute(connection: &mut PgConnection, statement: String, what: &'static str) -> Result<(), Error> {
    let done = connection.execute(AssertSqlSafe(statement)).await;
    done.map(drop).map_err(|source| Error::Server { what, source })
}

/// The server of the run, or else one for this process, which lives as long as the process does.
fn server() -> Result<PgConnectOptions, Error> {
    if let Some(url) = env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty()) {
        return parse(&url);
    }
    static OWN: OnceLock<Result<Cluster, String>> = OnceLock::new();
    match OWN.get_or_init(|| Cluster::start().map_err(|error| error.to_string())) {
        Ok(cluster) => parse(cluster.url()),
        Err(log) => Err(Error::Failed {
            program: "postgres",
            log: log.clone(),
        }),
    }
}

fn parse(url: &str) -> Result<PgConnectOptions, Error> {
    PgConnectOptions::from_str(url).map_err(|error| Error::Address(error.to_string()))
}
