//! Documents as PDF: headings, paragraphs, pairs of words and values, and entries of a log, on numbered A4 pages.
//!
//! What it writes is made of words that people wrote, in whatever script; so it brings a font of its own, which is embedded as
//! far as it is used. Nothing is written to a disk.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::text::{Font, TextDirection};
use ttf_parser::Face;

const REGULAR: &[u8] = include_bytes!("pdf/DejaVuSansCondensed.ttf");
const BOLD: &[u8] = include_bytes!("pdf/DejaVuSansCondensed-Bold.ttf");

/// A4, in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 56.0;
/// Where words end and values begin.
const COLUMN: f32 = 150.0;
const SIZE: f32 = 10.0;
/// From one line to the next.
const LEADING: f32 = 1.4;

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// What the document is.
    Title(String),
    /// Begins a part on a page of its own.
    Chapter(String),
    /// Begins a smaller part.
    Heading(String),
    /// Running text; each line of it is one.
    Paragraph(String),
    /// What something is called, and what it is.
    Pair(String, String),
    /// When something happened, what, and what was said.
    Entry {
        /// When.
        when: String,
        /// What, and by whom.
        what: String,
        /// What was said.
        said: Vec<String>,
    },
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The font that the program brings cannot be read: a defect.
    #[error("the font of documents cannot be read")]
    Font,
    /// The document cannot be written.
    #[error("the document cannot be written: {0}")]
    Write(String),
}

/// A document. `page` makes the words at the foot of each page from its number and how many there are.
///
/// # Errors
/// A [`PdfError`].
pub fn write(
    title: &str,
    language: &str,
    blocks: &[Block],
    page: impl Fn(usize, usize) -> String,
) -> Result<Vec<u8>, PdfError> {
    let mut layout = Layout::new()?;
    for block in blocks {
        layout.set(block);
    }
    let pages = layout.pages;
    let fonts = [font(REGULAR)?, font(BOLD)?];
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(title.to_owned()).language(language.to_owned()));
    let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| PdfError::Write("A4 is no page".to_owned()))?;
    let of = pages.len();
    for (number, lines) in pages.iter().enumerate() {
        let mut sheet = document.start_page_with(settings.clone());
        let mut surface = sheet.surface();
        surface.set_fill(Some(Fill {
            paint: rgb::Color::new(0, 0, 0).into(),
            opacity: NormalizedF32::ONE,
            rule: krilla::paint::FillRule::default(),
        }));
        let [regular, bold] = &fonts;
        let foot = Line {
            x: MARGIN,
            y: HEIGHT - MARGIN / 2.0,
            size: 8.0,
            bold: false,
            text: page(number + 1, of),
        };
        for line in lines.iter().chain([&foot]) {
            let font = if line.bold { bold } else { regular };
            let at = Point::from_xy(line.x, line.y);
            surface.draw_text(at, font.clone(), line.size, &line.text, false, TextDirection::Auto);
        }
        surface.finish();
        sheet.finish();
    }
    document.finish().map_err(|error| PdfError::Write(format!("{error:?}")))
}

fn font(bytes: &'static [u8]) -> Result<Font, PdfError> {
    Font::new(bytes.into(), 0).ok_or(PdfError::Font)
}

/// A line on a page.
struct Line {
    x: f32,
    y: f32,
    size: f32,
    bold: bool,
    text: String,
}

/// Lines on pages, as they come.
struct Layout {
    faces: [Face<'static>; 2],
    pages: Vec<Vec<Line>>,
    y: f32,
}

impl Layout {
    fn new() -> Result<Self, PdfError> {
        let face = |bytes| Face::parse(bytes, 0).map_err(|_unreadable| PdfError::Font);
        Ok(Self {
            faces: [face(REGULAR)?, face(BOLD)?],
            pages: vec![Vec::new()],
            y: MARGIN,
        })
    }

    fn set(&mut self, block: &Block) {
        match block {
            Block::Title(text) => {
                self.text(text, MARGIN, 20.0, true);
                self.space(10.0);
            }
            Block::Chapter(text) => {
                if self.pages.last().is_some_and(|page| !page.is_empty()) {
                    self.turn();
                }
                self.text(text, MARGIN, 15.0, true);
                self.space(6.0);
            }
            Block::Heading(text) => {
                self.space(8.0);
                // A heading does not stand alone at the foot of a page.
                if self.y + 60.0 > HEIGHT - MARGIN {
                    self.turn();
                }
                self.text(text, MARGIN, 11.5, true);
                self.space(2.0);
            }
            Block::Paragraph(text) => {
                self.text(text, MARGIN, SIZE, false);
                self.space(4.0);
            }
            Block::Pair(word, value) => self.beside(word, value),
            Block::Entry { when, what, said } => {
                self.beside(when, what);
                for text in said {
                    self.text(text, MARGIN + COLUMN, SIZE - 0.5, false);
                }
                self.space(3.0);
            }
        }
    }

    /// A word in the first column, what it stands for in the second.
    fn beside(&mut self, word: &str, value: &str) {
        let (page, top) = (self.pages.len(), self.y);
        self.column(word, MARGIN, COLUMN - 12.0, SIZE, true);
        let (left_page, left) = (self.pages.len(), self.y);
        if left_page == page {
            self.y = top;
        }
        self.column(value, MARGIN + COLUMN, WIDTH - 2.0 * MARGIN - COLUMN, SIZE, false);
        if self.pages.len() == left_page {
            self.y = self.y.max(left);
        }
        self.space(2.0);
    }

    fn text(&mut self, text: &str, x: f32, size: f32, bold: bool) {
        self.column(text, x, WIDTH - MARGIN - x, size, bold);
    }

    fn column(&mut self, text: &str, x: f32, width: f32, size: f32, bold: bool) {
        for paragraph in text.lines() {
            for line in self.broken(paragraph, width, size, bold) {
                self.y += size * LEADING;
                if self.y > HEIGHT - MARGIN {
                    self.turn();
                    self.y += size * LEADING;
                }
                let y = self.y;
                if let Some(page) = self.pages.last_mut() {
                    page.push(Line {
                        x,
                        y,
                        size,
                        bold,
                        text: line,
                    });
                }
            }
        }
    }

    /// The lines of a paragraph: broken between words, and within one that is longer than a line.
    fn broken(&self, paragraph: &str, width: f32, size: f32, bold: bool) -> Vec<String> {
        let mut lines = Vec::new();
        let (mut line, mut used) = (String::new(), 0.0);
        let space = self.width(' ', size, bold);
        for word in paragraph.split_whitespace() {
            let needed: f32 = word.chars().map(|c| self.width(c, size, bold)).sum();
            if !line.is_empty() && used + space + needed > width {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            if !line.is_empty() {
                line.push(' ');
                used += space;
            }
            for c in word.chars() {
                let own = self.width(c, size, bold);
                if used + own > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                line.push(c);
                used += own;
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    fn width(&self, c: char, size: f32, bold: bool) -> f32 {
        let [regular, strong] = &self.faces;
        let face = if bold { strong } else { regular };
        let glyph = face.glyph_index(c).unwrap_or_default();
        let advance = face.glyph_hor_advance(glyph).unwrap_or_default();
        f32::from(advance) / f32::from(face.units_per_em()) * size
    }

    fn space(&mut self, points: f32) {
        self.y += points;
    }

    fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = MARGIN;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(value: &str) -> Block {
        Block::Pair("Ønsker".to_owned(), value.to_owned())
    }

    #[test]
    fn a_line_never_leaves_the_page_and_a_long_text_turns_it() {
        let mut layout = Layout::new().unwrap();
        let long = "blåbærsyltetøyglass ".repeat(40);
        let unbroken = "å".repeat(900);
        for _ in 0..30 {
            layout.set(&pair(&long));
            layout.set(&pair(&unbroken));
        }
        assert!(layout.pages.len() > 5, "{} pages", layout.pages.len());
        for line in layout.pages.iter().flatten() {
            let width: f32 = line.text.chars().map(|c| layout.width(c, line.size, line.bold)).sum();
            assert!(line.x + width <= WIDTH - MARGIN + 0.5, "{}", line.text);
            assert!(line.y <= HEIGHT - MARGIN && line.y > MARGIN, "{}", line.y);
        }
    }

    #[test]
    fn a_document_is_a_pdf_whose_words_are_text_and_whose_pages_are_numbered() {
        let blocks = [Block::Title("Innsyn".to_owned()), pair("Æ Ø Å – Ж – عربي")];
        let mut numbers = std::cell::RefCell::new(Vec::new());
        let document = write("Innsyn", "nb", &blocks, |page, of| {
            numbers.borrow_mut().push((page, of));
            format!("Side {page} av {of}")
        });
        let document = document.unwrap();
        assert!(document.starts_with(b"%PDF-"));
        assert_eq!(numbers.get_mut(), &[(1, 1)]);
        let has = |part: &[u8]| document.windows(part.len()).any(|window| window == part);
        assert!(has(b"/ToUnicode"), "words can be searched for and read aloud");
        assert!(has(b"/FontFile2") || has(b"/FontFile3"), "the font is in it");
    }
}
