//! Every kernel that a plan can ask for, without a device.

use crate::backend::gpu::{
    kernel::checks::check,
    tokenizer::{
        form::{Form, Walk},
        kernels::{self, Convolution, Norm, Precision, Product},
    },
};

const NORMS: [Norm; 3] = [Norm::None, Norm::Normed, Norm::Activated];

#[test]
fn convolutions_are_valid() {
    for walk in Walk::ALL {
        for form in Form::all(walk) {
            for (norm, precision) in
                NORMS
                    .into_iter()
                    .zip([Precision::Full, Precision::Half, Precision::Full])
            {
                for adds in [false, true] {
                    let convolution = Convolution {
                        walk,
                        form,
                        precision,
                        norm,
                        adds,
                    };
                    check(&convolution.kernel());
                }
            }
        }
    }
}

#[test]
fn products_are_valid() {
    for form in [(1, 1), (1024, 4096)].map(|(m, n)| Form::of_product(m, n)) {
        for norm in NORMS {
            for (has_bias, adds) in [(false, false), (true, false), (true, true)] {
                let product = Product {
                    form,
                    norm,
                    has_bias,
                    adds,
                };
                check(&product.kernel());
            }
        }
    }
}

#[test]
fn norms_and_softmax_are_valid() {
    for kernel in [kernels::moments(), kernels::join(), kernels::softmax()] {
        check(&kernel);
    }
}
