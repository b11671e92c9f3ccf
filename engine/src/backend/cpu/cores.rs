//! How many threads are worth having: one for each physical core that this process may use.
//!
//! Two hardware threads of a core share its arithmetic and its path to memory; the second one only gets
//! in the way. Where the system does not say which are siblings, all count as cores.

use std::{collections::BTreeSet, fs, path::Path, thread};

/// Physical cores, as far as the system says; at least one.
pub fn physical_cores() -> usize {
    let allowed = thread::available_parallelism().map_or(1, usize::from);
    let siblings = siblings(Path::new("/sys/devices/system/cpu"));
    if siblings.is_empty() {
        allowed
    } else {
        allowed.min(siblings.len())
    }
}

/// The distinct groups of hardware threads that share a core, as Linux lists them.
fn siblings(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeSet::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let file = entry.path().join("topology/thread_siblings_list");
            fs::read_to_string(file).ok()
        })
        .map(|list| list.trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn there_is_a_core() {
        assert!(physical_cores() >= 1);
    }

    #[test]
    fn siblings_count_once() {
        let folder = std::env::temp_dir().join(format!("strata-cores-{}", std::process::id()));
        for (cpu, list) in [
            ("cpu0", "0,2\n"),
            ("cpu1", "1,3\n"),
            ("cpu2", "0,2\n"),
            ("cpu3", "1,3\n"),
        ] {
            let topology = folder.join(cpu).join("topology");
            fs::create_dir_all(&topology).unwrap();
            fs::write(topology.join("thread_siblings_list"), list).unwrap();
        }
        fs::create_dir_all(folder.join("cpufreq")).unwrap();
        assert_eq!(siblings(&folder).len(), 2);
        fs::remove_dir_all(&folder).unwrap();
        assert!(siblings(&folder).is_empty());
    }
}
