//! What changes for whom from one version of a definition to another, in words.
//!
//! A lead who must say yes to a new version reads this, not the file: who will hold the baton where, who gets more or less
//! time, who may do what, what must be said, and who hears of it.

mod words;

use super::{
    Addressee, ClockRule, Definition, Holder, InputRule, LimitByUrgency, OthersSee, Party, Required, Transition,
};
use crate::vocabulary::{Action, Code, Escalation, Language, Role, Text, Urgency};
use words::{addressee, ages, capital, changed, demand, lengths, party, who};

/// Whom a change concerns most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concerns {
    /// Whoever can take part at all.
    Everybody,
    /// Whoever sends.
    Sender,
    /// Whoever receives.
    Receiver,
    /// The municipality that decides.
    Coordinator,
}

/// One thing that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// For whom.
    pub concerns: Concerns,
    /// What, as a sentence.
    pub text: Text,
}

impl Concerns {
    /// As it is written for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Sender => "sender",
            Self::Receiver => "receiver",
            Self::Coordinator => "coordinator",
        }
    }

    /// As a heading.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Everybody, Language::Nb) => "For alle",
            (Self::Everybody, Language::En) => "For everybody",
            (Self::Sender, Language::Nb) => "For avsender",
            (Self::Sender, Language::En) => "For the sender",
            (Self::Receiver, Language::Nb) => "For mottaker",
            (Self::Receiver, Language::En) => "For the receiver",
            (Self::Coordinator, Language::Nb) => "For kommunen som avgjør",
            (Self::Coordinator, Language::En) => "For the municipality that decides",
        }
    }

    const fn of(party: Party) -> Self {
        match party {
            Party::Sender => Self::Sender,
            Party::Receiver => Self::Receiver,
            Party::Custodian | Party::Either | Party::Earlier => Self::Everybody,
            Party::Coordinator => Self::Coordinator,
        }
    }

    const fn of_holder(holder: Holder) -> Self {
        match holder {
            Holder::Sender | Holder::Originator => Self::Sender,
            Holder::Receiver => Self::Receiver,
        }
    }

    const fn of_addressee(to: Addressee) -> Self {
        match to {
            Addressee::Sender | Addressee::Originator => Self::Sender,
            Addressee::Receiver | Addressee::NextReceiver => Self::Receiver,
            Addressee::Coordinator => Self::Coordinator,
        }
    }

    const fn of_link(link: Escalation) -> Self {
        match link {
            Escalation::ReceiverUnit | Escalation::ReceiverLead => Self::Receiver,
            Escalation::SenderUnit | Escalation::SenderLead => Self::Sender,
            Escalation::HolderUnit | Escalation::HolderLead => Self::Everybody,
            Escalation::Coordinator => Self::Coordinator,
        }
    }
}

/// What changes from one definition to another, by whom it concerns; nothing when they mean the same.
///
/// ```
/// let library = stafett_workflow::definition::builtin().unwrap();
/// let today = library.newest("notification").unwrap();
/// assert!(stafett_workflow::definition::diff(today, today).is_empty());
/// ```
#[must_use]
pub fn diff(before: &Definition, after: &Definition) -> Vec<Change> {
    let mut changes = Changes {
        before,
        after,
        all: Vec::new(),
    };
    changes.whole();
    changes.states();
    changes.transitions();
    changes.clocks();
    changes.rest();
    changes.all.sort_by_key(|change| change.concerns);
    changes.all
}

struct Changes<'d> {
    before: &'d Definition,
    after: &'d Definition,
    all: Vec<Change>,
}

impl Changes<'_> {
    fn add(&mut self, concerns: Concerns, nb: impl Into<String>, en: impl Into<String>) {
        let text = Text::new(nb, en);
        let change = Change { concerns, text };
        if !self.all.contains(&change) {
            self.all.push(change);
        }
    }

    fn whole(&mut self) {
        let (before, after) = (self.before, self.after);
        if before.title != after.title {
            self.add(
                Concerns::Everybody,
                format!("Den heter «{}» og ikke lenger «{}».", after.title.nb, before.title.nb),
                format!("It is called “{}” and no longer “{}”.", after.title.en, before.title.en),
            );
        }
        if before.summary != after.summary {
            self.add(
                Concerns::Everybody,
                format!("Den forklares slik: {}", after.summary.nb),
                format!("It is explained so: {}", after.summary.en),
            );
        }
        self.list(
            Concerns::Sender,
            &before.senders,
            &after.senders,
            ("kan sende", "can send"),
            ("kan ikke lenger sende", "can no longer send"),
        );
        self.list(
            Concerns::Receiver,
            &before.receivers,
            &after.receivers,
            ("kan motta", "can receive"),
            ("kan ikke lenger motta", "can no longer receive"),
        );
        self.list(
            Concerns::Sender,
            &before.legal_bases,
            &after.legal_bases,
            ("kan være rettsgrunnlaget", "can be the legal basis"),
            (
                "kan ikke lenger være rettsgrunnlaget",
                "can no longer be the legal basis",
            ),
        );
        if before.eligibility != after.eligibility {
            let (nb, en) = (ages(after, Language::Nb), ages(after, Language::En));
            self.add(
                Concerns::Sender,
                format!("Hvem den er for, er endret: {nb}."),
                format!("For whom it is has changed: {en}."),
            );
        }
        if before.others_see != after.others_see {
            let (nb, en) = match after.others_see {
                OthersSee::Custody => (
                    "ser nå behov, status, hvem som har stafettpinnen, og fristen",
                    "now see need, state, who has the baton, and the limit",
                ),
                OthersSee::Nothing => ("får ikke lenger vite at den finnes", "no longer learn that it exists"),
            };
            self.add(
                Concerns::Everybody,
                format!("Andre som deltar i samme sak, {nb}."),
                format!("Others who take part in the same case {en}."),
            );
        }
    }

    fn list<C: Code + PartialEq>(
        &mut self,
        concerns: Concerns,
        before: &[C],
        after: &[C],
        gained: (&str, &str),
        lost: (&str, &str),
    ) {
        for (list, other, (nb, en)) in [(after, before, gained), (before, after, lost)] {
            let changed: Vec<&C> = list.iter().filter(|code| !other.contains(code)).collect();
            if changed.is_empty() {
                continue;
            }
            let words = |language| {
                changed
                    .iter()
                    .map(|code| code.title(language))
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            self.add(
                concerns,
                capital(&format!("{} {nb}.", words(Language::Nb))),
                capital(&format!("{} {en}.", words(Language::En))),
            );
        }
    }

    /// What is written otherwise and was not told yet, such as the same action written twice.
    fn rest(&mut self) {
        let (before, after) = (self.before, self.after);
        let same =
            before.states == after.states && before.transitions == after.transitions && before.clocks == after.clocks;
        if self.all.is_empty() && !same {
            self.add(
                Concerns::Everybody,
                "Noe er skrevet i en annen rekkefølge eller flere ganger. Les filen.",
                "Something is written in another order or more than once. Read the file.",
            );
        }
    }

    fn states(&mut self) {
        let (before, after) = (self.before, self.after);
        if let (Some(old), Some(new)) = (before.states.first(), after.states.first())
            && old.id != new.id
        {
            self.add(
                Concerns::Sender,
                format!("En ny begynner i «{}», ikke lenger i «{}».", new.title.nb, old.title.nb),
                format!(
                    "A new one begins in “{}”, no longer in “{}”.",
                    new.title.en, old.title.en
                ),
            );
        }
        for state in &after.states {
            let Text { nb, en } = &state.title;
            let (nb_who, en_who) = who(state.holder);
            match before.state(&state.id) {
                None => self.add(
                    Concerns::of_holder(state.holder),
                    format!("Et nytt steg «{nb}», der {nb_who} har stafettpinnen."),
                    format!("A new step “{en}”, in which {en_who} has the baton."),
                ),
                Some(old) => {
                    if old.holder != state.holder {
                        let (nb_old, en_old) = who(old.holder);
                        self.add(
                            Concerns::Everybody,
                            format!("I «{nb}» har {nb_who} stafettpinnen, ikke lenger {nb_old}."),
                            format!("In “{en}” {en_who} has the baton, no longer {en_old}."),
                        );
                    }
                    if old.core != state.core {
                        self.add(
                            Concerns::Everybody,
                            format!(
                                "«{nb}» regnes som {}, ikke lenger som {}.",
                                state.core.title(Language::Nb),
                                old.core.title(Language::Nb)
                            ),
                            format!(
                                "“{en}” counts as {}, no longer as {}.",
                                state.core.title(Language::En),
                                old.core.title(Language::En)
                            ),
                        );
                    }
                    if old.title != state.title {
                        self.add(
                            Concerns::Everybody,
                            format!("Steget «{}» heter nå «{nb}».", old.title.nb),
                            format!("The step “{}” is now called “{en}”.", old.title.en),
                        );
                    }
                }
            }
        }
        for state in before.states.iter().filter(|state| after.state(&state.id).is_none()) {
            self.add(
                Concerns::of_holder(state.holder),
                format!("Steget «{}» finnes ikke lenger.", state.title.nb),
                format!("The step “{}” no longer exists.", state.title.en),
            );
        }
    }

    /// Transitions are matched by action and by where they can be taken.
    fn transitions(&mut self) {
        let (before, after) = (self.before, self.after);
        let mut actions: Vec<Action> = Vec::new();
        for transition in before.transitions.iter().chain(&after.transitions) {
            if !actions.contains(&transition.action) {
                actions.push(transition.action);
            }
        }
        for action in actions {
            let states = before.states.iter().chain(&after.states).map(|state| state.id.as_str());
            let (mut gained, mut lost): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
            let mut pairs: Vec<(&Transition, &Transition)> = Vec::new();
            for id in states {
                match (before.transition(action, id), after.transition(action, id)) {
                    (None, Some(_)) if !gained.contains(&id) => gained.push(id),
                    (Some(_), None) if !lost.contains(&id) => lost.push(id),
                    (Some(old), Some(new)) if !pairs.contains(&(old, new)) => pairs.push((old, new)),
                    _ => {}
                }
            }
            let title = (action.title(Language::Nb), action.title(Language::En));
            // A step that is new or gone is told by itself; what is told here is what changes in the others.
            let party = after
                .any_transition(action)
                .or_else(|| before.any_transition(action))
                .map(|one| one.party);
            let concerns = party.map_or(Concerns::Everybody, Concerns::of);
            self.where_it_can_be_done(concerns, title, &gained, true);
            self.where_it_can_be_done(concerns, title, &lost, false);
            for (old, new) in pairs {
                self.transition(title, old, new);
            }
        }
    }

    fn where_it_can_be_done(&mut self, concerns: Concerns, (nb, en): (&str, &str), ids: &[&str], gained: bool) {
        if ids.is_empty() {
            return;
        }
        let definition = if gained { self.after } else { self.before };
        let titles = |language| {
            let titles = ids
                .iter()
                .filter_map(|id| definition.state(id))
                .map(|state| state.title.in_language(language).to_owned());
            titles.collect::<Vec<_>>().join(", ")
        };
        let (nb_where, en_where) = (titles(Language::Nb), titles(Language::En));
        if gained {
            self.add(
                concerns,
                format!("«{nb}» kan gjøres i: {nb_where}."),
                format!("“{en}” can be done in: {en_where}."),
            );
        } else {
            self.add(
                concerns,
                format!("«{nb}» kan ikke lenger gjøres i: {nb_where}."),
                format!("“{en}” can no longer be done in: {en_where}."),
            );
        }
    }

    fn transition(&mut self, (nb, en): (&str, &str), old: &Transition, new: &Transition) {
        let concerns = Concerns::of(new.party);
        if old.to != new.to || old.resumes != new.resumes || old.opens != new.opens {
            let target = |definition: &Definition, one: &Transition, language| {
                let id = one.to.as_ref().or(one.opens.as_ref());
                let title = id
                    .and_then(|id| definition.state(id))
                    .map(|state| state.title.in_language(language).to_owned());
                title.map(|title| format!("«{title}»"))
            };
            let place = |language| {
                let nowhere = match language {
                    Language::Nb => "dit den var",
                    Language::En => "back to where it was",
                };
                target(self.after, new, language).unwrap_or_else(|| nowhere.to_owned())
            };
            let (nb_to, en_to) = (
                place(Language::Nb),
                place(Language::En).replace('«', "“").replace('»', "”"),
            );
            self.add(
                concerns,
                format!("«{nb}» fører nå til {nb_to}."),
                format!("“{en}” now leads to {en_to}."),
            );
        }
        if old.party != new.party {
            let (nb_who, en_who) = party(new.party);
            self.add(
                Concerns::Everybody,
                format!("«{nb}» gjøres nå av {nb_who}."),
                format!("“{en}” is now done by {en_who}."),
            );
        }
        let (gained, lost) = changed(&old.roles, &new.roles);
        for (roles, nb_may, en_may) in [(gained, "kan", "may"), (lost, "kan ikke lenger", "may no longer")] {
            if !roles.is_empty() {
                let words = |language| {
                    roles
                        .iter()
                        .map(|role: &Role| role.title(language))
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                self.add(
                    concerns,
                    capital(&format!("{} {nb_may} velge «{nb}».", words(Language::Nb))),
                    capital(&format!("{} {en_may} choose “{en}”.", words(Language::En))),
                );
            }
        }
        if old.undo != new.undo {
            let (nb_undo, en_undo) = if new.undo {
                ("kan angres", "can be undone")
            } else {
                ("kan ikke lenger angres", "can no longer be undone")
            };
            self.add(concerns, format!("«{nb}» {nb_undo}."), format!("“{en}” {en_undo}."));
        }
        self.input(concerns, (nb, en), &old.input, &new.input);
        let (gained, lost) = changed(&old.guards, &new.guards);
        for (guards, nb_now, en_now) in [
            (gained, "krever nå at", "now demands that"),
            (lost, "krever ikke lenger at", "no longer demands that"),
        ] {
            for guard in guards {
                let (nb_what, en_what) = demand(guard);
                self.add(
                    concerns,
                    format!("«{nb}» {nb_now} {nb_what}."),
                    format!("“{en}” {en_now} {en_what}."),
                );
            }
        }
        for rule in &new.notices {
            let (nb_who, en_who) = addressee(rule.to);
            if old
                .notices
                .iter()
                .any(|other| other.to == rule.to && other.notice != rule.notice)
            {
                let (nb_told, en_told) = (rule.notice.title(Language::Nb), rule.notice.title(Language::En));
                self.add(
                    Concerns::of_addressee(rule.to),
                    format!("Ved «{nb}» får {nb_who} nå beskjeden «{nb_told}»."),
                    format!("At “{en}” {en_who} is now told “{en_told}”."),
                );
            }
            if !old.notices.iter().any(|other| other.to == rule.to) {
                self.add(
                    Concerns::of_addressee(rule.to),
                    format!("Ved «{nb}» får {nb_who} beskjed."),
                    format!("At “{en}” {en_who} is told."),
                );
            }
        }
        for rule in old
            .notices
            .iter()
            .filter(|rule| !new.notices.iter().any(|other| other.to == rule.to))
        {
            let (nb_who, en_who) = addressee(rule.to);
            self.add(
                Concerns::of_addressee(rule.to),
                format!("Ved «{nb}» får {nb_who} ikke lenger beskjed."),
                format!("At “{en}” {en_who} is no longer told."),
            );
        }
    }

    fn input(&mut self, concerns: Concerns, (nb, en): (&str, &str), old: &[InputRule], new: &[InputRule]) {
        for rule in new {
            let before = old
                .iter()
                .find(|other| other.field.name == rule.field.name)
                .map(|other| other.required);
            if before == Some(rule.required) {
                continue;
            }
            let Text {
                nb: nb_field,
                en: en_field,
            } = &rule.field.title;
            let (nb_must, en_must) = match rule.required {
                Required::Always => ("må man oppgi", "one must give"),
                Required::WhenOther => ("må man ved «annet» oppgi", "one must, for “other”, give"),
                Required::No => ("kan man oppgi", "one may give"),
            };
            self.add(
                concerns,
                format!("Ved «{nb}» {nb_must}: {nb_field}."),
                format!("At “{en}” {en_must}: {en_field}."),
            );
        }
        for rule in old
            .iter()
            .filter(|rule| !new.iter().any(|other| other.field.name == rule.field.name))
        {
            let Text {
                nb: nb_field,
                en: en_field,
            } = &rule.field.title;
            self.add(
                concerns,
                format!("Ved «{nb}» spørres det ikke lenger om: {nb_field}."),
                format!("At “{en}” it is no longer asked: {en_field}."),
            );
        }
    }

    fn clocks(&mut self) {
        let (before, after) = (self.before, self.after);
        for clock in &after.clocks {
            let Text { nb, en } = &clock.title;
            let concerns = clock
                .escalation
                .first()
                .map_or(Concerns::Everybody, |first| Concerns::of_link(*first));
            match before.clock(&clock.id) {
                None => {
                    let (nb_long, en_long) = (lengths(clock, Language::Nb), lengths(clock, Language::En));
                    self.add(
                        concerns,
                        format!("En ny frist «{nb}»: {nb_long}."),
                        format!("A new limit “{en}”: {en_long}."),
                    );
                }
                Some(old) => self.clock(concerns, old, clock),
            }
        }
        for clock in before.clocks.iter().filter(|clock| after.clock(&clock.id).is_none()) {
            let concerns = clock
                .escalation
                .first()
                .map_or(Concerns::Everybody, |first| Concerns::of_link(*first));
            self.add(
                concerns,
                format!("Fristen «{}» finnes ikke lenger.", clock.title.nb),
                format!("The limit “{}” no longer exists.", clock.title.en),
            );
        }
    }

    fn clock(&mut self, concerns: Concerns, old: &ClockRule, new: &ClockRule) {
        let Text { nb, en } = &new.title;
        if old.title != new.title {
            self.add(
                concerns,
                format!("Fristen «{}» heter nå «{nb}».", old.title.nb),
                format!("The limit “{}” is now called “{en}”.", old.title.en),
            );
        }
        if old.limit != new.limit || old.agreed != new.agreed {
            for urgency in Urgency::ALL {
                let long =
                    |clock: &ClockRule, language| clock.limit.as_ref().map(|limit| limit.of(*urgency).text(language));
                let none = |language| match language {
                    Language::Nb => "bare når det er avtalt".to_owned(),
                    Language::En => "only where agreed".to_owned(),
                };
                let of = |clock, language| long(clock, language).unwrap_or_else(|| none(language));
                if of(old, Language::En) != of(new, Language::En) {
                    self.add(
                        concerns,
                        format!(
                            "Fristen «{nb}» er {} når det er {}, mot før {}.",
                            of(new, Language::Nb),
                            urgency.title(Language::Nb),
                            of(old, Language::Nb)
                        ),
                        format!(
                            "The limit “{en}” is {} when it is {}, before it was {}.",
                            of(new, Language::En),
                            urgency.title(Language::En),
                            of(old, Language::En)
                        ),
                    );
                }
            }
            if old.agreed != new.agreed {
                let (nb_can, en_can) = if new.agreed.is_some() {
                    ("kan avtales", "can be agreed on")
                } else {
                    ("kan ikke lenger avtales", "can no longer be agreed on")
                };
                self.add(
                    concerns,
                    format!("Fristen «{nb}» {nb_can}."),
                    format!("The limit “{en}” {en_can}."),
                );
            }
        }
        let title = |definition: &Definition, id: &String, language| {
            definition
                .state(id)
                .map_or_else(|| id.clone(), |state| state.title.in_language(language).to_owned())
        };
        for (these, those, definition, nb_runs, en_runs) in [
            (&new.runs_in, &old.runs_in, self.after, "løper nå i", "now runs in"),
            (
                &old.runs_in,
                &new.runs_in,
                self.before,
                "løper ikke lenger i",
                "no longer runs in",
            ),
            (
                &new.pauses_in,
                &old.pauses_in,
                self.after,
                "står nå stille i",
                "now stands still in",
            ),
            (
                &old.pauses_in,
                &new.pauses_in,
                self.before,
                "står ikke lenger stille i",
                "no longer stands still in",
            ),
        ] {
            let changed: Vec<&String> = these.iter().filter(|id| !those.contains(id)).collect();
            if !changed.is_empty() {
                let titles = |language| {
                    changed
                        .iter()
                        .map(|id| title(definition, id, language))
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                self.add(
                    concerns,
                    format!("Fristen «{nb}» {nb_runs}: {}.", titles(Language::Nb)),
                    format!("The limit “{en}” {en_runs}: {}.", titles(Language::En)),
                );
            }
        }
        if old.escalation != new.escalation
            || old.escalate_every != new.escalate_every
            || old.remind_every != new.remind_every
        {
            let chain = |language| {
                let links = new.escalation.iter().map(|link| link.title(language));
                links.collect::<Vec<_>>().join(", ")
            };
            let every = |limits: &LimitByUrgency, language| {
                Urgency::ALL
                    .iter()
                    .map(|urgency| limits.of(*urgency).text(language))
                    .collect::<Vec<_>>()
                    .join(" / ")
            };
            self.add(
                Concerns::Everybody,
                format!("Når fristen «{nb}» er brutt, varsles etter tur: {}; med {} imellom, og så purring hver {}.", chain(Language::Nb), every(&new.escalate_every, Language::Nb), every(&new.remind_every, Language::Nb)),
                format!("When the limit “{en}” is missed, these are told in turn: {}; with {} between, and then a reminder every {}.", chain(Language::En), every(&new.escalate_every, Language::En), every(&new.remind_every, Language::En)),
            );
        }
        if old.warn_percent != new.warn_percent {
            self.add(
                concerns,
                format!(
                    "Fristen «{nb}» varsler etter {} % av tiden, mot før {} %.",
                    new.warn_percent, old.warn_percent
                ),
                format!(
                    "The limit “{en}” warns after {} % of its time, before it was {} %.",
                    new.warn_percent, old.warn_percent
                ),
            );
        }
        let of_the_law = |clock: &ClockRule, nobody: &str| clock.legal_ref.clone().unwrap_or_else(|| nobody.to_owned());
        if old.legal_ref != new.legal_ref {
            self.add(
                concerns,
                format!(
                    "Fristen «{nb}» bygger på {}, mot før {}.",
                    of_the_law(new, "ingen lov"),
                    of_the_law(old, "ingen lov")
                ),
                format!(
                    "The limit “{en}” rests on {}, before on {}.",
                    of_the_law(new, "no law"),
                    of_the_law(old, "no law")
                ),
            );
        }
        if old.validity != new.validity
            || old.counts_from != new.counts_from
            || old.met_by != new.met_by
            || old.while_disputed != new.while_disputed
        {
            self.add(
                concerns,
                format!("Når fristen «{nb}» begynner, hvor lenge den gjelder, eller hva som oppfyller den, er endret."),
                format!("When the limit “{en}” begins, how long it counts, or what meets it has changed."),
            );
        }
    }
}
