//! How far each notice has come, to the end: mails that came back, copies to whoever is on call, and incidents, which somebody
//! must take.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, integer, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::table::{check, create_indexes, index, one_of, references, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in outbox_columns() {
            manager
                .alter_table(Table::alter().table("outbox").add_column(column).take())
                .await?;
        }
        // A unit may be told of the same thing again, and by another way besides its mailbox.
        for old in ["outbox_unit_key", "outbox_person_key", "outbox_case_unit_key"] {
            manager
                .drop_index(Index::drop().name(old).table("outbox").to_owned())
                .await?;
        }
        manager
            .alter_table(
                Table::alter()
                    .table("agency_settings")
                    .add_column(boolean("quiet_hours").default(false).take())
                    .take(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table("agency_settings")
                    .add_column(boolean("calendar_files").default(false).take())
                    .take(),
            )
            .await?;
        manager.create_table(incidents()).await?;
        create_indexes(manager, indexes()).await?;
        manager.get_connection().execute_unprepared(LEFT_LYING).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// What was dead already has told nobody: it does so when the server starts.
const LEFT_LYING: &str = "INSERT INTO incidents (id, referral_id, case_id, agency_id, other_id, reason, opened_at, round, next_notice_at) \
    SELECT o.id, o.referral_id, o.case_id, o.agency_id, \
    CASE WHEN h.receiver_id = o.agency_id THEN h.sender_id ELSE h.receiver_id END, \
    CASE WHEN o.last_error LIKE 'no-mailbox%' OR o.last_error LIKE 'bad-mailbox%' THEN 'no-address' ELSE 'refused' END, \
    o.created_at, 0, o.created_at FROM outbox o LEFT JOIN handoffs h ON h.id = o.handoff_id WHERE o.status = 'dead'";

fn outbox_columns() -> [ColumnDef; 4] {
    [
        // To the mailbox of the unit or of a person, or to whoever is on call.
        text("channel").default("mail").take(),
        // Told again: how often before.
        integer("round").default(0).take(),
        // When the mail came back after a server had taken it, and what was said then.
        timestamp_with_time_zone_null("bounced_at").take(),
        text_null("bounce").take(),
    ]
}

/// A notice that has not reached whom it was for, by the notice's own id. `agency_id` is whom it was for, `other_id` the other side of the hand-off.
fn incidents() -> TableCreateStatement {
    table("incidents")
        .col(uuid_null("referral_id"))
        .col(uuid_null("case_id"))
        .col(uuid("agency_id"))
        .col(uuid_null("other_id"))
        .col(text("reason"))
        .col(text_null("code"))
        .col(timestamp_with_time_zone("opened_at"))
        .col(integer("round"))
        .col(timestamp_with_time_zone_null("next_notice_at"))
        .col(uuid_null("taken_by"))
        .col(uuid_null("taken_for"))
        .col(timestamp_with_time_zone_null("taken_at"))
        .col(timestamp_with_time_zone_null("closed_at"))
        .foreign_key(&mut references("incidents", "id", "outbox"))
        .check(one_of(
            "incidents",
            "reason",
            &["refused", "no-address", "bounced", "delayed", "unreadable"],
        ))
        .check(check(
            "incidents",
            "taken",
            "(taken_by IS NULL) = (taken_at IS NULL) AND (taken_by IS NULL) = (taken_for IS NULL)",
        ))
        .check(check(
            "incidents",
            "escalation",
            "next_notice_at IS NULL OR (taken_at IS NULL AND closed_at IS NULL)",
        ))
        .check(check("incidents", "round", "round >= 0"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let is_null = |column: &'static str| Expr::col(column).is_null();
    let is_not_null = |column: &'static str| Expr::col(column).is_not_null();
    vec![
        // NULLs are distinct in a unique index, so a notice to a unit and one to a person need one each.
        unique(
            "outbox",
            "unit",
            &["event_id", "notice", "agency_id", "channel", "round"],
        )
        .and_where(is_null("user_id"))
        .take(),
        unique(
            "outbox",
            "person",
            &["event_id", "notice", "agency_id", "user_id", "round"],
        )
        .and_where(is_not_null("user_id"))
        .take(),
        unique(
            "outbox",
            "case_unit",
            &["case_event_id", "notice", "agency_id", "round"],
        )
        .and_where(is_not_null("case_event_id"))
        .and_where(is_null("user_id"))
        .take(),
        unique(
            "outbox",
            "case_person",
            &["case_event_id", "notice", "agency_id", "user_id", "round"],
        )
        .and_where(is_not_null("user_id"))
        .take(),
        index("incidents", "due", &["next_notice_at", "id"])
            .and_where(is_not_null("next_notice_at"))
            .take(),
        index("incidents", "agency", &["agency_id", "opened_at", "id"]),
        index("incidents", "other", &["other_id", "opened_at", "id"])
            .and_where(is_not_null("other_id"))
            .take(),
        index("incidents", "referral", &["referral_id"]),
    ]
}
