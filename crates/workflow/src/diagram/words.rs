//! The words of the pictures that no definition says itself.

use crate::definition::{ClockRule, Definition, Holder};
use crate::vocabulary::{HandoffState, Language};

/// The band in which a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Band {
    /// Written, and shown to nobody.
    Written,
    /// Sent, and not taken.
    Waiting,
    /// Taken by the receiver.
    Taken,
}

impl Band {
    pub(super) const ALL: [Self; 3] = [Self::Written, Self::Waiting, Self::Taken];

    /// The band of a step; none when the hand-off is over there.
    pub(super) const fn of(core: HandoffState) -> Option<Self> {
        match core {
            HandoffState::Draft => Some(Self::Written),
            HandoffState::Sent | HandoffState::Acknowledged | HandoffState::InfoRequested => Some(Self::Waiting),
            HandoffState::Accepted | HandoffState::InProgress | HandoffState::OnHold => Some(Self::Taken),
            HandoffState::Declined
            | HandoffState::ReturnedWithAdvice
            | HandoffState::Forwarded
            | HandoffState::Withdrawn
            | HandoffState::EndedEarly
            | HandoffState::Completed
            | HandoffState::EnteredInError => None,
        }
    }

    pub(super) const fn title(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Written, Language::Nb) => "Skrives",
            (Self::Written, Language::En) => "Being written",
            (Self::Waiting, Language::Nb) => "Venter på svar",
            (Self::Waiting, Language::En) => "Waiting for an answer",
            (Self::Taken, Language::Nb) => "Mottaker har tatt den",
            (Self::Taken, Language::En) => "The receiver has taken it",
        }
    }
}

/// Who has the baton, as a line of text beside the colour.
pub(super) const fn holder(holder: Holder, core: HandoffState, language: Language) -> &'static str {
    if matches!(core, HandoffState::Completed | HandoffState::EnteredInError) {
        return match language {
            Language::Nb => "Slutt",
            Language::En => "The end",
        };
    }
    match (holder, language) {
        (Holder::Sender, Language::Nb) => "Pinnen: avsender",
        (Holder::Sender, Language::En) => "Baton: sender",
        (Holder::Receiver, Language::Nb) => "Pinnen: mottaker",
        (Holder::Receiver, Language::En) => "Baton: receiver",
        (Holder::Originator, Language::Nb) => "Pinnen: den som skrev den",
        (Holder::Originator, Language::En) => "Baton: whoever wrote it",
    }
}

/// A limit with how long it is: once when it is the same for each urgency, else for emergency, urgent and routine.
pub(super) fn clock(clock: &ClockRule, language: Language) -> String {
    let title = clock.title.in_language(language);
    let long = match (&clock.limit, language) {
        (None, Language::Nb) => "når det er avtalt".to_owned(),
        (None, Language::En) => "where agreed".to_owned(),
        (Some(limit), _) => {
            let mut each = [limit.emergency, limit.urgent, limit.routine]
                .map(|limit| limit.text(language))
                .to_vec();
            each.dedup();
            each.join(" / ")
        }
    };
    match &clock.legal_ref {
        Some(legal_ref) => format!("{title}: {long} ({legal_ref})"),
        None => format!("{title}: {long}"),
    }
}

/// What the picture is called.
pub(super) fn title(definition: &Definition, language: Language) -> String {
    let (name, version) = (definition.title.in_language(language), definition.key.version);
    match language {
        Language::Nb => format!("{name}, versjon {version}: hvem som har stafettpinnen i hvert steg"),
        Language::En => format!("{name}, version {version}: who has the baton in each step"),
    }
}

/// Where one comes to by resuming.
pub(super) const fn where_it_was(language: Language) -> &'static str {
    match language {
        Language::Nb => "der den var",
        Language::En => "where it was",
    }
}

/// What follows where a hand-off is over.
pub(super) const fn afterwards(language: Language) -> &'static str {
    match language {
        Language::Nb => "Når en overlevering er over",
        Language::En => "When a hand-off is over",
    }
}

/// What a limit with three lengths means.
pub(super) const fn urgencies(language: Language) -> &'static str {
    match language {
        Language::Nb => "Frister med tre lengder gjelder akutt / haster / ordinær.",
        Language::En => "Limits with three lengths are for emergency / urgent / routine.",
    }
}
