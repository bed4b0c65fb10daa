//! Files, both ways: what the database names lies in the store whole, and what lies in the store the database knows.

use stafett_store::Db;
use stafett_store::attachments::{self, Known};
use uuid::Uuid;

use crate::app::AppError;
use crate::files::Files;

/// So many are asked about at a time.
const BATCH: u32 = 500;

/// One rule about files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRule {
    /// What a file names is there.
    IsThere,
    /// It is what was written.
    IsWhole,
    /// What is there was written for somebody.
    HasOwner,
    /// What is kept is a file's, and a file's object is kept.
    IsNamed,
}

impl FileRule {
    /// As it is written for scripts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IsThere => "file-is-there",
            Self::IsWhole => "file-is-whole",
            Self::HasOwner => "file-has-owner",
            Self::IsNamed => "file-is-named",
        }
    }

    /// What should be, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::IsThere => "What a file names lies in the store of files",
            Self::IsWhole => "It lies there as it was written",
            Self::HasOwner => "What lies in the store of files was written for somebody",
            Self::IsNamed => "What is kept is a file's, and nothing else is",
        }
    }
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFinding {
    /// The name of its object.
    pub object: String,
    /// What should be.
    pub rule: FileRule,
    /// What is instead, where more can be said.
    pub detail: Option<String>,
}

/// Walks through both. With `deep` every object is read and held against its digest. Changes nothing.
///
/// # Errors
/// When one of the stores does not answer.
pub async fn walk(db: &Db, files: &Files, deep: bool) -> Result<Vec<FileFinding>, AppError> {
    let mut findings = Vec::new();
    let finding = |object: Uuid, rule, detail| FileFinding {
        object: object.to_string(),
        rule,
        detail,
    };
    let mut after = None;
    loop {
        let known = attachments::known(db, after, BATCH).await?;
        let Some(last) = known.last() else { break };
        after = Some(last.id);
        for object in known.iter().filter(|object| object.kept) {
            let Some((rule, detail)) = broken(files, object, deep).await? else {
                continue;
            };
            // It may have been taken away while we looked.
            if attachments::is_kept(db, object.id).await? {
                findings.push(finding(object.id.0, rule, detail));
            }
        }
    }
    // Before its first byte is written an object has its row, so the store is asked first.
    let (objects, others) = files.list().await?;
    for batch in objects.chunks(BATCH as usize) {
        let known = attachments::are_known(db, batch).await?;
        let unknown = batch.iter().filter(|object| !known.contains(object));
        findings.extend(unknown.map(|object| finding(object.0, FileRule::HasOwner, None)));
    }
    findings.extend(others.into_iter().map(|object| FileFinding {
        object,
        rule: FileRule::HasOwner,
        detail: None,
    }));
    let torn = attachments::torn(db).await?;
    findings.extend(torn.into_iter().map(|object| finding(object, FileRule::IsNamed, None)));
    Ok(findings)
}

async fn broken(files: &Files, object: &Known, deep: bool) -> Result<Option<(FileRule, Option<String>)>, AppError> {
    let found = files.size(object.id).await?;
    let Some(found) = found else {
        return Ok(Some((FileRule::IsThere, None)));
    };
    if Some(found) != object.size {
        return Ok(Some((FileRule::IsWhole, Some(format!("it has {found} bytes")))));
    }
    if deep && Some(files.digest(object.id).await?) != object.digest {
        return Ok(Some((FileRule::IsWhole, Some("its digest is another".to_owned()))));
    }
    Ok(None)
}
