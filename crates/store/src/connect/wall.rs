//! The second wall: on PostgreSQL what is asked for people runs under a role that owns nothing and sees, of what is told of
//! youth, only what the agencies of whoever asks have a part in. The database itself keeps it, whatever the program above forgot.
//!
//! Who asks is known to the task that answers a request ([`on_behalf_of`]); a connection that the task takes becomes theirs. Whatever
//! runs outside of a request is the system's own work (clocks, the dispatcher, reconciliation, the command line) and runs under
//! the role that signs in; so does the little that a request must ask about others ([`as_the_system`]).

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sqlx::postgres::PgConnection;
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::policy::SystemTask;

use crate::error::StoreError;

/// The role of what is asked for people. It owns nothing and signs in nowhere.
const ROLE: &str = "stafett_people";

tokio::task_local! {
    /// Who asks, as the policies read it; nobody while the system asks for itself.
    static ASKS: Option<Asks>;
}

/// Whoever asks.
#[derive(Debug, Clone, Default)]
struct Asks {
    agencies: String,
    person: String,
    /// By the program's clock, which says when a broken glass is shut again.
    now: String,
}

/// Answers for somebody who belongs to these agencies: what is read and written meanwhile, the database shows and lets
/// change only as far as these have a part in it, or as they have broken the glass before it.
pub async fn on_behalf_of<F: Future>(
    person: UserId,
    agencies: &[AgencyId],
    now: DateTime<Utc>,
    answer: F,
) -> F::Output {
    let list: Vec<String> = agencies.iter().map(ToString::to_string).collect();
    let asks = Asks {
        agencies: list.join(","),
        person: person.to_string(),
        now: now.to_rfc3339(),
    };
    ASKS.scope(Some(asks), answer).await
}

/// Works for the system within a request: what a task must know of others to be decided at all, and what is shown to nobody. A
/// transaction that was begun before stays that of whoever asks.
pub async fn as_the_system<F: Future>(_task: SystemTask, work: F) -> F::Output {
    ASKS.scope(None, work).await
}

/// Makes a connection that of whoever asks now, if the database has the wall.
async fn become_theirs(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let theirs = ASKS.try_with(Clone::clone).ok().flatten();
    let role = if theirs.is_some() { ROLE } else { "none" };
    let Asks { agencies, person, now } = theirs.unwrap_or_default();
    // In one statement, and for as long as the connection is taken: the next one to take it becomes somebody else.
    sqlx::query(
        "SELECT set_config('role', $1, false), set_config('stafett.agencies', $2, false), \
         set_config('stafett.person', $3, false), set_config('stafett.now', $4, false)",
    )
    .bind(role)
    .bind(agencies)
    .bind(person)
    .bind(now)
    .execute(connection)
    .await
    .map(drop)
}

/// Whether there is a wall in a database: set once it is known, and read by every connection that is taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Wall(Arc<AtomicBool>);

impl Wall {
    /// Makes a connection theirs, if there is a wall.
    pub(super) async fn apply(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.0.load(Ordering::Acquire) {
            become_theirs(connection).await?;
        }
        Ok(())
    }

    pub(super) fn stands(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// From now on there is one, or none.
    pub(super) fn is(&self, standing: bool) {
        self.0.store(standing, Ordering::Release);
    }
}

/// Whether the database has the wall: the role is there and ours to take, and the policies are.
pub(super) async fn is_there(on: &impl ConnectionTrait) -> Result<bool, StoreError> {
    let asked = Statement::from_string(DbBackend::Postgres, format!("SELECT {IS_THERE} AS there"));
    let row = on.query_one_raw(asked).await?;
    row.map_or(Ok(false), |row| Ok(row.try_get("", "there")?))
}

/// As a condition.
pub(super) const IS_THERE: &str = "(EXISTS (SELECT 1 FROM pg_policies WHERE policyname = 'people' AND tablename = 'attachments' \
    AND schemaname = current_schema()) AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'stafett_people' \
    AND pg_has_role(oid, 'MEMBER')))";

/// Raises the wall, or mends it after a migration: tables that are new are the role's to use as well. A login that may not make
/// roles cannot raise it; then an administrator makes the role, and the next migration raises it.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn raise(own: &impl ConnectionTrait) -> Result<(), StoreError> {
    own.execute_unprepared(&format!("{MAKE_ROLE} {POLICIES}")).await?;
    Ok(())
}

/// Two databases of one server may do this at once, hence the lock, and the exceptions for what another was faster with.
const MAKE_ROLE: &str = "DO $$ BEGIN \
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'stafett_people') \
       AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolcreaterole)) THEN \
      BEGIN CREATE ROLE stafett_people NOLOGIN NOSUPERUSER NOBYPASSRLS; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END; \
    END IF; \
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'stafett_people') \
       AND NOT pg_has_role('stafett_people', 'MEMBER') THEN \
      BEGIN EXECUTE format('GRANT stafett_people TO %I', current_user); EXCEPTION WHEN OTHERS THEN NULL; END; \
    END IF; END $$;";

/// A referral is theirs to see when an agency of theirs has a part in it, or when they have broken the glass before it and that is
/// open still. What their own agency has written is theirs as well, also what is taken back in the same transaction: a referral under
/// an id that is taken leaves nothing behind, and tells nothing of whose the id is.
const POLICIES: &str = "DO $$ DECLARE \
    mine text := 'ANY (string_to_array(current_setting(''stafett.agencies'', true), '','')::uuid[])'; \
    theirs text := '(EXISTS (SELECT 1 FROM parties p WHERE p.referral_id = %1$s AND p.agency_id = ' || mine || ') \
      OR EXISTS (SELECT 1 FROM glasses g WHERE g.referral_id = %1$s \
        AND g.user_id = NULLIF(current_setting(''stafett.person'', true), '''')::uuid \
        AND g.until > NULLIF(current_setting(''stafett.now'', true), '''')::timestamptz \
        AND g.finding IS DISTINCT FROM ''not-justified''))'; \
    guarded text; BEGIN \
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'stafett_people') THEN \
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO stafett_people', current_schema()); \
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO stafett_people', current_schema()); \
      REVOKE INSERT, UPDATE, DELETE ON seaql_migrations FROM stafett_people; \
      REVOKE UPDATE, DELETE ON audit, looks, log_cosignatures FROM stafett_people; \
      REVOKE INSERT, UPDATE, DELETE ON log_heads, log_leaves, log_nodes, log_checkpoints FROM stafett_people; \
      FOREACH guarded IN ARRAY ARRAY['persons', 'texts', 'attachments'] LOOP \
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded); \
        EXECUTE format('DROP POLICY IF EXISTS people ON %I', guarded); \
      END LOOP; \
      EXECUTE 'CREATE POLICY people ON persons TO stafett_people USING (EXISTS (SELECT 1 FROM referrals r \
        WHERE r.person_id = persons.id AND ' || format(theirs, 'r.id') || ') \
        OR NOT EXISTS (SELECT 1 FROM referrals r WHERE r.person_id = persons.id)) WITH CHECK (true)'; \
      EXECUTE 'CREATE POLICY people ON texts TO stafett_people USING (CASE \
        WHEN referral_id IS NOT NULL THEN author_agency_id = ' || mine || ' OR ' || format(theirs, 'texts.referral_id') || ' \
        WHEN case_id IS NOT NULL THEN EXISTS (SELECT 1 FROM case_parties p WHERE p.case_id = texts.case_id AND p.agency_id = ' || mine || ') \
        ELSE true END) WITH CHECK (true)'; \
      EXECUTE 'CREATE POLICY people ON attachments TO stafett_people USING (' || format(theirs, 'attachments.referral_id') || ') \
        WITH CHECK (true)'; \
    END IF; END $$;";
