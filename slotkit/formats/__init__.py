"""On-disk formats of corpora, one file each."""
