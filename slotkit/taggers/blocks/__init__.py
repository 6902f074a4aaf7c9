"""Small pieces that several architectures use."""
