//! What a person does on the page of models.

use std::path::PathBuf;

use strata_engine::library::{
    Precision,
    identify::{About, Value},
};

use crate::settings::Secret;

/// Something done on the page of models. Models are named by their ids.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelAction {
    /// Look at the folders again.
    LookAgain,
    /// Stop loading a model.
    CancelLoading(String),

    /// Fetch a published model, or go on with that.
    Get(String),
    /// Let a download rest; what came is kept.
    Pause(String),
    /// End a download and throw away what came; or put away what an errand has to say.
    Cancel(String),
    /// Ask once more which of several files is meant.
    AskFile(String),
    /// This file is meant.
    ChooseFile(String),
    /// List tokenizers that are published alone, or fold them.
    ShowTokenizers(bool),

    /// Open the fields of server and token, or fold them.
    ShowServer(bool),
    /// Type the address of the hub or a mirror.
    TypeEndpoint(String),
    /// Type a token.
    TypeToken(Secret),
    /// Keep what was typed.
    KeepServer,
    /// Forget the token that is kept.
    ForgetToken,

    /// Choose files of a model, to import them.
    PickFiles,
    /// Choose a folder with a model in it.
    PickFolder,
    /// Do something in the dialog about such files.
    Import(ImportAction),

    /// Look whether a model is what it should be.
    Check(String),
    /// Put away what that found.
    PutReportAway(String),
    /// Ask for another precision.
    AskConvert(String),
    /// Take this one.
    SetPrecision(Precision),
    /// Take the running average of the weights, or the weights as trained.
    TakeAverage(bool),
    /// Ask whether to remove what a model was converted from.
    AskDropOriginals(String),
    /// Ask whether to remove a model.
    AskRemove(String),
    /// Do what the dialog asks about.
    Agree,
    /// Close the dialog that is open.
    CloseDialog,
}

/// Something done in the dialog about files from elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportAction {
    /// Make this one of several models.
    ChooseModel(usize),
    /// Call it so.
    Name(String),
    /// Keep its matrices in this; none leaves them as they are.
    Precision(Option<Precision>),
    /// Answer a question with one of what is offered.
    Answer(About, Value),
    /// Type another answer.
    TypeAnswer(About, String),
    /// Copy a folder that is a model already.
    CopyFolder(PathBuf),
    /// Make the model.
    Make,
}
