"""The convolution tagger."""
