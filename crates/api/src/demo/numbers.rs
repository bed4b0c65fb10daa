//! Numbers that belong to nobody: the population register's own synthetic series, whose months are 80 too high.

use chrono::{Datelike, Days, NaiveDate};
use stafett_workflow::identifier::{Identifier, IdentifierKind};

use super::dice::Dice;

const FIRST_WEIGHTS: [u32; 9] = [3, 7, 6, 1, 8, 9, 4, 5, 2];
const SECOND_WEIGHTS: [u32; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
/// What the synthetic series adds to the month.
const MONTH: u32 = 80;
/// What a D-number adds to the day.
const DAY: u32 = 40;
/// The individual numbers of those born from 2000 on begin here.
const FIRST_OF_THE_CENTURY: u64 = 500;

/// A number for somebody who is `age` years old on `today`, and the day of birth that goes with it. `None` before the year
/// 2000, whose series would need other rules.
pub(super) fn number_for(kind: IdentifierKind, age: u8, today: NaiveDate, dice: &mut Dice) -> Option<Identifier> {
    let birthday = today.with_year(today.year() - i32::from(age)).or_else(|| {
        // Whoever is asked for on 29 February has their birthday the day before in other years.
        today.pred_opt()?.with_year(today.year() - i32::from(age))
    })?;
    let born = birthday.checked_sub_days(Days::new(dice.word() % 365))?;
    if born.year() < 2000 {
        return None;
    }
    // One in six combinations has no check digits, so a dozen throws find one.
    (0..100).find_map(|_| {
        let individual = FIRST_OF_THE_CENTURY + dice.word() % FIRST_OF_THE_CENTURY;
        Identifier::parse(kind, &written(kind, born, individual)?).ok()
    })
}

fn written(kind: IdentifierKind, born: NaiveDate, individual: u64) -> Option<String> {
    let day = born.day() + if kind == IdentifierKind::DNumber { DAY } else { 0 };
    let mut number = format!(
        "{day:02}{:02}{:02}{individual:03}",
        born.month() + MONTH,
        born.year() % 100
    );
    for weights in [&FIRST_WEIGHTS[..], &SECOND_WEIGHTS[..]] {
        let digits = number.chars().filter_map(|digit| digit.to_digit(10));
        let sum: u32 = digits.zip(weights).map(|(digit, weight)| digit * weight).sum();
        let check = (11 - sum % 11) % 11;
        number.push(char::from_digit(check, 10)?);
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use stafett_workflow::identifier::InstanceKind;

    use super::*;

    #[test]
    fn a_number_is_synthetic_and_of_the_right_age() {
        let mut dice = Dice::seeded(1, "numbers");
        let today = "2028-02-29".parse().unwrap();
        for age in 0..=25 {
            for kind in [IdentifierKind::Fnr, IdentifierKind::DNumber] {
                let number = number_for(kind, age, today, &mut dice).unwrap();
                number.admissible(InstanceKind::Demo).unwrap();
                number.admissible(InstanceKind::Production).unwrap_err();
            }
        }
        assert!(number_for(IdentifierKind::Fnr, 40, today, &mut dice).is_none());
    }

    #[test]
    fn the_check_digits_are_the_registers() {
        let born = "2020-11-17".parse().unwrap();
        assert_eq!(written(IdentifierKind::Fnr, born, 999).as_deref(), Some("17912099997"));
        assert_eq!(
            written(IdentifierKind::DNumber, born, 751).as_deref(),
            Some("57912075186")
        );
    }
}
