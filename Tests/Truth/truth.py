"""Holds what `linnet train` says of random problems against a witness that shares no code with it.

usage: truth.py LINNET COUNT [--seed S] [--first K] [--processes P] [--page FILE] [--fixture FILE] [--summaries FILE [--again]] [--only INDEX]
"""

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
import warnings
from multiprocessing import Pool
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import checks
import page
import witness
from problems import STRUCTURED, random_problem

# Pictures are not what is tried.
ENVIRONMENT = {**os.environ, "LINNET_PYTHON": "/nonexistent", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def read_network(path):
    """The layers in a safetensors file of float64."""
    raw = path.read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    names = sorted((k for k in header if k != "__metadata__"), key=lambda k: int(k.split(".")[1]))
    layers = []
    for name in names:
        begin, end = header[name]["data_offsets"]
        layers.append(np.frombuffer(raw[8 + size + begin : 8 + size + end], "<f8").reshape(header[name]["shape"]).copy())
    return layers


def linnet(command, arguments, folder, out):
    """A run of the command in a folder: its JSON (None if it gave none), what it said on standard error, and the final layers."""
    call = [command, "train", *arguments, "--out", out, "--json"]
    run = subprocess.run(call, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    result = json.loads(run.stdout) if run.stdout.strip() else None
    network = folder / out / "network.safetensors"
    return result, run.stderr, read_network(network) if network.exists() else None


def start_of(command, problem, folder):
    """The layers that the run starts from: an Euler step too short to change a digit."""
    frozen = ["--method", "euler", "--step", "1e-300", "--time", "1e-300", "--no-error-estimate"]
    _, _, layers = linnet(command, problem.arguments() + frozen, folder, "start")
    if layers is not None and problem.start_matrix is not None:
        # Zero rows and columns of the matrix are zero in its balanced factors; on their way through the run they were rounded.
        layers[0][:, ~problem.start_matrix.any(axis=0)] = 0
        layers[-1][~problem.start_matrix.any(axis=1)] = 0
    return layers


def is_balanced(layers):
    """Whether W_{j+1}ᵀW_{j+1} = W_jW_jᵀ to round-off."""
    pairs = zip(layers, layers[1:])
    return all(np.linalg.norm(B.T @ B - A @ A.T) <= 1e-13 * max(np.linalg.norm(A), np.linalg.norm(B)) ** 2 for A, B in pairs)


def is_diagonal(M):
    """Whether every entry beside the diagonal is exactly zero, whatever the shape."""
    rows, columns = np.nonzero(M)
    return bool(np.all(rows == columns))


def integrated(problem, layers, loss, times, budget):
    """The flow of the layers twice: as they are, and less strictly in other bases of the hidden layers."""
    other = witness.turned(layers, np.random.default_rng(problem.index), problem.start in STRUCTURED)
    return (
        witness.trajectory(loss.S, loss.C, layers, times, 1e-12, budget),
        witness.trajectory(loss.S, loss.C, other, times, 1e-10, budget),
    )


def witnessed(problem, layers, loss, asked, budget):
    """The witness at these times: two integrations with so many evaluations each, or a closed form where there is one."""
    times = checks.with_neighbours(asked)
    # A start that is given as a matrix is that matrix, and its zeros are zeros; layers that come back from a run have rounded them.
    W0, c = witness.product(layers), loss.S[0, 0]
    if problem.start_matrix is not None and is_balanced(layers):
        W0 = problem.start_matrix
    Z = loss.C / c
    has_modes = problem.data != "raw" and is_balanced(layers)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if problem.depth == 1:
            first = second = witness.single(loss.S, loss.C, W0, times)
        elif has_modes and is_diagonal(Z) and is_diagonal(W0):
            first, second = (witness.aligned(Z, c, W0, problem.depth, times, tolerance) for tolerance in (1e-12, 1e-10))
        elif has_modes and problem.depth == 2:
            first = second = witness.two_layers(Z, c, layers, times)
            known = np.isfinite(first).all((1, 2))[:, None, None]
            if not known.all():
                # Beyond the digits that it may have, the closed form leaves the word to integration.
                first, second = (np.where(known, first, W) for W in integrated(problem, layers, loss, times, budget))
        else:
            first, second = integrated(problem, layers, loss, times, budget)
    seen = checks.Witnessed(loss, asked, times, first, second)
    # Wider hidden layers that are balanced have the rank of W: det W(t) keeps its sign there, too.
    dx, dy = layers[0].shape[1], layers[-1].shape[0]
    seen.keeps_sign = is_balanced(layers) and dx == dy == min(map(len, layers))
    return seen


def tried(work):
    """One problem: its findings, how the run ended, and what a fixture of it holds."""
    command, seed, index = work
    problem = random_problem(seed, index)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        problem.write(folder)
        summary = {"index": index, "start": problem.start, "data": problem.data, "widths": problem.widths, "options": problem.options}
        try:
            layers = start_of(command, problem, folder)
            result, errors, final = linnet(command, problem.arguments() + ["--max-seconds", "30"], folder, "run")
        except subprocess.TimeoutExpired:
            return {**summary, "ending": "no answer in 120 s", "findings": []}
        if result is None or layers is None or final is None:
            return {**summary, "ending": "refused", "errors": errors[-300:], "findings": []}
        loss = witness.Loss(problem.X, problem.Y, min(problem.widths))
        times = checks.times_of(result)
        # A run that stood still at t = 1e100 is followed for a while, not to its end.
        budget = 150_000 if result["termination"]["kind"] == "converged" else 15_000
        seen = witnessed(problem, layers, loss, times, budget) if loss.unit > 0 else None
        findings = list(checks.all_checks(problem, layers, final, result, loss, seen))
    summary["ending"] = f"{result['termination']['kind']}, {result['verdict']['kind']}"
    summary["findings"] = [(f.check, f.holds, f.numbers if f.holds is not True else "") for f in findings]
    summary["fixture"] = fixture(problem, layers, result, loss, seen) if seen is not None else None
    return summary


def fixture(problem, layers, result, loss, seen):
    """What a test of the library needs to make the same checks: the problem, its start, and the witness's gaps."""
    if not np.all(np.isfinite(seen.gaps + seen.uncertainty)) or result["method"]["estimatedError"] is None:
        return None
    within = [t for t in seen.asked if t <= result["termination"]["time"]]
    kept = sorted({within[i] for i in np.linspace(0, len(within) - 1, 8).astype(int)} | {seen.asked[-1]})
    level = loss.lowest_saddle()
    return {
        "index": problem.index,
        "start": problem.start,
        "samples": problem.samples,
        "inputs": problem.X.tolist() if problem.samples is None else None,
        "outputs": problem.Y.tolist() if problem.samples is None else None,
        "target": (problem.Y @ problem.X.T / problem.samples).tolist() if problem.samples else None,
        "layers": [W.tolist() for W in layers],
        "unit": loss.unit,
        "scale": loss.whole,
        "lowestSaddle": level,
        "times": kept,
        "gaps": [seen.at(t)[0] for t in kept],
        "uncertainty": [float(f"{seen.at(t)[1]:.2g}") for t in kept],
        "stated": [float(f"{checks.stated_error(result, seen.matrix(t), loss):.3g}") for t in kept],
        "reachesMinimum": checks.goes_below(loss, seen, result["termination"]["time"]),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("linnet")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--page", type=Path)
    parser.add_argument("--fixture", type=Path)
    parser.add_argument("--only", type=int)
    parser.add_argument("--summaries", type=Path, help="a file for what was found on each problem, a line of JSON each")
    parser.add_argument("--again", action="store_true", help="page and fixture from the summaries of before")
    options = parser.parse_args()
    command = str(Path(options.linnet).resolve())
    if options.only is not None:
        problem = random_problem(options.seed, options.only)
        problem.write(Path("."))
        print("linnet train", *problem.arguments())
        summary = tried((command, options.seed, options.only))
        summary.pop("fixture", None)
        print(json.dumps(summary, indent=1, default=str, ensure_ascii=False))
        return 0
    if options.again:
        return report([json.loads(line) for line in options.summaries.read_text().splitlines()], options)
    work = [(command, options.seed, k) for k in range(options.first, options.first + options.count)]
    summaries = []
    kept = options.summaries.open("w") if options.summaries else None
    with Pool(options.processes) as pool:
        for summary in pool.imap_unordered(tried, work):
            summaries.append(summary)
            if kept:
                print(json.dumps(summary, default=float), file=kept, flush=True)
            told = set()
            for check, holds, numbers in summary["findings"]:
                if holds is False and check not in told:
                    told.add(check)
                    print(f"FALSE {summary['index']} {check} {summary['start']} {summary['data']} {summary['widths']}: {numbers}", flush=True)
            if len(summaries) % 100 == 0:
                print(f"{len(summaries)} of {len(work)}", file=sys.stderr, flush=True)
    return report(summaries, options)


def report(summaries, options):
    """Prints the table and writes what was asked for; 1 if anything false was found."""
    summaries.sort(key=lambda summary: summary["index"])
    print(page.table(summaries, checks.NAMES))
    if options.page:
        options.page.write_text(page.document(summaries, checks.NAMES, options.seed))
    if options.fixture:
        page.write_fixture(summaries, options.fixture)
    return 1 if any(holds is False for s in summaries for _, holds, _ in s["findings"]) else 0


if __name__ == "__main__":
    sys.exit(main())
