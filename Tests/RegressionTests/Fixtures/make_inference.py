"""What statsmodels and SciPy say of coefficients, and how much those of a reduced-rank regression scatter.

`simulated`: errors of one covariance, orthogonal to the inputs in the data that are stored, so that the fit is the truth; standard deviations are those of fits by
NumPy's singular value decomposition to 20,000 draws of the errors.

Run in this folder: python3 make_inference.py
"""

import json

import numpy as np
import pandas as pd
import scipy.stats
import statsmodels.api as sm
from statsmodels.stats.outliers_influence import variance_inflation_factor

record = {}
for name, targets in {"diabetes": ["progression"], "tobacco": ["burn_rate", "sugar", "nicotine"]}.items():
    table = pd.read_csv(f"../../../Examples/data/{name}.csv")
    X = sm.add_constant(table.drop(columns=targets))
    fits = [sm.OLS(table[target], X).fit() for target in targets]
    plain = [sm.OLS(table[target], X.drop(columns="const")).fit() for target in targets]
    record[name] = {
        "targets": targets, "degreesOfFreedom": int(fits[0].df_resid),
        "standardErrors": [list(f.bse[1:]) for f in fits], "interceptStandardErrors": [f.bse["const"] for f in fits],
        "lower": [list(f.conf_int(0.1)[0][1:]) for f in fits],
        "withoutIntercept": [list(f.bse) for f in plain],
        "varianceInflation": [variance_inflation_factor(X.values, j) for j in range(1, X.shape[1])],
    }
record["quantiles"] = [
    {"freedom": v, "confidence": p, "t": scipy.stats.t.ppf((1 + p) / 2, v)}
    for v in [1, 2, 3, 10, 431, 100000] for p in [0.01, 0.5, 0.9, 0.95, 0.99, 0.999999]]

rng = np.random.default_rng(5)
m, dx, dy = 120, 4, 3
X = rng.normal(size=(m, dx)) @ rng.normal(size=(dx, dx))
X -= X.mean(axis=0)
W = np.outer([1.0, -2.0, 0.5], [1.0, 0.5, -1.0, 2.0])
L = np.array([[1.0, 0, 0], [0.8, 0.6, 0], [-0.3, 0.2, 1.5]])
freedom = m - dx - 1
ones = np.hstack([np.ones((m, 1)), X])
E = rng.normal(size=(m, dy))
E -= ones @ np.linalg.lstsq(ones, E, rcond=None)[0]
E = E @ np.linalg.inv(np.linalg.cholesky(E.T @ E / freedom)).T @ L.T
Q, R = np.linalg.qr(X)


def fit(Y, weighted, r=1):
    Y = Y - Y.mean(axis=0)
    full = np.linalg.solve(R, Q.T @ Y).T
    if weighted:
        residual = Y - X @ full.T
        root = np.linalg.inv(np.linalg.cholesky(residual.T @ residual / m))
    else:
        root = np.eye(dy)
    U, s, V = np.linalg.svd(root @ full @ R.T)
    return np.linalg.inv(root) @ (U[:, :r] * s[:r]) @ V[:r] @ np.linalg.inv(R).T


draws = {False: [], True: []}
for _ in range(20000):
    Y = X @ W.T + rng.normal(size=(m, dy)) @ L.T
    for weighted in draws:
        draws[weighted].append(fit(Y, weighted))
record["simulated"] = {
    "inputs": X.tolist(), "outputs": (X @ W.T + E).tolist(),
    "identity": np.std(draws[False], axis=0).tolist(), "residual-covariance": np.std(draws[True], axis=0).tolist(),
}
with open("inference.json", "w") as file:
    json.dump(record, file, indent=1)
    file.write("\n")
