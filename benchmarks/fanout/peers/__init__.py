"""The servers that are compared. Each sends what is posted to it to every stream; nothing else is the same."""
