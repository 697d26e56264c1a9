"""What the theory promises before a run."""

from __future__ import annotations

import functools
import html
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._library import Handle, _with_numbers, library
from ._problem import Problem, start_of
from ._record import Record

__all__ = ["Certificate", "Theorem", "certify"]


class Theorem(Record):
    """One theorem held against a problem and a start: its conditions as measured, and what it promises or why it is silent.

    Its members are ``id``, ``title``, ``source``, ``conditions``, ``applies``, ``reason`` (why it is silent), ``conclusion``, ``limit``
    (``"globalMinimiser"``, ``"saddle"``, ``"origin"`` or None), ``kept``, ``strength`` (``"certain"``, ``"almostEvery"`` or None), ``quantities``, ``on``
    (``"gap"``, ``"distance"`` or None), ``time_to_accuracy``, ``curve``, ``final_rate``, ….
    """

    __slots__ = ()

    def bound(self, t: ArrayLike) -> NDArray[np.float64] | None:
        """The bound on the squared relative loss gap (``on == "gap"``) or distance (``on == "distance"``) at some times.

        Parameters
        ----------
        t : array_like
            Flow times.

        Returns
        -------
        ndarray or None
            NaN before the bound begins to hold; None where the theorem has none.
        """
        curve = self["curve"]
        if curve is None:
            return None
        times, logs = np.asarray(curve["times"], float), np.asarray(curve["logarithms"], float)
        t = np.asarray(t, dtype=float)
        within = np.interp(t, times, logs)
        after = logs[-1] - curve["rate"] * (t - times[-1])
        return np.where(t < times[0], np.nan, np.exp(np.where(t > times[-1], after, within)))

    def __repr__(self) -> str:
        if self["applies"]:
            return f"{self['id']}: {self['conclusion']}"
        return f"{self['id']} is silent: {self['reason']}"


class Certificate:
    """What the theory promises about gradient flow on one problem from one start. See `certify`."""

    def __init__(self, source: Handle | str) -> None:
        self._source = source

    # Asked for only where it is wanted: a certificate has a hundred conditions, and to write them takes longer than to find them.
    @functools.cached_property
    def _json(self) -> str:
        return self._source if isinstance(self._source, str) else self._source.text("certificate")

    @functools.cached_property
    def _short(self) -> dict[str, Any]:
        if isinstance(self._source, str):
            found: dict[str, Any] = self._report["certificate"]
        else:
            found = self._source.json("conclusion")
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return Certificate, (self._json,)

    @functools.cached_property
    def _report(self) -> dict[str, Any]:
        found: dict[str, Any] = _with_numbers(json.loads(self._json))
        return found

    def to_dict(self) -> dict[str, Any]:
        """What ``linnet certify --json`` prints, decoded."""
        found: dict[str, Any] = json.loads(self._json)
        return found

    @functools.cached_property
    def theorems(self) -> list[Theorem]:
        """Every theorem with its conditions: what it says here, or why it is silent."""
        return [Theorem(finding) for finding in self._report["certificate"]["theorems"]]

    def __getitem__(self, label: str) -> Theorem:
        """The theorem of a label, such as ``"Theorem 4.4"`` or ``"D14"``."""
        for theorem in self.theorems:
            if theorem["id"] == label:
                return theorem
        raise KeyError(label)

    @property
    def best(self) -> Theorem | None:
        """The strongest promise about the limit; None if no theorem names one."""
        label = self._short.get("best")
        return None if label is None else self[label]

    @property
    def conclusion(self) -> str:
        """The promise in one sentence, or that there is none."""
        return str(self._short["conclusion"])

    @functools.cached_property
    def problem(self) -> Record:
        """The shape of the problem and the network."""
        return Record(self._report["problem"])

    @functools.cached_property
    def target(self) -> Record:
        """The singular values that decide the landscape."""
        return Record(self._report["target"])

    @functools.cached_property
    def global_minimum(self) -> Record:
        """How low the loss can get, Theorem 2.7 of Eftekhari (2020)."""
        return Record(self._report["globalMinimum"])

    @functools.cached_property
    def imbalances(self) -> list[Record]:
        """D_1, …, D_{N−1} of the start."""
        return [Record(imbalance) for imbalance in self._report["imbalances"]]

    @functools.cached_property
    def saddle_sequence(self) -> Record | None:
        """The saddles that a small start passes; None for other starts."""
        found = self._report["saddleSequence"]
        return None if found is None else Record(found)

    def to_pandas(self) -> Any:
        """A DataFrame with a row for every theorem. Needs pandas."""
        import pandas

        keys = ["id", "title", "applies", "limit", "strength", "conclusion", "reason", "source"]
        return pandas.DataFrame([{key: theorem[key] for key in keys} for theorem in self.theorems]).set_index("id")

    def __repr__(self) -> str:
        speaking = sum(bool(theorem["applies"]) for theorem in self.theorems)
        return f"{self.conclusion}\n{speaking} of {len(self.theorems)} theorems speak about this start."

    def _repr_html_(self) -> str:
        def row(theorem: Theorem) -> str:
            said = theorem["conclusion"] if theorem["applies"] else f"silent: {theorem['reason']}"
            cells = [theorem["id"], theorem["title"], said, theorem["source"]]
            style = "" if theorem["applies"] else ' style="color: gray"'
            return f"<tr{style}>" + "".join(
                f'<td style="text-align: left">{html.escape(str(cell))}</td>' for cell in cells) + "</tr>"

        rows = "".join(row(theorem) for theorem in sorted(self.theorems, key=lambda found: not found["applies"]))
        return f"<p><strong>{html.escape(self.conclusion)}</strong></p><table>{rows}</table>"


def certify(
    problem: Problem, *, depth: int | None = None, rank: int | None = None, widths: Sequence[int] | None = None,
    start: Any = None, angle: float | None = None, norm: float | None = None, scale: float | None = None, seed: int = 1,
) -> Certificate:
    """Say what the theory promises for a problem and a start, without running.

    Parameters
    ----------
    problem : Problem
        What is trained on.
    depth : int, optional
        Number of layers N ≥ 1; by default 3.
    rank : int, optional
        Width of every hidden layer; by default the smaller of inputs and outputs.
    widths : sequence of int, optional
        Widths of the hidden layers; the depth follows.
    start : str, array_like, list of array_like or torch.nn.Sequential, optional
        Where the run starts: ``"random"`` (balanced, the default), ``"aligned"``, ``"unbalanced"``, ``"orthogonal"``, ``"xavier"``, … as the command has them; a matrix W_0
        of shape (outputs, inputs), whose balanced factorisation is taken; or layers W_1, …, W_N, each of shape (outputs, inputs).
    angle : float, optional
        Start from the target's direction turned by this many degrees.
    norm : float, optional
        Size of a balanced start relative to the target's; by default 1.
    scale : float, optional
        Factor of every layer of a start that is not balanced.
    seed : int
        Of everything random.

    Returns
    -------
    Certificate

    Raises
    ------
    LinnetError
        Arguments out of their range, or that do not go together.

    Notes
    -----
    Source: Eftekhari (2020) and Documentation/derived.md; every theorem names its own.

    Examples
    --------
    >>> import linnet
    >>> problem = linnet.Problem.from_target([[3.0, 0.0], [0.0, 0.15]], samples=50)
    >>> certificate = linnet.certify(problem, rank=1, angle=10, norm=2)
    >>> certificate.best.id, certificate.best.limit
    ('Theorem 4.4', 'globalMinimiser')
    """
    network = start_of(problem, {
        "depth": depth, "rank": rank, "widths": widths, "start": start, "angle": angle, "norm": norm, "scale": scale,
        "seed": seed,
    })
    handle = Handle.of(library().linnet_certify, problem._handle.address, network.address)
    return Certificate(handle)
