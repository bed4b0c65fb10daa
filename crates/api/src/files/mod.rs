//! Files: taken in, judged by what is in them, and kept sealed in a store of objects.
//!
//! * [`Files`] is the store: a folder of this machine, or a bucket that speaks S3. It holds ciphertext under names that mean
//!   nothing; which object is whose file, the database knows.
//! * [`sealed`] writes and reads an object piece by piece, so that no file is in memory whole because it is kept.
//! * [`kind`] says which kinds of files are taken, and whether one is what it says; `picture` takes out of a picture what
//!   tells where and by whom it was taken; `office` looks into documents that are archives.
//! * [`name`] makes a name harmless on every machine.
//! * [`janitor`] deletes the objects that the database does not want any more, and nothing else.

pub mod janitor;
pub mod kind;
pub mod name;
mod office;
mod picture;
pub mod sealed;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use stafett_store::attachments::ObjectId;
use tokio::sync::Semaphore;
use url::Url;
use uuid::Uuid;

use crate::config::Config;

pub use kind::{FileFault, FileKind};

/// So many files that must be looked at whole are in memory at once.
const WHOLE_AT_ONCE: usize = 4;

/// The store of objects. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    folder: Path,
    largest: u64,
    whole: Arc<Semaphore>,
    place: Arc<str>,
}

/// Why the store of objects could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The settings cannot be used.
    #[error("files.url is no place for files ({0}); write a folder, or s3://bucket/folder")]
    Setting(String),
    /// The folder cannot be made.
    #[error("the folder for files {} cannot be made ({source}); correct files.url or its permissions", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The store does not answer, or lacks what it should have.
    #[error("the store of files: {0}")]
    Store(#[from] object_store::Error),
    /// A part does not open: it was changed, cut off or belongs elsewhere.
    #[error("a stored file is damaged: {0}")]
    Damaged(#[from] stafett_vault::VaultError),
    /// An object that no sealed file looks like.
    #[error("a stored file is damaged: it has no whole parts")]
    Cut,
}

impl Files {
    /// The store that the settings name. A folder is made when it is missing.
    ///
    /// # Errors
    /// [`FilesError::Setting`] or [`FilesError::Folder`].
    pub fn open(config: &Config) -> Result<Self, FilesError> {
        let written = config.files_url();
        let (store, folder): (Arc<dyn ObjectStore>, Path) = match Url::parse(&written) {
            Ok(url) if url.scheme() == "s3" => bucket(config, &url)?,
            Ok(url) if url.scheme() == "file" => {
                let path = url.to_file_path().map_err(|()| FilesError::Setting(written.clone()))?;
                (local(path)?, Path::default())
            }
            Ok(url) if url.scheme().len() > 1 => return Err(FilesError::Setting(written)),
            _ => (local(PathBuf::from(&written))?, Path::default()),
        };
        Ok(Self {
            store,
            folder,
            largest: config.files.largest_mib.saturating_mul(1024 * 1024),
            whole: Arc::new(Semaphore::new(WHOLE_AT_ONCE)),
            place: written.into(),
        })
    }

    /// How many bytes a file may have.
    #[must_use]
    pub const fn largest(&self) -> u64 {
        self.largest
    }

    /// Where it is, for an operator.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Waits until a file may be in memory whole. The place is free again when the answer is dropped.
    pub async fn room(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        Arc::clone(&self.whole).acquire_owned().await.ok()
    }

    /// Deletes an object. One that is not there is deleted already.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn delete(&self, object: ObjectId) -> Result<(), FilesError> {
        match self.store.delete(&self.path(object)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// How many bytes an object has; nothing when it is not there.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn size(&self, object: ObjectId) -> Result<Option<u64>, FilesError> {
        match self.store.head(&self.path(object)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// SHA-256 of an object as it lies there, in hexadecimal.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn digest(&self, object: ObjectId) -> Result<String, FilesError> {
        let mut stream = self.store.get(&self.path(object)).await?.into_stream();
        let mut hash = Sha256::new();
        while let Some(bytes) = stream.try_next().await? {
            hash.update(&bytes);
        }
        Ok(hex::encode(hash.finalize()))
    }

    /// An object as it lies there, sealed; nothing when it is not there.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn bytes(&self, object: ObjectId) -> Result<Option<Bytes>, FilesError> {
        match self.store.get(&self.path(object)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts an object back as it lay there, sealed.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn put(&self, object: ObjectId, bytes: Vec<u8>) -> Result<(), FilesError> {
        self.store.put(&self.path(object), bytes.into()).await?;
        Ok(())
    }

    /// Everything that lies there: objects of ours, and the paths of what is something else.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn list(&self) -> Result<(Vec<ObjectId>, Vec<String>), FilesError> {
        let prefix = (!self.folder.as_ref().is_empty()).then_some(&self.folder);
        let (mut objects, mut others) = (Vec::new(), Vec::new());
        let mut stream = self.store.list(prefix);
        while let Some(meta) = stream.next().await {
            let location = meta?.location;
            match location.filename().and_then(|name| Uuid::parse_str(name).ok()) {
                Some(id) if self.path(ObjectId(id)) == location => objects.push(ObjectId(id)),
                _ => others.push(location.to_string()),
            }
        }
        Ok((objects, others))
    }

    /// Writes something, reads it and deletes it, for an operator who checks an installation.
    ///
    /// # Errors
    /// When the store does not do one of these.
    pub async fn probe(&self) -> Result<(), FilesError> {
        let object = ObjectId(Uuid::new_v4());
        let path = self.path(object);
        self.store
            .put(&path, object_store::PutPayload::from_static(b"probe"))
            .await?;
        let read = self.store.get(&path).await?.bytes().await?;
        self.delete(object).await?;
        if read.as_ref() == b"probe" {
            Ok(())
        } else {
            Err(FilesError::Cut)
        }
    }

    fn path(&self, object: ObjectId) -> Path {
        self.folder.clone().join(object.0.to_string())
    }
}

/// A folder of this machine, readable for its owner only. Its writes wait for the disk.
fn local(path: PathBuf) -> Result<Arc<dyn ObjectStore>, FilesError> {
    let failed = |source| FilesError::Folder {
        path: path.clone(),
        source,
    };
    std::fs::create_dir_all(&path).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(Arc::new(LocalFileSystem::new_with_prefix(&path)?.with_fsync(true)))
}

/// A bucket; what is not set comes from the environment as with other programs (`AWS_…`), or from the machine.
fn bucket(config: &Config, url: &Url) -> Result<(Arc<dyn ObjectStore>, Path), FilesError> {
    let files = &config.files;
    let name = url.host_str().ok_or_else(|| FilesError::Setting(url.to_string()))?;
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(name);
    if let Some(region) = &files.s3_region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = &files.s3_endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(is_loopback(endpoint))
            .with_virtual_hosted_style_request(false);
    }
    if let Some(id) = &files.s3_access_key_id {
        builder = builder.with_access_key_id(id);
    }
    if let Some(secret) = &files.s3_secret_access_key {
        builder = builder.with_secret_access_key(secret.expose_secret());
    }
    let folder = Path::from_url_path(url.path()).map_err(|wrong| FilesError::Setting(wrong.to_string()))?;
    Ok((Arc::new(builder.build()?), folder))
}

/// Only to this machine itself may files go without TLS; they are sealed, but the key that signs is not.
fn is_loopback(endpoint: &str) -> bool {
    let host = Url::parse(endpoint).ok();
    let host = host.as_ref().and_then(Url::host);
    match host {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
