"""What tests of layouts share: how rows are written, and what is said of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from slotkit.corpus import Corpus
from slotkit.corpus.formats import FORMATS
from slotkit.corpus.formats.reading import How, Reading
from slotkit.corpus.formats.rows import offsets_of
from slotkit.errors import CorpusError
from slotkit.text.tags import spans_of


def lines(*values: Any) -> str:
    """Write values as lines of JSON."""
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def slots(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the slots of a row with their values, as the text has them."""
    offsets = offsets_of(row["text"], row["tokens"])
    assert offsets is not None
    return [
        (name, row["text"][offsets[start][0] : offsets[end - 1][1]])
        for start, end, name in spans_of(row["tags"])
    ]


def said(corpus: Corpus, split: str = "train") -> list[tuple[str, list[tuple[str, str]], str]]:
    """Return text, slots and intent of each utterance."""
    return [(row["text"], slots(row), row["intent"]) for row in corpus.splits[split]]


COLUMNS = {
    "probabilities": "sail\tO\t0.98\nBergen\tB-port\t0.7\n",
    "lower case": "sail o\nBergen b-port\n",
    "gold and predicted": "sail O O\nBergen B-port O\n\nat O O\nVoss B-port B-port\n",
    "the tag first": "O\tsail\nB-port\tBergen\n",
    "numbered": "1\tsail\tO\n2\tBergen\tB-port\n\n1\tnow\tO\n",
    "numbered from 0, more behind": "0 sail O - -\n1 Bergen B-port - -\n",
    "parts of speech and chunks": "sail VB B-VP O\nBergen NNP B-NP B-port\n",
    "features": "1\tsail\t_\tVERB\t_\tTag=O\n2\tBergen\t_\tX\t_\tSpaceAfter=No|Tag=B-port\n",
    "documents": "#begin document (x); part 000\nx 0 0 sail VB * - - - - * -\n"
    "x 0 1 Bergen NNP * - - - - (port) -\n\n#end document\n",
    "comments with tags at their ends": "# sent_id = B-12\nsail\tO\nBergen\tB-port\n",
    "two hashes": "## no-1\tsail to <Bergen:port>\nsail\tO\nBergen\tB-port\n",
    "single marks": "sail O\nBergen S-port\n",
    "BMES": "sail O\nBergen S-port\n\nto O\nSt B-port\nJohn M-port\ns E-port\n",
    "bars": "sail|O Bergen|B-port\n",
    "bars and parts of speech": "sail|VB|O Bergen|NNP|B-port\n",
    "a table of tokens": "sentence_id,token,tag\n1,sail,O\n1,Bergen,B-port\n2,now,O\n",
    "a table of tokens, Kaggle's": "Sentence #;Word;POS;Tag\nS: 1;sail;VB;O\n;Bergen;NNP;B-port\n",
    "a table of utterances": "id\tutterance\tslot_labels\n7\tsail Bergen\tO B-port\n",
    "a table of slots": "query,intent,port\nsail Bergen,,Bergen\n",
    "a tree": "sail Bergen\tsail Bergen\t[IN: sail [SL:port Bergen ] ]\n".replace("IN:", "IN:-"),
    "brackets": "sail [Bergen](port)\n",
    "bullets": '- sail [Bergen]{"entity": "port", "value": "BGO"}\n',
    "lists in objects": lines({"text": ["sail", "Bergen"], "slot": ["O", "B-port"]}),
    "ner_tags": lines({"tokens": ["sail", "Bergen"], "ner_tags": ["O", "B-port"]}),
    "tokens by number": lines({"tokenized_text": ["sail", "Bergen"], "ner": [[1, 1, "port"]]}),
    "annot_utt": lines({"utt": "sail Bergen", "annot_utt": "sail [port : Bergen]"}),
    "label": lines({"text": "sail Bergen", "label": [[5, 11, "port"]]}),
    "entities": lines(
        {
            "text": "sail Bergen",
            "entities": [{"label": "port", "start_offset": 5, "end_offset": 11}],
            "relations": [],
        }
    ),
    "spans": lines({"text": "sail Bergen", "spans": [{"start": 5, "end": 11, "label": "port"}]}),
    "pairs": lines(["sail Bergen", {"entities": [[5, 11, "port"]]}]),
    "pairs in a list": json.dumps([["sail Bergen", {"entities": [[5, 11, "port"]]}]], indent=1),
    "rows in a list": json.dumps([{"tokens": ["sail", "Bergen"], "tags": ["O", "B-port"]}]),
    "tasks": json.dumps(
        [
            {
                "data": {"text": "sail Bergen"},
                "annotations": [
                    {"result": [{"value": {"start": 5, "end": 11, "labels": ["port"]}}]},
                ],
            }
        ]
    ),
    "short tasks": json.dumps(
        [{"text": "sail Bergen", "ner": [{"start": 5, "end": 11, "labels": ["port"]}]}]
    ),
}


SPOT = {"start": 5, "end": 11}


OBJECTS: dict[str, tuple[dict[str, Any], str]] = {
    "tags": ({"tokens": ["sail", "Bergen"], "tags": ["O", "B-port"]}, ""),
    "ner_tags": (
        {"tokens": ["sail", "Bergen"], "ner_tags": ["O", "B-port"]},
        'tokens are read from "tokens", their tags from "ner_tags"',
    ),
    "labels of tokens": (
        {"tokens": ["sail", "Bergen"], "labels": ["O", "B-port"], "text": "sail Bergen"},
        'tokens are read from "tokens", their tags from "labels"',
    ),
    **{
        f"{key} of a list": (
            {"text": ["sail", "Bergen"], key: ["O", "B-port"]},
            f'tokens are read from "text", their tags from "{key}"',
        )
        for key in ("slot", "slots", "labels", "tags")
    },
    "slots": ({"text": "sail Bergen", "slots": [SPOT | {"name": "port"}]}, ""),
    "a value": (
        {"text": "sail Bergen", "slots": [SPOT | {"name": "port", "value": "Bergen", "text": 3}]},
        "",
    ),
    **{
        f"a list of {key}": (
            {"text": "sail Bergen", key: [[5, 11, "port"]]},
            f'slots are read from "{key}"',
        )
        for key in ("label", "labels", "entities", "spans")
    },
    **{
        f"named by {key}": (
            {"text": "sail Bergen", "spans": [SPOT | {key: "port"}]},
            'slots are read from "spans"',
        )
        for key in ("name", "label", "entity", "labels", "slot", "slot_name")
    },
    "several names": (
        {"text": "sail Bergen", "spans": [SPOT | {"labels": ["port", "town"], "text": "Bergen"}]},
        'slots are read from "spans"',
    ),
    "offsets by their long names": (
        {
            "text": "sail Bergen",
            "entities": [{"label": "port", "start_offset": 5, "end_offset": 11}],
        },
        'slots are read from "entities"',
    ),
    "more in a list": (
        {"text": "sail Bergen", "label": [[5, 11, "port", "more"]], "spans": [[0, 4, "x"]]},
        'slots are read from "label"',
    ),
    "tokens as objects, of Prodigy": (
        {
            "text": "sail Bergen",
            "tokens": [{"text": "sail", "id": 0}, {"text": "Bergen", "id": 1}],
            "spans": [SPOT | {"label": "port", "token_start": 1}],
        },
        'slots are read from "spans"',
    ),
    "tokens by number": ({"tokenized_text": ["sail", "Bergen"], "ner": [[1, 1, "port"]]}, ""),
    "ner that is something else": (
        {"text": "sail Bergen", "slots": [SPOT | {"name": "port"}], "ner": 3},
        "",
    ),
    "both": ({"utt": "sail  Bergen", "annot_utt": "sail [port : Bergen]"}, ""),
}


RASA = """version: "3.1"
nlu:
- intent: sail   # a comment
  examples: |
    - to [Bergen](port) [tomorrow]{"entity": "day", "role": "start"}

    - [BGO]{"entity": "port", "value": "Bergen", "group": "1"} please
- intent: greet
  examples:
  - text: |
      ahoy
    metadata: {sentiment: neutral}
- lookup: port
  examples: |
    - Bergen
    - Voss
- synonym: Saint John
  examples: |
    - St. John
- regex: code
  examples: |
    - [A-Z]{3}
rules:
- rule: say ahoy
"""


def problems(name: str, document: Any, folder: Path, *, indent: int | None = 1) -> list[str]:
    """Return what is wrong with a document, without its path."""
    path, reading = folder / "x.json", Reading(How(skip_bad=False))
    path.write_text(document if isinstance(document, str) else json.dumps(document, indent=indent))
    list(FORMATS[name].read(path, reading))
    with pytest.raises(CorpusError) as caught:
        reading.check()
    return [line.removeprefix(str(path)) for line in str(caught.value).splitlines()]
