//! The tree against the known values of RFC 6962 and against a naive one that holds all its leaves.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use stafett_ledger::tree::{Edge, Hash, Head, Proof, Subtree, extends, includes};

/// The eight leaves of the reference tests of Certificate Transparency.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// The roots over the first of them, none to all eight.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Of leaf 0 and of leaf 5 in the tree of all eight.
const OF_FIRST: [&str; 3] = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
];
const OF_SIXTH: [&str; 3] = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
];

fn hash(hex: &str) -> Hash {
    Hash::from_bytes(&hex::decode(hex).unwrap()).unwrap()
}

fn reference() -> Vec<Hash> {
    LEAVES
        .iter()
        .map(|leaf| Hash::of_leaf(&hex::decode(leaf).unwrap()))
        .collect()
}

/// The definition of RFC 6962, word by word.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of_nothing(),
        [one] => *one,
        more => {
            let mut half = 1;
            while half * 2 < more.len() {
                half *= 2;
            }
            Hash::of_node(naive(&more[..half]), naive(&more[half..]))
        }
    }
}

/// The edge of a tree, with every complete subtree of it.
fn grown(leaves: &[Hash]) -> (Edge, BTreeMap<Subtree, Hash>) {
    let (mut edge, mut subtrees) = (Edge::default(), BTreeMap::new());
    for leaf in leaves {
        let place = edge.size();
        subtrees.insert(Subtree { level: 0, place }, *leaf);
        edge.append(*leaf, |at, hash| {
            subtrees.insert(at, hash);
        });
    }
    (edge, subtrees)
}

fn many(number: u64) -> Vec<Hash> {
    (0..number).map(|nth| Hash::of_leaf(&nth.to_be_bytes())).collect()
}

#[test]
fn the_roots_are_those_of_the_reference() {
    let leaves = reference();
    for (size, root) in ROOTS.iter().enumerate() {
        assert_eq!(naive(&leaves[..size]), hash(root), "{size}, naive");
        assert_eq!(grown(&leaves[..size]).0.root(), hash(root), "{size}");
    }
}

#[test]
fn the_proofs_are_those_of_the_reference() {
    let (_, subtrees) = grown(&reference());
    for (index, proof) in [(0, OF_FIRST), (5, OF_SIXTH)] {
        let made = Proof::of_inclusion(index, 8).unwrap();
        let made = made.hashes(|at| subtrees.get(&at).copied()).unwrap();
        assert_eq!(made, proof.map(hash), "{index}");
    }
    // The example of RFC 6962, 2.1.3: from three leaves to seven.
    let leaves = reference();
    let proof = Proof::of_consistency(3, 7).unwrap();
    let [a, b, c, d] = [leaves[0], leaves[1], leaves[2], leaves[3]];
    let l = naive(&leaves[4..7]);
    assert_eq!(
        proof.hashes(|at| subtrees.get(&at).copied()).unwrap(),
        [c, d, Hash::of_node(a, b), l]
    );
}

#[test]
fn every_proof_of_every_small_tree_holds_and_no_other() {
    let leaves = many(33);
    let (_, subtrees) = grown(&leaves);
    let look_up = |at| subtrees.get(&at).copied();
    let heads: Vec<_> = (0..=leaves.len())
        .map(|size| Head {
            size: size as u64,
            root: naive(&leaves[..size]),
        })
        .collect();
    for new in &heads {
        for index in 0..new.size {
            let proof = Proof::of_inclusion(index, new.size).unwrap().hashes(look_up).unwrap();
            for tried in 0..=new.size {
                let holds = includes(new.root, new.size, tried, leaves[index as usize], &proof);
                assert_eq!(holds, tried == index, "{index} as {tried} of {}", new.size);
            }
        }
        for old in &heads[1..=new.size as usize] {
            let proof = Proof::of_consistency(old.size, new.size)
                .unwrap()
                .hashes(look_up)
                .unwrap();
            assert!(extends(*old, *new, &proof), "{} to {}", old.size, new.size);
            for other in &heads[1..] {
                let holds = extends(*other, *new, &proof);
                assert!(!holds || other == old, "{} as {} to {}", old.size, other.size, new.size);
            }
        }
    }
    assert_eq!(Proof::of_inclusion(5, 5), None);
    assert_eq!(Proof::of_consistency(0, 5), None);
    assert_eq!(Proof::of_consistency(6, 5), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edge_that_was_put_away_grows_as_if_it_had_not_been(before in 0_u64..300, after in 0_u64..300) {
        let leaves = many(before + after);
        let (edge, _) = grown(&leaves[..before as usize]);
        let mut again = Edge::restore(before, &edge.peaks()).unwrap();
        for leaf in &leaves[before as usize..] {
            again.append(*leaf, |_, _| {});
        }
        prop_assert_eq!(again.root(), naive(&leaves));
        prop_assert_eq!(Edge::restore(before + 1, &edge.peaks()).is_none(), before.count_ones() != (before + 1).count_ones());
    }

    #[test]
    fn a_proof_with_anything_changed_does_not_hold(size in 2_u64..200, seed in any::<u64>()) {
        let leaves = many(size);
        let (edge, subtrees) = grown(&leaves);
        let look_up = |at| subtrees.get(&at).copied();
        let index = seed % size;
        let leaf = leaves[index as usize];
        let proof = Proof::of_inclusion(index, size).unwrap().hashes(look_up).unwrap();
        prop_assert!(includes(edge.root(), size, index, leaf, &proof));
        let stranger = Hash::of_leaf(b"stranger");
        prop_assert!(!includes(edge.root(), size, index, stranger, &proof));
        prop_assert!(!includes(stranger, size, index, leaf, &proof));
        for nth in 0..proof.len() {
            let mut changed = proof.clone();
            changed[nth] = stranger;
            prop_assert!(!includes(edge.root(), size, index, leaf, &changed));
            changed.remove(nth);
            prop_assert!(!includes(edge.root(), size, index, leaf, &changed));
        }
        let mut longer = proof.clone();
        longer.push(stranger);
        prop_assert!(!includes(edge.root(), size, index, leaf, &longer));

        let old = 1 + seed % size;
        let head = |size: u64| Head { size, root: naive(&leaves[..size as usize]) };
        let proof = Proof::of_consistency(old, size).unwrap().hashes(look_up).unwrap();
        prop_assert!(extends(head(old), head(size), &proof));
        for nth in 0..proof.len() {
            let mut changed = proof.clone();
            changed[nth] = stranger;
            prop_assert!(!extends(head(old), head(size), &changed));
        }
        let forked = Head { size: old, root: stranger };
        prop_assert!(!extends(forked, head(size), &proof));
    }
}
