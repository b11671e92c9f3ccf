//! `strata models import`: files from anywhere to a model of the library.

use std::path::{Path, PathBuf};

use strata_engine::{
    Error,
    checkpoint::Variant,
    library::{
        Precision,
        hub::Cancel,
        identify::{
            About, Answers, Identified, Missing, Origin, Part, Proposal, Question, Value, What,
            identify,
        },
        import::{self, Imported, Order},
    },
};

use super::{
    super::{Output, Result, Studio, sample::interrupt},
    progress::{Bar, size},
    unfinished,
};
use crate::{explain::Explained, wording::library as words};

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Weights (.pt, .pth, .safetensors, .gguf), a tokenizer's config.yaml, or folders that hold such files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only say what the files are, what is missing, and what has to be told.
    #[arg(long)]
    look: bool,
    /// What the transformer's matrices are kept in: f32, bf16, q8_0 (8 bits) or q4_0 (4 bits) [default: as they are].
    #[arg(long, value_name = "NAME")]
    precision: Option<Precision>,
    /// The name that people see.
    #[arg(long)]
    name: Option<String>,
    /// The id, which names its folder.
    #[arg(long)]
    id: Option<String>,
    /// Which of several transformers is meant.
    #[arg(long, value_name = "PATH")]
    transformer: Option<PathBuf>,
    #[command(flatten)]
    told: Told,
}

/// What files do not tell.
#[derive(Clone, Debug, Default, clap::Args)]
struct Told {
    /// The tokenizer, where several fit: its file, or the id of an installed model.
    #[arg(long, value_name = "PATH|ID")]
    tokenizer: Option<String>,
    /// The layers after which the heads sit, counted from 0: 39,47.
    #[arg(long, value_name = "LAYERS", value_delimiter = ',')]
    head_layers: Option<Vec<usize>>,
    /// The number of attention heads of a block.
    #[arg(long, value_name = "COUNT")]
    attention_heads: Option<usize>,
    /// The side of the grid: 16 for 256 pixels, 24 for 384.
    #[arg(long, value_name = "SIDE")]
    grid: Option<usize>,
    /// Whether the last row of the table of classes stands for none, which makes guidance possible.
    #[arg(long, value_name = "yes|no")]
    unconditional: Option<Answer>,
    /// Which of the transformer's weights, where a file holds their running average (EMA) too.
    #[arg(long, value_name = "trained|averaged")]
    weights: Option<Kept>,
    /// The same of the tokenizer's.
    #[arg(long, value_name = "trained|averaged")]
    tokenizer_weights: Option<Kept>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Answer {
    Yes,
    No,
}

/// A copy of the weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Kept {
    /// As training left them.
    #[default]
    Trained,
    /// Their running average.
    Averaged,
}

impl From<Kept> for Variant {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Trained => Self::Trained,
            Kept::Averaged => Self::Averaged,
        }
    }
}

impl Told {
    fn answers(&self, found: &Identified, model: &Proposal) -> Result<Answers> {
        let mut answers = Answers::default();
        let mut set = |about, value: Option<Value>| {
            if let Some(value) = value {
                answers.set(about, value);
            }
        };
        let own = self.clone();
        set(About::HeadLayers, own.head_layers.map(Value::HeadLayers));
        let heads = own.attention_heads.map(Value::AttentionHeads);
        set(About::AttentionHeads, heads);
        set(About::Grid, own.grid.map(Value::Grid));
        let yes = own
            .unconditional
            .map(|answer| Value::Unconditional(answer == Answer::Yes));
        set(About::Unconditional, yes);
        let weights = |kept: Option<Kept>| kept.map(|kept| Value::Weights(kept.into()));
        set(About::TransformerWeights, weights(own.weights));
        set(About::TokenizerWeights, weights(own.tokenizer_weights));
        if let Some(named) = &self.tokenizer {
            let index = tokenizer(found, model, named)?;
            set(About::Tokenizer, Some(Value::Tokenizer(index)));
        }
        Ok(answers)
    }
}

/// The tokenizer of this file or of this installed model.
fn tokenizer(found: &Identified, model: &Proposal, named: &str) -> Result<usize> {
    let is_it = |origin: &Origin| match origin {
        Origin::Part(part) => {
            let part = found.parts.get(*part);
            part.is_some_and(|part| part.path == Path::new(named))
        }
        Origin::Installed { id, .. } => id == named,
    };
    let at = model.tokenizers.iter().position(|own| is_it(&own.origin));
    at.ok_or_else(|| {
        let known: Vec<String> = model
            .tokenizers
            .iter()
            .map(|own| origin(found, &own.origin))
            .collect();
        Explained::new(
            format!("no tokenizer {named} fits this transformer"),
            match known.is_empty() {
                true => "Name its file among the others.".into(),
                false => format!("Fitting are {}.", known.join(", ")),
            },
        )
    })
}

fn origin(found: &Identified, origin: &Origin) -> String {
    match origin {
        Origin::Part(part) => found
            .parts
            .get(*part)
            .map(|part| part.path.display().to_string())
            .unwrap_or_default(),
        Origin::Installed { id, .. } => format!("that of {id}"),
    }
}

/// Makes a model of the files; says where it is.
///
/// # Errors
/// When the files make no model, something has to be told, or the disk does not take it.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let catalogue = studio.catalogue()?;
    let cancel = Cancel::from(interrupt::watch()?);
    let found = identify(&args.paths, studio.library(), &catalogue, &cancel);
    let found = found.map_err(unfinished)?;
    if args.look {
        return out.outcome(&found, || describe(&found));
    }
    let bar = Bar::start(&[], out.is_json());
    let tell = &mut |progress| bar.show(&progress);
    let models = studio.models_folder();
    let imported = if let ([folder], true) = (&found.folders[..], found.models.is_empty()) {
        import::import_folder(folder, models, &cancel, tell).map_err(unfinished)
    } else {
        let model = chosen(args, &found)?;
        let order = Order {
            answers: args.told.answers(&found, model)?,
            precision: args.precision,
            name: args.name.clone(),
            id: args.id.clone(),
        };
        import::import(&found, model, &order, &catalogue, models, &cancel, tell)
            .map_err(|error| explain(error, model))
    };
    bar.finish();
    let imported = imported?;
    out.outcome(&imported, || done(&imported))
}

/// The proposal that is meant.
fn chosen<'a>(args: &Args, found: &'a Identified) -> Result<&'a Proposal> {
    let path = |model: &Proposal| found.transformer(model).map(|(part, _)| &part.path);
    if let Some(named) = &args.transformer {
        let mut models = found.models.iter();
        return models
            .find(|model| path(model) == Some(named))
            .ok_or_else(|| {
                Explained::new(
                    format!("{} is no transformer among these files", named.display()),
                    "Look at what they are with --look.",
                )
            });
    }
    match &found.models[..] {
        [only] => Ok(only),
        [] => match found.refused.first() {
            Some(refused) => Err(Explained::from(&refused.error)),
            None => Err(Explained::new(
                "these files make no model: there is no transformer among them",
                "Name the transformer's file too; --look says what each file is.",
            )),
        },
        several => {
            let paths = several.iter().filter_map(path);
            let paths: Vec<String> = paths.map(|path| path.display().to_string()).collect();
            Err(Explained::new(
                format!("these files hold {} transformers", several.len()),
                format!("Name one with --transformer: {}.", paths.join(", ")),
            ))
        }
    }
}

/// What a question's answers are, where one is needed.
fn explain(error: Error, model: &Proposal) -> Explained {
    let asked = match &error {
        Error::Unanswered { about } => *about,
        _ => return unfinished(error),
    };
    let explained = Explained::from(&error);
    let mut questions = model.questions.iter();
    match questions.find(|question| question.about == asked) {
        Some(question) if !question.choices.is_empty() => Explained::new(
            explained.sentence,
            format!("{} Possible: {}.", explained.next_step, choices(question)),
        ),
        _ => explained,
    }
}

fn done(imported: &Imported) -> String {
    let precision = imported.precision;
    let precision = precision.map_or(String::new(), |precision| format!(" in {precision}"));
    format!(
        "{} is installed in {}: {}{precision}\nTry it with `strata sample --model {} --out pictures`.",
        imported.id,
        imported.folder.display(),
        size(imported.bytes),
        imported.id
    )
}

fn describe(found: &Identified) -> String {
    let mut lines: Vec<String> = found.parts.iter().map(part).collect();
    for folder in &found.folders {
        lines.push(format!("{}: a model's folder", folder.display()));
    }
    for refused in &found.refused {
        lines.push(format!("{}: {}", refused.path.display(), refused.error));
    }
    for model in &found.models {
        lines.push(String::new());
        lines.push(format!("{} ({})", model.id, model.name));
        for own in &model.tokenizers {
            lines.push(format!(
                "  fitting tokenizer: {}",
                origin(found, &own.origin)
            ));
        }
        lines.extend(
            model
                .missing
                .iter()
                .map(|own| format!("  missing: {}", missing(own))),
        );
        lines.extend(
            model
                .questions
                .iter()
                .map(|own| format!("  to tell: {}", question(own))),
        );
    }
    lines.extend(
        found
            .missing
            .iter()
            .map(|own| format!("missing: {}", missing(own))),
    );
    match lines.is_empty() {
        true => "There is nothing to look at.".into(),
        false => lines.join("\n"),
    }
}

fn part(part: &Part) -> String {
    let precision = |own: Option<Precision>| own.map_or(String::new(), |own| format!(", {own}"));
    let averaged = |yes| if yes { ", with a running average" } else { "" };
    let what = match &part.what {
        What::Transformer(own) => format!(
            "a {} transformer{} of {}, {} codes a position of {}, {} classes{}{}",
            own.family,
            own.preset.map_or(String::new(), |name| format!(" {name}")),
            words::parameters(own.parameters),
            own.depth,
            own.codebook,
            own.class_rows,
            precision(own.precision),
            averaged(own.averaged)
        ),
        What::Tokenizer(own) => format!(
            "a {} tokenizer of {} codes a position of {}{}{}{}",
            own.family,
            own.depth,
            own.codebook,
            match &own.config {
                Some(config) => format!(", configured by {}", config.display()),
                None => String::new(),
            },
            precision(own.precision),
            averaged(own.averaged)
        ),
        What::Config(own) => format!(
            "the configuration of a tokenizer of {:?} codes of {}",
            own.sizes.codes, own.sizes.codebook
        ),
    };
    format!("{}: {what}, {}", part.path.display(), size(part.bytes))
}

fn missing(missing: &Missing) -> String {
    match missing {
        Missing::Transformer => "a transformer".into(),
        Missing::Tokenizer {
            depth,
            codebook,
            published,
            ..
        } => {
            let get = match published.first() {
                Some(id) => format!(" (`strata models get {id}` fetches one)"),
                None => String::new(),
            };
            format!("a tokenizer of {depth} codes a position of {codebook}{get}")
        }
        Missing::Config { tokenizer } => {
            format!("the config.yaml that belongs to {}", tokenizer.display())
        }
    }
}

fn question(question: &Question) -> String {
    let default = match question.default_value() {
        Some(value) => format!(" (if nothing is told: {value})"),
        None => String::new(),
    };
    let choices = match question.choices.is_empty() {
        true => String::new(),
        false => format!(": {}", choices(question)),
    };
    format!("{}{choices}{default}", question.about.words())
}

fn choices(question: &Question) -> String {
    let choices = question.choices.iter().map(|choice| {
        let value = choice.value.to_string().replace(", ", ",");
        match choice.published.is_empty() {
            true => value,
            false => format!("{value} as {}", choice.published.join(" and ")),
        }
    });
    let choices: Vec<String> = choices.collect();
    choices.join("; ")
}
