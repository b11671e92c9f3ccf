//! A short trial of a loaded model: a few positions drawn and a picture decoded, to see that nothing breaks.

use super::Model;
use crate::{
    Mode,
    error::{Error, Result},
    recipe::{Recipe, Subject},
    worker::Depths,
};

impl Model {
    /// Draws the first `positions` of a picture at the recommended settings, and decodes a picture that repeats their
    /// codes. `step` hears of every pass and may stop the trial.
    ///
    /// # Errors
    /// When logits or pixels are not finite, or the device fails; `step`'s.
    pub(crate) fn try_out(
        &mut self,
        positions: usize,
        step: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        let recipe = Recipe {
            model: self.card.id.clone(),
            weights: None,
            subject: match self.card.mode {
                Mode::Classes => Subject::Class(self.card.classes.first().copied().unwrap_or(0)),
                Mode::Documents => Subject::Page,
            },
            seed: 0,
            index: 0,
            guidance: self.card.guidance.clone(),
            sampling: self.card.sampling.clone(),
            start: None,
        };
        let mut growing = self.begin(&recipe, None)?;
        let positions = positions.min(self.config.positions());
        let mut drawn = Ok(());
        while drawn.is_ok() && growing.positions() < positions {
            drawn = self.step(&mut [&mut growing]).and_then(|_| step());
        }
        self.close(&growing);
        drawn?;

        let mut codes = growing.codes;
        let all = self.config.positions() * codes.depth;
        codes.values = codes.values.iter().copied().cycle().take(all).collect();
        let image = self.tokenizer.decode(&codes, Depths::ALL)?;
        match image.values.iter().find(|value| !value.is_finite()) {
            None => Ok(()),
            Some(value) => Err(Error::Backend {
                device: self.transformer.device(),
                operation: "decoding",
                message: format!("a pixel is {value}"),
            }),
        }
    }
}
