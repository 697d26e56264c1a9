"""The best linear predictors of every rank, in closed form."""

from __future__ import annotations

import ctypes
import functools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arrays import as_matrix, number, whole, word
from ._errors import LinnetError
from ._library import Handle, call, lengths, library, pointer
from ._record import Record

__all__ = ["FitResult", "fit"]

Array = NDArray[np.float64]


class FitResult:
    """The best linear predictor of a rank, and what the other ranks reach. See `fit`."""

    def __init__(
        self, handle: Handle, coef: Array, intercept: Array, rank: int, names: tuple[list[str] | None, list[str] | None]
    ) -> None:
        self._handle, self._shape, self._names = handle, coef.shape, names
        self.coef, self.intercept, self.rank = coef, intercept, rank

    #: C, of shape (outputs, inputs), in the units of the data: y = C x + b.
    coef: Array
    #: b, of shape (outputs,).
    intercept: Array
    #: The rank that was given or chosen.
    rank: int

    def _predictor(self, rank: int) -> tuple[Array, Array, int]:
        coefficients, intercept = np.empty(self._shape), np.empty(self._shape[0])
        chosen = ctypes.c_int64()
        call(
            library().linnet_fit_predictor, self._handle.address, rank, pointer(coefficients), pointer(intercept),
            ctypes.byref(chosen))
        return coefficients, intercept, chosen.value

    def predictor(self, rank: int) -> tuple[Array, Array]:
        """C and b at another rank, with the same penalty."""
        return self._predictor(whole(rank, "rank", lowest=0))[:2]

    def predict(self, X: ArrayLike) -> Array:
        """C x + b for every row, of shape (samples, outputs)."""
        values, _ = as_matrix(X, "X")
        if values.shape[1] != self._shape[1]:
            raise LinnetError(
                f"X has {values.shape[1]} columns, but the fit has {self._shape[1]} inputs.",
                details={"shape": list(values.shape)})
        return np.asarray(values @ self.coef.T + self.intercept)

    def transform(self, X: ArrayLike) -> Array:
        """The rank numbers per sample through which the prediction goes, of shape (samples, rank): B diag(s)(x − x̄) with W_r = A B."""
        values, _ = as_matrix(X, "X")
        scales, means = self._handle.array("inputScales"), self._handle.array("inputMeans")
        return np.asarray(((values - means) * scales) @ self.input_directions.T)

    @functools.cached_property
    def input_directions(self) -> Array:
        """B, of shape (rank, inputs), for prepared inputs."""
        return self._handle.array("inputDirections")

    @functools.cached_property
    def output_directions(self) -> Array:
        """A, of shape (outputs, rank): W_r = A B."""
        return self._handle.array("outputDirections")

    @functools.cached_property
    def _summary(self) -> Record:
        return Record(self._handle.json("fit"))

    @property
    def singular_values(self) -> Array:
        """σ_1 ≥ σ_2 ≥ … of the problem: rank r loses ½ Σ_{i>r} σ_i²."""
        return np.asarray(self._summary.singular_values, dtype=float)

    @property
    def canonical_correlations(self) -> Array | None:
        """Those of inputs and outputs; None unless ``weights="residual-covariance"`` without a penalty."""
        found = self._summary.get("canonical_correlations")
        return None if found is None else np.asarray(found, dtype=float)

    @property
    def path(self) -> Record:
        """What each rank r = 0, 1, … reaches: ``loss``, ``gap``, ``explained_fraction``, ``degrees_of_freedom``, ``gcv``, ``aic``, ``bic``, …"""
        found: Record = self._summary.path
        return found

    @property
    def cross_validation(self) -> Record | None:
        """Held-out errors of all ranks and penalties; None without folds."""
        found: Record | None = self._summary.get("cross_validation")
        return found

    @property
    def ridge(self) -> float:
        """λ, the penalty that was given or chosen."""
        return float(self._summary.ridge)

    @property
    def loss(self) -> float:
        """The least objective at this rank, penalty included."""
        return float(self._summary.loss)

    @property
    def outputs(self) -> list[Record]:
        """``name``, ``r2`` and ``rmse`` of every output."""
        return list(self._summary.outputs)

    @property
    def standard_errors(self) -> Array | None:
        """Standard errors of `coef`, without the constant inputs; None where there are none to state."""
        found = self._handle.array("standardErrors")
        return found if found.size else None

    @property
    def summary(self) -> Record:
        """All that ``fit.json`` says about the fit."""
        return self._summary

    def network(self, *, depth: int = 2, widths: Sequence[int] | None = None) -> list[Array]:
        """The fit as the layers of a balanced network on prepared inputs without the constant ones.

        Parameters
        ----------
        depth : int
            Number of layers, of hidden widths `rank`.
        widths : sequence of int, optional
            Hidden widths instead.
        """
        depth = whole(depth, "depth", lowest=1, highest=10_000)
        hidden = [max(self.rank, 1)] * (depth - 1) if widths is None else [whole(w, "widths") for w in widths]
        handle = Handle.of(library().linnet_fit_network, self._handle.address, lengths(hidden), len(hidden))
        return handle.layers("layers", [int(width) for width in handle.json("summary")["widths"]])

    def to_pandas(self) -> Any:
        """A DataFrame of coefficients, a row for every input and a last one for the intercept. Needs pandas."""
        import pandas

        inputs = self._names[0] or [f"x{i + 1}" for i in range(self._shape[1])]
        outputs = self._names[1] or [f"y{i + 1}" for i in range(self._shape[0])]
        rows = np.vstack([self.coef.T, self.intercept])
        return pandas.DataFrame(rows, index=[*inputs, "(intercept)"], columns=outputs)

    def __repr__(self) -> str:
        explained = ", ".join(
            f"{output['name']} {'–' if output.get('r2') is None else format(output['r2'], '.4g')}" for output in self.outputs[:6])
        more = ", …" if len(self.outputs) > 6 else ""
        return f"fit of rank {self.rank} of {min(self._shape)}, R²: {explained}{more}"


def fit(
    X: ArrayLike, Y: ArrayLike, *, rank: int | None = None, criterion: str | None = None, cv: int | None = None,
    repeats: int = 1, ridge: float | Sequence[float] = 0.0, weights: str = "identity", prepare: str = "center",
    seed: int = 1,
) -> FitResult:
    """Reduced-rank regression: the global minimum of every linear network of that bottleneck, without training.

    Parameters
    ----------
    X : array_like of shape (samples, inputs)
        Samples in rows.
    Y : array_like of shape (samples, outputs) or (samples,)
        What is to be predicted.
    rank : int, optional
        The rank; by default it is chosen.
    criterion : {"cv", "cv-1se", "gcv", "aic", "bic"}, optional
        How a rank is chosen; by default by the least error in cross-validation.
    cv : int, optional
        Folds of the cross-validation; by default 10.
    repeats : int
        How often the samples are dealt to the folds.
    ridge : float or sequence of float
        Penalty λ of ½‖Y − WX‖² + ½λ‖W‖², a sum over samples; of several, cross-validation takes one.
    weights : {"identity", "residual-covariance"}
        How much an error in each output counts.
    prepare : {"center", "standardize", "none"}
        What is done to the columns.
    seed : int
        Of the folds.

    Returns
    -------
    FitResult
        ``coef``, ``intercept``, ``rank``, ``predict``, ``path``, ….

    Notes
    -----
    Source: Eckart, Young (1936); Izenman (1975); Reinsel, Velu (1998), Theorem 2.2; Eftekhari (2020), Theorem 2.7. The bits are those of ``linnet fit``.

    Examples
    --------
    >>> import numpy as np, linnet
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(100, 4))
    >>> Y = X @ np.outer([1, 2, 0, 0], [1.0, -1.0, 3.0]) + 0.1 * rng.normal(size=(100, 3))
    >>> linnet.fit(X, Y).rank
    1
    """
    inputs, input_names = as_matrix(X, "X")
    outputs, output_names = as_matrix(Y, "Y")
    if inputs.shape[0] != outputs.shape[0]:
        raise LinnetError(
            f"X and Y must have a row for every sample: one has {inputs.shape[0]} rows, the other {outputs.shape[0]}.",
            kind="SampleTableError.rowCounts", details={"found": outputs.shape[0], "expected": inputs.shape[0]})
    if rank is not None and criterion is not None:
        raise LinnetError("give rank, or a criterion to choose one, not both.", details={"argument": "criterion"})
    penalties = np.array([number(value, "ridge") for value in (ridge if np.ndim(ridge) else [ridge])])  # type: ignore[union-attr]
    names = None
    if input_names is not None or output_names is not None:
        names = json.dumps({"inputNames": input_names, "outputNames": output_names}).encode()
    chosen = None if rank is not None else word(criterion or "cv", "criterion").encode()
    coef, intercept, found = np.empty((outputs.shape[1], inputs.shape[1])), np.empty(outputs.shape[1]), ctypes.c_int64()
    handle = Handle.of(
        library().linnet_fit, pointer(inputs), pointer(outputs), inputs.shape[0], inputs.shape[1], outputs.shape[1], names,
        word(prepare, "prepare").encode(), word(weights, "weights").encode(), pointer(penalties), len(penalties),
        0 if rank is None else whole(rank, "rank"), chosen, 0 if cv is None else whole(cv, "cv", lowest=1),
        whole(repeats, "repeats"), whole(seed, "seed", lowest=0, highest=2**64 - 1), pointer(coef), pointer(intercept),
        ctypes.byref(found))
    return FitResult(handle, coef, intercept, found.value, (input_names, output_names))
