//! Where a page of a work list ends and the next begins.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::list::{Line, Sort};
use crate::map::never;

/// A place in a list: after this row. Its text form is opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    sort: Sort,
    key: DateTime<Utc>,
    id: Uuid,
}

/// A text that is no cursor, or one of a list in another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor of this list")]
pub struct NotACursor;

impl Cursor {
    /// The place after a row of a list in this order.
    pub(super) fn at(sort: Sort, line: &Line) -> Self {
        let key = match sort {
            Sort::Due => line.next_due.unwrap_or_else(never),
            Sort::Created => line.created_at,
        };
        Self {
            sort,
            key,
            id: line.id.0,
        }
    }

    pub(super) const fn key(&self) -> DateTime<Utc> {
        self.key
    }

    pub(super) const fn id(&self) -> Uuid {
        self.id
    }

    /// In which order the list is that it belongs to.
    #[must_use]
    pub const fn sort(&self) -> Sort {
        self.sort
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sort = match self.sort {
            Sort::Due => 'd',
            Sort::Created => 'c',
        };
        write!(f, "{sort}{:016x}{}", self.key.timestamp_micros(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let parse = || {
            let (sort, rest) = text.split_at_checked(1)?;
            let sort = match sort {
                "d" => Sort::Due,
                "c" => Sort::Created,
                _ => return None,
            };
            let (key, id) = rest.split_at_checked(16)?;
            let key = i64::from_str_radix(key, 16)
                .ok()
                .and_then(DateTime::from_timestamp_micros)?;
            let id = (id.len() == 32).then(|| Uuid::try_parse(id).ok())??;
            Some(Self { sort, key, id })
        };
        parse().ok_or(NotACursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_itself_and_nothing_else_does() {
        let cursor = Cursor {
            sort: Sort::Created,
            key: never(),
            id: Uuid::now_v7(),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in [
            "",
            "d",
            "x0000000000000000",
            "d00000000000000000",
            "ø",
            "dzzzzzzzzzzzzzzzz",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(NotACursor), "{text}");
        }
    }
}
