//! What Strata's tests share: the conformance runner, the comparator, a graphics card, a hub, the built program, and
//! programs that are killed.

pub mod card;
pub mod compare;
pub mod conformance;
pub mod hub;
pub mod killing;
pub mod paper;
pub mod program;
pub mod random_model;
pub mod torch_file;
