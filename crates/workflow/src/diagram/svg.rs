//! The chart with its measures, written as SVG.

use std::fmt::Write as _;

use super::chart::{Chart, End, Group, Step};
use super::words;
use crate::definition::{Definition, Holder};
use crate::vocabulary::{Code, HandoffState, Language};

/// As wide as a phone, so that it is read there without zooming.
const WIDTH: i32 = 420;
const MARGIN: i32 = 10;
/// Steps stand here,
const LEFT: i32 = 20;
const LEFT_WIDTH: i32 = 150;
/// in a frame that is so much wider on each side,
const FRAME: i32 = 10;
/// and ends here.
const RIGHT: i32 = 288;
const RIGHT_WIDTH: i32 = WIDTH - MARGIN - RIGHT;
/// Between boxes, wide enough for the words beside an arrow.
const GAP: i32 = 34;
const PADDING: i32 = 8;
const TITLE: i32 = 13;
const SMALL: i32 = 11;
const TITLE_LINE: i32 = 16;
const SMALL_LINE: i32 = 14;

const STYLE: &str = "\
text{font:11px system-ui,-apple-system,'Segoe UI','Liberation Sans',Arial,sans-serif;fill:#16202e}\
.title{font-size:13px;font-weight:700}.who{font-weight:600}.band{font-size:12px;font-weight:700;fill:#3a4656}\
.jump{fill:#3a4656;font-style:italic}.label{fill:#16202e}.page{fill:#ffffff}\
.frame{fill:#f5f7fa;stroke:#8b97a6;stroke-dasharray:2 3}\
.box{stroke-width:1.5}.sender{fill:#e6effb;stroke:#2f5597}.receiver{fill:#e3f4e9;stroke:#23693f;stroke-width:2.5}\
.originator{fill:#fdf0dc;stroke:#8a5200;stroke-dasharray:6 3}.inner{fill:none}\
.arrow{fill:none;stroke:#3a4656;stroke-width:1.5}.head{fill:#3a4656}\
.pass{stroke:#b45309;stroke-width:3}.pass-head{fill:#b45309}.pass-label{fill:#8a3d05;font-weight:600}\
.clock{fill:none;stroke:#3a4656;stroke-width:1.2}\
@media (prefers-color-scheme:dark){text{fill:#e8edf3}.band,.jump{fill:#c3ccd8}.label{fill:#e8edf3}.page{fill:#11161d}\
.frame{fill:#19212b;stroke:#6b7888}.sender{fill:#1b2c47;stroke:#8fb4ee}.receiver{fill:#173324;stroke:#7fcf9f}\
.originator{fill:#3b2a10;stroke:#f0b45c}.arrow,.clock{stroke:#c3ccd8}.head{fill:#c3ccd8}\
.pass{stroke:#f59e4a}.pass-head{fill:#f59e4a}.pass-label{fill:#f8c08a}.inner{fill:none}}";

/// The statechart of a definition as a picture.
///
/// ```
/// use stafett_workflow::vocabulary::Language;
///
/// let library = stafett_workflow::definition::builtin().unwrap();
/// let picture = stafett_workflow::diagram::svg(library.newest("notification").unwrap(), Language::En);
/// assert!(picture.starts_with("<svg ") && picture.contains("Baton: receiver"));
/// ```
#[must_use]
pub fn svg(definition: &Definition, language: Language) -> String {
    let chart = Chart::of(definition, language);
    let mut canvas = Canvas {
        language,
        y: MARGIN,
        body: String::new(),
    };
    for (at, group) in chart.groups.iter().enumerate() {
        canvas.group(group, chart.groups.get(at + 1));
    }
    canvas.notes(&chart.afterwards);
    let (title, description) = (
        words::title(definition, language),
        described(&chart, definition, language),
    );
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>{STYLE}</style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n{}</svg>\n",
        escaped(&title),
        escaped(&description),
        canvas.body,
        height = canvas.y + MARGIN,
    )
}

/// The same told in words, for whoever does not see it.
fn described(chart: &Chart<'_>, definition: &Definition, language: Language) -> String {
    let steps = chart
        .groups
        .iter()
        .flat_map(|group| group.steps.iter().chain(group.ends.iter().map(|end| &end.step)));
    let sentences = steps.map(|Step { state, .. }| {
        let running = definition
            .clocks
            .iter()
            .filter(|clock| clock.runs_in.contains(&state.id));
        let clocks: Vec<String> = running.map(|clock| words::clock(clock, language)).collect();
        let mut actions: Vec<&str> = Vec::new();
        for transition in definition.transitions.iter().filter(|one| one.from.contains(&state.id)) {
            if transition.to.is_some() || transition.opens.is_some() || transition.resumes {
                actions.push(transition.action.title(language));
            }
        }
        let parts = [
            Some(words::holder(state.holder, state.core, language).to_owned()),
            (!clocks.is_empty()).then(|| clocks.join("; ")),
            (!actions.is_empty()).then(|| format!("→ {}", actions.join(", "))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("{}. {}.", state.title.in_language(language), parts.join(". "))
    });
    sentences.collect::<Vec<_>>().join(" ")
}

/// A picture that grows downwards.
struct Canvas {
    language: Language,
    y: i32,
    body: String,
}

/// The lines of one box.
struct Lines {
    title: Vec<String>,
    who: Vec<String>,
    clocks: Vec<Vec<String>>,
    jumps: Vec<Vec<String>>,
}

impl Lines {
    fn of(step: &Step<'_>, width: i32, language: Language) -> Self {
        let inner = width - 2 * PADDING;
        let who = words::holder(step.state.holder, step.state.core, language);
        Self {
            title: wrapped(step.state.title.in_language(language), inner, TITLE),
            who: wrapped(who, inner, SMALL),
            clocks: step
                .clocks
                .iter()
                .map(|clock| wrapped(clock, inner - 16, SMALL))
                .collect(),
            jumps: step.jumps.iter().map(|jump| wrapped(jump, inner - 8, SMALL)).collect(),
        }
    }

    fn height(&self) -> i32 {
        let small = self.who.len() + self.clocks.iter().chain(&self.jumps).map(Vec::len).sum::<usize>();
        2 * PADDING + count(self.title.len()) * TITLE_LINE + count(small) * SMALL_LINE
    }
}

fn count(lines: usize) -> i32 {
    i32::try_from(lines).unwrap_or(i32::MAX / 1000)
}

/// A box that was drawn: from where to where it reaches.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    top: i32,
    bottom: i32,
}

impl Drawn {
    const fn middle(self) -> i32 {
        i32::midpoint(self.top, self.bottom)
    }
}

impl Canvas {
    fn group(&mut self, group: &Group<'_>, next: Option<&Group<'_>>) {
        let framed = group.steps.len() > 1;
        let top = self.y;
        let (header, inner) = self.header(group, framed);
        let mut y = top + header;
        let mut drawn = Vec::new();
        let mut boxes = String::new();
        for (at, step) in group.steps.iter().enumerate() {
            let lines = Lines::of(step, LEFT_WIDTH, self.language);
            let height = lines.height();
            step_box(&mut boxes, step, &lines, LEFT, y, LEFT_WIDTH);
            drawn.push(Drawn {
                top: y,
                bottom: y + height,
            });
            y += height;
            if at + 1 < group.steps.len() {
                if let Some(words) = group.down.get(at).and_then(Option::as_ref) {
                    down(&mut boxes, y, y + GAP, words, false);
                }
                y += GAP;
            }
        }
        // The ends stand beside, centred where there is room.
        let ends: Vec<(i32, Lines)> = group
            .ends
            .iter()
            .map(|end| {
                let lines = Lines::of(&end.step, RIGHT_WIDTH, self.language);
                // The words above the arrow need their room.
                let label = count(wrapped(&end.label, LABEL_WIDTH, SMALL).len()) * 2 * SMALL_LINE + 4;
                (lines.height().max(label), lines)
            })
            .collect();
        let stack: i32 = ends.iter().map(|(height, _)| height + GAP / 3).sum::<i32>() - GAP / 3;
        let bottom = (y + inner).max(top + stack);
        if framed {
            self.frame(group, top, bottom, header);
        }
        self.body.push_str(&boxes);
        let mut end_y = top + (bottom - top - stack).max(0) / 2;
        for (at, (end, (height, lines))) in group.ends.iter().zip(&ends).enumerate() {
            let box_top = end_y + (height - lines.height()) / 2;
            step_box(&mut self.body, &end.step, lines, RIGHT, box_top, RIGHT_WIDTH);
            let place = Drawn {
                top: end_y,
                bottom: end_y + height,
            };
            self.reach_end(end, at, place, &drawn, framed);
            end_y += height + GAP / 3;
        }
        self.y = bottom;
        if next.is_some() {
            if let Some((words, from)) = &group.on {
                // The baton passes where somebody takes what the others waited for.
                let passes = next.is_some_and(|next| {
                    let holder = |group: &Group<'_>| group.steps.first().map(|step| step.state.holder);
                    holder(next) != holder(group)
                });
                let start = match from.and_then(|at| drawn.get(at)) {
                    Some(last) => last.bottom,
                    None => bottom,
                };
                down(&mut self.body, start, bottom + GAP, words, passes);
            }
            self.y += GAP;
        }
    }

    /// How much room the words of a frame take above and below its steps.
    fn header(&self, group: &Group<'_>, framed: bool) -> (i32, i32) {
        if !framed {
            return (0, 0);
        }
        let above = count(self.frame_lines(group, &group.clocks).iter().map(Vec::len).sum());
        let below = count(self.frame_lines(group, &group.jumps).iter().map(Vec::len).sum());
        let below = if below == 0 { 0 } else { below * SMALL_LINE + 4 };
        (PADDING + TITLE_LINE + above * SMALL_LINE + 6, below + FRAME)
    }

    fn frame_lines(&self, _: &Group<'_>, lines: &[String]) -> Vec<Vec<String>> {
        lines.iter().map(|line| wrapped(line, LEFT_WIDTH - 16, SMALL)).collect()
    }

    fn frame(&mut self, group: &Group<'_>, top: i32, bottom: i32, header: i32) {
        let (x, width) = (LEFT - FRAME, LEFT_WIDTH + 2 * FRAME);
        let height = bottom - top;
        put(
            &mut self.body,
            format_args!(
                "<rect class=\"frame\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"10\"/>\n"
            ),
        );
        let mut y = top + PADDING + 12;
        line(&mut self.body, "band", LEFT, y, group.band.title(self.language));
        y += SMALL_LINE + 2;
        for clock in self.frame_lines(group, &group.clocks) {
            clock_face(&mut self.body, LEFT + 6, y - 4);
            for text in clock {
                line(&mut self.body, "label", LEFT + 16, y, &text);
                y += SMALL_LINE;
            }
        }
        debug_assert!(y <= top + header + SMALL_LINE);
        let jumps = self.frame_lines(group, &group.jumps);
        let mut y = bottom - FRAME + 4 - (count(jumps.iter().map(Vec::len).sum()) - 1) * SMALL_LINE;
        for text in jumps.into_iter().flatten() {
            line(&mut self.body, "jump", LEFT, y, &text);
            y += SMALL_LINE;
        }
    }

    /// From the whole frame straight across, or from single steps by way of a lane of its own.
    fn reach_end(&mut self, end: &End<'_>, at: usize, place: Drawn, drawn: &[Drawn], framed: bool) {
        let y = place.middle();
        let frame_edge = if framed {
            LEFT + LEFT_WIDTH + FRAME
        } else {
            LEFT + LEFT_WIDTH
        };
        let tip = RIGHT - 2;
        if end.from.is_empty() {
            put(
                &mut self.body,
                format_args!("<path class=\"arrow\" d=\"M{frame_edge} {y}H{}\"/>\n", tip - 6),
            );
        } else {
            let lane = LEFT + LEFT_WIDTH + FRAME + 3 + 3 * i32::try_from(at % 4).unwrap_or_default();
            for from in end.from.iter().filter_map(|at| drawn.get(*at)) {
                // A little apart, so that several from one step are told apart.
                let start = (from.middle() + 5 * i32::try_from(at % 4).unwrap_or_default() - 7)
                    .clamp(from.top + 4, from.bottom - 4);
                let start = if from.top <= y && y <= from.bottom { y } else { start };
                put(
                    &mut self.body,
                    format_args!(
                        "<path class=\"arrow\" d=\"M{} {start}H{lane}V{y}H{}\"/>\n",
                        LEFT + LEFT_WIDTH,
                        tip - 6
                    ),
                );
            }
        }
        head_right(&mut self.body, tip, y);
        let words = wrapped(&end.label, LABEL_WIDTH, SMALL);
        let mut text_y = y - 5 - (count(words.len()) - 1) * SMALL_LINE;
        for text in &words {
            line(&mut self.body, "label", LABEL, text_y, text);
            text_y += SMALL_LINE;
        }
    }

    /// What stands below the picture.
    fn notes(&mut self, afterwards: &[String]) {
        self.y += GAP / 2;
        let mut y = self.y + 12;
        if !afterwards.is_empty() {
            line(&mut self.body, "band", MARGIN, y, words::afterwards(self.language));
            y += TITLE_LINE;
        }
        for note in afterwards {
            for text in wrapped(note, WIDTH - 2 * MARGIN, SMALL) {
                line(&mut self.body, "jump", MARGIN, y, &text);
                y += SMALL_LINE;
            }
            y += 2;
        }
        for text in wrapped(words::urgencies(self.language), WIDTH - 2 * MARGIN, SMALL) {
            line(&mut self.body, "label", MARGIN, y + 2, &text);
            y += SMALL_LINE;
        }
        self.y = y - 4;
    }
}

/// The words above an arrow to an end, beside the lanes: wide enough for the longest word of an action.
const LABEL: i32 = 196;
const LABEL_WIDTH: i32 = RIGHT - LABEL - 4;

fn step_box(into: &mut String, step: &Step<'_>, lines: &Lines, x: i32, top: i32, width: i32) {
    let class = match step.state.holder {
        Holder::Sender => "sender",
        Holder::Receiver => "receiver",
        Holder::Originator => "originator",
    };
    let height = lines.height();
    put(
        into,
        format_args!(
            "<rect class=\"box {class}\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"7\"/>\n"
        ),
    );
    if matches!(step.state.core, HandoffState::Completed | HandoffState::EnteredInError) {
        let (x, top, width, height) = (x + 3, top + 3, width - 6, height - 6);
        put(
            into,
            format_args!(
                "<rect class=\"box {class} inner\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"5\"/>\n"
            ),
        );
    }
    let mut y = top + PADDING + 11;
    for text in &lines.title {
        line(into, "title", x + PADDING, y, text);
        y += TITLE_LINE;
    }
    y -= 1;
    for text in &lines.who {
        line(into, "who", x + PADDING, y, text);
        y += SMALL_LINE;
    }
    for clock in &lines.clocks {
        clock_face(into, x + PADDING + 6, y - 4);
        for text in clock {
            line(into, "label", x + PADDING + 16, y, text);
            y += SMALL_LINE;
        }
    }
    for jump in &lines.jumps {
        for text in jump {
            line(into, "jump", x + PADDING, y, text);
            y += SMALL_LINE;
        }
    }
}

/// An arrow to the box below, with its words to the right.
fn down(into: &mut String, from: i32, to: i32, words: &str, passes: bool) {
    let x = LEFT + 24;
    let (arrow, head, label) = if passes {
        ("arrow pass", "pass-head", "pass-label")
    } else {
        ("arrow", "head", "label")
    };
    put(
        into,
        format_args!("<path class=\"{arrow}\" d=\"M{x} {from}V{}\"/>\n", to - 7),
    );
    put(
        into,
        format_args!(
            "<path class=\"{head}\" d=\"M{} {}L{x} {}L{} {}Z\"/>\n",
            x - 5,
            to - 9,
            to - 1,
            x + 5,
            to - 9
        ),
    );
    let texts = wrapped(words, LEFT_WIDTH - 36, SMALL);
    let mut y = to - GAP / 2 + 4 - (count(texts.len()) - 1) * SMALL_LINE / 2;
    for text in &texts {
        line(into, label, x + 10, y, text);
        y += SMALL_LINE;
    }
}

fn head_right(into: &mut String, tip: i32, y: i32) {
    put(
        into,
        format_args!(
            "<path class=\"head\" d=\"M{} {}L{tip} {y}L{} {}Z\"/>\n",
            tip - 8,
            y - 5,
            tip - 8,
            y + 5
        ),
    );
}

fn clock_face(into: &mut String, x: i32, y: i32) {
    put(
        into,
        format_args!(
            "<path class=\"clock\" d=\"M{} {y}a5 5 0 1 1 10 0a5 5 0 1 1 -10 0M{x} {}V{y}H{}\"/>\n",
            x - 5,
            y - 3,
            x + 3
        ),
    );
}

fn line(into: &mut String, class: &str, x: i32, y: i32, text: &str) {
    put(
        into,
        format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>\n", escaped(text)),
    );
}

fn put(into: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _written = into.write_fmt(what);
}

/// Breaks a text where it would be wider than this, by how wide letters of common fonts are at most on average.
fn wrapped(text: &str, width: i32, size: i32) -> Vec<String> {
    let fits = usize::try_from(width * 100 / (size * 56)).unwrap_or(1).max(4);
    // Words stand on one line only where it has room to spare: a word that fits alone is not broken for that.
    let together = fits * 15 / 16;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        let long = rest.len() > fits;
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + rest.len() <= together => {
                line.push(' ');
                line.extend(rest);
                continue;
            }
            _ => {}
        }
        while long && rest.len() > fits {
            let tail = rest.split_off(fits - 1);
            lines.push(rest.into_iter().chain(['-']).collect());
            rest = tail;
        }
        lines.push(rest.into_iter().collect());
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
