//! The tokenizer's `config.yaml`, of which only `arch` matters, as a typed description.
//!
//! The numbers are checked so far that nothing absurd is ever built from them; whether the weights fit them
//! is checked when the tokenizer is loaded.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::source::Source;
use crate::error::{Error, Result};

/// What the file is called in errors.
const FORMAT: &str = "tokenizer config";
/// Bytes of the file. Published ones have about one thousand.
const MAX_TEXT: usize = 256 << 10;

/// The shape of a residual-quantised autoencoder (RQ-VAE, arXiv 2203.01941).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RqVaeConfig {
    /// Width of a codebook's rows, hence of a latent (`embed_dim`).
    pub embed_dim: usize,
    /// Codes in a codebook, at every depth (`n_embed`).
    pub codebook: usize,
    /// Rows, columns and width of the grid of latents (`latent_shape`).
    pub latent: [usize; 3],
    /// Rows, columns and depth of the grid of codes (`code_shape`).
    pub codes: [usize; 3],
    /// Whether all depths share one codebook (`shared_codebook`).
    pub shared_codebook: bool,
    /// Channels between the convolutions and the quantiser (`z_channels`).
    pub z_channels: usize,
    /// Width and height of a picture in pixels (`resolution`).
    pub resolution: usize,
    /// Channels of the picture that is encoded (`in_channels`).
    pub in_channels: usize,
    /// Channels of the picture that is decoded (`out_ch`).
    pub out_channels: usize,
    /// Channels of a level whose multiplier is 1 (`ch`).
    pub channels: usize,
    /// Multipliers of the levels, highest resolution first (`ch_mult`).
    pub channel_mult: Vec<usize>,
    /// Residual blocks in a level of the encoder; the decoder has one more (`num_res_blocks`).
    pub blocks: usize,
    /// Resolutions in pixels at which blocks are followed by attention (`attn_resolutions`).
    pub attention_resolutions: Vec<usize>,
    /// Whether the encoder gives twice `z_channels` (`double_z`).
    pub double_z: bool,
}

/// The top level of the file. Everything but `arch` is the trainer's.
#[derive(Deserialize)]
struct Top {
    arch: Option<Value>,
}

impl RqVaeConfig {
    /// Reads and checks a `config.yaml`.
    ///
    /// # Errors
    /// [`Error::Malformed`] naming key, expected and found; [`Error::Refused`] for another kind of tokenizer;
    /// [`Error::File`] when it cannot be read.
    pub fn from_source(source: &Source) -> Result<Self> {
        Self::parse(&source.read_text(FORMAT, MAX_TEXT)?, source.path())
    }

    /// Reads and checks the text of one.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self> {
        let top: Top = serde_saphyr::from_str_with_options(text, options()).map_err(|error| {
            let reason = error.without_snippet().to_string();
            let words: Vec<&str> = reason.split_whitespace().collect();
            Error::malformed(FORMAT, path, super::fault::quote(&words.join(" ")))
        })?;
        let arch = Keys {
            path,
            prefix: "arch",
            value: top.arch.as_ref(),
        };
        let config = Self::from_arch(&arch)?;
        config.fault().map_or(Ok(config), |fault| {
            Err(Error::malformed(FORMAT, path, fault))
        })
    }

    fn from_arch(arch: &Keys<'_>) -> Result<Self> {
        arch.must_be("type", "rq-vae", true)?;
        let hparams = arch.inner("arch.hparams", "hparams")?;
        hparams.must_be("bottleneck_type", "rq", false)?;
        let dd = arch.inner("arch.ddconfig", "ddconfig")?;
        let codes = hparams.triple("code_shape")?;
        Ok(Self {
            embed_dim: hparams.whole("embed_dim")?,
            codebook: hparams.codebook("n_embed", codes[2])?,
            latent: hparams.triple("latent_shape")?,
            codes,
            shared_codebook: hparams.truth("shared_codebook", Some(false))?,
            z_channels: dd.whole("z_channels")?,
            resolution: dd.whole("resolution")?,
            in_channels: dd.whole("in_channels")?,
            out_channels: dd.whole("out_ch")?,
            channels: dd.whole("ch")?,
            channel_mult: dd.list("ch_mult")?,
            blocks: dd.whole("num_res_blocks")?,
            attention_resolutions: dd.list("attn_resolutions")?,
            double_z: dd.truth("double_z", None)?,
        })
    }

    /// Checks that every number makes sense and that they fit each other.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key of the file, its value and what it may be.
    pub fn check(&self) -> Result<()> {
        self.fault()
            .map_or(Ok(()), |fault| Err(Error::Config(fault)))
    }

    /// The first number that makes no sense.
    fn fault(&self) -> Option<String> {
        let [rows, columns, depth] = self.codes;
        let levels = self.channel_mult.len();
        // The largest published values are 16384 codes, depth 8, 256 channels, 512 pixels.
        for (key, found, most) in [
            ("hparams.embed_dim", self.embed_dim, 4096),
            ("hparams.n_embed", self.codebook, 1 << 20),
            ("hparams.code_shape[0]", rows, 1024),
            ("hparams.code_shape[1]", columns, 1024),
            ("hparams.code_shape[2]", depth, 64),
            ("ddconfig.z_channels", self.z_channels, 4096),
            ("ddconfig.resolution", self.resolution, 8192),
            ("ddconfig.ch", self.channels, 2048),
            ("ddconfig.num_res_blocks", self.blocks, 16),
            ("ddconfig.ch_mult", levels, 12),
        ] {
            if !(1..=most).contains(&found) {
                let what = if key.ends_with("mult") { "entries" } else { "" };
                return Some(
                    format!("arch.{key} is {found} {what}, expected 1 to {most}")
                        .replace(" ,", ","),
                );
            }
        }
        self.channel_fault().or_else(|| self.grid_fault())
    }

    fn channel_fault(&self) -> Option<String> {
        /// Groups of every group norm; a level's channels are divided among them.
        const GROUPS: usize = 32;
        for (key, found) in [
            ("in_channels", self.in_channels),
            ("out_ch", self.out_channels),
        ] {
            if found != 3 {
                return Some(format!(
                    "arch.ddconfig.{key} is {found}, expected 3 (red, green, blue)"
                ));
            }
        }
        for mult in &self.channel_mult {
            if !(1..=64).contains(mult) {
                return Some(format!(
                    "arch.ddconfig.ch_mult holds {mult}, expected 1 to 64"
                ));
            }
            // Both factors are known to be small.
            let width = self.channels * mult;
            if !width.is_multiple_of(GROUPS) || width > 16_384 {
                return Some(format!(
                    "arch.ddconfig.ch times ch_mult is {width}, expected a multiple of {GROUPS} up to 16384"
                ));
            }
        }
        None
    }

    fn grid_fault(&self) -> Option<String> {
        let [rows, columns, _] = self.codes;
        if self.latent != [rows, columns, self.embed_dim] {
            return Some(format!(
                "arch.hparams.latent_shape is {:?}, expected the grid of code_shape and embed_dim, {:?}",
                self.latent,
                [rows, columns, self.embed_dim]
            ));
        }
        // Every level but the last halves the picture.
        let shrink = 1_usize << (self.channel_mult.len() - 1);
        let grid = self.resolution / shrink;
        if !self.resolution.is_multiple_of(shrink) || [rows, columns] != [grid, grid] {
            return Some(format!(
                "arch.hparams.code_shape is a grid of {rows} x {columns}, but ddconfig.resolution {} after {} halvings is {}",
                self.resolution,
                self.channel_mult.len() - 1,
                self.resolution as f64 / shrink as f64
            ));
        }
        if self.attention_resolutions.len() > 64 {
            return Some(format!(
                "arch.ddconfig.attn_resolutions has {} entries, expected at most 64",
                self.attention_resolutions.len()
            ));
        }
        None
    }
}

/// Limits for a file of some forty keys; the library's own allow documents of many megabytes.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 20_000,
            max_nodes: 10_000,
            max_depth: 32,
            flow_nesting_limit: 32,
            max_aliases: 100,
            max_anchors: 100,
            max_merge_keys: 100,
            max_documents: 1,
            max_recorded_anchor_events: 20_000,
            max_recorded_anchor_bytes: MAX_TEXT,
            max_total_scalar_bytes: MAX_TEXT,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 10_000,
            max_replay_stack_depth: 8,
            max_alias_expansions_per_anchor: 100,
        },
        // In what is not looked at they do no harm; in what is, they are no whole numbers.
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    }
}

/// The keys of one mapping of the file, to be read with errors that name them.
struct Keys<'a> {
    path: &'a Path,
    prefix: &'a str,
    value: Option<&'a Value>,
}

impl<'a> Keys<'a> {
    fn get(&self, key: &str) -> Option<&'a Value> {
        self.value?.get(key)
    }

    fn inner(&self, prefix: &'a str, key: &str) -> Result<Self> {
        match self.get(key) {
            value @ Some(Value::Object(_)) => Ok(Self {
                path: self.path,
                prefix,
                value,
            }),
            _ => Err(self.wrong(key, "a mapping")),
        }
    }

    fn wrong(&self, key: &str, expected: &str) -> Error {
        let prefix = self.prefix;
        let found = self.get(key).map_or_else(|| "missing".into(), show);
        Error::malformed(
            FORMAT,
            self.path,
            format!("{prefix}.{key} is {found}, expected {expected}"),
        )
    }

    fn must_be(&self, key: &str, only: &str, needed: bool) -> Result<()> {
        match self.get(key) {
            Some(Value::String(found)) if found == only => Ok(()),
            Some(Value::String(found)) => Err(Error::refused(
                self.path,
                format!(
                    "it describes a tokenizer whose {}.{key} is {}, and only {only} can be read",
                    self.prefix,
                    super::fault::quote(found)
                ),
            )),
            None if !needed => Ok(()),
            _ => Err(self.wrong(key, only)),
        }
    }

    fn whole(&self, key: &str) -> Result<usize> {
        let number = self.get(key).and_then(whole);
        number.ok_or_else(|| self.wrong(key, "a whole number"))
    }

    fn truth(&self, key: &str, otherwise: Option<bool>) -> Result<bool> {
        let value = match self.get(key) {
            Some(value) => value.as_bool(),
            None => otherwise,
        };
        value.ok_or_else(|| self.wrong(key, "true or false"))
    }

    fn list(&self, key: &str) -> Result<Vec<usize>> {
        let list = self.get(key).and_then(Value::as_array);
        let list = list.and_then(|list| list.iter().map(whole).collect());
        list.ok_or_else(|| self.wrong(key, "a list of whole numbers"))
    }

    fn triple(&self, key: &str) -> Result<[usize; 3]> {
        let triple = self.list(key)?.try_into();
        triple.map_err(|_| self.wrong(key, "three whole numbers"))
    }

    /// One size for all depths, or the same size once a depth.
    fn codebook(&self, key: &str, depth: usize) -> Result<usize> {
        if let Some(size) = self.get(key).and_then(whole) {
            return Ok(size);
        }
        let sizes = self.list(key).ok();
        match sizes.as_deref() {
            // The transformer has one vocabulary for all depths, so that others could not be used.
            Some([first, rest @ ..])
                if rest.len() + 1 == depth && rest.iter().all(|size| size == first) =>
            {
                Ok(*first)
            }
            _ => Err(self.wrong(
                key,
                &format!("a whole number, or the same one {depth} times"),
            )),
        }
    }
}

fn whole(value: &Value) -> Option<usize> {
    value
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
}

fn show(value: &Value) -> String {
    match value {
        Value::Object(_) => "a mapping".into(),
        other => super::fault::quote(&other.to_string()),
    }
}
