"""Labelling plain utterances by hand: which comes next, what was answered, where it is kept."""
