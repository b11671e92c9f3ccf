//! The page of models: what is installed and what may be had, what each is good for and needs, and long work on them.
//!
//! | file | what lives there |
//! |---|---|
//! | `data` | installed models, as plain view data |
//! | `offers` | published ones, and the fields of server and token |
//! | `work` | what long work shows on a card |
//! | `report` | what a check has found |
//! | `import` | the dialog about files from elsewhere, as plain view data |
//! | `ui` | the page |
//! | `card_ui` | cards of both, and the pieces that they share |
//! | `server_ui` | the fields of server and token |
//! | `dialog` | small dialogs over the page |
//! | `import_ui` | the dialog about files from elsewhere |

mod card_ui;
mod data;
mod dialog;
mod import;
mod import_ui;
mod offers;
mod report;
mod server_ui;
mod ui;
mod work;

use eframe::egui::{Rect, Ui};

pub use data::{Models, SmallPicture, Status};
pub use dialog::{Dialog, dialog_ui};
pub use ui::models_ui;
pub use work::Button;

/// Paints the small copy of a picture, when there is one.
pub type PaintPicture<'a> = dyn FnMut(&Ui, &SmallPicture<'_>, Rect) + 'a;
