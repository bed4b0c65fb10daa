//! Cases, their logs and who takes part; the keys by which a youth is found again; notices about cases.
//!
//! A case's state is one document beside the columns by which lists find it: it is read and written whole, under its lock.
//! Neither it nor its log holds anything about the youth. What is known of the youth stays with each referral: the case is
//! what says that it is the same one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer, json_binary, text, text_uniq, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::table::{check, create_indexes, index, one_of, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(cases()).await?;
        manager.create_table(case_events()).await?;
        manager.create_table(case_parties()).await?;
        manager.create_table(person_keys()).await?;
        for sql in [
            r#"ALTER TABLE "referrals" ADD COLUMN "case_id" UUID_TYPE REFERENCES "cases" ("id")"#,
            r#"ALTER TABLE "texts" ADD COLUMN "case_id" UUID_TYPE REFERENCES "cases" ("id")"#,
            r#"ALTER TABLE "persons" ADD COLUMN "keyed" boolean NOT NULL DEFAULT FALSE"#,
        ] {
            let kind = match manager.get_database_backend() {
                DbBackend::Postgres => "uuid",
                _sqlite => "uuid_text",
            };
            let sql = sql.replace("UUID_TYPE", kind);
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        loosen_outbox(manager).await?;
        create_indexes(manager, indexes()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `body` is the whole case; the other columns repeat what lists ask for.
fn cases() -> TableCreateStatement {
    table("cases")
        .col(text_uniq("reference"))
        .col(text("state"))
        .col(uuid("coordinator_id"))
        .col(uuid_null("coordinator_person_id"))
        .col(uuid_null("merged_into_id"))
        .col(json_binary("body"))
        .col(integer("version"))
        .col(integer("event_seq"))
        .col(timestamp_with_time_zone("opened_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("closed_at"))
        .foreign_key(&mut references("cases", "coordinator_id", "agencies"))
        .foreign_key(&mut references("cases", "coordinator_person_id", "users"))
        .foreign_key(&mut references("cases", "merged_into_id", "cases"))
        .check(one_of("cases", "state", &["open", "closed", "merged"]))
        .check(check(
            "cases",
            "merged",
            "(state = 'merged') = (merged_into_id IS NOT NULL)",
        ))
        .check(check("cases", "closed", "state <> 'closed' OR closed_at IS NOT NULL"))
        .check(check("cases", "counts", "version >= 1 AND event_seq >= 1"))
        .take()
}

fn case_events() -> TableCreateStatement {
    table("case_events")
        .col(uuid("case_id"))
        .col(integer("seq"))
        .col(integer("version"))
        .col(text("kind"))
        .col(json_binary("body"))
        .col(timestamp_with_time_zone("at"))
        .col(uuid("actor_id"))
        .col(uuid("actor_agency_id"))
        .col(text("actor_role"))
        .foreign_key(&mut references("case_events", "case_id", "cases"))
        .check(check("case_events", "counts", "seq >= 1 AND version >= 1"))
        .take()
}

/// Who may know of a case: every read goes through here. `opened_at` is the case's, so that a list is one walk along an index.
fn case_parties() -> TableCreateStatement {
    Table::create()
        .table("case_parties")
        .col(uuid("agency_id"))
        .col(uuid("case_id"))
        .col(timestamp_with_time_zone("opened_at"))
        .primary_key(
            Index::create()
                .name("case_parties_pkey")
                .col("agency_id")
                .col("case_id"),
        )
        .foreign_key(&mut references("case_parties", "case_id", "cases"))
        .take()
}

/// Keyed digests of what identifies a youth, never the thing itself.
fn person_keys() -> TableCreateStatement {
    Table::create()
        .table("person_keys")
        .col(uuid("person_id"))
        .col(text("kind"))
        .col(text("digest"))
        .primary_key(Index::create().name("person_keys_pkey").col("person_id").col("kind"))
        .foreign_key(&mut references("person_keys", "person_id", "persons"))
        .check(one_of("person_keys", "kind", &["identifier", "alias"]))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let is_not_null = |column: &'static str| Expr::col(column).is_not_null();
    vec![
        unique("case_events", "seq", &["case_id", "seq"]),
        index("case_parties", "opened", &["agency_id", "opened_at", "case_id"]),
        index("case_parties", "case", &["case_id"]),
        index("person_keys", "digest", &["digest", "person_id"]),
        index("persons", "unkeyed", &["id"])
            .and_where(Expr::cust("NOT keyed"))
            .take(),
        index("referrals", "case", &["case_id"])
            .and_where(is_not_null("case_id"))
            .take(),
        index("outbox", "case", &["case_id", "created_at"])
            .and_where(is_not_null("case_id"))
            .take(),
        unique("outbox", "case_unit", &["case_event_id", "notice", "agency_id"])
            .and_where(is_not_null("case_event_id"))
            .take(),
    ]
}

/// A notice may be about a case instead of a referral.
async fn loosen_outbox(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if manager.get_database_backend() == DbBackend::Postgres {
        let sql = r#"ALTER TABLE "outbox" ALTER COLUMN "referral_id" DROP NOT NULL, ALTER COLUMN "event_id" DROP NOT NULL,
            ADD COLUMN "case_id" uuid CONSTRAINT "outbox_case_id_fkey" REFERENCES "cases" ("id"),
            ADD COLUMN "case_event_id" uuid CONSTRAINT "outbox_case_event_id_fkey" REFERENCES "case_events" ("id"),
            ADD CONSTRAINT "outbox_about_check" CHECK ((referral_id IS NULL) = (event_id IS NULL)
                AND (case_id IS NULL) = (case_event_id IS NULL) AND (referral_id IS NULL) <> (case_id IS NULL))"#;
        connection.execute_unprepared(sql).await?;
        return Ok(());
    }
    // SQLite cannot loosen a column: the table is written anew, by its own definition, whatever columns it has by now.
    let written = connection
        .query_all_raw(Statement::from_string(
            DbBackend::Sqlite,
            "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'outbox' AND sql IS NOT NULL ORDER BY type DESC",
        ))
        .await?;
    let mut statements = Vec::new();
    for row in written {
        let (kind, sql): (String, String) = (row.try_get("", "type")?, row.try_get("", "sql")?);
        if kind != "table" {
            statements.push(sql);
            continue;
        }
        let mut new = sql.replacen("\"outbox\"", "\"outbox_new\"", 1);
        for column in ["referral_id", "event_id"] {
            let strict = format!("\"{column}\" uuid_text NOT NULL");
            if !new.contains(&strict) {
                return Err(DbErr::Migration(format!(
                    "the outbox has no column {column} that must be given"
                )));
            }
            new = new.replacen(&strict, &format!("\"{column}\" uuid_text"), 1);
        }
        statements.splice(
            0..0,
            [
                new,
                r#"INSERT INTO "outbox_new" SELECT * FROM "outbox""#.to_owned(),
                r#"DROP TABLE "outbox""#.to_owned(),
                r#"ALTER TABLE "outbox_new" RENAME TO "outbox""#.to_owned(),
                r#"ALTER TABLE "outbox" ADD COLUMN "case_id" uuid_text REFERENCES "cases" ("id")"#.to_owned(),
                r#"ALTER TABLE "outbox" ADD COLUMN "case_event_id" uuid_text REFERENCES "case_events" ("id")
                   CONSTRAINT "outbox_about_check" CHECK ((referral_id IS NULL) = (event_id IS NULL)
                   AND (case_id IS NULL) = (case_event_id IS NULL) AND (referral_id IS NULL) <> (case_id IS NULL))"#
                    .to_owned(),
            ],
        );
    }
    for sql in statements {
        connection.execute_unprepared(&sql).await?;
    }
    Ok(())
}
