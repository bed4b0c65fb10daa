//! A workflow as a picture: its steps, who holds the baton in each, which limits run there, and what leads where.
//!
//! [`svg`] draws it for people, on a phone as on a desk, light or dark; [`mermaid`] writes it for a page that draws by
//! itself. Both are made from the definition and from nothing else, and are the same each time.
//!
//! The steps stand in three bands, as a referral goes through them: written, waiting for an answer, taken. Steps of one band
//! stand in one frame, so that what can be done in all of them is drawn once. To the right stands how a hand-off can end.

mod chart;
mod mermaid;
mod svg;
mod words;

pub use mermaid::mermaid;
pub use svg::svg;

#[cfg(test)]
mod tests {
    use crate::definition::builtin;
    use crate::vocabulary::Language;

    use super::*;

    #[test]
    fn every_step_limit_and_move_is_in_the_picture() {
        for definition in builtin().unwrap().iter() {
            for language in [Language::Nb, Language::En] {
                let picture = svg(definition, language);
                let chart = mermaid(definition, language);
                let seen: String = texts(&picture).join(" ");
                for state in &definition.states {
                    assert!(
                        seen.contains(state.title.in_language(language)),
                        "{} in {}",
                        state.id,
                        definition.key.id
                    );
                    assert!(chart.contains(&state.id.replace('-', "_")));
                }
                for clock in definition.clocks.iter().filter(|clock| !clock.while_disputed) {
                    assert!(
                        seen.contains(clock.title.in_language(language)),
                        "{} in {}",
                        clock.id,
                        definition.key.id
                    );
                }
                for transition in definition
                    .transitions
                    .iter()
                    .filter(|one| one.to.is_some() || one.opens.is_some())
                {
                    let action = crate::vocabulary::Code::title(transition.action, language);
                    assert!(seen.contains(action), "{action} in {}", definition.key.id);
                }
            }
        }
    }

    /// The words of a picture in their order, without the parts that are not drawn.
    fn texts(svg: &str) -> Vec<String> {
        svg.split("<text")
            .skip(1)
            .filter_map(|part| part.split_once('>')?.1.split_once("</text>"))
            .map(|(text, _)| {
                text.replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&amp;", "&")
                    .replace("&quot;", "\"")
            })
            .collect()
    }

    #[test]
    fn a_name_cannot_break_out_of_the_picture() {
        let mut definition = (**builtin().unwrap().newest("service-referral").unwrap()).clone();
        definition.title = crate::vocabulary::Text::new("</title><script>alert(1)</script>", "\"&<>");
        definition.states[1].title = crate::vocabulary::Text::new("<script>", "a\"]\nend --> sent");
        for language in [Language::Nb, Language::En] {
            assert!(!svg(&definition, language).contains("<script"));
            assert!(!mermaid(&definition, language).contains("\nend -->"));
        }
    }
}
