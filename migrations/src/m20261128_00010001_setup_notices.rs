//! A notice may be about an agreement, which is neither a referral nor a case.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::table::{create_indexes, index, unique};

/// What a notice is about: one thing, and of a referral or a case also what happened to it.
const ABOUT: &str = "(referral_id IS NULL) = (event_id IS NULL) AND (case_id IS NULL) = (case_event_id IS NULL) \
                     AND (CASE WHEN referral_id IS NULL THEN 0 ELSE 1 END + CASE WHEN case_id IS NULL THEN 0 ELSE 1 END \
                     + CASE WHEN agreement_id IS NULL THEN 0 ELSE 1 END) = 1";
/// How the rule about that began before, as the table's definition has it.
const ABOUT_BEFORE: &str = r#"CONSTRAINT "outbox_about_check" CHECK ("#;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_database_backend() {
            DbBackend::Postgres => {
                let sql = format!(
                    r#"ALTER TABLE "outbox" ADD COLUMN "agreement_id" uuid
                       CONSTRAINT "outbox_agreement_id_fkey" REFERENCES "agreements" ("id"),
                       DROP CONSTRAINT "outbox_about_check", ADD CONSTRAINT "outbox_about_check" CHECK ({ABOUT})"#
                );
                manager.get_connection().execute_unprepared(&sql).await?;
            }
            _sqlite => rewrite(manager).await?,
        }
        let about_agreement = |person: bool| {
            let person = if person {
                "user_id IS NOT NULL"
            } else {
                "user_id IS NULL"
            };
            Expr::cust(format!("agreement_id IS NOT NULL AND {person}"))
        };
        create_indexes(
            manager,
            [
                unique("outbox", "agreement_unit", &["agreement_id", "notice", "agency_id"])
                    .and_where(about_agreement(false))
                    .take(),
                unique(
                    "outbox",
                    "agreement_person",
                    &["agreement_id", "notice", "agency_id", "user_id"],
                )
                .and_where(about_agreement(true))
                .take(),
                index("outbox", "agreement", &["agreement_id", "created_at"])
                    .and_where(Expr::col("agreement_id").is_not_null())
                    .take(),
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// SQLite changes no rule of a table: it is written anew by its own definition, whatever columns it has by now.
async fn rewrite(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let asked = |sql: &str| Statement::from_string(DbBackend::Sqlite, sql);
    let written = connection
        .query_all_raw(asked(
            "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'outbox' AND sql IS NOT NULL ORDER BY type DESC",
        ))
        .await?;
    let mut columns = Vec::new();
    for row in connection
        .query_all_raw(asked("SELECT name FROM pragma_table_info('outbox')"))
        .await?
    {
        columns.push(format!("\"{}\"", row.try_get::<String>("", "name")?));
    }
    let columns = columns.join(", ");
    let mut statements = Vec::new();
    for row in written {
        let (kind, sql): (String, String) = (row.try_get("", "type")?, row.try_get("", "sql")?);
        if kind == "table" {
            statements.extend([
                renewed(&sql)?,
                format!(r#"INSERT INTO "outbox_new" ({columns}) SELECT {columns} FROM "outbox""#),
                r#"DROP TABLE "outbox""#.to_owned(),
                r#"ALTER TABLE "outbox_new" RENAME TO "outbox""#.to_owned(),
            ]);
        } else {
            statements.push(sql);
        }
    }
    for sql in statements {
        connection.execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// The table's definition under its working name, with the new column and the new rule.
fn renewed(sql: &str) -> Result<String, DbErr> {
    let unlike = || DbErr::Migration("the outbox has no rule about what a notice is about".to_owned());
    let sql = sql.replacen("\"outbox\"", "\"outbox_new\"", 1);
    let (before, rest) = sql.split_once(ABOUT_BEFORE).ok_or_else(unlike)?;
    let mut open = 1_usize;
    let mut end = None;
    for (place, character) in rest.char_indices() {
        match character {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            end = Some(place);
            break;
        }
    }
    let (_old, after) = end.and_then(|end| rest.split_at_checked(end)).ok_or_else(unlike)?;
    // A column stands before the rules of the table, and this rule stands with the column that came last before it.
    Ok(format!(
        r#"{}, "agreement_id" uuid_text REFERENCES "agreements" ("id") {ABOUT_BEFORE}{ABOUT}{after}"#,
        before.trim_end()
    ))
}
