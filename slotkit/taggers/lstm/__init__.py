"""Long short-term memory: a cell that gates write, keep and read.

The candidate and the gates see x(t) (``x``), x(t) and out(t - 1) (``xh``), c(t - 1) as well
(``xhc``), or that through diagonal matrices (``xhc-diagonal``).
"""

from slotkit.taggers.option import NUM_LAYERS, Architecture, Option, Reach

ENTRY = Architecture(
    summary="a cell that gates write, keep and read",
    recurrence="c(t) = s(f) c(t-1) + s(i) g(z), out(t) = s(o) h(c(t))",
    source="Hochreiter and Schmidhuber 1997",
    options=(
        NUM_LAYERS._replace(examples=(1, 2)),
        Option("gates", "xh", "What the gates see.", choices=("x", "xh", "xhc", "xhc-diagonal")),
        Option("activation", "tanh", "g and h of the cell.", choices=("tanh", "linear")),
    ),
    reach=lambda arguments: Reach(before=None, after=0),
    training={"window_size": 4, "hidden_size": 150},
)
