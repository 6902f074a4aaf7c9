"""Try an installed wheel: its loops are compiled, and give what NumPy gives. Needs no torch."""

import sys

import numpy as np

import slotkit
from slotkit.decoding.chain import Chain
from slotkit.decoding.lattice import lattices
from slotkit.loops import NUMPY, use_loops


def main() -> None:
    """Compare the compiled loops with NumPy's."""
    if slotkit.loops_in_use() == NUMPY:
        sys.exit("the loops are not compiled")
    tags = ["O", "B-to", "I-to", "B-from"]
    logits = np.random.default_rng(1).normal(size=(3, 7, 4)).astype(np.float32)
    compiled = [one.marginals() for one in lattices(Chain(tags), logits)]
    use_loops(NUMPY)
    for one, other in zip(compiled, lattices(Chain(tags), logits), strict=True):
        np.testing.assert_allclose(one, other.marginals(), atol=1e-6)
    print(f"slotkit {slotkit.__version__}: the compiled loops give what NumPy gives")


if __name__ == "__main__":
    main()
