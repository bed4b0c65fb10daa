//! The run: arrivals and answers in the order of time, each decided by the engine.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveTime, SubsecRound, TimeDelta, Utc};
use serde_json::{Map, json};
use stafett_workflow::agency::{Agencies, AgencyId, ReferralId};
use stafett_workflow::calendar::{Calendar, OpeningHours};
use stafett_workflow::command::{Consent, DraftTerms, LegalBasis};
use stafett_workflow::content::{InformedOutline, Outline};
use stafett_workflow::decide::available;
use stafett_workflow::definition::Library;
use stafett_workflow::disclosure;
use stafett_workflow::person::{AreaNumber, Subject, Whereabouts};
use stafett_workflow::policy::Actor;
use stafett_workflow::reference::Reference;
use stafett_workflow::routing::{self, Question, Sender, Suggestion, Table, suggest};
use stafett_workflow::vocabulary::{Action, Code, ConsentGiver, LegalBasisCode, Need, ResidenceStatus, Urgency};
use stafett_workflow::{Command, Context, Decision, NewReferral, Referral, create, decide};

use super::super::dice::Dice;
use super::super::world::World;
use super::city::City;
use super::report::{Figures, Span};

/// Whoever writes has said what is needed, and everybody knows that it is sent.
const TOLD: Outline = Outline {
    needs: true,
    summary: true,
    informed: Some(InformedOutline {
        youth: true,
        guardians: true,
        reason: false,
    }),
};

/// Runs a city through the definitions and the table.
///
/// # Errors
/// What is wrong with the scenario, in a sentence.
pub fn simulate(city: &City, world: &World, library: &Library, table: &Table) -> Result<Figures, String> {
    city.check(world)?;
    let mut run = Run::new(city, world, library, table)?;
    run.arrive();
    while let Some(Reverse((at, _, what))) = run.queue.pop() {
        if at > run.end {
            break;
        }
        run.happen(at, what);
    }
    Ok(run.figures())
}

/// What comes next for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Arrives,
    Answers(usize),
    HandsOff(usize),
    Disputes(usize),
    Decides(usize),
}

/// One young person and what has become of it.
struct Youth {
    referral: Referral,
    subject: Subject,
    question: Question,
    tried: Vec<AgencyId>,
    sent_at: DateTime<Utc>,
    declines: u8,
    waits: bool,
}

/// Who answers at an agency.
struct Desk {
    hours: OpeningHours,
    free: Vec<DateTime<Utc>>,
    takes: TimeDelta,
    declines: f64,
    actor: Actor,
}

struct Run<'a> {
    city: &'a City,
    library: &'a Library,
    table: &'a Table,
    disclosure: Arc<disclosure::Table>,
    directory: routing::Directory,
    facts: Agencies,
    desks: HashMap<AgencyId, Desk>,
    kinds: HashMap<AgencyId, &'static str>,
    slugs: HashMap<AgencyId, String>,
    sender: AgencyId,
    municipality: Option<(AgencyId, Actor)>,
    dice: Dice,
    calendar: Calendar,
    end: DateTime<Utc>,
    queue: BinaryHeap<Reverse<(DateTime<Utc>, u64, Next)>>,
    turns: u64,
    youths: Vec<Youth>,
    figures: Figures,
    waits: Vec<(Urgency, &'static str, TimeDelta)>,
}

impl<'a> Run<'a> {
    fn new(city: &'a City, world: &World, library: &'a Library, table: &'a Table) -> Result<Self, String> {
        let begin = city.first_day().unwrap_or_default().and_time(NaiveTime::MIN).and_utc();
        let (mut desks, mut kinds, mut slugs) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut changed = world.clone();
        for agency in &mut changed.agencies {
            if let Some(hours) = city.hours_of(&agency.facts.slug)? {
                agency.facts.hours = Some(hours.clone());
                agency.hours = hours;
            }
        }
        for agency in &changed.agencies {
            let (id, slug) = (agency.facts.id, &agency.facts.slug);
            let said = city.desk_of(slug);
            let people = usize::try_from(said.people).unwrap_or(usize::MAX).min(10_000);
            kinds.insert(id, agency.facts.kind.as_str());
            slugs.insert(id, slug.clone());
            let Some(worker) = changed.caseworkers(id).next() else {
                continue;
            };
            desks.insert(
                id,
                Desk {
                    hours: agency.hours.clone(),
                    free: vec![begin; people],
                    takes: TimeDelta::minutes(i64::from(said.minutes)),
                    declines: said.declines,
                    actor: worker.actor(),
                },
            );
        }
        let coordinator = changed.agencies.iter().find_map(|agency| {
            let decides = changed.coordinators(agency.facts.id).next()?;
            Some((agency.facts.id, decides.actor()))
        });
        let sender = changed.agency(&city.sender).map(|agency| agency.facts.id);
        let disclosure = disclosure::builtin().map_err(|wrong| wrong.to_string())?;
        Ok(Self {
            city,
            library,
            table,
            disclosure,
            directory: changed.directory(),
            facts: changed.facts(),
            desks,
            kinds,
            slugs,
            sender: sender.ok_or_else(|| format!("sender: there is no agency {}", city.sender))?,
            municipality: coordinator,
            dice: Dice::seeded(city.seed, "simulation"),
            calendar: Calendar::default(),
            end: begin + TimeDelta::days(i64::from(city.days)),
            queue: BinaryHeap::new(),
            turns: 0,
            youths: Vec::new(),
            figures: Figures {
                title: city.title.clone(),
                ..Figures::default()
            },
            waits: Vec::new(),
        })
    }

    /// Everybody comes at some time of the year, more in busy months and hours.
    fn arrive(&mut self) {
        let Some(first) = self.city.first_day() else { return };
        let days: Vec<(u32, u32)> = (0..self.city.days)
            .map(|day| {
                let month = usize::try_from((first + TimeDelta::days(i64::from(day))).month0()).unwrap_or_default();
                let busy = self.city.months.get(month).copied().unwrap_or(1.0);
                (day, (busy * 1_000.0) as u32)
            })
            .collect();
        let hours: Vec<(u32, u32)> = (0..)
            .zip(self.city.hours.iter().map(|busy| (busy * 1_000.0) as u32))
            .collect();
        let begin = first.and_time(NaiveTime::MIN).and_utc();
        for _ in 0..self.city.referrals {
            let day = self.dice.weigh(&days, |(_, busy)| *busy).map_or(0, |(day, _)| *day);
            let hour = self.dice.weigh(&hours, |(_, busy)| *busy).map_or(0, |(hour, _)| *hour);
            let within = TimeDelta::seconds((self.dice.share() * 3_600.0) as i64);
            let at = begin + TimeDelta::days(i64::from(day)) + TimeDelta::hours(i64::from(hour)) + within;
            self.then(at, Next::Arrives);
        }
    }

    fn then(&mut self, at: DateTime<Utc>, what: Next) {
        self.turns += 1;
        self.queue.push(Reverse((at, self.turns, what)));
    }

    fn happen(&mut self, at: DateTime<Utc>, what: Next) {
        match what {
            Next::Arrives => self.somebody_arrives(at),
            Next::Answers(who) => self.somebody_answers(at, who),
            Next::HandsOff(who) => self.handed_off_anew(at, who),
            Next::Disputes(who) => self.disputed(at, who),
            Next::Decides(who) => self.decided(at, who),
        }
    }

    fn somebody_arrives(&mut self, at: DateTime<Utc>) {
        self.figures.arrived += 1;
        let question = self.question(at);
        let need = question.needs.first().copied();
        let Some(found) = self.suggested(&question, &[]) else {
            return self.nobody_for(need);
        };
        let area = |stays: Option<&Whereabouts>, district: bool| {
            let stays = stays?;
            AreaNumber::parse(if district {
                stays.district.as_deref()?
            } else {
                &stays.municipality
            })
        };
        let subject = Subject {
            present: true,
            age: question.age,
            municipality: area(question.stays.as_ref(), false),
            district: area(question.stays.as_ref(), true),
            residence: None,
            ..Subject::default()
        };
        let id = self.dice.uuid(at);
        let new = NewReferral {
            id: ReferralId(id),
            reference: Reference::from_random(self.dice.word()),
            sender: self.city.sender.clone(),
            draft: DraftTerms {
                urgency: question.urgency,
                receiver: Some(found.slug.clone()),
                basis: Some(basis(&found, question.age)),
            },
            send: true,
        };
        let definition = found.workflow.as_ref().and_then(|key| self.library.get(key)).cloned();
        let written = definition.and_then(|definition| {
            self.act(self.sender, subject, at, |context| {
                create(&definition, &new, context).ok()
            })
        });
        let Some(decision) = written else {
            return self.nobody_for(need);
        };
        self.figures.sent += 1;
        self.youths.push(Youth {
            referral: decision.next().clone(),
            subject,
            question,
            tried: Vec::new(),
            sent_at: at,
            declines: 0,
            waits: true,
        });
        self.on_its_way(at, self.youths.len() - 1, found.agency);
    }

    fn nobody_for(&mut self, need: Option<Need>) {
        let need = need.map_or("unknown", Need::as_str);
        *self.figures.uncovered.entry(need).or_default() += 1;
    }

    /// It lies with somebody now, who comes to it in turn; an emergency goes before everything.
    fn on_its_way(&mut self, at: DateTime<Utc>, who: usize, receiver: AgencyId) {
        self.figures.legs += 1;
        let Some(youth) = self.youths.get_mut(who) else { return };
        youth.tried.push(receiver);
        youth.sent_at = at;
        youth.waits = true;
        let emergency = youth.referral.urgency == Urgency::Emergency;
        let answered = self.desks.get_mut(&receiver).and_then(|desk| desk.take(at, emergency));
        if let Some(answered) = answered {
            self.then(answered, Next::Answers(who));
        }
    }

    fn somebody_answers(&mut self, at: DateTime<Utc>, who: usize) {
        let Some(receiver) = self.receiver(who) else { return };
        let says_no = self.desks.get(&receiver).is_some_and(|desk| desk.declines > 0.0) && {
            let share = self.dice.share();
            self.desks.get(&receiver).is_some_and(|desk| share < desk.declines)
        };
        let Some(offered) = self.offered(at, who, receiver) else {
            return;
        };
        let takes = [Action::Accept, Action::Acknowledge, Action::Complete];
        let action = if says_no && offered.contains(&Action::Decline) {
            Some(Action::Decline)
        } else {
            takes.into_iter().find(|action| offered.contains(action))
        };
        let Some(action) = action else { return };
        let input = match action {
            Action::Decline => json!({ "code": "no-capacity", "reason": "Fullt" }),
            Action::Complete => json!({ "outcome": "service-delivered", "advice": "Råd gitt" }),
            _ => json!({}),
        };
        let late = self
            .youths
            .get(who)
            .is_some_and(|youth| youth.referral.running_clocks().any(|clock| clock.is_overdue(at)));
        if !self.command(at, who, receiver, action, input) {
            return;
        }
        self.figures.answered += 1;
        self.figures.missed += u32::from(late);
        let kind = self.kinds.get(&receiver).copied().unwrap_or_default();
        let Some(youth) = self.youths.get_mut(who) else { return };
        youth.waits = false;
        self.waits.push((youth.referral.urgency, kind, at - youth.sent_at));
        if action == Action::Decline {
            self.figures.declined += 1;
            youth.declines += 1;
            let again = youth.declines >= 2;
            let sender = self.sender;
            let seen = self.desks.get_mut(&sender).and_then(|desk| desk.take(at, true));
            if let Some(seen) = seen {
                self.then(
                    seen,
                    if again {
                        Next::Disputes(who)
                    } else {
                        Next::HandsOff(who)
                    },
                );
            }
        }
    }

    /// The next receiver, who has not said no.
    fn handed_off_anew(&mut self, at: DateTime<Utc>, who: usize) {
        let Some(youth) = self.youths.get(who) else { return };
        let (mut question, tried) = (youth.question.clone(), youth.tried.clone());
        question.at = at;
        question.workflow = Some(youth.referral.workflow.id.clone());
        let Some(found) = self.suggested(&question, &tried) else {
            return self.then(at, Next::Disputes(who));
        };
        let basis = serde_json::to_value(basis(&found, question.age)).unwrap_or_default();
        let input = json!({ "receiver": found.slug, "legalBasis": basis });
        if self.command(at, who, self.sender, Action::HandOff, input) {
            self.on_its_way(at, who, found.agency);
        } else {
            self.then(at, Next::Disputes(who));
        }
    }

    fn disputed(&mut self, at: DateTime<Utc>, who: usize) {
        if !self.command(
            at,
            who,
            self.sender,
            Action::Dispute,
            json!({ "reason": "Ingen vil ta den" }),
        ) {
            return;
        }
        self.figures.disputes += 1;
        let decider = self.municipality.as_ref().map(|(agency, _)| *agency);
        let decided = decider.and_then(|agency| match self.desks.get_mut(&agency) {
            Some(desk) => desk.take(at, false),
            None => Some(at + TimeDelta::days(1)),
        });
        if let Some(decided) = decided {
            self.then(decided, Next::Decides(who));
        }
    }

    /// The municipality gives it to whoever said no first.
    fn decided(&mut self, at: DateTime<Utc>, who: usize) {
        let first = self.youths.get(who).and_then(|youth| youth.tried.first().copied());
        let Some(slug) = first.and_then(|first| self.slugs.get(&first)).cloned() else {
            return;
        };
        let Some((agency, _)) = self.municipality.as_ref() else {
            return;
        };
        let agency = *agency;
        self.command(
            at,
            who,
            agency,
            Action::Allocate,
            json!({ "custodian": slug, "reason": "Ansvarlig etter oppholdssted" }),
        );
    }

    fn receiver(&self, who: usize) -> Option<AgencyId> {
        self.youths.get(who)?.referral.current_handoff()?.terms.receiver
    }

    fn offered(&self, at: DateTime<Utc>, who: usize, agency: AgencyId) -> Option<Vec<Action>> {
        let (youth, desk) = (self.youths.get(who)?, self.desks.get(&agency)?);
        let definition = self.library.get(&youth.referral.workflow)?;
        let offered = available(definition, &youth.referral, &desk.actor, at);
        Some(offered.iter().map(|admitted| admitted.transition.action).collect())
    }

    fn command(
        &mut self,
        at: DateTime<Utc>,
        who: usize,
        agency: AgencyId,
        action: Action,
        input: serde_json::Value,
    ) -> bool {
        let Some(youth) = self.youths.get(who) else {
            return false;
        };
        let (referral, subject) = (youth.referral.clone(), youth.subject);
        let Some(definition) = self.library.get(&referral.workflow).cloned() else {
            return false;
        };
        let input = input.as_object().cloned().unwrap_or_else(Map::new);
        let command = Command {
            action,
            input,
            note: None,
        };
        let decision = self.act(agency, subject, at, |context| {
            decide(&definition, &referral, &command, context).ok()
        });
        match (decision, self.youths.get_mut(who)) {
            (Some(decision), Some(youth)) => {
                youth.referral = decision.next().clone();
                true
            }
            _ => false,
        }
    }

    fn act(
        &mut self,
        agency: AgencyId,
        subject: Subject,
        at: DateTime<Utc>,
        then: impl FnOnce(&Context<'_>) -> Option<Decision>,
    ) -> Option<Decision> {
        let id = self.dice.uuid(at);
        let decides = self
            .municipality
            .as_ref()
            .filter(|(municipality, _)| *municipality == agency);
        let actor = match decides {
            Some((_, actor)) => actor,
            None => &self.desks.get(&agency)?.actor,
        };
        then(&Context {
            now: at.trunc_subsecs(6),
            id,
            actor,
            subject,
            outline: TOLD,
            disclosure: &self.disclosure,
            agencies: &self.facts,
            colleague: None,
            coordinator: self.municipality.as_ref().map(|(agency, _)| *agency),
            history: &[],
            agreements: &[],
            calendar: &self.calendar,
        })
    }

    fn question(&mut self, at: DateTime<Utc>) -> Question {
        let pick = |dice: &mut Dice, from: Vec<(String, u32)>| {
            dice.weigh(&from, |(_, weight)| *weight).map(|(one, _)| one.clone())
        };
        let pairs = |from: &BTreeMap<String, u32>| from.iter().map(|(key, weight)| (key.clone(), *weight)).collect();
        let urgencies: Vec<(Urgency, u32)> = self
            .city
            .urgency
            .iter()
            .map(|(urgency, weight)| (*urgency, *weight))
            .collect();
        let needs: Vec<(Need, u32)> = self.city.needs.iter().map(|(need, weight)| (*need, *weight)).collect();
        let age = pick(&mut self.dice, pairs(&self.city.ages)).and_then(|age| age.parse().ok());
        let stays =
            pick(&mut self.dice, pairs(&self.city.stays)).filter(|stays| stays.len() >= 4 && stays != "unknown");
        let sender = self.facts.by_id(self.sender);
        Question {
            age,
            stays: stays.map(|number| Whereabouts {
                municipality: number.chars().take(4).collect(),
                district: (number.len() > 4).then(|| number.clone()),
            }),
            needs: self
                .dice
                .weigh(&needs, |(_, weight)| *weight)
                .map(|(need, _)| *need)
                .into_iter()
                .collect(),
            urgency: self
                .dice
                .weigh(&urgencies, |(_, weight)| *weight)
                .map_or(Urgency::Routine, |(urgency, _)| *urgency),
            at,
            residence: ResidenceStatus::Unknown,
            sender: Sender {
                kind: sender.map_or(stafett_workflow::vocabulary::AgencyKind::Outreach, |sender| sender.kind),
                public_tasks: true,
                agency: Some(self.sender),
            },
            workflow: None,
        }
    }

    /// The best receiver to whom something can be sent, and who has not said no.
    fn suggested(&self, question: &Question, tried: &[AgencyId]) -> Option<Suggestion> {
        let world = routing::World {
            table: self.table,
            directory: &self.directory,
            library: self.library,
            disclosure: &self.disclosure,
            calendar: self.calendar,
            capacity_holds: TimeDelta::hours(24),
            agreements: &[],
        };
        let answer = suggest(&world, question);
        answer.suggestions.into_iter().find(|found| {
            found.workflow.is_some()
                && !found.bases.is_empty()
                && !tried.contains(&found.agency)
                && self.desks.contains_key(&found.agency)
        })
    }

    fn figures(mut self) -> Figures {
        let waiting: Vec<(&Youth, &'static str)> = self
            .youths
            .iter()
            .filter(|youth| youth.waits)
            .map(|youth| {
                (
                    youth,
                    youth
                        .tried
                        .last()
                        .and_then(|last| self.kinds.get(last))
                        .copied()
                        .unwrap_or_default(),
                )
            })
            .collect();
        let late = waiting
            .iter()
            .filter(|(youth, _)| youth.referral.running_clocks().any(|clock| clock.is_overdue(self.end)));
        self.figures.missed += u32::try_from(late.count()).unwrap_or(u32::MAX);
        self.figures.unanswered = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        let span = |of: &dyn Fn(Urgency, &str) -> bool| {
            let answered = self
                .waits
                .iter()
                .filter(|(urgency, kind, _)| of(*urgency, kind))
                .map(|(_, _, wait)| *wait);
            Span::of(
                answered.collect(),
                waiting
                    .iter()
                    .filter(|(youth, kind)| of(youth.referral.urgency, kind))
                    .count(),
            )
        };
        self.figures.waits = span(&|_, _| true);
        for urgency in Urgency::ALL {
            self.figures
                .by_urgency
                .insert(urgency.as_str(), span(&|other, _| other == *urgency));
        }
        let kinds: Vec<&'static str> = self
            .waits
            .iter()
            .map(|(_, kind, _)| *kind)
            .chain(waiting.iter().map(|(_, kind)| *kind))
            .collect();
        for kind in kinds {
            if !self.figures.by_kind.contains_key(kind) {
                let of_kind = span(&|_, other| other == kind);
                self.figures.by_kind.insert(kind, of_kind);
            }
        }
        self.figures
    }
}

impl Desk {
    /// When somebody will have answered what comes now; never, when it does not open within a year.
    fn take(&mut self, at: DateTime<Utc>, first: bool) -> Option<DateTime<Utc>> {
        let next = self.free.iter_mut().min()?;
        let begins = if first { at } else { at.max(*next) };
        let done = self.hours.after_open(self.hours.next_opening(begins)?, self.takes)?;
        if !first {
            *next = done;
        }
        Some(done)
    }
}

/// The basis that fits best, with what it needs.
fn basis(found: &Suggestion, age: Option<u8>) -> LegalBasis {
    let code = found.bases.first().map_or(LegalBasisCode::Consent, |basis| basis.code);
    LegalBasis {
        code,
        reason: "Simulert".to_owned(),
        consent: (code == LegalBasisCode::Consent).then(|| Consent {
            by: ConsentGiver::Youth,
            age: age.unwrap_or(16),
            scope: "Simulert".to_owned(),
            covers: None,
        }),
    }
}
