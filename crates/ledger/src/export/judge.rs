//! Holds a file against what was signed, and says what was changed, and where.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, BufRead};

use super::align::{Difference, differences};
use super::{Line, first_line, id_of};
use crate::checkpoint::SignedCheckpoint;
use crate::note::Verifier;
use crate::tree::{Edge, Hash, Head};

/// What whoever judges brings along. All of it comes from elsewhere than the file.
#[derive(Debug, Clone, Default)]
pub struct Demands {
    /// The keys of the log that one trusts, present and former.
    pub keys: Vec<Verifier>,
    /// Checkpoints that one has kept.
    pub kept: Vec<SignedCheckpoint>,
    /// The keys of witnesses that one trusts.
    pub witnesses: Vec<Verifier>,
    /// How many of them must have signed some checkpoint of the file.
    pub quorum: usize,
}

/// What somebody did to a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Something says other than what was sealed.
    Edit,
    /// Something that was sealed is not there.
    Deletion,
    /// Something stands there that was not sealed.
    Insertion,
    /// Something stands in another place than where it was sealed.
    Reordering,
    /// The end is not there.
    Truncation,
    /// Two histories have been told: what was sealed once is not the beginning of what is there.
    Fork,
    /// No key that is trusted has signed it.
    Signature,
    /// Fewer witnesses than demanded have signed.
    Witnesses,
}

impl Kind {
    /// As a code, kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Deletion => "deletion",
            Self::Insertion => "insertion",
            Self::Reordering => "reordering",
            Self::Truncation => "truncation",
            Self::Fork => "fork",
            Self::Signature => "signature",
            Self::Witnesses => "witnesses",
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// The first entry that it concerns, by its number from 0.
    pub from: u64,
    /// The entry after the last one that it concerns.
    pub until: u64,
    /// The line of the file, from 1; none for what is not in it.
    pub line: Option<u64>,
    /// The id that the entry says it has.
    pub id: Option<String>,
    /// In words.
    pub detail: String,
}

/// What came out.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The name of the log; empty when the file has no checkpoint.
    pub origin: String,
    /// How many entries are proved: those under the last checkpoint that holds.
    pub size: u64,
    /// The root over them.
    pub root: Option<Hash>,
    /// The checkpoints that hold, in their order.
    pub held: Vec<SignedCheckpoint>,
    /// How many entries stand under a checkpoint that enough witnesses have signed; 0 when none were demanded.
    pub witnessed: u64,
    /// What is wrong, in the order of the file. None: it is what was sealed.
    pub findings: Vec<Finding>,
}

/// Judges the file that is read from `export`. `each` is told every entry that is what was sealed, with its number and hash.
///
/// # Errors
/// When it cannot be read. What is wrong with it is in the report.
pub fn judge(mut export: impl BufRead, demands: &Demands, each: impl FnMut(u64, &str, Hash)) -> io::Result<Report> {
    let mut judge = Judge::new(demands, each);
    let mut line = Vec::new();
    while !judge.is_lost() && export.read_until(b'\n', &mut line)? > 0 {
        judge.line(&line);
        line.clear();
    }
    Ok(judge.end())
}

/// An entry that waits for the checkpoint that judges it.
struct Waiting {
    line: u64,
    index: u64,
    hash: Hash,
    leaf: String,
}

/// Judges line by line: for what does not come from a file.
pub struct Judge<'a, F> {
    demands: &'a Demands,
    /// How many lines there were.
    lines: u64,
    each: F,
    edge: Edge,
    waiting: Vec<Waiting>,
    /// Roots at the sizes of checkpoints that were kept.
    sizes: BTreeSet<u64>,
    roots: BTreeMap<u64, Hash>,
    /// What was found missing and added, to tell a move from one batch to another.
    missing: HashMap<Hash, usize>,
    added: HashMap<Hash, usize>,
    report: Report,
    /// Nothing after this can be judged.
    lost: bool,
}

impl<'a, F: FnMut(u64, &str, Hash)> Judge<'a, F> {
    /// Nothing has been read yet; see [`judge`] for `each`.
    pub fn new(demands: &'a Demands, each: F) -> Self {
        Self {
            demands,
            lines: 0,
            each,
            edge: Edge::default(),
            waiting: Vec::new(),
            sizes: demands.kept.iter().map(|kept| kept.checkpoint.head.size).collect(),
            roots: BTreeMap::new(),
            missing: HashMap::new(),
            added: HashMap::new(),
            report: Report::default(),
            lost: false,
        }
    }

    fn find(&mut self, kind: Kind, (from, until): (u64, u64), line: Option<u64>, detail: String) {
        self.report.findings.push(Finding {
            kind,
            from,
            until,
            line,
            id: None,
            detail,
        });
    }

    /// Where the next entry belongs.
    fn next(&self) -> u64 {
        self.edge.size() + self.waiting.len() as u64
    }

    /// Whether nothing that follows can be judged any more.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        self.lost
    }

    /// The next line, with its newline.
    pub fn line(&mut self, line: &[u8]) {
        if self.lost {
            return;
        }
        self.lines += 1;
        let number = self.lines;
        let text = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
        if number == 1 {
            if text != Some(first_line().as_str()) {
                let detail = "the first line is not that of an export".to_owned();
                self.find(Kind::Edit, (0, 0), Some(1), detail);
            }
            return;
        }
        match text.and_then(Line::read) {
            Some(Line::Entry { index, leaf }) => self.waiting.push(Waiting {
                line: number,
                index,
                hash: Hash::of_leaf(leaf.as_bytes()),
                leaf: leaf.to_owned(),
            }),
            Some(Line::Checkpoint { note, hashes }) => self.checkpoint(number, &note, &hashes),
            None => {
                let next = self.next();
                let detail = "the line is neither an entry nor a checkpoint".to_owned();
                self.find(Kind::Edit, (next, next + 1), Some(number), detail);
            }
        }
    }

    fn checkpoint(&mut self, line: u64, note: &str, hashes: &[Hash]) {
        let before = self.edge.size();
        let Ok(signed) = note.parse::<SignedCheckpoint>() else {
            let detail = "what should be a checkpoint is none".to_owned();
            self.lose(Kind::Edit, before, self.next(), line, detail);
            return;
        };
        let size = signed.checkpoint.head.size;
        if self.report.origin.is_empty() {
            self.report.origin.clone_from(&signed.checkpoint.origin);
        }
        if signed.checkpoint.origin != self.report.origin {
            let detail = format!("the checkpoint is of another log, {}", signed.checkpoint.origin);
            self.lose(Kind::Fork, before, size.max(before), line, detail);
            return;
        }
        if !signed.is_signed_by(&self.demands.keys) {
            let detail = "no key that is trusted has signed this checkpoint".to_owned();
            self.find(Kind::Signature, (before, size.max(before)), Some(line), detail);
        }
        if size.checked_sub(before) != Some(hashes.len() as u64) {
            let detail = format!(
                "the checkpoint is over {size} entries, and {before} and {} are told of: a checkpoint was taken away, added or changed",
                hashes.len()
            );
            let kind = if size > before { Kind::Deletion } else { Kind::Insertion };
            self.lose(kind, before.min(size), size.max(before), line, detail);
            return;
        }
        self.grow(hashes);
        self.compare(hashes);
        if self.edge.root() != signed.checkpoint.head.root {
            let detail = "the entries do not give the root that was signed".to_owned();
            self.lose(Kind::Edit, before, size, line, detail);
            return;
        }
        self.report.size = size;
        self.report.root = Some(signed.checkpoint.head.root);
        self.report.held.push(signed.clone());
        if signed.witnesses(&self.demands.witnesses) >= self.demands.quorum && self.demands.quorum > 0 {
            self.report.witnessed = size;
        }
    }

    /// What cannot be gone on after.
    fn lose(&mut self, kind: Kind, from: u64, until: u64, line: u64, detail: String) {
        self.find(
            kind,
            (from, until),
            Some(line),
            format!("{detail}; what follows was not judged"),
        );
        self.lost = true;
    }

    /// Grows the tree by what the hashes say.
    fn grow(&mut self, hashes: &[Hash]) {
        for hash in hashes {
            self.edge.append(*hash, |_, _| {});
            let size = self.edge.size();
            if self.sizes.contains(&size) {
                self.roots.insert(size, self.edge.root());
            }
        }
    }

    /// Holds the entries of a batch against their hashes.
    fn compare(&mut self, hashes: &[Hash]) {
        let waiting = std::mem::take(&mut self.waiting);
        let first = self.edge.size() - hashes.len() as u64;
        let in_order = waiting.len() == hashes.len()
            && (first..)
                .zip(hashes.iter().zip(&waiting))
                .all(|(index, (hash, entry))| *hash == entry.hash && entry.index == index);
        if in_order {
            for entry in &waiting {
                (self.each)(entry.index, &entry.leaf, entry.hash);
            }
            return;
        }
        let found: Vec<_> = waiting.iter().map(|entry| entry.hash).collect();
        let list = differences(hashes, &found);
        for difference in &list {
            self.tell(*difference, first, hashes, &waiting);
        }
        if list.is_empty() {
            // All is there in its order, and says that it is somewhere else.
            for (index, entry) in (first..).zip(&waiting).filter(|(index, entry)| *index != entry.index) {
                let detail = format!("the entry says that it is number {}", entry.index);
                self.find(Kind::Edit, (index, index + 1), Some(entry.line), detail);
            }
        }
    }

    fn tell(&mut self, difference: Difference, first: u64, hashes: &[Hash], waiting: &[Waiting]) {
        let (kind, at, entry, detail) = match difference {
            Difference::Changed { wanted, found } => (
                Kind::Edit,
                wanted,
                waiting.get(found),
                "the entry is not what was sealed",
            ),
            Difference::Missing { wanted } => (Kind::Deletion, wanted, None, "the entry that was sealed is not there"),
            Difference::Added { before, found } => (
                Kind::Insertion,
                before,
                waiting.get(found),
                "this entry was not sealed here",
            ),
            Difference::Moved { wanted } => {
                let entry = hashes
                    .get(wanted)
                    .and_then(|hash| waiting.iter().find(|one| one.hash == *hash));
                (
                    Kind::Reordering,
                    wanted,
                    entry,
                    "the entry stands in another place than where it was sealed",
                )
            }
        };
        let place = self.report.findings.len();
        match (difference, hashes.get(at), entry) {
            (Difference::Missing { .. }, Some(hash), _) => self.missing.insert(*hash, place),
            (Difference::Added { .. }, _, Some(entry)) => self.added.insert(entry.hash, place),
            _ => None,
        };
        let from = first + at as u64;
        self.report.findings.push(Finding {
            kind,
            from,
            until: if kind == Kind::Insertion { from } else { from + 1 },
            line: entry.map(|entry| entry.line),
            id: entry.and_then(|entry| id_of(&entry.leaf)),
            detail: detail.to_owned(),
        });
    }

    /// There is no further line.
    #[must_use]
    pub fn end(mut self) -> Report {
        let lines = self.lines;
        if !self.lost && !self.waiting.is_empty() {
            let (from, until) = (self.edge.size(), self.next());
            let detail =
                "no checkpoint is over the last entries: they were added, or the checkpoint was cut off".to_owned();
            self.find(Kind::Truncation, (from, until), Some(lines), detail);
        }
        if self.report.held.is_empty() && self.report.findings.is_empty() {
            self.find(
                Kind::Truncation,
                (0, 0),
                None,
                "there is no checkpoint in it".to_owned(),
            );
        }
        self.moved();
        self.kept();
        if self.report.witnessed == 0 && self.demands.quorum > 0 {
            let size = self.report.size;
            let detail = format!(
                "no checkpoint has signatures of {} of the witnesses",
                self.demands.quorum
            );
            self.find(Kind::Witnesses, (0, size), None, detail);
        }
        self.report
    }

    /// What is missing in one batch and was added in another was moved.
    fn moved(&mut self) {
        let mut gone = BTreeSet::new();
        for (hash, missing) in &self.missing {
            let Some(added) = self.added.get(hash) else { continue };
            let (line, id) = match self.report.findings.get(*added) {
                Some(finding) => (finding.line, finding.id.clone()),
                None => continue,
            };
            if let Some(finding) = self.report.findings.get_mut(*missing) {
                (finding.kind, finding.line, finding.id) = (Kind::Reordering, line, id);
                "the entry stands in another place than where it was sealed".clone_into(&mut finding.detail);
                gone.insert(*added);
            }
        }
        let mut place = 0;
        self.report.findings.retain(|_| {
            place += 1;
            !gone.contains(&(place - 1))
        });
    }

    /// Holds what is there against the checkpoints that were kept.
    fn kept(&mut self) {
        let demands = self.demands;
        let mut agreed = 0;
        let mut kept: Vec<_> = demands.kept.iter().collect();
        kept.sort_by_key(|kept| kept.checkpoint.head.size);
        for kept in kept {
            let Head { size, root } = kept.checkpoint.head;
            if !kept.is_signed_by(&demands.keys) {
                let detail = format!("no key that is trusted has signed the kept checkpoint over {size} entries");
                self.find(Kind::Signature, (0, size), None, detail);
            } else if kept.checkpoint.origin != self.report.origin && !self.report.origin.is_empty() {
                let detail = format!("the kept checkpoint is of another log, {}", kept.checkpoint.origin);
                self.find(Kind::Fork, (0, size), None, detail);
            } else if size > self.edge.size() {
                if !self.lost {
                    let there = self.edge.size();
                    let detail = format!("{size} entries were signed for, and {there} are there");
                    self.find(Kind::Truncation, (there, size), None, detail);
                }
            } else if size > 0 && self.roots.get(&size) != Some(&root) {
                let detail = format!("a checkpoint over {size} entries was signed that these are not the beginning of");
                self.find(Kind::Fork, (agreed, size), None, detail);
            } else {
                agreed = size;
            }
        }
    }
}
