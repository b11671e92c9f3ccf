//! The pickle in a torch checkpoint, with all changes past the archive's checks.
#![no_main]

strata_fuzz::reader!(pickle);
