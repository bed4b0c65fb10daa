//! Mails as files in a folder: for the demo, for tests, and for a house that fetches them from there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use uuid::Uuid;

use super::{Channel, Failure, FailureKind, Reply};
use crate::mail::Message;
use crate::settings::SettingsError;

/// Writes each mail as one `.eml` file, named by its time, its referral's reference and its outbox row.
///
/// A file appears whole or not at all, and a mail that is written again replaces itself.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// Opens the folder, and makes it when it is missing.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn open(folder: PathBuf) -> Result<Self, SettingsError> {
        probe(&folder).map_err(|cause| {
            SettingsError::new(
                "dir",
                format!("the folder {} cannot be written: {cause}", folder.display()),
            )
        })?;
        Ok(Self { folder })
    }

    async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Failure> {
        let outcome = tokio::task::spawn_blocking(work).await.map_err(io::Error::other);
        outcome
            .flatten()
            .map_err(|cause| Failure::new(FailureKind::NotWritten, cause.to_string()))
    }
}

#[async_trait]
impl Channel for Files {
    async fn deliver(&self, mail: &Message) -> Result<Reply, Failure> {
        let name = file_name(mail);
        let (folder, bytes, target) = (self.folder.clone(), mail.bytes().to_vec(), name.clone());
        Self::blocking(move || write_whole(&folder, &target, &bytes)).await?;
        Ok(Reply::new(format!("written to {name}")))
    }

    async fn check(&self) -> Result<Reply, Failure> {
        let folder = self.folder.clone();
        Self::blocking(move || probe(&folder)).await?;
        Ok(Reply::new(format!("{} can be written", self.folder.display())))
    }

    fn width(&self) -> usize {
        // A disk gains nothing from more.
        4
    }
}

/// A name that sorts by time and says which referral it is about.
fn file_name(mail: &Message) -> String {
    format!(
        "{}-{}-{}.eml",
        mail.written_at().format("%Y%m%dT%H%M%SZ"),
        mail.reference(),
        mail.id()
    )
}

/// Writes beside the target and renames: no reader sees half a mail, and a mail counts as sent only when the disk has it. Each
/// writer has a draft of its own: where a lease has run out, two write the same mail.
fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let draft = folder.join(format!(".{name}.{}.part", Uuid::now_v7()));
    let mut file = File::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, folder.join(name))?;
    sync_folder(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn probe(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let probe = folder.join(format!(".probe-{}", std::process::id()));
    File::create(&probe)?;
    fs::remove_file(&probe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::sample;

    #[tokio::test]
    async fn a_mail_becomes_one_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path().join("mail/out")).unwrap();
        let mail = sample::message();
        let reply = files.deliver(&mail).await.unwrap();
        files.deliver(&mail).await.unwrap();
        files.check().await.unwrap();

        let names: Vec<String> = fs::read_dir(folder.path().join("mail/out"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(
            names,
            ["20261124T090000Z-K7QF-2M-01930000-0000-7000-8000-00000000000a.eml"]
        );
        assert_eq!(reply.as_str(), format!("written to {}", names[0]));
        assert_eq!(
            fs::read(folder.path().join("mail/out").join(&names[0])).unwrap(),
            mail.bytes()
        );
    }

    #[test]
    fn two_who_write_the_same_mail_do_not_hinder_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = [b'x'; 4096];
        std::thread::scope(|scope| {
            let write = || (0..50).try_for_each(|_| write_whole(folder.path(), "mail.eml", &bytes));
            let writers = [scope.spawn(write), scope.spawn(write)];
            for writer in writers {
                writer.join().unwrap().unwrap();
            }
        });
        assert_eq!(fs::read(folder.path().join("mail.eml")).unwrap(), bytes);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn a_folder_that_has_gone_is_a_reason_to_try_again() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path().join("mail")).unwrap();
        fs::remove_dir_all(folder.path().join("mail")).unwrap();
        let failure = files.deliver(&sample::message()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotWritten);
        assert!(!failure.kind.is_permanent());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let refused = Files::open(folder.path().join("file/mail")).unwrap_err();
        assert!(refused.to_string().starts_with("mail.dir: the folder "), "{refused}");
    }
}
