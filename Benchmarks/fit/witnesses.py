"""Holds the linnet command against pandas, statsmodels, scikit-learn and R on the bundled tables, and prints a Markdown table of differences.

usage: witnesses.py LINNET
"""

import json
import shutil
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


def in_r(table, targets, rank, resamples):
    """What witness.R says, by its names."""
    run = subprocess.run(["Rscript", Path(__file__).with_name("witness.R"), data / f"{table}.csv", ",".join(targets), str(rank), str(resamples)],
                         check=True, capture_output=True, text=True)
    return {line.split("\t")[0]: np.array(line.split("\t")[1:], dtype=float).reshape(len(targets), -1) for line in run.stdout.splitlines()}


def beside_r(linnet):
    """Rows that need R, each with the difference that is allowed."""
    rows = []
    for name, targets, ranks in [("tobacco", ["burn_rate", "sugar", "nicotine"], [1, 2]), ("linnerud", ["Weight", "Waist", "Pulse"], [1, 2])]:
        for rank in ranks:
            theirs = in_r(name, targets, rank, 2)
            ours = fit(linnet, data / f"{name}.csv", "--targets", ",".join(targets), "--rank", rank)["inference"]
            # A central difference of step 1e-5 of the largest entry, through singular values of which the least is a hundredth of that or so.
            rows.append((name, f"standard errors at rank {rank}", "R, numerical delta method",
                         difference(ours["standardErrors"], theirs["reduced rank"]), 1e-6))
        ours = fit(linnet, data / f"{name}.csv", "--targets", ",".join(targets), "--rank", 3)["inference"]
        rows.append((name, "standard errors", "R lm", difference(ours["standardErrors"], theirs["standard errors"]), 1e-9))
        rows.append((name, "95 % intervals", "R confint", difference(ours["lower"], theirs["lower ends"]), 1e-9))
    theirs = in_r("diabetes", ["progression"], 1, 10_000)["bootstrap"]
    ours = fit(linnet, data / "diabetes.csv", "--targets", "progression", "--rank", 1, "--intervals", "bootstrap", "--resamples", 10_000)["inference"]
    # Two draws: the standard deviation of 10,000 is known to √((κ − 1)/40,000), with κ up to 4 here, and the largest of ten differences counts.
    found = float(np.abs(np.asarray(ours["standardErrors"]) / theirs - 1).max())
    rows.append(("diabetes", "bootstrap standard errors, 10,000 resamples each", "R, each relative to its own", found, 0.04))
    return rows


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

    # Condition numbers up to 1e4 of these tables, times a few hundred roundings.
    rows = [(*row, 1e-9) for row in rows]
    has_r = shutil.which("Rscript") is not None
    if has_r:
        rows += beside_r(linnet)
        version = subprocess.run(["Rscript", "-e", "cat(R.version$major, R.version$minor, sep = '.')"], check=True, capture_output=True, text=True).stdout
    print(f"\n## The command beside pandas, statsmodels, scikit-learn{' and R' if has_r else ''}\n")
    print(f"Largest difference relative to the largest entry; pandas {pd.__version__}, statsmodels {statsmodels.__version__}"
          + (f", R {version}." if has_r else ". R was not there (`apt-get install r-base-core`), so that nothing holds the standard errors at reduced rank here."))
    print("Standard errors at reduced rank are held against the derivative of the truncated singular value decomposition, taken numerically: no formula is shared.\n"
          if has_r else "")
    print("| table | what | beside | difference |\n|---|---|---|---|")
    for table, what, witness, error, _ in rows:
        print(f"| {table} | {what} | {witness} | {error:.1e} |")
    for table, what, witness, error, limit in rows:
        if error > limit:
            sys.exit(f"{table}, {what}: a difference of {error:.1e} from {witness} is more than {limit:.0e}")


main(sys.argv[1])
