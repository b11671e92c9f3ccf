//! A tokenizer's `config.yaml`.
#![no_main]

strata_fuzz::reader!(config);
