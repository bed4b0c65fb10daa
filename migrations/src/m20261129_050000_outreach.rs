//! The outreach register: patrols, where they came by, how many they met, and the arenas. Nobody is named in it; what is written about
//! an arena in words lies sealed in `texts`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    date_null, integer, json_binary, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
};

use crate::table::{check, create_indexes, index, one_of, references, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(arenas()).await?;
        manager.create_table(patrols()).await?;
        manager.create_table(patrol_arenas()).await?;
        manager.create_table(contacts()).await?;
        create_indexes(
            manager,
            [
                index("outreach_arenas", "agency", &["agency_id", "name", "id"]),
                index("outreach_patrols", "agency", &["agency_id", "began_at", "id"]),
                index("outreach_patrols", "began", &["began_at", "id"]),
                index("outreach_patrol_arenas", "arena", &["arena_id"]),
                index("outreach_contacts", "patrol", &["patrol_id", "id"]),
                index("outreach_contacts", "arena", &["arena_id"]),
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// What every entry has. `request_hash` tells a repeated request from another one; it is keyed, as that of a referral is.
fn entry(name: &'static str) -> TableCreateStatement {
    table(name)
        .col(uuid("agency_id"))
        .col(integer("version"))
        .col(text("request_hash"))
        .col(uuid("entered_by"))
        .col(timestamp_with_time_zone("entered_at"))
        .col(timestamp_with_time_zone("changed_at"))
        .col(timestamp_with_time_zone_null("withdrawn_at"))
        .foreign_key(&mut references(name, "agency_id", "agencies"))
        .foreign_key(&mut references(name, "entered_by", "users"))
        .check(check(name, "version", "version >= 1"))
        .take()
}

fn arenas() -> TableCreateStatement {
    entry("outreach_arenas")
        .col(text("name"))
        .col(text_null("area"))
        .col(json_binary("present"))
        .col(json_binary("problems"))
        .col(uuid_null("responsible_id"))
        .col(uuid_null("effort_text_id"))
        .col(uuid_null("missing_text_id"))
        .col(date_null("reviewed_on"))
        .foreign_key(&mut references("outreach_arenas", "responsible_id", "agencies"))
        .foreign_key(&mut references("outreach_arenas", "effort_text_id", "texts"))
        .foreign_key(&mut references("outreach_arenas", "missing_text_id", "texts"))
        .check(check("outreach_arenas", "name", "name <> ''"))
        .check(check(
            "outreach_arenas",
            "area",
            "area IS NULL OR length(area) IN (4, 6)",
        ))
        .take()
}

fn patrols() -> TableCreateStatement {
    entry("outreach_patrols")
        .col(timestamp_with_time_zone("began_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(integer("workers"))
        .check(check("outreach_patrols", "workers", "workers >= 1"))
        .check(check(
            "outreach_patrols",
            "order",
            "ended_at IS NULL OR began_at < ended_at",
        ))
        .take()
}

fn patrol_arenas() -> TableCreateStatement {
    Table::create()
        .table("outreach_patrol_arenas")
        .col(uuid("patrol_id"))
        .col(uuid("arena_id"))
        .primary_key(Index::create().col("patrol_id").col("arena_id"))
        .foreign_key(&mut references(
            "outreach_patrol_arenas",
            "patrol_id",
            "outreach_patrols",
        ))
        .foreign_key(&mut references("outreach_patrol_arenas", "arena_id", "outreach_arenas"))
        .take()
}

fn contacts() -> TableCreateStatement {
    entry("outreach_contacts")
        .col(uuid("patrol_id"))
        .col(uuid("arena_id"))
        .col(text("acquaintance"))
        .col(text("age"))
        .col(text("sex"))
        .col(integer("persons"))
        .col(json_binary("needs"))
        .col(text("outcome"))
        .col(integer("clients"))
        .col(integer("missing"))
        .col(uuid_null("referral_id"))
        .foreign_key(&mut references("outreach_contacts", "patrol_id", "outreach_patrols"))
        .foreign_key(&mut references("outreach_contacts", "arena_id", "outreach_arenas"))
        .foreign_key(&mut references("outreach_contacts", "referral_id", "referrals"))
        .check(one_of("outreach_contacts", "acquaintance", &["new", "known"]))
        .check(one_of(
            "outreach_contacts",
            "age",
            &["0-11", "12-14", "15", "16-17", "18-22", "23-25", "over-25", "unknown"],
        ))
        .check(one_of(
            "outreach_contacts",
            "sex",
            &["female", "male", "other", "unknown"],
        ))
        .check(one_of(
            "outreach_contacts",
            "outcome",
            &["talked", "informed", "followed", "referred"],
        ))
        .check(check(
            "outreach_contacts",
            "counts",
            "persons >= 1 AND clients >= 0 AND clients <= persons AND missing >= 0 AND missing <= persons",
        ))
        .take()
}
