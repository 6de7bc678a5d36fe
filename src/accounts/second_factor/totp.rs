//! Codes of an authenticator app (RFC 6238): SHA-1, six digits, 30 seconds, one step of leeway
//! either way. What every app can do.

use std::fmt::Write as _;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, GrayImage, ImageEncoder as _, Luma};
use qrcode::{Color, EcLevel, QrCode};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::random;

/// Light modules around a QR code (ISO/IEC 18004 §5.3.8).
const QUIET_MODULES: u32 = 4;
/// Dots of a picture for each module.
const DOTS: u32 = 8;

/// A key that an app shares with us: 160 bits, as RFC 4226 §4 recommends.
pub(super) struct TotpKey(Zeroizing<[u8; 20]>);

impl TotpKey {
    pub(super) fn generate() -> Self {
        Self(Zeroizing::new(random::bytes()))
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        <[u8; 20]>::try_from(bytes).ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    fn totp(&self, issuer: &str, account: &str) -> Option<Totp> {
        // A colon would end the issuer's part of the label.
        let plain = |text: &str| text.replace(':', " ");
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(1)
            .with_step_duration(30)
            .with_secret(Secret::new(Box::from(self.bytes())))
            .with_account_name(plain(account))
            .with_issuer(Some(plain(issuer)))
            .build()
            .ok()
    }

    /// The time step whose code this is, within one step of now.
    pub(super) fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let time = u64::try_from(now.0).ok()?;
        // `check` takes text of other forms too.
        let is_code = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        let step = self.totp("-", "-")?.check(code, time).filter(|_| is_code)?;
        i64::try_from(step).ok()
    }

    /// The address that sets up an app.
    pub(super) fn address(&self, issuer: &str, account: &str) -> Option<Zeroizing<String>> {
        self.totp(issuer, account)?.to_url().ok().map(Zeroizing::new)
    }

    /// The key in base32, in groups of four, to be typed.
    pub(super) fn in_groups(&self) -> Zeroizing<String> {
        let base32 = Zeroizing::new(Secret::new(Box::from(self.bytes())).to_base32());
        let letters: Vec<char> = base32.chars().collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        Zeroizing::new(groups.join(" "))
    }
}

/// A QR code as an SVG picture to stand in a page: one line per run of dark modules.
pub(super) fn qr_picture(text: &str) -> Option<Zeroizing<String>> {
    /// Light modules around it (ISO/IEC 18004 §5.3.8).
    const QUIET_ZONE: usize = 4;
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let colors = code.to_colors();
    let mut path = Zeroizing::new(String::new());
    for (y, row) in colors.chunks(width).enumerate() {
        // The first dark run of a row is placed, the others follow it: half as long.
        let (mut x, mut drawn_to) = (0, None);
        for run in row.chunk_by(|left, right| left == right) {
            if run.first() == Some(&Color::Dark) {
                match drawn_to {
                    None => write!(path, "M{} {}.5", x + QUIET_ZONE, y + QUIET_ZONE).ok()?,
                    Some(end) => write!(path, "m{} 0", x - end).ok()?,
                }
                write!(path, "h{}", run.len()).ok()?;
                drawn_to = Some(x + run.len());
            }
            x += run.len();
        }
    }
    let size = width + 2 * QUIET_ZONE;
    Some(Zeroizing::new(format!(
        "<svg viewBox=\"0 0 {size} {size}\" width=\"232\" height=\"232\" \
         aria-hidden=\"true\"><rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/>\
         <path stroke=\"#000\" d=\"{}\"/></svg>",
        path.as_str()
    )))
}

/// The same as a PNG picture, for programs that draw no SVG: eight dots for each module.
pub(super) fn qr_png(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let modules = u32::try_from(code.width()).ok()?;
    let colors = code.to_colors();
    let side = (modules + 2 * QUIET_MODULES) * DOTS;
    let picture = GrayImage::from_fn(side, side, |x, y| {
        let module = |dot: u32| (dot / DOTS).checked_sub(QUIET_MODULES).filter(|at| *at < modules);
        let place =
            module(x).zip(module(y)).and_then(|(x, y)| usize::try_from(y * modules + x).ok());
        let is_dark = place.and_then(|place| colors.get(place)) == Some(&Color::Dark);
        Luma([if is_dark { 0 } else { u8::MAX }])
    });
    let mut png = Zeroizing::new(Vec::new());
    let encoder = PngEncoder::new(&mut *png);
    encoder.write_image(picture.as_raw(), side, side, ExtendedColorType::L8).ok()?;
    Some(png)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 6238 appendix B, "12345678901234567890".
    fn rfc_key() -> TotpKey {
        TotpKey::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn the_codes_of_the_standard_are_those_of_their_steps() {
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            let key = rfc_key();
            assert_eq!(key.step_of(code, Timestamp(time)), Some(time / 30), "{code}");
            assert_eq!(key.step_of(code, Timestamp(time + 30)), Some(time / 30), "a step late");
            assert_eq!(key.step_of(code, Timestamp(time - 30)), Some(time / 30), "a step early");
            assert_eq!(key.step_of(code, Timestamp(time + 60)), None, "two steps late");
            assert_eq!(key.step_of(code, Timestamp(time - 60)), None, "two steps early");
        }
    }

    #[test]
    fn what_is_no_code_is_no_step() {
        for typed in ["", "28708", "2870820", "287 082", "२८७०८२", "287082\0", "+87082"]
        {
            assert_eq!(rfc_key().step_of(typed, Timestamp(59)), None, "{typed:?}");
        }
    }

    #[test]
    fn an_app_is_set_up_by_an_address_that_names_who_asks() {
        let address = rfc_key().address("Example: ID", "ada@example.org").unwrap();
        assert!(address.starts_with("otpauth://totp/Example"), "{}", address.as_str());
        let url = url::Url::parse(&address).unwrap();
        let value = |name| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!(value("secret"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(value("issuer"), "Example  ID");
        assert_eq!(rfc_key().in_groups().as_str(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }

    #[test]
    fn a_picture_is_as_wide_as_its_code_and_the_quiet_zone() {
        let picture = qr_picture("otpauth://totp/x?secret=y").unwrap();
        // 25 bytes at level L need version 2, which has 25 modules.
        assert!(picture.contains("viewBox=\"0 0 33 33\""), "{}", picture.as_str());
        // The first row begins with the side of a finder pattern.
        assert!(picture.contains("d=\"M4 4.5h7"), "{}", picture.as_str());
        assert!(!picture.contains("otpauth"));
    }
}
