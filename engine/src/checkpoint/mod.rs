//! Files of weights, and the tokenizer's configuration beside them, to typed descriptions.
//!
//! Files are untrusted data: nothing in one is ever executed, everything is checked before memory is
//! spent on it, and no tensor is overlooked. What the tensors mean belongs to the model families.
//!
//! | module | what lives there |
//! |---|---|
//! | `source` | a file on disk or bytes in the program |
//! | `state_dict` | [`StateDict`]: the tensors of any format, taken one by one |
//! | `element` | element types to `f32` |
//! | `blocks` | blocks of quantised numbers to `f32` |
//! | `torch` | PyTorch's zip format: which values are the state dict, where their numbers lie |
//! | `archive` | the zip directory that a torch file is wrapped in |
//! | `pickle` | the pickle in it, read into inert values |
//! | `safetensors` | the header of that format |
//! | `gguf` | the header of that format |
//! | `config_yaml` | the tokenizer's `config.yaml` |

mod archive;
mod blocks;
mod config_yaml;
mod element;
mod fault;
mod gguf;
mod pickle;
mod safetensors;
mod sniff;
mod source;
mod state_dict;
mod torch;

#[cfg(test)]
mod tests;
#[cfg(any(test, fuzzing))]
pub(crate) mod trial;

pub use config_yaml::RqVaeConfig;
pub use element::Dtype;
pub use source::{Bytes, Source};
pub use state_dict::{StateDict, Variant};
