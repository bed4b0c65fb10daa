//! What each notice says, in Norwegian (bokmål) and English.
//!
//! Whoever reads it has five seconds: what has happened, then what to do now. No wording names the sender, the need or
//! the service, for a mail may be read by more people than the referral may.

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
        Notice::Acknowledged | Notice::Forwarded => Limit::Theirs,
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
        | Notice::Message
        | Notice::CoordinatorProposed
        | Notice::CoordinationAccepted
        | Notice::CoordinationDeclined
        | Notice::CaseReferralAdded
        | Notice::CaseClosed
        | Notice::CaseMerged
        | Notice::CaseSplit
        | Notice::PersonRectified
        | Notice::Revoked => Limit::Untold,
    }
}

/// The words of a notice.
pub(crate) const fn words(notice: Notice, language: Language) -> Words {
    match language {
        Language::Nb => norwegian(notice),
        Language::En => english(notice),
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
            "Dere får dette fordi kommunen samordner når ansvaret ikke blir tatt. Dere finner referansen i oversikten over brutte frister."
        }
        (Escalation::Coordinator, Language::En) => {
            "You are told because the municipality coordinates when nobody takes the responsibility. The reference is in the list of missed deadlines."
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

const fn norwegian(notice: Notice) -> Words {
    match notice {
        Notice::NewReferral => ask(
            "Ny formidling venter svar",
            "Dere har fått en ny formidling.",
            "Åpne den, bekreft at den er mottatt, og gi svar.",
        ),
        Notice::ForwardedToYou => ask(
            "Videresendt formidling venter svar",
            "En formidling er videresendt til dere.",
            "Åpne den, bekreft at den er mottatt, og gi svar.",
        ),
        Notice::Acknowledged => tell(
            "Formidlingen er mottatt",
            "Mottakeren har bekreftet at formidlingen er mottatt.",
            "Dere har stafettpinnen til mottakeren har akseptert. Dere trenger ikke å gjøre noe nå, og får beskjed når svaret kommer.",
        ),
        Notice::InformationRequested => ask(
            "Mottakeren trenger opplysninger fra dere",
            "Mottakeren trenger flere opplysninger for å kunne svare.",
            "Les spørsmålet og svar i Stafett.",
        ),
        Notice::InformationGiven => ask(
            "Dere har fått opplysningene dere ba om",
            "Avsenderen har svart på spørsmålet deres.",
            "Les opplysningene og gi svar på formidlingen.",
        ),
        Notice::Accepted => tell(
            "Formidlingen er akseptert",
            "Mottakeren har akseptert formidlingen og har nå stafettpinnen.",
            "Dere trenger ikke å gjøre noe nå, og får beskjed når mottakeren er ferdig.",
        ),
        Notice::Declined => ask(
            "Formidlingen er avslått og venter på dere",
            "Mottakeren har avslått formidlingen. Dere har stafettpinnen.",
            "Les begrunnelsen. Send formidlingen til en annen mottaker, eller avslutt den med en begrunnelse.",
        ),
        Notice::ReturnedWithAdvice => ask(
            "Formidlingen er returnert og venter på dere",
            "Mottakeren har returnert formidlingen med råd. Dere har stafettpinnen.",
            "Les rådene. Send formidlingen til en annen mottaker, eller avslutt den med en begrunnelse.",
        ),
        Notice::Forwarded => tell(
            "Formidlingen er videresendt",
            "Mottakeren har sendt formidlingen videre til en ny mottaker.",
            "Dere har stafettpinnen til den nye mottakeren har akseptert. Dere trenger ikke å gjøre noe nå, og får beskjed når svaret kommer.",
        ),
        Notice::Withdrawn => tell(
            "Formidlingen er trukket tilbake",
            "Avsenderen har trukket formidlingen tilbake.",
            "Dere skal ikke svare på den, og trenger ikke å gjøre noe mer.",
        ),
        Notice::Started => tell(
            "Arbeidet er i gang",
            "Mottakeren har begynt å følge opp formidlingen.",
            "Dere trenger ikke å gjøre noe nå, og får beskjed når mottakeren er ferdig.",
        ),
        Notice::Completed => ask(
            "Formidlingen er fullført",
            "Mottakeren er ferdig, og formidlingen er avsluttet.",
            "Les tilbakemeldingen fra mottakeren.",
        ),
        Notice::EndedEarly => ask(
            "Oppfølgingen er avbrutt",
            "Mottakeren har avbrutt oppfølgingen før den var fullført.",
            "Les begrunnelsen. Er stafettpinnen hos dere, send formidlingen til en ny mottaker eller avslutt den med en begrunnelse.",
        ),
        Notice::BatonReturned => ask(
            "Stafettpinnen er hos dere igjen",
            "Formidlingen har ingen mottaker nå. Dere har stafettpinnen.",
            "Send formidlingen til en ny mottaker, eller avslutt den med en begrunnelse.",
        ),
        Notice::Assigned => ask(
            "En formidling er tildelt hos dere",
            "Formidlingen har fått en ansvarlig saksbehandler hos dere.",
            "Åpne formidlingen, se hvem som har den, og gjør neste steg.",
        ),
        Notice::Message => ask(
            "Ny melding i en formidling",
            "Dere har fått en ny melding i formidlingen.",
            "Les meldingen, og svar i Stafett hvis det trengs.",
        ),
        Notice::CoordinatorProposed => ask(
            "Dere er bedt om å koordinere en sak",
            "En annen enhet ber dere om å koordinere en sak som dere deltar i.",
            "Åpne saken, og ta over koordineringen eller takk nei. Den andre enheten koordinerer til dere har svart.",
        ),
        Notice::CoordinationAccepted => tell(
            "Saken har fått ny koordinator",
            "Enheten som dere spurte, har tatt over koordineringen av saken.",
            "Dere trenger ikke å gjøre noe nå. Formidlingene i saken er der de var.",
        ),
        Notice::CoordinationDeclined => ask(
            "Nei til å koordinere saken",
            "Enheten som dere spurte, har takket nei. Dere koordinerer fortsatt saken.",
            "Les begrunnelsen i saken. Spør en annen om dere ikke kan fortsette.",
        ),
        Notice::CaseReferralAdded => tell(
            "En formidling er lagt i en sak",
            "En formidling som dere kjenner til, er lagt i en sak.",
            "Dere trenger ikke å gjøre noe nå. I saken ser dere hvem som koordinerer.",
        ),
        Notice::CaseClosed => tell(
            "Saken er avsluttet",
            "Den som koordinerte saken, har avsluttet den.",
            "Dere trenger ikke å gjøre noe nå. En formidling som ikke er avsluttet, løper som før.",
        ),
        Notice::CaseMerged => tell(
            "Saken er slått sammen med en annen",
            "To saker er slått sammen til én.",
            "Dere trenger ikke å gjøre noe nå. Ingen ser mer enn før. Hører de ikke sammen, kan de deles opp igjen.",
        ),
        Notice::CaseSplit => tell(
            "Saken er delt opp igjen",
            "To saker som var slått sammen, er delt opp igjen.",
            "Dere trenger ikke å gjøre noe nå. Hver sak er som før den ble slått sammen.",
        ),
        Notice::PersonRectified => ask(
            "Opplysninger i formidlingen er rettet",
            "Noe som var registrert i formidlingen, var ikke riktig og er rettet.",
            "Åpne formidlingen, se hva som gjelder nå, og rett det hos dere også.",
        ),
        Notice::Revoked => tell(
            "Formidlingen er avsluttet",
            "Formidlingen er avsluttet uten videre oppfølging.",
            "Dere trenger ikke å gjøre noe mer. Begrunnelsen står i Stafett.",
        ),
        Notice::OnHold => tell(
            "Formidlingen er satt på vent",
            "Mottakeren har satt arbeidet på vent.",
            "Begrunnelsen står i Stafett. Mottakeren har fortsatt stafettpinnen, og dere får beskjed når arbeidet fortsetter.",
        ),
        Notice::Resumed => tell(
            "Arbeidet fortsetter",
            "Mottakeren har tatt opp igjen arbeidet.",
            "Dere trenger ikke å gjøre noe nå, og får beskjed når mottakeren er ferdig.",
        ),
        Notice::Feedback => ask(
            "Tilbakemelding fra mottakeren",
            "Mottakeren har gitt dere en tilbakemelding.",
            "Les tilbakemeldingen.",
        ),
        Notice::Dismissed => ask(
            "Gjennomgangen er avsluttet",
            "Mottakeren har avsluttet gjennomgangen.",
            "Les hva mottakeren kom til. Dere får en tilbakemelding til slutt.",
        ),
        Notice::Concluded => ask(
            "Mottakeren har konkludert",
            "Mottakeren har konkludert i saken.",
            "Les hva mottakeren kom til. Dere får en tilbakemelding til slutt.",
        ),
        Notice::ReturnRequested => ask(
            "Mottakeren ber om å få returnere",
            "Mottakeren ber dere ta ansvaret tilbake, men har fortsatt stafettpinnen.",
            "Les begrunnelsen, og ta ansvaret tilbake eller avslå.",
        ),
        Notice::ReturnAccepted => tell(
            "Ansvaret er tatt tilbake",
            "Avsenderen har tatt ansvaret tilbake og har stafettpinnen.",
            "Dere trenger ikke å gjøre noe mer.",
        ),
        Notice::ReturnRefused => ask(
            "Returen er avslått",
            "Avsenderen har avslått å ta ansvaret tilbake. Dere har fortsatt stafettpinnen.",
            "Les begrunnelsen og fortsett arbeidet. Er dere uenige, kan kommunen avgjøre ansvaret.",
        ),
        Notice::Found => ask(
            "Meldt funnet",
            "Avsenderen har meldt at den som var savnet, er funnet.",
            "Les meldingen og avslutt det dere har satt i gang.",
        ),
        Notice::WithdrawalRequested => ask(
            "Avsenderen ber om at den avsluttes",
            "Avsenderen ber dere avslutte formidlingen. Det er dere som bestemmer.",
            "Les begrunnelsen, og avslutt formidlingen eller gi avsenderen beskjed.",
        ),
        Notice::TakeoverRequested => ask(
            "En annen enhet ber om å få overta",
            "En annen enhet ber om å få overta formidlingen.",
            "Les begrunnelsen, og svar i Stafett.",
        ),
        Notice::Disputed => ask(
            "Uenighet om ansvaret",
            "Partene er uenige om hvem som har ansvaret. Kommunens koordinator avgjør det.",
            "Stafettpinnen blir hos den som har den til det er avgjort. Les begrunnelsen.",
        ),
        Notice::Allocated => ask(
            "Ansvaret er avgjort",
            "Kommunens koordinator har avgjort hvem som har ansvaret.",
            "Åpne formidlingen og se hvem som har stafettpinnen. Er det dere, gjør neste steg.",
        ),
        Notice::EnteredInError => tell(
            "Formidlingen var feilregistrert",
            "Avsenderen har markert formidlingen som feilregistrert.",
            "Dere skal ikke svare på den, og trenger ikke å gjøre noe mer.",
        ),
        Notice::Reopened => tell(
            "Formidlingen er gjenåpnet",
            "Mottakeren har gjenåpnet formidlingen og har stafettpinnen.",
            "Dere trenger ikke å gjøre noe nå. Begrunnelsen står i Stafett.",
        ),
        Notice::Undone => ask(
            "Siste handling er angret",
            "Det siste som ble gjort med formidlingen, er angret. Alt er som før.",
            "Se bort fra den forrige beskjeden. Åpne formidlingen og se hvem som har stafettpinnen.",
        ),
        Notice::Reminder => ask(
            "Purring: fristen er fortsatt brutt",
            "Fristen gikk ut for en stund siden, og neste steg er fortsatt ikke gjort.",
            "Åpne formidlingen. Er det dere som har neste steg, gjør det nå. Er det noen andre, ta kontakt med dem.",
        ),
        Notice::Warning => ask(
            "Fristen nærmer seg",
            "Fristen går snart ut, og neste steg er ikke gjort.",
            "Åpne formidlingen. Er det dere som har neste steg, gjør det før fristen.",
        ),
        Notice::Breach => ask(
            "Fristen er brutt",
            "Fristen har gått ut, og neste steg er ikke gjort.",
            "Åpne formidlingen. Er det dere som har neste steg, gjør det nå. Er det noen andre, ta kontakt med dem.",
        ),
    }
}

const fn english(notice: Notice) -> Words {
    match notice {
        Notice::NewReferral => ask(
            "New referral awaits an answer",
            "You have received a new referral.",
            "Open it, acknowledge it, and give an answer.",
        ),
        Notice::ForwardedToYou => ask(
            "Forwarded referral awaits an answer",
            "A referral has been forwarded to you.",
            "Open it, acknowledge it, and give an answer.",
        ),
        Notice::Acknowledged => tell(
            "The referral has been acknowledged",
            "The receiver has confirmed that the referral has arrived.",
            "You hold the baton until the receiver accepts. There is nothing to do now; you will be told when the answer comes.",
        ),
        Notice::InformationRequested => ask(
            "The receiver needs information from you",
            "The receiver needs more information before it can answer.",
            "Read the question and answer it in Stafett.",
        ),
        Notice::InformationGiven => ask(
            "You have the information you asked for",
            "The sender has answered your question.",
            "Read the information and answer the referral.",
        ),
        Notice::Accepted => tell(
            "The referral has been accepted",
            "The receiver has accepted the referral and now holds the baton.",
            "There is nothing to do now; you will be told when the receiver has finished.",
        ),
        Notice::Declined => ask(
            "The referral has been declined and awaits you",
            "The receiver has declined the referral. You hold the baton.",
            "Read the reason. Send the referral to another receiver, or close it with a reason.",
        ),
        Notice::ReturnedWithAdvice => ask(
            "The referral has been returned and awaits you",
            "The receiver has returned the referral with advice. You hold the baton.",
            "Read the advice. Send the referral to another receiver, or close it with a reason.",
        ),
        Notice::Forwarded => tell(
            "The referral has been forwarded",
            "The receiver has passed the referral on to a new receiver.",
            "You hold the baton until the new receiver accepts. There is nothing to do now; you will be told when the answer comes.",
        ),
        Notice::Withdrawn => tell(
            "The referral has been withdrawn",
            "The sender has withdrawn the referral.",
            "No answer is expected from you, and there is nothing more to do.",
        ),
        Notice::Started => tell(
            "Work has started",
            "The receiver has started to follow up the referral.",
            "There is nothing to do now; you will be told when the receiver has finished.",
        ),
        Notice::Completed => ask(
            "The referral has been completed",
            "The receiver has finished, and the referral is closed.",
            "Read the feedback from the receiver.",
        ),
        Notice::EndedEarly => ask(
            "The follow-up has ended early",
            "The receiver has ended the follow-up before it was completed.",
            "Read the reason. If the baton is with you, send the referral to a new receiver or close it with a reason.",
        ),
        Notice::BatonReturned => ask(
            "The baton is back with you",
            "The referral has no receiver now. You hold the baton.",
            "Send the referral to a new receiver, or close it with a reason.",
        ),
        Notice::Assigned => ask(
            "A referral has been assigned in your unit",
            "The referral has been given to a caseworker in your unit.",
            "Open the referral, see who has it, and take the next step.",
        ),
        Notice::Message => ask(
            "New message in a referral",
            "You have received a new message in the referral.",
            "Read the message, and answer it in Stafett if needed.",
        ),
        Notice::CoordinatorProposed => ask(
            "You are asked to coordinate a case",
            "Another agency asks you to coordinate a case in which you take part.",
            "Open the case, and take over the coordination or decline. The other agency coordinates until you have answered.",
        ),
        Notice::CoordinationAccepted => tell(
            "The case has a new coordinator",
            "The agency that you asked has taken over the coordination of the case.",
            "There is nothing for you to do now. The referrals of the case are where they were.",
        ),
        Notice::CoordinationDeclined => ask(
            "The coordination was declined",
            "The agency that you asked has declined. You still coordinate the case.",
            "Read the reason in the case. Ask another agency if you cannot go on.",
        ),
        Notice::CaseReferralAdded => tell(
            "A referral was put into a case",
            "A referral that you know of was put into a case.",
            "There is nothing for you to do now. The case shows who coordinates.",
        ),
        Notice::CaseClosed => tell(
            "The case is closed",
            "Whoever coordinated the case has closed it.",
            "There is nothing for you to do now. A referral that has not ended goes on as before.",
        ),
        Notice::CaseMerged => tell(
            "The case was merged with another",
            "Two cases were merged into one.",
            "There is nothing for you to do now. Nobody sees more than before. If they do not belong together, they can be split again.",
        ),
        Notice::CaseSplit => tell(
            "The case was split again",
            "Two cases that had been merged were split again.",
            "There is nothing for you to do now. Each case is as it was before the merge.",
        ),
        Notice::PersonRectified => ask(
            "Something in the referral was corrected",
            "Something that was registered in the referral was not right and was corrected.",
            "Open the referral, see what holds now, and correct it with you as well.",
        ),
        Notice::Revoked => tell(
            "The referral has been closed",
            "The referral has been closed without further follow-up.",
            "There is nothing more to do. The reason is in Stafett.",
        ),
        Notice::OnHold => tell(
            "The referral has been put on hold",
            "The receiver has put the work on hold.",
            "The reason is in Stafett. The receiver still holds the baton, and you will be told when work resumes.",
        ),
        Notice::Resumed => tell(
            "Work has resumed",
            "The receiver has taken up the work again.",
            "There is nothing to do now; you will be told when the receiver has finished.",
        ),
        Notice::Feedback => ask(
            "Feedback from the receiver",
            "The receiver has given you feedback.",
            "Read the feedback.",
        ),
        Notice::Dismissed => ask(
            "The review has been closed",
            "The receiver has closed its review.",
            "Read what the receiver decided. Feedback will follow at the end.",
        ),
        Notice::Concluded => ask(
            "The receiver has concluded",
            "The receiver has reached its conclusion.",
            "Read what the receiver decided. Feedback will follow at the end.",
        ),
        Notice::ReturnRequested => ask(
            "The receiver asks to return the referral",
            "The receiver asks you to take the responsibility back, but still holds the baton.",
            "Read the reason, and take it back or refuse.",
        ),
        Notice::ReturnAccepted => tell(
            "The return has been accepted",
            "The sender has taken the responsibility back and holds the baton.",
            "There is nothing more to do.",
        ),
        Notice::ReturnRefused => ask(
            "The return has been refused",
            "The sender has refused to take the responsibility back. You still hold the baton.",
            "Read the reason and go on with the work. If you disagree, the municipality can decide.",
        ),
        Notice::Found => ask(
            "Reported found",
            "The sender has reported that whoever was missing has been found.",
            "Read the report and close what you have started.",
        ),
        Notice::WithdrawalRequested => ask(
            "The sender asks for withdrawal",
            "The sender asks you to end the referral. The decision is yours.",
            "Read the reason, and end the referral or tell the sender.",
        ),
        Notice::TakeoverRequested => ask(
            "Another agency asks to take over",
            "Another agency asks to take over the referral.",
            "Read the reason, and answer in Stafett.",
        ),
        Notice::Disputed => ask(
            "The allocation is disputed",
            "The parties disagree about who is responsible. The municipality's coordinator decides.",
            "The baton stays with whoever holds it until that is decided. Read the reason.",
        ),
        Notice::Allocated => ask(
            "The responsibility has been decided",
            "The municipality's coordinator has decided who is responsible.",
            "Open the referral and see who holds the baton. If it is you, take the next step.",
        ),
        Notice::EnteredInError => tell(
            "The referral was entered in error",
            "The sender has marked the referral as entered in error.",
            "No answer is expected from you, and there is nothing more to do.",
        ),
        Notice::Reopened => tell(
            "The referral has been reopened",
            "The receiver has reopened the referral and holds the baton.",
            "There is nothing to do now. The reason is in Stafett.",
        ),
        Notice::Undone => ask(
            "The last action was undone",
            "The last thing that was done with the referral has been undone. All is as before.",
            "Disregard the previous notice. Open the referral and see who holds the baton.",
        ),
        Notice::Reminder => ask(
            "Reminder: the deadline is still missed",
            "The deadline passed a while ago, and the next step has still not been taken.",
            "Open the referral. If the next step is yours, take it now. If it is somebody else's, contact them.",
        ),
        Notice::Warning => ask(
            "The deadline is near",
            "The deadline is near, and the next step has not been taken.",
            "Open the referral. If the next step is yours, take it before the deadline.",
        ),
        Notice::Breach => ask(
            "Deadline missed",
            "The deadline has passed, and the next step has not been taken.",
            "Open the referral. If the next step is yours, take it now. If it is somebody else's, contact them.",
        ),
    }
}
