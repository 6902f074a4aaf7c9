"""Feedforward tagger: each word (with its window) alone."""

from slotkit.taggers.option import NUM_LAYERS, Architecture, Reach

ENTRY = Architecture(
    summary="each word alone, then a distribution over slots",
    recurrence="h(t) = relu(W x(t) + b)",
    source="Rumelhart et al. 1986",
    options=(NUM_LAYERS,),
    reach=lambda arguments: Reach(before=0, after=0),
    training={"window_size": 4, "hidden_size": 300},
)
