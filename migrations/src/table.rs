//! What the migrations say often, said once.

use sea_orm_migration::prelude::*;

/// A table with a UUID primary key.
pub(crate) fn table(name: &'static str) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(name)
        .col(ColumnDef::new("id").uuid().not_null().primary_key());
    table
}

/// A foreign key to the `id` of another table. Nothing cascades: whoever deletes must say what.
pub(crate) fn references(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(to, "id")
        .to_owned()
}

/// The suffix that lets a row name another that is written later in the same transaction, where two tables refer to each
/// other. Both databases know it; the builder does not.
pub(crate) fn deferred(to: &str) -> String {
    format!(r#"REFERENCES "{to}" ("id") DEFERRABLE INITIALLY DEFERRED"#)
}

/// `column IN (…)`, named so that a violation tells which list refused.
pub(crate) fn one_of(table: &str, column: &str, codes: &[&str]) -> Check {
    let list = codes
        .iter()
        .map(|code| format!("'{code}'"))
        .collect::<Vec<_>>()
        .join(", ");
    check(table, column, format!(r#""{column}" IN ({list})"#))
}

/// A named condition on a row.
pub(crate) fn check(table: &str, rule: &str, condition: impl Into<String>) -> Check {
    Check::named(format!("{table}_{rule}_check"), Expr::cust(condition.into()))
}

/// An index named after its table and purpose.
pub(crate) fn index(table: &'static str, purpose: &str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{purpose}_idx")).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// The same, unique.
pub(crate) fn unique(table: &'static str, purpose: &str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = index(table, purpose, columns);
    index.unique().name(format!("{table}_{purpose}_key"));
    index
}

/// Creates the indexes one by one.
pub(crate) async fn create_indexes(
    manager: &SchemaManager<'_>,
    indexes: impl IntoIterator<Item = IndexCreateStatement>,
) -> Result<(), DbErr> {
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}
