"""Elman network: memory holds the hidden layer."""

from slotkit.taggers.option import NUM_LAYERS, Architecture, Option, Reach

ENTRY = Architecture(
    summary="memory holds the hidden layer",
    recurrence="h(t) = f(W x(t) + U h(t-1) + b)",
    source="Elman 1990",
    options=(NUM_LAYERS, Option("activation", "tanh", "f.", choices=("tanh", "relu", "linear"))),
    reach=lambda arguments: Reach(before=None, after=0),
    training={"window_size": 4, "hidden_size": 200},
)
