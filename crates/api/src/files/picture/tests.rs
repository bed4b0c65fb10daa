use actix_web::web::Bytes;

use super::*;

/// A picture with a mark in each place where something can hide; the camera was held upright.
const PHOTO: &[u8] = include_bytes!("../../../../../tests/fixtures/photo.jpg");
const SCREEN: &[u8] = include_bytes!("../../../../../tests/fixtures/screen.png");
const WEBP: &[u8] = include_bytes!("../../../../../tests/fixtures/photo.webp");

fn marks(bytes: &[u8]) -> usize {
    bytes.windows(4).filter(|part| part == b"MARK").count()
}

fn upright(kind: FileKind, bytes: &Bytes) -> Option<u32> {
    let exif = match kind {
        FileKind::Jpeg => Jpeg::from_bytes(bytes.clone()).unwrap().exif(),
        FileKind::Png => Png::from_bytes(bytes.clone()).unwrap().exif(),
        _webp => WebP::from_bytes(bytes.clone()).unwrap().exif(),
    }?;
    let read = exif::Reader::new().read_raw(exif.to_vec()).unwrap();
    assert_eq!(read.fields().count(), 1, "nothing but which way is up");
    read.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)
}

#[test]
fn what_a_picture_tells_beside_itself_is_gone_and_which_way_is_up_stays() {
    for (kind, picture, hidden) in [
        (FileKind::Jpeg, PHOTO, 8),
        (FileKind::Png, SCREEN, 7),
        (FileKind::WebP, WEBP, 4),
    ] {
        assert_eq!(marks(picture), hidden, "{kind:?} hides as much as it should");
        let clean = cleaned(kind, Bytes::from_static(picture)).unwrap();
        assert_eq!(marks(&clean), 0, "{kind:?}");
        assert_eq!(upright(kind, &clean), Some(6), "{kind:?}");
        let (before, after) = (
            imagesize::blob_size(picture).unwrap(),
            imagesize::blob_size(&clean).unwrap(),
        );
        assert_eq!((before.width, before.height), (after.width, after.height));
        assert_eq!(
            cleaned(kind, clean.clone()).unwrap(),
            clean,
            "{kind:?}: what is clean stays as it is"
        );
    }
}

#[test]
fn a_picture_that_is_cut_off_or_no_picture_is_broken() {
    for (kind, picture) in [(FileKind::Jpeg, PHOTO), (FileKind::Png, SCREEN), (FileKind::WebP, WEBP)] {
        let whole = cleaned(kind, Bytes::from_static(picture)).unwrap();
        for length in [0, 8, whole.len() / 2, whole.len() - 12] {
            let cut = whole.slice(..length);
            assert_eq!(cleaned(kind, cut), Err(FileFault::Broken), "{kind:?} of {length} bytes");
        }
    }
}

#[test]
fn a_picture_larger_than_any_camera_makes_is_refused_by_what_it_says_of_itself() {
    let mut huge = SCREEN.to_vec();
    huge[16..24].copy_from_slice(&[0, 0, 0x60, 0, 0, 0, 0x60, 0]);
    assert_eq!(cleaned(FileKind::Png, huge.into()), Err(FileFault::Bomb));
}

#[test]
fn what_stands_between_two_scans_is_no_picture() {
    let clean = cleaned(FileKind::Jpeg, Bytes::from_static(PHOTO)).unwrap();
    let at = start_of_scan(&clean).unwrap();
    let comment = [&clean[..clean.len() - 2], b"\xff\xfe\x00\x06MARK\xff\xd9"].concat();
    assert!(at < clean.len());
    assert_eq!(cleaned(FileKind::Jpeg, comment.into()), Err(FileFault::Broken));
}
