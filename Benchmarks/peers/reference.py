"""Reference trajectories, written beside the instances; run before anything is measured.

Rank one on whitened data: the exact solution in 80-bit arithmetic (rank_one.py). Otherwise no closed form of another
origin is at hand, and it is the induced factors by SciPy at its tightest tolerance: DOP853 where the data is whitened,
Radau with the exact Jacobian where it is not.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy.integrate import DOP853, Radau

import rank_one
from instances import Instance, NumPyFlow, end_to_end, jax_jacobian
from scipy_peers import trajectory

# SciPy allows no relative tolerance below 100 eps.
TIGHTEST = 2.3e-14


def reference(instance):
    """The states and how they were computed."""
    factors = instance.starts["factors"]
    whitened = instance.covariance is None
    if whitened and min(W.shape[0] for W in factors) == 1:
        states = rank_one.states(
            instance.target, instance.samples, len(factors), end_to_end(factors), instance.times
        )
        return states.astype(float), "exact solution in 80-bit arithmetic"
    flow = NumPyFlow(instance, "factors")
    if whitened:
        states = trajectory(DOP853, flow, TIGHTEST, absolute=1e-16)
        return states, "DOP853 on the factors, tolerance 2.3e-14"
    states = trajectory(Radau, flow, TIGHTEST, jac=jax_jacobian(instance, "factors"), absolute=1e-16)
    return states, "Radau on the factors, tolerance 2.3e-14"


def main(folder):
    import jax

    jax.config.update("jax_enable_x64", True)
    descriptions = {}
    for key in Instance.keys(folder):
        instance = Instance(folder, key)
        states, descriptions[key] = reference(instance)
        np.savez(Path(folder) / f"{key}-reference.npz", states=states)
        print(f"{key}: {descriptions[key]}", file=sys.stderr, flush=True)
    (Path(folder) / "references.json").write_text(json.dumps(descriptions, indent=1))


if __name__ == "__main__":
    main(sys.argv[1])
