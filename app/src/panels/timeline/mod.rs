//! The timeline of a picture that is done: it replays how the picture was sampled, position by position.

mod data;
mod ui;

pub use data::Timeline;
pub use ui::{keep_playing, timeline_ui};
