"""`slotkit validate`: look for mistakes in a labelled corpus."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from slotkit.errors import CorpusError

from .options import corpus_argument, json_option, reading_options, tokenizer_option

if TYPE_CHECKING:
    from slotkit.corpus.lint.findings import Finding


@click.command("validate")
@corpus_argument
@reading_options
@tokenizer_option
@json_option
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=5,
    help="How many findings of a kind to show, and how many examples of each.",
)
def command(
    corpus: str, how: dict[str, Any], tokenizer: str | None, as_json: bool, most: int
) -> None:
    """Look for mistakes in a labelled corpus.

    CORPUS is a path, else the name of a bundled corpus. No model is needed. Findings are grouped,
    the most suspicious first; train:12 is the twelfth utterance of that part, values stand in
    [slot|value], words that might be one in {braces}. What is only suspect may be right: look.

    The exit code is 0 whatever is found, 1 where the corpus cannot be read, 2 for wrong usage.

    \b
    Example:
      $ slotkit validate atis --most 1
      train        4,478 utterances, 289 repeat an earlier text
      ...
      values that are labelled elsewhere and O here: 14
        'seattle' is labelled 125 times (toloc.city_name 89, ...), O once
          train:939  flights from indianapolis nashville memphis to {seattle}
          fix: [toloc.city_name|seattle], if it means the same here
        … 13 more
      ...
    """
    from slotkit.corpus.formats.reading import How
    from slotkit.corpus.lint import validate
    from slotkit.corpus.lint.misfits import find_misfits
    from slotkit.corpus.lint.reading import read_splits
    from slotkit.corpus.lint.splits import measure

    format_ = how.pop("format")
    try:
        splits, findings, notes = read_splits(
            corpus, format=format_, how=How(**how, tokenizer=tokenizer)
        )
    except CorpusError:
        if misfits := find_misfits(corpus, format=format_):
            _print(corpus, {}, misfits, as_json, most)
        raise
    for note in notes:
        click.echo(note, err=True)
    _print(corpus, measure(splits), [*findings, *validate(splits)], as_json, most)


def _print(
    corpus: str,
    sizes: Mapping[str, Mapping[str, int]],
    findings: Iterable[Finding],
    as_json: bool,
    most: int,
) -> None:
    """Print what was found."""
    from slotkit.corpus.lint.findings import KINDS, group

    groups = group(findings)
    counts = {kind: len(found) for kind, found in groups.items()}
    if as_json:
        every = [finding.to_json() for found in groups.values() for finding in found]
        report = {"corpus": corpus, "splits": sizes, "counts": counts, "findings": every}
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for split, numbers in sizes.items():
        click.echo(_size(split, numbers, compared=split != "train" and "train" in sizes))
    for kind, found in groups.items():
        if found:
            click.echo(click.style(f"\n{KINDS[kind]}: {len(found):,}", bold=True))
            for finding in found[:most]:
                click.echo("\n".join(_lines(finding, most)))
            if len(found) > most:
                click.echo(f"  … {len(found) - most:,} more")
    total = sum(counts.values())
    more = "; --most N shows more of each kind, --json all" if max(counts.values()) > most else ""
    click.echo(f"\n{corpus}: {total:,} finding{'s' * (total != 1)}{more}")


def _size(split: str, numbers: Mapping[str, int], *, compared: bool) -> str:
    """Say how large a split is, and what in it stands twice."""
    total, in_train = numbers["utterances"], numbers["in_train"]
    line = f"{split:<10}  {total:>6,} utterances, {numbers['repeats']:,} repeat an earlier text"
    overlap = f", {in_train:,} ({100 * in_train / total:.1f} %) stand in train too"
    return line + overlap if compared else line


def _lines(finding: Finding, most: int) -> Iterator[str]:
    """Write a finding for people."""
    place = f"{finding.file}:{finding.line}: " if finding.file else ""
    yield f"  {place}{finding.message}"
    for example in finding.examples[:most]:
        yield f"    {example}"
    if len(finding.examples) > most:
        yield f"    … {len(finding.examples) - most:,} more"
    if finding.fix:
        yield f"    fix: {finding.fix}"
