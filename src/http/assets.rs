//! The style sheet, script and images of the pages: in the binary, under names that change with
//! their content, so that a browser may keep them for ever.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use aws_lc_rs::digest;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::paths;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The route of [`serve`].
pub const ROUTE: &str = "/static/{*name}";

/// One embedded file.
#[derive(Debug, Clone)]
pub struct Asset {
    /// What is sent.
    pub bytes: Bytes,
    /// The media type it is sent with.
    pub content_type: &'static str,
}

#[derive(Default)]
struct Assets {
    /// `css/protekt.css` to `/static/css/protekt.HASH.css`.
    paths: HashMap<String, String>,
    /// `css/protekt.HASH.css` to the file.
    files: HashMap<String, Asset>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut assets = Assets::default();
    // A style sheet is named last: its own hash covers the hashed names it refers to.
    let (sheets, others): (Vec<_>, Vec<_>) = Files::iter().partition(|name| name.ends_with(".css"));
    for name in others.iter().chain(&sheets) {
        assets.add(name);
    }
    assets
});

impl Assets {
    fn add(&mut self, name: &str) {
        let (Some(file), Some((stem, extension))) = (Files::get(name), name.rsplit_once('.'))
        else {
            return;
        };
        let bytes = match std::str::from_utf8(&file.data) {
            Ok(sheet) if extension == "css" => self.with_hashed_names(sheet).into(),
            _ => Bytes::from(file.data.into_owned()),
        };
        let hashed = format!("{stem}.{}.{extension}", hash(&bytes));
        self.paths.insert(name.to_owned(), format!("{}/{hashed}", paths::STATIC));
        self.files.insert(hashed, Asset { bytes, content_type: content_type(extension) });
    }

    fn with_hashed_names(&self, sheet: &str) -> String {
        self.paths.iter().fold(sheet.to_owned(), |sheet, (name, path)| {
            sheet.replace(&format!("url({}/{name})", paths::STATIC), &format!("url({path})"))
        })
    }
}

/// The first ten hexadecimal digits of the SHA-256.
pub(super) fn hash(bytes: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, bytes);
    digest.as_ref().iter().take(5).fold(String::new(), |mut name, byte| {
        write!(name, "{byte:02x}").unwrap_or_default();
        name
    })
}

fn content_type(extension: &str) -> &'static str {
    match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

/// Where a file of `static/` is served, for the name it has there (`css/protekt.css`).
pub fn path(name: &str) -> &'static str {
    ASSETS.paths.get(name).map_or_else(
        || {
            tracing::error!(name, "a page names a file that is not embedded");
            paths::STATIC
        },
        String::as_str,
    )
}

/// The file of a hashed name, which is the rest of a path after `/static/`.
pub fn find(hashed_name: &str) -> Option<Asset> {
    ASSETS.files.get(hashed_name).cloned()
}

/// `GET /static/{*name}`
#[tracing::instrument(name = "http.static", skip_all)]
pub async fn serve(Path(name): Path<String>) -> Response {
    let Some(asset) = find(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // An SVG opened by itself is a document.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    (headers, asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_hashed_name_alone() {
        let path = path("css/protekt.css");
        let hashed = path.strip_prefix("/static/").unwrap();
        assert_eq!(hashed.len(), "css/protekt.css".len() + 11);
        assert_eq!(find(hashed).unwrap().content_type, "text/css; charset=utf-8");
        assert!(find("css/protekt.css").is_none());
        assert!(find("css/protekt.0000000000.css").is_none());
        assert!(find("../Cargo.toml").is_none());
    }

    #[test]
    fn a_style_sheet_names_its_images_by_their_hashed_names() {
        let asset = find(path("css/protekt.css").strip_prefix("/static/").unwrap()).unwrap();
        let sheet = std::str::from_utf8(&asset.bytes).unwrap();
        assert!(sheet.contains(path("img/rosette.svg")));
        for target in sheet.split("url(").skip(1) {
            let target = target.split(')').next().unwrap();
            assert!(find(target.strip_prefix("/static/").unwrap()).is_some(), "{target}");
        }
    }

    #[test]
    fn the_files_stay_within_their_budgets() {
        assert!(Files::get("css/protekt.css").unwrap().data.len() <= 24_000);
        assert!(Files::get("js/protekt.js").unwrap().data.len() <= 5_000);
    }

    #[tokio::test]
    async fn a_file_may_be_kept_for_ever_and_an_unknown_one_is_not_found() {
        let name = path("js/protekt.js").strip_prefix("/static/").unwrap().to_owned();
        let answer = serve(Path(name)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let headers = answer.headers();
        assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let answer = serve(Path("js/protekt.js".to_owned())).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}
