//! A value for all depths or a list of them, read from a file: one number, or several in brackets.
//!
//! Read by hand, because a list from a file may have any length, and serde's own way keeps all of it several
//! times over before it looks.

use std::{fmt, marker::PhantomData};

use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, SeqAccess, Visitor};

use super::PerDepth;

/// Values of one list. A transformer cannot have more depths than layers, nor more of those.
const MOST: usize = 1024;

impl<'de, T: Deserialize<'de>> Deserialize<'de> for PerDepth<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values(PhantomData))
    }
}

struct Values<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Values<T> {
    type Value = PerDepth<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number for all depths, or a list with one for each")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<PerDepth<T>, E> {
        T::deserialize(value.into_deserializer()).map(PerDepth::Same)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<PerDepth<T>, E> {
        T::deserialize(value.into_deserializer()).map(PerDepth::Same)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<PerDepth<T>, E> {
        T::deserialize(value.into_deserializer()).map(PerDepth::Same)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<PerDepth<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            if values.len() >= MOST {
                return Err(A::Error::custom(format!(
                    "a list of more than {MOST} depths, and no model has as many"
                )));
            }
            values.push(value);
        }
        Ok(PerDepth::Each(values))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<PerDepth<f32>, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn numbers_and_lists_come_back() {
        assert_eq!(read("0.5").unwrap(), PerDepth::Same(0.5));
        assert_eq!(read("3").unwrap(), PerDepth::Same(3.0));
        assert_eq!(read("-3").unwrap(), PerDepth::Same(-3.0));
        assert_eq!(read("[1, 0.5]").unwrap(), PerDepth::Each(vec![1.0, 0.5]));
        let whole: PerDepth<u32> = serde_json::from_str("[600, 0]").unwrap();
        assert_eq!(whole, PerDepth::Each(vec![600, 0]));
        for value in [PerDepth::Same(0.1), PerDepth::Each(vec![2.0, 0.3])] {
            assert_eq!(
                read(&serde_json::to_string(&value).unwrap()).unwrap(),
                value
            );
        }
        for wrong in ["\"1\"", "[\"1\"]", "{}", "null", "[[1]]", "true"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        for wrong in ["-1", "1.5", "4294967296", "[-1]"] {
            assert!(
                serde_json::from_str::<PerDepth<u32>>(wrong).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn no_list_is_longer_than_any_model_is_deep() {
        let list = |count: usize| format!("[{}]", vec!["1"; count].join(","));
        assert_eq!(read(&list(MOST)).unwrap().values().len(), MOST);
        let error = read(&list(MOST + 1)).unwrap_err().to_string();
        assert!(error.contains("depths"), "{error}");
    }
}
