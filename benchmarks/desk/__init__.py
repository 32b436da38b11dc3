"""How fast the desk is, in a real browser."""
