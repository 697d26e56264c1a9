"""What a network is in the landscape of its problem."""

from __future__ import annotations

import functools
import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import number, optional_whole
from ._errors import LinnetError
from ._library import Handle, encode, library
from ._plotting import Figure
from ._problem import Problem, start_of
from ._record import Record
from ._training import _Stop, interruptible

__all__ = ["LandscapeResult", "landscape"]


class LandscapeResult:
    """The verdict on one network, its Hessian's spectrum, the levels of the landscape, and the way out of a strict saddle. See `landscape`."""

    def __init__(self, handle: Handle, widths: list[int]) -> None:
        self._handle, self._widths = handle, widths

    @functools.cached_property
    def _report(self) -> dict[str, Any]:
        found: dict[str, Any] = self._handle.json("landscape")
        return found

    def to_dict(self) -> dict[str, Any]:
        """What ``linnet landscape --json`` prints, decoded."""
        found: dict[str, Any] = json.loads(self._handle.text("landscape"))
        return found

    def _member(self, name: str) -> Record:
        return Record(self._report["landscape"][name])

    @functools.cached_property
    def verdict(self) -> Record:
        """What it is: ``kind`` is ``"globalMinimiser"``, ``"strictSaddle"``, ``"nonStrictSaddle"``, ``"notStationary"`` or ``"undecided"``."""
        return self._member("verdict")

    @functools.cached_property
    def first_order(self) -> Record:
        """Whether ∇L_N = 0, Definition 2.1 of Eftekhari (2020)."""
        return self._member("firstOrder")

    @functools.cached_property
    def second_order(self) -> Record:
        """Whether ∇²L_N ≥ 0, Definition 2.2."""
        return self._member("secondOrder")

    @functools.cached_property
    def spectrum(self) -> Record:
        """The ends of the Hessian's spectrum, or all of it, and its inertia."""
        return self._member("spectrum")

    @functools.cached_property
    def levels(self) -> list[Record]:
        """The lowest stationary values, from the minimum up."""
        return [Record(level) for level in self._report["landscape"]["levels"]]

    @functools.cached_property
    def escape(self) -> Record | None:
        """The loss along the direction that leads out of a strict saddle; None elsewhere."""
        found = self._report["landscape"].get("escape")
        return None if found is None else Record(found)

    @functools.cached_property
    def escape_run(self) -> Record | None:
        """Where gradient flow went from the saddle; None unless ``escape=True`` asked for it and there is a way out."""
        found = self._report.get("escapeRun")
        return None if found is None else Record(found)

    @functools.cached_property
    def polish(self) -> Record | None:
        """What polishing did; None unless ``polish=True`` asked for it."""
        found = self._report.get("polish")
        return None if found is None else Record(found)

    def _layers(self, name: str) -> list[NDArray[np.float64]] | None:
        return self._handle.layers(name, self._widths) if len(self._handle.array(name)) else None

    @property
    def layers(self) -> list[NDArray[np.float64]]:
        """The network that was judged: polished, if that was asked for."""
        found = self._layers("polished")
        assert found is not None
        return found

    @property
    def escape_direction(self) -> list[NDArray[np.float64]] | None:
        """The unit direction of steepest negative curvature, layer by layer; None unless the verdict is a strict saddle."""
        return self._layers("direction")

    @property
    def escaped(self) -> list[NDArray[np.float64]] | None:
        """The layers at the end of the run out of the saddle; None if there was none."""
        return self._layers("escaped")

    @functools.cached_property
    def figures(self) -> dict[str, Figure]:
        """The figures of the command by their names."""
        return {
            name: Figure(name, specification)
            for name, specification in json.loads(self._handle.text("figures")).items()
        }

    def plot(self, name: str = "spectrum") -> Any:
        """A figure of the command: ``"spectrum"``, or ``"escape"`` at a strict saddle."""
        if name not in self.figures:
            raise LinnetError(
                f"there is no figure {name!r}; there are {', '.join(self.figures) or 'none'}.",
                details={"argument": "name"})
        return self.figures[name].chart()

    def __repr__(self) -> str:
        verdict = self.verdict
        return f"{verdict['kind']}: rank {verdict['rank']}, loss {verdict['loss']:.6g}, {verdict['loss_gap']:.3g} above the minimum"


def landscape(
    layers: Any, X: Any, Y: ArrayLike | None = None, *, prepare: str | None = None, polish: bool = False,
    escape: bool = False, levels: int = 6, gradient_tolerance: float = 1e-9, max_seconds: float = 3600.0,
) -> LandscapeResult:
    """Say what a network is in the landscape of its problem: minimiser, strict or non-strict saddle, or not stationary.

    Parameters
    ----------
    layers : list of array_like, torch.nn.Sequential or TrainingResult
        W_1, …, W_N, each of shape (outputs, inputs).
    X : array_like of shape (samples, inputs), or Problem
        Samples in rows, or a problem, in whose prepared inputs the layers are.
    Y : array_like of shape (samples, outputs)
        Left out where X is a problem.
    prepare : {"none", "center", "standardize", "whiten"}, optional
        What is done to samples; by default nothing.
    polish : bool
        Whether Newton's method takes the network onto the stationary point near it first.
    escape : bool
        Whether gradient flow runs out of a strict saddle.
    levels : int
        How many of the lowest stationary values are listed.
    gradient_tolerance : float
        Up to which relative gradient norm a point is looked at as stationary.
    max_seconds : float
        For the escape.

    Notes
    -----
    Source: Eftekhari (2020), Section 2.

    Examples
    --------
    >>> import numpy as np, linnet
    >>> problem = linnet.Problem.from_target([[3.0, 0.0], [0.0, 1.0]], samples=10)
    >>> linnet.landscape([np.zeros((2, 2)), np.zeros((2, 2))], problem).verdict.kind
    'strictSaddle'
    """
    if isinstance(X, Problem):
        if Y is not None or prepare is not None:
            raise LinnetError("a problem has its outputs and its preparation already; leave out Y and prepare.")
        problem = X
    else:
        if Y is None:
            raise LinnetError("outputs are needed: landscape(layers, X, Y).", details={"argument": "Y"})
        problem = Problem(X, Y, prepare=prepare)
    options = dict.fromkeys(("depth", "rank", "widths", "angle", "norm", "scale"))
    if not isinstance(layers, (list, tuple)) and not hasattr(layers, "state_dict") and not hasattr(layers, "layers"):
        layers = list(layers)
    network = start_of(problem, {**options, "start": layers, "seed": 1})
    widths = [int(width) for width in network.json("summary")["widths"]]
    request = encode({
        "polish": bool(polish), "escape": bool(escape), "levels": optional_whole(levels, "levels"),
        "gradientTolerance": number(gradient_tolerance, "gradient_tolerance"),
        "maxSeconds": number(max_seconds, "max_seconds"),
    })
    stop = _Stop()
    handle, interrupted = interruptible(
        lambda _: Handle.of(
            library().linnet_landscape, problem._handle.address, network.address, request, stop.handle.address),
        stop, None)
    if interrupted:
        raise KeyboardInterrupt
    return LandscapeResult(handle, widths)
