"""Standfirst beside named peers, measured in one run on one machine. Figures, never tests."""
