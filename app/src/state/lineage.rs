//! Who was grown from whom: the parents that this session knows, and the tree around a picture. Files tell
//! their parent's recipe by its digest; where both are known, they find each other again.

use std::collections::BTreeMap;

use strata_engine::Lineage;

use super::{Piece, PieceId, State};

/// The parents of pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    parents: BTreeMap<PieceId, PieceId>,
}

/// A picture of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relative {
    /// Which.
    pub piece: PieceId,
    /// How far from the oldest ancestor; that one has 0.
    pub generation: usize,
}

impl Family {
    pub(super) fn link(&mut self, child: PieceId, parent: PieceId) {
        if child != parent {
            self.parents.insert(child, parent);
        }
    }

    pub(super) fn parent(&self, child: PieceId) -> Option<PieceId> {
        self.parents.get(&child).copied()
    }

    fn children(&self, parent: PieceId) -> impl DoubleEndedIterator<Item = PieceId> {
        let of = move |(child, own): (&PieceId, &PieceId)| (*own == parent).then_some(*child);
        self.parents.iter().filter_map(of)
    }
}

impl State {
    /// The tree that a picture belongs to, parents before their children; the picture alone when no
    /// relative of it is known. Pictures that were let go of are left out with what hangs on them.
    pub fn relatives(&self, piece: PieceId) -> Vec<Relative> {
        let family = &self.branching.family;
        let known = |id: &PieceId| self.pieces.contains_key(id);
        let mut oldest = piece;
        while let Some(parent) = family.parent(oldest).filter(known) {
            oldest = parent;
        }
        let mut found = Vec::new();
        let mut open = vec![Relative {
            piece: oldest,
            generation: 0,
        }];
        while let Some(next) = open.pop() {
            found.push(next);
            let children = family.children(next.piece).filter(known);
            open.extend(children.rev().map(|piece| Relative {
                piece,
                generation: next.generation + 1,
            }));
        }
        found
    }

    /// Finds the parent and the children of a picture that came from a file.
    pub(super) fn adopt(&mut self, id: PieceId) {
        let Some(piece) = self.pieces.get(&id) else {
            return;
        };
        let Some(own) = digest(piece) else {
            return;
        };
        let others = self.pieces.values().filter(|other| other.id != id);
        let wanted = parent_digest(piece);
        let mut links = Vec::new();
        for other in others {
            if parent_digest(other) == Some(&own) {
                links.push((other.id, id));
            }
            if wanted.is_some() && digest(other).as_deref() == wanted {
                links.push((id, other.id));
            }
        }
        for (child, parent) in links {
            self.branching.family.link(child, parent);
        }
    }
}

/// The digest of the recipe that a picture was made by; `None` before there is a picture.
fn digest(piece: &Piece) -> Option<String> {
    piece.picture.as_ref()?.recipe.digest().ok()
}

/// The digest of its parent's recipe.
fn parent_digest(piece: &Piece) -> Option<&str> {
    match &piece.recipe.start.as_ref()?.from {
        Lineage::Picture { recipe, .. } => Some(recipe),
        Lineage::Photograph { .. } => None,
    }
}
