//! The server as a whole: put together, started, stopped.
//!
//! The command line and the end-to-end tests start it by the same function, the tests on port 0 and with a clock of
//! their own.

mod deadlines;
mod housekeeping;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer, web};
use stafett_store::{Db, StoreError, instance, persons};
use stafett_workflow::calendar::Calendar;
use stafett_workflow::definition::{self, DefinitionError};
use stafett_workflow::identifier::InstanceKind;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt;

use crate::app::engine::{Bells, Engine, Routing};
use crate::app::sign_in::SignIn;
use crate::auth::keys::{KeyError, KeyRing};
use crate::auth::limits::SignInLimits;
use crate::auth::password::{PasswordError, Passwords};
use crate::auth::session::Sessions;
use crate::auth::token::Tokens;
use crate::blind_index::BlindIndex;
use crate::clock::{SharedClock, System};
use crate::config::{Config, PublicUrl};
use crate::demo::DemoError;
use crate::http::auth::TrustedProxies;
use crate::http::docs::Document;
use crate::http::headers::{Methods, secure};
use crate::http::health::LastCount;
use crate::http::metrics::{Metrics, count};
use crate::http::{self, openapi};
use crate::mailroom::{Mailroom, MailroomError};
use crate::problem::render;
use crate::routing_table::{self, RoutingError};
use crate::telemetry::{RequestSpan, answer_with_id};
use crate::vault_keys::{self, VaultKeyError};
use crate::{database, docs_pages};

/// Requests that are being answered may take so long when the server stops; mails have their own limit beside it.
const GRACE_SECONDS: u64 = 8;

/// Why the server does not start: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tables are older than this program.
    #[error("the database lacks {} migrations; run `stafett migrate`, or set database.migrate_at_start", .0.len())]
    Migrations(Vec<String>),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The master keys.
    #[error(transparent)]
    Vault(#[from] VaultKeyError),
    /// Passwords cannot be checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A workflow definition.
    #[error("a workflow definition is unsound: {0}")]
    Definition(#[from] DefinitionError),
    /// The routing table.
    #[error(transparent)]
    Routing(#[from] RoutingError),
    /// Mail.
    #[error(transparent)]
    Mail(#[from] MailroomError),
    /// The address.
    #[error("cannot listen on {address} ({source}); stop what listens there, or set server.listen")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The folder for files.
    #[error("the folder {} cannot be made ({source}); correct data_dir or its permissions", path.display())]
    DataDir {
        /// Which.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A demo was asked for on a database that holds real lives.
    #[error("this database is not a demo's; give `stafett demo` a folder or database of its own")]
    NotADemo,
    /// The demo's own data.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The OpenAPI document cannot be written.
    #[error("the OpenAPI document cannot be written: {0}")]
    Document(#[from] serde_json::Error),
}

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    public_url: PublicUrl,
    db: Db,
    engine: Engine,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
    mailroom: Mailroom,
    deadlines: JoinHandle<()>,
    housekeeping: JoinHandle<()>,
    cancel: CancellationToken,
}

/// What no configuration says.
#[derive(Debug, Clone)]
pub struct Options {
    /// The time.
    pub clock: SharedClock,
    /// What a database becomes that has not been used yet.
    pub kind: InstanceKind,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(System),
            kind: InstanceKind::Production,
        }
    }
}

/// Starts a server. When this returns, it answers.
///
/// # Errors
/// A [`StartError`]; nothing is left running then.
pub async fn start(config: Config, options: Options) -> Result<Running, StartError> {
    let clock = options.clock;
    std::fs::create_dir_all(&config.data_dir).map_err(|source| StartError::DataDir {
        path: config.data_dir.clone(),
        source,
    })?;
    let library = definition::builtin()?;
    let table = routing_table::load(&config.routing, &library)?;
    let db = database::open(&config).await?;
    // Before anything is written: without the right keys nothing is touched.
    vault_keys::unlock(&config, &db, options.kind == InstanceKind::Demo).await?;
    let tokens = Arc::new(Tokens::new(KeyRing::load(&config)?, &config.auth));
    migrate(&config, &db).await?;
    db.establish_vault(clock.now()).await?;
    let kind = establish(&db, options.kind).await?;
    let wanted = config.server.listen;
    let refused = |source| StartError::Listen {
        address: wanted,
        source,
    };
    let listener = TcpListener::bind(wanted).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let public_url = config.public_url(address);
    let sign_in = web::Data::new(SignIn {
        db: db.clone(),
        tokens: Arc::clone(&tokens),
        passwords: Passwords::new()?,
        limits: SignInLimits::default(),
        clock: Arc::clone(&clock),
        refresh_ttl: config.auth.refresh_ttl.delta(),
    });
    let mut engine = Engine {
        db: db.clone(),
        library,
        routing: Arc::new(Routing {
            table,
            capacity_holds: config.routing.capacity_holds.delta(),
        }),
        calendar: Calendar::default(),
        clock: Arc::clone(&clock),
        instance: kind,
        index: blind_index(&db).await?,
        bell: Bells::default(),
    };
    crate::app::persons::key_all(&engine).await?;
    let (document, web_instance) = (openapi::document_json()?, http::web::Instance::of(kind)?);
    // Last of what can refuse: a server that does not start sends no mail.
    let mailroom = Mailroom::start(&config, &public_url, db.clone(), Arc::clone(&clock))?;
    engine.bell.mail = mailroom.bell();
    let metrics = Metrics::default();
    let parts = Parts {
        db: web::Data::new(db.clone()),
        clock: web::Data::new(Arc::clone(&clock)),
        kind: web::Data::new(kind),
        public_url: web::Data::new(public_url.clone()),
        web_instance: web::Data::new(web_instance),
        sessions: web::Data::new(Sessions::new(db.clone(), tokens, Arc::clone(&clock))),
        sign_in: sign_in.clone(),
        proxies: web::Data::new(TrustedProxies(config.server.trusted_proxies.clone())),
        document: web::Data::new(Document(document.into())),
        methods: web::Data::new(Methods::of(&openapi::document())),
        metrics: web::Data::new(metrics.clone()),
        last_count: web::Data::default(),
        pulse: web::Data::new(mailroom.pulse()),
        engine: web::Data::new(engine.clone()),
    };
    let server = match serve(listener, parts) {
        Ok(server) => server,
        Err(source) => {
            mailroom.stop().await;
            return Err(refused(source));
        }
    };
    let handle = server.handle();
    let cancel = CancellationToken::new();
    let housekeeping = tokio::spawn(housekeeping::run(
        db.clone(),
        clock,
        sign_in.into_inner(),
        cancel.clone(),
    ));
    let deadlines = tokio::spawn(deadlines::run(engine.clone(), metrics, cancel.clone()));
    if !http::web::is_built() {
        tracing::warn!(
            "built without the web application; the API works, pages do not (build web/ with npm, then this)"
        );
    }
    tracing::info!(%address, database = db.kind().as_str(), instance = kind_code(kind), "listening");
    Ok(Running {
        address,
        public_url,
        db,
        engine,
        handle,
        server: tokio::spawn(server),
        mailroom,
        deadlines,
        housekeeping,
        cancel,
    })
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// As the world sees it.
    #[must_use]
    pub fn public_url(&self) -> &PublicUrl {
        &self.public_url
    }

    /// Its database, for tests and for a demo that fills it.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// What its use cases work with, for a demo that plays them.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Takes no new requests, ends those at hand, lets mails on their way arrive, and closes the database: ten seconds at
    /// most. What has been confirmed is durable anyhow.
    pub async fn stop(self) {
        self.cancel.cancel();
        let answered = async {
            self.handle.stop(true).await;
            let _ended_by_now = self.server.await;
        };
        let all = async {
            tokio::join!(answered, self.mailroom.stop());
            let _ended_by_now = tokio::join!(self.housekeeping, self.deadlines);
        };
        if tokio::time::timeout(Duration::from_secs(10), all).await.is_err() {
            tracing::warn!("stopped with work unfinished; nothing that was confirmed is lost");
        }
        if let Err(error) = self.db.close().await {
            tracing::warn!(%error, "the database did not close");
        }
        tracing::info!("stopped");
    }
}

/// What handlers may ask for, each for itself: no handler sees more than it names.
#[derive(Clone)]
struct Parts {
    db: web::Data<Db>,
    clock: web::Data<SharedClock>,
    kind: web::Data<InstanceKind>,
    public_url: web::Data<PublicUrl>,
    web_instance: web::Data<http::web::Instance>,
    sessions: web::Data<Sessions>,
    sign_in: web::Data<SignIn>,
    proxies: web::Data<TrustedProxies>,
    document: web::Data<Document>,
    methods: web::Data<Methods>,
    metrics: web::Data<Metrics>,
    last_count: web::Data<LastCount>,
    pulse: web::Data<crate::mailroom::Pulse>,
    engine: web::Data<Engine>,
}

impl Parts {
    fn register(self, config: &mut web::ServiceConfig) {
        config
            .app_data(self.db)
            .app_data(self.clock)
            .app_data(self.kind)
            .app_data(self.public_url)
            .app_data(self.web_instance)
            .app_data(self.sessions)
            .app_data(self.sign_in)
            .app_data(self.proxies)
            .app_data(self.document)
            .app_data(self.methods)
            .app_data(self.metrics)
            .app_data(self.last_count)
            .app_data(self.pulse)
            .app_data(self.engine);
    }
}

fn serve(listener: TcpListener, parts: Parts) -> std::io::Result<actix_web::dev::Server> {
    let app = move || {
        let parts = parts.clone();
        let (app, _document) = App::new()
            .into_utoipa_app()
            .map(|app| {
                app.configure(|config| {
                    parts.register(config);
                    http::docs::configure(config);
                    http::health::configure(config);
                    docs_pages::configure(config);
                    http::web::configure(config);
                })
            })
            .configure(http::configure)
            .split_for_parts();
        // The last one is the outermost: the span is open and the id known before anything can fail, and a problem has
        // its words before it is compressed.
        app.default_service(web::to(http::web::otherwise))
            .wrap(from_fn(render))
            .wrap(Compress::default())
            .wrap(from_fn(secure))
            .wrap(from_fn(answer_with_id))
            .wrap(from_fn(count))
            .wrap(TracingLogger::<RequestSpan>::new())
    };
    // Signals are the command line's: it also stops what runs beside the HTTP server.
    let server = HttpServer::new(app)
        .disable_signals()
        .shutdown_timeout(GRACE_SECONDS)
        .listen(listener)?;
    Ok(server.run())
}

/// Digests that were made with another key find nobody, so they are forgotten; whoever has none gets new ones.
async fn blind_index(db: &Db) -> Result<BlindIndex, StartError> {
    let index = BlindIndex::new(db.blind_index().await?);
    let fingerprint = index.fingerprint();
    let tx = db.write_tx().await?;
    if instance::get(&tx, "index-key").await?.as_ref() != Some(&fingerprint) {
        persons::forget_all(&tx).await?;
        instance::put(&tx, "index-key", &fingerprint).await?;
    }
    tx.commit().await?;
    Ok(index)
}

async fn migrate(config: &Config, db: &Db) -> Result<(), StartError> {
    if config.migrate_at_start() {
        for migration in db.migrate().await? {
            tracing::info!(migration, "migrated");
        }
        return Ok(());
    }
    match db.pending_migrations().await? {
        pending if pending.is_empty() => Ok(()),
        pending => Err(StartError::Migrations(pending)),
    }
}

/// The kind of the installation is written once and holds for ever: a demo takes no real numbers, production no made-up
/// ones. A demo's database may be served; one with real lives never becomes a demo.
async fn establish(db: &Db, wanted: InstanceKind) -> Result<InstanceKind, StartError> {
    let tx = db.write_tx().await?;
    let holds = instance::establish(&tx, "kind", kind_code(wanted)).await?;
    tx.commit().await?;
    match (holds.as_str(), wanted) {
        ("demo", _) => Ok(InstanceKind::Demo),
        (_, InstanceKind::Demo) => Err(StartError::NotADemo),
        (_, InstanceKind::Production) => Ok(InstanceKind::Production),
    }
}

const fn kind_code(kind: InstanceKind) -> &'static str {
    match kind {
        InstanceKind::Demo => "demo",
        InstanceKind::Production => "production",
    }
}
