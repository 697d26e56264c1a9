"""The header, the Swift functions, the exported symbols and the signatures of ctypes say the same."""

import ctypes
import pathlib
import re
import shutil
import subprocess

import pytest

from linnet import _library

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ROOT / "Sources/CInterface"
BY_POINTER = ctypes.POINTER

C_TYPES = {
    "void": None, "int32_t": ctypes.c_int32, "int64_t": ctypes.c_int64, "uint64_t": ctypes.c_uint64,
    "double": ctypes.c_double, "char *": ctypes.c_void_p, "void *": ctypes.c_void_p, "const void *": ctypes.c_void_p,
    "const char *": ctypes.c_char_p, "const double *": BY_POINTER(ctypes.c_double), "double *": BY_POINTER(ctypes.c_double),
    "const int64_t *": BY_POINTER(ctypes.c_int64), "int64_t *": BY_POINTER(ctypes.c_int64),
    "int32_t *": BY_POINTER(ctypes.c_int32), "char **": BY_POINTER(ctypes.c_void_p),
    "void **": BY_POINTER(ctypes.c_void_p), "double **": BY_POINTER(BY_POINTER(ctypes.c_double)),
    "linnet_progress": _library.PROGRESS,
}

SWIFT_TYPES = {
    "void": None, "Int32": "int32_t", "Int64": "int64_t", "UInt64": "uint64_t", "Double": "double", "Text?": "const char *",
    "TextOut?": "char **", "HandleOut?": "void **", "UnsafeRawPointer?": "const void *", "UnsafeMutableRawPointer?": "void *",
    "UnsafeMutableRawPointer": "void *", "UnsafePointer<Double>?": "const double *",
    "UnsafeMutablePointer<Double>?": "double *", "UnsafePointer<Int64>?": "const int64_t *",
    "UnsafeMutablePointer<Int64>?": "int64_t *", "UnsafeMutablePointer<Int32>?": "int32_t *",
    "UnsafeMutablePointer<UnsafeMutablePointer<Double>?>?": "double **", "UnsafeMutablePointer<CChar>": "char *",
    "UnsafeMutablePointer<CChar>?": "char *", "ProgressTold?": "linnet_progress",
}


def header():
    """Each function of the header with its result and its arguments, as C writes them."""
    text = re.sub(r"/\*.*?\*/", "", (SOURCES / "linnet.h").read_text(), flags=re.S)
    found = {}
    for result, name, arguments in re.findall(r"^((?:const )?\w+ \*?)(linnet_\w+)\(([^)]*)\);", text, flags=re.M):
        kinds = []
        for argument in arguments.split(","):
            kind = re.sub(r"\w+$", "", argument.strip()) if argument.strip() != "void" else ""
            if kind:
                kinds.append(re.sub(r"\s*(\*+)$", r" \1", kind.strip()))
        found[name] = (result.strip(), kinds)
    return found


def test_header_has_every_function_once():
    assert len(header()) == len(_library.SIGNATURES) > 20


@pytest.mark.parametrize("name", sorted(_library.SIGNATURES))
def test_signature_is_that_of_the_header(name):
    result, arguments = header()[name]
    found_result, found_arguments = _library.SIGNATURES[name]
    assert found_result == C_TYPES[result]
    assert found_arguments == [C_TYPES[argument] for argument in arguments]


def test_swift_functions_are_those_of_the_header():
    text = "".join(file.read_text() for file in SOURCES.glob("*.swift"))
    pattern = r'@_cdecl\("(\w+)"\)\s+public func (\w+)\((.*?)\)(?: -> ([\w<>?]+))? \{'
    found = {}
    for symbol, name, arguments, result in re.findall(pattern, text, flags=re.S):
        assert symbol == name
        kinds = [SWIFT_TYPES[argument.split(":")[1].strip()] for argument in arguments.split(",") if argument.strip()]
        found[symbol] = (SWIFT_TYPES[result] if result else "void", kinds)
    assert found == header()


def test_library_exports_the_functions_of_the_header():
    if shutil.which("nm") is None:
        pytest.skip("nm is not installed")
    symbols = subprocess.run(
        ["nm", "-D", "--defined-only", str(_library.location())], capture_output=True, text=True, check=True).stdout
    exported = {line.split()[-1] for line in symbols.splitlines() if line.split()[-1].startswith("linnet_")}
    assert exported == set(header())


NOTHING = """
import ctypes, json
from linnet import _library
from linnet._library import SIGNATURES, library
loaded = library()

def arguments(kinds, handle):
    # Numbers that suit nothing, texts and places that are missing, and handles of another kind.
    return [
        0 if kind in (ctypes.c_int64, ctypes.c_uint64, ctypes.c_double) else handle if kind is ctypes.c_void_p else
        _library.PROGRESS() if kind is _library.PROGRESS else None for kind in kinds]

for name, (result, kinds) in SIGNATURES.items():
    if result is not ctypes.c_int32:
        if name not in ("linnet_version", "linnet_stop_create"):
            getattr(loaded, name)(*arguments(kinds, None))
        continue
    for handle in (None, loaded.linnet_stop_create()):
        error = ctypes.c_void_p()
        status = getattr(loaded, name)(*arguments(kinds[:-1], handle), ctypes.byref(error))
        assert status == 1, name
        print(name, json.loads(_library._taken(loaded, error.value))["message"])
        # Nobody has to take the error.
        assert getattr(loaded, name)(*arguments(kinds[:-1], handle), None) == 1, name
"""


def test_nothing_and_handles_of_another_kind_are_errors(python):
    said = python(NOTHING)
    assert "a handle is missing" in said and "a handle is of another kind" in said
