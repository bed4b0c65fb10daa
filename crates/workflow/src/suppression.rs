//! What of a table of counts may be shown to those who see across agencies, so that no small number can be read or worked out.
//!
//! A figure from 1 up to, not including, [`LEAST`] is **masked**. With the sums of its row and its column in sight it could still
//! be got by subtraction, so others are masked with it until it cannot. What protects is checked exactly, as somebody would attack
//! it who knows every figure in sight, every sum, and that a masked figure is at least 1, for zeros are never masked: after
//! [`suppress`] each masked figure could be at least two different numbers.
//!
//! A table with its sums is a network: each row and each column is a place, each figure a stream between two of them, and what
//! flows into a place flows out of it. A masked figure could be another number exactly when there is a way around through
//! figures that are masked as well. Where there is none, the cheapest is masked.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

/// A figure of so many, or of none, may be shown.
pub const LEAST: u64 = 3;

/// Which figures of a table are masked; a sum is a figure like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masks {
    arcs: Vec<Arc>,
    rows: usize,
    columns: usize,
}

impl Masks {
    /// Whether the figure in a row and a column is.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> bool {
        self.masked(self.index(row, column))
    }

    /// Whether the sum of a row is.
    #[must_use]
    pub fn row(&self, row: usize) -> bool {
        self.masked(self.index(row, self.columns))
    }

    /// Whether the sum of a column is.
    #[must_use]
    pub fn column(&self, column: usize) -> bool {
        self.masked(self.index(self.rows, column))
    }

    /// Whether the sum of all is.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.masked(self.index(self.rows, self.columns))
    }

    fn index(&self, row: usize, column: usize) -> usize {
        row * (self.columns + 1) + column
    }

    fn masked(&self, at: usize) -> bool {
        self.arcs.get(at).is_some_and(|arc| arc.masked)
    }
}

/// Whether a figure that stands for itself is masked.
#[must_use]
pub const fn is_small(figure: u64) -> bool {
    figure > 0 && figure < LEAST
}

/// Which figures of a table and of its sums are masked. The rows are as long as the first.
#[must_use]
pub fn suppress(table: &[Vec<u64>]) -> Masks {
    suppress_with(table, |_row, _column| false)
}

/// The same where some figures must be masked for another reason, such as what a second table tells of the same; zeros are not.
#[must_use]
pub fn suppress_with(table: &[Vec<u64>], also: impl Fn(usize, usize) -> bool) -> Masks {
    let (rows, columns) = (table.len(), table.first().map_or(0, Vec::len));
    let mut masks = Masks {
        arcs: arcs(table, rows, columns),
        rows,
        columns,
    };
    for row in 0..rows {
        for column in (0..columns).filter(|column| also(row, *column)) {
            let at = masks.index(row, column);
            if let Some(arc) = masks.arcs.get_mut(at).filter(|arc| arc.figure > 0) {
                arc.masked = true;
            }
        }
    }
    // Whatever is masked to protect one is on its way around and so protected itself, and more masks never lay anything bare.
    for at in 0..masks.arcs.len() {
        if !masks.masked(at) || is_protected(&masks.arcs, at) {
            continue;
        }
        for with in cheapest(&masks.arcs, at).unwrap_or_default() {
            if let Some(arc) = masks.arcs.get_mut(with) {
                arc.masked = true;
            }
        }
    }
    masks
}

/// A figure as a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Arc {
    from: usize,
    to: usize,
    figure: u64,
    masked: bool,
}

/// Each row's figures and then its sum; after the rows the sums of the columns, and the sum of all.
fn arcs(table: &[Vec<u64>], rows: usize, columns: usize) -> Vec<Arc> {
    let row_at = |row: usize| row;
    let column_at = |column: usize| rows + 1 + column;
    // Where the sums of the columns meet, and those of the rows.
    let (bottom, side) = (rows, rows + 1 + columns);
    let stream = |from, to, figure| Arc {
        from,
        to,
        figure,
        masked: is_small(figure),
    };
    let mut arcs = Vec::with_capacity((rows + 1) * (columns + 1));
    for (row, figures) in table.iter().enumerate() {
        let cells = figures.iter().take(columns).enumerate();
        arcs.extend(cells.map(|(column, figure)| stream(row_at(row), column_at(column), *figure)));
        arcs.push(stream(side, row_at(row), figures.iter().take(columns).sum()));
    }
    for column in 0..columns {
        let sum = table.iter().filter_map(|row| row.get(column)).sum();
        arcs.push(stream(column_at(column), bottom, sum));
    }
    let all = table.iter().flat_map(|row| row.iter().take(columns)).sum();
    arcs.push(stream(bottom, side, all));
    arcs
}

/// A step through the network: along a figure, which makes it larger, or against it, which makes it smaller. A masked figure is
/// known to be 1 at least, so a 1 cannot be made smaller.
fn steps(arcs: &[Arc], without: usize, usable: impl Fn(&Arc) -> bool) -> Vec<(usize, usize, usize)> {
    let mut steps = Vec::new();
    for (at, arc) in arcs.iter().enumerate() {
        if at == without || !usable(arc) {
            continue;
        }
        steps.push((arc.from, arc.to, at));
        if arc.figure > 1 {
            steps.push((arc.to, arc.from, at));
        }
    }
    steps
}

/// Whether the masked figure could be one more or one less with all that is in sight as it is.
fn is_protected(arcs: &[Arc], at: usize) -> bool {
    let Some(arc) = arcs.get(at) else { return true };
    let steps = steps(arcs, at, |arc| arc.masked);
    let reaches = |from: usize, to: usize| {
        let mut seen = BTreeSet::from([from]);
        loop {
            let before = seen.len();
            for (start, end, _) in &steps {
                if seen.contains(start) {
                    seen.insert(*end);
                }
            }
            if seen.contains(&to) || seen.len() == before {
                return seen.contains(&to);
            }
        }
    };
    reaches(arc.to, arc.from) || (arc.figure > 1 && reaches(arc.from, arc.to))
}

/// The figures on the way around a figure that costs the least in what is no longer shown.
fn cheapest(arcs: &[Arc], at: usize) -> Option<Vec<usize>> {
    let arc = arcs.get(at)?;
    let steps = steps(arcs, at, |arc| arc.figure > 0);
    let larger = way(arcs, &steps, arc.to, arc.from);
    let smaller = if arc.figure > 1 {
        way(arcs, &steps, arc.from, arc.to)
    } else {
        None
    };
    [larger, smaller]
        .into_iter()
        .flatten()
        .min_by_key(|(cost, _)| *cost)
        .map(|(_, way)| way)
}

/// The cheapest way from one place to another, with its cost (Bellman and Ford; the networks are small).
fn way(arcs: &[Arc], steps: &[(usize, usize, usize)], from: usize, to: usize) -> Option<(u64, Vec<usize>)> {
    let cost = |at: usize| {
        arcs.get(at)
            .map_or(0, |arc| if arc.masked { 0 } else { arc.figure.saturating_add(1) })
    };
    // How far each place is, and by which step one comes there.
    let mut reached: BTreeMap<usize, (u64, Option<(usize, usize)>)> = BTreeMap::from([(from, (0, None))]);
    loop {
        let mut nearer = false;
        for (start, end, at) in steps {
            let Some((far, _)) = reached.get(start).copied() else {
                continue;
            };
            let far = far.saturating_add(cost(*at));
            if *end != from && reached.get(end).is_none_or(|(known, _)| far < *known) {
                reached.insert(*end, (far, Some((*start, *at))));
                nearer = true;
            }
        }
        if !nearer {
            break;
        }
    }
    let (far, _) = reached.get(&to)?;
    let (mut way, mut place) = (Vec::new(), to);
    while let Some((_, Some((before, at)))) = reached.get(&place) {
        way.push(*at);
        place = *before;
    }
    Some((*far, way))
}
