//! The values of a pickle, as plain numbered nodes.
//!
//! Nothing here points to anything: a value is a number into one list, so nesting costs no stack when
//! values are made, walked or dropped, and cycles are harmless. Text stays in the pickle. What list
//! items and the states of opaque objects are is forgotten at once: no tensor of a state dict lies there.
//! How opcodes make values belongs to the machine.

use super::{
    super::fault::{Fault, Read, refused},
    global::Meaning,
};

/// Values in one pickle. A tensor takes about twenty, so that this is enough for a model of 5,000 tensors
/// with four optimizer tensors each; published checkpoints stay below 50,000.
pub const MAX_VALUES: usize = 1 << 19;
/// Items of all tuples together, and pairs of all dictionaries together. Each is about as many as there
/// are values in honest pickles; hostile ones repeat one value at two bytes a time.
pub const MAX_ITEMS: usize = 1 << 20;
/// Levels of nesting. Python's own pickler gives up near this.
pub const MAX_DEPTH: u16 = 1000;

/// A value's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(u32);

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Python's None.
    None,
    /// A truth value.
    Bool,
    /// A whole number.
    Int(i64),
    /// A number of another kind, or a whole one that 64 bits do not hold.
    Number,
    /// Text: where in the pickle.
    Text(Span),
    /// A name: where its module is, how long the module and the attribute are.
    Global(Name),
    /// A tuple: which of the items.
    Tuple(Span),
    /// A list, whatever is in it.
    List,
    /// A dictionary.
    Dict,
    /// A storage, by the tuple that describes it.
    Storage(Id),
    /// A tensor, by the tuple that describes it.
    Tensor(Id),
    /// Something made by calling this name, and never looked at.
    Opaque(Id),
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u32,
    length: u32,
}

/// A name and its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    start: u32,
    module: u16,
    attribute: u16,
}

/// All values of a pickle.
#[derive(Debug)]
pub struct Values<'p> {
    pickle: &'p [u8],
    values: Vec<Value>,
    depths: Vec<u16>,
    items: Vec<Id>,
    pairs: Vec<Pair>,
    meanings: Vec<(Id, Meaning)>,
}

/// One entry of a dictionary.
#[derive(Clone, Copy, Debug)]
struct Pair {
    dict: Id,
    key: Id,
    value: Id,
}

// A refused file costs less than 64 MiB beyond the pickle itself. Vectors grow by doubling, so that old and new
// together take one and a half times the final size.
const _: () = {
    let values = MAX_VALUES * (size_of::<Value>() + size_of::<u16>());
    let items = MAX_ITEMS * (size_of::<Id>() + size_of::<Pair>());
    let machine = super::MAX_STACK * 2 * size_of::<Id>() + super::MAX_MEMO * 2 * size_of::<Id>();
    let globals = super::MAX_GLOBALS * size_of::<(Id, Meaning)>();
    assert!((values + items + machine + globals) * 3 / 2 < 64 << 20);
};

impl<'p> Values<'p> {
    /// No values yet, of a pickle whose positions fit 32 bits.
    pub fn new(pickle: &'p [u8]) -> Self {
        Self {
            pickle,
            values: Vec::new(),
            depths: Vec::new(),
            items: Vec::new(),
            pairs: Vec::new(),
            meanings: Vec::new(),
        }
    }

    fn add_at(&mut self, value: Value, depth: u16) -> Read<Id> {
        if self.values.len() >= MAX_VALUES {
            return refused(format!("its pickle has more than {MAX_VALUES} values"));
        }
        let id = Id(self.values.len() as u32);
        self.values.push(value);
        self.depths.push(depth);
        Ok(id)
    }

    /// A value that holds no others.
    pub fn add(&mut self, value: Value) -> Read<Id> {
        self.add_at(value, 0)
    }

    /// A value that was made of `inner`.
    pub fn add_around(&mut self, value: Value, inner: Id) -> Read<Id> {
        let depth = self.below(inner)?;
        self.add_at(value, depth)
    }

    /// Text at `start` of the pickle.
    pub fn add_text(&mut self, start: usize, length: usize) -> Read<Id> {
        self.add(Value::Text(Span {
            start: start as u32,
            length: length as u32,
        }))
    }

    /// A name: its module at `start` of the pickle, one byte, its attribute.
    pub fn add_global(
        &mut self,
        start: usize,
        module: u16,
        attribute: u16,
        meaning: Meaning,
    ) -> Read<Id> {
        if self.meanings.len() >= super::MAX_GLOBALS {
            return refused(format!(
                "its pickle has more than {} names",
                super::MAX_GLOBALS
            ));
        }
        let id = self.add(Value::Global(Name {
            start: start as u32,
            module,
            attribute,
        }))?;
        self.meanings.push((id, meaning));
        Ok(id)
    }

    /// A tuple of these values.
    pub fn add_tuple(&mut self, items: &[Id]) -> Read<Id> {
        if self.items.len() + items.len() > MAX_ITEMS {
            return refused(format!(
                "the tuples of its pickle have more than {MAX_ITEMS} items"
            ));
        }
        let mut depth = 0;
        for item in items {
            depth = depth.max(self.below(*item)?);
        }
        let span = Span {
            start: self.items.len() as u32,
            length: items.len() as u32,
        };
        self.items.extend_from_slice(items);
        self.add_at(Value::Tuple(span), depth)
    }

    /// Notes that `outer` holds `inner`, whatever that is.
    pub fn hold(&mut self, outer: Id, inner: Id) -> Read<()> {
        let depth = self.below(inner)?;
        if let Some(outer) = self.depths.get_mut(outer.0 as usize) {
            *outer = depth.max(*outer);
        }
        Ok(())
    }

    /// Adds a pair to a dictionary.
    pub fn set(&mut self, dict: Id, key: Id, value: Id) -> Read<()> {
        if self.pairs.len() >= MAX_ITEMS {
            return refused(format!(
                "the dictionaries of its pickle have more than {MAX_ITEMS} entries"
            ));
        }
        self.hold(dict, key)?;
        self.hold(dict, value)?;
        self.pairs.push(Pair { dict, key, value });
        Ok(())
    }

    /// How deep something that holds `inner` is.
    fn below(&self, inner: Id) -> Read<u16> {
        match self.depths.get(inner.0 as usize) {
            Some(depth) if *depth < MAX_DEPTH => Ok(depth + 1),
            _ => refused(format!("its pickle nests deeper than {MAX_DEPTH} levels")),
        }
    }

    /// The value of a number.
    pub fn get(&self, id: Id) -> Value {
        // Ids only come from `add`, so that the value is always there.
        let value = self.values.get(id.0 as usize);
        value.copied().unwrap_or(Value::None)
    }

    /// The text of a value, if it is one.
    pub fn text(&self, id: Id) -> Option<&'p str> {
        let Value::Text(Span { start, length }) = self.get(id) else {
            return None;
        };
        let bytes = self.pickle.get(start as usize..)?.get(..length as usize)?;
        std::str::from_utf8(bytes).ok()
    }

    /// The whole number of a value, if it is one.
    pub fn int(&self, id: Id) -> Option<i64> {
        match self.get(id) {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }

    /// The items of a value, if it is a tuple.
    pub fn tuple(&self, id: Id) -> Option<&[Id]> {
        let Value::Tuple(Span { start, length }) = self.get(id) else {
            return None;
        };
        self.items.get(start as usize..)?.get(..length as usize)
    }

    /// What a value stands for, if it is a name.
    pub fn meaning(&self, id: Id) -> Option<Meaning> {
        let at = self.meanings.binary_search_by_key(&id.0, |(id, _)| id.0);
        self.meanings.get(at.ok()?).map(|(_, meaning)| *meaning)
    }

    /// The entries of a dictionary in the order in which they were added.
    pub fn entries(&self, dict: Id) -> impl Iterator<Item = (Id, Id)> {
        let pairs = self.pairs.iter().filter(move |pair| pair.dict == dict);
        pairs.map(|pair| (pair.key, pair.value))
    }

    /// What a value is, for errors.
    pub fn describe(&self, id: Id) -> String {
        match self.get(id) {
            Value::None => "nothing (None)".into(),
            Value::Bool => "a truth value".into(),
            Value::Int(number) => format!("the number {number}"),
            Value::Number => "a number".into(),
            Value::Text(_) => "text".into(),
            Value::Global(_) => format!("the name {}", self.name(id)),
            Value::Tuple(_) => "a tuple".into(),
            Value::List => "a list".into(),
            Value::Dict => "a dictionary".into(),
            Value::Storage(_) => "a storage".into(),
            Value::Tensor(_) => "a tensor".into(),
            Value::Opaque(class) => format!("an object made by {}", self.name(class)),
        }
    }

    /// A name in full, "module.attribute".
    fn name(&self, id: Id) -> String {
        let Value::Global(name) = self.get(id) else {
            return "?".into();
        };
        let length = usize::from(name.module) + 1 + usize::from(name.attribute);
        let bytes = self.pickle.get(name.start as usize..);
        let bytes = bytes.and_then(|bytes| bytes.get(..length));
        let words = String::from_utf8_lossy(bytes.unwrap_or_default());
        super::super::fault::quote(&words.replacen('\n', ".", 1))
    }
}

impl From<Id> for u32 {
    fn from(id: Id) -> Self {
        id.0
    }
}

/// A value that is used where it makes no sense.
pub fn misplaced(what: impl std::fmt::Display) -> Fault {
    Fault::Malformed(format!("its pickle is damaged: {what}"))
}
