//! The question and its answer.

use chrono::{DateTime, TimeDelta, Utc};

use super::basis;
pub use super::basis::Sender;
use super::directory::{Capacity, Directory, Unit};
use super::place::Place;
use super::table::{Cell, Decision, Hit, Rule, Table, Way};
use super::words::{self, Warning};
use crate::agency::{AgencyId, AgreementId};
use crate::agreement::{self, Agreement};
use crate::calendar::{Calendar, Limit, local_date};
use crate::definition::{Definition, Library};
use crate::disclosure::{self, Field, Flow, Party};
use crate::person::Whereabouts;
use crate::referral::WorkflowKey;
use crate::vocabulary::{
    AgeBand, AgencyKind, CapacityStatus, HandoffState, LegalBasisCode, Need, ResidenceStatus, Text, Urgency,
};

/// What is known of a situation. No name, no number.
#[derive(Debug, Clone)]
pub struct Question {
    /// Age in whole years, if known.
    pub age: Option<u8>,
    /// Where the youth stays, if known.
    pub stays: Option<Whereabouts>,
    /// What they need.
    pub needs: Vec<Need>,
    /// How soon.
    pub urgency: Urgency,
    /// When it would be sent.
    pub at: DateTime<Utc>,
    /// By which right they are here.
    pub residence: ResidenceStatus,
    /// Who asks.
    pub sender: Sender,
    /// Only receivers on this workflow.
    pub workflow: Option<String>,
}

/// What the question is asked in.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The table in force.
    pub table: &'a Table,
    /// The agencies.
    pub directory: &'a Directory,
    /// The workflows.
    pub library: &'a Library,
    /// What may flow to whom.
    pub disclosure: &'a disclosure::Table,
    /// Working days and holidays.
    pub calendar: Calendar,
    /// What the sender has agreed with others: all that has been approved, whatever of it is in force.
    pub agreements: &'a [Agreement],
    /// After so long nobody counts on a reported capacity.
    pub capacity_holds: TimeDelta,
}

/// Receivers in order, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Where the youth stays, as the table understands it.
    pub place: Place,
    /// The receivers, best first.
    pub suggestions: Vec<Suggestion>,
    /// What belongs together among them.
    pub together: Vec<Together>,
    /// Receivers that should be there and are not in the directory.
    pub missing: Vec<Missing>,
    /// Needs for which there is nobody at all.
    pub uncovered: Vec<(Need, Text)>,
    /// What to mind whatever is chosen.
    pub warnings: Vec<Warning>,
}

/// One receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Which decision of the table.
    pub decision: String,
    /// Which rule.
    pub rule: String,
    /// Who.
    pub agency: AgencyId,
    /// Its short name.
    pub slug: String,
    /// Its own name.
    pub name: String,
    /// Its kind.
    pub kind: AgencyKind,
    /// On which workflow; none: the youth is shown the way, and nothing is sent.
    pub workflow: Option<WorkflowKey>,
    /// Which of the needs it answers, in the order of the question.
    pub needs: Vec<Need>,
    /// What it offers against them, by name.
    pub services: Vec<Text>,
    /// Why.
    pub reason: Text,
    /// The admissible legal bases, the one that fits best first.
    pub bases: Vec<Basis>,
    /// The limit that will run first once it is sent.
    pub clock: Option<ClockAhead>,
    /// Whether it can be reached at that time, if the hours are known.
    pub open: Option<bool>,
    /// When it can be reached next, if it cannot then.
    pub opens_at: Option<DateTime<Utc>>,
    /// What it has said of its capacity.
    pub capacity: Option<CapacityNow>,
    /// What to mind.
    pub warnings: Vec<Warning>,
    /// What the rule rests on, as the register of legal rules names it.
    pub references: Vec<String>,
    /// What it belongs together with.
    pub together: Option<String>,
    /// The agency that is closed then and has named this one to stand in.
    pub stands_in_for: Option<StandsInFor>,
}

/// An agency for which another takes while it is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandsInFor {
    /// Which.
    pub agency: AgencyId,
    /// Its short name.
    pub slug: String,
    /// Its own name.
    pub name: String,
}

/// A legal basis that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// Which.
    pub code: LegalBasisCode,
    /// Whether it fits best.
    pub best: bool,
    /// What would not reach the receiver on it, each with the reason.
    pub kept_back: Vec<(Field, disclosure::Rule)>,
}

/// A limit that will run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockAhead {
    /// The rule's id in the workflow.
    pub id: String,
    /// Its name.
    pub title: Text,
    /// How long.
    pub limit: Limit,
    /// Until when, if it is sent at the time of the question.
    pub due: DateTime<Utc>,
    /// The statute or standard.
    pub legal_ref: Option<String>,
    /// The agreement between sender and receiver that sets it, by its id and as they call it, when one does.
    pub agreement: Option<(AgreementId, String)>,
}

impl Capacity {
    /// What it counts at a time: nothing once it is older than `holds`.
    #[must_use]
    pub fn at(&self, at: DateTime<Utc>, holds: TimeDelta) -> CapacityNow {
        let age = (at - self.reported_at).max(TimeDelta::zero());
        CapacityNow {
            said: *self,
            status: (age <= holds).then_some(self.status),
            age,
        }
    }
}

/// What a unit has said of its capacity, as it counts now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapacityNow {
    /// What it has said.
    pub said: Capacity,
    /// Whether it can take somebody in; none when what it said is too old to count.
    pub status: Option<CapacityStatus>,
    /// How long ago that is.
    pub age: TimeDelta,
}

/// Several receivers at once: a referral to each, in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together {
    /// The table's id.
    pub id: String,
    /// Why, and how.
    pub text: Text,
}

/// A receiver that the table names and the directory lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The rule that would have named it.
    pub rule: String,
    /// What it is.
    pub receiver: Text,
    /// What to do instead.
    pub advice: Text,
}

/// One hit, before those on the same receiver are put together.
struct Found<'a> {
    decision: (usize, &'a Decision),
    rule: (usize, &'a Rule),
    unit: &'a Unit,
    need: Need,
}

/// Answers a question. The same question in the same world always gets the same answer.
#[must_use]
pub fn suggest(world: &World<'_>, question: &Question) -> Answer {
    let place = world.table.place(question.stays.as_ref());
    let asking = Asking { world, question, place };
    let mut missing = Vec::new();
    let mut found = Vec::new();
    for need in &question.needs {
        found.extend(asking.receivers(*need, &mut missing));
    }
    // The order of the table decides, and in it the order of the needs.
    found.sort_by_key(|found| (found.decision.0, found.rule.0));
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for hit in found {
        asking.add(&mut suggestions, &hit);
    }
    asking.order(&mut suggestions);
    let uncovered = question
        .needs
        .iter()
        .filter(|need| !suggestions.iter().any(|suggestion| suggestion.needs.contains(need)))
        .map(|need| (*need, words::uncovered(*need, &asking.place)))
        .collect();
    let together = world.table.together.iter().filter(|group| {
        let of = |suggestion: &&Suggestion| suggestion.together.as_ref() == Some(&group.id);
        suggestions.iter().filter(of).nth(1).is_some()
    });
    let together = together.map(|group| Together {
        id: group.id.clone(),
        text: group.text.clone(),
    });
    let mut warnings: Vec<_> = words::of_place(&asking.place).into_iter().collect();
    warnings.extend(question.age.is_none().then(words::age_unknown));
    Answer {
        together: together.collect(),
        place: asking.place,
        suggestions,
        missing,
        uncovered,
        warnings,
    }
}

/// Whether a unit is suggested on the workflow of a rule already.
fn is_there(suggestions: &[Suggestion], unit: &Unit, rule: &Rule) -> bool {
    suggestions.iter().any(|known| is_it(known, unit, rule))
}

fn is_it(known: &Suggestion, unit: &Unit, rule: &Rule) -> bool {
    known.agency == unit.id && known.workflow.as_ref().map(|key| key.id.as_str()) == rule.way.workflow()
}

struct Asking<'a> {
    world: &'a World<'a>,
    question: &'a Question,
    place: Place,
}

impl<'a> Asking<'a> {
    fn receivers(&self, need: Need, missing: &mut Vec<Missing>) -> Vec<Found<'a>> {
        let cell = self.cell(need);
        let mut found: Vec<Found<'a>> = Vec::new();
        for (decision_at, decision) in self.world.table.decisions.iter().enumerate() {
            if decision.otherwise && found.iter().any(|found| found.rule.1.way != Way::Contact) {
                continue;
            }
            for (rule_at, rule) in decision.rules.iter().enumerate() {
                let units = if self.applies(rule, &cell) {
                    self.units(rule, need, missing)
                } else {
                    continue;
                };
                let hit = !units.is_empty();
                found.extend(units.into_iter().map(|unit| Found {
                    decision: (decision_at, decision),
                    rule: (rule_at, rule),
                    unit,
                    need,
                }));
                if hit && decision.hit == Hit::First {
                    break;
                }
            }
        }
        found
    }

    fn cell(&self, need: Need) -> Cell {
        Cell {
            age: AgeBand::of(self.question.age),
            need,
            place: self.place.kind,
            residence: self.question.residence,
            urgency: self.question.urgency,
            sender: self.question.sender.kind,
        }
    }

    fn applies(&self, rule: &Rule, cell: &Cell) -> bool {
        let open = |id: &String| {
            let receiver = self.world.table.receiver(id);
            receiver.is_some_and(|receiver| {
                self.world
                    .directory
                    .is_open(self.world.table, receiver, &self.place, self.question.at)
            })
        };
        rule.when.admit(cell)
            && self
                .question
                .workflow
                .as_deref()
                .is_none_or(|only| rule.way.workflow() == Some(only))
            && self.world.table.holds(rule, local_date(self.question.at))
            && rule.when.open.as_ref().is_none_or(open)
            && !rule.when.closed.as_ref().is_some_and(open)
    }

    /// Whom the rule means; when the directory has nobody, that is noted by name.
    fn units(&self, rule: &Rule, need: Need, missing: &mut Vec<Missing>) -> Vec<&'a Unit> {
        let table = self.world.table;
        let Some(receiver) = table.receiver(&rule.receiver) else {
            return Vec::new(); // a sound table has it
        };
        let mut units = self
            .world
            .directory
            .resolve(table, receiver, &self.place, need, self.question.age);
        if let Some(advice) = receiver.missing.as_ref().filter(|_| units.is_empty())
            && !missing.iter().any(|known| known.receiver == receiver.title)
        {
            missing.push(Missing {
                rule: rule.id.clone(),
                receiver: receiver.title.clone(),
                advice: advice.clone(),
            });
        }
        units.retain(|unit| Some(unit.id) != self.question.sender.agency);
        units
    }

    /// Puts a hit beside the others: one suggestion for each agency and workflow.
    fn add(&self, suggestions: &mut Vec<Suggestion>, hit: &Found<'a>) {
        let rule = hit.rule.1;
        let known = suggestions.iter_mut().find(|known| is_it(known, hit.unit, rule));
        let services = hit
            .unit
            .offers(hit.need, self.question.age)
            .map(|offer| offer.title.clone());
        if let Some(known) = known {
            if !known.needs.contains(&hit.need) {
                known.needs.push(hit.need);
                known.services.extend(services);
            }
            if known.together.is_none() {
                known.together.clone_from(&rule.together);
            }
            return;
        }
        suggestions.push(self.suggestion(hit, services.collect()));
        if let Some(stand_in) = self.stand_in(hit).filter(|unit| !is_there(suggestions, unit, rule)) {
            let offers = stand_in.offers(hit.need, self.question.age);
            let services = offers.map(|offer| offer.title.clone()).collect();
            let instead = Found { unit: stand_in, ..*hit };
            let closed = StandsInFor {
                agency: hit.unit.id,
                slug: hit.unit.slug.clone(),
                name: hit.unit.name.clone(),
            };
            suggestions.push(Suggestion {
                reason: words::stands_in(&hit.unit.name, &stand_in.name),
                stands_in_for: Some(closed),
                ..self.suggestion(&instead, services)
            });
        }
    }

    /// Whoever takes for a unit that is closed then, if the workflow lets them receive. Nobody stands in where the youth is only
    /// shown the way, and nobody is told to refer to themselves.
    fn stand_in(&self, hit: &Found<'a>) -> Option<&'a Unit> {
        let definition = self.world.library.newest(hit.rule.1.way.workflow()?)?;
        self.world
            .directory
            .stands_in(hit.unit, self.question.at)
            .filter(|unit| definition.receivers.contains(&unit.kind))
            .filter(|unit| Some(unit.id) != self.question.sender.agency)
    }

    fn suggestion(&self, hit: &Found<'a>, services: Vec<Text>) -> Suggestion {
        let (unit, rule, question) = (hit.unit, hit.rule.1, self.question);
        let definition = rule.way.workflow().and_then(|id| self.world.library.newest(id));
        let bases = definition
            .map(|definition| self.bases(rule, definition, unit))
            .unwrap_or_default();
        let open = unit.hours.as_ref().map(|hours| hours.is_open(question.at));
        let opens_at = unit
            .hours
            .as_ref()
            .filter(|_| open == Some(false))
            .and_then(|hours| hours.next_opening(question.at));
        let capacity = unit
            .capacity_for(&[hit.need])
            .map(|said| said.at(question.at, self.world.capacity_holds));
        let table_words = rule.warnings.iter().filter_map(|id| self.world.table.warning(id));
        let mut warnings: Vec<Warning> = table_words
            .map(|warning| Warning {
                code: warning.id.clone(),
                text: warning.text.clone(),
            })
            .collect();
        warnings.extend((definition.is_some() && open == Some(false)).then(words::closed_now));
        warnings.extend(open.is_none().then(words::hours_unknown));
        warnings.extend((definition.is_some() && bases.is_empty()).then(words::no_legal_basis));
        warnings.extend(capacity.and_then(|capacity| match capacity.status {
            Some(CapacityStatus::Full) => Some(words::full()),
            Some(CapacityStatus::Open | CapacityStatus::Limited) => None,
            None => Some(words::stale()),
        }));
        Suggestion {
            decision: hit.decision.1.id.clone(),
            rule: rule.id.clone(),
            agency: unit.id,
            slug: unit.slug.clone(),
            name: unit.name.clone(),
            kind: unit.kind,
            workflow: definition.map(|definition| definition.key.clone()),
            needs: vec![hit.need],
            services,
            reason: rule.reason.clone(),
            bases,
            clock: definition.and_then(|definition| self.clock(definition, unit)),
            open,
            opens_at,
            capacity,
            warnings,
            references: rule.references.clone(),
            together: rule.together.clone(),
            stands_in_for: None,
        }
    }

    fn bases(&self, rule: &Rule, definition: &Definition, unit: &Unit) -> Vec<Basis> {
        let (table, day) = (self.world.disclosure, local_date(self.question.at));
        let way = |code: LegalBasisCode| disclosure::Way {
            sender: Party {
                kind: self.question.sender.kind,
                public_tasks: self.question.sender.public_tasks,
            },
            receiver: Party {
                kind: unit.kind,
                public_tasks: unit.public_tasks,
            },
            ground: code.into(),
        };
        let holding = rule
            .legal_bases
            .iter()
            .filter(|code| basis::holds(**code, definition, self.question.sender, unit.kind, self.question.age))
            .filter(|code| table.flow(&way(**code), Field::Needs, day) != Flow::Refused);
        holding
            .enumerate()
            .map(|(at, code)| Basis {
                code: *code,
                best: at == 0,
                kept_back: table
                    .kept_back(way(*code), None, day)
                    .filter_map(|(field, rule)| Some((field, rule?.clone())))
                    .collect(),
            })
            .collect()
    }

    /// Of the limits that run once it is sent, the one that is up first: as sender and receiver have agreed it, where they have.
    fn clock(&self, definition: &Definition, unit: &Unit) -> Option<ClockAhead> {
        let (at, urgency) = (self.question.at, self.question.urgency);
        let agreed = self
            .question
            .sender
            .agency
            .and_then(|sender| agreement::applying(self.world.agreements, sender, unit.id, at));
        let sent = definition.step_of(HandoffState::Sent)?;
        let running = definition
            .clocks
            .iter()
            .filter(|clock| clock.runs_in.contains(&sent.id) && !clock.while_disputed);
        running
            .filter_map(|clock| {
                let as_agreed = || {
                    let agreement = agreed?;
                    let limit = agreement.limits.get(clock.agreed?, urgency)?;
                    Some((limit, Some((agreement.id, agreement.reference.clone()))))
                };
                let as_written = || Some((*clock.limit.as_ref()?.of(urgency), None));
                let (limit, agreement) = as_agreed().or_else(as_written)?;
                // The sender's hours are not the router's to know; who receives must act in all limits that begin with sending.
                let hours = unit.hours.as_ref();
                Some(ClockAhead {
                    id: clock.id.clone(),
                    title: clock.title.clone(),
                    limit,
                    due: limit.due_in(at, self.world.calendar, hours),
                    legal_ref: clock.legal_ref.clone(),
                    agreement,
                })
            })
            .min_by_key(|clock| clock.due)
    }

    /// Within a rule: who offers it by name, who is not full, who is open, then by slug. The sort keeps the order of rules.
    fn order(&self, suggestions: &mut [Suggestion]) {
        let at = |suggestion: &Suggestion| {
            let decisions = &self.world.table.decisions;
            let decision = decisions.iter().position(|decision| decision.id == suggestion.decision);
            let rules = decision
                .and_then(|at| decisions.get(at))
                .map(|decision| &decision.rules);
            (
                decision,
                rules.and_then(|rules| rules.iter().position(|rule| rule.id == suggestion.rule)),
            )
        };
        suggestions.sort_by_cached_key(|suggestion| {
            let full = suggestion.capacity.and_then(|said| said.status) == Some(CapacityStatus::Full);
            (
                at(suggestion),
                suggestion.services.is_empty() && suggestion.stands_in_for.is_none(),
                full,
                suggestion.open == Some(false),
                suggestion.slug.clone(),
            )
        });
    }
}
