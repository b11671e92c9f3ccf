//! A text of the library: a manifest, a catalogue, or a hub's list of files.
#![no_main]

strata_fuzz::reader!(library);
