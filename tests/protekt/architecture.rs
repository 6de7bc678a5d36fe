//! The module graph only points down.

use std::fs;
use std::path::{Path, PathBuf};

/// Who may name whom. A module missing here may name nothing.
const MAY_USE: &[(&str, &[&str])] = &[
    (
        "cli",
        &[
            "accounts",
            "audit",
            "clock",
            "config",
            "delivery",
            "demo",
            "domain",
            "http",
            "jobs",
            "keys",
            "oauth",
            "random",
            "store",
            "telemetry",
            "texts",
            "throttle",
        ],
    ),
    (
        "http",
        &[
            "accounts", "audit", "clock", "delivery", "domain", "keys", "oauth", "random", "store",
            "texts", "throttle",
        ],
    ),
    (
        "jobs",
        &["accounts", "audit", "clock", "delivery", "domain", "keys", "oauth", "store", "texts"],
    ),
    ("oauth", &["accounts", "audit", "clock", "domain", "keys", "random", "store", "throttle"]),
    (
        "accounts",
        &["audit", "clock", "delivery", "domain", "keys", "random", "store", "texts", "throttle"],
    ),
    ("keys", &["audit", "clock", "domain", "random", "store"]),
    ("delivery", &["audit", "clock", "domain", "keys", "random", "store", "texts"]),
    ("audit", &["clock", "domain", "random", "store"]),
    ("throttle", &["clock", "domain", "store"]),
    ("store", &["clock", "domain", "random"]),
    ("texts", &["clock"]),
    ("config", &["texts"]),
    ("telemetry", &[]),
    ("demo", &[]),
    ("domain", &["clock", "random"]),
    ("random", &["clock"]),
    ("clock", &[]),
];

/// A crate that only these files may name.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("axum::", &["http", "demo"]),
    ("oxide_auth::", &["oauth/drive"]),
    ("sqlx::query", &["store"]),
    ("sqlx::PgPool", &["store"]),
    ("openidconnect::", &["demo"]),
    ("SystemTime::now", &["clock"]),
    ("aws_lc_rs::rand", &["random"]),
    // People read times in their own language and zone: `texts::Locale::moment`.
    ("to_words(", &["clock", "cli"]),
];

#[test]
fn modules_use_only_what_lies_below_them() {
    for file in rust_files(Path::new("src")) {
        let owner = owner_of(&file);
        if matches!(owner.as_str(), "lib" | "main") {
            continue;
        }
        let allowed = MAY_USE.iter().find(|(module, _)| *module == owner).map_or(&[][..], |m| m.1);
        for used in fs::read_to_string(&file).unwrap().split("crate::").skip(1) {
            let used: String =
                used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            assert!(
                used == owner || used.is_empty() || allowed.contains(&used.as_str()),
                "{} names crate::{used}; {owner} may use only {allowed:?}",
                file.display()
            );
        }
    }
}

#[test]
fn a_crate_that_belongs_to_a_room_is_named_in_that_room_alone() {
    for file in rust_files(Path::new("src")) {
        let text = fs::read_to_string(&file).unwrap();
        let place = file.strip_prefix("src").unwrap().display().to_string();
        for (named, places) in ONLY_IN {
            let is_home = places.iter().any(|home| place.starts_with(home));
            assert!(
                is_home || !text.contains(named),
                "{place} names {named}, which {places:?} may"
            );
        }
    }
}

fn owner_of(file: &Path) -> String {
    let path = file.strip_prefix("src").unwrap();
    path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
