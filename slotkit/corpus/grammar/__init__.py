"""Labelled utterances drawn from templates and word lists."""
