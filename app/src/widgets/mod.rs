//! Small things that several panels draw: icons, rows with a slider, pictures as textures. They know
//! numbers, words and pixels, never the state.

mod buttons;
mod dialog;
mod empty;
mod icon;
mod picture_row;
mod row;
mod scale;
mod textures;
mod thumbs;
mod zoom_area;

pub use buttons::{icon_button, icon_toggle, primary_button, segment};
pub use dialog::{DialogChoice, dialog, dialog_buttons, opening_button};
pub use empty::empty_page;
pub use icon::{Icon, paint as paint_icon};
pub use picture_row::{picture_row, small_picture, two_lines};
pub use row::{NAME_WIDTH, NumberRow, heading, in_view, number_field, number_row, row_name};
pub use scale::scale_colour;
pub use textures::{Shown, TextureKey, Textures, paint_picture};
pub use thumbs::Thumbs;
pub use zoom_area::ZoomArea;
