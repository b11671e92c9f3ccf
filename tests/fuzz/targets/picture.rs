//! A PNG with a recipe and codes.
#![no_main]

strata_fuzz::reader!(picture);
