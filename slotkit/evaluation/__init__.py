"""How good a tagger is, and how far to trust it."""
