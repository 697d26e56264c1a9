"""What is integrated: gradient flow of a deep linear network on a least-squares problem, by hand in NumPy and in JAX."""

import json
from pathlib import Path

import numpy as np


class Instance:
    """One problem as linnet-bench wrote it.

    The loss is L(W) = m (1/2 tr(W S W') - tr(W Z')) + const with S = X X'/m (None for whitened inputs, S = I) and
    Z = Y X'/m, so that nobody has to touch the samples again.
    """

    def __init__(self, folder, key):
        self.key, self.folder = key, Path(folder)
        with np.load(self.folder / f"{key}.npz") as file:
            arrays = dict(file)
        self.times = arrays["times"]
        self.samples = float(arrays["samples"][0])
        self.target = arrays["target"]
        self.covariance = arrays.get("covariance")
        depth = sum(name.startswith("layer") for name in arrays)
        # "layers": as a user has them; "factors": the same start with hidden widths equal to its rank.
        self.starts = {
            "layers": [arrays[f"layer{j}"] for j in range(1, depth + 1)],
            "factors": [arrays[f"factor{j}"] for j in range(1, depth + 1)],
        }

    @staticmethod
    def keys(folder):
        return json.loads((Path(folder) / "problems.json").read_text())

    def reference(self):
        with np.load(self.folder / f"{self.key}-reference.npz") as file:
            return file["states"]

    def error(self, states):
        """max over the times of |W - W_ref| / |W_ref| in the Frobenius norm."""
        reference = self.reference()
        distance = np.linalg.norm(states - reference, axis=(1, 2))
        return float(np.max(distance / np.linalg.norm(reference, axis=(1, 2))))


def narrowest(layers):
    """The k with the smallest width d_k: every product begins there, which keeps all of them thin."""
    widths = [layers[0].shape[1]] + [W.shape[0] for W in layers]
    return int(np.argmin(widths))


def halves(layers):
    """P = W_N ... W_{k+1} and Q = W_k ... W_1, multiplied from the narrowest width outwards; None stands for I."""
    k = narrowest(layers)
    P = Q = None
    for W in layers[k:]:
        P = W if P is None else W @ P
    for W in reversed(layers[:k]):
        Q = W if Q is None else Q @ W
    return P, Q


def end_to_end(layers):
    """W = W_N ... W_1; the same code for NumPy and JAX."""
    P, Q = halves(layers)
    return Q if P is None else P if Q is None else P @ Q


class NumPyFlow:
    """dW_j/dt = -W_{>j}' G W_{<j}', G = m (W S - Z), written by hand, on one vector."""

    def __init__(self, instance, formulation):
        self.instance = instance
        start = instance.starts[formulation]
        self.shapes = [W.shape for W in start]
        self.offsets = np.cumsum([0] + [W.size for W in start])
        self.start = np.concatenate([W.ravel() for W in start])
        self.split = narrowest(start)

    def layers(self, y):
        return [y[a:b].reshape(shape) for a, b, shape in zip(self.offsets, self.offsets[1:], self.shapes)]

    def matrix(self, y):
        return end_to_end(self.layers(y))

    def __call__(self, t, y):
        W, k, problem = self.layers(y), self.split, self.instance
        N = len(W)
        # left[i] = W_{k+i} ... W_{k+1} and right[i] = W_k ... W_{k-i+1}, thin on the side of the narrowest width.
        left, right = [None], [None]
        for A in W[k:]:
            left.append(A if left[-1] is None else A @ left[-1])
        for A in reversed(W[:k]):
            right.append(A if right[-1] is None else right[-1] @ A)
        P, Q = left[-1], right[-1]
        product = Q if P is None else P if Q is None else P @ Q
        if problem.covariance is not None:
            product = product @ problem.covariance
        G = -problem.samples * (product - problem.target)
        velocity = np.empty_like(y)
        parts = self.layers(velocity)
        # The layers above the narrowest width, from the last one down ...
        H = G if Q is None else G @ Q.T
        for j in range(N - 1, k - 1, -1):
            below = left[j - k]
            parts[j][...] = H if below is None else H @ below.T
            H = W[j].T @ H
        # ... and those below it, from the first one up.
        K = G if P is None else P.T @ G
        for j in range(k):
            above = right[k - 1 - j]
            parts[j][...] = K if above is None else above.T @ K
            K = K @ W[j].T
        return velocity


def jax_velocity(instance):
    """The same velocity by automatic differentiation of the loss; a function of a list of layers."""
    import jax
    import jax.numpy as jnp

    Z, m = jnp.asarray(instance.target), instance.samples
    S = None if instance.covariance is None else jnp.asarray(instance.covariance)

    def loss(layers):
        W = end_to_end(layers)
        if S is None:
            return 0.5 * m * jnp.sum((W - Z) ** 2)
        return m * (0.5 * jnp.sum((W @ S) * W) - jnp.sum(W * Z))

    gradient = jax.grad(loss)
    return lambda layers: [-g for g in gradient(layers)]


def jax_jacobian(instance, formulation):
    """The Jacobian of the velocity on one vector, compiled, for the implicit methods of SciPy."""
    import jax
    import jax.numpy as jnp

    flow, velocity = NumPyFlow(instance, formulation), jax_velocity(instance)

    def on_vector(y):
        return jnp.concatenate([v.ravel() for v in velocity(flow.layers(y))])

    jacobian = jax.jit(jax.jacfwd(on_vector))
    np.asarray(jacobian(flow.start))  # compiled before anything is timed
    return lambda t, y: np.asarray(jacobian(y))
