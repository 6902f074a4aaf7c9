"""Tags, spans and schemes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slotkit.text.tags import (
    SCHEMES,
    Span,
    find_scheme,
    is_legal,
    legal_transitions,
    spans_of,
    split_tag,
    tags_of,
)

LEGAL_CASES = [
    ("O", "O", True),
    ("O", "B-a", True),
    ("O", "I-a", False),
    ("B-a", "I-a", True),
    ("I-a", "I-a", True),
    ("B-a", "I-b", False),
    ("I-a", "I-b", False),
    ("I-a", "B-a", True),
    ("I-a", "O", True),
    ("B-a.b-c", "I-a.b-c", True),
]


@st.composite
def labelled(draw: st.DrawFn) -> tuple[list[Span], int]:
    """Draw spans that do not overlap and the length of their utterance."""
    spans: list[Span] = []
    end = 0
    for _ in range(draw(st.integers(0, 5))):
        start = end + draw(st.integers(0, 2))
        end = start + draw(st.integers(1, 3))
        spans.append(Span(start, end, draw(st.sampled_from(["a", "b", "to.city-name"]))))
    return spans, end + draw(st.integers(0, 2))


def five(spans: list[Span], length: int, single: str, last: str, inner: str = "I") -> list[str]:
    """Write spans in IOBES, BILOU or BMES."""
    tags = ["O"] * length
    for start, end, slot in spans:
        prefixes = single if end - start == 1 else "B" + inner * (end - start - 2) + last
        tags[start:end] = [f"{prefix}-{slot}" for prefix in prefixes]
    return tags


def iob1(spans: list[Span], length: int) -> list[str]:
    """Write spans in IOB1: B- only where a span of the same slot stands before."""
    tags = ["O"] * length
    for previous, (start, end, slot) in zip([None, *spans], spans, strict=False):
        touches = previous is not None and previous.end == start and previous.slot == slot
        tags[start:end] = [f"{'B' if touches else 'I'}-{slot}"] + [f"I-{slot}"] * (end - start - 1)
    return tags


def test_a_slot_may_contain_hyphens() -> None:
    assert split_tag("I-from-city-name") == ("I", "from-city-name")


@pytest.mark.parametrize(("previous", "tag", "legal"), LEGAL_CASES)
def test_an_inside_tag_must_continue_its_own_slot(previous: str, tag: str, legal: bool) -> None:
    assert is_legal(previous, tag) is legal


def test_the_table_of_transitions_says_what_is_legal_of_every_pair() -> None:
    tags = ["I-b", "O", "B-a", "I-a", "B-b", "I-c"]
    legal = [[is_legal(previous, tag) for tag in tags] for previous in [*tags, "O"]]

    assert legal_transitions(tags).tolist() == legal


@given(labelled())
def test_spans_come_back_from_their_tags(case: tuple[list[Span], int]) -> None:
    spans, length = case
    tags = tags_of(spans, length)

    assert spans_of(tags) == spans
    assert len(tags) == length
    assert all(map(is_legal, ["O", *tags], tags))


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ([], []),
        (["O", "O"], []),
        (["I-a", "I-a"], [(0, 2, "a")]),
        (["B-a", "B-a", "I-a"], [(0, 1, "a"), (1, 3, "a")]),
        (["B-a", "I-b", "I-b", "O"], [(0, 1, "a"), (1, 3, "b")]),
        (["O", "I-a", "O", "I-a"], [(1, 2, "a"), (3, 4, "a")]),
    ],
)
def test_an_inside_tag_that_continues_nothing_begins_a_span(
    tags: list[str], spans: list[tuple[int, int, str]]
) -> None:
    assert spans_of(tags) == spans


@pytest.mark.parametrize(
    "span", [Span(1, 1, "a"), Span(2, 1, "a"), Span(-1, 1, "a"), Span(2, 4, "a")]
)
def test_a_span_must_lie_within_the_tokens(span: Span) -> None:
    with pytest.raises(ValueError, match=r"span must lie within 0\.\.3, got "):
        tags_of([span], 3)


@pytest.mark.parametrize(
    ("spans", "start"),
    [
        ([Span(0, 2, "a"), Span(1, 3, "b")], 1),
        ([Span(2, 3, "b"), Span(0, 3, "a")], 0),
        ([Span(1, 2, "b"), Span(1, 2, "b")], 1),
    ],
)
def test_spans_must_not_overlap(spans: list[Span], start: int) -> None:
    """Not in the first token or the last one, whichever is given first."""
    with pytest.raises(ValueError, match=f"spans must not overlap, got two at token {start}"):
        tags_of(spans, 3)


@given(labelled())
def test_every_scheme_reads_back_as_the_same_spans(case: tuple[list[Span], int]) -> None:
    spans, length = case
    written = {
        "IOB2": tags_of(spans, length),
        "IOB1": iob1(spans, length),
        "IOBES": five(spans, length, "S", "E"),
        "BILOU": five(spans, length, "U", "L"),
        "BMES": five(spans, length, "S", "E", "M"),
    }

    assert set(written) == set(SCHEMES)
    for scheme, tags in written.items():
        assert SCHEMES[scheme](tags) == tags_of(spans, length), scheme
        if spans and not (scheme == "BMES" and tags == written["IOBES"]):
            assert find_scheme([tags]) == (scheme, 0)


def test_a_span_that_has_ended_is_not_continued() -> None:
    """Two spans would otherwise become one, without a word."""
    assert SCHEMES["IOBES"](["S-a", "E-a", "I-a"]) == ["B-a", "B-a", "B-a"]
    assert SCHEMES["BILOU"](["B-a", "L-a", "L-a"]) == ["B-a", "I-a", "B-a"]


@pytest.mark.parametrize(
    ("sequences", "scheme"),
    [
        ([], "IOB2"),
        ([["O"], []], "IOB2"),
        ([["I-a", "B-a"]], "IOB1"),
        ([["I-a"], ["B-a", "O"]], "IOB2"),
        ([["I-a", "B-b"]], "IOB2"),  # in IOB1 no B-b stands behind another slot
        ([["B-S-x", "I-S-x"]], "IOB2"),
    ],
)
def test_the_scheme_is_found_from_all_utterances(sequences: list[list[str]], scheme: str) -> None:
    assert find_scheme(sequences).name == scheme


@pytest.mark.parametrize("tag", ["X-a", "b-a", "BI-a", "B", "I-", "O-", "O-a", "", "city"])
def test_a_tag_of_no_scheme_is_named(tag: str) -> None:
    with pytest.raises(ValueError, match=f"unknown tag '{tag}'; tags are O, B-slot or I-slot"):
        find_scheme([["O", "B-a"], [tag]])


def test_schemes_must_not_be_mixed() -> None:
    with pytest.raises(ValueError, match="tags mix IOBES"):
        find_scheme([["S-a"], ["U-a"]])
