//! Arguments to the window or a headless command; everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    strata::times::begin();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("STRATA_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error")),
        )
        .init();
    strata::headless::main(std::env::args_os())
}
