"""Seeing inside a trained tagger: what its page runs and shows."""
