//! What a person can do in the window about what went wrong with a model; the commands' words name options that the
//! window does not have.

use std::io::ErrorKind;

use strata_engine::{Error, library::hub::Trouble};

use crate::explain::Explained;

/// What went wrong and what to do about it, where the window has another way than the commands.
pub fn explained(error: &Error) -> Explained {
    let Explained {
        sentence,
        next_step: usual,
    } = Explained::from(error);
    let step = next_step(error).map_or(usual, str::to_owned);
    Explained::new(sentence, step)
}

fn next_step(error: &Error) -> Option<&'static str> {
    let step = match error {
        Error::Endpoint { .. } => {
            "Give an address such as https://huggingface.co under \u{201c}Server and token\u{201d}."
        }
        Error::UnknownFamily { .. } => "Choose another model, or use a newer Strata.",
        Error::NotPublished { .. } => {
            "Look again; the catalogue in the config folder may have changed."
        }
        Error::Choice { .. } => "Its publishers may have moved it; look at its page on the hub.",
        Error::Remote { trouble, .. } => remote_step(trouble),
        Error::Fetching { .. } => "Wait until the other Strata is done with it, or close that one.",
        Error::Incomplete { .. } => "Add what is missing, and import all of it together.",
        Error::Unanswered { .. } | Error::Answer { .. } => {
            "Import the files again, and answer what is asked."
        }
        Error::TooLarge { .. } => "Choose a precision of more bits.",
        Error::Converted { .. } => "Choose another precision.",
        Error::Altered { .. } => {
            "Fetch or import the model again, unless you changed the file yourself."
        }
        Error::Outside { .. } => "Remove the folder by hand, with the file manager.",
        Error::File {
            kind: ErrorKind::AlreadyExists,
            ..
        } => "Remove the model that has this name, or give the new one another.",
        _ => return None,
    };
    Some(step)
}

fn remote_step(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Unreachable(_) => {
            "Check the connection, then try again: what came is kept. \u{201c}Server and token\u{201d} names a mirror."
        }
        Trouble::Stalled | Trouble::CutOff | Trouble::Busy(_) => {
            "Try again a little later: what came is kept. \u{201c}Server and token\u{201d} names a mirror."
        }
        Trouble::Insecure(_) => {
            "Check the clock and the network, or name another server under \u{201c}Server and token\u{201d}."
        }
        Trouble::SignIn => {
            "Put a token of your hub account under \u{201c}Server and token\u{201d}, or correct the one that is there, then try again."
        }
        Trouble::Gated => {
            "Accept the conditions on the model's page, put a token of that account under \u{201c}Server and token\u{201d}, then try again."
        }
        Trouble::Forbidden => {
            "Put a token that may read this model under \u{201c}Server and token\u{201d}, or name another server there."
        }
        Trouble::NotFound => {
            "Its publishers may have moved it; look at its page on the hub, or name another server under \u{201c}Server and token\u{201d}."
        }
        Trouble::Length { .. } | Trouble::Digest { .. } | Trouble::Changed => {
            "Try again; if it happens again, name another server under \u{201c}Server and token\u{201d}."
        }
        _ => {
            "Check the address under \u{201c}Server and token\u{201d}: this server does not answer as the hub does."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The window has no options to name.
    #[test]
    fn the_windows_steps_name_no_option_of_a_command() {
        let troubles = [
            Trouble::Unreachable(String::new()),
            Trouble::Insecure(String::new()),
            Trouble::SignIn,
            Trouble::Gated,
            Trouble::Forbidden,
            Trouble::NotFound,
            Trouble::Busy(500),
            Trouble::Status(418),
            Trouble::Changed,
            Trouble::Garbled(String::new()),
        ];
        for trouble in troubles {
            let step = remote_step(&trouble);
            assert!(!step.contains("--") && !step.contains("HF_"), "{step}");
            assert!(step.ends_with('.'), "{step}");
        }
    }
}
