"""The page that shows a tagger at work: one file that holds the model and asks for nothing more."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from slotkit.inside.payload import make_payload
from slotkit.inside.views import views_of
from slotkit.model.model import Model
from slotkit.taggers.table import get_architecture

LARGEST = 3_500_000  # bytes of a page


def make_page(
    model: Model,
    name: str,
    texts: Sequence[str],
    *,
    language: str = "en",
    views: Sequence[str] | None = None,
    parts: Mapping[str, Any] | None = None,
) -> str:
    """Write the page of a model.

    Parameters
    ----------
    model : Model
    name : str
        What the page calls it.
    texts : sequence of str
        The sentence that it opens with, and perhaps one to compare with.
    language : str
        ``en`` or ``zh``, in which it opens; a reader may change it.
    views : sequence of str, optional
        Those of `slotkit.inside.views.VIEWS` that are shown; all that the model has, unless given.
    parts : mapping of str to JSON values, optional
        What is computed before for views that the page cannot compute: ``match``, ``epochs``.

    Returns
    -------
    str
        HTML.
    """
    wanted = views_of(model) if views is None else views
    return write_page(make_payload(model, name), texts, wanted, language, parts)


def write_page(
    payload: Mapping[str, Any],
    texts: Sequence[str],
    wanted: Sequence[str],
    language: str = "en",
    parts: Mapping[str, Any] | None = None,
) -> str:
    """Write the page of a payload, as `make_payload` or `record` gives it; see `make_page`."""
    entry = get_architecture(payload["architecture"])
    data = {
        "model": payload,
        "summary": f"{payload['architecture']}: {entry.summary}",
        "texts": list(texts),
        "language": language,
        "views": list(wanted),
        **(parts or {}),
    }
    return write_html("app", payload["name"], data)


def write_html(app: str, title: str, data: Mapping[str, Any]) -> str:
    """Write a page: one of the modules that begin one, and the data that it shows."""
    folder = files("slotkit.inside") / "page"
    template = (folder / "index.html").read_text(encoding="utf-8")
    values = {
        "title": escape(title),
        "style": (folder / "page.css").read_text(encoding="utf-8"),
        "modules": _in_script(json.dumps({"imports": _modules()})),
        "loading": escape(title),
        "noscript": "This page computes in JavaScript, which is turned off here.",
        "data": _in_script(json.dumps(data, ensure_ascii=False, separators=(",", ":"))),
        "app": app,
    }
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], template)


def _in_script(text: str) -> str:
    """Write JSON so that nothing in it ends the element that holds it."""
    return text.replace("<", "\\u003c")


def _modules() -> dict[str, str]:
    """Return where the page finds each module: in itself."""
    package = files("slotkit")
    names = json.loads((package / "package.json").read_text(encoding="utf-8"))["imports"]
    found = {}
    for name, path in names.items():
        for star, file in _matching(package, path.removeprefix("./")):
            text = base64.b64encode(file.read_bytes()).decode("ascii")
            found[name.replace("*", star)] = f"data:text/javascript;base64,{text}"
    return found


def _matching(package: Traversable, path: str) -> list[tuple[str, Traversable]]:
    """Return the files of a path, and what stands for its star."""
    folder, _, behind = path.partition("*")
    if not behind:
        return [("", package / path)]
    found = []
    for one in (package / folder.rstrip("/")).iterdir():
        star = one.name if behind.startswith("/") else one.name.removesuffix(behind)
        file = one / behind.lstrip("/") if behind.startswith("/") else one
        if file.is_file() and (folder + star + behind).endswith(file.name):
            found.append((star, file))
    return sorted(found, key=lambda pair: pair[0])
