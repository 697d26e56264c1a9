"""Measures SciPy and diffrax on the instances in a folder and writes peers.json there.

usage: compare.py FOLDER [--quick]
"""

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path

from instances import Instance

# Each with the largest number of unknowns for which it is tried: the implicit ones use dense Jacobians, n x n numbers
# and n^3 operations.
METHODS = {
    "scipy DOP853": None,
    "scipy LSODA": 1000,
    "scipy BDF": 1000,
    "diffrax Dopri8": None,
    "diffrax Tsit5": None,
    "diffrax Kvaerno5": 200,
}
TOLERANCES = [float(f"1e-{k}") for k in range(4, 13)]

# Seconds for one entry with its repetitions, and for compiling.
LIMIT, COMPILE_LIMIT = 6, 120
# The layers of (e) have a million unknowns: a longer look, but at two tolerances only.
LONG_LIMIT = {("e", "layers"): 30}
FEW_TOLERANCES = {("e", "layers"): [1e-8, 1e-11]}


class Worker:
    """worker.py, started when it is needed."""

    def __init__(self, folder):
        self.folder, self.process = folder, None

    def ask(self, request, seconds):
        """The answer; None, and the end of the process, if it takes too long."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("worker.py")), self.folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self.lines = queue.Queue()
            threading.Thread(target=self.read, args=(self.process.stdout, self.lines), daemon=True).start()
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            line = None
        if line is None:
            self.end()
        return line and json.loads(line)

    @staticmethod
    def read(stream, lines):
        for line in stream:
            lines.put(line)
        lines.put(None)

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def entries(worker, instance, formulation, method, tolerances):
    """The points of one method, up to the first that takes too long."""
    point = {"problem": instance.key, "method": method, "formulation": formulation}
    unknowns = sum(W.size for W in instance.starts[formulation])
    if METHODS[method] and unknowns > METHODS[method]:
        note = f"left out: a dense Jacobian of {unknowns} unknowns"
        yield point | {"tolerance": tolerances[0], "note": note}
        return
    limit = LONG_LIMIT.get((instance.key, formulation), LIMIT)
    compilation = worker.ask(point, COMPILE_LIMIT)
    if compilation is None:
        yield point | {"tolerance": tolerances[0], "note": f"not compiled within {COMPILE_LIMIT} s"}
        return
    skips, slow = len(tolerances) > 2, False
    for i, tolerance in enumerate(tolerances):
        # Of the slow ones every second tolerance is enough.
        if skips and slow and i % 2 == 1:
            continue
        answer = worker.ask({"tolerance": tolerance}, limit)
        if answer is None:
            yield point | compilation | {"tolerance": tolerance, "note": f"over {limit} s", "secondsAllowed": limit}
            return
        yield point | compilation | {"tolerance": tolerance} | answer
        slow = slow or answer.get("seconds", 0) > 1


def main(folder, quick):
    worker, points = Worker(folder), []
    for key in Instance.keys(folder):
        instance = Instance(folder, key)
        for formulation in ("factors", "layers"):
            tolerances = FEW_TOLERANCES.get((key, formulation), TOLERANCES)
            if quick:
                tolerances = [t for t in tolerances if t in (1e-4, 1e-10)] or tolerances[:1]
            for method in METHODS:
                for point in entries(worker, instance, formulation, method, tolerances):
                    points.append(point)
                    result = point.get("note") or f"{point['error']:.1e} in {point['seconds']:.2e} s"
                    name = f"{key} {formulation} {method} {point['tolerance']:.0e}"
                    print(f"{name}: {result}", file=sys.stderr, flush=True)
    worker.end()
    (Path(folder) / "peers.json").write_text(json.dumps(points, indent=1))


if __name__ == "__main__":
    main(sys.argv[1], "--quick" in sys.argv[2:])
