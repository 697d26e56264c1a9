"""Linear neural networks by gradient flow, with the theory's word before and the verdict after.

    import linnet

    problem = linnet.Problem(X, Y, prepare="whiten")      # samples are rows
    print(linnet.certify(problem, depth=3, rank=1))       # what the theory promises
    result = linnet.train(problem, depth=3, rank=1)       # run and verdict
    result.plot("convergence")

Equation numbers are those of Eftekhari, "Training Linear Neural Networks: Non-Local Convergence and Complexity Results", ICML 2020;
D1, D2, … are the derived results of Documentation/derived.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._certificate import Certificate, Theorem, certify
from ._errors import LinnetError, Remedy
from ._fit import FitResult, fit
from ._landscape import LandscapeResult, landscape
from ._plotting import Figure
from ._problem import Problem
from ._record import Record
from ._sweep import sweep
from ._torch import from_torch
from ._training import Progress, Solution, TrainingResult, load, train

if TYPE_CHECKING:
    __version__: str

__all__ = [
    "Certificate", "Figure", "FitResult", "LandscapeResult", "LinnetError", "Problem", "Progress", "Record", "Remedy",
    "Solution", "Theorem", "TrainingResult", "certify", "fit", "from_torch", "landscape", "load", "sweep",
    "train",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from ._library import version

        return version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
