//! Sheets: the dialog that says what changes along which axis, and the grid with its labels on the canvas.

mod data;
mod dialog;
mod ui;

pub use data::{AxisView, Block, CellView, Dialog, FileView, SheetView};
pub use dialog::{dialog_ui, entry_ui};
pub use ui::sheet_ui;
