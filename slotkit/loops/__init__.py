"""The loops over words: in C where there is a compiler, else by the NumPy that defines them.

NumPy takes such loops one small operation at a time, which costs more than the operations
themselves. A function marked by `loop` defines one of them, beside the equation that it is of;
`loops.c` has another of the same name, which takes the same arguments and gives the same numbers.
`run.NAME` is the one of the two that runs: here, and nowhere else, is that chosen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from slotkit.loops import loops as compiled
    from slotkit.loops import loops as run
else:
    try:
        from slotkit.loops import loops as compiled
    except ImportError:
        compiled = None
    run = SimpleNamespace()

KINDS = ("C", "AVX2", "AVX-512")  # of processors, by the number that C has for each
NUMPY = "NumPy"

_Loop = TypeVar("_Loop", bound=Callable[..., Any])
_defined: dict[str, Callable[..., Any]] = {}
_in_use = NUMPY


def loop(function: _Loop) -> _Loop:
    """Mark a function as what defines the loop of its name; numbers in it may overflow.

    That is looked for in the logits, once.
    """

    @wraps(function)
    def may_overflow(*arguments: Any) -> Any:
        with np.errstate(over="ignore", invalid="ignore"):
            return function(*arguments)

    _defined[function.__name__] = may_overflow
    _choose(function.__name__)
    return cast(_Loop, may_overflow)


def _choose(name: str) -> None:
    """Let a loop run in C, where that is wanted and C has it."""
    in_c = None if _in_use == NUMPY else getattr(compiled, name, None)
    setattr(run, name, in_c or _defined[name])


def use_loops(kind: str | None = None) -> str:
    """Choose how loops run.

    Parameters
    ----------
    kind : str, optional
        ``NumPy``, or one of `KINDS`; the widest that the processor has unless given, and where it
        has not the one that is. All in C give the same to the bit.

    Returns
    -------
    str
        What is used.
    """
    global _in_use
    _in_use = NUMPY
    if compiled is not None and kind != NUMPY:
        _in_use = KINDS[compiled.use_at_most(KINDS.index(kind) if kind else len(KINDS))]
    for name in _defined:
        _choose(name)
    return _in_use


def interruptible(function: Callable[..., object], *arguments: Any) -> None:
    """Run a loop that takes long in another thread, so that Ctrl-C ends the wait for it.

    C hears no signals, and the main thread hears them in Python alone.
    """
    raised: list[BaseException] = []
    ended = threading.Event()

    def work() -> None:
        try:
            function(*arguments)
        except BaseException as error:
            raised.append(error)
        ended.set()

    threading.Thread(target=work, daemon=True).start()
    ended.wait()
    if raised:
        raise raised[0]


def loops_in_use() -> str:
    """Tell which loops run: ``NumPy``, ``C``, ``AVX2`` or ``AVX-512``, the last three in C."""
    return _in_use


use_loops()
