//! The sealed log: what is sealed and when, the proofs that it gives, and whether the database still holds what was sealed.

use std::io;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use stafett_ledger::export::{self, Demands, Judge, Report};
use stafett_ledger::note::{self, Signature, Signer, Verifier};
use stafett_ledger::tree::{Hash, Proof};
use stafett_store::agencies::Agency;
use stafett_store::sealed_log::{self, Cosigned, Entry, Kept, Latest, MOST, Rewritten, Sealed, Witness};
use stafett_store::{Db, Handle, StoreError, instance};
use stafett_workflow::Refusal;
use stafett_workflow::policy::{Operation, Scope};
use stafett_workflow::refusal::FieldError;
use uuid::Uuid;

use super::referrals::{Name, read};
use super::setup::{Authority, Change, change};
use super::{AppError, Precondition};
use crate::app::engine::Engine;

/// Where the installation remembers what its log is called.
const ORIGIN: &str = "log-origin";
/// A witness's clock may be so far ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// A witness's name stands on every note that it signs.
const LONGEST_NAME: usize = 100;
/// So many entries are read at a time.
const BATCH: u64 = 500;

/// What the log of this installation is called. It is named once, after the address at its first start, and keeps the name: keys
/// and checkpoints that others hold go by it.
///
/// # Errors
/// The store's.
pub async fn establish_origin(db: &Db, public_url: &str) -> Result<String, StoreError> {
    let address = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let name = format!("{}/log", address.trim_end_matches('/'));
    let tx = db.write_tx().await?;
    let holds = instance::establish(&tx, ORIGIN, &name).await?;
    tx.commit().await?;
    Ok(holds)
}

/// The same, for a command that must not name it.
///
/// # Errors
/// The store's.
pub async fn origin(db: &Db) -> Result<Option<String>, StoreError> {
    instance::get(db, ORIGIN).await
}

/// Whether it is time to seal: so many rows wait as stand under one checkpoint at most, or it was sealed so long ago.
///
/// # Errors
/// The store's.
pub async fn is_due(db: &Db, since: Duration, at_most: Duration) -> Result<bool, AppError> {
    Ok(since >= at_most || sealed_log::unsealed(db, MOST).await? >= MOST)
}

/// Seals all that is there, in as many checkpoints as it takes, and tells how many rows that were.
///
/// # Errors
/// The store's.
pub async fn seal_all(db: &Db, by: &Signer, now: DateTime<Utc>) -> Result<u64, AppError> {
    let mut rows = 0;
    loop {
        match sealed_log::seal(db, by, now).await? {
            Sealed::Rows(some) => rows += some,
            Sealed::Nothing => return Ok(rows),
            // What the other left is ours to look for again.
            Sealed::Beaten => {}
        }
    }
}

/// The newest checkpoint.
///
/// # Errors
/// Hidden, while nothing is sealed; the store's.
pub async fn checkpoint(engine: &Engine) -> Result<Kept, AppError> {
    newest(&engine.db).await
}

async fn newest(on: &impl Handle) -> Result<Kept, AppError> {
    Ok(sealed_log::newest(on, None).await?.ok_or_else(Refusal::not_found)?)
}

/// The hashes which show that the log of `from` entries is the beginning of that of `to`, or of the newest checkpoint's; with that
/// size.
///
/// # Errors
/// Hidden, where there is nothing to prove; the store's.
pub async fn consistency(engine: &Engine, from: u64, to: Option<u64>) -> Result<(u64, Vec<Hash>), AppError> {
    let size = newest(&engine.db).await?.size;
    let to = to.unwrap_or(size);
    let proof = Proof::of_consistency(from, to).filter(|_| to <= size);
    let proof = proof.ok_or_else(Refusal::not_found)?;
    let hashes = sealed_log::prove(&engine.db, &proof).await?;
    Ok((to, hashes.ok_or_else(Refusal::not_found)?))
}

/// Entries from number `from` on, at most so many.
///
/// # Errors
/// The store's.
pub async fn entries(engine: &Engine, from: u64, limit: u64) -> Result<Vec<Entry>, AppError> {
    Ok(sealed_log::entries(&engine.db, from, limit).await?)
}

/// Which entry.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// The one with this number.
    Number(u64),
    /// The one that is this row of the audit trail.
    Row(Uuid),
}

/// An entry with the hashes which show that it stands in the log of `size` entries.
pub struct Proved {
    /// The entry.
    pub entry: Entry,
    /// Of how many entries.
    pub size: u64,
    /// The hashes.
    pub hashes: Vec<Hash>,
}

/// That an entry stands in the log of `size` entries, or of the newest checkpoint's.
///
/// # Errors
/// Hidden, when it does not; the store's.
pub async fn inclusion(engine: &Engine, which: Which, size: Option<u64>) -> Result<Proved, AppError> {
    let newest = newest(&engine.db).await?.size;
    let size = size.unwrap_or(newest);
    let entry = match which {
        Which::Number(number) => sealed_log::entries(&engine.db, number, 1).await?.pop(),
        Which::Row(id) => sealed_log::entry(&engine.db, id).await?,
    };
    let named = |entry: &Entry| match which {
        Which::Number(number) => entry.number == number,
        Which::Row(id) => entry.id == id,
    };
    let entry = entry.filter(named).filter(|_| size <= newest);
    prove(&engine.db, entry.ok_or_else(Refusal::not_found)?, size).await
}

async fn prove(on: &impl Handle, entry: Entry, size: u64) -> Result<Proved, AppError> {
    let proof = Proof::of_inclusion(entry.number, size).ok_or_else(Refusal::not_found)?;
    let hashes = sealed_log::prove(on, &proof).await?;
    Ok(Proved {
        hashes: hashes.ok_or_else(Refusal::not_found)?,
        entry,
        size,
    })
}

/// What the caller's own agencies have done with a referral, as far as it is sealed, each with its proof in the log of the
/// checkpoint that comes with them. What others did is theirs to show.
///
/// # Errors
/// Hidden; the store's.
pub async fn of_referral(
    engine: &Engine,
    scope: &Scope,
    name: Name,
    after: Option<u64>,
) -> Result<(Option<Kept>, Vec<Proved>), AppError> {
    let record = read::find(engine, scope, name).await?;
    let Some(kept) = sealed_log::newest(&engine.db, None).await? else {
        return Ok((None, Vec::new()));
    };
    let entries = sealed_log::of_referral(&engine.db, record.referral().id.0, scope.agencies(), after).await?;
    let mut proved = Vec::with_capacity(entries.len());
    for entry in entries.into_iter().filter(|entry| entry.number < kept.size) {
        proved.push(prove(&engine.db, entry, kept.size).await?);
    }
    Ok((Some(kept), proved))
}

/// The keys by which the log is witnessed.
///
/// # Errors
/// The store's.
pub async fn witnesses(engine: &Engine) -> Result<Vec<Witness>, AppError> {
    Ok(sealed_log::witnesses(&engine.db).await?)
}

/// From now on an agency witnesses the log by this key; by none, when there is none. Its administrator says so, and nobody who
/// runs the installation.
///
/// # Errors
/// Hidden, stale, denied; a key that is none, or that somebody has; the store's.
pub async fn put_witness(
    engine: &Engine,
    authority: Authority<'_>,
    agency: &str,
    precondition: &Precondition,
    key: Option<&str>,
) -> Result<Agency, AppError> {
    let now = engine.now();
    change(
        &engine.db,
        authority,
        Operation::ManageWitness,
        agency,
        (precondition, now),
        async |tx, agency| {
            let Some(key) = key else {
                if !sealed_log::end_witness(tx, agency, now).await? {
                    return Err(Refusal::not_found().into());
                }
                return Ok(Change {
                    action: "witness-ended",
                    body: json!({}),
                });
            };
            let key = witness_key(key)?;
            let by = authority.user().ok_or_else(Refusal::not_found)?;
            if !sealed_log::register_witness(tx, agency, &key, by, now).await? {
                return Err(fault("/key", "taken", "Nøkkelen er i bruk.", "Somebody has this key."));
            }
            Ok(Change {
                action: "witness-registered",
                body: json!({ "key": key.to_string() }),
            })
        },
    )
    .await
}

fn witness_key(key: &str) -> Result<Verifier, AppError> {
    let read: Option<Verifier> = key.parse().ok();
    let is_good = |name: &str| name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_graphic());
    read.filter(|key| key.kind() == note::Kind::Witness && is_good(key.name())).ok_or_else(|| {
        fault(
            "/key",
            "invalid",
            "Må være en vitnenøkkel på formen navn+id+nøkkel, av typen 4 (tlog-cosignature), med et navn på høyst 100 tegn uten æ, ø, å og mellomrom.",
            "Must be a witness's key in the form name+id+key, of type 4 (tlog-cosignature), with a name of 100 printable ASCII characters at most.",
        )
    })
}

fn fault(pointer: &str, code: &'static str, nb: &str, en: &str) -> AppError {
    AppError::Fields(vec![FieldError::new(pointer, code, nb, en)])
}

/// Puts what a witness of the caller's agencies has signed onto the checkpoint over `size` entries, which it gives back.
///
/// # Errors
/// Hidden, when there is no such checkpoint; a signature that does not hold; the store's.
pub async fn cosign(engine: &Engine, scope: &Scope, size: u64, signature: &str) -> Result<Kept, AppError> {
    let at = |kept: Option<Kept>| kept.filter(|kept| kept.size == size).ok_or_else(Refusal::not_found);
    let kept = at(sealed_log::newest(&engine.db, Some(size)).await?)?;
    let wrong = || {
        fault(
            "/signature",
            "invalid",
            "Er ingen gyldig signatur fra vitnenøkkelen til enheten din over dette sjekkpunktet.",
            "Is no valid signature over this checkpoint by the key with which your agency witnesses.",
        )
    };
    let signature: Signature = signature.trim_end().parse().map_err(|_no_line| wrong())?;
    let witness = sealed_log::witnesses(&engine.db)
        .await?
        .into_iter()
        .find(|witness| scope.agencies().contains(&witness.agency) && witness.key.is_named_by(&signature))
        .ok_or_else(wrong)?;
    let signed = witness
        .key
        .checks(&kept.read()?.note.text, &signature)
        .ok_or_else(wrong)?;
    let seconds = signed.at.and_then(|at| i64::try_from(at).ok());
    let signed_at = seconds
        .and_then(|at| DateTime::from_timestamp(at, 0))
        .ok_or_else(wrong)?;
    if signed_at > engine.now() + AHEAD {
        return Err(wrong());
    }
    let tx = engine.db.write_tx().await?;
    if sealed_log::cosign(&tx, size, &witness, &signature, signed_at, engine.now()).await? == Cosigned::Full {
        return Err(fault(
            "/signature",
            "too-many",
            "Sjekkpunktet har så mange signaturer som det kan ha.",
            "The checkpoint has as many signatures as it can have.",
        ));
    }
    let kept = at(sealed_log::newest(&tx, Some(size)).await?)?;
    tx.commit().await?;
    Ok(kept)
}

/// Writes the whole sealed log as a file, and tells how many entries it holds.
///
/// # Errors
/// The store's; when it cannot be written.
pub async fn export(db: &Db, to: &mut impl io::Write) -> Result<u64, AppError> {
    let mut size = 0;
    lines(
        db,
        |line| {
            size += u64::from(matches!(line, Line::Entry(_)));
            line.write(to).map_err(AppError::internal)
        },
        async |_entries| Ok(()),
    )
    .await?;
    Ok(size)
}

/// A line of a file, before it is one.
enum Line<'a> {
    First,
    Entry(&'a Entry),
    Checkpoint(&'a str, &'a [Hash]),
}

impl Line<'_> {
    fn write(&self, to: &mut impl io::Write) -> io::Result<()> {
        match self {
            Self::First => export::begin(to),
            Self::Entry(Entry {
                number,
                leaf: Some(leaf),
                ..
            }) => export::entry(to, *number, leaf),
            // That it is missing, whoever judges finds.
            Self::Entry(_) => Ok(()),
            Self::Checkpoint(note, hashes) => export::checkpoint(to, note, hashes),
        }
    }
}

/// Goes through the sealed log, checkpoint by checkpoint; `batch` gets the entries of each stretch besides.
async fn lines(
    db: &Db,
    mut line: impl FnMut(Line<'_>) -> Result<(), AppError>,
    mut batch: impl AsyncFnMut(&[Entry]) -> Result<(), AppError>,
) -> Result<(), AppError> {
    line(Line::First)?;
    let (mut size, mut next) = (0, 0);
    loop {
        let checkpoints = sealed_log::checkpoints_after(db, size).await?;
        if checkpoints.is_empty() {
            return Ok(());
        }
        for kept in checkpoints {
            let mut hashes = Vec::new();
            while next < kept.size {
                let entries = sealed_log::entries(db, next, BATCH.min(kept.size - next)).await?;
                let Some(last) = entries.last() else { break };
                next = last.number + 1;
                for entry in entries.iter().filter(|entry| entry.number < kept.size) {
                    hashes.push(entry.hash);
                    line(Line::Entry(entry))?;
                }
                batch(&entries).await?;
            }
            line(Line::Checkpoint(&kept.note, &hashes))?;
            (size, next) = (kept.size, kept.size);
        }
    }
}

/// What the database holds, judged.
pub struct Checked {
    /// Of the log.
    pub report: Report,
    /// What entries speak of and that is not what was sealed, and rows that only say that they are sealed.
    pub rewritten: Vec<Rewritten>,
    /// How many rows of the audit trail are not sealed yet.
    pub unsealed: u64,
}

/// Holds the database against what was sealed: every row of the audit trail, what it says that its transaction wrote to the logs,
/// and the ciphertexts. `each` is told of every entry that is what was sealed.
///
/// # Errors
/// The store's.
pub async fn check(db: &Db, demands: &Demands, each: impl FnMut(u64, &str, Hash)) -> Result<Checked, AppError> {
    let mut judge = Judge::new(demands, each);
    let (mut latest, mut rewritten) = (Latest::default(), Vec::new());
    let mut bytes = Vec::new();
    lines(
        db,
        |line| {
            bytes.clear();
            line.write(&mut bytes).map_err(AppError::internal)?;
            if !bytes.is_empty() {
                judge.line(&bytes);
            }
            Ok(())
        },
        async |entries| {
            rewritten.extend(sealed_log::events_as_sealed(db, entries).await?);
            latest.add(entries);
            Ok(())
        },
    )
    .await?;
    let report = judge.end();
    rewritten.extend(sealed_log::numbered_and_not_sealed(db).await?);
    rewritten.extend(sealed_log::latest_as_sealed(db, latest, report.size).await?);
    Ok(Checked {
        report,
        rewritten,
        unsealed: sealed_log::unsealed(db, u64::MAX >> 1).await?,
    })
}
