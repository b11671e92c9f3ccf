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
    /// Whether there is room on it.
    pub room: Option<String>,
    /// Whether it is chosen now.
    pub chosen: bool,
}

/// The menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The words of its button.
    pub button: String,
    /// What is said of room, where it is known for any.
    pub room_for: Option<String>,
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
        let choice = |value: String, text: String, tip: String, room: Option<String>| Choice {
            chosen: value == own.chosen,
            value,
            text,
            tip,
            room,
        };
        let on_processor = state.room_on_processor();
        let on_processor = on_processor.map(|room| words::room(room, false));
        let mut devices = vec![
            choice(
                AUTO.into(),
                words::AUTO.into(),
                words::AUTO_TIP.into(),
                None,
            ),
            choice(CPU.into(), words::CPU.into(), String::new(), on_processor),
        ];
        let cards = own.cards.iter().flatten();
        devices.extend(cards.map(|card| {
            let room = state.room_on_card(card);
            choice(
                devices::name_of(card),
                words::card(card),
                words::card_tip(card),
                room.map(|room| words::room(room, true)),
            )
        }));
        let is_known = devices.iter().any(|device| device.room.is_some());
        let model = state.card().filter(|_| is_known);
        let room_for = model.map(|card| words::room_for(&card.name, state.pictures_at_once()));
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
                room: None,
            });
        let running = own.running.as_ref().map(|device| device.name.clone());
        Self {
            button: running.unwrap_or_else(|| words::DEVICE.into()),
            room_for,
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
    #![allow(clippy::unwrap_used)]
    use strata_engine::{
        Command, Device as Engine, Error, Event,
        backend::gpu::{About, Format, Kind, plan::Plan},
        family::dnd::{Config, Preset},
        tokenizer::Layout,
        worker::{DeviceInfo, DeviceNews},
    };

    use super::*;
    use crate::{
        actions::Action,
        library,
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

    /// The published size, 256x256 pixels, in place of the model that is chosen.
    fn plan() -> Plan {
        let config = Config::published(Preset::named("XXL").unwrap());
        Plan::of(&config, &Layout::published([16, 16, 2]), Format::F16).unwrap()
    }

    #[test]
    fn room_is_told_of_every_device_before_anything_is_loaded() {
        let mut state = state();
        let of_gigabytes = |memory: f64| About {
            name: format!("Card of {memory} GB"),
            memory: Some((memory * 1e9) as u64),
            ..card()
        };
        // The second has room for four guided pictures in 8 bits, and for none in 16.
        let plan = plan();
        let four = plan.needs(Format::Q8_0).total(8) as f64 / 0.85 / 1e9 + 1e-3;
        let cards = [8.0, four, 1.0].map(of_gigabytes);
        state.update(0.0, Message::Cards(cards.to_vec()));
        act(&mut state, [Action::SetCount(1)]);
        let rooms = |state: &State| {
            let menu = Device::of(state);
            let rooms = menu.devices.into_iter().map(|device| device.room);
            (menu.room_for, rooms.collect::<Vec<_>>())
        };
        assert_eq!(rooms(&state), (None, vec![None; 5]), "nothing is known yet");

        let planned = library::Event::Planned {
            id: "pictures".into(),
            plan: Some(plan),
            memory: Some(36_000_000),
        };
        state.update(0.0, Message::Library(planned));
        let words = |words: [&str; 4]| {
            let words = words.map(|words| Some(words.to_owned()));
            std::iter::once(None).chain(words).collect::<Vec<_>>()
        };
        let (room_for, one) = rooms(&state);
        assert_eq!(
            room_for.as_deref(),
            Some("Room for Sticker book and 1 picture")
        );
        let none = "does not fit: use the processor";
        // 34 of 36 MB are more than the system can spare.
        let processor = "does not fit: use a graphics card";
        assert_eq!(one, words([processor, "fits", "fits in 8 bits", none]));

        act(&mut state, [Action::SetCount(8)]);
        let (room_for, eight) = rooms(&state);
        assert!(room_for.unwrap().ends_with("8 pictures at once"));
        let fewer = "does not fit: use the processor or 4 pictures at a time";
        assert_eq!(eight, words([processor, "fits", fewer, none]));

        let sixteen = Action::SetFormat("f16".into());
        act(
            &mut state,
            [Action::SetDevice(devices::name_of(&cards[1])), sixteen],
        );
        let (_, chosen) = rooms(&state);
        assert_eq!(chosen, words([processor, "fits", none, none]));

        let other = Action::ChooseModel("pictures-2".into());
        act(&mut state, [other]);
        let (_, unknown) = rooms(&state);
        assert_eq!(unknown[2..], [None, None, None], "another model");
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
