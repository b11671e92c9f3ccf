//! Looking at pictures: which one, how large, which depth; and asking the decoder for the true depths of
//! the picture that is looked at.

use std::sync::Arc;

use strata_engine::{
    Command,
    worker::{Depths, RequestEvent, RequestId},
};

use super::{Effect, PieceId, Stage, State, View};

impl State {
    /// Looks at a picture; one that is not on the canvas is shown large.
    pub(super) fn select(&mut self, id: PieceId) -> Vec<Effect> {
        let Some(piece) = self.pieces.get(&id) else {
            return Vec::new();
        };
        let mode = piece.mode();
        let mut effects = match mode == self.mode {
            true => Vec::new(),
            false => self.set_mode(mode),
        };
        let desk = self.desk_mut();
        if desk.selected != Some(id) {
            desk.depth = None;
        }
        desk.selected = Some(id);
        if !desk.board.contains(&id) {
            desk.view = View::One;
        }
        self.forget_loose_pieces();
        effects.extend(self.request_lanes());
        effects
    }

    pub(super) fn step_picture(&mut self, by: i32) -> Vec<Effect> {
        let desk = self.desk();
        let at = desk
            .selected
            .and_then(|selected| desk.board.iter().position(|piece| *piece == selected));
        let next = match at {
            Some(at) => at.saturating_add_signed(by as isize),
            None => 0,
        };
        match desk.board.get(next).copied() {
            Some(piece) => self.select(piece),
            None => Vec::new(),
        }
    }

    /// Back among all pictures, one of them is selected again.
    pub(super) fn set_view(&mut self, view: View) {
        let desk = self.desk_mut();
        desk.view = view;
        let on_board = desk.selected.is_some_and(|id| desk.board.contains(&id));
        if view == View::All && !on_board && !desk.board.is_empty() {
            desk.selected = desk.board.first().copied();
            desk.depth = None;
        }
        self.forget_loose_pieces();
    }

    /// Asks for the decoded depths of the selected picture, once. The last depth is the picture itself.
    pub(super) fn request_lanes(&mut self) -> Vec<Effect> {
        let selected = self.desk().selected;
        selected.map_or_else(Vec::new, |id| self.request_lanes_of(id))
    }

    /// Asks for the decoded depths of a picture, once.
    pub(super) fn request_lanes_of(&mut self, id: PieceId) -> Vec<Effect> {
        if !self.engine_runs {
            return Vec::new();
        }
        let Some(piece) = self.pieces.get_mut(&id) else {
            return Vec::new();
        };
        let Some(picture) = piece.picture.as_ref().map(Arc::clone) else {
            return Vec::new();
        };
        let depths = picture.codes.depth;
        if piece.stage != Stage::Finished || piece.lanes.decoded || depths < 2 {
            return Vec::new();
        }
        piece.lanes.decoded = true;
        piece.lanes.pixels.resize(depths, None);
        if let Some(last) = piece.lanes.pixels.last_mut() {
            *last = Some(Arc::clone(&picture.pixels));
        }
        let mut effects = Vec::new();
        for depth in 0..depths - 1 {
            let request = RequestId(self.ids.next());
            self.requests.insert(request, (id, depth));
            effects.push(Effect::Engine(Command::Decode {
                request,
                model: picture.recipe.model.clone(),
                codes: picture.codes.clone(),
                depths: Depths::First(depth + 1),
            }));
        }
        effects
    }

    /// A depth that cannot be decoded keeps its preview: the picture itself is there.
    pub(super) fn hear_request(&mut self, request: RequestId, event: RequestEvent) {
        let Some((id, depth)) = self.requests.remove(&request) else {
            return;
        };
        if let RequestEvent::Decoded(pixels) = event
            && let Some(piece) = self.pieces.get_mut(&id)
            && let Some(lane) = piece.lanes.pixels.get_mut(depth)
        {
            *lane = Some(pixels);
        }
    }
}
