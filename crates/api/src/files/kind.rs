//! Which files are taken, and whether one is what it says. What decides is what is in it; its name decides nothing.

use std::borrow::Cow;

use actix_web::web::Bytes;

use super::{office, picture};

/// A kind of file that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A photo.
    Jpeg,
    /// A picture, such as of a screen.
    Png,
    /// A picture, as browsers make them small.
    WebP,
    /// A document.
    Pdf,
    /// Plain text.
    Text,
    /// A document of Word, without macros.
    Docx,
    /// A document of LibreOffice, without macros.
    Odt,
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFault {
    /// There is nothing in it.
    Empty,
    /// It has more bytes than are taken.
    TooLarge,
    /// Its kind is none of those that are taken.
    KindNotTaken,
    /// It is not what it says.
    NotWhatItSays,
    /// It cannot be read as what it is.
    Broken,
    /// It grows beyond measure when it is opened.
    Bomb,
    /// It carries a program.
    Macros,
}

impl FileKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Jpeg,
        Self::Png,
        Self::WebP,
        Self::Pdf,
        Self::Text,
        Self::Docx,
        Self::Odt,
    ];

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Odt => "application/vnd.oasis.opendocument.text",
        }
    }

    /// The endings that a name of its kind may have, the usual one first.
    #[must_use]
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::WebP => &["webp"],
            Self::Pdf => &["pdf"],
            Self::Text => &["txt"],
            Self::Docx => &["docx"],
            Self::Odt => &["odt"],
        }
    }

    /// The kind that a media type names.
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.media_type().eq_ignore_ascii_case(media_type))
    }

    /// Whether it must be looked at whole before anything is kept. Of the others the beginning tells.
    #[must_use]
    pub const fn is_judged_whole(self) -> bool {
        !matches!(self, Self::Pdf)
    }

    /// Whether a file that begins so can be of this kind.
    ///
    /// # Errors
    /// [`FileFault::NotWhatItSays`].
    pub fn recognise(self, beginning: &[u8]) -> Result<(), FileFault> {
        let found = infer::get(beginning).map(|found| found.mime_type());
        let agrees = match self {
            // Text has no mark of its own; whatever has one is something else.
            Self::Text => found.is_none(),
            // Of archives the beginning alone is no proof; the look inside is.
            Self::Docx | Self::Odt => beginning.starts_with(b"PK\x03\x04"),
            other => found == Some(other.media_type()),
        };
        if agrees { Ok(()) } else { Err(FileFault::NotWhatItSays) }
    }

    /// A whole file as it may be kept: looked through, and without what tells more than the picture shows.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn cleaned(self, content: Bytes) -> Result<Bytes, FileFault> {
        match self {
            Self::Jpeg | Self::Png | Self::WebP => picture::cleaned(self, content),
            Self::Docx | Self::Odt => office::looked_through(self, &content).map(|()| content),
            Self::Text => plain(&content).map(|()| content),
            Self::Pdf => Ok(content),
        }
    }
}

/// UTF-8 without characters that control something.
fn plain(content: &[u8]) -> Result<(), FileFault> {
    let text = std::str::from_utf8(content).map_err(|_not_text| FileFault::NotWhatItSays)?;
    let text: Cow<'_, str> = text.strip_prefix('\u{feff}').unwrap_or(text).into();
    let controls = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    if text.contains(controls) {
        return Err(FileFault::NotWhatItSays);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
