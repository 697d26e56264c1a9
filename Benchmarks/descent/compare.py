"""Compares linnet train --descent with gradient descent in NumPy, and its λmax with SciPy's eigsh, and prints a Markdown article.

usage: compare.py LINNET FOLDER [--quick]
"""

import csv
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

THREADS = int(os.environ.get("BENCH_THREADS", "1"))
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import numpy as np
import scipy
from scipy.sparse.linalg import LinearOperator, eigsh

DIGITS = Path(__file__).resolve().parents[2] / "Examples" / "data" / "digits.csv"


def train(linnet, folder, name, arguments):
    """The result of one run, its folder, and the seconds that the program took."""
    out = Path(folder) / name
    command = [linnet, "train", *arguments, "--no-figures", "--no-error-estimate", "--force", "--out", str(out)]
    done, used = seconds(lambda: subprocess.run(command, capture_output=True, text=True))
    if not (out / "result.json").exists():
        sys.exit(done.stderr)
    return json.loads((out / "result.json").read_text()), out, used


def layers(path):
    """The layers of a safetensors file, first to last."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = {k: v for k, v in json.loads(data[8 : 8 + length]).items() if k != "__metadata__"}
    body = data[8 + length :]
    return [
        np.frombuffer(body[slice(*header[k]["data_offsets"])], dtype="<f8").reshape(header[k]["shape"]).copy()
        for k in sorted(header)
    ]


def digits():
    """Inputs that vary, and outputs, samples as columns, centred."""
    with open(DIGITS) as file:
        rows = list(csv.reader(file))
    outputs = [i for i, name in enumerate(rows[0]) if name.startswith("is_")]
    table = np.array(rows[1:], dtype=float).T
    table -= table.mean(1, keepdims=True)
    inputs = [i for i in range(len(table)) if i not in outputs and table[i].any()]
    return np.ascontiguousarray(table[inputs]), np.ascontiguousarray(table[outputs])


def dense(start, A, Z, step, steps):
    """Descent of three layers with X Xᵀ as a matrix."""
    W1, W2, W3 = (W.copy() for W in start)
    for _ in range(steps):
        U = W3 @ W2
        R = U @ W1 @ A - Z
        G3, G2, G1 = R @ (W2 @ W1).T, W3.T @ (R @ W1.T), U.T @ R
        W1 -= step * G1
        W2 -= step * G2
        W3 -= step * G3
    return [W1, W2, W3]


def diagonal(start, A, Z, step, steps):
    """The same in the eigenvectors of X Xᵀ, where it is a row of numbers; null directions left out."""
    values, Q = np.linalg.eigh(A)
    Q = np.ascontiguousarray(Q[:, values > 1e-10 * values[-1]])
    values = values[values > 1e-10 * values[-1]]
    first = start[0] @ Q
    ZQ = Z @ Q
    W1, W2, W3 = first.copy(), start[1].copy(), start[2].copy()
    for _ in range(steps):
        U = W3 @ W2
        R = (U @ W1) * values - ZQ
        G3, G2, G1 = R @ (W2 @ W1).T, W3.T @ (R @ W1.T), U.T @ R
        W1 -= step * G1
        W2 -= step * G2
        W3 -= step * G3
    return [start[0] + (W1 - first) @ Q.T, W2, W3]


def product(network):
    W = network[0]
    for layer in network[1:]:
        W = layer @ W
    return W


def seconds(work):
    begun = time.perf_counter()
    result = work()
    return result, time.perf_counter() - begun


def steps_row(linnet, folder, quick):
    limit, rounds = (1, 3) if quick else (3, 5)
    X, Y = digits()
    A, Z = X @ X.T, Y @ X.T
    arguments = [str(DIGITS), "--targets", "is_*", "--prepare", "center", "--widths", "32,32", "--start", "xavier"]
    arguments += ["--descent", "auto", "--steps", "1000000000", "--max-seconds", str(limit)]
    dense_times, diagonal_times, ours = [], [], []
    for _ in range(rounds):
        _, out, _ = train(linnet, folder, "digits", arguments)
        # Written when the clock has run out, before the verdict on the end, which is no step.
        kept = json.loads((out / "checkpoint.json").read_text())["checkpoint"]
        result = json.loads((out / "result.json").read_text())
        done = result["descent"]["count"]
        start, end = layers(out / "start.safetensors"), layers(out / "network.safetensors")
        step = result["descent"]["promise"]["step"]
        ours.append(kept["secondsUsed"] / done)
        for peer, times in ((dense, dense_times), (diagonal, diagonal_times)):
            found, t = seconds(lambda: peer(start, A, Z, step, done))
            times.append(t / done)
            W, V = product(end), product(found)
            difference = np.linalg.norm(W - V) / np.linalg.norm(W)
            if not difference < 1e-6:
                sys.exit(f"not the same descent: {difference}")
    rows = []
    for name, times in (("X Xᵀ as a matrix", dense_times), ("X Xᵀ diagonal", diagonal_times)):
        ratios = sorted(b / a for a, b in zip(ours, times))
        rows.append(
            f"| digits, depth 3, widths 61–32–32–10, a step | NumPy, {name} | {1e6 * np.median(ours):.1f} µs | "
            f"{1e6 * np.median(times):.1f} µs | {np.median(ratios):.2f} ({ratios[0]:.2f} … {ratios[-1]:.2f}) | {difference:.0e} |")
    return rows


def hessian_product(network, Z, m):
    """x ↦ ∇²L x for L = m/2 ‖W_N ⋯ W_1 − Z‖²."""
    N = len(network)
    sizes = np.cumsum([0] + [W.size for W in network])
    below = [None] * N
    above = [None] * N
    for j in range(1, N):
        below[j] = network[j - 1] if below[j - 1] is None else network[j - 1] @ below[j - 1]
    for j in range(N - 2, -1, -1):
        above[j] = network[j + 1] if above[j + 1] is None else above[j + 1] @ network[j + 1]
    G = m * (product(network) - Z)

    def times(A, B):
        return B if A is None else A if B is None else A @ B

    def apply(x):
        V = [x[sizes[j] : sizes[j + 1]].reshape(W.shape) for j, W in enumerate(network)]
        dbelow, dabove = [None] * N, [None] * N
        for j in range(1, N):
            a = times(V[j - 1], below[j - 1])
            dbelow[j] = a if dbelow[j - 1] is None else a + network[j - 1] @ dbelow[j - 1]
        for j in range(N - 2, -1, -1):
            a = times(above[j + 1], V[j + 1])
            dabove[j] = a if dabove[j + 1] is None else a + dabove[j + 1] @ network[j + 1]
        dW = V[N - 1] @ below[N - 1] + network[N - 1] @ dbelow[N - 1]
        dG = m * dW
        out = np.empty_like(x)
        for j in range(N):
            B = None if below[j] is None else below[j].T
            g = times(None if above[j] is None else above[j].T, times(dG, B))
            if dabove[j] is not None:
                g = g + times(dabove[j].T @ G, B)
            if dbelow[j] is not None:
                g = g + times(None if above[j] is None else above[j].T, G @ dbelow[j].T)
            out[sizes[j] : sizes[j + 1]] = g.ravel()
        return out

    n = sizes[-1]
    return LinearOperator((n, n), matvec=apply, dtype=float)


def sharpness_row(linnet, folder, quick):
    values, width, depth, m = (60 if quick else 443), 50, 5, 50
    rng = np.random.default_rng(3)
    target = Path(folder) / "Z.csv"
    Z = rng.standard_normal((width, width)) / np.sqrt(width)
    np.savetxt(target, Z, delimiter=",", fmt="%.17g")
    arguments = ["--target", str(target), "--samples", str(m), "--depth", str(depth), "--start", "xavier"]
    probe, _, _ = train(linnet, folder, "probe", arguments + ["--descent", "auto", "--steps", "10"])
    step = probe["descent"]["promise"]["step"]
    end = 4 * values * step
    at = [end * i / 8 for i in range(1, 8)]
    arguments += ["--descent", repr(step), "--time", repr(end), "--records", str(values - 1 - len(at))]
    arguments += ["--at", ",".join(repr(t) for t in at)]
    ours, theirs, errors = [], [], []
    for _ in range(1 if quick else 3):
        result, out, used = train(linnet, folder, "sharpness", arguments)
        track = result["descent"]["sharpness"]
        ours.append(used)
        archive = np.load(out / "trajectory.npz")
        times = []
        for i, t in enumerate(archive["end_to_end_times"]):
            network = [np.ascontiguousarray(archive[f"layer_{j + 1}"][i]) for j in range(depth)]
            found, s = seconds(lambda: eigsh(hessian_product(network, Z, m), k=1, which="LA", tol=1e-5)[0][0])
            times.append(s)
            k = int(np.argmin(np.abs(np.array(track["times"]) - t)))
            errors.append(abs(track["values"][k] / found - 1))
        theirs.append(np.median(times) * len(track["values"]))
    if not max(errors) < 1e-4:
        sys.exit(f"not the same sharpness: {max(errors)}")
    ratios = sorted(b / a for a, b in zip(ours, theirs))
    count = len(track["values"])
    return (
        f"| λmax at {count} iterates, {depth} layers of 50×50, 12,500 weights; the whole run | SciPy eigsh, at 7 of them | {np.median(ours):.2f} s | "
        f"{np.median(theirs):.2f} s | {np.median(ratios):.2f} ({ratios[0]:.2f} … {ratios[-1]:.2f}) | {max(errors):.0e} |")


def main(linnet, folder, quick):
    lines = steps_row(linnet, folder, quick)
    print("\n".join(lines), file=sys.stderr, flush=True)
    lines.append(sharpness_row(linnet, folder, quick))
    print(lines[-1], file=sys.stderr, flush=True)
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    print(
        f"""# Descent beside NumPy

Written by `make bench-descent`: `linnet train --descent` and the same steps in NumPy, from the same layers, in double precision, both with {THREADS} BLAS thread{"s" if THREADS > 1 else ""}.

- **ours**: a run as a user has it. A step: of a run that is given some seconds, its seconds by its steps, with the loss, distance and cycles that are watched at every iterate, the records, λmax at every recorded one and checkpoints, without the verdict
  on its end. λmax: the whole program, without the flow beside it and without figures.
- **NumPy**: the steps alone, with X Xᵀ and Y Xᵀ instead of samples, products from the narrowest width; once with X Xᵀ as a matrix, once in its eigenvectors, which a user would have to think of.
- **SciPy**: `eigsh`, tolerance 1e-5 as ours, on Hessian products in NumPy; its median time a value, times the number of values.
- Seconds of the clock on the wall. Both sides in turn; speed is the median of the ratios peer/ours, with their range: above 1 ours is the faster. The last column is the largest relative difference of W, or λmax.

- processor: {model}, {os.cpu_count()} cores
- Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}
- load when it ended: {os.getloadavg()[0]:.1f} (times suffer from other work on the machine, ratios of pairs less)

| task | peer | ours | peer's | speed | difference |
|---|---|---|---|---|---|
""" + "\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "--quick" in sys.argv[3:])
