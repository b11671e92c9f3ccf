//! The texts that a command line takes for parts of a recipe, and back.
//!
//! Only notation: whether a number makes sense is [`super::Recipe::check`]'s business.

use std::{fmt, str::FromStr};

use super::{PerDepth, Schedule};
use crate::error::Error;

impl FromStr for Schedule {
    type Err = Error;

    /// `constant`, `interval:FIRST-LAST` (guided up to and without LAST) or `ramp:FROM`.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse_schedule(text.trim()).ok_or_else(|| Error::Recipe {
            field: "guidance schedule",
            found: format!("{text:?}"),
            expected: "\"constant\", \"interval:0-128\" (from the first position up to the last, \
                       the last not included) or \"ramp:1.0\" (from this scale to the full one)"
                .into(),
        })
    }
}

fn parse_schedule(text: &str) -> Option<Schedule> {
    let (name, rest) = text.split_once(':').unwrap_or((text, ""));
    match name {
        "constant" if name == text => Some(Schedule::Constant),
        "interval" => {
            let (first, last) = rest.split_once('-')?;
            Some(Schedule::Interval {
                first: first.trim().parse().ok()?,
                last: last.trim().parse().ok()?,
            })
        }
        "ramp" => Some(Schedule::Ramp {
            from: rest.trim().parse().ok()?,
        }),
        _ => None,
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Interval { first, last } => write!(f, "interval:{first}-{last}"),
            Self::Ramp { from } => write!(f, "ramp:{from}"),
        }
    }
}

impl<T: FromStr> FromStr for PerDepth<T> {
    type Err = Error;

    /// One value for all depths (`1.0`) or one per depth (`1.0,0.7`).
    fn from_str(text: &str) -> Result<Self, Error> {
        let values: Result<Vec<T>, _> = text.split(',').map(|part| part.trim().parse()).collect();
        let mut values = values.map_err(|_| Error::Recipe {
            field: "value",
            found: format!("{text:?}"),
            expected: "one number for all depths, or one per depth with commas between them, \
                       such as 1 or 1,2"
                .into(),
        })?;
        Ok(match values.pop() {
            Some(only) if values.is_empty() => Self::Same(only),
            last => Self::Each(values.into_iter().chain(last).collect()),
        })
    }
}

impl<T: fmt::Display> fmt::Display for PerDepth<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same(value) => value.fmt(f),
            Self::Each(values) => {
                for (depth, value) in values.iter().enumerate() {
                    if depth > 0 {
                        f.write_str(",")?;
                    }
                    value.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn schedules_come_back_from_their_texts() {
        let schedules = [
            (Schedule::Constant, "constant"),
            (
                Schedule::Interval {
                    first: 0,
                    last: 128,
                },
                "interval:0-128",
            ),
            (Schedule::Ramp { from: 1.5 }, "ramp:1.5"),
        ];
        for (schedule, text) in schedules {
            assert_eq!(schedule.to_string(), text);
            assert_eq!(text.parse::<Schedule>().unwrap(), schedule);
        }
        assert_eq!("ramp:1.0".parse(), Ok(Schedule::Ramp { from: 1.0 }));
    }

    #[test]
    fn other_schedules_are_refused_with_what_is_accepted() {
        let texts = [
            "",
            "const",
            "constant:",
            "constant:1",
            "interval",
            "interval:",
            "interval:5",
            "interval:-1-5",
            "interval:1-2-3",
            "interval:1.5-2",
            "ramp",
            "ramp:",
            "ramp:x",
            "Ramp:1",
        ];
        for text in texts {
            let error = text.parse::<Schedule>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
            assert!(error.contains("interval:0-128"), "{error}");
        }
    }

    #[test]
    fn values_per_depth_come_back_from_their_texts() {
        let parse = |text: &str| text.parse::<PerDepth<f32>>();
        assert_eq!(parse("1.0"), Ok(PerDepth::Same(1.0)));
        assert_eq!(parse(" 1.0, 0.7"), Ok(PerDepth::Each(vec![1.0, 0.7])));
        assert_eq!("600,0".parse(), Ok(PerDepth::Each(vec![600_u32, 0])));
        assert_eq!(PerDepth::Same(1.0_f32).to_string(), "1");
        for text in ["0.92", "1,0.7,3.5"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        for text in ["", ",", "1,", "1;2", "one"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains("per depth"), "{error}");
        }
        assert!("1.5".parse::<PerDepth<u32>>().is_err());
    }
}
