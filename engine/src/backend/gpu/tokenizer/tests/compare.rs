//! The comparator. It is tested itself: one changed element must fail it.

/// Whether `found` is within `bound` of `expected` everywhere; else the first place where it is not. NaN is near
/// nothing. Gives the largest distance.
pub fn close(expected: &[f32], found: &[f32], bound: f32) -> Result<f32, String> {
    if expected.len() != found.len() {
        return Err(format!(
            "{} numbers, expected {}",
            found.len(),
            expected.len()
        ));
    }
    let mut most = 0f32;
    for (index, (&e, &f)) in expected.iter().zip(found).enumerate() {
        let apart = (e - f).abs();
        let is_near = apart <= bound;
        if !is_near {
            return Err(format!(
                "number {index} is {f}, expected {e} within {bound}"
            ));
        }
        most = most.max(apart);
    }
    Ok(most)
}

/// Panics where `close` fails.
#[track_caller]
pub fn assert_close(what: &str, expected: &[f32], found: &[f32], bound: f32) {
    match close(expected, found, bound) {
        Ok(most) => println!("{what}: within {most:e}, bound {bound:e}"),
        Err(message) => panic!("{what}: {message}"),
    }
}

#[test]
fn one_changed_element_fails_the_comparator() {
    let expected: Vec<f32> = (0..1000u16).map(|v| f32::from(v) / 8.0).collect();
    assert_eq!(close(&expected, &expected, 0.0), Ok(0.0));
    for index in [0, 500, 999] {
        for change in [1e-3, -1e-3, f32::NAN, f32::INFINITY] {
            let mut found = expected.clone();
            found[index] += change;
            assert!(close(&expected, &found, 1e-4).is_err());
        }
    }
    assert!(close(&expected, &expected[1..], 1e9).is_err());
}
