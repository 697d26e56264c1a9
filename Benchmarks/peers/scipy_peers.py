"""SciPy's solvers on an instance."""

import numpy as np
from scipy.integrate import BDF, DOP853, LSODA

from instances import NumPyFlow, jax_jacobian

SOLVERS = {"scipy DOP853": DOP853, "scipy LSODA": LSODA, "scipy BDF": BDF}
IMPLICIT = {"scipy LSODA", "scipy BDF"}


def trajectory(solver_class, flow, tolerance, jac=None, absolute=None):
    """W at the times: the loop of solve_ivp with t_eval, keeping W instead of all weights."""
    times = flow.instance.times
    options = {} if jac is None else {"jac": jac}
    solver = solver_class(
        flow, 0.0, flow.start, times[-1], rtol=tolerance, atol=absolute or tolerance, **options
    )
    states, k = [], 0
    while k < len(times):
        message = solver.step()
        if solver.status == "failed":
            raise RuntimeError(message)
        last = int(np.searchsorted(times, solver.t, side="right"))
        if last > k:
            values = solver.dense_output()(times[k:last])
            states += [flow.matrix(values[:, i]) for i in range(last - k)]
            k = last
    return np.array(states)


def prepare(instance, formulation, method):
    """A function of the tolerance, and the time to compile it: none.

    The implicit methods get the exact Jacobian for the factors; users of the layers leave it to finite differences.
    """
    flow = NumPyFlow(instance, formulation)
    exact = method in IMPLICIT and formulation == "factors"
    jac = jax_jacobian(instance, formulation) if exact else None
    return lambda tolerance: trajectory(SOLVERS[method], flow, tolerance, jac), None
