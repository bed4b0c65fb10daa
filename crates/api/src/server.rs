//! The server as a whole: put together, started, stopped.
//!
//! The command line and the end-to-end tests start it by the same function, the tests on port 0 and with a clock of
//! their own.

mod daily;
mod deadlines;
mod housekeeping;
mod incidents;
mod sealing;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer, web};
use stafett_notify::hooks::{self, Teller};
use stafett_notify::unsubscribe::Unsubscribe;
use stafett_store::copy::Turn;
use stafett_store::looks::Looks;
use stafett_store::{Db, Kind, StoreError, instance, persons};
use stafett_workflow::glass::GlassLimits;
use stafett_workflow::identifier::InstanceKind;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt;

use crate::app::backup;
use crate::app::changes::{self, Crier, Gallery};
use crate::app::engine::{Bells, Engine, Routing};
use crate::app::sealed_log;
use crate::app::setup::webhooks::HookKeys;
use crate::app::sign_in::SignIn;
use crate::auth::keys::{KeyError, KeyRing};
use crate::auth::limits::SignInLimits;
use crate::auth::log_keys::LogKeys;
use crate::auth::password::{PasswordError, Passwords};
use crate::auth::session::Sessions;
use crate::auth::token::Tokens;
use crate::blind_index::BlindIndex;
use crate::clock::{SharedClock, System};
use crate::config::{Config, PublicUrl};
use crate::demo::DemoError;
use crate::disclosure_table::DisclosureError;
use crate::files::{Files, FilesError};
use crate::http::auth::TrustedProxies;
use crate::http::dev_mail::Captured;
use crate::http::docs::Document;
use crate::http::headers::{Methods, secure};
use crate::http::health::LastCount;
use crate::http::metrics::{Metrics, count};
use crate::http::{self, openapi};
use crate::mailroom::{self, MailroomError};
use crate::problem::render;
use crate::routing_table::{self, RoutingError};
use crate::telemetry::{RequestSpan, answer_with_id};
use crate::vault_keys::{self, VaultKeyError};
use crate::workers::{Pulses, Workers};
use crate::workflow_library::{self, LibraryError};
use crate::{database, disclosure_table, docs_pages};

/// Requests that are being answered may take so long when the server stops; mails have their own limit beside it.
const GRACE_SECONDS: u64 = 8;

/// Why the server does not start: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The data folder cannot be used.
    #[error("the data folder cannot be used ({0}); correct data_dir or its permissions")]
    DataFolder(#[source] std::io::Error),
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
    /// The workflow definitions.
    #[error(transparent)]
    Workflows(#[from] LibraryError),
    /// The routing table.
    #[error(transparent)]
    Routing(#[from] RoutingError),
    /// The disclosure table.
    #[error(transparent)]
    Disclosure(#[from] DisclosureError),
    /// The store of files.
    #[error(transparent)]
    Files(#[from] FilesError),
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
    /// No client for webhooks can be made.
    #[error("webhooks cannot be sent: {0}")]
    Webhooks(#[from] stafett_notify::hooks::ClientError),
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
    files: Files,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
    workers: Workers,
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
    // Before anything is written: what is unsound is told first.
    let planned = workflow_library::load(&config.workflows)?;
    let routed = routing_table::load(&config.routing, &planned)?;
    disclosure_table::load(&config.disclosure, &planned, &routed)?;
    let files = Files::open(&config)?;
    let db = database::open(&config).await?;
    // What a backup left that was killed lies open, and no erasure reaches it. Where one is being made, it is not ours to clear.
    drop(Turn::take(&config.data_dir).map_err(StartError::DataFolder)?);
    // Before anything is written: without the right keys nothing is touched.
    vault_keys::unlock(&config, &db, options.kind == InstanceKind::Demo).await?;
    let tokens = Arc::new(Tokens::new(KeyRing::load(&config)?, &config.auth));
    migrate(&config, &db).await?;
    db.establish_vault(clock.now()).await?;
    if let Some(sessions) = backup::settle(&db, clock.now()).await? {
        tracing::warn!(
            sessions,
            "this database was restored from a backup; every session in it is ended"
        );
    }
    if db.kind() == Kind::Postgres && config.database.row_security && !db.keeps_people_apart() {
        tracing::warn!(
            "PostgreSQL does not keep people apart: its role stafett_people is missing or not ours; see run-in-production"
        );
    }
    let library = workflow_library::establish(&config.workflows, &db, clock.now()).await?;
    let table = routing_table::load(&config.routing, &library)?;
    let disclosure = disclosure_table::load(&config.disclosure, &library, &table)?;
    let kind = establish(&db, options.kind).await?;
    let wanted = config.server.listen;
    let refused = |source| StartError::Listen {
        address: wanted,
        source,
    };
    let listener = TcpListener::bind(wanted).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let public_url = config.public_url(address);
    let origin = sealed_log::establish_origin(&db, public_url.as_str()).await?;
    let log_keys = Arc::new(LogKeys::load(&config, &origin)?);
    let sign_in = web::Data::new(SignIn {
        db: db.clone(),
        tokens: Arc::clone(&tokens),
        passwords: Passwords::new()?,
        limits: SignInLimits::default(),
        clock: Arc::clone(&clock),
        refresh_ttl: config.auth.refresh_ttl.delta(),
        session_ttl: config.auth.session_ttl.delta(),
    });
    let mut engine = Engine {
        db: db.clone(),
        library,
        routing: Arc::new(Routing {
            table,
            capacity_holds: config.routing.capacity_holds.delta(),
        }),
        disclosure,
        calendar: config.calendar.calendar(),
        clock: Arc::clone(&clock),
        instance: kind,
        looks: Looks::start(db.clone()),
        glass: GlassLimits {
            open: config.break_glass.open.delta(),
            review: config.break_glass.review.delta(),
        },
        index: blind_index(&db).await?,
        bell: Bells::default(),
        hooks: HookKeys::new(db.blind_index().await?),
        hooks_to_loopback: config.webhooks.allow_loopback,
    };
    crate::app::persons::key_all(&engine).await?;
    crate::app::persons::mark_all(&engine).await?;
    crate::app::referrals::known::note_all(&engine).await?;
    let (document, web_instance) = (openapi::document_json()?, http::web::Instance::of(kind)?);
    // Last of what can refuse: a server that does not start sends no mail.
    let (cancel, (left, sent)) = (CancellationToken::new(), tokio::sync::mpsc::unbounded_channel());
    let onlooker = Arc::new(move |ids: &std::collections::BTreeSet<uuid::Uuid>| {
        // Nobody looks on any more when the server stops.
        let _nobody = left.send(ids.clone());
    });
    let teller = teller(&config, &public_url, &engine)?;
    let mut workers = Workers::new(cancel.clone());
    let time = Arc::clone(&clock);
    let unsubscribe = Unsubscribe::new(&db.blind_index().await?.digest("unsubscribe-key", ""));
    let (bells, postman) = mailroom::start(
        &config,
        &public_url,
        db.clone(),
        time,
        onlooker,
        unsubscribe.clone(),
        &mut workers,
    )?;
    engine.bell.mail = bells.notices;
    let metrics = Metrics::default();
    let crier = Crier::new(db.clone(), engine.bell.changes.clone(), sent, cancel.clone());
    let gallery = crier.gallery();
    let house = housekeeping::House {
        db: db.clone(),
        engine: engine.clone(),
        clock: Arc::clone(&clock),
        sign_in: sign_in.clone().into_inner(),
        files: files.clone(),
        bell: engine.bell.files.clone(),
        calendar: engine.calendar,
        notice: config.retention.notice.delta(),
    };
    workers.spawn("webhooks", hooks::STILL, |pulse| {
        teller.run(cancel.clone(), move || pulse.beat())
    });
    workers.spawn("changes", changes::STILL, |pulse| crier.run(move || pulse.beat()));
    workers.spawn("housekeeping", housekeeping::STILL, |pulse| {
        house.run(cancel.clone(), pulse)
    });
    workers.spawn("incidents", incidents::STILL, |pulse| {
        incidents::run(engine.clone(), cancel.clone(), pulse)
    });
    workers.spawn("clocks", deadlines::STILL, |pulse| {
        deadlines::run(engine.clone(), metrics.clone(), cancel.clone(), pulse)
    });
    workers.spawn("sealing", sealing::STILL, |pulse| {
        sealing::run(engine.clone(), Arc::clone(&log_keys), cancel.clone(), pulse)
    });
    let signer = Arc::clone(&sign_in.tokens);
    workers.spawn("daily", daily::STILL, |pulse| {
        daily::run(engine.clone(), signer, bells.digests, cancel.clone(), pulse)
    });
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
        pulses: web::Data::new(workers.pulses()),
        postman: web::Data::new(postman),
        engine: web::Data::new(engine.clone()),
        gallery: web::Data::new(gallery),
        tokens: web::Data::new(Arc::clone(&sign_in.tokens)),
        log_keys: web::Data::from(log_keys),
        files: web::Data::new(files.clone()),
        unsubscribe: web::Data::new(unsubscribe),
        captured: web::Data::new(captured(&config, kind)),
    };
    let server = match serve(listener, parts) {
        Ok(server) => server,
        Err(source) => {
            workers.stop().await;
            return Err(refused(source));
        }
    };
    let handle = server.handle();
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
        files,
        handle,
        server: tokio::spawn(server),
        workers,
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

    /// Its store of files.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// What its use cases work with, for a demo that plays them.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Ends with the name of a worker when that one has ended without being told to; otherwise never.
    pub fn fell(&self) -> impl Future<Output = &'static str> + Send + 'static {
        self.workers.fell()
    }

    /// Takes no new requests, ends those at hand, lets mails on their way arrive, and closes the database: ten seconds at
    /// most. What has been confirmed is durable anyhow.
    pub async fn stop(self) {
        let answered = async {
            self.handle.stop(true).await;
            let _ended_by_now = self.server.await;
        };
        let all = async { tokio::join!(answered, self.workers.stop()) };
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
    pulses: web::Data<Pulses>,
    postman: web::Data<crate::postman::Postman>,
    engine: web::Data<Engine>,
    gallery: web::Data<Gallery>,
    tokens: web::Data<Arc<Tokens>>,
    log_keys: web::Data<LogKeys>,
    files: web::Data<Files>,
    unsubscribe: web::Data<Unsubscribe>,
    captured: web::Data<Captured>,
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
            .app_data(self.pulses)
            .app_data(self.postman)
            .app_data(self.engine)
            .app_data(self.gallery)
            .app_data(self.tokens)
            .app_data(self.log_keys)
            .app_data(self.files)
            .app_data(self.unsubscribe)
            .app_data(self.captured);
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
                    http::keys::configure(config);
                    http::unsubscribe::configure(config);
                    http::dev_mail::configure(config);
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

/// What use cases work with, without a server around them: for a command that gathers or changes something.
///
/// # Errors
/// A [`StartError`].
pub(crate) async fn engine(config: &Config, db: &Db, clock: SharedClock) -> Result<Engine, StartError> {
    let library = workflow_library::stored(db).await?;
    let table = routing_table::load(&config.routing, &library)?;
    let disclosure = disclosure_table::load(&config.disclosure, &library, &table)?;
    let kind = match instance::get(db, "kind").await?.as_deref() {
        Some("demo") => InstanceKind::Demo,
        _ => InstanceKind::Production,
    };
    Ok(Engine {
        db: db.clone(),
        library,
        routing: Arc::new(Routing {
            table,
            capacity_holds: config.routing.capacity_holds.delta(),
        }),
        disclosure,
        calendar: config.calendar.calendar(),
        clock,
        instance: kind,
        index: BlindIndex::new(db.blind_index().await?),
        looks: Looks::start(db.clone()),
        glass: GlassLimits {
            open: config.break_glass.open.delta(),
            review: config.break_glass.review.delta(),
        },
        bell: Bells::default(),
        hooks: HookKeys::new(db.blind_index().await?),
        hooks_to_loopback: config.webhooks.allow_loopback,
    })
}

/// Where a demo keeps its mails, to be looked at.
fn captured(config: &Config, kind: InstanceKind) -> Captured {
    let mail = config.mail_settings();
    let stays_here = kind == InstanceKind::Demo && mail.smtp_url.is_none();
    Captured(mail.dir.filter(|_| stays_here))
}

/// Whoever tells the systems of units.
fn teller(config: &Config, public_url: &PublicUrl, engine: &Engine) -> Result<Teller, StartError> {
    let (_channel, renderer) = crate::mailroom::open(config, public_url)?;
    let (keys, clock) = (engine.hooks.clone(), Arc::clone(&engine.clock));
    let settings = hooks::Settings {
        loopback: engine.hooks_to_loopback,
    };
    let secrets = Arc::new(move |webhook, generation| keys.of(webhook, generation));
    let now = Arc::new(move || clock.now());
    Ok(Teller::new(engine.db.clone(), renderer, secrets, settings, now)?)
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
