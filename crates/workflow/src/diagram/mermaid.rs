//! The picture as Mermaid text, for pages that draw it themselves.

use std::fmt::Write as _;

use super::words;
use crate::definition::{Definition, Holder};
use crate::vocabulary::{Code, HandoffState, Language};

/// The statechart of a definition as Mermaid text.
///
/// ```
/// use stafett_workflow::vocabulary::Language;
///
/// let library = stafett_workflow::definition::builtin().unwrap();
/// let chart = stafett_workflow::diagram::mermaid(library.newest("notification").unwrap(), Language::En);
/// assert!(chart.starts_with("stateDiagram-v2\n"));
/// ```
#[must_use]
pub fn mermaid(definition: &Definition, language: Language) -> String {
    let mut chart = String::from("stateDiagram-v2\n");
    // Writing to a string does not fail.
    let _written = write(&mut chart, definition, language);
    chart
}

fn write(chart: &mut String, definition: &Definition, language: Language) -> std::fmt::Result {
    writeln!(chart, "  accTitle: {}", plain(&words::title(definition, language)))?;
    for (class, fill, stroke) in [
        ("sender", "#e6effb", "#2f5597"),
        ("receiver", "#e3f4e9", "#23693f"),
        ("originator", "#fdf0dc", "#8a5200"),
    ] {
        writeln!(chart, "  classDef {class} fill:{fill},stroke:{stroke},color:#16202e")?;
    }
    for state in &definition.states {
        let mut lines = vec![
            state.title.in_language(language).to_owned(),
            words::holder(state.holder, state.core, language).to_owned(),
        ];
        let running = definition
            .clocks
            .iter()
            .filter(|clock| clock.runs_in.contains(&state.id));
        lines.extend(running.map(|clock| words::clock(clock, language)));
        let lines: Vec<String> = lines.iter().map(|line| plain(line)).collect();
        let class = match state.holder {
            Holder::Sender => "sender",
            Holder::Receiver => "receiver",
            Holder::Originator => "originator",
        };
        let id = node(&state.id);
        writeln!(chart, "  state \"{}\" as {id}", lines.join("<br>"))?;
        writeln!(chart, "  class {id} {class}")?;
    }
    if let Some(first) = definition.states.first() {
        writeln!(chart, "  [*] --> {}", node(&first.id))?;
    }
    for transition in &definition.transitions {
        let action = plain(transition.action.title(language));
        for from in &transition.from {
            let back = definition
                .transitions
                .iter()
                .filter(|hold| transition.resumes && hold.to.as_deref() == Some(from.as_str()));
            let back = back.flat_map(|hold| &hold.from);
            for to in transition.to.iter().chain(&transition.opens).chain(back) {
                writeln!(chart, "  {} --> {}: {action}", node(from), node(to))?;
            }
        }
    }
    for state in &definition.states {
        if matches!(state.core, HandoffState::Completed | HandoffState::EnteredInError) {
            writeln!(chart, "  {} --> [*]", node(&state.id))?;
        }
    }
    Ok(())
}

fn node(id: &str) -> String {
    id.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}

/// Without the characters that mean something to Mermaid.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' => '\'',
            '<' | '>' | '{' | '}' | '[' | ']' | '#' | ';' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}
