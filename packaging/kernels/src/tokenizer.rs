//! What the networks are made from.

#[path = "../../../engine/src/tokenizer/layout.rs"]
pub mod layout;
