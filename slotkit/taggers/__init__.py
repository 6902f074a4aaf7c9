"""The architectures, one folder each: its entry, torch's network and its NumPy twin."""
