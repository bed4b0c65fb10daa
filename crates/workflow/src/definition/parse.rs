//! From TOML to a sound [`Definition`], or to one sentence that says where and what to mend.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::input::Required;
use super::{
    Addressee, ClockRule, Definition, Eligibility, Escalation, Field, FieldType, Guard, Holder, InputRule,
    LimitByUrgency, NoticeRule, OthersSee, Party, Property, State, Transition, check,
};
use crate::agreement::Purpose;
use crate::calendar::Limit;
use crate::law::{self, Validity};
use crate::referral::WorkflowKey;
use crate::vocabulary::{Action, AgencyKind, HandoffState, Language, LegalBasisCode, Notice, Role, Text};
use check::{Finding, Near};

/// Why a definition or a routing table was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct DefinitionError {
    /// The file, as the caller named it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: String,
    /// The property that does not hold, and the same in both languages; none where the file does not follow the language.
    pub finding: Option<Box<(Property, Text)>>,
}

impl DefinitionError {
    /// What is wrong, in one language as far as there are words for it.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        self.finding
            .as_ref()
            .map_or(&self.message, |finding| finding.1.in_language(language))
    }
}

/// No definition is longer than this.
const LONGEST: usize = 1 << 20;

impl Definition {
    /// Reads a definition and refuses one that could lose a referral.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place in `source`; `file` only names it.
    ///
    /// ```
    /// use stafett_workflow::Definition;
    ///
    /// let error = Definition::parse("mine.toml", "id = \"mine\"\nverzion = 1").unwrap_err();
    /// assert!(error.to_string().starts_with("mine.toml:2:1: unknown field `verzion`"));
    /// ```
    pub fn parse(file: &str, source: &str) -> Result<Self, DefinitionError> {
        Self::read(file, source).map_err(|errors| {
            let nothing = || Place { file, source }.error(0, "it was refused");
            errors.into_iter().next().unwrap_or_else(nothing)
        })
    }

    /// Reads a definition and refuses one that could lose a referral, with everything that is wrong.
    ///
    /// # Errors
    /// At least one, each with its place in `source`; `file` only names it. Any text whatsoever gives one or the other.
    pub fn read(file: &str, source: &str) -> Result<Self, Vec<DefinitionError>> {
        let place = Place { file, source };
        if source.len() > LONGEST {
            let message = format!("a definition has at most {LONGEST} bytes");
            return Err(vec![place.error(0, &message)]);
        }
        let raw: RawDefinition = toml::from_str(source)
            .map_err(|error| vec![place.error(error.span().map_or(0, |span| span.start), error.message())])?;
        let spots = raw.spots();
        let definition = raw.resolve(&place).map_err(|error| vec![error])?;
        let findings = check::findings(&definition);
        if findings.is_empty() {
            return Ok(definition);
        }
        let told = |(property, Finding { near, story }): (Property, Finding)| DefinitionError {
            finding: Some(Box::new((property, story.clone()))),
            ..place.error(spots.of(&near, &place), &story.en)
        };
        Err(findings.into_iter().map(told).collect())
    }
}

/// Where the parts of a definition begin in its file.
struct Spots {
    states: Vec<usize>,
    transitions: Vec<usize>,
    clocks: Vec<usize>,
}

impl Spots {
    fn of(&self, near: &Near, place: &Place<'_>) -> usize {
        let found = match near {
            Near::State(at) => self.states.get(*at).copied(),
            Near::Transition(at) => self.transitions.get(*at).copied(),
            Near::Clock(at) => self.clocks.get(*at).copied(),
            Near::Word(word) => Some(place.find(word)),
            Near::Top => None,
        };
        found.unwrap_or(0)
    }
}

/// Turns a byte offset into line and column.
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) source: &'a str,
}

impl Place<'_> {
    pub(crate) fn error(&self, offset: usize, message: &str) -> DefinitionError {
        let before = self.source.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        DefinitionError {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            message: message.lines().next().unwrap_or_default().to_owned(),
            finding: None,
        }
    }

    /// Where a name is first written in quotes; a finding about the whole points there.
    pub(crate) fn find(&self, name: &str) -> usize {
        self.source.find(&format!("\"{name}\"")).unwrap_or(0)
    }
}

/// A workflow.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDefinition {
    /// The id by which clients name the workflow, kebab-case.
    #[schemars(regex(pattern = "^[a-z0-9-]+$"))]
    id: String,
    /// From 1; a published version is never changed.
    #[schemars(range(min = 1))]
    version: u16,
    /// Its name.
    title: Text,
    /// What it is for, in a sentence or two.
    summary: Text,
    /// The kinds of agencies that may send.
    #[schemars(length(min = 1))]
    senders: Vec<AgencyKind>,
    /// The kinds of agencies that may receive.
    #[schemars(length(min = 1))]
    receivers: Vec<AgencyKind>,
    /// For whom it is.
    #[serde(default)]
    eligibility: Eligibility,
    /// The legal bases that it admits.
    #[schemars(length(min = 1))]
    legal_bases: Vec<LegalBasisCode>,
    /// What can be asked for, by id.
    fields: BTreeMap<String, RawField>,
    /// The steps; the first is where a referral is written.
    #[schemars(length(min = 1), with = "Vec<RawState>")]
    states: Vec<Spanned<RawState>>,
    /// What leads from one step to the next.
    #[schemars(length(min = 1), with = "Vec<RawTransition>")]
    transitions: Vec<Spanned<RawTransition>>,
    /// The limits.
    #[schemars(length(min = 1), with = "Vec<RawClock>")]
    clocks: Vec<Spanned<RawClock>>,
    /// How it behaves in a case.
    #[serde(default)]
    case: RawCase,
}

/// How it behaves in a case. Who says nothing shows nothing.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawCase {
    /// What agencies see of it that take part in the case and not in the referral.
    others_see: OthersSee,
}

/// A field that transitions ask for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawField {
    /// Its name in a request, when that is not the id.
    name: Option<String>,
    /// What it takes.
    #[serde(rename = "type")]
    kind: FieldType,
    /// Its label.
    title: Text,
    /// The code that stands when none is given; for coded types.
    #[schemars(with = "Option<String>")]
    default: Option<Spanned<String>>,
}

/// One step of a hand-off.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawState {
    /// The step's id.
    #[schemars(regex(pattern = "^[a-z0-9-]+$"))]
    id: String,
    /// The core state that it stands for, when the id is not one.
    core: Option<HandoffState>,
    /// Its name.
    title: Text,
    /// Who has the baton.
    holder: Holder,
}

/// What leads from one step to the next.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawTransition {
    /// What is done.
    action: Action,
    /// The steps in which it can be done.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    #[schemars(length(min = 1))]
    from: Vec<Spanned<String>>,
    /// The step that follows; left out, the step stays.
    #[schemars(with = "Option<String>")]
    to: Option<Spanned<String>>,
    /// It leads back to where the hand-off was before it was put on hold.
    #[serde(default)]
    resumes: bool,
    /// Whoever did it may undo it for a while.
    #[serde(default)]
    undo: bool,
    /// The step in which the next hand-off begins; for forward and hand-off.
    #[schemars(with = "Option<String>")]
    opens: Option<Spanned<String>>,
    /// Who does it.
    party: Party,
    /// In which roles.
    #[schemars(length(min = 1))]
    roles: Vec<Role>,
    /// What is said: "reason" must be, "assignee?" may be, "text?other" must be when the code says other.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    input: Vec<Spanned<String>>,
    /// What must hold besides.
    #[serde(default)]
    guards: Vec<Guard>,
    /// Who is told what.
    #[serde(default)]
    notices: BTreeMap<Addressee, Notice>,
}

/// A limit.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawClock {
    /// The clock's id.
    #[schemars(regex(pattern = "^[a-z0-9-]+$"))]
    id: String,
    /// Its name.
    title: Text,
    /// How long: one limit, or one for each urgency; left out: it runs only where the agencies have agreed on a limit.
    limit: Option<RawLimit>,
    /// What a limit of an agreement between the agencies is called that takes the place of this one.
    agreed: Option<Purpose>,
    /// The steps in which it runs.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    runs_in: Vec<Spanned<String>>,
    /// The steps in which it stands still; not for a limit of the law.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pauses_in: Vec<Spanned<String>>,
    /// The actions that fulfil it, wherever the hand-off stands.
    #[serde(default)]
    met_by: Vec<Action>,
    /// It runs while the services disagree about who is responsible.
    #[serde(default)]
    while_disputed: bool,
    /// Another clock, from whose end it counts.
    counts_from: Option<String>,
    /// After how much of the way it warns.
    #[schemars(range(min = 1, max = 99))]
    warn_percent: u8,
    /// The statute, by its reference in the register of rules.
    legal_ref: Option<String>,
    /// The first day on which it is armed.
    #[serde(default, deserialize_with = "law::date")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    valid_from: Option<NaiveDate>,
    /// The last day on which it is armed.
    #[serde(default, deserialize_with = "law::date")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    valid_to: Option<NaiveDate>,
    /// Who hears of a breach, in this order; the first is warned too.
    #[schemars(length(min = 1))]
    escalation: Vec<Escalation>,
    /// How long after one of them the next one hears; left out: an hour, a day, a working day.
    escalate_every: Option<RawLimit>,
    /// How long after the last one that one is told again, and again; left out: 12 hours, a day, a week.
    remind_every: Option<RawLimit>,
}

/// How long somebody has.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum RawLimit {
    /// The same for each urgency.
    Same(Limit),
    /// A limit for each urgency.
    ByUrgency {
        /// When it is an emergency.
        emergency: Limit,
        /// When it is urgent.
        urgent: Limit,
        /// Otherwise.
        routine: Limit,
    },
}

impl From<RawLimit> for LimitByUrgency {
    fn from(raw: RawLimit) -> Self {
        match raw {
            RawLimit::Same(limit) => Self {
                emergency: limit,
                urgent: limit,
                routine: limit,
            },
            RawLimit::ByUrgency {
                emergency,
                urgent,
                routine,
            } => Self {
                emergency,
                urgent,
                routine,
            },
        }
    }
}

impl RawDefinition {
    fn spots(&self) -> Spots {
        fn starts<T>(parts: &[Spanned<T>]) -> Vec<usize> {
            parts.iter().map(|part| part.span().start).collect()
        }
        Spots {
            states: starts(&self.states),
            transitions: starts(&self.transitions),
            clocks: starts(&self.clocks),
        }
    }

    fn resolve(self, place: &Place<'_>) -> Result<Definition, DefinitionError> {
        let states: Vec<State> = self
            .states
            .into_iter()
            .map(Spanned::into_inner)
            .map(|raw| {
                let core = raw.core.map_or_else(|| raw.id.parse().ok(), Some).ok_or_else(|| {
                    place.error(
                        place.find(&raw.id),
                        &format!(
                            "the state {} is not one of the core states; say which one it is with core = \"…\"",
                            raw.id
                        ),
                    )
                })?;
                Ok(State {
                    id: raw.id,
                    core,
                    title: raw.title,
                    holder: raw.holder,
                })
            })
            .collect::<Result<_, _>>()?;
        let known = |name: Spanned<String>| -> Result<String, DefinitionError> {
            if states.iter().any(|state| state.id == *name.get_ref()) {
                return Ok(name.into_inner());
            }
            Err(place.error(name.span().start, &format!("there is no state {:?}", name.get_ref())))
        };
        let transitions = self
            .transitions
            .into_iter()
            .map(Spanned::into_inner)
            .map(|raw| {
                Ok(Transition {
                    action: raw.action,
                    from: raw.from.into_iter().map(known).collect::<Result<_, _>>()?,
                    to: raw.to.map(known).transpose()?,
                    resumes: raw.resumes,
                    undo: raw.undo,
                    opens: raw.opens.map(known).transpose()?,
                    party: raw.party,
                    roles: raw.roles,
                    input: raw
                        .input
                        .into_iter()
                        .map(|name| input_rule(&self.fields, &name, place))
                        .collect::<Result<_, _>>()?,
                    guards: raw.guards,
                    notices: raw
                        .notices
                        .into_iter()
                        .map(|(to, notice)| NoticeRule { to, notice })
                        .collect(),
                })
            })
            .collect::<Result<_, _>>()?;
        let clocks = self
            .clocks
            .into_iter()
            .map(Spanned::into_inner)
            .map(|raw| {
                Ok(ClockRule {
                    id: raw.id,
                    title: raw.title,
                    limit: raw.limit.map(LimitByUrgency::from),
                    agreed: raw.agreed,
                    runs_in: raw.runs_in.into_iter().map(known).collect::<Result<_, _>>()?,
                    pauses_in: raw.pauses_in.into_iter().map(known).collect::<Result<_, _>>()?,
                    met_by: raw.met_by,
                    while_disputed: raw.while_disputed,
                    counts_from: raw.counts_from,
                    warn_percent: raw.warn_percent,
                    legal_ref: raw.legal_ref,
                    validity: Validity {
                        from: raw.valid_from,
                        to: raw.valid_to,
                    },
                    escalation: raw.escalation,
                    escalate_every: raw
                        .escalate_every
                        .map_or(LimitByUrgency::ESCALATE_EVERY, LimitByUrgency::from),
                    remind_every: raw
                        .remind_every
                        .map_or(LimitByUrgency::REMIND_EVERY, LimitByUrgency::from),
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Definition {
            key: WorkflowKey {
                id: self.id,
                version: self.version,
            },
            title: self.title,
            summary: self.summary,
            senders: self.senders,
            receivers: self.receivers,
            eligibility: self.eligibility,
            legal_bases: self.legal_bases,
            states,
            transitions,
            clocks,
            others_see: self.case.others_see,
        })
    }
}

/// `"reason"` asks for a field, `"assignee?"` may have it, `"text?other"` must have it when a code says `other`.
fn input_rule(
    fields: &BTreeMap<String, RawField>,
    name: &Spanned<String>,
    place: &Place<'_>,
) -> Result<InputRule, DefinitionError> {
    let (id, required) = match name.get_ref().split_once('?') {
        None => (name.get_ref().as_str(), Required::Always),
        Some((id, "other")) => (id, Required::WhenOther),
        Some((id, _)) => (id, Required::No),
    };
    let raw = fields.get(id).ok_or_else(|| {
        place.error(
            name.span().start,
            &format!("there is no field {id:?}; declare it with [fields.{id}]"),
        )
    })?;
    if let Some(default) = &raw.default {
        let codes = raw.kind.codes(crate::vocabulary::Language::Nb).unwrap_or_default();
        if !codes.iter().any(|(code, _)| code == default.get_ref()) {
            return Err(place.error(default.span().start, "the default is not a code of the field's list"));
        }
    }
    let field = Field {
        name: raw.name.clone().unwrap_or_else(|| id.to_owned()),
        kind: raw.kind,
        title: raw.title.clone(),
        default: raw.default.as_ref().map(|default| default.get_ref().clone()),
    };
    Ok(InputRule { field, required })
}
