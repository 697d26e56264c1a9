"""What comes in: arrays, tables and tensors as contiguous doubles, with their names."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import LinnetError

__all__ = ["as_layers", "as_matrix", "number", "whole"]


def as_matrix(value: Any, name: str, *, copies: bool = False) -> tuple[NDArray[np.float64], list[str] | None]:
    """A table of numbers, row after row, and the names of its columns if it has any.

    Parameters
    ----------
    value
        An array, a nested list, a DataFrame or a Series, or a tensor; of one dimension it is a single column.
    name
        What it is called in messages.
    copies
        Whether the result is apart from what was given.
    """
    names: list[str] | None = None
    columns = getattr(value, "columns", None)
    if columns is not None and hasattr(value, "to_numpy"):
        names = [str(column) for column in columns]
        value = value.to_numpy()
    elif hasattr(value, "to_numpy") and getattr(value, "ndim", None) == 1:
        names = None if getattr(value, "name", None) is None else [str(value.name)]
        value = value.to_numpy()
    elif hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    elif hasattr(value, "toarray") and not isinstance(value, np.ndarray):
        raise LinnetError(f"{name} is sparse; give it as an array, {name}.toarray().", details={"argument": name})
    if np.ma.isMaskedArray(value):
        # A masked entry is a missing one.
        value = np.ma.filled(value.astype(np.float64), np.nan)
    try:
        array = np.asarray(value)
    except ValueError:
        raise LinnetError(
            f"{name} is no table: its rows differ in length.", details={"argument": name}) from None
    if array.ndim == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2:
        raise LinnetError(
            f"{name} has {array.ndim} dimensions; it must have two, samples in rows.",
            details={"argument": name, "shape": list(array.shape)})
    numbers = _numbers(array, name)
    if copies and np.shares_memory(numbers, array):
        numbers = numbers.copy()
    return numbers, names


def _numbers(array: NDArray[Any], name: str) -> NDArray[np.float64]:
    if array.dtype.kind in "fiub":
        return np.ascontiguousarray(array, dtype=np.float64)
    if array.dtype.kind == "O":
        result = np.empty(array.shape)
        for index in np.ndindex(array.shape):
            entry = array[index]
            if entry is None:
                result[index] = np.nan
                continue
            try:
                if isinstance(entry, (str, bytes, complex)):
                    raise TypeError
                result[index] = float(entry)
            except (TypeError, ValueError, OverflowError):
                raise LinnetError(
                    f"“{name}”: entry {list(index)} (counted from 0) is {entry!r}, which is not a number.",
                    kind="DataFormatError.notANumber",
                    details={"file": name, "index": list(index), "value": repr(entry)}) from None
        return result
    kinds = {"c": "complex numbers", "U": "words", "S": "words", "M": "dates", "m": "spans of time"}
    raise LinnetError(
        f"{name} holds {kinds.get(array.dtype.kind, f'entries of type {array.dtype}')}, not numbers.",
        kind="DataFormatError.notANumber", details={"file": name, "dtype": str(array.dtype)})


def as_layers(value: Any) -> tuple[NDArray[np.float64], list[int]]:
    """Layers W_1, …, W_N one after the other, and the widths d_0, …, d_N."""
    layers = [as_matrix(layer, f"layer {j + 1}")[0] for j, layer in enumerate(value)]
    if not layers:
        raise LinnetError("a network has at least one layer.", details={"argument": "layers"})
    for j, (first, second) in enumerate(zip(layers, layers[1:])):
        if first.shape[0] != second.shape[1]:
            raise LinnetError(
                f"layer {j + 1} has {first.shape[0]} outputs but layer {j + 2} takes {second.shape[1]} inputs.",
                kind="RunFileError.doNotCompose",
                details={"first": j + 1, "outputs": first.shape[0], "second": j + 2, "inputs": second.shape[1]})
    widths = [layers[0].shape[1]] + [layer.shape[0] for layer in layers]
    return np.concatenate([layer.ravel() for layer in layers]), widths


def whole(value: Any, name: str, *, lowest: int = -(2**63), highest: int = 2**63 - 1) -> int:
    """A whole number that C can hold."""
    try:
        found = operator.index(value)
    except TypeError:
        raise LinnetError(f"{name} must be a whole number, not {value!r}.", details={"argument": name}) from None
    if not lowest <= found <= highest:
        raise LinnetError(
            f"{name} must lie between {lowest} and {highest}, not {found}.",
            details={"argument": name, "value": str(found)})
    return found


def number(value: Any, name: str) -> float:
    """A number as a double."""
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise LinnetError(f"{name} must be a number, not {value!r}.", details={"argument": name}) from None


def optional_whole(value: Any, name: str, **bounds: int) -> int | None:
    """The same, or None."""
    return None if value is None else whole(value, name, **bounds)


def optional_number(value: Any, name: str) -> float | None:
    """The same, or None."""
    return None if value is None else number(value, name)


def word(value: Any, name: str) -> str:
    """A text."""
    if not isinstance(value, str):
        raise LinnetError(f"{name} must be a text, not {value!r}.", details={"argument": name})
    return value


def optional_word(value: Any, name: str) -> str | None:
    """The same, or None."""
    return None if value is None else word(value, name)


def words(value: Any, name: str) -> list[str]:
    """Some texts; a single one stands for itself."""
    if isinstance(value, str):
        return [value]
    try:
        return [word(item, name) for item in value]
    except TypeError:
        raise LinnetError(f"{name} must be a list of texts, not {value!r}.", details={"argument": name}) from None
