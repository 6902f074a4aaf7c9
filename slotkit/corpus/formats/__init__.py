"""On-disk formats of corpora, one file each.

`FORMATS` is their table, in the order in which their content is looked for; the hub stands
outside it, since it is only read and only where it is named.
"""

from __future__ import annotations

from slotkit.corpus.formats import bos, conll, jsonl, saved, seq
from slotkit.corpus.formats.rows import Format

FORMATS: dict[str, Format] = {
    "seq": seq.FORMAT,
    "datasets": saved.FORMAT,
    "jsonl": jsonl.FORMAT,
    "bos": bos.FORMAT,
    "conll": conll.FORMAT,
}
