//! `stafett workflow`: the definitions that this program brings, and whether one of one's own is sound.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use stafett_workflow::Definition;
use stafett_workflow::definition::{self, ClockRule, DefinitionError, Library};
use stafett_workflow::referral::WorkflowKey;
use stafett_workflow::vocabulary::{Code, Language};

use super::output::{Format, table, text};
use super::{CliError, Outcome};
use crate::app::workflows;
use crate::http::workflows::WorkflowDefinition;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the definitions
    List(List),
    /// Show a whole definition
    Show(Show),
    /// Check definitions before they are used; exit status 2 when one could lose a referral
    Check(Check),
    /// Print the JSON Schema of the language, for an editor that completes while one writes
    Schema,
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// Its id
    id: String,
    /// Its version [default: the newest]
    version: Option<u16>,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Files to check [default: those that this program brings]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Args)]
struct Words {
    /// Language of titles and texts: nb or en
    #[arg(long, value_name = "LANGUAGE", default_value = "nb")]
    language: Language,
}

impl Command {
    pub(super) fn run(self) -> Result<Outcome, CliError> {
        match self {
            Self::List(command) => command.run(),
            Self::Show(command) => command.run(),
            Self::Check(command) => command.run(),
            Self::Schema => {
                text(&format!("{:#}", definition::language_schema()));
                Ok(Outcome::Fine)
            }
        }
    }
}

#[derive(Serialize)]
struct Row {
    id: String,
    version: u16,
    title: String,
}

impl List {
    fn run(self) -> Result<Outcome, CliError> {
        let rows: Vec<_> = workflows::all(&library()?)
            .iter()
            .map(|definition| Row {
                id: definition.key.id.clone(),
                version: definition.key.version,
                title: definition.title.in_language(self.words.language).to_owned(),
            })
            .collect();
        self.format.rows(&rows, ["ID", "VERSION", "TITLE"], |row| {
            [row.id.clone(), row.version.to_string(), row.title.clone()]
        });
        Ok(Outcome::Fine)
    }
}

impl Show {
    fn run(self) -> Result<Outcome, CliError> {
        let library = library()?;
        let found = match self.version {
            Some(version) => library.get(&WorkflowKey {
                id: self.id.clone(),
                version,
            }),
            None => library.newest(&self.id),
        };
        let definition = found.ok_or_else(|| {
            CliError::Usage(format!(
                "there is no such workflow as {}; see `stafett workflow list`",
                self.id
            ))
        })?;
        let language = self.words.language;
        self.format.one(&WorkflowDefinition::of(definition, language), |_| {
            told(definition, language)
        });
        Ok(Outcome::Fine)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    file: String,
    ok: bool,
    id: Option<String>,
    version: Option<u16>,
    line: Option<usize>,
    column: Option<usize>,
    message: Option<String>,
}

impl Check {
    fn run(self) -> Result<Outcome, CliError> {
        let mut verdicts = Vec::new();
        for file in &self.files {
            let name = file.display().to_string();
            let source = fs::read_to_string(file).map_err(|error| {
                CliError::Usage(format!("{name} cannot be read ({error}); name a definition in TOML"))
            })?;
            let parsed = Definition::parse(&name, &source);
            verdicts.push(Verdict::of(name, parsed.as_ref()));
        }
        if self.files.is_empty() {
            match definition::builtin() {
                Ok(library) => verdicts.extend(
                    workflows::all(&library)
                        .iter()
                        .map(|definition| Verdict::of("(built in)".to_owned(), Ok(definition))),
                ),
                Err(error) => verdicts.push(Verdict::of(error.file.clone(), Err(&error))),
            }
        }
        self.format
            .rows(&verdicts, ["DEFINITION", "RESULT", "DETAIL"], Verdict::cells);
        let all_sound = verdicts.iter().all(|verdict| verdict.ok);
        Ok(if all_sound { Outcome::Fine } else { Outcome::Findings })
    }
}

impl Verdict {
    fn of(file: String, parsed: Result<&Definition, &DefinitionError>) -> Self {
        let (definition, error) = (parsed.ok(), parsed.err());
        Self {
            file,
            ok: error.is_none(),
            id: definition.map(|definition| definition.key.id.clone()),
            version: definition.map(|definition| definition.key.version),
            line: error.map(|error| error.line),
            column: error.map(|error| error.column),
            message: error.map(|error| error.message.clone()),
        }
    }

    fn cells(&self) -> [String; 3] {
        match (&self.id, self.version, self.line, self.column, &self.message) {
            (Some(id), Some(version), ..) => [self.file.clone(), "ok".to_owned(), format!("{id} version {version}")],
            (_, _, line, column, message) => [
                format!("{}:{}:{}", self.file, line.unwrap_or(1), column.unwrap_or(1)),
                "FAILED".to_owned(),
                message.clone().unwrap_or_default(),
            ],
        }
    }
}

fn library() -> Result<Library, CliError> {
    definition::builtin().map_err(|error| CliError::Failed(error.to_string()))
}

/// A definition as one reads it aloud.
fn told(definition: &Definition, language: Language) -> String {
    let title = definition.title.in_language(language);
    let summary = definition.summary.in_language(language);
    let WorkflowKey { id, version } = &definition.key;
    let list = |words: Vec<&str>| words.join(", ");
    let kinds = |kinds: &[stafett_workflow::vocabulary::AgencyKind]| {
        list(kinds.iter().map(|kind| kind.title(language)).collect())
    };
    let bases = definition.legal_bases.iter();
    let bases: Vec<_> = bases
        .map(|code| format!("{} ({})", code.title(language), code.reference()))
        .collect();
    let states = definition.states.iter().map(|state| {
        let clocks = definition
            .clocks
            .iter()
            .filter(|clock| clock.runs_in.contains(&state.id));
        [
            state.id.clone(),
            state.title.in_language(language).to_owned(),
            word(&state.holder),
            list(clocks.map(|clock| clock.id.as_str()).collect()),
        ]
    });
    let transitions = definition.transitions.iter().map(|transition| {
        let input = transition
            .input
            .iter()
            .map(|rule| rule.field.title.in_language(language));
        let notices = transition.notices.iter().map(|rule| word(&rule.to)).collect::<Vec<_>>();
        [
            transition.action.title(language).to_owned(),
            word(&transition.party),
            transition.from.join(", "),
            transition
                .to
                .iter()
                .chain(&transition.opens)
                .cloned()
                .collect::<Vec<_>>()
                .join(" + "),
            list(input.collect()),
            notices.join(", "),
        ]
    });
    let clocks = definition.clocks.iter().map(|clock| {
        [
            clock.id.clone(),
            clock.title.in_language(language).to_owned(),
            limits(clock, language),
            format!("{} %", clock.warn_percent),
            clock.legal_ref.clone().unwrap_or_default(),
        ]
    });
    let parts = [
        format!("{title} ({id}, version {version})\n{summary}"),
        format!(
            "Senders: {}\nReceivers: {}\nLegal bases: {}",
            kinds(&definition.senders),
            kinds(&definition.receivers),
            bases.join(", ")
        ),
        table(["STATE", "TITLE", "HOLDER", "CLOCKS"], states),
        table(["ACTION", "BY", "FROM", "TO", "ASKS FOR", "TELLS"], transitions),
        table(
            ["CLOCK", "TITLE", "EMERGENCY / URGENT / ROUTINE", "WARNS AT", "LAW"],
            clocks,
        ),
    ];
    parts.join("\n\n")
}

/// The limits of a clock, and whether an agreement between the agencies sets them.
fn limits(clock: &ClockRule, language: Language) -> String {
    let own = clock.limit.as_ref().map(|limit| {
        [limit.emergency, limit.urgent, limit.routine]
            .map(|limit| limit.text(language))
            .join(" / ")
    });
    let agreed = clock.agreed.map(|_| match (language, own.is_some()) {
        (Language::Nb, true) => "eller avtalt",
        (Language::Nb, false) => "bare når det er avtalt",
        (Language::En, true) => "or as agreed",
        (Language::En, false) => "only where agreed",
    });
    own.into_iter()
        .chain(agreed.map(str::to_owned))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A code as it is written in a definition.
fn word(code: &impl Serialize) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_told_in_words() {
        let library = library().unwrap();
        insta::assert_snapshot!(told(library.newest("concern-report").unwrap(), Language::En));
    }
}
