"""Right values for the theorems D13 to D20 of Documentation/derived.md, by other arithmetic than the library's.

    python3 -m pip install mpmath==1.3.0
    python3 generate.py            writes *.json beside this file

Inputs are doubles (mostly small integers and dyadic fractions, so that structure is exact); expected values are computed with 50 digits, or
exactly in fractions, and rounded to double precision at the end. Nothing is random: a linear congruential generator makes the same
inputs on every machine.
"""

import itertools
import json
from fractions import Fraction
from pathlib import Path

import mpmath as mp

mp.mp.dps = 50
HERE = Path(__file__).parent


# Numbers and matrices


class Draw:
    """Knuth's MMIX generator; uniform numbers with 20 bits, exact in double precision."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self, low=-1.0, high=1.0):
        self.state = (6364136223846793005 * self.state + 1442695040888963407) % 2**64
        return low + (high - low) * (self.state >> 44) / 2.0**20

    def integer(self, low, high):
        return low + int(self.uniform(0, 1) * (high - low + 1)) if high > low else low

    def matrix(self, rows, columns, scale=1.0):
        return [[scale * self.uniform() for _ in range(columns)] for _ in range(rows)]

    def integers(self, rows, columns, size):
        return [[self.integer(-size, size) for _ in range(columns)] for _ in range(rows)]


def M(rows):
    return mp.matrix(rows)


def product(factors, order):
    """W_b ⋯ W_a for [W_a, …, W_b]; the identity of the given order for none."""
    result = mp.eye(order)
    for factor in factors:
        result = factor * result
    return result


def eigenvalues(A):
    """Of a symmetric matrix, in decreasing order."""
    if A.rows == 0:
        return []
    return sorted((mp.re(x) for x in mp.eigsy(A, eigvals_only=True)), reverse=True)


def singular(A):
    """U, s, Vᵀ with s decreasing and square orthogonal U and V."""
    wide = A.rows < A.cols
    B = A.T if wide else A
    values, V = mp.eigsy(B.T * B)
    order = sorted(range(B.cols), key=lambda i: -values[i])
    V = mp.matrix([[V[i, j] for j in order] for i in range(B.cols)])
    BV = B * V
    s, columns = [], []
    for j in range(B.cols):
        column = BV[:, j]
        norm = mp.norm(column)
        s.append(norm)
        if norm > mp.mpf(10) ** -20 * (s[0] if s[0] > 0 else 1):
            columns.append(column / norm)
        else:
            s[-1] = mp.mpf(0)
    U = complete(columns, B.rows)
    return (V, s, U.T) if wide else (U, s, V.T)


def complete(columns, order):
    """An orthogonal matrix whose first columns are the given orthonormal ones."""
    columns = list(columns)
    for i in range(order):
        if len(columns) == order:
            break
        e = mp.matrix([1 if k == i else 0 for k in range(order)])
        for _ in range(2):
            for c in columns:
                e -= c * (c.T * e)[0]
        if mp.norm(e) > mp.mpf("0.1") / order:
            columns.append(e / mp.norm(e))
    result = mp.zeros(order, order)
    for j, c in enumerate(columns):
        for i in range(order):
            result[i, j] = c[i]
    return result


def singular_values(A):
    return singular(A)[1] if min(A.rows, A.cols) > 0 else []


def norm2(A):
    return max(singular_values(A), default=mp.mpf(0))


def frobenius2(A):
    return mp.fsum(x * x for x in A)


def rank(A):
    s = singular_values(A)
    return sum(x > mp.mpf(10) ** -25 * max(1, s[0]) for x in s)


def null_space(A):
    """Orthonormal columns that span the kernel of A."""
    if A.rows == 0:
        return mp.eye(A.cols)
    if A.cols == 0:
        return mp.zeros(0, 0)
    _, s, Vt = singular(A) if A.rows >= A.cols else transpose_singular(A)
    s = s + [mp.mpf(0)] * (A.cols - len(s))
    kept = [j for j in range(A.cols) if s[j] <= mp.mpf(10) ** -25 * max(1, s[0])]
    return columns_of(Vt.T, kept)


def transpose_singular(A):
    U, s, Vt = singular(A)
    return U, s, Vt


def columns_of(A, kept):
    result = mp.zeros(A.rows, len(kept))
    for k, j in enumerate(kept):
        for i in range(A.rows):
            result[i, k] = A[i, j]
    return result


def diagonal(values, rows=None, columns=None):
    D = mp.zeros(rows or len(values), columns or len(values))
    for i, x in enumerate(values):
        D[i, i] = x
    return D


def plain(x):
    """As JSON has it: rounded to double precision."""
    if isinstance(x, mp.matrix):
        return [[plain(x[i, j]) for j in range(x.cols)] for i in range(x.rows)]
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(value) for value in x]
    if isinstance(x, (mp.mpf, Fraction)):
        return float(x)
    return x


def write(name, about, cases):
    text = json.dumps({"about": about, "cases": plain(cases)}, ensure_ascii=False, separators=(",", ":"))
    (HERE / f"{name}.json").write_text(text.replace('},{"name"', '},\n{"name"') + "\n")


# Shared parts of the theory: inputs X = diag(ξ), labels Y = Ẑ, so that Ŵ = W diag(ξ)


def tangent_weights(s, rows, columns, N):
    """K_ab = Σ_j σ_a^{2(N−j)/N} σ_b^{2(j−1)/N} with 0⁰ = 1, of (16)."""
    left = list(s) + [mp.mpf(0)] * (rows - len(s))
    right = list(s) + [mp.mpf(0)] * (columns - len(s))
    power = lambda x, e: mp.mpf(1) if e == 0 else (mp.mpf(0) if x == 0 else x**e)
    return mp.matrix(
        [
            [
                mp.fsum(
                    power(a, mp.mpf(2 * (N - j)) / N) * power(b, mp.mpf(2 * (j - 1)) / N) for j in range(1, N + 1)
                )
                for b in right
            ]
            for a in left
        ]
    )


def imbalances(W):
    return [W[j + 1].T * W[j + 1] - W[j] * W[j].T for j in range(len(W) - 1)]


def loss_hessian(W, Z):
    """∇²L_N at layers of whitened inputs (X Xᵀ = I), L_N = ½‖W_N⋯W_1 − Z‖²."""
    N = len(W)
    d = [W[0].cols] + [w.rows for w in W]
    below = [product(W[:j], d[0]) for j in range(N + 1)]
    above = [product(W[j:], d[j]) for j in range(N + 1)]
    G = below[N] - Z
    entries = [(j, a, b) for j in range(N) for a in range(d[j + 1]) for b in range(d[j])]
    H = mp.zeros(len(entries), len(entries))
    A = [above[j + 1].T * above[i + 1] for j in range(N) for i in range(N)]
    B = [below[j] * below[i].T for j in range(N) for i in range(N)]
    for p, (i, a, b) in enumerate(entries):
        for q, (j, c, e) in enumerate(entries[: p + 1]):
            value = A[i * N + j][a, c] * B[i * N + j][b, e]
            if i > j:
                value += (above[i + 1].T * G * below[j].T)[a, e] * product(W[j + 1 : i], d[j + 1])[b, c]
            H[p, q] = H[q, p] = value
    return H


# D14: levels


def level_cases():
    lists = [
        ("distinct, r below the rank", [5, 4, 2, 1], 2),
        ("r equals the rank", [5, 4, 2, 0], 3),
        ("r above the rank", [5, 4, 0, 0], 3),
        ("a tie at r", [5, 3, 3, 1], 2),
        ("a tie at r, the value above it nearer", [3.25, 3, 3, 1], 2),
        ("a tie across r with several on both sides", [4, 3, 3, 3, 3, 2.75], 3),
        ("all equal", [2, 2, 2], 2),
        ("all equal, r the rank", [2, 2, 2], 3),
        ("sums that agree: 3² + 4² = 5²", [5, 4, 3], 2),
        ("one direction", [1.5], 1),
        ("no direction", [0, 0], 1),
        ("a tie below r", [5, 3, 3, 1], 3),
        ("a small gap", [1, 0.5 + 2**-20, 0.5, 0.25], 2),
    ]
    cases = []
    for name, values, r in lists:
        squares = [Fraction(v) ** 2 for v in values]
        sets = [S for k in range(r + 1) for S in itertools.combinations(range(len(values)), k)]
        if any(s == 0 for s in squares):
            sets = [S for S in sets if all(squares[i] > 0 for i in S)]
        loss = {S: sum(s for i, s in enumerate(squares) if i not in S) for S in sets}
        least = min(loss.values())
        gaps = sorted({value - least for value in loss.values()})
        cases.append(
            {
                "name": name,
                "singularValues": values,
                "rank": r,
                "lowestLevel": gaps[1] if len(gaps) > 1 else None,
                "levels": gaps,
            }
        )
    return cases


# D13: the exact basin at depth two

HADAMARD = [[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]


def basin_cases():
    half = M(HADAMARD) / 2
    reflection = mp.eye(4) - M([[1] * 4] * 4) / 2
    identity = mp.eye(4)
    bases = {"identity": identity, "Hadamard": half, "reflection": reflection}
    signs = [diagonal(s) for s in itertools.product((1, -1), repeat=4)]
    draw = Draw(13)
    cases, seen = [], {}

    def add(name, Z, m, W1, W2, exact_zeros):
        """Z, W_1, W_2 exact; balanced: W_2ᵀW_2 = W_1W_1ᵀ."""
        assert frobenius2(W2.T * W2 - W1 * W1.T) < mp.mpf(10) ** -30
        dy, dx = Z.rows, Z.cols
        r = W1.rows
        U, s, Vt = singular(Z)
        V = Vt.T
        rho = sum(x > mp.mpf(10) ** -20 for x in s)
        Q = mp.matrix([[W1.T[i, j] for j in range(r)] for i in range(dx)] + [[W2[i, j] for j in range(r)] for i in range(dy)])
        # Groups of equal σ, and the rank that each adds.
        rows, learned, ranks = [], [], [0]
        i = 0
        while i < rho:
            end = i + 1
            while end < rho and abs(s[end] - s[i]) < mp.mpf(10) ** -20:
                end += 1
            for k in range(i, end):
                rows.append(list((V[:, k].T * Q[:dx, :] + U[:, k].T * Q[dx:, :])[0, :]))
            now = rank(M(rows))
            learned += [s[i]] * (now - ranks[-1])
            ranks.append(now)
            i = end
        learnable = s[: min(r, rho)]
        target = len(learned) == len(learnable) and all(abs(a - b) < mp.mpf(10) ** -20 for a, b in zip(learned, learnable))
        limit, cosine = depth_two_limit(Z, Q, dx, s, learned), None
        k = min(r, rho)
        if k == len(s) or s[k - 1] - s[k] > mp.mpf(10) ** -10:
            T = mp.matrix([[V[i, j] for j in range(k)] for i in range(dx)] + [[U[i, j] for j in range(k)] for i in range(dy)])
            orthonormal = singular(Q)[0][:, :r]
            cosine = singular_values(T.T * orthonormal / mp.sqrt(2))[k - 1]
        cases.append(
            {
                "name": name,
                "target": Z,
                "sampleCount": m,
                "layers": [W1, W2],
                "learned": learned,
                "learnable": learnable,
                "isGlobalMinimum": target,
                "exactZeros": exact_zeros,
                "smallestCosine": cosine,
                "limit": limit,
            }
        )

    # Signed directions of one orthogonal basis on both sides: rows of U_rᵀU_0 + V_rᵀV_0 vanish or not, exactly.
    for values in ([4, 2, 1, 0.5], [4, 2, 2, 1], [4, 2, 0, 0], [2, 2, 2, 1]):
        for r in (1, 2, 3, 4):
            for outer in ("identity", "Hadamard"):
                for _ in range(6):
                    basis = bases[("identity", "Hadamard", "reflection")[draw.integer(0, 2)]]
                    other = bases[("identity", "Hadamard", "reflection")[draw.integer(0, 2)]]
                    sign = signs[draw.integer(0, 15)]
                    permutation = sorted(range(4), key=lambda _: draw.uniform())
                    P = mp.matrix([[1 if permutation[i] == j else 0 for j in range(4)] for i in range(4)])
                    U0 = columns_of(basis * P, range(r))
                    V0 = columns_of(sign * other * P, range(r))
                    roots = diagonal([mp.mpf(2) ** -draw.integer(0, 2) for _ in range(r)])
                    B, C = bases[outer], bases["identity" if outer == "identity" else "reflection"]
                    Z = B * diagonal(values) * C.T
                    W1, W2 = roots * (C * V0).T, B * U0 * roots
                    rho = sum(v > 0 for v in values)
                    rows = M([list((V0.T[:, i] + U0.T[:, i]).T) for i in range(rho)])
                    increments = tuple(rank(rows[: i + 1, :]) for i in range(rho))
                    key = (tuple(values), r, outer, increments)
                    generic = increments == tuple(min(i + 1, r) for i in range(rho))
                    if key in seen or (generic and outer == "Hadamard") or sum(k[3] == increments for k in seen) >= 2:
                        continue
                    seen[key] = True
                    add(
                        f"σ = {values}, r = {r}, directions of {'the unit vectors' if outer == 'identity' else 'a Hadamard matrix'}, ranks {list(increments)}",
                        Z, 1, W1, W2, outer == "identity",
                    )
    # Full rank and the sign of the determinant; other shapes.
    for n, flips in ((2, 1), (3, 1), (3, 2)):
        Z = diagonal([3, 2, 1][:n])
        sign = diagonal([-1] * flips + [1] * (n - flips))
        add(f"diagonal start of order {n} with {flips} signs turned", Z, 2, sign, mp.eye(n), True)
    for dy, dx, r in ((3, 5, 2), (5, 3, 2), (1, 4, 1), (4, 1, 1), (4, 6, 3)):
        Z = M(draw.matrix(dy, dx))
        A, B = M(draw.matrix(dy, r)), M(draw.matrix(r, dx))
        U, s, Vt = singular(A * B)
        roots = diagonal([mp.sqrt(x) for x in s[:r]])
        W1, W2 = roots * Vt[:r, :], U[:, :r] * roots
        add(f"generic, {dy}×{dx}, r = {r}", M(plain(Z)), 3, W1, W2, False)
        # One column of U_0 turned about: another balanced start.
        W2 = W2 * diagonal([-1] + [1] * (r - 1))
        add(f"generic, {dy}×{dx}, r = {r}, one column of U_0 turned about", M(plain(Z)), 3, W1, W2, False)
    return cases


def depth_two_limit(Z, Q, dx, s, learned):
    """lim W(t) from the closed form of D7 at two late times, in as many digits as the exponentials cancel."""
    dy = Z.rows
    old = mp.mp.dps
    mp.mp.dps = 700
    F = mp.zeros(dx + dy, dx + dy)
    F[:dx, dx:] = Z.T
    F[dx:, :dx] = Z
    values, E = mp.eigsy(F)
    values = [mp.mpf(0) if abs(v) < mp.mpf(10) ** -600 else v for v in values]
    A = E.T * Q
    # Directions given to 50 digits only (generic starts) carry 1e-50 of every other; t = 40 keeps that below 1e-12 at the gaps used here.
    t = mp.mpf(40)
    growth = diagonal([mp.exp(v * t) for v in values])
    integral = diagonal([t if v == 0 else (mp.exp(2 * v * t) - 1) / (2 * v) for v in values])
    middle = mp.eye(Q.cols) + A.T * integral * A
    P = E * growth * A * mp.inverse(middle) * A.T * growth * E.T
    W = P[dx:, :dx]
    # Rest that decays like 1/t or e^{-gap t}: replace by the nearest matrix with the learned singular values.
    mp.mp.dps = old
    U, w, Vt = singular(+W)
    limit = mp.zeros(Z.rows, Z.cols)
    for k, value in enumerate(learned):
        assert abs(w[k] - value) < mp.mpf(10) ** -6 * s[0], (w, learned)
        limit += value * (U[:, k] * Vt[k, :])
    for k in range(len(learned), len(w)):
        assert w[k] < mp.mpf("0.03") * s[0], (w, learned)
    return limit


# D16: a rate below the lowest saddle


def level_rate_cases():
    data = [
        ("rank one, whitened", 2, 1, 3, 3, [2, 1, 0.5], [2, 2, 2], 1.5, 1e-10),
        ("one layer", 1, 3, 3, 4, [2, 1, 0.5], [3, 2, 1, 0.5], 20.0, 1e-8),
        ("three layers, square, full rank", 3, 2, 2, 2, [2, 1.5], [2, 1], 2.0, 1e-6),
        ("full rank, more inputs", 3, 2, 2, 4, [2, 1.5], [2, 1.5, 1, 0.5], 2.0, 1e-6),
        ("full rank, more outputs", 4, 2, 5, 2, [3, 1], [2, 1], 0.75, 1e-9),
        ("near the level", 3, 2, 4, 4, [3, 2, 1, 0.5], [1, 1, 1, 1], 3 - 2.0**-30, 1e-3),
        ("near the level, full rank", 5, 2, 2, 3, [3, 2], [2, 1, 1], 4 - 2.0**-20, 1e-3),
        ("far below the level", 2, 2, 4, 4, [3, 2, 1, 0.5], [4, 3, 2, 1], 1e-10, 1e-20),
        ("a small gap", 3, 2, 3, 3, [3, 2, 2 - 2.0**-10], [2, 1, 1], 2.0**-9, 1e-12),
        ("ten layers", 10, 3, 6, 5, [3, 2.5, 2, 0.5, 0.25], [3, 2, 2, 1, 1], 3.0, 1e-4),
        ("badly scaled inputs", 2, 1, 2, 3, [1, 0.25], [100, 1, 0.01], 0.5, 1e-5),
        ("the target's rank is r", 3, 2, 4, 4, [3, 2, 0, 0], [2, 2, 1, 1], 3.5, 1e-6),
        ("above the level", 3, 2, 4, 4, [3, 2, 1, 0.5], [2, 2, 1, 1], 3.5, 1e-6),
        ("a tie at r", 3, 2, 4, 4, [3, 2, 2, 0.5], [2, 2, 1, 1], 0.5, 1e-6),
        ("r above the target's rank", 3, 3, 4, 4, [3, 2, 0, 0], [2, 2, 1, 1], 0.5, 1e-6),
    ]
    cases = []
    for name, N, r, dy, dx, values, scales, start, end in data:
        n = min(dy, dx)
        full = r == n
        sigma = [mp.mpf(v) for v in values] + [mp.mpf(0)] * (n - len(values))
        top, next_ = sigma[r - 1], (mp.mpf(0) if full else sigma[r])
        low, high = mp.mpf(min(scales)) ** 2, mp.mpf(max(scales)) ** 2
        p = 2 - mp.mpf(2) / N
        factor = N if r == dx == dy else 1
        level = None if N == 1 else top**2 - next_**2
        applies = top > 0 and (N == 1 or 0 < level and start < level)

        def speed(eps):
            root = mp.sqrt(top**2 - eps) if not full else None
            kappa = mp.mpf(1) if full else 2 * (root - next_) / (top + root)
            return factor * low * ((top - mp.sqrt(eps)) / mp.sqrt(high)) ** p * kappa if N > 1 else low

        time = rate = None
        if applies:
            # Panels in log ε, and in log(level − ε) towards the level.
            a, b = mp.mpf(end), mp.mpf(start)
            if N == 1:
                time = mp.log(b / a) / (2 * low)
            else:
                middle = min(b, level / 2)
                cuts = [mp.log(a) + (mp.log(middle) - mp.log(a)) * k / 12 for k in range(13)]
                time = mp.quad(lambda y: 1 / (2 * speed(mp.exp(y))), cuts) if a < middle else mp.mpf(0)
                if b > middle:
                    cuts = [mp.log(level - b) + (mp.log(level - middle) - mp.log(level - b)) * k / 12 for k in range(13)]
                    time += mp.quad(lambda y: mp.exp(y) / (2 * speed(level - mp.exp(y)) * (level - mp.exp(y))), cuts)
            rate = 2 * speed(mp.mpf(0))
        cases.append(
            {
                "name": name, "depth": N, "rank": r, "outputs": dy, "inputs": dx, "singularValues": values,
                "inputScales": scales, "start": start, "end": end, "applies": bool(applies), "level": level,
                "time": time, "finalRate": rate,
            }
        )
    return cases


# D17: final rates


def final_rate_cases():
    draw = Draw(17)
    cases = []
    shapes = [(2, 3, 3, 1), (2, 3, 4, 2), (3, 4, 3, 2), (3, 3, 3, 3), (3, 2, 4, 2), (4, 4, 2, 2), (5, 3, 4, 2), (2, 1, 4, 1), (3, 4, 1, 1)]
    for N, dy, dx, r in shapes:
        for whitened in (True, False):
            scales = [2.0] * dx if whitened else sorted((draw.uniform(0.5, 3) for _ in range(dx)), reverse=True)
            labels = draw.matrix(dy, dx, 4)
            rate = smallest_tangent_eigenvalue(M(labels), [mp.mpf(x) for x in scales], r, N)
            cases.append(
                {
                    "name": f"N = {N}, {dy}×{dx}, r = {r}, {'whitened' if whitened else 'raw'}",
                    "depth": N, "rank": r, "inputScales": scales, "labels": labels, "slowest": rate,
                    "exponent": None, "eigenvalues": None, "constant": None,
                }
            )
    for N, dy, dx, r, rho in ((2, 3, 4, 3, 1), (3, 3, 4, 2, 1), (4, 4, 3, 3, 2), (3, 3, 3, 3, 2), (2, 2, 2, 2, 1)):
        for whitened in (True, False):
            scales = [2.0] * dx if whitened else sorted((draw.uniform(0.5, 3) for _ in range(dx)), reverse=True)
            # Integer factors: exactly of rank ρ.
            labels = M(draw.integers(dy, rho, 3)) * M(draw.integers(rho, dx, 3))
            assert rank(labels) == rho
            Xi = diagonal([mp.mpf(x) for x in scales])
            V = singular(labels)[2].T[:, :rho]
            complement = null_space((mp.inverse(Xi) * V).T)
            reduced = complement.T * Xi * (mp.eye(dx) - V * V.T) * Xi * complement
            ell = eigenvalues(reduced)[::-1]
            e = mp.mpf(N) / (N - 1)
            constant = mp.mpf(2 * N - 2) ** -e * mp.fsum(x ** (-mp.mpf(1) / (N - 1)) for x in ell[: r - rho])
            cases.append(
                {
                    "name": f"N = {N}, {dy}×{dx}, r = {r} above the rank {rho}, {'whitened' if whitened else 'raw'}",
                    "depth": N, "rank": r, "inputScales": scales, "labels": labels, "slowest": None,
                    "exponent": e, "eigenvalues": ell, "constant": constant,
                }
            )
    return cases


def smallest_tangent_eigenvalue(labels, scales, r, N):
    """The smallest eigenvalue of the linearised induced flow at the best matrix of rank r, as an eigenvalue problem on the whole tangent space."""
    dy, dx = labels.rows, labels.cols
    Xi = diagonal(scales)
    Uh, s, Vht = singular(labels)
    best = Uh[:, :r] * diagonal(s[:r]) * Vht[:r, :] * mp.inverse(Xi)
    U, w, Vt = singular(best)
    w = w[:r]
    Lambda = Vt * Xi * Xi * Vt.T
    G = U.T * (best * Xi - labels) * Xi * Vt.T
    K = tangent_weights(w, dy, dx, N)
    index = [(a, b) for a in range(dy) for b in range(dx) if a < r or b < r]
    place = {ab: i for i, ab in enumerate(index)}
    H = mp.zeros(len(index), len(index))
    for (a, b), i in place.items():
        for c in range(dx):
            if (a, c) in place:
                H[i, place[a, c]] += Lambda[b, c]
        if a >= r > b:
            for c in range(r, dx):
                j = place[b, c]
                H[i, j] += G[a, c] / w[b]
                H[j, i] += G[a, c] / w[b]
    for i, ab in enumerate(index):
        for j, cd in enumerate(index):
            H[i, j] *= mp.sqrt(K[ab[0], ab[1]] * K[cd[0], cd[1]])
    return eigenvalues(H)[-1]


# D18: imbalance and the ball


def imbalance_cases():
    draw = Draw(18)
    cases = []

    def add(name, W, scales, labels):
        W = [M(w) for w in W]
        scales = [mp.mpf(x) for x in scales]
        labels = M(labels)
        N = len(W)
        d = [W[0].cols] + [w.rows for w in W]
        D = imbalances(W)
        b, q, p, alpha = chain_bound(D, d)
        expected = {
            "layerBounds": b, "alpha": alpha, "rate": 2 * min(scales) ** 2 * alpha,
            "trueAlpha": mp.fsum(
                least(product(W[j + 1 :], d[j + 1]), d[N]) * least(product(W[:j], d[0]).T, d[0]) for j in range(N)
            ),
        }
        if N == 2:
            expected["twoLayers"] = two_layers(D[0], W, d)
        ball = ball_of(W, scales, labels)
        cases.append({"name": name, "layers": W, "inputScales": scales, "labels": labels, **expected, "ball": ball})

    labels = [[2, 0.5, 0], [-1, 1, 0.25]]
    zero = lambda a, b: [[0] * b for _ in range(a)]
    unit = lambda a, b: [[int(i == j) for j in range(b)] for i in range(a)]
    add("zero-asymmetric, three layers", [unit(3, 3), unit(3, 3), zero(2, 3)], [2, 1.5, 1], labels)
    add("zero-asymmetric, two layers, wider", [unit(4, 3), zero(2, 4)], [2, 1.5, 1], labels)
    add("last layer alone large", [[[0.25, 0, 0], [0, 0.25, 0], [0, 0, 0.25], [0.125, 0.125, 0]], [[2, 0, 1, 0], [0, 3, 0, 1]]], [2, 1.5, 1], labels)
    add("integers, widths 3, 5, 2", [draw.integers(5, 3, 3), draw.integers(2, 5, 3)], [2, 1.5, 1], labels)
    add("integers, widths 3, 6, 5, 2", [draw.integers(6, 3, 1), draw.integers(5, 6, 1), draw.integers(2, 5, 5)], [2, 1.5, 1], labels)
    add("integers, widths 3, 4, 6, 7, 2", [draw.integers(4, 3, 5), draw.integers(6, 4, 2), draw.integers(7, 6, 1), draw.integers(2, 7, 1)], [2, 1.5, 1], labels)
    add("a narrow layer between: nothing", [draw.integers(1, 3, 3), draw.integers(4, 1, 3), draw.integers(2, 4, 3)], [2, 1.5, 1], labels)
    add("one layer", [draw.integers(2, 3, 2)], [2, 1.5, 1], labels)
    add("two layers of one neuron", [[[3]], [[0.5]]], [2], [[1]])
    add("balanced, square", [[[2, 0], [0, 1]], [[2, 0], [0, 1]]], [1, 1], [[4.125, 0], [0, 1]])
    add("unbalanced, narrow, near the minimiser", [[[4, 0, 0]], [[1], [0.0625]]], [1, 1, 1], [[4, 0, 0], [0, 1, 0]])
    add("three layers near a minimiser", [unit(2, 2), unit(2, 2), [[2, 0], [0, 1]]], [1, 1], [[2, 0], [0.03125, 1]])
    return cases


def least(A, order):
    """σ_order(A)², 0 where there are fewer."""
    s = singular_values(A)
    return s[order - 1] ** 2 if len(s) >= order else mp.mpf(0)


def chain_bound(D, d):
    """b_l[k], q, p and α of D18 (a)."""
    N = len(d) - 1
    values = [eigenvalues(A) for A in D]
    b = [[mp.mpf(0)] * min(d[l], d[l + 1]) for l in range(N)]

    def pass_on(source, spectrum, target):
        order = len(spectrum)
        source = source + [mp.mpf(0)] * (order - len(source))
        grown = False
        for k in range(min(order, len(target))):
            best = max(source[i] + spectrum[k + order - 1 - i] for i in range(k, order))
            if best > target[k] + mp.mpf(10) ** -35:
                target[k] = best
                grown = True
        return grown

    grown = True
    while grown:
        grown = False
        for j in range(N - 1):
            grown |= pass_on(b[j], values[j], b[j + 1])
        for j in reversed(range(N - 1)):
            grown |= pass_on(b[j + 1], [-x for x in reversed(values[j])], b[j])
    at = lambda l, k: b[l][k - 1] if k <= len(b[l]) else mp.mpf(0)
    q, p = [mp.mpf(1)] * N, [mp.mpf(1)] * N
    q[N - 1] = at(N - 1, d[N])
    for l in range(N - 2, -1, -1):
        q[l] = max(q[l + 1] - values[l][0] if q[l + 1] > 0 else 0, at(l, d[l + 1]), 0)
    p[0] = at(0, d[0])
    for l in range(1, N):
        p[l] = max(p[l - 1] + values[l - 1][-1] if p[l - 1] > 0 else 0, at(l, d[l]), 0)
    alpha = mp.fsum(mp.fprod(q[j + 1 :]) * mp.fprod(p[:j]) for j in range(N))
    return b, q, p, alpha


def two_layers(D, W, d):
    """λ_±, μ_±, and the bounds a, e at the singular values of W = W_2 W_1, of D18 (b)."""
    dx, h, dy = d
    v = eigenvalues(D)
    plus = max(v[dy - 1], 0) if h >= dy else mp.mpf(0)
    minus = max(-v[h - dx], 0) if h >= dx else mp.mpf(0)
    up, down = max(v[0], 0), max(-v[-1], 0)
    s = singular_values(W[1] * W[0])
    sy = s[dy - 1] if len(s) >= dy else mp.mpf(0)
    sx = s[dx - 1] if len(s) >= dx else mp.mpf(0)
    return {
        "lambdaPlus": plus, "lambdaMinus": minus, "muPlus": up, "muMinus": down,
        "last": (plus - down + mp.sqrt((plus + down) ** 2 + 4 * sy**2)) / 2,
        "first": (minus - up + mp.sqrt((minus + up) ** 2 + 4 * sx**2)) / 2,
        "trueLast": least(W[1], dy), "trueFirst": least(W[0], dx),
    }


def ball_of(W, scales, labels):
    """μ_0, the coefficients c_jk, and radius and rate where the condition of D18 (c) holds."""
    N = len(W)
    d = [W[0].cols] + [w.rows for w in W]
    Xi = diagonal(scales)
    dx, dy = d[0], d[N]
    n, r = min(dx, dy), min(d)
    sigma = singular_values(labels)
    end = product(W, dx)
    eps = frobenius2(end * Xi - labels) - mp.fsum(x * x for x in sigma[r:])
    kappa = mp.mpf(1)
    if r < n:
        if not (0 <= eps < sigma[r - 1] ** 2 - sigma[r] ** 2):
            return None
        A = mp.sqrt(sigma[r - 1] ** 2 - eps)
        kappa = 2 * (A - sigma[r]) / (sigma[r - 1] + A)
    kernel = mp.zeros(dy * dx, dy * dx)
    for j in range(N):
        A = product(W[j + 1 :], d[j + 1])
        B = product(W[:j], dx) * Xi
        A, B = A * A.T, B.T * B
        for a in range(dy):
            for c in range(dy):
                for b in range(dx):
                    for e in range(dx):
                        kernel[a * dx + b, c * dx + e] += A[a, c] * B[b, e]
    mu0 = eigenvalues(kernel)[r * (dx + dy - r) - 1]
    if mu0 < mp.mpf(10) ** -25:
        return {"mu0": mp.mpf(0), "coefficients": None, "gap": eps, "kappa": kappa, "radius": None, "rate": None}

    def segment(a, b):
        return norm2((product(W[a : b - 1], d[a]) * (Xi if a == 0 else mp.eye(d[a]))))

    c = []
    for j in range(1, N + 1):
        others = [i for i in range(1, N + 1) if i != j]
        row = []
        for k in range(1, N):
            total = mp.mpf(0)
            for T in itertools.combinations(others, k):
                cuts = [0] + sorted(T + (j,)) + [N + 1]
                total += mp.fprod(segment(a, b) ** 2 for a, b in zip(cuts, cuts[1:]))
            row.append(mp.sqrt(total))
        c.append(row)

    def eta(R):
        if N == 1:
            return mp.mpf(0)
        u = R / mp.sqrt(N - 1)
        return mp.sqrt(mp.fsum(mp.fsum(x * mp.sqrt(mp.binomial(N - 1, k + 1)) * u ** (k + 1) for k, x in enumerate(row)) ** 2 for row in c))

    root = mp.sqrt(mu0)
    need = mp.sqrt(eps / kappa)
    phi = lambda R: root * R - mp.quad(eta, [0, R / 2, R])
    result = {"mu0": mu0, "coefficients": c, "gap": eps, "kappa": kappa, "radius": None, "rate": None}
    if N == 1:
        R = need / root
    else:
        low, high = mp.mpf(0), mp.mpf(1)
        while eta(high) < root:
            high *= 2
        for _ in range(120):
            middle = (low + high) / 2
            low, high = (middle, high) if eta(middle) < root else (low, middle)
        if phi(low) <= need:
            return result
        a, b = mp.mpf(0), low
        for _ in range(120):
            middle = (a + b) / 2
            a, b = (middle, b) if phi(middle) < need else (a, middle)
        R = b
    result.update(radius=R, rate=2 * kappa * (root - eta(R)) ** 2)
    return result


# D19: the sign of a determinant, the law of decay


def exact_sign(rows):
    """The sign of the determinant, in fractions."""
    A = [[Fraction(x) for x in row] for row in rows]
    n, sign = len(A), 1
    for k in range(n):
        pivot = next((i for i in range(k, n) if A[i][k] != 0), None)
        if pivot is None:
            return 0
        if pivot != k:
            A[k], A[pivot] = A[pivot], A[k]
            sign = -sign
        if A[k][k] < 0:
            sign = -sign
        for i in range(k + 1, n):
            f = A[i][k] / A[k][k]
            A[i] = [x - f * y for x, y in zip(A[i], A[k])]
    return sign


def sign_cases():
    draw = Draw(19)
    matrices = [
        ("one number", [[-0.5]]),
        ("a rotation by a quarter", [[0, -1], [1, 0]]),
        ("an exchange", [[0, 1], [1, 0]]),
        ("a cycle of three", [[0, 1, 0], [0, 0, 1], [1, 0, 0]]),
        ("minus the identity of order 5", [[-int(i == j) for j in range(5)] for i in range(5)]),
        ("integers of order 6", draw.integers(6, 6, 9)),
        ("numbers of order 12", draw.matrix(12, 12)),
        ("badly scaled", [[1e-150, 0, 0], [0, -1e-150, 1e-160], [0, 3e-150, 1e-150]]),
        ("a Hilbert matrix of order 7", [[1.0 / (i + j + 1) for j in range(7)] for i in range(7)]),
        ("a Hilbert matrix of order 14", [[1.0 / (i + j + 1) for j in range(14)] for i in range(14)]),
        ("singular", [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
        ("singular up to the last bit", [[1, 2, 3], [4, 5, 6], [7, 8, 9.0 + 2.0**-49]]),
        ("Wilkinson's growth of pivots, order 20", [[1 if i == j or j == 19 else -1 if i > j else 0 for j in range(20)] for i in range(20)]),
    ]
    cases = []
    for name, rows in matrices:
        s = singular_values(M(rows))
        ratio = s[-1] / s[0]
        n = len(rows)
        u = mp.mpf(2) ** -53
        known = "decided" if ratio > 1000 * n * n * u else "undecided" if ratio < u else "either"
        cases.append({"name": name, "matrix": rows, "sign": exact_sign(rows), "conditionReciprocal": ratio, "expected": known})
    return cases


def decay_cases():
    draw = Draw(20)
    cases = []
    for N, n in ((3, 1), (3, 2), (4, 2), (5, 3), (2, 2)):
        for whitened in (True, False):
            scales = [2.0] * n if whitened else sorted((draw.uniform(0.5, 3) for _ in range(n)), reverse=True)
            labels = draw.matrix(n, n, 4)
            U, s, Vt = singular(M(labels))
            g = s[-1] * mp.norm(diagonal([mp.mpf(x) for x in scales]) * Vt[n - 1, :].T)
            # On the exact reduced equation s' = −N s^p g, from s = 1: the size at t = 1000.
            t = mp.mpf(1000)
            size = mp.exp(-2 * g * t) if N == 2 else (1 + (N - 2) * g * t) ** (-mp.mpf(N) / (N - 2))
            cases.append(
                {
                    "name": f"N = {N}, order {n}, {'whitened' if whitened else 'raw'}", "depth": N, "inputScales": scales,
                    "labels": labels, "targetSign": exact_sign(labels), "gradient": g, "sizeAt1000": size,
                    "limitLoss": s[-1] ** 2 / 2,
                }
            )
    return cases


# D20: inertia


def inertia_cases():
    draw = Draw(21)
    cases = []
    widths = [
        [3, 3, 2], [2, 4, 3], [2, 3, 3, 2], [3, 4, 3, 2], [2, 2, 2, 2], [3, 2, 5, 3], [2, 6, 2, 3], [2, 6, 6, 2], [2, 8, 8, 8, 2],
        [3, 5, 5, 5, 2], [2, 10, 10, 10, 10, 2], [1, 2, 2, 2, 1],
        [4, 1, 3, 4], [3, 3, 3, 3], [2, 2, 2, 2, 2], [4, 4, 3, 3, 4], [4, 5, 4, 4, 4, 3],
    ]
    for d in widths:
        for kind in ("generic", "low rank", "zero layer"):
            N = len(d) - 1
            W = [M(draw.integers(d[j + 1], d[j], 4)) for j in range(N)]
            if kind == "low rank":
                j = draw.integer(0, N - 1)
                W[j] = M(draw.integers(d[j + 1], 1, 2)) * M(draw.integers(1, d[j], 2))
            if kind == "zero layer":
                j = draw.integer(0, N - 1)
                W[j] = mp.zeros(d[j + 1], d[j])
            n = min(d[0], d[-1])
            rho = n if kind == "generic" else draw.integer(1, n)
            labels = [[(4 - i if i == j and i < rho else 0) for j in range(d[0])] for i in range(d[-1])]
            result = inertia_floor(W, d, rho)
            cases.append({"name": f"widths {d}, {kind}, rank of the target {rho}", "layers": W, "labels": labels, **result})
    return cases


def inertia_floor(W, d, rho):
    N = len(W)
    D = imbalances(W)
    plus, minus = [0], []
    for A in D:
        v = eigenvalues(A)
        scale = max(abs(v[0]), abs(v[-1]), 1)
        plus.append(sum(x > mp.mpf(10) ** -25 * scale for x in v))
        minus.append(sum(x < -mp.mpf(10) ** -25 * scale for x in v))
    minus.append(0)
    floors = [max(plus[l], minus[l]) for l in range(N)]  # of W_{l+1}
    chain = lambda a, b: sum(floors[a - 1 : b]) - sum(d[a:b])  # W_b ⋯ W_a
    pairs = []
    for i in range(2, N + 1):
        for j in range(1, i):
            first = d[j] if i == j + 1 else max(0, chain(j + 1, i - 1))
            second = max(0, rho + (chain(1, j - 1) - d[0] if j > 1 else 0) + (chain(i + 1, N) - d[N] if i < N else 0))
            pairs.append({"pair": [i, j], "first": first, "second": second})
    floor = max(0, chain(1, N))
    k0 = max([floor] + [min(p["first"], p["second"]) for p in pairs])
    return {
        "positive": plus[1:], "negative": minus[:-1], "layerRanks": floors, "pairs": pairs, "rankFloor": floor,
        "leastRank": k0, "best": min(min(d), rho), "applies": k0 >= min(min(d), rho),
    }


# 8.8: strict or not


def strictness_cases():
    draw = Draw(22)
    cases, counts = [], {}
    while len(cases) < 22:
        N = draw.integer(2, 5)
        d = [draw.integer(1, 3) for _ in range(N + 1)]
        r, n = min(d), min(d[0], d[-1])
        rho = draw.integer(1, n)
        values = [Fraction(x) for x in ([4, 2, 1, 0.5], [4, 4, 1, 1])[draw.integer(0, 1)][:rho]]
        k = draw.integer(0, min(r, rho) - 1) if min(r, rho) > 0 else 0
        Z = diagonal([mp.mpf(float(v)) for v in values], d[-1], d[0])
        S = Z[k:, k:] if k < min(d[0], d[-1]) else None
        chain = partial_maps(draw, [x - k for x in d])
        if chain is None or S is None or not critical(chain, S, [x - k for x in d]):
            continue
        W = []
        roots = [mp.mpf(1)] * k
        for j in range(N):
            core = [mp.mpf(float(v)) for v in values[:k]] if j == N - 1 else roots
            layer = mp.zeros(d[j + 1], d[j])
            for a in range(k):
                layer[a, a] = core[a]
            for a in range(d[j + 1] - k):
                for b in range(d[j] - k):
                    layer[a + k, b + k] = chain[j][a, b]
            W.append(layer)
        # Shears of the hidden layers, exact in integers.
        for j in range(1, N):
            shear = mp.eye(d[j])
            inverse = mp.eye(d[j])
            if d[j] > 1:
                a = draw.integer(0, d[j] - 2)
                x = draw.integer(-1, 1)
                shear[a, a + 1], inverse[a, a + 1] = x, -x
            W[j - 1], W[j] = shear * W[j - 1], W[j] * inverse
        ranks = []
        for i in range(2, N + 1):
            for j in range(1, i):
                first = rank(product(W[j : i - 1], d[j]))
                second = rank(product(W[: j - 1], d[0]) * Z.T * product(W[i:], d[i]))
                ranks.append({"pair": [i, j], "ranks": [first, second]})
        tight = all(k in entry["ranks"] for entry in ranks)
        key = (N, tight)
        if counts.get(key, 0) >= 4:
            continue
        counts[key] = counts.get(key, 0) + 1
        smallest = eigenvalues(loss_hessian(W, Z))[-1]
        assert (smallest > -mp.mpf(10) ** -20) == tight, (W, Z, smallest)
        cases.append(
            {
                "name": f"N = {N}, widths {d}, rank {k} of {min(r, rho)}", "layers": W, "target": Z, "rank": k, "pairs": ranks,
                "kind": "nonStrictSaddle" if tight else "strictSaddle", "smallestEigenvalue": smallest,
            }
        )
    # The best of rank one: balanced, and with layers that keep a second direction up to the last or from the second on.
    Z = diagonal([4, 2, 1])
    one, two, scaled = diagonal([1, 0, 0]), diagonal([1, 1, 0]), diagonal([4, 0, 0])
    for name, W in (
        ("balanced, N = 3", [one, one, scaled]),
        ("balanced, N = 4", [one, one, one, scaled]),
        ("N = 3, the first layer keeps more", [two, one, scaled]),
        ("N = 3, the second layer keeps more", [one, two, scaled]),
        ("N = 4, the first and the third layer keep more", [two, one, two, scaled]),
        ("N = 4, the first two layers keep more", [two, two, one, scaled]),
    ):
        ranks = []
        for i in range(2, len(W) + 1):
            for j in range(1, i):
                ranks.append({"pair": [i, j], "ranks": [rank(product(W[j : i - 1], 3)), rank(product(W[: j - 1], 3) * Z.T * product(W[i:], 3))]})
        tight = all(1 in entry["ranks"] for entry in ranks)
        smallest = eigenvalues(loss_hessian(W, Z))[-1]
        assert (smallest > -mp.mpf(10) ** -20) == tight, (name, smallest)
        cases.append(
            {
                "name": name, "layers": W, "target": Z, "rank": 1, "pairs": ranks,
                "kind": "nonStrictSaddle" if tight else "strictSaddle", "smallestEigenvalue": smallest,
            }
        )
    # A set that is not leading: strict at every depth.
    for N in (2, 3, 4):
        Z = diagonal([4, 2, 1])
        W = [diagonal([0, 1, 0]) for _ in range(N - 1)] + [diagonal([0, 2, 0])]
        cases.append(
            {
                "name": f"N = {N}, the second direction alone", "layers": W, "target": Z, "rank": 1, "pairs": [],
                "kind": "strictSaddle", "smallestEigenvalue": eigenvalues(loss_hessian(W, Z))[-1],
            }
        )
    return cases


def partial_maps(draw, e):
    """Layers of the part that W does not have: each maps some unit vectors to others; None where the product is not zero."""
    chain = []
    for j in range(len(e) - 1):
        A = mp.zeros(e[j + 1], e[j])
        free = list(range(e[j + 1]))
        for b in range(e[j]):
            if free and draw.uniform(0, 1) < 0.4:
                A[free.pop(draw.integer(0, len(free) - 1)), b] = draw.integer(1, 2)
        chain.append(A)
    return chain if max([0] + [abs(x) for x in product(chain, e[0])]) == 0 else None


def critical(chain, S, e):
    N = len(chain)
    for j in range(N):
        below, above = product(chain[:j], e[0]), product(chain[j + 1 :], e[j + 1])
        if below.rows and above.cols and max([0] + [abs(x) for x in below * S.T * above]) > 0:
            return False
    return True


# Small starts


def small_start_cases():
    cases = []
    for N, m, sigma, start in (
        (2, 1, [4, 2, 1], [1e-4, 1e-4, 1e-4]),
        (2, 3, [4, 2, 1], [1e-12, 1e-3, 1e-5]),
        (3, 1, [4, 2, 1], [1e-4, 1e-4, 1e-4]),
        (3, 2, [4, 2, 1], [1e-6, 1e-3, 1e-4]),
        (4, 1, [3, 2.5], [1e-6, 1e-6]),
        (10, 1, [1, 0.5], [1e-3, 1e-3]),
        (3, 1, [4, 2, 1], [1e-3, -1e-3, 1e-3]),
    ):
        p = 2 - mp.mpf(2) / N
        times = []
        for S, s0 in zip(sigma, start):
            if s0 <= 0:
                times.append(None)
                continue
            S, s0 = mp.mpf(S), mp.mpf(s0)
            # In z = log s: ds/s^p = s^{1−p} dz.
            cuts = [mp.log(s0) + (mp.log(S / 2) - mp.log(s0)) * k / 10 for k in range(11)]
            times.append(mp.quad(lambda z: mp.exp((1 - p) * z) / (N * m * (S - mp.exp(z))), cuts))
        cases.append({"name": f"aligned, N = {N}, m = {m}, from {start}", "depth": N, "sampleCount": m, "singularValues": sigma, "start": start, "times": times})
    return cases


def depth_two_sequence_cases():
    """N = 2, whitened, balanced and small: the predicted times beside the crossings of the exact loss of D7."""
    draw = Draw(23)
    cases = []
    for name, sigma, scale in (("well separated", [4, 2, 1], 1e-8), ("closer", [3, 2.25, 1.5], 1e-10), ("two of three", [4, 2, 1], 1e-8)):
        r = 2 if name == "two of three" else 3
        Z = diagonal(sigma, 3, 4)
        W0 = M(draw.matrix(3, r)) * M(draw.matrix(r, 4)) * mp.mpf(scale)
        U, s, Vt = singular(W0)
        roots = diagonal([mp.sqrt(x) for x in s[:r]])
        W1, W2 = roots * Vt[:r, :], U[:, :r] * roots
        W1, W2 = M(plain(W1)), M(plain(W2))  # balanced to round-off
        alpha = [(W1[:, i].T + W2[i, :]) / mp.sqrt(2) for i in range(3)]
        earlier, times = [], []
        for i in range(r):
            row = alpha[i].copy()
            for e in earlier:
                row -= e * (row * e.T)[0]
            size = mp.norm(row)
            earlier.append(row / size)
            times.append((mp.log(2 * mp.mpf(sigma[i]) / size**2 - 1) - mp.log(1 + mp.sqrt(2))) / (2 * mp.mpf(sigma[i])))
        Q = mp.matrix([[W1.T[i, j] for j in range(r)] for i in range(4)] + [[W2[i, j] for j in range(r)] for i in range(3)])
        F = mp.zeros(7, 7)
        F[:4, 4:] = Z.T
        F[4:, :4] = Z
        values, E = mp.eigsy(F)
        A = E.T * Q

        def loss(t):
            growth = diagonal([mp.exp(v * t) for v in values])
            integral = diagonal([t if abs(v) < mp.mpf(10) ** -40 else (mp.exp(2 * v * t) - 1) / (2 * v) for v in values])
            P = E * growth * A * mp.inverse(mp.eye(r) + A.T * integral * A) * A.T * growth * E.T
            return frobenius2(P[4:, :4] - Z)

        levels = [mp.fsum(mp.mpf(x) ** 2 for x in sigma[k:]) for k in range(4)]
        observed = []
        for k in range(r):
            middle = (levels[k] + levels[k + 1]) / 2
            low, high = mp.mpf(0), 2 * times[k] + 1
            for _ in range(60):
                t = (low + high) / 2
                low, high = (t, high) if loss(t) > middle else (low, t)
            observed.append(low)
        cases.append({"name": name, "target": Z, "sampleCount": 1, "layers": [W1, W2], "times": times, "observed": observed, "levels": [x / 2 for x in levels[: r + 1]]})
    return cases


if __name__ == "__main__":
    mpmath = f"mpmath {mp.__version__}, {mp.mp.dps} digits"
    write("levels", "D14: lowestLevel and levels are 2(L_S − min L_N) over all sets S of at most `rank` directions, enumerated in fractions.", level_cases())
    write("depth-two-basin", f"D13 ({mpmath}): `learned` by the ranks of rows, `limit` from the closed form of D7 at t = 40 in 700 digits, its singular values replaced by the learned ones. Start: layers[1]·layers[0], balanced.", basin_cases())
    write("level-rate", f"D16 ({mpmath}): `time` is the integral from ε = start to ε = end, `finalRate` the slope of the bound at ε = 0.", level_rate_cases())
    write("final-rates", f"D17 ({mpmath}): X = diag(inputScales), Y = labels. `slowest`: smallest eigenvalue of the linearised induced flow (ε decays at twice that). Where the target's rank is below r: ε t^exponent → constant, `eigenvalues` those of 𝚲 in increasing order.", final_rate_cases())
    write("imbalance", f"D18 ({mpmath}): X = diag(inputScales), Y = labels. layerBounds[l][k]: bounds of σ_k(W_l)²; alpha, and Σ_j of the true σ² for comparison; twoLayers: a = `last`, e = `first` at the singular values of the start; ball: null where ε_0 is not below the level.", imbalance_cases())
    write("determinant-signs", f"D19: `sign` exact in fractions; expected: decided (well above round-off), undecided (below it), either.", sign_cases())
    write("decay-law", f"D19 (b) ({mpmath}): X = diag(inputScales), Y = labels, r = dx = dy. gradient: g; sizeAt1000: of s' = −N s^p g from s = 1.", decay_cases())
    write("inertia", f"D20 ({mpmath}): X = I, Y = labels; positive and negative eigenvalues of D_1, …; layerRanks ρ_l; `first` and `second` are the lower bounds for each pair [i, j]; leastRank k_0; best min(r, ρ).", inertia_cases())
    write("strictness", f"Strict or not (D20; {mpmath}): exact stationary points of the whitened problem X Xᵀ = I with target `target`; ranks of both products for each pair; smallest eigenvalue of ∇²L_N.", strictness_cases())
    write("small-starts", f"Small aligned starts ({mpmath}): times at which mode i passes σ_i/2; null: never.", small_start_cases())
    write("depth-two-sequence", f"Small balanced starts at depth two, whitened ({mpmath}): `times`: predicted for the middle between two levels of the loss; `observed`: when the exact loss passes it.", depth_two_sequence_cases())
