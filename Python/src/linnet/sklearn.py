"""Estimators for scikit-learn: reduced-rank regression in closed form, and linear networks by gradient flow.

Needs scikit-learn 1.6 or later.
"""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, MultiOutputMixin, RegressorMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ._errors import LinnetError
from ._fit import FitResult, fit
from ._problem import Problem
from ._training import TrainingResult, train

__all__ = ["LinearNetworkRegressor", "ReducedRankRegression", "ReducedRankRegressionCV"]

Array = NDArray[np.float64]


class _LinearModel(
    ClassNamePrefixFeaturesOutMixin, MultiOutputMixin, RegressorMixin, TransformerMixin, BaseEstimator
):
    """What the estimators share: samples that are centred by their weights, and a linear prediction."""

    coef_: Array
    intercept_: Any

    def _samples(
        self, X: Any, y: Any, sample_weight: Any, *, keeps_all: bool = False
    ) -> tuple[Array, Array, Array | None]:
        """Samples as doubles, outputs as columns, and weights; those of weight zero are left out unless all are kept."""
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=2)
        y = np.asarray(y, dtype=np.float64)
        self._flat = y.ndim == 1
        Y = y.reshape(len(y), -1)
        if sample_weight is None:
            return X, Y, None
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        present = weight > 0
        if not present.any():
            raise LinnetError("every sample has weight zero, so there is nothing to fit.")
        if keeps_all:
            return X, Y, weight
        return X[present], Y[present], weight[present]

    def _keep(self, C: Array, b: Array) -> None:
        self.coef_ = C[0] if self._flat else C
        self.intercept_ = float(b[0]) if self._flat else b

    def predict(self, X: ArrayLike) -> Array:
        """C x + b for every row.

        Parameters
        ----------
        X : array_like of shape (samples, inputs)

        Returns
        -------
        ndarray of shape (samples, outputs) or (samples,)
        """
        check_is_fitted(self)
        values: Array = validate_data(self, X, dtype=np.float64, reset=False)
        return np.asarray(values @ self.coef_.T + self.intercept_)

    def transform(self, X: ArrayLike) -> Array:
        """The numbers per sample through which the prediction goes.

        Parameters
        ----------
        X : array_like of shape (samples, inputs)

        Returns
        -------
        ndarray of shape (samples, rank)
        """
        check_is_fitted(self)
        values: Array = validate_data(self, X, dtype=np.float64, reset=False)
        return np.asarray((values - self._center) @ self.components_.T)

    components_: Array
    _center: Array

    @property
    def _n_features_out(self) -> int:
        return int(self.components_.shape[0])


def _centred(A: Array, weight: Array) -> tuple[Array, Array]:
    """A less its weighted means, and these; columns that are constant up to round-off become zero."""
    mean = np.average(A, axis=0, weights=weight)
    centred = A - mean
    size = np.abs(A).max(axis=0)
    centred[:, np.abs(centred).max(axis=0) <= 16 * np.finfo(float).eps * size] = 0
    return centred, mean


class _Weighted:
    """Fits of every rank to weighted samples."""

    def __init__(self, X: Array, Y: Array, weight: Array | None, ridge: float, weights: str, rank: int | None) -> None:
        largest = min(X.shape[1], Y.shape[1])
        self.rank = largest if rank is None else rank
        self.center, self.mean = np.zeros(X.shape[1]), np.average(Y, axis=0, weights=weight)
        self.found: FitResult | None = None
        self.is_weighted = weight is not None
        if np.ptp(X, axis=0).max() == 0:
            # Nothing to predict from but the mean.
            self.rank = 0
            return
        if weight is None:
            self.found = fit(X, Y, rank=self.rank, ridge=ridge, weights=weights)
            self.center = np.average(X, axis=0)
        else:
            root = np.sqrt(weight)[:, None]
            centred, self.center = _centred(X, weight)
            outputs, self.mean = _centred(Y, weight)
            self.found = fit(root * centred, root * outputs, rank=self.rank, ridge=ridge, weights=weights, prepare="none")

    def predictor(self, rank: int, shape: tuple[int, int]) -> tuple[Array, Array]:
        if self.found is None:
            return np.zeros(shape), self.mean
        C, b = self.found.predictor(rank)
        return (C, self.mean - C @ self.center) if self.is_weighted else (C, b)

    def components(self) -> Array:
        if self.found is None:
            return np.zeros((0, len(self.center)))
        return self.found.input_directions


class ReducedRankRegression(_LinearModel):
    """Reduced-rank regression: the best linear predictor of a rank, in closed form.

    Parameters
    ----------
    rank : int, optional
        The rank r ≥ 0; by default the largest possible, which is least squares.
    weights : {"identity", "residual-covariance"}
        How much an error in each output counts.
    ridge : float
        Penalty λ of ½‖Y − WX‖² + ½λ‖W‖², a sum over samples.

    Attributes
    ----------
    coef_ : ndarray of shape (outputs, inputs) or (inputs,)
    intercept_ : ndarray of shape (outputs,) or float
    rank_ : int
        The rank of `coef_` at most.
    singular_values_ : ndarray
        σ_1 ≥ σ_2 ≥ … of the problem: rank r loses ½ Σ_{i>r} σ_i².
    components_ : ndarray of shape (rank, inputs)
        What `transform` multiplies centred inputs by.

    Notes
    -----
    Dependent inputs are no error: of all solutions that of least norm is given. Source: Izenman (1975); Reinsel, Velu (1998), Theorem 2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from linnet.sklearn import ReducedRankRegression
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(100, 4))
    >>> Y = X @ np.outer([1, 2, 0, 0], [1.0, -1.0, 3.0]) + 0.1 * rng.normal(size=(100, 3))
    >>> model = ReducedRankRegression(rank=1).fit(X, Y)
    >>> model.transform(X).shape, bool(model.score(X, Y) > 0.99)
    ((100, 1), True)
    """

    def __init__(self, rank: int | None = None, *, weights: str = "identity", ridge: float = 0.0) -> None:
        self.rank = rank
        self.weights = weights
        self.ridge = ridge

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> ReducedRankRegression:
        """Fits the model.

        Parameters
        ----------
        X : array_like of shape (samples, inputs)
        y : array_like of shape (samples, outputs) or (samples,)
        sample_weight : array_like of shape (samples,), optional
            A sample of weight two counts as two of them.
        """
        inputs, outputs, weight = self._samples(X, y, sample_weight)
        found = _Weighted(inputs, outputs, weight, self.ridge, self.weights, self.rank)
        self._keep(*found.predictor(found.rank, (outputs.shape[1], inputs.shape[1])))
        self.rank_ = found.rank
        self.singular_values_ = np.zeros(0) if found.found is None else found.found.singular_values
        self.components_, self._center = found.components(), found.center
        return self


class ReducedRankRegressionCV(_LinearModel):
    """Reduced-rank regression whose rank and penalty are chosen by cross-validation.

    Samples that are equal stay in one fold, and folds do not depend on the order of the samples, so that a sample of weight two is the same as two samples.

    Parameters
    ----------
    ranks : sequence of int, optional
        Ranks to choose from; by default all.
    ridges : sequence of float
        Penalties λ to choose from.
    weights : {"identity", "residual-covariance"}
        How much an error in each output counts.
    cv : int, splitter or iterable
        Folds, fewer if there are fewer different samples; or how samples are split, as in scikit-learn.
    one_standard_error : bool
        Whether the smallest rank within one standard error of the least error is taken.
    random_state : int, RandomState or None
        Of the folds.

    Attributes
    ----------
    coef_, intercept_, rank_, singular_values_, components_
        As those of `ReducedRankRegression`.
    ridge_ : float
        The penalty that was chosen.
    errors_ : ndarray of shape (ridges, ranks)
        Mean squared held-out errors.

    Notes
    -----
    Source: Stone, J. Royal Statistical Society B 36 (1974); Breiman, Friedman, Olshen, Stone (1984), section 3.4.3, for the rule of one standard error.
    """

    def __init__(
        self, ranks: Sequence[int] | None = None, *, ridges: Sequence[float] = (0.0,), weights: str = "identity",
        cv: Any = 5, one_standard_error: bool = False, random_state: Any = 0,
    ) -> None:
        self.ranks = ranks
        self.ridges = ridges
        self.weights = weights
        self.cv = cv
        self.one_standard_error = one_standard_error
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> ReducedRankRegressionCV:
        """Fits the model.

        Parameters
        ----------
        X : array_like of shape (samples, inputs)
        y : array_like of shape (samples, outputs) or (samples,)
        sample_weight : array_like of shape (samples,), optional
            A sample of weight two counts as two of them.
        """
        own = isinstance(self.cv, numbers.Integral)
        inputs, outputs, weight = self._samples(X, y, sample_weight, keeps_all=not own)
        shape = (outputs.shape[1], inputs.shape[1])
        ranks = list(range(min(shape) + 1)) if self.ranks is None else sorted({int(rank) for rank in self.ranks})
        ridges = [float(ridge) for ridge in self.ridges]
        if not ranks or not ridges:
            raise LinnetError("there must be at least one rank and one penalty to choose from.")
        if own:
            inputs, outputs, counts, splits = self._own_folds(inputs, outputs, weight)
        else:
            counts = np.ones(len(inputs)) if weight is None else weight
            splits = list(check_cv(self.cv).split(inputs, outputs))
        sums = np.zeros((len(splits), len(ridges), len(ranks)))
        sizes = np.array([counts[out].sum() for _, out in splits])
        for k, (rest, out) in enumerate(splits):
            rest = rest[counts[rest] > 0]
            for i, ridge in enumerate(ridges):
                found = _Weighted(inputs[rest], outputs[rest], counts[rest], ridge, self.weights, max(ranks))
                for j, rank in enumerate(ranks):
                    C, b = found.predictor(rank, shape)
                    sums[k, i, j] = counts[out] @ np.sum((outputs[out] - inputs[out] @ C.T - b) ** 2, axis=1)
        self.errors_ = sums.sum(axis=0) / sizes.sum()
        # Errors that differ by round-off alone are alike: the first penalty and the smallest rank of them.
        best = self.errors_.min() * (1 + 1e-10)
        penalty, rank = (int(index[0]) for index in np.nonzero(self.errors_ <= best))
        if self.one_standard_error:
            means = sums[:, penalty, rank] / sizes
            spread = means.std(ddof=1) / np.sqrt(len(splits))
            rank = int(np.flatnonzero(self.errors_[penalty] <= self.errors_[penalty, rank] + spread)[0])
        self.ridge_, chosen = ridges[penalty], ranks[rank]
        present = counts > 0
        whole = _Weighted(inputs[present], outputs[present], counts[present], self.ridge_, self.weights, chosen)
        self._keep(*whole.predictor(whole.rank, shape))
        self.rank_ = whole.rank
        self.singular_values_ = np.zeros(0) if whole.found is None else whole.found.singular_values
        self.components_, self._center = whole.components(), whole.center
        return self

    def _own_folds(
        self, inputs: Array, outputs: Array, weight: Array | None
    ) -> tuple[Array, Array, Array, list[tuple[Any, Any]]]:
        """One row for all samples that are equal, in an order of their own, with its weight; and the splits."""
        if self.cv < 2:
            raise LinnetError(f"cv must be at least 2 folds, not {self.cv}.", details={"argument": "cv"})
        rows, counts = _merged(inputs, outputs, weight)
        if len(rows) < 2:
            raise LinnetError("cross-validation needs at least 2 different samples; there is n_samples = 1.")
        folds = min(int(self.cv), len(rows))
        fold = np.empty(len(rows), dtype=int)
        fold[check_random_state(self.random_state).permutation(len(rows))] = np.arange(len(rows)) % folds
        splits = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]
        dx = inputs.shape[1]
        return rows[:, :dx], rows[:, dx:], counts, splits


def _merged(X: Array, Y: Array, weight: Array | None) -> tuple[Array, Array]:
    """The different samples, sorted, each with the sum of the weights of those that are equal to it."""
    rows, which = np.unique(np.hstack([X, Y]), axis=0, return_inverse=True)
    return rows, np.bincount(which.ravel(), weights=weight, minlength=len(rows)).astype(float)


class LinearNetworkRegressor(_LinearModel):
    """A linear network trained by gradient flow until its limit is reached and classified.

    Parameters
    ----------
    depth : int
        Number of layers.
    rank : int, optional
        Width of every hidden layer; by default the smaller of inputs and outputs.
    prepare : {"standardize", "center", "whiten", "none"}
        What is done to the samples.
    start : str
        Where it starts, as in `linnet.train`.
    norm, scale : float, optional
        The size of the start.
    tolerance : float
        Relative accuracy of the integration.
    stop_gap : float, optional
        Stop as soon as the loss gap is this share of the start's: early stopping.
    max_seconds : float
        Give up after so many seconds, with a warning.
    random_state : int, RandomState or None
        Of the start.

    Attributes
    ----------
    coef_, intercept_
        As those of `ReducedRankRegression`.
    layers_ : list of ndarray
        The layers on prepared inputs.
    result_ : linnet.TrainingResult
        The run: its verdict, trajectory, figures.
    components_ : ndarray of shape (width, inputs)
        The layers up to the narrowest one, in the units of the data: what `transform` multiplies centred inputs by.
    """

    def __init__(
        self, depth: int = 3, *, rank: int | None = None, prepare: str = "standardize", start: str = "random",
        norm: float | None = None, scale: float | None = None, tolerance: float = 1e-10, stop_gap: float | None = None,
        max_seconds: float = 3600.0, random_state: Any = 0,
    ) -> None:
        self.depth = depth
        self.rank = rank
        self.prepare = prepare
        self.start = start
        self.norm = norm
        self.scale = scale
        self.tolerance = tolerance
        self.stop_gap = stop_gap
        self.max_seconds = max_seconds
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> LinearNetworkRegressor:
        """Trains the network.

        Parameters
        ----------
        X : array_like of shape (samples, inputs)
        y : array_like of shape (samples, outputs) or (samples,)
        sample_weight : array_like of shape (samples,), optional
            A sample of weight two counts as two of them.
        """
        inputs, outputs, weight = self._samples(X, y, sample_weight)
        m, dx = inputs.shape
        if weight is None:
            weight = np.ones(m)
        T, center, mean = self._preparation(inputs, outputs, weight)
        used = np.flatnonzero(np.abs(T).max(axis=0) > 0)
        self._center = center
        seed = int(check_random_state(self.random_state).randint(2**31))
        if not len(used):
            # Nothing to predict from but the mean.
            self._keep(np.zeros((outputs.shape[1], dx)), mean)
            self.layers_, self.result_, self.components_ = [], None, np.zeros((0, dx))
            return self
        root = np.sqrt(weight * (m / weight.sum()))[:, None]
        problem = Problem(root * ((inputs - center) @ T.T), root * (outputs - mean))
        result: TrainingResult = train(
            problem, depth=self.depth, rank=self.rank, start=self.start, norm=self.norm, scale=self.scale,
            tolerance=self.tolerance, stop_gap=self.stop_gap, max_seconds=self.max_seconds, seed=seed,
            error_estimate=False, interrupt="raise")
        if not result.success and result.verdict.kind != "globalMinimiser":
            warnings.warn(result.message, ConvergenceWarning, stacklevel=2)
        C = result.end_to_end @ T
        self._keep(C, mean - C @ center)
        self.layers_, self.result_ = result.layers, result
        narrowest = int(np.argmin(result.widths[1:]))
        first = T
        for layer in self.layers_[: narrowest + 1]:
            first = layer @ first
        self.components_ = first
        return self

    def _preparation(self, X: Array, Y: Array, weight: Array) -> tuple[Array, Array, Array]:
        """T, x̄ and ȳ of the weighted samples; T has no row for a constant input, and is T (x − x̄) white or of unit variance."""
        dx = X.shape[1]
        if self.prepare == "none":
            return np.eye(dx), np.zeros(dx), np.zeros(Y.shape[1])
        centred, center = _centred(X, weight)
        _, mean = _centred(Y, weight)
        used = np.flatnonzero(np.abs(centred).max(axis=0) > 0)
        T = np.eye(dx)[used]
        if self.prepare == "center" or not len(used):
            return T, center, mean
        root = np.sqrt(weight / weight.sum())[:, None] * centred[:, used]
        deviation = np.linalg.norm(root, axis=0)
        if self.prepare == "standardize":
            return T / deviation[:, None], center, mean
        if self.prepare != "whiten":
            raise LinnetError(
                f"prepare is none of none, center, standardize and whiten: “{self.prepare}”.",
                details={"argument": "prepare"})
        _, s, Vt = np.linalg.svd(root / deviation, full_matrices=False)
        if len(s) < len(used) or s[-1] <= len(root) * np.finfo(float).eps * s[0]:
            raise LinnetError(
                "X Xᵀ is singular: inputs depend on each other, or there are too few samples, so they cannot be whitened; "
                'standardize them instead (prepare="standardize").', kind="PreparationError.dependentInputs")
        return (Vt.T @ np.diag(1 / s) @ Vt / deviation) @ T, center, mean
