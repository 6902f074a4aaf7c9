"""The bidirectional tagger."""
