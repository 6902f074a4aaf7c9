"""Text in, slots out."""
