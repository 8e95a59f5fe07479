//! The `segue` binary: a thin door to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    segue_server::commands::main()
}
