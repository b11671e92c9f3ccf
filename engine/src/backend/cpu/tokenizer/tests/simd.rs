//! Vector functions against f64, lane by lane, on every instruction set of this processor.

use super::super::simd::{
    BLOCK, Kernel, Level, Simd,
    exp::{exp, silu},
};

struct Each<'a> {
    from: &'a [f32],
    exps: &'a mut [f32],
    silus: &'a mut [f32],
}

impl Kernel for Each<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for at in (0..self.from.len()).step_by(S::LANES) {
            // SAFETY: the length is a multiple of every vector's.
            unsafe {
                let x = s.load(self.from.as_ptr().add(at));
                s.store(self.exps.as_mut_ptr().add(at), exp(s, x));
                s.store(self.silus.as_mut_ptr().add(at), silu(s, x));
            }
        }
    }
}

#[test]
fn the_exponential_is_right_to_the_last_digits() {
    let len = 4000 * BLOCK;
    let from: Vec<f32> = (0..len)
        .map(|i| (i as f32 / len as f32 - 0.5) * 174.0)
        .collect();
    for level in Level::available() {
        let (mut exps, mut silus) = (vec![0.0; len], vec![0.0; len]);
        level.run(Each {
            from: &from,
            exps: &mut exps,
            silus: &mut silus,
        });
        for ((&x, &e), &y) in from.iter().zip(&exps).zip(&silus) {
            let x = f64::from(x);
            let apart = (f64::from(e) / x.exp() - 1.0).abs();
            assert!(apart < 3e-7, "{level:?}: exp({x}) is {e}, {apart} off");
            let expected = x / (1.0 + (-x).exp());
            let apart = (f64::from(y) - expected).abs();
            assert!(
                apart <= 4e-7 * expected.abs() + 1e-30,
                "{level:?}: silu({x}) is {y}"
            );
        }
    }
}

#[test]
fn the_exponential_saturates() {
    let far = [
        -1e30f32,
        -200.0,
        -88.0,
        88.0,
        200.0,
        1e30,
        f32::MIN,
        f32::MAX,
    ];
    let from: Vec<f32> = far.iter().copied().cycle().take(BLOCK).collect();
    for level in Level::available() {
        let (mut exps, mut silus) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
        level.run(Each {
            from: &from,
            exps: &mut exps,
            silus: &mut silus,
        });
        for ((&x, &e), &y) in from.iter().zip(&exps).zip(&silus) {
            assert!(
                e.is_finite() && y.is_finite(),
                "{level:?}: {x} gives {e} and {y}"
            );
            assert!(if x > 0.0 {
                e > 1e37 && y == x
            } else {
                e < 1e-37 && y.abs() < 1e-6 * x.abs()
            });
        }
    }
}
