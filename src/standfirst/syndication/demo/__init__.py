"""The demonstration: an invented story, back-filled and then replayed live."""
