"""The rules of a live story, pure: events, commands, document, fold and decide. No clock, database or network."""
