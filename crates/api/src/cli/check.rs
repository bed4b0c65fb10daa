//! `stafett check`: everything that the server needs, tried one after the other.

use clap::Args;
use serde::Serialize;

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::auth::keys::{self, KeyRing};
use crate::auth::log_keys::LogKeys;
use crate::config::Config;
use crate::files::Files;
use crate::vault_keys::{self, VaultKeyError};
use crate::{database, disclosure_table, mailroom, routing_table, workflow_library};

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    format: Format,
}

#[derive(Serialize)]
struct Line {
    check: &'static str,
    ok: bool,
    detail: String,
}

impl Check {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let mut lines = Vec::new();
        match common.config() {
            Err(wrong) => lines.push(failed("configuration", &wrong)),
            Ok(config) => {
                lines.push(fine(
                    "configuration",
                    "every setting is known and makes sense".to_owned(),
                ));
                lines.push(key(&config));
                lines.push(log_key(&config));
                lines.push(database(&config).await);
                lines.push(vault(&config).await);
                lines.push(files(&config).await);
                lines.push(routing(&config));
                lines.push(disclosure(&config));
                lines.push(mail(&config).await);
            }
        }
        let word = |ok| if ok { "ok" } else { "FAILED" }.to_owned();
        self.format.rows(&lines, ["CHECK", "RESULT", "DETAIL"], |line| {
            [line.check.to_owned(), word(line.ok), line.detail.clone()]
        });
        Ok(if lines.iter().all(|line| line.ok) {
            Outcome::Fine
        } else {
            Outcome::Findings
        })
    }
}

fn fine(check: &'static str, detail: String) -> Line {
    Line {
        check,
        ok: true,
        detail,
    }
}

fn failed(check: &'static str, why: &dyn std::error::Error) -> Line {
    Line {
        check,
        ok: false,
        detail: why.to_string(),
    }
}

fn key(config: &Config) -> Line {
    let path = config.signing_key_file();
    if config.auth.signing_key_file.is_none() && !path.exists() {
        return fine(
            "signing key",
            format!("none yet; the first start makes {}", path.display()),
        );
    }
    match KeyRing::load(config) {
        Err(wrong) => failed("signing key", &wrong),
        Ok(_) if keys::is_exposed(&path) => Line {
            check: "signing key",
            ok: false,
            detail: format!("others than its owner can read {}; run chmod 600 on it", path.display()),
        },
        Ok(ring) => fine(
            "signing key",
            format!("{} signs, {} accepted", ring.kid(), ring.accepted().count()),
        ),
    }
}

fn log_key(config: &Config) -> Line {
    let path = config.log_key_file();
    if config.audit.signing_key_file.is_none() && !path.exists() {
        return fine("log key", format!("none yet; the first start makes {}", path.display()));
    }
    // What the log is called lies in the database, and does not matter here.
    match LogKeys::load(config, "log") {
        Err(wrong) => failed("log key", &wrong),
        Ok(_) if keys::is_exposed(&path) => Line {
            check: "log key",
            ok: false,
            detail: format!("others than its owner can read {}; run chmod 600 on it", path.display()),
        },
        Ok(keys) => fine(
            "log key",
            format!(
                "{} signs the sealed log, {} accepted",
                path.display(),
                keys.accepted().len()
            ),
        ),
    }
}

async fn database(config: &Config) -> Line {
    let tried = async {
        let db = database::open(config).await?;
        db.ping().await?;
        let pending = db.pending_migrations().await?;
        let kind = db.kind().as_str();
        db.close().await?;
        Ok::<_, stafett_store::StoreError>((kind, pending.len()))
    };
    match tried.await {
        Err(wrong) => failed("database", &wrong),
        Ok((kind, 0)) => fine("database", format!("{kind} answers, its tables are up to date")),
        Ok((kind, _)) if config.migrate_at_start() => {
            fine("database", format!("{kind} answers; `serve` will migrate it"))
        }
        Ok((kind, pending)) => Line {
            check: "database",
            ok: false,
            detail: format!("{kind} answers but lacks {pending} migrations; run `stafett migrate`"),
        },
    }
}

async fn vault(config: &Config) -> Line {
    let tried = async {
        let db = database::open(config).await?;
        let is_new = db.master_keys_in_use().await?.is_empty();
        let path = config.master_keys_file();
        let makes = config.vault.master_keys.is_none() && config.vault.master_keys_file.is_none() && !path.exists();
        if is_new && makes && config.is_sqlite() {
            return Ok(format!("none yet; the first start makes {}", path.display()));
        }
        vault_keys::unlock(config, &db, false).await?;
        db.close().await?;
        Ok::<_, VaultKeyError>("the master keys open this database".to_owned())
    };
    match tried.await {
        Err(wrong) => failed("vault", &wrong),
        Ok(_) if vault_keys::is_exposed(config) => Line {
            check: "vault",
            ok: false,
            detail: format!(
                "others than its owner can read {}; run chmod 600 on it",
                config.master_keys_file().display()
            ),
        },
        Ok(detail) => fine("vault", detail),
    }
}

/// The table that the server would start with.
async fn files(config: &Config) -> Line {
    let files = match Files::open(config) {
        Ok(files) => files,
        Err(wrong) => return failed("files", &wrong),
    };
    match files.probe().await {
        Ok(()) => fine("files", format!("{} takes, gives and deletes", files.place())),
        Err(wrong) => failed("files", &wrong),
    }
}

fn routing(config: &Config) -> Line {
    let library = match workflow_library::load(&config.workflows) {
        Ok(library) => library,
        Err(wrong) => return failed("routing", &wrong),
    };
    let named = config.routing.table.as_ref();
    let from = named.map_or_else(
        || "the one of the program".to_owned(),
        |path| path.display().to_string(),
    );
    match routing_table::load(&config.routing, &library) {
        Ok(table) => {
            let rules: usize = table.decisions.iter().map(|decision| decision.rules.len()).sum();
            fine(
                "routing",
                format!(
                    "table {} version {} with {rules} rules, {from}",
                    table.id, table.version
                ),
            )
        }
        Err(wrong) => failed("routing", &wrong),
    }
}

/// Whether the table of what may flow fits the definitions and the routing.
fn disclosure(config: &Config) -> Line {
    let library = match workflow_library::load(&config.workflows) {
        Ok(library) => library,
        Err(wrong) => return failed("disclosure", &wrong),
    };
    let routing = match routing_table::load(&config.routing, &library) {
        Ok(routing) => routing,
        Err(wrong) => return failed("disclosure", &wrong),
    };
    match disclosure_table::load(&config.disclosure, &library, &routing) {
        Ok(table) => fine(
            "disclosure",
            format!(
                "table {} version {} with {} rules",
                table.id,
                table.version,
                table.rules.len()
            ),
        ),
        Err(wrong) => failed("disclosure", &wrong),
    }
}

async fn mail(config: &Config) -> Line {
    let (channel, _renderer) = match mailroom::open(config, &config.public_url(config.server.listen)) {
        Ok(opened) => opened,
        Err(wrong) => return failed("mail", &wrong),
    };
    let answer = channel.check().await;
    channel.close().await;
    match answer {
        Ok(reply) => fine("mail", reply.as_str().to_owned()),
        Err(failure) => failed("mail", &failure),
    }
}
