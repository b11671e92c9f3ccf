//! PyTorch's zip format: which value of the pickle is the state dict, and where its numbers lie.
//!
//! The archive and the pickle are read by `archive` and `pickle`; here they are brought together. Tensors
//! outside the state dict, such as an optimizer's, are not looked at.

use super::{
    archive::Archive,
    element::Dtype,
    fault::{Read, malformed, quote, refused},
    pickle::{self, Id, Meaning, Value, Values},
    state_dict::{Found, MAX_DIMENSIONS, Place, Variant, elements},
};

/// Where a state dict may lie, first found first taken, as the published sampling scripts do; without any
/// of them it is the top level itself.
const WRAPPERS: [&str; 3] = ["model", "module", "state_dict"];

/// Where trainers keep the running average of the weights, first found first taken.
const AVERAGES: [&str; 2] = ["ema", "state_dict_ema"];

/// What trainers leave beside the weights. Where the top level is the state dict, these are passed over.
const LEFTOVERS: &[&str] = &[
    "args",
    "config",
    "discriminator",
    "ema",
    "epoch",
    "lr_scheduler",
    "optimizer",
    "optimizer_disc",
    "scaler",
    "scheduler",
    "state_dict_ema",
    "step",
    "steps",
];

/// The tensors of a whole file's bytes: the weights as trained, or their running average.
pub(super) fn read(bytes: &[u8], variant: Variant) -> Read<Found> {
    let archive = Archive::open(bytes)?;
    let root = root(&archive)?;
    check_byte_order(&archive, root)?;
    let pickle = archive.data(&format!("{root}/data.pkl"));
    tensors(&archive, root, pickle.unwrap_or_default(), variant)
}

/// The tensors that a pickle describes, whose numbers lie in an archive.
pub(super) fn tensors(
    archive: &Archive<'_>,
    root: &str,
    pickle: &[u8],
    variant: Variant,
) -> Read<Found> {
    let (values, top) = pickle::read(pickle)?;
    let averages = averages(&values, top);
    let (dict, at_top) = match (variant, averages) {
        (Variant::Trained, _) => state_dict(&values, top)?,
        (Variant::Averaged, Some(dict)) => (dict, false),
        (Variant::Averaged, None) => {
            return malformed(format!(
                "it holds no averaged weights, expected some under {}; take the trained ones",
                AVERAGES.join(" or ")
            ));
        }
    };

    let mut found = Found::beside_averages(averages.is_some());
    for (key, value) in values.entries(dict) {
        let Some(name) = values.text(key) else {
            return malformed(format!(
                "its state dict has {} for a name",
                values.describe(key)
            ));
        };
        match values.get(value) {
            Value::Tensor(description) => {
                let place =
                    Tensor::of(&values, description).and_then(|t| t.place(archive, root, name))?;
                found.add(name, place)?;
            }
            _ if at_top && LEFTOVERS.contains(&name) => {}
            _ => {
                return malformed(format!(
                    "its state dict has {} under {}, expected a tensor",
                    values.describe(value),
                    quote(name)
                ));
            }
        }
    }
    Ok(found)
}

/// The folder in the archive that everything lies in, which is named after the file that was first written.
fn root<'a>(archive: &Archive<'a>) -> Read<&'a str> {
    let roots = archive
        .names()
        .filter_map(|name| name.strip_suffix("/data.pkl"));
    let mut roots = roots.filter(|root| !root.contains('/'));
    let Some(root) = roots.next() else {
        return malformed(
            "it is a zip archive without data.pkl, so not a torch checkpoint; unpack it if one is inside",
        );
    };
    if roots.next().is_some() {
        return malformed("it holds more than one data.pkl");
    }
    let script = format!("{root}/constants.pkl");
    if archive.place(&script).is_some() {
        return refused(
            "it is a TorchScript program, not weights; save model.state_dict() with torch.save",
        );
    }
    Ok(root)
}

fn check_byte_order(archive: &Archive<'_>, root: &str) -> Read<()> {
    // Files from before PyTorch 2.1 do not say; they come from little-endian machines.
    let order = archive.data(&format!("{root}/byteorder"));
    match order.map(<[u8]>::trim_ascii) {
        None | Some(b"little") => Ok(()),
        Some(b"big") => refused(
            "its numbers are big-endian; load it in PyTorch and save it again on a common machine",
        ),
        Some(_) => malformed("it names a byte order that does not exist"),
    }
}

/// The dictionary of tensors, and whether it is the top level.
fn state_dict(values: &Values<'_>, top: Id) -> Read<(Id, bool)> {
    if values.get(top) != Value::Dict {
        return malformed(format!(
            "expected a dictionary of tensors, found {}; save model.state_dict(), not the model itself",
            values.describe(top)
        ));
    }
    for wrapper in WRAPPERS {
        let entries = values.entries(top);
        let mut inner = entries.filter(|(key, _)| values.text(*key) == Some(wrapper));
        let Some((_, value)) = inner.next() else {
            continue;
        };
        if inner.next().is_some() {
            return malformed(format!("it holds two entries named {wrapper}"));
        }
        return match values.get(value) {
            Value::Dict => Ok((value, false)),
            _ => malformed(format!(
                "expected a dictionary of tensors under {wrapper}, found {}; save model.state_dict(), not the model itself",
                values.describe(value)
            )),
        };
    }
    let is_tensor = |id| matches!(values.get(id), Value::Tensor(_));
    if values.entries(top).any(|(_, value)| is_tensor(value)) {
        return Ok((top, true));
    }
    let keys = values.entries(top).filter_map(|(key, _)| values.text(key));
    let keys: Vec<String> = keys.take(8).map(quote).collect();
    malformed(format!(
        "expected a state dict under model, module or state_dict or at the top level, found {}",
        if keys.is_empty() {
            "no entries".into()
        } else {
            format!("only {}", keys.join(", "))
        }
    ))
}

/// The dictionary of averaged weights, where the top level has one that holds tensors.
fn averages(values: &Values<'_>, top: Id) -> Option<Id> {
    let is_tensor = |id| matches!(values.get(id), Value::Tensor(_));
    let holds_tensors = |dict: &Id| {
        values.get(*dict) == Value::Dict && values.entries(*dict).any(|(_, value)| is_tensor(value))
    };
    AVERAGES.iter().find_map(|name| {
        let named = values
            .entries(top)
            .find(|(key, _)| values.text(*key) == Some(*name));
        named.map(|(_, value)| value).filter(holds_tensors)
    })
}

/// One tensor as the pickle describes it.
struct Tensor<'p> {
    /// The entry's name in the archive's `data/`.
    entry: &'p str,
    dtype: Dtype,
    /// Elements in the storage.
    stored: usize,
    /// The first element's place in the storage.
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

impl<'p> Tensor<'p> {
    /// From the arguments of `_rebuild_tensor_v2`, whose kinds the pickle's reader has checked.
    fn of(values: &Values<'p>, description: Id) -> Read<Self> {
        let whole = |id: Id| values.int(id).and_then(|n| usize::try_from(n).ok());
        let sizes = |id: Id| -> Option<Vec<usize>> {
            values.tuple(id)?.iter().map(|size| whole(*size)).collect()
        };
        let tensor = || {
            let [storage, offset, shape, strides, ..] = values.tuple(description)? else {
                return None;
            };
            let Value::Storage(storage) = values.get(*storage) else {
                return None;
            };
            let [_, class, entry, _, stored] = values.tuple(storage)? else {
                return None;
            };
            let Some(Meaning::Storage(dtype)) = values.meaning(*class) else {
                return None;
            };
            if values.tuple(*shape)?.len() > MAX_DIMENSIONS {
                return None;
            }
            Some(Self {
                entry: values.text(*entry)?,
                dtype,
                stored: whole(*stored)?,
                offset: whole(*offset)?,
                shape: sizes(*shape)?,
                strides: sizes(*strides)?,
            })
        };
        match tensor() {
            Some(tensor) => Ok(tensor),
            None => malformed(format!(
                "a tensor is described in an impossible way, perhaps with more than {MAX_DIMENSIONS} dimensions"
            )),
        }
    }

    /// Where its numbers lie in the file.
    fn place(self, archive: &Archive<'_>, root: &str, name: &str) -> Read<Place> {
        let name = quote(name);
        let entry = format!("{root}/data/{}", self.entry);
        let Some(storage) = archive.place(&entry) else {
            return malformed(format!(
                "the numbers of tensor {name} are missing: there is no entry {}",
                quote(&entry)
            ));
        };
        let size = self.dtype.size();
        if self.stored.checked_mul(size) != Some(storage.len()) {
            return malformed(format!(
                "entry {} of tensor {name} should hold {} numbers of {size} bytes, found {} bytes",
                quote(&entry),
                self.stored,
                storage.len()
            ));
        }
        let Some(count) = elements(&self.shape) else {
            return malformed(format!(
                "tensor {name} has the impossible shape {:?}",
                self.shape
            ));
        };
        // Expanded tensors repeat numbers; a small file could then ask for any amount of memory.
        if count > self.stored {
            return refused(format!(
                "tensor {name} of shape {:?} has more elements than the {} in its storage",
                self.shape, self.stored
            ));
        }
        let row_major = is_row_major(&self.shape, &self.strides);
        let end = if count == 0 { Some(0) } else { self.end() };
        match end {
            Some(end) if end <= self.stored => {}
            _ => {
                return malformed(format!(
                    "tensor {name} of shape {:?} with strides {:?} at {} reaches past the {} elements of its storage",
                    self.shape, self.strides, self.offset, self.stored
                ));
            }
        }
        // Inside the storage, which is inside the file: none of these overflows.
        let skipped = if count == 0 { 0 } else { self.offset * size };
        Ok(Place {
            dtype: self.dtype,
            shape: self.shape,
            start: storage.start + skipped,
            length: storage.len() - skipped,
            strides: (!row_major).then_some(self.strides),
        })
    }

    /// One past the last element in the storage, of a tensor that has any.
    fn end(&self) -> Option<usize> {
        let mut last = self.offset;
        for (size, stride) in self.shape.iter().zip(&self.strides) {
            last = last.checked_add(size.checked_sub(1)?.checked_mul(*stride)?)?;
        }
        last.checked_add(1)
    }
}

/// Whether the elements lie in row-major order without gaps. The stride of a dimension of one means nothing.
fn is_row_major(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1_usize;
    for (size, stride) in shape.iter().zip(strides).rev() {
        if *size != 1 && *stride != expected {
            return false;
        }
        expected = expected.saturating_mul(*size);
    }
    true
}
