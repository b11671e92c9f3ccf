//! How fast models were on this machine, kept so that the next session can say at once how long a batch
//! will take.

use serde::{Deserialize, Serialize};

use super::Preferences;

/// Most measurements that are kept; the oldest make room.
const MOST_SPEEDS: usize = 100;

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// The model's id.
    pub model: String,
    /// Rows that were computed together; a guided picture has two.
    pub rows: u32,
    /// Rows a second, all together.
    pub rows_per_sec: f64,
    /// What a newer Strata keeps.
    #[serde(flatten)]
    pub other: toml::Table,
}

impl Preferences {
    /// Keeps a measurement; an older one of the same kind counts half.
    pub fn note_speed(&mut self, model: &str, rows: u32, rows_per_sec: f64) {
        if !rows_per_sec.is_finite() || rows_per_sec <= 0.0 || rows == 0 {
            return;
        }
        let same = |speed: &Speed| speed.model == model && speed.rows == rows;
        let mut newest = Speed {
            model: model.to_owned(),
            rows,
            rows_per_sec,
            other: toml::Table::new(),
        };
        if let Some(at) = self.speeds.iter().position(same) {
            let before = self.speeds.remove(at);
            if before.rows_per_sec.is_finite() && before.rows_per_sec > 0.0 {
                newest.rows_per_sec = (before.rows_per_sec + rows_per_sec) / 2.0;
            }
            newest.other = before.other;
        }
        self.speeds.insert(0, newest);
        self.speeds.truncate(MOST_SPEEDS);
    }

    /// Rows a second when `rows` are computed together: as measured, or as measured for the number of
    /// rows that is nearest by factor. `None` when the model never ran.
    pub fn rows_per_sec(&self, model: &str, rows: u32) -> Option<f64> {
        let distance = |speed: &Speed| {
            let factor = f64::from(speed.rows.max(1)) / f64::from(rows.max(1));
            factor.ln().abs()
        };
        let of_model = self.speeds.iter().filter(|speed| {
            speed.model == model && speed.rows_per_sec.is_finite() && speed.rows_per_sec > 0.0
        });
        of_model
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .map(|speed| speed.rows_per_sec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_measurement_counts() {
        let mut preferences = Preferences::default();
        assert_eq!(preferences.rows_per_sec("m", 4), None);
        preferences.note_speed("m", 1, 10.0);
        preferences.note_speed("m", 8, 40.0);
        preferences.note_speed("other", 4, 1.0);
        assert_eq!(preferences.rows_per_sec("m", 1), Some(10.0));
        assert_eq!(preferences.rows_per_sec("m", 2), Some(10.0));
        assert_eq!(preferences.rows_per_sec("m", 16), Some(40.0));
    }

    #[test]
    fn measurements_settle_and_stay_few() {
        let mut preferences = Preferences::default();
        preferences.note_speed("m", 1, 10.0);
        preferences.note_speed("m", 1, 20.0);
        assert_eq!(preferences.rows_per_sec("m", 1), Some(15.0));
        preferences.note_speed("m", 1, f64::NAN);
        preferences.note_speed("m", 1, 0.0);
        assert_eq!(preferences.speeds.len(), 1);
        for rows in 1..500 {
            preferences.note_speed("many", rows, 1.0);
        }
        assert_eq!(preferences.speeds.len(), MOST_SPEEDS);
    }
}
