"""The jordan tagger."""
