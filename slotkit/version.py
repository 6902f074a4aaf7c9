"""The version of slotkit, which `setup.cfg` and model folders read."""

__version__ = "0.1.0"
