//! Pictures without what they tell beside the picture: where, when, by whom and with what they were taken, the small picture
//! of what was cut away, and whatever somebody hung on behind. Of each format only the parts are kept that draw it, and which
//! way is up.

use actix_web::web::Bytes;
use exif::experimental::Writer;
use exif::{Field, In, Tag, Value};
use img_parts::ImageEXIF;
use img_parts::jpeg::{Jpeg, JpegSegment};
use img_parts::png::Png;
use img_parts::riff::RiffContent;
use img_parts::webp::WebP;

use super::{FileFault, FileKind};

/// More pixels than any camera makes: whoever opens it needs so much memory, whatever size the file has.
const MOST_PIXELS: usize = 120_000_000;

/// The picture alone.
pub(super) fn cleaned(kind: FileKind, content: Bytes) -> Result<Bytes, FileFault> {
    let size = imagesize::blob_size(&content).map_err(|_unreadable| FileFault::Broken)?;
    if size.width.saturating_mul(size.height) > MOST_PIXELS {
        return Err(FileFault::Bomb);
    }
    match kind {
        FileKind::Jpeg => jpeg(content),
        FileKind::Png => png(content),
        _webp => webp(content),
    }
}

/// What draws: everything that is no application segment and no comment. Of the former, colours need the profile and
/// Adobe's mark.
fn jpeg(content: Bytes) -> Result<Bytes, FileFault> {
    const APPLICATION: std::ops::RangeInclusive<u8> = 0xe0..=0xef;
    const COMMENT: u8 = 0xfe;
    let mut picture = Jpeg::from_bytes(content).map_err(|_unreadable| FileFault::Broken)?;
    let turned = picture.exif().and_then(|exif| orientation(&exif));
    let draws = |segment: &JpegSegment| match segment.marker() {
        0xe2 => segment.contents().starts_with(b"ICC_PROFILE\0"),
        0xee => segment.contents().starts_with(b"Adobe"),
        marker => !APPLICATION.contains(&marker) && marker != COMMENT,
    };
    picture.segments_mut().retain(draws);
    if !picture.segments().iter().any(JpegSegment::has_entropy) {
        return Err(FileFault::Broken);
    }
    picture.set_exif(turned);
    let encoded = picture.encoder().bytes();
    // The library keeps all that follows the first scan. In a scan no marker can stand but those of further scans and the end.
    let scans = start_of_scan(&encoded).ok_or(FileFault::Broken)?;
    let mut end = None;
    for (at, pair) in encoded.windows(2).enumerate().skip(scans) {
        match pair {
            [0xff, 0xd9] => {
                end = Some(at + 2);
                break;
            }
            [0xff, marker] if APPLICATION.contains(marker) || *marker == COMMENT => return Err(FileFault::Broken),
            _ => {}
        }
    }
    let end = end.ok_or(FileFault::Broken)?;
    Ok(encoded.slice(..end))
}

/// Where the first scan begins: behind the segments before it, as the library counts them.
fn start_of_scan(encoded: &Bytes) -> Option<usize> {
    let picture = Jpeg::from_bytes(encoded.clone()).ok()?;
    let before = picture.segments().iter().map(JpegSegment::len).sum::<usize>();
    Some(before + 2)
}

/// The chunks that draw, and those that tell the colours, the size of a pixel and the frames of an animation.
fn png(content: Bytes) -> Result<Bytes, FileFault> {
    const DRAW: [&[u8; 4]; 15] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"pHYs",
        b"acTL", b"fcTL", b"fdAT",
    ];
    let mut picture = Png::from_bytes(content).map_err(|_unreadable| FileFault::Broken)?;
    let turned = picture.exif().and_then(|exif| orientation(&exif));
    picture.chunks_mut().retain(|chunk| DRAW.contains(&&chunk.kind()));
    let ends = picture.chunks().last().is_some_and(|chunk| chunk.kind() == *b"IEND");
    let drawn = picture.chunks().iter().any(|chunk| chunk.kind() == *b"IDAT");
    if !ends || !drawn {
        return Err(FileFault::Broken);
    }
    picture.set_exif(turned);
    Ok(picture.encoder().bytes())
}

fn webp(content: Bytes) -> Result<Bytes, FileFault> {
    const XMP_MARK: u8 = 0b0000_0100;
    const DRAW: [&[u8; 4]; 7] = [b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
    let mut picture = WebP::from_bytes(content).map_err(|_unreadable| FileFault::Broken)?;
    let turned = picture.exif().and_then(|exif| orientation(&exif));
    picture.chunks_mut().retain(|chunk| DRAW.contains(&&chunk.id()));
    if picture.chunks().is_empty() {
        return Err(FileFault::Broken);
    }
    for chunk in picture.chunks_mut().iter_mut().filter(|chunk| chunk.id() == *b"VP8X") {
        // The library keeps the mark that says there is XMP.
        if let RiffContent::Data(data) = chunk.content_mut() {
            let mut marks = data.to_vec();
            if let Some(first) = marks.first_mut() {
                *first &= !XMP_MARK;
            }
            *data = marks.into();
        }
    }
    picture.set_exif(turned);
    Ok(picture.encoder().bytes())
}

/// Which way is up, and nothing else of what the camera wrote; nothing when it is up already.
fn orientation(written: &[u8]) -> Option<Bytes> {
    let read = exif::Reader::new().read_raw(written.to_vec()).ok()?;
    let field = read.get_field(Tag::Orientation, In::PRIMARY)?;
    let turned = field.value.get_uint(0).filter(|turned| (2..=8).contains(turned))?;
    let field = Field {
        tag: Tag::Orientation,
        ifd_num: In::PRIMARY,
        value: Value::Short(vec![u16::try_from(turned).ok()?]),
    };
    let mut writer = Writer::new();
    writer.push_field(&field);
    let mut out = std::io::Cursor::new(Vec::new());
    writer.write(&mut out, false).ok()?;
    Some(out.into_inner().into())
}

#[cfg(test)]
mod tests;
