"""On-disk formats of corpora, one file each.

`FORMATS` is their table, in the order in which their content is looked for; the hub stands
outside it, since it is only read and only where it is named.
"""

from __future__ import annotations

from slotkit.corpus.formats import (
    bos,
    brat,
    conll,
    dialogflow,
    docbin,
    doccano,
    exports,
    inline,
    jsonl,
    labelstudio,
    pipes,
    rasa,
    saved,
    seq,
    snips,
    tables,
    trees,
)
from slotkit.corpus.formats.rows import Format

FORMATS: dict[str, Format] = {
    "seq": seq.FORMAT,
    "datasets": saved.FORMAT,
    "brat": brat.FORMAT,
    "dialogflow": dialogflow.FORMAT,
    "spacy": docbin.FORMAT,
    "labelstudio": labelstudio.FORMAT,
    "json": exports.FORMAT,
    "doccano": doccano.FORMAT,
    "jsonl": jsonl.FORMAT,
    "bos": bos.FORMAT,
    "pipes": pipes.FORMAT,
    "trees": trees.FORMAT,
    "rasa": rasa.FORMAT,
    "snips": snips.FORMAT,
    "csv": tables.FORMAT,
    "conll": conll.FORMAT,
    "inline": inline.FORMAT,
}
WRITTEN = [name for name, form in FORMATS.items() if form.write is not None]
