"""Another instance's readers, served here: `Relay` stands behind the edge's addresses in the place of the record."""
