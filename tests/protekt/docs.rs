//! What the documents say is true: their settings load, their commands parse, their links lead
//! somewhere, their paths are served.

mod attacks;
mod authentication_api;
mod management_api;
mod management_installation;
mod management_jobs;
mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use clap::error::ErrorKind;
use protekt::cli::Cli;
use protekt::config::{Config, known_keys, plain_names};
use protekt::http::routes;

use crate::support::machine::Machine;

/// One fenced block.
struct Block {
    file: String,
    /// What stands behind the fence, such as `toml protekt`.
    kind: String,
    text: String,
}

fn documents() -> Vec<(String, String)> {
    let mut files = markdown_files(Path::new("docs"));
    for file in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "keys/README.md"] {
        files.push(PathBuf::from(file));
    }
    files.sort();
    let read = |file: PathBuf| (file.display().to_string(), fs::read_to_string(&file).unwrap());
    files.into_iter().map(read).collect()
}

fn markdown_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files =
        entries.flat_map(|path| if path.is_dir() { markdown_files(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

/// The fenced blocks of a document, and what stands between them.
fn parts(file: &str, text: &str) -> (Vec<Block>, String) {
    let (mut blocks, mut prose, mut open) = (Vec::new(), String::new(), None::<Block>);
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), open.take()) {
            (Some(kind), None) => {
                let kind = kind.trim().to_owned();
                open = Some(Block { file: file.to_owned(), kind, text: String::new() });
            }
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {
                prose.push_str(line);
                prose.push('\n');
            }
        }
    }
    assert!(open.is_none(), "{file}: a block is not closed");
    (blocks, prose)
}

fn blocks(kind: &str) -> Vec<Block> {
    let all = documents().into_iter().flat_map(|(file, text)| parts(&file, &text).0);
    let found: Vec<Block> = all.filter(|block| block.kind == kind).collect();
    assert!(!found.is_empty(), "no document has a block {kind:?}");
    found
}

/// The words between backticks.
fn code_spans(prose: &str) -> Vec<&str> {
    prose.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_protekt_toml_in_the_documents_loads() {
    for block in blocks("toml protekt") {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        fs::write(&secret, "ACCOUNT1:a long and random secret\n").unwrap();
        // A secret file of the reader's machine is one of ours here.
        let lines = block.text.lines().map(|line| match line.split_once("_file = ") {
            Some((key, _)) if !key.starts_with('#') => format!("{key}_file = {secret:?}\n"),
            _ => format!("{line}\n"),
        });
        let path = folder.path().join("protekt.toml");
        fs::write(&path, lines.collect::<String>()).unwrap();
        let config = Config::load(Some(&path), []);
        let config = config.unwrap_or_else(|error| panic!("{}: {error}", block.file));
        let others: Vec<String> = config
            .check_production()
            .into_iter()
            .map(|found| found.problem)
            .filter(|problem| !problem.contains("can be read by others"))
            .collect();
        assert_eq!(others, [""; 0], "{}", block.file);
    }
}

#[test]
fn every_command_in_the_documents_parses() {
    for block in blocks("sh") {
        for line in block.text.replace("\\\n", " ").lines() {
            let commands = words(line);
            for command in commands.split(|word| word == "|" || word == "&&" || word == ">") {
                let Some(arguments) = arguments_of_protekt(command) else { continue };
                if let Err(error) = Cli::try_parse_from(arguments) {
                    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp);
                    assert!(is_help, "{}: {line}\n{error}", block.file);
                }
            }
        }
    }
}

#[test]
fn every_command_named_in_a_sentence_exists() {
    for (file, text) in documents() {
        let (_, prose) = parts(&file, &text);
        for span in code_spans(&prose).into_iter().filter(|span| span.starts_with("protekt ")) {
            let Err(error) = Cli::try_parse_from(words(span)) else { continue };
            let is_only_short = matches!(
                error.kind(),
                ErrorKind::MissingRequiredArgument
                    | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                    | ErrorKind::DisplayHelp
            );
            assert!(is_only_short, "{file}: {span}\n{error}");
        }
    }
}

/// The words of a shell line, with both kinds of quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (_, Some(open)) if letter == open => quote = None,
            ('#', None) if word.is_none() => break,
            (' ', None) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// What a command gives to protekt, as `protekt …`; none where it is another program's.
fn arguments_of_protekt(command: &[String]) -> Option<Vec<String>> {
    let is_program = |word: &String| word == "protekt" || word.ends_with("/protekt");
    let cargo = command.windows(3).position(|three| three == ["cargo", "run", "--"]);
    let at = match cargo {
        Some(at) => at + 2,
        // Behind variables and `sudo -u protekt`.
        None => command.iter().position(|word| {
            !word.contains('=') && !["sudo", "-u"].contains(&word.as_str()) && is_program(word)
        })?,
    };
    let is_user = at > 0 && command[at - 1] == "-u";
    let at = if is_user { at + 1 } else { at };
    let is_first = cargo.is_some()
        || command[..at]
            .iter()
            .all(|word| word.contains('=') || ["sudo", "-u", "protekt"].contains(&word.as_str()));
    let rest = command.get(at + 1..)?;
    is_first.then(|| std::iter::once("protekt".to_owned()).chain(rest.iter().cloned()).collect())
}

#[test]
fn every_json_in_the_documents_can_be_read() {
    for block in blocks("json") {
        let read = serde_json::from_str::<serde_json::Value>(&block.text);
        assert!(read.is_ok(), "{}: {read:?}\n{}", block.file, block.text);
    }
}

#[test]
fn every_ndjson_in_the_documents_is_imported_as_it_stands() {
    for block in blocks("ndjson") {
        let machine = Machine::new();
        machine.write("people.ndjson", &block.text);
        let told = machine.run(&["user", "import", "people.ndjson", "--json"]).succeeded().json();
        let lines = block.text.lines().count();
        assert_eq!((&told["imported"], &told["refused"]), (&lines.into(), &0.into()), "{told}");
        assert_eq!(told["unknown_keys"], serde_json::json!({}), "{}", block.file);
    }
}

/// What the recipes of the operator's page are given, as those systems export it.
const REALM: &str = r#"{"realm":"example","users":[
    {"id":"u-ada","username":"ada@example.com","email":"ada@example.com","emailVerified":true,
     "enabled":true,"firstName":"Ada","lastName":"Lovelace","createdTimestamp":1582974000123,
     "attributes":{"locale":["pt-BR"]},"credentials":[
      {"type":"otp","secretData":"{}","credentialData":"{}"},
      {"type":"password","secretData":"{\"value\":\"BGDkdqSAHpvIyLSXLd0Xhs8+BAZ8bhZ2VpTTySgcqMs=\",\"salt\":\"cbLg6+kq9cUOEZYdK7wcng==\",\"additionalParameters\":{}}",
       "credentialData":"{\"hashIterations\":2,\"algorithm\":\"argon2\",\"additionalParameters\":{\"hashLength\":[\"32\"],\"memory\":[\"64\"],\"type\":[\"id\"],\"version\":[\"1.3\"],\"parallelism\":[\"2\"]}}"}]},
    {"id":"u-grace","username":"grace","email":"grace@example.com","enabled":false,"credentials":[
      {"type":"password","secretData":"{\"value\":\"BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI=\",\"salt\":\"c2Vhc2FsdDI=\",\"additionalParameters\":{}}",
       "credentialData":"{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\",\"additionalParameters\":{}}"}]},
    {"id":"u-alan","username":"alan","email":"alan@example.com","emailVerified":false,"enabled":true,
     "firstName":"Alan","credentials":[]},
    {"id":"u-mary","username":"mary","email":"mary@example.com","enabled":true},
    {"id":"u-robot","username":"service-account-robot","enabled":true,
     "serviceAccountClientId":"robot","credentials":[]}]}"#;
const AUTH0: &str = r#"{"_id":{"$oid":"60425dc43519d90068f82973"},"email_verified":true,"email":"ada@example.com","passwordHash":"$2b$10$eZ7n2Kwf9.NUO/vNGqVfse.XvWSewUTB/KaMc2jFySamhvwwEElP6","password_set_date":{"$date":"2021-03-05T16:34:44.502Z"},"tenant":"example","connection":"Username-Password-Authentication","_tmp_is_unique":true}
"#;

/// Runs the recipe that reads `file`, and imports what it makes; gives the lines.
fn imported_by_recipe(file: &str, content: &str) -> Vec<serde_json::Value> {
    let mut recipes = blocks("sh").into_iter().map(|block| block.text);
    let recipe = recipes.find(|text| text.starts_with("jq ") && text.contains(file));
    let recipe = recipe.unwrap_or_else(|| panic!("no recipe reads {file}"));
    let machine = Machine::new();
    machine.write(file, content);
    let shell = std::process::Command::new("sh")
        .args(["-e", "-c", &recipe])
        .current_dir(machine.path(""))
        .output()
        .unwrap();
    assert!(shell.status.success(), "{}", String::from_utf8_lossy(&shell.stderr));
    let told = machine.run(&["user", "import", "people.ndjson", "--json"]).succeeded().json();
    let made = fs::read_to_string(machine.path("people.ndjson")).unwrap();
    let lines: Vec<_> =
        made.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()).collect();
    assert_eq!((&told["imported"], &told["refused"]), (&lines.len().into(), &0.into()), "{told}");
    assert_eq!(told["unknown_keys"], serde_json::json!({}), "{told}");
    lines
}

#[test]
fn the_recipes_for_other_systems_lose_nobody_and_no_password() {
    if std::process::Command::new("jq").arg("--version").output().is_err() {
        return crate::support::skips::skipped("jq is not installed");
    }
    let people = imported_by_recipe("realm.json", REALM);
    let of = |id: &str| people.iter().find(|person| person["id"] == id).unwrap();
    assert_eq!(people.len(), 4, "all but the account of a service: {people:?}");
    let argon2 = "$argon2id$v=19$m=64,t=2,p=2$cbLg6+kq9cUOEZYdK7wcng$BGDkdqSAHpvIyLSXLd0Xhs8+BAZ8bhZ2VpTTySgcqMs";
    assert_eq!(of("u-ada")["password_hash"], argon2);
    assert_eq!(of("u-ada")["name"], "Ada Lovelace");
    assert_eq!((&of("u-ada")["blocked"], &of("u-grace")["blocked"]), (&false.into(), &true.into()));
    let pbkdf2 = "$pbkdf2-sha256$27500$c2Vhc2FsdDI=$BfXnbKP1HHk7pfNjF1LlyDClLQGhb8wedctkrlyukMI=";
    assert_eq!(of("u-grace")["password_hash"], pbkdf2);
    for without in ["u-alan", "u-mary"] {
        assert!(of(without)["password_hash"].is_null(), "{people:?}");
    }
    let people = imported_by_recipe("auth0.ndjson", AUTH0);
    assert_eq!(people[0]["id"], "auth0|60425dc43519d90068f82973");
    assert!(people[0]["password_hash"].as_str().unwrap().starts_with("$2b$10$"), "{people:?}");
}

#[test]
fn the_plain_names_of_settings_are_listed_one_by_one() {
    let page = fs::read_to_string("docs/configuration.md").unwrap();
    let list = page.split("These plain names work too:").nth(1).unwrap();
    let list = list.split("`PROTEKT_…` wins over them.").next().unwrap();
    let listed: BTreeSet<&str> = code_spans(list).into_iter().collect();
    assert_eq!(listed, plain_names().into_iter().collect::<BTreeSet<&str>>());
}

#[test]
fn every_link_leads_somewhere() {
    for (file, text) in documents() {
        let (_, prose) = parts(&file, &text);
        let folder = Path::new(&file).parent().unwrap();
        for target in prose.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() { PathBuf::from(&file) } else { folder.join(path) };
            // The pictures are made by the browser test.
            let is_picture = path.extension().is_some_and(|extension| extension == "png");
            if is_picture && !Path::new("docs/images").exists() {
                continue;
            }
            assert!(path.exists(), "{file}: {target}");
            if !anchor.is_empty() {
                let headings = headings(&fs::read_to_string(&path).unwrap());
                assert!(headings.contains(anchor), "{file}: {target}: {headings:?}");
            }
        }
    }
}

fn headings(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('#'));
    let slug = |line: &str| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    lines.map(slug).collect()
}

/// Tables of settings: a heading `## [section]`, rows of key, default, meaning.
fn documented_settings() -> BTreeMap<String, String> {
    let text = fs::read_to_string("docs/configuration.md").unwrap();
    let (mut section, mut found) = (String::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.trim_matches(['`', '[', ']']).clone_into(&mut section);
        }
        let cells: Vec<&str> = line.split(" | ").collect();
        let Some(key) = cells[0].strip_prefix("| `").and_then(|key| key.strip_suffix('`')) else {
            continue;
        };
        let default = cells[1].trim_matches('`').to_owned();
        let twice = found.insert(format!("{section}.{key}"), default);
        assert_eq!(twice, None, "{section}.{key} stands twice");
    }
    found
}

#[test]
fn the_page_of_settings_has_every_key_with_the_default_of_the_example() {
    let documented = documented_settings();
    let known: BTreeSet<String> = known_keys().into_iter().collect();
    assert_eq!(documented.keys().cloned().collect::<BTreeSet<_>>(), known);
    let (example, mut section) = (fs::read_to_string("protekt.example.toml").unwrap(), "");
    for line in example.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        }
        let setting = line.strip_prefix('#').filter(|rest| !rest.starts_with(' '));
        let Some((key, value)) = setting.and_then(|setting| setting.split_once(" = ")) else {
            continue;
        };
        let default = if value.contains("# no default") { "none" } else { value };
        assert_eq!(documented[&format!("{section}.{key}")], default, "{section}.{key}");
    }
}

#[test]
fn every_path_in_the_documents_is_served() {
    let table = routes::table(true);
    let is_served = |path: &str| table.iter().any(|route| leads_to(path, route.path));
    for (file, text) in documents() {
        // These two speak of what does not exist yet.
        if file.ends_with("attacks.md") || file.contains("decisions") {
            continue;
        }
        let (blocks, prose) = parts(&file, &text);
        for span in code_spans(&prose) {
            let path = span.trim_start_matches("GET ").trim_start_matches("POST ");
            let path = path.split(['?', '#', ' ']).next().unwrap();
            if path.starts_with('/') && !is_on_disk(path) {
                assert!(is_served(path), "{file}: {span}");
            }
        }
        for block in blocks {
            for base in ["http://localhost:5500/", "https://id.example.com/"] {
                for rest in block.text.split(base).skip(1) {
                    let is_end = |c: char| c.is_whitespace() || "\"'`?#;)},\\".contains(c);
                    let path = format!("/{}", rest.split(is_end).next().unwrap());
                    // An audience, which nobody asks for anything.
                    let is_audience = path == "/api/v2/";
                    assert!(is_served(&path) || is_audience, "{file}: {base}{rest}");
                }
            }
        }
    }
}

/// Whether a path is the one that a route is for, with anything in the places of its names.
fn leads_to(path: &str, route: &str) -> bool {
    let segments = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (path, route) = (segments(path), segments(route));
    path.len() == route.len()
        && path
            .iter()
            .zip(&route)
            .all(|(own, of_route)| own == of_route || of_route.starts_with('{') && !own.is_empty())
}

fn is_on_disk(path: &str) -> bool {
    let folders = ["/etc", "/var", "/usr", "/run", "/tmp", "/64", "/path"];
    folders.iter().any(|folder| path.starts_with(folder))
}

#[test]
fn the_changelog_says_what_is_not_released_yet() {
    let text = fs::read_to_string("CHANGELOG.md").unwrap();
    assert!(text.contains("\n## [Unreleased]"));
}
