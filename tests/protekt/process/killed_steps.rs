//! A power switch between any two steps, and in the middle of each, of what people do with their
//! accounts.
//!
//! 1. A flow is walked once to its end, to count its steps and to time them.
//! 2. In each round somebody new walks it, and the server is killed before one of the steps, while it
//!    is on its way, at any instant, or right after the last.
//! 3. The server starts on what is left. What was answered with success is there, what was not
//!    asked for is not, and what is between may be either: the flow is walked again to its end.

mod accounts;
mod factors;
mod import;
mod mailbox;
mod newcomers;
mod phone;
mod recover;
mod undone;
mod walk;

use std::process::Stdio;
use std::time::Duration;

use super::installation::Installation;
use super::postgres::Postgres;
use super::{is_slow, pause};
use crate::support::machine::{Started, Told};
use walk::{Instant, Moment, Walk};

/// One thing that people do, in steps.
trait Flow {
    /// What has to be there before.
    fn prepare(&mut self, _walk: &mut Walk) {}

    /// The steps, to the end or until the server is gone. Goes on where an earlier walk stopped.
    fn steps(&mut self, walk: &mut Walk) -> std::io::Result<()>;

    /// What must be true after a start on what is left; `is_whole` after the last step.
    fn check(&mut self, walk: &mut Walk, is_whole: bool);
}

/// Makes a flow for somebody new.
type Make = fn() -> Box<dyn Flow>;

const FLOWS: [(&str, Make); 21] = [
    ("totp", || Box::new(factors::Totp::default())),
    ("backup-codes", || Box::new(factors::BackupCodes::default())),
    ("sms", || Box::new(factors::SentCode::sms())),
    ("email-code", || Box::new(factors::SentCode::email())),
    ("passkey", || Box::new(factors::NewPasskey::default())),
    ("removal", || Box::new(factors::Removal::default())),
    ("sign-in", || Box::new(accounts::SignIn::default())),
    ("passkey-sign-in", || Box::new(accounts::PasskeySignIn::default())),
    ("reset", || Box::new(accounts::Reset::default())),
    ("address", || Box::new(accounts::Address::default())),
    ("password", || Box::new(accounts::Password::default())),
    ("renewal", || Box::new(accounts::Renewal::default())),
    ("sign-up", || Box::new(newcomers::SignUp::default())),
    ("strangers-sign-up", || Box::new(newcomers::StrangersSignUp::default())),
    ("invitation", || Box::new(newcomers::Invited::default())),
    ("phone", || Box::new(phone::Number::default())),
    ("factor-undo", || Box::new(undone::Undo::of_factor())),
    ("address-undo", || Box::new(undone::Undo::of_address())),
    ("not-me", || Box::new(undone::NotMe::default())),
    ("recover", || Box::new(recover::Recover::default())),
    ("deletion", || Box::new(accounts::Deletion::default())),
];

/// Who takes part in one test.
const PEOPLE: usize = 600;

/// CR-01, MF-10
#[test]
fn an_account_goes_on_wherever_the_server_is_killed() {
    // More in the middle of steps than below: this database dies with the server.
    walk_all(Installation::new(""), 2);
}

/// CR-01, MF-10
#[test]
fn an_account_goes_on_wherever_the_server_is_killed_on_postgresql() {
    let Some(database) = Postgres::start_new() else { return };
    let installation = Installation::empty("").with("DATABASE_URL", &database.url());
    installation.serve().stop();
    installation.populate();
    walk_all(installation, 4);
}

fn run(installation: &Installation, arguments: &[&str]) -> Told {
    Told::from(installation.command(arguments).output().unwrap())
}

/// A command that is killed at any instant, and given again.
fn killed_and_run_again(installation: &Installation, arguments: &[&str]) -> Told {
    let mut command = installation.command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let killed = Started(command.spawn().unwrap());
    pause(Duration::from_micros(random_below(300_000)));
    drop(killed);
    run(installation, arguments)
}

/// Kills the server between any two steps of every flow, and in the middle of one in so many.
#[expect(clippy::print_stdout, reason = "a failure is told with the moment that led to it")]
fn walk_all(installation: Installation, one_in: usize) {
    installation.machine.write("people.ndjson", &import::people(0..PEOPLE));
    run(&installation, &["user", "import", "people.ndjson"]).succeeded();
    let installation = installation
        .with("SMS_PROVIDER", "file")
        .with("PROTEKT_RECOVERY__ENABLED", "true")
        .with("PROTEKT_RECOVERY__DELAY", "0s");
    let mut walk = Walk::new(installation);
    for (name, make) in FLOWS {
        let times = whole_walk(&mut walk, make);
        for moment in moments(&times, one_in) {
            println!("{name}: {moment:?}");
            stopped_walk(&mut walk, make, moment);
        }
        run(&walk.switch.installation, &["audit", "verify"]).succeeded();
    }
    let installation = walk.switch.stop();
    run(&installation, &["audit", "verify"]).succeeded();
}

/// From end to end without a stop; how long each step took.
fn whole_walk(walk: &mut Walk, make: Make) -> Vec<Duration> {
    let mut flow = make();
    walk.next_person();
    flow.prepare(walk);
    walk.switch.arm(None);
    flow.steps(walk).unwrap();
    let times = walk.switch.times();
    flow.check(walk, true);
    times
}

fn stopped_walk(walk: &mut Walk, make: Make, moment: Moment) {
    let mut flow = make();
    walk.next_person();
    flow.prepare(walk);
    walk.switch.arm(Some(moment));
    let is_whole = flow.steps(walk).is_ok();
    walk.start_again();
    flow.check(walk, is_whole);
    flow.steps(walk).unwrap();
    flow.check(walk, true);
    walk.switch.has_a_clean_log();
}

/// When to kill: where there is time between any two steps and in the middle of one in so many, else
/// before one step, in the middle of two, and when the last was answered.
fn moments(times: &[Duration], one_in: usize) -> Vec<Moment> {
    // No step has this number: the server is killed as soon as the walk is over.
    let end = Moment { step: times.len(), instant: Instant::Before };
    let inside = |step: usize| {
        let longest = u64::try_from(times[step].as_micros()).unwrap() * 5 / 4;
        let within = Duration::from_micros(random_below(longest.max(1)));
        Moment { step, instant: Instant::Within(within) }
    };
    if !is_slow() {
        let steps = u64::try_from(times.len()).unwrap();
        let any = || usize::try_from(random_below(steps)).unwrap();
        return vec![
            Moment { step: any(), instant: Instant::Before },
            inside(any()),
            inside(times.len() - 1),
            end,
        ];
    }
    let before = (0..times.len()).map(|step| Moment { step, instant: Instant::Before });
    let first = usize::try_from(random_below(one_in as u64)).unwrap();
    let within = (first..times.len()).step_by(one_in).map(inside);
    before.chain(within).chain([end]).collect()
}

fn random_below(end: u64) -> u64 {
    u64::from_le_bytes(protekt::random::bytes()) % end
}
