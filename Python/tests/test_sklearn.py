"""The estimators keep scikit-learn's contract, and give what is known."""

import pickle

import numpy as np
import pytest

import linnet

sklearn = pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from linnet.sklearn import LinearNetworkRegressor, ReducedRankRegression, ReducedRankRegressionCV

ESTIMATORS = [ReducedRankRegression(), ReducedRankRegressionCV(), LinearNetworkRegressor()]
CHECKS = [
    pytest.param(estimator, check, id=f"{type(estimator).__name__}-{getattr(check, 'func', check).__name__}-{i}")
    for instance in ESTIMATORS for i, (estimator, check) in enumerate(estimator_checks_generator(instance))
]


@pytest.mark.parametrize("estimator, check", CHECKS)
def test_estimator_is_one(estimator, check):
    check(estimator)


def test_every_check_is_made():
    assert len(CHECKS) >= 3 * 50


@pytest.mark.parametrize("model", ESTIMATORS + [LinearNetworkRegressor(depth=2, prepare="whiten")], ids=repr)
def test_full_rank_is_least_squares(model, samples):
    X, Y = samples
    model = clone(model).set_params(**({"ranks": [3]} if isinstance(model, ReducedRankRegressionCV) else {}))
    expected = LinearRegression().fit(X, Y)
    model.fit(X, Y)
    np.testing.assert_allclose(model.predict(X), expected.predict(X), atol=2e-5 * np.abs(Y).max())
    assert model.score(X, Y) == pytest.approx(expected.score(X, Y), abs=1e-6)


def test_penalty_is_that_of_ridge(samples):
    X, Y = samples
    weight = np.random.default_rng(0).uniform(0.5, 3, size=len(X))
    for given in (None, weight):
        expected = Ridge(alpha=3.0).fit(X, Y, sample_weight=given)
        found = ReducedRankRegression(ridge=3.0).fit(X, Y, sample_weight=given)
        np.testing.assert_allclose(found.coef_, expected.coef_, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(found.intercept_, expected.intercept_, rtol=1e-9)


def test_reduced_rank_is_that_of_the_closed_form(samples):
    X, Y = samples
    model = ReducedRankRegression(rank=2).fit(X, Y)
    Xc, Yc = X - X.mean(0), Y - Y.mean(0)
    full = np.linalg.lstsq(Xc, Yc, rcond=None)[0]
    V = np.linalg.svd(Xc @ full, full_matrices=False)[2][:2]
    np.testing.assert_allclose(model.coef_, (full @ V.T @ V).T, rtol=1e-8, atol=1e-9)
    assert np.linalg.matrix_rank(model.coef_) == 2 == model.transform(X).shape[1]
    # The prediction goes through the transformed samples.
    Z = np.c_[model.transform(X), np.ones(len(X))]
    residual = model.predict(X) - Z @ np.linalg.lstsq(Z, model.predict(X), rcond=None)[0]
    assert np.abs(residual).max() < 1e-9


@pytest.mark.parametrize("model", [ReducedRankRegression(rank=1), ReducedRankRegressionCV(), LinearNetworkRegressor(rank=1)], ids=repr)
def test_weights_are_repetitions(model, samples):
    X, Y = samples
    weight = np.random.default_rng(1).integers(0, 4, size=len(X))
    weighted = clone(model).fit(X, Y, sample_weight=weight)
    repeated = clone(model).fit(np.repeat(X, weight, axis=0), np.repeat(Y, weight, axis=0))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-5, atol=1e-6)


def test_rank_is_found():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(300, 8))
    Y = X @ rng.normal(size=(8, 2)) @ rng.normal(size=(2, 5)) + rng.normal(size=(300, 5))
    model = ReducedRankRegressionCV(ridges=[0, 1, 1e4], one_standard_error=True).fit(X, Y)
    assert (model.rank_, model.ridge_ < 1e4, model.errors_.shape) == (2, True, (3, 6))
    np.testing.assert_allclose(model.coef_, ReducedRankRegression(2, ridge=model.ridge_).fit(X, Y).coef_, rtol=1e-8, atol=1e-9)


def test_network_says_what_happened(samples):
    model = LinearNetworkRegressor(depth=2, rank=1).fit(*samples)
    assert model.result_.verdict.kind == "globalMinimiser"
    assert [layer.shape for layer in model.layers_] == [(1, 5), (3, 1)]
    assert model.transform(samples[0]).shape == (120, 1)
    np.testing.assert_allclose(
        model.result_.global_minimum.loss, 0.5 * np.sum((samples[1] - model.predict(samples[0])) ** 2), rtol=1e-8)


def test_search_and_pipeline(samples):
    X, Y = samples
    search = GridSearchCV(
        make_pipeline(StandardScaler(), ReducedRankRegression()),
        {"reducedrankregression__rank": [0, 1, 2, 3], "reducedrankregression__ridge": [0, 10]}, cv=3)
    search.fit(X, Y)
    assert search.best_score_ > 0.9
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(search)).predict(X), search.predict(X))
    with_processes = GridSearchCV(ReducedRankRegression(), {"rank": [1, 2, 3]}, cv=3, n_jobs=2).fit(X, Y)
    assert with_processes.best_params_["rank"] == 3


def test_output_is_pandas(samples):
    pandas = pytest.importorskip("pandas")
    X, Y = samples
    frame = pandas.DataFrame(X, columns=list("abcde"))
    model = ReducedRankRegression(rank=2).set_output(transform="pandas").fit(frame, Y)
    assert list(model.transform(frame).columns) == ["reducedrankregression0", "reducedrankregression1"]
    assert list(model.feature_names_in_) == list("abcde")


def test_errors_keep_their_words(samples):
    with pytest.raises(ValueError, match="rank 9 is larger than possible"):
        ReducedRankRegression(rank=9).fit(*samples)
    with pytest.raises(linnet.LinnetError, match="weights is none of"):
        ReducedRankRegression(weights="none").fit(*samples)
