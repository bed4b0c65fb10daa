//! Norway's public holidays of any year: the days of the act on public holidays (*lov om helligdager og helligdagsfred*
//! of 24 February 1995 no. 12) and the two of the act on 1 and 17 May (26 April 1947 no. 1). The eves are no holidays.

use chrono::{Datelike, Days, NaiveDate};

/// Holidays with a date of their own: month and day.
const FIXED: [(u32, u32); 5] = [(1, 1), (5, 1), (5, 17), (12, 25), (12, 26)];

/// Holidays that move with Easter, in days from Easter Sunday: Maundy Thursday, Good Friday, Easter Sunday and Monday,
/// Ascension Day, Whit Sunday and Monday.
const FROM_EASTER: [i64; 7] = [-3, -2, 0, 1, 39, 49, 50];

/// The public holidays of a year in order, each once: two may fall on one day, as Whit Monday does on 17 May 2027.
#[must_use]
pub fn public_holidays(year: i32) -> Vec<NaiveDate> {
    let fixed = FIXED
        .into_iter()
        .filter_map(|(month, day)| NaiveDate::from_ymd_opt(year, month, day));
    let moving = easter_sunday(year).into_iter().flat_map(|easter| {
        FROM_EASTER.into_iter().filter_map(move |offset| {
            let days = Days::new(offset.unsigned_abs());
            if offset < 0 {
                easter.checked_sub_days(days)
            } else {
                easter.checked_add_days(days)
            }
        })
    });
    let mut holidays: Vec<NaiveDate> = fixed.chain(moving).collect();
    holidays.sort_unstable();
    holidays.dedup();
    holidays
}

/// Whether a date is a public holiday. An ordinary Sunday is none.
#[must_use]
pub fn is_public_holiday(date: NaiveDate) -> bool {
    FIXED.contains(&(date.month(), date.day()))
        || easter_sunday(date.year()).is_some_and(|easter| FROM_EASTER.contains(&(date - easter).num_days()))
}

/// Easter Sunday of the Gregorian calendar, by the computation of Meeus, Jones and Butcher. `None` only for years that
/// a date cannot have.
#[must_use]
pub fn easter_sunday(year: i32) -> Option<NaiveDate> {
    // Easter comes back every 5 700 000 years; a year's place in that cycle is never negative.
    let cycle = year.rem_euclid(5_700_000);
    let golden = cycle % 19;
    let (century, of_century) = (cycle / 100, cycle % 100);
    let moon_correction = (century + 8) / 25;
    let epact = (19 * golden + century - century / 4 - (century - moon_correction + 1) / 3 + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let march = epact + to_sunday - 7 * late + 114;
    NaiveDate::from_ymd_opt(
        year,
        u32::try_from(march / 31).ok()?,
        u32::try_from(march % 31 + 1).ok()?,
    )
}
