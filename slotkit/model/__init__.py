"""What a trained tagger is, and its folder."""
