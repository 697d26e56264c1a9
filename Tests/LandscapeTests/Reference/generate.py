"""Stationary networks of known ranks, and networks anywhere, with the eigenvalues of their Hessians by NumPy.

    python3 generate.py        # writes saddles.json and signs.json beside itself

The Hessian is built from formula (8), entry by entry from the Jacobian of the outputs and the blocks of pairs of layers; nothing of the library is used. Seeded.
"""
import json
import os

import numpy as np


def product(layers, d):
    P = np.eye(d)
    for W in layers:
        P = W @ P
    return P


def hessian(W, X, Y):
    N = len(W)
    above = [product(W[j + 1 :], W[j].shape[0]) for j in range(N)]
    below = [product(W[:j], X.shape[0]) @ X for j in range(N)]
    J = np.hstack([np.einsum("pa,bq->pqab", above[j], below[j]).reshape(Y.size, -1) for j in range(N)])
    H = J.T @ J
    R = Y - product(W, X.shape[0]) @ X
    start = np.concatenate([[0], np.cumsum([w.size for w in W])])
    for i in range(N):
        for j in range(i):
            middle = product(W[j + 1 : i], W[j].shape[0])
            corner = below[j] @ R.T @ above[i]
            block = -np.einsum("bc,ea->abce", middle, corner).reshape(W[i].size, W[j].size)
            H[start[i] : start[i + 1], start[j] : start[j + 1]] += block
            H[start[j] : start[j + 1], start[i] : start[i + 1]] += block.T
    return H


def rank(A, unit=1.0):
    return int(np.linalg.matrix_rank(A, tol=1e-9 * unit)) if min(A.shape) > 0 else 0


def partial_chain(rng, e):
    """E_j maps some unit vectors to multiples of others."""
    chain = []
    for j in range(len(e) - 1):
        E = np.zeros((e[j + 1], e[j]))
        count = rng.integers(0, min(E.shape) + 1)
        E[rng.permutation(E.shape[0])[:count], rng.permutation(E.shape[1])[:count]] = rng.uniform(0.5, 2, count)
        chain.append(E)
    return chain


def saddles():
    rng = np.random.default_rng(18)
    cases, counts = [], {}
    for _ in range(60000):
        N = int(rng.integers(2, 6))
        d = rng.integers(1, 6, N + 1)
        n = min(d[0], d[-1])
        rho = int(rng.integers(1, n + 1))
        wanted = rng.random() < 0.75
        limit = min(d.min(), rho) - 1 if wanted else min(d.min(), rho - 1)
        if limit < (0 if wanted else 1):
            continue
        k = int(rng.integers(0 if wanted else 1, limit + 1))
        sigma = np.sort(rng.uniform(0.5, 3, rho))[::-1]
        if rng.random() < 0.2 and rho > 1:
            sigma[1] = sigma[0]
        S = list(range(k)) if wanted else sorted(rng.permutation(rho)[:k].tolist())
        leading = all(sigma[b] <= sigma[a] for a in S for b in range(rho) if b not in S)
        if leading and k >= min(d.min(), rho):
            continue
        rest = [b for b in range(rho) if b not in S]
        core = sigma[S]
        open_ = np.zeros((d[-1] - k, d[0] - k))
        open_[range(len(rest)), range(len(rest))] = sigma[rest]
        chain = partial_chain(rng, d - k)
        if np.any(product(chain, d[0] - k)):
            continue
        if any(np.any(product(chain[j + 1 :], chain[j].shape[0]).T @ open_ @ product(chain[:j], d[0] - k).T) for j in range(N)):
            continue
        W = []
        for j in range(N):
            layer = np.zeros((d[j + 1], d[j]))
            layer[:k, :k] = np.diag(core) if j == N - 1 else np.eye(k)
            layer[k:, k:] = chain[j]
            W.append(layer)
        Z = np.zeros((d[-1], d[0]))
        Z[:k, :k] = np.diag(core)
        Z[k:, k:] = open_
        turns = [np.linalg.qr(rng.standard_normal((x, x)))[0] for x in d]
        G = [turns[0]] + [t * rng.uniform(0.6, 1.6, t.shape[0]) for t in turns[1:-1]] + [turns[-1]]
        W = [G[j + 1] @ W[j] @ np.linalg.inv(G[j]) for j in range(N)]
        Z = turns[-1] @ Z @ turns[0].T
        xi = rng.uniform(0.5, 2, d[0])
        E = np.linalg.qr(rng.standard_normal((d[0], d[0])))[0]
        X = E * xi
        W[0] = (W[0] / xi) @ E.T
        cross = X @ Z.T
        tight = leading and all(
            rank(product(W[j : i - 1], d[j])) == k or rank(product(W[: j - 1], d[0]) @ cross @ product(W[i:], d[i])) == k
            for i in range(2, N + 1)
            for j in range(1, i)
        )
        kind = "nonStrictSaddle" if tight else "strictSaddle"
        key = (N, kind, leading, min(k, 1))
        if counts.get(key, 0) >= 6:
            continue
        for size in [0, 1e-10, 1e-6, 1e-3] if counts.get(key, 0) % 3 == 0 else [0]:
            V = [w + size * rng.standard_normal(w.shape) for w in W]
            eigenvalues = np.linalg.eigvalsh(hessian(V, X, Z))
            if size == 0:
                # The rule of ranks against the Hessian.
                assert (eigenvalues[0] > -1e-9 * eigenvalues[-1] - 1e-12) == tight, (d, k, eigenvalues[0])
            cases.append(
                {
                    "size": size, "rank": k, "isLeading": leading, "kind": kind, "inputs": X.tolist(), "outputs": Z.tolist(),
                    "layers": [w.tolist() for w in V], "smallest": eigenvalues[0], "largest": eigenvalues[-1],
                }
            )
        counts[key] = counts.get(key, 0) + 1
    return cases


def signs():
    """Networks that are not stationary: all eigenvalues."""
    rng = np.random.default_rng(19)
    cases = []

    def add(name, W, X, Y):
        eigenvalues = np.linalg.eigvalsh(hessian(W, X, Y))
        cases.append(
            {
                "name": name, "inputs": X.tolist(), "outputs": Y.tolist(), "layers": [w.tolist() for w in W],
                "eigenvalues": eigenvalues.tolist(),
            }
        )

    Z = np.diag([3.0, 2, 1])
    root = np.diag(np.sqrt([3.0, 2]))
    W = [np.hstack([root, np.zeros((2, 1))]), np.vstack([root, np.zeros((1, 2))])]
    for size in (1e-2, 1e-4):
        add(f"the optimum of diag(3, 2, 1) at rank 2 times 1 + {size:g}", [(1 + size) * w for w in W], np.eye(3), Z)
        add(f"the optimum of diag(3, 2, 1) at rank 2 times 1 - {size:g}", [(1 - size) * w for w in W], np.eye(3), Z)
        D = [rng.standard_normal(w.shape) for w in W]
        norm = np.sqrt(sum((x * x).sum() for x in D) / sum((w * w).sum() for w in W))
        add(f"the optimum of diag(3, 2, 1) at rank 2 moved by {size:g}", [w + size * x / norm for w, x in zip(W, D)], np.eye(3), Z)
    for N in (2, 3, 4):
        for _ in range(4):
            d = rng.integers(1, 5, N + 1)
            add(f"random, widths {d.tolist()}", [rng.standard_normal((d[j + 1], d[j])) for j in range(N)], rng.standard_normal((d[0], d[0] + 2)), rng.standard_normal((d[-1], d[0] + 2)))
    return cases


def write(name, about, cases):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".json"), "w") as file:
        file.write('{"about": ' + json.dumps(about, ensure_ascii=False) + ', "cases": [\n')
        file.write(",\n".join(json.dumps(case) for case in cases) + "\n]}\n")


if __name__ == "__main__":
    write("saddles", "Stationary networks above the minimum, and copies moved by `size`; the kind by ranks, the extreme eigenvalues of the Hessian by NumPy.", saddles())
    write("signs", "Networks that are not stationary, with all eigenvalues of the Hessian by NumPy.", signs())
