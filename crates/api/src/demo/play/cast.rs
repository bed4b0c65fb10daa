//! Who takes part in a story: the youth, the agencies, and what one of them tells.

use std::collections::BTreeMap;
use std::sync::Arc;

use stafett_workflow::agency::AgencyId;
use stafett_workflow::calendar::local_date;
use stafett_workflow::command::{Consent, LegalBasis};
use stafett_workflow::content::Content;
use stafett_workflow::definition::Definition;
use stafett_workflow::identifier::{Identifier, IdentifierKind};
use stafett_workflow::person::{Person, Protection, Whereabouts};
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::{AddressProtection, AgencyKind, Urgency};

use super::super::DemoError;
use super::super::dice::Dice;
use super::super::numbers::number_for;
use super::super::scenario::{Delay, Identified, Place, Situation, Story, Whom};
use super::super::world::Agency;
use super::{Player, Rest, hours, stuck};

/// One story with everything chosen that time does not change.
pub(super) struct Cast<'a> {
    pub(super) story: &'a Story,
    pub(super) definition: &'a Arc<Definition>,
    pub(super) sender: &'a Agency,
    pub(super) receiver: &'a Agency,
    pub(super) next: &'a Agency,
    /// Yet another one, where there is one that may receive it.
    pub(super) third: Option<&'a Agency>,
    pub(super) coordinator: Option<AgencyId>,
    pub(super) person: Option<Person>,
    pub(super) content: Content,
    pub(super) basis: LegalBasis,
    pub(super) urgency: Urgency,
    pub(super) reference: Reference,
    /// How long the last step lies back, drawn once; nothing for a story that is over.
    pub(super) rest: Option<Rest>,
    pub(super) dice: Dice,
}

/// Whom it is about, whatever they are in.
#[derive(Clone)]
pub(super) struct Youth<'a> {
    pub(super) place: &'a Place,
    age: u8,
    identifier: Option<Identifier>,
    alias: Option<String>,
    language: Option<String>,
    protection: AddressProtection,
}

impl Youth<'_> {
    /// The same youth as somebody else has registered them: under another name, without a number.
    pub(super) fn registered_anew(&self, aliases: &[String], dice: &mut Dice) -> Self {
        let others: Vec<_> = aliases
            .iter()
            .filter(|alias| Some(*alias) != self.alias.as_ref())
            .collect();
        Self {
            identifier: None,
            alias: dice.pick(&others).map(|alias| (*alias).clone()),
            ..self.clone()
        }
    }
}

impl<'a> Player<'a> {
    /// One that fits and has been played least, so that a small demo shows as many as it can.
    pub(super) fn situation(
        &self,
        story: &'a Story,
        played_in: &mut BTreeMap<&'a str, u32>,
        dice: &mut Dice,
    ) -> Result<&'a Situation, DemoError> {
        let fitting: Vec<_> = self.scenario.fitting(story).collect();
        let times = |situation: &&Situation| played_in.get(situation.id.as_str()).copied().unwrap_or_default();
        let fewest = fitting.iter().map(times).min().unwrap_or_default();
        let fresh: Vec<_> = fitting
            .into_iter()
            .filter(|situation| times(situation) == fewest)
            .collect();
        let situation = *dice
            .pick(&fresh)
            .ok_or_else(|| stuck(&story.name, "no situation fits"))?;
        *played_in.entry(&situation.id).or_default() += 1;
        Ok(situation)
    }

    /// Somebody who may be in all of these.
    pub(super) fn youth(
        &self,
        situations: &[&Situation],
        district: Option<&String>,
        dice: &mut Dice,
    ) -> Option<Youth<'a>> {
        let possible: Vec<_> = self
            .scenario
            .places
            .iter()
            .filter(|place| district.is_none() || place.district.as_ref() == district)
            .collect();
        let place = *dice.weigh(&possible, |place| place.weight)?;
        let (age, identifier) = self.age(situations, dice);
        let people = &self.scenario.people;
        let spoken = situations
            .iter()
            .map(|situation| &situation.languages)
            .find(|spoken| !spoken.is_empty());
        let language = dice.pick(spoken.unwrap_or(&people.languages)).cloned();
        let protection = situations.iter().find_map(|situation| situation.protection);
        Some(Youth {
            place,
            age,
            identifier,
            alias: dice.pick(&people.aliases).cloned(),
            language,
            protection: protection.unwrap_or(AddressProtection::None),
        })
    }

    /// How old they are now, and the number that goes with it for most.
    fn age(&self, situations: &[&Situation], dice: &mut Dice) -> (u8, Option<Identifier>) {
        let ages = situations.iter().map(|situation| situation.ages);
        let (youngest, oldest) = ages.fold((0, u8::MAX), |(low, high), ages| (low.max(ages.0), high.min(ages.1)));
        let years = u64::from(oldest.saturating_sub(youngest)) + 1;
        let age = youngest.saturating_add(u8::try_from(dice.word() % years).unwrap_or_default());
        let Identified { share, d_numbers } = self.scenario.identified;
        let kind = if dice.share() < d_numbers {
            IdentifierKind::DNumber
        } else {
            IdentifierKind::Fnr
        };
        let number = number_for(kind, age, local_date(self.now), dice);
        (age, number.filter(|_| dice.share() < share))
    }

    /// `sender` is who sends it if the situation lets them.
    pub(super) fn cast(
        &self,
        story: &'a Story,
        situation: &Situation,
        youth: &Youth<'a>,
        sender: Option<AgencyId>,
        reference: Reference,
        mut dice: Dice,
    ) -> Result<Cast<'a>, DemoError> {
        let definition = self.library.newest(&story.workflow);
        let definition = definition.ok_or_else(|| stuck(&story.name, "its workflow does not exist"))?;
        let parties = self.parties(story, situation, youth.place, sender, &mut dice)?;
        let [sender, receiver, next] = parties;
        let third = self.third(definition, youth.place, parties, &mut dice);
        let consent = situation.basis.consent.as_ref();
        let basis = LegalBasis {
            code: situation.basis.code,
            reason: situation.basis.reason.clone(),
            consent: consent.map(|given| Consent {
                by: given.by,
                age: youth.age,
                scope: given.scope.clone(),
                covers: None,
            }),
        };
        let content = Content {
            needs: situation.needs.clone(),
            summary: Some(situation.summary.trim().to_owned()),
            informed: Some(situation.informed.clone()),
        };
        let person = (!situation.anonymous).then(|| person(situation, youth));
        let coordinator = self.coordinator(person.as_ref(), sender);
        let rest = story.rest.map(|rest| match rest {
            Delay::Share(low, high) => Rest::Share(dice.between(low, high)),
            Delay::Hours(low, high) => Rest::Span(hours(dice.between(low, high))),
        });
        Ok(Cast {
            story,
            definition,
            sender,
            receiver,
            next,
            third,
            coordinator,
            person,
            content,
            basis,
            urgency: situation.urgency,
            reference,
            rest,
            dice,
        })
    }

    /// Who sends, who receives, and who does next: three different agencies.
    fn parties(
        &self,
        story: &Story,
        situation: &Situation,
        place: &Place,
        wanted: Option<AgencyId>,
        dice: &mut Dice,
    ) -> Result<[&'a Agency; 3], DemoError> {
        let usual = situation.senders.first();
        let often = |sender: &Whom| if Some(sender) == usual { 3 } else { 1 };
        let sends = |sender: &&Whom| {
            let meant = self.world.agencies.iter().filter(|agency| sender.means(agency, place));
            wanted.is_some() && meant.map(|agency| agency.facts.id).any(|id| Some(id) == wanted)
        };
        let by_chance = dice.weigh(&situation.senders, often);
        let sender = situation.senders.iter().find(sends).or(by_chance);
        let sender = sender.ok_or_else(|| stuck(&story.name, "nobody sends it"))?;
        let (receiver, next) = match situation.receiver.misdirected().filter(|_| story.misdirected) {
            Some(elsewhere) => (elsewhere, &situation.receiver),
            None => (situation.receiver.clone(), &situation.next),
        };
        let mut taken: Vec<AgencyId> = Vec::new();
        let mut choose = |whom: &Whom| {
            let meant = self.world.agencies.iter().filter(|agency| whom.means(agency, place));
            let free: Vec<_> = meant.filter(|agency| !taken.contains(&agency.facts.id)).collect();
            let wanted = free
                .iter()
                .find(|agency| taken.is_empty() && Some(agency.facts.id) == wanted);
            let chosen = wanted.copied().or_else(|| dice.pick(&free).copied());
            let chosen = chosen.ok_or_else(|| stuck(&story.name, &format!("{whom:?} is nobody")))?;
            taken.push(chosen.facts.id);
            Ok::<_, DemoError>(chosen)
        };
        Ok([choose(sender)?, choose(&receiver)?, choose(next)?])
    }

    /// A district or municipality that has nothing to do with it, if the workflow lets it receive.
    fn third(
        &self,
        definition: &Definition,
        place: &Place,
        parties: [&Agency; 3],
        dice: &mut Dice,
    ) -> Option<&'a Agency> {
        let others: Vec<_> = self
            .world
            .agencies
            .iter()
            .filter(|agency| Whom::Elsewhere.means(agency, place) && definition.receivers.contains(&agency.facts.kind))
            .filter(|agency| parties.iter().all(|party| party.facts.id != agency.facts.id))
            .collect();
        dice.pick(&others).copied()
    }

    /// The municipality where the youth is staying, else the sender's: as the server finds it.
    fn coordinator(&self, person: Option<&Person>, sender: &Agency) -> Option<AgencyId> {
        let staying = person.and_then(|person| person.whereabouts.as_ref());
        let staying = staying.map(|place| &place.municipality);
        [staying, sender.municipality.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|municipality| {
                let mut agencies = self.world.agencies.iter();
                agencies.find(|agency| {
                    agency.facts.kind == AgencyKind::Municipality && agency.municipality.as_ref() == Some(municipality)
                })
            })
            .map(|agency| agency.facts.id)
    }
}

/// The youth as somebody tells of them who has seen them in this.
fn person(situation: &Situation, youth: &Youth<'_>) -> Person {
    let person = Person {
        alias: youth.alias.clone(),
        name: None,
        estimated_age: Some(youth.age),
        identifier: youth.identifier.clone(),
        whereabouts: Some(Whereabouts {
            municipality: youth.place.municipality.clone(),
            district: youth.place.district.clone(),
        }),
        residence_status: None,
        flags: situation.flags.clone(),
        interpreter: youth.language.as_deref().is_some_and(|language| language != "nb"),
        language: youth.language.clone(),
        address_protection: Protection(youth.protection),
    };
    person.without_protected_address()
}
