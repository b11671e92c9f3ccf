//! What the top bar shows.

use strata_engine::Mode;

use crate::state::{Page, State, ThemeChoice};

/// The top bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the window shows.
    pub page: Page,
    /// The present mode, on the studio page.
    pub mode: Option<Mode>,
    /// The chosen theme.
    pub theme: ThemeChoice,
}

impl Header {
    /// From the state.
    pub fn of(state: &State) -> Self {
        Self {
            page: state.page,
            mode: (state.page == Page::Studio).then_some(state.mode),
            theme: state.theme,
        }
    }

    /// The theme that the button turns to.
    pub fn next_theme(self) -> ThemeChoice {
        match self.theme {
            ThemeChoice::System => ThemeChoice::Light,
            ThemeChoice::Light => ThemeChoice::Dark,
            ThemeChoice::Dark => ThemeChoice::System,
        }
    }
}
