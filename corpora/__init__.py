"""Bundled corpora: data only, read by name through `importlib.resources`."""
