//! The Merkle tree of RFC 6962, section 2.1 (RFC 9162 says the same of it), over SHA-256.
//!
//! A tree is never held as a whole. Whoever grows it keeps its [`Edge`], a few hashes, and stores each complete subtree as it
//! comes to be; whoever proves something asks for the subtrees that [`Proof`] needs.

use aws_lc_rs::digest::{Context, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of a leaf: `SHA-256(0x00 ‖ leaf)`.
    #[must_use]
    pub fn of_leaf(leaf: &[u8]) -> Self {
        Self::of_parts(&[&[0x00], leaf])
    }

    /// The hash of a node: `SHA-256(0x01 ‖ left ‖ right)`.
    #[must_use]
    pub fn of_node(left: Self, right: Self) -> Self {
        Self::of_parts(&[&[0x01], &left.0, &right.0])
    }

    /// The root of the tree without leaves: the hash of nothing.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self::of_parts(&[])
    }

    fn of_parts(parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        for part in parts {
            context.update(part);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From 32 bytes; none from any other number.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// From base64; none when it is something else, or another way to write the same.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        Self::from_bytes(&STANDARD.decode(text).ok()?)
    }
}

/// In base64, as checkpoints and proofs write it.
impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// The SHA-256 of some bytes in base64: for what an entry says of something that lies elsewhere.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> String {
    STANDARD.encode(digest(&SHA256, bytes))
}

/// A complete subtree: the one over the 2^`level` leaves from number `place` · 2^`level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subtree {
    /// Its height; a leaf is at 0.
    pub level: u8,
    /// Which one of this height, from the left.
    pub place: u64,
}

/// The right edge of a tree: all that it takes to append.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    /// The complete subtrees of which the tree is made, the largest first: one for each bit of `size`.
    peaks: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree with `size` leaves, as [`Edge::peaks`] gave it; none when that cannot be.
    #[must_use]
    pub fn restore(size: u64, peaks: &[u8]) -> Option<Self> {
        let peaks: Vec<_> = peaks.chunks(32).map(Hash::from_bytes).collect::<Option<_>>()?;
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the complete subtrees, the largest first, one after another: what to keep.
    #[must_use]
    pub fn peaks(&self) -> Vec<u8> {
        self.peaks.iter().flat_map(|peak| peak.0).collect()
    }

    /// Appends one leaf. Tells each subtree above it that is complete now, from the lowest up.
    pub fn append(&mut self, leaf: Hash, mut completed: impl FnMut(Subtree, Hash)) {
        let (mut hash, mut level, mut place) = (leaf, 0, self.size);
        while place % 2 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = Hash::of_node(left, hash);
            (level, place) = (level + 1, place / 2);
            completed(Subtree { level, place }, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        join(self.peaks.iter().copied()).unwrap_or_else(Hash::of_nothing)
    }
}

/// The root over subtrees that lie beside each other, the largest first.
fn join(subtrees: impl DoubleEndedIterator<Item = Hash>) -> Option<Hash> {
    subtrees.rev().reduce(|right, left| Hash::of_node(left, right))
}

/// Some leaves that lie beside each other, `from` to before `until`, whose root a proof names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: u64,
    until: u64,
}

impl Span {
    /// Where the tree over it is cut in two: after the largest power of two of leaves that leaves some over.
    const fn middle(self) -> u64 {
        self.from + largest_power_below(self.until - self.from)
    }

    const fn is_one(self) -> bool {
        self.until - self.from == 1
    }

    /// The halves. Only for more than one leaf.
    const fn halves(self) -> (Self, Self) {
        let middle = self.middle();
        let left = Self {
            from: self.from,
            until: middle,
        };
        let right = Self {
            from: middle,
            until: self.until,
        };
        (left, right)
    }

    /// The complete subtrees of which it is made, the largest first.
    fn subtrees(self) -> impl DoubleEndedIterator<Item = Subtree> {
        let length = self.until - self.from;
        let (mut start, mut parts) = (self.from, Vec::new());
        for level in (0..64_u8).rev().filter(|level| length >> level & 1 == 1) {
            parts.push(Subtree {
                level,
                place: start >> level,
            });
            start += 1 << level;
        }
        parts.into_iter()
    }
}

/// The largest power of two that is less than `length`, which is at least 2.
const fn largest_power_below(length: u64) -> u64 {
    1 << (63 - (length - 1).leading_zeros())
}

/// What a proof is made of, before anybody has looked the hashes up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    spans: Vec<Span>,
}

impl Proof {
    /// That leaf number `index` lies in the tree of `size` leaves (RFC 6962, 2.1.1); none when there is no such leaf in it.
    #[must_use]
    pub fn of_inclusion(index: u64, size: u64) -> Option<Self> {
        if index >= size {
            return None;
        }
        let (mut here, mut spans) = (Span { from: 0, until: size }, Vec::new());
        while !here.is_one() {
            let (left, right) = here.halves();
            let (inside, beside) = if index < right.from {
                (left, right)
            } else {
                (right, left)
            };
            spans.push(beside);
            here = inside;
        }
        spans.reverse();
        Some(Self { spans })
    }

    /// That the tree of `old` leaves is the beginning of that of `size` (RFC 6962, 2.1.2); none when it cannot be, or when
    /// there is nothing to prove it by because it had no leaf.
    #[must_use]
    pub fn of_consistency(old: u64, size: u64) -> Option<Self> {
        if old == 0 || old > size {
            return None;
        }
        let (mut here, mut whole, mut spans) = (Span { from: 0, until: size }, true, Vec::new());
        while here.until != old {
            let (left, right) = here.halves();
            if old <= left.until {
                spans.push(right);
                here = left;
            } else {
                spans.push(left);
                (here, whole) = (right, false);
            }
        }
        if !whole {
            spans.push(here);
        }
        spans.reverse();
        Some(Self { spans })
    }

    /// The subtrees whose hashes it takes.
    #[must_use]
    pub fn needs(&self) -> Vec<Subtree> {
        self.spans.iter().flat_map(|span| span.subtrees()).collect()
    }

    /// The hashes of the proof, in the order of RFC 6962; none when `look_up` lacks one that it [needs](Self::needs).
    pub fn hashes(&self, look_up: impl Fn(Subtree) -> Option<Hash>) -> Option<Vec<Hash>> {
        let of = |span: &Span| {
            let parts: Vec<_> = span.subtrees().map(&look_up).collect::<Option<_>>()?;
            join(parts.into_iter())
        };
        self.spans.iter().map(of).collect()
    }
}

/// Whether `proof` shows that the leaf with this hash is number `index` of the tree of `size` leaves with this root (RFC 9162,
/// 2.1.3.2).
#[must_use]
pub fn includes(root: Hash, size: u64, index: u64, leaf: Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for other in proof {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            hash = Hash::of_node(*other, hash);
            while at.is_multiple_of(2) && at != 0 {
                (at, last) = (at / 2, last / 2);
            }
        } else {
            hash = Hash::of_node(hash, *other);
        }
        (at, last) = (at / 2, last / 2);
    }
    last == 0 && hash == root
}

/// A tree, as far as a checkpoint tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Whether `proof` shows that the tree `old` is the beginning of the tree `new` (RFC 9162, 2.1.4.2).
#[must_use]
pub fn extends(old: Head, new: Head, proof: &[Hash]) -> bool {
    if old.size == 0 || old.size >= new.size {
        return proof.is_empty() && (old.size == 0 || old == new);
    }
    let mut rest = proof.iter().copied();
    let first = match old.size.is_power_of_two() {
        true => Some(old.root),
        false => rest.next(),
    };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old.size - 1, new.size - 1);
    while at % 2 == 1 {
        (at, last) = (at / 2, last / 2);
    }
    let (mut before, mut after) = (first, first);
    for other in rest {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            before = Hash::of_node(other, before);
            after = Hash::of_node(other, after);
            while at.is_multiple_of(2) && at != 0 {
                (at, last) = (at / 2, last / 2);
            }
        } else {
            after = Hash::of_node(after, other);
        }
        (at, last) = (at / 2, last / 2);
    }
    last == 0 && before == old.root && after == new.root
}
