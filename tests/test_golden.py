"""Models of earlier days give what they gave: every architecture, option and format.

`golden/` holds a tiny model of each, and `expected.json` what the code that made format 4 found
with those up to it, and the code of their time with later ones. Those of formats 1 to 3 were
written by the code of their time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slotkit.errors import UtteranceError
from slotkit.tagging.filler import SlotFiller

GOLDEN = Path(__file__).parent / "golden"
EXPECTED: dict[str, list[dict[str, Any]]] = json.loads(
    (GOLDEN / "expected.json").read_text(encoding="utf-8")
)


def test_every_golden_model_is_expected_to_give_something() -> None:
    assert {path.name for path in GOLDEN.iterdir() if path.is_dir()} == set(EXPECTED)
    assert {name.split("-")[1] for name in EXPECTED} >= {
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_a_golden_model_gives_what_it_gave(name: str, loops: str) -> None:
    filler = SlotFiller.load(GOLDEN / name)
    for row in EXPECTED[name]:
        if "error" in row:
            with pytest.raises(UtteranceError):
                filler.tag(row["text"])
            continue
        tagging = filler.tag(row["text"], expect=row.get("expect"))
        assert tagging.tags == row["tags"]
        assert tagging.confidence == pytest.approx(row["confidence"], abs=1e-6)
        assert np.allclose(tagging.probabilities, row["probabilities"], rtol=0, atol=1e-6)
        for slots, expected in ((tagging.slots, "slots"), (tagging.unsure, "unsure")):
            assert [[s.name, s.value] for s in slots] == [one[:2] for one in row[expected]]
            for slot, (*_, confidence) in zip(slots, row[expected], strict=True):
                assert slot.confidence == pytest.approx(confidence, abs=1e-6)
        assert tagging.in_scope == pytest.approx(row.get("in_scope"), abs=1e-6)
        if "intent" in row:
            assert tagging.intent is not None
            assert tagging.intent.name == row["intent"][0]
            assert tagging.intent.confidence == pytest.approx(row["intent"][1], abs=1e-6)
