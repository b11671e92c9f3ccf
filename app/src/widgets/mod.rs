//! Small things that several panels draw: icons, rows with a slider, pictures as textures. They know
//! numbers, words and pixels, never the state.

mod buttons;
mod icon;
mod row;
mod scale;
mod textures;

pub use buttons::{icon_button, icon_toggle, primary_button, segment};
pub use icon::{Icon, paint as paint_icon};
pub use row::{NAME_WIDTH, NumberRow, heading, number_row};
pub use scale::scale_colour;
pub use textures::{Shown, TextureKey, Textures, paint_picture};
