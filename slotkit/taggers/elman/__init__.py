"""The elman tagger."""
