"""From logits to legal tags, and how sure they are."""
