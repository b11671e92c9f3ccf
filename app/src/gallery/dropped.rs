//! What was dropped on the window: a folder to look through, pictures of Strata that tell how they were
//! made, or a picture from elsewhere to begin with.

use std::path::{Path, PathBuf};

use strata_engine::picture::read_header;

use super::PICTURE_ENDINGS;

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
    /// A picture that Strata did not make.
    Photograph(PathBuf),
    /// Nothing that Strata can show.
    Nothing,
}

impl Dropped {
    /// Looks at the files. A folder goes before pictures, pictures of Strata before others; of pictures in
    /// several folders those beside the first are meant.
    pub fn of(paths: &[PathBuf]) -> Self {
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
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| PICTURE_ENDINGS.contains(&&*ending.to_ascii_lowercase()))
}
