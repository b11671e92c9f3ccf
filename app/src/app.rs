//! The window: eframe on one side, the reducer on the other. `logic` brings in what happened, `ui` draws
//! and collects what a person did. What anything means is decided in [`crate::state`].

use std::time::Instant;

use eframe::egui::{
    self, CentralPanel, Color32, Context, Frame, Key, Margin, Modifiers, Panel, ThemePreference,
    Ui, ViewportBuilder, ViewportCommand,
};
use strata_engine::{Mode, worker::Options};

use crate::{
    actions::Action,
    classes::Classes,
    launch,
    panels::{
        branch, canvas, classes, documents, drafts, header, lanes, notices, progress, sampling,
        sheet, shelf,
    },
    places::Places,
    port::EnginePort,
    settings, shipped,
    state::{Effect, Message, State, Surroundings, ThemeChoice, View},
    theme,
    times::Times,
    widgets::Textures,
    wording,
    world::{Machine, World},
};

/// Smallest size of the window, in points.
const SMALLEST: [f32; 2] = [1024.0, 640.0];
/// Most messages taken before a frame is drawn; the rest wait for the next.
const MOST_MESSAGES: usize = 20_000;
/// Most pictures that the engine grows together.
const MAX_BATCH: usize = 8;

/// Opens the window and returns when it is closed.
///
/// # Errors
/// In one sentence with the next step, when there is no display or no graphics adapter.
pub fn run() -> anyhow::Result<()> {
    launch::check_display()?;
    let places = Places::find()?;
    let options = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title(wording::TITLE)
            .with_app_id("strata")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size(SMALLEST),
        renderer: eframe::Renderer::Wgpu,
        ..Default::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(move |cc| {
        let loaded = settings::load(&places.settings());
        let library = shipped::library(&places);
        let (models, model_errors) = library.cards();
        let port = EnginePort::start(
            Options {
                library,
                max_batch: MAX_BATCH,
                cache: Some(places.cache.clone()),
            },
            &cc.egui_ctx,
        )?;
        let surroundings = Surroundings {
            models,
            model_errors,
            classes: Classes::shipped(),
            folder: places.pictures.clone(),
            dice: dice(),
            preferences: loaded.preferences,
            trouble: loaded.trouble,
        };
        let app = StudioApp::new(cc, surroundings, Machine::of_system(Box::new(port), places));
        Ok(Box::new(app))
    });
    eframe::run_native(wording::TITLE, options, create)
        .map_err(|error| launch::explain_window(&error).into())
}

/// Where the dice start: anything that differs from one start to the next.
fn dice() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(1, |since| since.as_nanos() as u64)
}

/// The window.
pub struct StudioApp {
    state: State,
    world: World,
    textures: Textures,
    started: Instant,
    times: Times,
    title: String,
}

impl StudioApp {
    /// A window over an engine, or over what plays one.
    pub fn new(
        cc: &eframe::CreationContext<'_>,
        surroundings: Surroundings,
        machine: Machine,
    ) -> Self {
        theme::install(&cc.egui_ctx);
        let (state, effects) = State::new(surroundings);
        if state.theme != ThemeChoice::System {
            cc.egui_ctx.set_theme(preference(state.theme));
        }
        let mut app = Self {
            world: World::start(machine, &state.folder, &cc.egui_ctx),
            state,
            textures: Textures::default(),
            started: Instant::now(),
            times: Times::default(),
            title: wording::TITLE.into(),
        };
        app.carry_out(effects);
        app
    }

    /// All that the window knows.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// How often pixels were sent to the graphics card so far.
    pub fn texture_uploads(&self) -> usize {
        self.textures.uploads()
    }

    fn update(&mut self, message: Message) {
        let now_secs = self.started.elapsed().as_secs_f64();
        let effects = self.state.update(now_secs, message);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Some(message) = self.world.carry_out(effect) {
                self.update(message);
            }
        }
    }

    /// Brings in what was told.
    fn listen(&mut self, ctx: &Context) {
        for _ in 0..MOST_MESSAGES {
            let Some(message) = self.world.next(&mut self.times) else {
                return;
            };
            self.update(message);
        }
        ctx.request_repaint();
    }

    fn set_title(&mut self, ctx: &Context) {
        let title = progress::Progress::of(&self.state).title(&self.state);
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn panels(&mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        let (state, textures) = (&self.state, &mut self.textures);
        let palette = theme::palette(ui);
        let bar = |fill: Color32| Frame::new().fill(fill);
        let side = bar(palette.panel).inner_margin(Margin::symmetric(14, 10));

        dialogs_ui(ui, state, &mut actions);
        Panel::top("header")
            .exact_size(46.0)
            .frame(bar(palette.panel).inner_margin(Margin::symmetric(14, 0)))
            .show(ui, |ui| {
                header::header_ui(ui, header::Header::of(state), &mut actions);
            });
        let progress = progress::Progress::of(state);
        Panel::bottom("progress")
            .exact_size(34.0)
            .frame(bar(palette.panel).inner_margin(Margin::symmetric(14, 0)))
            .show(ui, |ui| progress::progress_ui(ui, &progress));
        Panel::left("settings")
            .default_size(292.0)
            .size_range(268.0..=420.0)
            .frame(side)
            .show(ui, |ui| settings_ui(ui, state, &progress, &mut actions));
        Panel::right("shelf")
            .default_size(230.0)
            .size_range(180.0..=420.0)
            .frame(side)
            .show(ui, |ui| {
                beside_ui(ui, state, textures, &mut actions);
                shelf::shelf_ui(ui, &shelf::Shelf::of(state), textures, &mut actions);
            });
        let strip = bar(palette.canvas).inner_margin(Margin::symmetric(16, 10));
        if let Some(data) = lanes::Lanes::of(state) {
            Panel::bottom("lanes")
                .frame(strip)
                .show(ui, |ui| lanes::lanes_ui(ui, &data, textures, &mut actions));
        }
        CentralPanel::default().frame(strip).show(ui, |ui| {
            notices::notices_ui(ui, &state.notices, &mut actions);
            match sheet::SheetView::of(state) {
                Some(data) => sheet::sheet_ui(ui, &data, textures, &mut actions),
                None => canvas::canvas_ui(ui, &canvas::Canvas::of(state), textures, &mut actions),
            }
        });
        branch::hovering_ui(ui);
        actions.extend(branch::dropped(ui.ctx()));
        actions.extend(shortcuts(ui.ctx(), state));
        actions
    }
}

/// The column at the left: what to draw, how, and the buttons that start and stop it.
fn settings_ui(
    ui: &mut Ui,
    state: &State,
    progress: &progress::Progress,
    actions: &mut Vec<Action>,
) {
    let data = sampling::Sampling::of(state);
    let flat = Frame::new();
    Panel::bottom("buttons")
        .frame(flat.inner_margin(Margin {
            top: 10,
            ..Margin::ZERO
        }))
        .show_separator_line(false)
        .show(ui, |ui| {
            sampling::seed_ui(ui, &data, actions);
            ui.add_space(4.0);
            progress::buttons_ui(ui, progress, actions);
            ways_ui(ui, actions);
        });
    Panel::bottom("sampling")
        .frame(flat.inner_margin(Margin {
            top: 8,
            ..Margin::ZERO
        }))
        .show(ui, |ui| sampling::sampling_ui(ui, &data, actions));
    CentralPanel::default()
        .frame(flat)
        .show(ui, |ui| match state.mode {
            Mode::Classes => {
                classes::classes_ui(ui, &classes::Classes::of(state), actions);
            }
            Mode::Documents => {
                documents::documents_ui(ui, &documents::Documents::of(state));
            }
        });
}

/// Other ways to make pictures than one after the other.
fn ways_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let gaps = 2.0 * ui.spacing().item_spacing.x;
        let size = egui::vec2((ui.available_width() - gaps) / 3.0, theme::ROW);
        drafts::entry_ui(ui, size, actions);
        sheet::entry_ui(ui, size, actions);
        branch::entry_ui(ui, size, actions);
    });
}

/// Below the shelf: drafts in their order, and growing the picture again that is looked at.
fn beside_ui(ui: &mut Ui, state: &State, textures: &mut Textures, actions: &mut Vec<Action>) {
    let frame = Frame::new().inner_margin(Margin {
        top: 10,
        ..Margin::ZERO
    });
    if let Some(data) = branch::Branch::of(state) {
        let section = Panel::bottom("branch")
            .frame(frame)
            .show(ui, |ui| branch::branch_ui(ui, &data, textures, actions));
        follow_height(ui, "branch height", section.response.rect.height());
    }
    if let Some(data) = drafts::Ranking::of(state) {
        let section = Panel::bottom("drafts")
            .frame(frame)
            .show(ui, |ui| drafts::ranking_ui(ui, &data, textures, actions));
        follow_height(ui, "drafts height", section.response.rect.height());
    }
}

/// A section that has grown or shrunk lies right in the next frame only, so there has to be one.
fn follow_height(ui: &Ui, name: &str, height: f32) {
    let id = egui::Id::unique(name);
    let before = ui.ctx().data_mut(|data| {
        let before = data.get_temp::<f32>(id);
        data.insert_temp(id, height);
        before
    });
    if before != Some(height) {
        ui.ctx().request_repaint();
    }
}

/// Dialogs, which take the keys before anything else does.
fn dialogs_ui(ui: &Ui, state: &State, actions: &mut Vec<Action>) {
    if let Some(data) = sheet::Dialog::of(state) {
        sheet::dialog_ui(ui, &data, actions);
    }
    if let Some(data) = drafts::Dialog::of(state) {
        drafts::dialog_ui(ui, &data, actions);
    }
}

/// What keys ask for, wherever the focus is.
fn shortcuts(ctx: &Context, state: &State) -> Option<Action> {
    let pressed =
        |modifiers: Modifiers, key: Key| ctx.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND, Key::Enter) {
        return Some(Action::Generate);
    }
    let typing = ctx.text_edit_focused() || egui::Popup::is_any_open(ctx);
    if typing || !pressed(Modifiers::NONE, Key::Escape) {
        return None;
    }
    match state.live() {
        0 => Some(Action::SetView(View::All)),
        _ => Some(Action::CancelAll),
    }
}

impl eframe::App for StudioApp {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.listen(ctx);
        self.set_title(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.times.frame();
        for action in self.panels(ui) {
            self.times.action(&action);
            if let Action::SetTheme(theme) = &action {
                ui.ctx().set_theme(preference(*theme));
            }
            self.update(Message::Action(action));
            // What the action changed is drawn at once.
            ui.ctx().request_repaint();
        }
        self.textures.end_frame();
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

fn preference(theme: ThemeChoice) -> ThemePreference {
    match theme {
        ThemeChoice::System => ThemePreference::System,
        ThemeChoice::Light => ThemePreference::Light,
        ThemeChoice::Dark => ThemePreference::Dark,
    }
}
