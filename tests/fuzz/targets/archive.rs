//! A torch checkpoint: the zip archive and the pickle in it.
#![no_main]

strata_fuzz::reader!(archive);
