"""Words to dimensions."""
