//! A database of one's own with a few agencies and people in it, and a way to run real decisions against it.

use std::sync::Arc;

use chrono::{DateTime, Duration, TimeZone, Utc};
use serde_json::{Map, Value, json};
use sqlx::Connection;
use stafett_store::agencies::Agency;
use stafett_store::referrals::{self, Creation, Name, Outcome, Particulars, Record};
use stafett_store::users::User;
use stafett_store::{Db, Kind, Options, StoreError, agencies, users};
use stafett_vault::MasterKeys;
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::calendar::Calendar;
use stafett_workflow::command::{Colleague, DraftTerms, LegalBasis};
use stafett_workflow::content::{Content, InformedOutline, Outline};
use stafett_workflow::definition::{Definition, builtin};
use stafett_workflow::disclosure;
use stafett_workflow::person::Person;
use stafett_workflow::policy::{self, Actor, Membership, Operation, Scope, SystemTask};
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::{Action, AgencyKind, Language, LegalBasisCode, Need, Role, Urgency};
use stafett_workflow::{Command, Context, Decision, NewReferral, Refusal, create, decide};
use uuid::Uuid;

/// Runs a story on both databases.
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: World) $story:block)+) => {
        $(
            mod $name {
                use super::*;

                async fn story($world: World) $story

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    let world = World::sqlite().await;
                    story(world).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    let Some(world) = World::postgres().await else { return };
                    let ground = world.ground();
                    // Caught, so that the database goes away in any case.
                    let told = tokio::spawn(story(world)).await;
                    ground.clear().await;
                    if let Err(error) = told {
                        std::panic::resume_unwind(error.into_panic());
                    }
                }
            }
        )+
    };
}
pub(crate) use on_both;

/// Where a test's database lies.
#[derive(Clone)]
pub enum Ground {
    /// The folder goes when the last one who knows it does.
    Sqlite {
        _folder: Arc<tempfile::TempDir>,
    },
    Postgres {
        server: String,
        name: String,
    },
}

impl Ground {
    pub async fn clear(&self) {
        let Self::Postgres { server, name } = self else { return };
        let mut admin = sqlx::PgConnection::connect(server).await.unwrap();
        let drop = format!("DROP DATABASE \"{name}\" WITH (FORCE)");
        sqlx::raw_sql(sqlx::AssertSqlSafe(drop))
            .execute(&mut admin)
            .await
            .unwrap();
    }
}

/// The address of an SQLite database that is not there yet.
pub fn scratch_sqlite() -> (String, Ground) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("data/stafett.db").display());
    let ground = Ground::Sqlite {
        _folder: Arc::new(folder),
    };
    (url, ground)
}

/// The address of an empty PostgreSQL database; `None` when no server is named.
pub async fn scratch_postgres() -> Option<(String, Ground)> {
    let server = std::env::var("TEST_POSTGRES_URL").ok()?;
    let name = format!("store_{}", Uuid::now_v7().simple());
    let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
    let create = format!("CREATE DATABASE \"{name}\"");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create))
        .execute(&mut admin)
        .await
        .unwrap();
    let (address, _) = server.rsplit_once('/').unwrap();
    let url = format!("{address}/{name}");
    Some((url, Ground::Postgres { server, name }))
}

pub const SLUGS: [(&str, AgencyKind); 5] = [
    ("uteseksjonen", AgencyKind::Outreach),
    ("barnevernvakten", AgencyKind::ChildWelfare),
    ("bydel-sagene", AgencyKind::District),
    ("bup-oslo", AgencyKind::SpecialistHealth),
    ("en-forening", AgencyKind::Ngo),
];

pub struct World {
    pub db: Db,
    pub url: String,
    pub definition: Arc<Definition>,
    pub now: DateTime<Utc>,
    ground: Ground,
    slugs: Vec<(&'static str, AgencyId)>,
}

/// The master keys of every test world.
pub fn keys() -> MasterKeys {
    MasterKeys::parse("test BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=").unwrap()
}

impl World {
    pub async fn sqlite() -> Self {
        let (url, ground) = scratch_sqlite();
        Self::at(url, ground).await
    }

    /// `None` when no server is named; the harness that runs all tests always names one.
    pub async fn postgres() -> Option<Self> {
        let (url, ground) = scratch_postgres().await?;
        Some(Self::at(url, ground).await)
    }

    async fn at(url: String, ground: Ground) -> Self {
        let db = Db::connect(&url, &Options::default()).await.unwrap();
        db.unlock(keys()).await.unwrap();
        assert!(!db.migrate().await.unwrap().is_empty());
        let now = Utc.with_ymd_and_hms(2026, 11, 24, 9, 0, 0).unwrap() + Duration::microseconds(123_456);
        let slugs = SLUGS
            .iter()
            .map(|(slug, _)| (*slug, AgencyId(Uuid::now_v7())))
            .collect();
        let definition = builtin().unwrap().newest("service-referral").unwrap().clone();
        let world = Self {
            db,
            url,
            definition,
            now,
            ground,
            slugs,
        };
        world.db.establish_vault(now).await.unwrap();
        world.settle().await;
        world
    }

    async fn settle(&self) {
        let tx = self.db.write_tx().await.unwrap();
        for (slug, kind) in SLUGS {
            agencies::insert(&tx, &self.agency(slug, kind)).await.unwrap();
            let user = self.worker(slug);
            users::insert(&tx, &user, None).await.unwrap();
            let membership = Membership {
                agency: Some(self.id(slug)),
                role: Role::Worker,
            };
            assert!(users::grant(&tx, user.id, membership).await.unwrap());
        }
        tx.commit().await.unwrap();
    }

    pub fn ground(&self) -> Ground {
        self.ground.clone()
    }

    pub fn agency(&self, slug: &str, kind: AgencyKind) -> Agency {
        Agency {
            id: self.id(slug),
            slug: slug.to_owned(),
            name: slug.to_uppercase(),
            kind,
            orgnr: None,
            parent: None,
            municipality: Some("0301".to_owned()),
            district: None,
            also_serves: Vec::new(),
            public_tasks: true,
            language: Language::Nb,
            mailbox: Some(format!("{slug}@example.no")),
            phone: None,
            opening_hours: Some(json!({ "mon": ["08:00", "16:00"] })),
            active: true,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        }
    }

    pub fn worker(&self, slug: &str) -> User {
        User {
            id: UserId(Uuid::from_u128(self.id(slug).0.as_u128() ^ 1)),
            username: format!("ansatt@{slug}"),
            display_name: format!("Ansatt i {slug}"),
            email: None,
            language: Language::Nb,
            session_epoch: 0,
            active: true,
            version: 1,
            password_expires_at: None,
            created_at: self.now,
            updated_at: self.now,
        }
    }

    pub fn id(&self, slug: &str) -> AgencyId {
        self.slugs.iter().find(|(name, _)| *name == slug).unwrap().1
    }

    pub fn actor(&self, slug: &str) -> Actor {
        let memberships = vec![Membership {
            agency: Some(self.id(slug)),
            role: Role::Worker,
        }];
        Actor {
            user: self.worker(slug).id,
            language: Language::Nb,
            memberships,
        }
    }

    pub fn scope(&self, slug: &str) -> Scope {
        policy::scope(&self.actor(slug), Operation::ReadReferral).unwrap()
    }

    pub fn everything(&self) -> Scope {
        Scope::for_system(SystemTask::Reconcile)
    }

    pub fn later(&mut self, by: Duration) {
        self.now += by;
    }

    pub fn basis(&self) -> LegalBasis {
        LegalBasis {
            code: LegalBasisCode::RightToDisclose,
            reason: "Akutt bekymring".into(),
            consent: None,
        }
    }

    pub fn new_referral(&self, receiver: &str, send: bool) -> NewReferral {
        let id = Uuid::now_v7();
        NewReferral {
            id: ReferralId(id),
            reference: Reference::from_random(id.as_u128() as u64),
            sender: "uteseksjonen".into(),
            draft: DraftTerms {
                urgency: Urgency::Routine,
                receiver: Some(receiver.into()),
                basis: Some(self.basis()),
            },
            send,
        }
    }

    pub fn person() -> Person {
        Person {
            alias: Some("K.".into()),
            estimated_age: Some(16),
            ..Person::default()
        }
    }

    pub fn content() -> Content {
        Content {
            needs: vec![Need::Shelter],
            summary: Some("Trenger et sted å sove".into()),
            informed: None,
        }
    }

    /// What is decided for one of the agencies now.
    pub async fn decided(
        &self,
        slug: &str,
        decide: impl FnOnce(&Definition, &Context<'_>) -> Result<Decision, Refusal>,
    ) -> Decision {
        let facts = agencies::facts(&self.db, &[], &SLUGS.map(|(slug, _)| slug))
            .await
            .unwrap();
        let actor = self.actor(slug);
        let colleague = Colleague {
            user: actor.user,
            agencies: actor.agencies(),
        };
        let disclosure = disclosure::builtin().unwrap();
        let context = Context {
            now: self.now,
            id: Uuid::now_v7(),
            actor: &actor,
            subject: Self::person().subject(),
            outline: Outline {
                needs: true,
                summary: true,
                informed: Some(InformedOutline {
                    youth: true,
                    guardians: false,
                    reason: true,
                }),
            },
            disclosure: &disclosure,
            agencies: &facts,
            colleague: Some(&colleague),
            coordinator: None,
            history: &[],
            agreements: &[],
            calendar: &Calendar::default(),
        };
        decide(&self.definition, &context).unwrap()
    }

    pub async fn decide(&self, record: &Record, slug: &str, action: Action, input: Value) -> Decision {
        let command = Command {
            action,
            input: object(input),
            note: None,
        };
        self.decided(slug, |definition, context| {
            decide(definition, record.referral(), &command, context)
        })
        .await
    }

    pub async fn try_create(&self, new: &NewReferral) -> Creation {
        let decision = self
            .decided("uteseksjonen", |definition, context| create(definition, new, context))
            .await;
        let tx = self.db.write_tx().await.unwrap();
        let particulars = Particulars {
            person: Some(&Self::person()),
            content: &Self::content(),
            parent: None,
            digest: "abc",
        };
        let creation = referrals::create(&tx, &decision, &particulars, Some("request-1"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        creation
    }

    pub async fn create(&self, receiver: &str, send: bool) -> Record {
        match self.try_create(&self.new_referral(receiver, send)).await {
            Creation::Stored(record) => *record,
            other => panic!("{other:?}"),
        }
    }

    pub async fn act(&self, record: Record, slug: &str, action: Action, input: Value) -> Record {
        let decision = self.decide(&record, slug, action, input).await;
        match self.commit(record, &decision).await.unwrap() {
            Outcome::Stored(record) => *record,
            Outcome::Stale => panic!("{action} is stale"),
        }
    }

    pub async fn commit(&self, record: Record, decision: &Decision) -> Result<Outcome, StoreError> {
        let tx = self.db.write_tx().await?;
        let outcome = referrals::commit(&tx, record, decision, Some("request-2")).await?;
        tx.commit().await?;
        Ok(outcome)
    }

    pub async fn find(&self, slug: &str, id: ReferralId) -> Option<Record> {
        referrals::find(&self.db, &self.scope(slug), Name::Id(id))
            .await
            .unwrap()
    }

    /// Runs SQL past the store, as a defect of ours or a hand at the console would.
    pub async fn raw(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self.db.kind() {
            Kind::Sqlite => {
                let path = self.url.trim_start_matches("sqlite:");
                let options = sqlx::sqlite::SqliteConnectOptions::new()
                    .filename(path)
                    .foreign_keys(true);
                let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
                let done = sqlx::raw_sql(sql).execute(&mut connection).await?;
                Ok(done.rows_affected())
            }
            Kind::Postgres => {
                let mut connection = sqlx::PgConnection::connect(&self.url).await?;
                Ok(sqlx::raw_sql(sql).execute(&mut connection).await?.rows_affected())
            }
        }
    }

    /// Until another transaction waits for a lock. On SQLite it waits for its turn to begin, and nothing shows it.
    pub async fn until_somebody_waits(&self) {
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while self.db.kind() == Kind::Postgres && self.number(waiting).await == 0 {
            tokio::task::yield_now().await;
        }
    }

    /// One number.
    pub async fn number(&self, sql: &str) -> i64 {
        self.text(&format!("SELECT CAST(({sql}) AS TEXT)"))
            .await
            .parse()
            .unwrap()
    }

    /// One text.
    pub async fn text(&self, sql: &str) -> String {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self.db.kind() {
            Kind::Sqlite => {
                let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
            Kind::Postgres => {
                let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
        }
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}
