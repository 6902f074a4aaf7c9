"""What `import slotkit` offers, and what it does not import."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import slotkit
from slotkit.errors import ModelFileError
from slotkit.model.file import save_model
from slotkit.model.model import Model
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.result import Tagging

MakeModel = Callable[..., Model]


def test_all_of_all_is_there() -> None:
    for name in slotkit.__all__:
        assert getattr(slotkit, name) is not None
    assert set(slotkit.__all__) <= set(dir(slotkit))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        slotkit.nothing  # noqa: B018
    assert sorted(slotkit.__all__) == slotkit.__all__


def test_a_folder_is_loaded(tmp_path: Any, make_model: MakeModel) -> None:
    save_model(make_model(), tmp_path)

    filler = slotkit.load(tmp_path)

    assert isinstance(filler, SlotFiller)
    assert isinstance(filler.tag("to Taipei"), Tagging)
    with pytest.raises(ModelFileError, match="no model in"):
        slotkit.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import slotkit", ["numpy", "torch", "datasets", "click"]),
        (
            "import slotkit; slotkit.load({folder!r}).tag('to Taipei').frame",
            ["torch", "datasets", "pyarrow", "seqeval", "rich", "click", "sklearn"],
        ),
    ],
)
def test_what_is_not_imported(
    code: str, absent: list[str], tmp_path: Any, make_model: MakeModel
) -> None:
    save_model(make_model(), tmp_path)
    code = code.format(folder=str(tmp_path))
    code += f"; import sys; print([name for name in {absent!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_names_that_are_promised_are_where_they_are_said_to_be() -> None:
    for name, home in slotkit._HOMES.items():
        module = slotkit if name == "load" else importlib.import_module(f"slotkit.{home}")
        assert getattr(module, name) is getattr(slotkit, name)
