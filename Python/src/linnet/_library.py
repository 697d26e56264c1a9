"""The C library: found, loaded, and declared as its header declares it."""

from __future__ import annotations

import ctypes
import functools
import json
import os
import pathlib
from ctypes import POINTER, c_char_p, c_double, c_int32, c_int64, c_uint64, c_void_p
from typing import Any, Callable

import numpy as np
from numpy.typing import NDArray

from ._errors import LinnetError

__all__ = ["Handle", "SIGNATURES", "PROGRESS", "call", "encode", "library", "location"]

_doubles = POINTER(c_double)
_lengths = POINTER(c_int64)
# Where the library puts a text or a handle: a pointer that is not made into bytes, since it has to be freed.
_place = POINTER(c_void_p)

#: What is told while a run goes on.
PROGRESS = ctypes.CFUNCTYPE(None, _doubles, c_void_p)

#: The functions of linnet.h: what they return, and what they take.
SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "linnet_version": (c_void_p, []),
    "linnet_problem_of_installation": (c_void_p, []),
    "linnet_free": (None, [c_void_p]),
    "linnet_release": (None, [c_void_p]),
    "linnet_json": (c_int32, [c_void_p, c_char_p, _place, _place]),
    "linnet_array": (c_int32, [c_void_p, c_char_p, POINTER(_doubles), _lengths, POINTER(c_int32), _place]),
    "linnet_problem_from_samples": (
        c_int32, [_doubles, _doubles, c_int64, c_int64, c_int64, c_char_p, _place, _place]),
    "linnet_problem_from_target": (c_int32, [_doubles, c_int64, c_int64, c_int64, _place, _place]),
    "linnet_problem_from_files": (c_int32, [c_char_p, _place, _place]),
    "linnet_start": (c_int32, [c_void_p, c_char_p, _place, _place]),
    "linnet_start_from_matrix": (c_int32, [c_void_p, c_char_p, _doubles, c_int64, c_int64, _place, _place]),
    "linnet_start_from_layers": (c_int32, [c_void_p, c_char_p, _doubles, _lengths, c_int64, _place, _place]),
    "linnet_certify": (c_int32, [c_void_p, c_void_p, _place, _place]),
    "linnet_stop_create": (c_void_p, []),
    "linnet_stop": (None, [c_void_p]),
    "linnet_train": (
        c_int32, [c_void_p, c_void_p, c_char_p, PROGRESS, c_void_p, c_double, c_void_p, _place, _place]),
    "linnet_run_states": (c_int32, [c_void_p, _doubles, c_int64, _doubles, _doubles, _place]),
    "linnet_run_network": (c_int32, [c_void_p, c_double, _place, _place]),
    "linnet_run_write_start": (c_int32, [c_void_p, c_char_p, _place]),
    "linnet_run_save": (c_int32, [c_void_p, c_char_p, c_char_p, _place]),
    "linnet_folder_open": (c_int32, [c_char_p, _place, _place]),
    "linnet_landscape": (c_int32, [c_void_p, c_void_p, c_char_p, c_void_p, _place, _place]),
    "linnet_fit": (
        c_int32,
        [
            _doubles, _doubles, c_int64, c_int64, c_int64, c_char_p, c_char_p, c_char_p, _doubles, c_int64, c_int64,
            c_char_p, c_int64, c_int64, c_uint64, _doubles, _doubles, _lengths, _place, _place,
        ]),
    "linnet_fit_predictor": (c_int32, [c_void_p, c_int64, _doubles, _doubles, _lengths, _place]),
    "linnet_fit_network": (c_int32, [c_void_p, _lengths, c_int64, _place, _place]),
}


def location() -> pathlib.Path:
    """Where the library is: what the environment variable ``LINNET_LIBRARY`` says, or beside this file."""
    chosen = os.environ.get("LINNET_LIBRARY")
    if chosen:
        return pathlib.Path(chosen)
    return pathlib.Path(__file__).parent / "_native" / "libLinnetC.so"


@functools.cache
def library() -> ctypes.CDLL:
    """The library, loaded at the first call of any of its functions, so that importing this package takes no time."""
    path = location()
    if not path.exists():
        raise ImportError(
            f"the library of linnet is not at {path}: build it with `make python` or `pip install ./Python` "
            "in Linnet's sources, or say by LINNET_LIBRARY where it is")
    loaded = ctypes.CDLL(str(path))
    for name, (result, arguments) in SIGNATURES.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    problem = loaded.linnet_problem_of_installation()
    if problem:
        raise ImportError(_taken(loaded, problem))
    return loaded


def _taken(loaded: ctypes.CDLL, address: int) -> str:
    """A text that was handed out, which is freed."""
    text = ctypes.string_at(address).decode()
    loaded.linnet_free(address)
    return text


def version() -> str:
    """The version of the library."""
    loaded = library()
    return _taken(loaded, loaded.linnet_version())


def call(function: Callable[..., int], *arguments: Any) -> None:
    """Calls a function whose last argument is a place for an error.

    Raises
    ------
    LinnetError
        What the function says.
    """
    error = c_void_p()
    if function(*arguments, ctypes.byref(error)) != 0:
        raise LinnetError._from_report(json.loads(_taken(library(), error.value or 0)))


class Handle:
    """What the library keeps for us, until nobody here refers to it."""

    __slots__ = ("_address", "_release", "__weakref__")

    def __init__(self, address: int) -> None:
        self._address = address
        self._release = library().linnet_release

    @classmethod
    def of(cls, function: Callable[..., int], *arguments: Any) -> Handle:
        """What a function hands out whose last arguments are places for a handle and an error."""
        place = c_void_p()
        call(function, *arguments, ctypes.byref(place))
        return cls(place.value or 0)

    @property
    def address(self) -> int:
        """As C knows it."""
        return self._address

    def __del__(self) -> None:
        # At the end of the interpreter there may be nothing left to call.
        release = getattr(self, "_release", None)
        if release is not None:
            release(self._address)

    def text(self, part: str) -> str:
        """A part as JSON text."""
        loaded = library()
        place = c_void_p()
        call(loaded.linnet_json, self._address, part.encode(), ctypes.byref(place))
        return _taken(loaded, place.value or 0)

    def json(self, part: str) -> Any:
        """A part, decoded."""
        return _with_numbers(json.loads(self.text(part)))

    def array(self, name: str) -> NDArray[np.float64]:
        """An array, of its own memory."""
        loaded = library()
        values = _doubles()
        shape = (c_int64 * 4)()
        dimensions = c_int32()
        call(
            loaded.linnet_array, self._address, name.encode(), ctypes.byref(values), shape, ctypes.byref(dimensions))
        lengths = tuple(shape[: dimensions.value])
        try:
            if 0 in lengths:
                return np.zeros(lengths)
            return np.ctypeslib.as_array(values, lengths).copy()
        finally:
            loaded.linnet_free(ctypes.cast(values, c_void_p))

    def layers(self, name: str, widths: list[int]) -> list[NDArray[np.float64]]:
        """Layers that are stored one after the other."""
        values = self.array(name)
        found: list[NDArray[np.float64]] = []
        begin = 0
        for columns, rows in zip(widths, widths[1:]):
            found.append(values[begin : begin + rows * columns].reshape(rows, columns).copy())
            begin += rows * columns
        return found


# Numbers that JSON does not have stand in texts; names of columns stay what they are.
_NUMBERS = {"Infinity": float("inf"), "-Infinity": float("-inf"), "NaN": float("nan")}
_NAMES = {"name", "inputs", "outputs", "inputNames", "outputNames", "droppedConstants", "notices", "words", "deciding"}


def _with_numbers(value: Any) -> Any:
    if isinstance(value, str):
        return _NUMBERS.get(value, value)
    if isinstance(value, list):
        return [_with_numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: item if key in _NAMES else _with_numbers(item) for key, item in value.items()}
    return value


def encode(members: dict[str, Any]) -> bytes:
    """A request: members that are None are left out, and numbers that JSON does not have become texts."""

    def plain(value: Any) -> Any:
        if isinstance(value, float) and not np.isfinite(value):
            return "NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        if isinstance(value, list):
            return [plain(item) for item in value]
        return value

    return json.dumps({key: plain(value) for key, value in members.items() if value is not None}).encode()


def pointer(array: NDArray[np.float64]) -> Any:
    """The numbers of a contiguous array, which must live until the call has returned."""
    return _from_address(array)


def _from_address(array: NDArray[np.float64]) -> Any:
    # A third of the time that ctypes.cast takes; an array that must not be written is only read by the library.
    return _doubles.from_buffer(c_void_p(array.ctypes.data))


def lengths(values: list[int]) -> Any:
    """Whole numbers as C takes them."""
    return (c_int64 * len(values))(*values)
