//! `reference/workflows.md` and `reference/clocks.md`: the definitions that ship, written out.

use stafett_workflow::definition::{
    Addressee, ClockRule, Holder, InputRule, Library, LimitByUrgency, Party, Required, State, Transition, builtin,
};
use stafett_workflow::vocabulary::{Action, Code, Language, Urgency};
use stafett_workflow::{Definition, diagram};

use crate::page::{code, keep, table};

fn library() -> Library {
    builtin().unwrap()
}

#[test]
fn the_page_of_workflows_is_the_definitions() {
    let text: String = library().iter().map(|definition| workflow(definition)).collect();
    keep("docs/reference/workflows.md", &[("workflows", text)]);
}

/// The committed pictures, which this page and the README show.
#[test]
fn the_pictures_are_the_definitions() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pictures/workflows");
    let mut stale = Vec::new();
    for definition in library().iter() {
        for (language, suffix) in [(Language::Nb, "nb"), (Language::En, "en")] {
            let id = &definition.key.id;
            for (file, text) in [
                (
                    format!("{folder}/{id}.{suffix}.svg"),
                    diagram::svg(definition, language),
                ),
                (
                    format!("{folder}/{id}.{suffix}.mmd"),
                    diagram::mermaid(definition, language),
                ),
            ] {
                if std::env::var_os("WRITE_DOCS").is_some() {
                    std::fs::create_dir_all(folder).unwrap();
                    std::fs::write(&file, &text).unwrap();
                }
                if std::fs::read_to_string(&file).unwrap_or_default() != text {
                    stale.push(file);
                }
            }
        }
    }
    assert!(
        stale.is_empty(),
        "run `WRITE_DOCS=1 cargo nextest run -p stafett-api --test docs` and look at the pictures: {stale:?}"
    );
}

#[test]
fn the_page_of_clocks_is_the_definitions() {
    let text: String = library()
        .iter()
        .map(|definition| {
            let rows = definition.clocks.iter().map(clock);
            let headings = ["Clock", "Limit", "Runs in", "Warns at", "Reference", "Who hears"];
            format!("## {}\n\n{}\n", definition.key.id, table(headings, rows))
        })
        .collect();
    keep("docs/reference/clocks.md", &[("clocks", text)]);
}

#[test]
fn the_page_of_legal_rules_is_the_register() {
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let rows = stafett_workflow::law::rules().iter().map(|rule| {
        [
            rule.legal_ref.clone(),
            format!("{}<br>{}", rule.title.nb, rule.title.en),
            format!("{}<br>{}", rule.text.nb, rule.text.en),
            day(rule.validity.from),
            day(rule.validity.to),
        ]
    });
    let rules = table(["Reference", "About", "In plain words", "From", "Until"], rows);
    keep("docs/reference/legal-rules.md", &[("rules", rules)]);
}

fn workflow(definition: &Definition) -> String {
    let ages = match (definition.eligibility.min_age, definition.eligibility.max_age) {
        (None, None) => "any".to_owned(),
        (Some(min), None) => format!("from {min}"),
        (None, Some(max)) => format!("up to and including {max}"),
        (Some(min), Some(max)) => format!("{min} to {max}"),
    };
    let facts = table(
        ["", ""],
        [
            ["Norsk".to_owned(), definition.title.nb.clone()],
            ["Version".to_owned(), definition.key.version.to_string()],
            ["May send".to_owned(), code(&definition.senders)],
            ["May receive".to_owned(), code(&definition.receivers)],
            ["Legal bases".to_owned(), code(&definition.legal_bases)],
            ["Ages".to_owned(), ages],
        ],
    );
    let states = definition.states.iter().map(|one| state(definition, one));
    let states = table(["Step", "Stands for", "Norsk", "Who has the baton", "Clocks"], states);
    let actions = definition.transitions.iter().map(transition);
    let actions = table(["Action", "From", "To", "Who", "Input", "Tells"], actions);
    let (id, title, summary) = (&definition.key.id, &definition.title.en, &definition.summary.en);
    format!(
        "## {id}\n\n{title}. {summary}\n\n![{title} as a picture: who has the baton in each step, which limits run, and what leads where](../pictures/workflows/{id}.en.svg)\n\n{facts}\n### Steps of {id}\n\n{states}\n### Actions of {id}\n\n{actions}\n"
    )
}

fn state(definition: &Definition, state: &State) -> [String; 5] {
    let clocks = definition
        .clocks
        .iter()
        .filter(|clock| clock.runs_in.contains(&state.id))
        .map(|clock| &clock.id);
    let holder = match state.holder {
        Holder::Sender => "sender",
        Holder::Receiver => "receiver",
        Holder::Originator => "originator",
    };
    let core = if state.core.as_str() == state.id {
        String::new()
    } else {
        format!("`{}`", state.core)
    };
    [
        format!("`{}`", state.id),
        core,
        state.title.nb.clone(),
        holder.to_owned(),
        code(clocks),
    ]
}

fn transition(transition: &Transition) -> [String; 6] {
    let from = code(&transition.from);
    let to = match (&transition.to, &transition.opens) {
        (Some(to), None) => format!("`{to}`"),
        (Some(to), Some(opens)) => format!("`{to}`, and the next hand-off as `{opens}`"),
        (None, Some(opens)) => format!("the next hand-off as `{opens}`"),
        (None, None) if transition.resumes => "where it was".to_owned(),
        (None, None) if transition.action == Action::Revoke => "the referral is closed".to_owned(),
        (None, None) if transition.action == Action::Undo => "as before".to_owned(),
        (None, None) if transition.action == Action::Allocate => "where the decision says".to_owned(),
        (None, None) => "stays".to_owned(),
    };
    let party = match transition.party {
        Party::Sender => "sender",
        Party::Receiver => "receiver",
        Party::Custodian => "custodian",
        Party::Either => "sender or receiver",
        Party::Earlier => "whoever took part earlier",
        Party::Coordinator => "coordinator",
    };
    let tells = transition
        .notices
        .iter()
        .map(|rule| format!("{}: `{}`", addressee(rule.to), rule.notice));
    let input: Vec<String> = transition.input.iter().map(input).collect();
    let action = format!("`{}`", transition.action);
    [
        action,
        from,
        to,
        party.to_owned(),
        input.join(", "),
        tells.collect::<Vec<_>>().join(", "),
    ]
}

fn addressee(addressee: Addressee) -> &'static str {
    match addressee {
        Addressee::Originator => "originator",
        Addressee::Coordinator => "coordinator",
        Addressee::Sender => "sender",
        Addressee::Receiver => "receiver",
        Addressee::NextReceiver => "next receiver",
    }
}

fn input(rule: &InputRule) -> String {
    let name = &rule.field.name;
    match (rule.required, &rule.field.default) {
        (Required::Always, _) => format!("`{name}`"),
        (Required::WhenOther, _) => format!("`{name}` with `other`"),
        (Required::No, Some(default)) => format!("`{name}` (else `{default}`)"),
        (Required::No, None) => format!("`{name}` (optional)"),
    }
}

fn clock(rule: &ClockRule) -> [String; 6] {
    let limit = rule.limit.as_ref().map(by_urgency);
    let limit = match (limit, rule.agreed) {
        (Some(limit), Some(purpose)) => format!("{limit}; or as agreed ({purpose})"),
        (Some(limit), None) => limit,
        (None, Some(purpose)) => format!("only where agreed ({purpose})"),
        (None, None) => String::new(),
    };
    let from = rule
        .counts_from
        .as_ref()
        .map(|from| format!(", from when `{from}` is up"))
        .unwrap_or_default();
    let chain: Vec<_> = rule.escalation.iter().map(|link| link.title(Language::En)).collect();
    let chain = format!(
        "{}<br>one after the other: {}<br>again: {}",
        chain.join(", "),
        by_urgency(&rule.escalate_every),
        by_urgency(&rule.remind_every)
    );
    [
        format!("`{}`<br>{}<br>{}", rule.id, rule.title.nb, rule.title.en),
        format!("{limit}{from}"),
        when(rule),
        format!("{} %", rule.warn_percent),
        rule.legal_ref.clone().unwrap_or_default(),
        chain,
    ]
}

fn by_urgency(limits: &LimitByUrgency) -> String {
    let [emergency, urgent, routine] =
        [Urgency::Emergency, Urgency::Urgent, Urgency::Routine].map(|urgency| limits.of(urgency).to_string());
    if emergency == urgent && urgent == routine {
        routine
    } else if urgent == routine {
        format!("{routine}; emergency {emergency}")
    } else {
        format!("{routine}; urgent {urgent}; emergency {emergency}")
    }
}

/// When a clock runs, stands still and is met.
fn when(rule: &ClockRule) -> String {
    let mut parts = Vec::new();
    if !rule.runs_in.is_empty() {
        parts.push(code(&rule.runs_in));
    }
    if rule.while_disputed {
        parts.push("while disputed".to_owned());
    }
    if !rule.pauses_in.is_empty() {
        parts.push(format!("stands still in {}", code(&rule.pauses_in)));
    }
    if !rule.met_by.is_empty() {
        parts.push(format!("met by {}", code(&rule.met_by)));
    }
    parts.join("; ")
}
