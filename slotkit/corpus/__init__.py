"""A labelled corpus as a `datasets.DatasetDict`: found, read, repaired, kept, written.

A corpus is read in two passes over its files, a row at a time: the first finds everything that is
wrong and in which scheme the tags are, the second writes Arrow files of IOB2 rows. They are kept
in a cache and mapped into memory, so that a corpus may be larger than that. The name of what is
kept is a digest of the content of the files and of the code that read them, never of their path:
a changed file is another corpus.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from slotkit.corpus.cache import cache_folder, commit
from slotkit.corpus.formats.find import SPLITS, Part, bundled, find_parts, passed_over
from slotkit.corpus.formats.reading import How
from slotkit.corpus.formats.saved import write_arrow
from slotkit.corpus.repair import repaired, survey
from slotkit.errors import CorpusError
from slotkit.extras import extra
from slotkit.text.tags import SCHEMES
from slotkit.text.tokenizer import TOKENIZERS

if TYPE_CHECKING:
    import datasets

__all__ = ["SPLITS", "Corpus", "bundled", "find_parts", "load_corpus"]


class Corpus(NamedTuple):
    """A corpus that has been read.

    Parameters
    ----------
    splits : datasets.DatasetDict
        Of the keys in `SPLITS` those that the corpus has. Columns: ``text`` str, ``tokens`` and
        ``tags`` (legal IOB2) lists of T str, ``intent`` str (empty for none), and only where the
        corpus has any ``edges``, a list of pairs of token indices, and ``asked``, a list of slots.
    notes : list of str
        What reading took for granted, turned, repaired or left out, a line each.
    fingerprint : str
        SHA-256 over the content of the files, in hexadecimal.
    lists : dict of str to (list of str, list of str)
        Lists of values that a tool's export holds beside its utterances, by name: the values, and
        the slots that take them.
    """

    splits: datasets.DatasetDict
    notes: list[str]
    fingerprint: str
    lists: Mapping[str, tuple[list[str], list[str]]] = MappingProxyType({})


def load_corpus(
    source: str | Path,
    *,
    format: str | None = None,  # noqa: A002 (as on the command line)
    columns: tuple[int, int] | None = None,
    scheme: str | None = None,
    tokenizer: str | None = None,
    strict: bool = False,
    skip_bad: bool = False,
) -> Corpus:
    """Read a corpus, from the cache where its content is known.

    Parameters
    ----------
    source, format
        As in `find_parts`.
    columns : (int, int), optional
        The columns of token and tag, counted from 1, or from -1 at the end; by default told from
        what stands in them.
    scheme : str, optional
        In which scheme the tags are: IOB2, IOB1, IOBES, BILOU or BMES; by default that of nearly
        all utterances.
    tokenizer : str, optional
        What cuts texts whose slots are given by characters; by default ``words``, or ``apart``
        where one slot in a hundred ends at an apostrophe.
    strict : bool
        Refuse what would else be mended and counted: slots that cut a token, tags of another
        scheme than the rest.
    skip_bad : bool
        Leave out, and count, utterances that cannot be read.

    Returns
    -------
    Corpus
        Mapped into memory.

    Raises
    ------
    CorpusError
        If there is no such corpus, or anything is wrong with it: then the message names the first
        lines, each with its path and number.
    MissingExtraError
        If the `datasets` library is not installed.
    ValueError
        If there is no such format, scheme or tokenizer.
    """
    how = How(columns, scheme, tokenizer, strict, skip_bad)
    for what, name, known in ("scheme", scheme, SCHEMES), ("tokenizer", tokenizer, TOKENIZERS):
        if name is not None and name not in known:
            raise ValueError(f"unknown {what} {name!r}; choose from {', '.join(known)}")
    with extra("train"):
        import datasets  # noqa: F401
    parts = find_parts(source, format=format)
    others = passed_over(source)
    note = f"passed over, for their names hold none of the splits: {', '.join(others)}"
    beside = [note] if others else []
    fingerprint = _fingerprint(parts)
    formats = ",".join(part.format for part in parts.values())
    key = hashlib.sha256(f"{fingerprint} {formats} {how} {_code()}".encode()).hexdigest()
    folder = cache_folder()
    try:
        return _open(folder / key, fingerprint, beside)
    except (OSError, ValueError, KeyError, TypeError):  # not there, or damaged
        pass
    work = Path(tempfile.mkdtemp(dir=folder, prefix="tmp-"))
    try:
        _build(parts, how, work)
        if _fingerprint(parts) != fingerprint:
            raise CorpusError("the corpus changed while it was read", source)
        commit(work, folder / key)
    except OSError as error:
        raise CorpusError(f"cannot be written: {error.strerror or error}", folder) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _open(folder / key, fingerprint, beside)


def _fingerprint(parts: Mapping[str, Part]) -> str:
    """Digest the content of all splits."""
    digest = hashlib.sha256()
    for split, part in parts.items():
        digest.update(f"{split}\n".encode())
        for block in part.content():
            digest.update(block)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    """Digest the code that decides what is read from a file."""
    here = Path(__file__)
    text = [here.parent.parent / "text" / f"{name}.py" for name in ("spans", "tags", "tokenizer")]
    digest = hashlib.sha256()
    for path in [
        here,
        here.with_name("repair.py"),
        *text,
        *sorted((here.parent / "formats").glob("*.py")),
    ]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _open(entry: Path, fingerprint: str, notes: list[str]) -> Corpus:
    """Map what is kept into memory, if it is what was written."""
    import datasets

    digest, _, text = (entry / "corpus.json").read_text(encoding="utf-8").partition("\n")
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        raise ValueError("corpus.json: damaged")
    kept = json.loads(text)
    splits = datasets.DatasetDict()
    for split, count in kept["sizes"].items():
        if _digest_of(entry / f"{split}.arrow") != kept["sha256"][split]:
            raise ValueError(f"{split}: damaged")
        splits[split] = datasets.Dataset.from_file(str(entry / f"{split}.arrow"), split=split)
        if len(splits[split]) != count:
            raise ValueError(f"expected {count} rows, got {len(splits[split])}")
    lists = {name: (values, slots) for name, (values, slots) in kept["lists"].items()}
    return Corpus(splits, notes + kept["notes"], fingerprint, lists)


def _digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _build(parts: Mapping[str, Part], how: How, folder: Path) -> None:
    """Read all splits and write what `_open` reads."""
    found = survey(parts, how)
    sizes: dict[str, int] = {}
    for split, part in parts.items():
        rows = repaired(part, split, found)
        sizes[split] = write_arrow(rows, folder / f"{split}.arrow", found.beside)
    found.reading.check()
    digests = {split: _digest_of(folder / f"{split}.arrow") for split in sizes}
    kept = {"sizes": sizes, "sha256": digests, "notes": found.reading.notes()}
    lists = found.reading.lists.items()
    kept["lists"] = {name: (list(v), list(found.reading.uses.get(name, []))) for name, v in lists}
    text = json.dumps(kept)
    digest = hashlib.sha256(text.encode()).hexdigest()
    (folder / "corpus.json").write_text(f"{digest}\n{text}", encoding="utf-8")
