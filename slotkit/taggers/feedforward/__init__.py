"""The feedforward tagger."""
