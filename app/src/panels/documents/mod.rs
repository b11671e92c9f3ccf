//! The page panel stands where the class panel stands in class mode: pages have no subject to choose.

mod data;
mod ui;

pub use data::Documents;
pub use ui::documents_ui;
