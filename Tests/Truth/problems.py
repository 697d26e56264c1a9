"""Random problems for `make truth`: data, network, start, and the call of the command that poses them.

Every problem is drawn from its own generator, seeded by the run's seed and its index, so that one can be posed again alone.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

# What `linnet train --help` offers as --start, and three kinds with exact structure that it takes as a matrix or a network.
BALANCED = ["random", "aligned", "angle"]
UNBALANCED = ["unbalanced", "orthogonal", "identity", "zero-asymmetric", "xavier", "kaiming", "pytorch", "small"]
STRUCTURED = ["mirrored", "deficient", "zero-layers"]


@dataclass
class Problem:
    """min ½‖Y − W_N⋯W_1 X‖² by gradient flow from a start, as the command is asked for it."""

    index: int
    data: str
    start: str
    widths: list
    X: np.ndarray
    Y: np.ndarray
    samples: int | None = None
    options: list = field(default_factory=list)
    layers: list = field(default_factory=list)
    start_matrix: np.ndarray | None = None

    @property
    def depth(self):
        return len(self.widths) - 1

    def arguments(self):
        """The options of `linnet train` that pose the problem, with the names of the files that `write` makes."""
        if self.data == "whitened":
            data = ["--target", "Z.npy", "--samples", str(self.samples)]
        else:
            data = ["--inputs", "X.npy", "--outputs", "Y.npy", "--prepare", "none"]
        shape = ["--depth", "1"] if self.depth == 1 else ["--widths", ",".join(map(str, self.widths[1:-1]))]
        # A network of one's own brings its widths along.
        return data + (shape if "--network" not in self.options else []) + self.options

    def write(self, folder: Path):
        """The files that the arguments name."""
        if self.data == "whitened":
            np.save(folder / "Z.npy", self.Y @ self.X.T / self.samples)
        else:
            np.save(folder / "X.npy", self.X.T)
            np.save(folder / "Y.npy", self.Y.T)
        if "--start-matrix" in self.options:
            np.save(folder / "W0.npy", self.start_matrix)
        if "--network" in self.options:
            np.savez(folder / "start.npz", **{f"layers.{j}.weight": W for j, W in enumerate(self.layers)})


def target(rng, dy, dx, is_diagonal):
    """A target: Gaussian or diagonal, sometimes of deficient rank, at a size between 0.1 and 10."""
    size = 10 ** rng.uniform(-1, 1)
    if is_diagonal:
        values = np.sort(rng.uniform(0.2, 3, min(dy, dx)))[::-1]
        if rng.random() < 0.15:
            values[-1] = 0 if len(values) > 1 else values[-1]
        Z = np.zeros((dy, dx))
        np.fill_diagonal(Z, size * values)
        return Z
    if rng.random() < 0.1:
        return size * np.outer(rng.standard_normal(dy), rng.standard_normal(dx))
    return size * rng.standard_normal((dy, dx))


def data_of(rng, kind, dy, dx, is_diagonal):
    """X, Y and the number of samples of a kind of data.

    whitened: X = √m·I stands for m samples with X Xᵀ/m = I. multiple: X Xᵀ = c·I, a one-hot table with every row c times.
    raw: Gaussian inputs of unequal variance and noisy outputs.
    """
    Z = target(rng, dy, dx, is_diagonal)
    if kind == "whitened":
        m = int(rng.integers(1, 20))
        # √m·I would be rounded; the target decides alone, and its samples are never seen.
        X = np.sqrt(m) * np.eye(dx)
        return X, np.sqrt(m) * Z, m
    if kind == "multiple":
        X = np.tile(np.eye(dx), int(rng.integers(1, 5)))
        return X, Z @ X, None
    m = dx + int(rng.integers(1, 12))
    X = rng.uniform(0.3, 2, dx)[:, None] * rng.standard_normal((dx, m))
    return X, Z @ X + 0.3 * np.abs(Z).max() * rng.standard_normal((dy, m)), None


def random_problem(seed, index):
    """The problem of this index."""
    rng = np.random.default_rng([seed, index])
    N = int(rng.integers(1, 7))
    dx, dy = (int(d) for d in rng.integers(1, 5, 2))
    if rng.random() < 0.4:
        hidden = [int(rng.integers(1, 6)) for _ in range(N - 1)]
    else:
        hidden = [int(rng.integers(1, min(dx, dy) + 1))] * (N - 1)
    widths = [dx, *hidden, dy]
    start = str(rng.choice(BALANCED * 2 + UNBALANCED + STRUCTURED * 2))
    # A direction of rank r has another at an angle only where there is room for both.
    if start == "angle" and 2 * min(widths) > max(dx, dy):
        start = "random"
    kinds = ["whitened", "multiple"] if start in STRUCTURED else ["whitened", "raw", "raw", "multiple"]
    data = str(rng.choice(kinds))
    X, Y, m = data_of(rng, data, dy, dx, start in STRUCTURED)
    problem = Problem(index, data, start, widths, X, Y, m)
    # Half the starts of ordinary size, the others anywhere between 1e-15 and 10.
    size = 10 ** (rng.uniform(-2, 1) if rng.random() < 0.5 else rng.uniform(-15, 1))
    problem.options = ["--seed", str(index + 1)]
    if start in ("random", "aligned"):
        problem.options += ["--start", start, "--norm", f"{size:.6g}"]
    elif start == "angle":
        problem.options += ["--angle", f"{rng.uniform(0, 180):.4g}", "--norm", f"{size:.6g}"]
    elif start in UNBALANCED:
        problem.options += ["--start", start, "--scale", f"{size:.6g}"]
    else:
        structured_start(rng, problem, size)
    return problem


def structured_start(rng, problem, size):
    """A start with exact zeros beside a diagonal target, or against the target.

    mirrored: diagonal layers of opposed sign. deficient: a matrix with zero columns and rows. zero-layers: Gaussian layers with zero rows and columns,
    an invariant subspace of the flow.
    """
    widths = problem.widths
    dx, dy, r = widths[0], widths[-1], min(widths)
    if problem.start == "mirrored":
        W0 = np.zeros((dy, dx))
        signs = np.where(rng.random(r) < 0.7, -1.0, 1.0)
        for i in range(r):
            W0[i, i] = size * signs[i] * rng.uniform(0.5, 1.5)
        problem.start_matrix = W0
        problem.options += ["--start-matrix", "W0.npy"]
    elif problem.start == "deficient":
        W0 = size * rng.standard_normal((dy, r)) @ rng.standard_normal((r, dx))
        W0[rng.integers(dy)] = 0
        if rng.random() < 0.5:
            W0[:, rng.integers(dx)] = 0
        if not W0.any():
            W0[0, 0] = size
        problem.start_matrix = W0
        problem.options += ["--start-matrix", "W0.npy"]
    else:
        layers = [size * rng.standard_normal((a, b)) for a, b in zip(widths[1:], widths)]
        # The first direction of the inputs, or of the outputs, is never seen: its column, or row, stays zero.
        if rng.random() < 0.5:
            layers[0][:, 0] = 0
            layers[-1][0] = 0
        else:
            for W in layers:
                W[-1] = 0
        problem.layers = layers
        problem.options += ["--network", "start.npz"]
