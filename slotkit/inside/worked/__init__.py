"""The lectures' worked examples, computed by slotkit's own code, one a file."""
