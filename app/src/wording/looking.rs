//! Words for looking at pictures: overlays, zoom, the timeline, comparing, full screen, and the keys.

use eframe::egui::{Key, Modifiers};

use crate::{
    shortcuts::{Group, Keys},
    state::{Overlay, Sight, Way},
};

// Overlays
/// Lines between positions.
pub const GRID: &str = "Show the grid of positions";
/// The position sampled next.
pub const POSITION: &str = "Mark the position being sampled";
/// How undecided the model was.
pub const UNCERTAINTY: &str = "Show where the model was undecided";
/// Why there is nothing to see.
pub const NO_UNCERTAINTY: &str =
    "Nothing is known about this picture: uncertainty is measured while a picture is made.";
/// The left end of the scale.
pub const CERTAIN: &str = "certain";

// Zoom
/// Larger.
pub const ZOOM_IN: &str = "Larger";
/// Smaller.
pub const ZOOM_OUT: &str = "Smaller";
/// A pixel is a pixel.
pub const ACTUAL: &str = "100 %: a pixel of the picture is a pixel of the screen";
/// As large as there is room for.
pub const FIT: &str = "Fit into the window";
/// On the button of the actual size.
pub const ONE_TO_ONE: &str = "1:1";
/// Moves what is shown.
pub const PAN_LEFT: &str = "Move to the left, when zoomed";
/// Moves what is shown.
pub const PAN_RIGHT: &str = "Move to the right, when zoomed";
/// Moves what is shown.
pub const PAN_UP: &str = "Move up, when zoomed";
/// Moves what is shown.
pub const PAN_DOWN: &str = "Move down, when zoomed";

// Depths
/// Depths with those before them.
pub const SUMMED: &str = "Summed";
/// What that shows.
pub const SUMMED_TIP: &str = "Each depth with those before it";
/// Each depth without the others.
pub const ALONE: &str = "Alone";
/// What that shows.
pub const ALONE_TIP: &str = "Each depth by itself, without those before it";
/// Why a depth is not shown alone.
pub const ALONE_LATER: &str = "Each depth by itself is shown once the picture is done.";
/// The slider over depths.
pub const DEPTH: &str = "Depth";
/// In the list of keys.
pub const CHOOSE_DEPTH: &str = "Show depth 1 to 8";
/// In the list of keys.
pub const ALL_DEPTHS: &str = "Show all depths";
/// In the list of keys.
pub const TOGGLE_ALONE: &str = "Depths summed or alone";

// Timeline
/// Starts the timeline.
pub const PLAY: &str = "Play how it was sampled";
/// Stops it.
pub const PAUSE: &str = "Pause";
/// In the list of keys.
pub const PLAY_OR_PAUSE: &str = "Play or pause the timeline";
/// The slider over positions.
pub const TIMELINE: &str = "Timeline";
/// What it shows.
pub const TIMELINE_TIP: &str = "The picture as it grew, position by position";
/// How fast.
pub const SPEED: &str = "Speed";
/// One position back.
pub const STEP_BACK: &str = "One position back";
/// One position on.
pub const STEP_ON: &str = "One position on";

// Comparing
/// Starts a comparison.
pub const COMPARE: &str = "Compare with\u{2026}";
/// How to choose the other picture.
pub const COMPARE_TIP: &str = "Compare with another picture; Shift+click on one does the same";
/// While the other picture is chosen.
pub const PICK: &str = "Click the picture to compare with.";
/// Gives up choosing.
pub const STOP_PICKING: &str = "Do not compare";
/// Ends a comparison.
pub const STOP_COMPARING: &str = "Stop comparing";
/// In the list of keys.
pub const COMPARE_KEY: &str = "Compare, or stop comparing";
/// In the list of keys.
pub const NEXT_WAY: &str = "Compare in the next way";
/// The line between two pictures.
pub const DIVIDER: &str = "Divider";

// Full screen and keys
/// Fills the screen.
pub const FULL_SCREEN: &str = "Full screen";
/// Ends that.
pub const LEAVE_FULL_SCREEN: &str = "Leave full screen";
/// Heading of the list.
pub const KEYS: &str = "Keyboard shortcuts";
/// In the list of keys.
pub const SHOW_KEYS: &str = "Show the keyboard shortcuts";
/// Closes the list.
pub const CLOSE: &str = "Close";
/// In the list of keys.
pub const CANCEL_OR_BACK: &str = "Cancel, or go back";
/// In the list of keys.
pub const ALL_PICTURES: &str = "All pictures, or this one large";
/// Under the list.
pub const MOUSE: &str = "The wheel or a pinch zooms, dragging moves; over all pictures the wheel zooms with Ctrl. Shift+click compares. In the gallery arrows, Home and End move, and Shift selects on the way.";

/// An overlay's button.
pub fn overlay(overlay: Overlay) -> &'static str {
    match overlay {
        Overlay::Grid => GRID,
        Overlay::Position => POSITION,
        Overlay::Uncertainty => UNCERTAINTY,
    }
}

/// A way to compare.
pub fn way(way: Way) -> &'static str {
    match way {
        Way::Slider => "Slider",
        Way::Beside => "Side by side",
        Way::Flicker => "Flicker",
    }
}

/// Above a comparison.
pub fn comparing(title: &str) -> String {
    format!("With {title}")
}

/// A depth alone.
pub fn alone(depth: usize) -> String {
    format!("Depth {} alone", depth + 1)
}

/// Under a depth alone.
pub fn alone_caption(depth: usize) -> String {
    format!("{}", depth + 1)
}

/// The depth looked at.
pub fn sight(sight: Sight, depths: usize) -> Option<String> {
    let depth = sight.depth?;
    Some(match sight.alone {
        true => alone(depth),
        false => super::lane(depth, depths),
    })
}

/// How many positions the timeline shows.
pub fn positions(shown: usize, total: usize) -> String {
    format!("{shown} of {total}")
}

/// A playing speed.
pub fn speed(speed: f32) -> String {
    format!("{speed}\u{d7}")
}

/// What the colours of the uncertainty mean.
pub fn uncertainty_of(sight: Sight, depths: usize) -> String {
    match sight.depth {
        Some(depth) if sight.alone || depth == 0 => format!("Uncertainty at depth {}", depth + 1),
        Some(depth) => format!("Uncertainty of depths 1 to {}", depth + 1),
        None if depths == 1 => "Uncertainty".into(),
        None => "Uncertainty of all depths".into(),
    }
}

/// The right end of the scale.
pub fn bits(bits: f32) -> String {
    match bits {
        small if small < 1.0 => format!("{small:.1} bits"),
        whole => format!("{whole:.0} bits"),
    }
}

/// The scale for those who do not see it.
pub fn scale(what: &str, top: f32) -> String {
    format!("{what}: dark is certain, bright is {} or more", bits(top))
}

/// What is known of a position.
pub fn position_bits(row: usize, column: usize, depths: &[f32]) -> String {
    let total: f32 = depths.iter().sum();
    let each: Vec<String> = depths.iter().map(|bits| format!("{bits:.1}")).collect();
    let place = format!("Row {}, column {}: {total:.1} bits", row + 1, column + 1);
    match each.len() {
        1 => place,
        _ => format!("{place}\nBy depth: {}", each.join(", ")),
    }
}

/// A heading in the list of keys.
pub fn group(group: Group) -> &'static str {
    match group {
        Group::Making => "Making",
        Group::Pictures => "Pictures",
        Group::Depths => "Depths and timeline",
        Group::Canvas => "Canvas",
        Group::Gallery => "Gallery",
        Group::Window => "Window",
    }
}

/// A key with what is held beside it.
pub fn keys(keys: Keys) -> String {
    let Keys { modifiers, key, .. } = keys;
    let mut words = String::new();
    if modifiers.matches_exact(Modifiers::COMMAND) {
        words.push_str(match cfg!(target_os = "macos") {
            true => "Cmd+",
            false => "Ctrl+",
        });
    }
    words.push_str(match key {
        Key::Escape => "Esc",
        Key::PageUp => "Page Up",
        Key::PageDown => "Page Down",
        Key::ArrowLeft => "Left",
        Key::ArrowRight => "Right",
        Key::ArrowUp => "Up",
        Key::ArrowDown => "Down",
        Key::Plus => "+",
        Key::Minus => "-",
        Key::Comma => ",",
        Key::Period => ".",
        Key::Questionmark => "?",
        other => other.name(),
    });
    words
}

/// A thing to do and the keys that do it.
pub fn with_keys(words: &str, keys: &str) -> String {
    match keys.is_empty() {
        true => words.to_owned(),
        false => format!("{words} ({keys})"),
    }
}

/// The keys of one thing: those at both ends of a row of keys, or all of a few.
pub fn key_list(each: &[String]) -> String {
    match each {
        [first, .., last] if each.len() > 3 => format!("{first} \u{2013} {last}"),
        few => few.join(" or "),
    }
}
