//! A GGUF file.
#![no_main]

strata_fuzz::reader!(gguf);
