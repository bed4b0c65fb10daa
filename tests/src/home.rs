//! Where a server lives: its database with the small Oslo in it, its folder, its settings, and a token for everybody.
//!
//! The home outlives its servers: a story may stop or kill one and start another in the same place.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use stafett_api::{
    app::sealed_log,
    auth::{
        keys::KeyRing,
        log_keys::LogKeys,
        token::{Identity, Tokens},
    },
    clock::{Manual, SharedClock, System},
    config::Config,
    vault_keys,
};
use stafett_store::{Db, instance};
use stafett_workflow::identifier::InstanceKind;
use tempfile::TempDir;

use crate::{App, Database, DatabaseKind, PATIENCE, Persona, Process, SmtpSink, run::Ground, world};

/// Tokens are good for so long by the story's clock: a story may take simulated years.
const TOKEN_LIFE: TimeDelta = TimeDelta::days(3650);

/// A place where a server can live.
#[derive(Debug)]
pub struct Home {
    database: Database,
    folder: TempDir,
    smtp_url: Option<String>,
    saturday_is_working_day: bool,
    clock: SharedClock,
    instance: InstanceKind,
    tokens: HashMap<Persona, String>,
}

impl Ground for Home {
    async fn lay(kind: DatabaseKind) -> Self {
        Self::at(Database::with_tables(kind).await, Arc::new(System), InstanceKind::Demo).await
    }
}

impl Home {
    /// A home in which time stands still until the story moves it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn with_clock(kind: DatabaseKind, start: DateTime<Utc>) -> (Self, Arc<Manual>) {
        let clock = Arc::new(Manual::at(start));
        let own = Arc::clone(&clock) as SharedClock;
        let home = Self::at(Database::with_tables(kind).await, own, InstanceKind::Demo).await;
        (home, clock)
    }

    /// A home for real people: it takes their numbers, and no made-up ones.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn of_production(kind: DatabaseKind) -> Self {
        Self::at(
            Database::with_tables(kind).await,
            Arc::new(System),
            InstanceKind::Production,
        )
        .await
    }

    async fn at(database: Database, clock: SharedClock, instance: InstanceKind) -> Self {
        let folder = tempfile::Builder::new().prefix("stafett-home-").tempdir().unwrap();
        let mut home = Self {
            database,
            folder,
            smtp_url: None,
            saturday_is_working_day: false,
            clock,
            instance,
            tokens: HashMap::new(),
        };
        home.furnish().await;
        home
    }

    /// Servers that start from now on send their mails to this sink instead of into files.
    pub fn send_mail_to(&mut self, sink: &SmtpSink) {
        self.smtp_url = Some(sink.url());
    }

    /// Servers that start from now on send their mails to what listens there, by a scheme such as `smtps`.
    pub fn send_mail_by(&mut self, scheme: &str, sink: &SmtpSink) {
        self.smtp_url = Some(sink.url().replace("smtp://", &format!("{scheme}://")));
    }

    /// Servers that start from now on count Saturdays among the working days.
    pub const fn count_saturdays(&mut self) {
        self.saturday_is_working_day = true;
    }

    /// Starts a server in this process.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(&self) -> App<'_> {
        App::start(self).await
    }

    /// Starts a program as a process of its own, with `stafett`'s command line: one that can be killed.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_process(&self, program: &Path) -> Process<'_> {
        Process::start(self, program, &[]).await
    }

    /// The same with settings of its own, as environment variables.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_process_with(&self, program: &Path, variables: &[(&str, &str)]) -> Process<'_> {
        Process::start(self, program, variables).await
    }

    /// The database as the product sees it, past its server. Close it when you are done.
    ///
    /// # Panics
    /// When it does not answer, or the keys are not its own.
    pub async fn unlocked(&self) -> Db {
        self.unlocked_with(&stafett_store::Options::default()).await
    }

    /// The same with other options.
    ///
    /// # Panics
    /// When it does not answer, or the keys are not its own.
    pub async fn unlocked_with(&self, options: &stafett_store::Options) -> Db {
        let db = Db::connect(&self.database.url(), options).await.unwrap();
        vault_keys::unlock(&self.config(), &db, true).await.unwrap();
        db
    }

    /// The database, past the product.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The folder with the server's files; mails that go to files lie in `mail` below it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The access token of a persona.
    #[must_use]
    pub fn token(&self, persona: Persona) -> &str {
        &self.tokens[&persona]
    }

    /// Waits until a statement counts so many.
    ///
    /// # Panics
    /// When it does not within [`PATIENCE`].
    pub async fn counts(&self, sql: &str, number: i64) {
        let counted = async {
            // What a worker has done it tells nobody outside, so we ask what it has written.
            let mut tick = tokio::time::interval(Duration::from_millis(20));
            while self.database.number(sql).await != number {
                tick.tick().await;
            }
        };
        if tokio::time::timeout(PATIENCE, counted).await.is_err() {
            let now = self.database.number(sql).await;
            assert!(now == number, "{now} instead of {number}: {sql}");
        }
    }

    /// Waits until no notice waits in the outbox: each has been sent or has become a dead letter.
    ///
    /// # Panics
    /// When some still wait after [`PATIENCE`].
    pub async fn outbox_is_drained(&self) {
        self.counts("SELECT count(*) FROM outbox WHERE status = 'pending'", 0)
            .await;
    }

    /// Waits until no mail is on its way: what waits in the outbox has been tried, and waits for its next attempt. A story that moves
    /// the clock while one is being tried has it tried again later than it thinks.
    ///
    /// # Panics
    /// When something is on its way for longer than [`PATIENCE`].
    pub async fn mail_rests(&self) {
        let now = self.clock.now().to_rfc3339_opts(SecondsFormat::AutoSi, false);
        let busy = format!(
            "SELECT count(*) FROM outbox WHERE status = 'pending' \
             AND (lease_token IS NOT NULL OR attempts = 0 OR next_attempt_at <= '{now}')"
        );
        self.counts(&busy, 0).await;
    }

    pub(crate) fn clock(&self) -> SharedClock {
        Arc::clone(&self.clock)
    }

    pub(crate) const fn instance(&self) -> InstanceKind {
        self.instance
    }

    pub(crate) fn config(&self) -> Config {
        let mut config = Config::embedded(self.folder.path()).unwrap();
        config.database.url = Some(SecretString::from(self.database.url()));
        config.database.migrate_at_start = Some(true);
        // Every story runs behind the second wall, where there can be one.
        config.database.row_security = self.database.kind() == DatabaseKind::Postgres;
        // Many servers share one PostgreSQL in a run.
        config.database.max_connections = 8;
        config.mail.smtp_url.clone_from(&self.smtp_url);
        // The systems of units are on this machine here.
        config.webhooks.allow_loopback = true;
        config.calendar.saturday_is_working_day = self.saturday_is_working_day;
        config.vault.master_keys_file = self.master_keys_file();
        config
    }

    /// Where real lives may be entered, an operator says where the keys are.
    fn master_keys_file(&self) -> Option<PathBuf> {
        let file = self.folder().join("master-keys");
        (self.instance == InstanceKind::Production && file.exists()).then_some(file)
    }

    /// What signs here as the server does.
    ///
    /// # Panics
    /// When its key cannot be read.
    #[must_use]
    pub fn signer(&self) -> Tokens {
        let config = self.config();
        Tokens::new(KeyRing::load(&config).unwrap(), &config.auth)
    }

    /// Seals what waits, as a running server does within a minute, and gives the keys of the log.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn seal(&self) -> LogKeys {
        let db = self.unlocked().await;
        // The first server has named the log already.
        let origin = sealed_log::establish_origin(&db, "http://home.example.org")
            .await
            .unwrap();
        let keys = LogKeys::load(&self.config(), &origin).unwrap();
        sealed_log::seal_all(&db, keys.signer(), self.clock.now())
            .await
            .unwrap();
        db.close().await.unwrap();
        keys
    }

    /// The same settings for a process, as environment variables.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("STAFETT_DATA_DIR", self.folder.path().display().to_string()),
            ("STAFETT_SERVER__LISTEN", "127.0.0.1:0".to_owned()),
            ("STAFETT_DATABASE__MAX_CONNECTIONS", "8".to_owned()),
            (
                "STAFETT_DATABASE__ROW_SECURITY",
                (self.database.kind() == DatabaseKind::Postgres).to_string(),
            ),
            ("DATABASE_URL", self.database.url()),
        ];
        let keys = self.master_keys_file().map(|file| file.display().to_string());
        variables.extend(keys.map(|file| ("STAFETT_VAULT__MASTER_KEYS_FILE", file)));
        variables.extend(self.smtp_url.clone().map(|url| ("STAFETT_MAIL__SMTP_URL", url)));
        variables
    }

    async fn furnish(&mut self) {
        let db = self.unlocked().await;
        db.migrate().await.unwrap();
        db.establish_vault(self.clock.now()).await.unwrap();
        let tx = db.write_tx().await.unwrap();
        let instance = match self.instance {
            // Made-up numbers are admitted here, real ones are not.
            InstanceKind::Demo => "demo",
            InstanceKind::Production => "production",
        };
        instance::establish(&tx, "kind", instance).await.unwrap();
        let people = world::build(&tx, self.clock.now()).await;
        tx.commit().await.unwrap();
        db.close().await.unwrap();
        let tokens = self.signer();
        for (persona, user) in people {
            let token = tokens
                .mint(
                    Identity {
                        user,
                        epoch: 0,
                        session: None,
                    },
                    self.clock.now(),
                    TOKEN_LIFE,
                )
                .unwrap();
            self.tokens.insert(persona, token.expose_secret().to_owned());
        }
    }
}
