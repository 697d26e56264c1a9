"""Compares linnet-bench fit with scikit-learn's LinearRegression and PCA on one table, and prints a Markdown article.

usage: compare.py LINNET_BENCH FOLDER [--quick]
"""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

# Before NumPy, so that waiting threads do not take the processor from the other side.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import scipy
import sklearn
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from threadpoolctl import threadpool_limits

ROWS, INPUTS = 100_000, 200


def table(outputs, rows):
    """Correlated inputs with means, and outputs of which about half is linear in them; inputs before outputs."""
    rng = np.random.default_rng(1)
    mixture = np.eye(INPUTS) + 0.5 * rng.standard_normal((INPUTS, INPUTS)) / np.sqrt(INPUTS)
    X = rng.standard_normal((rows, INPUTS)) @ mixture + np.arange(INPUTS) / 10
    Y = X @ rng.standard_normal((INPUTS, outputs)) / np.sqrt(INPUTS) + rng.standard_normal((rows, outputs))
    return np.ascontiguousarray(np.hstack([X, Y]))


def seconds(work):
    """The result, and seconds of the clock on the wall and of all processors together."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}


def difference(ours, theirs):
    return float(np.abs(np.asarray(ours) - theirs).max() / np.abs(theirs).max())


def measure(bench, path, A, outputs, threads, rounds):
    """Times of both sides in turn: for each task the ratios theirs/ours, the medians, and the difference of the results."""
    X, Y = np.ascontiguousarray(A[:, :INPUTS]), np.ascontiguousarray(A[:, INPUTS:])
    times = {"regression": [], "components": [], "full": []}
    with threadpool_limits(threads):
        LinearRegression().fit(X, Y), PCA().fit(X)
        for _ in range(rounds):
            answer = json.loads(subprocess.run([bench, "fit", path, str(outputs), str(threads)], check=True, capture_output=True).stdout)
            linear, a = seconds(lambda: LinearRegression().fit(X, Y))
            pca, b = seconds(lambda: PCA().fit(X))
            times["regression"].append((answer["regression"], a))
            times["components"].append((answer["components"], b))
            if outputs == 1 and threads == 1 and len(times["full"]) < 3:
                full, c = seconds(lambda: PCA(svd_solver="full").fit(X))
                times["full"].append((answer["components"], c))
    agreement = {
        "regression": max(
            difference(answer["predictor"]["coefficients"], linear.coef_),
            # ȳ − C x̄ cancels: its round-off is that of ȳ.
            float(np.abs(np.asarray(answer["predictor"]["intercept"]) - linear.intercept_).max() / np.abs(Y.mean(0)).max())),
        "components": difference(answer["explainedVariance"], pca.explained_variance_),
    }
    if times["full"]:
        agreement["full"] = difference(answer["explainedVariance"], full.explained_variance_)
    return times, agreement


def row(name, threads, pairs, agreement):
    cells = []
    # Threads that wait for each other burn processor time: with several the wall clock is what counts.
    for clock in ("wall", "processor") if threads == 1 else ("wall",):
        ratios = sorted(b[clock] / a[clock] for a, b in pairs)
        ours, theirs = np.median([a[clock] for a, _ in pairs]), np.median([b[clock] for _, b in pairs])
        cells += [f"{ours:.3f} s", f"{theirs:.3f} s", f"{np.median(ratios):.2f} ({ratios[0]:.2f} … {ratios[-1]:.2f})"]
    cells += ["–"] * (6 - len(cells))
    return "| " + " | ".join([name, str(threads)] + cells + [f"{agreement:.1e}"]) + " |"


def main(bench, folder, quick):
    rows = ROWS // 10 if quick else ROWS
    rounds = 3 if quick else 5
    lines = []
    for outputs in (1, 10):
        A = table(outputs, rows)
        path = str(Path(folder) / f"table-{outputs}.npy")
        np.save(path, A)
        for threads in (1, 2):
            times, agreement = measure(bench, path, A, outputs, threads, rounds)
            name = f"LinearRegression, {outputs} output{'s' if outputs > 1 else ''}"
            lines.append(row(name, threads, times["regression"], agreement["regression"]))
            if outputs == 1:
                lines.append(row("PCA", threads, times["components"], agreement["components"]))
                if times["full"]:
                    lines.append(row('PCA(svd_solver="full")', threads, times["full"], agreement["full"]))
            print(lines[-1], file=sys.stderr, flush=True)
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    print(
        f"""# Fits beside scikit-learn

Written by `make bench-fit`. A table of {rows:,} samples with {INPUTS} inputs, row after row in memory, float64, the same numbers for both.

- **ours**: the table to the fit: `SampleCompression`, `ReducedRankRegression` for *all* ranks with coefficients and intercept at full rank;
  for PCA `SampleCompression` and `PrincipalComponents` with all components. No file is read in the time measured.
- **scikit-learn**: `LinearRegression().fit(X, Y)` and `PCA().fit(X)`, which takes the eigenvectors of the covariance for a table of this shape: half the
  operations, but the square of the condition number (directions below 1e-8 of the largest are noise). `svd_solver="full"` decomposes the table itself, as ours does.
- Both sides run in turn, {rounds} rounds after one to warm up, at the same number of BLAS threads; speed is the median of the ratios
  scikit-learn/ours of a round, with their range: above 1 ours is the faster. The processor's seconds do not count the time in which other programs have it.
- difference: of coefficients or variances, relative to the largest, and of intercepts, relative to the largest mean output.

- processor: {model}, {os.cpu_count()} cores
- Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}
- load when it ended: {os.getloadavg()[0]:.1f} (times suffer from other work on the machine, ratios of pairs less)

| task | threads | ours, wall | scikit-learn, wall | speed | ours, processor | scikit-learn, processor | speed | difference |
|---|---|---|---|---|---|---|---|---|
""" + "\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "--quick" in sys.argv[3:])
