"""What goes wrong, in the words of the command."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["LinnetError", "Remedy"]


class Remedy(NamedTuple):
    """What would mend an error."""

    #: What to do, in words.
    words: str
    #: The argument that does it, and its value; empty where none does.
    argument: str


class LinnetError(ValueError):
    """Data, arguments or files that cannot be used, in the words of the command's error.

    Attributes
    ----------
    message : str
        What is wrong and what would mend it.
    problem : str
        What is wrong.
    remedies : list of Remedy
        What would mend it, the best first; each alone is enough.
    kind : str
        Which error it is, such as ``"PreparationError.dependentInputs"``.
    details : dict
        The numbers and names behind the words: file, row, shape, rank, …

    Examples
    --------
    >>> import linnet
    >>> try:
    ...     linnet.Problem([[1.0, 2.0], [float("nan"), 4.0]], [1.0, 2.0])
    ... except linnet.LinnetError as error:
    ...     print(error)
    ...     print(error.details["index"])
    “X”: entry [1, 0] (counted from 0) is nan.
    [1, 0]
    """

    def __init__(
        self, message: str, *, kind: str = "ArgumentError", problem: str | None = None,
        remedies: list[Remedy] | None = None, details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.problem = message if problem is None else problem
        self.remedies = list(remedies or [])
        self.details = dict(details or {})

    @classmethod
    def _from_report(cls, report: dict[str, Any]) -> LinnetError:
        return cls(
            report["message"], kind=report.get("kind", ""), problem=report.get("problem"),
            remedies=[Remedy(way["words"], way["argument"]) for way in report.get("remedies", [])],
            details=report.get("details"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.message, self.kind, self.problem, self.remedies, self.details)


def _restored(
    message: str, kind: str, problem: str, remedies: list[Remedy], details: dict[str, Any]
) -> LinnetError:
    return LinnetError(message, kind=kind, problem=problem, remedies=remedies, details=details)
