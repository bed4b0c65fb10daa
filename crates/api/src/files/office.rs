//! Documents that are archives: of the kind that they say, without macros, and not larger inside than anybody writes.

use std::io::{Cursor, Read, copy, sink};

use zip::ZipArchive;

use super::{FileFault, FileKind};

/// So many parts has no letter.
const MOST_PARTS: usize = 2_000;
/// So much is in it at most when it is opened, in bytes.
const LARGEST_INSIDE: u64 = 200 * 1024 * 1024;

/// Opens every part to its end and keeps nothing of it.
pub(super) fn looked_through(kind: FileKind, content: &[u8]) -> Result<(), FileFault> {
    let broken = |_unreadable| FileFault::Broken;
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(broken)?;
    if archive.len() > MOST_PARTS {
        return Err(FileFault::Bomb);
    }
    let mut is_kind = false;
    let mut left = LARGEST_INSIDE;
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).map_err(broken)?;
        let name = part.name().map_err(broken)?.to_ascii_lowercase();
        if name.ends_with("vbaproject.bin") || name.starts_with("basic/") || name.starts_with("scripts/") {
            return Err(FileFault::Macros);
        }
        if kind == FileKind::Odt && name == "mimetype" {
            let mut said = String::new();
            part.by_ref()
                .take(200)
                .read_to_string(&mut said)
                .map_err(|_unreadable| FileFault::Broken)?;
            is_kind = said == kind.media_type();
        }
        is_kind |= kind == FileKind::Docx && name == "word/document.xml";
        // What an archive says of its sizes may be a lie, so it is counted.
        let read = copy(&mut part.take(left + 1), &mut sink()).map_err(|_unreadable| FileFault::Broken)?;
        left = left.checked_sub(read).ok_or(FileFault::Bomb)?;
    }
    if is_kind { Ok(()) } else { Err(FileFault::NotWhatItSays) }
}
