"""Chinese ticket booking: grammar and generated splits."""
