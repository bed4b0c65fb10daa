//! Every setting there is: its key, its default in words, what it means, and whether its value is secret.

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Where it stands, dotted: `server.listen`.
    pub path: &'static str,
    /// The default, as it would be written; in parentheses when it follows from other settings.
    pub default: &'static str,
    /// What it means, one sentence.
    pub meaning: &'static str,
    /// Whether its value must never be printed.
    pub secret: bool,
}

impl Key {
    /// The environment variable that sets it.
    #[must_use]
    pub fn variable(&self) -> String {
        format!(
            "{}{}",
            super::sources::PREFIX,
            self.path.replace('.', "__").to_uppercase()
        )
    }
}

const fn key(path: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key {
        path,
        default,
        meaning,
        secret: false,
    }
}

const fn secret(path: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key {
        path,
        default,
        meaning,
        secret: true,
    }
}

/// Every setting, in the order of the file.
pub const KEYS: &[Key] = &[
    key(
        "data_dir",
        "stafett-data",
        "Folder of the embedded database, its keys and mails that go to files.",
    ),
    key(
        "server.listen",
        "127.0.0.1:8080",
        "Address and port to listen on; port 0 takes a free one.",
    ),
    key(
        "server.public_url",
        "(http:// and the address listened on)",
        "Address by which the world reaches this server; it stands in links, mails and error types.",
    ),
    key(
        "server.trusted_proxies",
        "[]",
        "Addresses of the proxies in front; only their X-Forwarded-For is believed when sign-in attempts are counted.",
    ),
    secret(
        "database.url",
        "(SQLite at stafett.db in data_dir)",
        "The database: postgres://… or sqlite://…; DATABASE_URL sets it too.",
    ),
    key(
        "database.max_connections",
        "16",
        "How many connections to the database at most.",
    ),
    key(
        "database.migrate_at_start",
        "(true on SQLite, false on PostgreSQL)",
        "Whether `serve` brings the tables up to date before it listens.",
    ),
    key(
        "database.row_security",
        "false",
        "Whether PostgreSQL itself keeps people apart, as a second wall behind the program's own.",
    ),
    key(
        "auth.signing_key_file",
        "(signing-key.pem in data_dir)",
        "Ed25519 private key in PEM that signs access tokens; the one in data_dir is made at the first start.",
    ),
    key(
        "auth.previous_keys",
        "[]",
        "Files with keys in PEM, private or public, whose tokens are still accepted after a change of key.",
    ),
    key("auth.access_ttl", "15m", "How long an access token is good."),
    key(
        "auth.refresh_ttl",
        "30d",
        "How long a refresh token is good; each use renews it.",
    ),
    key(
        "auth.session_ttl",
        "30d",
        "How long a session lasts, however often it is renewed; then one signs in again.",
    ),
    key(
        "auth.issuer",
        "stafett",
        "Who issues the tokens (`iss`); a token of another issuer is refused.",
    ),
    key(
        "auth.audience",
        "stafett-api",
        "Whom the tokens are for (`aud`); a token for others is refused.",
    ),
    key(
        "audit.signing_key_file",
        "(log-key.pem in data_dir)",
        "Ed25519 private key in PEM that signs the checkpoints of the sealed log; the one in data_dir is made at the first start.",
    ),
    key(
        "audit.previous_keys",
        "[]",
        "Files with keys in PEM, private or public, by which older checkpoints are checked after a change of key.",
    ),
    secret(
        "vault.master_keys",
        "(those in vault.master_keys_file)",
        "The keys that wrap the key of each person, one a line, the one for what is new first; `stafett vault key` makes one.",
    ),
    key(
        "vault.master_keys_file",
        "(master-keys in data_dir; with PostgreSQL it must be set)",
        "File with the same; the one in data_dir is made at the first start of an embedded database or a demo.",
    ),
    key(
        "files.url",
        "(files in data_dir)",
        "Where the files of referrals lie, sealed: a folder, or s3://bucket/folder; several servers must share it.",
    ),
    key("files.largest_mib", "20", "How many MiB a file may have, 1 to 100."),
    key("files.s3_region", "(as the environment says)", "Region of the bucket."),
    key(
        "files.s3_endpoint",
        "(Amazon's)",
        "Address of another service that speaks S3, https://…; http only on this machine.",
    ),
    key(
        "files.s3_access_key_id",
        "(as the environment says)",
        "The access key to the bucket.",
    ),
    secret(
        "files.s3_secret_access_key",
        "(as the environment says)",
        "The secret of that access key.",
    ),
    key(
        "retention.notice",
        "30d",
        "How long it stands in the lists of leads that something will be erased, before it is.",
    ),
    key(
        "mail.from",
        "Stafett <stafett@localhost>",
        "Sender of every mail; neutral, without the name of a service.",
    ),
    key(
        "mail.smtp_url",
        "(none: mails go to files)",
        "The mail server: smtps://host, smtp+starttls://host, or smtp://host on this machine.",
    ),
    key("mail.smtp_user", "(none)", "The user to sign in as at the mail server."),
    secret("mail.smtp_password", "(none)", "That user's password."),
    key(
        "mail.smtp_ca_file",
        "(none)",
        "PEM file with certificates to trust beside the usual ones.",
    ),
    key(
        "mail.smtp_connections",
        "4",
        "How many connections to the mail server at once, 1 to 64.",
    ),
    key(
        "mail.smtp_per_second",
        "(no limit)",
        "How many mails a second the mail server is given at most.",
    ),
    key(
        "mail.bounce_to",
        "(address of mail.from)",
        "Address to which mails come back that cannot be delivered.",
    ),
    key(
        "mail.dir",
        "(mail in data_dir)",
        "Folder for mails as files when there is no mail server.",
    ),
    key(
        "mail.public_url",
        "(server.public_url)",
        "What links in mails begin with.",
    ),
    key(
        "mail.domain",
        "(the domain of mail.from)",
        "The right half of each Message-ID.",
    ),
    key(
        "webhooks.allow_loopback",
        "false",
        "Whether webhooks may lead to this machine, without TLS; for tests, never in production.",
    ),
    key(
        "calendar.saturday_is_working_day",
        "false",
        "Whether Saturday counts where a limit counts working days; what runs already keeps its end.",
    ),
    key(
        "routing.table",
        "(the table that the program brings)",
        "TOML file with a routing table of one's own; `stafett routing check FILE` tries it.",
    ),
    key(
        "routing.sentrum",
        "(as the table says)",
        "The district that serves Sentrum (030116), six digits.",
    ),
    key(
        "routing.marka",
        "(as the table says)",
        "The district that serves Marka (030117), six digits.",
    ),
    key(
        "routing.no_address",
        "(as the table says)",
        "The district that serves whoever is in Oslo without an address (030199), six digits.",
    ),
    key(
        "routing.capacity_holds",
        "24h",
        "How long a capacity that a unit has reported counts; older than that it is unknown.",
    ),
    key(
        "disclosure.table",
        "(the table that the program brings)",
        "TOML file with a disclosure table of one's own: what may flow to whom, on which legal basis.",
    ),
    key(
        "workflows.directory",
        "(none)",
        "Folder with workflow definitions of one's own (`*.toml`), taken into use at the start; `stafett workflow check FILE` tries one.",
    ),
    key(
        "break_glass.open",
        "1h",
        "How long a broken glass shows a referral to whoever broke it.",
    ),
    key(
        "break_glass.review",
        "72h",
        "By how long after it was broken a lead must have reviewed it; they are told again until one has.",
    ),
    key("log.format", "text", "How log lines are written: text or json."),
    key(
        "log.level",
        "info",
        "Which log lines are written: error, warn, info, debug, trace, or directives.",
    ),
];

/// The setting at `path`.
#[must_use]
pub(super) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The setting whose name is most like `path`, when one is like it at all.
#[must_use]
pub(super) fn nearest(path: &str) -> Option<&'static Key> {
    KEYS.iter()
        .map(|key| (distance(key.path, path), key))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, key)| *distance <= key.path.len() / 3)
        .map(|(_, key)| key)
}

/// Levenshtein's distance, row by row.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (cell, r) in row.iter_mut().skip(1).zip(right.chars()) {
            let replaced = diagonal + usize::from(l != r);
            diagonal = *cell;
            *cell = replaced.min(before + 1).min(diagonal + 1);
            before = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_key_that_was_meant() {
        assert_eq!(nearest("server.lsten").unwrap().path, "server.listen");
        assert_eq!(nearest("database.ulr").unwrap().path, "database.url");
        assert!(nearest("colour.of.the.moon").is_none());
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn a_key_and_its_variable() {
        assert_eq!(
            find("server.public_url").unwrap().variable(),
            "STAFETT_SERVER__PUBLIC_URL"
        );
        assert!(find("server").is_none());
    }
}
