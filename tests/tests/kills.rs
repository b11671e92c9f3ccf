//! The studio under kills: everything but its window (reducer, engine, journal, gallery, index, exports)
//! makes, saves and exports pictures of a tiny model in a process of its own, which is killed at a random
//! moment. What it had told as saved must be there; every file must be whole, those in an export too; what
//! was in work goes on at the next start and becomes the picture it would have been.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::unbounded;
use eframe::egui::Context;
use strata::{
    actions::{Action, Browse},
    classes::Classes,
    export::job::Form,
    gallery::{
        Answer,
        index::{self, Indexer},
    },
    journal,
    places::Places,
    port::EnginePort,
    settings::Preferences,
    state::{Effect, Message, State, Surroundings},
    times::Times,
    world::{Machine, World},
};
use strata_engine::{
    Command, Engine, Event, JobEvent, JobId, Library, Picture, Recipe,
    picture::{Document, read_png},
    worker::Options,
};
use strata_tests::{
    killing::{Dice, PATIENCE, Victim, say},
    paper::{PaperDesktop, PaperTrash},
    random_model::TINY,
};

/// Names the home folder; the test that finds it plays the program.
const ROLE: &str = "STRATA_TEST_KILLED_HOME";
/// Changes from run to run, for the dice.
const RUN: &str = "STRATA_TEST_KILLED_RUN";
/// Before the path of a file that the program told as saved.
const SAVED: &str = "saved ";
/// Before the number of pictures that go on.
const WENT_ON: &str = "went on ";
/// How often the program is killed.
const KILLS: usize = 200;
/// Kills after which everything that was saved is checked and put away.
const ROUND: usize = 25;
/// The program is killed before it has said more than so many lines,
const MOST_LINES: u64 = 8;
/// and before so much time has gone by since.
const LONGEST: Duration = Duration::from_millis(100);

fn options(places: &Places) -> Options {
    Options {
        library: Library::new(Vec::new(), vec![places.models.clone()]),
        max_batch: 4,
        cache: Some(places.cache.clone()),
        device: strata_engine::Device::default(),
        look_ahead: strata_engine::LookAhead::default(),
    }
}

/// The studio without its window.
struct Studio {
    state: State,
    world: World,
    times: Times,
    begun: Instant,
}

impl Studio {
    fn open(home: &Path, dice: u64) -> Self {
        let places = Places::below(home);
        let options = options(&places);
        let exports = home.join("exports");
        fs::create_dir_all(&exports).unwrap();
        let (models, model_errors) = options.library.cards();
        let ctx = Context::default();
        let port = EnginePort::start(options, &ctx).unwrap();
        let surroundings = Surroundings {
            models,
            model_errors,
            models_folder: "models".into(),
            classes: Classes::shipped(),
            folder: places.pictures.clone(),
            dice,
            preferences: Preferences::default(),
            trouble: None,
        };
        let (state, effects) = State::new(surroundings);
        let machine = Machine {
            port: Box::new(port),
            desktop: Arc::new(PaperDesktop {
                folder: Some(exports),
                ..PaperDesktop::default()
            }),
            trash: Arc::new(PaperTrash::default()),
            places,
        };
        let mut studio = Self {
            world: World::start(machine, &state.folder, &ctx),
            state,
            times: Times::default(),
            begun: Instant::now(),
        };
        studio.carry_out(effects);
        studio
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Some(message) = self.world.carry_out(effect) {
                self.update(message);
            }
        }
    }

    fn update(&mut self, message: Message) {
        let effects = self
            .state
            .update(self.begun.elapsed().as_secs_f64(), message);
        self.carry_out(effects);
    }

    fn act(&mut self, action: Action) {
        self.update(Message::Action(action));
    }

    /// Brings in what was told, and says it.
    fn listen(&mut self) {
        while let Some(message) = self.world.next(&mut self.times) {
            let left = match &message {
                Message::Journal(journal::Event::Left(left)) => left.len(),
                _ => 0,
            };
            if let Message::Gallery(Answer::Saved { path, .. }) = &message {
                say(&format!("{SAVED}{}", path.display()));
            }
            self.update(message);
            if left > 0 {
                say(&format!("{WENT_ON}{left}"));
                self.act(Action::GoOn);
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.state.live() == 0 && self.state.can_generate()
    }
}

/// Not a test of its own: the program that is killed. It goes on with what was left, draws, saves and
/// exports without end.
#[test]
fn the_studio_that_is_killed() {
    let Some(home) = std::env::var_os(ROLE).map(PathBuf::from) else {
        return;
    };
    let run: u64 = std::env::var(RUN).unwrap().parse().unwrap();
    let mut studio = Studio::open(&home, run);
    say("up");
    let forms = [Form::Copies, Form::Sheet];
    for form in forms.into_iter().cycle() {
        // What an earlier run left is told at the start, before anything else is done.
        let until = Instant::now() + Duration::from_millis(3);
        while Instant::now() < until || !studio.is_idle() {
            studio.listen();
            std::thread::sleep(Duration::from_micros(200));
        }
        studio.act(Action::SetCount(3));
        studio.act(Action::Generate);
        say("drawing");
        if studio.state.browser.exporting.is_none() {
            studio.act(Action::Browse(Browse::SelectAll));
            studio.act(Action::Browse(Browse::Export(form)));
        }
    }
}

/// What the program said before it was killed.
#[derive(Default)]
struct Said {
    saved: BTreeSet<PathBuf>,
    went_on: usize,
}

/// Runs the program until the moment, and kills it.
fn kill_at(home: &Path, run: u64, moment: &Moment) -> Said {
    let run = OsString::from(run.to_string());
    let program = Victim::start(
        "the_studio_that_is_killed",
        &[(ROLE, home.as_os_str()), (RUN, &run)],
    );
    let mut lines: Vec<String> = (0..=moment.lines).map(|_| program.line()).collect();
    std::thread::sleep(moment.since);
    lines.extend(program.kill());
    let mut said = Said::default();
    for line in lines {
        if let Some(path) = line.strip_prefix(SAVED) {
            said.saved.insert(path.into());
        }
        let went_on = line.strip_prefix(WENT_ON).map(|n| n.parse::<usize>());
        said.went_on += went_on.map_or(0, Result::unwrap);
    }
    said
}

/// The PNGs of a folder; none when there is no folder yet.
fn pngs(folder: &Path) -> BTreeSet<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeSet::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_png = |path: &PathBuf| path.extension().is_some_and(|end| end == "png");
    paths.filter(is_png).collect()
}

/// Pictures as an engine draws them that no one disturbs.
fn undisturbed(places: &Places, recipes: &[Recipe]) -> Vec<Picture> {
    let (sender, events) = unbounded();
    let engine = Engine::start(options(places), move |event| {
        let _ = sender.send(event);
    });
    let engine = engine.unwrap();
    for (job, recipe) in recipes.iter().enumerate() {
        let (job, recipe) = (JobId(job as u64), recipe.clone());
        engine.send(Command::Enqueue { job, recipe }).unwrap();
    }
    let mut made = BTreeMap::new();
    while made.len() < recipes.len() {
        if let Event::Job { job, event } = events.recv_timeout(PATIENCE).unwrap() {
            match event {
                JobEvent::Finished(picture) => drop(made.insert(job, *picture)),
                event => assert!(!event.is_terminal(), "{event:?}"),
            }
        }
    }
    made.into_values().collect()
}

/// Checks every saved picture against the one that was asked for, and that a new index knows each.
fn check_all(places: &Places, what: &str) -> usize {
    let files = pngs(&places.pictures);
    let saved: Vec<Document> = files.iter().map(|file| read_png(file).unwrap()).collect();
    let recipes: Vec<Recipe> = saved.iter().map(|found| found.recipe.clone()).collect();
    for (found, made) in saved.iter().zip(undisturbed(places, &recipes)) {
        let asked = (&found.recipe.subject, found.recipe.seed, found.recipe.index);
        assert!(found.codes.is_complete(), "{what}: {asked:?}");
        assert_eq!(found.codes, made.codes, "{what}: {asked:?}");
        assert_eq!(found.pixels, made.pixels, "{what}: {asked:?}");
    }
    let asked: BTreeSet<String> = recipes.iter().map(|r| format!("{r:?}")).collect();
    assert_eq!(
        asked.len(),
        files.len(),
        "{what}: a picture was saved twice"
    );
    assert_eq!(indexed(places), files.len(), "{what}: the index");
    files.len()
}

/// How many pictures the index finds, from whatever the last kill left of it.
fn indexed(places: &Places) -> usize {
    let (sender, events) = unbounded();
    let listener = Arc::new(move |event| drop(sender.send(event)));
    let _indexer = Indexer::start(&places.cache, &places.pictures, listener).unwrap();
    let mut listed = 0;
    loop {
        match events.recv_timeout(PATIENCE).unwrap() {
            index::Event::Listed { listing, .. } => listed = listing.len(),
            index::Event::Scanned { .. } => break,
            _ => {}
        }
    }
    // What the look through the folder found is listed right after it.
    while let Ok(event) = events.recv_timeout(Duration::from_millis(300)) {
        if let index::Event::Listed { listing, .. } = event {
            listed = listing.len();
        }
    }
    listed
}

/// Cuts the index off in the middle, as a power cut may.
fn damage_index(places: &Places) {
    let entries = fs::read_dir(places.cache.join("gallery")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let ends = |path: &PathBuf| path.extension().is_some_and(|end| end == "sqlite");
    let indexes: Vec<PathBuf> = paths.filter(ends).collect();
    assert_eq!(indexes.len(), 1, "one folder has one index");
    let file = fs::File::options().write(true).open(&indexes[0]).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
}

/// When the program is killed.
#[derive(Debug)]
struct Moment {
    /// After so many lines besides the first,
    lines: u64,
    /// and this time.
    since: Duration,
}

#[test]
fn two_hundred_kills_lose_and_damage_no_picture() {
    let mut dice = Dice::thrown();
    let home = tempfile::tempdir().unwrap();
    let places = Places::below(home.path());
    TINY.write(&places.models).unwrap();
    let exports = home.path().join("exports");
    let begun = Instant::now();
    let (mut saved, mut went_on, mut exported) = (0, 0, 0);
    for kill in 0..KILLS {
        let moment = Moment {
            lines: dice.below(MOST_LINES),
            since: dice.time(LONGEST),
        };
        let what = format!("seed {}, kill {kill} at {moment:?}", dice.seed);
        let said = kill_at(home.path(), dice.seed + kill as u64, &moment);
        went_on += said.went_on;
        for file in &said.saved {
            assert!(file.is_file(), "{what}: {} is lost", file.display());
        }
        for file in pngs(&exports) {
            let sheet = file.ends_with("contact-sheet.png");
            let whole = match sheet {
                true => strata_engine::Pixels::read(&file).map(drop),
                false => read_png(&file).map(drop),
            };
            assert!(whole.is_ok(), "{what}: {} {whole:?}", file.display());
            exported += 1;
        }
        let _ = fs::remove_dir_all(&exports);
        if kill % ROUND == ROUND - 1 {
            if kill % (2 * ROUND) == ROUND - 1 {
                damage_index(&places);
            }
            saved += check_all(&places, &what);
            fs::remove_dir_all(&places.pictures).unwrap();
        }
    }
    let secs = begun.elapsed().as_secs_f32();
    println!(
        "{KILLS} kills in {secs:.0} s: {saved} pictures saved, {went_on} went on after a kill, {exported} files exported"
    );
    assert!(saved > 0 && went_on > 0 && exported > 0, "killed too early");
}
