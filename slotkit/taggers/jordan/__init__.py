"""Jordan network: memory holds the output distribution.

What training feeds back (`feedback`) is the network's own ``output`` distribution, the ``target``
tag, or ``scheduled``, each word's target with a chance that falls from 1 to 0 over training.
Tagging always feeds back the output.
"""

from slotkit.taggers.option import NUM_LAYERS, Architecture, Option, Reach

ENTRY = Architecture(
    summary="memory holds the output distribution",
    recurrence="h(t) = tanh(W x(t) + V y(t-1) + b)",
    source="Jordan 1986",
    options=(
        NUM_LAYERS,
        Option(
            "feedback",
            "output",
            "What training feeds back.",
            choices=("output", "target", "scheduled"),
        ),
    ),
    reach=lambda arguments: Reach(before=None, after=0),
    training={"window_size": 4, "hidden_size": 200},
)
