//! Takes a demo away, so that the next one is new.

use std::io::ErrorKind;
use std::path::Path;

use stafett_store::StoreError;

use super::DemoError;
use super::seed;
use crate::config::Config;
use crate::database;

/// Removes the embedded database of a demo, its files and the mails that it has sent; its keys stay. Where there is none,
/// nothing happens.
///
/// # Errors
/// [`DemoError::NotADemo`] when the database is somebody's, [`DemoError::NotEmbedded`] when it is not the embedded one;
/// nothing is removed then.
pub async fn reset(config: &Config) -> Result<(), DemoError> {
    if config.database.url.is_some() {
        return Err(DemoError::NotEmbedded);
    }
    let file = config.data_dir.join("stafett.db");
    if !file.exists() {
        return Ok(());
    }
    let db = database::open(config).await?;
    let found = seed::find(&db).await;
    db.close().await?;
    match found {
        // A file in which there are no such tables holds nothing of ours yet.
        Ok(_) | Err(DemoError::Store(StoreError::Statement(_))) => {}
        Err(other) => return Err(other),
    }
    for suffix in ["", "-wal", "-shm"] {
        let path = config.data_dir.join(format!("stafett.db{suffix}"));
        gone(&path, std::fs::remove_file(&path))?;
    }
    // Only where files and mails go by themselves: a folder that somebody named may hold more than ours.
    if config.files.url.is_none() {
        let path = config.data_dir.join("files");
        gone(&path, std::fs::remove_dir_all(&path))?;
    }
    if config.mail.dir.is_none() {
        let path = config.data_dir.join("mail");
        gone(&path, std::fs::remove_dir_all(&path))?;
    }
    Ok(())
}

fn gone(path: &Path, removed: std::io::Result<()>) -> Result<(), DemoError> {
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(DemoError::Files {
            path: path.to_owned(),
            source: error,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use secrecy::SecretString;
    use stafett_store::users::{self, User};
    use stafett_store::{Db, instance};
    use stafett_workflow::agency::UserId;
    use stafett_workflow::calendar::Calendar;
    use stafett_workflow::vocabulary::Language;
    use uuid::Uuid;

    use super::super::seed::KIND;
    use super::*;
    use crate::demo::furnish;
    use crate::vault_keys;

    async fn database(config: &Config) -> Db {
        let db = database::open(config).await.unwrap();
        vault_keys::unlock(config, &db, true).await.unwrap();
        db.migrate().await.unwrap();
        db.establish_vault(Utc::now()).await.unwrap();
        db
    }

    #[tokio::test]
    async fn a_demo_goes_with_its_mails_and_leaves_the_keys() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::embedded(dir.path()).unwrap();
        reset(&config).await.unwrap();
        let db = database(&config).await;
        furnish(&db, Calendar::default(), Utc::now(), Some(1), &|_| ())
            .await
            .unwrap();
        db.close().await.unwrap();
        std::fs::create_dir(dir.path().join("mail")).unwrap();
        std::fs::write(dir.path().join("mail/one.eml"), "").unwrap();
        std::fs::write(dir.path().join("signing-key.pem"), "").unwrap();
        reset(&config).await.unwrap();
        let mut left: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["master-keys", "signing-key.pem"]);
    }

    #[tokio::test]
    async fn real_lives_stay_where_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::embedded(dir.path()).unwrap();
        let db = database(&config).await;
        let tx = db.write_tx().await.unwrap();
        instance::establish(&tx, KIND, "production").await.unwrap();
        tx.commit().await.unwrap();
        db.close().await.unwrap();
        assert!(matches!(reset(&config).await, Err(DemoError::NotADemo)));
        assert!(dir.path().join("stafett.db").exists());
        config.database.url = Some(SecretString::from("postgres://localhost/stafett"));
        assert!(matches!(reset(&config).await, Err(DemoError::NotEmbedded)));
    }

    #[tokio::test]
    async fn what_was_prepared_and_never_started_is_no_demo() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::embedded(dir.path()).unwrap();
        let db = database(&config).await;
        let tx = db.write_tx().await.unwrap();
        let now = Utc::now();
        let ada = User {
            id: UserId(Uuid::now_v7()),
            username: "ada".to_owned(),
            display_name: "Ada".to_owned(),
            email: None,
            language: Language::Nb,
            session_epoch: 1,
            active: true,
            version: 1,
            password_expires_at: None,
            created_at: now,
            updated_at: now,
        };
        users::insert(&tx, &ada, None).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(
            furnish(&db, Calendar::default(), Utc::now(), Some(1), &|_| ()).await,
            Err(DemoError::NotADemo)
        ));
        db.close().await.unwrap();
        assert!(matches!(reset(&config).await, Err(DemoError::NotADemo)));
        assert!(dir.path().join("stafett.db").exists());
    }

    #[tokio::test]
    async fn a_start_that_was_cut_off_hinders_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::embedded(dir.path()).unwrap();
        database::open(&config).await.unwrap().close().await.unwrap();
        assert!(dir.path().join("stafett.db").exists());
        reset(&config).await.unwrap();
        assert!(!dir.path().join("stafett.db").exists());
    }
}
