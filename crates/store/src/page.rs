//! Pages of a list. A page continues after a row, not after a number of rows: it stays right while others insert, and the
//! hundredth page costs as much as the first.

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// From one row more than the page holds, which tells whether there is a next one.
    pub(crate) fn cut(mut rows: Vec<T>, limit: u32, cursor: impl Fn(&T) -> C) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(cursor);
        Self { items: rows, next }
    }

    /// The same page with its rows turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U, C> {
        Page {
            items: self.items.into_iter().map(turn).collect(),
            next: self.next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_next_one_only_when_a_row_is_left_over() {
        let cut = |rows: Vec<u32>| Page::cut(rows, 2, |row| *row);
        assert_eq!(
            cut(vec![1, 2, 3]),
            Page {
                items: vec![1, 2],
                next: Some(2)
            }
        );
        assert_eq!(
            cut(vec![1, 2]),
            Page {
                items: vec![1, 2],
                next: None
            }
        );
        assert_eq!(
            cut(Vec::new()),
            Page {
                items: Vec::new(),
                next: None
            }
        );
    }
}
