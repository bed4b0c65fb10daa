//! `stafett agency`: the directory.

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde::Serialize;
use stafett_store::agencies::{self, Agency, AgencyQuery};
use stafett_store::{Db, Tx};
use stafett_workflow::vocabulary::{AgencyKind, Language};
use uuid::Uuid;

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::app::setup::Authority;
use crate::app::setup::agencies::{self as setup, AgencyPatch, NewAgency};
use crate::app::setup::mailboxes::{self, Which};
use crate::clock::{Clock, System};
use crate::config::Config;
use crate::mailroom;
use crate::postman::Postman;

/// How many are read at once.
const BATCH: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the agencies
    List(Format),
    /// Enter an agency
    Add(Add),
    /// Change an agency; what is not named stays
    Set(Set),
    /// Send a test mail to an agency's mailbox, and tell what the mail server said
    TestMail(TestMail),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Short name in addresses: small letters, digits and hyphens
    slug: String,
    /// Its own name
    #[arg(long)]
    name: String,
    /// outreach, child-welfare, district, … (a wrong one lists them all)
    #[arg(long)]
    kind: AgencyKind,
    #[command(flatten)]
    facts: Facts,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// Its short name or id
    agency: String,
    /// Its own name
    #[arg(long)]
    name: Option<String>,
    /// Whether it takes part: true or false
    #[arg(long)]
    active: Option<bool>,
    #[command(flatten)]
    facts: Facts,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct TestMail {
    /// Its short name or id
    agency: String,
    /// Try the address of whoever is on call
    #[arg(long)]
    on_call: bool,
    #[command(flatten)]
    format: Format,
}

/// What may be said of an agency now or later.
#[derive(Debug, Args)]
struct Facts {
    /// Organisation number, nine digits
    #[arg(long)]
    orgnr: Option<String>,
    /// The agency that it is a unit of: short name or id
    #[arg(long, value_name = "AGENCY")]
    parent: Option<String>,
    /// The municipality that it serves, four digits
    #[arg(long)]
    municipality: Option<String>,
    /// The district that it serves, six digits
    #[arg(long)]
    district: Option<String>,
    /// What else it serves, with commas between: districts, six digits, and whole municipalities, four; empty for nothing else
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    also_serves: Option<Vec<String>>,
    /// Whether it carries out tasks for a public body: true or false
    #[arg(long)]
    public_tasks: Option<bool>,
    /// Language of its mails: nb or en
    #[arg(long)]
    language: Option<Language>,
    /// Where its mails go
    #[arg(long, value_name = "ADDRESS")]
    mailbox: Option<String>,
    /// Telephone
    #[arg(long)]
    phone: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: Uuid,
    slug: String,
    name: String,
    kind: &'static str,
    orgnr: Option<String>,
    parent: Option<Uuid>,
    municipality: Option<String>,
    district: Option<String>,
    also_serves: Vec<String>,
    public_tasks: bool,
    language: &'static str,
    mailbox: Option<String>,
    phone: Option<String>,
    active: bool,
    version: u32,
}

impl Command {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (config, db) = common.database().await?;
        match self {
            Self::TestMail(test) => test.run(&config, &db).await?,
            Self::List(format) => list(&db, format).await?,
            Self::Add(add) => add.run(&db).await?,
            Self::Set(set) => set.run(&db).await?,
        }
        db.close().await?;
        Ok(Outcome::Fine)
    }
}

async fn list(db: &Db, format: Format) -> Result<(), CliError> {
    let mut rows = Vec::new();
    let mut query = AgencyQuery {
        limit: BATCH,
        ..AgencyQuery::default()
    };
    loop {
        let page = agencies::list(db, &query).await?;
        rows.extend(page.items.into_iter().map(Row::from));
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    format.rows(&rows, ["SLUG", "NAME", "KIND", "MAILBOX", "ACTIVE"], |row| {
        let mailbox = row.mailbox.clone().unwrap_or_else(|| "-".to_owned());
        [
            row.slug.clone(),
            row.name.clone(),
            row.kind.to_owned(),
            mailbox,
            row.active.to_string(),
        ]
    });
    Ok(())
}

impl Add {
    async fn run(self, db: &Db) -> Result<(), CliError> {
        let new = NewAgency {
            slug: self.slug,
            name: self.name,
            kind: self.kind,
            facts: self.facts.patch(),
        };
        let tx = db.write_tx().await?;
        let agency = setup::enter(&tx, Authority::Operator, new, &System).await?;
        tx.commit().await?;
        tell(&agency, self.format);
        Ok(())
    }
}

impl Set {
    async fn run(self, db: &Db) -> Result<(), CliError> {
        let patch = AgencyPatch {
            name: self.name,
            active: self.active,
            ..self.facts.patch()
        };
        let tx = db.write_tx().await?;
        let name = find(&tx, &self.agency).await?.slug;
        let agency = setup::alter(&tx, Authority::Operator, &name, None, patch, &System).await?;
        tx.commit().await?;
        tell(&agency, self.format);
        Ok(())
    }
}

#[derive(Serialize)]
struct Tried {
    to: String,
    reply: String,
}

impl TestMail {
    async fn run(self, config: &Config, db: &Db) -> Result<(), CliError> {
        let (channel, renderer) = mailroom::open(config, &config.public_url(config.server.listen))?;
        let postman = Postman::new(Arc::clone(&channel), renderer);
        let which = if self.on_call { Which::OnCall } else { Which::Unit };
        let tested = mailboxes::test(db, System.now(), &postman, Authority::Operator, &self.agency, which).await;
        channel.close().await;
        let tested = tested?;
        let reply = tested.said.map_err(|failure| {
            CliError::Failed(format!(
                "the mail to {} was not taken: {failure}; see `stafett check` and the mail settings",
                tested.to
            ))
        })?;
        let tried = Tried {
            to: tested.to,
            reply: reply.as_str().to_owned(),
        };
        self.format
            .one(&tried, |tried| format!("sent to {}: {}", tried.to, tried.reply));
        Ok(())
    }
}

impl Facts {
    fn patch(self) -> AgencyPatch {
        AgencyPatch {
            orgnr: self.orgnr.map(Some),
            parent: self.parent.map(Some),
            municipality: self.municipality.map(Some),
            district: self.district.map(Some),
            also_serves: self
                .also_serves
                .map(|areas| areas.into_iter().filter(|area| !area.is_empty()).collect()),
            public_tasks: self.public_tasks,
            language: self.language,
            mailbox: self.mailbox.map(Some),
            phone: self.phone.map(Some),
            ..AgencyPatch::default()
        }
    }
}

/// The agency that somebody named by its short name or id.
pub(super) async fn find(tx: &Tx, name: &str) -> Result<Agency, CliError> {
    agencies::find(tx, name)
        .await?
        .ok_or_else(|| CliError::Failed(format!("there is no agency `{name}`; see `stafett agency list`")))
}

fn tell(agency: &Agency, format: Format) {
    format.one(&Row::from(agency.clone()), |row| {
        format!("{} {} (version {})", row.slug, row.id, row.version)
    });
}

impl From<Agency> for Row {
    fn from(agency: Agency) -> Self {
        Self {
            id: agency.id.0,
            slug: agency.slug,
            name: agency.name,
            kind: agency.kind.as_str(),
            orgnr: agency.orgnr,
            parent: agency.parent.map(|parent| parent.0),
            municipality: agency.municipality,
            district: agency.district,
            also_serves: agency.also_serves,
            public_tasks: agency.public_tasks,
            language: agency.language.as_str(),
            mailbox: agency.mailbox,
            phone: agency.phone,
            active: agency.active,
            version: agency.version,
        }
    }
}
