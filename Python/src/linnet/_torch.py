"""Networks of PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import LinnetError

__all__ = ["from_torch", "layers_of", "sequential"]


def layers_of(module: Any) -> list[NDArray[np.float64]]:
    """The weights of the linear layers of a module, in the order in which they are applied."""
    import torch

    found: list[NDArray[np.float64]] = []
    for name, part in module.named_modules():
        if any(True for _ in part.children()):
            continue
        if isinstance(part, (torch.nn.Identity, torch.nn.Dropout)):
            continue
        if not isinstance(part, torch.nn.Linear):
            raise LinnetError(
                f"{type(part).__name__} ({name or 'the module'}) is no linear layer, so this is no linear network.",
                kind="RunFileError.notANetwork", details={"layer": name, "type": type(part).__name__})
        if part.bias is not None and bool((part.bias != 0).any()):
            raise LinnetError(
                f"{name or 'the module'} has a bias, but a linear network has none; build it with bias=False.",
                kind="RunFileError.hasBiases", details={"layer": name})
        found.append(part.weight.detach().cpu().numpy().astype(np.float64))
    return found


def from_torch(module: Any) -> list[NDArray[np.float64]]:
    """The layers W_1, …, W_N of a ``torch.nn.Sequential`` of ``Linear`` without biases, each of shape (outputs, inputs).

    They are a start for `certify` and `train`, and a network for `landscape`. Needs torch.

    Raises
    ------
    LinnetError
        A layer that is not linear, or a bias that is not zero.
    """
    return layers_of(module)


def sequential(layers: list[NDArray[np.float64]]) -> Any:
    """``torch.nn.Sequential`` of ``Linear`` without biases, in double precision."""
    import torch

    modules = []
    for layer in layers:
        linear = torch.nn.Linear(layer.shape[1], layer.shape[0], bias=False, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(np.ascontiguousarray(layer)))
        modules.append(linear)
    return torch.nn.Sequential(*modules)
