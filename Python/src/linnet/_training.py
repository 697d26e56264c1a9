"""Training by gradient flow: run and verdict."""

from __future__ import annotations

import functools
import html
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import as_matrix, number, optional_number, optional_whole, optional_word, words
from ._certificate import Certificate
from ._errors import LinnetError
from ._library import PROGRESS, Handle, _with_numbers, encode, library, pointer
from ._problem import Problem, start_of
from ._record import Record

if TYPE_CHECKING:
    from ._plotting import Figure

__all__ = ["Progress", "Solution", "TrainingResult", "load", "train"]

Array = NDArray[np.float64]


class Progress(NamedTuple):
    """How a run goes, as a callback is told."""

    #: Flow time.
    time: float
    #: L − min L.
    loss_gap: float
    #: ‖∇L‖ relative to its scale.
    relative_gradient_norm: float
    #: ⟨W, W*⟩/(‖W‖‖W*‖).
    alignment: float
    #: The last step, in flow time.
    step: float
    #: Wall clock so far.
    seconds: float
    #: Between how many seconds the end is likely to come; NaN where there is no ground for a forecast.
    seconds_left: tuple[float, float]


class Solution:
    """W as a function of time, to the accuracy of the run; beyond its end where a closed form solves it."""

    def __init__(self, handle: Handle, shape: tuple[int, int], widths: list[int], end: float) -> None:
        self._handle, self._shape, self._widths = handle, shape, widths
        #: From where to where the run went.
        self.t_min, self.t_max = 0.0, end

    def __call__(self, t: ArrayLike) -> Array:
        """W(t).

        Parameters
        ----------
        t : float or array_like of shape (k,)
            Flow times; for the method euler the last iterate at or before each is given.

        Returns
        -------
        ndarray of shape (outputs, inputs) or (outputs, inputs, k)
            Time is the last axis, as in SciPy.
        """
        return self._states(t)[0]

    def times(self, t: ArrayLike) -> Array:
        """The times that ``sol(t)`` is of: those of iterates for the method euler, and t otherwise."""
        return self._states(t)[1]

    def _states(self, t: ArrayLike) -> tuple[Array, Array]:
        times = np.ascontiguousarray(np.atleast_1d(np.asarray(t, dtype=np.float64)))
        if times.ndim != 1:
            raise LinnetError(
                f"t has {times.ndim} dimensions; it must be a number or have one.", details={"shape": list(times.shape)})
        states = np.empty((len(times), *self._shape))
        found = np.empty(len(times))
        from ._library import call

        call(
            library().linnet_run_states, self._handle.address, pointer(times), len(times), pointer(states),
            pointer(found))
        if np.ndim(t) == 0:
            return states[0], found[0]
        return np.moveaxis(states, 0, -1), found

    def layers(self, t: float) -> list[Array]:
        """The layers W_1, …, W_N at a time, each of shape (outputs, inputs)."""
        network = Handle.of(library().linnet_run_network, self._handle.address, number(t, "t"))
        return network.layers("layers", self._widths)

    def __repr__(self) -> str:
        return f"<W(t) of shape {self._shape} for {self.t_min} ≤ t ≤ {self.t_max:.6g}>"


_RECORDS = {
    "time": "time", "loss": "loss", "gap": "gap", "gradient_norm": "gradientNorm", "distance_to_target": "distanceToTarget",
    "alignment": "alignment", "imbalance": "imbalance", "imbalance_drift": "imbalanceDrift",
    "singular_values": "singularValues",
}

_SPECTRUM = [
    "time", "hessian_largest", "hessian_smallest", "hessian_smallest_error", "kernel_largest", "kernel_smallest",
    "kernel_smallest_error",
]


class _Native:
    """A run that is in memory."""

    def __init__(self, handle: Handle) -> None:
        self.handle: Handle | None = handle

    def text(self, part: str) -> str:
        assert self.handle is not None
        return self.handle.text(part)

    def array(self, name: str) -> Array:
        assert self.handle is not None
        return self.handle.array(name)

    def kept(self) -> _Kept:
        parts = ["result", "summary", "certificate", "record", "predictor", "figures"]
        names = [*_RECORDS.values(), "requestedTimes", "requested", "layers", "spectrum"]
        names += [f"column:{name}" for name in json.loads(self.text("summary"))["columns"]]
        return _Kept({part: self.text(part) for part in parts}, {name: self.array(name) for name in names})


class _Kept:
    """A run of which texts and arrays were kept: from its folder, or from another process."""

    handle: Handle | None = None

    def __init__(self, texts: dict[str, str], arrays: dict[str, Array]) -> None:
        self._texts, self._arrays = texts, arrays

    def text(self, part: str) -> str:
        return self._texts[part]

    def array(self, name: str) -> Array:
        return self._arrays[name]

    def kept(self) -> _Kept:
        return self


class TrainingResult:
    """What came of a run, like the result of ``scipy.integrate.solve_ivp``: see `train`.

    Arrays over time have time as the last axis of matrices and as the first of tables. Those over `t` are of every recorded moment; with ``at=`` only of the times asked for.
    """

    def __init__(
        self, source: _Native | _Kept, *, problem: Problem | None, request: dict[str, Any] | None = None,
        events: list[Array] | None = None, terminal: str | None = None,
    ) -> None:
        self._source, self.problem, self._request = source, problem, request
        #: For every event function the times at which it was zero; None without event functions.
        self.t_events = events
        self._terminal = terminal

    def _handle_json(self, part: str) -> Any:
        return _with_numbers(json.loads(self._source.text(part)))

    # --- How it ended ---------------------------------------------------------------------------------------------

    @functools.cached_property
    def _summary(self) -> dict[str, Any]:
        found: dict[str, Any] = _with_numbers(json.loads(self._source.text("summary")))
        return found

    @property
    def ending(self) -> str:
        """The word of ``result.json``: ``"converged"``, ``"reachedFinalTime"``, ``"interrupted"``, …"""
        return str(self._summary["termination"]["kind"])

    @property
    def status(self) -> int:
        """1 if an event function ended the run; 0 if it came to its limit or where it was asked to; −1 otherwise, as after an interruption."""
        if self._terminal is not None:
            return 1
        reached = {
            "converged", "catapult", "stationaryAtStart", "reachedFinalTime", "reachedLossGap", "reachedGradient", "stopped",
            "reachedSingularMatrix",
        }
        return 0 if self.ending in reached else -1

    @property
    def success(self) -> bool:
        """Whether `status` is not negative."""
        return self.status >= 0

    @property
    def message(self) -> str:
        """How the run ended, in words."""
        if self._terminal is not None:
            return self._terminal
        words = str(self._summary["termination"]["description"])
        return words[:1].upper() + words[1:] + "."

    # --- The trajectory -------------------------------------------------------------------------------------------

    @functools.cached_property
    def _chosen(self) -> NDArray[np.intp] | slice:
        """The records of the times asked for, or all."""
        asked = self._source.array("requestedTimes")
        if not len(asked):
            return slice(None)
        return np.flatnonzero(np.isin(self._source.array("time"), asked))

    def _record(self, name: str) -> Array:
        return np.asarray(self._source.array(_RECORDS[name])[self._chosen])

    @functools.cached_property
    def t(self) -> Array:
        """Flow times, of shape (k,)."""
        return self._record("time")

    @functools.cached_property
    def y(self) -> Array:
        """The end-to-end matrices W(t), of shape (outputs, inputs, k)."""
        asked = self._source.array("requested")
        if len(asked):
            found = dict(zip(self._source.array("requestedTimes").tolist(), asked))
            return np.moveaxis(np.stack([found[t] for t in self.t.tolist()]), 0, -1)
        return self.sol(self.t)

    @functools.cached_property
    def sol(self) -> Solution:
        """W as a function of time."""
        handle = self._source.handle
        if handle is None:
            raise LinnetError(
                "a run that was loaded, or that comes from another process, has no solution between its records; "
                "train again, or ask for times by at=.", kind="SolutionError")
        widths = self.widths
        return Solution(handle, (widths[-1], widths[0]), widths, float(self._summary["termination"]["time"]))

    @functools.cached_property
    def loss(self) -> Array:
        """L_N, of shape (k,)."""
        return self._record("loss")

    @functools.cached_property
    def gap(self) -> Array:
        """L_N − min L_N, of shape (k,)."""
        return self._record("gap")

    @functools.cached_property
    def gradient_norm(self) -> Array:
        """‖∇L_N‖, all layers together, of shape (k,)."""
        return self._record("gradient_norm")

    @functools.cached_property
    def distance_to_target(self) -> Array:
        """‖W − W*‖_F, of shape (k,)."""
        return self._record("distance_to_target")

    @functools.cached_property
    def alignment(self) -> Array:
        """⟨W, W*⟩/(‖W‖‖W*‖), of shape (k,)."""
        return self._record("alignment")

    @functools.cached_property
    def imbalance(self) -> Array:
        """max_j ‖D_j‖/max_j ‖W_j‖², of shape (k,); equation (14)."""
        return self._record("imbalance")

    @functools.cached_property
    def imbalance_drift(self) -> Array:
        """max_j ‖D_j(t) − D_j(0)‖/max_j ‖W_j‖², of shape (k,); equation (15)."""
        return self._record("imbalance_drift")

    @functools.cached_property
    def singular_values(self) -> Array:
        """σ_1 ≥ σ_2 ≥ … of W, of shape (k, r)."""
        return self._record("singular_values")

    @functools.cached_property
    def trajectory(self) -> dict[str, Array]:
        """Every recorded moment by the columns of ``trajectory.csv``, whatever times were asked for."""
        found = {name: self._source.array(key) for name, key in _RECORDS.items() if name != "singular_values"}
        values = self._source.array("singularValues")
        found.update({f"sigma_{i + 1}": values[:, i] for i in range(values.shape[1] if values.ndim == 2 else 0)})
        return found

    @functools.cached_property
    def recorded(self) -> dict[str, Array]:
        """The observables that ``record=`` asked for, by the columns of ``trajectory.csv``, at every recorded moment."""
        return {name: self._source.array(f"column:{name}") for name in self._summary.get("columns", [])}

    @functools.cached_property
    def descent(self) -> Record | None:
        """Gradient descent beside the flow; None for other methods than euler."""
        found = self._summary.get("descent")
        return None if found is None else Record(found)

    @functools.cached_property
    def spectrum(self) -> dict[str, Array] | None:
        """The extreme curvatures along the run; None unless ``spectrum=`` asked for them."""
        values = self._source.array("spectrum")
        if not len(values):
            return None
        return {name: values[:, i] for i, name in enumerate(_SPECTRUM)}

    # --- Where it came to -----------------------------------------------------------------------------------------

    @property
    def widths(self) -> list[int]:
        """d_0, …, d_N."""
        return [int(width) for width in self._summary["widths"]]

    @functools.cached_property
    def layers(self) -> list[Array]:
        """The final layers W_1, …, W_N, each of shape (outputs, inputs)."""
        values, found, begin = self._source.array("layers"), [], 0
        for columns, rows in zip(self.widths, self.widths[1:]):
            found.append(values[begin : begin + rows * columns].reshape(rows, columns).copy())
            begin += rows * columns
        return found

    @functools.cached_property
    def end_to_end(self) -> Array:
        """The final W = W_N ⋯ W_1 on prepared inputs, of shape (outputs, inputs)."""
        return functools.reduce(lambda product, layer: layer @ product, self.layers)

    @functools.cached_property
    def verdict(self) -> Record:
        """What the final network is: ``kind``, ``rank``, ``loss``, ``loss_gap``, …"""
        return Record(self._summary["verdict"])

    @functools.cached_property
    def certainty(self) -> Record | None:
        """From when on the limit was certain, by D14; None if it never was."""
        found = self._summary.get("certainty")
        return None if found is None else Record(found)

    @functools.cached_property
    def certificate(self) -> Certificate:
        """The promise that was made before the run."""
        return Certificate(self._source.text("certificate"))

    @functools.cached_property
    def observations(self) -> list[Record]:
        """Every promise beside what was observed."""
        return [Record(found) for found in self._summary["observations"]]

    @functools.cached_property
    def plateaus(self) -> list[Record]:
        """Stretches in which the loss hardly moved."""
        return [Record(found) for found in self._summary["plateaus"]]

    @functools.cached_property
    def saddle_sequence(self) -> Record | None:
        """The saddles that a small start was predicted to pass, and when it did; None for other starts."""
        found = self._summary.get("saddleSequence")
        return None if found is None else Record(found)

    @functools.cached_property
    def global_minimum(self) -> Record:
        """How low the loss can get."""
        return Record(self._summary["globalMinimum"])

    @functools.cached_property
    def method(self) -> Record:
        """How it was integrated, why, and what that cost."""
        return Record(self._summary["method"])

    @functools.cached_property
    def agreement(self) -> Record | None:
        """How far the other methods were from this one; None unless ``check=True`` asked for it."""
        found = self._summary.get("agreement")
        return None if found is None else Record(found)

    @property
    def accuracy_times(self) -> dict[float, float | None] | None:
        """The first time at which ‖W − W*‖² ≤ ε‖W*‖², by ε = 1e-1, …, 1e-12, located by root finding; None of a run that was loaded."""
        times = self._summary.get("accuracyTimes")
        return None if times is None else {float(f"1e-{i + 1}"): time for i, time in enumerate(times)}

    def to_dict(self) -> dict[str, Any]:
        """``result.json`` of the run, decoded."""
        found: dict[str, Any] = json.loads(self._source.text("result"))
        return found

    # --- In the units of the data ---------------------------------------------------------------------------------

    @functools.cached_property
    def predictor(self) -> tuple[Array, Array] | None:
        """C of shape (outputs, inputs) and b of shape (outputs,) with y = C x + b in the units of the data; None for a problem given by its target alone."""
        found = json.loads(self._source.text("predictor"))
        if found is None:
            return None
        return np.asarray(found["coefficients"], float), np.asarray(found["intercept"], float)

    def predict(self, X: ArrayLike) -> Array:
        """What the final network predicts, of shape (samples, outputs).

        Parameters
        ----------
        X : array_like of shape (samples, inputs)
            Inputs in the units of the data, those in use in their order.
        """
        if self.predictor is None:
            raise LinnetError("a problem that is given by its target alone has no units to predict in.")
        C, b = self.predictor
        values, _ = as_matrix(X, "X")
        if values.shape[1] != C.shape[1]:
            raise LinnetError(
                f"X has {values.shape[1]} columns, but the predictor takes {C.shape[1]} inputs.",
                details={"shape": list(values.shape)})
        return np.asarray(values @ C.T + b)

    # --- Elsewhere ------------------------------------------------------------------------------------------------

    def to_pandas(self) -> Any:
        """A DataFrame with a row for every time in `t`, which is its index. Needs pandas."""
        import pandas

        columns = {name: self._record(name) for name in _RECORDS if name not in ("time", "singular_values")}
        columns.update({f"sigma_{i + 1}": values for i, values in enumerate(self.singular_values.T)})
        return pandas.DataFrame(columns, index=pandas.Index(self.t, name="time"))

    def to_xarray(self) -> Any:
        """A Dataset over time with W, its singular values and all quantities. Needs xarray."""
        import xarray

        names: dict[str, Any] = {"time": self.t, "mode": np.arange(1, self.singular_values.shape[1] + 1)}
        data: dict[str, Any] = {
            name: ("time", self._record(name)) for name in _RECORDS if name not in ("time", "singular_values")}
        data["singular_values"] = (("time", "mode"), self.singular_values)
        if self._source.handle is not None or len(self._source.array("requestedTimes")):
            data["W"] = (("output", "input", "time"), self.y)
            if self.problem is not None:
                names["output"], names["input"] = self.problem.output_names, self._input_labels()
        return xarray.Dataset(data, coords=names, attrs={"message": self.message, "verdict": self.verdict.kind})

    def _input_labels(self) -> list[str]:
        assert self.problem is not None
        names = self.problem.input_names
        return names if len(names) == self.widths[0] else [f"direction{i + 1}" for i in range(self.widths[0])]

    def to_torch(self) -> Any:
        """The final layers as ``torch.nn.Sequential`` of ``Linear`` without biases, in double precision. Needs torch."""
        from ._torch import sequential

        return sequential(self.layers)

    @functools.cached_property
    def figures(self) -> dict[str, Figure]:
        """The figures of the command by their names."""
        from ._plotting import Figure

        specifications = json.loads(self._source.text("figures"))
        return {name: Figure(name, specification) for name, specification in specifications.items()}

    def plot(self, name: str = "convergence") -> Any:
        """A figure of the command from the same Vega-Lite specification.

        Parameters
        ----------
        name : {"convergence", "singular-values", "imbalance", "sharpness"}
            Which one; ``"sharpness"`` if ``spectrum=`` was asked for.

        Returns
        -------
        altair.Chart or Figure
            An Altair chart where Altair is installed; both show themselves in a notebook.
        """
        if name not in self.figures:
            raise LinnetError(
                f"there is no figure {name!r}; there are {', '.join(self.figures)}.", details={"argument": "name"})
        return self.figures[name].chart()

    def save(self, folder: str | os.PathLike[str], *, force: bool = False) -> None:
        """Writes the folder that the command writes, with samples and start in it: ``linnet train --repeat folder/run.json`` repeats the run.

        Parameters
        ----------
        folder : path
            A new folder.
        force : bool
            Whether files of an existing folder are replaced.
        """
        from ._files import save

        save(self, folder, force=force)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._source.kept(), self.problem, self._request, self.t_events, self._terminal)

    def __repr__(self) -> str:
        lines = {
            "message": self.message, "success": self.success, "status": self.status, "t": f"0 … {self.t[-1]:.6g}, {len(self.t)} times",
            "loss": f"{self.loss[0]:.6g} → {self.loss[-1]:.6g}", "verdict": self.verdict["kind"],
            "promise": self.certificate.conclusion,
            "certainty": "none" if self.certainty is None else f"since t = {self.certainty['time']:.6g}",
            "method": f"{self.method['name']}: {self.method['steps']} steps",
            "widths": "–".join(map(str, self.widths)),
        }
        return "\n".join(f"{key:>9}: {value}" for key, value in lines.items())

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th style="text-align: right">{html.escape(key.strip())}</th>'
            f'<td style="text-align: left">{html.escape(value.strip())}</td></tr>'
            for key, value in (line.split(":", 1) for line in repr(self).split("\n")))
        return f"<table>{rows}</table>"


def _restored(
    source: _Kept, problem: Problem | None, request: dict[str, Any] | None, events: list[Array] | None,
    terminal: str | None,
) -> TrainingResult:
    return TrainingResult(source, problem=problem, request=request, events=events, terminal=terminal)


class _Stop:
    """A wish that a run stops."""

    def __init__(self) -> None:
        self.handle = Handle(library().linnet_stop_create())

    def __call__(self) -> None:
        library().linnet_stop(self.handle.address)


def interruptible(
    work: Callable[[Callable[[tuple[float, ...]], None] | None], Any], stop: _Stop,
    callback: Callable[[Progress], object] | None,
) -> tuple[Any, bool]:
    """Does some work that may take long, so that Ctrl-C and what a callback raises end it soon.

    On the main thread the work is done by another, since a handler of signals runs there only between steps of Python. The callback is called
    on the thread of the caller in any case.

    Returns
    -------
    tuple
        What the work gives, and whether it was interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        failure: list[BaseException] = []

        def told_here(values: tuple[float, ...]) -> None:
            if failure:
                return
            try:
                assert callback is not None
                if callback(_progress(values)) is True:
                    stop()
            except BaseException as error:
                failure.append(error)
                stop()

        result = work(told_here if callback is not None else None)
        if failure:
            raise failure[0]
        return result, False

    messages: queue.SimpleQueue[tuple[float, ...] | None] = queue.SimpleQueue()
    done: dict[str, Any] = {}

    def in_thread() -> None:
        try:
            done["result"] = work(messages.put if callback is not None else None)
        except BaseException as error:
            done["error"] = error
        finally:
            messages.put(None)

    thread = threading.Thread(target=in_thread, name="linnet", daemon=True)
    raised: BaseException | None = None
    interrupted = False
    thread.start()
    while True:
        try:
            try:
                # An interruption between the arrival of a message and its assignment loses it; the end is seen all the same.
                message = messages.get(timeout=0.5)
            except queue.Empty:
                if not thread.is_alive():
                    break
                continue
            if message is None:
                break
            if callback is None or raised is not None or interrupted:
                continue
            try:
                if callback(_progress(message)) is True:
                    stop()
            except Exception as error:
                raised = error
                stop()
        except KeyboardInterrupt:
            interrupted = True
            stop()
    thread.join()
    if raised is not None:
        raise raised
    if "error" in done:
        raise done["error"]
    return done["result"], interrupted


def _progress(values: tuple[float, ...]) -> Progress:
    time, gap, gradient, alignment, step, seconds, least, most = values
    return Progress(time, gap, gradient, alignment, step, seconds, (least, most))


def train(
    problem: Problem, *, depth: int | None = None, rank: int | None = None, widths: Sequence[int] | None = None,
    start: Any = None, angle: float | None = None, norm: float | None = None,
    scale: float | Sequence[float] | None = None, lambdas: float | Sequence[float] | None = None, seed: int = 1,
    time: float | None = None, at: ArrayLike | None = None, method: str = "auto", flow: str | None = None,
    step: float | str | None = None, steps: int | None = None, momentum: float | None = None,
    schedule: str | Sequence[float] | None = None, best_step: float | None = None, every: int | None = None,
    records: int | None = None, record: str | Sequence[str] | None = None, tolerance: float = 1e-10, stop_gap: float | None = None,
    stop_gradient: float | None = None, max_time: float | None = None, max_seconds: float = 3600.0,
    spectrum: int | None = None, error_estimate: bool = True, check: bool = False,
    events: Callable[[float, Array], float] | Sequence[Callable[[float, Array], float]] | None = None,
    callback: Callable[[Progress], object] | None = None, callback_interval: float = 0.2, interrupt: str = "keep",
) -> TrainingResult:
    """Train a linear network by gradient flow: promise, run, verdict.

    Parameters
    ----------
    problem : Problem
        What is trained on.
    depth, rank, widths, start, angle, norm, scale, lambdas, seed
        The network and where it starts, as in `certify`.
    time : float, optional
        Run to this flow time; by default until the limit is reached and classified.
    at : array_like, optional
        Times at which the result is wanted.
    method : {"auto", "exact", "cvode", "erk", "euler"}
        Closed form, stiff, not stiff, or gradient descent with a `step`.
    flow : {"layers", "induced"}, optional
        For euler: equation (13) or (17) of Eftekhari (2020).
    step : float or "auto", optional
        Step of euler, in flow time: the learning rate of gradient descent; ``"auto"`` is half of the stability limit.
    steps : int, optional
        Of euler, end after so many steps.
    momentum : float, optional
        Of euler, β of Polyak's heavy ball.
    schedule : {"constant", "1/k"} or sequence of float, optional
        Of euler, step k is ``step``, ``step / (k + 1)``, or ``step`` times a factor each, the last for good.
    best_step : float, optional
        Of euler, look for the step that brings the loss gap to this share of the start's in the fewest steps; the trials stand in `descent`.
    every, records : int, optional
        Record every k-th time of the output grid, or iterate of euler; or about so many times.
    record : str or sequence of str, optional
        Further observables, as ``--record`` of the command names them, or ``"all"``; they stand in `recorded`.
    tolerance : float
        Relative accuracy aimed at.
    stop_gap, stop_gradient : float, optional
        Stop as soon as the loss gap is this share of the start's, or the gradient this share of its scale.
    max_time, max_seconds : float
        Give up at this flow time, or after so many seconds.
    spectrum : int, optional
        Record the extreme eigenvalues of the Hessian and of the neural tangent kernel at every k-th output time.
    error_estimate : bool
        Whether the accuracy is estimated by a second run at ten times the tolerance.
    check : bool
        Whether the other methods run beside this one.
    events : callable or list of callable, optional
        Functions of t and W whose zeros are located in `t_events`, as those of ``scipy.integrate.solve_ivp``, with its attributes ``terminal`` and ``direction``. They are looked at after the
        run, between its records; a terminal one is where the run, begun anew, then ends.
    callback : callable, optional
        Told a `Progress` now and then; if it returns True the run stops and keeps its result. What it raises ends the run and is raised here.
    callback_interval : float
        Seconds between calls.
    interrupt : {"keep", "raise"}
        What Ctrl-C does: the result so far is returned, its ``ending`` being ``"interrupted"``; or KeyboardInterrupt is raised, with the result as its attribute ``result``.

    Returns
    -------
    TrainingResult
        ``t``, ``y``, ``sol``, ``t_events``, ``status``, ``success``, ``message`` as SciPy has them, and ``loss``, ``singular_values``, ``layers``, ``verdict``,
        ``certainty``, ``certificate``, ….

    Raises
    ------
    LinnetError
        Arguments out of their range, or that do not go together; ``method="exact"`` where there is no closed form.

    Notes
    -----
    The bits are those of ``linnet train`` on the same samples and options. Other threads of Python run meanwhile.

    Examples
    --------
    >>> import linnet
    >>> problem = linnet.Problem.from_target([[3.0, 0.5, 0.0], [0.0, 1.5, 0.2]], samples=50)
    >>> result = linnet.train(problem, rank=1, angle=30, norm=10)
    >>> result.ending, result.verdict.kind
    ('converged', 'globalMinimiser')
    >>> result.sol(0.01).shape
    (2, 3)
    """
    if interrupt not in ("keep", "raise"):
        raise LinnetError(f'interrupt must be "keep" or "raise", not {interrupt!r}.', details={"argument": "interrupt"})
    network = start_of(problem, {
        "depth": depth, "rank": rank, "widths": widths, "start": start, "angle": angle, "norm": norm, "scale": scale,
        "lambdas": lambdas, "seed": seed,
    })
    request = _request({
        "time": time, "at": at, "method": method, "flow": flow, "step": step, "steps": steps, "momentum": momentum,
        "schedule": schedule, "best_step": best_step, "every": every, "records": records, "record": record, "tolerance": tolerance,
        "stop_gap": stop_gap, "stop_gradient": stop_gradient, "max_time": max_time, "max_seconds": max_seconds,
        "spectrum": spectrum, "error_estimate": error_estimate, "check": check,
    })
    interval = number(callback_interval, "callback_interval")
    result = _train(problem, network, request, callback, interval, interrupt)
    if events is None:
        return result
    functions = [events] if callable(events) else list(events)
    found = [_zeros(function, result) for function in functions]
    terminal = [
        (times[0], i) for i, (function, times) in enumerate(zip(functions, found))
        if getattr(function, "terminal", False) and len(times)
    ]
    if terminal and result.ending != "interrupted":
        end, which = min(terminal)
        ended = {**request, "time": end, "maxTime": None}
        if request["at"] is not None:
            ended["at"] = [t for t in request["at"] if t <= end]
        if end > 0:
            result = _train(problem, network, ended, callback, interval, interrupt)
        found = [times[times <= end] for times in found]
        result._terminal = f"Event {which} ended the run at t = {end:.6g}."
    result.t_events = found
    return result


def _request(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a run as the library takes them."""
    at = options["at"]
    return {
        "time": optional_number(options["time"], "time"),
        "at": None if at is None else [number(t, "at") for t in np.atleast_1d(np.asarray(at, dtype=object)).ravel()],
        "method": optional_word(options["method"], "method"), "flow": optional_word(options["flow"], "flow"),
        "step": None if options["step"] == "auto" else optional_number(options["step"], "step"),
        "stepIsAutomatic": True if options["step"] == "auto" else None,
        "steps": optional_whole(options["steps"], "steps"), "momentum": optional_number(options["momentum"], "momentum"),
        **_schedule(options["schedule"]), "bestStep": optional_number(options["best_step"], "best_step"),
        "every": optional_whole(options["every"], "every"), "records": optional_whole(options["records"], "records"),
        "record": None if options["record"] is None else words(options["record"], "record"),
        "tolerance": number(options["tolerance"], "tolerance"),
        "stopGap": optional_number(options["stop_gap"], "stop_gap"),
        "stopGradient": optional_number(options["stop_gradient"], "stop_gradient"),
        "maxTime": optional_number(options["max_time"], "max_time"),
        "maxSeconds": number(options["max_seconds"], "max_seconds"),
        "spectrum": optional_whole(options["spectrum"], "spectrum"),
        "errorEstimate": bool(options["error_estimate"]), "check": bool(options["check"]),
    }


def _schedule(schedule: Any) -> dict[str, Any]:
    """The factors of the step, or the word for them."""
    if schedule is None or isinstance(schedule, str):
        if schedule not in (None, "constant", "1/k"):
            raise LinnetError(
                f'schedule must be "constant", "1/k" or factors, not {schedule!r}.', details={"argument": "schedule"})
        return {"schedule": None, "scheduleIsHarmonic": True if schedule == "1/k" else None}
    return {"schedule": [number(x, "schedule") for x in np.atleast_1d(np.asarray(schedule, dtype=object)).ravel()],
            "scheduleIsHarmonic": None}


_START_DEFAULTS: dict[str, Any] = {
    "depth": None, "rank": None, "widths": None, "start": None, "angle": None, "norm": None, "scale": None,
    "lambdas": None, "seed": 1,
}
_RUN_DEFAULTS: dict[str, Any] = {
    "time": None, "at": None, "method": "auto", "flow": None, "step": None, "steps": None, "momentum": None,
    "schedule": None, "best_step": None, "every": None, "records": None, "record": None, "tolerance": 1e-10,
    "stop_gap": None, "stop_gradient": None, "max_time": None, "max_seconds": 3600.0, "spectrum": None,
    "error_estimate": True, "check": False,
}


def run_once(problem: Problem, arguments: dict[str, Any], stop: _Stop | None) -> TrainingResult:
    """A run on the thread of the caller, which only `stop` ends."""
    for name in arguments:
        if name not in _START_DEFAULTS and name not in _RUN_DEFAULTS:
            raise TypeError(f"train() has no argument {name!r}")
    network = start_of(problem, {key: arguments.get(key, value) for key, value in _START_DEFAULTS.items()})
    request = _request({key: arguments.get(key, value) for key, value in _RUN_DEFAULTS.items()})
    address = None if stop is None else stop.handle.address
    handle = Handle.of(
        library().linnet_train, problem._handle.address, network.address, encode(request), PROGRESS(), None, 0.2, address)
    return TrainingResult(_Native(handle), problem=problem, request=request)


def _train(
    problem: Problem, network: Handle, request: dict[str, Any], callback: Callable[[Progress], object] | None,
    interval: float, interrupt: str,
) -> TrainingResult:
    loaded = library()
    text = encode(request)
    stop = _Stop()

    def work(tell: Callable[[tuple[float, ...]], None] | None) -> Handle:
        told = PROGRESS() if tell is None else PROGRESS(lambda values, _: tell(tuple(values[:8])))
        return Handle.of(
            loaded.linnet_train, problem._handle.address, network.address, text, told, None, interval,
            stop.handle.address)

    handle, interrupted = interruptible(work, stop, callback)
    result = TrainingResult(_Native(handle), problem=problem, request=request)
    if interrupted and interrupt == "raise":
        error = KeyboardInterrupt("interrupted; what there is of the run is the attribute result")
        error.result = result  # type: ignore[attr-defined]
        raise error
    return result


def _zeros(function: Callable[[float, Array], float], result: TrainingResult) -> Array:
    """The zeros of an event function along a run: changes of sign between the records, bisected to round-off."""
    sol, direction = result.sol, float(getattr(function, "direction", 0))
    times = result._source.array("time")
    values = [float(function(float(t), sol(float(t)))) for t in times]
    found: list[float] = []
    for (a, b), (fa, fb) in zip(zip(times, times[1:]), zip(values, values[1:])):
        rises = fa < 0 <= fb
        falls = fa > 0 >= fb
        if not (rises and direction >= 0 or falls and direction <= 0):
            continue
        low, high = float(a), float(b)
        while True:
            middle = 0.5 * (low + high)
            if not low < middle < high:
                break
            value = float(function(middle, sol(middle)))
            if (value < 0) == (fa < 0) and value != 0:
                low = middle
            else:
                high = middle
        found.append(high)
    return np.asarray(found)


def load(folder: str | os.PathLike[str]) -> TrainingResult:
    """The run in a folder that ``linnet train`` or `TrainingResult.save` has written.

    Raises
    ------
    LinnetError
        The folder is not that of a finished run, or a file of it is damaged.
    """
    from ._files import load as read

    return read(folder)
