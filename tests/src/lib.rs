//! What Strata's tests share: the conformance runner, the comparator, and the built program.

pub mod compare;
pub mod conformance;
pub mod program;
pub mod random_model;
