"""Holds the linnet command against pandas, statsmodels and scikit-learn on the bundled tables, and prints a Markdown table of differences.

usage: witnesses.py LINNET
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels
import statsmodels.api as sm
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge
from statsmodels.stats.outliers_influence import variance_inflation_factor

data = Path(__file__).parents[2] / "Examples/data"


def fit(linnet, *arguments):
    run = subprocess.run([linnet, "fit", *map(str, arguments), "--no-files", "--json"], check=True, capture_output=True)
    return json.loads(run.stdout)


def difference(ours, theirs):
    theirs = np.asarray(theirs, dtype=float)
    return float(np.abs(np.asarray(ours, dtype=float) - theirs).max() / np.abs(theirs).max())


def main(linnet):
    rows = []
    for name, targets in {"diabetes": ["progression"], "tobacco": ["burn_rate", "sugar", "nicotine"],
                          "linnerud": ["Weight", "Waist", "Pulse"]}.items():
        table = pd.read_csv(data / f"{name}.csv")
        X = table.drop(columns=targets)
        rank = min(X.shape[1], len(targets))
        ours = fit(linnet, data / f"{name}.csv", "--targets", ",".join(targets), "--rank", rank)
        constant = sm.add_constant(X)
        models = [sm.OLS(table[target], constant).fit() for target in targets]
        rows += [
            (name, "coefficients", "statsmodels OLS", difference(ours["predictor"]["coefficients"], [m.params[1:] for m in models])),
            (name, "standard errors", "statsmodels OLS", difference(ours["inference"]["standardErrors"], [m.bse[1:] for m in models])),
            (name, "95 % intervals", "statsmodels OLS", difference(ours["inference"]["lower"], [m.conf_int()[0][1:] for m in models])),
            (name, "variance inflation", "statsmodels", difference(
                ours["collinearity"]["varianceInflation"],
                [variance_inflation_factor(constant.values, j) for j in range(1, constant.shape[1])])),
        ]
        ridge = fit(linnet, data / f"{name}.csv", "--targets", ",".join(targets), "--rank", rank, "--ridge", 10)
        theirs = Ridge(alpha=10, solver="svd").fit(X, table[targets])
        rows.append((name, "ridge, λ = 10", "scikit-learn Ridge", difference(
            ridge["predictor"]["coefficients"], theirs.coef_.reshape(len(targets), -1))))
        pca = fit(linnet, data / f"{name}.csv", "--pca", "--rank", 1)
        rows.append((name, "variances of components", "scikit-learn PCA", difference(
            pca["components"]["explainedVariance"], PCA(svd_solver="full").fit(table).explained_variance_)))

    # The same table with words and a decimal comma, as a spreadsheet in Europe writes it.
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"kind": rng.choice(["a", "b", "c"], 60), "x": rng.normal(size=60).round(3)})
    table["y"] = (table["x"] * 2 + (table["kind"] == "b") + rng.normal(size=60) / 10).round(4)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        table.to_csv(path, sep=";", decimal=",", index=False)
        ours = fit(linnet, path, "--targets", "y", "--encode", "auto", "--rank", 1)
    X = pd.get_dummies(table.drop(columns="y"), drop_first=True, dtype=float)
    theirs = LinearRegression().fit(X, table["y"])
    order = [list(X.columns).index(name.replace("=", "_")) for name in ours["predictor"]["inputs"]]
    rows.append(("semicolons, decimal commas, categories", "coefficients", "pandas, scikit-learn",
                 difference(ours["predictor"]["coefficients"][0], theirs.coef_[order])))

    print("\n## The command beside pandas, statsmodels and scikit-learn\n")
    print(f"Largest difference relative to the largest entry; pandas {pd.__version__}, statsmodels {statsmodels.__version__}.\n")
    print("| table | what | beside | difference |\n|---|---|---|---|")
    for table, what, witness, error in rows:
        print(f"| {table} | {what} | {witness} | {error:.1e} |")
    worst = max(row[-1] for row in rows)
    # Condition numbers up to 1e4 of these tables, times a few hundred roundings.
    if worst > 1e-9:
        sys.exit(f"a difference of {worst:.1e} is more than round-off")


main(sys.argv[1])
