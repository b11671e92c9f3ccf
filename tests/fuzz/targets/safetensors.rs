//! A safetensors file.
#![no_main]

strata_fuzz::reader!(safetensors);
