//! The list of keys. What stands in it comes from [`crate::shortcuts`].

mod ui;

pub use ui::keys_ui;
