"""How many parameters the layers have: an LSTM has four times those of an Elman network."""

from __future__ import annotations

import math
from typing import Any

from slotkit.inside.worked.record import Both, Cell, Column, Worked
from slotkit.taggers.elman import runtime as elman
from slotkit.taggers.feedforward import runtime as feedforward
from slotkit.taggers.lstm import runtime as lstm

TITLE = Both("Parameters: four times as many", "参数：四倍")
TEXT = Both(
    "A cell of an LSTM has four blocks of weights, for z, i, f and o, where an Elman unit has one. "
    "What the gates see decides how many weights each block has. slotkit has one bias for each "
    "unit of a block, torch's recurrent layers have two.",
    "LSTM 的一个单元有 z、i、f、o 四组权重，Elman 的一个单元只有一组。"
    "门能看到什么，决定每组有多少权重。slotkit 每组的每个单元有一个偏置，torch 的循环层有两个。",
)
EQUATION = "Elman: H D + H H + H,  LSTM: 4 (H D + H H + H)"


def work(*, input_size: int = 100, hidden_size: int = 100) -> Worked:
    """Count the weights of one layer of each kind."""
    sizes: dict[str, Any] = {
        "input_size": input_size,
        "hidden_size": hidden_size,
        "num_layers": 1,
    }
    layers = [
        ("feedforward", "x", feedforward.shapes(**sizes, num_tags=1), 0),
        ("elman", "x, h", elman.layer_shapes(**sizes), 1),
    ]
    sees = {"x": "x", "xh": "x, h", "xhc": "x, h, c", "xhc-diagonal": "x, h, c (diagonal)"}
    for gates, seen in sees.items():
        layers.append(("lstm", seen, lstm.layer_shapes(**sizes, gates=gates), 4))
    steps: list[list[Cell]] = []
    torchs: dict[str, int] = {}
    for name, seen, shapes, blocks in layers:
        count = sum(math.prod(shape) for part, shape in shapes.items() if "output" not in part)
        both = count + blocks * hidden_size
        if blocks and seen == "x, h":
            torchs[name] = both
        steps.append([name, seen, count, f"{both:,}" if blocks and seen == "x, h" else "-"])
    times = torchs["lstm"] / torchs["elman"]
    return Worked(
        name="parameters",
        title=TITLE,
        text=TEXT,
        equation=EQUATION,
        inputs={"input_size": input_size, "hidden_size": hidden_size},
        columns=[
            Column(Both("layer", "层")),
            Column(Both("units or gates see", "单元或门看到")),
            Column(Both("one bias", "一个偏置"), Both("parameters", "个参数")),
            Column(Both("torch, two biases", "torch，两个偏置"), Both("parameters", "个参数")),
        ],
        steps=steps,
        result=Both(
            f"torch's LSTM has {torchs['lstm']:,} parameters, its Elman network "
            f"{torchs['elman']:,}: {times:g} times as many.",
            f"torch 的 LSTM 有 {torchs['lstm']:,} 个参数，Elman 网络有 {torchs['elman']:,} 个："
            f"{times:g} 倍。",
        ),
    )
