"""Frames and conversations: a bot that asks for what is missing, and confirms at the end."""

from slotkit.frames.check import Check
from slotkit.frames.dialogue import Dialogue, Turn
from slotkit.frames.frame import Frame, Frames, FrameSlot
from slotkit.frames.read import read_frames

__all__ = ["Check", "Dialogue", "Frame", "FrameSlot", "Frames", "Turn", "read_frames"]
