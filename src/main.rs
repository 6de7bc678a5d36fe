//! Protekt.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use protekt::cli::{self, Cli};

fn main() -> ExitCode {
    let arguments = match Cli::try_parse() {
        Ok(arguments) => arguments,
        // Help and version arrive here too, with code 0.
        Err(message) => {
            let is_printed = message.print().is_ok();
            let code = u8::try_from(message.exit_code()).unwrap_or(2);
            return if is_printed { ExitCode::from(code) } else { ExitCode::FAILURE };
        }
    };
    match cli::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where even this cannot be written, the code still tells.
            writeln!(io::stderr().lock(), "protekt: {error}").ok();
            ExitCode::FAILURE
        }
    }
}
