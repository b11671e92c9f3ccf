//! What a name in a pickle may stand for.
//!
//! Four kinds of names have a meaning: two ways to rebuild a tensor, the ordered dictionary, and the
//! storages. Every other name is inert: calling it gives an opaque value that is never anything else.
//! Names by which files attack their readers are refused outright, even where they would be inert, so
//! that such a file is not mistaken for a harmless one. Calling things does not belong here or anywhere.

use super::super::{
    element::Dtype,
    fault::{Read, quote, refused},
};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A tensor from storage, offset, shape and strides.
    RebuildTensor,
    /// A tensor from a tensor.
    RebuildParameter,
    /// A dictionary.
    OrderedDict,
    /// A class of storages, by the type of their elements.
    Storage(Dtype),
    /// Something that trainers leave in checkpoints and that is not looked at.
    Inert,
}

/// Modules that exist to run, load or reach other things. Any name of theirs is refused.
const DANGEROUS: &[&str] = &[
    "_ctypes",
    "_frozen_importlib",
    "_frozen_importlib_external",
    "_imp",
    "_io",
    "_operator",
    "_osx_support",
    "_pickle",
    "_posixsubprocess",
    "_pyrepl",
    "_socket",
    "_thread",
    "_winapi",
    "aiohttp",
    "asyncio",
    "atexit",
    "bdb",
    "cProfile",
    "cPickle",
    "cffi",
    "cloudpickle",
    "code",
    "codeop",
    "commands",
    "concurrent",
    "ctypes",
    "dill",
    "distutils",
    "doctest",
    "ensurepip",
    "fileinput",
    "ftplib",
    "functools",
    "gc",
    "getpass",
    "glob",
    "http",
    "httplib",
    "httpx",
    "idlelib",
    "imaplib",
    "imp",
    "importlib",
    "inspect",
    "io",
    "joblib",
    "jsonpickle",
    "lib2to3",
    "linecache",
    "logging.config",
    "mailcap",
    "marshal",
    "mmap",
    "modulefinder",
    "msvcrt",
    "multiprocessing",
    "nt",
    "ntpath",
    "numpy.distutils",
    "numpy.f2py",
    "numpy.lib.npyio",
    "numpy.load",
    "numpy.testing",
    "operator",
    "os",
    "pdb",
    "pickle",
    "pickletools",
    "pip",
    "pipes",
    "pkg_resources",
    "pkgutil",
    "platform",
    "popen2",
    "poplib",
    "posix",
    "posixpath",
    "profile",
    "pty",
    "py_compile",
    "pydoc",
    "pyexpat",
    "requests",
    "rlcompleter",
    "runpy",
    "setuptools",
    "shelve",
    "shutil",
    "signal",
    "site",
    "smtplib",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "sysconfig",
    "tarfile",
    "telnetlib",
    "tempfile",
    "test",
    "threading",
    "timeit",
    "torch._C",
    "torch._dynamo",
    "torch._inductor",
    "torch.fx",
    "torch.hub",
    "torch.jit",
    "torch.load",
    "torch.multiprocessing",
    "torch.ops",
    "torch.package",
    "torch.serialization",
    "torch.storage._load_from_bytes",
    "torch.utils._config_module",
    "torch.utils.cpp_extension",
    "torch.utils.model_zoo",
    "trace",
    "tracemalloc",
    "types",
    "unittest",
    "urllib",
    "urllib2",
    "urllib3",
    "venv",
    "webbrowser",
    "winreg",
    "xmlrpc",
    "zipapp",
    "zipfile",
    "zipimport",
];

/// The names of Python itself that only make plain values; every other one of its is refused.
const PLAIN: &[&str] = &[
    "bool",
    "bytearray",
    "bytes",
    "complex",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "long",
    "object",
    "range",
    "set",
    "slice",
    "str",
    "tuple",
    "unicode",
    "xrange",
];

/// Judges the name `module.attribute`.
///
/// # Errors
/// A refusal when the name could only be there to run code.
pub fn judge(module: &str, attribute: &str) -> Read<Meaning> {
    let meaning = match (module, attribute) {
        ("torch._utils", "_rebuild_tensor_v2") => Meaning::RebuildTensor,
        ("torch._utils", "_rebuild_parameter") => Meaning::RebuildParameter,
        ("collections", "OrderedDict") => Meaning::OrderedDict,
        ("torch" | "torch.storage", class) => match storage(class) {
            Some(dtype) => Meaning::Storage(dtype),
            None => Meaning::Inert,
        },
        _ => Meaning::Inert,
    };
    let whole = format!("{module}.{attribute}");
    let python = matches!(module, "builtins" | "__builtin__" | "__builtins__");
    // A dotted attribute reaches through one object to the next: "Namespace.__init__.__globals__".
    let reaches = attribute.contains(['.', '/']) || attribute.starts_with("__");
    let dangerous = DANGEROUS.iter().any(|name| {
        whole
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('.') || rest.is_empty())
    });
    if dangerous || reaches || (python && !PLAIN.contains(&attribute)) {
        return refused(format!(
            "it tries to run code: it asks for {}, which no weights need; nothing was run; \
             do not trust this file or where it came from",
            quote(&whole)
        ));
    }
    Ok(meaning)
}

/// The type of the elements in a class of storages.
fn storage(class: &str) -> Option<Dtype> {
    let (name, size) = match class {
        "FloatStorage" => return Some(Dtype::F32),
        "HalfStorage" => return Some(Dtype::F16),
        "BFloat16Storage" => return Some(Dtype::Bf16),
        "DoubleStorage" => return Some(Dtype::F64),
        "BoolStorage" => ("bool", 1),
        "ByteStorage" => ("uint8", 1),
        "CharStorage" => ("int8", 1),
        "ShortStorage" => ("int16", 2),
        "IntStorage" => ("int32", 4),
        "LongStorage" => ("int64", 8),
        "ComplexFloatStorage" => ("complex64", 8),
        "ComplexDoubleStorage" => ("complex128", 16),
        "QInt8Storage" => ("qint8", 1),
        "QUInt8Storage" => ("quint8", 1),
        "QInt32Storage" => ("qint32", 4),
        "QUInt4x2Storage" => ("quint4x2", 1),
        "QUInt2x4Storage" => ("quint2x4", 1),
        "UntypedStorage" => ("untyped bytes", 1),
        _ => return None,
    };
    Some(Dtype::Other { name, size })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{super::super::fault::Fault, *};

    #[test]
    fn attacks_are_refused() {
        for (module, attribute) in [
            ("os", "system"),
            ("os.path", "join"),
            ("posix", "system"),
            ("nt", "system"),
            ("subprocess", "Popen"),
            ("builtins", "eval"),
            ("builtins", "exec"),
            ("__builtin__", "getattr"),
            ("builtins", "__import__"),
            ("builtins", "open"),
            ("sys", "modules"),
            ("importlib", "import_module"),
            ("runpy", "_run_code"),
            ("torch.hub", "load"),
            ("torch", "load"),
            ("torch.storage", "_load_from_bytes"),
            ("argparse", "Namespace.__init__.__globals__"),
            ("anything", "__subclasses__"),
        ] {
            let fault = judge(module, attribute).unwrap_err();
            assert!(
                matches!(&fault, Fault::Refused(reason)
                    if reason.contains("run code") && reason.contains(module)),
                "{module}.{attribute}: {fault:?}"
            );
        }
    }

    #[test]
    fn trainers_leftovers_are_inert() {
        for (module, attribute) in [
            ("argparse", "Namespace"),
            ("torch", "device"),
            ("torch", "Size"),
            ("torch", "float32"),
            ("torch.optim.adamw", "AdamW"),
            ("numpy.core.multiarray", "scalar"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
            ("collections", "defaultdict"),
            ("__builtin__", "set"),
            ("builtins", "dict"),
            ("omegaconf.dictconfig", "DictConfig"),
            ("oslo", "Config"),
        ] {
            assert_eq!(
                judge(module, attribute),
                Ok(Meaning::Inert),
                "{module}.{attribute}"
            );
        }
    }

    #[test]
    fn only_these_mean_something() {
        assert_eq!(
            judge("torch._utils", "_rebuild_tensor_v2"),
            Ok(Meaning::RebuildTensor)
        );
        assert_eq!(
            judge("collections", "OrderedDict"),
            Ok(Meaning::OrderedDict)
        );
        assert_eq!(
            judge("torch", "BFloat16Storage"),
            Ok(Meaning::Storage(Dtype::Bf16))
        );
        assert_eq!(judge("elsewhere", "FloatStorage"), Ok(Meaning::Inert));
    }
}
