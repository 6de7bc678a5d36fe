//! A full disk.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::installation::{ADA, Installation};
use super::outage::is_our_page;
use super::visitor::Visitor;
use super::{party, skipped};
use crate::support::app::PASSWORD;

/// A small disk that goes when this is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: &Path) -> Option<Self> {
        fs::create_dir(path).unwrap();
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(path).output();
        if mount.is_ok_and(|done| done.status.success()) {
            return Some(Self(path.to_owned()));
        }
        skipped("only root may mount a small disk");
        fs::remove_dir(path).unwrap();
        None
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.filler()).unwrap();
        for size in [64 * 1024, 4096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("--lazy").arg(&self.0).status().ok();
    }
}

/// CR-03.
#[test]
fn on_a_full_disk_it_reads_refuses_writes_and_recovers_by_itself() {
    let installation = Installation::new("");
    let kept = fs::read(installation.database()).unwrap();
    fs::remove_dir_all(installation.machine.path("data")).unwrap();
    let Some(disk) = SmallDisk::mount(&installation.machine.path("data")) else { return };
    fs::write(installation.database(), kept).unwrap();
    let server = installation.serve();
    let port = server.port;
    let mut ada = Visitor::new(port);
    let code = party::code(&mut ada, ADA).unwrap();
    let tokens = party::exchange(port, &code).unwrap();
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));

    disk.fill();
    // What SQLite has in its log already may be written over a few times.
    let refused = (0..200).find_map(|number| {
        let email = format!("p{number}@example.com");
        let answer = Visitor::new(port).sign_up(&email, PASSWORD).unwrap();
        (answer.status != 303).then_some(answer)
    });
    is_our_page(&refused.unwrap());
    let answer = Visitor::new(port).sign_in(ADA, PASSWORD).unwrap();
    server.has_a_clean_log();
    is_our_page(&answer);
    let answer = party::refresh(port, &refresh).unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{answer:?}");
    assert_eq!(answer.text("error"), "temporarily_unavailable");
    assert!(ada.is_signed_in());
    assert_eq!(party::userinfo(port, &access).unwrap().status, 200);
    for path in ["/login", "/readyz", "/.well-known/jwks.json"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }

    disk.empty();
    let tokens = party::refresh(port, &refresh).unwrap();
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(Visitor::new(port).sign_in(ADA, PASSWORD).unwrap().status, 303);
    assert_eq!(Visitor::new(port).sign_up("new@example.com", PASSWORD).unwrap().status, 303);
    server.has_a_clean_log();
    server.stop();
}
