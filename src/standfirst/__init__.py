"""Standfirst: the system behind a newspaper's live page."""

__version__ = "0.1.0"
