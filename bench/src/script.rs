//! From recorded statements to a pgbench script.
//!
//! A recording names the ids of one referral. In the script these ids are computed from the number `:p` of a row that was
//! prepared ([`crate::prepare`]), and fresh ids likewise, so that each repetition is about a referral of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use uuid::Uuid;

use crate::error::Error;
use crate::record::{Statement, Value};

/// The number of row 0. With a zero before them these are the first twelve digits of every id of a row: UUIDv7s of the
/// beginning of 2024, so that fresh ids come in order, as the server's own do.
pub(crate) const FIRST_ROW: u64 = 19_000_000_000;

/// What in a recording stands for something else.
#[derive(Debug)]
pub(crate) struct Meaning {
    /// Ids that are the same for every referral: agencies and people.
    pub(crate) shared: BTreeSet<Uuid>,
    /// Ids of the recorded referral, each beside the one in the same place of the referral that the rows are copies of.
    pub(crate) roles: BTreeMap<Uuid, Uuid>,
    /// Texts that must differ from row to row.
    pub(crate) unique: BTreeSet<String>,
    /// When it was recorded: the time that the server took then is the present.
    pub(crate) recorded: (DateTime<Utc>, DateTime<Utc>),
}

/// Which rows a repetition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Each the next one, never one twice: `:base` and those that follow.
    Next,
    /// Any of the first `:rows`.
    Any,
    /// Those of the recording.
    Recorded,
}

/// The script that runs `statements` once.
pub(crate) fn script(statements: &[Statement], meaning: &Meaning, rows: Rows) -> Result<String, Error> {
    let mut script = match rows {
        Rows::Next => {
            format!("\\set k :k + 1\n\\set p {FIRST_ROW} + :base + :k * :clients + :client_id\n")
        }
        Rows::Any => format!("\\set p {FIRST_ROW} + random(1, :rows)\n"),
        Rows::Recorded => String::new(),
    };
    for statement in statements {
        let values = statement
            .values
            .iter()
            .map(|value| expression(value, meaning, rows))
            .collect::<Result<Vec<_>, _>>()?;
        let sql = fill(statement.sql.trim().trim_end_matches(';'), &values)?;
        let _writing_to_a_string_succeeds = writeln!(script, "{sql};");
    }
    Ok(script)
}

/// `sql` with each `$n` replaced, those in quotes left alone.
fn fill(sql: &str, values: &[String]) -> Result<String, Error> {
    let mut filled = String::with_capacity(sql.len());
    let mut quote = None;
    let mut rest = sql.chars().peekable();
    while let Some(character) = rest.next() {
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if matches!(character, '\'' | '"') => quote = Some(character),
            None if character == '$' && rest.peek().is_some_and(char::is_ascii_digit) => {
                let mut number = String::new();
                while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                    number.push(digit);
                }
                let value = number
                    .parse::<usize>()
                    .ok()
                    .and_then(|number| values.get(number.checked_sub(1)?));
                let missing = || Error::Setup(format!("a recorded statement has no value for ${number}: {sql}"));
                filled.push_str(value.ok_or_else(missing)?);
                continue;
            }
            None => {}
        }
        filled.push(character);
    }
    Ok(filled)
}

/// The SQL expression for a recorded value.
fn expression(value: &Value, meaning: &Meaning, rows: Rows) -> Result<String, Error> {
    let unknown = || {
        Error::Setup(format!(
            "a recorded value of type {} cannot be written as SQL",
            value.kind
        ))
    };
    let name = type_name(value.kind).ok_or_else(unknown)?;
    let Some(bytes) = &value.bytes else {
        return Ok(format!("NULL::{name}"));
    };
    let text = if value.binary {
        text_of(value.kind, bytes)
    } else {
        String::from_utf8(bytes.clone()).ok()
    };
    let text = text.ok_or_else(unknown)?;
    let by_row = rows != Rows::Recorded;
    Ok(match name {
        "uuid" if by_row => {
            let id = Uuid::parse_str(&text).map_err(|_not_one| unknown())?;
            if meaning.shared.contains(&id) {
                literal(&text, name)
            } else {
                id_of_row(meaning.roles.get(&id).copied().unwrap_or(id))
            }
        }
        "text" if by_row && meaning.unique.contains(&text) => "('R'||:p::text)".to_owned(),
        "timestamptz" if is_present(&text, meaning) => "now()".to_owned(),
        _ => literal(&text, name),
    })
}

/// The id that a row has in the place of `id`.
fn id_of_row(id: Uuid) -> String {
    let digits = id.simple().to_string();
    format!("('0'||:p::text||'{}')::uuid", digits.get(12..).unwrap_or_default())
}

fn is_present(text: &str, meaning: &Meaning) -> bool {
    let (from, to) = meaning.recorded;
    DateTime::parse_from_rfc3339(text).is_ok_and(|at| (from..=to).contains(&at.to_utc()))
}

/// A quoted text. Colons are escaped, for pgbench looks for its variables in quotes too.
fn literal(text: &str, name: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str("''"),
            '\\' => quoted.push_str("\\\\"),
            ':' => quoted.push_str("\\x3a"),
            '\n' => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    format!("E'{quoted}'::{name}")
}

/// The types that the store binds, by their numbers in `pg_type`.
fn type_name(kind: u32) -> Option<&'static str> {
    Some(match kind {
        16 => "bool",
        17 => "bytea",
        20 => "int8",
        21 => "int2",
        23 => "int4",
        25 | 1043 => "text",
        114 => "json",
        701 => "float8",
        1184 => "timestamptz",
        2950 => "uuid",
        3802 => "jsonb",
        _ => return None,
    })
}

fn text_of(kind: u32, bytes: &[u8]) -> Option<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    Some(match kind {
        16 => (*bytes.first()? != 0).to_string(),
        17 => bytes
            .iter()
            .fold("\\x".to_owned(), |hex, byte| format!("{hex}{byte:02x}")),
        20 => i64::from_be_bytes(bytes.try_into().ok()?).to_string(),
        21 => i16::from_be_bytes(bytes.try_into().ok()?).to_string(),
        23 => i32::from_be_bytes(bytes.try_into().ok()?).to_string(),
        701 => f64::from_be_bytes(bytes.try_into().ok()?).to_string(),
        1184 => timestamp(i64::from_be_bytes(bytes.try_into().ok()?))?,
        2950 => Uuid::from_slice(bytes).ok()?.to_string(),
        // The first byte is the format's version.
        3802 => text(bytes.get(1..)?)?,
        _ => text(bytes)?,
    })
}

/// PostgreSQL counts microseconds from the year 2000.
fn timestamp(microseconds: i64) -> Option<String> {
    let start = DateTime::from_timestamp(946_684_800, 0)?;
    let at = start.checked_add_signed(TimeDelta::microseconds(microseconds))?;
    Some(at.to_rfc3339_opts(SecondsFormat::Micros, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "019ab000-0000-7000-8000-00000000000a";
    const COPIED: &str = "019aa000-0000-7fff-8000-00000000000b";
    const SHARED: &str = "019ab000-0000-7000-8000-0000000000ff";

    fn id(text: &str) -> Uuid {
        Uuid::parse_str(text).unwrap()
    }

    fn meaning() -> Meaning {
        let start = DateTime::from_timestamp(946_684_800, 0).unwrap();
        Meaning {
            shared: BTreeSet::from([id(SHARED)]),
            roles: BTreeMap::from([(id(ROW), id(COPIED))]),
            unique: BTreeSet::from(["key".to_owned()]),
            recorded: (start, start + TimeDelta::seconds(1)),
        }
    }

    fn value(kind: u32, bytes: &[u8]) -> Value {
        Value {
            kind,
            binary: true,
            bytes: Some(bytes.to_vec()),
        }
    }

    #[test]
    fn what_belongs_to_a_row_is_computed_and_the_rest_stays() {
        let statement = Statement {
            sql: "INSERT INTO \"a$1\" VALUES ($1, $2, $3, $4, '$5', $5, $6)".to_owned(),
            values: vec![
                value(2950, id(ROW).as_bytes()),
                value(2950, id(SHARED).as_bytes()),
                value(25, b"key"),
                value(3802, b"\x01{\"a\":\"it's\"}"),
                value(1184, &5_i64.to_be_bytes()),
                value(1184, &5_000_000_i64.to_be_bytes()),
            ],
        };
        let script = script(&[statement], &meaning(), Rows::Next).unwrap();
        let statement = script.lines().last().unwrap();
        assert_eq!(
            statement,
            format!(
                "INSERT INTO \"a$1\" VALUES (('0'||:p::text||'7fff800000000000000b')::uuid, E'{SHARED}'::uuid, \
                 ('R'||:p::text), E'{{\"a\"\\x3a\"it''s\"}}'::jsonb, '$5', now(), \
                 E'2000-01-01T00\\x3a00\\x3a05.000000Z'::timestamptz);"
            )
        );
    }

    #[test]
    fn a_value_that_cannot_be_written_is_told() {
        let statement = Statement {
            sql: "SELECT $1".to_owned(),
            values: vec![value(600, b"")],
        };
        assert!(script(&[statement], &meaning(), Rows::Any).is_err());
    }
}
