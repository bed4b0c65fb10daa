//! The rows that are measured on: copies of one referral that the server itself has written.
//!
//! Creating each through the API would take longer than measuring. A copy has ids and a reference of its own, in its log
//! too, so that it passes every check that the original does; [`mod@crate::verify`] runs them at the end.

use std::collections::BTreeSet;
use std::path::Path;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use stafett_vault::{KeyId, MasterKeys, Place, VaultError, Wrapped};
use stafett_workflow::reference::Reference;
use uuid::Uuid;

use crate::error::Error;
use crate::script::FIRST_ROW;

/// Everything that is stored about one referral.
#[derive(Debug)]
pub(crate) struct Trace {
    rows: Vec<(&'static str, String)>,
    /// The ids in it that no other referral has, in the order of the rows.
    pub(crate) ids: Vec<Uuid>,
    /// Its short name.
    pub(crate) reference: String,
}

/// Each table with the condition under which a row belongs to referral `$1`, and the order in which two traces compare.
/// Rows come after those that they point to.
const TABLES: [(&str, &str, &str); 10] = [
    (
        "data_keys",
        "x.owner_id = (SELECT COALESCE(person_id, id) FROM referrals WHERE id = $1)",
        "x.owner_id",
    ),
    (
        "persons",
        "x.id = (SELECT person_id FROM referrals WHERE id = $1)",
        "x.id",
    ),
    ("texts", "x.referral_id = $1", "x.kind, x.id"),
    ("referrals", "x.id = $1", "x.id"),
    ("handoffs", "x.referral_id = $1", "x.ordinal"),
    ("clocks", "x.referral_id = $1", "x.ordinal"),
    ("events", "x.referral_id = $1", "x.seq"),
    ("parties", "x.referral_id = $1", "x.agency_id"),
    ("outbox", "x.referral_id = $1", "x.id"),
    ("audit", "x.object_id = $1", "x.id"),
];

/// Stands for the first twelve digits of an id.
const PREFIX: &str = "@PREFIX@";
/// Eight digits, a dash, four digits.
const PREFIX_LENGTH: usize = 13;
/// Stands for a reference.
const REFERENCE: &str = "@REFERENCE@";

/// Connects to the database at `url`.
pub(crate) async fn connect(url: &str) -> Result<PgConnection, Error> {
    PgConnection::connect(url).await.map_err(Error::database("connect"))
}

/// The ids that referrals share: those of agencies and people.
pub(crate) async fn shared_ids(connection: &mut PgConnection) -> Result<BTreeSet<Uuid>, Error> {
    let rows = connection
        .fetch_all("SELECT id FROM agencies UNION ALL SELECT id FROM users")
        .await;
    let rows = rows.map_err(Error::database("read the directory"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Everything that is stored about `referral`.
pub(crate) async fn trace(
    connection: &mut PgConnection,
    referral: Uuid,
    shared: &BTreeSet<Uuid>,
) -> Result<Trace, Error> {
    let mut rows = Vec::new();
    for (table, condition, order) in TABLES {
        let sql = format!("SELECT to_jsonb(x)::text FROM {table} x WHERE {condition} ORDER BY {order}");
        let found = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql))
            .bind(referral)
            .fetch_all(&mut *connection)
            .await;
        rows.extend(
            found
                .map_err(Error::database("read a referral"))?
                .into_iter()
                .map(|row| (table, row)),
        );
    }
    let mut ids = Vec::new();
    for id in rows.iter().flat_map(|(_, row)| ids_in(row)) {
        if !shared.contains(&id) && !ids.contains(&id) {
            ids.push(id);
        }
    }
    let reference = sqlx::query_scalar("SELECT reference FROM referrals WHERE id = $1");
    let reference = reference
        .bind(referral)
        .fetch_one(connection)
        .await
        .map_err(Error::database("read a referral"))?;
    Ok(Trace { rows, ids, reference })
}

/// The master keys that a server in `folder` made for itself.
pub(crate) fn masters(folder: &Path) -> Result<MasterKeys, Error> {
    let keys = std::fs::read_to_string(folder.join("master-keys")).map_err(Error::system("read the master keys"))?;
    MasterKeys::parse(&keys).map_err(|error| Error::Setup(error.to_string()))
}

/// Stores copies 1 to `count` of what `original` is a trace of.
pub(crate) async fn copy(
    connection: &mut PgConnection,
    original: &Trace,
    count: u64,
    masters: &MasterKeys,
) -> Result<(), Error> {
    let refused = || Error::database("copy referrals");
    let taken = sqlx::query_scalar("SELECT reference FROM referrals")
        .fetch_all(&mut *connection)
        .await;
    let taken: BTreeSet<String> = taken.map_err(refused())?.into_iter().collect();
    let prefixes: Vec<String> = (1..=count).map(prefix).collect();
    let references: Vec<String> = (0..)
        .map(|number| Reference::from_random(number).to_string())
        .filter(|reference| !taken.contains(reference))
        .take(prefixes.len())
        .collect();
    let mut transaction = connection.begin().await.map_err(refused())?;
    let table = "CREATE TEMPORARY TABLE copies (prefix text, reference text) ON COMMIT DROP";
    transaction.execute(table).await.map_err(refused())?;
    let fill = sqlx::query("INSERT INTO copies SELECT * FROM UNNEST($1::text[], $2::text[])")
        .bind(prefixes)
        .bind(references);
    fill.execute(&mut *transaction).await.map_err(refused())?;
    for (table, row) in &original.rows {
        let sql = format!(
            "INSERT INTO {table} SELECT r.* FROM copies c, LATERAL jsonb_populate_record(NULL::{table}, \
             replace(replace($1, '{PREFIX}', c.prefix), '{REFERENCE}', c.reference)::jsonb) r"
        );
        let inserted = sqlx::query(AssertSqlSafe(sql))
            .bind(pattern(row, original))
            .execute(&mut *transaction)
            .await;
        inserted.map_err(refused())?;
    }
    seal_anew(&mut transaction, original, count, masters).await?;
    transaction.commit().await.map_err(refused())?;
    for statement in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
        connection.execute(statement).await.map_err(refused())?;
    }
    Ok(())
}

/// A seal opens only where it was made, so each copy gets its own. They share one data key, wrapped for each owner.
async fn seal_anew(
    transaction: &mut PgConnection,
    original: &Trace,
    count: u64,
    masters: &MasterKeys,
) -> Result<(), Error> {
    let refused = || Error::database("seal copies");
    let unsound = |error: VaultError| Error::Setup(format!("the copies cannot be sealed: {error}"));
    let sql = "SELECT k.owner_id, k.wrapped, k.master_key FROM data_keys k JOIN referrals r \
               ON k.owner_id = COALESCE(r.person_id, r.id) WHERE r.reference = $1";
    let (owner, bytes, under): (Uuid, Vec<u8>, String) = sqlx::query_as(sql)
        .bind(&original.reference)
        .fetch_one(&mut *transaction)
        .await
        .map_err(refused())?;
    let under = KeyId::new(&under).ok_or_else(|| unsound(VaultError::None))?;
    let key = masters.unwrap(owner, &Wrapped { under, bytes }).map_err(unsound)?;
    let copies = |id: Uuid| (1..=count).filter_map(move |number| Uuid::parse_str(&id_of_row(number, id)).ok());
    let (mut ids, mut sealed) = (Vec::new(), Vec::new());
    for owner in copies(owner) {
        ids.push(owner);
        sealed.push(masters.wrap(owner, &key).map_err(unsound)?.bytes);
    }
    let mut changes = vec![("data_keys", "owner_id", "wrapped", ids, sealed)];
    for table in ["persons", "texts"] {
        let sql = format!("SELECT id, sealed FROM {table} WHERE id = ANY($1)");
        let rows: Vec<(Uuid, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(&original.ids)
            .fetch_all(&mut *transaction)
            .await
            .map_err(refused())?;
        for (id, bytes) in rows {
            let place = |row| Place {
                table,
                column: "sealed",
                row,
            };
            let plain = key.open(place(id), &bytes).map_err(unsound)?;
            let (mut ids, mut sealed) = (Vec::new(), Vec::new());
            for id in copies(id) {
                ids.push(id);
                sealed.push(key.seal(place(id), &plain).map_err(unsound)?);
            }
            changes.push((table, "id", "sealed", ids, sealed));
        }
    }
    for (table, id, column, ids, sealed) in changes {
        let sql = format!(
            "UPDATE {table} t SET {column} = u.sealed FROM UNNEST($1::uuid[], $2::bytea[]) u(id, sealed) WHERE t.{id} = u.id"
        );
        let update = sqlx::query(AssertSqlSafe(sql)).bind(ids).bind(sealed);
        update.execute(&mut *transaction).await.map_err(refused())?;
    }
    Ok(())
}

/// The id of the row with this number in the place of `id`.
pub(crate) fn id_of_row(number: u64, id: Uuid) -> String {
    let id = id.to_string();
    let (_, rest) = id.split_at(PREFIX_LENGTH);
    prefix(number) + rest
}

fn prefix(number: u64) -> String {
    let digits = format!("{:012}", FIRST_ROW + number);
    let (first, second) = digits.split_at(8);
    format!("{first}-{second}")
}

/// A row with marks where copies differ.
fn pattern(row: &str, original: &Trace) -> String {
    let mut pattern = row.replace(&original.reference, REFERENCE);
    for id in &original.ids {
        let id = id.to_string();
        let (_, rest) = id.split_at(PREFIX_LENGTH);
        pattern = pattern.replace(&id, &format!("{PREFIX}{rest}"));
    }
    pattern
}

/// The ids in a JSON text; those within a quoted JSON text too.
fn ids_in(json: &str) -> impl Iterator<Item = Uuid> {
    json.split('"')
        .map(|part| part.trim_end_matches('\\'))
        .filter(|part| part.len() == 36)
        .filter_map(|part| Uuid::parse_str(part).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_one_referral_is_marked() {
        let row = r#"{"id":"019ab000-0001-7000-8000-00000000000a","body":"{\"h\":\"019ab000-0001-7000-8000-00000000000b\"}","n":"K7QF-2M"}"#;
        let original = Trace {
            rows: Vec::new(),
            ids: ids_in(row).collect(),
            reference: "K7QF-2M".to_owned(),
        };
        assert_eq!(original.ids.len(), 2);
        let marked = r#"{"id":"@PREFIX@-7000-8000-00000000000a","body":"{\"h\":\"@PREFIX@-7000-8000-00000000000b\"}","n":"@REFERENCE@"}"#;
        assert_eq!(pattern(row, &original), marked);
    }
}
