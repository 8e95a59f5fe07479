//! The `segue` binary: a thin door to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    segue_heap::give_back_freed_memory();
    segue_server::commands::main()
}
