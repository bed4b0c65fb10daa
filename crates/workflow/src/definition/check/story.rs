//! A counter-example as somebody would tell it: who did what, and what came of it.

use super::super::{Party, Transition};
use super::graph::Graph;
use crate::vocabulary::{Action, Language, Text};

/// The shortest way to a step, and what is wrong there.
pub(super) fn at(graph: &Graph<'_>, state: usize, nb: &str, en: &str) -> Text {
    told(graph, &graph.way(state).unwrap_or_default(), nb, en)
}

/// The shortest way to where a transition can be taken, the transition itself, and what is wrong with it.
pub(super) fn after(graph: &Graph<'_>, transition: usize, nb: &str, en: &str) -> Text {
    let mut way = first_place(graph, transition)
        .and_then(|state| graph.way(state))
        .unwrap_or_default();
    way.push(transition);
    told(graph, &way, nb, en)
}

/// The state nearest to the draft in which a transition can be taken.
pub(super) fn first_place(graph: &Graph<'_>, transition: usize) -> Option<usize> {
    let from = graph.transition(transition)?.from.iter();
    let places = from.filter_map(|id| graph.index(id));
    places.min_by_key(|state| graph.distance(*state).unwrap_or(usize::MAX))
}

/// Who did what, a sentence for each who acted, and the moral.
fn told(graph: &Graph<'_>, way: &[usize], nb: &str, en: &str) -> Text {
    let mut acts: Vec<(Party, Vec<Text>)> = vec![(
        Party::Sender,
        vec![Text::new("skriver en formidling", "writes a referral")],
    )];
    for Transition { party, action, .. } in way.iter().filter_map(|at| graph.transition(*at)) {
        match acts.last_mut() {
            Some((who, does_so)) if who == party => does_so.push(does(*action)),
            _ => acts.push((*party, vec![does(*action)])),
        }
    }
    let (mut nb_told, mut en_told) = (String::new(), String::new());
    for (party, does_so) in acts {
        let who = who(party);
        let words = |language| does_so.iter().map(|one| one.in_language(language)).collect::<Vec<_>>();
        nb_told.push_str(&sentence(&who.nb, &words(Language::Nb), "og"));
        en_told.push_str(&sentence(&who.en, &words(Language::En), "and"));
    }
    Text::new(nb_told + nb, en_told + en)
}

fn sentence(who: &str, does: &[&str], and: &str) -> String {
    let mut letters = who.chars();
    let first: String = letters
        .next()
        .map(|letter| letter.to_uppercase().collect())
        .unwrap_or_default();
    let does = match does {
        [most @ .., last] if !most.is_empty() => format!("{} {and} {last}", most.join(", ")),
        _ => does.concat(),
    };
    format!("{first}{} {does}. ", letters.as_str())
}

/// A side, as the subject of a sentence.
pub(super) fn who(party: Party) -> Text {
    let (nb, en) = match party {
        Party::Sender => ("avsender", "the sender"),
        Party::Receiver => ("mottaker", "the receiver"),
        Party::Custodian => ("den som har stafettpinnen,", "whoever has the baton"),
        Party::Either => ("en av de to", "one of the two"),
        Party::Earlier => ("en som har deltatt før,", "somebody who took part before"),
        Party::Coordinator => ("kommunens koordinator", "the municipality's coordinator"),
    };
    Text::new(nb, en)
}

/// What somebody does, as the rest of the sentence.
fn does(action: Action) -> Text {
    let (nb, en) = match action {
        Action::Send => ("sender den", "sends it"),
        Action::Acknowledge => ("bekrefter at den er mottatt", "acknowledges it"),
        Action::RequestInfo => ("ber om flere opplysninger", "asks for more"),
        Action::AnswerInfo => ("svarer på det", "answers"),
        Action::Accept => ("tar den", "takes it"),
        Action::Decline => ("avslår den", "declines it"),
        Action::ReturnWithAdvice => ("returnerer den med råd", "returns it with advice"),
        Action::Forward => ("sender den videre", "sends it on"),
        Action::Withdraw => ("trekker den tilbake", "withdraws it"),
        Action::Start => ("begynner arbeidet", "starts the work"),
        Action::Complete => ("fullfører den", "completes it"),
        Action::EndEarly => ("avbryter den", "ends it early"),
        Action::HandOff => ("overleverer den til en ny mottaker", "hands it to another receiver"),
        Action::Revoke => (
            "avslutter den uten videre oppfølging",
            "closes it without a further hand-off",
        ),
        Action::Assign => ("gir den til en saksbehandler", "gives it to a caseworker"),
        Action::Hold => ("setter den på vent", "puts it on hold"),
        Action::Resume => ("tar den opp igjen", "takes it up again"),
        Action::GiveFeedback => ("gir tilbakemelding", "gives feedback"),
        Action::Dismiss => ("henlegger den", "dismisses it"),
        Action::Conclude => ("konkluderer", "concludes"),
        Action::RequestReturn => ("ber om å få returnere den", "asks to return it"),
        Action::AcceptReturn => ("tar den tilbake", "takes it back"),
        Action::RefuseReturn => ("vil ikke ta den tilbake", "refuses to take it back"),
        Action::ReportFound => ("melder at den unge er funnet", "reports that the youth is found"),
        Action::RequestWithdrawal => ("ber om at den avsluttes", "asks for it to be closed"),
        Action::RequestTakeover => ("ber om å få overta den", "asks to take it over"),
        Action::Dispute => ("melder uenighet om ansvaret", "disputes who is responsible"),
        Action::Allocate => ("avgjør hvem som har ansvaret", "decides who is responsible"),
        Action::MarkError => ("markerer den som feilregistrert", "marks it as a mistake"),
        Action::Reopen => ("gjenåpner den", "reopens it"),
        Action::WithdrawConsent => ("melder at samtykket er trukket", "reports the consent withdrawn"),
        Action::Undo => ("angrer det siste", "undoes the last thing"),
    };
    Text::new(nb, en)
}
