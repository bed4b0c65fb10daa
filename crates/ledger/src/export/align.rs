//! Two lists of hashes, what should be there and what is: where they differ, and how.

use std::collections::HashSet;

use crate::tree::Hash;

/// One difference. `wanted` counts in the list of what should be there, `found` in that of what is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    /// Something else stands where this should.
    Changed { wanted: usize, found: usize },
    /// It is not there.
    Missing { wanted: usize },
    /// It should not be there.
    Added { before: usize, found: usize },
    /// It is there, and not in its place.
    Moved { wanted: usize },
}

/// The differences, in the order of `wanted`. No hash stands twice in an honest list.
pub(super) fn differences(wanted: &[Hash], found: &[Hash]) -> Vec<Difference> {
    let should: HashSet<_> = wanted.iter().collect();
    let is: HashSet<_> = found.iter().collect();
    let mut seen = HashSet::new();
    let mut list = Vec::new();
    let (mut w, mut f) = (0, 0);
    loop {
        match (wanted.get(w), found.get(f)) {
            // It was moved, and has been told of.
            (Some(this), _) if seen.contains(this) => w += 1,
            (Some(this), Some(other)) if this == other => {
                seen.insert(other);
                (w, f) = (w + 1, f + 1);
            }
            (this, Some(other)) if should.contains(other) => {
                // Known, and somewhere else: it was moved, or it stands here a second time.
                if !seen.insert(other) {
                    list.push(Difference::Added { before: w, found: f });
                    f += 1;
                } else if this.is_some_and(|this| !is.contains(this)) {
                    seen.remove(other);
                    list.push(Difference::Missing { wanted: w });
                    w += 1;
                } else if let Some(place) = wanted.iter().position(|one| one == other) {
                    list.push(Difference::Moved { wanted: place });
                    f += 1;
                }
            }
            (Some(this), Some(_unknown)) => {
                if is.contains(this) {
                    list.push(Difference::Added { before: w, found: f });
                    f += 1;
                } else {
                    list.push(Difference::Changed { wanted: w, found: f });
                    (w, f) = (w + 1, f + 1);
                }
            }
            (Some(_), None) => {
                list.push(Difference::Missing { wanted: w });
                w += 1;
            }
            (None, Some(_unknown)) => {
                list.push(Difference::Added { before: w, found: f });
                f += 1;
            }
            (None, None) => return list,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(names: &str) -> Vec<Hash> {
        names.bytes().map(|name| Hash::of_leaf(&[name])).collect()
    }

    fn told(wanted: &str, found: &str) -> Vec<Difference> {
        differences(&hashes(wanted), &hashes(found))
    }

    #[test]
    fn each_kind_is_told_at_its_place() {
        use Difference::{Added, Changed, Missing, Moved};
        assert_eq!(told("abcd", "abcd"), []);
        assert_eq!(told("abcd", "abXd"), [Changed { wanted: 2, found: 2 }]);
        assert_eq!(told("abcd", "acd"), [Missing { wanted: 1 }]);
        assert_eq!(told("abcd", "abc"), [Missing { wanted: 3 }]);
        assert_eq!(told("abcd", "bcd"), [Missing { wanted: 0 }]);
        assert_eq!(
            told("abcd", ""),
            (0..4).map(|wanted| Missing { wanted }).collect::<Vec<_>>()
        );
        assert_eq!(told("abcd", "abXcd"), [Added { before: 2, found: 2 }]);
        assert_eq!(told("abcd", "abcdX"), [Added { before: 4, found: 4 }]);
        assert_eq!(told("abcd", "abbcd"), [Added { before: 2, found: 2 }]);
        assert_eq!(told("abcd", "acbd"), [Moved { wanted: 2 }]);
        assert_eq!(told("abcd", "dabc"), [Moved { wanted: 3 }]);
        assert_eq!(told("abcd", "bcda"), [1, 2, 3].map(|wanted| Moved { wanted }));
        assert_eq!(told("", "X"), [Added { before: 0, found: 0 }]);
    }

    #[test]
    fn lists_that_differ_are_never_said_to_be_alike() {
        let lists = ["", "a", "ab", "cb", "abc", "aab", "cba", "X", "aXb", "abcabc", "XX"];
        for wanted in lists
            .iter()
            .filter(|one| !one.contains("X") && one.len() < 4 && **one != "aab")
        {
            for found in lists {
                assert_eq!(told(wanted, found).is_empty(), *wanted == found, "{wanted} {found}");
            }
        }
    }
}
