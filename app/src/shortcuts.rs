//! Every key binding, in one table: which keys, what they do, what that is called. The list that a person
//! opens and the tooltips are made from it, so that they cannot disagree.

use eframe::egui::{self, Context, Event, Id, Key, Modifiers};

use crate::{
    actions::{Action, Browse},
    export::job::Form,
    gallery::index::MarkChange,
    state::{Look, Overlay, Page, State, View, Way, Zoom},
    wording::{self, gallery, looking as words},
};

/// Something that keys do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Make pictures.
    Generate,
    /// Cancel the work, or leave what is open.
    Back,
    /// The next picture.
    Next,
    /// The previous picture.
    Previous,
    /// All pictures, or the selected one large.
    Views,
    /// Compare with another picture, or stop that.
    Compare,
    /// Compare in the next way.
    NextWay,
    /// Show a depth; the place of the key tells which.
    Depth,
    /// Show all depths.
    AllDepths,
    /// Depths summed or alone.
    Alone,
    /// Play or pause the timeline.
    Play,
    /// A position on.
    StepOn,
    /// A position back.
    StepBack,
    /// An overlay.
    Overlay(Overlay),
    /// Larger.
    ZoomIn,
    /// Smaller.
    ZoomOut,
    /// 100 %.
    Actual,
    /// As large as there is room for.
    Fit,
    /// Move what is shown, to the right and down.
    Pan(i32, i32),
    /// Full screen.
    FullScreen,
    /// The list of keys.
    Keys,
    /// Export what is selected.
    Export,
    /// Select the whole gallery.
    SelectAll,
    /// The picture at the gallery's cursor large, or the grid again.
    Large,
    /// Put it on the clipboard.
    Copy,
    /// Make the selected pictures favourites, or not.
    Favour,
    /// Rate them; the place of the key tells the stars.
    Rate,
    /// Put them into the trash.
    Discard,
    /// Take them out again.
    UndoDiscard,
}

/// Where a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Everywhere.
    Always,
    /// Unless text is typed or a menu is open.
    NotTyping,
    /// Where no control has the focus that means something by this key.
    Unfocused,
}

/// A heading in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Starting and stopping.
    Making,
    /// Going from picture to picture.
    Pictures,
    /// Depths and the timeline.
    Depths,
    /// What the canvas shows.
    Canvas,
    /// The gallery page.
    Gallery,
    /// The window.
    Window,
}

impl Group {
    /// All of them, in the order of the list.
    pub const ALL: [Self; 6] = [
        Self::Making,
        Self::Pictures,
        Self::Depths,
        Self::Canvas,
        Self::Gallery,
        Self::Window,
    ];
}

/// A key and what is held beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Held.
    pub modifiers: Modifiers,
    /// Pressed.
    pub key: Key,
    /// Whether it counts when it is let go: Space is held to drag, too.
    released: bool,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Shortcut {
    /// What it does.
    pub deed: Deed,
    /// What that is called.
    pub words: &'static str,
    /// Any of these.
    pub keys: &'static [Keys],
    /// Its heading in the list.
    pub group: Group,
    reach: Reach,
}

const fn plain(key: Key) -> Keys {
    Keys {
        modifiers: Modifiers::NONE,
        key,
        released: false,
    }
}

const fn command(key: Key) -> Keys {
    Keys {
        modifiers: Modifiers::COMMAND,
        ..plain(key)
    }
}

const fn released(key: Key) -> Keys {
    Keys {
        released: true,
        ..plain(key)
    }
}

const fn row(
    group: Group,
    reach: Reach,
    keys: &'static [Keys],
    deed: Deed,
    words: &'static str,
) -> Shortcut {
    Shortcut {
        deed,
        words,
        keys,
        group,
        reach,
    }
}

const DIGITS: [Keys; 8] = [
    plain(Key::Num1),
    plain(Key::Num2),
    plain(Key::Num3),
    plain(Key::Num4),
    plain(Key::Num5),
    plain(Key::Num6),
    plain(Key::Num7),
    plain(Key::Num8),
];

const STARS: [Keys; 6] = [
    plain(Key::Num0),
    plain(Key::Num1),
    plain(Key::Num2),
    plain(Key::Num3),
    plain(Key::Num4),
    plain(Key::Num5),
];

/// Every key binding. An earlier row is asked first: arrows move a zoomed picture, else they step.
#[rustfmt::skip]
pub const SHORTCUTS: &[Shortcut] = &[
    row(Group::Making, Reach::Always, &[command(Key::Enter)], Deed::Generate, wording::GENERATE),
    row(Group::Making, Reach::NotTyping, &[plain(Key::Escape)], Deed::Back, words::CANCEL_OR_BACK),

    row(Group::Canvas, Reach::Unfocused, &[plain(Key::ArrowLeft)], Deed::Pan(-1, 0), words::PAN_LEFT),
    row(Group::Canvas, Reach::Unfocused, &[plain(Key::ArrowRight)], Deed::Pan(1, 0), words::PAN_RIGHT),
    row(Group::Canvas, Reach::Unfocused, &[plain(Key::ArrowUp)], Deed::Pan(0, -1), words::PAN_UP),
    row(Group::Canvas, Reach::Unfocused, &[plain(Key::ArrowDown)], Deed::Pan(0, 1), words::PAN_DOWN),

    row(Group::Pictures, Reach::Unfocused, &[plain(Key::ArrowRight), plain(Key::PageDown)], Deed::Next, wording::NEXT_PICTURE),
    row(Group::Pictures, Reach::Unfocused, &[plain(Key::ArrowLeft), plain(Key::PageUp)], Deed::Previous, wording::PREVIOUS_PICTURE),
    row(Group::Pictures, Reach::NotTyping, &[plain(Key::Backspace)], Deed::Views, words::ALL_PICTURES),
    row(Group::Pictures, Reach::NotTyping, &[command(Key::E)], Deed::Export, gallery::EXPORT_TIP),
    row(Group::Pictures, Reach::NotTyping, &[plain(Key::C)], Deed::Compare, words::COMPARE_KEY),
    row(Group::Pictures, Reach::NotTyping, &[plain(Key::V)], Deed::NextWay, words::NEXT_WAY),

    row(Group::Depths, Reach::NotTyping, &DIGITS, Deed::Depth, words::CHOOSE_DEPTH),
    row(Group::Depths, Reach::NotTyping, &[plain(Key::Num0)], Deed::AllDepths, words::ALL_DEPTHS),
    row(Group::Depths, Reach::NotTyping, &[plain(Key::A)], Deed::Alone, words::TOGGLE_ALONE),
    row(Group::Depths, Reach::Unfocused, &[released(Key::Space)], Deed::Play, words::PLAY_OR_PAUSE),
    row(Group::Depths, Reach::NotTyping, &[plain(Key::Period)], Deed::StepOn, words::STEP_ON),
    row(Group::Depths, Reach::NotTyping, &[plain(Key::Comma)], Deed::StepBack, words::STEP_BACK),

    row(Group::Canvas, Reach::NotTyping, &[plain(Key::G)], Deed::Overlay(Overlay::Grid), words::GRID),
    row(Group::Canvas, Reach::NotTyping, &[plain(Key::S)], Deed::Overlay(Overlay::Position), words::POSITION),
    row(Group::Canvas, Reach::NotTyping, &[plain(Key::U)], Deed::Overlay(Overlay::Uncertainty), words::UNCERTAINTY),
    row(Group::Canvas, Reach::NotTyping, &[plain(Key::Plus), plain(Key::Equals)], Deed::ZoomIn, words::ZOOM_IN),
    row(Group::Canvas, Reach::NotTyping, &[plain(Key::Minus)], Deed::ZoomOut, words::ZOOM_OUT),
    row(Group::Canvas, Reach::NotTyping, &[plain(Key::Z)], Deed::Actual, words::ACTUAL),
    row(Group::Canvas, Reach::NotTyping, &[plain(Key::F)], Deed::Fit, words::FIT),

    row(Group::Gallery, Reach::NotTyping, &[command(Key::A)], Deed::SelectAll, gallery::SELECT_ALL),
    row(Group::Gallery, Reach::NotTyping, &[plain(Key::Enter)], Deed::Large, gallery::LARGE_OR_GRID),
    row(Group::Gallery, Reach::NotTyping, &[COPY], Deed::Copy, gallery::COPY_TIP),
    row(Group::Gallery, Reach::NotTyping, &[plain(Key::F)], Deed::Favour, gallery::FAVOUR),
    row(Group::Gallery, Reach::NotTyping, &STARS, Deed::Rate, gallery::RATE),
    row(Group::Gallery, Reach::NotTyping, &[plain(Key::Delete)], Deed::Discard, gallery::DELETE_TIP),
    row(Group::Gallery, Reach::NotTyping, &[command(Key::Z)], Deed::UndoDiscard, gallery::UNDO_DELETE),

    row(Group::Window, Reach::Always, &[plain(Key::F11)], Deed::FullScreen, words::FULL_SCREEN),
    row(Group::Window, Reach::Always, &[plain(Key::F1)], Deed::Keys, words::SHOW_KEYS),
    row(Group::Window, Reach::NotTyping, &[plain(Key::Questionmark)], Deed::Keys, words::SHOW_KEYS),
];

/// The system's own keys for copying, which arrive as an event and not as keys.
const COPY: Keys = command(Key::C);

impl Deed {
    /// The page it belongs to; `None` when it works on every page.
    fn page(self) -> Option<Page> {
        match self {
            Self::Keys | Self::Back | Self::Export => None,
            Self::SelectAll
            | Self::Large
            | Self::Copy
            | Self::Favour
            | Self::Rate
            | Self::Discard
            | Self::UndoDiscard => Some(Page::Gallery),
            _ => Some(Page::Studio),
        }
    }

    /// What it means now; `None` when it means nothing, so that another row may. `at` is the place of the
    /// key in its row.
    fn action(self, at: usize, state: &State) -> Option<Action> {
        let viewing = &state.viewing;
        let picture = state.desk().selected.is_some();
        let look = |look| picture.then_some(Action::Look(look));
        let entry = |browse| state.browser.current().map(|_| Action::Browse(browse));
        match self {
            Self::Generate => Some(Action::Generate),
            Self::Back => Some(back(state)),
            Self::Next => picture.then_some(Action::StepPicture(1)),
            Self::Previous => picture.then_some(Action::StepPicture(-1)),
            Self::Views => picture.then(|| Action::SetView(other_view(state))),
            Self::Compare => look(compare(state)),
            Self::NextWay => viewing
                .compare
                .map(|compare| Action::Look(Look::CompareBy(Way::next(compare.way)))),
            Self::Depth => picture.then_some(Action::SelectDepth(Some(at))),
            Self::AllDepths => picture.then_some(Action::SelectDepth(None)),
            Self::Alone => look(Look::Alone(!viewing.alone)),
            Self::Play => look(Look::Play),
            Self::StepOn => look(Look::StepPosition(1)),
            Self::StepBack => look(Look::StepPosition(-1)),
            Self::Overlay(overlay) => Some(Action::Look(Look::Toggle(overlay))),
            Self::ZoomIn => look(Look::StepZoom(1)),
            Self::ZoomOut => look(Look::StepZoom(-1)),
            Self::Actual => look(Look::Zoom(Zoom::Times(1.0))),
            Self::Fit => look(Look::Zoom(Zoom::Fit)),
            Self::Pan(right, down) => viewing
                .is_zoomed()
                .then_some(Action::Look(Look::Pan([right, down]))),
            Self::FullScreen => look(Look::FullScreen(!viewing.full_screen)),
            Self::Keys => Some(Action::Look(Look::Keys(!viewing.keys_shown))),
            Self::Export => export(state),
            Self::SelectAll => Some(Action::Browse(Browse::SelectAll)),
            Self::Large => entry(Browse::Large(!state.browser.large)),
            Self::Copy => entry(Browse::Copy),
            Self::Favour => {
                let favourite = state.browser.current()?.mark.favourite;
                entry(Browse::Mark(MarkChange::Favourite(!favourite)))
            }
            Self::Rate => entry(Browse::Mark(MarkChange::Rating(at as u8))),
            Self::Discard => entry(Browse::Discard),
            Self::UndoDiscard => Some(Action::Browse(Browse::UndoDiscard)),
        }
    }
}

/// Copies of what is selected on the page that is shown.
fn export(state: &State) -> Option<Action> {
    match state.page {
        Page::Studio => state.selected_file().map(|_| Action::ExportPicture),
        Page::Gallery => Some(Action::Browse(Browse::Export(Form::Copies))),
        Page::Models => None,
    }
}

/// What Escape means: what lies on top goes first, work only when nothing does.
fn back(state: &State) -> Action {
    let viewing = &state.viewing;
    let browsing = state.page == Page::Gallery;
    if viewing.keys_shown {
        Action::Look(Look::Keys(false))
    } else if browsing && state.browser.large {
        Action::Browse(Browse::Large(false))
    } else if browsing {
        Action::Browse(Browse::SelectNone)
    } else if state.page == Page::Models {
        Action::SetMode(state.mode)
    } else if viewing.picking {
        Action::Look(Look::Pick(false))
    } else if viewing.full_screen {
        Action::Look(Look::FullScreen(false))
    } else if state.live() > 0 {
        Action::CancelAll
    } else if viewing.compare.is_some() {
        Action::Look(Look::StopComparing)
    } else {
        Action::SetView(View::All)
    }
}

fn other_view(state: &State) -> View {
    match state.shown_view() {
        View::All => View::One,
        View::One => View::All,
    }
}

fn compare(state: &State) -> Look {
    match (state.viewing.compare, state.only_other()) {
        (Some(_), _) => Look::StopComparing,
        (None, Some(other)) => Look::CompareWith(other),
        (None, None) => Look::Pick(!state.viewing.picking),
    }
}

/// What the keys of this frame ask for. To be called when the frame is drawn: controls come first.
pub fn pressed(ctx: &Context, state: &State) -> Vec<Action> {
    let typing = ctx.text_edit_focused() || egui::Popup::is_any_open(ctx);
    let focused = ctx.memory(|memory| memory.focused());
    let free = focused.is_none_or(|id| id == canvas_id());
    let mut actions = Vec::new();
    // Under the list of keys only what closes it works.
    let listed = state.viewing.keys_shown;
    let open = |row: &&Shortcut| match row.deed {
        Deed::Keys | Deed::Back => true,
        deed => !listed && deed.page().is_none_or(|page| page == state.page),
    };
    for shortcut in SHORTCUTS.iter().filter(open) {
        let works = match shortcut.reach {
            Reach::Always => true,
            Reach::NotTyping => !typing,
            Reach::Unfocused => !typing && free,
        };
        for (at, keys) in shortcut.keys.iter().enumerate().filter(|_| works) {
            if let Some(action) = shortcut.deed.action(at, state)
                && keys.happened(ctx)
            {
                actions.push(action);
            }
        }
    }
    actions
}

/// The picture that is shown large: arrows and Space mean the same when it has the focus.
pub fn canvas_id() -> Id {
    Id::unique("the large picture")
}

/// To be told that Space was held to drag, so that letting it go does not play.
pub fn space_dragged(ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(Id::unique("space was held to drag"), true));
}

impl Keys {
    fn happened(self, ctx: &Context) -> bool {
        if self == COPY {
            return ctx.input(|input| input.events.contains(&Event::Copy));
        }
        if !self.released {
            return ctx.input_mut(|input| input.consume_key(self.modifiers, self.key));
        }
        let let_go = ctx.input(|input| input.key_released(self.key));
        let id = Id::unique("space was held to drag");
        let dragged = let_go && ctx.data_mut(|data| data.remove_temp::<bool>(id)).is_some();
        let_go && !dragged
    }
}

/// The keys of a deed, for people.
pub fn keys_of(deed: Deed) -> String {
    let rows = SHORTCUTS.iter().filter(|row| row.deed == deed);
    let each: Vec<String> = rows
        .flat_map(|row| row.keys)
        .filter(|keys| keys.key != Key::Equals)
        .map(|keys| words::keys(*keys))
        .collect();
    words::key_list(&each)
}

/// A tooltip: what a control does, and the keys that do the same.
pub fn tip(what: &str, deed: Deed) -> String {
    words::with_keys(what, &keys_of(deed))
}

/// The rows of the list under one heading: the keys and what they do.
pub fn listed(group: Group) -> Vec<(String, &'static str)> {
    let mut deeds: Vec<Deed> = Vec::new();
    let mut rows = Vec::new();
    for shortcut in SHORTCUTS.iter().filter(|row| row.group == group) {
        if !deeds.contains(&shortcut.deed) {
            deeds.push(shortcut.deed);
            rows.push((keys_of(shortcut.deed), shortcut.words));
        }
    }
    rows
}

#[cfg(test)]
mod tests;
