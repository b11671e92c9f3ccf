//! The readers of weights and of `config.yaml` on bytes that may be anything, for fuzzing and for tests.
//!
//! Each is run to its end: what is found is read too. What must hold whatever the bytes are is asserted here;
//! nothing of this is in the program.

use std::path::Path;

use super::{
    RqVaeConfig, StateDict, Variant, archive::Archive, sniff::Format, source::Bytes, torch,
};
use crate::error::{Error, Result};

/// The name of every file.
pub(crate) const PATH: &str = "forged";

/// A torch archive.
pub(crate) fn archive(bytes: &[u8]) -> Result<StateDict> {
    weights(bytes, Format::Torch)
}

/// A safetensors file.
pub(crate) fn safetensors(bytes: &[u8]) -> Result<StateDict> {
    weights(bytes, Format::Safetensors)
}

/// A GGUF file.
pub(crate) fn gguf(bytes: &[u8]) -> Result<StateDict> {
    weights(bytes, Format::Gguf)
}

fn weights(bytes: &[u8], format: Format) -> Result<StateDict> {
    StateDict::read(
        Path::new(PATH),
        Bytes::from(bytes),
        format,
        Variant::Trained,
    )
}

/// A pickle, of an archive with four storages: all changes to the bytes get past the archive's checks.
pub(crate) fn pickle(bytes: &[u8]) -> Result<StateDict> {
    const NUMBERS: [u8; 160] = [0; 160];
    let entries = [
        ("m/data/0", 0..24),
        ("m/data/1", 24..32),
        ("m/data/2", 32..96),
        ("m/data/3", 96..160),
    ];
    let path = Path::new(PATH);
    let archive = Archive::of(&NUMBERS, entries.into());
    let found = torch::tensors(&archive, "m", bytes, Variant::Trained);
    let found = found.map_err(|fault| fault.of("torch checkpoint", path))?;
    Ok(StateDict::of(path, Bytes::from(&NUMBERS[..]), found))
}

/// Whatever was found can be read: it lies in the file, and is as long as its shape says.
pub(crate) fn read_all(mut dict: StateDict) {
    let names: Vec<String> = dict.names().map(str::to_owned).collect();
    for name in names {
        let shape = dict.shape(&name).unwrap_or_default().to_vec();
        match dict.take(&name, &shape) {
            Ok(numbers) => assert_eq!(numbers.len(), shape.iter().product::<usize>()),
            Err(Error::NotFinite { .. } | Error::WrongType { .. }) => {}
            Err(error) => panic!("a tensor that was found cannot be read: {error}"),
        }
        dict.count("layers.");
    }
    dict.ignore(|name| name.len() > 2);
    if let Err(error) = dict.finish() {
        fit_to_be_read(&error);
    }
}

/// A `config.yaml`.
pub(crate) fn config(bytes: &[u8]) -> Result<RqVaeConfig> {
    let config = RqVaeConfig::parse(&String::from_utf8_lossy(bytes), Path::new(PATH))?;
    assert_eq!(config.check(), Ok(()));
    Ok(config)
}

/// A message is short, and nothing in it moves a terminal's cursor.
pub(crate) fn fit_to_be_read(error: &Error) {
    let message = error.to_string();
    assert!(message.len() < 4096, "{} bytes of message", message.len());
    let fits = |letter: char| matches!(letter, '\n' | '\t') || !letter.is_control();
    assert!(message.chars().all(fits), "{message:?}");
}
