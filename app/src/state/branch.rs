//! Growing a picture again: how much of it is kept, and asking for the rest. A picture of one's own to
//! begin with comes from the neighbour `photograph`.

use std::sync::Arc;

use strata_engine::{Codes, Error, Lineage, Recipe, Start, worker::JobId};

use super::{Effect, Piece, PieceId, State, Topic, View, lineage::Family, photograph::Photographs};
use crate::{actions::BranchAction, origin};

/// Everything about branches.
#[derive(Clone, Debug, Default)]
pub struct Branching {
    /// Who was grown from whom.
    pub family: Family,
    /// Pictures from elsewhere.
    pub photographs: Photographs,
    plan: Option<BranchPlan>,
}

/// How a picture is to be grown again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BranchPlan {
    /// Which.
    pub parent: PieceId,
    /// What is kept of it.
    pub keep: Keep,
}

/// What is kept of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All codes of this many first positions.
    Positions(usize),
    /// This many first depths of every position.
    Depths(usize),
}

impl Piece {
    /// Its codes, once it is finished or was stopped.
    fn grown(&self) -> Option<&Codes> {
        let picture = self.picture.as_ref()?;
        (!self.stage.is_live()).then_some(&picture.codes)
    }

    /// Most positions that can be kept of it, so that something is left to grow; 0 when it cannot be
    /// grown again.
    pub fn most_kept_positions(&self) -> usize {
        let last = self.total().saturating_sub(1);
        self.grown().map_or(0, |codes| codes.positions().min(last))
    }

    /// Most depths that can be kept of it; 0 when it has one only or is not complete.
    pub fn most_kept_depths(&self) -> usize {
        let complete = self.grown().filter(|codes| codes.is_complete());
        complete.map_or(0, |codes| codes.depth - 1)
    }

    /// A fair beginning: the upper half of what there is.
    pub(super) fn upper_half(&self) -> Option<Keep> {
        let most = self.most_kept_positions();
        let half = self.most_kept_rows().div_ceil(2) * self.card.grid[1];
        (most > 0).then(|| Keep::Positions(half.clamp(1, most)))
    }

    /// Most rows that can be kept of it.
    pub fn most_kept_rows(&self) -> usize {
        self.most_kept_positions() / self.card.grid[1].max(1)
    }
}

impl State {
    /// What is being chosen for the picture that is shown large, if anything is.
    pub fn branch_plan(&self) -> Option<BranchPlan> {
        let desk = self.desk();
        let plan = self.branching.plan?;
        let large = desk.view == View::One || desk.board.len() <= 1;
        (large && desk.selected == Some(plan.parent) && self.pieces.contains_key(&plan.parent))
            .then_some(plan)
    }

    pub(super) fn act_branch(&mut self, action: BranchAction) -> Vec<Effect> {
        match action {
            BranchAction::Open(id) => return self.open_branch(id, Piece::upper_half),
            BranchAction::OpenTexture(id) => {
                return self.open_branch(id, |piece| {
                    (piece.most_kept_depths() > 0).then_some(Keep::Depths(1))
                });
            }
            BranchAction::Close => self.branching.plan = None,
            BranchAction::KeepRows(rows) => self.keep_rows(rows),
            BranchAction::KeepDepths(depths) => {
                if let Some(plan) = self.branch_plan()
                    && let Some(piece) = self.pieces.get(&plan.parent)
                {
                    let depths = depths.clamp(1, piece.most_kept_depths().max(1));
                    self.plan(plan.parent, Keep::Depths(depths));
                }
            }
            BranchAction::Grow => return self.grow_plan(|plan| Some(plan.keep)),
            // Before the first position lies nothing that could be kept.
            BranchAction::GrowFrom(position) => {
                return self.grow_plan(|_| (position > 0).then_some(Keep::Positions(position)));
            }
            BranchAction::PickPicture => return vec![Effect::PickPicture(self.folder.clone())],
            BranchAction::OpenPicture(path) => return self.read_picture(path),
        }
        Vec::new()
    }

    /// Shows a picture large and lets a person choose what is kept of it.
    pub(super) fn open_branch(
        &mut self,
        id: PieceId,
        keep: impl FnOnce(&Piece) -> Option<Keep>,
    ) -> Vec<Effect> {
        let Some(keep) = self.pieces.get(&id).and_then(keep) else {
            return Vec::new();
        };
        let effects = self.select(id);
        let desk = self.desk_mut();
        desk.view = View::One;
        desk.depth = None;
        self.plan(id, keep);
        effects
    }

    fn plan(&mut self, parent: PieceId, keep: Keep) {
        self.branching.plan = Some(BranchPlan { parent, keep });
    }

    fn keep_rows(&mut self, rows: usize) {
        let Some(plan) = self.branch_plan() else {
            return;
        };
        let Some(piece) = self.pieces.get(&plan.parent) else {
            return;
        };
        let most = piece.most_kept_positions().max(1);
        let positions = rows.saturating_mul(piece.card.grid[1]).clamp(1, most);
        self.plan(plan.parent, Keep::Positions(positions));
    }

    fn grow_plan(&mut self, keep: impl FnOnce(BranchPlan) -> Option<Keep>) -> Vec<Effect> {
        let plan = self.branch_plan().filter(|_| self.engine_runs);
        let Some((plan, keep)) = plan.and_then(|plan| Some((plan, keep(plan)?))) else {
            return Vec::new();
        };
        let Some(parent) = self.pieces.get(&plan.parent).cloned() else {
            return Vec::new();
        };
        match self.child_recipe(&parent, keep) {
            Ok(recipe) => self.grow_child(&parent, recipe),
            Err(error) => {
                self.notify_error(Topic::Making, &error, Vec::new());
                Vec::new()
            }
        }
    }

    /// What makes a child: the parent's own settings with another seed. A photograph has none, so it goes
    /// on with the present ones.
    fn child_recipe(&mut self, parent: &Piece, keep: Keep) -> Result<Recipe, Error> {
        let Some(picture) = &parent.picture else {
            return Err(Error::Picture("there are no codes to keep".into()));
        };
        let photograph = self.branching.photographs.file(parent.id);
        let from = match photograph {
            Some(file) => Lineage::Photograph { file: file.into() },
            None => origin::of_picture(picture, parent.path().map(|path| path.as_path()))?,
        };
        let codes = picture.codes.clone();
        let start = match keep {
            Keep::Positions(positions) => {
                let positions = positions.min(parent.most_kept_positions());
                Start::new(codes, positions, 0, from)?
            }
            Keep::Depths(depths) => Start::new(codes, 0, depths, from)?,
        };
        let fresh = photograph.is_some() && self.card().is_some_and(|c| c.id == parent.card.id);
        let settings = match fresh {
            true => self.first_recipe(&parent.card),
            false => parent.recipe.clone(),
        };
        let recipe = Recipe {
            weights: None,
            seed: self.roll(),
            index: 0,
            start: Some(Box::new(start)),
            ..settings
        };
        recipe.check()?;
        Ok(recipe)
    }

    fn grow_child(&mut self, parent: &Piece, recipe: Recipe) -> Vec<Effect> {
        self.settle(&Topic::Making);
        self.branching.plan = None;
        self.begin_run();
        let title = match self.branching.photographs.file(parent.id) {
            Some(_) => self.title(recipe.subject, 0),
            None => parent.title.clone(),
        };
        let (id, job) = (PieceId(self.ids.next()), JobId(self.ids.next()));
        let child = Piece::new(id, job, recipe, Arc::clone(&parent.card), title);
        let effect = self.enqueue(child);
        self.branching.family.link(id, parent.id);
        self.show_large(id);
        vec![effect]
    }

    /// Puts a picture on the canvas beside the others, and shows it large.
    pub(super) fn show_large(&mut self, id: PieceId) {
        let desk = self.desk_mut();
        if !desk.board.contains(&id) {
            desk.board.push(id);
        }
        desk.selected = Some(id);
        desk.view = View::One;
        desk.depth = None;
    }
}

#[cfg(test)]
#[path = "branch_tests.rs"]
mod tests;
