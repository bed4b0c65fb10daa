//! `stafett demo`.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::ExposeSecret;
use serde::Serialize;
use stafett_store::{Db, users};
use stafett_workflow::identifier::InstanceKind;
use stafett_workflow::vocabulary::{Code, Language};
use uuid::Uuid;

use super::serve::{stopped, until_stopped};
use super::{CliError, Common, Outcome, output};
use crate::auth::keys::KeyRing;
use crate::auth::token::{Identity, Tokens};
use crate::clock::{Clock, System};
use crate::config::{Config, PublicUrl};
use crate::demo::world::{Personas, World};
use crate::demo::{self, DemoError, Furnished, PASSWORD, Progress};
use crate::server::{self, StartError};
use crate::{database, telemetry, vault_keys};

/// The folder of everything else; a demo never lies beside real lives unless somebody says so.
const SHARED_FOLDER: &str = "stafett-data";
/// How long the tokens are good.
const TTL: TimeDelta = TimeDelta::days(1);

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Port on this machine; 0 takes a free one [default: 8080]
    #[arg(long)]
    port: Option<u16>,
    /// How many referrals a new demo has [default: 930, a year]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    referrals: Option<u32>,
    /// Take away the demo that is there, and begin anew
    #[arg(long)]
    reset: bool,
    /// Print the address and the tokens as one line of JSON when it is ready
    #[arg(long)]
    json: bool,
}

/// What a script is told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    url: String,
    tokens: Personas<String>,
    mail_dir: Option<PathBuf>,
}

impl Demo {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let config = self.configure(common)?;
        telemetry::init(&config.log);
        let stop = stopped()?;
        // Before anything is taken away: perhaps a demo is running already.
        drop(
            TcpListener::bind(config.server.listen).map_err(|source| StartError::Listen {
                address: config.server.listen,
                source,
            })?,
        );
        if self.reset {
            demo::reset(&config).await?;
        }
        let furnished = furnish(&config, self.referrals, self.json).await?;
        if self.referrals.is_some_and(|wanted| wanted != furnished.referrals) {
            eprintln!(
                "stafett: a demo with {} referrals is there already; add --reset to begin anew",
                furnished.referrals
            );
        }
        let tokens = Tokens::new(KeyRing::load(&config)?, &config.auth);
        let mail_dir = mail_dir(&config);
        let options = server::Options {
            kind: InstanceKind::Demo,
            ..server::Options::default()
        };
        let running = server::start(config, options).await?;
        let world = World::load()?;
        let ready = Ready {
            url: PublicUrl::of_listener(running.addr()).to_string(),
            tokens: mint(running.db(), &tokens, &world).await?,
            mail_dir,
        };
        if self.json {
            // Addresses, tokens and a path always have a JSON form.
            output::text(&serde_json::to_string(&ready).unwrap_or_default());
        } else {
            output::text(&ready.in_words(&world, &furnished));
        }
        until_stopped(stop, running).await
    }

    fn configure(&self, common: &Common) -> Result<Config, CliError> {
        let port = self
            .port
            .map(|port| ("--port", "server.listen", format!("127.0.0.1:{port}")));
        let flags: Vec<_> = port.into_iter().collect();
        let mut loaded = common.load(flags.clone())?;
        // Whoever watches a demo reads what it prints; the log is for what goes wrong, unless somebody asks for more.
        if loaded
            .explain()
            .iter()
            .any(|line| line.key == "log.level" && line.source == "default")
        {
            let quiet = ("a demo's default", "log.level", "warn".to_owned());
            loaded = common.load(flags.into_iter().chain([quiet]).collect())?;
        }
        let mut config = loaded.config;
        if common.data.is_none() && config.data_dir == Path::new(SHARED_FOLDER) {
            config.data_dir.push("demo");
        }
        config.database.migrate_at_start = Some(true);
        Ok(config)
    }
}

impl From<DemoError> for CliError {
    fn from(error: DemoError) -> Self {
        Self::Failed(error.to_string())
    }
}

async fn furnish(config: &Config, referrals: Option<u32>, quiet: bool) -> Result<Furnished, CliError> {
    std::fs::create_dir_all(&config.data_dir).map_err(|source| StartError::DataDir {
        path: config.data_dir.clone(),
        source,
    })?;
    let db = database::open(config).await?;
    vault_keys::unlock(config, &db, true).await?;
    db.migrate().await?;
    db.establish_vault(System.now()).await?;
    let bar = progress_bar(quiet);
    let furnished = demo::furnish(&db, config.calendar.calendar(), System.now(), referrals, &|progress| {
        show(&bar, progress)
    })
    .await?;
    bar.finish_and_clear();
    db.close().await?;
    Ok(furnished)
}

/// On the terminal of a person; a script and a file see nothing of it.
fn progress_bar(quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg:<22} [{bar:40}] {pos}/{len}");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_template| ProgressStyle::default_bar()))
}

fn show(bar: &ProgressBar, progress: Progress) {
    let (what, done, of) = match progress {
        Progress::Playing { done, of } => ("A year in Oslo happens", done, of),
        Progress::Storing { done, of } => ("Storing it", done, of),
    };
    if bar.message() != what {
        bar.set_message(what);
    }
    bar.set_length(of.into());
    bar.set_position(done.into());
}

async fn mint(db: &Db, tokens: &Tokens, world: &World) -> Result<Personas<String>, CliError> {
    let now = System.now();
    let mut identities = Vec::new();
    for (_, username) in world.personas.each() {
        let found = users::credentials(db, username).await?;
        let gone = || CliError::Failed(format!("{username} is gone from this demo; begin anew with --reset"));
        let user = found.ok_or_else(gone)?.user;
        identities.push(Identity {
            session: None,
            user: user.id,
            epoch: user.session_epoch,
        });
    }
    let mut identities = identities.into_iter();
    world.personas.clone().try_map(|username| {
        let unknown = || CliError::Failed(format!("{username} is nobody"));
        let token = tokens.mint(identities.next().ok_or_else(unknown)?, now, TTL);
        let failed = |error| CliError::Failed(format!("the key does not sign ({error}); see `stafett check`"));
        Ok(token.map_err(failed)?.expose_secret().to_owned())
    })
}

/// Where mails lie as files; nowhere when a server takes them.
fn mail_dir(config: &Config) -> Option<PathBuf> {
    let settings = config.mail_settings();
    let folder = settings.dir.filter(|_| settings.smtp_url.is_none())?;
    Some(std::path::absolute(&folder).unwrap_or(folder))
}

impl Ready {
    fn in_words(&self, world: &World, furnished: &Furnished) -> String {
        let Self { url, .. } = self;
        let mails = match &self.mail_dir {
            Some(folder) => format!("{}, one file each", folder.display()),
            None => "to the mail server of mail.smtp_url".to_owned(),
        };
        let tokens: String = world
            .personas
            .each()
            .into_iter()
            .zip(self.tokens.each())
            .map(|((name, username), (_, token))| format!("# {}\n{}={token}\n", who(world, username), variable(name)))
            .collect();
        format!(
            "Stafett's demo: {agencies} agencies, {people} people and {referrals} referrals in a synthetic Oslo. \
             Nobody in it exists.\n\n  \
             Address    {url}\n  \
             Reference  {url}/api/docs/\n  \
             Mails      {mails}\n  \
             Password   {PASSWORD}, for everybody: {usernames} …\n\n\
             Paste this into another terminal; the tokens are good for a day.\n\n\
             STAFETT={url}/api/v1\n{tokens}\n\
             Then try these there:\n\n{tries}\n\n\
             Ctrl+C stops the demo; it is there again at the next start, and new with --reset.",
            agencies = world.agencies.len(),
            people = world.people.len(),
            referrals = furnished.referrals,
            usernames = world.personas.each().map(|(_, username)| username.as_str()).join(", "),
            tries = tries(Uuid::now_v7()),
        )
    }
}

/// Name, role and agency.
fn who(world: &World, username: &str) -> String {
    let Some(person) = world.person(username) else {
        return username.to_owned();
    };
    let role = person.membership.role.title(Language::En);
    match person.membership.agency.and_then(|id| world.agency_by_id(id)) {
        Some(agency) => format!("{}, {role} at {}", person.name, agency.name),
        None => format!("{}, {role}", person.name),
    }
}

/// `childWelfare` as a shell has it: `CHILD_WELFARE`.
fn variable(name: &str) -> String {
    name.chars().fold(String::new(), |mut variable, letter| {
        if letter.is_ascii_uppercase() {
            variable.push('_');
        }
        variable.push(letter.to_ascii_uppercase());
        variable
    })
}

/// Three things to try. The second makes a referral with this id, as a phone would that makes its ids itself.
fn tries(id: Uuid) -> String {
    format!(
        r#"# 1. What waits for Barnevernvakten, the earliest deadline first
curl -sw '\n' "$STAFETT/referrals?box=inbox&sort=due&limit=3" -H "Authorization: Bearer $CHILD_WELFARE"

# 2. Outreach sends a concern report; within a second there is a mail, and nothing about the youth in it
curl -sw '\n' -X PUT "$STAFETT/referrals/{id}" -H "Authorization: Bearer $OUTREACH" \
  -H 'If-None-Match: *' -H 'Content-Type: application/json' -d '{{
    "workflow": "concern-report", "sender": "uteseksjonen", "receiver": "barnevernvakten",
    "person": {{"alias": "K.", "estimatedAge": 16, "whereabouts": {{"municipality": "0301", "district": "030116"}}}},
    "needs": ["shelter", "substance-use"], "urgency": "emergency",
    "legalBasis": {{"code": "duty-to-report", "reason": "16 år, alene ute om natten"}},
    "informed": {{"youth": true, "guardians": false, "reason": "Foresatte svarer ikke"}},
    "summary": "Har ikke noe sted å sove i natt og ber selv om hjelp.", "send": true}}'

# 3. Barnevernvakten takes it: the baton moves, and outreach has a mail
curl -sw '\n' "$STAFETT/referrals/{id}/transitions" -H "Authorization: Bearer $CHILD_WELFARE" \
  -H 'If-Match: "1"' -H 'Content-Type: application/json' -d '{{"action": "accept", "input": {{"assignee": "me"}}}}'"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persona_has_a_shell_variable() {
        assert_eq!(variable("childWelfare"), "CHILD_WELFARE");
        assert_eq!(variable("lead"), "LEAD");
    }

    #[test]
    fn what_is_printed_can_be_pasted() {
        let world = World::load().unwrap();
        let tokens = world
            .personas
            .clone()
            .try_map(|username| Ok::<_, DemoError>(format!("token-of-{username}")))
            .unwrap();
        let ready = Ready {
            url: "http://127.0.0.1:1".to_owned(),
            tokens,
            mail_dir: None,
        };
        let words = ready.in_words(
            &world,
            &Furnished {
                referrals: 42,
                at: System.now(),
            },
        );
        assert!(
            words.contains("# Marte Lindgaard, caseworker at Barnevernvakten\nCHILD_WELFARE=token-of-child-welfare\n")
        );
        assert!(words.contains("STAFETT=http://127.0.0.1:1/api/v1\n"));
        assert_eq!(words.matches("curl -sw ").count(), 3);
        let body = words
            .split("-d '")
            .nth(1)
            .and_then(|rest| rest.split('\'').next())
            .unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["workflow"], "concern-report");
    }

    #[test]
    fn a_script_reads_one_line_with_the_names_of_the_api() {
        let world = World::load().unwrap();
        let ready = Ready {
            url: "http://127.0.0.1:1".to_owned(),
            tokens: world.personas,
            mail_dir: Some(PathBuf::from("/tmp/mail")),
        };
        let line = serde_json::to_string(&ready).unwrap();
        assert_eq!(
            line,
            r#"{"url":"http://127.0.0.1:1","tokens":{"outreach":"outreach","childWelfare":"child-welfare","district":"district","lead":"lead","auditor":"auditor","coordinator":"coordinator","admin":"admin"},"mailDir":"/tmp/mail"}"#
        );
    }
}
