//! What the menu of devices shows.

use crate::{
    devices::{self, AUTO, CPU},
    state::State,
    wording::devices as words,
};

/// A line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is chosen by it, as a command line names it.
    pub value: String,
    /// Its words.
    pub text: String,
    /// More about it.
    pub tip: String,
    /// Whether it is chosen now.
    pub chosen: bool,
}

/// The menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The words of its button.
    pub button: String,
    /// The devices.
    pub devices: Vec<Choice>,
    /// In place of cards, while there are none.
    pub no_cards: Option<&'static str>,
    /// How matrices are kept.
    pub formats: Vec<Choice>,
}

impl Device {
    /// From the state.
    pub fn of(state: &State) -> Self {
        let own = &state.devices;
        let choice = |value: String, text: String, tip: String| Choice {
            chosen: value == own.chosen,
            value,
            text,
            tip,
        };
        let mut devices = vec![
            choice(AUTO.into(), words::AUTO.into(), words::AUTO_TIP.into()),
            choice(CPU.into(), words::CPU.into(), String::new()),
        ];
        let cards = own.cards.iter().flatten();
        devices.extend(cards.map(|card| {
            choice(
                devices::name_of(card),
                words::card(card),
                words::card_tip(card),
            )
        }));
        let usual = (String::new(), words::USUAL.to_owned());
        let formats =
            words::formats(own.is_card()).map(|(value, text)| (value.to_owned(), text.to_owned()));
        let formats = std::iter::once(usual)
            .chain(formats)
            .map(|(value, text)| Choice {
                chosen: value == own.format,
                value,
                text,
                tip: String::new(),
            });
        let running = own.running.as_ref().map(|device| device.name.clone());
        Self {
            button: running.unwrap_or_else(|| words::DEVICE.into()),
            devices,
            no_cards: match &own.cards {
                None => Some(words::LOOKING),
                Some(cards) if cards.is_empty() => Some(words::NO_CARDS),
                Some(_) => None,
            },
            formats: formats.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use strata_engine::{
        Command, Device as Engine, Error, Event,
        backend::gpu::{About, Kind},
        worker::{DeviceInfo, DeviceNews},
    };

    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{act, hear, state},
        state::{Effect, Message},
    };

    fn card() -> About {
        About {
            name: "Arc 770".into(),
            api: "Vulkan",
            kind: Kind::Discrete,
            driver: "Mesa".into(),
            memory: Some(16 << 30),
            largest_tensor: 1 << 30,
            uses: vec!["subgroups"],
        }
    }

    #[test]
    fn cards_join_the_menu_and_a_choice_reaches_the_engine() {
        let mut state = state();
        assert_eq!(Device::of(&state).no_cards, Some(words::LOOKING));
        state.update(0.0, Message::Cards(vec![card()]));
        let menu = Device::of(&state);
        assert_eq!(menu.no_cards, None);
        assert!(menu.devices[2].text.contains("Arc 770"), "{menu:?}");
        let effects = act(
            &mut state,
            [Action::SetDevice(menu.devices[2].value.clone())],
        );
        let sent = effects.iter().find_map(|effect| match effect {
            Effect::Engine(Command::SetDevice(device)) => Some(device.clone()),
            _ => None,
        });
        let adapter = Some("Arc 770 (Vulkan)".to_owned());
        assert_eq!(
            sent,
            Some(Engine::Gpu {
                adapter,
                format: None
            })
        );
        let menu = Device::of(&state);
        assert!(menu.devices[2].chosen && !menu.devices[0].chosen);
        assert!(menu.formats.iter().any(|format| format.value == "f16"));
        assert!(!menu.formats.iter().any(|format| format.value == "bf16"));
    }

    #[test]
    fn a_card_that_fails_is_told_of_with_what_is_used_instead() {
        let mut state = state();
        let device = DeviceInfo {
            id: "cpu".into(),
            name: "Processor (AVX2)".into(),
        };
        let instead_because = Some(Error::DeviceLost {
            message: "reset".into(),
        });
        let news = DeviceNews {
            device,
            instead_because,
        };
        hear(&mut state, Event::Device(news));
        assert_eq!(Device::of(&state).button, "Processor (AVX2)");
        let told = state.notices.last().map(|notice| format!("{notice:?}"));
        let told = told.unwrap_or_default();
        assert!(
            told.contains("lost") && told.contains("Processor (AVX2)"),
            "{told}"
        );
    }
}
