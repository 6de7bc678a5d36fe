//! Drawing a picture anew: what is kept was encoded by us, without anything that the file held
//! beside its pixels.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::error::{LimitError, LimitErrorKind};
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
/// What it may take when it is read: the longest sides with four channels of eight bits. Its middle
/// is cut out as a copy, so that a drawing holds twice as much for a moment.
const MOST_DECODED: u64 = 4 * 6_000 * 6_000;
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
    drawn(bytes, format).map_err(|error| refusal(&error))
}

/// Cuts before it scales: what is scaled is a square, however long a strip it comes from.
fn drawn(bytes: &[u8], format: ImageFormat) -> image::ImageResult<Remade> {
    let (image, orientation) = decoded(bytes, format)?;
    let mut square = middle_of(image).resize_exact(SIDE, SIDE, FilterType::CatmullRom);
    square.apply_orientation(orientation);
    encoded(&square)
}

/// The largest square in the middle.
fn middle_of(image: DynamicImage) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    let side = width.min(height);
    if width == height {
        return image;
    }
    image.crop_imm((width - side) / 2, (height - side) / 2, side, side)
}

fn decoded(bytes: &[u8], format: ImageFormat) -> image::ImageResult<(DynamicImage, Orientation)> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    if decoder.total_bytes() > MOST_DECODED {
        let too_much = LimitError::from_kind(LimitErrorKind::InsufficientMemory);
        return Err(image::ImageError::Limits(too_much));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder)?, orientation))
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
    use image::{ImageBuffer, Pixel, Rgb, RgbImage, Rgba};

    use super::*;

    /// The header of a picture that is not there: 6000 by 6000, 16 bits for each of four channels.
    const LARGE_AND_DEEP: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x17p\0\0\x17p\x10\x06\0\0\0\
        \xb3\xc4[\0\0\0\0\tIDATx\x9cc\0\0\0\x01\0\x01^\xff}\xf9\0\0\0\0IEND\xaeB`\x82";

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

    fn kept_of<P>(image: &ImageBuffer<P, Vec<P::Subpixel>>) -> RgbImage
    where
        P: Pixel + image::PixelWithColorType,
        [P::Subpixel]: image::EncodableLayout,
    {
        let mut bytes = Vec::new();
        image.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
        let kept = remade(&bytes).unwrap();
        image::load_from_memory(&kept.bytes).unwrap().to_rgb8()
    }

    fn is_near(kept: Rgb<u8>, meant: [u8; 3]) -> bool {
        kept.0.iter().zip(meant).all(|(kept, meant)| kept.abs_diff(meant) < 12)
    }

    /// IJ-06: a hundred bytes took gigabytes while the whole picture was scaled before it was cut.
    #[test]
    fn a_strip_costs_no_more_than_the_square_in_its_middle() {
        for (width, height) in [(LONGEST_SIDE, 1), (1, LONGEST_SIDE), (LONGEST_SIDE, 2)] {
            let deep = ImageBuffer::from_pixel(width, height, Rgba([0_u16, 65_535, 0, 65_535]));
            let shallow = ImageBuffer::from_pixel(width, height, Rgb([0_u8, 255, 0]));
            for kept in [kept_of(&deep), kept_of(&shallow)] {
                assert_eq!(kept.dimensions(), (SIDE, SIDE));
                assert!(kept.pixels().all(|&pixel| is_near(pixel, [0, 255, 0])));
            }
        }
    }

    #[test]
    fn the_middle_of_a_picture_is_kept() {
        let (red, green, blue) = ([255, 0, 0], [0, 255, 0], [0, 0, 255]);
        let band = |at: u32| {
            if at < 80 {
                red
            } else if at < 560 {
                green
            } else {
                blue
            }
        };
        let wide = RgbImage::from_fn(640, 480, |x, _| Rgb(band(x)));
        let tall = RgbImage::from_fn(480, 640, |_, y| Rgb(band(y)));
        for kept in [kept_of(&wide), kept_of(&tall)] {
            assert!(kept.pixels().all(|&pixel| is_near(pixel, green)));
        }
        let quarters = RgbImage::from_fn(300, 300, |x, y| match (x < 150, y < 150) {
            (true, true) => Rgb(red),
            (false, true) => Rgb(green),
            _ => Rgb(blue),
        });
        let kept = kept_of(&quarters);
        for (x, y, meant) in [(20, 20, red), (230, 20, green), (20, 230, blue)] {
            assert!(is_near(*kept.get_pixel(x, y), meant), "{x} {y}");
        }
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
        assert!(matches!(remade(LARGE_AND_DEEP), Err(PictureRefusal::TooLarge)));
    }
}
