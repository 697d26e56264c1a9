"""The exact rank-one flow on whitened data (D4 of Documentation/derived.md), by quadrature in 80-bit arithmetic.

Independent of Linnet's code and of the peers: Chebyshev interpolation on short panels, everything in numpy.longdouble
except the singular vectors of Z, which are refined by one step of iteration in longdouble.
"""

import numpy as np

LD = np.longdouble
NODES = 40
PI = 4 * np.arctan(LD(1))
ANGLES = PI * (np.arange(NODES, dtype=LD) + LD(0.5)) / NODES
POINTS = -np.cos(ANGLES)  # on [-1, 1], increasing
# The coefficients of the interpolating Chebyshev series from values at POINTS.
TO_SERIES = np.array([[np.cos(j * a) * (-1) ** j for a in ANGLES] for j in range(NODES)], dtype=LD) * (LD(2) / NODES)
TO_SERIES[0] /= 2


def integral(series):
    """The series of the integral from -1."""
    padded = np.concatenate([series, np.zeros(2, dtype=LD)])
    result = np.zeros(NODES + 1, dtype=LD)
    result[1] = padded[0] - padded[2] / 2
    for j in range(2, NODES + 1):
        result[j] = (padded[j - 1] - padded[j + 1]) / (2 * j)
    result[0] = -sum(c * (-1) ** j for j, c in enumerate(result) if j > 0)
    return result


def evaluate(series, x):
    """Clenshaw's recurrence."""
    b1 = b2 = x * 0
    for c in series[:0:-1]:
        b1, b2 = 2 * x * b1 - b2 + c, b1
    return x * b1 - b2 + series[0]


class Directions:
    """[v; u](x) = e^{F x} [v_0; u_0] without normalisation, F = [[0, Z'], [Z, 0]], from x = 0."""

    def __init__(self, Z, u, v):
        U, sigma, Vt = np.linalg.svd(Z, full_matrices=False)
        Z, U, V = Z.astype(LD), U.astype(LD), Vt.T.astype(LD)
        # Orthonormal to longdouble (Newton's polar iteration), values by the Rayleigh quotient: errors square.
        for _ in range(2):
            U = U @ (1.5 * np.eye(len(sigma), dtype=LD) - 0.5 * U.T @ U)
            V = V @ (1.5 * np.eye(len(sigma), dtype=LD) - 0.5 * V.T @ V)
        core = U.T @ Z @ V
        # What is left outside the diagonal is removed to first order, E_ij = (s_j c_ij + s_i c_ji)/(s_j^2 - s_i^2).
        s = np.diag(core).copy()
        gap = s[None, :] ** 2 - s[:, None] ** 2
        np.fill_diagonal(gap, 1)
        left = (s[None, :] * core + s[:, None] * core.T) / gap
        right = (s[:, None] * core + s[None, :] * core.T) / gap
        np.fill_diagonal(left, 0)
        np.fill_diagonal(right, 0)
        U, V = U @ (np.eye(len(s), dtype=LD) + left), V @ (np.eye(len(s), dtype=LD) + right)
        for _ in range(1):
            U = U @ (1.5 * np.eye(len(s), dtype=LD) - 0.5 * U.T @ U)
            V = V @ (1.5 * np.eye(len(s), dtype=LD) - 0.5 * V.T @ V)
        self.U, self.V = U, V
        self.sigma = np.diag(U.T @ Z @ V).copy()
        a, b = U.T @ u, V.T @ v
        self.p, self.q = a + b, a - b
        self.null_u, self.null_v = u - U @ a, v - V @ b
        self.null = 2 * (self.null_u @ self.null_u + self.null_v @ self.null_v)

    def log_growth(self, x):
        """log G(x); the largest exponential is factored out, so nothing overflows."""
        top = self.sigma[0] * x[:, None]
        e = np.exp(2 * (self.sigma * x[:, None] - top))
        f = np.exp(-2 * (self.sigma * x[:, None] + top))
        G = (e @ self.p**2 + f @ self.q**2 + self.null * np.exp(-2 * top[:, 0])) / 4
        return 2 * top[:, 0] + np.log(G)

    def at(self, x):
        """The unit vectors u and v."""
        scale = np.exp(-self.log_growth(np.array([x]))[0] / 2)
        e, f = np.exp(self.sigma * x) * self.p, np.exp(-self.sigma * x) * self.q
        u = self.U @ (e + f) / 2 + self.null_u
        v = self.V @ (e - f) / 2 + self.null_v
        return u * scale, v * scale


def states(Z, samples, depth, W0, times):
    """W at the times, in longdouble; W0 of rank one."""
    N, m = depth, LD(samples)
    # A step of power iteration in longdouble makes the factors of W0 exact.
    u = W0.astype(LD) @ (W0.T.astype(LD) @ np.linalg.svd(W0)[0][:, 0].astype(LD))
    u /= np.sqrt(u @ u)
    v = W0.T.astype(LD) @ u
    size = np.sqrt(v @ v)
    directions = Directions(Z, u, v / size)

    half = LD(0.125) / (N * directions.sigma[0])  # of a panel: the integrand is smooth on the scale 1/(N sigma)
    x0, y0, t0 = LD(0), 1 / size, LD(0)
    found, k = [], 0
    while k < len(times):
        x = x0 + half * (1 + POINTS)
        growth = directions.log_growth(np.concatenate([[x0], x, [x0 + 2 * half]]))
        growth = (growth - growth[0]) * LD(N) / 2
        # y = G^{-N/2} [y_0 + N int G^{N/2}], with G relative to the beginning of the panel.
        inner = N * half * integral(TO_SERIES @ np.exp(growth[1:-1]))
        y = np.exp(-growth[1:-1]) * (y0 + np.array([evaluate(inner, c) for c in POINTS]))
        clock = half / m * integral(TO_SERIES @ y ** (1 - LD(2) / N))
        clock[0] += t0
        end = evaluate(clock, LD(1))
        while k < len(times) and times[k] <= end:
            t = LD(times[k])
            low, high = LD(-1), LD(1)
            for _ in range(70):  # bisection to the last bit; t(x) increases
                middle = (low + high) / 2
                low, high = (middle, high) if evaluate(clock, middle) < t else (low, middle)
            c = (low + high) / 2
            at = x0 + half * (1 + c)
            g = (directions.log_growth(np.array([x0, at]))) * LD(N) / 2
            s = np.exp(g[1] - g[0]) / (y0 + evaluate(inner, c))
            uk, vk = directions.at(at)
            found.append(s * np.outer(uk, vk))
            k += 1
        y0 = np.exp(-growth[-1]) * (y0 + evaluate(inner, LD(1)))
        x0, t0 = x0 + 2 * half, end
    return np.array(found)
