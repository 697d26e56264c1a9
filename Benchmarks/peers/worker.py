"""Measures what it is told to, line by line; a process of its own, so that a solver that takes too long can be ended.

A request is a JSON object: with problem, formulation and method it has them prepared and compiled, with tolerance it
has them run. Every request has one answer.
"""

import json
import sys
from statistics import median
from time import perf_counter

import numpy as np

from instances import Instance


def timed(work):
    begun = perf_counter()
    result = work()
    return result, perf_counter() - begun


def measure(run, instance, tolerance):
    try:
        # The first is not timed unless it is long: it fetches code and memory.
        states, first = timed(lambda: run(tolerance))
    except Exception as error:  # whatever a peer raises is its result
        return {"note": f"failed: {error}".split("\n")[0][:120]}
    if not np.all(np.isfinite(states)):
        return {"note": "failed: the states are not finite"}
    times = [first] if first > 1 else []
    while first <= 1 and (len(times) < 3 or (len(times) < 100 and sum(times) < 0.2)):
        times.append(timed(lambda: run(tolerance))[1])
    return {"error": instance.error(states), "seconds": median(times), "repetitions": len(times)}


def main(folder):
    import jax

    # Trial steps may overflow; the solvers reject them.
    np.seterr(all="ignore")
    jax.config.update("jax_enable_x64", True)
    import diffrax_peers
    import scipy_peers

    def answer(value):
        print(json.dumps(value), flush=True)

    for line in sys.stdin:
        request = json.loads(line)
        if "tolerance" in request:
            answer(measure(run, instance, request["tolerance"]))
        else:
            instance = Instance(folder, request["problem"])
            peers = scipy_peers if request["method"] in scipy_peers.SOLVERS else diffrax_peers
            run, seconds = peers.prepare(instance, request["formulation"], request["method"])
            answer({} if seconds is None else {"compileSeconds": seconds})


if __name__ == "__main__":
    main(sys.argv[1])
