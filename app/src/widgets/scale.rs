//! The colour scale for numbers over a picture: cividis (Nuñez, Anderton and Renslow 2018), which reads the
//! same with and without colour blindness and grows lighter evenly, so that it works in grey too.

use eframe::egui::Color32;

/// Cividis at even distances from 0 to 1.
const STOPS: [[u8; 3]; 9] = [
    [0, 34, 78],
    [18, 53, 112],
    [59, 73, 108],
    [87, 93, 109],
    [112, 113, 115],
    [138, 134, 120],
    [165, 156, 116],
    [200, 183, 101],
    [254, 232, 56],
];

/// The colour of a share from 0 to 1; what lies outside takes the nearer end.
pub fn scale_colour(share: f32) -> Color32 {
    let place = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f32;
    // A number that is none is no colour of the scale; it counts as certain.
    let place = if place.is_finite() { place } else { 0.0 };
    let below = (place as usize).min(STOPS.len() - 2);
    let (from, to) = (STOPS[below], STOPS[below + 1]);
    let part = place - below as f32;
    let mix = |at: usize| {
        let (from, to) = (f32::from(from[at]), f32::from(to[at]));
        (from + (to - from) * part).round() as u8
    };
    Color32::from_rgb(mix(0), mix(1), mix(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_lighter_from_end_to_end() {
        let light = |share: f32| {
            let [r, g, b, _] = scale_colour(share).to_array().map(f32::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        for step in 0..64 {
            let share = step as f32 / 64.0;
            assert!(light(share + 1.0 / 64.0) > light(share), "{share}");
        }
    }

    #[test]
    fn the_ends_hold_for_what_lies_outside() {
        assert_eq!(scale_colour(-1.0), scale_colour(0.0));
        assert_eq!(scale_colour(7.0), Color32::from_rgb(254, 232, 56));
        assert_eq!(scale_colour(f32::NAN), scale_colour(0.0));
    }
}
