//! What the canvas shows.

use strata_engine::Mode;

use super::{Legend, Waver};
use crate::{
    panels::branch::Overlay,
    state::{Piece, PieceId, Room, Saving, Sight, Stage, State, View, Way, Zoom},
    widgets::{Shown, TextureKey},
    wording::{self, looking},
};

/// The canvas.
#[derive(Clone, Debug, PartialEq)]
pub struct Canvas<'a> {
    /// What it says when it is empty.
    pub empty: Option<&'static str>,
    /// The batch, or the one picture that is shown large.
    pub tiles: Vec<Tile<'a>>,
    /// All or one.
    pub view: View,
    /// The line above; `None` when no picture is selected.
    pub caption: Option<Caption<'a>>,
    /// The picture beside, over or in turns with the large one.
    pub compare: Option<Comparison<'a>>,
    /// Whether the next click chooses a picture to compare with.
    pub picking: bool,
    /// Whether nothing but the picture is shown.
    pub full_screen: bool,
    /// The magnification.
    pub zoom: Zoom,
    /// The point in the middle, in shares of the picture.
    pub centre: [f32; 2],
    /// The room there was last time.
    pub room: Room,
    /// What is kept of the large picture, while that is being chosen.
    pub branch: Option<Overlay>,
}

/// The second of two pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison<'a> {
    /// The picture.
    pub tile: Tile<'a>,
    /// How they are compared.
    pub way: Way,
    /// Where the divider stands, from 0 to 1.
    pub split: f32,
}

/// A picture on the canvas.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile<'a> {
    /// Which.
    pub piece: PieceId,
    /// Its number in the batch, from 1.
    pub number: usize,
    /// What it shows.
    pub title: &'a str,
    /// How far it is.
    pub stage: Stage,
    /// From 0 to 1.
    pub fraction: f32,
    /// Its pixels, once there are any.
    pub shown: Option<(TextureKey, Shown)>,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// Whether it is looked at.
    pub selected: bool,
    /// Rows and columns of positions.
    pub grid: [usize; 2],
    /// Whether lines are drawn between positions.
    pub has_grid: bool,
    /// Positions to show when not all are; the others are covered.
    pub shown_positions: Option<usize>,
    /// The position to mark.
    pub position: Option<usize>,
    /// Uncertainty to draw.
    pub waver: Option<Waver<'a>>,
}

/// The line of words about the selected picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption<'a> {
    /// Which.
    pub piece: PieceId,
    /// What it shows.
    pub title: &'a str,
    /// Its number and how many there are; `None` for a lone picture or one from the shelf.
    pub place: Option<(usize, usize)>,
    /// Whether all pictures can be shown side by side.
    pub can_show_all: bool,
    /// Whether this one can be shown large.
    pub can_show_one: bool,
    /// The depth looked at, in words.
    pub depth: Option<String>,
    /// How far it is, while that is worth saying.
    pub stage: Option<String>,
    /// What became of the file.
    pub file: File<'a>,
}

/// What became of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File<'a> {
    /// There is none yet.
    None,
    /// It could be written as it is.
    Keepable,
    /// It is being written.
    Saving,
    /// It could not be written.
    Failed,
    /// Its name.
    Saved(&'a str),
}

impl<'a> Canvas<'a> {
    /// From the state.
    pub fn of(state: &'a State) -> Self {
        let desk = state.desk();
        let selected = desk.selected.and_then(|id| state.pieces.get(&id));
        let at = selected.and_then(|piece| desk.board.iter().position(|id| *id == piece.id));
        let lone = desk.board.len() == 1 || at.is_none();
        let view = state.shown_view();
        let viewing = &state.viewing;
        let top = Legend::of(state).and_then(|legend| legend.top);
        let number = |id: PieceId| desk.board.iter().position(|other| *other == id);
        let compare = viewing.compare.filter(|_| view == View::One);
        let compare = compare.and_then(|compare| {
            let piece = state.pieces.get(&compare.with)?;
            Some(Comparison {
                tile: tile(state, piece, number(piece.id).unwrap_or(0), top),
                way: compare.way,
                split: compare.split,
            })
        });
        let tiles = match (view, selected) {
            (View::One, Some(piece)) => vec![tile(state, piece, at.unwrap_or(0), top)],
            _ => {
                let pieces = desk.board.iter().filter_map(|id| state.pieces.get(id));
                pieces
                    .enumerate()
                    .map(|(at, piece)| tile(state, piece, at, top))
                    .collect()
            }
        };
        Self {
            empty: tiles.is_empty().then(|| empty(state)),
            view,
            caption: selected.map(|piece| Caption {
                piece: piece.id,
                title: &piece.title,
                place: at
                    .filter(|_| desk.board.len() > 1)
                    .map(|at| (at + 1, desk.board.len())),
                can_show_all: view == View::One
                    && !desk.board.is_empty()
                    && (at.is_none() || !lone),
                can_show_one: view == View::All,
                depth: looking::sight(state.sight(), piece.lanes.pixels.len()),
                stage: wording::stage(piece.stage, piece.fraction()),
                file: file(piece),
            }),
            tiles,
            compare,
            picking: viewing.picking,
            full_screen: viewing.full_screen,
            zoom: viewing.zoom,
            centre: viewing.centre,
            room: viewing.room,
            branch: Overlay::of(state),
        }
    }
}

fn empty(state: &State) -> &'static str {
    match (state.card(), state.mode) {
        (None, _) => wording::EMPTY_NO_MODEL,
        (_, Mode::Classes) => wording::EMPTY_CLASSES,
        (_, Mode::Documents) => wording::EMPTY_DOCUMENTS,
    }
}

/// A picture; all share the scale of uncertainty that ends at `top` bits.
pub fn tile<'a>(state: &'a State, piece: &'a Piece, at: usize, top: Option<f32>) -> Tile<'a> {
    let desk = state.desk();
    let selected = desk.selected == Some(piece.id);
    // The depth belongs to the picture that is looked at and its partner; the others stay whole.
    let compared = state.viewing.compare.is_some_and(|c| c.with == piece.id);
    let sight = match selected || compared {
        true => state.sight(),
        false => Sight::default(),
    };
    let replayed = state.replay_pixels(piece, sight);
    let key = match sight.depth {
        _ if replayed.is_some() => TextureKey::Replay(piece.id),
        Some(depth) if sight.alone => TextureKey::Alone(piece.id, depth),
        Some(depth) => TextureKey::Lane(piece.id, depth),
        None => TextureKey::Picture(piece.id),
    };
    let shown = replayed.or_else(|| piece.seen(sight));
    let overlays = state.viewing.overlays;
    let shown_positions = state.replayed(piece.id);
    let growing = (piece.stage == Stage::Growing).then_some(piece.done);
    let next = shown_positions.or(growing).filter(|_| overlays.position);
    let waver = top.and_then(|top| Waver::of(state, piece, top));
    Tile {
        piece: piece.id,
        number: at + 1,
        title: &piece.title,
        stage: piece.stage,
        fraction: piece.fraction(),
        size: shown.map_or(piece.card.size, |shown| [shown.width, shown.height]),
        shown: shown.map(|shown| (key, Shown(shown.clone()))),
        selected,
        grid: piece.card.grid,
        has_grid: overlays.grid,
        shown_positions,
        position: next.filter(|position| *position < piece.total()),
        waver,
    }
}

fn file(piece: &Piece) -> File<'_> {
    match &piece.saving {
        Saving::Not if piece.stage == Stage::Cancelled && piece.picture.is_some() => File::Keepable,
        Saving::Not => File::None,
        Saving::Running => File::Saving,
        Saving::Failed => File::Failed,
        Saving::Saved(path) => File::Saved(
            path.file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default(),
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{self, act, hear, jobs},
        state::{Look, Overlay},
    };

    fn text(canvas: &Canvas<'_>) -> String {
        let tiles = canvas.tiles.iter().map(|tile| {
            format!(
                "{}{} {} {:?}",
                if tile.selected { "*" } else { "" },
                tile.number,
                wording::stage(tile.stage, tile.fraction).unwrap_or("done".into()),
                tile.shown.as_ref().map(|(_, shown)| shown),
            )
        });
        let caption = canvas
            .caption
            .as_ref()
            .map(|caption| format!("{} {:?} {:?}", caption.title, caption.place, caption.file));
        let tiles: Vec<String> = tiles.collect();
        format!(
            "{:?}: {} | {}",
            canvas.view,
            tiles.join(", "),
            caption.unwrap_or_default()
        )
    }

    #[test]
    fn an_empty_canvas_says_what_to_do() {
        let mut state = fixture::state();
        assert_eq!(Canvas::of(&state).empty, Some(wording::EMPTY_CLASSES));
        act(&mut state, [Action::SetMode(Mode::Documents)]);
        assert_eq!(Canvas::of(&state).empty, Some(wording::EMPTY_DOCUMENTS));
        let none = fixture::state_without_models();
        assert_eq!(Canvas::of(&none).empty, Some(wording::EMPTY_NO_MODEL));
    }

    #[test]
    fn tiles_fill_in() {
        let mut state = fixture::state();
        let effects = act(&mut state, [Action::SetCount(2), Action::Generate]);
        let jobs = jobs(&effects);
        hear(&mut state, fixture::started(jobs[0]));
        hear(&mut state, fixture::preview(jobs[0], 8));
        hear(&mut state, fixture::progress(jobs[0], 8));
        assert_eq!(
            text(&Canvas::of(&state)),
            "All: *1 50 % Some(16x16), 2 waiting None | Golden Retriever Some((1, 2)) None"
        );
        fixture::finish(&mut state, jobs[0]);
        assert_eq!(
            text(&Canvas::of(&state)),
            "All: *1 done Some(16x16), 2 waiting None | Golden Retriever Some((1, 2)) Saving"
        );
    }

    #[test]
    fn the_selected_picture_can_be_large_and_at_one_depth() {
        let mut state = fixture::state();
        let effects = act(&mut state, [Action::SetCount(3), Action::Generate]);
        hear(&mut state, fixture::started(jobs(&effects)[1]));
        hear(&mut state, fixture::preview(jobs(&effects)[1], 8));
        let second = state.desk().board[1];
        act(
            &mut state,
            [
                Action::SelectPicture(second),
                Action::SetView(View::One),
                Action::SelectDepth(Some(0)),
            ],
        );
        let canvas = Canvas::of(&state);
        assert_eq!(canvas.tiles.len(), 1);
        let caption = canvas.caption.unwrap();
        assert_eq!((caption.place, caption.can_show_all), (Some((2, 3)), true));
        assert_eq!(caption.depth.as_deref(), Some("Depth 1"));
        let key = canvas.tiles[0].shown.as_ref().unwrap().0;
        assert_eq!(key, TextureKey::Lane(second, 0));
    }

    #[test]
    fn the_sampled_position_is_marked_while_it_grows() {
        let mut state = fixture::state();
        let effects = act(&mut state, [Action::SetCount(1), Action::Generate]);
        hear(&mut state, fixture::started(jobs(&effects)[0]));
        hear(&mut state, fixture::codes(jobs(&effects)[0], 0));
        assert_eq!(Canvas::of(&state).tiles[0].position, None);
        act(&mut state, [Action::Look(Look::Toggle(Overlay::Position))]);
        assert_eq!(Canvas::of(&state).tiles[0].position, Some(1));
        fixture::finish(&mut state, jobs(&effects)[0]);
        assert_eq!(Canvas::of(&state).tiles[0].position, None);
    }

    #[test]
    fn a_lone_picture_is_large_without_a_way_to_all() {
        let mut state = fixture::state();
        act(&mut state, [Action::SetCount(1), Action::Generate]);
        let canvas = Canvas::of(&state);
        assert_eq!(canvas.view, View::One);
        assert!(!canvas.caption.unwrap().can_show_all);
    }
}
