//! Wherever somebody must act a limit runs, and when it is missed somebody hears who can do something.

use chrono::NaiveDate;

use super::super::{ClockRule, Escalation, Holder, LimitByUrgency, Party, State, Transition};
use super::{Findings, Near};
use crate::calendar::LimitUnit;
use crate::law::{self, Validity};
use crate::vocabulary::{Action, Code, HandoffState, Language, Text};

pub(super) fn clocks(findings: &mut Findings<'_>) {
    for at in 0..findings.definition.states.len() {
        runs(findings, at);
    }
    for (at, clock) in findings.definition.clocks.iter().enumerate() {
        chain(findings, at, clock);
        let faults = [
            of_the_law(findings, clock),
            agreed(findings, clock),
            opening_hours(findings, clock),
            counting(findings, clock),
        ];
        for Text { nb, en } in faults.into_iter().flatten() {
            findings.add(Near::Clock(at), nb, en);
        }
    }
}

/// Whether some limit runs in a state on every day.
fn runs(findings: &mut Findings<'_>, at: usize) {
    let definition = findings.definition;
    let Some(state) = definition.states.get(at) else { return };
    // These two close the referral. A forwarded hand-off counts again when its successor was a mistake.
    if matches!(state.core, HandoffState::Completed | HandoffState::EnteredInError) {
        return;
    }
    let running: Vec<Validity> = definition
        .clocks
        .iter()
        .filter(|clock| clock.runs_in.contains(&state.id) && clock.met_by.is_empty() && clock.limit.is_some())
        .map(|clock| clock.validity)
        .collect();
    let Some(day) = law::first_gap(&running, Validity::default()) else {
        return;
    };
    let Text { nb, en } = &state.title;
    let (nb, en) = if day == NaiveDate::MIN {
        (
            format!("I «{nb}» løper ingen frist: den kan bli liggende der for alltid."),
            format!("In “{en}” no clock runs: it could wait there for ever."),
        )
    } else {
        (
            format!("Fra {day} løper ingen frist i «{nb}»: den kan bli liggende der for alltid."),
            format!("From {day} no clock runs in “{en}”: it could wait there for ever."),
        )
    };
    findings.at_state(at, Near::State(at), &nb, &en);
}

/// A limit of the law stands in the register for as long as it counts, and nobody pauses it.
fn of_the_law(_: &Findings<'_>, clock: &ClockRule) -> Option<Text> {
    let legal_ref = clock.legal_ref.as_ref()?;
    let Text { nb, en } = &clock.title;
    if !clock.pauses_in.is_empty() {
        return Some(Text::new(
            format!(
                "Fristen «{nb}» er lovens ({legal_ref}): den kan ikke en av partene stanse ved å sette noe på vent."
            ),
            format!("The limit “{en}” is the law's ({legal_ref}): no party can pause it by putting something on hold."),
        ));
    }
    law::first_day_without_rule(legal_ref, clock.validity)?;
    Some(Text::new(
        format!(
            "Fristen «{nb}» viser til {legal_ref}, som ikke står i registeret over lovregler hele tiden den gjelder."
        ),
        format!(
            "The limit “{en}” names {legal_ref}, which the register of legal rules does not have for all the time in which it counts."
        ),
    ))
}

/// How it counts, and when it warns.
fn counting(findings: &Findings<'_>, clock: &ClockRule) -> Option<Text> {
    let Text { nb, en } = &clock.title;
    if clock.warn_percent == 0 || clock.warn_percent >= 100 {
        return Some(Text::new(
            format!("Fristen «{nb}» må varsle etter 1 til 99 prosent av tiden, ellers kommer varselet for sent."),
            format!("The limit “{en}” must warn after 1 to 99 percent of its time, or the warning comes too late."),
        ));
    }
    let base = clock.counts_from.as_ref()?;
    let sound = |base: &ClockRule| base.id != clock.id && base.counts_from.is_none() && base.limit.is_some();
    if findings.definition.clock(base).is_some_and(sound) {
        return None;
    }
    Some(Text::new(
        format!("Fristen «{nb}» må telle fra en annen frist som har sin egen start."),
        format!("The limit “{en}” must count from another limit with a start of its own."),
    ))
}

/// What agencies may agree on is not the law's, and means one clock.
fn agreed(findings: &Findings<'_>, clock: &ClockRule) -> Option<Text> {
    let Text { nb, en } = &clock.title;
    let Some(purpose) = clock.agreed else {
        return clock.limit.is_none().then(|| {
            Text::new(
                format!("Fristen «{nb}» ville aldri løpe: gi den en lengde, eller si med agreed hva en avtale setter den etter."),
                format!("The clock “{en}” would never run: give it a limit, or say with agreed what an agreement sets it by."),
            )
        });
    };
    if clock.legal_ref.is_some() {
        return Some(Text::new(
            format!("Fristen «{nb}» er lovens: ingen avtale kan løsne på den. La en egen frist løpe ved siden av."),
            format!("The limit “{en}” is the law's: no agreement can loosen it. Let a clock of its own run beside it."),
        ));
    }
    if clock.while_disputed || in_state(findings, clock, |core| core == HandoffState::Draft) {
        return Some(Text::new(
            format!("En avtale teller fra noe er sendt, men fristen «{nb}» løper der ingenting er sendt."),
            format!(
                "An agreement counts from when something is sent, but the clock “{en}” runs where nothing has been."
            ),
        ));
    }
    let others = findings.definition.clocks.iter();
    (others.filter(|other| other.agreed == Some(purpose)).count() > 1).then(|| {
        Text::new(
            format!("En avtalt frist for {purpose} ville bety flere frister: nevn den ved én."),
            format!("An agreement's limit {purpose} would mean several clocks: name it at one."),
        )
    })
}

/// Hours of a unit are hours of the one that must act; where nobody was sent anything there is none, and the law asks for
/// no opening hours.
fn opening_hours(findings: &Findings<'_>, clock: &ClockRule) -> Option<Text> {
    let Text { nb, en } = &clock.title;
    let counts = |limits: &LimitByUrgency| limits.counts(LimitUnit::OpeningHours);
    if counts(&clock.escalate_every) || counts(&clock.remind_every) {
        return Some(Text::new(
            format!(
                "Varslene etter fristen «{nb}» kan ikke vente på åpningstid: en enhet som aldri åpner, ville aldri bli forbigått."
            ),
            format!(
                "The chain of the limit “{en}” cannot wait for opening hours: a unit that never opens would never be passed over."
            ),
        ));
    }
    if !clock.limit.as_ref().is_some_and(counts) {
        return None;
    }
    if clock.legal_ref.is_some() {
        return Some(Text::new(
            format!("Fristen «{nb}» er lovens, og loven venter ikke på at noen åpner: tell ikke åpningstimer."),
            format!(
                "The limit “{en}” is the law's, which runs also while an agency is closed: do not count opening hours."
            ),
        ));
    }
    let unsent = |core| matches!(core, HandoffState::Draft | HandoffState::Withdrawn);
    (clock.while_disputed || in_state(findings, clock, unsent)).then(|| {
        Text::new(
            format!("Fristen «{nb}» teller åpningstimer der ingen kan ha fått noe tilsendt: det er ingens timer."),
            format!("The limit “{en}” counts opening hours where nobody may have been sent anything: nobody's hours."),
        )
    })
}

fn in_state(findings: &Findings<'_>, clock: &ClockRule, is: impl Fn(HandoffState) -> bool) -> bool {
    let states = clock.runs_in.iter().filter_map(|id| findings.definition.state(id));
    states.into_iter().any(|state| is(state.core))
}

/// In every state in which a limit runs, its chain begins with somebody who can act there and ends with somebody who exists.
fn chain(findings: &mut Findings<'_>, at: usize, clock: &ClockRule) {
    let Text { nb, en } = &clock.title;
    let near = || Near::Clock(at);
    let words = |link: &Escalation| (link.title(Language::Nb), link.title(Language::En));
    if clock.escalation.is_empty() {
        findings.add(
            near(),
            format!("Fristen «{nb}» går ut, og ingen får vite det: si med escalation hvem som skal høre om det."),
            format!("The limit “{en}” is missed, and nobody hears of it: name an escalation."),
        );
    }
    let mut seen = Vec::new();
    for link in &clock.escalation {
        if seen.contains(&link) {
            let (who_nb, who_en) = words(link);
            findings.add(
                near(),
                format!("Fristen «{nb}» varsler {who_nb} to ganger: nevn hvert ledd én gang."),
                format!("The limit “{en}” would tell {who_en} twice: name each link once."),
            );
        }
        seen.push(link);
    }
    // While they disagree a municipality is at it, for nobody can disagree where none is set up.
    let installed = |link: &&Escalation| **link != Escalation::Coordinator || clock.while_disputed;
    if !clock.escalation.is_empty() && !clock.escalation.iter().any(|link| installed(&link)) {
        findings.add(
            near(),
            format!("Fristen «{nb}» går ut der ingen kommune er satt opp, og ingen får vite det: nevn et ledd til."),
            format!(
                "The limit “{en}” is missed where no municipality is set up, and nobody hears of it: name another link."
            ),
        );
    }
    for state in clock.runs_in.iter().filter_map(|id| findings.graph.index(id)) {
        called_in(findings, at, clock, state);
    }
}

/// Who is called when a limit is missed in one state.
fn called_in(findings: &mut Findings<'_>, at: usize, clock: &ClockRule, place: usize) {
    let Some(state) = findings.graph.state(place) else {
        return;
    };
    // A draft was shown to nobody, and what was withdrawn may have been one.
    let may_be_unsent = matches!(state.core, HandoffState::Draft | HandoffState::Withdrawn);
    let is_receiver = |link: &&Escalation| matches!(link, Escalation::ReceiverUnit | Escalation::ReceiverLead);
    if may_be_unsent && let Some(link) = clock.escalation.iter().find(is_receiver) {
        let nb = format!(
            "Fristen «{}» går ut i «{}» og skal varsle {}, men der kan det ennå ikke finnes noen mottaker.",
            clock.title.nb,
            state.title.nb,
            link.title(Language::Nb)
        );
        let en = format!(
            "The limit “{}” is missed in “{}” and should tell {}, but there may be no receiver yet.",
            clock.title.en,
            state.title.en,
            link.title(Language::En)
        );
        findings.at_state(place, Near::Clock(at), &nb, &en);
    }
    if let Some(first) = clock.escalation.first()
        && !can_act(findings, place, state, *first, clock)
    {
        let nb = format!(
            "Fristen «{}» går ut i «{}» og varsler først {}, som ikke kan gjøre noe med det der.",
            clock.title.nb,
            state.title.nb,
            first.title(Language::Nb)
        );
        let en = format!(
            "The limit “{}” is missed in “{}” and calls {} first, who can do nothing about it there.",
            clock.title.en,
            state.title.en,
            first.title(Language::En)
        );
        findings.at_state(place, Near::Clock(at), &nb, &en);
    }
}

/// Whether an agency that is this link can do anything from this state that ends the clock's run, or meets it.
fn can_act(findings: &Findings<'_>, place: usize, state: &State, link: Escalation, clock: &ClockRule) -> bool {
    let side = match link {
        Escalation::ReceiverUnit | Escalation::ReceiverLead => Holder::Receiver,
        Escalation::SenderUnit | Escalation::SenderLead => Holder::Sender,
        Escalation::HolderUnit | Escalation::HolderLead => state.holder,
        Escalation::Coordinator => return clock.while_disputed,
    };
    let acts = |party: Party| match party {
        Party::Sender => side == Holder::Sender,
        Party::Receiver => side == Holder::Receiver,
        Party::Either => side != Holder::Originator,
        Party::Custodian => side == state.holder,
        Party::Earlier | Party::Coordinator => false,
    };
    let ends = |transition: &Transition| {
        transition.to.as_ref().is_some_and(|to| !clock.runs_in.contains(to))
            || transition.opens.is_some()
            || transition.resumes
            || clock.met_by.contains(&transition.action)
            || transition.action == Action::Revoke
    };
    let mut leaving = findings.graph.leaving(place);
    leaving.any(|(_, transition)| ends(transition) && acts(transition.party))
}
