//! `stafett routing`: who to send to. Whether a table leaves anybody out, and what it says of one situation.

use std::fmt::Write;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use stafett_workflow::calendar::{local_date, local_time};
use stafett_workflow::definition::{self, DefinitionError, Library};
use stafett_workflow::person::Whereabouts;
use stafett_workflow::routing::{self, Answer, Directory, Question, Sender, Suggestion, Table, suggest, totality};
use stafett_workflow::vocabulary::{AgencyKind, Code, Language, Need, ResidenceStatus, Urgency};

use super::output::Format;
use super::{CliError, Common, Outcome};
use crate::app::engine::Routing;
use crate::app::routing::{directory, world};
use crate::clock::{Clock, System};
use crate::demo::world::World;
use crate::disclosure_table;
use crate::http::routing::Suggestions;
use crate::routing_table::{self, assign};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check a table, and list by name whom it leaves out; exit status 2 when it is wrong, or leaves out somebody whom the
    /// directory serves
    Check(Check),
    /// Tell who would receive in one situation, and why
    Explain(Explain),
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The table to check [default: the one in force]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    agencies: Agencies,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Age in whole years [default: unknown]
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=120))]
    age: Option<u8>,
    /// Where the youth stays: a district, six digits, or a municipality, four [default: unknown]
    #[arg(long, value_name = "NUMBER")]
    stays: Option<String>,
    /// What they need; may be given several times
    #[arg(long = "need", value_name = "NEED", required = true)]
    needs: Vec<Need>,
    /// emergency, urgent or routine
    #[arg(long, default_value = "routine")]
    urgency: Urgency,
    /// When it would be sent, as 2026-11-25T01:30:00+01:00 [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<DateTime<Utc>>,
    /// By which right they are in the country
    #[arg(long, default_value = "unknown")]
    residence: ResidenceStatus,
    /// What kind of agency would send
    #[arg(long, value_name = "KIND", default_value = "outreach")]
    sender: AgencyKind,
    /// Only receivers on this workflow
    #[arg(long)]
    workflow: Option<String>,
    /// The table to ask [default: the one in force]
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    #[command(flatten)]
    agencies: Agencies,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Args)]
struct Agencies {
    /// With the agencies of the demo instead of those in the database
    #[arg(long)]
    demo: bool,
}

#[derive(Debug, Clone, Copy, Args)]
struct Words {
    /// Language of texts: nb or en
    #[arg(long, value_name = "LANGUAGE", default_value = "nb")]
    language: Language,
}

impl Command {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        match self {
            Self::Check(command) => command.run(common).await,
            Self::Explain(command) => command.run(common).await,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    /// `table`, `gap`, or `outside`: a municipality that nobody has entered, which is no fault of the table.
    kind: &'static str,
    line: Option<usize>,
    column: Option<usize>,
    message: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    file: String,
    ok: bool,
    id: Option<String>,
    version: Option<u16>,
    combinations: u64,
    findings: Vec<Finding>,
}

impl Check {
    async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let library = library()?;
        let verdict = match table(common, self.file.as_ref(), &library)? {
            (file, Err(errors)) => Verdict {
                file,
                ok: false,
                id: None,
                version: None,
                combinations: 0,
                findings: errors.into_iter().map(Finding::of_table).collect(),
            },
            (file, Ok(table)) => {
                let agencies = self.agencies.read(common).await?;
                let total = totality(&table, &agencies, local_date(System.now()));
                Verdict {
                    file,
                    ok: total.gaps.iter().all(|gap| gap.outside_directory),
                    id: Some(table.id),
                    version: Some(table.version),
                    combinations: total.combinations,
                    findings: total
                        .gaps
                        .iter()
                        .map(|gap| Finding {
                            kind: if gap.outside_directory { "outside" } else { "gap" },
                            line: None,
                            column: None,
                            message: gap.text(self.words.language),
                        })
                        .collect(),
                }
            }
        };
        self.format.one(&verdict, |verdict| verdict.told());
        Ok(if verdict.ok { Outcome::Fine } else { Outcome::Findings })
    }
}

impl Finding {
    fn of_table(error: DefinitionError) -> Self {
        Self {
            kind: "table",
            line: Some(error.line),
            column: Some(error.column),
            message: error.message,
        }
    }
}

impl Verdict {
    fn told(&self) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let place = match (finding.line, finding.column) {
                (Some(line), Some(column)) => format!("{}:{line}:{column}: ", self.file),
                _ => String::new(),
            };
            // Writing into a text cannot fail.
            let _written = writeln!(text, "{place}{}", finding.message);
        }
        match (&self.id, self.version) {
            (Some(id), Some(version)) => {
                let _written = write!(
                    text,
                    "{}: {id} version {version}, {} combinations, {} gaps among those whom the directory serves",
                    self.file,
                    self.combinations,
                    self.findings.iter().filter(|finding| finding.kind == "gap").count()
                );
            }
            _ => {
                let _written = write!(text, "{}: {} findings", self.file, self.findings.len());
            }
        }
        text
    }
}

impl Explain {
    async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let library = library()?;
        let (_, table) = table(common, self.table.as_ref(), &library)?;
        let table = table.map_err(|errors| {
            let first = errors.first().map(ToString::to_string).unwrap_or_default();
            CliError::Usage(format!("{first}; `stafett routing check FILE` lists all"))
        })?;
        let config = common.config()?;
        let routing = Routing {
            table,
            capacity_holds: config.routing.capacity_holds.delta(),
        };
        let agencies = self.agencies.read(common).await?;
        let question = self.question(&library)?;
        let disclosure = disclosure_table::load(&config.disclosure, &library, &routing.table)
            .map_err(|wrong| CliError::Usage(wrong.to_string()))?;
        let world = world(
            &routing,
            &agencies,
            &library,
            &disclosure,
            config.calendar.calendar(),
            &[],
        );
        let answer = suggest(&world, &question);
        let language = self.words.language;
        let written = Suggestions::of(&answer, &routing.table, question.at, question.urgency, language);
        self.format.one(&written, |_| told(&answer, language));
        Ok(Outcome::Fine)
    }

    fn question(&self, library: &Library) -> Result<Question, CliError> {
        let stays = self.stays.as_deref().map(|number| Whereabouts {
            municipality: number.chars().take(4).collect(),
            district: (number.len() > 4).then(|| number.to_owned()),
        });
        if let Some(fault) = stays.iter().flat_map(|stays| stays.check("--stays")).next() {
            return Err(CliError::Usage(format!("--stays: {}", fault.detail.en)));
        }
        if let Some(unknown) = self.workflow.as_ref().filter(|id| library.newest(id).is_none()) {
            return Err(CliError::Usage(format!(
                "there is no such workflow as {unknown}; see `stafett workflow list`"
            )));
        }
        Ok(Question {
            age: self.age,
            stays,
            needs: self.needs.clone(),
            urgency: self.urgency,
            at: self.at.unwrap_or_else(|| System.now()),
            residence: self.residence,
            sender: Sender {
                kind: self.sender,
                public_tasks: false,
                agency: None,
            },
            workflow: self.workflow.clone(),
        })
    }
}

impl Agencies {
    async fn read(self, common: &Common) -> Result<Directory, CliError> {
        if self.demo {
            let world = World::load().map_err(|error| CliError::Failed(error.to_string()))?;
            return Ok(world.directory());
        }
        let (_config, db) = common.database().await?;
        let found = directory(&db).await;
        db.close().await?;
        found.map_err(|error| CliError::Failed(error.to_string()))
    }
}

/// The table of a file, or the one in force, with its name.
fn table(
    common: &Common,
    file: Option<&PathBuf>,
    library: &Library,
) -> Result<(String, Result<Table, Vec<DefinitionError>>), CliError> {
    let settings = common.config()?.routing;
    let named = file.or(settings.table.as_ref());
    let (name, mut table) = match named {
        None => ("(built in)".to_owned(), routing::builtin(library)),
        Some(path) => {
            let name = path.display().to_string();
            let source = std::fs::read_to_string(path).map_err(|error| {
                CliError::Usage(format!("{name} cannot be read ({error}); name a routing table in TOML"))
            })?;
            let table = Table::parse(&name, &source, library);
            (name, table)
        }
    };
    if let Ok(table) = &mut table {
        assign(table, &settings).map_err(|error: routing_table::RoutingError| CliError::Usage(error.to_string()))?;
    }
    Ok((name, table))
}

fn library() -> Result<Library, CliError> {
    definition::builtin().map_err(|error| CliError::Failed(error.to_string()))
}

/// An answer as one reads it aloud.
fn told(answer: &Answer, language: Language) -> String {
    let mut parts: Vec<String> = answer
        .warnings
        .iter()
        .map(|warning| format!("! {}", warning.text.in_language(language)))
        .collect();
    parts.extend(
        answer
            .suggestions
            .iter()
            .enumerate()
            .map(|(at, suggestion)| receiver(at + 1, suggestion, language)),
    );
    parts.extend(
        answer
            .together
            .iter()
            .map(|group| group.text.in_language(language).to_owned()),
    );
    parts.extend(
        answer
            .uncovered
            .iter()
            .map(|(_, text)| format!("! {}", text.in_language(language))),
    );
    parts.extend(answer.missing.iter().map(|missing| {
        let (receiver, advice) = (
            missing.receiver.in_language(language),
            missing.advice.in_language(language),
        );
        let lacks = match language {
            Language::Nb => "ikke i katalogen",
            Language::En => "not in the directory",
        };
        format!("! {receiver} ({lacks}): {advice}")
    }));
    parts.join("\n\n")
}

/// As a calendar and a clock on an Oslo wall show it.
fn on_the_wall(at: DateTime<Utc>) -> String {
    format!("{} {}", local_date(at), local_time(at).format("%H:%M"))
}

fn receiver(number: usize, suggestion: &Suggestion, language: Language) -> String {
    let nb = language == Language::Nb;
    let say = |nb_words: &'static str, en_words: &'static str| if nb { nb_words } else { en_words };
    let way = suggestion.workflow.as_ref().map_or_else(
        || say("vis vei, send ingenting", "show the way, send nothing"),
        |key| key.id.as_str(),
    );
    let mut lines = vec![
        format!(
            "{number}. {} ({}), {way}",
            suggestion.name,
            suggestion.kind.title(language)
        ),
        suggestion.reason.in_language(language).to_owned(),
    ];
    let bases: Vec<_> = suggestion
        .bases
        .iter()
        .map(|basis| basis.code.title(language))
        .collect();
    if !bases.is_empty() {
        lines.push(format!("{}: {}", say("Rettsgrunnlag", "Legal basis"), bases.join(", ")));
    }
    if let Some(clock) = &suggestion.clock {
        lines.push(format!(
            "{}: {}, {} ({})",
            say("Frist", "Limit"),
            clock.title.in_language(language),
            clock.limit.text(language),
            on_the_wall(clock.due)
        ));
    }
    lines.push(match (suggestion.open, suggestion.opens_at) {
        (Some(true), _) => say("Åpent", "Open").to_owned(),
        (_, Some(at)) => format!("{} {}", say("Stengt, åpner", "Closed, opens"), on_the_wall(at)),
        (Some(false), None) => say("Stengt", "Closed").to_owned(),
        (None, None) => say("Ukjent åpningstid", "Hours unknown").to_owned(),
    });
    lines.extend(
        suggestion
            .warnings
            .iter()
            .map(|warning| format!("! {}", warning.text.in_language(language))),
    );
    lines.push(format!("{}: {}", say("Regel", "Rule"), suggestion.rule));
    lines.join("\n   ")
}
