//! Whatever somebody does to an export is found, and where; an honest one passes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic"
)]

use std::io::BufReader;
use std::time::Instant;

use stafett_ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use stafett_ledger::export::{self, Demands, Finding, Kind, Report, judge};
use stafett_ledger::note::{self, Note, Signer};
use stafett_ledger::tree::{Edge, Hash, Head};

const ORIGIN: &str = "stafett.example.org/log";

fn signer() -> Signer {
    Signer::from_seed(ORIGIN, note::Kind::Log, &[7; 32]).unwrap()
}

fn witness(nth: u8) -> Signer {
    Signer::from_seed(&format!("agency-{nth}.example.org"), note::Kind::Witness, &[nth; 32]).unwrap()
}

fn leaf(nth: u64) -> String {
    format!(r#"{{"action":"accept","id":"id-{nth}","v":1}}"#)
}

/// A log of these entries, with a checkpoint after each batch; `by` signs.
fn log(by: &Signer, batches: &[&[String]]) -> (Vec<String>, Vec<Note>) {
    let (mut edge, mut lines, mut notes) = (Edge::default(), Vec::new(), Vec::new());
    let mut write = |to: &dyn Fn(&mut Vec<u8>)| {
        let mut line = Vec::new();
        to(&mut line);
        lines.push(String::from_utf8(line).unwrap());
    };
    write(&|to| export::begin(to).unwrap());
    for batch in batches {
        let mut hashes = Vec::new();
        for leaf in *batch {
            let number = edge.size();
            write(&|to| export::entry(to, number, leaf).unwrap());
            hashes.push(Hash::of_leaf(leaf.as_bytes()));
            edge.append(hashes[hashes.len() - 1], |_, _| {});
        }
        let head = Head {
            size: edge.size(),
            root: edge.root(),
        };
        let note = Checkpoint {
            origin: ORIGIN.to_owned(),
            head,
        }
        .signed(by);
        write(&|to| export::checkpoint(to, &note.to_string(), &hashes).unwrap());
        notes.push(note);
    }
    (lines, notes)
}

fn leaves(from: u64, until: u64) -> Vec<String> {
    (from..until).map(leaf).collect()
}

/// Twelve entries under three checkpoints: 5, 4 and 3 of them. Line 1 is the head, entries 0 to 4 are lines 2 to 6.
fn honest() -> (Vec<String>, Vec<Note>) {
    log(&signer(), &[&leaves(0, 5), &leaves(5, 9), &leaves(9, 12)])
}

fn demands() -> Demands {
    Demands {
        keys: vec![signer().verifier().clone()],
        ..Demands::default()
    }
}

fn judged(bytes: &[u8], demands: &Demands) -> Report {
    judge(BufReader::new(bytes), demands, |_, _, _| {}).unwrap()
}

fn told(lines: &[String], demands: &Demands) -> Vec<Finding> {
    judged(lines.concat().as_bytes(), demands).findings
}

/// A verifier that trusts the hashes which come with the entries, instead of what was signed: the control.
fn trusting(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut hashes = Vec::new();
    for line in text.lines().skip(1) {
        let value: serde_json::Value = match serde_json::from_str(line) {
            Ok(value) => value,
            Err(_) => return false,
        };
        if let Some(told) = value.get("hashes") {
            let told: Vec<_> = told
                .as_array()
                .unwrap()
                .iter()
                .map(|hash| hash.as_str().unwrap().to_owned())
                .collect();
            if told != std::mem::take(&mut hashes) {
                return false;
            }
        } else {
            hashes.push(Hash::of_leaf(value["entry"].to_string().as_bytes()).to_string());
        }
    }
    true
}

fn shape(findings: &[Finding]) -> Vec<(Kind, u64, u64)> {
    findings.iter().map(|one| (one.kind, one.from, one.until)).collect()
}

#[test]
fn an_honest_log_passes_and_each_entry_is_told() {
    let (lines, notes) = honest();
    let mut entries = Vec::new();
    let report = judge(
        BufReader::new(lines.concat().as_bytes()),
        &demands(),
        |number, leaf, _| {
            entries.push((number, leaf.to_owned()));
        },
    )
    .unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(
        (report.size, report.held.len(), report.origin.as_str()),
        (12, 3, ORIGIN)
    );
    assert_eq!(entries, (0..12).map(|nth| (nth, leaf(nth))).collect::<Vec<_>>());
    assert!(notes[2].text.contains(&report.root.unwrap().to_string()));
    assert!(trusting(lines.concat().as_bytes()), "the control takes it too");
}

#[test]
fn every_byte_that_is_changed_taken_away_or_added_is_found() {
    let (lines, notes) = honest();
    let bytes = lines.concat().into_bytes();
    // Whoever has kept a checkpoint over all of it finds also what is cut off cleanly.
    let demands = Demands {
        kept: vec![notes[2].to_string().parse().unwrap()],
        ..demands()
    };
    assert_eq!(judged(&bytes, &demands).findings, []);
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 0x01;
        assert_ne!(judged(&changed, &demands).findings, [], "byte {place} changed");
        changed[place] = bytes[place] ^ 0x20;
        assert_ne!(judged(&changed, &demands).findings, [], "byte {place} changed");
        changed.remove(place);
        assert_ne!(judged(&changed, &demands).findings, [], "byte {place} taken away");
        changed.insert(place, bytes[place]);
        changed.insert(place, b'0');
        assert_ne!(judged(&changed, &demands).findings, [], "a byte added before {place}");
        assert_ne!(judged(&bytes[..place], &demands).findings, [], "cut off at {place}");
    }
}

#[test]
fn every_line_that_is_taken_away_repeated_or_moved_is_found() {
    let (lines, notes) = honest();
    let demands = Demands {
        kept: vec![notes[2].to_string().parse().unwrap()],
        ..demands()
    };
    for place in 0..lines.len() {
        let mut without = lines.clone();
        let line = without.remove(place);
        assert_ne!(told(&without, &demands), [], "line {place} taken away");
        for to in 0..without.len() {
            let mut moved = without.clone();
            moved.insert(to, line.clone());
            assert_eq!(
                told(&moved, &demands).is_empty(),
                moved == lines,
                "line {place} moved to {to}"
            );
            let mut twice = lines.clone();
            twice.insert(to, line.clone());
            assert_ne!(told(&twice, &demands), [], "line {place} again at {to}");
        }
    }
}

#[test]
fn what_was_done_is_told_with_its_place() {
    let (lines, _) = honest();
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        told(&lines, &demands())
    };
    // Entries 5 to 8 are lines 8 to 11, at places 7 to 10.
    let edited = with(&|lines| lines[8] = lines[8].replace("accept", "decline"));
    assert_eq!(shape(&edited), [(Kind::Edit, 6, 7)]);
    assert_eq!((edited[0].line, edited[0].id.as_deref()), (Some(9), Some("id-6")));
    let deleted = with(&|lines| drop(lines.remove(9)));
    assert_eq!(shape(&deleted), [(Kind::Deletion, 7, 8)]);
    let added = with(&|lines| lines.insert(9, lines[9].replace("id-7", "id-99")));
    assert_eq!(shape(&added), [(Kind::Insertion, 7, 7)]);
    assert_eq!(added[0].id.as_deref(), Some("id-99"));
    let swapped = with(&|lines| lines.swap(8, 9));
    assert_eq!(shape(&swapped), [(Kind::Reordering, 7, 8)]);
    // Into another batch.
    let moved = with(&|lines| {
        let line = lines.remove(2);
        lines.insert(12, line);
    });
    assert_eq!(shape(&moved), [(Kind::Reordering, 1, 2)]);
    let renumbered = with(&|lines| lines[8] = lines[8].replace("\"index\":6", "\"index\":60"));
    assert_eq!(shape(&renumbered), [(Kind::Edit, 6, 7)]);
    let cut = with(&|lines| lines.truncate(10));
    assert_eq!(shape(&cut), [(Kind::Truncation, 5, 8)]);
    let unsigned = with(&|lines| lines[6] = lines[6].replace("\u{2014} stafett", "\u{2014} another"));
    assert_eq!(shape(&unsigned), [(Kind::Signature, 0, 5)]);
    let no_checkpoint = with(&|lines| drop(lines.remove(6)));
    assert_eq!(shape(&no_checkpoint), [(Kind::Deletion, 0, 9)]);
    assert_eq!(shape(&told(&[], &demands())), [(Kind::Truncation, 0, 0)]);
}

/// Somebody who changes an entry and its hash, and cannot sign: the batch is named. The control, which trusts the hashes, takes it.
#[test]
fn hashes_that_were_changed_along_are_held_against_the_root() {
    let changed = "decline";
    let mut entries = leaves(5, 9);
    entries[1] = entries[1].replace("accept", changed);
    let (mut lines, _) = honest();
    let (forged, _) = log(&signer(), &[&leaves(0, 5), &entries, &leaves(9, 12)]);
    let old = Hash::of_leaf(leaf(6).as_bytes()).to_string();
    let new = Hash::of_leaf(entries[1].as_bytes()).to_string();
    lines[8].clone_from(&forged[8]);
    lines[11] = lines[11].replace(&old, &new);
    assert!(trusting(lines.concat().as_bytes()), "the control is deceived");
    let findings = told(&lines, &demands());
    assert_eq!(shape(&findings), [(Kind::Edit, 5, 9)]);
    assert!(findings[0].detail.contains("root"), "{findings:?}");
}

/// Somebody who has the key of the log, and signs all of it anew: only what others kept tells.
#[test]
fn who_signs_anew_is_found_by_what_was_kept() {
    let (_, notes) = honest();
    let mut other = leaves(0, 12);
    other[6] = other[6].replace("accept", "decline");
    let (forged, _) = log(&signer(), &[&other[..5], &other[5..9], &other[9..]]);
    assert_eq!(
        told(&forged, &demands()),
        [],
        "the control: without a kept checkpoint nobody can know"
    );
    let kept = |which: &[usize]| Demands {
        kept: which
            .iter()
            .map(|nth| notes[*nth].to_string().parse().unwrap())
            .collect(),
        ..demands()
    };
    assert_eq!(told(&forged, &kept(&[0])), [], "before the change both are alike");
    assert_eq!(shape(&told(&forged, &kept(&[2]))), [(Kind::Fork, 0, 12)]);
    assert_eq!(
        shape(&told(&forged, &kept(&[2, 0, 1]))),
        [(Kind::Fork, 5, 9), (Kind::Fork, 5, 12)]
    );
    // Cut off at a checkpoint, which is a log in itself.
    let (short, _) = log(&signer(), &[&leaves(0, 5)]);
    assert_eq!(told(&short, &demands()), []);
    assert_eq!(shape(&told(&short, &kept(&[1]))), [(Kind::Truncation, 5, 9)]);
    // What somebody says to have kept must be signed as well.
    let stranger = Signer::from_seed(ORIGIN, note::Kind::Log, &[8; 32]).unwrap();
    let (_, invented) = log(&stranger, &[&leaves(3, 6)]);
    let demands = Demands {
        kept: vec![invented[0].to_string().parse().unwrap()],
        ..demands()
    };
    let (lines, _) = honest();
    assert_eq!(shape(&told(&lines, &demands)), [(Kind::Signature, 0, 3)]);
}

#[test]
fn a_log_by_another_key_is_not_believed() {
    let stranger = Signer::from_seed(ORIGIN, note::Kind::Log, &[8; 32]).unwrap();
    let (lines, _) = log(&stranger, &[&leaves(0, 3)]);
    assert_eq!(shape(&told(&lines, &demands())), [(Kind::Signature, 0, 3)]);
    let elsewhere = Signer::from_seed("elsewhere.example.org/log", note::Kind::Log, &[7; 32]).unwrap();
    let demands = Demands {
        keys: vec![elsewhere.verifier().clone()],
        ..demands()
    };
    let (lines, _) = honest();
    assert_eq!(
        told(&lines, &demands).len(),
        3,
        "a key of another log says nothing about this one"
    );
}

#[test]
fn witnesses_are_counted_by_key_and_only_when_they_have_signed_this() {
    let (mut lines, notes) = honest();
    let (one, two) = (witness(1), witness(2));
    let keys: Vec<_> = [&one, &two].iter().map(|witness| witness.verifier().clone()).collect();
    let demand = |quorum| Demands {
        witnesses: keys.clone(),
        quorum,
        ..demands()
    };
    assert_eq!(shape(&told(&lines, &demand(1))), [(Kind::Witnesses, 0, 12)]);
    let mut cosigned = notes[1].clone();
    cosigned.signatures.push(one.sign(&notes[1].text, 1_700_000_000));
    // Twice the same, and one over another text.
    cosigned.signatures.push(one.sign(&notes[1].text, 1_700_000_001));
    cosigned.signatures.push(two.sign(&notes[0].text, 1_700_000_000));
    let parsed: SignedCheckpoint = cosigned.to_string().parse().unwrap();
    assert_eq!(parsed.witnesses(&keys), 1);
    // One key under another name is the same witness: a signature does not cover the name.
    let renamed = Signer::from_seed("somebody.else/witness", note::Kind::Witness, &[1; 32]).unwrap();
    let mut twice = cosigned.clone();
    twice.signatures.push(renamed.sign(&notes[1].text, 1_700_000_000));
    let twice: SignedCheckpoint = twice.to_string().parse().unwrap();
    assert_eq!(renamed.verifier().public(), one.verifier().public());
    assert_eq!(
        twice.witnesses(&[one.verifier().clone(), renamed.verifier().clone()]),
        1
    );
    let line = &lines[11];
    let escape = |note: &Note| serde_json::Value::from(note.to_string()).to_string();
    lines[11] = line.replace(&escape(&notes[1]), &escape(&cosigned));
    let report = judged(lines.concat().as_bytes(), &demand(1));
    assert_eq!((report.findings, report.witnessed), (vec![], 9));
    assert_eq!(shape(&told(&lines, &demand(2))), [(Kind::Witnesses, 0, 12)]);
}

/// How long a million entries take, a thousand under each checkpoint. Run with `--run-ignored all --no-capture`.
#[test]
#[ignore = "takes a while to write, and tells a time"]
fn a_million_entries() {
    let (batches, each) = (1_000_u64, 1_000_u64);
    let of = |batch: u64| -> Vec<String> {
        (batch * each..(batch + 1) * each)
            .map(|nth| {
                // As long as the entry of a transition.
                format!(
                    r#"{{"action":"accept","actor":"019ab3f0-5c1e-7d20-9a55-{nth:012x}","agency":"019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a01","at":"2026-11-24T01:02:00.000000Z","body":{{"events":["moved","baton-passed","assigned","clock-stopped","clock-armed"],"version":3}},"id":"019ab3f0-5c1e-7d20-9a55-{nth:012x}","object":"019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001","objectKind":"referral","request":"019ab3f0-5c1e-7d20-9a55-0c9d5f1f9c02","role":"worker","v":1,"written":{{"events":[{{"from":5,"log":"referral","of":"019ab3f0-5c1e-7d20-9a55-0c9d5f1f0001","sha256":"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=","to":9}}],"seals":[]}}}}"#
                )
            })
            .collect()
    };
    let entries: Vec<Vec<String>> = (0..batches).map(of).collect();
    let batches: Vec<&[String]> = entries.iter().map(Vec::as_slice).collect();
    let (lines, _) = log(&signer(), &batches);
    let bytes = lines.concat().into_bytes();
    let started = Instant::now();
    let report = judged(&bytes, &demands());
    println!(
        "{} entries, {} bytes, verified in {:?}",
        report.size,
        bytes.len(),
        started.elapsed()
    );
    assert_eq!((report.findings, report.size), (vec![], 1_000_000));
}
