"""YAML as its nodes, which know their lines; nothing in it is made an object of Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from slotkit.corpus.formats.lines import read_lines
from slotkit.corpus.formats.reading import Reading
from slotkit.errors import CorpusError
from slotkit.extras import extra

if TYPE_CHECKING:
    import yaml


def compose(path: Path, reading: Reading) -> list[yaml.Node]:
    """Read the documents of a file.

    Raises
    ------
    CorpusError
        If it is no YAML; with the line.
    """
    with extra("train"):
        import yaml

    text = "\n".join(line for _, line in read_lines(path, reading))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return [node for node in yaml.compose_all(text, loader) if node is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = error.problem or error.context or "cannot be read"
        raise CorpusError(f"not YAML: {what}", path, mark.line + 1 if mark else None) from None
    except yaml.YAMLError as error:
        raise CorpusError(f"not YAML: {str(error).splitlines()[0]}", path) from None
    except RecursionError:
        raise CorpusError("not YAML that can be read: too deep", path) from None


def pairs(node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    """Give the keys and values of a mapping; nothing of anything else."""
    if node.id == "mapping":
        for key, value in node.value:
            yield scalar(key), value


def items(node: yaml.Node) -> list[yaml.Node]:
    """Give the items of a sequence, those that aliases repeat once; none of anything else."""
    different = {id(item): item for item in node.value} if node.id == "sequence" else {}
    return list(different.values())


def scalar(node: yaml.Node) -> str:
    """Return what a scalar says; nothing for anything else."""
    return str(node.value) if node.id == "scalar" else ""
