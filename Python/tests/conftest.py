"""What the tests share: problems, and the command to compare with."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import linnet

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = pathlib.Path(os.environ.get("LINNET", ROOT / ".build/release/linnet"))


@pytest.fixture
def target():
    return np.array([[3.0, 0.5, 0.0], [0.0, 1.5, 0.2]])


@pytest.fixture
def rank_one(target):
    """The example of the command's help: one neuron on whitened data."""
    return linnet.Problem.from_target(target, samples=50)


@pytest.fixture
def certified():
    """A problem and the arguments of a start to which Theorem 4.4 applies."""
    problem = linnet.Problem.from_target([[3.0, 0.0, 0.0], [0.0, 0.15, 0.0]], samples=50)
    return problem, {"rank": 1, "angle": 10, "norm": 2}


@pytest.fixture
def samples():
    """120 samples of 5 inputs and 3 outputs, with columns of unlike sizes."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(120, 5)) * [1, 3, 0.2, 1, 10] + [0, 5, 0, -2, 0]
    Y = X @ rng.normal(size=(5, 3)) + rng.normal(size=(120, 3))
    return X, Y


@pytest.fixture
def command(tmp_path):
    """Runs the command in a folder of its own and gives its JSON."""
    if not COMMAND.exists():
        pytest.skip(f"the command is not built: {COMMAND}")

    def run(*arguments):
        environment = {**os.environ, "LINNET_PYTHON": "/nonexistent"}
        done = subprocess.run(
            [str(COMMAND), *map(str, arguments), "--json"], cwd=tmp_path, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    run.folder = tmp_path
    return run


@pytest.fixture
def python():
    """Runs some Python in a process of its own and gives what it prints; the process must end by itself, with status 0."""

    def run(text, timeout=120):
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, (done.returncode, done.stderr)
        return done.stdout

    return run
