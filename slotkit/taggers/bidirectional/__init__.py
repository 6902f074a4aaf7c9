"""Bidirectional network: two separate networks, one a direction, joined at the output layer."""

from slotkit.taggers.option import NUM_LAYERS, Architecture, Option, Reach

CELLS = ("elman", "jordan", "lstm", "gru")  # architectures that read the words in one direction

ENTRY = Architecture(
    summary="two networks, one a direction, joined at the output layer",
    recurrence="logits(t) = O [a(t); b(t)] + c",
    source="Schuster and Paliwal 1997",
    options=(
        NUM_LAYERS._replace(examples=(1, 2)),
        Option("cell", "lstm", "The network of each direction.", choices=CELLS),
    ),
    reach=lambda arguments: Reach(before=None, after=None),
    training={
        "window_size": 1,
        "embedding_size": 64,
        "hidden_size": 100,
        "encoder": "other+hashing+shape",
        "decoder": "crf",
        "augment": 0.5,
        "epochs": None,
        "patience": None,
        "batch_size": None,
        "learning_rate": None,
        "ema_decay": None,
        "keep_known": None,
        "adversarial": None,
        "input_dropout": None,
        "dropout": None,
    },
    directions=2,
)
