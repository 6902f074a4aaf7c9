"""Try whether the tests see small faults: change a module in one place, and run its tests.

    python tests/try_mutants.py slotkit/text/tags.py tests/test_tags.py slotkit/text/tags.py

Options of pytest may follow, as `-k WORD`. What no test fails on is printed: a hole in the tests,
or not observable. The module is always restored. Left alone are docstrings, annotations, f-strings,
errors' texts, and `strict`, a check.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any

OTHERS = """Eq-NotEq NotEq-Eq Is-IsNot IsNot-Is Lt-LtE LtE-Lt Gt-GtE GtE-Gt In-NotIn NotIn-In And-Or
Or-And Add-Sub Sub-Add Mult-Div Div-Mult FloorDiv-Mult Mod-Mult Pow-Mult MatMult-Mult BitAnd-BitOr
BitOr-BitAnd LShift-RShift USub-UAdd Invert-UAdd Break-Continue Continue-Break"""
OTHER = dict(re.findall(r"(\w+)-(\w+)", OTHERS))
TYPES = re.compile(r"(\w+\.)?(dict|list|tuple|set|type|NDArray|[A-Z][a-z]\w*)")


def children(node: ast.AST) -> Iterator[Any]:
    """Yield what stands below a node, without what is not to be changed."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns") or isinstance(node, ast.Raise | ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            text = ast.unparse(child) if isinstance(child, ast.AST) and not docstring else ""
            if text and not re.match("TYPE_CHECKING|__all__|strict=", text):
                yield child


def changes(node: Any) -> Iterator[str]:
    """Yield what may stand in the place of a node."""

    def with_(**fields: Any) -> str:
        return ast.unparse(type(node)(**(dict(ast.iter_fields(node)) | fields)))

    def other(op: ast.AST) -> Any:
        return getattr(ast, OTHER[type(op).__name__])()

    match node:
        case ast.Constant(value=value):
            if isinstance(value, int | float):
                others = [not value] if value is bool(value) else [value + 1, value - 1]
                yield from map(repr, others)
            elif isinstance(value, str):
                yield repr(value + "?")
        case ast.Compare(ops=ops):
            yield from (with_(ops=[*ops[:i], other(op), *ops[i + 1 :]]) for i, op in enumerate(ops))
        case ast.UnaryOp(op=ast.Not()):
            yield ast.unparse(node.operand)
        case ast.Break() | ast.Continue():
            yield from ("pass", ast.unparse(other(node)))
        case ast.Return(value=value) if value and ast.unparse(value) != "None":
            yield "return None"
        case ast.Raise() | ast.Expr() | ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "pass"
        case ast.BinOp() | ast.BoolOp() | ast.AugAssign() | ast.UnaryOp():
            if type(node.op).__name__ in OTHER:
                yield with_(op=other(node.op))
            yield from ["pass"] if isinstance(node, ast.AugAssign) else []
        case ast.Dict(keys=keys, values=values):
            for i in range(len(keys)):
                yield with_(keys=keys[:i] + keys[i + 1 :], values=values[:i] + values[i + 1 :])
        case ast.Call(keywords=items):
            yield from (with_(keywords=items[:i] + items[i + 1 :]) for i in range(len(items)))
        case ast.List(elts=items) | ast.Set(elts=items) | ast.Tuple(elts=items):
            if not isinstance(getattr(node, "ctx", None), ast.Store):
                yield from (with_(elts=items[:i] + items[i + 1 :]) for i in range(len(items)))


def changes_below(node: ast.AST) -> Iterator[tuple[Any, str]]:
    """Yield nodes below `node`, each with what may stand in its place."""
    for child in children(node):
        if isinstance(child, ast.Subscript) and TYPES.fullmatch(ast.unparse(child.value)):
            continue
        for text in changes(child):
            yield child, f"({text})" if isinstance(child, ast.expr) else text
        for test in filter(None, [getattr(child, "test", None), *getattr(child, "ifs", [])]):
            text = ast.unparse(test)
            if not isinstance(test, ast.Compare | ast.UnaryOp) and text != "TYPE_CHECKING":
                yield test, f"(not ({text}))"
        for bound in (child.lower, child.upper) if isinstance(child, ast.Slice) else ():
            if bound and not isinstance(bound, ast.Constant):
                yield from ((bound, f"({ast.unparse(bound)} {way} 1)") for way in "+-")
        yield from changes_below(child)


def find_mutants(source: bytes) -> list[tuple[Any, ...]]:
    """Find all changes of a module: line, from and to which byte, what is there and what comes."""
    starts = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    found: dict[tuple[Any, ...], None] = {}
    for node, after in changes_below(ast.parse(source)):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        with suppress(SyntaxError):
            ast.parse(source[:start] + after.encode() + source[end:])
            found[node.lineno, start, end, source[start:end].decode(), after] = None
    return [one for one in found if ("strict=" in one[3]) <= ("strict=" in one[4])]


def passes(tests: list[str], limit: float | None = None) -> bool:
    """Run tests; those that do not end in `limit` seconds have failed."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    # Caches of bytecode go by seconds and size; in CI hypothesis draws the same cases every time.
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
    with suppress(subprocess.TimeoutExpired):
        return not subprocess.run(command, timeout=limit, env=env, capture_output=True).returncode
    return False


def main() -> None:
    """Draw mutants of a module, run its tests on each, and print what survives."""
    parser = argparse.ArgumentParser()
    parser.add_argument("module", type=Path)
    parser.add_argument("tests", nargs="+", help="as pytest takes them; of doctests the module")
    parser.add_argument("--count", type=int, default=60, help="mutants to draw (default 60)")
    parser.add_argument("--seed", type=int, default=1)
    given, options = parser.parse_known_args()
    tests = [*given.tests, *options]
    source, began = given.module.read_bytes(), time.monotonic()
    if not passes(tests):
        sys.exit("the tests fail without any change")
    mutants, limit = find_mutants(source), 10 + 4 * (time.monotonic() - began)
    drawn = random.Random(given.seed).sample(mutants, min(given.count, len(mutants)))
    survived = 0
    for line, start, end, before, after in drawn:
        try:
            given.module.write_bytes(source[:start] + after.encode() + source[end:])
            if passes(tests, limit):
                print(f"{line:5}  {' '.join(before.split())}  ->  {after}", flush=True)
                survived += 1
        finally:
            given.module.write_bytes(source)
    print(f"{given.module}: {survived} survived of {len(drawn)} of {len(mutants)} mutants")


if __name__ == "__main__":
    main()
