//! `stafett agency`: the directory.

use clap::{Args, Subcommand};
use serde::Serialize;
use stafett_store::agencies::{self, Agency, AgencyQuery};
use stafett_store::{Db, StoreError, Tx, audit};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::vocabulary::{AgencyKind, Language};
use uuid::Uuid;

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::clock::{Clock, System};

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
    public_tasks: bool,
    language: &'static str,
    mailbox: Option<String>,
    phone: Option<String>,
    active: bool,
    version: u32,
}

impl Command {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (_config, db) = common.database().await?;
        match self {
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
        let is_slug = self
            .slug
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_slug || self.slug.is_empty() || self.slug.starts_with('-') || Uuid::parse_str(&self.slug).is_ok() {
            return Err(CliError::Usage(format!(
                "`{}` is no short name; use small letters, digits and hyphens, such as bydel-grunerlokka",
                self.slug
            )));
        }
        let now = System.now();
        let mut agency = Agency {
            id: AgencyId(Uuid::now_v7()),
            slug: self.slug,
            name: self.name,
            kind: self.kind,
            orgnr: None,
            parent: None,
            municipality: None,
            district: None,
            public_tasks: false,
            language: Language::default(),
            mailbox: None,
            phone: None,
            opening_hours: None,
            active: true,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let tx = db.write_tx().await?;
        self.facts.apply(&tx, &mut agency).await?;
        agencies::insert(&tx, &agency)
            .await
            .map_err(|error| taken(error, &agency.slug))?;
        note(&tx, "agency-added", &agency).await?;
        tx.commit().await?;
        tell(&agency, self.format);
        Ok(())
    }
}

impl Set {
    async fn run(self, db: &Db) -> Result<(), CliError> {
        let tx = db.write_tx().await?;
        let mut agency = find(&tx, &self.agency).await?;
        if let Some(name) = self.name {
            agency.name = name;
        }
        if let Some(active) = self.active {
            agency.active = active;
        }
        self.facts.apply(&tx, &mut agency).await?;
        agency.version += 1;
        agency.updated_at = System.now();
        if !agencies::update(&tx, &agency).await? {
            return Err(CliError::Failed(format!(
                "somebody else has just changed {}; try again",
                agency.slug
            )));
        }
        note(&tx, "agency-changed", &agency).await?;
        tx.commit().await?;
        tell(&agency, self.format);
        Ok(())
    }
}

impl Facts {
    async fn apply(self, tx: &Tx, agency: &mut Agency) -> Result<(), CliError> {
        digits("--orgnr", self.orgnr.as_deref(), 9)?;
        digits("--municipality", self.municipality.as_deref(), 4)?;
        digits("--district", self.district.as_deref(), 6)?;
        if let Some(address) = &self.mailbox {
            stafett_notify::mail::address::parse(address)
                .map_err(|wrong| CliError::Usage(format!("--mailbox: {wrong}")))?;
        }
        if let Some(parent) = &self.parent {
            agency.parent = Some(find(tx, parent).await?.id);
        }
        agency.orgnr = self.orgnr.or(agency.orgnr.take());
        agency.municipality = self.municipality.or(agency.municipality.take());
        agency.district = self.district.or(agency.district.take());
        agency.mailbox = self.mailbox.or(agency.mailbox.take());
        agency.phone = self.phone.or(agency.phone.take());
        agency.public_tasks = self.public_tasks.unwrap_or(agency.public_tasks);
        agency.language = self.language.unwrap_or(agency.language);
        Ok(())
    }
}

/// The agency that somebody named by its short name or id.
pub(super) async fn find(tx: &Tx, name: &str) -> Result<Agency, CliError> {
    agencies::find(tx, name)
        .await?
        .ok_or_else(|| CliError::Failed(format!("there is no agency `{name}`; see `stafett agency list`")))
}

fn digits(flag: &str, text: Option<&str>, length: usize) -> Result<(), CliError> {
    match text {
        Some(text) if text.len() != length || !text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(CliError::Usage(format!("{flag} has {length} digits; correct it")))
        }
        _ => Ok(()),
    }
}

fn taken(error: StoreError, slug: &str) -> CliError {
    match error {
        StoreError::Conflict { .. } => CliError::Failed(format!(
            "there is an agency `{slug}` already; choose another short name"
        )),
        other => other.into(),
    }
}

async fn note(tx: &Tx, action: &str, agency: &Agency) -> Result<(), CliError> {
    let entry = audit::Entry {
        at: agency.updated_at,
        actor: None,
        agency: Some(agency.id),
        role: None,
        action,
        object_kind: "agency",
        object: Some(agency.id.0),
        request_id: None,
        body: serde_json::json!({ "version": agency.version }),
    };
    Ok(audit::record(tx, &entry).await?)
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
            public_tasks: agency.public_tasks,
            language: agency.language.as_str(),
            mailbox: agency.mailbox,
            phone: agency.phone,
            active: agency.active,
            version: agency.version,
        }
    }
}
