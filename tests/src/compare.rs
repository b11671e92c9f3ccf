//! The comparator. It is tested itself: one changed element must fail it.

use anyhow::{Result, bail};

/// Whether `found` equals `expected` within `tolerance`, element by element.
///
/// # Errors
/// Naming the first element that differs, or the lengths when they do. NaN never equals anything.
pub fn close(what: &str, expected: &[f32], found: &[f32], tolerance: f32) -> Result<()> {
    if expected.len() != found.len() {
        bail!(
            "{what}: {} elements, expected {}",
            found.len(),
            expected.len()
        );
    }
    for (index, (e, f)) in expected.iter().zip(found).enumerate() {
        let near = (e - f).abs() <= tolerance;
        if !near {
            bail!("{what}: element {index} is {f}, expected {e} within {tolerance}");
        }
    }
    Ok(())
}

/// Whether `found` equals `expected` exactly.
///
/// # Errors
/// Naming the first element that differs, or the lengths when they do.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, expected: &[T], found: &[T]) -> Result<()> {
    if expected.len() != found.len() {
        bail!(
            "{what}: {} elements, expected {}",
            found.len(),
            expected.len()
        );
    }
    match expected.iter().zip(found).position(|(e, f)| e != f) {
        Some(index) => {
            bail!(
                "{what}: element {index} is {:?}, expected {:?}",
                found[index],
                expected[index]
            )
        }
        None => Ok(()),
    }
}

/// Whether pixels are equal, but for those whose exact value lies within 0.03 of a whole number, which
/// may be one off. `exact` holds the values before truncation, in the order of the pixels.
///
/// # Errors
/// Naming the first pixel that differs.
pub fn pixels(what: &str, expected: &[u8], found: &[u8], exact: &[f32]) -> Result<()> {
    if expected.len() != found.len() || exact.len() != found.len() {
        bail!(
            "{what}: {} values, expected {}",
            found.len(),
            expected.len()
        );
    }
    for (index, (e, f)) in expected.iter().zip(found).enumerate() {
        let is_on_an_edge = (exact[index] - exact[index].round()).abs() <= 0.03;
        let allowed = u8::from(is_on_an_edge);
        if e.abs_diff(*f) > allowed {
            bail!("{what}: value {index} is {f}, expected {e}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_element_fails_the_comparator() {
        let expected: Vec<f32> = (0..1000).map(|v| v as f32 / 7.0).collect();
        assert!(close("x", &expected, &expected, 0.0).is_ok());
        for index in [0, 500, 999] {
            for change in [1e-3, -1e-3, f32::NAN, f32::INFINITY] {
                let mut found = expected.clone();
                found[index] += change;
                assert!(close("x", &expected, &found, 1e-4).is_err());
            }
        }
        assert!(close("x", &expected, &expected[1..], 1.0).is_err());
        assert!(same("x", &[1, 2, 3], &[1, 2, 4]).is_err());
        assert!(same("x", &[1, 2, 3], &[1, 2]).is_err());
    }

    #[test]
    fn only_a_pixel_on_an_edge_may_be_one_off() {
        assert!(pixels("x", &[10], &[9], &[10.01]).is_ok());
        assert!(pixels("x", &[10], &[8], &[10.01]).is_err());
        assert!(pixels("x", &[10], &[9], &[10.5]).is_err());
    }
}
