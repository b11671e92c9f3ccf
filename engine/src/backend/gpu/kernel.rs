//! Kernels: WGSL texts put together from parts, with their sizes as constants, and what they bind.
//!
//! A part is one file of `kernels/`. Putting parts together replaces what other languages do with a preprocessor: a
//! product, say, is a format, a reduction, an end, and the product itself.

use std::fmt::Write as _;

/// What a kernel binds at one place of group 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bind {
    /// A uniform buffer.
    Uniform,
    /// A storage buffer that is only read.
    Read,
    /// A storage buffer that is written.
    Write,
}

/// A kernel ready to be compiled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// For people.
    pub name: String,
    /// Its whole text.
    pub text: String,
    /// What it binds, in order.
    pub binds: &'static [Bind],
}

impl Kernel {
    /// Puts `parts` together, below `constants` as unsigned numbers.
    pub fn new(
        name: impl Into<String>,
        binds: &'static [Bind],
        constants: &[(&str, usize)],
        parts: &[&str],
    ) -> Self {
        let mut text = String::new();
        for (constant, value) in constants {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "const {constant} = {value}u;");
        }
        for part in parts {
            text.push_str(part);
            text.push('\n');
        }
        Self {
            name: name.into(),
            text,
            binds,
        }
    }

    /// The same where its parts have 16-bit numbers as a type.
    pub fn with_halves(mut self) -> Self {
        self.text.insert_str(0, "enable f16;\n");
        self
    }
}

/// Checks without a device what a driver would check: the text, and that it binds what the Rust side says.
#[cfg(test)]
pub mod checks {
    #![allow(clippy::unwrap_used)]
    use naga::{AddressSpace, StorageAccess, front::wgsl, valid};

    use super::{Bind, Kernel};

    /// Panics with what is wrong.
    pub fn check(kernel: &Kernel) {
        let module = wgsl::parse_str(&kernel.text).unwrap_or_else(|error| {
            panic!("{}: {}", kernel.name, error.emit_to_string(&kernel.text))
        });
        // All adapters unpack 16-bit floats; naga asks because some browsers do not.
        let capabilities = valid::Capabilities::SUBGROUP
            | valid::Capabilities::SHADER_FLOAT16
            | valid::Capabilities::SHADER_FLOAT16_IN_FLOAT32;
        let mut validator = valid::Validator::new(valid::ValidationFlags::all(), capabilities);
        validator
            .subgroup_stages(valid::ShaderStages::COMPUTE)
            .subgroup_operations(valid::SubgroupOperationSet::all());
        if let Err(error) = validator.validate(&module) {
            panic!("{}: {}", kernel.name, error.emit_to_string(&kernel.text));
        }
        let mut bound: Vec<(u32, Bind)> = module
            .global_variables
            .iter()
            .filter_map(|(_, variable)| {
                let binding = variable.binding?;
                assert_eq!(binding.group, 0, "{}", kernel.name);
                let bind = match variable.space {
                    AddressSpace::Uniform => Bind::Uniform,
                    AddressSpace::Storage { access } => {
                        match access.contains(StorageAccess::STORE) {
                            true => Bind::Write,
                            false => Bind::Read,
                        }
                    }
                    other => panic!("{}: {other:?} is bound", kernel.name),
                };
                Some((binding.binding, bind))
            })
            .collect();
        bound.sort_by_key(|(at, _)| *at);
        let said: Vec<(u32, Bind)> = (0..).zip(kernel.binds.iter().copied()).collect();
        assert_eq!(bound, said, "{}", kernel.name);
        let storage = bound.iter().filter(|(_, bind)| *bind != Bind::Uniform);
        assert!(
            storage.count() <= 8,
            "{}: WebGPU's default limit",
            kernel.name
        );
        let mut layouter = naga::proc::Layouter::default();
        layouter.update(module.to_ctx()).unwrap();
        let shared = module
            .global_variables
            .iter()
            .map(|(_, variable)| match variable.space {
                AddressSpace::WorkGroup => layouter[variable.ty].size,
                _ => 0,
            });
        let shared: u32 = shared.sum();
        assert!(
            shared <= 16 << 10,
            "{}: {shared} bytes of workgroup memory",
            kernel.name
        );
        let size = module.entry_points[0].workgroup_size;
        assert!(size.iter().product::<u32>() <= 256, "{}", kernel.name);
    }
}
