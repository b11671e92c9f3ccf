//! The opcodes of pickles: those that checkpoints consist of, and the names of the others.
//!
//! PyTorch writes protocol 2. The numbers are those of Python's `pickletools`.

/// Marks where the items of a collection begin.
pub const MARK: u8 = b'(';
/// Ends the pickle; its value is on the stack.
pub const STOP: u8 = b'.';
/// A 32-bit number.
pub const BININT: u8 = b'J';
/// An 8-bit number.
pub const BININT1: u8 = b'K';
/// A 16-bit number.
pub const BININT2: u8 = b'M';
/// Nothing.
pub const NONE: u8 = b'N';
/// A storage outside the pickle.
pub const BINPERSID: u8 = b'Q';
/// The result of a call.
pub const REDUCE: u8 = b'R';
/// Text, its length in four bytes.
pub const BINUNICODE: u8 = b'X';
/// Adds one item to a list.
pub const APPEND: u8 = b'a';
/// Gives an object its state.
pub const BUILD: u8 = b'b';
/// A name: module and attribute.
pub const GLOBAL: u8 = b'c';
/// Adds the items since the mark to a list.
pub const APPENDS: u8 = b'e';
/// A value remembered before, its number in one byte.
pub const BINGET: u8 = b'h';
/// A value remembered before, its number in four bytes.
pub const LONG_BINGET: u8 = b'j';
/// An empty list.
pub const EMPTY_LIST: u8 = b']';
/// Remembers the value under a number in one byte.
pub const BINPUT: u8 = b'q';
/// Remembers the value under a number in four bytes.
pub const LONG_BINPUT: u8 = b'r';
/// Adds one pair to a dictionary.
pub const SETITEM: u8 = b's';
/// A tuple of the items since the mark.
pub const TUPLE: u8 = b't';
/// An empty tuple.
pub const EMPTY_TUPLE: u8 = b')';
/// Adds the pairs since the mark to a dictionary.
pub const SETITEMS: u8 = b'u';
/// An empty dictionary.
pub const EMPTY_DICT: u8 = b'}';
/// A floating-point number.
pub const BINFLOAT: u8 = b'G';
/// The protocol; the first opcode.
pub const PROTO: u8 = 0x80;
/// An object of a class.
pub const NEWOBJ: u8 = 0x81;
/// A tuple of the topmost value.
pub const TUPLE1: u8 = 0x85;
/// A tuple of the two topmost values.
pub const TUPLE2: u8 = 0x86;
/// A tuple of the three topmost values.
pub const TUPLE3: u8 = 0x87;
/// True.
pub const NEWTRUE: u8 = 0x88;
/// False.
pub const NEWFALSE: u8 = 0x89;
/// A whole number of up to 255 bytes.
pub const LONG1: u8 = 0x8a;

/// The name of an opcode that checkpoints do not consist of.
pub fn other(opcode: u8) -> &'static str {
    match opcode {
        b'0' => "POP",
        b'1' => "POP_MARK",
        b'2' => "DUP",
        b'F' => "FLOAT",
        b'I' => "INT",
        b'L' => "LONG",
        b'P' => "PERSID",
        b'S' => "STRING",
        b'T' => "BINSTRING",
        b'U' => "SHORT_BINSTRING",
        b'V' => "UNICODE",
        b'd' => "DICT",
        b'g' => "GET",
        b'i' => "INST",
        b'l' => "LIST",
        b'o' => "OBJ",
        b'p' => "PUT",
        b'B' => "BINBYTES",
        b'C' => "SHORT_BINBYTES",
        0x82 => "EXT1",
        0x83 => "EXT2",
        0x84 => "EXT4",
        0x8b => "LONG4",
        0x8c => "SHORT_BINUNICODE",
        0x8d => "BINUNICODE8",
        0x8e => "BINBYTES8",
        0x8f => "EMPTY_SET",
        0x90 => "ADDITEMS",
        0x91 => "FROZENSET",
        0x92 => "NEWOBJ_EX",
        0x93 => "STACK_GLOBAL",
        0x94 => "MEMOIZE",
        0x95 => "FRAME",
        0x96 => "BYTEARRAY8",
        0x97 => "NEXT_BUFFER",
        0x98 => "READONLY_BUFFER",
        _ => "no opcode at all",
    }
}
