//! From columns to values. A value that this program would not have written is [`StoreError::Corrupt`], never a panic.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, SubsecRound, Utc};
use serde::de::DeserializeOwned;
use stafett_workflow::vocabulary::{Code, Language};

use crate::error::StoreError;

/// A code of a closed list.
pub(crate) fn code<C: Code + FromStr>(row: impl Display, column: &str, stored: &str) -> Result<C, StoreError> {
    stored
        .parse()
        .map_err(|_unknown| StoreError::corrupt(row, format_args!("{column} is no code of {}", C::LIST)))
}

/// A code that may be absent.
pub(crate) fn optional_code<C: Code + FromStr>(
    row: impl Display,
    column: &str,
    stored: Option<&str>,
) -> Result<Option<C>, StoreError> {
    stored.map(|stored| code(row, column, stored)).transpose()
}

/// A language.
pub(crate) fn language(row: impl Display, stored: &str) -> Result<Language, StoreError> {
    stored
        .parse()
        .map_err(|_unknown| StoreError::corrupt(row, "language is neither nb nor en"))
}

/// A number that cannot be negative.
pub(crate) fn count<N: TryFrom<i32>>(row: impl Display, column: &str, stored: i32) -> Result<N, StoreError> {
    N::try_from(stored).map_err(|_range| StoreError::corrupt(row, format_args!("{column} is out of range")))
}

/// The same, on its way into the database.
pub(crate) fn stored_count(row: impl Display, column: &str, count: u32) -> Result<i32, StoreError> {
    i32::try_from(count).map_err(|_range| StoreError::corrupt(row, format_args!("{column} is out of range")))
}

/// So many characters of what a server says are kept.
const REMARK_MAX: usize = 500;

/// What a server has said of a failure, as far as it is kept: PostgreSQL cannot store U+0000, and a server may say anything.
pub(crate) fn remark(said: &str) -> String {
    said.chars()
        .filter(|character| *character != '\0')
        .take(REMARK_MAX)
        .collect()
}

/// A structured value. The reason never quotes it: it may be about a person.
pub(crate) fn json<T: DeserializeOwned>(
    row: impl Display,
    column: &str,
    stored: serde_json::Value,
) -> Result<T, StoreError> {
    serde_json::from_value(stored)
        .map_err(|_quotes_the_value| StoreError::corrupt(row, format_args!("{column} does not have its form")))
}

/// The same, on its way into the database.
pub(crate) fn to_json(what: impl Display, value: &impl serde::Serialize) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(value).map_err(|_quotes_the_value| StoreError::corrupt(what, "it has no JSON form"))
}

/// Whether anything can have this name. PostgreSQL refuses to compare with a text that holds U+0000, and no name holds a control
/// character: whoever asks for one is told that there is nothing of this name.
pub(crate) fn is_name(name: &str) -> bool {
    !name.contains(char::is_control)
}

/// A time as it is stored: PostgreSQL keeps microseconds, so nobody may ever see more of it.
pub(crate) fn micros(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

/// What stands for "no clock runs" where a list must be in the order of deadlines: the end of the year 9999.
pub(crate) fn never() -> DateTime<Utc> {
    let day = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(NaiveDate::MAX);
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use chrono::Datelike;

    use super::*;

    #[test]
    fn never_is_far_away() {
        assert_eq!(never().year(), 9999);
    }
}
