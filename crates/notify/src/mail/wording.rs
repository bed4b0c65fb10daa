//! What each notice says, in Norwegian (bokmål) and English.
//!
//! Whoever reads it has five seconds: what has happened, then what to do now. No wording names the sender, the need or
//! the service, for a mail may be read by more people than the referral may.

mod en;
mod nb;

use stafett_workflow::definition::Escalation;
use stafett_workflow::vocabulary::{Language, Notice};

/// Whose deadline a mail tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The recipient's own: it stands in the subject too.
    Ours,
    /// The other party's: good to know.
    Theirs,
    /// One that draws near: what is not done by then counts as late.
    Near,
    /// One that has passed.
    Missed,
    /// None: nothing is left to wait for, or nobody waits.
    Untold,
}

/// The words of one notice in one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    /// For the subject: what has happened, in a few words.
    pub(crate) subject: &'static str,
    /// What has happened, in a sentence.
    pub(crate) happened: &'static str,
    /// What to do now, or that there is nothing to do.
    pub(crate) todo: &'static str,
    /// Whether there is something to do.
    pub(crate) asks: bool,
}

/// What is the same in every mail of one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Labels {
    pub(crate) todo: &'static str,
    pub(crate) urgency: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) open: &'static str,
    pub(crate) open_case: &'static str,
    pub(crate) open_setup: &'static str,
    pub(crate) open_overdue: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) to: &'static str,
    pub(crate) no_reply: &'static str,
    pub(crate) emergency: &'static str,
}

/// Whose deadline this notice tells.
pub(crate) const fn limit(notice: Notice) -> Limit {
    match notice {
        Notice::NewReferral
        | Notice::ForwardedToYou
        | Notice::InformationRequested
        | Notice::InformationGiven
        | Notice::Declined
        | Notice::ReturnedWithAdvice
        | Notice::EndedEarly
        | Notice::BatonReturned
        | Notice::Assigned
        | Notice::ReturnRequested
        | Notice::ReturnRefused
        | Notice::Allocated => Limit::Ours,
        Notice::Warning => Limit::Near,
        Notice::Acknowledged | Notice::Forwarded | Notice::Undelivered => Limit::Theirs,
        Notice::Breach | Notice::Reminder => Limit::Missed,
        Notice::Accepted
        | Notice::Withdrawn
        | Notice::Started
        | Notice::Completed
        | Notice::OnHold
        | Notice::Resumed
        | Notice::Feedback
        | Notice::Dismissed
        | Notice::Concluded
        | Notice::ReturnAccepted
        | Notice::Found
        | Notice::WithdrawalRequested
        | Notice::TakeoverRequested
        | Notice::Disputed
        | Notice::EnteredInError
        | Notice::Reopened
        | Notice::Undone
        | Notice::ConsentWithdrawn
        | Notice::Message
        | Notice::CoordinatorProposed
        | Notice::CoordinationAccepted
        | Notice::CoordinationDeclined
        | Notice::CaseReferralAdded
        | Notice::CaseClosed
        | Notice::CaseMerged
        | Notice::CaseSplit
        | Notice::PersonRectified
        | Notice::WebhookDisabled
        | Notice::AgreementProposed
        | Notice::AgreementApproved
        | Notice::AgreementRejected
        | Notice::AgreementWithdrawn
        | Notice::AgreementEnded
        | Notice::MailboxTest
        | Notice::GlassAsked
        | Notice::GlassBroken
        | Notice::GlassUnreviewed
        | Notice::Revoked => Limit::Untold,
    }
}

/// The words of a notice.
pub(crate) const fn words(notice: Notice, language: Language) -> Words {
    match language {
        Language::Nb => nb::words(notice),
        Language::En => en::words(notice),
    }
}

/// The labels of a language.
pub(crate) const fn labels(language: Language) -> Labels {
    match language {
        Language::Nb => Labels {
            todo: "Gjør nå",
            urgency: "Hastegrad",
            reference: "Referanse",
            open: "Åpne formidlingen",
            open_case: "Åpne saken",
            open_setup: "Åpne oppsettet",
            open_overdue: "Åpne oversikten over frister",
            sign_in: "Du må logge inn. Av hensyn til personvernet står innholdet bare i Stafett.",
            to: "Sendt av Stafett til",
            no_reply: "Svar på denne e-posten blir ikke lest; svar i Stafett.",
            emergency: "AKUTT",
        },
        Language::En => Labels {
            todo: "Do now",
            urgency: "Urgency",
            reference: "Reference",
            open: "Open the referral",
            open_case: "Open the case",
            open_setup: "Open the set-up",
            open_overdue: "Open the list of deadlines",
            sign_in: "You need to sign in. To protect privacy, the content is in Stafett only.",
            to: "Sent by Stafett to",
            no_reply: "Replies to this e-mail are not read; answer in Stafett.",
            emergency: "EMERGENCY",
        },
    }
}

/// What stands before the deadline: in the text, and in the subject if it belongs there.
pub(crate) const fn limit_labels(limit: Limit, language: Language) -> Option<(&'static str, Option<&'static str>)> {
    match (limit, language) {
        (Limit::Ours, Language::Nb) => Some(("Frist", Some("frist"))),
        (Limit::Ours, Language::En) => Some(("Deadline", Some("due"))),
        (Limit::Theirs, Language::Nb) => Some(("Mottakerens frist", None)),
        (Limit::Theirs, Language::En) => Some(("The receiver's deadline", None)),
        (Limit::Near, Language::Nb) => Some(("Regnes som for sent fra", Some("frist"))),
        (Limit::Near, Language::En) => Some(("Counts as late from", Some("due"))),
        (Limit::Missed, Language::Nb) => Some(("Fristen var", Some("fristen var"))),
        (Limit::Missed, Language::En) => Some(("The deadline was", Some("was due"))),
        (Limit::Untold, _) => None,
    }
}

/// What a link of a chain can do about a limit that has passed, where that is another thing than for whoever must take the next step.
pub(crate) const fn todo_of(notice: Notice, link: Escalation, language: Language) -> Option<&'static str> {
    if !matches!(limit(notice), Limit::Missed) {
        return None;
    }
    match (link, language) {
        (Escalation::ReceiverUnit | Escalation::HolderUnit, _) => None,
        (Escalation::ReceiverLead | Escalation::HolderLead, Language::Nb) => Some(
            "Sørg for at noen hos dere tar neste steg nå. Åpne formidlingen for å se hva som mangler og hvem som har den.",
        ),
        (Escalation::ReceiverLead | Escalation::HolderLead, Language::En) => Some(
            "See to it that somebody in your unit takes the next step now. Open the referral to see what is left to do and who has it.",
        ),
        (Escalation::SenderUnit | Escalation::SenderLead, Language::Nb) => {
            Some("Åpne formidlingen, se hva som mangler, og ring den enheten det venter på.")
        }
        (Escalation::SenderUnit | Escalation::SenderLead, Language::En) => {
            Some("Open the referral, see what is left to do, and call the unit that it waits for.")
        }
        (Escalation::Coordinator, Language::Nb) => {
            Some("Finn referansen i oversikten over brutte frister, og ring den enheten det venter på.")
        }
        (Escalation::Coordinator, Language::En) => {
            Some("Find the reference in the list of missed deadlines, and call the unit that it waits for.")
        }
    }
}

/// Why it is this recipient who hears of a limit. A unit reads it together, its lead alone.
pub(crate) const fn because(link: Escalation, language: Language) -> &'static str {
    match (link, language) {
        (Escalation::ReceiverUnit, Language::Nb) => "Dere får dette fordi dere har mottatt formidlingen.",
        (Escalation::ReceiverUnit, Language::En) => "You are told because you have received the referral.",
        (Escalation::ReceiverLead, Language::Nb) => {
            "Til lederen: Du får dette fordi du leder enheten som har mottatt formidlingen."
        }
        (Escalation::ReceiverLead, Language::En) => {
            "To the lead: you are told because you lead the unit that has received the referral."
        }
        (Escalation::SenderUnit, Language::Nb) => "Dere får dette fordi dere sendte formidlingen.",
        (Escalation::SenderUnit, Language::En) => "You are told because you sent the referral.",
        (Escalation::SenderLead, Language::Nb) => {
            "Til lederen: Du får dette fordi du leder enheten som sendte formidlingen."
        }
        (Escalation::SenderLead, Language::En) => {
            "To the lead: you are told because you lead the unit that sent the referral."
        }
        (Escalation::HolderUnit, Language::Nb) => "Dere får dette fordi stafettpinnen er hos dere.",
        (Escalation::HolderUnit, Language::En) => "You are told because you hold the baton.",
        (Escalation::HolderLead, Language::Nb) => {
            "Til lederen: Du får dette fordi du leder enheten som har stafettpinnen."
        }
        (Escalation::HolderLead, Language::En) => {
            "To the lead: you are told because you lead the unit that holds the baton."
        }
        (Escalation::Coordinator, Language::Nb) => {
            "Dere får dette fordi kommunen samordner når ansvaret ikke blir tatt."
        }
        (Escalation::Coordinator, Language::En) => {
            "You are told because the municipality coordinates when nobody takes the responsibility."
        }
    }
}

/// The same for whoever stands in for a lead who is away.
pub(crate) const fn because_deputy(language: Language) -> &'static str {
    match language {
        Language::Nb => {
            "Til stedfortrederen: Du får dette fordi lederen er borte, og du er satt opp som stedfortreder."
        }
        Language::En => "To the deputy: you are told because the lead is away, and you stand in.",
    }
}

/// Why whoever is on call is told besides the unit.
pub(crate) const fn because_on_call(language: Language) -> &'static str {
    match language {
        Language::Nb => "Til vakten: Du får dette i tillegg til enheten fordi det haster.",
        Language::En => "To whoever is on call: you are told besides the unit because it is urgent.",
    }
}

/// Why somebody gets what their unit is told as well.
pub(crate) const fn because_copy(language: Language) -> &'static str {
    match language {
        Language::Nb => "Til deg: Du er ansvarlig for formidlingen og har bedt om en kopi av det enheten får.",
        Language::En => "To you: you are responsible for the referral and asked for a copy of what the unit is told.",
    }
}

/// The same for whoever stands in for them.
pub(crate) const fn because_copy_deputy(language: Language) -> &'static str {
    match language {
        Language::Nb => {
            "Til stedfortrederen: Du får en kopi av det enheten får, fordi den som er ansvarlig for formidlingen, er borte."
        }
        Language::En => {
            "To the deputy: you get a copy of what the unit is told, because whoever is responsible for the referral is away."
        }
    }
}

/// What an entry in a calendar is called.
pub(crate) fn calendar_title(language: Language, reference: &str) -> String {
    match language {
        Language::Nb => format!("Stafett: frist for {reference}"),
        Language::En => format!("Stafett: {reference} is due"),
    }
}

const fn ask(subject: &'static str, happened: &'static str, todo: &'static str) -> Words {
    Words {
        subject,
        happened,
        todo,
        asks: true,
    }
}

const fn tell(subject: &'static str, happened: &'static str, rest: &'static str) -> Words {
    Words {
        subject,
        happened,
        todo: rest,
        asks: false,
    }
}
