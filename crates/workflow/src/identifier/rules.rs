//! The arithmetic: digits, dates and check digits. Everything here works on digit values and returns no text.

use super::{CheckRule, IdentifierError, IdentifierKind, Synthetic};

/// Exactly `N` digits, with white space dropped: people group digits, and copy the narrow spaces of web pages along.
pub(super) fn digits<const N: usize>(text: &str) -> Result<[u8; N], IdentifierError> {
    let expected = u8::try_from(N).unwrap_or(u8::MAX);
    let mut digits = [0; N];
    let mut found = 0;
    for character in text.chars().filter(|character| !character.is_whitespace()) {
        let digit = character
            .to_digit(10)
            .and_then(|digit| u8::try_from(digit).ok())
            .ok_or(IdentifierError::Digits)?;
        if let Some(place) = digits.get_mut(found) {
            *place = digit;
        }
        // Saturating: a text may be longer than any count, and more than N is all that matters.
        found = found.saturating_add(1);
    }
    if found == N {
        Ok(digits)
    } else {
        Err(IdentifierError::Length { expected })
    }
}

/// Every rule of an eleven-digit kind.
pub(super) fn check(kind: IdentifierKind, digits: [u8; 11]) -> Result<(), IdentifierError> {
    let broken = match shape(kind, digits).and_then(|()| check_digits(digits)) {
        Ok(()) => return Ok(()),
        Err(broken) => broken,
    };
    // With its check digits right, a number that has another kind's shape is not mistyped but mislabelled.
    let others = [
        IdentifierKind::Fnr,
        IdentifierKind::DNumber,
        IdentifierKind::FhNumber,
        IdentifierKind::HNumber,
    ];
    match others
        .into_iter()
        .find(|&other| other != kind && shape(other, digits).is_ok())
    {
        Some(found) if check_digits(digits).is_ok() => Err(IdentifierError::WrongKind { stated: kind, found }),
        _ => Err(broken),
    }
}

/// The birth day and month, offsets of the kind taken off. `None` when the kind carries no date or the date does not exist.
pub(super) fn day_and_month(kind: IdentifierKind, digits: [u8; 11]) -> Option<(u8, u8)> {
    let [d1, d2, m1, m2, y1, y2, ..] = digits;
    let (day, month, year) = (10 * d1 + d2, 10 * m1 + m2, 10 * y1 + y2);
    let day = match kind {
        IdentifierKind::DNumber => day.checked_sub(40)?,
        IdentifierKind::Fnr | IdentifierKind::HNumber | IdentifierKind::FhNumber | IdentifierKind::Duf => day,
    };
    let month = match kind {
        IdentifierKind::Fnr | IdentifierKind::DNumber => {
            month
                - series(digits).map_or(0, |series| match series {
                    Synthetic::Nav => 40,
                    Synthetic::Other => 65,
                    Synthetic::Tenor => 80,
                })
        }
        IdentifierKind::HNumber => month.checked_sub(40)?,
        IdentifierKind::FhNumber | IdentifierKind::Duf => return None,
    };
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        // The century is open, and a year 00 may be 2000, which had a 29 February.
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        _ => return None,
    };
    (1..=last).contains(&day).then_some((day, month))
}

/// The test series, by the month.
pub(super) fn series(digits: [u8; 11]) -> Option<Synthetic> {
    let [_, _, m1, m2, ..] = digits;
    match 10 * m1 + m2 {
        41..=52 => Some(Synthetic::Nav),
        66..=77 => Some(Synthetic::Other),
        81..=92 => Some(Synthetic::Tenor),
        _ => None,
    }
}

/// Which rule the first check digit obeys, for digits that have passed [`check`].
pub(super) fn check_rule(digits: [u8; 11]) -> CheckRule {
    if first_remainder(digits) == 0 {
        CheckRule::Original
    } else {
        CheckRule::From2032
    }
}

/// Whether a DUF number's two check digits fit: the serial before the year, weighted, modulo 11, as two digits.
pub(super) fn duf_check(digits: [u8; 12]) -> bool {
    let [y1, y2, y3, y4, s1, s2, s3, s4, s5, s6, k1, k2] = digits;
    let sum = weighted(
        &[4, 6, 3, 2, 7, 5, 4, 6, 3, 2],
        &[s1, s2, s3, s4, s5, s6, y1, y2, y3, y4],
    );
    sum % 11 == 10 * u32::from(k1) + u32::from(k2)
}

/// The check digit of an organisation number; `None` when no digit fits, for then the number is never issued.
pub(super) fn organisation_check_digit(digits: [u8; 8]) -> Option<u8> {
    match (11 - weighted(&[3, 2, 7, 6, 5, 4, 3, 2], &digits) % 11) % 11 {
        10 => None,
        digit => u8::try_from(digit).ok(),
    }
}

fn shape(kind: IdentifierKind, digits: [u8; 11]) -> Result<(), IdentifierError> {
    match kind {
        IdentifierKind::FhNumber if matches!(digits, [8 | 9, ..]) => Ok(()),
        IdentifierKind::FhNumber => Err(IdentifierError::FirstDigit),
        IdentifierKind::Fnr | IdentifierKind::DNumber | IdentifierKind::HNumber | IdentifierKind::Duf => {
            day_and_month(kind, digits).map(|_| ()).ok_or(IdentifierError::Date)
        }
    }
}

/// Both check digits. The first has been given more room for numbers issued from 1 January 2032: its remainder may be
/// 0, 1, 2 or 3. The second keeps its rule, and it alone catches every single wrong digit and every two neighbours
/// exchanged: no weight is zero and no two neighbouring weights are equal modulo the prime 11.
fn check_digits(digits: [u8; 11]) -> Result<(), IdentifierError> {
    if first_remainder(digits) > 3 {
        return Err(IdentifierError::FirstCheckDigit);
    }
    if weighted(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1], &digits) % 11 != 0 {
        return Err(IdentifierError::SecondCheckDigit);
    }
    Ok(())
}

fn first_remainder(digits: [u8; 11]) -> u32 {
    weighted(&[3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0], &digits) % 11
}

fn weighted<const N: usize>(weights: &[u32; N], digits: &[u8; N]) -> u32 {
    weights
        .iter()
        .zip(digits)
        .map(|(weight, &digit)| weight * u32::from(digit))
        .sum()
}
