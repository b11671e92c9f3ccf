//! The DnD-Transformer (arXiv 2410.01912): a decoder-only transformer whose heads sit at chosen layers,
//! so that one forward pass predicts all `depth` codes of a position.

mod config;
mod forward;
mod rotary;
mod weights;

pub use config::{Config, PRESETS, Preset};
pub use forward::{Choice, NoWatch, Pick, Row, Watch, forward};
pub use rotary::rotary_table;
pub use weights::{Block, Piece, Pieces, Weights};
