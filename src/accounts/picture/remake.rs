//! Drawing a picture anew: what is kept was encoded by us, without anything that the file held
//! beside its pixels.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use super::PictureRefusal;

/// The most bytes of a picture that are taken.
pub const MOST_BYTES: usize = 1024 * 1024;
/// Of the picture that is kept.
const SIDE: u32 = 256;
/// Of the picture that is read.
const LONGEST_SIDE: u32 = 6_000;
/// What reading it may take.
const MOST_MEMORY: u64 = 192 * 1024 * 1024;
const JPEG_QUALITY: u8 = 85;

/// A picture as it is kept.
#[derive(Debug)]
pub(super) struct Remade {
    /// `image/png` or `image/jpeg`.
    pub(super) media_type: &'static str,
    /// The file.
    pub(super) bytes: Vec<u8>,
}

/// Draws the picture in `bytes` as a square. What it is, its bytes say, not its sender. Takes tens
/// of milliseconds: not for a thread that serves others.
///
/// # Errors
///
/// If it is too large, or no image that we read.
pub(super) fn remade(bytes: &[u8]) -> Result<Remade, PictureRefusal> {
    if bytes.is_empty() {
        return Err(PictureRefusal::Missing);
    }
    if bytes.len() > MOST_BYTES {
        return Err(PictureRefusal::TooLarge);
    }
    let format = image::guess_format(bytes).map_err(|_| PictureRefusal::NotAnImage)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(PictureRefusal::NotAnImage);
    }
    let square = decoded(bytes, format).map_err(|error| refusal(&error))?.resize_to_fill(
        SIDE,
        SIDE,
        FilterType::CatmullRom,
    );
    encoded(&square).map_err(|error| refusal(&error))
}

fn decoded(bytes: &[u8], format: ImageFormat) -> image::ImageResult<DynamicImage> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn encoded(square: &DynamicImage) -> image::ImageResult<Remade> {
    let mut bytes = Vec::new();
    if square.color().has_alpha() {
        square.to_rgba8().write_with_encoder(PngEncoder::new(&mut bytes))?;
        return Ok(Remade { media_type: "image/png", bytes });
    }
    let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
    square.to_rgb8().write_with_encoder(encoder)?;
    Ok(Remade { media_type: "image/jpeg", bytes })
}

fn refusal(error: &image::ImageError) -> PictureRefusal {
    match error {
        image::ImageError::Limits(_) => PictureRefusal::TooLarge,
        _ => PictureRefusal::NotAnImage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let image = DynamicImage::new_rgb8(width, height);
        image.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
        bytes
    }

    #[test]
    fn a_picture_becomes_a_square_of_our_own() {
        let mut photo = png(640, 480);
        photo.extend_from_slice(b"<script>alert(1)</script>");
        let kept = remade(&photo).unwrap();
        assert_eq!(kept.media_type, "image/jpeg");
        let again = image::load_from_memory(&kept.bytes).unwrap();
        assert_eq!((again.width(), again.height()), (SIDE, SIDE));
        assert!(!kept.bytes.windows(8).any(|part| part == b"<script>"));
        let mut clear = Vec::new();
        let image = DynamicImage::new_rgba8(10, 20);
        image.write_with_encoder(PngEncoder::new(&mut clear)).unwrap();
        assert_eq!(remade(&clear).unwrap().media_type, "image/png");
    }

    /// IJ-06
    #[test]
    fn what_is_no_image_or_too_large_is_refused() {
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        for bytes in [&svg[..], b"GIF89a\x01\0\x01\0\0\0\0;", b"<html>", b"\x89PNG\r\n\x1a\n"] {
            assert!(matches!(remade(bytes), Err(PictureRefusal::NotAnImage)), "{bytes:?}");
        }
        assert!(matches!(remade(b""), Err(PictureRefusal::Missing)));
        assert!(matches!(remade(&vec![0; MOST_BYTES + 1]), Err(PictureRefusal::TooLarge)));
        // A few bytes that would be many pixels.
        assert!(matches!(remade(&png(LONGEST_SIDE + 1, 1)), Err(PictureRefusal::TooLarge)));
    }
}
