//! Reads the pickle of a checkpoint into inert values.
//!
//! A machine for the opcodes that PyTorch writes, and no others. It executes nothing: calling a name
//! gives a tensor's description, an empty dictionary, or a value that is never looked at. It has no
//! recursion, and every way to grow is limited. Which value is the state dict belongs to `torch`.

mod global;
mod opcode;
mod value;

pub use global::Meaning;
pub use value::{Id, Value, Values};

use super::fault::{Fault, Read, malformed, refused};
use value::misplaced;

/// Bytes of a pickle. Those of published checkpoints have less than 1 MB: weights lie outside.
pub const MAX_PICKLE: usize = 64 << 20;
/// Values waiting on the stack, and marks there. Pickles add to collections in thousands.
const MAX_STACK: usize = 1 << 17;
/// Remembered values. PyTorch numbers them one by one, less than one a value.
const MAX_MEMO: usize = value::MAX_VALUES;
/// Different names. PyTorch writes each once and remembers it; there are a few dozen.
const MAX_GLOBALS: usize = 1 << 16;
/// Bytes of one text. The longest in checkpoints are notes and packed arrays of trainers.
const MAX_TEXT: usize = 16 << 20;
/// Bytes of a module's or an attribute's name.
const MAX_GLOBAL: usize = 512;
/// The protocol that PyTorch writes.
const PROTOCOL: u8 = 2;

/// Reads a whole pickle: all its values, and which one it is.
///
/// # Errors
/// A refusal for what no checkpoint contains or for exceeding a limit; otherwise what is damaged.
pub fn read(pickle: &[u8]) -> Read<(Values<'_>, Id)> {
    if pickle.len() > MAX_PICKLE {
        return refused(format!(
            "its pickle is {} bytes long, more than {MAX_PICKLE}",
            pickle.len()
        ));
    }
    let mut machine = Machine {
        pickle,
        at: 0,
        values: Values::new(pickle),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Vec::new(),
    };
    if machine.byte()? != opcode::PROTO {
        return malformed("its pickle does not begin with a protocol");
    }
    let protocol = machine.byte()?;
    if protocol != PROTOCOL {
        return refused(format!(
            "its pickle is of protocol {protocol}, PyTorch writes {PROTOCOL}; save it again with torch.save and no other option"
        ));
    }
    loop {
        let at = machine.at;
        let opcode = machine.byte()?;
        if opcode == opcode::STOP {
            break;
        }
        machine.step(opcode, at)?;
    }
    machine.finish()
}

struct Machine<'p> {
    pickle: &'p [u8],
    at: usize,
    values: Values<'p>,
    stack: Vec<Id>,
    /// Heights of the stack at the open marks.
    marks: Vec<u32>,
    memo: Vec<Option<Id>>,
}

impl<'p> Machine<'p> {
    fn finish(self) -> Read<(Values<'p>, Id)> {
        let rest = self.pickle.len() - self.at;
        match self.stack.as_slice() {
            _ if rest != 0 => {
                malformed(format!("its pickle goes on for {rest} bytes after its end"))
            }
            [value] if self.marks.is_empty() => Ok((self.values, *value)),
            _ => malformed("its pickle ends with other than one value"),
        }
    }

    /// Carries out the opcode that was read at byte `at`.
    fn step(&mut self, opcode: u8, at: usize) -> Read<()> {
        let value = match opcode {
            opcode::MARK => return self.mark(),
            opcode::BINPUT => {
                let slot = self.byte()?;
                return self.remember(usize::from(slot));
            }
            opcode::LONG_BINPUT => {
                let slot = u32::from_le_bytes(self.array()?);
                return self.remember(slot as usize);
            }
            opcode::APPEND => {
                let start = self.stack.len().checked_sub(1);
                return self.append(start.ok_or_else(short)?);
            }
            opcode::APPENDS => {
                let start = self.unmark()?;
                return self.append(start);
            }
            opcode::SETITEM => {
                let start = self.stack.len().checked_sub(2);
                return self.set_items(start.ok_or_else(short)?);
            }
            opcode::SETITEMS => {
                let start = self.unmark()?;
                return self.set_items(start);
            }
            opcode::BUILD => return self.build(),

            opcode::BINGET => {
                let slot = self.byte()?;
                self.recall(usize::from(slot))?
            }
            opcode::LONG_BINGET => {
                let slot = u32::from_le_bytes(self.array()?);
                self.recall(slot as usize)?
            }
            opcode::NONE => self.values.add(Value::None)?,
            opcode::NEWTRUE | opcode::NEWFALSE => self.values.add(Value::Bool)?,
            opcode::BININT1 => {
                let number = self.byte()?;
                self.values.add(Value::Int(number.into()))?
            }
            opcode::BININT2 => {
                let number = u16::from_le_bytes(self.array()?);
                self.values.add(Value::Int(number.into()))?
            }
            opcode::BININT => {
                let number = i32::from_le_bytes(self.array()?);
                self.values.add(Value::Int(number.into()))?
            }
            opcode::LONG1 => self.long()?,
            opcode::BINFLOAT => {
                self.array::<8>()?;
                self.values.add(Value::Number)?
            }
            opcode::BINUNICODE => self.text()?,
            opcode::EMPTY_DICT => self.values.add(Value::Dict)?,
            opcode::EMPTY_LIST => self.values.add(Value::List)?,
            opcode::EMPTY_TUPLE => self.tuple(self.stack.len())?,
            opcode::TUPLE1 => self.tuple_of(1)?,
            opcode::TUPLE2 => self.tuple_of(2)?,
            opcode::TUPLE3 => self.tuple_of(3)?,
            opcode::TUPLE => {
                let start = self.unmark()?;
                self.tuple(start)?
            }
            opcode::GLOBAL => self.global()?,
            opcode::BINPERSID => self.storage()?,
            opcode::REDUCE | opcode::NEWOBJ => self.call(opcode == opcode::NEWOBJ)?,
            other => {
                return refused(format!(
                    "its pickle has opcode 0x{other:02x} ({}) at byte {at}, which no checkpoint needs; \
                     save the state dict again with torch.save or as safetensors",
                    opcode::other(other)
                ));
            }
        };
        self.push(value)
    }

    fn push(&mut self, value: Id) -> Read<()> {
        if self.stack.len() >= MAX_STACK {
            return refused(format!(
                "its pickle keeps more than {MAX_STACK} values waiting"
            ));
        }
        self.stack.push(value);
        Ok(())
    }

    /// Takes the topmost value, which must be above the last mark.
    fn pop(&mut self) -> Read<Id> {
        let floor = self.marks.last().map_or(0, |mark| *mark as usize);
        if self.stack.len() <= floor {
            return Err(short());
        }
        self.stack.pop().ok_or_else(short)
    }

    fn mark(&mut self) -> Read<()> {
        if self.marks.len() >= MAX_STACK {
            return refused(format!(
                "its pickle keeps more than {MAX_STACK} collections open"
            ));
        }
        self.marks.push(self.stack.len() as u32);
        Ok(())
    }

    /// Closes the last mark: the height of the stack there.
    fn unmark(&mut self) -> Read<usize> {
        let mark = self
            .marks
            .pop()
            .ok_or_else(|| misplaced("a collection ends that never began"))?;
        Ok(mark as usize)
    }

    /// Takes the values from `start` of the stack on; none may be below the last mark.
    fn pop_from(&mut self, start: usize) -> Read<Vec<Id>> {
        let floor = self.marks.last().map_or(0, |mark| *mark as usize);
        if start < floor || start > self.stack.len() {
            return Err(short());
        }
        Ok(self.stack.split_off(start))
    }

    fn remember(&mut self, slot: usize) -> Read<()> {
        if slot >= MAX_MEMO {
            return refused(format!(
                "its pickle remembers value number {slot}, and {MAX_MEMO} is the most"
            ));
        }
        let value = *self.stack.last().ok_or_else(short)?;
        // Slots may be skipped, so that the list can be longer than what is remembered; it is limited.
        if slot >= self.memo.len() {
            self.memo.resize(slot + 1, None);
        }
        if let Some(place) = self.memo.get_mut(slot) {
            *place = Some(value);
        }
        Ok(())
    }

    fn recall(&mut self, slot: usize) -> Read<Id> {
        let value = self.memo.get(slot).copied().flatten();
        value.ok_or_else(|| misplaced(format!("value number {slot} was never remembered")))
    }

    fn append(&mut self, start: usize) -> Read<()> {
        let items = self.pop_from(start)?;
        let list = self.top()?;
        match self.values.get(list) {
            Value::List | Value::Opaque(_) => {}
            _ => {
                return Err(misplaced(format!(
                    "an item is added to {}",
                    self.values.describe(list)
                )));
            }
        }
        for item in items {
            self.values.hold(list, item)?;
        }
        Ok(())
    }

    fn set_items(&mut self, start: usize) -> Read<()> {
        let items = self.pop_from(start)?;
        let dict = self.top()?;
        let (pairs, odd) = items.as_chunks::<2>();
        if !odd.is_empty() {
            return Err(misplaced("a key has no value"));
        }
        match self.values.get(dict) {
            Value::Dict => pairs
                .iter()
                .try_for_each(|[key, value]| self.values.set(dict, *key, *value)),
            // A trainer's own kind of dictionary.
            Value::Opaque(_) => items
                .iter()
                .try_for_each(|item| self.values.hold(dict, *item)),
            _ => Err(misplaced(format!(
                "an entry is added to {}",
                self.values.describe(dict)
            ))),
        }
    }

    /// An object's state is forgotten: dictionaries of tensors have theirs (`_metadata`) for PyTorch's own use.
    fn build(&mut self) -> Read<()> {
        let state = self.pop()?;
        let object = self.top()?;
        match self.values.get(object) {
            Value::Dict | Value::Opaque(_) => self.values.hold(object, state),
            _ => Err(misplaced(format!(
                "{} is given a state",
                self.values.describe(object)
            ))),
        }
    }

    /// The topmost value, which must be above the last mark.
    fn top(&mut self) -> Read<Id> {
        let value = self.pop()?;
        self.stack.push(value);
        Ok(value)
    }

    fn tuple_of(&mut self, count: usize) -> Read<Id> {
        let start = self.stack.len().checked_sub(count);
        self.tuple(start.ok_or_else(short)?)
    }

    fn tuple(&mut self, start: usize) -> Read<Id> {
        let items = self.pop_from(start)?;
        self.values.add_tuple(&items)
    }

    fn long(&mut self) -> Read<Id> {
        let length = usize::from(self.byte()?);
        let bytes = self.bytes(length)?;
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut number = [if negative { 0xff } else { 0 }; 8];
        self.values.add(match number.get_mut(..length) {
            Some(low) => {
                low.copy_from_slice(bytes);
                Value::Int(i64::from_le_bytes(number))
            }
            None => Value::Number,
        })
    }

    fn text(&mut self) -> Read<Id> {
        let length = u32::from_le_bytes(self.array()?) as usize;
        let start = self.at;
        let Some(bytes) = self.pickle.get(start..).and_then(|rest| rest.get(..length)) else {
            return malformed(format!(
                "its pickle has a text of {length} bytes at byte {start}, past its end"
            ));
        };
        if length > MAX_TEXT {
            return refused(format!(
                "its pickle has a text of {length} bytes, more than {MAX_TEXT}"
            ));
        }
        if std::str::from_utf8(bytes).is_err() {
            return Err(misplaced(format!("the text at byte {start} is not UTF-8")));
        }
        self.at += length;
        self.values.add_text(start, length)
    }

    fn global(&mut self) -> Read<Id> {
        let start = self.at;
        let module = self.line()?;
        let attribute = self.line()?;
        let meaning = global::judge(module, attribute)?;
        self.values
            .add_global(start, module.len() as u16, attribute.len() as u16, meaning)
    }

    fn line(&mut self) -> Read<&'p str> {
        let rest = self.pickle.get(self.at..).unwrap_or_default();
        let Some(length) = rest
            .iter()
            .take(MAX_GLOBAL + 1)
            .position(|byte| *byte == b'\n')
        else {
            return Err(misplaced(format!(
                "the name at byte {} has no end",
                self.at
            )));
        };
        let words = rest
            .get(..length)
            .and_then(|words| std::str::from_utf8(words).ok());
        let words = words.filter(|words| !words.is_empty());
        let words =
            words.ok_or_else(|| misplaced(format!("there is no name at byte {}", self.at)))?;
        self.at += length + 1;
        Ok(words)
    }

    /// A reference to numbers outside the pickle: ("storage", class, entry, device, elements).
    fn storage(&mut self) -> Read<Id> {
        let id = self.pop()?;
        let values = &self.values;
        let fits = match values.tuple(id) {
            Some(&[kind, class, entry, device, elements]) => {
                values.text(kind) == Some("storage")
                    && matches!(values.meaning(class), Some(Meaning::Storage(_)))
                    && values.text(entry).is_some()
                    && values.text(device).is_some()
                    && values.int(elements).is_some_and(|elements| elements >= 0)
            }
            _ => false,
        };
        if !fits {
            return Err(misplaced(
                "it refers to something other than a storage of numbers",
            ));
        }
        self.values.add_around(Value::Storage(id), id)
    }

    /// What takes the place of a call of a name: nothing is called.
    fn call(&mut self, new: bool) -> Read<Id> {
        let arguments = self.pop()?;
        let name = self.pop()?;
        let Some(items) = self.values.tuple(arguments) else {
            let found = self.values.describe(arguments);
            return Err(misplaced(format!("{found} stands where arguments should")));
        };
        let Some(meaning) = self.values.meaning(name) else {
            return refused(format!(
                "its pickle calls {}, which is not a name; no checkpoint needs that",
                self.values.describe(name)
            ));
        };
        let value = match (meaning, items) {
            (Meaning::RebuildTensor, items) if !new => {
                if !self.describes_tensor(items) {
                    return Err(misplaced(
                        "a tensor is described by other than storage, offset, shape and strides",
                    ));
                }
                Value::Tensor(arguments)
            }
            (Meaning::RebuildParameter, [tensor, ..]) if !new => match self.values.get(*tensor) {
                Value::Tensor(description) => Value::Tensor(description),
                _ => {
                    return Err(misplaced(
                        "a parameter is made of something other than a tensor",
                    ));
                }
            },
            (Meaning::RebuildTensor | Meaning::RebuildParameter, _) => {
                return Err(misplaced("a tensor is made without what it needs"));
            }
            (Meaning::OrderedDict, []) => Value::Dict,
            (Meaning::OrderedDict, _) => {
                return refused(
                    "its pickle fills an ordered dictionary as Python 2 did; load it in a current PyTorch and save it again",
                );
            }
            (Meaning::Storage(_) | Meaning::Inert, _) => Value::Opaque(name),
        };
        self.values.add_around(value, arguments)
    }

    /// Whether these are arguments of `_rebuild_tensor_v2`: storage, offset, shape, strides, whether it is
    /// trained, hooks, and in newer files metadata.
    fn describes_tensor(&self, items: &[Id]) -> bool {
        let values = &self.values;
        let sizes = |id: Id| {
            let sizes = values.tuple(id)?;
            let whole = |id: &Id| values.int(*id).is_some_and(|size| size >= 0);
            sizes.iter().all(whole).then_some(sizes.len())
        };
        let [
            storage,
            offset,
            shape,
            strides,
            _trained,
            _hooks,
            metadata @ ..,
        ] = items
        else {
            return false;
        };
        matches!(values.get(*storage), Value::Storage(_))
            && values.int(*offset).is_some_and(|offset| offset >= 0)
            && sizes(*shape).is_some()
            && sizes(*shape) == sizes(*strides)
            && metadata.len() <= 1
    }

    fn bytes(&mut self, length: usize) -> Read<&'p [u8]> {
        let bytes = self
            .pickle
            .get(self.at..)
            .and_then(|rest| rest.get(..length));
        let bytes = bytes.ok_or_else(ends_early)?;
        self.at += length;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let bytes = self.bytes(N)?;
        bytes.try_into().map_err(|_| ends_early())
    }

    fn byte(&mut self) -> Read<u8> {
        self.array().map(|[byte]| byte)
    }
}

fn short() -> Fault {
    misplaced("an opcode finds too few values")
}

fn ends_early() -> Fault {
    Fault::Malformed("its pickle ends early".into())
}
