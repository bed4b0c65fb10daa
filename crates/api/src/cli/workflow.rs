//! `stafett workflow`: the definitions that this program brings, and whether one of one's own is sound.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde::Serialize;
use stafett_workflow::definition::{self, ClockRule, DefinitionError, Library};
use stafett_workflow::referral::WorkflowKey;
use stafett_workflow::vocabulary::{Code, Language};
use stafett_workflow::{Definition, diagram, routing};

use super::output::{Format, table, text};
use super::{CliError, Common, Outcome};
use crate::app::migration::{self, Line, Route};
use crate::app::workflows;
use crate::clock::{Clock as _, System};
use crate::demo::simulation::{self, City, Figures};
use crate::demo::world::World;
use crate::disclosure_table;
use crate::http::workflows::WorkflowDefinition;
use crate::routing_table;
use crate::workflow_library;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the definitions
    List(List),
    /// Show a whole definition
    Show(Show),
    /// Check definitions before they are used; exit status 2 when one could lose a referral
    Check(Check),
    /// Draw a definition: its steps, who has the baton in each, and the limits
    Diagram(Diagram),
    /// Say in words what changes for whom from one definition to another
    Diff(Diff),
    /// Run a city through definitions and routing: how long answers take, what is missed, who is left without anybody
    Simulate(Simulate),
    /// Move running referrals to another version; exit status 2 when one has no place there
    Migrate(Migrate),
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
    words: Words,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Diagram {
    /// A file, or the id of a definition that this program brings, with @VERSION for another than the newest
    #[arg(value_name = "DEFINITION")]
    definition: String,
    /// What to write
    #[arg(long, value_name = "AS", default_value = "svg")]
    form: Form,
    #[command(flatten)]
    words: Words,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Form {
    /// A picture
    Svg,
    /// Text that pages draw themselves
    Mermaid,
}

#[derive(Debug, Args)]
pub(super) struct Diff {
    /// What there is: a file, or the id of a definition that this program brings, with @VERSION
    #[arg(value_name = "OLD")]
    old: String,
    /// What there will be
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// A scenario in TOML, which says what differs from Oslo as it is [default: nothing]
    #[arg(value_name = "SCENARIO")]
    scenario: Option<PathBuf>,
    /// A second one, whose figures stand beside [default with a first one: Oslo as it is]
    #[arg(long, value_name = "SCENARIO")]
    beside: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// The workflow's id
    id: String,
    /// The version on which they run
    #[arg(long, value_name = "VERSION")]
    from: u16,
    /// The version on which they are to run [default: the newest]
    #[arg(long, value_name = "VERSION")]
    to: Option<u16>,
    /// A step of the old version and the one that takes its place; may be given several times
    #[arg(long = "map", value_name = "OLD=NEW", value_parser = image)]
    images: Vec<(String, String)>,
    /// Say what would change for whom, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    format: Format,
}

fn image(written: &str) -> Result<(String, String), String> {
    let parts = written
        .split_once('=')
        .filter(|(old, new)| !old.is_empty() && !new.is_empty());
    let (old, new) = parts.ok_or("write OLD=NEW, such as in-progress=working")?;
    Ok((old.to_owned(), new.to_owned()))
}

#[derive(Debug, Clone, Copy, Args)]
struct Words {
    /// Language of titles and texts: nb or en
    #[arg(long, value_name = "LANGUAGE", default_value = "nb")]
    language: Language,
}

impl Command {
    pub(super) async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        match self {
            Self::Migrate(command) => command.run(common).await,
            Self::List(command) => command.run(),
            Self::Show(command) => command.run(),
            Self::Check(command) => command.run(),
            Self::Diagram(command) => command.run(),
            Self::Diff(command) => command.run(),
            Self::Simulate(command) => command.run(),
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

impl Diagram {
    fn run(self) -> Result<Outcome, CliError> {
        let definition = named(&self.definition)?;
        text(
            match self.form {
                Form::Svg => diagram::svg(&definition, self.words.language),
                Form::Mermaid => diagram::mermaid(&definition, self.words.language),
            }
            .trim_end(),
        );
        Ok(Outcome::Fine)
    }
}

/// One thing that changes.
#[derive(Serialize)]
struct Changed {
    concerns: &'static str,
    text: String,
    #[serde(skip)]
    heading: &'static str,
}

impl Diff {
    fn run(self) -> Result<Outcome, CliError> {
        let (old, new) = (named(&self.old)?, named(&self.new)?);
        let language = self.words.language;
        let changes = definition::diff(&old, &new).into_iter().map(|change| Changed {
            concerns: change.concerns.as_str(),
            text: change.text.in_language(language).to_owned(),
            heading: change.concerns.title(language),
        });
        let changes: Vec<_> = changes.collect();
        self.format.rows(&changes, ["FOR WHOM", "WHAT CHANGES"], |change| {
            [change.heading.to_owned(), change.text.clone()]
        });
        Ok(Outcome::Fine)
    }
}

impl Simulate {
    fn run(self) -> Result<Outcome, CliError> {
        let (world, library) = (
            World::load().map_err(|error| CliError::Failed(error.to_string()))?,
            library()?,
        );
        let table = routing::builtin(&library)
            .map_err(|errors| CliError::Failed(errors.first().map(ToString::to_string).unwrap_or_default()))?;
        let read = |path: &PathBuf| {
            let name = path.display().to_string();
            let source = fs::read_to_string(path).map_err(|error| {
                CliError::Usage(format!("{name} cannot be read ({error}); name a scenario in TOML"))
            })?;
            City::read(&name, &source).map_err(CliError::Usage)
        };
        let mut cities = match &self.scenario {
            Some(path) => vec![read(path)?],
            None => Vec::new(),
        };
        match &self.beside {
            Some(path) => cities.push(read(path)?),
            None => cities.push(City::oslo().map_err(CliError::Failed)?),
        }
        let run = |city: &City| {
            simulation::simulate(city, &world, &library, &table)
                .map_err(|fault| CliError::Usage(format!("{}: {fault}", city.title)))
        };
        let figures = cities.iter().map(run).collect::<Result<Vec<_>, _>>()?;
        self.format.one(&figures, |figures| compared(figures));
        Ok(Outcome::Fine)
    }
}

/// Scenarios side by side.
fn compared(figures: &[Figures]) -> String {
    let hours = |hours: Option<f64>| hours.map_or_else(|| "never".to_owned(), |hours| format!("{hours} h"));
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    let mut row = |name: String, of: &dyn Fn(&Figures) -> String| rows.push((name, figures.iter().map(of).collect()));
    type Count = fn(&Figures) -> u32;
    let counts: [(&str, Count); 8] = [
        ("young people", |one| one.arrived),
        ("sent to somebody", |one| one.sent),
        ("hand-offs", |one| one.legs),
        ("answered", |one| one.answered),
        ("still waiting", |one| one.unanswered),
        ("a no", |one| one.declined),
        ("limits missed", |one| one.missed),
        ("disputes", |one| one.disputes),
    ];
    for (name, count) in counts {
        row(name.to_owned(), &|one| count(one).to_string());
    }
    row("half answered within".to_owned(), &|one| hours(one.waits.median));
    row("nine of ten within".to_owned(), &|one| hours(one.waits.upper));
    let mut names: Vec<(&str, &str)> = Vec::new();
    for one in figures {
        names.extend(one.by_urgency.keys().map(|name| ("urgency", *name)));
        names.extend(one.by_kind.keys().map(|name| ("kind", *name)));
        names.extend(one.uncovered.keys().map(|name| ("nobody", *name)));
    }
    names.sort_unstable();
    names.dedup();
    for (list, name) in names {
        match list {
            "nobody" => row(format!("nobody for {name}"), &|one| {
                one.uncovered.get(name).copied().unwrap_or_default().to_string()
            }),
            _ => row(format!("nine of ten, {name}"), &|one| {
                let span = if list == "kind" {
                    one.by_kind.get(name)
                } else {
                    one.by_urgency.get(name)
                };
                span.map_or_else(String::new, |span| hours(span.upper))
            }),
        }
    }
    let titles: Vec<String> = figures.iter().map(|one| one.title.clone()).collect();
    match titles.as_slice() {
        [one, other] => table(
            ["", one, other],
            rows.into_iter().map(|(name, cells)| {
                let mut cells = cells.into_iter();
                [name, cells.next().unwrap_or_default(), cells.next().unwrap_or_default()]
            }),
        ),
        _ => table(
            ["", titles.first().map_or("", String::as_str)],
            rows.into_iter()
                .map(|(name, cells)| [name, cells.into_iter().next().unwrap_or_default()]),
        ),
    }
}

/// What becomes of one referral.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MovedRow {
    reference: String,
    state: &'static str,
    step: String,
    /// Whether it can go over.
    ok: bool,
    /// Whether somebody's baton or limit changes.
    changes: bool,
    detail: String,
}

impl Migrate {
    async fn run(self, common: &Common) -> Result<Outcome, CliError> {
        let (config, db) = common.unlocked_database().await?;
        let library = workflow_library::stored(&db).await?;
        let routing =
            routing_table::load(&config.routing, &library).map_err(|wrong| CliError::Usage(wrong.to_string()))?;
        let disclosure = disclosure_table::load(&config.disclosure, &library, &routing)
            .map_err(|wrong| CliError::Usage(wrong.to_string()))?;
        let version = |version: u16| {
            let id = self.id.clone();
            library.get(&WorkflowKey { id, version }).cloned()
        };
        let unknown = || {
            CliError::Usage(format!(
                "{} has no such version in use; see `stafett workflow list`, and GET /workflow-proposals for those of one's own",
                self.id
            ))
        };
        let from = version(self.from).ok_or_else(unknown)?;
        let to = match self.to {
            Some(to) => version(to),
            None => library.newest(&self.id).cloned(),
        };
        let to = to.ok_or_else(unknown)?;
        if from.key == to.key {
            return Err(CliError::Usage(
                "they run on that version already; name another with --to".to_owned(),
            ));
        }
        let route = Route {
            from,
            to,
            images: self.images.into_iter().collect(),
            disclosure,
            calendar: config.calendar.calendar(),
        };
        let moved = migration::run(&db, &route, || System.now(), !self.dry_run).await?;
        db.close().await?;
        let language = self.words.language;
        let rows: Vec<_> = moved
            .lines
            .iter()
            .map(|line| MovedRow::of(line, &route, language))
            .collect();
        self.format
            .rows(&rows, ["REFERRAL", "STATE", "STEP", "WHAT CHANGES"], |row| {
                [
                    row.reference.clone(),
                    row.state.to_owned(),
                    row.step.clone(),
                    row.detail.clone(),
                ]
            });
        Ok(if moved.refused() == 0 {
            Outcome::Fine
        } else {
            Outcome::Findings
        })
    }
}

impl MovedRow {
    fn of(line: &Line, route: &Route, language: Language) -> Self {
        let title = |definition: &Definition, clock: &str| {
            let rule = definition.clock(clock);
            rule.map_or_else(|| clock.to_owned(), |rule| rule.title.in_language(language).to_owned())
        };
        let say = |nb: &str, en: &str| {
            if language == Language::Nb {
                nb.to_owned()
            } else {
                en.to_owned()
            }
        };
        let detail = match &line.verdict {
            Err(no_image) => no_image.why.in_language(language).to_owned(),
            Ok(effect) if effect.is_nothing() => say("ingenting", "nothing"),
            Ok(effect) => {
                let mut parts = Vec::new();
                parts.extend(
                    effect
                        .baton
                        .map(|_| say("stafettpinnen flytter seg", "the baton moves")),
                );
                for clock in &effect.stops {
                    parts.push(format!("{} {}", say("stanser:", "stops:"), title(&route.from, clock)));
                }
                for (clock, due) in &effect.begins {
                    parts.push(format!(
                        "{} {} ({})",
                        say("begynner:", "begins:"),
                        title(&route.to, clock),
                        due.format("%Y-%m-%dT%H:%MZ")
                    ));
                }
                for clock in &effect.keeps {
                    parts.push(format!(
                        "{} {}",
                        say("beholder sin frist:", "keeps its limit:"),
                        title(&route.to, clock)
                    ));
                }
                parts.join("; ")
            }
        };
        Self {
            reference: line.reference.to_string(),
            state: line.state.as_str(),
            step: line.step.clone(),
            ok: line.verdict.is_ok(),
            changes: line.verdict.as_ref().is_ok_and(|effect| !effect.is_nothing()),
            detail,
        }
    }
}

/// A definition by its file, or by its id and version.
fn named(name: &str) -> Result<Arc<Definition>, CliError> {
    if name.ends_with(".toml") {
        let source = fs::read_to_string(name)
            .map_err(|error| CliError::Usage(format!("{name} cannot be read ({error}); name a definition in TOML")))?;
        let parsed = Definition::parse(name, &source);
        return parsed
            .map(Arc::new)
            .map_err(|error| CliError::Failed(error.to_string()));
    }
    let library = library()?;
    let found = match name.split_once('@') {
        Some((id, version)) => version.parse().ok().and_then(|version| {
            let id = id.to_owned();
            library.get(&WorkflowKey { id, version }).cloned()
        }),
        None => library.newest(name).cloned(),
    };
    found.ok_or_else(|| {
        CliError::Usage(format!(
            "there is no such workflow as {name}; name a .toml file, or one of `stafett workflow list`"
        ))
    })
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

/// What was found about one file: that it is sound, or one thing that is wrong with it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    file: String,
    ok: bool,
    id: Option<String>,
    version: Option<u16>,
    line: Option<usize>,
    column: Option<usize>,
    property: Option<&'static str>,
    message: Option<String>,
}

impl Check {
    fn run(self) -> Result<Outcome, CliError> {
        let mut verdicts = Vec::new();
        for file in &self.files {
            let name = file.display().to_string();
            let source = fs::read(file).map_err(|error| {
                CliError::Usage(format!("{name} cannot be read ({error}); name a definition in TOML"))
            })?;
            // A byte that is no text is found where it stands.
            let source = String::from_utf8_lossy(&source);
            match Definition::read(&name, &source) {
                Ok(definition) => verdicts.push(Verdict::sound(name, &definition)),
                Err(errors) => verdicts.extend(errors.iter().map(|error| Verdict::wrong(error, self.words.language))),
            }
        }
        if self.files.is_empty() {
            match definition::builtin() {
                Ok(library) => verdicts.extend(
                    workflows::all(&library)
                        .iter()
                        .map(|definition| Verdict::sound("(built in)".to_owned(), definition)),
                ),
                Err(error) => verdicts.push(Verdict::wrong(&error, self.words.language)),
            }
        }
        self.format
            .rows(&verdicts, ["DEFINITION", "RESULT", "DETAIL"], Verdict::cells);
        let all_sound = verdicts.iter().all(|verdict| verdict.ok);
        Ok(if all_sound { Outcome::Fine } else { Outcome::Findings })
    }
}

impl Verdict {
    fn sound(file: String, definition: &Definition) -> Self {
        Self {
            file,
            ok: true,
            id: Some(definition.key.id.clone()),
            version: Some(definition.key.version),
            line: None,
            column: None,
            property: None,
            message: None,
        }
    }

    fn wrong(error: &DefinitionError, language: Language) -> Self {
        Self {
            file: error.file.clone(),
            ok: false,
            id: None,
            version: None,
            line: Some(error.line),
            column: Some(error.column),
            property: error.finding.as_ref().map(|finding| finding.0.as_str()),
            message: Some(error.text(language).to_owned()),
        }
    }

    fn cells(&self) -> [String; 3] {
        match (&self.id, self.version, self.line, self.column, &self.message) {
            (Some(id), Some(version), ..) => [self.file.clone(), "ok".to_owned(), format!("{id} version {version}")],
            (_, _, line, column, message) => [
                format!("{}:{}:{}", self.file, line.unwrap_or(1), column.unwrap_or(1)),
                self.property.unwrap_or("FAILED").to_owned(),
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
