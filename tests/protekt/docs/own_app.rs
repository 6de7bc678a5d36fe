//! The commands by which `docs/apps.md` signs people in from one's own app, run one after another as
//! they stand there.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use protekt::clock::{Clock as _, SystemClock};
use serde_json::Value;

use super::{Block, parts};
use crate::support::factors::AuthenticatorApp;
use crate::support::machine::{Machine, Started, free_ports};
use crate::support::skips::skipped;

/// The commands of the section, without those of the operator.
fn commands() -> Vec<String> {
    let page = fs::read_to_string("docs/apps.md").unwrap();
    let section = page.split("## Sign people in from your own app").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks: Vec<Block> = parts("docs/apps.md", section).0;
    let blocks = blocks.into_iter().filter(|block| block.kind == "sh");
    blocks.map(|block| block.text).filter(|text| text.contains("curl")).collect()
}

/// A shell in a folder, whose variables stay from one block to the next.
struct Shell {
    folder: PathBuf,
    port: String,
}

impl Shell {
    fn run(&self, block: &str) -> String {
        let block = block.replace("localhost:5500", &format!("localhost:{}", self.port));
        // `-f`: a refusal is an exit code.
        let block = block.replace("curl -sS", "curl -sSf");
        let script = format!("set -e\n[ ! -e env ] || . ./env\n{block}\nexport -p > env\n");
        let told = Command::new("sh")
            .args(["-a", "-c", &script])
            .current_dir(&self.folder)
            .output()
            .unwrap();
        let out = String::from_utf8(told.stdout).unwrap();
        let err = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(told.status.success(), "{block}\n{out}\n{err}");
        out
    }

    fn set(&self, name: &str, value: &str) {
        self.run(&format!("{name}='{value}'"));
    }

    fn json(&self, file: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.folder.join(file)).unwrap()).unwrap()
    }
}

/// The code of the only mail.
fn mailed_code(folder: &Path) -> String {
    for _ in 0..100 {
        let files = fs::read_dir(folder).into_iter().flatten();
        let mail = files
            .map(|file| file.unwrap().path())
            .find(|path| path.extension().is_some_and(|extension| extension == "eml"));
        if let Some(mail) = mail {
            let bytes = fs::read(mail).unwrap();
            let mail = mail_parser::MessageParser::default().parse(&bytes).unwrap();
            return crate::pages::steps::code_in(&mail.body_text(0).unwrap());
        }
        Command::new("sleep").arg("0.1").status().unwrap();
    }
    panic!("no mail in {}", folder.display());
}

#[test]
fn the_commands_for_ones_own_app_work_as_they_stand() {
    if Command::new("curl").arg("--version").output().is_err() {
        return skipped("curl is not installed");
    }
    let machine = Machine::new();
    let port = free_ports().to_string();
    let mut server = machine.start(&["dev", "--port", &port]);
    ready(&mut server);
    let shell = Shell { folder: machine.path(""), port };
    let commands = commands();
    let [sign_up, verify, use_it, enable, confirm, half, finish, disable] = commands.as_slice()
    else {
        panic!("{commands:?}")
    };
    shell.run(sign_up);
    shell.set("CODE", &mailed_code(&machine.path("data/mail")));
    shell.run(verify);
    assert_eq!(shell.json("signed-in.json")["email"], "lin@example.com");
    let told = shell.run(use_it);
    assert!(told.contains("\"nickname\":\"lin\""), "{told}");
    shell.run(enable);
    let secret = shell.json("begun.json")["data"]["secret"].as_str().unwrap().to_owned();
    let phone = AuthenticatorApp::of_key(&secret);
    shell.set("CODE", &phone.code_at(now()));
    let told = shell.run(confirm);
    assert!(told.contains("\"enabled\":true"), "{told}");
    // This one is refused, and says how to go on.
    shell.run(&half.replace("curl -sS", "curl -s"));
    assert_eq!(shell.json("half.json")["errorCode"], "mfa_required");
    // The next step: that of the set-up is used up.
    shell.set("CODE", &phone.code_at(now() + 30));
    shell.run(finish);
    assert_eq!(shell.json("signed-in.json")["verified"], true);
    let told = shell.run(disable);
    assert!(told.contains("disabled"), "{told}");
    server.signal("-INT");
    assert_eq!(server.finished(), 0);
}

fn now() -> u64 {
    u64::try_from(SystemClock.now().0).unwrap()
}

/// Waits until the development server has said all that it says.
fn ready(started: &mut Started) {
    let mut lines = BufReader::new(started.0.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("--reset")));
}
