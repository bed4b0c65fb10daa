//! `stafett`: the server and its tools in one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    stafett_api::cli::main()
}
