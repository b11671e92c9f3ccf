//! What a person does on the page of models.

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

    /// Close the dialog that is open.
    CloseDialog,
}
