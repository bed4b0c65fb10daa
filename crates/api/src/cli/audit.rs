//! `stafett audit`: the sealed log as a file, and whether it is what was sealed.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;
use stafett_ledger::checkpoint::SignedCheckpoint;
use stafett_ledger::export::{self, Demands, Report};
use stafett_ledger::note::{Kind, Verifier};
use stafett_ledger::tree::Hash;
use stafett_store::sealed_log as stored;

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::app::sealed_log::{self, Checked};
use crate::auth::log_keys::LogKeys;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write the sealed log with its checkpoints into a file
    Export(Export),
    /// Say whether a file, or the database, is what was sealed; exit status 2 and where, when it is not
    Verify(Verify),
    /// Print the keys by which the log is checked, the one that signs first
    Keys(Keys),
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The file, which must not be there yet
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The file that `stafett audit export` wrote
    #[arg(required_unless_present = "database")]
    file: Option<PathBuf>,
    /// Hold the database against what was sealed, and against the file when one is named
    #[arg(long)]
    database: bool,
    /// A checkpoint that was kept: what it is over must still be the beginning
    #[arg(long = "checkpoint", value_name = "NOTE_FILE")]
    checkpoints: Vec<PathBuf>,
    /// A key of the log that is trusted, as name+id+key; without one, those of this installation's settings
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<String>,
    /// The key of a witness that is trusted, as name+id+key
    #[arg(long = "witness", value_name = "KEY")]
    witness_keys: Vec<String>,
    /// So many of these witnesses must have signed a checkpoint
    #[arg(long = "witnesses", value_name = "NUMBER", default_value_t = 0)]
    quorum: usize,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(flatten)]
    format: Format,
}

/// What came out of verifying.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    origin: String,
    /// How many entries are proved.
    entries: u64,
    root: Option<String>,
    checkpoints: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    witnessed: Option<u64>,
    /// Rows of the audit trail in the database that are not sealed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    unsealed: Option<u64>,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    /// `file` or `database`.
    r#in: &'static str,
    kind: &'static str,
    from: u64,
    until: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    detail: String,
}

impl Command {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        match self {
            Self::Export(command) => command.run(common).await,
            Self::Verify(command) => command.run(common).await,
            Self::Keys(command) => command.run(common).await,
        }
    }
}

impl Export {
    async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (_config, db) = common.database().await?;
        let file = File::create_new(&self.file).map_err(|error| unusable(&self.file, &error))?;
        let mut file = BufWriter::new(file);
        let entries = sealed_log::export(&db, &mut file).await?;
        let unsealed = stored::unsealed(&db, u64::MAX >> 1).await?;
        db.close().await?;
        let written = file.flush().and_then(|()| file.get_ref().sync_all());
        written.map_err(|error| unusable(&self.file, &error))?;
        eprintln!(
            "stafett: {entries} entries written; {unsealed} are not sealed yet, which a running server does within a minute"
        );
        Ok(Outcome::Fine)
    }
}

impl Keys {
    async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let keys: Vec<_> = own_keys(common).await?.iter().map(ToString::to_string).collect();
        self.format.one(&keys, |keys| keys.join("\n"));
        Ok(Outcome::Fine)
    }
}

impl Verify {
    async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let witnesses = read_keys(&self.witness_keys, Kind::Witness)?;
        // One key under two names is one witness.
        let different: BTreeSet<_> = witnesses.iter().map(Verifier::public).collect();
        if self.quorum > different.len() {
            let wrong = "name different keys of witnesses with --witness: as many as --witnesses demands, or more";
            return Err(CliError::Usage(wrong.to_owned()));
        }
        let mut demands = Demands {
            keys: match self.keys.as_slice() {
                [] => own_keys(common).await?,
                keys => read_keys(keys, Kind::Log)?,
            },
            kept: self
                .checkpoints
                .iter()
                .map(|file| read_checkpoint(file))
                .collect::<Result<_, _>>()?,
            witnesses,
            quorum: self.quorum,
        };
        let mut findings = Vec::new();
        let mut hashes = Vec::new();
        let mut report = None;
        if let Some(file) = &self.file {
            let judged = judge(file, &demands, &mut hashes)?;
            findings.extend(told("file", &judged));
            // The database must go on from what the file has.
            demands.kept.extend(judged.held.iter().cloned());
            report = Some(judged);
        }
        let mut unsealed = None;
        if self.database {
            let (checked, others) = check(common, &demands, &hashes).await?;
            findings.extend(told("database", &checked.report));
            findings.extend(checked.rewritten.iter().map(Finding::rewritten));
            findings.extend(others);
            unsealed = Some(checked.unsealed);
            report.get_or_insert(checked.report);
        }
        let report = report.unwrap_or_default();
        let outcome = if findings.is_empty() {
            Outcome::Fine
        } else {
            Outcome::Findings
        };
        let answer = Answer {
            origin: report.origin,
            entries: report.size,
            root: report.root.map(|root| root.to_string()),
            checkpoints: report.held.len() as u64,
            witnessed: (self.quorum > 0).then_some(report.witnessed),
            unsealed,
            findings,
        };
        self.format.one(&answer, words);
        Ok(outcome)
    }
}

fn judge(file: &Path, demands: &Demands, hashes: &mut Vec<Option<Hash>>) -> Result<Report, CliError> {
    let opened = File::open(file).map_err(|error| unusable(file, &error))?;
    let each = |number: u64, _leaf: &str, hash: Hash| note(hashes, number, hash);
    export::judge(BufReader::with_capacity(1 << 20, opened), demands, each).map_err(|error| unusable(file, &error))
}

fn note(hashes: &mut Vec<Option<Hash>>, number: u64, hash: Hash) {
    let Ok(place) = usize::try_from(number) else { return };
    if hashes.len() <= place {
        hashes.resize(place + 1, None);
    }
    if let Some(slot) = hashes.get_mut(place) {
        *slot = Some(hash);
    }
}

/// Judges the database, and finds the first entry that is another one than in the file.
async fn check(
    common: &Common,
    demands: &Demands,
    hashes: &[Option<Hash>],
) -> Result<(Checked, Option<Finding>), CliError> {
    let (_config, db) = common.database().await?;
    let mut other = None;
    let each = |number: u64, _leaf: &str, hash: Hash| {
        let in_file = usize::try_from(number).ok().and_then(|place| *hashes.get(place)?);
        if in_file.is_some_and(|in_file| in_file != hash) {
            other.get_or_insert(number);
        }
    };
    let checked = sealed_log::check(&db, demands, each).await?;
    db.close().await?;
    Ok((checked, other.map(Finding::other)))
}

/// The keys that this installation's settings name.
async fn own_keys(common: &Common) -> Result<Vec<Verifier>, CliError> {
    let (config, db) = common.database().await?;
    let origin = sealed_log::origin(&db).await?;
    db.close().await?;
    let Some(origin) = origin else {
        let none = "nothing is sealed in this database yet; name the keys of the log with --key";
        return Err(CliError::Failed(none.to_owned()));
    };
    if !config.log_key_file().exists() {
        let none = format!(
            "there is no key of the log in {}; name its keys with --key",
            config.log_key_file().display()
        );
        return Err(CliError::Failed(none));
    }
    Ok(LogKeys::load(&config, &origin)?.accepted().to_vec())
}

fn read_keys(keys: &[String], kind: Kind) -> Result<Vec<Verifier>, CliError> {
    let read = |key: &String| {
        let read: Option<Verifier> = key.parse().ok();
        read.filter(|key| key.kind() == kind).ok_or_else(|| {
            CliError::Usage(format!(
                "`{key}` is no {} key in the form name+id+key",
                if kind == Kind::Log { "log's" } else { "witness's" }
            ))
        })
    };
    keys.iter().map(read).collect()
}

fn read_checkpoint(file: &Path) -> Result<SignedCheckpoint, CliError> {
    let note = std::fs::read_to_string(file).map_err(|error| unusable(file, &error))?;
    note.parse()
        .map_err(|error| CliError::Failed(format!("{} cannot be used: {error}", file.display())))
}

fn unusable(file: &Path, error: &std::io::Error) -> CliError {
    CliError::Failed(format!("{} cannot be used: {error}", file.display()))
}

fn told(r#in: &'static str, report: &Report) -> Vec<Finding> {
    let finding = |finding: &export::Finding| Finding {
        r#in,
        kind: finding.kind.as_str(),
        from: finding.from,
        until: finding.until,
        line: finding.line.filter(|_| r#in == "file"),
        id: finding.id.clone(),
        detail: finding.detail.clone(),
    };
    report.findings.iter().map(finding).collect()
}

impl Finding {
    fn rewritten(what: &stored::Rewritten) -> Self {
        Self {
            r#in: "database",
            kind: export::Kind::Edit.as_str(),
            from: what.number,
            until: what.number + 1,
            line: None,
            id: Some(what.id.to_string()),
            detail: format!("{} is not what was sealed", what.what),
        }
    }

    fn other(number: u64) -> Self {
        Self {
            r#in: "database",
            kind: export::Kind::Fork.as_str(),
            from: number,
            until: number + 1,
            line: None,
            id: None,
            detail: "the database has another entry here than the file".to_owned(),
        }
    }
}

fn words(answer: &Answer) -> String {
    let mut lines: Vec<_> = answer.findings.iter().map(line).collect();
    let root = answer.root.as_deref().unwrap_or("none");
    lines.push(format!(
        "{}: {} entries under {} checkpoints, root {root}",
        answer.origin, answer.entries, answer.checkpoints
    ));
    lines.extend(
        answer
            .witnessed
            .map(|size| format!("enough witnesses have signed for {size} of them")),
    );
    lines.extend(
        answer
            .unsealed
            .map(|rows| format!("{rows} rows of the audit trail are not sealed yet")),
    );
    lines.push(match answer.findings.len() {
        0 => "All of it is what was sealed.".to_owned(),
        number => format!("Findings: {number}. It is not what was sealed."),
    });
    lines.join("\n")
}

fn line(finding: &Finding) -> String {
    let entries = match finding.until.saturating_sub(finding.from) {
        0 => format!("before entry {}", finding.from),
        1 => format!("entry {}", finding.from),
        _ => format!("entries {} to {}", finding.from, finding.until - 1),
    };
    let line = finding.line.map(|line| format!(", line {line}")).unwrap_or_default();
    let id = finding.id.as_ref().map(|id| format!(", {id}")).unwrap_or_default();
    format!(
        "{} in the {}: {entries}{line}{id}: {}",
        finding.kind, finding.r#in, finding.detail
    )
}
