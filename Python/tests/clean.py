"""Tries an installed wheel, and that what it loads is its own: run by Scripts/wheel where nothing else is installed."""

import pathlib

import numpy as np

import linnet

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4))
Y = X @ rng.normal(size=(4, 2)) + 0.1 * rng.normal(size=(60, 2))
problem = linnet.Problem(X, Y, prepare="whiten")
assert "converges" in linnet.certify(problem, depth=2).conclusion
for method in ("auto", "erk", "cvode"):
    result = linnet.train(problem, depth=2, method=method)
    assert (result.ending, result.verdict.kind) == ("converged", "globalMinimiser"), result
least_squares = np.linalg.lstsq(np.c_[X, np.ones(60)], Y, rcond=None)[0]
np.testing.assert_allclose(linnet.fit(X, Y, rank=2).coef, least_squares[:4].T, rtol=1e-9, atol=1e-10)
assert linnet.landscape([np.zeros((2, 4)), np.zeros((2, 2))], problem).verdict.kind == "strictSaddle"
result.save("run")
assert linnet.load("run").verdict == result.verdict

loaded = {line.split()[-1] for line in pathlib.Path("/proc/self/maps").read_text().splitlines() if ".so" in line.split()[-1]}
environment = pathlib.Path(linnet.__file__).parents[1]
own = sorted(path for path in loaded if path.startswith(str(environment / "linnet")))
foreign = [
    path for path in loaded
    if any(name in path for name in ("swift", "Foundation", "dispatch", "openblas", "lapack", "arpack", "sundials", "gfortran"))
    and not path.startswith(str(environment))
]
assert not foreign, foreign
print(f"{linnet.__version__}: {len(own)} libraries of its own, none of Swift or for numbers from elsewhere.")
