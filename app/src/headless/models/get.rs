//! `strata models get`: a published model into the models folder.

use std::{convert::Infallible, path::Path, str::FromStr};

use serde::Serialize;
use strata_engine::{
    Error,
    library::{
        download::{Limits, Receipt},
        hub::{self, Cancel, Hub, Patience, Token},
        install::{self, Choice},
    },
};

use super::{
    super::{Output, Result, Studio, failure, sample::interrupt},
    progress::Bar,
};
use crate::explain::Explained;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model, as `strata models catalogue` lists it.
    id: String,
    /// The hub or a mirror of it [default: HF_ENDPOINT, or https://huggingface.co].
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// A branch, tag or commit.
    #[arg(long, value_name = "NAME", default_value = hub::REVISION)]
    revision: String,
    /// The transformer's file, where its folder on the hub holds several.
    #[arg(long, value_name = "NAME")]
    file: Option<String>,
    /// The tokenizer's file, where its folder on the hub holds several.
    #[arg(long, value_name = "NAME")]
    tokenizer_file: Option<String>,
    /// A token of your account, for models that ask to sign in [default: HF_TOKEN, HUGGING_FACE_HUB_TOKEN,
    /// the file HF_TOKEN_PATH, or where the hub's own tools keep it].
    #[arg(long, value_name = "TOKEN")]
    token: Option<Secret>,
}

/// A token that was given. Reading it never fails, since a failure would print it.
#[derive(Clone, Debug)]
struct Secret(Option<Token>);

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(Token::new(text)))
    }
}

#[derive(Serialize)]
struct Outcome<'a> {
    id: &'a str,
    folder: &'a Path,
    /// Whether it is a model now, and not a tokenizer alone.
    model: bool,
    bytes: u64,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    #[serde(flatten)]
    receipt: &'a Receipt,
}

/// Fetches the model's files and makes a model of them; says where.
///
/// # Errors
/// When it is not in the catalogue, the hub does not give it, or the disk does not take it.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let catalogue = studio.catalogue()?;
    let entry = catalogue.entry(&args.id)?;
    let token = match &args.token {
        Some(Secret(None)) => {
            return Err(Explained::new(
                "the token is empty or holds what no token does",
                "Copy it again from the settings of your hub account.",
            ));
        }
        Some(Secret(token)) => token.clone(),
        None => None,
    };
    let endpoint = hub::endpoint(args.endpoint.as_deref());
    let hub = Hub::new(&endpoint, Token::find(token), Patience::default())?;
    let choice = Choice {
        transformer: args.file.clone(),
        tokenizer: args.tokenizer_file.clone(),
    };
    let cancel = Cancel::from(interrupt::watch()?);
    let plan = install::plan(&hub, entry, &args.revision, &choice, &cancel).map_err(explain)?;

    let bar = Bar::start(&plan.files, out.is_json());
    let models = studio.models_folder();
    let limits = Limits::default();
    let tell = &mut |progress| bar.show(&progress);
    let installed = install::fetch(&hub, &plan, models, &limits, &cancel, tell).map_err(explain);
    bar.finish();
    let installed = installed?;

    let files = installed.files.iter();
    let outcome = Outcome {
        id: &args.id,
        folder: &installed.folder,
        model: installed.is_model,
        bytes: plan.bytes(),
        files: files
            .map(|(name, receipt)| File { name, receipt })
            .collect(),
    };
    out.outcome(&outcome, || {
        let folder = installed.folder.display();
        match installed.is_model {
            true => format!(
                "{} is installed in {folder}\nTry it with `strata sample --model {} --out pictures`.",
                args.id, args.id
            ),
            false => format!("The tokenizer {} is in {folder}", args.id),
        }
    })
}

fn explain(error: Error) -> Explained {
    let explained = Explained::from(&error);
    match error {
        Error::Cancelled => Explained::new(failure::INTERRUPTED, explained.next_step),
        _ => explained,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::headless::scripted::Scripted;

    fn args(id: &str) -> Args {
        Args {
            id: id.into(),
            endpoint: None,
            revision: hub::REVISION.into(),
            file: None,
            tokenizer_file: None,
            token: None,
        }
    }

    fn refused(args: &Args) -> Explained {
        let mut bytes = Vec::new();
        let out = &mut Output::new(&mut bytes, true);
        run(args, &Scripted::default(), out).unwrap_err()
    }

    #[test]
    fn what_cannot_be_had_is_said_before_anything_is_asked_of_a_server() {
        let unknown = refused(&args("dnd-imagenet-xxxxl"));
        assert!(unknown.sentence.contains("dnd-imagenet-xxxxl"));
        assert!(unknown.next_step.contains("strata models catalogue"));
        let mut wrong = args("dnd-imagenet-xxl");
        wrong.endpoint = Some("somewhere".into());
        assert!(refused(&wrong).next_step.contains("--endpoint"));
    }

    #[test]
    fn a_token_is_never_shown() {
        let mut secret = args("dnd-imagenet-xxl");
        secret.token = "hf_visible".parse().ok();
        assert!(!format!("{secret:?}").contains("visible"));
        secret.token = "hf_\u{1}visible".parse().ok();
        let said = refused(&secret);
        assert!(!format!("{said:?}").contains("visible"));
    }
}
