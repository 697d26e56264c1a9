"""diffrax's solvers on an instance: double precision, CPU, compiled once for all tolerances."""

from time import perf_counter

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

from instances import end_to_end, jax_velocity

SOLVERS = {
    "diffrax Dopri8": diffrax.Dopri8,
    "diffrax Tsit5": diffrax.Tsit5,
    "diffrax Kvaerno5": diffrax.Kvaerno5,
}
IMPLICIT = {"diffrax Kvaerno5"}


class Controller(diffrax.PIDController):
    """The default controller, which tries NaN for ever as the next step once a trial state is infinite (version 0.7.2);
    with NaN in the place of infinity it rejects the step, as it should."""

    def adapt_step_size(self, t0, t1, y0, y1_candidate, *arguments):
        finite = jax.tree.map(lambda y: jnp.where(jnp.isfinite(y), y, jnp.nan), y1_candidate)
        return super().adapt_step_size(t0, t1, y0, finite, *arguments)


def prepare(instance, formulation, method):
    """A function of the tolerance, and the seconds that tracing and compiling took."""
    velocity, times = jax_velocity(instance), jnp.asarray(instance.times)
    start = [jnp.asarray(W) for W in instance.starts[formulation]]
    term = diffrax.ODETerm(lambda t, layers, args: velocity(layers))

    @jax.jit
    def solve(start, tolerance):
        controller = Controller(rtol=tolerance, atol=tolerance)
        if method in IMPLICIT:
            # Its interpolation between steps is of third order only, so its steps end at the output times.
            controller = diffrax.ClipStepSizeController(controller, step_ts=times)
        solution = diffrax.diffeqsolve(
            term,
            SOLVERS[method](),
            t0=0.0,
            t1=times[-1],
            dt0=None,
            y0=start,
            stepsize_controller=controller,
            saveat=diffrax.SaveAt(ts=times, fn=lambda t, layers, args: end_to_end(layers)),
            adjoint=diffrax.ForwardMode(),
            max_steps=None,
            throw=False,
        )
        return solution.ys, solution.result == diffrax.RESULTS.successful

    begun = perf_counter()
    compiled = solve.lower(start, jnp.asarray(1e-4)).compile()
    seconds = perf_counter() - begun

    def run(tolerance):
        states, succeeded = compiled(start, jnp.asarray(tolerance))
        states = np.asarray(states)
        if not succeeded:
            raise RuntimeError("the solver gave up")
        return states

    return run, seconds
