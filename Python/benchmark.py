"""What the way through Python costs, beside the work itself; medians of seven rounds on this machine.

    .venv-python/bin/python Python/benchmark.py
"""

import os
import signal
import statistics
import subprocess
import sys
import threading
import time

import numpy as np

import linnet


def median(work, repetitions):
    """Seconds of one call."""
    work()
    rounds = []
    for _ in range(7):
        begun = time.perf_counter()
        for _ in range(repetitions):
            work()
        rounds.append((time.perf_counter() - begun) / repetitions)
    return statistics.median(rounds)


def imports():
    """Seconds that importing the package takes beyond NumPy, and its first call beyond that."""
    text = (
        "import time, numpy; a = time.perf_counter(); import linnet; b = time.perf_counter(); linnet.__version__;"
        "print(b - a, time.perf_counter() - b)")
    found = [
        [float(word) for word in subprocess.run([sys.executable, "-c", text], capture_output=True, text=True).stdout.split()]
        for _ in range(7)]
    return [statistics.median(column) for column in zip(*found)]


def threads(problem):
    """How many times as much two threads do as one."""

    def work():
        for seed in range(6):
            linnet.train(problem, depth=3, start="xavier", seed=seed, method="erk", time=1.0)

    def timed(count):
        begun = time.perf_counter()
        running = [threading.Thread(target=work) for _ in range(count)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        return time.perf_counter() - begun

    work()
    return statistics.median(2 * timed(1) / timed(2) for _ in range(5))


def interruptions(problem, count=30):
    """Seconds from Ctrl-C to the result, the latest of some."""
    latest = 0.0
    for _ in range(count):
        sent = []

        def interrupt():
            sent.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)

        threading.Timer(0.1, interrupt).start()
        result = linnet.train(problem, method="euler", step=1e-9, time=1000.0, rank=1)
        latest = max(latest, time.perf_counter() - sent[0])
        assert result.ending == "interrupted"
    return latest


def main():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6))
    Y = X @ rng.normal(size=(6, 3)) + rng.normal(size=(200, 3))
    problem = linnet.Problem.from_target([[3.0, 0.5, 0.0], [0.0, 1.5, 0.2]], samples=50)
    package, first = imports()
    print(f"import beyond NumPy                     {1e3 * package:8.1f} ms")
    print(f"first call, which loads the library     {1e3 * first:8.1f} ms")
    print(f"certify, rank one                       {1e6 * median(lambda: linnet.certify(problem, rank=1, angle=30, norm=10), 200):8.0f} µs")
    print(f"    and the first look at its theorems  {1e6 * median(lambda: linnet.certify(problem, rank=1, angle=30, norm=10).theorems, 50):8.0f} µs")
    print(f"fit of 200 × 6 → 3, rank 2              {1e6 * median(lambda: linnet.fit(X, Y, rank=2), 300):8.0f} µs")
    print(f"train, rank one, closed form            {1e3 * median(lambda: linnet.train(problem, rank=1, angle=30, norm=10), 10):8.1f} ms")
    print(f"two threads beside one                  {threads(problem):8.2f} times as much")
    print(f"from Ctrl-C to the result, at most      {1e3 * interruptions(problem):8.1f} ms")


if __name__ == "__main__":
    main()
