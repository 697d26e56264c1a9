"""A witness that shares no code with the project: the layers' own flow by SciPy, levels and Hessians by NumPy, closed forms by mpmath."""

from functools import reduce
from itertools import combinations

import mpmath
import numpy as np
from scipy.integrate import odeint, solve_ivp


class OutOfBudget(Exception):
    """The witness needed more evaluations than it may have."""


def product(layers):
    """W_N⋯W_1."""
    return reduce(lambda W, layer: layer @ W, layers)


def split(vector, widths):
    """The layers that a vector holds one after the other."""
    layers, offset = [], 0
    for a, b in zip(widths[1:], widths):
        layers.append(vector[offset : offset + a * b].reshape(a, b))
        offset += a * b
    return layers


def join(layers):
    """One vector of all layers."""
    return np.concatenate([W.ravel() for W in layers])


class Loss:
    """½‖Y − W X‖² with its minimum over rank ≤ r and every stationary level, by NumPy's SVD."""

    def __init__(self, X, Y, rank):
        self.X, self.Y, self.rank = X, Y, rank
        self.S, self.C = X @ X.T, Y @ X.T
        P = np.linalg.pinv(X) @ X
        self.fitted = Y @ P
        U, values, V = np.linalg.svd(self.fitted)
        self.U, self.V = U, V
        self.values = values[: min(X.shape[0], Y.shape[0])]
        self.values[self.values < 1e-12 * max(self.values[0], 1e-300)] = 0
        self.irreducible = 0.5 * np.sum((Y - self.fitted) ** 2)
        self.unit = 0.5 * np.sum(self.values[:rank] ** 2)
        self.whole = 0.5 * np.sum(self.values**2)
        best = U[:, :rank] * values[:rank] @ V[: min(rank, len(values))] if rank <= len(values) else self.fitted
        self.best = best @ np.linalg.pinv(X)

    def gap(self, W):
        """L(W) − min L, by singular vectors of the target so that nothing but the minimum's own rest cancels."""
        return 0.5 * np.sum((W @ self.X - self.fitted) ** 2) - (self.whole - self.unit)

    def distance(self, W):
        """‖W − W*‖²/‖W*‖²."""
        return np.sum((W - self.best) ** 2) / np.sum(self.best**2)

    def level(self, kept):
        """L_S − min L of the stationary networks that keep these directions, numbered from 1."""
        return self.unit - 0.5 * sum(self.values[i - 1] ** 2 for i in kept)

    def levels(self):
        """Every L_S − min L, increasing, equal ones once."""
        n = len(self.values)
        found = sorted(
            self.level([i + 1 for i in S]) for k in range(min(self.rank, n) + 1) for S in combinations(range(n), k)
        )
        distinct = []
        for value in found:
            if not distinct or value - distinct[-1] > 1e-11 * self.unit:
                distinct.append(value)
        return distinct

    def lowest_saddle(self):
        """The smallest positive level, or None."""
        return next((value for value in self.levels() if value > 1e-11 * self.unit), None)


class Flow:
    """dW_j/dt = −W_{>j}ᵀ (W X Xᵀ − Y Xᵀ) W_{<j}ᵀ on all layers as one vector."""

    def __init__(self, S, C, widths, budget, moves):
        self.S, self.C, self.widths, self.left, self.moves = S, C, widths, budget, moves

    def __call__(self, t, y):
        self.left -= 1
        if self.left < 0:
            raise OutOfBudget
        layers = split(y, self.widths)
        before = [layers[0]]
        for W in layers[1:]:
            before.append(W @ before[-1])
        back = -(before[-1] @ self.S - self.C)
        pieces = [None] * len(layers)
        for j in range(len(layers) - 1, -1, -1):
            pieces[j] = (back @ before[j - 1].T if j else back).ravel()
            back = layers[j].T @ back
        return np.concatenate(pieces) * self.moves


def moving(S, C, layers):
    """1 for every weight that the flow may ever move or that is not zero, 0 for those that its exact zeros keep at zero.

    Implicit methods solve with matrices in which such zeros are lost; as 1e-290 they would leave a saddle that the flow never leaves.
    """
    S, C = (np.abs(A) > 0 for A in (S, C))
    patterns = [np.abs(W) > 0 for W in layers]
    while True:
        W = product([P.astype(int) for P in patterns]) > 0
        force = ((W.astype(int) @ S.astype(int)) > 0) | C
        grown = []
        for j, P in enumerate(patterns):
            change = force.astype(int)
            for later in reversed(patterns[j + 1 :]):
                change = later.T.astype(int) @ change
            for earlier in patterns[:j]:
                change = change @ earlier.T.astype(int)
            grown.append(P | (change > 0))
        if all((a == b).all() for a, b in zip(grown, patterns)):
            return join([P.astype(float) for P in patterns])
        patterns = grown


def trajectory(S, C, layers, times, tolerance, budget):
    """W at the increasing times (the first is 0) by LSODA; where it fails, by Radau. NaN where neither came.

    The absolute tolerance is far below the start, so that what is tiny is followed as accurately as what is large.
    """
    widths = [layers[0].shape[1], *(W.shape[0] for W in layers)]
    y0 = join(layers)
    smallest = np.min(np.abs(y0[y0 != 0]), initial=1.0)
    absolute = max(1e-3 * tolerance * smallest, 1e-290)
    moves = moving(S, C, layers)
    assert not np.any(Flow(S, C, widths, budget, 1)(0, y0)[moves == 0]), "a weight that is held at zero moves"
    flow = Flow(S, C, widths, budget, moves)
    states = np.full((len(times), len(y0)), np.nan)
    states[0] = y0
    # In pieces, so that what was reached counts where the rest is out of reach.
    for begin in range(0, len(times) - 1, 8):
        piece = np.asarray(times[begin : begin + 9])
        try:
            found = integrate(flow, states[begin], piece, tolerance, absolute)
            if not np.all(np.isfinite(found)):
                # Entries that cross zero among large ones cannot be followed to their own last digits.
                found = integrate(flow, states[begin], piece, tolerance, 1e-2 * tolerance * np.max(np.abs(states[begin])))
            if not np.all(np.isfinite(found)):
                found = stiffly(flow, states[begin], piece, tolerance)
        except (OutOfBudget, ValueError, np.linalg.LinAlgError):
            break
        states[begin + 1 : begin + len(piece)] = found[1:]
        if not np.all(np.isfinite(found)):
            break
    return np.array([product(split(y, widths)) for y in states])


def integrate(flow, y0, times, tolerance, absolute):
    """The states at the times by LSODA; NaN where it gives up."""
    states, report = odeint(
        flow, y0, times - times[0], rtol=tolerance, atol=absolute, tfirst=True, full_output=True, mxstep=100_000, printmessg=False
    )
    return states if report["message"].startswith("Integration successful") else np.full_like(states, np.nan)


def stiffly(flow, y0, times, tolerance):
    """The states at the times by Radau; NaN from where it gives up."""
    states = np.full((len(times), len(y0)), np.nan)
    absolute = 1e-2 * tolerance * np.max(np.abs(y0))
    steps = times - times[0]
    solution = solve_ivp(flow, (0, steps[-1]), y0, "Radau", t_eval=steps, rtol=max(tolerance, 1e-11), atol=absolute)
    states[: solution.y.shape[1]] = solution.y.T
    return states


def single(S, C, W0, times):
    """W(t) of one layer, W' = C − W S, by the eigenvectors of S."""
    values, E = np.linalg.eigh(S)
    start, drive = W0 @ E, C @ E
    W = []
    for t in times:
        x = values * t
        grown = np.where(x > 1e-12 * max(t, 1) * values[-1], -np.expm1(-x) / np.where(values > 0, values, 1), t)
        W.append((start * np.exp(-x) + drive * grown) @ E.T)
    return np.array(W)


def turned(layers, rng, keeps_zeros=False):
    """The same network in other bases of its hidden layers: the same flow with other round-off.

    Where exact zeros are to stay, the bases are only permuted.
    """
    turns = []
    for W in layers[:-1]:
        n = W.shape[0]
        turns.append(np.eye(n)[rng.permutation(n)] if keeps_zeros else np.linalg.qr(rng.standard_normal((n, n)))[0])
    turned = list(layers)
    for j, Q in enumerate(turns):
        turned[j] = Q @ turned[j]
        turned[j + 1] = turned[j + 1] @ Q.T
    return turned


def two_layers(Z, c, layers, times, digits_limit=600):
    """W at the times for two balanced layers and X Xᵀ = c·I, in as many digits as the growth needs.

    Q = [W_1ᵀ; W_2], F = [[0, Zᵀ], [Z, 0]]: QQᵀ(t) = e^{cFt}Q_0 (1 + c Q_0ᵀ ∫e^{2cFs}ds Q_0)^{-1} Q_0ᵀe^{cFt}.
    NaN where more digits than allowed are needed.
    """
    dy, dx = Z.shape
    values = np.linalg.svd(Z, compute_uv=False)
    c = float(c)
    results = []
    for t in times:
        digits = int(40 + 4 * c * values[0] * t / 2.302)
        if digits > digits_limit:
            results.append(np.full((dy, dx), np.nan))
            continue
        with mpmath.workdps(digits):
            F = mpmath.zeros(dx + dy)
            for i in range(dy):
                for j in range(dx):
                    F[dx + i, j] = F[j, dx + i] = mpmath.mpf(float(Z[i, j]))
            lambdas, E = mpmath.eigsy(F)
            Q = E.T * mpmath.matrix(np.vstack([layers[0].T, layers[1]]).tolist())
            grown = mpmath.matrix(Q.rows, Q.cols)
            weighted = mpmath.matrix(Q.rows, Q.cols)
            for i in range(Q.rows):
                x = 2 * c * lambdas[i] * mpmath.mpf(float(t))
                integral = mpmath.mpf(float(t)) * (mpmath.expm1(x) / x if x else 1)
                for j in range(Q.cols):
                    grown[i, j] = mpmath.exp(x / 2) * Q[i, j]
                    weighted[i, j] = integral * Q[i, j]
            inner = mpmath.eye(Q.cols) + mpmath.mpf(float(c)) * (Q.T * weighted)
            whole = E * (grown * mpmath.inverse(inner) * grown.T) * E.T
            results.append(np.array([[float(whole[dx + i, j]) for j in range(dx)] for i in range(dy)]))
    return np.array(results)


def aligned(Z, c, W0, N, times, tolerance=1e-12):
    """W at the times where Z and W_0 are diagonal and balanced, X Xᵀ = c·I: s' = N c |s|^{2−2/N}(σ − s) for each mode.

    In ln|s|, so that no size is too small.
    """
    W = np.zeros((len(times), *Z.shape))
    for i in range(min(Z.shape)):
        s0, sigma = W0[i, i], Z[i, i]
        if s0 == 0:
            W[:, i, i] = sigma * -np.expm1(-c * np.asarray(times)) if N == 1 else 0
            continue
        if N == 1:
            W[:, i, i] = sigma + (s0 - sigma) * np.exp(-c * np.asarray(times))
            continue
        sign, p = np.sign(s0), 1 - 2 / N

        def slope(t, x, sign=sign, sigma=sigma, p=p):
            size = np.exp(x)
            return N * c * size**p * (sign * sigma - size)

        x = np.full(len(times), np.nan)
        x[0] = np.log(abs(s0))
        for begin in range(0, len(times) - 1, 8):
            piece = np.asarray(times[begin : begin + 9])
            found, report = odeint(
                slope, x[begin], piece - piece[0], rtol=tolerance, atol=tolerance, tfirst=True, full_output=True, mxstep=100_000, printmessg=False
            )
            if not report["message"].startswith("Integration successful"):
                break
            x[begin + 1 : begin + len(piece)] = found[1:, 0]
        W[:, i, i] = sign * np.exp(x)
    return W


def hessian(layers, S, C):
    """∇²L_N over all weights, assembled from (8): columns are derivatives of the gradient along unit vectors."""
    N = len(layers)
    G = product(layers) @ S - C
    sizes = [W.size for W in layers]
    H = np.zeros((sum(sizes), sum(sizes)))

    def between(i, j):
        """W_{i−1}⋯W_{j+1} of layers numbered from 0."""
        return reduce(lambda W, layer: layer @ W, layers[j + 1 : i], np.eye(layers[j].shape[0]))

    above = [reduce(lambda W, layer: layer @ W, layers[j + 1 :], np.eye(layers[j].shape[0])) for j in range(N)]
    below = [reduce(lambda W, layer: layer @ W, layers[:j], np.eye(layers[0].shape[1])) for j in range(N)]
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    for j in range(N):
        for i in range(j, N):
            # ⟨Δ_i, W_{>i}ᵀ (W_{>j}Δ_jW_{<j} S) W_{<i}ᵀ⟩ with row-major vectors
            block = np.kron(above[i].T @ above[j], below[i] @ S @ below[j].T)
            if i > j:
                # ⟨G, W_{>i}Δ_i W_{i>·>j} Δ_j W_{<j}⟩
                A, M = above[i].T @ G @ below[j].T, between(i, j)
                cross = np.einsum("ad,bc->abcd", A, M)  # Δ_i[a,b] Δ_j[c,d]
                block = block + cross.reshape(layers[i].size, layers[j].size)
            H[offsets[i] : offsets[i + 1], offsets[j] : offsets[j + 1]] = block
            H[offsets[j] : offsets[j + 1], offsets[i] : offsets[i + 1]] = block.T
    return H
