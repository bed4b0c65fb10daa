//! Who takes part: the instance, agencies, their services, people and what they may be.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, integer, integer_null, json_binary_null, text, text_null, text_uniq, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::table::{check, create_indexes, index, one_of, references, table, unique};

const LANGUAGES: &[&str] = &["nb", "en"];

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(instance()).await?;
        manager.create_table(agencies()).await?;
        manager.create_table(services()).await?;
        manager.create_table(users()).await?;
        manager.create_table(memberships()).await?;
        manager.create_table(refresh_tokens()).await?;
        create_indexes(manager, indexes()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn instance() -> TableCreateStatement {
    Table::create()
        .table("instance")
        .col(ColumnDef::new("key").text().not_null().primary_key())
        .col(text("value"))
        .take()
}

fn agencies() -> TableCreateStatement {
    table("agencies")
        .col(text_uniq("slug"))
        .col(text("name"))
        .col(text("kind"))
        .col(text_null("orgnr"))
        .col(uuid_null("parent_id"))
        .col(text_null("municipality"))
        .col(text_null("district"))
        .col(boolean("public_tasks"))
        .col(text("language"))
        .col(text_null("mailbox"))
        .col(text_null("phone"))
        .col(json_binary_null("opening_hours"))
        .col(boolean("active"))
        .col(integer("version"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .foreign_key(&mut references("agencies", "parent_id", "agencies"))
        .check(check("agencies", "slug", "slug <> ''"))
        .check(check("agencies", "parent", "parent_id <> id"))
        .check(check("agencies", "version", "version >= 1"))
        .check(one_of("agencies", "language", LANGUAGES))
        .check(one_of(
            "agencies",
            "kind",
            &[
                "outreach",
                "child-welfare",
                "district",
                "municipality",
                "specialist-health",
                "emergency-health",
                "immigration",
                "reception-centre",
                "police",
                "ngo",
                "user-organisation",
            ],
        ))
        .take()
}

fn services() -> TableCreateStatement {
    table("services")
        .col(uuid("agency_id"))
        .col(text("need"))
        .col(text("title_nb"))
        .col(text("title_en"))
        .col(integer_null("min_age"))
        .col(integer_null("max_age"))
        .col(text_null("description_nb"))
        .col(text_null("description_en"))
        .foreign_key(&mut references("services", "agency_id", "agencies"))
        .check(check(
            "services",
            "ages",
            "min_age >= 0 AND max_age >= 0 AND min_age <= max_age",
        ))
        .take()
}

fn users() -> TableCreateStatement {
    table("users")
        .col(text_uniq("username"))
        .col(text("display_name"))
        .col(text_null("email"))
        .col(text("language"))
        .col(text_null("password_hash"))
        .col(integer("session_epoch"))
        .col(boolean("active"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .check(check("users", "username", "username <> ''"))
        .check(one_of("users", "language", LANGUAGES))
        .take()
}

/// Caseworkers, leads and administrators are so in an agency; the roles across agencies may stand alone.
fn memberships() -> TableCreateStatement {
    table("memberships")
        .col(uuid("user_id"))
        .col(uuid_null("agency_id"))
        .col(text("role"))
        .foreign_key(&mut references("memberships", "user_id", "users"))
        .foreign_key(&mut references("memberships", "agency_id", "agencies"))
        .check(one_of(
            "memberships",
            "role",
            &[
                "worker",
                "lead",
                "agency-admin",
                "integration",
                "coordinator",
                "auditor",
                "system-admin",
            ],
        ))
        .check(check(
            "memberships",
            "agency",
            "agency_id IS NOT NULL OR role NOT IN ('worker', 'lead', 'agency-admin')",
        ))
        .take()
}

fn refresh_tokens() -> TableCreateStatement {
    table("refresh_tokens")
        .col(uuid("user_id"))
        .col(uuid("family_id"))
        .col(text_uniq("secret_hash"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .col(timestamp_with_time_zone_null("revoked_at"))
        .foreign_key(&mut references("refresh_tokens", "user_id", "users"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("agencies", "parent", &["parent_id"]),
        index("services", "agency", &["agency_id"]),
        unique("memberships", "in_agency", &["user_id", "agency_id", "role"])
            .and_where(Expr::col("agency_id").is_not_null())
            .take(),
        unique("memberships", "across", &["user_id", "role"])
            .and_where(Expr::col("agency_id").is_null())
            .take(),
        index("memberships", "agency", &["agency_id", "user_id"]),
        index("refresh_tokens", "family", &["family_id"]),
        index("refresh_tokens", "user", &["user_id"]),
        index("refresh_tokens", "expiry", &["expires_at"]),
    ]
}
