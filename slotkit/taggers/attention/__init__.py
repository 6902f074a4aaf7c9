"""The attention tagger."""
