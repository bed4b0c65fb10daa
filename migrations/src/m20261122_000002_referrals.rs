//! The relay itself: persons, texts, referrals, hand-offs, clocks, events and who may know.
//!
//! What is written with every transition (events, parties) names users and agencies without a foreign key: on PostgreSQL
//! each such check locks the same few directory rows for every writer. Users and agencies are never deleted, and the
//! referral and the hand-off, which do have the keys, hold the same agencies.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, integer, integer_null, json_binary, text, text_null, text_uniq, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::{check, create_indexes, deferred, index, one_of, references, table, unique};

const OPEN: &str = "'draft', 'sent', 'acknowledged', 'info-requested', 'accepted', 'in-progress', 'on-hold'";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        manager.create_table(persons()).await?;
        manager.create_table(texts(backend)).await?;
        manager.create_table(referrals()).await?;
        manager.create_table(handoffs()).await?;
        if backend == DbBackend::Postgres {
            point_texts_forward(manager).await?;
        }
        manager.create_table(clocks()).await?;
        manager.create_table(events()).await?;
        manager.create_table(parties()).await?;
        create_indexes(manager, indexes()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// The one place for what is known of a person.
fn persons() -> TableCreateStatement {
    table("persons")
        .col(uuid("registered_by"))
        .col(json_binary("details"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .foreign_key(&mut references("persons", "registered_by", "agencies"))
        .take()
}

/// Free texts, which may tell something about a person. A text and its referral name each other, so one of the two keys
/// must wait for the end of the transaction: it is the text's.
fn texts(backend: DbBackend) -> TableCreateStatement {
    let forward = |column: &'static str, to: &str| {
        let mut column = uuid_null(column);
        // SQLite takes a key to a table that does not exist yet, and none later; PostgreSQL the other way round.
        if backend == DbBackend::Sqlite {
            column.extra(deferred(to));
        }
        column
    };
    table("texts")
        .col(uuid_null("person_id"))
        .col(forward("referral_id", "referrals"))
        .col(forward("handoff_id", "handoffs"))
        .col(text("kind"))
        .col(text("body"))
        .col(uuid_null("author_id"))
        .col(uuid_null("author_agency_id"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut references("texts", "person_id", "persons"))
        .check(check("texts", "kind", "kind <> ''"))
        .take()
}

async fn point_texts_forward(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for (column, to) in [("referral_id", "referrals"), ("handoff_id", "handoffs")] {
        let key = deferred(to);
        let sql = format!(r#"ALTER TABLE "texts" ADD CONSTRAINT "texts_{column}_fkey" FOREIGN KEY ("{column}") {key}"#);
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// `receiver_id` is whose inbox it lies in: the receiver of the open hand-off once that is sent, else nobody.
/// `next_due_at` is when the first running clock is up, and the end of the year 9999 when none runs, so that a list by
/// urgency is one walk along an index. `current_ordinal` is the ordinal of the
/// hand-off that counts now. `last_…` is the last decision, which whoever took it may undo for a while.
fn referrals() -> TableCreateStatement {
    table("referrals")
        .col(text_uniq("reference"))
        .col(text("workflow_id"))
        .col(integer("workflow_version"))
        .col(text("state"))
        .col(uuid("originator_id"))
        .col(uuid("custodian_id"))
        .col(uuid_null("receiver_id"))
        .col(uuid_null("person_id"))
        .col(uuid_null("parent_id"))
        .col(text("urgency"))
        .col(json_binary("needs"))
        .col(uuid("content_id"))
        .col(integer("handoff_count"))
        .col(integer("current_ordinal"))
        .col(timestamp_with_time_zone("next_due_at"))
        .col(uuid_null("coordinator_id"))
        .col(timestamp_with_time_zone_null("disputed_since"))
        .col(text_null("last_action"))
        .col(uuid_null("last_by"))
        .col(timestamp_with_time_zone_null("last_at"))
        .col(integer_null("last_version"))
        .col(integer("version"))
        .col(integer("event_seq"))
        .col(text("creation_digest"))
        .col(uuid("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("closed_at"))
        .foreign_key(&mut references("referrals", "originator_id", "agencies"))
        .foreign_key(&mut references("referrals", "custodian_id", "agencies"))
        .foreign_key(&mut references("referrals", "receiver_id", "agencies"))
        .foreign_key(&mut references("referrals", "coordinator_id", "agencies"))
        .foreign_key(&mut references("referrals", "person_id", "persons"))
        .foreign_key(&mut references("referrals", "parent_id", "referrals"))
        .foreign_key(&mut references("referrals", "content_id", "texts"))
        .foreign_key(&mut references("referrals", "created_by", "users"))
        .check(one_of("referrals", "urgency", &["emergency", "urgent", "routine"]))
        .check(one_of(
            "referrals",
            "state",
            &[
                "draft",
                "active",
                "on-hold",
                "allocation-disputed",
                "completed",
                "revoked",
                "entered-in-error",
            ],
        ))
        .check(check(
            "referrals",
            "closed",
            "(closed_at IS NOT NULL) = (state IN ('completed', 'revoked', 'entered-in-error'))",
        ))
        .check(check(
            "referrals",
            "no_clock_after_end",
            "closed_at IS NULL OR next_due_at = '9999-12-31T00:00:00+00:00'",
        ))
        .check(check(
            "referrals",
            "dispute",
            "(state = 'allocation-disputed') <= (disputed_since IS NOT NULL AND coordinator_id IS NOT NULL)",
        ))
        .check(check(
            "referrals",
            "last",
            "(last_action IS NULL) = (last_by IS NULL) AND (last_by IS NULL) = (last_at IS NULL) \
             AND (last_at IS NULL) = (last_version IS NULL)",
        ))
        .check(check("referrals", "inbox", "receiver_id IS NULL OR closed_at IS NULL"))
        .check(check(
            "referrals",
            "counts",
            "version >= 1 AND event_seq >= 1 AND current_ordinal BETWEEN 1 AND handoff_count",
        ))
        .check(check(
            "referrals",
            "workflow",
            "workflow_id <> '' AND workflow_version >= 1",
        ))
        .check(check("referrals", "parent", "parent_id <> id"))
        .take()
}

fn handoffs() -> TableCreateStatement {
    table("handoffs")
        .col(uuid("referral_id"))
        .col(integer("ordinal"))
        .col(text("state"))
        .col(text("step"))
        .col(uuid("sender_id"))
        .col(uuid_null("receiver_id"))
        .col(uuid_null("assignee_id"))
        .col(uuid_null("forwarded_by"))
        // Written before the successor that it names: while two are open the database refuses.
        .col(uuid_null("successor_id").extra(deferred("handoffs")))
        .col(text_null("basis_code"))
        .col(uuid_null("basis_text_id"))
        .col(boolean("open"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("sent_at"))
        .col(timestamp_with_time_zone_null("seen_at"))
        .col(timestamp_with_time_zone_null("acknowledged_at"))
        .col(timestamp_with_time_zone_null("decided_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(text_null("code"))
        .col(text_null("resumes_to"))
        .col(json_binary("marks"))
        .foreign_key(&mut references("handoffs", "referral_id", "referrals"))
        .foreign_key(&mut references("handoffs", "sender_id", "agencies"))
        .foreign_key(&mut references("handoffs", "receiver_id", "agencies"))
        .foreign_key(&mut references("handoffs", "assignee_id", "users"))
        .foreign_key(&mut references("handoffs", "forwarded_by", "agencies"))
        .foreign_key(&mut references("handoffs", "basis_text_id", "texts"))
        .check(check("handoffs", "ordinal", "ordinal >= 1"))
        .check(one_of(
            "handoffs",
            "state",
            &[
                "draft",
                "sent",
                "acknowledged",
                "info-requested",
                "accepted",
                "in-progress",
                "on-hold",
                "declined",
                "returned-with-advice",
                "forwarded",
                "withdrawn",
                "ended-early",
                "completed",
                "entered-in-error",
            ],
        ))
        .check(one_of(
            "handoffs",
            "basis_code",
            &[
                "consent",
                "duty-to-report",
                "order-to-disclose",
                "right-to-disclose",
                "danger-to-life",
                "duty-to-avert",
                "necessity",
                "anonymous-consultation",
            ],
        ))
        .check(check("handoffs", "open", format!("open = (state IN ({OPEN}))")))
        .check(check("handoffs", "ended", "open = (ended_at IS NULL)"))
        .check(check("handoffs", "draft", "state <> 'draft' OR sent_at IS NULL"))
        .check(check(
            "handoffs",
            "sent",
            "sent_at IS NOT NULL OR state IN ('draft', 'withdrawn', 'entered-in-error')",
        ))
        // What is sent has gone to somebody, and for a reason in law.
        .check(check(
            "handoffs",
            "terms",
            "sent_at IS NULL OR (receiver_id IS NOT NULL AND basis_code IS NOT NULL)",
        ))
        .take()
}

fn clocks() -> TableCreateStatement {
    table("clocks")
        .col(uuid("referral_id"))
        .col(uuid("handoff_id"))
        .col(integer("ordinal"))
        .col(text("name"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone("warn_at"))
        .col(timestamp_with_time_zone("due_at"))
        .col(timestamp_with_time_zone_null("stopped_at"))
        .col(timestamp_with_time_zone_null("paused_at"))
        .foreign_key(&mut references("clocks", "referral_id", "referrals"))
        .foreign_key(&mut references("clocks", "handoff_id", "handoffs"))
        .check(check("clocks", "order", "started_at <= due_at"))
        .take()
}

/// The log. `kind` repeats what the body says, for those who only count.
fn events() -> TableCreateStatement {
    table("events")
        .col(uuid("referral_id"))
        .col(integer("seq"))
        .col(integer("version"))
        .col(uuid_null("handoff_id"))
        .col(text("kind"))
        .col(json_binary("body"))
        .col(timestamp_with_time_zone("at"))
        .col(uuid_null("actor_id"))
        .col(uuid_null("actor_agency_id"))
        .col(text_null("actor_role"))
        .foreign_key(&mut references("events", "referral_id", "referrals"))
        .check(check("events", "counts", "seq >= 1 AND version >= 1"))
        .check(check(
            "events",
            "actor",
            "(actor_id IS NULL) = (actor_agency_id IS NULL) AND (actor_id IS NULL) = (actor_role IS NULL)",
        ))
        .take()
}

/// Who may know of a referral: every read goes through here. `created_at` is the referral's, so that a list by age is one
/// walk along an index; `sent` says that the agency has sent a hand-off of it.
fn parties() -> TableCreateStatement {
    Table::create()
        .table("parties")
        .col(uuid("agency_id"))
        .col(uuid("referral_id"))
        .col(timestamp_with_time_zone("created_at"))
        .col(boolean("sent"))
        .primary_key(Index::create().name("parties_pkey").col("agency_id").col("referral_id"))
        .foreign_key(&mut references("parties", "referral_id", "referrals"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let is_null = |column: &'static str| Expr::col(column).is_null();
    let is_not_null = |column: &'static str| Expr::col(column).is_not_null();
    vec![
        index("texts", "referral", &["referral_id", "created_at", "id"]),
        index("texts", "person", &["person_id"])
            .and_where(is_not_null("person_id"))
            .take(),
        index("referrals", "inbox", &["receiver_id", "next_due_at", "id"])
            .and_where(is_not_null("receiver_id"))
            .take(),
        index("referrals", "custody", &["custodian_id", "next_due_at", "id"])
            .and_where(is_null("closed_at"))
            .take(),
        index("referrals", "running", &["next_due_at", "id"])
            .and_where(is_null("closed_at"))
            .take(),
        index("referrals", "person", &["person_id"])
            .and_where(is_not_null("person_id"))
            .take(),
        index("referrals", "parent", &["parent_id"])
            .and_where(is_not_null("parent_id"))
            .take(),
        unique("handoffs", "ordinal", &["referral_id", "ordinal"]),
        unique("handoffs", "one_open", &["referral_id"])
            .and_where(Expr::cust("open"))
            .take(),
        index("handoffs", "assignee", &["assignee_id"])
            .and_where(Expr::cust("open AND assignee_id IS NOT NULL"))
            .take(),
        index("handoffs", "response", &["receiver_id", "sent_at"])
            .and_where(is_not_null("sent_at"))
            .take(),
        unique("clocks", "ordinal", &["referral_id", "ordinal"]),
        unique("clocks", "one_running", &["handoff_id", "name"])
            .and_where(is_null("stopped_at"))
            .take(),
        index("clocks", "due", &["due_at"])
            .and_where(is_null("stopped_at"))
            .take(),
        unique("events", "seq", &["referral_id", "seq"]),
        index("parties", "created", &["agency_id", "created_at", "referral_id"]),
        index("parties", "sent", &["agency_id", "created_at", "referral_id"])
            .and_where(Expr::cust("sent"))
            .take(),
        index("parties", "referral", &["referral_id"]),
    ]
}
