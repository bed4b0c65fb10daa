//! What agencies have agreed between them, and which limit came from which agreement.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    date, date_null, integer, json_binary, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
};
use sea_orm_migration::sea_orm::DbBackend;

use crate::table::{check, create_indexes, index, one_of, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(agreements()).await?;
        let kind = match manager.get_database_backend() {
            DbBackend::Postgres => "uuid",
            _sqlite => "uuid_text",
        };
        let sql = format!(r#"ALTER TABLE "clocks" ADD COLUMN "agreement_id" {kind} REFERENCES "agreements" ("id")"#);
        manager.get_connection().execute_unprepared(&sql).await?;
        create_indexes(
            manager,
            [
                unique("agreements", "number", &["sender_id", "receiver_id", "number"]),
                unique("agreements", "one_proposal", &["sender_id", "receiver_id"])
                    .and_where(Expr::cust("status = 'proposed'"))
                    .take(),
                index("agreements", "receiver", &["receiver_id", "id"]),
                index("agreements", "sender", &["sender_id", "id"]),
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// One row is one version. The laws of two parties and two people stand here too: what is in force decides how long somebody
/// may wait.
fn agreements() -> TableCreateStatement {
    table("agreements")
        .col(integer("number"))
        .col(integer("revision"))
        .col(uuid("sender_id"))
        .col(uuid("receiver_id"))
        .col(text("reference"))
        .col(json_binary("limits"))
        .col(date("valid_from"))
        .col(date_null("valid_to"))
        .col(text("status"))
        .col(uuid("proposed_by"))
        .col(uuid("proposed_agency_id"))
        .col(timestamp_with_time_zone("proposed_at"))
        .col(uuid_null("answered_by"))
        .col(uuid_null("answered_agency_id"))
        .col(timestamp_with_time_zone_null("answered_at"))
        .col(uuid_null("ended_by"))
        .col(uuid_null("ended_agency_id"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .foreign_key(&mut references("agreements", "sender_id", "agencies"))
        .foreign_key(&mut references("agreements", "receiver_id", "agencies"))
        .foreign_key(&mut references("agreements", "proposed_by", "users"))
        .foreign_key(&mut references("agreements", "answered_by", "users"))
        .foreign_key(&mut references("agreements", "ended_by", "users"))
        .check(one_of(
            "agreements",
            "status",
            &["proposed", "approved", "rejected", "withdrawn", "ended"],
        ))
        .check(check("agreements", "counts", "number >= 1 AND revision >= 1"))
        .check(check("agreements", "another", "sender_id <> receiver_id"))
        .check(check(
            "agreements",
            "parties",
            "proposed_agency_id IN (sender_id, receiver_id) AND (answered_agency_id IS NULL OR answered_agency_id IN \
             (sender_id, receiver_id)) AND (ended_agency_id IS NULL OR ended_agency_id IN (sender_id, receiver_id))",
        ))
        .check(check(
            "agreements",
            "order",
            "valid_to IS NULL OR valid_from <= valid_to",
        ))
        .check(check(
            "agreements",
            "answered",
            "(status = 'proposed') = (answered_at IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL) \
             AND (answered_at IS NULL) = (answered_agency_id IS NULL)",
        ))
        .check(check(
            "agreements",
            "ended",
            "(status = 'ended') = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (ended_by IS NULL) \
             AND (ended_at IS NULL) = (ended_agency_id IS NULL)",
        ))
        .check(check(
            "agreements",
            "two_parties",
            "status NOT IN ('approved', 'ended') OR (answered_by <> proposed_by AND answered_agency_id <> \
             proposed_agency_id)",
        ))
        .take()
}
