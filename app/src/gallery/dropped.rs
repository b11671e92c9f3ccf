//! What was dropped on the window: files of a model, a folder to look through, pictures of Strata that tell how
//! they were made, or a picture from elsewhere to begin with.

use std::path::{Path, PathBuf};

use strata_engine::picture::read_header;

use super::{MODEL_ENDINGS, PICTURE_ENDINGS};

/// What files turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// A folder, and the names of those of its files that are meant; all of it when there are none.
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Names of files directly in it.
        files: Vec<String>,
    },
    /// Files and folders that a model may be made of.
    Model(Vec<PathBuf>),
    /// A picture that Strata did not make.
    Photograph(PathBuf),
    /// Nothing that Strata can show.
    Nothing,
}

impl Dropped {
    /// Looks at the files. Files of a model go before anything else, also those in a folder. A folder goes before pictures, pictures of Strata before others; of pictures in
    /// several folders those beside the first are meant.
    pub fn of(paths: &[PathBuf]) -> Self {
        let of_model: Vec<PathBuf> = paths
            .iter()
            .filter(|path| is_of_model(path))
            .cloned()
            .collect();
        if !of_model.is_empty() {
            return Self::Model(of_model);
        }
        if let Some(folder) = paths.iter().find(|path| path.is_dir()) {
            return Self::Folder {
                folder: folder.clone(),
                files: Vec::new(),
            };
        }
        let mut own = paths.iter().filter(|path| read_header(path).is_ok());
        let Some((first, folder)) = own.next().and_then(|path| Some((path, path.parent()?))) else {
            let picture = paths.iter().find(|path| is_picture(path));
            return picture.map_or(Self::Nothing, |path| Self::Photograph(path.clone()));
        };
        let beside = own.filter(|path| path.parent() == Some(folder));
        let names = std::iter::once(first)
            .chain(beside)
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        Self::Folder {
            folder: folder.to_owned(),
            files: names.collect(),
        }
    }
}

fn is_picture(path: &Path) -> bool {
    ends(path, &PICTURE_ENDINGS)
}

/// Whether a file, or one directly in a folder, may be of a model.
fn is_of_model(path: &Path) -> bool {
    let files = std::fs::read_dir(path).into_iter().flatten().flatten();
    ends(path, &MODEL_ENDINGS)
        || files
            .map(|file| file.path())
            .any(|file| ends(&file, &MODEL_ENDINGS))
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.contains(&&*ending.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn files_of_a_model_are_known_by_their_endings() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            path
        };
        let weights = write("a/XXL.PT");
        let config = write("b/config.yaml");
        let picture = write("c/a.png");
        let dropped = Dropped::of(&[picture.clone(), weights.clone(), config.clone()]);
        assert_eq!(dropped, Dropped::Model(vec![weights, config]));
        let of_folder = |name: &str| Dropped::of(&[folder.path().join(name)]);
        assert!(matches!(of_folder("a"), Dropped::Model(_)));
        assert!(matches!(of_folder("c"), Dropped::Folder { .. }));
        assert_eq!(
            Dropped::of(std::slice::from_ref(&picture)),
            Dropped::Photograph(picture)
        );
    }
}
