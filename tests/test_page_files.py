"""The page's files: what is vendored is unchanged, and every module can be found by its name."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

import slotkit
from in_node import in_node, needs_node
from slotkit.encoders.table import ENCODERS
from slotkit.taggers.table import ARCHITECTURES

ROOT = Path(slotkit.__file__).parent
VENDOR = ROOT / "inside" / "vendor" / "htm-preact"
MODULES = sorted(path for path in ROOT.rglob("*.js") if "vendor" not in path.parts)
NAMES = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["imports"]
IMPORT = re.compile(r'(?:from|import) "(.+?)"')


def file_of(name: str) -> Path:
    """Return where a module is found, as Node does."""
    for pattern, target in NAMES.items():
        before, star, _ = pattern.partition("*")
        if name == pattern or (star and name.startswith(before)):
            found: str = target.replace("*", name.removeprefix(before))
            return ROOT / found
    raise ValueError(f"no module {name!r} in package.json")


def test_what_is_vendored_is_unchanged() -> None:
    digest = hashlib.sha256((VENDOR / "standalone.module.js").read_bytes()).hexdigest()

    assert digest == "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7"
    said = (VENDOR / "README.md").read_text(encoding="utf-8")
    assert digest in said
    assert "3.1.1" in said
    assert "Apache License" in (VENDOR / "LICENSE-htm").read_text(encoding="utf-8")
    assert "The MIT License" in (VENDOR / "LICENSE-preact").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_and_imports_by_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 300
    assert text.startswith("/**"), "begin with what it is"
    for name in IMPORT.findall(text):
        assert name.startswith("#"), name
        assert file_of(name).is_file(), name


def test_every_network_and_encoder_has_its_twin() -> None:
    for name in ARCHITECTURES:
        assert file_of(f"#tagger/{name}").is_file()
    table = file_of("#encoder/table").read_text(encoding="utf-8")
    for name, encoder in ENCODERS.items():
        assert re.search(rf'^  "?{name}"?: {encoder.__name__},$', table, flags=re.MULTILINE)


@needs_node
def test_every_module_can_be_loaded_without_a_page() -> None:
    names = ["#blocks", "#vendor/preact", "#inside/tagger"]
    names += [f"#tagger/{name}" for name in ARCHITECTURES]
    script = (
        "answer(await Promise.all(given.map(async (name) => Object.keys(await import(name)))));"
    )
    found = dict(zip(names, in_node(script, names), strict=True))

    assert {"html", "render", "useState"} <= set(found["#vendor/preact"])
    assert found["#inside/tagger"] == ["open"]
    assert all("trace" in found[f"#tagger/{name}"] for name in ARCHITECTURES)
