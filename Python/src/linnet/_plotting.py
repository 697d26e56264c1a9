"""Figures: the Vega-Lite specifications of the command, shown in notebooks."""

from __future__ import annotations

import importlib.util
import json
import os
from typing import Any

from ._errors import LinnetError

__all__ = ["Figure"]


class Figure:
    """A figure as its Vega-Lite 5 specification, which a notebook shows."""

    def __init__(self, name: str, specification: dict[str, Any]) -> None:
        #: What its files are called.
        self.name = name
        #: The specification, with the data inside.
        self.specification = specification

    def chart(self) -> Any:
        """An Altair chart where Altair is installed; otherwise the figure itself."""
        if importlib.util.find_spec("altair") is None:
            return self
        return self.to_altair()

    def to_altair(self) -> Any:
        """The same as an Altair chart, to be restyled or put beside others. Needs Altair."""
        import altair

        return altair.Chart.from_dict(self.specification)

    def save(self, path: str | os.PathLike[str], *, scale: float = 2.0) -> None:
        """Writes the figure: .json always, .svg, .png, .pdf and .html where ``vl-convert-python`` is installed."""
        path = os.fspath(path)
        ending = os.path.splitext(path)[1].lower()
        content: str | bytes
        if ending == ".json":
            content = json.dumps(self.specification, ensure_ascii=False)
        elif ending in (".svg", ".png", ".pdf", ".html"):
            import vl_convert

            draw: dict[str, Any] = {
                ".svg": lambda: vl_convert.vegalite_to_svg(self.specification),
                ".png": lambda: vl_convert.vegalite_to_png(self.specification, scale=scale),
                ".pdf": lambda: vl_convert.vegalite_to_pdf(self.specification),
                ".html": lambda: vl_convert.vegalite_to_html(self.specification, bundle=True),
            }
            content = draw[ending]()
        else:
            raise LinnetError(
                f"{path}: a figure is written as .json, .svg, .png, .pdf or .html.", details={"file": path})
        with open(path, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {
            "application/vnd.vegalite.v5+json": self.specification, "text/plain": repr(self),
        }
        if importlib.util.find_spec("vl_convert") is not None:
            import vl_convert

            bundle["image/svg+xml"] = vl_convert.vegalite_to_svg(self.specification)
        return bundle

    def __repr__(self) -> str:
        title = self.specification.get("title", {})
        return f"<figure {self.name}: {title.get('text', '') if isinstance(title, dict) else title}>"
