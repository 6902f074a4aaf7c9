"""``python -m slotkit`` is the command."""

from importlib import import_module

if __name__ == "__main__":
    import_module("slotkit.cli").main(prog_name="slotkit")
