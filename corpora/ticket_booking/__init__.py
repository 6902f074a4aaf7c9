"""English ticket booking: grammar and generated splits."""
