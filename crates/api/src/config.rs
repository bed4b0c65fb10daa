//! The configuration: typed, complete, and able to say where each value came from.
//!
//! `stafett.toml`, then the environment, then flags; the later wins. Every key is listed in [`KEYS`], an unknown one is
//! an error wherever it stands, and a secret is never printed.

mod keys;
mod sources;
mod values;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use figment::Figment;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use stafett_notify::MailSettings;
use stafett_workflow::calendar::Calendar;

pub use keys::{KEYS, Key};
pub use values::{LogFormat, LogLevel, PublicUrl, Span};

use sources::Layer;

/// The file that is read when nobody names one.
pub const DEFAULT_FILE: &str = "stafett.toml";

/// The whole configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of everything that the server keeps in files.
    pub data_dir: PathBuf,
    /// Where and as what it listens.
    pub server: Server,
    /// Where it stores.
    pub database: Database,
    /// Who may come in, and for how long.
    pub auth: Auth,
    /// By which keys the audit trail is sealed.
    #[serde(default)]
    pub audit: Audit,
    /// Under which keys it seals what is told of people.
    #[serde(default)]
    pub vault: Vault,
    /// Where the files of referrals lie.
    pub files: FileStore,
    /// How what is not needed any more goes.
    pub retention: Retention,
    /// How mails leave.
    #[serde(default)]
    pub mail: MailSettings,
    /// How the systems of units are told.
    #[serde(default)]
    pub webhooks: Webhooks,
    /// Which days count.
    pub calendar: CalendarSettings,
    /// Who is sent to.
    pub routing: Routing,
    /// What may flow to whom.
    #[serde(default)]
    pub disclosure: Disclosure,
    /// Definitions of one's own.
    #[serde(default)]
    pub workflows: Workflows,
    /// Opening a referral in an emergency.
    pub break_glass: BreakGlass,
    /// What it tells its operator.
    pub log: Log,
}

/// How the systems of units are told.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// Whether addresses of this machine may be told, without TLS. For tests.
    pub allow_loopback: bool,
}

/// Where and as what the server listens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port; port 0 takes a free one.
    #[serde(deserialize_with = "values::listen")]
    pub listen: SocketAddr,
    /// As the world sees it; unset, it is where the server listens.
    pub public_url: Option<PublicUrl>,
    /// The proxies whose `X-Forwarded-For` is believed.
    #[serde(default, deserialize_with = "values::addresses")]
    pub trusted_proxies: Vec<IpAddr>,
}

/// The database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Unset: SQLite in the data folder.
    pub url: Option<SecretString>,
    /// At most so many connections.
    pub max_connections: u32,
    /// Unset: yes on SQLite, no on PostgreSQL.
    pub migrate_at_start: Option<bool>,
    /// Whether PostgreSQL keeps people apart by itself as well.
    pub row_security: bool,
}

/// The keys of the sealed log.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// Unset: in the data folder.
    pub signing_key_file: Option<PathBuf>,
    /// Keys that no longer sign and by which older checkpoints are checked.
    #[serde(deserialize_with = "values::paths")]
    pub previous_keys: Vec<PathBuf>,
}

/// Accounts and tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Unset: in the data folder.
    pub signing_key_file: Option<PathBuf>,
    /// Keys that no longer sign and are still accepted.
    #[serde(default, deserialize_with = "values::paths")]
    pub previous_keys: Vec<PathBuf>,
    /// Life of an access token.
    pub access_ttl: Span,
    /// Life of a refresh token.
    pub refresh_ttl: Span,
    /// Life of a session, however often it is renewed.
    pub session_ttl: Span,
    /// Claim `iss`.
    #[serde(deserialize_with = "values::filled")]
    pub issuer: String,
    /// Claim `aud`.
    #[serde(deserialize_with = "values::filled")]
    pub audience: String,
}

/// Who is sent to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routing {
    /// A table of one's own; unset: the one that the program brings.
    pub table: Option<PathBuf>,
    /// The district that serves Sentrum.
    pub sentrum: Option<String>,
    /// The district that serves Marka.
    pub marka: Option<String>,
    /// The district that serves whoever has no address.
    pub no_address: Option<String>,
    /// How long a reported capacity counts.
    pub capacity_holds: Span,
}

/// What may flow to whom.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// A table of one's own; unset: the one that the program brings.
    pub table: Option<PathBuf>,
}

/// Definitions of one's own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workflows {
    /// The folder with them; unset: there are those of the program, and those that two people have taken into use.
    pub directory: Option<PathBuf>,
}

/// Which days count where a limit counts working days.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSettings {
    /// Whether Saturday does.
    pub saturday_is_working_day: bool,
}

impl CalendarSettings {
    /// The calendar by which this installation counts.
    #[must_use]
    pub const fn calendar(self) -> Calendar {
        Calendar {
            saturdays_count: self.saturday_is_working_day,
        }
    }
}

/// Opening a referral in an emergency.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// For so long it shows the referral.
    pub open: Span,
    /// By so long after it must have been reviewed.
    pub review: Span,
}

/// The master keys: themselves, or the file with them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// The keys.
    pub master_keys: Option<SecretString>,
    /// Unset: in the data folder.
    pub master_keys_file: Option<PathBuf>,
}

/// The store of files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileStore {
    /// A folder or a bucket; unset: in the data folder.
    pub url: Option<String>,
    /// The most MiB that a file may have.
    #[serde(deserialize_with = "values::mebibytes")]
    pub largest_mib: u64,
    /// Region of the bucket.
    pub s3_region: Option<String>,
    /// Where the bucket is, unless with Amazon.
    pub s3_endpoint: Option<String>,
    /// Who asks.
    pub s3_access_key_id: Option<String>,
    /// Their secret.
    pub s3_secret_access_key: Option<SecretString>,
}

/// How what is not needed any more goes. For how long it is needed, agencies say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// How long it stands in the lists of leads before it is erased.
    pub notice: Span,
}

/// The log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Text or JSON.
    pub format: LogFormat,
    /// Level or directives.
    pub level: LogLevel,
}

/// What the configuration is read from. Tests make one by hand; the command line makes it of the process.
#[derive(Debug, Default, Clone)]
pub struct Sources {
    /// The file that somebody named.
    pub file: Option<PathBuf>,
    /// The environment.
    pub variables: Vec<(String, String)>,
    /// Flags: the flag as written, the key it sets, the value.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

/// Why a configuration cannot be used: one sentence that says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read ({source}); correct the path or its permissions", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{place}: this is not valid TOML ({message}); correct the line")]
    Syntax {
        /// File and line.
        place: String,
        /// What the parser says.
        message: String,
    },
    /// A key that does not exist.
    #[error("{place}: {what} is not a setting; {hint}")]
    UnknownKey {
        /// File and line, or the environment.
        place: String,
        /// The key or variable.
        what: String,
        /// What to do.
        hint: String,
    },
    /// A value that does not fit its key.
    #[error("{place}: {message}; `stafett config explain` tells what it may be")]
    Value {
        /// The source and key.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// The file that a `_FILE` variable names cannot be read.
    #[error("the file {} that {variable} names cannot be read ({source}); correct the path or its permissions", path.display())]
    SecretFile {
        /// The variable.
        variable: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// One line of `config dump` and `config explain`.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The key.
    pub key: &'static str,
    /// The environment variable that sets it.
    pub variable: String,
    /// What it means.
    pub meaning: &'static str,
    /// Its default.
    pub default: &'static str,
    /// Its value now; a secret is replaced by asterisks.
    pub value: String,
    /// Where the value came from.
    pub source: String,
}

/// A configuration together with where each value came from.
#[derive(Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    figment: Figment,
}

impl Sources {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            variables,
            ..Self::default()
        }
    }

    /// Reads everything.
    ///
    /// # Errors
    /// A [`ConfigError`] for the first thing that is wrong.
    pub fn load(&self) -> Result<Loaded, ConfigError> {
        let named_by_variable = self.variables.iter().find(|(name, _)| name == sources::FILE_VARIABLE);
        let file = self
            .file
            .as_deref()
            .or(named_by_variable.map(|(_, path)| Path::new(path.as_str())));
        let mut layers = Layer::defaults();
        layers.extend(Layer::file(file)?);
        layers.extend(Layer::environment(self.variables.clone())?);
        layers.extend(
            self.flags
                .iter()
                .map(|(flag, path, text)| Layer::text(format!("flag {flag}"), path, text)),
        );
        let figment = layers.into_iter().fold(Figment::new(), Figment::merge);
        // Texts from variables and flags become numbers where a number is wanted.
        let config: Config = figment.extract_lossy().map_err(|wrong| describe(&figment, wrong))?;
        config.check()?;
        Ok(Loaded { config, figment })
    }
}

impl Loaded {
    /// Every key with its value now, secrets hidden.
    #[must_use]
    pub fn explain(&self) -> Vec<Explanation> {
        let explain = |key: &'static Key| {
            let found = self.figment.find_value(key.path).ok();
            let value = match &found {
                Some(_) if key.secret => "***".to_owned(),
                Some(value) => plain(value),
                None => self.config.derived(key.path).unwrap_or_else(|| key.default.to_owned()),
            };
            let source = found.and_then(|value| self.figment.get_metadata(value.tag()));
            let source = source.map_or_else(|| "default".to_owned(), |metadata| metadata.name.to_string());
            Explanation {
                key: key.path,
                variable: key.variable(),
                meaning: key.meaning,
                default: key.default,
                value,
                source,
            }
        };
        KEYS.iter().map(explain).collect()
    }
}

impl Config {
    /// The embedded default, as a start for tests: everything below `data_dir`, a free port on the loopback.
    ///
    /// # Errors
    /// Never in practice: the defaults are tested.
    pub fn embedded(data_dir: &Path) -> Result<Self, ConfigError> {
        let flags = vec![
            ("--data", "data_dir", data_dir.display().to_string()),
            ("--listen", "server.listen", "127.0.0.1:0".to_owned()),
        ];
        let layers = Layer::defaults().into_iter().chain(
            flags
                .into_iter()
                .map(|(flag, path, text)| Layer::text(flag, path, text)),
        );
        let figment = layers.fold(Figment::new(), Figment::merge);
        figment.extract_lossy().map_err(|wrong| describe(&figment, wrong))
    }

    /// The database to open.
    #[must_use]
    pub fn database_url(&self) -> SecretString {
        self.database
            .url
            .clone()
            .unwrap_or_else(|| SecretString::from(format!("sqlite://{}", self.data_dir.join("stafett.db").display())))
    }

    /// Whether the database is the embedded one.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.database_url().expose_secret().starts_with("sqlite:")
    }

    /// Whether `serve` migrates before it listens.
    #[must_use]
    pub fn migrate_at_start(&self) -> bool {
        self.database.migrate_at_start.unwrap_or_else(|| self.is_sqlite())
    }

    /// The file with the key that signs.
    #[must_use]
    pub fn signing_key_file(&self) -> PathBuf {
        self.auth
            .signing_key_file
            .clone()
            .unwrap_or_else(|| self.data_dir.join("signing-key.pem"))
    }

    /// The file with the key that signs the checkpoints of the sealed log.
    #[must_use]
    pub fn log_key_file(&self) -> PathBuf {
        self.audit
            .signing_key_file
            .clone()
            .unwrap_or_else(|| self.data_dir.join("log-key.pem"))
    }

    /// The file with the master keys.
    #[must_use]
    pub fn master_keys_file(&self) -> PathBuf {
        self.vault
            .master_keys_file
            .clone()
            .unwrap_or_else(|| self.data_dir.join("master-keys"))
    }

    /// Where the files of referrals lie.
    #[must_use]
    pub fn files_url(&self) -> String {
        let usual = || self.data_dir.join("files").display().to_string();
        self.files.url.clone().unwrap_or_else(usual)
    }

    /// The mail settings, with a folder for mails as files when nothing else is set.
    #[must_use]
    pub fn mail_settings(&self) -> MailSettings {
        let mut mail = self.mail.clone();
        mail.dir.get_or_insert_with(|| self.data_dir.join("mail"));
        mail
    }

    /// As the world sees a server that listens on `address`.
    #[must_use]
    pub fn public_url(&self, address: SocketAddr) -> PublicUrl {
        self.server
            .public_url
            .clone()
            .unwrap_or_else(|| PublicUrl::of_listener(address))
    }

    /// What types alone cannot say: settings that contradict each other.
    fn check(&self) -> Result<(), ConfigError> {
        self.mail_settings()
            .resolve(self.public_url(self.server.listen).as_str())
            .map(drop)
            .map_err(|wrong| ConfigError::Value {
                place: format!("key `mail.{}`", wrong.key),
                message: wrong.problem,
            })
    }

    /// What a key without a value comes to, when it follows from other settings.
    fn derived(&self, path: &str) -> Option<String> {
        match path {
            "database.url" => Some(self.database_url().expose_secret().to_owned()),
            "database.migrate_at_start" => Some(self.migrate_at_start().to_string()),
            "auth.signing_key_file" => Some(self.signing_key_file().display().to_string()),
            "audit.signing_key_file" => Some(self.log_key_file().display().to_string()),
            "vault.master_keys_file" => Some(self.master_keys_file().display().to_string()),
            "files.url" => Some(self.files_url()),
            "mail.dir" => self.mail_settings().dir.map(|dir| dir.display().to_string()),
            "mail.public_url" | "server.public_url" => Some(self.public_url(self.server.listen).to_string()),
            _ => None,
        }
    }
}

/// One sentence for what figment found.
fn describe(figment: &Figment, wrong: figment::Error) -> ConfigError {
    let key = wrong.path.join(".");
    let source = figment
        .find_metadata(&key)
        .map_or("the configuration", |metadata| metadata.name.as_ref());
    // The kind alone: figment's own text would repeat the value, which may be secret.
    let message = match wrong.kind {
        figment::error::Kind::Message(message) if keys::find(&key).is_none_or(|key| !key.secret) => message,
        figment::error::Kind::InvalidType(_, expected) | figment::error::Kind::InvalidValue(_, expected) => {
            format!("expected {}", in_words(&expected))
        }
        _ => "the value does not fit".to_owned(),
    };
    ConfigError::Value {
        place: format!("{source}, key `{key}`"),
        message,
    }
}

fn in_words(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        other => other,
    }
}

fn plain(value: &figment::value::Value) -> String {
    match value {
        figment::value::Value::String(_, text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
