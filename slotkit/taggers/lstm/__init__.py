"""The lstm tagger."""
