//! `reference/codes.md`: every closed list.

use std::collections::BTreeSet;

use stafett_workflow::agreement::{Change, Purpose, Status};
use stafett_workflow::case::laws::CaseLaw;
use stafett_workflow::disclosure::{Field, Ground};
use stafett_workflow::glass::{GlassFinding, GlassState, GlassStep};
use stafett_workflow::hint::HintState;
use stafett_workflow::identifier::IdentifierKind;
use stafett_workflow::laws::Law;
use stafett_workflow::look::unusual::UnusualRule;
use stafett_workflow::look::{LookedAt, Why};
use stafett_workflow::outreach::{Acquaintance, ContactOutcome, Sex};
use stafett_workflow::refusal::Rule;
use stafett_workflow::vocabulary::{
    Action, AddressProtection, AgeBand, AgencyKind, Answer, CapacityNote, CapacityStatus, CaseAction, CaseState, Code,
    ConclusionCode, ConsentGiver, CoverState, DeclineCode, Escalation, HandoffState, HoldCode, Language,
    LegalBasisCode, Need, Notice, OutcomeCode, PersonFlag, ReferralState, RegisterCode, ResidenceStatus, Role, Urgency,
};

use crate::page::{keep, root, table};

/// Gathers the lists, and remembers which it has.
#[derive(Default)]
struct Lists {
    text: String,
    names: BTreeSet<&'static str>,
}

impl Lists {
    fn add<C: Code>(&mut self, what: &str) {
        let rows = C::ALL
            .iter()
            .map(|code| [as_code(*code), words(*code, Language::Nb), words(*code, Language::En)]);
        self.write::<C>(what, &table(["Code", "Norsk", "English"], rows));
    }

    fn add_with<C: Code>(&mut self, what: &str, heading: &str, more: impl Fn(C) -> String) {
        let rows = C::ALL.iter().map(|code| {
            [
                as_code(*code),
                words(*code, Language::Nb),
                words(*code, Language::En),
                more(*code),
            ]
        });
        self.write::<C>(what, &table(["Code", "Norsk", "English", heading], rows));
    }

    fn write<C: Code>(&mut self, what: &str, table: &str) {
        self.names.insert(C::LIST);
        self.text.push_str(&format!("## {}\n\n{what}\n\n{table}\n", C::LIST));
    }
}

fn as_code<C: Code>(code: C) -> String {
    format!("`{}`", code.as_str())
}

fn words<C: Code>(code: C, language: Language) -> String {
    code.title(language).to_owned()
}

#[test]
fn the_page_of_codes_has_every_list() {
    let mut lists = Lists::default();
    lists.add::<Urgency>("How soon somebody must act. Clocks have a limit for each.");
    lists.add::<Need>("What the youth needs help with.");
    lists.add::<AgencyKind>("What kind of agency it is. Workflows say which kinds may send and receive.");
    lists.add_with::<Role>(
        "What a person may be in an agency, or across agencies.",
        "Takes and answers referrals",
        |role| {
            let member = stafett_workflow::policy::Membership {
                agency: Some(nobody()),
                role,
            };
            let actor = stafett_workflow::policy::Actor {
                user: stafett_workflow::agency::UserId(uuid::Uuid::nil()),
                language: Language::En,
                memberships: vec![member],
            };
            if actor.does_casework_in(nobody()) { "yes" } else { "no" }.to_owned()
        },
    );
    lists.add_with::<ReferralState>(
        "Where a referral stands. It follows from its hand-offs.",
        "Is an end",
        |state| yes_or_no(state.is_end()),
    );
    lists.add_with::<HandoffState>(
        "Where one hand-off stands. A workflow's own steps each stand for one of these.",
        "FHIR R4 Task.status",
        |state| format!("`{}`", state.fhir_task_status()),
    );
    lists.add::<Action>("What somebody can do with a referral.");
    lists.add_with::<LegalBasisCode>(
        "Why an agency may pass on what it knows: fvl = forvaltningsloven, hpl = helsepersonelloven, bvl = \
         barnevernsloven, utl = utlendingsloven, strl = straffeloven, sosialtjl = sosialtjenesteloven.",
        "Reference",
        |basis| basis.reference().to_owned(),
    );
    lists.add::<ConsentGiver>("Who consented, when the basis is consent.");
    lists.add::<Answer>("What came back of a hand-off first, as the reports count it.");
    lists.add::<DeclineCode>("Why a hand-off is declined. With `other`, the reason says what.");
    lists.add::<OutcomeCode>("What came of a hand-off, or why it ended early. With `other`, a text must say what.");
    lists.add::<HoldCode>("Why work waits. With `other`, the reason says what.");
    lists.add::<RegisterCode>("Why a concern report is not investigated: the code of the national register.");
    lists.add::<ConclusionCode>("How an investigation by child welfare ends (bvl § 2-5).");
    lists.add::<CaseState>("Where a case stands.");
    lists.add::<CaseAction>("What somebody can do with a case.");
    lists.add_with::<CoverState>("Who has taken one need of a case.", "Somebody must be found", |cover| {
        yes_or_no(cover.is_uncovered())
    });
    lists.add::<CaseLaw>("What every stored case must obey.");
    lists.add::<Notice>("What a unit can be told by mail.");
    lists.add::<Escalation>("Who hears of a limit that draws near or is missed: the links of an escalation chain.");
    lists.add::<Purpose>("What agencies can agree on a limit for; a clock of a workflow names one with `agreed`.");
    lists.add::<Status>("Where one version of an agreement stands.");
    lists.add::<Change>("What a party can do with one version of an agreement.");
    lists.add::<PersonFlag>("What is particular about the youth's situation.");
    lists.add::<AddressProtection>("Address protection (folkeregisterloven § 10-4).");
    lists.add::<ResidenceStatus>("By which right somebody is in the country. Nobody has to say.");
    lists.add::<AgeBand>("Ages as the law and the services divide them; the routing table asks for these.");
    lists.add::<Acquaintance>("Whether an outreach team had met somebody before.");
    lists.add::<Sex>("Sex, as the outreach register counts it.");
    lists.add::<ContactOutcome>("What came of a contact in the outreach register.");
    lists.add::<CapacityStatus>("Whether a unit can take somebody in, as it says itself.");
    lists.add::<CapacityNote>("What a unit adds to its capacity.");
    lists.add::<IdentifierKind>("Which register a person's number comes from.");
    lists.add::<Field>("A piece of what is told of a youth: what may flow, and what a consent can cover.");
    lists.add::<Ground>(
        "Why somebody may come to know something: a legal basis, or that they must decide who is responsible.",
    );
    lists.add::<Law>("What every stored referral must obey.");
    lists.add::<LookedAt>("At what somebody looked: the access log has one of these for each look.");
    lists.add::<UnusualRule>("Why a look is unusual; it asks a lead to look twice, and accuses nobody.");
    lists.add::<GlassState>("How far a broken glass has come.");
    lists.add::<GlassStep>("What happened to a glass, in the referral's log.");
    lists.add::<GlassFinding>("What the review of a broken glass found.");
    lists.add::<HintState>("How far a hint has come that two agencies follow the same youth.");
    lists.add::<Why>("Why somebody could look.");
    let documented_elsewhere = Rule::LIST;
    let mut known = lists.names.clone();
    known.insert(documented_elsewhere);
    assert_eq!(known, lists_in_the_source(), "every list of the source is on the page");
    keep("docs/reference/codes.md", &[("lists", lists.text)]);
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

fn nobody() -> stafett_workflow::agency::AgencyId {
    stafett_workflow::agency::AgencyId(uuid::Uuid::nil())
}

/// The names of all lists that `codes!` declares.
fn lists_in_the_source() -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    let folder = root().join("crates/workflow/src");
    let files = |folder| std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let folders = ["case", "disclosure", "look"].map(|name| folder.join(name));
    for path in files(folder.clone()).chain(folders.into_iter().flat_map(files)) {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        for declaration in text.split("\ncodes! {\n").skip(1) {
            let line = declaration
                .lines()
                .find(|line| !line.trim_start().starts_with("///"))
                .unwrap();
            names.insert(line.split('"').nth(1).unwrap().to_owned().leak() as &str);
        }
    }
    names
}
