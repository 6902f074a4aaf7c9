"""Nothing but words and tags: tokens, IOB2, edges, kinds of value, spelling."""
