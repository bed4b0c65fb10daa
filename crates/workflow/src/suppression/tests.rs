use proptest::prelude::*;

use super::*;

/// What somebody sees: every figure with its sums, or nothing where it is masked.
#[derive(Debug)]
struct Seen {
    cells: Vec<Vec<Option<u64>>>,
    rows: Vec<Option<u64>>,
    columns: Vec<Option<u64>>,
    whole: Option<u64>,
}

fn seen(table: &[Vec<u64>]) -> Seen {
    let masks = suppress(table);
    let shown = |masked: bool, figure: u64| (!masked).then_some(figure);
    let columns = table.first().map_or(0, Vec::len);
    let cells = table.iter().enumerate().map(|(row, figures)| {
        let cells = figures.iter().enumerate();
        cells
            .map(|(column, figure)| shown(masks.cell(row, column), *figure))
            .collect()
    });
    Seen {
        cells: cells.collect(),
        rows: table
            .iter()
            .enumerate()
            .map(|(row, figures)| shown(masks.row(row), figures.iter().sum()))
            .collect(),
        columns: (0..columns)
            .map(|column| shown(masks.column(column), table.iter().map(|row| row[column]).sum()))
            .collect(),
        whole: shown(masks.whole(), table.iter().flatten().sum()),
    }
}

/// Every table that fits what somebody sees, tried one by one: masked figures are 1 at least, and here no larger than `most`.
fn fitting(seen: &Seen, most: u64) -> Vec<Vec<u64>> {
    let cells: Vec<Option<u64>> = seen.cells.iter().flatten().copied().collect();
    let width = seen.columns.len();
    let mut fitting = Vec::new();
    let mut tried = vec![Vec::new()];
    for cell in &cells {
        let choices: Vec<u64> = cell.map_or_else(|| (1..=most).collect(), |known| vec![known]);
        tried = tried
            .into_iter()
            .flat_map(|begun: Vec<u64>| {
                choices.iter().map(move |choice| {
                    let mut longer = begun.clone();
                    longer.push(*choice);
                    longer
                })
            })
            // A row that is whole must fit its sum.
            .filter(|begun| {
                let row = begun.len() / width;
                begun.len() % width != 0 || fits(begun[(row - 1) * width..].iter().sum(), seen.rows[row - 1])
            })
            .collect();
    }
    for table in tried {
        let sums_fit = (0..width).all(|column| {
            let sum = table.iter().skip(column).step_by(width).sum();
            fits(sum, seen.columns[column])
        });
        if sums_fit && fits(table.iter().sum(), seen.whole) {
            fitting.push(table);
        }
    }
    fitting
}

/// A sum that is in sight is what it is; one that is not is no zero.
fn fits(sum: u64, seen: Option<u64>) -> bool {
    seen.map_or(sum > 0, |seen| seen == sum)
}

/// No masked figure and no masked sum is the same in all tables that fit.
fn nothing_can_be_worked_out(table: &[Vec<u64>]) {
    let seen = seen(table);
    let most = table.iter().flatten().max().copied().unwrap_or(0) + 2;
    let fitting = fitting(&seen, most);
    let width = seen.columns.len();
    let varies = |of: &dyn Fn(&Vec<u64>) -> u64| {
        let first = fitting.first().map(of);
        fitting.iter().any(|table| Some(of(table)) != first)
    };
    for (row, cells) in seen.cells.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            assert!(
                cell.is_some() || varies(&|table| table[row * width + column]),
                "{table:?}: {row}, {column} can be worked out of {seen:?}"
            );
        }
        let sum = |table: &Vec<u64>| table[row * width..(row + 1) * width].iter().sum();
        assert!(
            seen.rows[row].is_some() || varies(&sum),
            "{table:?}: row {row} of {seen:?}"
        );
    }
    for column in 0..width {
        let sum = |table: &Vec<u64>| table.iter().skip(column).step_by(width).sum();
        assert!(
            seen.columns[column].is_some() || varies(&sum),
            "{table:?}: column {column} of {seen:?}"
        );
    }
    assert!(
        seen.whole.is_some() || varies(&|table| table.iter().sum()),
        "{table:?}: all of {seen:?}"
    );
}

#[test]
fn a_small_figure_takes_another_with_it() {
    let seen = seen(&[vec![10, 1, 20], vec![30, 8, 40]]);
    assert_eq!(seen.cells[0][1], None);
    let masked = seen.cells.iter().flatten().filter(|cell| cell.is_none()).count();
    assert_eq!(masked, 4, "a rectangle, so that neither row nor column tells: {seen:?}");
    assert_eq!(
        (seen.rows, seen.columns),
        (vec![Some(31), Some(78)], vec![Some(40), Some(9), Some(60)])
    );
    assert_eq!(seen.whole, Some(109));
}

#[test]
fn where_nothing_is_small_everything_is_shown() {
    let seen = seen(&[vec![3, 0], vec![0, 12]]);
    assert!(seen.cells.iter().flatten().all(Option::is_some));
    assert_eq!(seen.whole, Some(15));
}

#[test]
fn two_ones_do_not_hide_behind_their_sum() {
    // Both masked, and their sum 2 in sight, would tell that each is 1.
    let seen = seen(&[vec![1, 1, 9]]);
    assert_eq!(seen.cells[0][0], None);
    nothing_can_be_worked_out(&[vec![1, 1, 9]]);
    nothing_can_be_worked_out(&[vec![1, 1], vec![1, 1]]);
}

#[test]
fn a_lonely_figure_is_masked_with_its_sums() {
    let seen = seen(&[vec![2]]);
    assert_eq!(
        (seen.cells[0][0], seen.rows[0], seen.columns[0], seen.whole),
        (None, None, None, None)
    );
    assert!(suppress(&[]).arcs.iter().all(|arc| !arc.masked));
}

#[test]
fn what_must_be_masked_for_another_reason_is_hidden_as_well() {
    let masks = suppress_with(&[vec![10, 0, 20, 30]], |_row, column| column < 2);
    let masked: Vec<bool> = (0..4).map(|column| masks.cell(0, column)).collect();
    assert_eq!(
        masked,
        [true, false, true, false],
        "with the next smallest, so that the sum does not tell"
    );
    assert!(masks.column(0) && masks.column(2) && !masks.row(0));
}

#[test]
fn a_zero_is_never_masked() {
    let table = [vec![0, 1, 0], vec![4, 0, 0]];
    for (cells, figures) in seen(&table).cells.iter().zip(&table) {
        for (cell, figure) in cells.iter().zip(figures) {
            assert!(*figure > 0 || *cell == Some(0));
        }
    }
}

fn tables() -> impl Strategy<Value = Vec<Vec<u64>>> {
    let figure = prop_oneof![3 => 0_u64..=4, 1 => Just(7)];
    (1_usize..=3, 1_usize..=3).prop_flat_map(move |(rows, columns)| {
        proptest::collection::vec(proptest::collection::vec(figure.clone(), columns), rows)
    })
}

fn large_tables() -> impl Strategy<Value = Vec<Vec<u64>>> {
    let figure = prop_oneof![4 => Just(0_u64), 3 => 1_u64..=5, 2 => 6_u64..=60];
    (1_usize..=14, 1_usize..=6).prop_flat_map(move |(rows, columns)| {
        proptest::collection::vec(proptest::collection::vec(figure.clone(), columns), rows)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_masked_can_be_worked_out(table in tables().prop_filter("few enough to try all", |table| {
        let masked = seen(table).cells.iter().flatten().filter(|cell| cell.is_none()).count();
        masked <= 6
    })) {
        nothing_can_be_worked_out(&table);
    }

    #[test]
    fn what_is_small_is_masked_whatever_the_table(table in large_tables()) {
        let seen = seen(&table);
        for (cells, figures) in seen.cells.iter().zip(&table) {
            for (cell, figure) in cells.iter().zip(figures) {
                prop_assert!(!is_small(*figure) || cell.is_none());
            }
        }
        for sum in seen.rows.iter().chain(&seen.columns).chain([&seen.whole]) {
            prop_assert!(!sum.is_some_and(is_small));
        }
        // Plain subtraction finds nothing: no sum in sight lacks just one of its figures.
        for (cells, sum) in seen.cells.iter().zip(&seen.rows) {
            let hidden = cells.iter().filter(|cell| cell.is_none()).count();
            prop_assert!(sum.is_none() || hidden != 1);
            prop_assert!(sum.is_some() || hidden > 0);
        }
    }
}
