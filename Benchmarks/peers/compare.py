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

METHODS = {
    "scipy DOP853": False,
    "scipy LSODA": True,
    "scipy BDF": True,
    "diffrax Dopri8": False,
    "diffrax Tsit5": False,
    "diffrax Kvaerno5": True,
}  # and whether it needs a Jacobian
TOLERANCES = [10.0**-k for k in range(4, 13)]

# Seconds for one entry with its repetitions, and for compiling.
LIMIT, COMPILE_LIMIT = 8, 120
# The layers of (e) are worth a longer look: a single one of their trajectories takes most of a minute.
LONG_LIMIT = {("e", "layers"): 45}
FEW_TOLERANCES = {("e", "layers"): [1e-4, 1e-8]}
# Dense Jacobians: above this number of unknowns their n x n numbers and n^3 operations are out of the question.
LARGEST_DENSE = 2_500


class Worker:
    def __init__(self, folder):
        self.folder, self.process = folder, None

    def ask(self, request):
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

    @staticmethod
    def read(stream, lines):
        for line in stream:
            lines.put(json.loads(line))
        lines.put(None)

    def answer(self, seconds):
        """The next answer; None if it takes too long or the process has ended."""
        try:
            return self.lines.get(timeout=seconds)
        except queue.Empty:
            return None

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def entries(worker, instance, formulation, method, tolerances):
    """The points of one method, up to the first that takes too long."""
    point = {"problem": instance.key, "method": method, "formulation": formulation}
    unknowns = sum(W.size for W in instance.starts[formulation])
    if METHODS[method] and unknowns > LARGEST_DENSE:
        note = f"left out: a dense Jacobian of {unknowns} unknowns"
        yield point | {"tolerance": tolerances[0], "note": note}
        return
    worker.ask(point | {"tolerances": tolerances})
    limit = LONG_LIMIT.get((instance.key, formulation), LIMIT)
    ready = worker.answer(COMPILE_LIMIT)
    for tolerance in tolerances:
        answer = worker.answer(limit) if ready else None
        if answer is None:
            worker.end()
            note = f"over {limit} s" if ready else f"not compiled within {COMPILE_LIMIT} s"
            yield point | {"tolerance": tolerance, "note": note}
            return
        yield answer


def main(folder, quick):
    worker, points = Worker(folder), []
    for key in Instance.keys(folder):
        instance = Instance(folder, key)
        for formulation in ("factors", "layers"):
            tolerances = FEW_TOLERANCES.get((key, formulation), TOLERANCES)
            if quick:
                tolerances = [t for t in tolerances if t in (1e-4, 1e-8)]
            for method in METHODS:
                for point in entries(worker, instance, formulation, method, tolerances):
                    points.append(point)
                    print(
                        f"{key} {formulation} {method} {point['tolerance']:.0e}: "
                        + (point.get("note") or f"{point['error']:.1e} in {point['seconds']:.2e} s"),
                        file=sys.stderr,
                        flush=True,
                    )
    worker.end()
    (Path(folder) / "peers.json").write_text(json.dumps(points, indent=1))


if __name__ == "__main__":
    main(sys.argv[1], "--quick" in sys.argv[2:])
