"""Gated recurrent unit: gates decide what memory is replaced, and how much of it is looked at."""

from slotkit.taggers.option import NUM_LAYERS, Architecture, Option, Reach

ENTRY = Architecture(
    summary="two gates: how much of memory to keep, and how much to look at",
    recurrence="h(t) = s(z) h(t-1) + (1 - s(z)) tanh(n)",
    source="Cho et al. 2014",
    options=(
        NUM_LAYERS._replace(examples=(1, 2)),
        Option(
            "reset",
            "after",
            "Whether memory is reset before its product, or that after it.",
            choices=("before", "after"),
        ),
    ),
    reach=lambda arguments: Reach(before=None, after=0),
    training={"window_size": 4, "hidden_size": 150},
)
