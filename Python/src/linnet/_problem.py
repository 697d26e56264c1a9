"""Regression problems: samples and how they are prepared."""

from __future__ import annotations

import functools
import html
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _library
from ._arrays import as_layers, as_matrix, optional_number, optional_whole, optional_word, whole, word, words
from ._errors import LinnetError
from ._library import Handle, encode, library, pointer
from ._record import Record

__all__ = ["Problem"]


class Problem:
    """A regression problem min ½‖Y − W X‖², of samples that are prepared for training.

    However many samples there are, they are compressed exactly to at most as many as there are columns, once.

    Parameters
    ----------
    X : array_like of shape (samples, inputs)
        Samples in rows: an array, a DataFrame (whose columns keep their names), a tensor. It is copied.
    Y : array_like of shape (samples, outputs) or (samples,)
        What is to be predicted.
    prepare : {"none", "center", "standardize", "whiten"}, optional
        What is done to the samples; by default nothing, or whitening where `whiten_rank` is given. ``"whiten"`` is the setting of the theorems,
        X Xᵀ/m = I.
    whiten_rank : int, optional
        Whiten only this many principal directions.

    Raises
    ------
    LinnetError
        Entries that are not finite, shapes that do not fit, inputs that cannot be whitened.

    Notes
    -----
    Source: Eftekhari (2020), equations (4), (6), and Definition 3.5. A problem can be pickled: its samples go with it.

    Examples
    --------
    >>> import numpy as np, linnet
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(50, 3))
    >>> problem = linnet.Problem(X, X @ [1.0, -2.0, 0.5], prepare="whiten")
    >>> problem
    Problem: 50 samples, 3 inputs, 1 output, whiten
    >>> problem.whitened
    True
    """

    def __init__(
        self, X: ArrayLike, Y: ArrayLike, *, prepare: str | None = None, whiten_rank: int | None = None
    ) -> None:
        inputs, input_names = as_matrix(X, "X", copies=True)
        outputs, output_names = as_matrix(Y, "Y", copies=True)
        self._start("samples", {
            "X": inputs, "Y": outputs, "input_names": input_names, "output_names": output_names,
            "prepare": optional_word(prepare, "prepare"),
            "whiten_rank": optional_whole(whiten_rank, "whiten_rank"),
        })

    @classmethod
    def from_target(cls, Z: ArrayLike, samples: int) -> Problem:
        """The whitened problem with a given target.

        Parameters
        ----------
        Z : array_like of shape (outputs, inputs)
            Z = Y Xᵀ/m, equation (25) of Eftekhari (2020).
        samples : int
            m, which scales time.

        Examples
        --------
        >>> import linnet
        >>> linnet.Problem.from_target([[3.0, 0.5, 0.0], [0.0, 1.5, 0.2]], samples=50)
        Problem: 50 samples, 3 inputs, 2 outputs, whitened
        """
        self = cls.__new__(cls)
        target = np.atleast_2d(np.asarray(Z)) if not hasattr(Z, "columns") else Z
        self._start("target", {"Z": as_matrix(target, "Z", copies=True)[0], "samples": whole(samples, "samples")})
        return self

    @classmethod
    def from_csv(
        cls, path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], targets: str | list[str], *,
        drop: str | list[str] | None = None, keep: str | list[str] | None = None, prepare: str | None = None,
        whiten_rank: int | None = None, missing: str = "refuse", encode: str = "refuse", separator: str | None = None,
        decimal: str | None = None, header: bool | None = None, encoding: str | None = None,
    ) -> Problem:
        """The problem of predicting some columns of a table from the others, as the command reads it.

        Parameters
        ----------
        path : path or list of paths
            Text (.csv, .tsv, …), .npy or .npz, also packed (.gz); several files with the same columns are read one after the other.
        targets : str or list of str
            Columns to predict: names, patterns (``"is_*"``), ranges (``"x1..x9"``).
        drop, keep : str or list of str, optional
            Columns to leave out, and to predict from; by default all others.
        prepare : {"none", "center", "standardize", "whiten"}, optional
            By default ``"whiten"``.
        whiten_rank : int, optional
            Whiten only this many principal directions.
        missing : {"refuse", "drop", "mean", "indicator"}
            What is done where values are missing.
        encode : {"refuse", "auto"}
            What is done with words.
        separator, decimal, header, encoding
            The form of the text, where it is not to be found out.
        """
        self = cls.__new__(cls)
        paths: list[str | os.PathLike[str]] = [path] if isinstance(path, (str, os.PathLike)) else list(path)
        files = [os.path.abspath(os.fspath(file)) for file in paths]
        self._start("files", {
            "files": files, "targets": words(targets, "targets"),
            "drop": None if drop is None else words(drop, "drop"),
            "keep": None if keep is None else words(keep, "keep"), "prepare": optional_word(prepare, "prepare"),
            "whitenRank": optional_whole(whiten_rank, "whiten_rank"), "missing": word(missing, "missing"),
            "encode": word(encode, "encode"), "separator": optional_word(separator, "separator"),
            "decimal": optional_word(decimal, "decimal"), "header": None if header is None else bool(header),
            "encoding": optional_word(encoding, "encoding"),
        })
        return self

    # What it was made of is kept, so that it can be made again: in another process, and in the folder of a run.
    def _start(self, origin: str, recipe: dict[str, Any]) -> None:
        self._origin, self._recipe = origin, recipe
        loaded = library()
        if origin == "samples":
            X, Y = recipe["X"], recipe["Y"]
            if X.shape[0] != Y.shape[0]:
                raise LinnetError(
                    f"X and Y must have a row for every sample: one has {X.shape[0]} rows, the other {Y.shape[0]}.",
                    kind="SampleTableError.rowCounts", details={"found": Y.shape[0], "expected": X.shape[0]})
            request = encode({
                "inputNames": recipe["input_names"], "outputNames": recipe["output_names"],
                "prepare": recipe["prepare"], "whitenRank": recipe["whiten_rank"],
            })
            self._handle = Handle.of(
                loaded.linnet_problem_from_samples, pointer(X), pointer(Y), X.shape[0], X.shape[1], Y.shape[1], request)
        elif origin == "target":
            Z = recipe["Z"]
            self._handle = Handle.of(
                loaded.linnet_problem_from_target, pointer(Z), Z.shape[0], Z.shape[1], recipe["samples"])
        else:
            self._handle = Handle.of(loaded.linnet_problem_from_files, encode(recipe))

    def __getstate__(self) -> tuple[str, dict[str, Any]]:
        return self._origin, self._recipe

    def __setstate__(self, state: tuple[str, dict[str, Any]]) -> None:
        self._start(*state)

    @functools.cached_property
    def _summary(self) -> Record:
        return Record(self._handle.json("summary"))

    @property
    def samples(self) -> int:
        """m, the number of samples."""
        return int(self._summary.samples)

    @property
    def inputs(self) -> int:
        """dx, the number of prepared inputs."""
        return int(self._summary.inputs)

    @property
    def outputs(self) -> int:
        """dy, the number of outputs."""
        return int(self._summary.outputs)

    @property
    def input_names(self) -> list[str]:
        """The inputs in use; ``x1, x2, …`` where they have no names."""
        return list(self._summary.get("input_names") or [f"x{i + 1}" for i in range(self.inputs)])

    @property
    def output_names(self) -> list[str]:
        """The outputs; ``y1, y2, …`` where they have no names."""
        return list(self._summary.get("output_names") or [f"y{i + 1}" for i in range(self.outputs)])

    @property
    def preparation(self) -> str:
        """What was done to the samples; ``"whitened"`` for a problem given by its target."""
        return str(self._summary.preparation)

    @property
    def whitened(self) -> bool:
        """Whether X Xᵀ/m = I to 1e-10, Definition 3.5 of Eftekhari (2020)."""
        return bool(self._summary.whitened)

    @property
    def notices(self) -> list[str]:
        """What was recognised while the samples were read, and which constant columns were left out."""
        return list(self._summary.notices)

    @functools.cached_property
    def target(self) -> NDArray[np.float64]:
        """Z = Y Xᵀ/m of the prepared samples, of shape (outputs, inputs); equation (25)."""
        return self._handle.array("target")

    @functools.cached_property
    def input_covariance(self) -> NDArray[np.float64]:
        """X Xᵀ/m of the prepared samples, of shape (inputs, inputs)."""
        return self._handle.array("inputCovariance")

    @functools.cached_property
    def singular_values(self) -> NDArray[np.float64]:
        """σ_i(Y P_X)/√m, falling: the singular values of the target where the inputs are whitened."""
        return self._handle.array("targetSingularValues")

    def prepared(self, X: ArrayLike) -> NDArray[np.float64]:
        """The prepared inputs T (x − x̄) of some samples.

        Parameters
        ----------
        X : array_like of shape (samples, inputs)
            Inputs in use, in their order.
        """
        values, _ = as_matrix(X, "X")
        transform, means = self._handle.array("inputTransform"), self._handle.array("inputMeans")
        if values.shape[1] != transform.shape[1]:
            raise LinnetError(
                f"X has {values.shape[1]} columns, but the problem has {transform.shape[1]} inputs.",
                details={"shape": list(values.shape)})
        return np.asarray((values - means) @ transform.T)

    def __repr__(self) -> str:
        def count(n: int, noun: str) -> str:
            return f"{n} {noun}" + ("" if n == 1 else "s")

        return (
            f"Problem: {count(self.samples, 'sample')}, {count(self.inputs, 'input')}, "
            f"{count(self.outputs, 'output')}, {self.preparation}")

    def _repr_html_(self) -> str:
        values = ", ".join(f"{value:.4g}" for value in self.singular_values[:6])
        return (
            f"<p>{html.escape(repr(self))}<br>singular values {values}"
            f"{', …' if len(self.singular_values) > 6 else ''}</p>")


def start_of(problem: Problem, options: dict[str, Any]) -> Handle:
    """The network that a run starts from, by the arguments of `certify` and `train`."""
    from ._training import TrainingResult

    start = options["start"]
    request: dict[str, Any] = {
        "depth": optional_whole(options["depth"], "depth"), "rank": optional_whole(options["rank"], "rank"),
        "widths": None
        if options["widths"] is None
        else [whole(width, "widths") for width in np.atleast_1d(np.asarray(options["widths"], dtype=object))],
        "angle": optional_number(options["angle"], "angle"), "norm": optional_number(options["norm"], "norm"),
        "scale": optional_number(options["scale"], "scale"),
        "seed": whole(options["seed"], "seed", lowest=0, highest=2**64 - 1),
    }
    loaded = library()
    if not isinstance(problem, Problem):
        raise LinnetError(
            f"a problem is needed, not {type(problem).__name__}: make one by linnet.Problem(X, Y).",
            details={"argument": "problem"})
    if isinstance(start, TrainingResult):
        start = start.layers
    if start is None or isinstance(start, str):
        request["start"] = start
        return Handle.of(loaded.linnet_start, problem._handle.address, encode(request))
    if hasattr(start, "state_dict"):
        from ._torch import layers_of

        start = layers_of(start)
    if isinstance(start, (list, tuple)) and all(np.ndim(layer) == 2 for layer in start):
        values, widths = as_layers(start)
        return Handle.of(
            loaded.linnet_start_from_layers, problem._handle.address, encode(request), pointer(values),
            _library.lengths(widths), len(widths))
    matrix, _ = as_matrix(start, "W0")
    return Handle.of(
        loaded.linnet_start_from_matrix, problem._handle.address, encode(request), pointer(matrix), matrix.shape[0],
        matrix.shape[1])
