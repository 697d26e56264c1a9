"""Results whose members are read by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Record", "snake_case"]


def snake_case(name: str) -> str:
    """``lossGap`` as Python writes it: ``loss_gap``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Record(Mapping[str, Any]):
    """Some values by their names, as attributes and as items; the names are those of ``result.json`` in snake case.

    Examples
    --------
    >>> from linnet import Record
    >>> verdict = Record({"kind": "globalMinimiser", "lossGap": 0.0})
    >>> verdict.loss_gap, verdict["kind"]
    (0.0, 'globalMinimiser')
    """

    __slots__ = ("_members",)

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = {snake_case(key): _value(value) for key, value in members.items()}

    def __getitem__(self, key: str) -> Any:
        return self._members[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._members[name]
        except KeyError:
            raise AttributeError(f"there is no {name!r} among {', '.join(self._members)}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._members]

    def __repr__(self) -> str:
        width = max(map(len, self._members), default=0)
        lines = [f"{key.rjust(width)}: {_short(value)}" for key, value in self._members.items()]
        return "\n".join(lines)

    def __getstate__(self) -> dict[str, Any]:
        return self._members

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._members = state


def _value(value: Any) -> Any:
    if isinstance(value, Record):
        return value
    if isinstance(value, Mapping):
        return Record(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value


def _short(value: Any) -> str:
    text = repr(value).replace("\n", "; ")
    return text if len(text) <= 100 else text[:97] + "…"
