"""The record: one append-only, gapless, hash-linked log per story. Everything else is derived from it."""
