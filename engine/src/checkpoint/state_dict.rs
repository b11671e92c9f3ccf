//! The tensors of a checkpoint, whatever its format: taken one by one, none overlooked.
//!
//! A [`StateDict`] knows names, shapes and where the numbers lie; the numbers themselves stay in the file
//! until they are taken. Which tensors a model needs belongs to the families.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{
    element::{self, Dtype, Trouble},
    fault::{Fault, Read, malformed, quote, refused},
    gguf, safetensors,
    sniff::{self, Format},
    source::{Bytes, Source},
    torch,
};
use crate::error::{Error, Result};

/// Tensors in one file. Published models have a few hundred.
pub(super) const MAX_TENSORS: usize = 65_536;
/// Dimensions of one tensor. Weights of convolutions have four.
pub(super) const MAX_DIMENSIONS: usize = 8;
/// Bytes of a tensor's name. Published ones have about sixty.
pub(super) const MAX_NAME: usize = 1024;
/// Bytes of all names together, of which each is kept twice.
const MAX_NAMES: usize = 4 << 20;
/// Names in one error about tensors that are left over.
const NAMES_SHOWN: usize = 8;

/// Which of the copies of the weights that a trainer may leave in one file.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// As the last step of training left them: what the published samplers load.
    #[default]
    Trained,
    /// Their running average over training (`ema`).
    Averaged,
}

/// Where one tensor lies, as a format's reader found it: checked to be inside the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// The first element's byte in the file.
    pub start: usize,
    /// Bytes from there on that belong to the tensor's storage.
    pub length: usize,
    /// Distance of neighbours in elements, a dimension each; `None` when row-major without gaps.
    pub strides: Option<Vec<usize>>,
}

/// The tensors of one file, in its order.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// For which program the file says it is.
    architecture: Option<String>,
    /// Whether a running average of the weights lies in the file too.
    has_averages: bool,
    tensors: Vec<(String, Place)>,
    index: HashMap<String, usize>,
    /// Bytes of all names.
    names: usize,
}

impl Found {
    /// No tensors yet, of a file that may say for which program it is.
    pub(super) fn made_for(architecture: Option<String>) -> Self {
        Self {
            architecture,
            ..Self::default()
        }
    }

    /// No tensors yet, of a file that may hold a running average of them too.
    pub(super) fn beside_averages(has_averages: bool) -> Self {
        Self {
            has_averages,
            ..Self::default()
        }
    }

    /// Adds a tensor, whose name must be new.
    pub(super) fn add(&mut self, name: &str, place: Place) -> Read<()> {
        if name.len() > MAX_NAME {
            return refused(format!(
                "the tensor name {} is longer than {MAX_NAME} bytes",
                quote(name)
            ));
        }
        if self.tensors.len() >= MAX_TENSORS {
            return refused(format!("it holds more than {MAX_TENSORS} tensors"));
        }
        self.names += name.len();
        if self.names > MAX_NAMES {
            return refused(format!(
                "the names of its tensors have more than {MAX_NAMES} bytes"
            ));
        }
        if self.index.insert(name.into(), self.tensors.len()).is_some() {
            return malformed(format!("it holds two tensors named {}", quote(name)));
        }
        self.tensors.push((name.into(), place));
        Ok(())
    }
}

/// The tensors of one checkpoint file.
///
/// Take what the model needs, ignore what is known to be of no use, then [`finish`](Self::finish),
/// which complains about anything else.
#[derive(Debug)]
pub struct StateDict {
    path: PathBuf,
    bytes: Bytes,
    found: Found,
    used: Vec<bool>,
}

impl StateDict {
    /// Reads the directory of a checkpoint: PyTorch's zip format, safetensors or GGUF, told by content.
    /// No weights are read yet.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be opened, [`Error::Malformed`] when it is something else or is
    /// damaged, [`Error::Refused`] when it asks to run code or exceeds a limit, [`Error::WrongType`] when
    /// it holds quantised numbers of a kind that is not read.
    pub fn open(source: &Source) -> Result<Self> {
        Self::open_variant(source, Variant::Trained)
    }

    /// The same, of a copy of the weights that may not be there: see [`Self::has_averages`].
    ///
    /// # Errors
    /// As [`Self::open`], and [`Error::Malformed`] when there is no such copy.
    pub fn open_variant(source: &Source, variant: Variant) -> Result<Self> {
        let path = source.path();
        let bytes = source.bytes()?;
        let format = sniff::format(&bytes).map_err(|fault| fault.of("checkpoint", path))?;
        Self::read(path, bytes, format, variant)
    }

    /// Reads the directory of what is known to be of a format.
    pub(super) fn read(
        path: &Path,
        bytes: Bytes,
        format: Format,
        variant: Variant,
    ) -> Result<Self> {
        if variant == Variant::Averaged && format != Format::Torch {
            let reason = "it holds one copy of the weights; take it as the trained one";
            return Err(Error::malformed("checkpoint", path, reason));
        }
        let (found, name) = match format {
            Format::Torch => (torch::read(&bytes, variant), "torch checkpoint"),
            Format::Safetensors => (safetensors::read(&bytes), "safetensors"),
            Format::Gguf => (gguf::read(&bytes), "GGUF"),
        };
        let found = found.map_err(|fault| fault.of(name, path))?;
        Ok(Self::of(path, bytes, found))
    }

    pub(super) fn of(path: &Path, bytes: Bytes, found: Found) -> Self {
        Self {
            path: path.to_owned(),
            bytes,
            used: vec![false; found.tensors.len()],
            found,
        }
    }

    /// The file, or the name that stands for it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// For which program the file says it is (`general.architecture` of GGUF), where it says so. Nothing
    /// depends on it: the tensors decide.
    pub fn architecture(&self) -> Option<&str> {
        self.found.architecture.as_deref()
    }

    /// Whether a running average of the weights lies in the file too, for [`Self::open_variant`].
    pub fn has_averages(&self) -> bool {
        self.found.has_averages
    }

    /// Whether two tensors are the same numbers of the file under two names.
    pub fn is_same(&self, one: &str, other: &str) -> bool {
        let places = [one, other].map(|name| self.place(name).map(|(_, place)| place));
        matches!(places, [Some(one), Some(other)] if one == other)
    }

    /// Gives the memory back that reading a tensor took: a mapped file counts as the reader's until then.
    pub fn release(&self, name: &str) {
        if let Some((_, place)) = self.place(name) {
            self.bytes.release(place.start, place.length);
        }
    }

    /// The tensors' names, in the order of the file.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.found.tensors.iter().map(|(name, _)| name.as_str())
    }

    /// Whether there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.found.index.contains_key(name)
    }

    /// A tensor's shape, `None` when there is none of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.place(name).map(|(_, place)| place.shape.as_slice())
    }

    /// The shape of a tensor of `N` dimensions that tells a model's sizes.
    ///
    /// # Errors
    /// [`Error::Malformed`] when there is none of this name, or it has another number of dimensions.
    pub fn sizes<const N: usize>(&self, name: &str) -> Result<[usize; N]> {
        let told = |found: String| {
            let reason = format!(
                "{found}; the model's sizes are told by tensor {name}, expected with {N} dimensions"
            );
            Error::malformed("checkpoint", &self.path, reason)
        };
        let Some(shape) = self.shape(name) else {
            return Err(told(format!("it holds no tensor {name}")));
        };
        let wrong = |_| told(format!("tensor {name} has shape {shape:?}"));
        shape.try_into().map_err(wrong)
    }

    /// How many parts are numbered after `prefix` (`layers.` for `layers.0.…` to `layers.11.…` gives 12), going by
    /// the highest number.
    pub fn count(&self, prefix: &str) -> usize {
        let number = |name: &str| {
            let (number, _) = name.strip_prefix(prefix)?.split_once('.')?;
            number.parse::<u32>().ok()
        };
        let most = self.names().filter_map(number).max();
        most.map_or(0, |most| most as usize + 1)
    }

    /// A tensor's element type, `None` when there is none of this name.
    pub fn dtype(&self, name: &str) -> Option<Dtype> {
        self.place(name).map(|(_, place)| place.dtype)
    }

    fn place(&self, name: &str) -> Option<(usize, &Place)> {
        let index = *self.found.index.get(name)?;
        let (_, place) = self.found.tensors.get(index)?;
        Some((index, place))
    }

    /// A tensor's elements as `f32`, row-major. Quantised ones come out as the numbers they stand for. It
    /// may be taken more than once.
    ///
    /// # Errors
    /// [`Error::MissingTensor`], [`Error::WrongShape`], [`Error::WrongType`] (not floating point),
    /// [`Error::NotFinite`] with the first NaN or infinity, each naming file and tensor.
    pub fn take(&mut self, name: &str, expected: &[usize]) -> Result<Vec<f32>> {
        let Some((index, place)) = self.place(name) else {
            return Err(Error::MissingTensor {
                path: self.path.clone(),
                tensor: name.into(),
                expected: expected.into(),
            });
        };
        if place.shape != expected {
            return Err(Error::WrongShape {
                path: self.path.clone(),
                tensor: name.into(),
                expected: expected.into(),
                found: place.shape.clone(),
            });
        }
        let numbers = self.numbers(place).map_err(|trouble| match trouble {
            Trouble::Type => Error::WrongType {
                path: self.path.clone(),
                tensor: name.into(),
                found: place.dtype.name().into(),
            },
            Trouble::Short => Fault::Malformed(format!("the numbers of tensor {name} are cut off"))
                .of("checkpoint", &self.path),
            Trouble::Memory => Error::File {
                path: self.path.clone(),
                action: "read",
                kind: std::io::ErrorKind::OutOfMemory,
                message: format!(
                    "there is not enough memory for tensor {name} of shape {expected:?}"
                ),
            },
        })?;
        if let Some(index) = numbers.iter().position(|number| !number.is_finite()) {
            return Err(Error::NotFinite {
                path: self.path.clone(),
                tensor: name.into(),
                found: numbers.get(index).map(f32::to_string).unwrap_or_default(),
                index,
            });
        }
        self.mark(index);
        Ok(numbers)
    }

    fn numbers(&self, place: &Place) -> Result<Vec<f32>, Trouble> {
        let end = place
            .start
            .checked_add(place.length)
            .ok_or(Trouble::Short)?;
        let bytes = self.bytes.get(place.start..end).ok_or(Trouble::Short)?;
        match &place.strides {
            None => element::in_a_row(place.dtype, bytes, place.shape.iter().product()),
            Some(strides) => element::strided(place.dtype, bytes, &place.shape, strides),
        }
    }

    fn mark(&mut self, index: usize) {
        if let Some(used) = self.used.get_mut(index) {
            *used = true;
        }
    }

    /// Marks every tensor whose name fits as known and of no use, so that [`finish`](Self::finish) does
    /// not complain about it.
    pub fn ignore(&mut self, fits: impl Fn(&str) -> bool) {
        for ((name, _), used) in self.found.tensors.iter().zip(&mut self.used) {
            *used |= fits(name);
        }
    }

    /// The names of the tensors neither taken nor ignored, in the order of the file.
    pub fn left_over(&self) -> impl Iterator<Item = &str> {
        let used = self.used.iter();
        let unused = self.names().zip(used).filter(|(_, used)| !**used);
        unused.map(|(name, _)| name)
    }

    /// Checks that no tensor was overlooked.
    ///
    /// # Errors
    /// [`Error::ExtraTensors`] with at most eight names of tensors neither taken nor ignored.
    pub fn finish(self) -> Result<()> {
        let tensors: Vec<String> = self.left_over().take(NAMES_SHOWN).map(quote).collect();
        if tensors.is_empty() {
            return Ok(());
        }
        Err(Error::ExtraTensors {
            path: self.path,
            tensors,
        })
    }
}

/// The number of elements of a shape, `None` when it does not fit.
pub(super) fn elements(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1_usize, |n, size| n.checked_mul(*size))
}
