//! What an operator may set about mail, and what is wrong with it.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use lettre::Address;
use lettre::message::Mailbox;
use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};
use url::{Host, Url};

use crate::mail::address;

/// The section `mail` of the configuration, as it is written. [`MailSettings::resolve`] makes sense of it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailSettings {
    /// The sender of every mail, such as `Stafett <stafett@example.org>`.
    pub from: String,
    /// The server that takes the mails: `smtps://host`, `smtp+starttls://host`, or `smtp://host` on this machine.
    /// Goes before `dir`.
    pub smtp_url: Option<String>,
    /// The user to sign in as at the server.
    pub smtp_user: Option<String>,
    /// That user's password.
    #[serde(serialize_with = "hidden")]
    pub smtp_password: Option<SecretString>,
    /// A PEM file with certificates to trust beside the system's own, for a server with a private authority.
    pub smtp_ca_file: Option<PathBuf>,
    /// How many connections to the server may be open at once, 1 to 64.
    pub smtp_connections: u8,
    /// How many mails the server may be given in a second, when it must be spared.
    pub smtp_per_second: Option<u32>,
    /// Where mails come back that cannot be delivered, when that is not the address of `from`.
    pub bounce_to: Option<String>,
    /// The folder that mails are written to as `.eml` files when there is no server.
    pub dir: Option<PathBuf>,
    /// What links in mails begin with, when it is not the address of the server itself.
    pub public_url: Option<String>,
    /// The right half of each `Message-ID`, when it is not the domain of `from`.
    pub domain: Option<String>,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            from: "Stafett <stafett@localhost>".to_owned(),
            smtp_url: None,
            smtp_user: None,
            smtp_password: None,
            smtp_ca_file: None,
            smtp_connections: 4,
            smtp_per_second: None,
            bounce_to: None,
            dir: None,
            public_url: None,
            domain: None,
        }
    }
}

impl MailSettings {
    /// Makes sense of the settings. `server_url` is the address by which the world reaches the server; links begin with
    /// it unless the settings say otherwise.
    ///
    /// # Errors
    /// The first setting that cannot be, with what to write instead.
    pub fn resolve(&self, server_url: &str) -> Result<MailPlan, SettingsError> {
        let route = self.route()?;
        let from = self.from()?;
        let email =
            address::parse(from.email.as_ref()).map_err(|wrong| SettingsError::new("from", wrong.to_string()))?;
        let sender = Sender {
            domain: self.domain(email.domain())?,
            bounces: match &self.bounce_to {
                Some(address) => {
                    address::parse(address).map_err(|wrong| SettingsError::new("bounce_to", wrong.to_string()))?
                }
                None => email.clone(),
            },
            from: Mailbox::new(from.name, email),
            links: link_base(self.public_url.as_deref().unwrap_or(server_url))?,
        };
        if matches!(&route, Route::Smtp(server) if !server.is_loopback()) {
            sender.must_be_known_to_the_world()?;
        }
        Ok(MailPlan { sender, route })
    }

    fn from(&self) -> Result<Mailbox, SettingsError> {
        let wrong = || SettingsError::new("from", "not a sender; write it as Stafett <stafett@example.org>");
        // The parser reads as far as it understands; a line break behind that must not go unseen.
        if self.from.contains(char::is_control) {
            return Err(wrong());
        }
        self.from.parse().map_err(|_not_a_mailbox| wrong())
    }

    fn domain(&self, of_sender: &str) -> Result<String, SettingsError> {
        let Some(domain) = &self.domain else {
            return Ok(of_sender.to_owned());
        };
        match Host::parse(domain) {
            Ok(Host::Domain(ascii)) => Ok(ascii),
            _ => Err(SettingsError::new(
                "domain",
                format!("`{domain}` is no domain; write it as stafett.example.org"),
            )),
        }
    }

    fn route(&self) -> Result<Route, SettingsError> {
        match (&self.smtp_url, &self.dir) {
            (Some(text), _) => self.server(text).map(Route::Smtp),
            (None, Some(folder)) => Ok(Route::Files(folder.clone())),
            (None, None) => Err(SettingsError::new(
                "smtp_url",
                "mails have nowhere to go; set smtp_url to a server, or dir to a folder for .eml files",
            )),
        }
    }

    fn server(&self, text: &str) -> Result<Server, SettingsError> {
        let wrong = |why: &str| SettingsError::new("smtp_url", why);
        let url =
            Url::parse(text).map_err(|_not_a_url| wrong("not an address; write it as smtps://mail.example.org"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "holds a user or a password; set smtp_user and smtp_password, which are never shown",
            ));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong(
                "has more than a host and a port; write it as smtps://mail.example.org:465",
            ));
        }
        let (security, usual_port) = match url.scheme() {
            "smtps" => (Security::Tls, 465),
            "smtp+starttls" => (Security::StartTls, 587),
            "smtp" => (Security::Plain, 25),
            _ => return Err(wrong("the scheme is none of smtps, smtp+starttls and smtp")),
        };
        let host = url
            .host_str()
            .unwrap_or_default()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        if host.is_empty() {
            return Err(wrong("the host is missing; write it as smtps://mail.example.org"));
        }
        let server = Server {
            host,
            port: url.port().unwrap_or(usual_port),
            security,
            sign_in: self.sign_in()?,
            ca_file: self.smtp_ca_file.clone(),
            connections: self.connections()?,
            per_second: self.per_second()?,
        };
        if security == Security::Plain && !server.is_loopback() {
            return Err(wrong(
                "smtp:// is not secret and is for this machine only; write smtp+starttls:// or smtps:// for another host",
            ));
        }
        Ok(server)
    }

    fn sign_in(&self) -> Result<Option<SignIn>, SettingsError> {
        match (&self.smtp_user, &self.smtp_password) {
            (Some(user), Some(password)) => Ok(Some(SignIn {
                user: user.clone(),
                password: password.clone(),
            })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(SettingsError::new("smtp_password", "is missing beside smtp_user")),
            (None, Some(_)) => Err(SettingsError::new("smtp_user", "is missing beside smtp_password")),
        }
    }

    fn connections(&self) -> Result<u8, SettingsError> {
        if (1..=64).contains(&self.smtp_connections) {
            Ok(self.smtp_connections)
        } else {
            Err(SettingsError::new("smtp_connections", "must be 1 to 64"))
        }
    }

    fn per_second(&self) -> Result<Option<NonZeroU32>, SettingsError> {
        let zero = || SettingsError::new("smtp_per_second", "must be 1 or more; leave it out for no limit");
        self.smtp_per_second
            .map(|number| NonZeroU32::new(number).ok_or_else(zero))
            .transpose()
    }
}

/// A setting that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mail.{key}: {problem}")]
pub struct SettingsError {
    /// The key within the section `mail`.
    pub key: &'static str,
    /// What is wrong and what to write instead.
    pub problem: String,
}

impl SettingsError {
    /// An error about one key.
    pub fn new(key: &'static str, problem: impl Into<String>) -> Self {
        Self {
            key,
            problem: problem.into(),
        }
    }
}

/// Settings that make sense: who writes, and how mails leave.
#[derive(Debug, Clone)]
pub struct MailPlan {
    /// Who writes.
    pub sender: Sender,
    /// How mails leave.
    pub route: Route,
}

/// What is the same in every mail.
#[derive(Debug, Clone)]
pub struct Sender {
    pub(crate) from: Mailbox,
    /// The envelope's sender: where reports of mails that cannot be delivered go.
    pub(crate) bounces: Address,
    pub(crate) domain: String,
    pub(crate) links: String,
}

impl Sender {
    /// A mail that leaves this machine must say where it came from and lead back.
    fn must_be_known_to_the_world(&self) -> Result<(), SettingsError> {
        if is_loopback(self.from.email.domain()) {
            return Err(SettingsError::new(
                "from",
                "a sender at localhost means nothing to other machines; set the sender's real address",
            ));
        }
        let here = Url::parse(&self.links)
            .ok()
            .and_then(|url| url.host_str().map(is_loopback));
        if here.unwrap_or(true) {
            return Err(SettingsError::new(
                "public_url",
                format!(
                    "links would begin with {}, which leads nowhere from another machine",
                    self.links
                ),
            ));
        }
        Ok(())
    }
}

/// How mails leave.
#[derive(Debug, Clone)]
pub enum Route {
    /// By SMTP.
    Smtp(Server),
    /// Into a folder.
    Files(PathBuf),
}

/// An SMTP server and how to talk to it.
#[derive(Debug, Clone)]
pub struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) sign_in: Option<SignIn>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) connections: u8,
    pub(crate) per_second: Option<NonZeroU32>,
}

impl Server {
    fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// When a connection becomes secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// Never.
    Plain,
    /// After a few words in the clear.
    StartTls,
    /// From the first byte.
    Tls,
}

/// A user at the server.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    pub(crate) user: String,
    pub(crate) password: SecretString,
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn link_base(text: &str) -> Result<String, SettingsError> {
    let wrong = || {
        SettingsError::new(
            "public_url",
            format!("`{text}` is not a web address; write it as https://stafett.example.org"),
        )
    };
    let url = Url::parse(text).map_err(|_not_a_url| wrong())?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._~-".contains(c);
    if !is_web
        || !url.path().chars().all(is_plain)
        || !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(wrong());
    }
    if url.scheme() == "http" && !url.host_str().is_some_and(is_loopback) {
        return Err(SettingsError::new(
            "public_url",
            format!("`{text}` is not secret; links in mails must begin with https"),
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

// The signature is serde's; what it is given does not matter, for nothing of it may be shown.
fn hidden<S: Serializer>(secret: &Option<SecretString>, to: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_secret| "…").serialize(to)
}

#[cfg(test)]
mod tests;
