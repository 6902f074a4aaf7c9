"""The loops over words in C.

NumPy takes such loops one small operation at a time, which costs more than the operations
themselves. `loops` is the compiled module, or None where the package was built without a compiler;
then the NumPy beside every call does the same, some eight times slower.
"""

from __future__ import annotations

try:
    from slotkit.loops import loops as loops
except ImportError:
    loops = None  # type: ignore[assignment]
