//! The window: eframe on one side, the reducer on the other. `logic` brings in what happened, `ui` draws
//! and collects what a person did. What anything means is decided in [`crate::state`].

use std::time::Instant;

use eframe::egui::{
    self, CentralPanel, Color32, ColorImage, Context, Frame, Margin, Panel, Rect, ThemePreference,
    Ui, ViewportBuilder, ViewportCommand,
};
use strata_engine::{Device, Mode, worker::Options};

use crate::{
    actions::Action,
    classes::Classes,
    devices,
    gallery::{Answer, index},
    launch,
    panels::{
        branch, canvas, classes, device, documents, drafts, dropping, gallery, header, keys, lanes,
        models, notices, progress, queue, sampling, sheet, shelf, timeline, tools,
    },
    places::Places,
    port::EnginePort,
    settings::{self, Preferences, WindowLayout},
    shipped, shortcuts,
    state::{
        Effect, Look, MOST_AT_ONCE, Message, Page, State, Surroundings, ThemeChoice, look_ahead,
    },
    theme,
    times::Times,
    widgets::{Textures, paint_picture},
    wording,
    world::{Machine, World},
};

/// Smallest size of the window, in points.
const SMALLEST: [f32; 2] = [1024.0, 640.0];
/// Most messages taken before a frame is drawn; the rest wait for the next.
const MOST_MESSAGES: usize = 20_000;

/// Widths of the panels beside the canvas at a first start, in points.
const LEFT_WIDTH: f32 = 292.0;
const RIGHT_WIDTH: f32 = 230.0;

/// Opens the window, whose engine computes on `device`, or on what was chosen last, and returns when it is closed.
///
/// # Errors
/// In one sentence with the next step, when there is no display or no graphics adapter.
pub fn run(device: Option<Device>) -> anyhow::Result<()> {
    launch::check_display()?;
    let places = Places::find()?;
    let loaded = settings::load(&places.settings());
    let options = eframe::NativeOptions {
        viewport: viewport(&loaded.preferences.window),
        renderer: eframe::Renderer::Wgpu,
        ..Default::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(move |cc| {
        let library = shipped::library(&places);
        let (models, model_errors) = library.cards();
        let port = EnginePort::start(
            Options {
                library,
                max_batch: MOST_AT_ONCE,
                cache: Some(places.cache.clone()),
                device: device
                    .clone()
                    .unwrap_or_else(|| chosen(&loaded.preferences)),
                look_ahead: look_ahead(loaded.preferences.look_ahead),
            },
            &cc.egui_ctx,
        )?;
        let surroundings = Surroundings {
            models,
            model_errors,
            models_folder: places.models.clone(),
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

/// The device that was chosen last; the best there is where that is no more.
fn chosen(preferences: &Preferences) -> Device {
    let format = Some(preferences.format.as_str()).filter(|format| !format.is_empty());
    devices::device(&preferences.device, format, None).unwrap_or(Device::Auto)
}

/// The window as it was left, as far as a screen can have it.
fn viewport(left: &WindowLayout) -> ViewportBuilder {
    let left = left.clone().checked();
    let mut viewport = ViewportBuilder::default()
        .with_title(wording::TITLE)
        .with_app_id("strata")
        .with_inner_size(left.size.unwrap_or([1280.0, 800.0]))
        .with_min_inner_size(SMALLEST)
        .with_maximized(left.maximized);
    if let Some(position) = left.position {
        viewport = viewport.with_position(position);
    }
    viewport
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
    focused: bool,
    full_screen: bool,
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
            focused: false,
            full_screen: false,
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

    /// Whether every small copy that the last frame wanted is on the graphics card.
    pub fn has_thumbnails(&self) -> bool {
        self.textures.thumbs.is_settled()
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
            if let Message::Gallery(Answer::Copied(pixels)) = &message {
                ctx.copy_image(ColorImage::from_rgb(
                    [pixels.width, pixels.height],
                    &pixels.rgb,
                ));
            }
            self.update(message);
        }
        ctx.request_repaint();
    }

    /// Where the window is, for the next start. A maximized or full one keeps the size it had before.
    fn watch_layout(&mut self, ctx: &Context) {
        let mut layout = self.state.preferences.window.clone();
        ctx.input(|input| {
            let viewport = input.viewport();
            let (Some(inner), Some(outer)) = (viewport.inner_rect, viewport.outer_rect) else {
                return;
            };
            layout.maximized = viewport.maximized == Some(true);
            if !layout.maximized && viewport.fullscreen != Some(true) {
                layout.size = Some(inner.size().into());
                layout.position = Some(outer.min.into());
            }
        });
        if layout != self.state.preferences.window {
            self.update(Message::Window(layout));
        }
    }

    /// While the window has the focus, changes made outside are looked for.
    fn watch_focus(&mut self, ctx: &Context) {
        let focused = ctx.input(|input| input.focused);
        if focused != self.focused {
            self.focused = focused;
            let command = index::Command::SetFocused(focused);
            self.carry_out(vec![Effect::Index(command)]);
        }
    }

    fn set_title(&mut self, ctx: &Context) {
        let title = progress::Progress::of(&self.state).title(&self.state);
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn set_full_screen(&mut self, ctx: &Context) {
        let full = self.state.viewing.full_screen;
        if full != self.full_screen {
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(full));
            self.full_screen = full;
        }
    }

    /// The picture alone, or all panels; over them the list of keys.
    fn window(&mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = match self.state.viewing.full_screen {
            true => self.picture_alone(ui),
            false => self.panels(ui),
        };
        if self.state.viewing.keys_shown {
            keys::keys_ui(ui.ctx(), &mut actions);
        }
        dropping::hovering_ui(ui);
        actions.extend(dropping::dropped(ui.ctx()));
        actions.extend(shortcuts::pressed(ui.ctx(), &self.state));
        actions
    }

    fn picture_alone(&mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        let frame = Frame::new().fill(theme::palette(ui).canvas);
        if let Some(data) = timeline::Timeline::of(&self.state).filter(|data| data.playing) {
            timeline::keep_playing(ui, &data, &mut actions);
        }
        CentralPanel::default().frame(frame).show(ui, |ui| {
            let data = canvas::Canvas::of(&self.state);
            canvas::canvas_ui(ui, &data, &mut self.textures, &mut actions);
        });
        actions
    }

    fn panels(&mut self, ui: &mut Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        let (state, textures) = (&self.state, &mut self.textures);
        let palette = theme::palette(ui);
        let bar = |fill: Color32| Frame::new().fill(fill);

        dialogs_ui(ui, state, &mut actions);
        Panel::top("header")
            .exact_size(46.0)
            .frame(bar(palette.panel).inner_margin(Margin::symmetric(14, 0)))
            .show(ui, |ui| {
                header::header_ui(
                    ui,
                    header::Header::of(state),
                    &mut actions,
                    |ui, actions| {
                        device::device_ui(ui, &device::Device::of(state), actions);
                    },
                );
            });
        let progress = progress::Progress::of(state);
        Panel::bottom("progress")
            .exact_size(34.0)
            .frame(bar(palette.panel).inner_margin(Margin::symmetric(14, 0)))
            .show(ui, |ui| {
                let data = queue::Queue::of(state);
                progress::progress_ui(ui, &progress, |ui| {
                    queue::corner_ui(ui, &data, &mut actions);
                });
            });
        match state.page {
            Page::Studio => studio_ui(ui, state, &progress, textures, &mut actions),
            Page::Gallery => {
                CentralPanel::no_frame()
                    .show(ui, |ui| {
                        let data = gallery::Gallery::of(state);
                        notices::notices_ui(ui, &state.notices, &mut actions);
                        gallery::gallery_ui(ui, &data, &mut textures.thumbs, &mut actions);
                    })
                    .inner
            }
            Page::Models => {
                let margin = Margin::symmetric(16, 10);
                CentralPanel::default()
                    .frame(bar(palette.canvas).inner_margin(margin))
                    .show(ui, |ui| {
                        notices::notices_ui(ui, &state.notices, &mut actions);
                        let small =
                            &mut |ui: &Ui, picture: &models::SmallPicture<'_>, area: Rect| {
                                let file = || state.folder.join(picture.path);
                                if let Some(texture) = textures.thumbs.get(picture.key, file) {
                                    paint_picture(ui.painter(), texture, area);
                                }
                            };
                        models::models_ui(ui, &models::Models::of(state), small, &mut actions);
                    })
                    .inner
            }
        }

        actions
    }
}

/// The table of one mode: settings, canvas, depths, shelf.
fn studio_ui(
    ui: &mut Ui,
    state: &State,
    progress: &progress::Progress,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    let bar = |fill: Color32| Frame::new().fill(fill);
    let side = bar(palette.panel).inner_margin(Margin::symmetric(14, 10));
    let kept = &state.preferences.window;
    let left = Panel::left("settings")
        .default_size(kept.left.unwrap_or(LEFT_WIDTH))
        .size_range(268.0..=420.0)
        .frame(side)
        .show(ui, |ui| settings_ui(ui, state, progress, textures, actions));
    let right = Panel::right("shelf")
        .default_size(kept.right.unwrap_or(RIGHT_WIDTH))
        .size_range(180.0..=420.0)
        .frame(side)
        .show(ui, |ui| {
            beside_ui(ui, state, textures, actions);
            shelf::shelf_ui(ui, &shelf::Shelf::of(state), textures, actions);
        });
    let chosen = |rect: Rect, usual: f32| {
        let width = rect.width().round();
        (width != usual).then_some(width)
    };
    let left = chosen(left.response.rect, LEFT_WIDTH);
    let right = chosen(right.response.rect, RIGHT_WIDTH);
    if (left, right) != (kept.left, kept.right) {
        actions.push(Action::SetPanelWidths { left, right });
    }
    let strip = bar(palette.canvas).inner_margin(Margin::symmetric(16, 10));
    if let Some(data) = lanes::Lanes::of(state) {
        Panel::bottom("lanes")
            .frame(strip)
            .show(ui, |ui| lanes::lanes_ui(ui, &data, textures, actions));
    }
    below_canvas_ui(ui, state, actions);
    CentralPanel::default().frame(strip).show(ui, |ui| {
        notices::notices_ui(ui, &state.notices, actions);
        match sheet::SheetView::of(state) {
            Some(data) => sheet::sheet_ui(ui, &data, textures, actions),
            None => canvas::canvas_ui(ui, &canvas::Canvas::of(state), textures, actions),
        }
    });
}

/// The rows under the canvas: the timeline lies between the tools and the depths.
fn below_canvas_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let frame = Frame::new()
        .fill(theme::palette(ui).canvas)
        .inner_margin(Margin::symmetric(16, 3));
    if let Some(data) = timeline::Timeline::of(state) {
        Panel::bottom("timeline")
            .frame(frame)
            .show_separator_line(false)
            .show(ui, |ui| timeline::timeline_ui(ui, &data, actions));
    }
    if let Some(data) = tools::Tools::of(state) {
        Panel::bottom("tools")
            .frame(frame)
            .show_separator_line(false)
            .show(ui, |ui| tools::tools_ui(ui, &data, actions));
    }
}

/// The column at the left: what to draw, how, and the buttons that start and stop it.
fn settings_ui(
    ui: &mut Ui,
    state: &State,
    progress: &progress::Progress,
    textures: &mut Textures,
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
            sampling::forecast_ui(ui, &data);
            ui.add_space(4.0);
            progress::buttons_ui(ui, progress, actions);
            ways_ui(ui, actions);
        });
    Panel::bottom("sampling")
        .exact_size(sampling::height(ui))
        .frame(flat.inner_margin(Margin {
            top: 8,
            ..Margin::ZERO
        }))
        .show(ui, |ui| sampling::sampling_ui(ui, &data, actions));
    CentralPanel::default()
        .frame(flat)
        .show(ui, |ui| match state.mode {
            Mode::Classes => {
                let data = classes::Classes::of(state);
                let small = &mut |ui: &Ui, picture: &classes::SmallPicture<'_>, area: Rect| {
                    let file = || state.folder.join(picture.path);
                    if let Some(texture) = textures.thumbs.get(picture.key, file) {
                        paint_picture(ui.painter(), texture, area);
                    }
                };
                classes::classes_ui(ui, &data, small, actions);
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
    if let Some(data) = models::Dialog::of(state) {
        models::dialog_ui(ui, &data, actions);
    }
}

impl eframe::App for StudioApp {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.listen(ctx);
        let thumbs = &mut self.textures.thumbs;
        self.world.copies().for_each(|copy| thumbs.take(copy));
        if thumbs.begin_frame(ctx) {
            ctx.request_repaint();
        }
        self.set_title(ctx);
        self.watch_focus(ctx);
        self.watch_layout(ctx);
        self.set_full_screen(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.times.frame();
        for action in self.window(ui) {
            self.times.action(&action);
            if let Action::SetTheme(theme) = &action {
                ui.ctx().set_theme(preference(*theme));
            }
            // Time that passes asks for its next frame itself.
            let passes = matches!(action, Action::Look(Look::Advance));
            self.update(Message::Action(action));
            // What the action changed is drawn at once.
            if !passes {
                ui.ctx().request_repaint();
            }
        }
        self.textures.end_frame();
        if let Some(wants) = self.textures.thumbs.end_frame() {
            self.world.want(wants);
        }
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
